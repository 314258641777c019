//! Text fields: what is typed, and where the cursor belongs.

use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr as _;

use super::canvas::{Canvas, inset, shifted};
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{StaffScreen, Voice};

/// From this width on a replaced value is named beside its field.
const ROOM_BESIDE: u16 = 40;

/// A field over the whole row.
pub fn field(canvas: &mut Canvas, row: Rect, field: &TextField) -> Option<Position> {
    let style = canvas.theme.role(Role::Field);
    canvas.fill(row, style);
    text(canvas, inset(row, 1, 0), field)
}

/// A field of a form; beside it the value that it was given, once another one is typed.
pub fn of_form(
    canvas: &mut Canvas,
    row: Rect,
    typed: &TextField,
    voice: Voice,
) -> Option<Position> {
    let Some(replaced) = typed.replaced().filter(|_| row.width >= ROOM_BESIDE) else {
        return field(canvas, row, typed);
    };
    let width = row.width / 2;
    let was = voice.say(StaffScreen::Was {
        value: replaced.to_owned(),
    });
    let quiet = canvas.theme.role(Role::Quiet);
    canvas.left(shifted(row, width + 1), &was, quiet);
    field(canvas, Rect { width, ..row }, typed)
}

/// A field over the whole row, with a star for each character.
pub fn secret(canvas: &mut Canvas, row: Rect, field: &TextField) -> Position {
    let style = canvas.theme.role(Role::Field);
    canvas.fill(row, style);
    let row = inset(row, 1, 0);
    let stars = "*".repeat(field.text().chars().count());
    let used = canvas.left(row, &stars, style);
    let used = used.min(row.width.saturating_sub(1));
    Position::new(row.x + used, row.y)
}

/// What is typed in a field, with the end at the cursor always in sight.
pub fn text(canvas: &mut Canvas, row: Rect, field: &TextField) -> Option<Position> {
    let style = canvas.theme.role(Role::Field);
    let glyphs = canvas.theme.glyphs;
    let before = glyphs.legible(field.before_cursor()).into_owned();
    let behind = glyphs
        .legible(&field.text()[field.before_cursor().len()..])
        .into_owned();
    let room = usize::from(row.width.checked_sub(1)?);
    let mut seen = before.as_str();
    while seen.width() > room {
        let mut characters = seen.chars();
        characters.next();
        seen = characters.as_str();
    }
    let used = canvas.left(row, seen, style);
    canvas.left(shifted(row, used), &behind, style);
    Some(Position::new(row.x + used, row.y))
}
