//! Where the staff pages lead.

use crate::domain::{AdmissionNumber, Session, UnitCode};
use crate::web::percent;

/// The page of one student in a session.
pub fn student_path(session: &Session, number: &AdmissionNumber) -> String {
    let number = percent::encode(number.as_str());
    format!("{}/student?number={number}", path_of(session))
}

/// The path of a session's board.
pub fn path_of(session: &Session) -> String {
    format!("/board/{}", session.id)
}

/// The path of a unit's page.
pub fn unit_path(unit: &UnitCode) -> String {
    format!("/units/{}", percent::encode(unit.as_str()))
}

/// The page that says whose a number is.
pub fn number_path(number: &AdmissionNumber) -> String {
    format!(
        "/students/number?number={}",
        percent::encode(number.as_str())
    )
}

/// The file of a student in the office.
pub fn file_path(number: &AdmissionNumber) -> String {
    format!("/admin/student?number={}", percent::encode(number.as_str()))
}
