//! All records of one session, for the exported list.

use rusqlite::{Connection, named_params};

use super::Store;
use super::column;
use super::error::StoreError;
use super::receipts;
use super::records;
use super::row;
use crate::domain::{
    AdmissionNumber, Channel, Flag, Flags, Mark, PersonName, Punctuality, SessionId, Timestamp,
};

/// One student's record in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    pub admission_number: AdmissionNumber,
    /// Their name, where it is known.
    pub name: Option<PersonName>,
    pub mark: Mark,
    pub at: Timestamp,
    /// The original time, where it was corrected.
    pub clock_said: Option<Timestamp>,
    pub channel: Channel,
    /// The other kiosk that recorded it; `None`: this one.
    pub kiosk_id: Option<String>,
    /// On time, or late by minutes.
    pub punctuality: Punctuality,
    /// What the lecturer should see.
    pub flags: Flags,
    /// The name as typed, where it differs from the roster's.
    pub typed_name: Option<String>,
    /// The reason of the last correction, as typed.
    pub correction: Option<String>,
    /// The portal's copy, if the record no longer counts.
    pub at_portal: Option<LeftAtPortal>,
}

/// A record that a person has to remove at the portal, whose API cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAtPortal {
    /// Whether the portal has confirmed it; otherwise an attempt had no answer, and the portal may have it.
    pub is_certain: bool,
    /// The portal's id of it, where its answer had one.
    pub portal_id: Option<String>,
}

impl Store {
    /// The records of a session, including removed ones.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn session_entries(&self, id: SessionId) -> Result<Vec<SessionEntry>, StoreError> {
        self.read(move |db| entries(db, id)).await
    }
}

fn entries(db: &Connection, id: SessionId) -> Result<Vec<SessionEntry>, StoreError> {
    // `clock_said` is this kiosk's original time, and says nothing about another kiosk's record.
    const SQL: &str =
        "SELECT st.admission_number, st.name, r.kiosk, nullif(k.name, '') AS kiosk_id, r.at,
            iif(r.kiosk = 0, r.clock_said, NULL) AS clock_said, r.channel, r.mark, r.late_minutes, r.flags,
            own.typed_name, d.told, d.last_answer,
            (SELECT a.reason FROM statements AS m JOIN acts AS a ON a.id = m.act
                WHERE m.kind = 'mark' AND m.key = :key || st.admission_number
                    AND a.action LIKE 'attendance.%' AND a.reason IS NOT NULL
                ORDER BY a.id DESC LIMIT 1) AS correction
        FROM standing AS r JOIN students AS st ON st.id = r.student JOIN kiosks AS k ON k.id = r.kiosk
        JOIN records AS own ON own.id = r.shown
        LEFT JOIN deliveries AS d ON d.target = 'portal' AND d.kind = 'check_in' AND d.subject = own.id
            AND d.told <> 'no' AND r.mark <> 'present'
        WHERE r.lecture = (SELECT id FROM lectures WHERE uuid = :session) AND st.same_as IS NULL ORDER BY st.admission_number";
    let parameters = named_params! { ":session": id, ":key": format!("{id}\t") };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let (punctuality, flags) = column::lateness_and_flags(row)?;
        let mark = records::mark(row)?;
        Ok(SessionEntry {
            admission_number: row.get("admission_number")?,
            mark,
            at: row.get("at")?,
            clock_said: row.get("clock_said")?,
            channel: records::channel(row)?,
            kiosk_id: row.get("kiosk_id")?,
            punctuality,
            flags: flags.with_if(mark == Mark::TakenBack, Flag::TakenBack),
            typed_name: row.get("typed_name")?,
            name: column::name(row, "name")?,
            correction: row.get("correction")?,
            at_portal: match row.get::<_, Option<String>>("told")? {
                Some(told) => Some(LeftAtPortal {
                    is_certain: told == "yes",
                    portal_id: receipts::portal_id(
                        row.get::<_, Option<String>>("last_answer")?.as_deref(),
                    ),
                }),
                None => None,
            },
        })
    })
}
