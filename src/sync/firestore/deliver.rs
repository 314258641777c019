//! Delivering a batch: commit, read back what conflicts, narrow down what is refused.
//!
//! ```text
//! chunk -> commit
//!   200                -> all delivered
//!   ALREADY_EXISTS     -> read the claims back
//!                           absent    -> stays in the chunk
//!                           ours      -> delivered; an answer was lost
//!                           another's -> the earlier one counts, see `contest`
//!                         commit what stays; after a few rounds one by one
//!   INVALID_ARGUMENT   -> halve the chunk until the bad record is alone: refused
//!   anything else      -> nothing more is tried; the rest stays undecided,
//!                         and the next chunks are smaller if the network was at fault
//! ```

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::client::Committed;
use super::contest::{self, Contest};
use super::database::Connection;
use super::documents::{self, StoredDocument};
use super::errors::Failure;
use crate::domain::{Report, Verdict};
use crate::sync::remote::RemoteError;

/// How often what is left of a chunk is committed together before its records go one by one.
const ROUNDS: u8 = 3;

/// A report ready to be written.
struct Entry {
    /// Its place in the batch.
    index: usize,
    attendance_id: String,
    /// The claim's document name.
    name: String,
    writes: [Value; 2],
}

struct Chunk {
    entries: Vec<Entry>,
    /// Conflicts met so far.
    rounds: u8,
}

impl Connection<'_> {
    /// Decides every report that has no verdict yet, or says why it could not go on.
    pub(super) async fn deliver(
        &self,
        reports: &[Report],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let done = self.deliver_chunks(reports, verdicts).await;
        match &done {
            Ok(()) => self.firestore.width.widen(),
            Err(Failure::RemoteError(RemoteError::Unreachable { .. })) => {
                self.firestore.width.narrow();
            }
            Err(_) => {}
        }
        done
    }

    async fn deliver_chunks(
        &self,
        reports: &[Report],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<(), Failure> {
        let mut chunks = self.chunks(reports, verdicts);
        while let Some(mut chunk) = chunks.pop_front() {
            if chunk.rounds == 0 && self.firestore.look_first.load(Ordering::Relaxed) {
                let before = chunk.entries.len();
                chunk.entries = self.read_back(chunk.entries, reports, verdicts).await?;
                let conflicts = chunk.entries.len() < before;
                self.firestore
                    .look_first
                    .store(conflicts, Ordering::Relaxed);
            }
            if chunk.entries.is_empty() {
                continue;
            }
            match self.commit(&chunk.entries).await {
                Ok(committed) => settle(&chunk.entries, &committed, verdicts),
                Err(Failure::Taken) => {
                    self.firestore.look_first.store(true, Ordering::Relaxed);
                    chunk.entries = self.read_back(chunk.entries, reports, verdicts).await?;
                    chunk.rounds += 1;
                    put_back(chunk, &mut chunks, verdicts);
                }
                Err(Failure::Invalid { answer }) => refuse(chunk, answer, &mut chunks, verdicts),
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// The undecided reports in order, in chunks that never name one document twice: Firestore
    /// refuses such a commit whole.
    fn chunks(&self, reports: &[Report], verdicts: &mut [Option<Verdict>]) -> VecDeque<Chunk> {
        let root = &self.account.root;
        let width = self.firestore.width.records();
        let mut chunks = VecDeque::new();
        let mut entries: Vec<Entry> = Vec::new();
        let mut names = HashSet::new();
        for (index, report) in reports.iter().enumerate() {
            if verdicts[index].is_some() {
                continue;
            }
            let name = root.student(report.session.id, &report.admission_number);
            let (Ok(name), Ok(writes)) =
                (name, documents::writes(root, report, self.firestore.zone()))
            else {
                verdicts[index] = Some(too_long());
                continue;
            };
            if entries.len() == width || names.contains(&name) {
                chunks.push_back(Chunk { entries, rounds: 0 });
                entries = Vec::new();
                names.clear();
            }
            names.insert(name.clone());
            entries.push(Entry {
                index,
                attendance_id: report.attendance_id.to_string(),
                name,
                writes,
            });
        }
        chunks.push_back(Chunk { entries, rounds: 0 });
        chunks
    }

    async fn commit(&self, entries: &[Entry]) -> Result<Committed, Failure> {
        self.firestore.pace.take(entries.len()).await;
        let writes: Vec<Value> = entries
            .iter()
            .flat_map(|entry| entry.writes.clone())
            .collect();
        self.account.commit(&writes).await
    }

    /// Decides the entries whose claims exist in Firestore, and returns the others.
    async fn read_back(
        &self,
        entries: Vec<Entry>,
        reports: &[Report],
        verdicts: &mut [Option<Verdict>],
    ) -> Result<Vec<Entry>, Failure> {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let account = self.account;
        let claims = account.documents(&names).await?;
        let mut claims: HashMap<String, StoredDocument> = claims
            .into_iter()
            .map(|claim| (claim.name.clone(), claim))
            .collect();
        let mut left = Vec::new();
        let mut contested = Vec::new();
        for entry in entries {
            let report = &reports[entry.index];
            match claims.remove(&entry.name) {
                None => left.push(entry),
                Some(claim) => match contest::settled(report, &claim) {
                    Some(verdict) => verdicts[entry.index] = Some(verdict),
                    None => contested.push((entry, Contest { report, claim })),
                },
            }
        }
        left.extend(self.decide(contested, verdicts).await?);
        Ok(left)
    }

    /// Settles whose records count, all in one commit; returns them all where a claim has changed since.
    async fn decide(
        &self,
        contested: Vec<(Entry, Contest<'_>)>,
        verdicts: &mut [Option<Verdict>],
    ) -> Result<Vec<Entry>, Failure> {
        let root = &self.account.root;
        let mut writes = Vec::new();
        let mut decided = Vec::new();
        for (entry, contest) in contested {
            if let Some(ruling) = contest.rule(root, self.firestore.zone()) {
                writes.extend(ruling.writes);
                decided.push((entry, ruling.verdict));
            }
        }
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        self.firestore.pace.take(decided.len()).await;
        match self.account.commit(&writes).await {
            Ok(_) => {
                for (entry, verdict) in decided {
                    verdicts[entry.index] = Some(verdict);
                }
                Ok(Vec::new())
            }
            Err(Failure::Stale | Failure::Missing | Failure::Taken) => {
                Ok(decided.into_iter().map(|(entry, _)| entry).collect())
            }
            Err(failure) => Err(failure),
        }
    }
}

fn settle(entries: &[Entry], committed: &Committed, verdicts: &mut [Option<Verdict>]) {
    let answer = json!({"commit_time": committed.commit_time}).to_string();
    for entry in entries {
        verdicts[entry.index] = Some(Verdict::Delivered {
            document_id: entry.attendance_id.clone(),
            answer: answer.clone(),
        });
    }
}

/// Returns what a conflict left of a chunk to the front of the line.
fn put_back(chunk: Chunk, chunks: &mut VecDeque<Chunk>, verdicts: &mut [Option<Verdict>]) {
    let Chunk { entries, rounds } = chunk;
    if rounds < ROUNDS {
        chunks.push_front(Chunk { entries, rounds });
    } else if let [entry] = entries.as_slice() {
        // Taken when written, free when read: somebody is deleting, or it is a fault of theirs.
        verdicts[entry.index] = Some(Verdict::Postponed {
            error: "Firestore reports a conflict and then shows none".to_owned(),
            retry_after: None,
        });
    } else {
        for entry in entries.into_iter().rev() {
            chunks.push_front(Chunk {
                entries: vec![entry],
                rounds: 1,
            });
        }
    }
}

/// Narrows a refused chunk down, or refuses the one record that it is.
fn refuse(
    chunk: Chunk,
    answer: String,
    chunks: &mut VecDeque<Chunk>,
    verdicts: &mut [Option<Verdict>],
) {
    let Chunk {
        mut entries,
        rounds,
    } = chunk;
    if let [entry] = entries.as_slice() {
        verdicts[entry.index] = Some(Verdict::Refused {
            error: "Firestore refuses this record as malformed (INVALID_ARGUMENT)".to_owned(),
            answer,
        });
        return;
    }
    let second = entries.split_off(entries.len() / 2);
    chunks.push_front(Chunk {
        entries: second,
        rounds,
    });
    chunks.push_front(Chunk { entries, rounds });
}

pub(super) fn too_long() -> Verdict {
    Verdict::Refused {
        error: "the admission number is too long for a Firestore document".to_owned(),
        answer: String::new(),
    }
}
