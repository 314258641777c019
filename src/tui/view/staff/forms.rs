//! What is typed in the staff area.
//!
//! ```text
//! Start      09:05                 09:05, or 2026-11-22 09:05
//! Minutes    120
//! Venue      Room 101
//! Semester   1
//! ```

use ratatui::layout::{Position, Rect};

use super::list;
use crate::tui::field::Field;
use crate::tui::staff::{
    FirstPinField, FirstPinForm, OpeningField, OpeningForm, Question, SignInForm, UnitList,
};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, inset, shifted, top};
use crate::tui::view::entry;
use crate::tui::words;

/// The columns of the field names.
const LABEL: u16 = 11;

pub(super) fn sign_in(canvas: &mut Canvas, area: Rect, form: &SignInForm) -> Option<Position> {
    let text = canvas.theme.role(Role::Text);
    let [id_row, pin_row] = [0, 2].map(|row| top(below(area, row), 1));
    canvas.left(id_row, "Staff id", text);
    canvas.left(pin_row, "PIN", text);
    let in_id = field(canvas, shifted(id_row, LABEL), &form.staff_id);
    let in_pin = secret(canvas, shifted(pin_row, LABEL), &form.pin);
    if form.in_pin { Some(in_pin) } else { in_id }
}

pub(super) fn first_pin(canvas: &mut Canvas, area: Rect, form: &FirstPinForm) -> Option<Position> {
    let text = canvas.theme.role(Role::Text);
    let spaced = area.height >= 2 * 5 - 1;
    let mut cursor = None;
    for (index, name) in (0_u16..).zip(FirstPinField::ALL) {
        let row = top(below(area, if spaced { 2 * index } else { index }), 1);
        canvas.left(row, name.label(), text);
        let typed = &form.fields[name as usize];
        let row = shifted(row, LABEL);
        let at = if name.is_secret() {
            Some(secret(canvas, row, typed))
        } else {
            field(canvas, row, typed)
        };
        if form.at == name {
            cursor = at;
        }
    }
    cursor
}

pub(super) fn units(canvas: &mut Canvas, area: Rect, list: &UnitList) -> Option<Position> {
    let cursor = field(canvas, top(area, 1), &list.filter);
    let area = below(area, 1);
    let found = list.filtered();
    if found.is_empty() {
        let quiet = canvas.theme.role(Role::Quiet);
        canvas.left(top(area, 1), words::NO_SUCH_UNIT, quiet);
    }
    let chosen = list.chosen.min(found.len().saturating_sub(1));
    let first = list::first_row(chosen, found.len(), area.height);
    for (row, (index, unit)) in area.rows().zip(found.iter().enumerate().skip(first)) {
        let text = format!("{}  {}", unit.code, unit.name);
        list::item(canvas, row, &text, index == chosen);
    }
    cursor
}

pub(super) fn opening(canvas: &mut Canvas, area: Rect, form: &OpeningForm) -> Option<Position> {
    let [text, strong] = [Role::Text, Role::Strong].map(|role| canvas.theme.role(role));
    let spaced = area.height >= 2 * 4 - 1;
    let mut cursor = None;
    for (index, name) in (0_u16..).zip(OpeningField::ALL) {
        let row = top(below(area, if spaced { 2 * index } else { index }), 1);
        let is_here = form.at == name;
        canvas.left(row, name.label(), if is_here { strong } else { text });
        let in_field = field(canvas, shifted(row, LABEL), &form.fields[name as usize]);
        if is_here {
            cursor = in_field;
        }
    }
    cursor
}

pub(super) fn answer(canvas: &mut Canvas, area: Rect, question: &Question) -> Option<Position> {
    let text = canvas.theme.role(Role::Text);
    let used = canvas.wrapped(area, question.subject.consequence(), text);
    // On the smallest screen the blank line goes, not the line that is typed into.
    let rest = below(area, (used + 1).min(area.height.saturating_sub(1)));
    canvas.left(top(rest, 1), question.subject.label(), text);
    field(canvas, shifted(top(rest, 1), LABEL), &question.answer)
}

/// A field over the whole row, with a star for each character.
fn secret(canvas: &mut Canvas, row: Rect, typed: &Field) -> Position {
    let style = canvas.theme.role(Role::Field);
    canvas.fill(row, style);
    let row = inset(row, 1, 0);
    let stars = "*".repeat(typed.text().chars().count());
    let used = canvas.left(row, &stars, style);
    let used = used.min(row.width.saturating_sub(1));
    Position::new(row.x + used, row.y)
}

/// A field over the whole row.
pub(super) fn field(canvas: &mut Canvas, row: Rect, field: &Field) -> Option<Position> {
    let style = canvas.theme.role(Role::Field);
    canvas.fill(row, style);
    entry::text(canvas, inset(row, 1, 0), field)
}
