//! One student: the mark in this session, and the standing in the unit.

use ratatui::layout::Rect;

use super::table::{band_role, mark_role};
use crate::domain::StudentName;
use crate::tui::model::Model;
use crate::tui::staff::BoardPage;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

/// The columns of the labels.
const LABEL: u16 = 12;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, page: &BoardPage) {
    let Some(line) = page.student() else {
        return;
    };
    let name = line.name.as_ref().map(StudentName::to_string);
    let [strong, quiet] = [Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let title = format!(
        "{}  {}",
        line.admission_number,
        name.as_deref().unwrap_or(words::NO_NAME)
    );
    canvas.left(top(area, 1), &title, strong);
    let mut rest = below(area, 2);
    for (label, text, role) in [
        (
            "Mark",
            words::mark_in_full(line, model.site.zone),
            mark_role(line.mark),
        ),
        ("Of plan", words::percentage(&line.standing), Role::Text),
        (
            "So far",
            words::so_far(&line.standing),
            band_role(line.standing.band),
        ),
        (
            "Forecast",
            words::forecast(&line.standing, model.site.required_percent),
            Role::Text,
        ),
        ("Flags", words::flags_in_full(line.flags), Role::Warning),
    ] {
        if text.is_empty() {
            continue;
        }
        canvas.left(top(rest, 1), label, quiet);
        let style = canvas.theme.role(role);
        let used = canvas.wrapped(shifted(rest, LABEL), &text, style);
        rest = below(rest, used);
    }
}
