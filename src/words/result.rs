//! The check-in result as programs read it: the JSON of the API and of the shell.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Voice;
use crate::domain::{
    AdmissionNumber, Channel, CheckInAnswer, Flag, Flags, Listing, Percentage, Receipt, Refusal,
    RefusalOutcome, RemoteAnswer, Standing, Timestamp,
};
use crate::services::SessionJson;

/// Either a record or a refusal, with the fields that other programs depend on.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum CheckInResult {
    /// A record, new or found.
    Record(Box<RecordJson>),
    /// Nothing was recorded: see the message.
    Refusal(RefusalJson),
}

/// A record, new or found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Record)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those that other programs read"
)]
pub struct RecordJson {
    /// Whether there is a record; once both remotes have answered, whether one of them has it.
    success: bool,
    outcome: RecordOutcome,
    /// Whether this request made the record.
    created: bool,
    attendance_id: Uuid,
    /// Of the planned lessons, with two decimals, as it was at the check-in; `null` while it counts for nobody, and
    /// to whoever may be another student.
    #[schema(required)]
    attendance_percentage: Option<Percentage>,
    on_time: bool,
    late_minutes: u32,
    /// Whether the lecturer has yet to approve it.
    pending: bool,
    flags: Flags,
    /// The first time, on a repeat.
    checked_in_at: Timestamp,
    /// The first channel, on a repeat.
    channel: Channel,
    student: StudentJson,
    session: SessionJson,
    /// Where the student stands in the unit's lists.
    listing: Listing,
    /// The figures of today; `null` while the record counts for nobody, and to whoever may be another student.
    #[schema(required)]
    standing: Option<Standing>,
    firebase: RemoteJson,
    portal: RemoteJson,
}

/// What came of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RecordOutcome {
    Recorded,
    AlreadyMarked,
    TakenBack,
}

/// The student of a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Student)]
struct StudentJson {
    admission_number: AdmissionNumber,
    /// Empty while nobody has given one, and to whoever may be another student.
    name: String,
}

/// What a remote has said: the result structure of the system that this kiosk belongs to.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = Remote)]
struct RemoteJson {
    success: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    queued: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Nothing was recorded, or nothing is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Refused)]
pub struct RefusalJson {
    /// Always `false` in a refusal.
    success: bool,
    outcome: RefusalOutcome,
    /// One sentence for people.
    error: String,
    /// The number of the list that the sent one resembles: send it instead, or the same again with `insist`.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<AdmissionNumber>,
    /// By field, what is wrong with it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, String>,
}

impl CheckInResult {
    /// The result of a check-in.
    #[must_use]
    pub fn new(answer: &Result<CheckInAnswer, Refusal>, voice: Voice) -> Self {
        match answer {
            Ok(CheckInAnswer::Recorded(receipt)) => {
                Self::record(receipt, RecordOutcome::Recorded, voice)
            }
            Ok(CheckInAnswer::AlreadyMarked(receipt) | CheckInAnswer::MarkedElsewhere(receipt)) => {
                Self::of_receipt(receipt, voice)
            }
            Ok(CheckInAnswer::TakenBack(receipt)) => {
                Self::record(receipt, RecordOutcome::TakenBack, voice)
            }
            Err(refusal) => Self::of_refusal(refusal, voice),
        }
    }

    /// A record as it is now.
    #[must_use]
    pub fn of_receipt(receipt: &Receipt, voice: Voice) -> Self {
        let outcome = if receipt.flags.has(Flag::TakenBack) {
            RecordOutcome::TakenBack
        } else {
            RecordOutcome::AlreadyMarked
        };
        Self::record(receipt, outcome, voice)
    }

    fn record(receipt: &Receipt, outcome: RecordOutcome, voice: Voice) -> Self {
        Self::Record(Box::new(RecordJson::new(receipt, outcome, voice)))
    }

    /// The answer for a refusal.
    #[must_use]
    pub fn of_refusal(refusal: &Refusal, voice: Voice) -> Self {
        Self::Refusal(RefusalJson::of(refusal, voice))
    }

    /// Whether there is a record.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Record(record) if record.success)
    }
}

impl RefusalJson {
    /// A refusal of the desk.
    #[must_use]
    pub fn of(refusal: &Refusal, voice: Voice) -> Self {
        let explanation = voice.explain(refusal);
        let field = match refusal {
            Refusal::InvalidNumber(_) | Refusal::UnknownStudent | Refusal::NearNumber { .. } => {
                Some("admission_number")
            }
            Refusal::InvalidName(_) | Refusal::NameNeeded => Some("student_name"),
            _ => None,
        };
        let mut refused = Self::new(refusal.outcome(), explanation.sentence());
        if let Refusal::NearNumber { suggestion } = refusal {
            refused.suggestion = Some(suggestion.clone());
        }
        match field {
            Some(field) => refused.about(field, explanation.advice),
            None => refused,
        }
    }

    /// A refusal of any other kind.
    #[must_use]
    pub fn new(outcome: RefusalOutcome, error: String) -> Self {
        Self {
            success: false,
            outcome,
            error,
            suggestion: None,
            fields: BTreeMap::new(),
        }
    }

    /// The refusal with what is wrong with a field.
    #[must_use]
    pub fn about(mut self, field: &'static str, error: String) -> Self {
        self.fields.insert(field, error);
        self
    }
}

impl RecordJson {
    fn new(receipt: &Receipt, outcome: RecordOutcome, voice: Voice) -> Self {
        Self {
            success: combined(&receipt.delivery.firestore, &receipt.delivery.portal),
            outcome,
            created: outcome == RecordOutcome::Recorded,
            attendance_id: receipt.attendance_id,
            attendance_percentage: receipt.percentage,
            on_time: !receipt.punctuality.is_late(),
            late_minutes: receipt.punctuality.minutes(),
            pending: receipt.pending,
            flags: receipt.flags,
            checked_in_at: receipt.checked_in_at,
            channel: receipt.channel,
            student: StudentJson {
                admission_number: receipt.student.admission_number.clone(),
                name: receipt
                    .student
                    .name
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            },
            session: SessionJson::new(&receipt.session, voice.zone),
            listing: receipt.listing,
            standing: receipt.standing.clone(),
            firebase: remote(&receipt.delivery.firestore),
            portal: remote(&receipt.delivery.portal),
        }
    }
}

/// Once both have an answer: "firestore or portal succeeded". Until then the local record is the success.
fn combined(firestore: &RemoteAnswer, portal: &RemoteAnswer) -> bool {
    let failed = |answer: &RemoteAnswer| matches!(answer, RemoteAnswer::Failed { .. });
    !(failed(firestore) && failed(portal))
}

fn remote(answer: &RemoteAnswer) -> RemoteJson {
    match answer.clone() {
        RemoteAnswer::Disabled => RemoteJson {
            success: true,
            message: Some("disabled".to_owned()),
            ..RemoteJson::default()
        },
        RemoteAnswer::Queued => RemoteJson {
            queued: true,
            ..RemoteJson::default()
        },
        RemoteAnswer::Delivered {
            document_id,
            message,
        } => RemoteJson {
            success: true,
            document_id: Some(document_id),
            message: Some(message),
            ..RemoteJson::default()
        },
        RemoteAnswer::Failed { error } => RemoteJson {
            error: Some(error),
            ..RemoteJson::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_remote_that_took_it_is_enough_and_so_is_one_that_has_not_answered() {
        let failed = RemoteAnswer::Failed {
            error: "no such unit".to_owned(),
        };
        let delivered = RemoteAnswer::Delivered {
            document_id: "A7".to_owned(),
            message: "recorded".to_owned(),
        };
        for other in [delivered, RemoteAnswer::Queued, RemoteAnswer::Disabled] {
            assert!(combined(&failed, &other) && combined(&other, &failed));
            assert!(combined(&other, &other));
        }
        assert!(!combined(&failed, &failed));
    }
}
