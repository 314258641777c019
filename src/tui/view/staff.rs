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
use crate::tui::model::{Model, SignInForm, Staff, StaffChoice, StaffMenu, StaffPage};
use crate::tui::theme::Role;
use crate::tui::words;

const BOX: (u16, u16) = (52, 11);

/// The columns of the field names.
const LABEL: u16 = 11;

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
    let strong = canvas.theme.role(Role::Strong);
    let content = below(inside, 2);
    let cursor = match &staff.page {
        StaffPage::SignIn(form) => {
            canvas.left(top(inside, 1), "Staff", strong);
            sign_in(canvas, content, form)
        }
        StaffPage::Menu(menu) => {
            canvas.left(top(inside, 1), &menu.name, strong);
            choices(canvas, content, model, menu);
            None
        }
    };
    if let Some(note) = &staff.note {
        let warning = canvas.theme.role(Role::Warning);
        canvas.wrapped(
            below(inside, inside.height.saturating_sub(3)),
            note,
            warning,
        );
    }
    let quiet = canvas.theme.role(Role::Quiet);
    let keys = match &staff.page {
        StaffPage::SignIn(_) => "Enter sign in   Tab other field   Esc back",
        StaffPage::Menu(_) => "Up, Down and Enter choose   Esc back",
    };
    canvas.left(below(inside, inside.height.saturating_sub(1)), keys, quiet);
    cursor
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
    let dots = "*".repeat(form.pin.text().chars().count());
    let pin = inset(pin, 1, 0);
    let used = canvas
        .left(pin, &dots, field_style)
        .min(pin.width.saturating_sub(1));
    match (form.awaiting, form.in_pin) {
        (true, _) => None,
        (false, true) => Some(Position::new(pin.x + used, pin.y)),
        (false, false) => in_id,
    }
}

fn choices(canvas: &mut Canvas, area: Rect, model: &Model, menu: &StaffMenu) {
    let [text, chosen] = [Role::Text, Role::Field].map(|role| canvas.theme.role(role));
    for (number, choice) in StaffChoice::ALL.into_iter().enumerate() {
        let offset = u16::try_from(number).unwrap_or_default();
        let row = top(below(area, offset), 1);
        let is_chosen = choice == menu.chosen;
        let style = if is_chosen { chosen } else { text };
        canvas.fill(row, style);
        let mark = if is_chosen { ">" } else { " " };
        let what = match (&model.picture.board, choice) {
            (Some(board), StaffChoice::CloseSession) => {
                format!("{} ({})", words::choice(choice), board.session.unit_code)
            }
            _ => words::choice(choice).to_owned(),
        };
        canvas.left(row, &format!("{mark} {}  {what}", number + 1), style);
    }
}
