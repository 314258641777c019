//! Sessions as lines of a list, as text, and as an address.

use serde::Serialize;

use crate::app::Kiosk;
use crate::cli::address_finder;
use crate::cli::table::Table;
use crate::config::Config;
use crate::domain::{Semester, Session, SessionId, SessionKey, Timestamp, UnitCode, Venue, Zone};

/// The address for phones, with the live code.
#[derive(Serialize)]
pub(super) struct LiveAddress {
    pub(super) url: String,
    pub(super) code: String,
}

impl LiveAddress {
    pub(super) fn new(kiosk: &Kiosk, config: &Config, key: &SessionKey) -> Self {
        let code = kiosk.services.desk.code(key);
        // Without a network the form can be reached from this machine only.
        let own = format!("http://127.0.0.1:{}", config.server.bind.port());
        let base = address_finder(config, Some(own.clone()))
            .find()
            .unwrap_or(own);
        Self {
            url: format!("{base}{}", code.path()),
            code: code.to_string(),
        }
    }
}

/// A session in a list.
#[derive(Serialize)]
pub(in crate::cli) struct SessionLine<'a> {
    session_id: SessionId,
    unit_code: &'a UnitCode,
    unit_name: &'a str,
    lecturer_name: &'a str,
    semester: &'a Semester,
    number: u32,
    date: String,
    time_slot: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    venue: &'a Venue,
    state: &'static str,
}

impl<'a> SessionLine<'a> {
    pub(in crate::cli) fn new(session: &'a Session, zone: Zone) -> Self {
        Self {
            session_id: session.id,
            unit_code: &session.unit_code,
            unit_name: &session.unit_name,
            lecturer_name: &session.lecturer_name,
            semester: &session.semester,
            number: session.number,
            date: session.date(zone).to_string(),
            time_slot: session.time_slot(zone),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            venue: &session.venue,
            state: session.state.as_str(),
        }
    }
}

/// A session in one line: `CS101 Programming I, Sun 22 Nov 2026 09:00 - 11:00, Room 101`.
pub(in crate::cli) fn in_words(session: &Session, zone: Zone) -> String {
    let mut words = format!(
        "{} {}, {} {}",
        session.unit_code,
        session.unit_name,
        crate::cli::voice(zone).date(session.starts_at),
        session.time_slot(zone)
    );
    if !session.venue.as_str().is_empty() {
        words.push_str(", ");
        words.push_str(session.venue.as_str());
    }
    words
}

pub(super) fn table(sessions: &[Session], zone: Zone) -> Table<7> {
    let mut table = Table::new(["ID", "UNIT", " NO", "DATE", "TIME", "VENUE", "STATE"]);
    for session in sessions {
        table.row([
            session.id.to_string().chars().take(8).collect(),
            session.unit_code.to_string(),
            session.number.to_string(),
            session.date(zone).to_string(),
            session.time_slot(zone),
            session.venue.as_str().to_owned(),
            session.state.as_str().to_owned(),
        ]);
    }
    table
}
