//! Taking records out of Firestore again: against a small fake that can lose answers, and against
//! Google's emulator where there is one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::emulator::{Emulator, emulator};
use super::fake_firestore::emulated;
use super::reports::{report, reports};
use super::stub::{Reply, Request, Stub};
use crate::domain::{SessionId, Verdict};
use crate::sync::Remote as _;
use crate::sync::firestore::cleanup::{BackupWriter, Deleted, Extent, Inventory, VerifiedBackup};
use crate::sync::firestore::{Firestore, StoredDocument};

async fn back_up(remote: &Firestore, extent: &Extent, path: &Path) -> VerifiedBackup {
    let root = remote.root().await.unwrap();
    let mut writer = BackupWriter::create(path, &root, extent, "2026-11-22T06:31:00Z").unwrap();
    remote
        .read_documents(extent, |document| writer.add(document))
        .await
        .unwrap();
    writer.finish().unwrap()
}

async fn count(remote: &Firestore, extent: &Extent) -> Inventory {
    remote.read_documents(extent, |_| Ok(())).await.unwrap()
}

fn deleted(deleted: u64) -> Deleted {
    Deleted {
        deleted,
        changed: 0,
    }
}

/// A Firestore of one collection, `attendance_records`, whose commits go as the test says.
struct Fake {
    stub: Stub,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Names and versions.
    documents: BTreeMap<String, String>,
    /// What becomes of the next commits; those after go well.
    fates: Vec<Fate>,
}

#[derive(Clone, Copy)]
enum Fate {
    /// It is done, and nobody hears of it.
    Unheard,
    /// It is not done.
    Busy,
    /// The token is not accepted.
    Unauthenticated,
    /// This kiosk may not do it.
    Forbidden,
    /// Another writer was there first, at one of the documents.
    Outrun,
}

impl Fake {
    async fn with(records: usize, fates: &[Fate]) -> Self {
        let root = "projects/school/databases/(default)/documents";
        let names = (0..records).map(|number| format!("{root}/attendance_records/{number:04}"));
        let state = Arc::new(Mutex::new(State {
            documents: names
                .map(|name| (name, "2026-11-22T06:30:00Z".to_owned()))
                .collect(),
            fates: fates.iter().rev().copied().collect(),
        }));
        let answers = Arc::clone(&state);
        let stub = Stub::start(move |request| answers.lock().unwrap().answer(request)).await;
        Self { stub, state }
    }

    fn remote(&self) -> Firestore {
        Firestore::new(emulated(&self.stub.address.to_string(), "school")).unwrap()
    }

    fn left(&self) -> usize {
        self.state.lock().unwrap().documents.len()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        if request.method == "GET" {
            return Reply::json(200, &json!({}));
        }
        let body = request.json();
        if request.path.ends_with("/documents:runQuery") {
            return self.query(&body["structuredQuery"]);
        }
        if request.path.ends_with("/documents:batchGet") {
            let names = body["documents"].as_array().unwrap().iter();
            let line = |name: &Value| match self.documents.get(name.as_str().unwrap()) {
                Some(version) => json!({"found": document(name.as_str().unwrap(), version)}),
                None => json!({"missing": name}),
            };
            return Reply::json(200, &names.map(line).collect());
        }
        assert!(request.path.ends_with("/documents:commit"));
        let writes = body["writes"].as_array().unwrap();
        assert!(writes.len() <= 200, "{}", writes.len());
        let fate = self.fates.pop();
        if matches!(fate, Some(Fate::Outrun)) {
            let name = writes[0]["delete"].as_str().unwrap().to_owned();
            self.documents
                .insert(name, "2026-11-22T06:40:00Z".to_owned());
        }
        match fate {
            Some(Fate::Busy) => error(503, "UNAVAILABLE"),
            Some(Fate::Unauthenticated) => error(401, "UNAUTHENTICATED"),
            Some(Fate::Forbidden) => error(403, "PERMISSION_DENIED"),
            Some(Fate::Unheard) => {
                self.delete(writes);
                Reply::HangUp
            }
            Some(Fate::Outrun) | None => self.delete(writes),
        }
    }

    fn query(&self, query: &Value) -> Reply {
        let after = query["startAt"]["values"][0]["referenceValue"].as_str();
        let limit = usize::try_from(query["limit"].as_u64().unwrap()).unwrap();
        let found = self.documents.iter();
        let found = found.filter(|(name, _)| after.is_none_or(|after| name.as_str() > after));
        let lines: Vec<Value> = found
            .take(limit)
            .map(|(name, version)| json!({"document": document(name, version)}))
            .collect();
        Reply::json(200, &lines.into())
    }

    fn delete(&mut self, writes: &[Value]) -> Reply {
        let stale = writes.iter().any(|write| {
            let version = self.documents.get(write["delete"].as_str().unwrap());
            version.map(String::as_str) != write["currentDocument"]["updateTime"].as_str()
        });
        if stale {
            return error(400, "FAILED_PRECONDITION");
        }
        for write in writes {
            self.documents.remove(write["delete"].as_str().unwrap());
        }
        Reply::json(200, &json!({"commitTime": "2026-11-22T06:30:01Z"}))
    }
}

fn document(name: &str, version: &str) -> Value {
    json!({"name": name, "fields": {}, "createTime": version, "updateTime": version})
}

fn error(code: u16, status: &str) -> Reply {
    Reply::json(
        code,
        &json!({"error": {"code": code, "message": "-", "status": status}}),
    )
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_recognised() {
    let folder = TempDir::new().unwrap();
    let fake = Fake::with(450, &[Fate::Unheard, Fate::Busy, Fate::Unheard]).await;
    let remote = fake.remote();
    let backup = back_up(&remote, &Extent::All, &folder.path().join("b.json")).await;
    let mut seen = Vec::new();
    let done = remote
        .delete_documents(&backup, |so_far| seen.push(so_far.deleted))
        .await;
    assert_eq!(done.unwrap(), deleted(450));
    assert_eq!(seen, [200, 400, 450]);
    assert_eq!(fake.left(), 0);
}

#[tokio::test]
async fn a_document_that_changed_after_the_backup_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let fake = Fake::with(250, &[Fate::Unauthenticated, Fate::Outrun]).await;
    let remote = fake.remote();
    let backup = back_up(&remote, &Extent::All, &folder.path().join("b.json")).await;
    let done = remote.delete_documents(&backup, |_| {}).await.unwrap();
    assert_eq!(
        done,
        Deleted {
            deleted: 249,
            changed: 1
        }
    );
    assert_eq!(fake.left(), 1);
}

#[tokio::test]
async fn a_deletion_that_is_forbidden_half_way_says_how_far_it_got() {
    let folder = TempDir::new().unwrap();
    let fake = Fake::with(500, &[]).await;
    let remote = fake.remote();
    let backup = back_up(&remote, &Extent::All, &folder.path().join("b.json")).await;
    let fates = &fake.state;
    let stopped = remote
        .delete_documents(&backup, |_| {
            fates.lock().unwrap().fates = vec![Fate::Forbidden];
        })
        .await
        .unwrap_err();
    assert_eq!(stopped.so_far, deleted(200));
    assert!(
        stopped.to_string().contains("PERMISSION_DENIED")
            && stopped.to_string().contains("200 documents"),
        "{stopped}"
    );
    assert_eq!(fake.left(), 300);
}

impl Emulator {
    /// Writes documents; names follow the root.
    async fn put(&self, documents: &[(&str, Value)]) {
        let root = self.root();
        let writes: Vec<Value> = documents
            .iter()
            .map(|(name, fields)| json!({"update": {"name": format!("{root}/{name}"), "fields": fields}}))
            .collect();
        let answer = self
            .call(Method::POST, ":commit", &json!({ "writes": writes }))
            .await;
        assert!(answer["commitTime"].is_string(), "{answer}");
    }
}

/// Session 1 with a document of its own and `students` delivered check-ins, and session 2 with three.
async fn school(emulator: &Emulator, students: u64) -> (Firestore, Extent) {
    let remote = emulator.remote();
    let mut batch = reports(1, students);
    let one = batch[0].session.id.to_string();
    let mut other = report("ADM/OTHER", 9001);
    other.session.id =
        SessionId::from_uuid("00000000-0000-4000-8000-000000000002".parse().unwrap());
    batch.extend((9001..9004).map(|number| {
        let mut report = report(&format!("ADM/{number}"), number);
        report.session.id = other.session.id;
        report
    }));
    for batch in batch.chunks(100) {
        let verdicts = remote.deliver(batch).await;
        assert!(
            verdicts
                .iter()
                .all(|verdict| matches!(verdict, Verdict::Delivered { .. }))
        );
    }
    let session = format!("sessions/{one}");
    emulator
        .put(&[
            (&session, json!({"unit_code": {"stringValue": "CS101"}})),
            ("students/1", json!({"name": {"stringValue": "nobody's"}})),
        ])
        .await;
    (remote, Extent::session(&one).unwrap())
}

#[tokio::test]
async fn looking_at_a_session_counts_it_and_changes_nothing() {
    let Some(emulator) = emulator() else { return };
    let (remote, session) = school(&emulator, 350).await;
    let mut before = Vec::new();
    let found = remote
        .read_documents(&session, |document| {
            before.push(document.clone());
            Ok(())
        })
        .await
        .unwrap();
    let expected = Inventory {
        sessions: 1,
        students: 350,
        roster_pages: 0,
        attendance_records: 350,
    };
    assert_eq!(found, expected);
    let mut after = Vec::new();
    remote
        .read_documents(&session, |document| {
            after.push(document.clone());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(before, after);
    // The other session has students and no document of its own.
    let all = count(&remote, &Extent::All).await;
    assert_eq!(
        all,
        Inventory {
            sessions: 1,
            students: 353,
            roster_pages: 0,
            attendance_records: 353
        }
    );
}

#[tokio::test]
async fn a_session_is_deleted_alone_and_can_be_restored_from_its_backup() {
    let Some(emulator) = emulator() else { return };
    let folder = TempDir::new().unwrap();
    let (remote, session) = school(&emulator, 20).await;
    let backup = back_up(&remote, &session, &folder.path().join("b.json")).await;
    assert_eq!(backup.count(), 41);
    let done = remote.delete_documents(&backup, |_| {}).await.unwrap();
    assert_eq!(done, deleted(41));
    assert_eq!(count(&remote, &session).await, Inventory::default());
    assert_eq!(count(&remote, &Extent::All).await.total(), 6);

    let documents: Vec<StoredDocument> = backup.documents().unwrap().map(Result::unwrap).collect();
    let writes: Vec<Value> = documents
        .iter()
        .map(|document| json!({"update": {"name": document.name, "fields": document.fields}}))
        .collect();
    emulator
        .call(Method::POST, ":commit", &json!({ "writes": writes }))
        .await;
    let mut restored = Vec::new();
    remote
        .read_documents(&session, |document| {
            restored.push((document.name.clone(), document.fields.clone()));
            Ok(())
        })
        .await
        .unwrap();
    let saved = documents.into_iter().map(|one| (one.name, one.fields));
    assert_eq!(restored, saved.collect::<Vec<_>>());
}

#[tokio::test]
async fn everything_is_the_kiosks_collections_and_no_other() {
    let Some(emulator) = emulator() else { return };
    let folder = TempDir::new().unwrap();
    let (remote, _) = school(&emulator, 5).await;
    let backup = back_up(&remote, &Extent::All, &folder.path().join("b.json")).await;
    remote.delete_documents(&backup, |_| {}).await.unwrap();
    assert_eq!(count(&remote, &Extent::All).await, Inventory::default());
    assert_eq!(emulator.documents("", "students").await.len(), 1);
}

#[tokio::test]
async fn a_deletion_that_is_stopped_half_way_can_be_run_again() {
    let Some(emulator) = emulator() else { return };
    let folder = TempDir::new().unwrap();
    let (remote, session) = school(&emulator, 300).await;
    let first = back_up(&remote, &session, &folder.path().join("1.json")).await;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    tokio::select! {
        biased;
        _ = stopped => {}
        _ = remote.delete_documents(&first, |_| { stop.take().map(|stop| stop.send(())); }) => {
            panic!("it was not stopped");
        }
    }
    // The second commit may have been under way.
    let left = count(&remote, &session).await.total();
    assert!((1..=401).contains(&left), "{left}");
    let second = back_up(&remote, &session, &folder.path().join("2.json")).await;
    assert!(second.count() <= left);
    remote.delete_documents(&second, |_| {}).await.unwrap();
    assert_eq!(count(&remote, &session).await, Inventory::default());
    assert_eq!(
        first.documents().unwrap().count(),
        601,
        "the first holds all"
    );
}

#[tokio::test]
async fn a_session_with_an_awkward_id_is_found_and_no_other() {
    let Some(emulator) = emulator() else { return };
    let folder = TempDir::new().unwrap();
    let remote = emulator.remote();
    let ids = [
        (" X", "~20X"),
        ("X", "X"),
        ("A/B", "A~2FB"),
        ("50%: #1?", "50~25~3A #1?"),
        ("学号", "学号"),
    ];
    for (text, id) in ids {
        let fields = json!({"session_id": {"stringValue": text}});
        let student = format!("sessions/{id}/students/1");
        let record = format!("attendance_records/{id}");
        emulator
            .put(&[(&student, fields.clone()), (&record, fields)])
            .await;
    }
    for (deleted_before, (text, _)) in (0..).zip(ids) {
        let extent = Extent::session(text).unwrap();
        let path = folder.path().join(format!("{deleted_before}.json"));
        let backup = back_up(&remote, &extent, &path).await;
        assert_eq!(backup.count(), 2, "{text:?}");
        remote.delete_documents(&backup, |_| {}).await.unwrap();
        let left = count(&remote, &Extent::All).await.total();
        assert_eq!(left, 2 * (5 - deleted_before - 1), "{text:?}");
    }
    assert!(Extent::session("").is_err());
}
