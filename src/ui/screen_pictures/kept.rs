//! A picture as it's kept: in 256 colours, which takes half the room. A drawn one is brought to the same colours before
//! it's compared, so that what was lost doesn't count.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use super::drawing::Drawn;

/// Red, green, blue.
type Colour = [u8; 3];

/// Colours kept as they are, the most frequent ones: grounds and letters.
const EXACT: usize = 64;

/// Channels of the colours that every picture has, lest one that wasn't there be brought to one far off.
const EVEN: [u8; 4] = [0, 85, 170, 255];

/// Colours kept in all.
const ALL: usize = 256;

/// Between colours of the rest, which are the edges of letters and parts of emoji.
const COARSE: u8 = 17;

/// A pixel is another from so many steps of 255 in a channel on, and a shade of the same from fewer.
const OTHER: u8 = 25;
const SHADE: u8 = 5;

/// One pixel of so many may be another, and one of so many a shade: another processor rounds otherwise.
const PIXELS_TO_ONE_OTHER: usize = 50_000;
const PIXELS_TO_ONE_SHADE: usize = 50;

/// Pixels looked at together.
const BLOCK: usize = 16;

/// See the module.
pub(super) struct Kept {
    width: u32,
    height: u32,
    palette: Vec<Colour>,
    /// Of each pixel's colour in the palette, row by row.
    places: Vec<u8>,
}

/// The greatest difference in a channel.
fn steps(one: Colour, other: Colour) -> u8 {
    let [red, green, blue] = [0, 1, 2].map(|channel| one[channel].abs_diff(other[channel]));
    red.max(green).max(blue)
}

/// The most frequent of these colours.
fn frequent(counts: HashMap<Colour, usize>, most: usize) -> Vec<Colour> {
    let mut counts: Vec<(Colour, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(colour, count)| (usize::MAX - count, *colour));
    counts.into_iter().take(most).map(|(colour, _)| colour).collect()
}

fn palette(drawn: &Drawn) -> Vec<Colour> {
    let mut counts = HashMap::<Colour, usize>::new();
    for pixel in drawn.rgba.chunks_exact(4) {
        *counts.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
    }
    let mut palette = frequent(counts.clone(), EXACT);
    let even = EVEN.iter().flat_map(|red| EVEN.iter().flat_map(|green| EVEN.map(|blue| [*red, *green, blue])));
    let even: Vec<Colour> = even.filter(|colour| !palette.contains(colour)).collect();
    palette.extend(even);
    let mut rest = HashMap::<Colour, usize>::new();
    for (colour, count) in counts {
        *rest.entry(colour.map(|channel| channel.saturating_add(COARSE / 2) / COARSE * COARSE)).or_default() += count;
    }
    rest.retain(|colour, _| !palette.contains(colour));
    palette.extend(frequent(rest, ALL - palette.len()));
    palette
}

/// The places in `palette` of the colours nearest to those drawn. Looked at [`BLOCK`] pixels at a time, since most are as
/// those before.
fn reduced(drawn: &Drawn, palette: &[Colour]) -> Vec<u8> {
    let mut known = HashMap::<Colour, u8>::new();
    let mut places = Vec::with_capacity(drawn.rgba.len() / 4);
    let mut before: &[u8] = &[];
    for block in drawn.rgba.chunks(4 * BLOCK) {
        if block == before {
            places.extend_from_within(places.len() - BLOCK..);
            continue;
        }
        for pixel in block.chunks_exact(4) {
            let colour = [pixel[0], pixel[1], pixel[2]];
            places.push(*known.entry(colour).or_insert_with(|| nearest(colour, palette)));
        }
        before = block;
    }
    places
}

fn nearest(colour: Colour, palette: &[Colour]) -> u8 {
    let distance = |other: Colour| {
        [0, 1, 2].map(|channel| u32::from(colour[channel].abs_diff(other[channel])).pow(2)).iter().sum::<u32>()
    };
    let place = (0..palette.len()).min_by_key(|place| distance(palette[*place]));
    u8::try_from(place.unwrap()).unwrap()
}

impl Kept {
    pub(super) fn of(drawn: &Drawn) -> Self {
        let palette = palette(drawn);
        Self { width: drawn.width, height: drawn.height, places: reduced(drawn, &palette), palette }
    }

    pub(super) fn read(path: &Path) -> Self {
        let mut decoder = png::Decoder::new(BufReader::new(File::open(path).unwrap()));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut places = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut places).unwrap();
        let palette = reader.info().palette.as_ref().unwrap();
        let palette = palette.chunks_exact(3).map(|colour| [colour[0], colour[1], colour[2]]).collect();
        Self { width: frame.width, height: frame.height, palette, places }
    }

    pub(super) fn write(&self, path: &Path) {
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(path).unwrap()), self.width, self.height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(self.palette.concat());
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&self.places).unwrap();
        writer.finish().unwrap();
    }

    /// How `drawn` is another, if it can be seen.
    pub(super) fn differs_from(&self, drawn: &Drawn) -> Option<String> {
        if (self.width, self.height) != (drawn.width, drawn.height) {
            return Some(format!("it was {} × {} pixels", self.width, self.height));
        }
        let places = reduced(drawn, &self.palette);
        let (mut others, mut shades) = (0, 0);
        for (now, was) in places.chunks(BLOCK).zip(self.places.chunks(BLOCK)).filter(|(now, was)| now != was) {
            for (now, was) in now.iter().zip(was) {
                match steps(self.palette[usize::from(*now)], self.palette[usize::from(*was)]) {
                    OTHER.. => others += 1,
                    SHADE.. => shades += 1,
                    _ => {}
                }
            }
        }
        let all = self.places.len();
        let is_other = others > all / PIXELS_TO_ONE_OTHER || shades > all / PIXELS_TO_ONE_SHADE;
        is_other.then(|| format!("of {all} pixels {others} are others, and {shades} have another shade"))
    }
}
