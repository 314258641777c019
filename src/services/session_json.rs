//! A session as programs read it: in the results of check-ins, and in the boards.

use serde::Serialize;

use crate::domain::{Session, Zone};

/// A session, as programs read it.
#[derive(Debug, Clone, Serialize)]
pub struct SessionJson {
    session_id: String,
    unit_code: String,
    unit_name: String,
    date: String,
    time_slot: String,
    venue: String,
    lecturer_name: String,
}

impl SessionJson {
    /// A session in a site's local time.
    #[must_use]
    pub fn new(session: &Session, zone: Zone) -> Self {
        Self {
            session_id: session.id.to_string(),
            unit_code: session.unit_code.to_string(),
            unit_name: session.unit_name.clone(),
            date: session.date(zone).to_string(),
            time_slot: session.time_slot(zone),
            venue: session.venue.as_str().to_owned(),
            lecturer_name: session.lecturer_name.clone(),
        }
    }
}
