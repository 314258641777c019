//! The sync monitor.
//!
//! ```text
//!  Deliveries                                        * Live.
//!  +- Firestore  connected --------+  +- Portal  offline -------------+
//!  | 120 of 400 delivered ===----- |  | connection refused            |
//!  | Waiting 280, 3 in hand        |  | Waiting 12                    |
//!  +-------------------------------+  +-------------------------------+
//!  RECORDED   NUMBER   TO   STATE   TRIES   NEXT TRY   LAST ANSWER
//! ```

use maud::{Markup, html};

use super::admin::{moment, state, table};
use super::chrome::{Chrome, Place};
use crate::domain::{DeliveryState, RemoteStatus, Timestamp, Zone};
use crate::services::{Drain, OwedLine, Progress};

/// What the page shows.
pub struct DeliveriesPage {
    /// How the deliveries to each remote go, and how fast.
    pub remotes: Vec<(Progress, Drain)>,
    /// What is not settled, parked first.
    pub owed: Vec<OwedLine>,
    /// The moment.
    pub now: Timestamp,
    /// The site's zone.
    pub zone: Zone,
}

/// `/admin/sync`.
pub fn deliveries(chrome: &Chrome, page: &DeliveriesPage) -> Markup {
    let heads = [
        "Recorded",
        "Number",
        "To",
        "State",
        "Tries",
        "Next try",
        "Last answer",
        "",
    ];
    let content = html! {
        div data-live="sync" data-events="/api/sync/events" {
            h1 { "Deliveries" }
            p.status { span data-status { "As of when this page was loaded." } " " a href="/admin/sync" { "Load it again" } }
            div data-live-part="" {
                @if page.remotes.is_empty() { p.empty { "This kiosk reports to nobody: neither Firestore nor a portal is set up." } }
                div.cards { @for (remote, drain) in &page.remotes { (card(chrome, remote, drain, page.now)) } }
                h2 { "Not delivered yet" }
                (table(&heads, page.owed.is_empty(), "Everything has been delivered.", &html! {
                    @for line in &page.owed { (owed(chrome, line, page.zone)) }
                }))
            }
        }
    };
    chrome.page(Place::Sync, "Deliveries", &content)
}

fn card(chrome: &Chrome, remote: &Progress, drain: &Drain, now: Timestamp) -> Markup {
    let voice = chrome.voice;
    let status = voice.say(&remote.status);
    let name = voice.say(remote.target);
    let counts = &remote.counts;
    let (settled, whole) = (drain.settled, drain.whole());
    let drained = format!("{settled} of {whole} delivered");
    html! {
        section.card aria-label=(name) {
            h2 { (name) " " (state(&status)) }
            @match &remote.status {
                RemoteStatus::Unreachable { error } | RemoteStatus::Unauthorized { error } => p { (error) },
                _ => {}
            }
            @if counts.waiting > 0 {
                p { (drained) }
                progress max=(whole) value=(settled) aria-label=(drained) {}
            }
            dl.facts {
                dt { "Waiting" } dd { (counts.waiting) @if remote.delivering > 0 { ", " (remote.delivering) " in hand" } }
                dt { "Parked" } dd { (counts.parked) }
                dt { "Oldest" } dd { (counts.oldest_waiting.map_or("none".to_owned(), |oldest| age(oldest, now))) }
                dt { "Last minute" } dd { (remote.last_minute) " delivered" }
            }
            form.actions method="post" action="/admin/sync/retry" {
                (chrome.key())
                input type="hidden" name="target" value=(remote.target.as_str());
                button.quiet aria-label=(format!("Retry all to {name}")) { "Retry all" }
            }
        }
    }
}

fn owed(chrome: &Chrome, line: &OwedLine, zone: Zone) -> Markup {
    let target = chrome.voice.say(line.target);
    html! {
        tr {
            th scope="row" { a href=(format!("/admin/attendance/{}", line.attendance_id)) { (moment(line.checked_in_at, zone)) } }
            td.slot { (line.admission_number) }
            td { (target) }
            td { (state(line.state.as_str())) }
            td { (line.attempts) }
            td.slot { @match line.state {
                DeliveryState::Waiting => (zone.clock(line.next_attempt_at)),
                DeliveryState::Delivering => "now",
                DeliveryState::Parked | DeliveryState::Delivered => "by hand",
            } }
            td { (line.last_error.as_deref().unwrap_or_default()) }
            td { @if line.state != DeliveryState::Delivering {
                form method="post" action="/admin/sync/retry" {
                    (chrome.key())
                    input type="hidden" name="record" value=(line.attendance_id);
                    input type="hidden" name="target" value=(line.target.as_str());
                    button.quiet.small aria-label=(format!("Retry {} to {target}", line.admission_number)) { "Retry" }
                }
            } }
        }
    }
}

fn age(then: Timestamp, now: Timestamp) -> String {
    match now.since(then).as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
