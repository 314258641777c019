//! One student in one session, and "why this number?": their way through the unit, and what it adds up to.

use maud::{Markup, html};

use super::admin::{self, input};
use super::board::path_of;
use super::chrome::Chrome;
use crate::domain::{
    AdmissionNumber, LectureReason, Mark, Punctuality, RecordState, Session, SessionHistory,
    StudentHistory,
};
use crate::web::pages::Field;
use crate::words::{BoardText, HistoryText, Label, StaffText, Voice};

/// What the page shows.
pub struct HistoryPage<'a> {
    /// The session whose board led here.
    pub session: &'a Session,
    /// Whose number it is.
    pub number: AdmissionNumber,
    /// Their sessions; `None` while the number is on no list.
    pub history: Option<StudentHistory>,
    /// What was typed with the last try, and why it changed nothing.
    pub form: CorrectionForm,
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
    let sessions = page.history.as_ref().map_or(&[][..], |it| &it.sessions);
    let here = sessions.iter().find(|it| it.session.id == page.session.id);
    let name = page.history.as_ref().and_then(|it| it.name.as_ref());
    let content = html! {
        p.unit { a href=(path_of(page.session)) { "← " (page.session.unit_code) " " (page.session.time_slot(chrome.voice.zone)) } }
        h1 { @match name { Some(name) => bdi { (name) }, None => (page.number) } }
        @if name.is_some() { p.soft { (page.number) } }
        (correction(chrome, page, here.and_then(|it| it.record.as_ref())))
        @if let Some(history) = &page.history { (sum(history, chrome.voice)) (lectures(history, chrome.voice)) }
    };
    chrome.page(StaffText::Boards, page.number.as_str(), &content)
}

/// `/admin/student/why`.
pub fn why(chrome: &Chrome, history: &StudentHistory) -> Markup {
    let number = &history.admission_number;
    let content = html! {
        p.unit { a href=(admin::student_path(number)) { "← " (number) } }
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
            @match history.enrolled_on {
                Some(date) => { (voice.say(HistoryText::EnrolledSince { date: date.to_string() })) }
                None => { (voice.say(HistoryText::NotEnrolled)) }
            }
        }
        dl.facts { @for (label, terms) in voice.sum(history) { dt { (label) } dd { (terms) } } }
    }
}

fn lectures(history: &StudentHistory, voice: Voice) -> Markup {
    html! {
        h2 { (voice.say(HistoryText::EveryLecture)) }
        @if history.sessions.is_empty() { p.soft { (voice.say(HistoryText::NoLectures)) } }
        @else {
            div.scroll tabindex="0" role="region" aria-label=(voice.say(BoardText::Lectures)) {
                table {
                    thead { tr { @for head in [Label::Lecture, Label::CountsAs, Label::Recorded, Label::Flags, Label::StaffChanges] { th scope="col" { (voice.say(head)) } } } }
                    tbody { @for it in history.sessions.iter().rev() { (lecture(it, voice)) } }
                }
            }
        }
    }
}

fn lecture(it: &SessionHistory, voice: Voice) -> Markup {
    let zone = voice.zone;
    html! {
        tr data-mark=(tone(it.reason).as_str()) {
            th scope="row" { a href=(path_of(&it.session)) { (voice.date(it.session.starts_at)) " " (zone.hour_minute(it.session.starts_at)) } }
            td { span.mark { (voice.say(it.reason)) } }
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

/// The colour of a reason: that of the mark which counts the same.
fn tone(reason: LectureReason) -> Mark {
    match reason {
        LectureReason::Present => Mark::Present,
        LectureReason::Late => Mark::Late,
        LectureReason::Pending => Mark::Pending,
        LectureReason::Unmarked
        | LectureReason::Absent
        | LectureReason::Cancelled
        | LectureReason::BeforeEnrolment
        | LectureReason::NotHeldYet => Mark::Absent,
    }
}

/// What can be done about the record as it is now.
fn correction(chrome: &Chrome, page: &HistoryPage<'_>, record: Option<&RecordState>) -> Markup {
    let mark = record.map_or(Mark::Absent, |record| record.mark);
    let now = record.map_or_else(
        || chrome.voice.say(Mark::Absent),
        |record| chrome.voice.say(record),
    );
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
                    Mark::Absent => { button name="do" value="mark" { (chrome.voice.say(HistoryText::MarkPresent)) } button.quiet name="do" value="late" { (chrome.voice.say(HistoryText::MarkLate)) } }
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
