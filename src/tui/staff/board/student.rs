//! One student: the mark in this session, the standing in the unit, and the sessions before.

use ratatui::layout::Rect;

use super::state::LiveBoardPage;
use super::table::{band, band_role, status_role};
use crate::domain::{
    AttendanceStatus, AuditLine, Counts, Flag, Flags, LectureHistory, Listing, Mark, PersonName,
    RosterLine, Standing, StudentHistory,
};
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::staff::page::PageContext;
use crate::tui::theme::Role;
use crate::words::{Label, Outlook, Screen, StaffScreen, Sum, Voice};

/// The columns of the labels.
const LABEL: u16 = 12;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, context: &PageContext, page: &LiveBoardPage) {
    let Some(line) = page.student() else {
        return;
    };
    let name = line.name.as_ref().map(PersonName::to_string);
    let [strong, quiet] = [Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let name = name.unwrap_or_else(|| context.say(StaffScreen::NoName));
    let title = format!("{}  {name}", line.admission_number);
    canvas.left(top(area, 1), &title, strong);
    let mut rest = below(area, 2);
    let voice = context.site.voice;
    let standing = line.standing.as_ref();
    let of_standing = |text: fn(&Standing, Voice) -> String| {
        standing
            .map(|standing| text(standing, voice))
            .unwrap_or_default()
    };
    for (label, text, role) in [
        (
            voice.say(Label::Mark),
            mark_in_full(line, voice),
            status_role(line.status),
        ),
        (
            voice.say(Label::List),
            match standing {
                Some(_) => String::new(),
                None => voice.say(Listing::Stranger),
            },
            Role::Warning,
        ),
        (
            voice.say(Sum::OfPlan),
            of_standing(|standing, voice| voice.say(Screen::OfPlan(standing.clone()))),
            Role::Text,
        ),
        (
            voice.say(Label::SoFar),
            of_standing(|standing, voice| {
                let so_far = voice.say(StaffScreen::SoFar(standing.clone()));
                format!("{so_far}  {}", band(standing.band, voice).trim())
            }),
            standing.map_or(Role::Text, |standing| band_role(standing.band)),
        ),
        (
            voice.say(Label::Forecast),
            of_standing(|standing, voice| voice.say(Outlook::of(standing))),
            Role::Text,
        ),
        (
            voice.say(Label::Flags),
            flags_in_full(line.flags, voice),
            Role::Warning,
        ),
    ] {
        if text.is_empty() {
            continue;
        }
        canvas.left(top(rest, 1), &label, quiet);
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
    let voice = context.site.voice;
    let mut rest = area;
    // What only the timetable has is listed by "why" alone.
    let opened = history.lectures.iter().rev();
    let opened = opened.filter(|it| it.lecture.session.is_some());
    for lecture in opened {
        let head = &lecture.lecture;
        let day = format!(
            "{:>3}  {:<15}",
            head.number().unwrap_or_default(),
            voice.date(head.starts_at)
        );
        let used = canvas.left(top(rest, 1), &day, quiet);
        let typed = lecture
            .record
            .as_ref()
            .and_then(|record| record.typed_name.as_ref());
        let what = in_history(lecture, voice);
        let what = match typed {
            Some(name) => voice.say(StaffScreen::Typed {
                what,
                name: name.to_string(),
            }),
            None => what,
        };
        canvas.left(shifted(top(rest, 1), used + 2), &what, text);
        rest = below(rest, 1);
        for correction in &lecture.corrections {
            let row = shifted(rest, 5);
            let used = canvas.wrapped(row, &in_trail(correction, voice), warning);
            rest = below(rest, used);
        }
    }
}

/// The mark in this session: since when, and how.
pub fn mark_in_full(line: &RosterLine, voice: Voice) -> String {
    let (Some(at), Some(channel)) = (line.at, line.channel) else {
        return voice.say(line.status);
    };
    let (time, how) = (voice.time(at), voice.say(channel));
    let n = line.punctuality.minutes();
    voice.say(match line.status {
        AttendanceStatus::Present => StaffScreen::PresentAt { time, how },
        AttendanceStatus::Late => StaffScreen::LateAt { time, how, n },
        AttendanceStatus::Pending => StaffScreen::PendingAt { time, how },
        AttendanceStatus::Excused
        | AttendanceStatus::Removed
        | AttendanceStatus::Absent
        | AttendanceStatus::NotYet
        | AttendanceStatus::Unknown => return voice.say(line.status),
    })
}

/// The flags of a record in sentences, but for late: the mark says it.
fn flags_in_full(flags: Flags, voice: Voice) -> String {
    let others = flags.iter().filter(|flag| *flag != Flag::Late);
    let sentences = others.map(|flag| voice.say(StaffScreen::FlagInFull(flag)));
    sentences.collect::<Vec<_>>().join(" ")
}

/// A session before: the record that counts there, or why there is none.
fn in_history(lecture: &LectureHistory, voice: Voice) -> String {
    let counts = matches!(lecture.line.counts, Counts::Attended | Counts::Missed);
    let record = match &lecture.record {
        Some(record) if record.mark.stands() && counts => record,
        _ => return voice.say(lecture.line.reason),
    };
    let what = format!(
        "{}, {} {}",
        voice.say(record),
        voice.time(record.at),
        voice.say(record.channel)
    );
    if record.mark == Mark::Pending {
        voice.say(StaffScreen::NotCountedYet { what })
    } else {
        what
    }
}

/// A correction: when, by whom, what and why.
fn in_trail(line: &AuditLine, voice: Voice) -> String {
    let reason = line.reason.as_ref();
    let reason = reason.map(|reason| format!(": {reason}"));
    format!(
        "{} {}, {} ({}){}",
        voice.time(line.at),
        line.actor,
        voice.action(line),
        voice.change(&line.change),
        reason.unwrap_or_default()
    )
}
