//! Wiring: opens the database, starts the parts, stops them in order. It alone may name every layer.
//!
//! Nothing is decided here; what a part needs is handed to it as an argument.

mod backups;
mod clean_shutdown;
mod data_dir;
mod demo;
pub mod doctor;
mod kiosk;
mod lock;
mod noticeboard;
mod parts;
mod remotes;
mod run;
mod screen_mode;
mod startup_retry;
mod supervisor;
mod watchdog;

pub use backups::{
    Origin, Restored, back_up, newest_aside, newest_good, restore, stream_backup, what_to_do,
};
pub use data_dir::DataDir;
pub use demo::{Demo, demo};
pub use kiosk::{Kiosk, policy};
pub use lock::{DirectoryLock, Locked};
pub use noticeboard::noticeboard;
pub use parts::{Parts, Reports};
pub use remotes::{Remotes, firestore, portal};
pub use run::{run, stop_on_signals};
pub use screen_mode::ScreenMode;
pub use startup_retry::hold_until;
