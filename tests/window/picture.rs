//! What a screen shows, and where in it something of one colour is.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// A colour as it's written in the look: `0xRRGGBB`.
pub type Colour = u32;

/// The sum of its three parts below which a colour is dark.
const DARK: u32 = 200;

/// A picture of a whole screen.
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Colour>,
}

/// Pixels of one colour that touch each other, and the box around them. The box's far edges are within it.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Block {
    pub const fn width(&self) -> usize {
        self.right - self.left + 1
    }

    pub const fn height(&self) -> usize {
        self.bottom - self.top + 1
    }

    pub const fn centre(&self) -> (usize, usize) {
        (self.left.midpoint(self.right), self.top.midpoint(self.bottom))
    }
}

impl Picture {
    /// From an X window dump (`X11/XWDFile.h`) with 32 bits a pixel, as Xvfb keeps one of its screen.
    pub fn from_xwd(dump: &[u8]) -> Self {
        let field = |place: usize| u32::from_be_bytes(dump[place * 4..][..4].try_into().unwrap()) as usize;
        let [header, width, height, bits, line, colours] = [0, 4, 5, 11, 12, 19].map(field);
        assert_eq!(bits, 32, "bits a pixel");
        // Each entry of the colour map has 12 bytes.
        let lines = dump[header + colours * 12..].chunks_exact(line).take(height);
        let little_endian = field(7) == 0;
        let pixel = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap();
            (if little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }) & 0x00FF_FFFF
        };
        let pixels = lines.flat_map(|line| line.chunks_exact(4).take(width).map(pixel)).collect();
        Self { width, height, pixels }
    }

    /// The colour at a place.
    pub fn at(&self, x: usize, y: usize) -> Colour {
        self.pixels[y * self.width + x]
    }

    /// Where in `area` there is ink: the dark inside of letters, without their soft edges and without fainter text. The
    /// places count from the ink's own left and top, so that the same words make the same set wherever they stand.
    pub fn ink(&self, area: Block) -> BTreeSet<(usize, usize)> {
        let is_dark = |(x, y): &(usize, usize)| {
            let [_, red, green, blue] = self.pixels[y * self.width + x].to_be_bytes().map(u32::from);
            red + green + blue < DARK
        };
        let places = (area.top..=area.bottom).flat_map(|y| (area.left..=area.right).map(move |x| (x, y)));
        let dark: Vec<(usize, usize)> = places.filter(is_dark).collect();
        let left = dark.iter().map(|(x, _)| *x).min().unwrap_or_default();
        let top = dark.iter().map(|(_, y)| *y).min().unwrap_or_default();
        dark.into_iter().map(|(x, y)| (x - left, y - top)).collect()
    }

    /// All blocks of exactly this colour, by their tops.
    pub fn blocks(&self, colour: Colour) -> Vec<Block> {
        let mut left: Vec<bool> = self.pixels.iter().map(|pixel| *pixel == colour).collect();
        let mut blocks = Vec::new();
        for start in 0..left.len() {
            if left[start] {
                blocks.push(self.take_block(start, &mut left));
            }
        }
        blocks
    }

    /// The block around the pixel number `start`, whose pixels are no longer in `left` then.
    fn take_block(&self, start: usize, left: &mut [bool]) -> Block {
        let place = |number: usize| (number % self.width, number / self.width);
        let (x, y) = place(start);
        let mut block = Block { left: x, top: y, right: x, bottom: y };
        let mut reached = vec![start];
        left[start] = false;
        while let Some(number) = reached.pop() {
            let (x, y) = place(number);
            block.left = block.left.min(x);
            block.right = block.right.max(x);
            block.bottom = block.bottom.max(y);
            let beside = [(x > 0, -1), (x + 1 < self.width, 1)];
            let above_and_below = [(y > 0, -(self.width as isize)), (y + 1 < self.height, self.width as isize)];
            for (_, step) in beside.into_iter().chain(above_and_below).filter(|(within, _)| *within) {
                let next = number.strict_add_signed(step);
                if std::mem::take(&mut left[next]) {
                    reached.push(next);
                }
            }
        }
        block
    }

    /// Keeps it as a PNG.
    pub fn save(&self, path: &Path) {
        let file = BufWriter::new(File::create(path).unwrap());
        let mut encoder = png::Encoder::new(file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
    }
}

#[test]
fn blocks_are_told_apart() {
    let rows = ["##.#", "#..#", "#...", "##.#"];
    let pixels = rows.iter().flat_map(|row| row.bytes().map(|byte| u32::from(byte == b'#'))).collect();
    let picture = Picture { width: 4, height: 4, pixels };
    let boxes: Vec<[usize; 4]> =
        picture.blocks(1).iter().map(|block| [block.left, block.top, block.width(), block.height()]).collect();
    assert_eq!(boxes, [[0, 0, 2, 4], [3, 0, 1, 2], [3, 3, 1, 1]]);
}
