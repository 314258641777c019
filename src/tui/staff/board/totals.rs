//! The counts of the session, in digits as big as there is room for.
//!
//! ```text
//! ██ ██ █████   ████    ██ ██ ██
//! █████  ███     ███   ██  █████
//!    ██ ██      ████   ██     ██
//! present of 60 late   absent
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{Mark, Roster, Totals};
use crate::tui::big;
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::words::Screen;

/// Rows of the big totals.
pub(super) const ROWS: u16 = big::HEIGHT + 2;

/// The numbers with their words, in reading order.
fn parts(canvas: &Canvas, totals: Totals) -> Vec<(u32, Mark, Style)> {
    let [good, warning, text, accent] =
        [Role::Good, Role::Warning, Role::Text, Role::Accent].map(|role| canvas.theme.role(role));
    let mut parts = vec![
        (totals.present, Mark::Present, good),
        (totals.late, Mark::Late, warning),
        (totals.absent, Mark::Absent, text),
    ];
    if totals.pending > 0 {
        parts.push((totals.pending, Mark::Pending, accent));
    }
    parts
}

/// In one line, with the window at its end.
pub(super) fn line(canvas: &mut Canvas, row: Rect, context: &PageContext, roster: &Roster) {
    let quiet = canvas.theme.role(Role::Quiet);
    let mut rest = row;
    for (number, mark, style) in parts(canvas, roster.totals) {
        let used = canvas.left(rest, &format!("{number} {}", context.say(mark)), style);
        rest = shifted(rest, used + 3);
    }
    let used = canvas.left(rest, &of_enrolled(context, roster), quiet);
    rest = shifted(rest, used + 2);
    let window = window(context, roster);
    // Without room for the countdown, the time is enough.
    let short = window.split(',').next().unwrap_or_default();
    let fitting = [window.as_str(), short]
        .into_iter()
        .find(|text| canvas.width_of(text) <= rest.width);
    if let Some(text) = fitting {
        canvas.right(rest, text, quiet);
    }
}

/// In big digits; returns the columns used.
pub(super) fn big(canvas: &mut Canvas, area: Rect, context: &PageContext, roster: &Roster) -> u16 {
    let quiet = canvas.theme.role(Role::Quiet);
    let mut rest = area;
    let label = below(area, big::HEIGHT);
    for (number, mark, style) in parts(canvas, roster.totals) {
        let digits = number.to_string();
        let width = Canvas::big_width(&digits).unwrap_or(0).max(8);
        if !canvas.big(top(rest, big::HEIGHT), &digits, style) {
            break;
        }
        let place = Rect {
            x: rest.x,
            width: rest.width,
            ..label
        };
        canvas.left(top(place, 1), &context.say(mark), style);
        rest = shifted(rest, width + 3);
    }
    let used = area.width - rest.width;
    let of = of_enrolled(context, roster);
    let text = format!("{of}   {}", window(context, roster));
    let row = top(below(label, 1), 1);
    let needed = canvas.left(row, &text, quiet);
    used.max(needed)
}

/// The share of the students who are here.
pub(super) fn bar(canvas: &mut Canvas, row: Rect, totals: Totals) {
    let [good, warning, line] =
        [Role::Good, Role::Warning, Role::Line].map(|role| canvas.theme.role(role));
    let whole = totals.enrolled.max(totals.present + totals.late);
    let parts = [(totals.present, good), (totals.late, warning)];
    canvas.bar(row, &parts, whole, line);
}

fn of_enrolled(context: &PageContext, roster: &Roster) -> String {
    let enrolled = roster.totals.enrolled;
    context.say(Screen::Of { enrolled })
}

/// The phase of the session, and how long it lasts.
fn window(context: &PageContext, roster: &Roster) -> String {
    let phase = roster.session.phase(context.now, context.site.windows);
    let (so, left) = context.site.voice.phase(phase, context.now);
    if left.is_empty() {
        so
    } else {
        format!("{so}, {left}")
    }
}
