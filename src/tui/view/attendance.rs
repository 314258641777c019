//! How the session is doing, for everybody to see: no names, and only the tails of numbers.
//!
//! ```text
//! On time until 09:10                4:32 left
//!
//! ██ ██ █████  of 60 checked in
//! ██ ██ ██
//! █████ ████   42 present
//!    ██    ██  3 late
//!    ██ ████
//!
//! ███████████████████████▒▒░░░░░░░░░░░░░░░░░░░
//!
//! Latest
//! 09:04  phone        ***017
//! 09:03  keypad       ***001   late
//! ```

use ratatui::layout::Rect;

use crate::domain::{Arrival, AttendanceStatus, Board, Mark, Phase, Punctuality, Totals};
use crate::tui::big;
use crate::tui::draw::{Canvas, below, cell, shifted, top, without_right};
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::words::{Screen, Voice, countdown};

/// From this height on the count is written in big digits.
const ROOM_FOR_BIG_DIGITS: u16 = 14;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, board: &Board) {
    // In line with the texts in the bars above and below.
    let area = without_right(area, 1);
    window(canvas, area, model, board);
    if let Phase::NotYet { opens_at } = board.session.phase(model.now, model.site.windows) {
        // Nobody can be here yet, so the time is shown in place of the count.
        let left = countdown(opens_at.since(model.now));
        let strong = canvas.theme.role(Role::Strong);
        canvas.big(below(area, 2), &left, strong);
        return;
    }
    let roomy = area.height >= ROOM_FOR_BIG_DIGITS;
    let mut rest = below(area, 1 + u16::from(area.height >= 6));
    let used = if roomy {
        big_count(canvas, rest, board.totals, model.site.voice)
    } else {
        small_count(canvas, rest, board.totals, model.site.voice)
    };
    rest = below(rest, used);
    bar(canvas, top(rest, 1), board.totals);
    rest = below(rest, 2);
    arrivals(canvas, rest, model, &board.arrivals);
}

/// The counts alone, in digits that can be read from the last row. No names.
pub(super) fn for_projector(canvas: &mut Canvas, area: Rect, model: &Model, board: &Board) {
    let area = without_right(area, 1);
    window(canvas, area, model, board);
    let mut rest = below(area, 2);
    let [strong, good, warning, quiet, accent] = [
        Role::Strong,
        Role::Good,
        Role::Warning,
        Role::Quiet,
        Role::Accent,
    ]
    .map(|role| canvas.theme.role(role));
    let totals = board.totals;
    let here = format!("{}/{}", totals.present + totals.late, totals.expected);
    if canvas.big(top(rest, big::HEIGHT), &here, strong) {
        rest = below(rest, big::HEIGHT + 1);
    } else {
        let used = small_count(canvas, rest, totals, model.site.voice);
        rest = below(rest, used + 1);
    }
    bar(canvas, top(rest, 1), totals);
    rest = below(rest, 2);
    for (number, status, style) in [
        (totals.present, AttendanceStatus::Present, good),
        (totals.late, AttendanceStatus::Late, warning),
        (totals.not_yet, AttendanceStatus::NotYet, quiet),
        (totals.absent, AttendanceStatus::Absent, quiet),
        (totals.excused, AttendanceStatus::Excused, quiet),
        (totals.pending, AttendanceStatus::Pending, accent),
    ] {
        let is_told = matches!(status, AttendanceStatus::Present | AttendanceStatus::Late);
        if number == 0 && !is_told {
            continue;
        }
        let (digits, word) = (number.to_string(), model.site.voice.say(status));
        // Big while every number below still has a line.
        if rest.height > big::HEIGHT + 3 && canvas.big(top(rest, big::HEIGHT), &digits, style) {
            let columns = Canvas::big_width(&digits).unwrap_or_default() + 3;
            canvas.left(below(shifted(rest, columns), big::HEIGHT - 1), &word, style);
            rest = below(rest, big::HEIGHT + 1);
        } else {
            canvas.left(top(rest, 1), &format!("{number} {word}"), style);
            rest = below(rest, 1);
        }
    }
}

fn window(canvas: &mut Canvas, area: Rect, model: &Model, board: &Board) {
    let phase = board.session.phase(model.now, model.site.windows);
    let role = match phase {
        Phase::OnTime { .. } => Role::Good,
        Phase::Late { .. } | Phase::NotYet { .. } => Role::Warning,
        Phase::Over | Phase::Cancelled => Role::Bad,
    };
    let (so, left) = model.site.voice.phase(phase, model.now);
    let row = top(area, 1);
    canvas.left(row, &so, canvas.theme.role(role));
    canvas.right(row, &left, canvas.theme.role(Role::Strong));
}

/// `42 present   3 late   1 pending   of 60`, shorter where there is less room.
fn count(canvas: &Canvas, totals: Totals, width: u16, voice: Voice) -> String {
    let [present, late, pending, of] = [
        Screen::Present { n: totals.present },
        Screen::LateCount { n: totals.late },
        Screen::Pending { n: totals.pending },
        Screen::Of {
            enrolled: totals.expected,
        },
    ]
    .map(|text| voice.say(text));
    let long = match totals.pending {
        0 => [&*present, &late, &of].join("   "),
        _ => [&*present, &late, &pending, &of].join("   "),
    };
    if canvas.width_of(&long) <= width {
        long
    } else {
        format!("{present}, {late} {of}")
    }
}

fn small_count(canvas: &mut Canvas, area: Rect, totals: Totals, voice: Voice) -> u16 {
    let text = count(canvas, totals, area.width, voice);
    canvas.left(top(area, 1), &text, canvas.theme.role(Role::Text));
    1
}

fn big_count(canvas: &mut Canvas, area: Rect, totals: Totals, voice: Voice) -> u16 {
    let here = (totals.present + totals.late).to_string();
    let [strong, good, warning, quiet] =
        [Role::Strong, Role::Good, Role::Warning, Role::Quiet].map(|role| canvas.theme.role(role));
    if !canvas.big(top(area, big::HEIGHT), &here, strong) {
        return small_count(canvas, area, totals, voice);
    }
    let columns = Canvas::big_width(&here).unwrap_or_default() + 3;
    let beside = shifted(area, columns);
    let pending = match totals.pending {
        0 => String::new(),
        n => voice.say(Screen::Pending { n }),
    };
    let of = Screen::OfCheckedIn {
        enrolled: totals.expected,
    };
    let lines = [
        (voice.say(of), strong),
        (String::new(), quiet),
        (voice.say(Screen::Present { n: totals.present }), good),
        (voice.say(Screen::LateCount { n: totals.late }), warning),
        (pending, quiet),
    ];
    for (row, (text, style)) in beside.rows().zip(lines) {
        canvas.left(row, &text, style);
    }
    big::HEIGHT + 1
}

fn bar(canvas: &mut Canvas, row: Rect, totals: Totals) {
    let [good, warning, line] =
        [Role::Good, Role::Warning, Role::Line].map(|role| canvas.theme.role(role));
    let whole = totals.expected.max(totals.present + totals.late);
    canvas.bar(
        row,
        &[(totals.present, good), (totals.late, warning)],
        whole,
        line,
    );
}

fn arrivals(canvas: &mut Canvas, area: Rect, model: &Model, arrivals: &[Arrival]) {
    if area.height < 2 {
        return;
    }
    let voice = model.site.voice;
    let [text, quiet, warning] =
        [Role::Text, Role::Quiet, Role::Warning].map(|role| canvas.theme.role(role));
    if arrivals.is_empty() {
        canvas.left(top(area, 1), &voice.say(Screen::Nobody), quiet);
        return;
    }
    canvas.left(top(area, 1), &voice.say(Screen::Latest), quiet);
    for (row, arrival) in below(area, 1).rows().zip(arrivals) {
        let remark = match arrival {
            Arrival { pending: true, .. } => voice.say(Mark::Pending),
            Arrival {
                punctuality: Punctuality::Late(_),
                ..
            } => voice.say(Mark::Late),
            _ => String::new(),
        };
        let how = voice.say(Screen::ChannelShort(arrival.channel));
        let mut rest = row;
        for (width, words, style) in [
            (7, &*voice.zone.hour_minute(arrival.at), text),
            (13, &*how, quiet),
            (9, &arrival.masked_number, text),
            (8, &remark, warning),
        ] {
            rest = cell(canvas, rest, width, words, style);
        }
    }
}
