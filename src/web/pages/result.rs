//! The page after a check-in: what was recorded, and where the student stands.

use maud::{Markup, html};

use super::layout::page;
use super::ring::ring;
use super::sign::{Sign, sign};
use crate::domain::{Band, Listing, Receipt, Session};
use crate::words::{Label, Outlook, Page, StandingText, Voice};

/// Whether this answer is the first for its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// The record was made by this very request, and can be taken back with this ticket.
    First(String),
    /// It was made moments ago: a second tap, or the page loaded again.
    MomentsAgo(String),
    /// It was made earlier.
    Earlier,
}

/// The page. A repeat is not an error and looks like none (feature A5).
pub fn result(kiosk_name: &str, receipt: &Receipt, repeat: &Repeat, voice: Voice) -> Markup {
    let heading = voice.say(heading(receipt, repeat));
    let shown = if receipt.pending {
        Sign::Waiting
    } else {
        Sign::Done
    };
    let content = html! {
        section class=(format!("card outcome {}", shown.tone())) {
            (sign(shown))
            h1 { (heading) }
            (punctuality(receipt, voice))
            @if let Some(name) = &receipt.student.name { p.who { bdi { (name) } } }
            p.number { bdi { (receipt.student.admission_number) } }
            @for note in notes(receipt, repeat, voice) { p.note { (note) } }
            (not_me(receipt, repeat, voice))
        }
        (standing(receipt, voice))
        section.card {
            p.unit { (receipt.session.unit_code) }
            h2 { bdi { (receipt.session.unit_name) } }
            (facts(receipt, &receipt.session, voice))
        }
    };
    page(
        kiosk_name,
        &format!("{heading}: {}", receipt.session.unit_code),
        &content,
        voice,
    )
}

fn heading(receipt: &Receipt, repeat: &Repeat) -> Page {
    match repeat {
        Repeat::MomentsAgo(_) | Repeat::Earlier => Page::Already,
        Repeat::First(_) if receipt.pending => Page::Waiting,
        Repeat::First(_) => Page::CheckedIn,
    }
}

/// "Not me", gone by the style sheet once the time is over; on a page that was loaded again it may stay longer.
fn not_me(receipt: &Receipt, repeat: &Repeat, voice: Voice) -> Markup {
    let (Repeat::First(ticket) | Repeat::MomentsAgo(ticket)) = repeat else {
        return html! {};
    };
    html! {
        form.not-me method="post" action=(format!("/check-ins/{}/take-back", receipt.attendance_id)) {
            input type="hidden" name="ticket" value=(ticket);
            button.quiet { (voice.say(Page::NotMe)) }
        }
    }
}

fn punctuality(receipt: &Receipt, voice: Voice) -> Markup {
    html! {
        @match receipt.punctuality.minutes() {
            0 => p.pill.calm { (voice.say(Page::OnTime)) },
            n => p.pill.amber { (voice.say(Page::Late { n })) },
        }
    }
}

fn notes(receipt: &Receipt, repeat: &Repeat, voice: Voice) -> Vec<String> {
    let time = voice.time(receipt.checked_in_at);
    let how = voice.say(receipt.channel);
    let repeated = match repeat {
        Repeat::First(_) => None,
        Repeat::MomentsAgo(_) => Some(Page::SentTwice { time, how }),
        Repeat::Earlier => Some(Page::FirstRecorded { time, how }),
    };
    let pending = if receipt.pending {
        Some(Page::NewPending)
    } else {
        (receipt.listing == Listing::Stranger).then_some(Page::NewStranger)
    };
    let unit = || receipt.session.unit_code.to_string();
    let elsewhere = receipt
        .is_elsewhere
        .then(|| Page::OnListOf { unit: unit() });
    let notes = elsewhere.into_iter().chain(repeated).chain(pending);
    notes.map(|note| voice.say(note)).collect()
}

fn facts(receipt: &Receipt, session: &Session, voice: Voice) -> Markup {
    html! {
        dl.facts {
            dt { (voice.say(Label::Date)) } dd { (voice.date(session.starts_at)) }
            dt { (voice.say(Label::Time)) } dd { (session.time_slot(voice.zone)) }
            @if !session.venue.as_str().is_empty() {
                dt { (voice.say(Page::Room)) } dd { bdi { (session.venue.as_str()) } }
            }
            dt { (voice.say(Label::Lecturer)) } dd { bdi { (session.lecturer_name) } }
            dt { (voice.say(Label::Recorded)) } dd { (voice.zone.clock(receipt.checked_in_at)) }
        }
    }
}

/// The figure that the colour is about is the largest, the share of the plan the smallest.
fn standing(receipt: &Receipt, voice: Voice) -> Markup {
    let Some(standing) = &receipt.standing else {
        return html! {};
    };
    let (tone, symbol) = band(standing.band);
    let of_held = StandingText::OfHeld {
        n: standing.credit,
        held: standing.held,
    };
    html! {
        section class=(format!("card standing {tone}")) {
            div.figures {
                (ring(standing.so_far, standing.required_percent, voice))
                div {
                    h2 { (voice.say(StandingText::LecturesSoFar)) }
                    p.largest { (voice.say(of_held)) }
                    p { (voice.say(StandingText::needs(standing))) }
                }
            }
            p.note { span.band aria-hidden="true" { (symbol) } " " (voice.say(Outlook::of(standing))) }
            p.plan { (voice.say(StandingText::plan(standing))) }
        }
    }
}

/// The style sheet's class of a band, and a symbol for those who cannot tell the colours.
fn band(band: Band) -> (&'static str, &'static str) {
    match band {
        Band::NoneHeld => ("calm", "○"),
        Band::Good => ("calm", "✓"),
        Band::Warning => ("amber", "!"),
        Band::Below => ("red", "✗"),
        Band::NotKnown => ("amber", "?"),
    }
}
