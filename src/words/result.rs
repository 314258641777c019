//! The check-in result as programs read it: the JSON of the API and of the shell.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::Voice;
use crate::domain::{CheckInAnswer, Flags, Percentage, Receipt, Refusal, RemoteAnswer, Standing};
use crate::services::SessionJson;

/// Either a record or a refusal, with the fields that other programs depend on.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum CheckInResult {
    /// A record, new or found.
    Record(Box<RecordJson>),
    /// Nothing was recorded.
    Refusal(RefusalJson),
}

/// A record, as programs read it.
#[derive(Debug, Clone, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those that other programs read"
)]
pub struct RecordJson {
    success: bool,
    outcome: &'static str,
    created: bool,
    attendance_id: Uuid,
    attendance_percentage: Percentage,
    on_time: bool,
    late_minutes: u32,
    pending: bool,
    flags: Flags,
    checked_in_at: String,
    channel: &'static str,
    student: StudentJson,
    session: SessionJson,
    standing: Standing,
    firebase: RemoteJson,
    portal: RemoteJson,
}

#[derive(Debug, Clone, Serialize)]
struct StudentJson {
    admission_number: String,
    name: String,
}

/// What a remote has said: the result structure of the system that this kiosk belongs to.
#[derive(Debug, Clone, Default, Serialize)]
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

/// A refusal, as programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct RefusalJson {
    success: bool,
    outcome: &'static str,
    error: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, String>,
}

impl CheckInResult {
    /// The result of a check-in.
    #[must_use]
    pub fn new(answer: &CheckInAnswer, voice: Voice) -> Self {
        match answer {
            CheckInAnswer::Recorded(receipt) => {
                Self::Record(Box::new(RecordJson::new(receipt, true, voice)))
            }
            CheckInAnswer::AlreadyMarked(receipt) => Self::of_receipt(receipt, voice),
            CheckInAnswer::Refused(refusal) => Self::of_refusal(refusal, voice),
        }
    }

    /// A record as it stands now.
    #[must_use]
    pub fn of_receipt(receipt: &Receipt, voice: Voice) -> Self {
        Self::Record(Box::new(RecordJson::new(receipt, false, voice)))
    }

    /// A refusal.
    #[must_use]
    pub fn of_refusal(refusal: &Refusal, voice: Voice) -> Self {
        let explanation = voice.explain(refusal);
        let field = match refusal {
            Refusal::InvalidNumber(_) | Refusal::UnknownStudent => Some("admission_number"),
            Refusal::InvalidName(_) | Refusal::NameNeeded => Some("student_name"),
            _ => None,
        };
        Self::Refusal(RefusalJson {
            success: false,
            outcome: refusal.outcome(),
            error: explanation.sentence(),
            fields: field
                .map(|field| (field, explanation.advice))
                .into_iter()
                .collect(),
        })
    }

    /// Whether a record stands.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Record(record) if record.success)
    }
}

impl RecordJson {
    fn new(receipt: &Receipt, created: bool, voice: Voice) -> Self {
        Self {
            success: combined(&receipt.delivery.firestore, &receipt.delivery.portal),
            outcome: if created {
                "recorded"
            } else {
                "already_marked"
            },
            created,
            attendance_id: receipt.attendance_id,
            attendance_percentage: receipt.standing.of_plan,
            on_time: !receipt.punctuality.is_late(),
            late_minutes: receipt.punctuality.minutes(),
            pending: receipt.pending,
            flags: receipt.flags,
            checked_in_at: receipt.checked_in_at.to_string(),
            channel: receipt.channel.as_str(),
            student: StudentJson {
                admission_number: receipt.student.admission_number.to_string(),
                name: receipt
                    .student
                    .name
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            },
            session: SessionJson::new(&receipt.session, voice.zone),
            standing: receipt.standing,
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
