//! One student: the mark in this session, the standing in the unit, and the sessions before.

use ratatui::layout::Rect;

use super::state::LiveBoardPage;
use super::table::{band_role, mark_role};
use crate::domain::{PersonName, StudentHistory};
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::tui::words;

/// The columns of the labels.
const LABEL: u16 = 12;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, context: &PageContext, page: &LiveBoardPage) {
    let Some(line) = page.student() else {
        return;
    };
    let name = line.name.as_ref().map(PersonName::to_string);
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
            words::mark_in_full(line, context.site.voice),
            mark_role(line.mark),
        ),
        (
            "Of plan",
            words::percentage(&line.standing, context.site.voice),
            Role::Text,
        ),
        (
            "So far",
            words::so_far(&line.standing),
            band_role(line.standing.band),
        ),
        (
            "Forecast",
            words::can_still(&line.standing, context.site),
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
    if let Some(history) = page.shown_history() {
        past(canvas, below(rest, 1), context, history);
    }
}

/// Every session that has begun, the latest first, each with its corrections.
fn past(canvas: &mut Canvas, area: Rect, context: &PageContext, history: &StudentHistory) {
    let [text, quiet, warning] =
        [Role::Text, Role::Quiet, Role::Warning].map(|role| canvas.theme.role(role));
    let zone = context.site.voice.zone;
    let mut rest = area;
    for lecture in history.sessions.iter().rev() {
        let session = &lecture.session;
        let day = format!(
            "{:>3}  {:<15}",
            session.number,
            zone.long_date(session.starts_at)
        );
        let used = canvas.left(top(rest, 1), &day, quiet);
        let typed = lecture
            .record
            .as_ref()
            .and_then(|record| record.typed_name.as_ref());
        let typed = typed
            .map(|name| format!("; typed {name}"))
            .unwrap_or_default();
        let what = format!("{}{typed}", words::in_history(lecture, context.site.voice));
        canvas.left(shifted(top(rest, 1), used + 2), &what, text);
        rest = below(rest, 1);
        for correction in &lecture.corrections {
            let row = shifted(rest, 5);
            let used = canvas.wrapped(
                row,
                &words::in_trail(correction, context.site.voice),
                warning,
            );
            rest = below(rest, used);
        }
    }
}
