//! A report as the two documents that Firestore keeps of it.
//!
//! Absent members are left out, never sent as `null`: Firestore refuses a write with
//! `"delete": null` as "Payload isn't valid for request."

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ids::{self, NoId};
use super::values::{self, Fields, text};
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
    pub fields: Fields,
    /// When it was first written.
    pub create_time: String,
    /// When it was last written: which version of it this is.
    pub update_time: String,
}

/// When the server took it: the order in which other kiosks read, whatever this kiosk's clock says.
pub(super) fn synced_at() -> Value {
    json!({"fieldPath": "synced_at", "setToServerValue": "REQUEST_TIME"})
}

/// Deletes a document, or finds that it is gone.
pub(super) fn deletion(name: &str) -> Value {
    json!({ "delete": name })
}

/// Deletes a claim as it was read; refused when it has been written since.
pub(super) fn deletion_of(claim: &StoredDocument) -> Value {
    json!({"delete": claim.name, "currentDocument": {"updateTime": claim.update_time}})
}

/// The two writes of one check-in: the claim, which must not exist yet, and the timeline.
///
/// Only the claim has a precondition, so that a conflict can only mean "this student is taken".
pub(super) fn writes(root: &Root, report: &Report, zone: Zone) -> Result<[Value; 2], NoId> {
    writes_over(root, report, zone, None)
}

/// The same two writes over a claim of the same check-in, as it was read.
pub(super) fn writes_over(
    root: &Root,
    report: &Report,
    zone: Zone,
    standing: Option<&StoredDocument>,
) -> Result<[Value; 2], NoId> {
    let entry = fields(report, zone);
    let mut claim = entry.clone();
    // What other kiosks recorded of the student: see `contest`.
    let also = standing.and_then(|claim| claim.fields.get("also"));
    claim.extend(also.map(|also| ("also".to_owned(), also.clone())));
    let condition = match standing {
        Some(claim) => json!({"updateTime": claim.update_time}),
        None => json!({"exists": false}),
    };
    let claim_name = root.student(report.session.id, &report.admission_number)?;
    Ok([
        json!({
            "update": {"name": claim_name, "fields": claim},
            "currentDocument": condition,
            "updateTransforms": [synced_at()],
        }),
        json!({
            "update": {"name": root.attendance(report.attendance_id), "fields": entry},
            "updateTransforms": [synced_at()],
        }),
    ])
}

/// The fields of both documents; the names are those that other programs read.
pub(crate) fn fields(report: &Report, zone: Zone) -> Fields {
    let session = &report.session;
    let name = report.student_name.as_ref().map_or("", PersonName::as_str);
    let flags: Vec<Value> = report
        .flags
        .iter()
        .map(|flag| text(flag.as_str()))
        .collect();
    let percentage = report.percentage.as_f64();
    let fields = [
        ("session_id", text(&session.id.to_string())),
        ("student_name", text(name)),
        ("admission_number", text(report.admission_number.as_str())),
        ("unit_code", text(session.unit_code.as_str())),
        ("unit_name", text(&session.unit_name)),
        ("lecturer_name", text(&session.lecturer_name)),
        ("date", text(&session.date(zone).to_string())),
        ("time_slot", text(&session.time_slot(zone))),
        ("venue", text(session.venue.as_str())),
        ("timestamp", values::moment(report.checked_in_at)),
        ("attendance_id", text(&report.attendance_id.to_string())),
        ("kiosk_id", text(&report.kiosk_id)),
        ("attendance_percentage", values::double(percentage)),
        ("channel", text(report.channel.as_str())),
        (
            "late_minutes",
            values::integer(report.punctuality.minutes()),
        ),
        ("flags", values::list(&flags)),
        // One of several records of a student may not: see `contest`.
        ("counts", values::boolean(true)),
    ];
    values::fields(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::tests::reports::{nairobi, report};

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
