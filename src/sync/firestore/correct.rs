//! Putting right what Firestore keeps: a record that reads otherwise now, or does not stand any more.
//!
//! ```text
//! debt -> read the claim of the student and session
//!   absent     -> amend: written as a new one          withdraw: nothing to do but the timeline
//!   ours       -> amend: both documents written anew   withdraw: both documents deleted
//!   another's  -> amend: the earlier one stands        withdraw: ours is not there; the timeline alone
//! ```
//!
//! What was read is the precondition of what is written, so that another kiosk's claim that came in
//! between is never touched: Firestore refuses the commit then, and the debt waits for its next turn.
//! A second time the same is found to be so already, or is done again with the same result; an answer that
//! is lost, or a kiosk that is switched off between two lines, does no harm.

use serde_json::{Value, json};

use super::account::Account;
use super::contest::{self, Contest};
use super::documents::{self, Write};
use super::errors::Failure;
use super::pace::Pace;
use super::sessions;
use crate::domain::{Debt, Duty, Verdict, Zone};

/// What a correction works with.
pub(super) struct Corrector<'a> {
    pub(super) account: &'a Account,
    pub(super) zone: Zone,
    pub(super) pace: &'a Pace,
}

impl Corrector<'_> {
    /// Decides every debt that has no verdict yet, or says why it could not go on. One at a time:
    /// corrections are few, and each has a precondition of its own.
    pub(super) async fn run(
        &self,
        debts: &[Debt],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        for (debt, verdict) in debts.iter().zip(verdicts) {
            if verdict.is_none() {
                *verdict = Some(self.put_right(debt).await?);
            }
        }
        Ok(())
    }

    async fn put_right(&self, debt: &Debt) -> Result<Verdict, Failure> {
        let (report, client) = (&debt.report, &self.account.client);
        let Ok(name) = client
            .root
            .student(report.session.id, &report.admission_number)
        else {
            return Ok(too_long());
        };
        let authorization = self.account.authorization().await?;
        let claims = client.documents(&authorization, &[&name]).await?;
        let claim = claims.first();
        let own = report.attendance_id.to_string();
        let is_ours = claim.is_some_and(|claim| contest::claimant(claim) == own);
        let mut verdict = None;
        let mut writes: Vec<Value> = match (debt.duty, claim) {
            (Duty::Tell | Duty::Amend, Some(claim)) if !is_ours => {
                if let Some(verdict) = contest::settled(report, claim) {
                    return Ok(verdict);
                }
                let claim = claim.clone();
                let Some(ruling) = (Contest { report, claim }).rule(&client.root, self.zone) else {
                    return Ok(too_long());
                };
                verdict = Some(ruling.verdict);
                ruling.writes
            }
            (Duty::Tell | Duty::Amend, claim) => {
                match documents::writes_over(&client.root, report, self.zone, claim) {
                    Ok(writes) => writes.iter().map(documents::plain).collect(),
                    Err(_) => return Ok(too_long()),
                }
            }
            // The entry in the timeline has our id for its name: it is nobody else's.
            (Duty::Withdraw, claim) => claim
                .filter(|_| is_ours)
                .map(Write::deletion_of)
                .into_iter()
                .chain([Write::deletion(
                    client.root.attendance(report.attendance_id),
                )])
                .map(|write| documents::plain(&write))
                .collect(),
        };
        writes.push(sessions::news_of(&client.root, report, debt.duty));
        self.pace.take(1).await;
        let authorization = self.account.authorization().await?;
        match client.commit(&authorization, &writes).await {
            Ok(committed) => Ok(verdict.unwrap_or_else(|| Verdict::Delivered {
                document_id: own,
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
}

fn too_long() -> Verdict {
    Verdict::Refused {
        error: "the admission number is too long for a Firestore document".to_owned(),
        answer: String::new(),
    }
}
