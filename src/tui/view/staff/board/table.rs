//! The students, one a row. Columns give way from the right where there is less room.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::list;
use crate::domain::{Band, Mark, RosterLine};
use crate::tui::model::Model;
use crate::tui::staff::BoardPage;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
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

/// The columns and their widths on a table of this width; what is left over is the name's.
fn columns(width: u16) -> Vec<(Column, u16)> {
    const LEAST_NAME: u16 = 14;
    // In the order in which they are wanted.
    const WANTED: [(Column, u16); 9] = [
        (Column::Mark, 11),
        (Column::Number, 14),
        (Column::At, 7),
        (Column::SoFar, 8),
        (Column::Band, 8),
        (Column::Flags, 14),
        (Column::Via, 12),
        (Column::Bar, 13),
        (Column::Forecast, 26),
    ];
    const ORDER: [Column; 10] = [
        Column::Number,
        Column::Name,
        Column::Mark,
        Column::At,
        Column::Via,
        Column::Bar,
        Column::SoFar,
        Column::Band,
        Column::Forecast,
        Column::Flags,
    ];
    let mut rest = width.saturating_sub(LEAST_NAME);
    let mut chosen: Vec<(Column, u16)> = Vec::new();
    for (column, width) in WANTED {
        let Some(left) = rest.checked_sub(width) else {
            break;
        };
        rest = left;
        chosen.push((column, width));
    }
    chosen.push((Column::Name, LEAST_NAME + rest.min(26)));
    let place = |column: Column| ORDER.iter().position(|&one| one == column);
    chosen.sort_by_key(|&(column, _)| place(column));
    chosen
}

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, page: &BoardPage) {
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
        rest = list::cell(canvas, rest, width, head(column), quiet);
    }
    let area = below(area, 1);
    let chosen = page.chosen_row();
    let first = list::first_row(chosen.unwrap_or(0), page.count(), area.height);
    for ((row, line), index) in area.rows().zip(page.lines_from(first)).zip(first..) {
        one(canvas, row, model, &columns, line, Some(index) == chosen);
    }
}

fn head(column: Column) -> &'static str {
    match column {
        Column::Number => "NUMBER",
        Column::Name => "NAME",
        Column::Mark => "MARK",
        Column::At => "AT",
        Column::Via => "BY",
        Column::Bar => "",
        Column::SoFar => "SO FAR",
        Column::Band => "BAND",
        Column::Forecast => "FORECAST",
        Column::Flags => "FLAGS",
    }
}

fn one(
    canvas: &mut Canvas,
    row: Rect,
    model: &Model,
    columns: &[(Column, u16)],
    line: &RosterLine,
    is_chosen: bool,
) {
    let ground = list::ground(canvas, row, is_chosen);
    // On the bar every text is the bar's, which is legible in every palette.
    let styled = |canvas: &Canvas, role| {
        if is_chosen {
            ground
        } else {
            canvas.theme.role(role)
        }
    };
    let mut rest = shifted(row, 2);
    for &(column, width) in columns {
        let (text, role) = match column {
            Column::Number => (line.admission_number.to_string(), Role::Text),
            Column::Name => (who(line, columns), Role::Text),
            Column::Mark => (words::mark(line), mark_role(line.mark)),
            Column::At => (
                line.at
                    .map(|at| model.site.zone.hour_minute(at))
                    .unwrap_or_default(),
                Role::Text,
            ),
            Column::Via => (
                line.channel
                    .map(words::channel)
                    .unwrap_or_default()
                    .to_owned(),
                Role::Quiet,
            ),
            Column::Bar => {
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
            Column::SoFar => (format!("{:>6}", line.standing.so_far), Role::Text),
            Column::Band => (
                words::band(line.standing.band).to_owned(),
                band_role(line.standing.band),
            ),
            Column::Forecast => (words::can_still(&line.standing, &model.site), Role::Quiet),
            Column::Flags => (words::flags(line.flags), Role::Warning),
        };
        let style = styled(canvas, role);
        rest = list::cell(canvas, rest, width, &text, style);
    }
}

/// The name; where there is no room for the number either, the number of those without a name.
fn who(line: &RosterLine, columns: &[(Column, u16)]) -> String {
    let numbered = columns.iter().any(|(column, _)| *column == Column::Number);
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
            assert!(columns.iter().any(|(column, _)| *column == Column::Name));
        }
        assert_eq!(columns(78).len(), 7);
    }
}
