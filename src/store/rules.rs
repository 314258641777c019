//! The settings that decide about a check-in.

use crate::domain::{Target, Thresholds, UnknownStudents, Windows, Zone};

/// The site's rules, as far as a check-in needs them.
#[derive(Debug, Clone)]
pub struct Rules {
    /// When check-ins are taken.
    pub windows: Windows,
    /// What happens to a number on no roster.
    pub unknown_students: UnknownStudents,
    /// Whether a second student from one phone is refused rather than flagged.
    pub block_shared_device: bool,
    /// Lessons planned in a semester, for units without a number of their own.
    pub planned_lessons: u32,
    /// What the site asks of its students.
    pub thresholds: Thresholds,
    /// The targets of every check-in.
    pub deliver_to: Vec<Target>,
    /// The site's zone, for the date of an enrolment.
    pub zone: Zone,
}
