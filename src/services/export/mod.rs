//! Lists that leave the kiosk (feature K9): a session, a unit, who may sit the exam, the timetable.
//!
//! First values, in [`Sheet`]; then bytes, in `csv`, `xlsx` and `json`; then, beside it, a file that is
//! there whole or not at all. Knows no door: the caller names the actor.

mod csv;
mod file;
mod folders;
mod json;
mod lists;
mod sheet;
#[cfg(test)]
mod tests;
mod xlsx;

use std::sync::Arc;

use super::authorization::{Actor, Forbidden};
use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{Semester, SessionId, UnitCode};
use crate::store::{Entity, Store, StoreError, UnitRecord};

pub use file::{FileError, write_whole};
pub use folders::ExportFolders;
pub use lists::{days_of, decision, listed, rule};
pub use sheet::{Cell, Column, Kind, Sheet};

/// Which list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// Everybody of a session.
    Session(SessionId),
    /// A unit's students and lectures of a semester, the site's when none is named.
    Unit(UnitCode, Option<Semester>),
    /// Who may sit the exam of a unit.
    Exam(UnitCode, Option<Semester>),
}

/// A form that a list can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV as in RFC 4180, without a byte order mark.
    Csv,
    /// The same behind a byte order mark, which some spreadsheets need to see UTF-8.
    CsvWithBom,
    /// A workbook with real numbers and dates.
    Xlsx,
    /// JSON: one document for the whole list.
    Json,
}

/// Why there is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The unit is another lecturer's.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The list does not fit the form.
    #[error("the workbook could not be made: {0}")]
    Workbook(String),
    /// The database says no, or cannot say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the lists that leave the kiosk.
#[derive(Debug, Clone)]
pub struct Exports {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
}

impl Exports {
    /// Lists of a store, by a site's decisions.
    pub(in crate::services) fn new(store: Store, clock: Clock, policy: Arc<Policy>) -> Self {
        Self {
            store,
            clock,
            policy,
        }
    }

    /// A list of any kind.
    ///
    /// # Errors
    /// As the function for its kind.
    pub async fn list(&self, by: Actor<'_>, list: List) -> Result<Sheet, ExportError> {
        match list {
            List::Session(id) => self.session(by, id).await,
            List::Unit(unit, semester) => self.unit(by, unit, semester).await,
            List::Exam(unit, semester) => self.exam(by, unit, semester).await,
        }
    }

    /// Everybody enrolled in a session's unit and everybody on record: the absent, marks that were removed,
    /// and what is left to be taken out at the portal by hand.
    ///
    /// # Errors
    /// [`ExportError`] when it is not theirs, or there is no such session.
    pub async fn session(&self, by: Actor<'_>, id: SessionId) -> Result<Sheet, ExportError> {
        let missing = || StoreError::missing(Entity::Session, &id);
        let found = self.store.session(id).await?.ok_or_else(missing)?;
        by.check(
            &self.store,
            &found.session.unit_code,
            self.policy.today(&self.clock),
        )
        .await??;
        let (now, rules) = (self.clock.now(), self.policy.rules());
        let roster = self.store.roster(id, now, rules).await?;
        let roster = roster.ok_or_else(missing)?;
        let entries = self.store.session_entries(id).await?;
        let of = found.session;
        let record = self.record(of.unit_code, Some(of.semester)).await?;
        Ok(lists::session(&roster, &entries, &record, self.policy.zone))
    }

    /// A unit's students and its lectures of a semester, the site's when none is named.
    ///
    /// # Errors
    /// [`ExportError`] when it is not theirs, or there is no such unit.
    pub async fn unit(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
        semester: Option<Semester>,
    ) -> Result<Sheet, ExportError> {
        by.check(&self.store, &unit, self.policy.today(&self.clock))
            .await??;
        let record = self.record(unit, semester).await?;
        Ok(lists::unit(&record, self.policy.zone))
    }

    /// The timetable of a semester, the site's when none is named, of the units that the actor may manage: with the
    /// ids by which an import finds the lectures again.
    ///
    /// # Errors
    /// [`ExportError`] when the database cannot be read.
    pub async fn timetable(
        &self,
        by: Actor<'_>,
        semester: Option<Semester>,
    ) -> Result<Sheet, ExportError> {
        let semester = semester.unwrap_or_else(|| self.policy.semester.clone());
        let mut lines = self.store.timetable_lines(semester.clone()).await?;
        let today = self.policy.today(&self.clock);
        if let Some(own) = by.units(&self.store, today).await? {
            lines.retain(|line| own.contains(&line.lecture.unit));
        }
        Ok(lists::timetable(&lines, &semester, self.policy.zone))
    }

    /// Who may sit the exam of a unit, by what has been held so far.
    ///
    /// # Errors
    /// As [`Exports::unit`].
    pub async fn exam(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
        semester: Option<Semester>,
    ) -> Result<Sheet, ExportError> {
        by.check(&self.store, &unit, self.policy.today(&self.clock))
            .await??;
        let record = self.record(unit, semester).await?;
        Ok(lists::exam(&record, self.policy.zone))
    }

    /// A unit's students and how each lecture counts for them: what the lists are made of.
    ///
    /// # Errors
    /// As [`Exports::unit`].
    pub async fn unit_record(
        &self,
        by: Actor<'_>,
        unit: UnitCode,
        semester: Option<Semester>,
    ) -> Result<UnitRecord, ExportError> {
        by.check(&self.store, &unit, self.policy.today(&self.clock))
            .await??;
        Ok(self.record(unit, semester).await?)
    }

    async fn record(
        &self,
        unit: UnitCode,
        semester: Option<Semester>,
    ) -> Result<UnitRecord, StoreError> {
        let semester = semester.unwrap_or_else(|| self.policy.semester.clone());
        let (now, rules) = (self.clock.now(), self.policy.rules());
        self.store
            .unit_record(unit, semester, None, now, rules)
            .await
    }
}

impl Format {
    /// How the names of such files end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvWithBom => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }
}

impl Sheet {
    /// A name for the file: the same list replaces its older self.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.file_stem, format.extension())
    }

    /// The list in a form.
    ///
    /// # Errors
    /// [`ExportError::Workbook`] when it does not fit into a workbook.
    pub fn to_bytes(&self, format: Format) -> Result<Vec<u8>, ExportError> {
        match format {
            Format::Csv => Ok(csv::bytes(self, csv::Mark::None)),
            Format::CsvWithBom => Ok(csv::bytes(self, csv::Mark::Utf8)),
            Format::Xlsx => {
                xlsx::bytes(self).map_err(|error| ExportError::Workbook(error.to_string()))
            }
            Format::Json => Ok(json::bytes(self)),
        }
    }
}
