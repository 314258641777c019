//! "Did you mean ...?": an unknown number that resembles one of the list.

use maud::{Markup, html};

use super::attend_form::AttendForm;
use super::layout::page;
use super::sign::{Sign, sign};
use crate::domain::{AdmissionNumber, slip};
use crate::words::{Page, Voice};

/// The page. It names nobody: the number may be another student's.
pub fn near_number(
    kiosk_name: &str,
    form: &AttendForm,
    suggestion: &AdmissionNumber,
    voice: Voice,
) -> Markup {
    let title = voice.say(Page::NearTitle);
    let content = html! {
        section class=(format!("card outcome {}", Sign::Attention.tone())) {
            (sign(Sign::Attention))
            h1 { (title) }
            p.number { bdi { (form.number.text) } }
            p { (voice.say(Page::DidYouMean)) }
            @if let Ok(typed) = AdmissionNumber::parse(&form.number.text) {
                p.soft { (voice.say(slip(&typed, suggestion).0)) }
            }
            (answer(form, suggestion.as_str(), false, &voice.say(Page::NearYes { number: suggestion.to_string() })))
            (answer(form, &form.number.text, true, &voice.say(Page::NearInsist)))
            a.button.quiet href=(form.code.path()) { (voice.say(Page::NearAgain)) }
        }
    };
    page(kiosk_name, &title, &content, voice)
}

/// The form again, with its number decided.
fn answer(form: &AttendForm, number: &str, insists: bool, text: &str) -> Markup {
    html! {
        form method="post" action=(form.code.path()) accept-charset="utf-8" {
            input type="hidden" name="ticket" value=(form.ticket);
            input type="hidden" name="student_name" value=(form.name.text);
            input type="hidden" name="admission_number" value=(number);
            @if let Some(code) = &form.new_code { input type="hidden" name="code" value=(code.text); }
            @if insists { input type="hidden" name="insist" value=(number); }
            button class=[insists.then_some("quiet")] { (text) }
        }
    }
}
