//! The page after a check-in: what was recorded, and where the student stands.

use maud::{Markup, html};

use super::layout::page;
use super::ring::ring;
use super::sign::{Sign, sign};
use crate::domain::{Receipt, Session, Thresholds, Zone};
use crate::services;
use crate::web::words;

/// Whether this answer is the first for its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The record was made by this very request.
    First,
    /// It was made moments ago: a second tap, or the page loaded again.
    MomentsAgo,
    /// It was made earlier.
    Earlier,
}

/// The page. A repeat is not an error and looks like none (feature A5).
pub fn result(
    kiosk_name: &str,
    receipt: &Receipt,
    repeat: Repeat,
    zone: Zone,
    thresholds: Thresholds,
) -> Markup {
    let heading = heading(receipt, repeat);
    let shown = if receipt.pending {
        Sign::Waiting
    } else {
        Sign::Done
    };
    let content = html! {
        section class=(format!("card outcome {}", shown.tone())) {
            (sign(shown))
            h1 { (heading) }
            (punctuality(receipt))
            @if let Some(name) = &receipt.student.name { p.who { bdi { (name) } } }
            p.number { bdi { (receipt.student.admission_number) } }
            @for note in notes(receipt, repeat, zone) { p.note { (note) } }
        }
        (standing(receipt, thresholds))
        section.card {
            p.unit { (receipt.session.unit_code) }
            h2 { bdi { (receipt.session.unit_name) } }
            (facts(receipt, &receipt.session, zone))
        }
    };
    page(
        kiosk_name,
        &format!("{heading}: {}", receipt.session.unit_code),
        &content,
    )
}

fn heading(receipt: &Receipt, repeat: Repeat) -> &'static str {
    match repeat {
        Repeat::MomentsAgo | Repeat::Earlier => "Already checked in",
        Repeat::First if receipt.pending => "Waiting for approval",
        Repeat::First => "Checked in",
    }
}

fn punctuality(receipt: &Receipt) -> Markup {
    html! {
        @match receipt.punctuality.minutes() {
            0 => p.pill.calm { "On time" },
            1 => p.pill.amber { "Late by 1 minute" },
            minutes => p.pill.amber { "Late by " (minutes) " minutes" },
        }
    }
}

fn notes(receipt: &Receipt, repeat: Repeat, zone: Zone) -> Vec<String> {
    let mut notes = Vec::new();
    let when = zone.hour_minute(receipt.checked_in_at);
    let how = services::words::channel(receipt.channel);
    match repeat {
        Repeat::First => {}
        Repeat::MomentsAgo => notes.push(format!(
            "Your check-in arrived at {when}, {how}. Sending it twice does no harm."
        )),
        Repeat::Earlier => notes.push(format!(
            "First recorded at {when}, {how}. It counts once; nothing more to do."
        )),
    }
    if receipt.pending {
        notes.push("Your number is new here. It counts once the lecturer approves it.".to_owned());
    }
    notes
}

fn facts(receipt: &Receipt, session: &Session, zone: Zone) -> Markup {
    html! {
        dl.facts {
            dt { "Date" } dd { (zone.long_date(session.starts_at)) }
            dt { "Time" } dd { (session.time_slot(zone)) }
            @if !session.venue.as_str().is_empty() {
                dt { "Room" } dd { bdi { (session.venue.as_str()) } }
            }
            dt { "Lecturer" } dd { bdi { (session.lecturer_name) } }
            dt { "Recorded" } dd { (zone.clock(receipt.checked_in_at)) }
        }
    }
}

fn standing(receipt: &Receipt, thresholds: Thresholds) -> Markup {
    let standing = &receipt.standing;
    let band = words::band(standing.band, thresholds);
    html! {
        section class=(format!("card {}", band.tone)) {
            div.figures {
                (ring(standing.of_plan, thresholds.required_percent))
                dl {
                    dt { "Attended" }
                    dd { strong { (standing.attended) " of " (standing.planned) } br; "planned lectures" }
                    dt { "So far" }
                    dd { strong { (standing.so_far) " %" } br; (standing.attended) " of " (standing.held) " held" }
                }
            }
            p.note {
                span.band { (band.symbol) " " (band.words) } " " (words::forecast(standing, thresholds))
            }
        }
    }
}
