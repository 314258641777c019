//! Delivering to the remotes, and reading from other kiosks.
//!
//! One [`Worker`] per [`Remote`], so that one being down never slows the other. Delivery is at least
//! once and a repeat changes nothing. Nothing here knows a door, the screen, the settings file or
//! the environment: every setting is an argument. This is the only folder that talks HTTP outwards.

pub mod firestore;
mod http;
mod mirror;
mod pause;
pub mod portal;
mod publisher;
mod remote;
#[cfg(test)]
mod tests;
mod wake;
mod work;
mod worker;

pub use http::{Answering, Whole, install_crypto};
pub use mirror::Mirror;
pub use publisher::Publisher;
pub use remote::{Contact, Remote, RemoteError};
pub use wake::WakeHandle;
pub use work::{Tally, Work, WorkOutcome};
pub use worker::Worker;
