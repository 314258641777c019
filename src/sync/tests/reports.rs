//! Check-ins to report.

use uuid::Uuid;

use crate::domain::{
    AdmissionNumber, Channel, Flag, Flags, Percentage, PersonName, Punctuality, Report, Semester,
    Session, SessionId, SessionState, Timestamp, UnitCode, Venue, Zone,
};

pub(crate) fn nairobi() -> Zone {
    Zone::parse("Africa/Nairobi").unwrap()
}

fn uuid(number: u64) -> Uuid {
    Uuid::parse_str(&format!("00000000-0000-4000-8000-{number:012x}")).unwrap()
}

/// One check-in to the session of 09:00 in Nairobi, twenty minutes late; `id` makes the attendance id.
pub(crate) fn report(admission_number: &str, id: u64) -> Report {
    let at = |text| Timestamp::parse(text).unwrap();
    Report {
        attendance_id: uuid(id),
        kiosk_id: "kiosk-1".to_owned(),
        admission_number: AdmissionNumber::parse(admission_number).unwrap(),
        student_name: Some(PersonName::parse(&format!("Student {id}")).unwrap()),
        email: String::new(),
        phone: String::new(),
        session: Session {
            id: SessionId::from_uuid(uuid(1)),
            unit_code: UnitCode::parse("CS101").unwrap(),
            unit_name: "Programming".to_owned(),
            lecturer_name: "Dr. Smith".to_owned(),
            semester: Semester::parse("1").unwrap(),
            number: 1,
            starts_at: at("2026-11-22T06:00:00Z"),
            ends_at: at("2026-11-22T08:00:00Z"),
            venue: Venue::parse("Room 101").unwrap(),
            state: SessionState::Open,
            reopened_at: None,
        },
        checked_in_at: at("2026-11-22T06:30:00.000Z"),
        channel: Channel::Keypad,
        punctuality: Punctuality::late(20),
        percentage: Percentage::of(1, 12),
        flags: Flags::NONE.with_if(true, Flag::Late),
    }
}

/// `count` students, numbered from `first`.
pub(crate) fn reports(first: u64, count: u64) -> Vec<Report> {
    (first..first + count)
        .map(|number| report(&format!("ADM/2023/{number:03}"), number))
        .collect()
}
