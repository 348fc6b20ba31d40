//! Files and pictures on the clipboard. Waits for the program that has them; not for the window's thread.

use std::io::{self, Write};
use std::sync::Arc;

use arboard::{Clipboard, Error, ImageData};

use crate::engine::MAX_MADE_BYTES;
use crate::model::{FileName, Made};
use crate::ui::notice::Unfit;
use crate::ui::session::Clip;

/// The most pixels of a picture: two of the largest screens beside each other. Whatever the clipboard's owner gives,
/// `arboard` decodes it in at most half a gigabyte.
const MAX_PIXELS: usize = 1 << 26;

/// Bytes of a pixel.
const RGBA: usize = 4;

/// What the clipboard has: files, or else, where it has no words, a picture, which becomes a file of this name.
pub(super) fn read(has_words: bool, name: &str) -> Clip {
    match try_read(has_words, name) {
        Ok(clip) => clip,
        Err(Error::ContentNotAvailable) => Clip::Nothing,
        Err(Error::ConversionFailure) => Clip::Unfit(Unfit::Damaged),
        Err(error) => {
            tracing::debug!(%error, "the clipboard can't be read");
            Clip::Nothing
        }
    }
}

fn try_read(has_words: bool, name: &str) -> Result<Clip, Error> {
    let mut clipboard = Clipboard::new()?;
    match clipboard.get().file_list() {
        Ok(files) if !files.is_empty() => return Ok(Clip::Files(files)),
        // Some systems say so where there's no file, others fail.
        Ok(_) | Err(Error::ContentNotAvailable | Error::ConversionFailure) => {}
        Err(error) => tracing::debug!(%error, "files on the clipboard can't be read"),
    }
    if has_words {
        return Ok(Clip::Nothing);
    }
    Ok(match file(&clipboard.get().image()?) {
        Ok(png) => Clip::Picture(Made { name: FileName::safe(name), bytes: png }),
        Err(unfit) => Clip::Unfit(unfit),
    })
}

/// A picture as a PNG.
fn file(picture: &ImageData<'_>) -> Result<Arc<[u8]>, Unfit> {
    let pixels = picture.width.checked_mul(picture.height).filter(|pixels| *pixels <= MAX_PIXELS);
    let pixels = pixels.ok_or(Unfit::TooLarge)?;
    if pixels == 0 || picture.bytes.len() != pixels * RGBA {
        return Err(Unfit::Damaged);
    }
    let side = |length: usize| u32::try_from(length).map_err(|_| Unfit::TooLarge);
    let mut bounded = Bounded(Vec::new());
    let mut encoder = png::Encoder::new(&mut bounded, side(picture.width)?, side(picture.height)?);
    encoder.set_color(png::ColorType::Rgba);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&picture.bytes)?;
        writer.finish()
    });
    // Nothing else can go wrong.
    written.map_err(|_| Unfit::TooLarge)?;
    Ok(bounded.0.into())
}

/// Takes as many bytes as can be offered.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_MADE_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, bytes: Vec<u8>) -> ImageData<'static> {
        ImageData { width, height, bytes: bytes.into() }
    }

    #[test]
    fn a_picture_becomes_a_png_with_the_same_pixels() {
        let pixels: Vec<u8> = (0..3 * 2 * 4).collect();
        let png = file(&picture(3, 2, pixels.clone())).unwrap();
        let again = image::load_from_memory_with_format(&png, image::ImageFormat::Png).unwrap().into_rgba8();
        assert_eq!((again.dimensions(), again.into_raw()), ((3, 2), pixels));
    }

    #[test]
    fn one_that_is_too_large_or_is_none_becomes_nothing() {
        for (width, height, bytes, unfit) in [
            (usize::MAX, 2, 8, Unfit::TooLarge),
            (MAX_PIXELS + 1, 1, 4, Unfit::TooLarge),
            (0, 0, 0, Unfit::Damaged),
            (0, usize::MAX, 0, Unfit::Damaged),
            (2, 2, 15, Unfit::Damaged),
            (2, 2, 17, Unfit::Damaged),
        ] {
            assert_eq!(file(&picture(width, height, vec![0; bytes])), Err(unfit), "{width} × {height}, {bytes}");
        }
        let mut bounded = Bounded(vec![0; MAX_MADE_BYTES]);
        assert!(bounded.write_all(&[0]).is_err());
    }
}
