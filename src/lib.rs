//! A classroom check-in kiosk: a terminal screen with a rotating QR, a form for phones, one SQLite
//! file, and two remotes to which every check-in is delivered.
//!
//! `docs/ARCHITECTURE.md` is the map.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod qr;
pub mod random;
pub mod services;
pub mod store;
pub mod sync;
#[cfg(test)]
mod tests;
pub mod tui;
pub mod web;
pub mod words;
