//! Correcting what Firestore keeps: a record that has changed, or does not count any more.
//!
//! ```text
//! delivery -> read the claim of the student and session
//!   absent     -> amend: written as a new one          withdraw: nothing to do but the timeline
//!   ours       -> amend: both documents written anew,  withdraw: both documents deleted
//!                 or one beside ours counts by now
//!   another's  -> amend: the earlier one counts        withdraw: ours is taken from beside it, and deleted
//! ```
//!
//! What was read is the precondition of what is written, so that another kiosk's claim that came in
//! between is never touched: Firestore refuses the commit then, and the delivery waits for its next try.
//! A second time the same is found to be so already, or is done again with the same result; an answer that
//! is lost, or a kiosk that is switched off between two lines, does no harm.

use serde_json::{Value, json};

use super::contest::{self, Contest, Ruling};
use super::database::Connection;
use super::deliver::too_long;
use super::documents::{self, StoredDocument};
use super::errors::Failure;
use super::sessions;
use crate::domain::{Delivery, Operation, Report, Verdict};

/// What a correction comes to.
enum Change {
    /// Nothing is to be written.
    Settled(Verdict),
    /// What is to be written; and the verdict then, where it is not that our record counts.
    Written(Vec<Value>, Option<Verdict>),
}

impl Connection<'_> {
    /// Decides every delivery that has no verdict yet, or says why it could not go on. One at a time:
    /// corrections are few, and each has another precondition.
    pub(super) async fn correct_all(
        &self,
        due: &[Delivery],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        for (delivery, verdict) in due.iter().zip(verdicts) {
            if verdict.is_none() {
                *verdict = Some(self.correct(delivery).await?);
            }
        }
        Ok(())
    }

    async fn correct(&self, delivery: &Delivery) -> Result<Verdict, Failure> {
        let (report, account) = (&delivery.report, self.account);
        let Ok(name) = account
            .root
            .student(report.session.id, &report.admission_number)
        else {
            return Ok(too_long());
        };
        let claims = account.documents(&[&name]).await?;
        let claim = claims.first();
        let change = match delivery.operation {
            Operation::Tell | Operation::Amend => self.amend(report, claim).await?,
            Operation::Withdraw | Operation::TakeBack => self.withdraw(report, claim),
        };
        let (mut writes, verdict) = match change {
            Change::Settled(verdict) => return Ok(verdict),
            Change::Written(writes, verdict) => (writes, verdict),
        };
        writes.push(sessions::withdrawal_note(
            &account.root,
            report,
            delivery.operation,
        ));
        self.firestore.pace.take(1).await;
        match account.commit(&writes).await {
            Ok(committed) => Ok(verdict.unwrap_or_else(|| Verdict::Delivered {
                document_id: report.attendance_id.to_string(),
                answer: json!({"commit_time": committed.commit_time}).to_string(),
            })),
            Err(Failure::Taken | Failure::Stale | Failure::Missing) => Ok(Verdict::Postponed {
                error: "Firestore's record changed while it was being corrected".to_owned(),
                retry_after: None,
            }),
            Err(Failure::Invalid { answer }) => Ok(Verdict::Refused {
                error: "Firestore refuses this correction as malformed (INVALID_ARGUMENT)"
                    .to_owned(),
                answer,
            }),
            Err(failure) => Err(failure),
        }
    }

    async fn amend(
        &self,
        report: &Report,
        claim: Option<&StoredDocument>,
    ) -> Result<Change, Failure> {
        let root = &self.account.root;
        if let Some(claim) = claim {
            let ruling = if is_ours(claim, report) {
                self.handed_over(report, claim).await?
            } else if let Some(verdict) = contest::settled(report, claim) {
                return Ok(Change::Settled(verdict));
            } else {
                let claim = claim.clone();
                let Some(ruling) = (Contest { report, claim }).rule(root, self.firestore.zone())
                else {
                    return Ok(Change::Settled(too_long()));
                };
                Some(ruling)
            };
            if let Some(Ruling { writes, verdict }) = ruling {
                return Ok(Change::Written(writes, Some(verdict)));
            }
        }
        Ok(
            match documents::writes_over(root, report, self.firestore.zone(), claim) {
                Ok(writes) => Change::Written(writes.into(), None),
                Err(_) => Change::Settled(too_long()),
            },
        )
    }

    /// `None` where our record still counts. A record beside it whose entry in the timeline is gone was
    /// withdrawn.
    async fn handed_over(
        &self,
        report: &Report,
        claim: &StoredDocument,
    ) -> Result<Option<Ruling>, Failure> {
        let account = self.account;
        let names: Vec<String> = contest::rivals(report, claim)
            .iter()
            .map(|rival| account.root.attendance(rival.attendance_id))
            .collect();
        if names.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let entries = account.documents(&names).await?;
        // They come back in any order.
        let first = names
            .iter()
            .find_map(|name| entries.iter().find(|entry| entry.name == *name));
        let contest = Contest {
            report,
            claim: claim.clone(),
        };
        Ok(first.and_then(|entry| contest.hand_over(&account.root, self.firestore.zone(), entry)))
    }

    fn withdraw(&self, report: &Report, claim: Option<&StoredDocument>) -> Change {
        // The entry in the timeline has our id for its name: no other record has it.
        let entry = self.account.root.attendance(report.attendance_id);
        let from_claim = claim.and_then(|claim| {
            if is_ours(claim, report) {
                Some(documents::deletion_of(claim))
            } else {
                contest::without(report, claim)
            }
        });
        let deletion = documents::deletion(&entry);
        let writes = from_claim.into_iter().chain([deletion]).collect();
        Change::Written(writes, None)
    }
}

fn is_ours(claim: &StoredDocument, report: &Report) -> bool {
    contest::claimant(claim) == report.attendance_id.to_string()
}
