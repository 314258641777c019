//! The staff area.
//!
//! ```text
//! ╭──────────────────────────────────────────╮
//! │  Staff                                   │
//! │                                          │
//! │  Staff id   T-104                        │
//! │  PIN        ****                         │
//! │                                          │
//! │  Enter sign in   Tab other field   Esc back
//! ╰──────────────────────────────────────────╯
//! ```

use ratatui::layout::{Position, Rect};

use super::canvas::{Canvas, below, inset, middle, shifted, top};
use super::entry;
use crate::tui::model::{Model, SignInForm, Staff, StaffChoice, StaffMenu, StaffPage, UnitList};
use crate::tui::theme::Role;
use crate::tui::words;

const BOX: (u16, u16) = (56, 14);

/// The columns of the field names.
const LABEL: u16 = 11;

/// Rows at the bottom for the note and the keys.
const FOOT: u16 = 3;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    staff: &Staff,
) -> Option<Position> {
    let area = middle(body, BOX.0);
    let area = top(below(area, area.height.saturating_sub(BOX.1) / 2), BOX.1);
    let line = canvas.theme.role(Role::Line);
    let inside = inset(canvas.frame(area, line), 2, 0);
    let [strong, quiet, warning] =
        [Role::Strong, Role::Quiet, Role::Warning].map(|role| canvas.theme.role(role));
    let (title, keys) = match &staff.page {
        StaffPage::SignIn(_) => ("Staff", "Enter sign in   Tab other field   Esc back"),
        StaffPage::Menu(menu) => (
            menu.lecturer.name.as_str(),
            "Up, Down, Enter choose   Esc back",
        ),
        StaffPage::Units(_) => ("Open a session now", "Type to search  Enter open  Esc"),
    };
    canvas.left(top(inside, 1), title, strong);
    let foot = below(inside, inside.height.saturating_sub(FOOT));
    if let Some(note) = &staff.note {
        canvas.wrapped(top(foot, 2), note, warning);
    }
    canvas.left(below(foot, 2), keys, quiet);

    let content = below(inside, 2);
    let content = top(content, content.height.saturating_sub(FOOT));
    let cursor = match &staff.page {
        StaffPage::SignIn(form) => sign_in(canvas, content, form),
        StaffPage::Menu(menu) => {
            choices(canvas, content, model, menu);
            None
        }
        StaffPage::Units(list) => units(canvas, content, list),
    };
    cursor.filter(|_| !staff.awaiting)
}

fn sign_in(canvas: &mut Canvas, area: Rect, form: &SignInForm) -> Option<Position> {
    let [text, field_style] = [Role::Text, Role::Field].map(|role| canvas.theme.role(role));
    let [id_row, pin_row] = [0, 2].map(|row| top(below(area, row), 1));
    canvas.left(id_row, "Staff id", text);
    canvas.left(pin_row, "PIN", text);
    let [id, pin] = [id_row, pin_row].map(|row| shifted(row, LABEL));
    canvas.fill(id, field_style);
    canvas.fill(pin, field_style);
    let in_id = entry::text(canvas, inset(id, 1, 0), &form.staff_id);
    let stars = "*".repeat(form.pin.text().chars().count());
    let pin = inset(pin, 1, 0);
    let used = canvas
        .left(pin, &stars, field_style)
        .min(pin.width.saturating_sub(1));
    if form.in_pin {
        Some(Position::new(pin.x + used, pin.y))
    } else {
        in_id
    }
}

fn choices(canvas: &mut Canvas, area: Rect, model: &Model, menu: &StaffMenu) {
    let choices = StaffChoice::menu(model.picture.shown.is_some());
    for (row, (number, &choice)) in area.rows().zip((1..).zip(choices)) {
        let what = match (model.board(), choice) {
            (Some(board), StaffChoice::CloseSession) => {
                format!("{} ({})", words::choice(choice), board.session.unit_code)
            }
            _ => words::choice(choice).to_owned(),
        };
        item(
            canvas,
            row,
            &format!("{number}  {what}"),
            choice == menu.chosen,
        );
    }
}

fn units(canvas: &mut Canvas, area: Rect, list: &UnitList) -> Option<Position> {
    let field_style = canvas.theme.role(Role::Field);
    let row = top(area, 1);
    canvas.fill(row, field_style);
    let cursor = entry::text(canvas, inset(row, 1, 0), &list.filter);

    let area = below(area, 1);
    let found = list.filtered();
    if found.is_empty() {
        let quiet = canvas.theme.role(Role::Quiet);
        canvas.left(top(area, 1), "No unit of that code or name.", quiet);
    }
    let chosen = list.chosen.min(found.len().saturating_sub(1));
    // The chosen one is always in sight.
    let first = (chosen + 1).saturating_sub(area.height.into());
    for (row, (index, unit)) in area.rows().zip(found.iter().enumerate().skip(first)) {
        item(
            canvas,
            row,
            &format!("{}  {}", unit.code, unit.name),
            index == chosen,
        );
    }
    cursor
}

fn item(canvas: &mut Canvas, row: Rect, text: &str, is_chosen: bool) {
    let role = if is_chosen {
        Role::BarStrong
    } else {
        Role::Text
    };
    let style = canvas.theme.role(role);
    canvas.fill(row, style);
    let mark = if is_chosen { ">" } else { " " };
    canvas.left(row, &format!("{mark} {text}"), style);
}
