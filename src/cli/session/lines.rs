//! Sessions as lines of a list, as text, and as an address.

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::Kiosk;
use crate::cli::address_finder;
use crate::cli::table::Table;
use crate::config::Config;
use crate::domain::{Session, SessionKey, Zone};

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

/// A session in `--json`.
pub(in crate::cli) fn session_json(session: &Session, zone: Zone) -> Value {
    json!({
        "session_id": session.id,
        "unit_code": session.unit_code,
        "unit_name": session.unit_name,
        "lecturer_name": session.lecturer_name,
        "semester": session.semester,
        "number": session.number,
        "date": session.date(zone).to_string(),
        "time_slot": session.time_slot(zone),
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "venue": session.venue,
        "state": session.state,
    })
}

/// A session in one line: `CS101 Programming I, Sun 22 Nov 2026 09:00 - 11:00, Room 101`.
pub(in crate::cli) fn in_words(session: &Session, zone: Zone) -> String {
    let venue = match session.venue.as_str() {
        "" => String::new(),
        venue => format!(", {venue}"),
    };
    format!(
        "{} {}, {} {}{venue}",
        session.unit_code,
        session.unit_name,
        crate::cli::voice(zone).date(session.starts_at),
        session.time_slot(zone)
    )
}

pub(super) fn table(sessions: &[Session], zone: Zone) -> Table<7> {
    let headings = ["ID", "UNIT", " NO", "DATE", "TIME", "VENUE", "STATE"];
    Table::of(headings, sessions, |session| {
        [
            session.id.to_string().chars().take(8).collect(),
            session.unit_code.to_string(),
            session.number.to_string(),
            session.date(zone).to_string(),
            session.time_slot(zone),
            session.venue.as_str().to_owned(),
            session.state.as_str().to_owned(),
        ]
    })
}
