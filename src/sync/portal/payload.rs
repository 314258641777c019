//! What the portal is sent. Names and order are those of its interface.

use serde::Serialize;
use uuid::Uuid;

use crate::domain::{AdmissionNumber, Percentage, PersonName, Report, Secret, SessionId, Zone};

/// `POST /api/attendance/record`.
#[derive(Serialize)]
pub(super) struct RecordAttendance<'a> {
    action: &'static str,
    /// Only for older portals, which do not read the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    student: Student<'a>,
    attendance: Attendance<'a>,
}

#[derive(Serialize)]
struct Student<'a> {
    admission_number: &'a str,
    name: &'a str,
    email: &'a str,
    phone: &'a str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the interface's")]
struct Attendance<'a> {
    attendance_id: Uuid,
    session_id: SessionId,
    unit_code: &'a str,
    unit_name: &'a str,
    date: String,
    time_slot: String,
    venue: &'a str,
    lecturer_name: &'a str,
    /// Local time with its offset, to the second.
    timestamp: String,
    attendance_percentage: Percentage,
}

impl<'a> RecordAttendance<'a> {
    pub(super) fn new(report: &'a Report, zone: Zone, body_key: Option<&'a Secret>) -> Self {
        let session = &report.session;
        Self {
            action: "record_attendance",
            api_key: body_key.map(Secret::reveal),
            student: Student {
                admission_number: report.admission_number.as_str(),
                name: report.student_name.as_ref().map_or("", PersonName::as_str),
                email: &report.email,
                phone: &report.phone,
            },
            attendance: Attendance {
                attendance_id: report.attendance_id,
                session_id: session.id,
                unit_code: session.unit_code.as_str(),
                unit_name: &session.unit_name,
                date: session.date(zone).to_string(),
                time_slot: session.time_slot(zone),
                venue: session.venue.as_str(),
                lecturer_name: &session.lecturer_name,
                timestamp: zone.rfc3339(report.checked_in_at),
                attendance_percentage: report.percentage,
            },
        }
    }
}

/// `POST /api/students/bulk-sync`.
#[derive(Serialize)]
pub(super) struct BulkSync<'a> {
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    students: &'a [PortalStudent],
}

/// One student of the roster as the portal takes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortalStudent {
    /// The canonical number.
    pub admission_number: AdmissionNumber,
    /// Their name; may be empty.
    pub name: String,
    /// Their mail address; may be empty.
    pub email: String,
    /// Their telephone number; may be empty.
    pub phone: String,
}

impl<'a> BulkSync<'a> {
    pub(super) fn new(students: &'a [PortalStudent], body_key: Option<&'a Secret>) -> Self {
        Self {
            action: "bulk_sync_students",
            api_key: body_key.map(Secret::reveal),
            students,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::tests::reports::{nairobi, report};
    use serde_json::{json, to_value};

    #[test]
    fn a_check_in_is_told_in_the_portals_words() {
        let report = report("ADM/2023/001", 7);
        let expected = json!({
            "action": "record_attendance",
            "student": {"admission_number": "ADM/2023/001", "name": "Student 7", "email": "", "phone": ""},
            "attendance": {
                "attendance_id": "00000000-0000-4000-8000-000000000007",
                "session_id": "00000000-0000-4000-8000-000000000001",
                "unit_code": "CS101", "unit_name": "Programming",
                "date": "2026-11-22", "time_slot": "09:00 - 11:00", "venue": "Room 101",
                "lecturer_name": "Dr. Smith",
                "timestamp": "2026-11-22T09:30:00+03:00", "attendance_percentage": 8.33,
            },
        });
        let sent = RecordAttendance::new(&report, nairobi(), None);
        assert_eq!(to_value(sent).unwrap(), expected);

        let key = Secret::new("swordfish");
        let sent = to_value(RecordAttendance::new(&report, nairobi(), Some(&key))).unwrap();
        assert_eq!(sent["api_key"], "swordfish");
    }
}
