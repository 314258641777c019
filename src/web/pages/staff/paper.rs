//! Marks for the numbers of a paper list: what they come to, and then done.

use maud::{Markup, html};

use super::chrome::Chrome;
use super::parts::input;
use super::paths::path_of;
use crate::domain::{PaperListEffect, Session, StudentLine};
use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::words::{BoardText, EditText, HistoryText, Label, StaffText};

/// What is typed into the form.
#[derive(Debug, Clone, Default)]
pub struct PaperForm {
    pub numbers: String,
    pub late: Field,
    pub takes_unlisted: bool,
    pub reason: Field,
}

/// What the page shows.
pub struct PaperPage<'a> {
    pub session: &'a Session,
    pub form: PaperForm,
    /// What the list changes, and whether it is done.
    pub effect: Option<(PaperListEffect, bool)>,
    /// Why nothing was done.
    pub complaint: Option<String>,
}

/// `/board/{session_id}/numbers`.
pub fn paper_list(chrome: &Chrome, page: &PaperPage<'_>) -> Markup {
    let voice = chrome.voice;
    let form = &page.form;
    let action = format!("{}/numbers", path_of(page.session));
    let content = html! {
        p.unit { (page.session.unit_code) " · " (voice.date(page.session.starts_at)) }
        h1 { (voice.say(BoardText::PaperList)) }
        p { a href=(path_of(page.session)) { (voice.say(EditText::ToBoard)) } }
        @if let Some(complaint) = &page.complaint { p.error role="alert" { (error_mark()) span { (complaint) } } }
        @if let Some((effect, is_done)) = &page.effect {
            form.card.stack method="post" action=(action) {
                (chrome.key())
                (told(chrome, effect, *is_done))
                @if *is_done && !effect.marked.is_empty() {
                    div.actions { button.quiet name="do" value="undo" { (voice.say(BoardText::PaperUndo)) } }
                } @else if !effect.marked.is_empty() {
                    input type="hidden" name="numbers" value=(form.numbers);
                    input type="hidden" name="late" value=(form.late.text);
                    input type="hidden" name="reason" value=(form.reason.text);
                    @if form.takes_unlisted { input type="hidden" name="unlisted" value="1"; }
                    div.actions { button name="do" value="mark" { (voice.say(BoardText::PaperMark { n: effect.marked.len() })) } }
                }
            }
        }
        form.card.stack method="post" action=(action) {
            (chrome.key())
            div.field {
                label for="numbers" { (voice.say(BoardText::PaperNumbers)) }
                span.hint id="numbers-hint" { (voice.say(BoardText::PaperHint)) }
                textarea #numbers name="numbers" rows="8" autocomplete="off" spellcheck="false" aria-describedby="numbers-hint" { (form.numbers) }
            }
            (input("late", &voice.say(BoardText::PaperLate), &voice.say(BoardText::PaperLateHint), &form.late))
            label { input type="checkbox" name="unlisted" value="1" checked[form.takes_unlisted]; " " (voice.say(BoardText::PaperTakesUnlisted)) }
            (input("reason", &voice.say(Label::Reason), &voice.say(HistoryText::ReasonNeeded), &form.reason))
            div.actions { button name="do" value="show" { (voice.say(BoardText::PaperShow)) } }
        }
    };
    chrome.page(
        StaffText::Boards,
        &page.session.unit_code.to_string(),
        &content,
    )
}

/// Each number of the list, under what becomes of it.
fn told(chrome: &Chrome, effect: &PaperListEffect, is_done: bool) -> Markup {
    let voice = chrome.voice;
    let student = |it: &StudentLine| {
        let name = it.name.as_ref().map(ToString::to_string);
        format!("{} {}", it.admission_number, name.unwrap_or_default())
    };
    let marked = if is_done {
        BoardText::PaperMarked
    } else {
        BoardText::PaperToMark
    };
    let kept = effect.kept.iter();
    let kept = kept.map(|it| format!("{}, {}", student(&it.student), voice.say(it.mark)));
    let near = effect.near.iter().map(|it| {
        let number = it.suggestion.to_string();
        format!("{}, {}", it.typed, voice.say(BoardText::IsIt { number }))
    });
    let unknown = effect.unknown.iter().map(ToString::to_string);
    let parts: [(BoardText, Vec<String>); 6] = [
        (marked, effect.marked.iter().map(student).collect()),
        (BoardText::PaperKept, kept.collect()),
        (
            BoardText::PaperUnlisted,
            effect.unlisted.iter().map(student).collect(),
        ),
        (BoardText::PaperNear, near.collect()),
        (BoardText::PaperUnknown, unknown.collect()),
        (BoardText::PaperUnreadable, effect.unreadable.clone()),
    ];
    html! {
        @for (at, (heading, lines)) in parts.into_iter().enumerate() {
            @if at == 0 || !lines.is_empty() {
                h2 { (voice.say(heading)) ": " (lines.len()) }
                ul { @for line in &lines { li { bdi { (line) } } } }
            }
        }
    }
}
