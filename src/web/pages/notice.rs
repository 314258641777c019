//! A page that says what happened and what to do next.

use maud::{Markup, html};

use super::code_form::code_entry;
use super::field::Field;
use super::layout::page;
use super::sign::{Sign, sign};
use crate::words::{Page, StaffText, Voice};

/// What a notice says.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The kind of news.
    pub sign: Sign,
    /// What happened, in a few words.
    pub title: String,
    /// What to do.
    pub advice: String,
    /// Where to go from here.
    pub next: Next,
}

/// The way on from a notice.
#[derive(Debug, Clone)]
pub enum Next {
    /// There is none: somebody else has to act.
    Nothing,
    /// Type the code on the screen, here and now.
    TypeTheCode(Field),
    /// Follow this link to the page that asks for the code.
    Start,
    /// Open this address instead.
    Address(String),
    /// Staff sign in, and come back to this path.
    SignIn(String),
    /// Staff go back to their boards.
    Boards,
}

/// A page with one notice.
pub fn notice(kiosk_name: &str, notice: &Notice, voice: Voice) -> Markup {
    let content = html! {
        section class=(format!("card outcome {}", notice.sign.tone())) {
            (sign(notice.sign))
            h1 { (notice.title) }
            p { (notice.advice) }
            @match &notice.next {
                Next::Start => a.button href="/" { (voice.say(Page::TypeCodeButton)) },
                Next::Address(address) => a.button href=(address) { (address) },
                Next::SignIn(path) => a.button href=(path) { (voice.say(StaffText::SignIn)) },
                Next::Boards => a.button href="/board/" { (voice.say(Page::ToBoards)) },
                Next::Nothing | Next::TypeTheCode(_) => {}
            }
        }
        @if let Next::TypeTheCode(code) = &notice.next { section.card { (code_entry(code, voice)) } }
    };
    page(kiosk_name, &notice.title, &content, voice)
}
