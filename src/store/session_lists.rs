//! Everything that is on record of one session, for the list that is filed.

use rusqlite::{Connection, named_params};

use super::Store;
use super::error::StoreError;
use super::row::{self, damaged};
use crate::domain::{AdmissionNumber, Channel, Flag, Flags, OnRecord, SessionId, Timestamp};

/// What is on record of one student in one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    /// Whose.
    pub admission_number: AdmissionNumber,
    /// What it says.
    pub on_record: OnRecord,
    /// When.
    pub at: Timestamp,
    /// What the clock said first, where the time has been put right.
    pub clock_said: Option<Timestamp>,
    /// How it came.
    pub channel: Channel,
    /// The other kiosk that recorded it; `None`: this one.
    pub kiosk_id: Option<String>,
    /// Whole minutes late, 0 when on time.
    pub late_minutes: u32,
    /// What the lecturer should see.
    pub flags: Flags,
    /// The name that was typed, where it is not the roster's.
    pub typed_name: Option<String>,
    /// Why staff changed it last, in their words.
    pub correction: Option<String>,
}

impl Store {
    /// What is on record of a session, marks that were taken back included.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn session_entries(&self, id: SessionId) -> Result<Vec<SessionEntry>, StoreError> {
        self.read(move |db| entries(db, id)).await
    }
}

fn entries(db: &Connection, id: SessionId) -> Result<Vec<SessionEntry>, StoreError> {
    const SQL: &str = "SELECT st.admission_number, a.timestamp, a.clock_said, a.channel, a.kiosk_id, a.late_minutes,
            a.flags, a.typed_name, a.counts, a.voided_at IS NOT NULL AS voided,
            (SELECT reason FROM audit_log AS l WHERE l.subject = a.id AND l.reason IS NOT NULL
                ORDER BY l.id DESC LIMIT 1) AS correction
        FROM attendance AS a JOIN students AS st ON st.id = a.student_id
        WHERE a.session_id = :session ORDER BY st.admission_number, a.counts DESC";
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
            late_minutes: row.get("late_minutes")?,
            flags,
            typed_name: row.get("typed_name")?,
            correction: row.get("correction")?,
        })
    })
}
