//! All records of one session, for the exported list.

use rusqlite::{Connection, named_params};

use super::Store;
use super::error::StoreError;
use super::row::{self, damaged};
use super::trail;
use crate::domain::{
    AdmissionNumber, Channel, Flag, Flags, OnRecord, PersonName, Punctuality, SessionId, Timestamp,
};

/// One student's record in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    pub admission_number: AdmissionNumber,
    /// Their name, where it is known.
    pub name: Option<PersonName>,
    pub on_record: OnRecord,
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
    const SQL: &str = "SELECT st.admission_number, st.name, a.timestamp,
            iif(a.kiosk_id IS NULL, a.clock_said, NULL) AS clock_said, a.channel, a.kiosk_id, a.late_minutes, a.flags,
            a.typed_name, a.counts, a.voided_at IS NOT NULL AS voided,
            (SELECT reason FROM audit_log AS l WHERE l.subject = a.id AND l.reason IS NOT NULL
                ORDER BY l.id DESC LIMIT 1) AS correction,
            o.told, a.portal_response
        FROM attendance AS a JOIN students AS st ON st.id = a.student_id
        LEFT JOIN outbox AS o ON o.attendance_id = a.id AND o.target = 'portal' AND o.told <> 'no' AND NOT a.counts
        WHERE a.session_id = :session ORDER BY st.admission_number";
    let parameters = named_params! { ":session": id.to_string() };
    row::collect(&mut db.prepare_cached(SQL)?, parameters, |row| {
        let text = |column: &str| row.get::<_, String>(column);
        let flags = Flags::parse(&text("flags")?);
        let counts: bool = row.get("counts")?;
        let voided: bool = row.get("voided")?;
        Ok(SessionEntry {
            admission_number: row::number(&text("admission_number")?)?,
            on_record: match (counts, voided) {
                (true, _) if flags.has(Flag::Late) => OnRecord::Late,
                (true, _) => OnRecord::InTime,
                (false, true) => OnRecord::TakenBack,
                (false, false) => OnRecord::Pending,
            },
            at: row::timestamp(&text("timestamp")?)?,
            clock_said: row::optional_timestamp(row.get("clock_said")?)?,
            channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
            kiosk_id: row.get("kiosk_id")?,
            punctuality: flags.punctuality(row.get("late_minutes")?),
            flags,
            typed_name: row.get("typed_name")?,
            name: row::name(&text("name")?)?,
            correction: row.get("correction")?,
            at_portal: match row.get::<_, Option<String>>("told")? {
                Some(told) => Some(LeftAtPortal {
                    is_certain: told == "yes",
                    portal_id: trail::portal_id(row.get("portal_response")?),
                }),
                None => None,
            },
        })
    })
}
