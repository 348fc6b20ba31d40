//! Decodes pictures that strangers sent: within limits, and only as what they are by their content.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use iced::widget::image::Handle;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use crate::ui::pictures::{Picture, Scale};

/// The largest file that is looked at, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// What is decoded.
const FORMATS: [ImageFormat; 5] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp];

/// The most pixels across a picture, and memory for decoding it, in bytes.
const MAX_SIDE: u32 = 16_384;
const MAX_MEMORY: u64 = 256 << 20;

/// The largest width and height of what is decoded, in pixels. Small ones are drawn at half of that, so that they're
/// sharp on fine screens and at larger text.
const SMALL: (u32, u32) = (640, 560);
const LARGE: (u32, u32) = (2_560, 1_600);

/// The picture at `path`, no larger than is wanted; nothing where it isn't one, or too large to be looked at.
pub(super) fn decode(path: &Path, scale: Scale) -> Option<Picture> {
    match try_decode(path, scale) {
        Ok(picture) => picture,
        Err(error) => {
            tracing::debug!(%error, "a picture can't be shown");
            None
        }
    }
}

fn try_decode(path: &Path, scale: Scale) -> Result<Option<Picture>, ImageError> {
    // Meanwhile something else may be there, from which reading would never end.
    let about = std::fs::metadata(path)?;
    if !about.is_file() || about.len() > MAX_FILE {
        return Ok(None);
    }
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    // Other parts of the program may have brought decoders of more.
    if !reader.format().is_some_and(|format| FORMATS.contains(&format)) {
        return Ok(None);
    }
    reader.limits(limits());
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    let (width, height) = match scale {
        Scale::Small => SMALL,
        Scale::Large => LARGE,
    };
    if picture.width() > width || picture.height() > height {
        picture = picture.thumbnail(width, height);
    }
    let pixels = picture.into_rgba8();
    let size = pixels.dimensions();
    Ok(Some(Picture { handle: Handle::from_rgba(size.0, size.1, pixels.into_raw()), size }))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

#[cfg(test)]
mod tests {
    use std::fs;

    use image::{Rgb, RgbImage};
    use tempfile::TempDir;

    use super::*;

    fn saved(folder: &TempDir, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::from_pixel(width, height, Rgb([200, 30, 30])).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn pictures_of_each_format_are_decoded_no_larger_than_wanted() {
        let folder = TempDir::new().unwrap();
        for format in FORMATS {
            // By content: what a name ends in proves nothing.
            let path = saved(&folder, "photo.png", &picture(2_000, 1_000, format));
            assert_eq!(decode(&path, Scale::Small).unwrap().size, (640, 320), "{format:?}");
            assert_eq!(decode(&path, Scale::Large).unwrap().size, (2_000, 1_000));
        }
        let path = saved(&folder, "dot.png", &picture(3, 2, ImageFormat::Png));
        assert_eq!(decode(&path, Scale::Small).unwrap().size, (3, 2), "none is made larger");
    }

    #[test]
    fn what_is_no_picture_or_would_explode_is_not_shown() {
        let folder = TempDir::new().unwrap();
        let whole = picture(200, 200, ImageFormat::Png);
        let cut = saved(&folder, "cut.png", &whole[..whole.len() / 2]);
        let words = saved(&folder, "words.png", b"not a picture");
        let empty = saved(&folder, "empty.png", b"");
        // One that says it has 15,000 by 15,000 pixels, and has few.
        let mut bomb = picture(200, 200, ImageFormat::Bmp);
        bomb[18..22].copy_from_slice(&15_000_i32.to_le_bytes());
        bomb[22..26].copy_from_slice(&15_000_i32.to_le_bytes());
        let bomb = saved(&folder, "bomb.png", &bomb);
        let huge = folder.path().join("huge.png");
        File::create(&huge).unwrap().set_len(MAX_FILE + 1).unwrap();
        for path in [cut, words, empty, bomb, huge, folder.path().to_owned(), folder.path().join("gone.png")] {
            assert_eq!(decode(&path, Scale::Small), None, "{}", path.display());
        }
    }
}
