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

use super::admin::delivery;
use super::chrome::{Chrome, status};
use super::parts::table;
use crate::domain::{DeliveryState, RemoteStatus, Timestamp};
use crate::services::{Drain, Progress, UnsettledDelivery};
use crate::words::{DeliveryText, Label, StaffText};

/// What the page shows.
pub struct DeliveriesPage {
    /// How the deliveries to each remote go, and how fast.
    pub remotes: Vec<(Progress, Drain)>,
    /// What is not settled, parked first.
    pub queue: Vec<UnsettledDelivery>,
    /// When the page was made.
    pub now: Timestamp,
}

/// `/admin/sync`.
pub fn deliveries(chrome: &Chrome, page: &DeliveriesPage) -> Markup {
    let heads = [
        Label::Recorded,
        Label::Number,
        Label::To,
        Label::State,
        Label::Tries,
        Label::NextTry,
        Label::LastAnswer,
        Label::None,
    ];
    let content = html! {
        div data-live="sync" data-events="/api/sync/events" {
            h1 { (chrome.voice.say(StaffText::Deliveries)) }
            p.status { (status(chrome.voice, "/admin/sync")) }
            div data-live-part="" {
                @if page.remotes.is_empty() { p.empty { (chrome.voice.say(DeliveryText::NoRemotes)) } }
                div.cards { @for (remote, drain) in &page.remotes { (card(chrome, remote, drain, page.now)) } }
                h2 { (chrome.voice.say(DeliveryText::NotDelivered)) }
                (table(chrome.voice, &heads, page.queue.is_empty(), DeliveryText::AllDelivered, &html! {
                    @for line in &page.queue { (row(chrome, line)) }
                }))
            }
        }
    };
    chrome.section(StaffText::Deliveries, &content)
}

fn card(chrome: &Chrome, remote: &Progress, drain: &Drain, now: Timestamp) -> Markup {
    let voice = chrome.voice;
    let status = voice.say(&remote.status);
    let tone = match &remote.status {
        RemoteStatus::Off | RemoteStatus::Unknown => "",
        RemoteStatus::Connected => "connected",
        RemoteStatus::Unreachable { .. } => "offline",
        RemoteStatus::Unauthorized { .. } => "no-access",
    };
    let name = voice.say(remote.target);
    let counts = &remote.counts;
    let (settled, whole) = (drain.settled, drain.whole());
    let drained = voice.say(DeliveryText::Delivered {
        done: settled,
        all: whole,
    });
    html! {
        section.card aria-label=(name) {
            h2 { (name) " " span.mark data-state=(tone) { (status) } }
            @match &remote.status {
                RemoteStatus::Unreachable { error } | RemoteStatus::Unauthorized { error } => p { (error) },
                _ => {}
            }
            @if counts.waiting > 0 {
                p { (drained) }
                progress max=(whole) value=(settled) aria-label=(drained) {}
            }
            dl.facts {
                dt { (voice.say(Label::Waiting)) } dd { (counts.waiting) @if remote.delivering > 0 { (voice.say(DeliveryText::InHand { n: remote.delivering })) } }
                dt { (voice.say(Label::Parked)) } dd { (counts.parked) }
                dt { (voice.say(Label::Oldest)) } dd { (counts.oldest_waiting.map_or_else(|| voice.say(DeliveryText::NoneWaiting), |oldest| voice.age(now.since(oldest)))) }
                dt { (voice.say(Label::LastMinute)) } dd { (voice.say(DeliveryText::LastMinute { n: remote.last_minute })) }
            }
            form.actions method="post" action="/admin/sync/retry" {
                (chrome.key())
                input type="hidden" name="target" value=(remote.target.as_str());
                button.quiet aria-label=(voice.say(DeliveryText::RetryAllTo { remote: name.clone() })) { (voice.say(DeliveryText::RetryAll)) }
            }
        }
    }
}

fn row(chrome: &Chrome, line: &UnsettledDelivery) -> Markup {
    let target = chrome.voice.say(line.target);
    html! {
        tr {
            th scope="row" { a href=(format!("/admin/attendance/{}", line.attendance_id)) { (chrome.moment(line.checked_in_at)) } }
            td.slot { (line.admission_number) }
            td { (target) }
            td { (delivery(chrome.voice, Some(line.state))) }
            td { (line.attempts) }
            td.slot { @match line.state {
                DeliveryState::Waiting => (chrome.voice.zone.clock(line.next_attempt_at)),
                DeliveryState::Delivering => (chrome.voice.say(DeliveryText::Now)),
                DeliveryState::Parked | DeliveryState::Delivered => (chrome.voice.say(DeliveryText::ByHand)),
            } }
            td { (line.last_error.as_deref().unwrap_or_default()) }
            td { @if line.state != DeliveryState::Delivering {
                form method="post" action="/admin/sync/retry" {
                    (chrome.key())
                    input type="hidden" name="record" value=(line.attendance_id);
                    input type="hidden" name="target" value=(line.target.as_str());
                    button.quiet.small aria-label=(chrome.voice.say(DeliveryText::RetryTo { number: line.admission_number.to_string(), remote: target.clone() })) { (chrome.voice.say(DeliveryText::Retry)) }
                }
            } }
        }
    }
}
