//! The students, one per row. On a narrow screen the least wanted columns are left out.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::LiveBoardPage;
use crate::domain::{AttendanceStatus, Band, Flag, Flags, RosterLine};
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

/// The columns of the mark: every word is there to its end.
const MARK: u16 = 13;

/// The columns and their widths for a table of this width; the name has what is left.
fn columns(width: u16) -> Vec<(BoardColumn, u16)> {
    const LEAST_NAME: u16 = 14;
    // In the order in which they are wanted.
    const WANTED: [(BoardColumn, u16); 9] = [
        (BoardColumn::Mark, MARK),
        (BoardColumn::Number, 14),
        (BoardColumn::At, 7),
        (BoardColumn::SoFar, 7),
        (BoardColumn::Band, 8),
        (BoardColumn::Flags, 13),
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
    // A row above the guests says who they are.
    let guests = page.first_guest();
    let has_head = |row: usize| usize::from(guests.is_some_and(|guest| guest <= row));
    let chosen = page.chosen_row().map(|row| row + has_head(row));
    let count = page.count() + usize::from(guests.is_some());
    let first = first_row(chosen.unwrap_or(0), count, area.height);
    let heads_above = usize::from(guests.is_some_and(|guest| guest < first));
    let mut lines = page.lines_from(first - heads_above);
    for (row, place) in area.rows().zip(first..count) {
        if Some(place) == guests {
            let n = page.count() - place;
            canvas.left(row, &context.say(StaffScreen::GuestsBelow { n }), quiet);
        } else if let Some(line) = lines.next() {
            one(canvas, row, context, &columns, line, Some(place) == chosen);
        }
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
            BoardColumn::Mark => (mark(line, voice), status_role(line.status)),
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
            BoardColumn::SoFar => (so_far(line), Role::Text),
            BoardColumn::Band => match &line.standing {
                Some(standing) => (band(standing.band, voice), band_role(standing.band)),
                None => (voice.say(StaffScreen::StrangerShort), Role::Warning),
            },
            BoardColumn::Forecast => {
                let forecast = line.standing.as_ref().map(ForecastOf::of);
                let forecast = forecast.map(|forecast| voice.say(forecast));
                (forecast.unwrap_or_default(), Role::Quiet)
            }
            BoardColumn::Flags => (flags(line.flags, voice), Role::Warning),
        };
        let style = styled(canvas, role);
        rest = cell(canvas, rest, width, &text, style);
    }
}

/// A word with a sign of its own, so that it is told apart without colours.
pub fn mark(line: &RosterLine, voice: Voice) -> String {
    let word = voice.say(line.status);
    match line.status {
        AttendanceStatus::Present => format!("• {word}"),
        AttendanceStatus::Late => format!("! {word} {}", line.punctuality.minutes()),
        AttendanceStatus::Excused => format!("o {word}"),
        AttendanceStatus::Pending => format!("? {word}"),
        AttendanceStatus::Removed => format!("x {word}"),
        AttendanceStatus::Absent => format!("- {word}"),
        AttendanceStatus::NotYet => format!("  {word}"),
        AttendanceStatus::Unknown => format!("~ {word}"),
    }
}

/// The lectures that count for a student, of those held.
fn so_far(line: &RosterLine) -> String {
    let share = line.standing.as_ref();
    let share = share.map(|standing| format!("{}/{}", standing.credit, standing.held));
    format!("{:>6}", share.unwrap_or_default())
}

/// A band with a sign of its own.
pub(super) fn band(band: Band, voice: Voice) -> String {
    let sign = match band {
        Band::NoneHeld => " ",
        Band::Good => "▲",
        Band::Warning => "!",
        Band::Below => "▼",
        Band::NotKnown => "?",
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
    let share = line.standing.as_ref().and_then(|standing| standing.so_far);
    let share = u32::from(share.unwrap_or_default().hundredths());
    canvas.bar(row, &[(share, filled)], 10_000, rest);
}

pub(super) fn status_role(status: AttendanceStatus) -> Role {
    match status {
        AttendanceStatus::Present => Role::Good,
        AttendanceStatus::Late | AttendanceStatus::Unknown => Role::Warning,
        AttendanceStatus::Pending => Role::Accent,
        AttendanceStatus::Excused
        | AttendanceStatus::Removed
        | AttendanceStatus::Absent
        | AttendanceStatus::NotYet => Role::Quiet,
    }
}

pub(super) fn band_role(band: Band) -> Role {
    match band {
        Band::NoneHeld => Role::Quiet,
        Band::Good => Role::Good,
        Band::Warning | Band::NotKnown => Role::Warning,
        Band::Below => Role::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_a_student_fits_its_column() {
        let mut line = crate::tui::testing::roster().lines.remove(0);
        let voice = crate::tui::testing::usual_screen().site.voice;
        for status in [
            AttendanceStatus::Present,
            AttendanceStatus::Late,
            AttendanceStatus::Excused,
            AttendanceStatus::Pending,
            AttendanceStatus::Removed,
            AttendanceStatus::Absent,
            AttendanceStatus::NotYet,
            AttendanceStatus::Unknown,
        ] {
            line.status = status;
            line.punctuality = crate::domain::Punctuality::late(120);
            let mark = mark(&line, voice);
            assert!(mark.chars().count() < usize::from(MARK), "{mark}");
        }
    }

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
        // On a screen of 80 columns, the flags are there too.
        assert_eq!(columns(76).len(), 7);
    }
}
