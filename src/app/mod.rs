//! Wiring: opens the database, starts the parts, stops them in order. It alone may name every layer.
//!
//! Nothing is decided here; what a part needs is handed to it as an argument.

mod backups;
mod demo;
mod kiosk;
mod lock;
mod remotes;
mod run;

pub use backups::{Origin, Restored, back_up, newest_aside, newest_good, restore, what_to_do};
pub use demo::{Demo, demo};
pub use kiosk::{Kiosk, database};
pub use lock::{DirectoryLock, Locked};
pub use remotes::{firestore, portal, remotes};
pub use run::{Face, run};
