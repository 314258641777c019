//! The front page: asks for the code on the screen.

use maud::{Markup, html};

use super::field::{Field, InputStyle, field};
use super::layout::page;
use crate::domain::{Phase, Session};
use crate::words::{Page, Voice};

/// The page, with the lecture on the screen, if there is one, and its phase.
pub fn ask_code(
    kiosk_name: &str,
    shown: Option<(&Session, Phase)>,
    voice: Voice,
    code: &Field,
) -> Markup {
    let title = if code.error.is_some() {
        voice.say(Page::Error {
            title: voice.say(Page::TypeCodeTitle),
        })
    } else {
        voice.say(Page::CheckIn)
    };
    let content = html! {
        section.card {
            h1 { (voice.say(Page::CheckIn)) }
            @match shown {
                Some((session, Phase::OnTime { .. } | Phase::Late { .. })) => {
                    p.soft { (voice.say(Page::OpenNow)) " " (lecture(session, voice)) }
                }
                Some((session, Phase::NotYet { opens_at })) => {
                    p.soft { (voice.say(Page::Next)) " " (lecture(session, voice)) ". "
                        (voice.say(Page::OpensAt { time: voice.time(opens_at) })) }
                }
                Some((_, Phase::Over | Phase::Cancelled)) | None => {
                    p.soft { (voice.say(Page::NoLecture)) }
                }
            }
            (code_entry(code, voice))
        }
    };
    page(kiosk_name, &title, &content, voice)
}

fn lecture(session: &Session, voice: Voice) -> Markup {
    html! {
        span.unit { (session.unit_code) } " " bdi { (session.unit_name) } ", " span.slot { (session.time_slot(voice.zone)) }
        @if !session.venue.as_str().is_empty() { ", " bdi { (session.venue.as_str()) } }
    }
}

/// The code field and its button, for this page and for those that send people back to the code.
pub fn code_entry(code: &Field, voice: Voice) -> Markup {
    html! {
        form method="post" action="/" accept-charset="utf-8" {
            (code_field(code, voice))
            button { (voice.say(Page::GoOn)) }
        }
    }
}

/// The code field alone.
pub fn code_field(code: &Field, voice: Voice) -> Markup {
    field(
        &InputStyle {
            name: "code",
            label: &voice.say(Page::CodeLabel),
            hint: &voice.say(Page::CodeHint),
            class: "code",
            capitals: "characters",
            complete: "off",
            enter: "go",
            required: true,
            focus: true,
        },
        code,
    )
}
