//! A report as the two documents that Firestore keeps of it.
//!
//! Absent members are left out, never sent as `null`: Firestore refuses a write with
//! `"delete": null` as "Payload isn't valid for request."

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ids::{self, NoId};
use super::values;
use crate::domain::{AdmissionNumber, PersonName, Report, SessionId, Zone};

/// `projects/{project}/databases/{database}/documents`, under which every document is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root(String);

impl Root {
    pub(super) fn new(project: &str, database: &str) -> Self {
        Self(format!("projects/{project}/databases/{database}/documents"))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The claim: one student's place in one session.
    pub(super) fn student(
        &self,
        session: SessionId,
        number: &AdmissionNumber,
    ) -> Result<String, NoId> {
        let session = ids::encode(&session.to_string())?;
        let number = ids::encode(number.as_str())?;
        Ok(format!("{}/sessions/{session}/students/{number}", self.0))
    }

    /// A session as its kiosks publish it. A UUID needs no escaping.
    pub(super) fn session(&self, session: SessionId) -> String {
        format!("{}/sessions/{session}", self.0)
    }

    /// A page of the roster that is published with a session.
    pub(super) fn roster_page(&self, session: SessionId, page: u32) -> String {
        format!("{}/sessions/{session}/roster/{page:03}", self.0)
    }

    /// The entry in the flat timeline. A UUID needs no escaping.
    pub(super) fn attendance(&self, attendance_id: Uuid) -> String {
        format!("{}/attendance_records/{attendance_id}", self.0)
    }
}

/// A document as Firestore's REST interface returns it: written back as `update` of a commit, it is restored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredDocument {
    /// The whole name, from `projects/`.
    pub name: String,
    /// Its typed values; absent for a document without any.
    #[serde(default)]
    pub fields: values::Fields,
    /// When it was first written.
    pub create_time: String,
    /// When it was last written: which version of it this is.
    pub update_time: String,
}

/// One write of a commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Write {
    #[serde(flatten)]
    operation: Operation,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_document: Option<Precondition>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    update_transforms: &'static [FieldTransform],
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Operation {
    Update(Box<Document>),
    /// The name of what is deleted.
    Delete(String),
}

impl Write {
    /// Deletes a document, or finds that it is gone.
    pub(super) fn deletion(name: String) -> Self {
        Self {
            operation: Operation::Delete(name),
            current_document: None,
            update_transforms: &[],
        }
    }

    /// Deletes a claim as it was read; refused when it has been written since.
    pub(super) fn deletion_of(claim: &StoredDocument) -> Self {
        Self {
            current_document: Some(Precondition::UpdateTime(claim.update_time.clone())),
            ..Self::deletion(claim.name.clone())
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Document {
    name: String,
    fields: Fields,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Precondition {
    Exists(bool),
    UpdateTime(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldTransform {
    field_path: &'static str,
    set_to_server_value: &'static str,
}

/// When the server took it: the order in which other kiosks read, whatever this kiosk's clock says.
pub(super) const SYNCED_AT: FieldTransform = FieldTransform {
    field_path: "synced_at",
    set_to_server_value: "REQUEST_TIME",
};

/// The fields of both documents; the names are those that other programs read.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Fields {
    session_id: Value,
    student_name: Value,
    admission_number: Value,
    unit_code: Value,
    unit_name: Value,
    lecturer_name: Value,
    date: Value,
    time_slot: Value,
    venue: Value,
    timestamp: Value,
    attendance_id: Value,
    kiosk_id: Value,
    attendance_percentage: Value,
    channel: Value,
    late_minutes: Value,
    flags: Value,
    counts: Value,
    /// What other kiosks recorded of the student: see `contest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
enum Value {
    #[serde(rename = "stringValue")]
    Text(String),
    #[serde(rename = "timestampValue")]
    Moment(String),
    #[serde(rename = "doubleValue")]
    Double(f64),
    /// A 64-bit integer, which JSON carries as text.
    #[serde(rename = "integerValue")]
    Integer(String),
    #[serde(rename = "booleanValue")]
    Boolean(bool),
    #[serde(rename = "arrayValue")]
    List { values: Vec<Value> },
}

/// The two writes of one check-in: the claim, which must not exist yet, and the timeline.
///
/// Only the claim has a precondition, so that a conflict can only mean "this student is taken".
pub(super) fn writes(root: &Root, report: &Report, zone: Zone) -> Result<[Write; 2], NoId> {
    writes_over(root, report, zone, None)
}

/// The same two writes over a claim of the same check-in, as it was read.
pub(super) fn writes_over(
    root: &Root,
    report: &Report,
    zone: Zone,
    standing: Option<&StoredDocument>,
) -> Result<[Write; 2], NoId> {
    let fields = Fields::of(report, zone);
    let claim = Write {
        operation: Operation::Update(Box::new(Document {
            name: root.student(report.session.id, &report.admission_number)?,
            fields: Fields {
                also: standing.and_then(|claim| claim.fields.get("also").cloned()),
                ..fields.clone()
            },
        })),
        current_document: Some(standing.map_or(Precondition::Exists(false), |claim| {
            Precondition::UpdateTime(claim.update_time.clone())
        })),
        update_transforms: &[SYNCED_AT],
    };
    let entry = Write {
        operation: Operation::Update(Box::new(Document {
            name: root.attendance(report.attendance_id),
            fields,
        })),
        current_document: None,
        update_transforms: &[SYNCED_AT],
    };
    Ok([claim, entry])
}

/// A write beside others that are put together field by field.
pub(super) fn plain(write: &Write) -> serde_json::Value {
    serde_json::to_value(write).unwrap_or_default()
}

/// The fields of a report as they are read back, to be weighed and changed.
pub(crate) fn fields(report: &Report, zone: Zone) -> values::Fields {
    match serde_json::to_value(Fields::of(report, zone)) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => values::Fields::new(),
    }
}

impl Fields {
    fn of(report: &Report, zone: Zone) -> Self {
        let text = |text: &str| Value::Text(text.to_owned());
        let session = &report.session;
        Self {
            session_id: Value::Text(session.id.to_string()),
            student_name: text(report.student_name.as_ref().map_or("", PersonName::as_str)),
            admission_number: text(report.admission_number.as_str()),
            unit_code: text(session.unit_code.as_str()),
            unit_name: text(&session.unit_name),
            lecturer_name: text(&session.lecturer_name),
            date: Value::Text(session.date(zone).to_string()),
            time_slot: Value::Text(session.time_slot(zone)),
            venue: text(session.venue.as_str()),
            timestamp: Value::Moment(report.checked_in_at.to_string()),
            attendance_id: Value::Text(report.attendance_id.to_string()),
            kiosk_id: text(&report.kiosk_id),
            attendance_percentage: Value::Double(report.percentage.as_f64()),
            channel: text(report.channel.as_str()),
            late_minutes: Value::Integer(report.punctuality.minutes().to_string()),
            flags: Value::List {
                values: report
                    .flags
                    .iter()
                    .map(|flag| text(flag.as_str()))
                    .collect(),
            },
            // One of several records of a student may not: see `contest`.
            counts: Value::Boolean(true),
            also: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::tests::reports::{nairobi, report};
    use serde_json::json;

    #[test]
    fn a_check_in_is_a_claim_and_an_entry_in_the_timeline() {
        let root = Root::new("proto3", "(default)");
        let report = report("ADM/2023/001", 7);
        let [claim, entry] = writes(&root, &report, nairobi()).unwrap();
        let fields = json!({
            "session_id": {"stringValue": "00000000-0000-4000-8000-000000000001"},
            "student_name": {"stringValue": "Student 7"},
            "admission_number": {"stringValue": "ADM/2023/001"},
            "unit_code": {"stringValue": "CS101"},
            "unit_name": {"stringValue": "Programming"},
            "lecturer_name": {"stringValue": "Dr. Smith"},
            "date": {"stringValue": "2026-11-22"},
            "time_slot": {"stringValue": "09:00 - 11:00"},
            "venue": {"stringValue": "Room 101"},
            "timestamp": {"timestampValue": "2026-11-22T06:30:00.000Z"},
            "attendance_id": {"stringValue": "00000000-0000-4000-8000-000000000007"},
            "kiosk_id": {"stringValue": "kiosk-1"},
            "attendance_percentage": {"doubleValue": 8.33},
            "channel": {"stringValue": "keypad"},
            "late_minutes": {"integerValue": "20"},
            "flags": {"arrayValue": {"values": [{"stringValue": "late"}]}},
            "counts": {"booleanValue": true},
        });
        assert_eq!(
            serde_json::to_value(&claim).unwrap(),
            json!({
                "update": {
                    "name": "projects/proto3/databases/(default)/documents/sessions/00000000-0000-4000-8000-000000000001/students/ADM~2F2023~2F001",
                    "fields": fields,
                },
                "currentDocument": {"exists": false},
                "updateTransforms": [{"fieldPath": "synced_at", "setToServerValue": "REQUEST_TIME"}],
            })
        );
        assert_eq!(
            serde_json::to_value(&entry).unwrap(),
            json!({
                "update": {
                    "name": "projects/proto3/databases/(default)/documents/attendance_records/00000000-0000-4000-8000-000000000007",
                    "fields": fields,
                },
                "updateTransforms": [{"fieldPath": "synced_at", "setToServerValue": "REQUEST_TIME"}],
            })
        );
    }

    #[test]
    fn nothing_is_ever_null() {
        let report = report("..", 1);
        let writes = writes(&Root::new("p", "d"), &report, nairobi()).unwrap();
        assert!(!serde_json::to_string(&writes).unwrap().contains("null"));
    }
}
