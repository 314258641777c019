//! The students, one per row. On a narrow screen the least wanted columns are left out.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::LiveBoardPage;
use crate::domain::{Band, Mark, RosterLine};
use crate::tui::draw::{Canvas, below, cell, first_row, row_style, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::tui::words;
use crate::words::Screen;

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
            words::NOBODY_ENROLLED
        } else {
            words::NOBODY_LISTED
        };
        canvas.wrapped(area, text, quiet);
        return;
    }
    let columns = columns(area.width.saturating_sub(2));
    let mut rest = shifted(top(area, 1), 2);
    for &(column, width) in &columns {
        rest = cell(canvas, rest, width, head(column), quiet);
    }
    let area = below(area, 1);
    let chosen = page.chosen_row();
    let first = first_row(chosen.unwrap_or(0), page.count(), area.height);
    for ((row, line), index) in area.rows().zip(page.lines_from(first)).zip(first..) {
        one(canvas, row, context, &columns, line, Some(index) == chosen);
    }
}

fn head(column: BoardColumn) -> &'static str {
    match column {
        BoardColumn::Number => "NUMBER",
        BoardColumn::Name => "NAME",
        BoardColumn::Mark => "MARK",
        BoardColumn::At => "AT",
        BoardColumn::Via => "BY",
        BoardColumn::Bar => "",
        BoardColumn::SoFar => "SO FAR",
        BoardColumn::Band => "BAND",
        BoardColumn::Forecast => "FORECAST",
        BoardColumn::Flags => "FLAGS",
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
    let mut rest = shifted(row, 2);
    for &(column, width) in columns {
        let (text, role) = match column {
            BoardColumn::Number => (line.admission_number.to_string(), Role::Text),
            BoardColumn::Name => (who(line, columns), Role::Text),
            BoardColumn::Mark => (words::mark(line), mark_role(line.mark)),
            BoardColumn::At => (
                line.at
                    .map(|at| context.site.voice.zone.hour_minute(at))
                    .unwrap_or_default(),
                Role::Text,
            ),
            BoardColumn::Via => (
                line.channel
                    .map(|channel| context.site.voice.say(Screen::ChannelShort(channel)))
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
                words::band(line.standing.band).to_owned(),
                band_role(line.standing.band),
            ),
            BoardColumn::Forecast => (words::can_still(&line.standing, context.site), Role::Quiet),
            BoardColumn::Flags => (words::flags(line.flags), Role::Warning),
        };
        let style = styled(canvas, role);
        rest = cell(canvas, rest, width, &text, style);
    }
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
