//! Authorization: a lecturer may act for their own units and those assigned to them, an administrator for all
//! (feature F4).

use std::collections::HashSet;

use chrono::NaiveDate;

use crate::clock::Clock;
use crate::domain::{AssignmentRole, Channel, Lecturer, StaffId, UnitCode};
use crate::store::{AuditContext, Store, StoreError};

/// Who asks for something. Every service decides by it what they may do.
///
/// Every use case that is not open to everybody takes an actor and checks it, except those that only the shell
/// calls. The doors of staff can name a lecturer only; `services::tests::rights` checks that.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// A person at the shell, by their name in the audit log. They can open the database anyway.
    Shell(&'a str),
    /// A lecturer: for their own units, or for all where they are an administrator.
    Lecturer(&'a Lecturer),
}

/// Refuses a request about a unit of another lecturer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{unit} belongs to {lecturer_name}: only they or an administrator may do this")]
pub struct Forbidden {
    /// The unit that was asked about.
    pub unit: UnitCode,
    /// The lecturer of the unit.
    pub lecturer_name: String,
}

impl Actor<'_> {
    /// The name in the audit log.
    pub(super) fn actor(self) -> String {
        match self {
            Self::Shell(name) => name.to_owned(),
            Self::Lecturer(lecturer) => lecturer.staff_id.to_string(),
        }
    }

    /// Who changes something, and when.
    pub(super) fn context(self, clock: &Clock) -> AuditContext {
        AuditContext {
            actor: self.actor(),
            channel: match self {
                Self::Shell(_) => Channel::Cli,
                Self::Lecturer(_) => Channel::Lecturer,
            },
            now: clock.now(),
            monotonic: clock.monotonic(),
            clock_trusted: clock.trusted(),
            uptime: clock.uptime(),
        }
    }

    /// Whether the actor may act for the units of `holder`, wherever they are.
    pub(super) fn holds(self, holder: &StaffId) -> bool {
        match self {
            Self::Shell(_) => true,
            Self::Lecturer(lecturer) => lecturer.may_manage(holder),
        }
    }

    /// The lecturer whose units the actor sees; `None`: all units.
    pub(super) fn sees_only(self) -> Option<StaffId> {
        match self {
            Self::Lecturer(lecturer) if !lecturer.is_admin => Some(lecturer.staff_id.clone()),
            Self::Shell(_) | Self::Lecturer(_) => None,
        }
    }

    /// Checks that the actor may act for a unit today: as its lecturer, an owner, a helper or an administrator. A
    /// missing unit is left to the store to report.
    pub(super) async fn check(
        self,
        store: &Store,
        unit: &UnitCode,
        today: NaiveDate,
    ) -> Result<Result<(), Forbidden>, StoreError> {
        self.check_role(store, unit, today, AssignmentRole::Helper)
            .await
    }

    /// Checks that the actor may change a unit's lists and rules today: not as a helper.
    pub(super) async fn check_owner(
        self,
        store: &Store,
        unit: &UnitCode,
        today: NaiveDate,
    ) -> Result<Result<(), Forbidden>, StoreError> {
        self.check_role(store, unit, today, AssignmentRole::Owner)
            .await
    }

    async fn check_role(
        self,
        store: &Store,
        unit: &UnitCode,
        today: NaiveDate,
        needed: AssignmentRole,
    ) -> Result<Result<(), Forbidden>, StoreError> {
        let Self::Lecturer(lecturer) = self else {
            return Ok(Ok(()));
        };
        if lecturer.is_admin {
            return Ok(Ok(()));
        }
        let id = lecturer.staff_id.clone();
        let role = store.role_in(unit.clone(), id, today).await?;
        let suffices = match needed {
            AssignmentRole::Owner => role == Some(AssignmentRole::Owner),
            AssignmentRole::Helper => role.is_some(),
        };
        if suffices {
            return Ok(Ok(()));
        }
        Ok(match store.holder(unit.clone()).await? {
            Some((_, lecturer_name)) => Err(Forbidden {
                unit: unit.clone(),
                lecturer_name,
            }),
            None => Ok(()),
        })
    }

    /// The units that the actor may act for today; `None`: all.
    pub(super) async fn units(
        self,
        store: &Store,
        today: NaiveDate,
    ) -> Result<Option<HashSet<UnitCode>>, StoreError> {
        match self.sees_only() {
            None => Ok(None),
            Some(staff_id) => Ok(Some(store.units_of(staff_id, today).await?)),
        }
    }
}
