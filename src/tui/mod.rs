//! The keyboard's door: the kiosk's screen and what is typed there.
//!
//! It may name the domain, the services and the symbols, and never the store, the network or the
//! remotes. It alone names ratatui, crossterm and `tui_input`.

mod console;
pub mod qr;
pub mod terminal;

#[cfg(test)]
mod testing;
