//! The terminal's door: the kiosk's screen and what is typed there.
//!
//! It may name the domain, the services and the symbols, and never the store, the network or the
//! remotes. It alone names ratatui, crossterm and `tui_input`.

mod big;
mod console;
mod draw;
mod effects;
mod glyphs;
mod guard;
mod keymap;
mod model;
mod msg;
pub mod qr;
mod request;
mod run;
mod site;
mod staff;
mod startup_failure;
mod stroke;
pub mod terminal;
mod text_field;
mod theme;
mod update;
mod view;

pub use run::run;
pub use site::{DemoStaff, Site, voice};
pub use startup_failure::show_startup_failure;
pub use view::{SymbolSize, symbol_size};

use update::update;
use view::view;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
