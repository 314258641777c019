//! What surrounds every staff page: where one is, where one can go, who is signed in.

use maud::{DOCTYPE, Markup, html};

use crate::web::pages::layout::ICON;
use crate::words::{BoardText, StaffPage, Voice};

/// The hidden field of every staff form.
pub const FORM_KEY: &str = "form_key";

/// What surrounds a staff page.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// The kiosk's name.
    pub kiosk_name: String,
    /// Who is signed in.
    pub who: String,
    /// Whether they see the office.
    pub is_admin: bool,
    /// How they are spoken to.
    pub voice: Voice,
    /// The hidden field of their forms.
    pub form_key: String,
}

/// Where a page stands in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Boards,
    Students,
    Attendance,
    Sync,
    Units,
    Lecturers,
    Audit,
}

const MENU: [(Place, &str, StaffPage); 7] = [
    (Place::Boards, "/board/", StaffPage::Boards),
    (Place::Students, "/admin/students", StaffPage::Students),
    (
        Place::Attendance,
        "/admin/attendance",
        StaffPage::Attendance,
    ),
    (Place::Sync, "/admin/sync", StaffPage::Deliveries),
    (Place::Units, "/admin/units", StaffPage::Units),
    (Place::Lecturers, "/admin/lecturers", StaffPage::Lecturers),
    (Place::Audit, "/admin/audit", StaffPage::AuditLog),
];

impl Chrome {
    /// A whole page.
    pub fn page(&self, place: Place, title: &str, content: &Markup) -> Markup {
        let menu = MENU
            .iter()
            .filter(|(place, ..)| self.is_admin || *place == Place::Boards);
        document(
            &self.kiosk_name,
            title,
            self.voice,
            &html! {
                a.skip href="#content" { (self.voice.say(StaffPage::SkipToContent)) }
                header.bar {
                    strong { bdi { (self.kiosk_name) } }
                    nav aria-label=(self.voice.say(StaffPage::Pages)) {
                        @for (at, path, name) in menu {
                            a href=(path) aria-current=[(*at == place).then_some("page")] { (self.voice.say(*name)) }
                        }
                    }
                    form.out method="post" action="/logout" {
                        (self.key())
                        span.who { bdi { (self.who) } }
                        button.quiet { (self.voice.say(StaffPage::SignOut)) }
                    }
                }
                main #content { (content) }
            },
        )
    }

    /// The hidden field that every form needs.
    pub fn key(&self) -> Markup {
        html! { input type="hidden" name=(FORM_KEY) value=(self.form_key); }
    }
}

/// Whether what is shown is up to date, in the words that the script puts there, and a link for those without it.
pub fn status(voice: Voice, path: &str) -> Markup {
    html! {
        span data-status data-live-text=(voice.say(BoardText::Live)) data-lost-text=(voice.say(BoardText::NotConnected)) {
            (voice.say(BoardText::AsOfLoading))
        }
        " " a href=(path) { (voice.say(BoardText::LoadAgain)) }
    }
}

/// The document around a page's body.
pub fn document(kiosk_name: &str, title: &str, voice: Voice, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(voice.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                meta name="format-detection" content="telephone=no";
                title { (title) " · " (kiosk_name) }
                link rel="icon" href=(ICON);
                link rel="stylesheet" href="/assets/staff.css";
                script src="/assets/staff.js" defer {}
            }
            body { (body) }
        }
    }
}
