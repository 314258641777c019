//! The form that a scanned code opens.

use maud::{Markup, html};

use super::code_form::code_field;
use super::field::{Field, InputStyle, field};
use super::layout::page;
use crate::domain::{Code, Session, UnknownStudents};
use crate::words::{Label, Page, Voice};

/// What the form shows.
#[derive(Debug, Clone)]
pub struct AttendForm {
    /// The code in the form's address.
    pub code: Code,
    /// Present when the code in the address has gone from the screen: the student types the new one
    /// here, and what they had typed stays.
    pub new_code: Option<Field>,
    /// The admission number.
    pub number: Field,
    /// Whether the number was remembered from an earlier lecture.
    pub is_remembered: bool,
    /// The number that the student has insisted on; sent along unseen.
    pub insist: String,
    /// The full name.
    pub name: Field,
    /// The proof that the form was opened in time; sent along unseen.
    pub ticket: String,
}

/// The page with the check-in form.
pub fn attend_form(
    kiosk_name: &str,
    session: &Session,
    voice: Voice,
    unknown: UnknownStudents,
    form: &AttendForm,
) -> Markup {
    let has_error =
        form.new_code.is_some() || form.number.error.is_some() || form.name.error.is_some();
    let unit = session.unit_code.to_string();
    let mut title = voice.say(Page::CheckInTo { unit });
    if has_error {
        title = voice.say(Page::Error { title });
    }
    let content = html! {
        section.card {
            (lecture(session, voice))
            form method="post" action=(form.code.path()) accept-charset="utf-8" {
                input type="hidden" name="ticket" value=(form.ticket);
                @if !form.insist.is_empty() { input type="hidden" name="insist" value=(form.insist); }
                @if let Some(code) = &form.new_code { (code_field(code, voice)) }
                (number_field(form, voice))
                (name_field(form, unknown, voice))
                button { (voice.say(Page::CheckIn)) }
            }
        }
    };
    page(kiosk_name, &title, &content, voice)
}

/// Which lecture this is, so that nobody checks in to the wrong one.
fn lecture(session: &Session, voice: Voice) -> Markup {
    html! {
        p.unit { (session.unit_code) }
        h1 { bdi { (session.unit_name) } }
        p.soft {
            (voice.date(session.starts_at)) ", " span.slot { (session.time_slot(voice.zone)) }
            br;
            bdi { (session.lecturer_name) }
            @if !session.venue.as_str().is_empty() { ", " bdi { (session.venue.as_str()) } }
        }
    }
}

fn number_field(form: &AttendForm, voice: Voice) -> Markup {
    field(
        &InputStyle {
            name: "admission_number",
            label: &voice.say(Label::AdmissionNumber),
            hint: &voice.say(if form.is_remembered {
                Page::NumberRemembered
            } else {
                Page::NumberHint
            }),
            class: "",
            capitals: "characters",
            complete: "off",
            enter: "next",
            required: true,
            // A remembered number needs no typing: the keyboard would only cover the button.
            focus: form.new_code.is_none()
                && !form.is_remembered
                && (form.number.error.is_some() || form.name.error.is_none()),
        },
        &form.number,
    )
}

fn name_field(form: &AttendForm, unknown: UnknownStudents, voice: Voice) -> Markup {
    field(
        &InputStyle {
            name: "student_name",
            label: &voice.say(Label::FullName),
            hint: &voice.say(match unknown {
                UnknownStudents::Reject => Page::NameOptional,
                UnknownStudents::Auto | UnknownStudents::Register | UnknownStudents::Pending => {
                    Page::NameFirstTime
                }
            }),
            class: "",
            capitals: "words",
            complete: "name",
            enter: "send",
            required: false,
            focus: form.name.error.is_some()
                && form.number.error.is_none()
                && form.new_code.is_none(),
        },
        &form.name,
    )
}
