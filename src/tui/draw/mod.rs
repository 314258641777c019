//! What every region and page is drawn with: letters, bars, frames, tables and text fields.
//!
//! It knows no region, no page and no message.

mod canvas;
pub mod frame;
pub mod input;
mod table;

pub use canvas::{Canvas, below, inset, middle, shifted, top, without_right};
pub use table::{ListTable, cell, first_row, row_style, text_row};
