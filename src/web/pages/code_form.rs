//! The front page: asks for the code on the screen.

use maud::{Markup, html};

use super::field::{Field, Look, field};
use super::layout::page;
use crate::domain::{Phase, Session, Zone};

/// What the code form shows.
#[derive(Debug, Clone, Default)]
pub struct CodeForm {
    /// The code field.
    pub code: Field,
}

/// The page, with the class on the screen, if there is one, and where it stands.
pub fn ask_code(
    kiosk_name: &str,
    shown: Option<(&Session, Phase)>,
    zone: Zone,
    form: &CodeForm,
) -> Markup {
    let title = if form.code.error.is_some() {
        "Error: type the code"
    } else {
        "Check in"
    };
    let content = html! {
        section.card {
            h1 { "Check in" }
            @match shown {
                Some((session, Phase::OnTime { .. } | Phase::Late { .. })) => {
                    p.soft { "Open now: " (class(session, zone)) }
                }
                Some((session, Phase::NotYet { opens_at })) => {
                    p.soft { "Next: " (class(session, zone)) ". Check-in opens at " (zone.hour_minute(opens_at)) "." }
                }
                Some((_, Phase::Over | Phase::Cancelled)) | None => {
                    p.soft { "No class is open at this kiosk just now." }
                }
            }
            (code_entry(&form.code))
        }
    };
    page(kiosk_name, title, &content)
}

fn class(session: &Session, zone: Zone) -> Markup {
    html! {
        span.unit { (session.unit_code) } " " bdi { (session.unit_name) } ", " span.slot { (session.time_slot(zone)) }
        @if !session.venue.as_str().is_empty() { ", " bdi { (session.venue.as_str()) } }
    }
}

/// The code field and its button, for this page and for those that send people back to the code.
pub fn code_entry(code: &Field) -> Markup {
    html! {
        form method="post" action="/" accept-charset="utf-8" {
            (code_field(code))
            button { "Go on" }
        }
    }
}

/// The code field alone.
pub fn code_field(code: &Field) -> Markup {
    field(
        &Look {
            name: "code",
            label: "Code on the screen",
            hint: "Six letters and digits, under the QR.",
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
