//! The keyboard's door: the kiosk's screen and what is typed there.
//!
//! It may name the domain, the services and the symbols, and never the store, the network or the
//! remotes. It alone names ratatui, crossterm and `tui_input`.

mod big;
mod console;
mod field;
mod glyphs;
mod keymap;
pub mod model;
pub mod msg;
pub mod qr;
mod staff;
pub mod terminal;
pub mod theme;
mod update;
mod view;
mod words;

pub use update::update;
pub use view::view;

#[cfg(test)]
mod testing;
