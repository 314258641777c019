//! Deliveries to the remotes: their states, their reports and the remotes' verdicts.

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
        Firestore = "firestore",
        /// The lecturer portal's REST API.
        Portal = "portal",
    }
}

words! {
    /// What a delivery brings to its target.
    pub enum DeliveryKind {
        /// A lecture, to the other kiosks.
        Session = "session",
        CheckIn = "check_in",
    }
}

/// The state of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, now or after a wait.
    Waiting,
    /// A worker is sending it. This state is never stored: after a crash the delivery is waiting, and the remote
    /// recognises a repeat.
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
    /// The remote has it, from this attempt, an earlier one or another kiosk.
    Delivered,
    /// The remote refused it for good.
    Refused,
    /// The attempt failed; there will be another.
    Postponed,
    /// A person asked for another attempt.
    Retried,
    /// The record was changed after its delivery.
    Amended,
    /// The record was removed, and the remote's API cannot remove records: there is nothing to send.
    TakenBack,
}

impl DeliveryState {
    /// The states that are stored.
    pub const STORED: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Parked];

    /// The state after an event; `None` where the event changes nothing.
    ///
    /// A verdict can reach a waiting delivery too: with two programs on one database, or a worker that could
    /// not write at once, the delivery may have been requeued meanwhile.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "each arm has a reason of its own")]
    pub fn after(self, event: DeliveryEvent) -> Option<Self> {
        match (self, event) {
            (Self::Waiting, DeliveryEvent::Taken) => Some(Self::Delivering),
            // Only a change of the record itself requeues a delivered one.
            (Self::Delivered, DeliveryEvent::Amended) => Some(Self::Waiting),
            (Self::Delivered, _) | (_, DeliveryEvent::Taken) => None,
            (_, DeliveryEvent::Delivered) => Some(Self::Delivered),
            // What has not been sent is not sent any more.
            (_, DeliveryEvent::TakenBack) => Some(Self::Delivered),
            (_, DeliveryEvent::Refused) => Some(Self::Parked),
            // One program parked it, another could not reach the remote: it still waits for a person.
            (Self::Parked, DeliveryEvent::Postponed) => None,
            (_, DeliveryEvent::Postponed) => Some(Self::Waiting),
            // An attempt is under way.
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

/// One report to be delivered to one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The content to be sent.
    pub report: Report,
    /// What the target has to do with the report.
    pub operation: Operation,
    pub attempts: u32,
    /// Corrections so far: an attempt settles only the edition that it was made of.
    pub edition: u32,
}

/// What a target has to do with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Create the record at the remote.
    Tell,
    /// Replace what it has of the record, if anything.
    Amend,
    /// Remove what it has of the record, if anything: staff removed it.
    Withdraw,
    /// The same, and it keeps nobody from another record: it was taken back at its door.
    TakeBack,
}

/// A check-in as it is sent: time and percentage are those of the check-in (feature H7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The record's id, by which a remote recognises a repeat.
    pub attendance_id: Uuid,
    /// Which kiosk recorded it.
    pub kiosk_id: String,
    pub admission_number: AdmissionNumber,
    /// Their name; `None` until one is known.
    pub student_name: Option<PersonName>,
    /// Their mail address; may be empty.
    pub email: String,
    /// Their telephone number; may be empty.
    pub phone: String,
    pub session: Session,
    pub checked_in_at: Timestamp,
    pub channel: Channel,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// Of the planned lessons, as it was then.
    pub percentage: Percentage,
    /// What the lecturer should see.
    pub flags: Flags,
}

/// The result of sending one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The remote has it, from this attempt or an earlier one.
    Delivered {
        /// The remote's id of it.
        document_id: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Another kiosk had already reported this student for this session.
    Duplicate {
        /// The attendance id that the remote has.
        theirs: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// Refused for good: another attempt would be refused too.
    Refused {
        error: String,
        /// The remote's answer, for the record.
        answer: String,
    },
    /// The remote could not be reached, or is busy: another attempt follows.
    Postponed {
        error: String,
        /// How long the remote asked to wait.
        retry_after: Option<Duration>,
    },
    /// The remote does not accept this kiosk: the whole target waits for a person, and nothing is parked.
    Unauthorized { error: String },
}

/// Whether a remote can be reached, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RemoteStatus {
    /// This site does not report there.
    #[default]
    Off,
    /// Configured, but no call has been answered yet.
    Unknown,
    /// The last call succeeded.
    Connected,
    /// The last call failed.
    Unreachable { error: String },
    /// The remote does not accept this kiosk, or the credentials are missing or bad.
    Unauthorized { error: String },
}

impl RemoteStatus {
    /// Whether the last call succeeded.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        *self == Self::Connected
    }
}

/// The length of one target's delivery queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct TargetCounts {
    pub waiting: u64,
    pub parked: u64,
    /// When the oldest waiting check-in was made.
    pub oldest_waiting: Option<Timestamp>,
}

/// Growing waits between attempts: exponential with full jitter, capped (feature H4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The upper limit of the first wait.
    pub first: Duration,
    /// The upper limit of every wait.
    pub cap: Duration,
}

impl Backoff {
    /// One second to five minutes (feature H4).
    pub const DELIVERY: Self = Self {
        first: Duration::from_secs(1),
        cap: Duration::from_secs(300),
    };

    /// The wait after an attempt, given the number of failures so far and a random number.
    ///
    /// Full jitter spreads kiosks that lost the same network at the same moment. A tenth of the limit is always
    /// waited, so that chance cannot cause a busy loop.
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

    #[test]
    fn waits_double_from_a_second_to_five_minutes() {
        let waits = |chance| {
            [1, 2, 3, 4, 9, 10, 11, 100, u32::MAX]
                .map(|failed| Backoff::DELIVERY.wait(failed, chance).as_millis())
        };
        assert_eq!(
            waits(u32::MAX),
            [
                1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000, 300_000, 300_000
            ]
        );
        assert_eq!(
            waits(0),
            [100, 200, 400, 800, 25_600, 30_000, 30_000, 30_000, 30_000],
            "a tenth at least"
        );
    }
}
