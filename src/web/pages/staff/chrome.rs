//! What surrounds every staff page: where one is, where one can go, who is signed in.

use maud::{DOCTYPE, Markup, html};

use crate::domain::Timestamp;
use crate::web::pages::layout::metadata;
use crate::words::{BoardText, StaffText, Voice};

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

/// The pages in the menu, with their paths. Those after the first are the office's.
const MENU: [(StaffText, &str); 7] = [
    (StaffText::Boards, "/board/"),
    (StaffText::Students, "/admin/students"),
    (StaffText::Attendance, "/admin/attendance"),
    (StaffText::Deliveries, "/admin/sync"),
    (StaffText::Units, "/admin/units"),
    (StaffText::Lecturers, "/admin/lecturers"),
    (StaffText::AuditLog, "/admin/audit"),
];

impl Chrome {
    /// A whole page of the menu.
    pub fn section(&self, section: StaffText, content: &Markup) -> Markup {
        self.page(section, &self.voice.say(section), content)
    }

    /// A whole page below a page of the menu.
    pub fn page(&self, section: StaffText, title: &str, content: &Markup) -> Markup {
        let menu = MENU.iter().take(if self.is_admin { MENU.len() } else { 1 });
        document(
            &self.kiosk_name,
            title,
            self.voice,
            &html! {
                a.skip href="#content" { (self.voice.say(StaffText::SkipToContent)) }
                header.bar {
                    strong { bdi { (self.kiosk_name) } }
                    nav aria-label=(self.voice.say(StaffText::Pages)) {
                        @for (name, path) in menu {
                            a href=(path) aria-current=[(*name == section).then_some("page")] { (self.voice.say(*name)) }
                        }
                    }
                    form.out method="post" action="/logout" {
                        (self.key())
                        span.who { bdi { (self.who) } }
                        button.quiet { (self.voice.say(StaffText::SignOut)) }
                    }
                }
                main #content { (content) }
            },
        )
    }

    /// A date and a time of day.
    pub fn moment(&self, at: Timestamp) -> String {
        let zone = self.voice.zone;
        format!("{} {}", zone.date(at), zone.clock(at))
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
                (metadata())
                title { (title) " · " (kiosk_name) }
                link rel="stylesheet" href="/assets/staff.css";
                script src="/assets/staff.js" defer {}
            }
            body { (body) }
        }
    }
}
