//! Corrections of marks and names by staff, and the audit log (feature F3).

use std::sync::Arc;

use uuid::Uuid;

use super::authorization::{Actor, Forbidden};
use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{
    AdmissionNumber, AuditFilter, AuditLine, Corrected, Correction, CorrectionOrder,
    CorrectionRefusal, PaperListEffect, PaperListOrder, PortalCorrection, Reason, Semester,
    SessionId, StudentHistory, UnitCode,
};
use crate::store::{Store, StoreError};

/// Corrects attendance by hand, and tells what was corrected.
#[derive(Debug, Clone)]
pub struct Corrections {
    store: Store,
    clock: Clock,
    policy: Arc<Policy>,
}

/// Why nothing was corrected or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectionError {
    /// A rule said no.
    Refused(CorrectionRefusal),
    /// The unit is another lecturer's.
    Forbidden(Forbidden),
    /// The database cannot be read or written.
    Store(StoreError),
}

impl From<StoreError> for CorrectionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CorrectionRefusal> for CorrectionError {
    fn from(refusal: CorrectionRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Forbidden> for CorrectionError {
    fn from(error: Forbidden) -> Self {
        Self::Forbidden(error)
    }
}

impl Corrections {
    /// Corrections over a store, with a site's decisions.
    pub(super) fn new(store: Store, clock: Clock, policy: Arc<Policy>) -> Self {
        Self {
            store,
            clock,
            policy,
        }
    }

    /// Corrects one student's record in one session.
    ///
    /// A mark for a number on no list adds the student by the name in the order, whatever the site does with
    /// unknown numbers at the desk: there a stranger speaks for themselves, here staff vouch for them.
    ///
    /// # Errors
    /// [`CorrectionError`]; nothing is changed then.
    pub async fn correct(
        &self,
        by: Actor<'_>,
        order: CorrectionOrder,
    ) -> Result<Corrected, CorrectionError> {
        self.check_session(by, order.session).await?;
        self.check_new_number(&order).await?;
        let (rules, hand) = (self.policy.rules(), by.context(&self.clock));
        Ok(self.store.correct(order, rules, hand).await??)
    }

    /// What [`Corrections::mark_list`] would change.
    ///
    /// # Errors
    /// As [`Corrections::mark_list`].
    pub async fn preview_list(
        &self,
        by: Actor<'_>,
        order: PaperListOrder,
    ) -> Result<PaperListEffect, CorrectionError> {
        self.take_list(by, order, true).await
    }

    /// Marks all whose numbers are on a paper list of one lecture, in one act, which [`Corrections::undo`] takes back.
    /// A mark that counts stays as it is, and nobody is added.
    ///
    /// # Errors
    /// [`CorrectionError`]; nothing is changed then.
    pub async fn mark_list(
        &self,
        by: Actor<'_>,
        order: PaperListOrder,
    ) -> Result<PaperListEffect, CorrectionError> {
        self.take_list(by, order, false).await
    }

    async fn take_list(
        &self,
        by: Actor<'_>,
        order: PaperListOrder,
        preview: bool,
    ) -> Result<PaperListEffect, CorrectionError> {
        self.check_session(by, order.session).await?;
        let (rules, hand) = (self.policy.rules(), by.context(&self.clock));
        let marked = self.store.mark_paper_list(order, preview, rules, hand);
        Ok(marked.await??)
    }

    /// A number that would be added must be one of this school's; those on a list are as they are. That is
    /// said before a name is asked for.
    async fn check_new_number(&self, order: &CorrectionOrder) -> Result<(), CorrectionError> {
        let number = &order.admission_number;
        let Err(error) = self.policy.number_pattern.read(number.as_str()) else {
            return Ok(());
        };
        let would_be_added = matches!(order.correction, Correction::Mark(_))
            && self.store.student_file(number.clone()).await?.is_none();
        if would_be_added {
            return Err(CorrectionRefusal::InvalidNumber(error).into());
        }
        Ok(())
    }

    /// Takes the last correction of a session back, or the last of one student in it, by any actor,
    /// by a new line in the log. Once more takes the one before it back.
    ///
    /// # Errors
    /// [`CorrectionError`]; nothing is changed then.
    pub async fn undo(
        &self,
        by: Actor<'_>,
        session: SessionId,
        student: Option<AdmissionNumber>,
        reason: Option<Reason>,
    ) -> Result<Corrected, CorrectionError> {
        self.check_session(by, session).await?;
        let (rules, hand) = (self.policy.rules(), by.context(&self.clock));
        let undone = self
            .store
            .undo_correction(session, student, reason, rules, hand)
            .await?;
        Ok(undone?)
    }

    /// "Why this number?": one student's way through the lectures of a unit, each counted or not with the
    /// reason, corrections included, and what they add up to. Of the site's semester when none is named;
    /// `None` when there is no such student.
    ///
    /// # Errors
    /// [`CorrectionError::Forbidden`], or when there is no such unit, or the database cannot be read.
    pub async fn history(
        &self,
        by: Actor<'_>,
        unit: &UnitCode,
        semester: Option<&Semester>,
        student: &AdmissionNumber,
    ) -> Result<Option<StudentHistory>, CorrectionError> {
        by.check(&self.store, unit, self.policy.today(&self.clock))
            .await??;
        let semester = semester.unwrap_or(&self.policy.semester).clone();
        let (unit, student) = (unit.clone(), student.clone());
        let (now, rules) = (self.clock.now(), self.policy.rules());
        let history = self
            .store
            .student_history(unit, semester, student, now, rules)
            .await?;
        Ok(history)
    }

    /// A page of the log, newest first: for an administrator all of it, for others what is about their own units.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn trail(
        &self,
        by: Actor<'_>,
        filter: AuditFilter,
    ) -> Result<Vec<AuditLine>, StoreError> {
        self.store.audit_trail(filter, by.sees_only()).await
    }

    /// The records that the portal has, or may have, and that no longer count, oldest first. It has no call
    /// for that: they are taken out there by hand.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn at_the_portal_by_hand(
        &self,
        limit: u32,
    ) -> Result<Vec<PortalCorrection>, StoreError> {
        self.store.portal_corrections(limit).await
    }

    /// How many there are of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn count_at_the_portal(&self) -> Result<u64, StoreError> {
        self.store.portal_correction_count().await
    }

    /// Notes that somebody has taken a record out at the portal; `false` when it was not on the list.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn done_at_the_portal(&self, id: Uuid, actor: &str) -> Result<bool, StoreError> {
        self.store
            .settle_portal_correction(id, actor.to_owned(), self.clock.now())
            .await
    }

    async fn check_session(&self, by: Actor<'_>, id: SessionId) -> Result<(), CorrectionError> {
        match self.store.session(id).await? {
            Some(found) => Ok(by
                .check(
                    &self.store,
                    &found.session.unit_code,
                    self.policy.today(&self.clock),
                )
                .await??),
            None => Err(CorrectionRefusal::NoSession.into()),
        }
    }
}
