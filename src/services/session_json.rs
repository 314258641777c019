//! A session as programs read it: in the results of check-ins, and in the boards.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Session, SessionId, Zone};

/// A session in the site's local time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionJson {
    session_id: SessionId,
    unit_code: String,
    unit_name: String,
    #[schema(format = Date)]
    date: String,
    #[schema(example = "09:00 - 11:00")]
    time_slot: String,
    venue: String,
    lecturer_name: String,
}

impl SessionJson {
    /// A session in a site's local time.
    #[must_use]
    pub fn new(session: &Session, zone: Zone) -> Self {
        Self {
            session_id: session.id,
            unit_code: session.unit_code.to_string(),
            unit_name: session.unit_name.clone(),
            date: session.date(zone).to_string(),
            time_slot: session.time_slot(zone),
            venue: session.venue.as_str().to_owned(),
            lecturer_name: session.lecturer_name.clone(),
        }
    }
}
