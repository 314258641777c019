//! What the machine says of itself, apart from files and sockets.

use std::path::Path;

use crate::clock::Clock;
use crate::config::Loaded;
use crate::services::Finder;
use crate::sync::install_crypto;
use crate::tui::terminal::Terminal;

/// The room on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// What this user may still write.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// What is given in a test and found out otherwise.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The machine's clock.
    pub clock: Clock,
    /// The free space on the disk of the data directory; `None` when it is unknown.
    pub space: Option<Space>,
    /// The base of the address for phones; `None` when there is no network.
    pub address: Option<String>,
    /// The terminal, and its columns and rows; `None` when there is none.
    pub terminal: Option<(Terminal, u16, u16)>,
}

impl Facts {
    /// Asks the machine.
    #[must_use]
    pub fn gather(loaded: &Loaded) -> Self {
        install_crypto();
        let config = &loaded.config;
        Self {
            clock: Clock::system(),
            space: space(&config.kiosk.data_dir),
            address: Finder::new(config.server.public_url(), config.server.bind, None).find(),
            terminal: terminal(),
        }
    }
}

/// Of the folder, or of the nearest one above it that exists.
fn space(folder: &Path) -> Option<Space> {
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(Space {
        free: disk.f_bavail * disk.f_frsize,
        total: disk.f_blocks * disk.f_frsize,
    })
}

fn terminal() -> Option<(Terminal, u16, u16)> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some((Terminal::detect(), size.ws_col, size.ws_row))
}
