//! What is owed to the remotes, and what they can say to it.

use super::punctuality::Punctuality;
use std::time::Duration;

use uuid::Uuid;

use super::admission_number::AdmissionNumber;
use super::check_in::{Channel, Flags};
use super::macros::words;
use super::percentage::Percentage;
use super::person_name::PersonName;
use super::session::Session;
use super::time::Timestamp;

words! {
    /// Which remote a record is delivered to.
    pub enum Target {
        /// Google Firestore.
        Firestore = "firestore",
        /// The lecturer portal's REST API.
        Portal = "portal",
    }
}

/// Where one delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, now or after a wait.
    Waiting,
    /// In the hands of a worker at this moment. Never written down: whatever kills the program leaves the
    /// delivery waiting, and the remote recognises what had got through.
    Delivering,
    /// The remote has it.
    Delivered,
    /// The remote refused it for good: kept, shown, retried by hand, never deleted.
    Parked,
}

/// What can happen to a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryEvent {
    /// A worker has begun to send it.
    Taken,
    /// The remote has it, from this try, an earlier one or another kiosk.
    Delivered,
    /// The remote refused it for good.
    Refused,
    /// The try came to nothing; there will be another.
    Postponed,
    /// A person asked for another try.
    Retried,
    /// The record was changed: what was told is no longer so.
    Amended,
    /// The record was taken back, and the remote has no call for that: there is nothing left to send.
    TakenBack,
}

impl DeliveryState {
    /// The states that are written down.
    pub const STORED: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Parked];

    /// Where a delivery stands after something happened to it; `None` where that changes nothing.
    ///
    /// This is all that there is to know about it. Verdicts come to waiting deliveries too: with two
    /// programs over one database, or a worker that could not write at once, whoever has a verdict may
    /// not be whoever has it in hand now.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "each arm has a reason of its own")]
    pub fn after(self, event: DeliveryEvent) -> Option<Self> {
        match (self, event) {
            (Self::Waiting, DeliveryEvent::Taken) => Some(Self::Delivering),
            // Told is told: nothing but a change of the record itself makes it owed again.
            (Self::Delivered, DeliveryEvent::Amended) => Some(Self::Waiting),
            (Self::Delivered, _) | (_, DeliveryEvent::Taken) => None,
            (_, DeliveryEvent::Delivered) => Some(Self::Delivered),
            // What has not left never leaves.
            (_, DeliveryEvent::TakenBack) => Some(Self::Delivered),
            (_, DeliveryEvent::Refused) => Some(Self::Parked),
            // One program parked it, another could not get through: a person has yet to look.
            (Self::Parked, DeliveryEvent::Postponed) => None,
            (_, DeliveryEvent::Postponed) => Some(Self::Waiting),
            // It is being tried this very moment.
            (Self::Delivering, DeliveryEvent::Retried) => None,
            (_, DeliveryEvent::Retried | DeliveryEvent::Amended) => Some(Self::Waiting),
        }
    }

    /// The word stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
            Self::Parked => "parked",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::STORED
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One report owed to one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What is to be said.
    pub report: Report,
    /// What the target has to do with it.
    pub duty: Operation,
    /// Tries so far.
    pub attempts: u32,
    /// Corrections so far: a try settles the revision that it was made of.
    pub revision: u32,
}

/// What a target has to do with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Take it for the first time.
    Tell,
    /// Keep this and not what it was told before, if it was.
    Amend,
    /// Keep nothing of it, whatever it was told before.
    Withdraw,
}

/// A check-in as the remotes are told of it: time and percentage are those of the check-in (feature H7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The record's id, the key by which a repeat is recognised.
    pub attendance_id: Uuid,
    /// Which kiosk recorded it.
    pub kiosk_id: String,
    /// Who.
    pub admission_number: AdmissionNumber,
    /// Their name; `None` while nobody has given one.
    pub student_name: Option<PersonName>,
    /// Their mail address; may be empty.
    pub email: String,
    /// Their telephone number; may be empty.
    pub phone: String,
    /// Which lecture.
    pub session: Session,
    /// When.
    pub checked_in_at: Timestamp,
    /// How.
    pub channel: Channel,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// Of the planned lessons, as it was then.
    pub percentage: Percentage,
    /// What the lecturer should see.
    pub flags: Flags,
}

/// What became of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The remote has it, from this try or an earlier one.
    Delivered {
        /// The id that the remote keeps it under.
        document_id: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Another kiosk had already reported this student for this session.
    Duplicate {
        /// The attendance id that stands at the remote.
        theirs: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Refused for good; trying again by itself would not help.
    Refused {
        /// Why, in words.
        error: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Did not get through, or the remote is busy: try again later.
    Postponed {
        /// Why, in words.
        error: String,
        /// How long the remote asked to wait.
        retry_after: Option<Duration>,
    },
    /// The remote does not accept this kiosk at all: the whole target waits for a person, nothing is parked.
    Unauthorized {
        /// Why, in words.
        error: String,
    },
}

/// Whether a remote can be reached, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RemoteStatus {
    /// This site does not report there.
    #[default]
    Off,
    /// Set up, nothing heard yet.
    Unknown,
    /// The last call went through.
    Connected,
    /// The last call did not go through.
    Unreachable {
        /// Why, in words.
        error: String,
    },
    /// The remote does not accept this kiosk, or the credentials are missing or bad.
    Unauthorized {
        /// Why, in words.
        error: String,
    },
}

impl RemoteStatus {
    /// Whether the last call went through.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        *self == Self::Connected
    }
}

/// How much is owed to one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct TargetCounts {
    /// To be sent.
    pub waiting: u64,
    /// Refused for good.
    pub parked: u64,
    /// When the oldest waiting check-in was made.
    pub oldest_waiting: Option<Timestamp>,
}

/// Growing waits between tries: exponential with full jitter, capped (feature H4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The most that the first wait can be.
    pub first: Duration,
    /// The most that any wait can be.
    pub cap: Duration,
}

impl Backoff {
    /// One second to five minutes (feature H4).
    pub const DELIVERY: Self = Self {
        first: Duration::from_secs(1),
        cap: Duration::from_secs(300),
    };

    /// The wait after a try, given how many have failed and a random number.
    ///
    /// Full jitter spreads kiosks that lost the same network at the same moment; a tenth of the
    /// step is always waited, so that chance cannot make a busy loop.
    #[must_use]
    pub fn wait(self, failed: u32, chance: u32) -> Duration {
        let step = self
            .first
            .saturating_mul(1 << failed.saturating_sub(1).min(20))
            .min(self.cap);
        let share = 0.1 + 0.9 * (f64::from(chance) / f64::from(u32::MAX));
        step.mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_grow_and_stay_under_the_cap(failed in 1u32..100, chance in any::<u32>()) {
            let wait = Backoff::DELIVERY.wait(failed, chance);
            prop_assert!(wait <= Backoff::DELIVERY.cap);
            prop_assert!(wait >= Duration::from_millis(99));
            prop_assert!(Backoff::DELIVERY.wait(failed + 1, chance) >= wait);
        }
    }

    #[test]
    fn words_read_back() {
        for state in DeliveryState::STORED {
            assert_eq!(DeliveryState::parse(state.as_str()), Some(state));
        }
        assert_eq!(
            DeliveryState::parse("delivering"),
            None,
            "never written down"
        );
    }

    #[test]
    fn every_event_in_every_state() {
        use DeliveryEvent::{Amended, Postponed, Refused, Retried, Taken, TakenBack};
        use DeliveryState::{Delivered, Delivering, Parked, Waiting};
        let events = [
            Taken,
            DeliveryEvent::Delivered,
            Refused,
            Postponed,
            Retried,
            Amended,
            TakenBack,
        ];
        #[rustfmt::skip]
        let table = [
            //           taken             delivered        refused       postponed      retried        amended        taken back
            (Waiting,    [Some(Delivering), Some(Delivered), Some(Parked), Some(Waiting), Some(Waiting), Some(Waiting), Some(Delivered)]),
            (Delivering, [None,             Some(Delivered), Some(Parked), Some(Waiting), None,          Some(Waiting), Some(Delivered)]),
            (Delivered,  [None,             None,            None,         None,          None,          Some(Waiting), None]),
            (Parked,     [None,             Some(Delivered), Some(Parked), None,          Some(Waiting), Some(Waiting), Some(Delivered)]),
        ];
        for (state, row) in table {
            for (event, expected) in events.into_iter().zip(row) {
                assert_eq!(state.after(event), expected, "{state:?} {event:?}");
            }
        }
    }
}
