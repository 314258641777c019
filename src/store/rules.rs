//! The settings that decide about a check-in.

use std::time::Duration;

use chrono::NaiveDate;

use crate::domain::{CountingPolicy, Semester, Target, UnknownStudents, Venue, Windows, Zone};

/// The site's rules, as far as a check-in needs them.
#[derive(Debug, Clone)]
pub struct Rules {
    /// When check-ins are taken.
    pub windows: Windows,
    /// What happens to a number on no roster.
    pub unknown_students: UnknownStudents,
    /// Whether a second student from one phone is refused rather than flagged.
    pub block_shared_device: bool,
    /// How attendance is counted, for units without rules of their own.
    pub policy: CountingPolicy,
    /// The semester that is under way.
    pub semester: Semester,
    /// Its last day, where it is known.
    pub last_day: Option<NaiveDate>,
    /// The room of this kiosk: what the timetable plans elsewhere is not known here.
    pub venue: Venue,
    /// The targets of every check-in.
    pub deliver_to: Vec<Target>,
    /// The site's zone, for the dates of lectures.
    pub zone: Zone,
}

/// A site that changes no setting, in UTC, and delivers nowhere.
impl Default for Rules {
    fn default() -> Self {
        let ten_minutes = Duration::from_secs(600);
        Self {
            windows: Windows {
                opens_before: ten_minutes,
                on_time: ten_minutes,
            },
            unknown_students: UnknownStudents::Auto,
            block_shared_device: false,
            policy: CountingPolicy::default(),
            semester: Semester::parse("1").expect("a label of one character is short enough"),
            last_day: None,
            venue: Venue::default(),
            deliver_to: Vec::new(),
            zone: Zone::parse("UTC").expect("the zone is in the database"),
        }
    }
}
