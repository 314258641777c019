//! The page of a lecture: when, where and of which unit it is, and what is done to it.

use maud::{Markup, html};

use super::chrome::Chrome;
use super::parts::input;
use crate::domain::{
    EditEffect, LectureStage, LectureState, SessionId, TimetableEntry, Unit, WhenAndWhere,
};
use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::words::{BoardText, EditText, Label, StaffScreen, StaffText, Voice};

/// What the page shows.
pub struct LecturePage {
    pub id: SessionId,
    pub was_opened: bool,
    /// Its number in the timetable, where it is of today and not opened yet.
    pub planned: Option<i64>,
    pub head: WhenAndWhere,
    /// The units to which whoever looks may move it.
    pub units: Vec<Unit>,
    pub form: LectureForm,
    /// What the form would change, once that was asked for.
    pub effect: Option<EditEffect>,
    /// Whether the effect is that of undoing the last change.
    pub undoes: bool,
    /// What is open here already, where opening it was asked for.
    pub beside: Option<String>,
    /// Whether a change of it can be undone.
    pub has_change: bool,
    /// Why nothing was done.
    pub complaint: Option<String>,
}

/// What is typed into the forms.
#[derive(Debug, Clone, Default)]
pub struct LectureForm {
    pub start: Field,
    pub end: Field,
    pub venue: Field,
    pub unit: String,
    pub reason: Field,
    pub minutes: Field,
    /// The statement about the lecture that was in force when the effect was shown.
    pub seen: Option<i64>,
}

/// The path of a lecture's page.
fn path(id: SessionId) -> String {
    format!("/lectures/{id}")
}

/// `/lectures/{lecture}`.
pub fn lecture(chrome: &Chrome, page: &LecturePage) -> Markup {
    let voice = chrome.voice;
    let head = &page.head;
    let units = page.units.iter();
    let units = units.filter(|unit| !unit.retired || unit.code == head.unit);
    let form = &page.form;
    let say = |text: EditText| voice.say(text);
    let content = html! {
        p.unit { (head.unit) " · " (stage(head.state, voice)) }
        h1 { (voice.date(head.starts_at)) ", " (voice.time(head.starts_at)) " - " (voice.time(head.ends_at)) }
        @if page.was_opened { p { a href=(format!("/board/{}", page.id)) { (say(EditText::ToBoard)) } } }
        @if let Some(complaint) = &page.complaint { p.error role="alert" { (error_mark()) span { (complaint) } } }
        @if let Some(effect) = &page.effect {
            form.card.stack method="post" action=(path(page.id)) {
                (chrome.key())
                h2 { (say(EditText::Title)) }
                ul { @for line in voice.effect(effect) { li { (line) } } }
                input type="hidden" name="seen" value=(effect.seen);
                @if page.undoes { div.actions { button name="do" value="undo" { (say(EditText::UndoNow)) } } }
                @else {
                    @for (name, value) in [("start", &form.start.text), ("end", &form.end.text), ("venue", &form.venue.text), ("unit", &form.unit), ("reason", &form.reason.text)] {
                        input type="hidden" name=(name) value=(value);
                    }
                }
                @if effect.changes() && !page.undoes { div.actions { button name="do" value="keep" { (say(EditText::Keep)) } } }
            }
        }
        form.card.stack method="post" action=(path(page.id)) {
            (chrome.key())
            (input("start", &voice.say(Label::Start), "", &form.start))
            (input("end", &voice.say(Label::End), "", &form.end))
            (input("venue", &voice.say(Label::Venue), "", &form.venue))
            div.field { label for="unit" { (voice.say(Label::Unit)) }
                select #unit name="unit" {
                    @for unit in units { option value=(unit.code) selected[unit.code.as_str() == form.unit] { (unit.code) " " (unit.name) } }
                }
            }
            (input("reason", &voice.say(Label::Reason), &say(EditText::ReasonHint), &form.reason))
            div.actions { button name="do" value="show" { (say(EditText::Show)) } }
        }
        (actions(chrome, page))
    };
    chrome.page(StaffText::Boards, &head.unit.to_string(), &content)
}

/// What can be done to the lecture as it is.
fn actions(chrome: &Chrome, page: &LecturePage) -> Markup {
    let voice = chrome.voice;
    let stage = page.head.state;
    let form = |content: Markup| {
        html! { form.card.stack method="post" action=(path(page.id)) { (chrome.key()) (content) } }
    };
    let button = |name: &str, text: String, class: &str| html! { div.actions { button class=(class) name="do" value=(name) { (text) } } };
    let with_reason = |id: &str, name: &str, text: EditText| {
        let field = super::parts::labelled(
            ("text", id, "reason"),
            &voice.say(Label::Reason),
            "",
            &Field::default(),
        );
        form(html! { (field) (button(name, voice.say(text), "danger")) })
    };
    html! {
        @if let Some(beside) = &page.beside {
            (form(html! { p { (beside) } (button("open_beside", voice.say(EditText::OpenAsWell), "")) }))
        } @else if page.planned.is_some() {
            (form(button("open", voice.say(EditText::OpenNow), "")))
        }
        @if stage == LectureStage::Open {
            (form(html! {
                (input("minutes", &voice.say(Label::Minutes), "", &Field::holding("15")))
                (button("extend", voice.say(EditText::Extend), ""))
            }))
            (form(html! { p { (voice.say(BoardText::CloseHint)) } (button("close", voice.say(BoardText::CloseNow), "danger")) }))
        }
        @if stage == LectureStage::Cancelled || (matches!(stage, LectureStage::Closed | LectureStage::NotHeld) && page.was_opened) {
            (with_reason("reopen-reason", "reopen", EditText::Reopen))
        }
        @if page.planned.is_some() || (page.was_opened && matches!(stage, LectureStage::Open | LectureStage::Closed)) {
            (with_reason("cancel-reason", "cancel", EditText::Cancel))
        }
        @if page.has_change { (form(button("undo", voice.say(EditText::Undo), "quiet"))) }
    }
}

/// Every lecture of today, for the list of boards.
pub(super) fn today(chrome: &Chrome, lectures: &[TimetableEntry]) -> Markup {
    let voice = chrome.voice;
    html! {
        h2 { (voice.say(EditText::Today)) }
        div.scroll tabindex="0" role="region" aria-label=(voice.say(EditText::Today)) {
            table {
                thead { tr { @for head in [Label::Time, Label::Unit, Label::Venue, Label::State] { th scope="col" { (voice.say(head)) } } td {} } }
                tbody {
                    @for lecture in lectures {
                        @let (id, stage_now) = reached(lecture);
                        tr {
                            td.slot { (voice.time(lecture.starts_at)) " - " (voice.time(lecture.ends_at)) }
                            th scope="row" { (lecture.unit_code) " " bdi { (lecture.unit_name) } }
                            td { bdi { (lecture.venue.as_str()) } }
                            td { (stage(stage_now, voice)) @if let LectureState::Blocked { problem } = &lecture.state { ", " (voice.say(problem)) } }
                            td { a href=(path(id)) { (voice.say(EditText::Change)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The lecture that is held, and how far it has come.
fn reached(lecture: &TimetableEntry) -> (SessionId, LectureStage) {
    match &lecture.state {
        LectureState::Opened { session, state } => (*session, (*state).into()),
        LectureState::Planned | LectureState::Blocked { .. } => {
            (lecture.lecture, LectureStage::Planned)
        }
        LectureState::Cancelled => (lecture.lecture, LectureStage::Cancelled),
        LectureState::NotHeld => (lecture.lecture, LectureStage::NotHeld),
    }
}

fn stage(stage: LectureStage, voice: Voice) -> String {
    match crate::domain::SessionState::parse(stage.as_str()) {
        Some(opened) => voice.say(opened),
        None => voice.say(StaffScreen::Planned),
    }
}
