//! A record at one moment, as the log keeps it: a line of JSON that reads well in the sqlite3 shell.

use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::row::{self, damaged};
use crate::domain::{
    AdmissionNumber, Channel, Flag, Flags, Mark, Percentage, PersonName, RecordState, Timestamp,
};

/// The columns behind [`of_row`], for a query on `attendance AS a` and `students AS st`.
pub(super) const COLUMNS: &str = "a.id AS attendance_id, a.student_id, a.session_id AS record_session, \
     a.status, a.voided_at, a.timestamp AS recorded_at, a.channel, a.late_minutes, a.flags, \
     a.attendance_percentage, a.typed_name, st.name AS student_name";

#[derive(Serialize, Deserialize)]
struct Line {
    mark: String,
    at: String,
    channel: String,
    late_minutes: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    flags: String,
    /// In hundredths of a percent.
    percentage: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typed_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<String>,
}

/// The text that the log keeps.
pub(super) fn write(state: &RecordState) -> String {
    let text = |name: &Option<PersonName>| name.as_ref().map(ToString::to_string);
    let line = Line {
        mark: state.mark.as_str().to_owned(),
        at: state.at.to_string(),
        channel: state.channel.as_str().to_owned(),
        late_minutes: state.punctuality.minutes(),
        flags: state.flags.to_string(),
        percentage: state.percentage.hundredths(),
        typed_name: text(&state.typed_name),
        name: text(&state.name),
        merged_into: state.merged_into.as_ref().map(ToString::to_string),
    };
    serde_json::to_string(&line).expect("text and numbers are JSON")
}

/// Reads the text back; `None` when it is none of these lines.
pub(super) fn read(text: &str) -> Option<RecordState> {
    let line: Line = serde_json::from_str(text).ok()?;
    let flags = Flags::parse(&line.flags);
    let name = |text: Option<String>| text.and_then(|text| PersonName::parse(&text).ok());
    Some(RecordState {
        mark: Mark::parse(&line.mark)?,
        at: Timestamp::parse(&line.at).ok()?,
        channel: Channel::parse(&line.channel)?,
        punctuality: flags.punctuality(line.late_minutes),
        flags,
        percentage: Percentage::from_hundredths(line.percentage),
        typed_name: name(line.typed_name),
        name: name(line.name),
        merged_into: line
            .merged_into
            .and_then(|number| AdmissionNumber::parse(&number).ok()),
    })
}

/// A record as it stands, from a row of [`COLUMNS`].
pub(super) fn of_row(row: &Row<'_>) -> Result<RecordState, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let flags = Flags::parse(&text("flags")?);
    let voided: Option<String> = row.get("voided_at")?;
    let typed: Option<String> = row.get("typed_name")?;
    Ok(RecordState {
        mark: match (voided, text("status")?.as_str()) {
            (Some(_), _) => Mark::Absent,
            (None, "pending") => Mark::Pending,
            (None, _) if flags.has(Flag::Late) => Mark::Late,
            (None, _) => Mark::Present,
        },
        at: row::timestamp(&text("recorded_at")?)?,
        channel: Channel::parse(&text("channel")?).ok_or_else(|| damaged("channel"))?,
        punctuality: flags.punctuality(row.get("late_minutes")?),
        flags,
        percentage: Percentage::from_share(row.get("attendance_percentage")?),
        typed_name: row::name(&typed.unwrap_or_default())?,
        name: row::name(&text("student_name")?)?,
        merged_into: None,
    })
}
