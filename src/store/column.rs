//! How the types of the domain are kept in columns: words and names as text, times as milliseconds since 1970,
//! ids as 16 bytes.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::domain::{
    AdmissionNumber, AssignmentRole, BootId, Channel, DeliveryKind, DeliveryState, EnrolmentSource,
    ExcuseCategory, ExcuseId, Flags, Group, LectureStage, Lesson, NameSource, OpenedBy, Percentage,
    PersonName, Punctuality, Reason, Semester, SessionId, SessionState, StaffId, Target, Timestamp,
    UnitCode, Venue,
};

/// A column holds what this program never writes there.
#[derive(Debug, thiserror::Error)]
#[error("a row holds an impossible {0}")]
struct Impossible(&'static str);

fn impossible(what: &'static str) -> FromSqlError {
    FromSqlError::Other(Box::new(Impossible(what)))
}

macro_rules! kept_as_text {
    ($($Type:ty, $what:literal, $parse:expr;)+) => {$(
        impl ToSql for $Type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl FromSql for $Type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(value.as_str()?).ok_or_else(|| impossible($what))
            }
        }
    )+};
}

kept_as_text! {
    AdmissionNumber, "admission number", |text| Self::parse(text).ok();
    AssignmentRole, "role", Self::parse;
    BootId, "run of the machine", |text| Some(Self::new(text));
    Channel, "channel", Self::parse;
    DeliveryKind, "kind of a delivery", Self::parse;
    DeliveryState, "state of a delivery", Self::parse;
    EnrolmentSource, "source of an enrolment", Self::parse;
    ExcuseCategory, "category of an excuse", Self::parse;
    Group, "group", |text| Self::parse(text).ok();
    LectureStage, "state of a lecture", Self::parse;
    Lesson, "lesson", |text| Self::parse(text).ok();
    NameSource, "source of a name", Self::parse;
    OpenedBy, "opener of a lecture", Self::parse;
    PersonName, "name", |text| Self::parse(text).ok();
    Reason, "reason", |text| Self::parse(text).ok().flatten();
    Semester, "semester", |text| Self::parse(text).ok();
    SessionState, "state of a session", Self::parse;
    StaffId, "staff id", |text| Self::parse(text).ok();
    Target, "target", Self::parse;
    UnitCode, "unit code", |text| Self::parse(text).ok();
    Venue, "venue", |text| Self::parse(text).ok();
}

macro_rules! kept_as_integer {
    ($($Type:ty, $write:expr, $read:expr;)+) => {$(
        impl ToSql for $Type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let write: fn(Self) -> i64 = $write;
                Ok(write(*self).into())
            }
        }

        impl FromSql for $Type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = value.as_i64()?;
                let read: fn(i64) -> Option<Self> = $read;
                read(number).ok_or(FromSqlError::OutOfRange(number))
            }
        }
    )+};
}

kept_as_integer! {
    Timestamp, Self::millis, |millis| Some(Self::from_millis(millis));
    Percentage, |percentage| percentage.hundredths().into(),
        |hundredths| u16::try_from(hundredths).ok().map(Self::from_hundredths);
    Punctuality, |punctuality| punctuality.minutes().into(),
        |minutes| u32::try_from(minutes).ok().map(|minutes| match minutes {
            0 => Self::OnTime,
            minutes => Self::late(minutes),
        });
}

macro_rules! kept_as_uuid {
    ($($Type:ty),+) => {$(
        impl ToSql for $Type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.as_uuid().to_sql()
            }
        }

        impl FromSql for $Type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map(Self::from_uuid)
            }
        }
    )+};
}

kept_as_uuid!(SessionId, ExcuseId);

/// The columns `late_minutes` and `flags` of a record.
pub(super) fn lateness_and_flags(row: &Row<'_>) -> rusqlite::Result<(Punctuality, Flags)> {
    let punctuality = row.get("late_minutes")?;
    Ok((
        punctuality,
        Flags::from_stored(row.get("flags")?, punctuality),
    ))
}

/// A name in a column where an empty text stands for "not known yet".
pub(super) fn name(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<PersonName>> {
    match row.get_ref(column)? {
        ValueRef::Text([]) => Ok(None),
        _ => row.get(column).map(Some),
    }
}

/// The text of a name for such a column.
pub(super) fn name_text(name: Option<&PersonName>) -> &str {
    name.map_or("", PersonName::as_str)
}
