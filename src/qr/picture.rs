//! A symbol as a picture file, quiet zone included.

use std::fmt::Write as _;

use super::{QUIET_ZONE, Symbol};

impl Symbol {
    /// The symbol as an SVG document, black on white, one unit a module, with no size of its own:
    /// it fills the box that it is put in.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.side() + 2 * QUIET_ZONE;
        let mut path = String::new();
        for y in 0..self.side() {
            let mut x = 0;
            while x < self.side() {
                let run = (x..self.side()).take_while(|&x| self.is_dark(x, y)).count();
                if run > 0 {
                    // Writing to a String cannot fail.
                    let _ = write!(
                        path,
                        "M{} {}h{run}v1H{}z",
                        x + QUIET_ZONE,
                        y + QUIET_ZONE,
                        x + QUIET_ZONE
                    );
                }
                x += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path d=\"{path}\"/></svg>"
        )
    }

    /// The symbol as a PNG file, black on white, `scale` pixels a module (0 counts as 1).
    #[must_use]
    pub fn png(&self, scale: u8) -> Vec<u8> {
        let scale = usize::from(scale.max(1));
        let side = (self.side() + 2 * QUIET_ZONE) * scale;
        // One bit a pixel, 1 is white, each row padded to whole bytes.
        let mut pixels = Vec::with_capacity(side * side.div_ceil(8));
        for y in 0..side {
            let mut row = vec![0xff_u8; side.div_ceil(8)];
            for x in 0..side {
                if self.is_dark_within(QUIET_ZONE, x / scale, y / scale) {
                    row[x / 8] &= !(0x80 >> (x % 8));
                }
            }
            pixels.extend(row);
        }
        file_of(side, &pixels)
    }
}

fn file_of(side: usize, pixels: &[u8]) -> Vec<u8> {
    let side = u32::try_from(side).expect("185 modules of 255 pixels are few");
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder
        .write_header()
        .and_then(|mut writer| {
            writer.write_image_data(pixels)?;
            writer.finish()
        })
        .expect("a whole picture written to memory has nothing to fail on");
    file
}
