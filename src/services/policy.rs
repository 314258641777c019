//! A site's settings, as the use cases need them.

use std::time::Duration;

use chrono::NaiveDate;

use crate::clock::Clock;
use crate::domain::{
    CountingPolicy, NumberPattern, Rotation, Semester, SharedDevice, Target, UnknownStudents,
    Venue, Windows, Zone,
};
use crate::store::Rules;

/// The settings that the use cases follow.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The kiosk's name on its pages; may be empty.
    pub kiosk_name: String,
    /// The room of this kiosk; its sessions come first on the screen.
    pub venue: Venue,
    /// The zone in which dates and times are shown.
    pub zone: Zone,
    /// When check-ins are taken.
    pub windows: Windows,
    /// What happens to a number on no roster.
    pub unknown_students: UnknownStudents,
    /// The form of admission numbers here.
    pub number_pattern: NumberPattern,
    /// What happens on a shared phone.
    pub shared_device: SharedDevice,
    /// How the code on the screen changes.
    pub rotation: Rotation,
    /// How long an opened form may be sent.
    pub ticket_valid_for: Duration,
    /// How long the screen shows a result.
    pub result_for: Duration,
    /// How attendance is counted and what an exam requires, for units without rules of their own.
    pub counting: CountingPolicy,
    /// Sessions of a unit in a semester.
    pub max_sessions: u32,
    /// The semester of sessions that are opened without naming one.
    pub semester: Semester,
    /// The last day of that semester, where the site names it.
    pub last_day: Option<NaiveDate>,
    /// The remotes that every check-in is delivered to.
    pub deliver_to: Vec<Target>,
}

impl Policy {
    /// The local date at the site.
    #[must_use]
    pub fn today(&self, clock: &Clock) -> NaiveDate {
        self.zone.date(clock.now())
    }

    /// The part that the store's transactions need.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            windows: self.windows,
            unknown_students: self.unknown_students,
            block_shared_device: self.shared_device == SharedDevice::Block,
            policy: self.counting,
            semester: self.semester.clone(),
            last_day: self.last_day,
            venue: self.venue.clone(),
            deliver_to: self.deliver_to.clone(),
            zone: self.zone,
        }
    }
}
