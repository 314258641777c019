//! One student in one session, and their way through the unit.

use maud::{Markup, html};

use super::board::{flags, path_of};
use super::chrome::{Chrome, Place};
use crate::domain::{
    AdmissionNumber, Mark, RecordState, Session, SessionHistory, StudentHistory, Zone,
};
use crate::services::words;
use crate::web::pages::sign::error_mark;

/// What the page shows.
pub struct HistoryPage<'a> {
    /// The session whose board led here.
    pub session: &'a Session,
    /// Whose number it is.
    pub number: AdmissionNumber,
    /// Their sessions; `None` while the number is on no list.
    pub history: Option<StudentHistory>,
    /// Why the last try changed nothing.
    pub error: Option<String>,
    /// The reason that was typed with it.
    pub reason: &'a str,
    /// The site's zone.
    pub zone: Zone,
}

/// The page.
pub fn history(chrome: &Chrome, page: &HistoryPage<'_>) -> Markup {
    let sessions = page.history.as_ref().map_or(&[][..], |it| &it.sessions);
    let here = sessions.iter().find(|it| it.session.id == page.session.id);
    let name = page.history.as_ref().and_then(|it| it.name.as_ref());
    let content = html! {
        p.unit { a href=(path_of(page.session)) { "← " (page.session.unit_code) " " (page.session.time_slot(page.zone)) } }
        h1 { @match name { Some(name) => bdi { (name) }, None => (page.number) } }
        @if name.is_some() { p.soft { (page.number) } }
        (correction(chrome, page, here.and_then(|it| it.record.as_ref())))
        @if !sessions.is_empty() {
            h2 { "Every lecture so far" }
            div.scroll tabindex="0" role="region" aria-label="Lectures" {
                table {
                    thead { tr { th scope="col" { "Lecture" } th scope="col" { "Mark" } th scope="col" { "Recorded" }
                        th scope="col" { "Flags" } th scope="col" { "What staff changed" } } }
                    tbody { @for it in sessions.iter().rev() { (lecture(it, page)) } }
                }
            }
        }
    };
    chrome.page(Place::Boards, page.number.as_str(), &content)
}

fn lecture(it: &SessionHistory, page: &HistoryPage<'_>) -> Markup {
    let mark = it
        .record
        .as_ref()
        .map_or(Mark::Absent, |record| record.mark);
    html! {
        tr data-mark=(mark.as_str()) {
            th scope="row" { a href=(path_of(&it.session)) { (page.zone.long_date(it.session.starts_at)) } }
            td { span.mark { (it.record.as_ref().map_or_else(|| mark.as_str().to_owned(), words::record_state)) } }
            td.slot { @if let Some(record) = &it.record { (page.zone.clock(record.at)) " " (words::channel(record.channel)) } }
            td { @if let Some(record) = &it.record { (flags(record.flags)) } }
            td {
                @for line in &it.corrections {
                    div {
                        (page.zone.long_date(line.at)) " " (page.zone.hour_minute(line.at)) ", " (line.actor) ": "
                        (words::audit_action(&line.action)) ", " bdi { (words::change(&line.change)) }
                        @if let Some(reason) = &line.reason { " (" bdi { (reason) } ")" }
                    }
                }
            }
        }
    }
}

/// What can be done about the record as it stands now.
fn correction(chrome: &Chrome, page: &HistoryPage<'_>, record: Option<&RecordState>) -> Markup {
    let mark = record.map_or(Mark::Absent, |record| record.mark);
    let now = record.map_or_else(|| "absent".to_owned(), words::record_state);
    html! {
        form.card.stack method="post" action=(format!("{}/student", path_of(page.session))) {
            (chrome.key())
            input type="hidden" name="number" value=(page.number);
            p data-mark=(mark.as_str()) { "In this lecture: " span.mark { (now) } }
            @if let Some(typed) = record.and_then(|record| record.typed_name.as_ref()) {
                p.note { "The student typed the name " strong { bdi { (typed) } } "." }
            }
            @if page.history.is_none() {
                div.field { label for="name" { "Full name" span.hint { "The number is on no list yet; with a name it is added." } }
                    input #name name="name" autocomplete="off"; }
            }
            div.field {
                label for="reason" { "Reason" span.hint { "Needed where a mark that stands, or stood, is changed." } }
                input #reason name="reason" value=(page.reason) maxlength="200" autocomplete="off"
                    aria-invalid=[page.error.is_some().then_some("true")] aria-describedby=[page.error.is_some().then_some("reason-error")];
                @if let Some(error) = &page.error { p.error #reason-error role="alert" { (error_mark()) span { (error) } } }
            }
            div.actions {
                @match mark {
                    Mark::Pending => { button name="do" value="approve" { "Approve" } button.danger name="do" value="unmark" { "Turn down" } }
                    Mark::Absent => { button name="do" value="mark" { "Mark present" } button.quiet name="do" value="late" { "Mark late" } }
                    Mark::Present => { button.quiet name="do" value="late" { "Make it late" } button.danger name="do" value="unmark" { "Take the mark back" } }
                    Mark::Late => { button.quiet name="do" value="mark" { "Make it on time" } button.danger name="do" value="unmark" { "Take the mark back" } }
                }
                @if record.is_some_and(|record| record.typed_name.is_some()) {
                    button.quiet name="do" value="accept_name" { "Take the typed name" }
                    button.quiet name="do" value="keep_name" { "Keep the roster's name" }
                }
                @if page.history.is_some() { button.quiet name="do" value="undo" { "Undo the last change" } }
            }
            @if mark == Mark::Pending {
                div.field { label for="into" { "Or this record belongs to" span.hint { "The admission number that was meant." } }
                    input #into name="into" autocomplete="off" autocapitalize="characters" spellcheck="false"; }
                div.actions { button.quiet name="do" value="merge" { "Move it there" } }
            }
        }
    }
}
