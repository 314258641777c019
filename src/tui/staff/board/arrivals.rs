//! The arrivals over time: one column for each few minutes.
//!
//! ```text
//! █
//! █ ▃▄
//! █▅███▂▁  ▁
//! 08:50       09:20, up to 12 in 2 min
//! ```

use ratatui::layout::Rect;

use crate::domain::{Roster, Timestamp};
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::terminal::Glyphs;
use crate::tui::theme::Role;
use crate::words::StaffScreen;

/// Eighths of a cell, which fonts of modern terminals have.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Quarters by shade, which every font has.
const SHADES: [&str; 4] = [" ", "░", "▒", "█"];

/// The arrivals in each column.
struct Histogram {
    counts: Vec<u32>,
    first: Timestamp,
    last: Timestamp,
    /// The minutes of a column.
    minutes: u64,
}

/// Counts the arrivals from the first to the last in at most `width` columns of whole minutes; `None` without
/// arrivals.
fn histogram(roster: &Roster, width: u16) -> Option<Histogram> {
    let arrivals = || roster.lines.iter().filter_map(|line| line.at);
    let (first, last) = (arrivals().min()?, arrivals().max()?);
    let minutes = last.since(first).as_secs() / 60 + 1;
    let each = minutes.div_ceil(width.max(1).into()).max(1);
    let count = usize::try_from(minutes.div_ceil(each)).unwrap_or(1);
    let mut counts = vec![0; count];
    for at in arrivals() {
        let column = at.since(first).as_secs() / 60 / each;
        if let Some(count) = usize::try_from(column)
            .ok()
            .and_then(|column| counts.get_mut(column))
        {
            *count += 1;
        }
    }
    Some(Histogram {
        counts,
        first,
        last,
        minutes: each,
    })
}

/// Draws the arrivals in one row.
pub(super) fn spark(canvas: &mut Canvas, row: Rect, context: &PageContext, roster: &Roster) {
    let quiet = canvas.theme.role(Role::Quiet);
    let used = canvas.left(row, &context.say(StaffScreen::Arrivals), quiet);
    let rest = shifted(row, used + 1);
    match histogram(roster, rest.width) {
        Some(histogram) => bars(canvas, rest, &histogram.counts),
        None => {
            canvas.left(rest, &context.say(StaffScreen::NobodyYet), quiet);
        }
    }
}

/// Draws the arrivals in several rows, with the times below.
pub(super) fn chart(canvas: &mut Canvas, area: Rect, context: &PageContext, roster: &Roster) {
    let quiet = canvas.theme.role(Role::Quiet);
    if area.width < 16 {
        return;
    }
    let Some(histogram) = histogram(roster, area.width.min(60)) else {
        return;
    };
    let height = area.height.saturating_sub(2);
    bars(canvas, top(area, height), &histogram.counts);
    let label = context.say(StaffScreen::ArrivalsChart {
        first: histogram.first,
        last: histogram.last,
        most: histogram.counts.iter().max().copied().unwrap_or_default(),
        minutes: histogram.minutes,
    });
    canvas.left(top(below(area, height), 1), &label, quiet);
}

fn bars(canvas: &mut Canvas, area: Rect, counts: &[u32]) {
    let accent = canvas.theme.role(Role::Accent);
    let levels: &[&str] = match canvas.theme.glyphs {
        Glyphs::Full => &EIGHTHS,
        Glyphs::Console => &SHADES,
    };
    let full = levels.len() - 1;
    let most = counts.iter().max().copied().unwrap_or(0).max(1) as usize;
    let height = usize::from(area.height);
    for (column, &count) in (0_u16..).zip(counts) {
        // Rounded up, so that one arrival is never drawn as none.
        let mut filled = (count as usize * height * full).div_ceil(most);
        for row in area.rows().rev() {
            let level = filled.min(full);
            filled -= level;
            canvas.left(top(shifted(row, column), 1), levels[level], accent);
        }
    }
}
