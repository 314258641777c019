//! The keyboard's door: the kiosk's screen and what is typed there.
//!
//! It may name the domain, the services and the symbols, and never the store, the network or the
//! remotes. It alone names ratatui, crossterm and `tui_input`.

mod big;
mod console;
mod effects;
mod field;
mod glyphs;
mod guard;
mod hold;
mod keymap;
mod model;
mod msg;
pub mod qr;
mod run;
mod staff;
pub mod terminal;
mod theme;
mod update;
mod view;
mod words;

pub use hold::hold;
pub use model::{DemoStaff, Site};
pub use run::{Ended, run};
pub use view::{SymbolSize, symbol_size};

use update::update;
use view::view;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
