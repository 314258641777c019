//! The students, one per row. On a narrow screen the least wanted columns are left out.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::LiveBoardPage;
use crate::domain::{Band, Flag, Flags, Mark, RosterLine};
use crate::tui::draw::{Canvas, below, cell, first_row, row_style, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::words::{ForecastOf, Label, Screen, StaffScreen, Voice};

#[derive(Clone, Copy, PartialEq, Eq)]
enum BoardColumn {
    Number,
    Name,
    Mark,
    At,
    Via,
    Bar,
    SoFar,
    Band,
    Forecast,
    Flags,
}

/// The columns and their widths for a table of this width; the name has what is left.
fn columns(width: u16) -> Vec<(BoardColumn, u16)> {
    const LEAST_NAME: u16 = 14;
    // In the order in which they are wanted.
    const WANTED: [(BoardColumn, u16); 9] = [
        (BoardColumn::Mark, 11),
        (BoardColumn::Number, 14),
        (BoardColumn::At, 7),
        (BoardColumn::SoFar, 8),
        (BoardColumn::Band, 8),
        (BoardColumn::Flags, 14),
        (BoardColumn::Via, 12),
        (BoardColumn::Bar, 13),
        (BoardColumn::Forecast, 26),
    ];
    const ORDER: [BoardColumn; 10] = [
        BoardColumn::Number,
        BoardColumn::Name,
        BoardColumn::Mark,
        BoardColumn::At,
        BoardColumn::Via,
        BoardColumn::Bar,
        BoardColumn::SoFar,
        BoardColumn::Band,
        BoardColumn::Forecast,
        BoardColumn::Flags,
    ];
    let mut rest = width.saturating_sub(LEAST_NAME);
    let mut chosen: Vec<(BoardColumn, u16)> = Vec::new();
    for (column, width) in WANTED {
        let Some(left) = rest.checked_sub(width) else {
            break;
        };
        rest = left;
        chosen.push((column, width));
    }
    chosen.push((BoardColumn::Name, LEAST_NAME + rest.min(26)));
    let place = |column: BoardColumn| ORDER.iter().position(|&one| one == column);
    chosen.sort_by_key(|&(column, _)| place(column));
    chosen
}

pub(super) fn draw(canvas: &mut Canvas, area: Rect, context: &PageContext, page: &LiveBoardPage) {
    let quiet = canvas.theme.role(Role::Quiet);
    if page.count() == 0 {
        let empty = page
            .roster
            .as_ref()
            .is_none_or(|roster| roster.lines.is_empty());
        let text = if empty {
            StaffScreen::NobodyEnrolled
        } else {
            StaffScreen::NobodyListed
        };
        canvas.wrapped(area, &context.say(text), quiet);
        return;
    }
    let columns = columns(area.width.saturating_sub(2));
    let mut rest = shifted(top(area, 1), 2);
    for &(column, width) in &columns {
        let head = context.say(head(column)).to_uppercase();
        rest = cell(canvas, rest, width, &head, quiet);
    }
    let area = below(area, 1);
    let chosen = page.chosen_row();
    let first = first_row(chosen.unwrap_or(0), page.count(), area.height);
    for ((row, line), index) in area.rows().zip(page.lines_from(first)).zip(first..) {
        one(canvas, row, context, &columns, line, Some(index) == chosen);
    }
}

fn head(column: BoardColumn) -> Label {
    match column {
        BoardColumn::Number => Label::Number,
        BoardColumn::Name => Label::Name,
        BoardColumn::Mark => Label::Mark,
        BoardColumn::At => Label::Time,
        BoardColumn::Via => Label::How,
        BoardColumn::Bar => Label::None,
        BoardColumn::SoFar => Label::SoFar,
        BoardColumn::Band => Label::Band,
        BoardColumn::Forecast => Label::Forecast,
        BoardColumn::Flags => Label::Flags,
    }
}

fn one(
    canvas: &mut Canvas,
    row: Rect,
    context: &PageContext,
    columns: &[(BoardColumn, u16)],
    line: &RosterLine,
    is_chosen: bool,
) {
    let chosen_style = row_style(canvas, row, is_chosen);
    // On the chosen row every text has the style of the row, which is legible in every palette.
    let styled = |canvas: &Canvas, role| {
        if is_chosen {
            chosen_style
        } else {
            canvas.theme.role(role)
        }
    };
    let voice = context.site.voice;
    let mut rest = shifted(row, 2);
    for &(column, width) in columns {
        let (text, role) = match column {
            BoardColumn::Number => (line.admission_number.to_string(), Role::Text),
            BoardColumn::Name => (who(line, columns), Role::Text),
            BoardColumn::Mark => (mark(line, voice), mark_role(line.mark)),
            BoardColumn::At => (
                line.at.map(|at| voice.time(at)).unwrap_or_default(),
                Role::Text,
            ),
            BoardColumn::Via => (
                line.channel
                    .map(|channel| voice.say(Screen::ChannelShort(channel)))
                    .unwrap_or_default(),
                Role::Quiet,
            ),
            BoardColumn::Bar => {
                percentage_bar(
                    canvas,
                    rest,
                    width - 1,
                    line,
                    styled(canvas, Role::Accent),
                    styled(canvas, Role::Line),
                );
                rest = shifted(rest, width);
                continue;
            }
            BoardColumn::SoFar => (format!("{:>6}", line.standing.so_far), Role::Text),
            BoardColumn::Band => (
                band(line.standing.band, voice),
                band_role(line.standing.band),
            ),
            BoardColumn::Forecast => {
                let forecast = ForecastOf {
                    forecast: line.standing.forecast,
                    required_percent: context.site.required_percent,
                };
                (voice.say(forecast), Role::Quiet)
            }
            BoardColumn::Flags => (flags(line.flags, voice), Role::Warning),
        };
        let style = styled(canvas, role);
        rest = cell(canvas, rest, width, &text, style);
    }
}

/// A mark with a sign of its own, so that it is told apart without colours.
pub fn mark(line: &RosterLine, voice: Voice) -> String {
    let word = voice.say(line.mark);
    match line.mark {
        Mark::Present => format!("• {word}"),
        Mark::Late => format!("! {word} {}", line.punctuality.minutes()),
        Mark::Pending => format!("? {word}"),
        Mark::Absent => format!("- {word}"),
    }
}

/// A band with a sign of its own.
pub(super) fn band(band: Band, voice: Voice) -> String {
    let sign = match band {
        Band::NoneHeld => " ",
        Band::Good => "▲",
        Band::Warning => "!",
        Band::Below => "▼",
    };
    format!("{sign} {}", voice.say(band))
}

/// The flags of a record in one word each, but for late, which has a column of its own.
fn flags(flags: Flags, voice: Voice) -> String {
    let others = flags.iter().filter(|flag| *flag != Flag::Late);
    let words = others.map(|flag| voice.say(StaffScreen::FlagShort(flag)));
    words.collect::<Vec<_>>().join(", ")
}

/// The name; the number of a student without a name where there is no column for the number.
fn who(line: &RosterLine, columns: &[(BoardColumn, u16)]) -> String {
    let numbered = columns
        .iter()
        .any(|(column, _)| *column == BoardColumn::Number);
    match &line.name {
        Some(name) => name.to_string(),
        None if numbered => String::new(),
        None => line.admission_number.to_string(),
    }
}

fn percentage_bar(
    canvas: &mut Canvas,
    row: Rect,
    width: u16,
    line: &RosterLine,
    filled: Style,
    rest: Style,
) {
    let row = Rect {
        width: width.min(row.width),
        ..row
    };
    let share = u32::from(line.standing.so_far.hundredths());
    canvas.bar(row, &[(share, filled)], 10_000, rest);
}

pub(super) fn mark_role(mark: Mark) -> Role {
    match mark {
        Mark::Present => Role::Good,
        Mark::Late => Role::Warning,
        Mark::Pending => Role::Accent,
        Mark::Absent => Role::Quiet,
    }
}

pub(super) fn band_role(band: Band) -> Role {
    match band {
        Band::NoneHeld => Role::Quiet,
        Band::Good => Role::Good,
        Band::Warning => Role::Warning,
        Band::Below => Role::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_and_the_name_has_what_is_left() {
        for width in 14..250 {
            let columns = columns(width);
            let used: u16 = columns.iter().map(|(_, width)| width).sum();
            assert!(used <= width);
            assert!(
                columns
                    .iter()
                    .any(|(column, _)| *column == BoardColumn::Name)
            );
        }
        assert_eq!(columns(78).len(), 7);
    }
}
