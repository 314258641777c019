//! The same against Google's emulator, where `KIOSK_TEST_FIRESTORE=host:port` names one.
//!
//! Every test has a project of its own: clearing an emulator leaves it slow.

use std::collections::HashSet;

use futures_util::future::join_all;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::fake_firestore::emulated;
use super::reports::{report, reports};
use crate::domain::{Delivery, Operation, Punctuality, Report, Verdict};
use crate::random;
use crate::sync::firestore::{Firestore, ids};
use crate::sync::{Remote, install_crypto};

pub(super) struct Emulator {
    host: String,
    project: String,
    http: Client,
}

/// `None`, after saying so, where no emulator is named.
pub(super) fn emulator() -> Option<Emulator> {
    let Ok(host) = std::env::var("KIOSK_TEST_FIRESTORE") else {
        assert!(
            std::env::var_os("KIOSK_TEST_REQUIRE_ALL").is_none(),
            "KIOSK_TEST_FIRESTORE must name an emulator"
        );
        eprintln!("SKIPPED: KIOSK_TEST_FIRESTORE names no Firestore emulator");
        return None;
    };
    install_crypto();
    Some(Emulator {
        host,
        project: format!("demo-{}", random::uuid()),
        http: Client::builder().no_proxy().build().unwrap(),
    })
}

impl Emulator {
    pub(super) fn remote(&self) -> Firestore {
        Firestore::new(emulated(&self.host, &self.project)).unwrap()
    }

    pub(super) fn root(&self) -> String {
        format!("projects/{}/databases/(default)/documents", self.project)
    }

    /// Calls as the owner; `path` follows the root.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("http://{}/v1/{}{path}", self.host, self.root());
        let call = self.http.request(method, url).bearer_auth("owner");
        let text = call.json(body).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Every document of a collection: its name and its fields.
    pub(super) async fn documents(&self, parent: &str, collection: &str) -> Vec<(String, Value)> {
        let query = json!({"structuredQuery": {"from": [{"collectionId": collection}]}});
        let path = format!("{parent}:runQuery");
        let lines = self.call(Method::POST, &path, &query).await;
        let lines = lines.as_array().unwrap().iter();
        lines
            .filter_map(|line| line.get("document"))
            .map(|document| {
                let name = document["name"].as_str().unwrap().to_owned();
                (name, document["fields"].clone())
            })
            .collect()
    }

    /// The attendance ids of the timeline that count.
    async fn taken(&self) -> HashSet<String> {
        let documents = self.documents("", "attendance_records").await;
        let id = |name: &str| name.rsplit_once('/').unwrap().1.to_owned();
        let counting = documents
            .iter()
            .filter(|(_, fields)| fields["counts"]["booleanValue"] == true);
        counting.map(|(name, _)| id(name)).collect()
    }

    async fn students(&self, report: &Report) -> Vec<(String, Value)> {
        let session = format!("/sessions/{}", report.session.id);
        self.documents(&session, "students").await
    }
}

fn delivered(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Delivered { .. })
}

fn ids_of(reports: &[Report]) -> HashSet<String> {
    let id = |report: &Report| report.attendance_id.to_string();
    reports.iter().map(id).collect()
}

#[tokio::test]
async fn it_takes_a_check_in_once_however_often_it_is_told() {
    let Some(emulator) = emulator() else { return };
    let remote = emulator.remote();
    let batch = reports(1, 5);
    remote.test().await.unwrap();
    assert!(emulator.taken().await.is_empty());
    assert!(remote.deliver(&batch[..2]).await.iter().all(delivered));
    assert!(remote.deliver(&batch).await.iter().all(delivered));
    assert!(remote.deliver(&batch).await.iter().all(delivered));
    assert_eq!(emulator.taken().await, ids_of(&batch));

    let students = emulator.students(&batch[0]).await;
    assert_eq!(students.len(), 5);
    let (name, fields) = &students[0];
    assert!(name.ends_with("/students/ADM~2F2023~2F001"), "{name}");
    assert_eq!(fields["admission_number"]["stringValue"], "ADM/2023/001");
    assert_eq!(fields["attendance_percentage"]["doubleValue"], 8.33);
    assert_eq!(fields["late_minutes"]["integerValue"], "20");
    assert_eq!(
        fields["timestamp"]["timestampValue"],
        "2026-11-22T06:30:00Z"
    );
    assert!(fields["synced_at"]["timestampValue"].is_string());
    let timeline = emulator.documents("", "attendance_records").await;
    assert_eq!(timeline[0].1, *fields, "both documents say the same");
}

#[tokio::test]
async fn awkward_numbers_are_students_of_their_own() {
    let Some(emulator) = emulator() else { return };
    let numbers = [
        ".",
        "..",
        "...",
        "__X__",
        "____",
        "A/B",
        "A/B/C",
        "A~2FB",
        "A%2FB",
        "%",
        ":",
        "A:B",
        "~",
        "~~",
        "#?&+\";@",
        "学号/2021",
        "Á",
        "😀",
        "A B",
        "-",
    ];
    let batch: Vec<Report> = (1..)
        .zip(numbers)
        .map(|(id, number)| report(number, id))
        .collect();
    let verdicts = emulator.remote().deliver(&batch).await;
    assert!(verdicts.iter().all(delivered), "{verdicts:?}");
    let students = emulator.students(&batch[0]).await;
    assert_eq!(students.len(), numbers.len());
    for (name, fields) in students {
        let id = name.rsplit_once('/').unwrap().1;
        let number = fields["admission_number"]["stringValue"].as_str().unwrap();
        assert_eq!(ids::decode(id).as_deref(), Some(number));
    }
}

#[tokio::test]
async fn two_kiosks_that_race_never_both_have_a_student() {
    let Some(emulator) = emulator() else { return };
    // Each kiosk sends four batches side by side; every student is at both.
    let kiosk = |number: u64| -> Vec<Report> {
        (0..200)
            .map(|student| report(&format!("ADM/{student}"), number * 1000 + student))
            .collect()
    };
    let (one, two) = (kiosk(1), kiosk(2));
    let (remote_one, remote_two) = (emulator.remote(), emulator.remote());
    let calls = one
        .chunks(50)
        .map(|batch| remote_one.deliver(batch))
        .chain(two.chunks(50).map(|batch| remote_two.deliver(batch)));
    let mut open = Vec::new();
    let all: Vec<Report> = one.iter().chain(&two).cloned().collect();
    for (verdict, report) in join_all(calls).await.concat().into_iter().zip(&all) {
        match verdict {
            Verdict::Delivered { .. } | Verdict::Duplicate { .. } => {}
            // The two held each other's documents for too long.
            Verdict::Postponed { .. } => open.push(report.clone()),
            other => panic!("{other:?}"),
        }
    }
    for verdict in remote_one.deliver(&open).await {
        assert!(matches!(
            verdict,
            Verdict::Delivered { .. } | Verdict::Duplicate { .. }
        ));
    }
    // All were made in one moment, so the ids decide: whoever came first.
    assert_eq!(
        emulator.taken().await,
        ids_of(&one),
        "one kiosk has each student"
    );
    let timeline = emulator.documents("", "attendance_records").await;
    assert_eq!(timeline.len(), 400, "and what the other recorded is kept");
}

#[tokio::test]
async fn a_record_that_it_refuses_is_found_among_the_others() {
    let Some(emulator) = emulator() else { return };
    let mut batch = reports(1, 12);
    // Longer than a field may be.
    batch[7].session.unit_name = "x".repeat((1 << 20) + 1);
    let verdicts = emulator.remote().deliver(&batch).await;
    for (index, verdict) in verdicts.iter().enumerate() {
        if index == 7 {
            assert!(matches!(verdict, Verdict::Refused { answer, .. } if !answer.is_empty()));
        } else {
            assert!(delivered(verdict), "{index}: {verdict:?}");
        }
    }
    batch.remove(7);
    assert_eq!(emulator.taken().await, ids_of(&batch));
}

#[tokio::test]
async fn a_document_that_another_writer_holds_is_for_later() {
    let Some(emulator) = emulator() else { return };
    let report = report("ADM/1", 1);
    let name = format!(
        "{}/sessions/{}/students/ADM~2F1",
        emulator.root(),
        report.session.id
    );
    let begun = json!({"options": {"readWrite": {}}});
    let begun = emulator
        .call(Method::POST, ":beginTransaction", &begun)
        .await;
    let transaction = &begun["transaction"];
    let hold = json!({"documents": [name], "transaction": transaction});
    emulator.call(Method::POST, ":batchGet", &hold).await;

    let batch = [report];
    let remote = emulator.remote();
    let verdicts = remote.deliver(&batch).await;
    assert!(
        matches!(&verdicts[0], Verdict::Postponed { error, .. } if error.contains("ABORTED")),
        "{verdicts:?}"
    );
    let release = json!({"transaction": transaction});
    emulator.call(Method::POST, ":rollback", &release).await;
    assert!(delivered(&remote.deliver(&batch).await[0]));
}

#[tokio::test]
async fn a_long_queue_drains_in_commits_of_a_hundred() {
    let Some(emulator) = emulator() else { return };
    let remote = emulator.remote();
    let queue = reports(1, 2000);
    for batch in queue.chunks(remote.max_batch()) {
        assert!(remote.deliver(batch).await.iter().all(delivered));
    }
    assert_eq!(emulator.taken().await, ids_of(&queue));
}

/// What a corrected record owes.
fn owed(report: &Report, operation: Operation) -> Delivery {
    Delivery {
        report: report.clone(),
        operation,
        attempts: 0,
        edition: 1,
    }
}

#[tokio::test]
async fn a_correction_rewrites_or_deletes_both_documents_however_often() {
    let Some(emulator) = emulator() else { return };
    let remote = emulator.remote();
    let mut report = report("ADM/1", 1);
    assert!(delivered(
        &remote.deliver(std::slice::from_ref(&report)).await[0]
    ));
    report.punctuality = Punctuality::late(33);
    for _ in 0..2 {
        // The second time is what follows a lost answer.
        let verdicts = remote.correct(&[owed(&report, Operation::Amend)]).await;
        assert!(delivered(&verdicts[0]), "{verdicts:?}");
        let students = emulator.students(&report).await;
        assert_eq!(students[0].1["late_minutes"]["integerValue"], "33");
        let timeline = emulator.documents("", "attendance_records").await;
        assert_eq!(timeline[0].1["late_minutes"]["integerValue"], "33");
    }
    for _ in 0..2 {
        let verdicts = remote.correct(&[owed(&report, Operation::Withdraw)]).await;
        assert!(delivered(&verdicts[0]), "{verdicts:?}");
        assert!(emulator.students(&report).await.is_empty());
        assert!(emulator.taken().await.is_empty());
    }
    // Marked again, and a correction of what was never delivered: it is written as new.
    let verdicts = remote.correct(&[owed(&report, Operation::Amend)]).await;
    assert!(delivered(&verdicts[0]), "{verdicts:?}");
    assert_eq!(emulator.taken().await.len(), 1);
}

#[tokio::test]
async fn a_correction_leaves_another_kiosks_claim_alone() {
    let Some(emulator) = emulator() else { return };
    let remote = emulator.remote();
    let (theirs, ours) = (report("ADM/1", 1), report("ADM/1", 2));
    assert!(delivered(
        &remote.deliver(std::slice::from_ref(&theirs)).await[0]
    ));
    let withdrawn = remote.correct(&[owed(&ours, Operation::Withdraw)]).await;
    assert!(delivered(&withdrawn[0]), "ours does not stand there");
    let amended = remote.correct(&[owed(&ours, Operation::Amend)]).await;
    assert!(matches!(amended[0], Verdict::Duplicate { .. }));
    assert_eq!(emulator.taken().await, ids_of(&[theirs]));
}
