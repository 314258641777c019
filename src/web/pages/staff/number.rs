//! The page of a number: whose it is.

use maud::{Markup, html};

use super::chrome::Chrome;
use super::parts::input;
use super::paths::number_path;
use crate::domain::AdmissionNumber;
use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::words::{EditText, Label, NumberText, StaffText};

/// What the page shows.
pub struct NumberPage {
    pub number: AdmissionNumber,
    /// The number that is typed as the right one.
    pub into: Field,
    pub reason: Field,
    /// What a merge would change, once that was asked for.
    pub effect: Vec<String>,
    /// What was done.
    pub done: Vec<String>,
    /// Why nothing was done.
    pub complaint: Option<String>,
}

impl NumberPage {
    /// The page before anything is typed.
    pub fn new(number: AdmissionNumber) -> Self {
        Self {
            number,
            into: Field::default(),
            reason: Field::default(),
            effect: Vec::new(),
            done: Vec::new(),
            complaint: None,
        }
    }
}

/// `/students/number`.
pub fn number(chrome: &Chrome, page: &NumberPage) -> Markup {
    let voice = chrome.voice;
    let number = page.number.as_str();
    let form = |content: Markup| {
        html! {
            form.card.stack method="post" action="/students/number" {
                (chrome.key())
                input type="hidden" name="number" value=(number);
                (content)
            }
        }
    };
    let button = |wanted: &str, text: String, class: &str| {
        html! { div.actions { button class=(class) name="do" value=(wanted) { (text) } } }
    };
    let lines = |lines: &[String]| html! { ul { @for line in lines { li { (line) } } } };
    let content = html! {
        p.unit { a href=(number_path(&page.number)) { (number) } }
        h1 { (voice.say(NumberText::Title { number: number.to_owned() })) }
        @if let Some(complaint) = &page.complaint { p.error role="alert" { (error_mark()) span { (complaint) } } }
        @if !page.done.is_empty() { section.card role="status" { (lines(&page.done)) } }
        @if !page.effect.is_empty() {
            (form(html! {
                h2 { (voice.say(EditText::Title)) }
                (lines(&page.effect))
                input type="hidden" name="into" value=(page.into.text);
                input type="hidden" name="reason" value=(page.reason.text);
                (button("merge", voice.say(NumberText::MergeNow), ""))
            }))
        }
        @if page.done.is_empty() {
            (form(html! {
                (input("into", &voice.say(NumberText::RightNumber), &voice.say(NumberText::RightHint), &page.into))
                (input("reason", &voice.say(Label::Reason), "", &page.reason))
                (button("show", voice.say(EditText::Show), ""))
            }))
        }
        (form(button("undo", voice.say(NumberText::Undo), "quiet")))
    };
    chrome.page(StaffText::Boards, number, &content)
}
