//! Whose a number is: merging, renumbering and removing students, and taking that back.

use std::sync::Arc;

use super::authorization::{Actor, Forbidden};
use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{
    AdmissionNumber, InvalidAdmissionNumber, NumberChange, NumberEffect, NumberOrder,
    NumberRefusal, NumberUndone, SessionId,
};
use crate::store::{Store, StoreError};

/// Gives numbers to the students whose they are.
///
/// Administrators may do so with every number, and others with those that have records and places in units for which
/// they act, and in no other; where it is on a list, they keep that list.
#[derive(Debug, Clone)]
pub struct Students {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
}

/// Why a number was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudentError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] NumberRefusal),
    /// The new number does not have the form of this school's.
    #[error(transparent)]
    InvalidNumber(#[from] InvalidAdmissionNumber),
    /// The number has places or records in a unit of another lecturer.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The number is of no unit, so only an administrator may change it.
    #[error("only an administrator may do this")]
    AdministratorsOnly,
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Students {
    /// The students of a store, by a site's settings.
    pub(super) fn new(store: Store, clock: Clock, policy: Arc<Policy>) -> Self {
        Self {
            store,
            clock,
            policy,
        }
    }

    /// Whether the actor may change a number.
    ///
    /// # Errors
    /// [`StudentError::Forbidden`] or [`StudentError::AdministratorsOnly`], or when the database cannot be read.
    pub async fn check_number(
        &self,
        by: Actor<'_>,
        number: &AdmissionNumber,
    ) -> Result<(), StudentError> {
        if by.sees_only().is_none() {
            return Ok(());
        }
        let units = self.store.units_of_number(number.clone()).await?;
        if units.is_empty() {
            return Err(StudentError::AdministratorsOnly);
        }
        let today = self.policy.today(&self.clock);
        for (unit, is_listed) in units {
            // A record is corrected by helpers too; a list is changed by its owners.
            if is_listed {
                by.check_owner(&self.store, &unit, today).await??;
            } else {
                by.check(&self.store, &unit, today).await??;
            }
        }
        Ok(())
    }

    /// What [`Students::change_number`] would do.
    ///
    /// # Errors
    /// As [`Students::change_number`].
    pub async fn preview_number(
        &self,
        by: Actor<'_>,
        order: NumberOrder,
    ) -> Result<NumberEffect, StudentError> {
        self.check_number(by, &order.number).await?;
        self.check_form(&order)?;
        let (rules, now) = (self.policy.rules(), self.clock.now());
        Ok(self.store.preview_number(order, rules, now).await??)
    }

    /// Gives a number to the student whose it is, with all records, enrolments and excuses under it; or takes
    /// these back, where there never was such a student.
    ///
    /// # Errors
    /// [`StudentError`]; nothing is changed then.
    pub async fn change_number(
        &self,
        by: Actor<'_>,
        order: NumberOrder,
    ) -> Result<NumberEffect, StudentError> {
        self.check_number(by, &order.number).await?;
        self.check_form(&order)?;
        let (rules, context) = (self.policy.rules(), by.context(&self.clock));
        Ok(self.store.change_number(order, rules, context).await??)
    }

    /// The number that became this one last, where nothing has been said of the student's record in a lecture since:
    /// what an undo takes back first.
    ///
    /// # Errors
    /// [`StudentError`] when the lecture is not theirs, or the database cannot be read.
    pub async fn came_last(
        &self,
        by: Actor<'_>,
        session: SessionId,
        number: AdmissionNumber,
    ) -> Result<Option<AdmissionNumber>, StudentError> {
        let lecture = self.store.lecture(session).await?;
        let today = self.policy.today(&self.clock);
        by.check(&self.store, &lecture.unit, today).await??;
        let Some(came) = self.store.came_last(session, number).await? else {
            return Ok(None);
        };
        match self.check_number(by, &came).await {
            Ok(()) => Ok(Some(came)),
            Err(StudentError::Store(error)) => Err(error.into()),
            // They may still undo what they have said of the record.
            Err(_) => Ok(None),
        }
    }

    /// Takes the last change of a number back.
    ///
    /// # Errors
    /// [`NumberRefusal::NothingToUndo`] or [`NumberRefusal::ChangedSince`], or as [`Students::change_number`].
    pub async fn undo_number(
        &self,
        by: Actor<'_>,
        number: AdmissionNumber,
    ) -> Result<NumberUndone, StudentError> {
        self.check_number(by, &number).await?;
        let (rules, context) = (self.policy.rules(), by.context(&self.clock));
        Ok(self.store.undo_number(number, rules, context).await??)
    }

    /// A new number has the form of this school's.
    fn check_form(&self, order: &NumberOrder) -> Result<(), InvalidAdmissionNumber> {
        match &order.change {
            NumberChange::Renumber { to } => self.policy.number_pattern.read(to.as_str()).map(drop),
            NumberChange::Merge { .. } | NumberChange::Remove => Ok(()),
        }
    }
}
