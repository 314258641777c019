//! A student whom two kiosks recorded: which of the records stands in Firestore, and the other as evidence.
//!
//! The claim says what the record that stands says; its field `also` keeps the others. Each record has
//! its entry in the timeline, and only the one that stands counts there (`counts`; the others name it in
//! `superseded_by`). All of it changes in one commit, on the condition that the claim still is what was
//! read, so any order of deliveries, lost answers and kills comes to the same end.

use serde_json::{Value, json};

use super::cleanup::StoredDocument;
use super::documents::{self, Root};
use super::values::{self, Fields};
use crate::domain::{KioskRecord, Report, Verdict, Zone};

/// A report, and the claim that stands in its place.
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

/// What a claim that stands says about a report, where nothing needs to be written any more.
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
    // As it reads now: a time that was put right since is told anew, and may change who stands.
    let is_known = values::evidence_of(&claim.fields).contains(&KioskRecord::from(report));
    // What another program wrote is left alone: there is nothing to weigh it by.
    let is_foreign = values::record_of(&claim.fields).is_none();
    (is_known || is_foreign).then_some(Verdict::Duplicate { theirs, answer })
}

impl Contest<'_> {
    /// Weighs the two records. `None` where the claim is none of a kiosk, or the report has no document id.
    pub(super) fn rule(&self, root: &Root, zone: Zone) -> Option<Ruling> {
        let theirs = values::record_of(&self.claim.fields)?;
        let mine = KioskRecord::from(self.report);
        let fields = documents::fields(self.report, zone);
        if mine.stands_before(&theirs) {
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
        claim.insert("also".to_owned(), self.also(theirs));
        let mut superseded = self.claim.fields.clone();
        superseded.remove("also");
        superseded.remove("synced_at");
        supersede(&mut superseded, mine);
        let answer = answer(&mine.attendance_id.to_string(), &self.report.kiosk_id);
        Ruling {
            writes: vec![
                json!({
                    "update": {"name": self.claim.name, "fields": claim},
                    "currentDocument": {"updateTime": self.claim.update_time},
                    "updateTransforms": [documents::SYNCED_AT],
                }),
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
                json!({
                    "update": {"name": self.claim.name, "fields": {"also": self.also(mine)}},
                    "updateMask": {"fieldPaths": ["also"]},
                    "currentDocument": {"updateTime": self.claim.update_time},
                    // Who reads by this sees the claim again, with the evidence.
                    "updateTransforms": [documents::SYNCED_AT],
                }),
                entry(root, mine, &fields),
            ],
            verdict: Verdict::Duplicate { theirs: id, answer },
        }
    }

    /// The evidence of the claim with one more record, by id: the same list whoever came last. What it
    /// says of the reported one was true before.
    fn also(&self, one_more: &KioskRecord) -> Value {
        let mut records = values::evidence_of(&self.claim.fields);
        let new = [one_more.attendance_id, self.report.attendance_id];
        records.retain(|record| !new.contains(&record.attendance_id));
        records.push(one_more.clone());
        records.sort_by_key(|record| record.attendance_id);
        let records: Vec<Value> = records.iter().map(values::evidence).collect();
        values::list(&records)
    }
}

fn entry(root: &Root, record: &KioskRecord, fields: &Fields) -> Value {
    json!({
        "update": {"name": root.attendance(record.attendance_id), "fields": fields},
        "updateTransforms": [documents::SYNCED_AT],
    })
}

fn supersede(fields: &mut Fields, by: &KioskRecord) {
    let by = values::text(&by.attendance_id.to_string());
    fields.insert("counts".to_owned(), json!({ "booleanValue": false }));
    fields.insert("superseded_by".to_owned(), by);
}

/// Kept with the record that was delivered: whose check-in stands.
fn answer(attendance_id: &str, kiosk_id: &str) -> String {
    json!({"attendance_id": attendance_id, "kiosk_id": kiosk_id}).to_string()
}
