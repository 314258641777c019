//! Wiring: opens the database, starts the parts, stops them in order. It alone may name every layer.
//!
//! Nothing is decided here; what a part needs is handed to it as an argument.

mod demo;
mod kiosk;
mod lock;
mod noticeboard;
mod remotes;
mod run;

pub use demo::{Demo, demo};
pub use kiosk::{Kiosk, database};
pub use lock::{DirectoryLock, Locked};
pub use noticeboard::neighbours;
pub use remotes::{Remotes, firestore, portal};
pub use run::{Face, run};
