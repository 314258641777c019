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

use crate::domain::{AttendanceStatus, Roster, Totals};
use crate::tui::big;
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::words::{Screen, StaffScreen};

/// Rows of the big totals.
pub(super) const ROWS: u16 = big::HEIGHT + 2;

/// The numbers with their words, in reading order; of the rarer ones only those that there are.
fn parts(canvas: &Canvas, totals: Totals) -> Vec<(u32, AttendanceStatus, Style)> {
    let [good, warning, text, quiet, accent] = [
        Role::Good,
        Role::Warning,
        Role::Text,
        Role::Quiet,
        Role::Accent,
    ]
    .map(|role| canvas.theme.role(role));
    let mut parts = vec![
        (totals.present, AttendanceStatus::Present, good),
        (totals.late, AttendanceStatus::Late, warning),
    ];
    let others = [
        (totals.excused, AttendanceStatus::Excused, quiet),
        (totals.pending, AttendanceStatus::Pending, accent),
        (totals.removed, AttendanceStatus::Removed, quiet),
        (totals.absent, AttendanceStatus::Absent, text),
        (totals.not_yet, AttendanceStatus::NotYet, text),
        (totals.unknown, AttendanceStatus::Unknown, warning),
    ];
    parts.extend(others.into_iter().filter(|(number, ..)| *number > 0));
    parts
}

/// In one line, or as many as the words need, with the window at the end; returns the rows used.
pub(super) fn line(canvas: &mut Canvas, area: Rect, context: &PageContext, roster: &Roster) -> u16 {
    let quiet = canvas.theme.role(Role::Quiet);
    let mut words: Vec<(String, Style)> = parts(canvas, roster.totals)
        .into_iter()
        .map(|(number, status, style)| (format!("{number} {}", context.say(status)), style))
        .collect();
    words.push((of_enrolled(context, roster), quiet));
    words.extend(guests(context, roster).map(|text| (text, quiet)));
    let mut rest = area;
    let mut rows = 1;
    for (text, style) in words {
        if canvas.width_of(&text) > rest.width && rest.width < area.width {
            rest = below(area, rows);
            rows += 1;
        }
        let used = canvas.left(rest, &text, style);
        rest = shifted(rest, used + 3);
    }
    let window = window(context, roster);
    // Without room for the countdown, the time is enough.
    let short = window.split(',').next().unwrap_or_default();
    let fitting = [window.as_str(), short]
        .into_iter()
        .find(|text| canvas.width_of(text) <= rest.width);
    if let Some(text) = fitting {
        canvas.right(rest, text, quiet);
    }
    rows
}

/// Who came without being expected; `None` where nobody did.
fn guests(context: &PageContext, roster: &Roster) -> Option<String> {
    let n = roster.totals.guests;
    (n > 0).then(|| context.say(StaffScreen::Guests { n }))
}

/// In big digits; returns the columns used.
pub(super) fn big(canvas: &mut Canvas, area: Rect, context: &PageContext, roster: &Roster) -> u16 {
    let quiet = canvas.theme.role(Role::Quiet);
    let mut rest = area;
    let label = below(area, big::HEIGHT);
    for (number, status, style) in parts(canvas, roster.totals) {
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
        canvas.left(top(place, 1), &context.say(status), style);
        rest = shifted(rest, width + 3);
    }
    let used = area.width - rest.width;
    let of = std::iter::once(of_enrolled(context, roster));
    let words = of.chain(guests(context, roster));
    let words = words.chain(std::iter::once(window(context, roster)));
    let text = words.collect::<Vec<_>>().join("   ");
    let row = top(below(label, 1), 1);
    let needed = canvas.left(row, &text, quiet);
    used.max(needed)
}

/// The share of the students who are here.
pub(super) fn bar(canvas: &mut Canvas, row: Rect, totals: Totals) {
    let [good, warning, line] =
        [Role::Good, Role::Warning, Role::Line].map(|role| canvas.theme.role(role));
    let whole = totals.expected.max(totals.present + totals.late);
    let parts = [(totals.present, good), (totals.late, warning)];
    canvas.bar(row, &parts, whole, line);
}

fn of_enrolled(context: &PageContext, roster: &Roster) -> String {
    let enrolled = roster.totals.expected;
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
