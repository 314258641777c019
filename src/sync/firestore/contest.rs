//! A student whom two kiosks recorded: which of the records counts in Firestore, and the other as evidence.
//!
//! The claim says what the record that counts says; its field `also` keeps the others. Each record has
//! its entry in the timeline, and only the first of them counts there (`counts`; the others name it in
//! `superseded_by`). All of it changes in one commit, on the condition that the claim still is what was
//! read, so any order of deliveries, lost answers and kills comes to the same end.

use serde_json::{Value, json};

use super::documents::{self, Root, StoredDocument};
use super::values::{self, Fields};
use crate::domain::{KioskRecord, Report, Verdict, Zone};

/// A report, and the claim that holds its place.
pub(super) struct Contest<'a> {
    pub(super) report: &'a Report,
    pub(super) claim: StoredDocument,
}

/// What is to be written, and what it will have come to.
pub(super) struct Ruling {
    pub(super) writes: Vec<Value>,
    pub(super) verdict: Verdict,
}

/// Whose check-in a claim is; empty when another program wrote it without saying.
pub(super) fn claimant(claim: &StoredDocument) -> &str {
    values::text_of(&claim.fields, "attendance_id")
}

/// The verdict on a report by the claim as it is; `None` where something is to be written.
pub(super) fn settled(report: &Report, claim: &StoredDocument) -> Option<Verdict> {
    let theirs = claimant(claim).to_owned();
    let answer = answer(&theirs, values::text_of(&claim.fields, "kiosk_id"));
    let mine = report.attendance_id.to_string();
    if theirs == mine {
        return Some(Verdict::Delivered {
            document_id: mine,
            answer,
        });
    }
    // As it reads now: a time that was corrected since is reported again, and may change which record counts.
    let is_known = values::evidence_of(&claim.fields).contains(&KioskRecord::from(report));
    // What another program wrote is left alone: there is nothing to weigh it by.
    let is_foreign = values::record_of(&claim.fields).is_none();
    (is_known || is_foreign).then_some(Verdict::Duplicate { theirs, answer })
}

/// Takes a record from beside another one's claim; `None` where it is not there.
pub(super) fn without(report: &Report, claim: &StoredDocument) -> Option<Value> {
    let mut records = values::evidence_of(&claim.fields);
    let before = records.len();
    records.retain(|record| record.attendance_id != report.attendance_id);
    (records.len() < before).then(|| also_alone(claim, &evidence(records)))
}

/// The records beside a claim of ours that come before it as it reads now, in order.
pub(super) fn rivals(report: &Report, claim: &StoredDocument) -> Vec<KioskRecord> {
    let mine = KioskRecord::from(report);
    let mut records = values::evidence_of(&claim.fields);
    records.retain(|record| record.counts_before(&mine));
    records.sort_by_key(KioskRecord::order);
    records
}

impl Contest<'_> {
    /// Weighs the two records. `None` where the claim is none of a kiosk, or the report has no document id.
    pub(super) fn rule(&self, root: &Root, zone: Zone) -> Option<Ruling> {
        let theirs = values::record_of(&self.claim.fields)?;
        let mine = KioskRecord::from(self.report);
        let fields = documents::fields(self.report, zone);
        if mine.counts_before(&theirs) {
            Some(self.take_over(root, &mine, &theirs, &fields))
        } else {
            Some(self.give_way(root, &mine, &theirs, fields))
        }
    }

    fn take_over(
        &self,
        root: &Root,
        mine: &KioskRecord,
        theirs: &KioskRecord,
        fields: &Fields,
    ) -> Ruling {
        let mut claim = fields.clone();
        claim.insert("also".to_owned(), self.also(mine, theirs));
        let mut superseded = self.claim.fields.clone();
        superseded.remove("also");
        superseded.remove("synced_at");
        supersede(&mut superseded, mine);
        let answer = answer(&mine.attendance_id.to_string(), &self.report.kiosk_id);
        Ruling {
            writes: vec![
                self.replacement(&claim),
                entry(root, mine, fields),
                json!({
                    "update": {"name": root.attendance(theirs.attendance_id), "fields": superseded},
                    "updateMask": {"fieldPaths": superseded.keys().collect::<Vec<_>>()},
                }),
            ],
            verdict: Verdict::Delivered {
                document_id: mine.attendance_id.to_string(),
                answer,
            },
        }
    }

    fn give_way(
        &self,
        root: &Root,
        mine: &KioskRecord,
        theirs: &KioskRecord,
        mut fields: Fields,
    ) -> Ruling {
        supersede(&mut fields, theirs);
        let id = theirs.attendance_id.to_string();
        let answer = answer(&id, theirs.kiosk_id.as_deref().unwrap_or_default());
        Ruling {
            writes: vec![
                also_alone(&self.claim, &self.also(theirs, mine)),
                entry(root, mine, &fields),
            ],
            verdict: Verdict::Duplicate { theirs: id, answer },
        }
    }

    /// The claim was ours, and a record beside it counts by now: that one's entry in the timeline, as it was
    /// read, says what the claim has to say. Where it is gone or changes meanwhile, nothing is written.
    ///
    /// `None` where the entry is none of a kiosk.
    pub(super) fn hand_over(
        &self,
        root: &Root,
        zone: Zone,
        standing: &StoredDocument,
    ) -> Option<Ruling> {
        let theirs = values::record_of(&standing.fields)?;
        let mine = KioskRecord::from(self.report);
        let mut claim = standing.fields.clone();
        claim.remove("superseded_by");
        claim.remove("synced_at");
        claim.insert("counts".to_owned(), values::boolean(true));
        claim.insert("also".to_owned(), self.also(&theirs, &mine));
        let mut superseded = documents::fields(self.report, zone);
        supersede(&mut superseded, &theirs);
        let id = theirs.attendance_id.to_string();
        let answer = answer(&id, theirs.kiosk_id.as_deref().unwrap_or_default());
        Some(Ruling {
            writes: vec![
                self.replacement(&claim),
                json!({
                    "update": {"name": standing.name, "fields": {"counts": values::boolean(true)}},
                    // What the mask names and the fields do not have is taken out.
                    "updateMask": {"fieldPaths": ["counts", "superseded_by"]},
                    "currentDocument": {"updateTime": standing.update_time},
                }),
                entry(root, &mine, &superseded),
            ],
            verdict: Verdict::Duplicate { theirs: id, answer },
        })
    }

    /// Writes the claim anew.
    fn replacement(&self, fields: &Fields) -> Value {
        json!({
            "update": {"name": self.claim.name, "fields": fields},
            "currentDocument": {"updateTime": self.claim.update_time},
            "updateTransforms": [documents::synced_at()],
        })
    }

    /// The evidence of the claim, by id: the same list in whatever order they came. What it says of these two was
    /// true before.
    fn also(&self, standing: &KioskRecord, other: &KioskRecord) -> Value {
        let mut records = values::evidence_of(&self.claim.fields);
        let new = [standing.attendance_id, other.attendance_id];
        records.retain(|record| !new.contains(&record.attendance_id));
        records.push(other.clone());
        evidence(records)
    }
}

fn evidence(mut records: Vec<KioskRecord>) -> Value {
    records.sort_by_key(|record| record.attendance_id);
    let records: Vec<Value> = records.iter().map(values::evidence).collect();
    values::list(&records)
}

/// Changes what a claim keeps beside the record that counts, and nothing else of it.
fn also_alone(claim: &StoredDocument, also: &Value) -> Value {
    json!({
        "update": {"name": claim.name, "fields": {"also": also}},
        "updateMask": {"fieldPaths": ["also"]},
        "currentDocument": {"updateTime": claim.update_time},
        // Who reads by this sees the claim again, with the evidence.
        "updateTransforms": [documents::synced_at()],
    })
}

fn entry(root: &Root, record: &KioskRecord, fields: &Fields) -> Value {
    json!({
        "update": {"name": root.attendance(record.attendance_id), "fields": fields},
        "updateTransforms": [documents::synced_at()],
    })
}

fn supersede(fields: &mut Fields, by: &KioskRecord) {
    let by = values::text(&by.attendance_id.to_string());
    fields.insert("counts".to_owned(), values::boolean(false));
    fields.insert("superseded_by".to_owned(), by);
}

/// Kept with the record that was delivered: whose check-in counts.
fn answer(attendance_id: &str, kiosk_id: &str) -> String {
    json!({"attendance_id": attendance_id, "kiosk_id": kiosk_id}).to_string()
}
