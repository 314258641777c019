//! Two independent QR decoders.

use std::process::Command;

use super::screenshot::Snapshot;

/// Decodes the picture with `ZBar`.
pub fn by_zbar(picture: &Snapshot) -> Vec<String> {
    // Exit status 4: nothing found.
    let found = Command::new("zbarimg")
        .args(["--raw", "--quiet", "-Sdisable", "-Sqrcode.enable"])
        .arg(picture.path())
        .output()
        .expect("zbarimg runs");
    String::from_utf8_lossy(&found.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Decodes the picture with `rqrr`, a port of quirc.
pub fn by_rqrr(picture: &Snapshot) -> Vec<String> {
    let (width, height, grey) = picture.greyscale();
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey[y * width + x]);
    image
        .detect_grids()
        .iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
        .collect()
}
