//! A list as RFC 4180 has it: commas, quotes where they are needed, CR LF.

use super::sheet::{Cell, Sheet};

/// What comes before the first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// No byte order mark.
    None,
    /// A byte order mark.
    Utf8,
}

pub(super) fn bytes(sheet: &Sheet, mark: Mark) -> Vec<u8> {
    let mut text = String::new();
    if mark == Mark::Utf8 {
        text.push('\u{feff}');
    }
    let headings = sheet.columns.iter().map(|column| column.heading.clone());
    line(&mut text, headings);
    for row in &sheet.rows {
        line(&mut text, row.iter().map(inert));
    }
    text.into_bytes()
}

fn line(text: &mut String, fields: impl Iterator<Item = String>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if field.contains([',', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push_str("\r\n");
}

/// A value that a spreadsheet takes for text and not for a formula: names come from strangers.
///
/// The apostrophe is what OWASP recommends; a spreadsheet hides it or shows it, but computes nothing.
fn inert(cell: &Cell) -> String {
    let text = cell.text();
    let is_formula = matches!(cell, Cell::Text(_))
        && text.starts_with([
            '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
        ]);
    if is_formula { format!("'{text}") } else { text }
}
