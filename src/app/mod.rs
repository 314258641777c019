//! Wiring: opens the database, starts the parts, stops them in order. It alone may name every layer.
//!
//! Nothing is decided here; what a part needs is handed to it as an argument.

mod backups;
mod clean_shutdown;
mod demo;
pub mod doctor;
mod kiosk;
mod lock;
mod noticeboard;
mod remotes;
mod run;
mod startup_retry;
mod supervisor;
mod watchdog;

pub use backups::{Origin, Restored, back_up, newest_aside, newest_good, restore, what_to_do};
pub use demo::{Demo, demo};
pub use kiosk::{Kiosk, database};
pub use lock::{DirectoryLock, Locked};
pub use noticeboard::noticeboard;
pub use remotes::{Remotes, firestore, portal};
pub use run::{Face, run, stop_on_signals};
pub use startup_retry::hold_until;
