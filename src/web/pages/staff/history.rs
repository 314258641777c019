//! One student in one session, and "why this number?": their way through the unit, and what it adds up to.

use maud::{Markup, html};

use super::chrome::Chrome;
use super::parts::{date, input};
use super::paths::{file_path, number_path, path_of};
use crate::domain::{
    AdmissionNumber, AttendanceStatus, Counts, ExcuseCategory, Excused, Interval, LectureHistory,
    Listing, Mark, Punctuality, Session, StudentHistory,
};
use crate::services::GivenExcuse;
use crate::web::pages::Field;
use crate::words::{
    AdminText, BoardText, HistoryText, Label, NumberText, RecordChange, StaffText, Voice,
};

/// What the page shows.
pub struct HistoryPage<'a> {
    /// The session whose board led here.
    pub session: &'a Session,
    /// Whose number it is.
    pub number: AdmissionNumber,
    /// Their sessions; `None` while the number is on no list.
    pub history: Option<StudentHistory>,
    /// The excuses that count in the unit.
    pub excuses: Vec<GivenExcuse>,
    /// What was typed with the last try, and why it changed nothing.
    pub form: CorrectionForm,
    pub excuse_form: ExcuseForm,
}

/// The days of an excuse, and its category.
#[derive(Debug, Clone, Default)]
pub struct ExcuseForm {
    pub category: Option<ExcuseCategory>,
    pub first: Field,
    pub last: Field,
}

/// The texts of a correction.
#[derive(Debug, Clone, Default)]
pub struct CorrectionForm {
    /// The name of somebody on no list.
    pub name: Field,
    /// The reason of the correction.
    pub reason: Field,
    /// The number that a pending record is moved to.
    pub into: Field,
}

/// The page of a student's history in a unit.
pub fn history(chrome: &Chrome, page: &HistoryPage<'_>) -> Markup {
    let lectures_of = page.history.as_ref().map_or(&[][..], |it| &it.lectures);
    let here = lectures_of
        .iter()
        .find(|it| it.lecture.id == page.session.id);
    let name = page.history.as_ref().and_then(|it| it.name.as_ref());
    let content = html! {
        p.unit { a href=(path_of(page.session)) { "← " (page.session.unit_code) " " (page.session.time_slot(chrome.voice.zone)) } }
        h1 { @match name { Some(name) => bdi { (name) }, None => (page.number) } }
        @if name.is_some() { p.soft { (page.number) } }
        p { a href=(number_path(&page.number)) { (chrome.voice.say(NumberText::Title { number: page.number.to_string() })) } }
        (correction(chrome, page, here))
        @if let Some(history) = &page.history {
            (excuses(chrome, page, history))
            (sum(history, chrome.voice))
            (lectures(history, chrome.voice))
        }
    };
    chrome.page(StaffText::Boards, page.number.as_str(), &content)
}

/// `/admin/student/why`.
pub fn why(chrome: &Chrome, history: &StudentHistory) -> Markup {
    let number = &history.admission_number;
    let content = html! {
        p.unit { a href=(file_path(number)) { "← " (number) } }
        h1 { @match &history.name { Some(name) => bdi { (name) }, None => (number) } (chrome.voice.say(HistoryText::In)) (history.unit) }
        (sum(history, chrome.voice))
        (lectures(history, chrome.voice))
    };
    chrome.page(StaffText::Students, number.as_str(), &content)
}

/// The numbers, and the terms that they are made of.
fn sum(history: &StudentHistory, voice: Voice) -> Markup {
    html! {
        h2 { (voice.say(HistoryText::Why)) }
        p.soft {
            (voice.say(HistoryText::Semester { unit: history.unit.to_string(), semester: history.semester.as_str().to_owned() }))
            @for interval in history.enrolment.intervals() { (days(interval, voice)) " " }
            @if history.listing != Listing::Main { (voice.say(history.listing)) }
        }
        dl.facts { @for (label, terms) in voice.sum(history) { dt { (label) } dd { (terms) } } }
    }
}

fn lectures(history: &StudentHistory, voice: Voice) -> Markup {
    html! {
        h2 { (voice.say(HistoryText::EveryLecture)) }
        @if history.lectures.is_empty() { p.soft { (voice.say(HistoryText::NoLectures)) } }
        @else {
            div.scroll tabindex="0" role="region" aria-label=(voice.say(BoardText::Lectures)) {
                table {
                    thead { tr { @for head in [Label::Lecture, Label::CountsAs, Label::Recorded, Label::Flags, Label::StaffChanges] { th scope="col" { (voice.say(head)) } } } }
                    tbody { @for it in history.lectures.iter().rev() { (lecture(it, voice)) } }
                }
            }
        }
    }
}

/// The days of an enrolment.
pub(super) fn days(interval: &Interval, voice: Voice) -> String {
    let day = |day: chrono::NaiveDate| voice.say(day);
    let days = match (interval.from, interval.until) {
        (None, None) => HistoryText::EnrolledAlways,
        (Some(from), None) => HistoryText::EnrolledSince { date: day(from) },
        (None, Some(until)) => HistoryText::EnrolledUntil { date: day(until) },
        (Some(from), Some(until)) => HistoryText::EnrolledBetween {
            from: day(from),
            until: day(until),
        },
    };
    let days = voice.say(days);
    match &interval.group {
        Some(group) => format!(
            "{days} {}",
            voice.say(HistoryText::InGroup {
                group: group.to_string()
            })
        ),
        None => days,
    }
}

fn lecture(it: &LectureHistory, voice: Voice) -> Markup {
    let zone = voice.zone;
    html! {
        tr data-mark=(tone(it)) {
            th scope="row" {
                @let when = format!("{} {}", voice.date(it.lecture.starts_at), zone.hour_minute(it.lecture.starts_at));
                @match &it.lecture.session { Some(session) => a href=(path_of(session)) { (when) }, None => (when) }
            }
            td { span.mark { (voice.say(it.line.reason)) } }
            td.slot { @if let Some(record) = &it.record {
                (zone.clock(record.at)) " " (voice.say(record.channel))
                @if let Punctuality::Late(minutes) = record.punctuality { ", " (voice.say(HistoryText::MinutesLate { n: minutes.get() })) }
            } }
            td { @if let Some(record) = &it.record { (voice.flags(record.flags)) } }
            td {
                @for line in &it.corrections {
                    div {
                        (voice.date(line.at)) " " (zone.hour_minute(line.at)) ", " (line.actor) ": "
                        (voice.action(line)) ", " bdi { (voice.change(&line.change)) }
                        @if let Some(reason) = &line.reason { " (" bdi { (reason) } ")" }
                    }
                }
            }
        }
    }
}

/// The colour of a lecture: that of the word which counts the same.
fn tone(it: &LectureHistory) -> &'static str {
    let status = match (it.line.counts, it.line.status) {
        (Counts::Attended, Some(AttendanceStatus::Late)) => AttendanceStatus::Late,
        (Counts::Attended, _) => AttendanceStatus::Present,
        (Counts::Missed, Some(AttendanceStatus::Pending)) => AttendanceStatus::Pending,
        (Counts::Missed, _) => AttendanceStatus::Absent,
        (Counts::Unknown, _) => AttendanceStatus::Unknown,
        (Counts::ToCome | Counts::LeftOut, _) => AttendanceStatus::NotYet,
    };
    status.as_str()
}

/// The excuses in force, and two ways to give one: for this lecture, or for days.
fn excuses(chrome: &Chrome, page: &HistoryPage<'_>, history: &StudentHistory) -> Markup {
    let voice = chrome.voice;
    let path = format!("{}/excuse", path_of(page.session));
    let form = &page.excuse_form;
    html! {
        h2 { (voice.say(HistoryText::Excuses)) }
        @if page.excuses.is_empty() { p.soft { (voice.say(HistoryText::NoExcuses)) } }
        @for given in &page.excuses {
            form.actions method="post" action=(path) {
                (chrome.key())
                input type="hidden" name="number" value=(page.number);
                input type="hidden" name="id" value=(given.id);
                span { (voice.say(given.fact.category)) ", " (covered(given, history, voice))
                    @if given.fact.unit.is_none() { ", " (voice.say(HistoryText::EveryUnit)) } }
                @if given.fact.unit.is_some() || chrome.is_admin {
                    button.quiet.small name="do" value="take_back" { (voice.say(HistoryText::TakeBack)) }
                }
            }
        }
        form.card.stack method="post" action=(path) {
            (chrome.key())
            input type="hidden" name="number" value=(page.number);
            p.soft { (voice.say(HistoryText::ExcuseHint)) }
            div.field { label for="category" { (voice.say(Label::Category)) }
                select #category name="category" {
                    @for category in ExcuseCategory::ALL {
                        option value=(category.as_str()) selected[form.category == Some(category)] { (voice.say(category)) }
                    }
                }
            }
            div.actions { button.quiet name="do" value="lecture" { (voice.say(HistoryText::ExcuseHere)) } }
            (date("first", "first", &voice.say(HistoryText::FirstDay), "", &form.first))
            (date("last", "last", &voice.say(AdminText::LastDay), "", &form.last))
            @if chrome.is_admin {
                div.field.check {
                    input #every_unit type="checkbox" name="every_unit" value="1";
                    label for="every_unit" { (voice.say(HistoryText::ForEveryUnit)) }
                }
            }
            div.actions { button.quiet name="do" value="days" { (voice.say(HistoryText::ExcuseDays)) } }
        }
    }
}

/// What an excuse is for.
fn covered(given: &GivenExcuse, history: &StudentHistory, voice: Voice) -> String {
    voice.say(match given.fact.covers {
        Excused::Days(first, last) => HistoryText::Days {
            first: voice.say(first),
            last: voice.say(last),
        },
        Excused::Lecture(id) => {
            let mut lectures = history.lectures.iter().map(|it| &it.lecture);
            match lectures.find(|lecture| lecture.id == id) {
                Some(lecture) => HistoryText::LectureOf {
                    date: voice.say(lecture.date),
                },
                None => HistoryText::OneLecture,
            }
        }
    })
}

/// What can be done about the record as it is now.
fn correction(chrome: &Chrome, page: &HistoryPage<'_>, here: Option<&LectureHistory>) -> Markup {
    let record = here.and_then(|it| it.record.as_ref());
    let mark = record.map_or(Mark::Removed, |record| record.mark);
    let now = match (record, here.and_then(|it| it.line.status)) {
        (Some(record), _) => chrome.voice.say(record),
        (None, Some(status)) => chrome.voice.say(status),
        (None, None) => chrome.voice.say(RecordChange::NoRecord),
    };
    html! {
        form.card.stack method="post" action=(format!("{}/student", path_of(page.session))) {
            (chrome.key())
            input type="hidden" name="number" value=(page.number);
            p data-mark=(mark.as_str()) { (chrome.voice.say(HistoryText::InThisLecture)) span.mark { (now) } }
            @if let Some(typed) = record.and_then(|record| record.typed_name.as_ref()) {
                p.note { (chrome.voice.say(HistoryText::StudentTyped)) strong { bdi { (typed) } } "." }
            }
            @if page.history.is_none() {
                (input("name", &chrome.voice.say(Label::FullName), &chrome.voice.say(HistoryText::NumberIsNew), &page.form.name))
            }
            (input("reason", &chrome.voice.say(Label::Reason), &chrome.voice.say(HistoryText::ReasonNeeded), &page.form.reason))
            div.actions {
                @match mark {
                    Mark::Pending => { button name="do" value="approve" { (chrome.voice.say(HistoryText::Approve)) } button.danger name="do" value="unmark" { (chrome.voice.say(HistoryText::TurnDown)) } }
                    Mark::Removed | Mark::TakenBack => { button name="do" value="mark" { (chrome.voice.say(HistoryText::MarkPresent)) } button.quiet name="do" value="late" { (chrome.voice.say(HistoryText::MarkLate)) } }
                    Mark::Present => { button.quiet name="do" value="late" { (chrome.voice.say(HistoryText::MakeLate)) } button.danger name="do" value="unmark" { (chrome.voice.say(HistoryText::Remove)) } }
                    Mark::Late => { button.quiet name="do" value="mark" { (chrome.voice.say(HistoryText::MakeOnTime)) } button.danger name="do" value="unmark" { (chrome.voice.say(HistoryText::Remove)) } }
                }
                @if record.is_some_and(|record| record.typed_name.is_some()) {
                    button.quiet name="do" value="accept_name" { (chrome.voice.say(HistoryText::TakeTypedName)) }
                    button.quiet name="do" value="keep_name" { (chrome.voice.say(HistoryText::KeepName)) }
                }
                @if page.history.is_some() { button.quiet name="do" value="undo" { (chrome.voice.say(HistoryText::Undo)) } }
            }
            @if mark == Mark::Pending || page.form.into.error.is_some() {
                (input("into", &chrome.voice.say(HistoryText::BelongsTo), &chrome.voice.say(HistoryText::NumberMeant), &page.form.into))
                div.actions { button.quiet name="do" value="merge" { (chrome.voice.say(HistoryText::MoveThere)) } }
            }
        }
    }
}
