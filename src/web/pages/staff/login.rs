//! The page that asks staff for id and PIN.

use maud::{Markup, html};

use super::chrome::document;
use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::words::{Label, Page, StaffText, Voice};

/// What the sign-in shows.
#[derive(Debug, Clone, Default)]
pub struct LoginForm {
    /// The staff id.
    pub staff_id: Field,
    /// The PIN, never shown again.
    pub pin: Field,
    /// The page to go to afterwards.
    pub next: String,
}

/// The page on which staff sign in.
pub fn login(kiosk_name: &str, form: &LoginForm, voice: Voice) -> Markup {
    let error = &form.pin.error;
    let title = if error.is_some() {
        voice.say(Page::Error {
            title: voice.say(StaffText::SignIn),
        })
    } else {
        voice.say(StaffText::SignIn)
    };
    document(
        kiosk_name,
        &title,
        voice,
        &html! {
            header.bar { strong { bdi { (kiosk_name) } } }
            main.narrow #content {
                section.card {
                    h1 { (voice.say(StaffText::SignInTitle)) }
                    p.soft { (voice.say(StaffText::SignInHint)) }
                    form.stack method="post" action="/login" {
                        input type="hidden" name="next" value=(form.next);
                        div.field {
                            label for="staff_id" { (voice.say(Label::StaffId)) }
                            input id="staff_id" name="staff_id" required autocomplete="username" autocapitalize="characters"
                                spellcheck="false" value=(form.staff_id.text) autofocus[form.staff_id.text.is_empty()];
                        }
                        div.field {
                            label for="pin" { (voice.say(Label::Pin)) }
                            input id="pin" name="pin" type="password" inputmode="numeric" required
                                autocomplete="current-password" autofocus[!form.staff_id.text.is_empty()]
                                aria-invalid=[error.is_some().then_some("true")]
                                aria-describedby=[error.is_some().then_some("pin-error")];
                            @if let Some(error) = error {
                                p.error #pin-error role="alert" { (error_mark()) span { (error) } }
                            }
                        }
                        button { (voice.say(StaffText::SignIn)) }
                    }
                }
            }
        },
    )
}
