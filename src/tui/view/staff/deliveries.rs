//! The sync monitor.
//!
//! ```text
//!  Firestore  connected     1,234 waiting, oldest 12 min       0 refused
//!             ████████████████░░░░░░░░░░  3,766 of 5,000   120 a second, 0:11 left
//!  Portal     offline       3 waiting, oldest 4 min            1 refused
//!             timed out
//!
//!   RECORDED          TO         WHO      NEXT TRY   TRIES  WHY
//! > Sun 09:04         Portal     ***017   in 0:12        3  timed out
//! ```

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{list, whole};
use crate::domain::{DeliveryState, RemoteStatus};
use crate::services::RemoteSnapshot;
use crate::tui::model::Model;
use crate::tui::staff::{DeliveriesPage, Delivery};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

/// The columns of the remotes' names.
const NAME: u16 = 11;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    page: &DeliveriesPage,
    note: Option<&str>,
) {
    let count = page.lines.as_ref().map_or(0, Vec::len);
    let read = if page.extent.is_filled_by(count) {
        words::extent(page.extent, count)
    } else {
        String::new()
    };
    let mut rest = whole(
        canvas,
        body,
        words::DELIVERIES_TITLE,
        &read,
        words::KEYS_DELIVERIES,
        note,
    );
    if rest.height >= 12 {
        rest = below(rest, 1);
    }
    let quiet = canvas.theme.role(Role::Quiet);
    let mut used = model.picture.remotes.iter().peekable();
    if used.peek().is_none() {
        canvas.wrapped(rest, words::NO_REMOTES, quiet);
        return;
    }
    for remote in used {
        rest = below(rest, one_remote(canvas, rest, model, remote));
    }
    rest = below(rest, u16::from(rest.height >= 6));
    lines(canvas, rest, model, page);
}

/// A remote in as many rows as it takes; returns these.
fn one_remote(canvas: &mut Canvas, area: Rect, model: &Model, remote: &RemoteSnapshot) -> u16 {
    let [text, strong, quiet] =
        [Role::Text, Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let row = top(area, 1);
    canvas.left(row, &model.site.voice().say(remote.target), strong);
    let (role, error) = match &remote.status {
        RemoteStatus::Connected => (Role::Good, None),
        RemoteStatus::Off | RemoteStatus::Unknown => (Role::Quiet, None),
        RemoteStatus::Unreachable { error } => (Role::Warning, Some(error)),
        RemoteStatus::Unauthorized { error } => (Role::Bad, Some(error)),
    };
    let state = model.site.voice().say(&remote.status);
    let style = canvas.theme.role(role);
    let rest = list::cell(canvas, shifted(row, NAME), 15, &state, style);
    let owed = words::owed(remote, model.now);
    let inner = |used| shifted(below(area, used), NAME);
    let mut used = 1;
    if canvas.width_of(&owed) <= rest.width {
        canvas.left(rest, &owed, text);
    } else {
        canvas.left(top(inner(used), 1), &owed, text);
        used += 1;
    }
    if let Some(error) = error {
        used += canvas.wrapped(top(inner(used), 2), error, style);
    }
    if remote.counts.waiting > 0 {
        let row = top(inner(used), 1);
        used += u16::from(progress(canvas, row, model, remote, quiet));
    }
    used
}

/// The bar of a queue that becomes shorter, if it does.
fn progress(
    canvas: &mut Canvas,
    row: Rect,
    model: &Model,
    remote: &RemoteSnapshot,
    quiet: Style,
) -> bool {
    let drain = &remote.drain;
    let Some(per_second) = drain.per_second(model.now) else {
        return false;
    };
    let waiting = remote.counts.waiting;
    let whole = drain.whole();
    let left = Duration::from_secs(waiting.div_ceil(per_second.max(1)));
    let bar = Rect {
        width: row.width / 3,
        ..row
    };
    let as_parts = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let [good, line] = [Role::Good, Role::Line].map(|role| canvas.theme.role(role));
    canvas.bar(
        bar,
        &[(as_parts(drain.settled), good)],
        as_parts(whole),
        line,
    );
    let text = words::progress(drain.settled, whole, per_second, left);
    canvas.left(shifted(row, bar.width + 2), &text, quiet);
    true
}

fn lines(canvas: &mut Canvas, area: Rect, model: &Model, page: &DeliveriesPage) {
    let quiet = canvas.theme.role(Role::Quiet);
    let Some(lines) = &page.lines else {
        canvas.left(top(area, 1), words::READING, quiet);
        return;
    };
    if lines.is_empty() {
        canvas.wrapped(area, words::NOTHING_OWED, quiet);
        return;
    }
    let heads = ["RECORDED", "TO", "WHO", "NEXT TRY", "TRIES", "WHY"].map(str::to_owned);
    columns(canvas, shifted(top(area, 1), 2), &heads, quiet);
    let area = below(area, 1);
    let chosen = page.chosen.min(lines.len() - 1);
    let first = list::first_row(chosen, lines.len(), area.height);
    for (row, (index, line)) in area.rows().zip(lines.iter().enumerate().skip(first)) {
        let style = list::ground(canvas, row, index == chosen);
        columns(canvas, shifted(row, 2), &cells(model, line), style);
    }
}

fn cells(model: &Model, line: &Delivery) -> [String; 6] {
    let zone = model.site.zone;
    // Held back by the worker for a while, so that what leaves has the right time.
    let waits_for_clock =
        model.picture.clock_not_set && line.clock_untrusted && line.state == DeliveryState::Waiting;
    let next = if line.state == DeliveryState::Parked {
        words::PARKED.to_owned()
    } else if waits_for_clock {
        words::HELD.to_owned()
    } else {
        words::next_try(line.next_attempt_at.since(model.now))
    };
    let made_at = line.checked_in_at;
    let is_today = zone.date(made_at) == zone.date(model.now);
    let at = if is_today {
        zone.hour_minute(made_at)
    } else {
        zone.date(made_at).to_string()
    };
    [
        at,
        model.site.voice().say(line.target),
        line.number.clone(),
        next,
        line.attempts.to_string(),
        line.last_error
            .clone()
            .or_else(|| waits_for_clock.then(|| words::WAITS_FOR_CLOCK.to_owned()))
            .unwrap_or_default(),
    ]
}

fn columns(canvas: &mut Canvas, row: Rect, cells: &[String; 6], style: Style) {
    let widths = if row.width >= 64 {
        [11, 10, 16, 10, 6, u16::MAX]
    } else {
        [0, 10, 9, 10, 0, u16::MAX]
    };
    let mut rest = row;
    for (text, width) in cells.iter().zip(widths) {
        if width > 0 {
            rest = list::cell(canvas, rest, width, text, style);
        }
    }
}
