//! A real terminal window on a virtual display, and screenshots of it.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::process::{Process, output_of};
use super::tmux::Tmux;
use super::wait::until;

/// An xterm that shows what a [`Tmux`] shows.
pub struct Window {
    display: String,
    _xterm: Process,
    _server: Process,
}

impl Window {
    /// Opens a window of the same number of cells and waits until it is connected.
    pub fn onto(tmux: &Tmux, columns: u16, rows: u16) -> Self {
        let mut server = Process::start(
            Command::new("Xvfb")
                .args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    "1600x1200x24",
                    "-nolisten",
                    "tcp",
                ])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let display = server.read_line(|line| {
            line.trim()
                .parse::<u32>()
                .ok()
                .map(|number| format!(":{number}"))
        });
        let xterm = Process::start(
            Command::new("xterm")
                .env("DISPLAY", &display)
                .env("LANG", "C.UTF-8")
                .env_remove("TMUX")
                .args([
                    "-u8",
                    "+sb",
                    "-b",
                    "0",
                    "-bg",
                    "black",
                    "-fg",
                    "white",
                    "-fa",
                    "DejaVu Sans Mono",
                ])
                .args([
                    "-fs",
                    "12",
                    "-geometry",
                    &format!("{columns}x{rows}+0+0"),
                    "-e",
                ])
                .args(tmux.attach_command())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        until("xterm to show the session", Duration::from_secs(20), || {
            tmux.is_watched().then_some(())
        });
        Self {
            display,
            _xterm: xterm,
            _server: server,
        }
    }

    /// A picture of the whole display.
    pub fn picture(&self) -> Snapshot {
        let folder = tempfile::tempdir().expect("a folder for the picture");
        let path = folder.path().join("screen.png");
        output_of(
            Command::new("import")
                .args(["-display", &self.display, "-window", "root"])
                .arg(&path),
        );
        Snapshot {
            _folder: folder,
            path,
        }
    }
}

/// A PNG file that is deleted on drop.
pub struct Snapshot {
    _folder: TempDir,
    path: PathBuf,
}

impl Snapshot {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Width, height and the brightness of every pixel, row by row.
    pub fn greyscale(&self) -> (usize, usize, Vec<u8>) {
        let file = BufReader::new(File::open(&self.path).expect("the picture was written"));
        let mut decoder = png::Decoder::new(file);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().expect("the picture is a PNG");
        let mut pixels = vec![
            0;
            reader
                .output_buffer_size()
                .expect("a screen fits into memory")
        ];
        let frame = reader
            .next_frame(&mut pixels)
            .expect("the picture is whole");
        let grey = pixels[..frame.buffer_size()]
            .chunks_exact(frame.color_type.samples())
            .map(brightness);
        (frame.width as usize, frame.height as usize, grey.collect())
    }
}

/// The brightness of one pixel of one to four samples; the last of two or four is opacity.
fn brightness(pixel: &[u8]) -> u8 {
    let colours = if pixel.len() >= 3 {
        &pixel[..3]
    } else {
        &pixel[..1]
    };
    let sum: usize = colours.iter().copied().map(usize::from).sum();
    u8::try_from(sum / colours.len()).expect("a mean of bytes is a byte")
}
