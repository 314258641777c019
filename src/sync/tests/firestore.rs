//! What is Firestore's alone: the credentials, the token, and whose claim it is.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::contract::{Mood, OtherSide};
use super::fake_firestore::{FakeFirestore, emulated};
use super::reports::{report, reports};
use super::stub::{Reply, Stub};
use crate::domain::{Report, Secret, Verdict};
use crate::sync::firestore::{CredentialSources, Firestore, FirestoreSettings};
use crate::sync::{Remote, RemoteError};

const KEY: &str = include_str!("../../../tests/data/test-only-service-account.json");
/// The public half of that key, as PKCS#1 DER.
const PUBLIC: &[u8] = include_bytes!("../../../tests/data/test-only-service-account-public.der");

fn claim_of(report: &Report) -> String {
    let number = report.admission_number.as_str().replace('/', "~2F");
    format!(
        "projects/school/databases/(default)/documents/sessions/{}/students/{number}",
        report.session.id
    )
}

fn methods(side: &FakeFirestore) -> Vec<String> {
    let method = |path: &str| path.rsplit_once(':').unwrap().1.to_owned();
    let requests = side.stub.requests();
    requests.iter().map(|call| method(&call.path)).collect()
}

/// Not an emulator: credentials are read and tokens signed, but the calls go to a stub.
fn genuine(stub: &Stub, credentials: CredentialSources) -> Firestore {
    let settings = FirestoreSettings {
        emulator: None,
        credentials,
        ..emulated("", "")
    };
    Firestore::at(&stub.url(), settings).unwrap()
}

fn with_key() -> CredentialSources {
    CredentialSources {
        json: Secret::new(KEY),
        ..CredentialSources::default()
    }
}

fn committed() -> Reply {
    Reply::json(200, &json!({"commitTime": "2026-11-22T06:30:01Z"}))
}

fn unauthenticated() -> Reply {
    Reply::json(
        401,
        &json!({"error": {"code": 401, "status": "UNAUTHENTICATED"}}),
    )
}

#[tokio::test]
async fn another_programs_claim_is_a_duplicate_and_is_left_alone() {
    let side = FakeFirestore::start().await;
    let batch = reports(1, 4);
    side.put(
        &claim_of(&batch[1]),
        &json!({"attendance_id": {"stringValue": "theirs"}, "kiosk_id": {"stringValue": "kiosk-2"}}),
    );
    // A record of the system that was here before the kiosks.
    side.put(
        &claim_of(&batch[2]),
        &json!({"student_name": {"stringValue": "x"}}),
    );
    let verdicts = side.remote().deliver(&batch).await;
    assert!(matches!(verdicts[0], Verdict::Delivered { .. }));
    assert_eq!(
        verdicts[1],
        Verdict::Duplicate {
            theirs: "theirs".to_owned(),
            answer: r#"{"attendance_id":"theirs","kiosk_id":"kiosk-2"}"#.to_owned(),
        }
    );
    assert!(matches!(&verdicts[2], Verdict::Duplicate { theirs, .. } if theirs.is_empty()));
    assert!(matches!(verdicts[3], Verdict::Delivered { .. }));
    assert_eq!(
        side.taken(),
        [batch[0].attendance_id, batch[3].attendance_id]
    );
    assert_eq!(methods(&side), ["commit", "batchGet", "commit"]);
}

#[tokio::test]
async fn after_a_conflict_the_next_chunk_is_looked_up_first() {
    let side = FakeFirestore::start().await;
    let remote = side.remote();
    let batch = reports(1, 30);
    remote.deliver(&batch[..10]).await;
    remote.deliver(&batch[..20]).await;
    assert_eq!(methods(&side), ["commit", "commit", "batchGet", "commit"]);
    remote.deliver(&batch[15..25]).await;
    assert_eq!(methods(&side)[4..], ["batchGet", "commit"]);
    remote.deliver(&batch[25..28]).await;
    assert_eq!(methods(&side)[6..], ["batchGet", "commit"]);
    remote.deliver(&batch[28..]).await;
    assert_eq!(methods(&side)[8..], ["commit"], "that one had no conflict");
    assert_eq!(side.taken().len(), 30);
}

#[tokio::test]
async fn two_records_of_one_student_never_share_a_commit() {
    let side = FakeFirestore::start().await;
    let batch = [
        report("ADM/1", 1),
        report("ADM/2", 2),
        report("ADM/1", 3),
        report("ADM/1", 1),
    ];
    let verdicts = side.remote().deliver(&batch).await;
    assert!(matches!(verdicts[0], Verdict::Delivered { .. }));
    assert!(matches!(verdicts[1], Verdict::Delivered { .. }));
    assert!(
        matches!(&verdicts[2], Verdict::Duplicate { theirs, .. } if *theirs == batch[0].attendance_id.to_string())
    );
    assert!(matches!(verdicts[3], Verdict::Delivered { .. }));
    assert_eq!(side.taken().len(), 2);
    assert_eq!(
        methods(&side),
        ["commit", "commit", "batchGet", "commit", "batchGet"],
        "nothing was refused as malformed, and the later record is kept as evidence"
    );
}

#[tokio::test]
async fn a_commit_holds_a_hundred_records_at_most() {
    let side = FakeFirestore::start().await;
    let verdicts = side.remote().deliver(&reports(1, 250)).await;
    assert!(
        verdicts
            .iter()
            .all(|v| matches!(v, Verdict::Delivered { .. }))
    );
    let sizes: Vec<usize> = side
        .stub
        .requests()
        .iter()
        .map(|call| call.json()["writes"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [200, 200, 100]);
}

#[tokio::test]
async fn what_got_through_before_the_line_broke_is_told() {
    let calls = AtomicUsize::new(0);
    let stub = Stub::start(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => committed(),
        _ => Reply::HangUp,
    })
    .await;
    let remote = Firestore::new(emulated(&stub.address.to_string(), "p")).unwrap();
    let verdicts = remote.deliver(&reports(1, 250)).await;
    let delivered = |verdict: &Verdict| matches!(verdict, Verdict::Delivered { .. });
    assert!(verdicts[..100].iter().all(delivered));
    assert!(!verdicts[100..].iter().any(delivered));
    assert!(stub.requests().len() <= 3, "the third chunk is not tried");
}

#[tokio::test]
async fn a_conflict_that_nobody_has_is_given_up_for_now() {
    let stub = Stub::start(|request| {
        if request.path.ends_with("batchGet") {
            return Reply::json(200, &json!([{"readTime": "2026-11-22T06:30:02Z"}]));
        }
        Reply::json(
            409,
            &json!({"error": {"code": 409, "status": "ALREADY_EXISTS"}}),
        )
    })
    .await;
    let remote = Firestore::new(emulated(&stub.address.to_string(), "p")).unwrap();
    let verdicts = remote.deliver(&reports(1, 3)).await;
    assert!(
        verdicts
            .iter()
            .all(|v| matches!(v, Verdict::Postponed { .. }))
    );
    assert!(stub.requests().len() < 40, "{}", stub.requests().len());
}

#[tokio::test]
async fn nothing_listening_is_said_plainly() {
    let address = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let remote = Firestore::new(emulated(&address.to_string(), "p")).unwrap();
    let remote_error = remote.test().await.unwrap_err();
    assert_eq!(
        remote_error.to_string(),
        "the server refused the connection"
    );
}

#[tokio::test]
async fn an_emulator_is_addressed_as_its_owner() {
    let side = FakeFirestore::start().await;
    side.remote().test().await.unwrap();
    let request = &side.stub.requests()[0];
    assert_eq!(request.headers["authorization"], "Bearer owner");
    assert_eq!(
        request.path,
        "/v1/projects/school/databases/(default)/documents:batchGet"
    );
}

#[tokio::test]
async fn the_token_is_signed_by_the_service_account_for_firestore() {
    let stub = Stub::start(|_| committed()).await;
    let remote = genuine(&stub, with_key());
    let verdicts = remote.deliver(&reports(1, 1)).await;
    assert!(
        matches!(verdicts[0], Verdict::Delivered { .. }),
        "{verdicts:?}"
    );

    let request = &stub.requests()[0];
    assert!(
        request
            .path
            .starts_with("/v1/projects/test-project/databases/(default)/")
    );
    let token = request.headers["authorization"]
        .strip_prefix("Bearer ")
        .unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PKCS1_2048_8192_SHA256, PUBLIC)
        .verify(
            signed.as_bytes(),
            &BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap(),
        )
        .unwrap();

    let part = |part: &str| -> Value {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
    };
    let (header, claims) = signed.split_once('.').unwrap();
    assert_eq!(part(header)["alg"], "RS256");
    assert_eq!(part(header)["kid"], "test-key-1");
    let claims = part(claims);
    assert_eq!(claims["aud"], "https://firestore.googleapis.com/");
    assert_eq!(claims["iss"], "kiosk@test-project.iam.gserviceaccount.com");
    assert_eq!(claims["sub"], claims["iss"]);
    let (iat, exp) = (
        claims["iat"].as_i64().unwrap(),
        claims["exp"].as_i64().unwrap(),
    );
    let now = chrono::Utc::now().timestamp();
    assert!(iat <= now && now < exp && exp - iat <= 3700, "{claims}");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_made_anew_once() {
    let calls = AtomicUsize::new(0);
    let stub = Stub::start(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => unauthenticated(),
        _ => committed(),
    })
    .await;
    let remote = genuine(&stub, with_key());
    let verdicts = remote.deliver(&reports(1, 1)).await;
    assert!(matches!(verdicts[0], Verdict::Delivered { .. }));
    assert_eq!(stub.requests().len(), 2);

    let stub = Stub::start(|_| unauthenticated()).await;
    let remote = genuine(&stub, with_key());
    let verdicts = remote.deliver(&reports(1, 1)).await;
    assert!(matches!(&verdicts[0], Verdict::Unauthorized { error } if error.contains("clock")));
    assert_eq!(stub.requests().len(), 2);
}

#[tokio::test]
async fn credentials_that_arrive_later_are_found_without_a_restart() {
    let stub = Stub::start(|_| committed()).await;
    let dir = tempfile::tempdir().unwrap();
    let sources = CredentialSources {
        config_dir: Some(dir.path().to_owned()),
        ..CredentialSources::default()
    };
    let remote = genuine(&stub, sources);
    let batch = reports(1, 2);
    let verdicts = remote.deliver(&batch).await;
    assert!(
        matches!(&verdicts[1], Verdict::Unauthorized { error } if error.contains("FIREBASE_CREDENTIALS_PATH"))
    );
    assert!(matches!(
        remote.test().await,
        Err(RemoteError::Unauthorized { .. })
    ));

    let file = dir.path().join("firebase-credentials.json");
    let spoilt = KEY.replace(
        "-----BEGIN PRIVATE KEY-----\\n",
        "-----BEGIN PRIVATE KEY-----\\n!!",
    );
    std::fs::write(&file, spoilt).unwrap();
    let Err(RemoteError::Unauthorized { error }) = remote.test().await else {
        panic!("a spoilt key was used");
    };
    assert!(
        error.ends_with("cannot be used: download the key again"),
        "{error}"
    );
    assert!(stub.requests().is_empty());

    std::fs::write(&file, KEY).unwrap();
    let verdicts = remote.deliver(&batch).await;
    assert!(
        matches!(verdicts[1], Verdict::Delivered { .. }),
        "{verdicts:?}"
    );
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let stub = Stub::start(|_| committed()).await;
    let remote = genuine(&stub, with_key());
    remote.deliver(&reports(1, 1)).await;
    let token = stub.requests()[0].headers["authorization"].clone();
    let shown = format!("{remote:?}");
    assert!(!shown.contains("PRIVATE KEY"));
    assert!(!shown.contains(token.strip_prefix("Bearer ").unwrap()));
}

/// Two kiosks race for overlapping students over a line that loses requests and answers.
#[tokio::test]
async fn over_a_lossy_line_no_verdict_is_ever_wrong() {
    let side = FakeFirestore::start().await;
    let kiosk = |number: u64, first: u64| -> Vec<Report> {
        (first..first + 60)
            .map(|student| report(&format!("ADM/{student}"), number * 1000 + student))
            .collect()
    };
    let queues = [kiosk(1, 0), kiosk(2, 30)];
    let remotes = [side.remote(), side.remote()];
    let mut open = [queues[0].clone(), queues[1].clone()];
    let mut delivered = HashSet::new();
    for round in 0..200usize {
        // A fixed pattern of moods, of a length that shares no factor with the two kiosks.
        side.feel(
            [
                Mood::Mumbling,
                Mood::Well,
                Mood::Down,
                Mood::Mumbling,
                Mood::Failing,
            ][round % 5],
        );
        let kiosk = round % 2;
        let batch: Vec<Report> = open[kiosk].iter().take(7).cloned().collect();
        let verdicts = remotes[kiosk].deliver(&batch).await;
        for (report, verdict) in batch.iter().zip(verdicts) {
            match verdict {
                Verdict::Delivered { .. } => assert!(delivered.insert(report.attendance_id)),
                Verdict::Duplicate { .. } => {
                    assert_eq!(kiosk, 1, "of two of one moment, the lower id stands");
                }
                Verdict::Postponed { .. } => continue,
                other => panic!("{other:?}"),
            }
            open[kiosk].retain(|other| other.attendance_id != report.attendance_id);
        }
    }
    assert!(open.iter().all(Vec::is_empty), "everything is decided");
    let standing: HashSet<_> = queues[0]
        .iter()
        .chain(&queues[1][30..])
        .map(|report| report.attendance_id)
        .collect();
    assert_eq!(side.taken().into_iter().collect::<HashSet<_>>(), standing);
    assert!(standing.is_subset(&delivered));
    assert_eq!(standing.len(), 90, "one for each student");
}

#[tokio::test]
async fn a_test_tells_the_mood() {
    let side = FakeFirestore::start().await;
    let remote = side.remote();
    remote.test().await.unwrap();
    for mood in [Mood::Down, Mood::Failing, Mood::Busy] {
        side.feel(mood);
        let remote_error = remote.test().await.unwrap_err();
        assert!(
            matches!(remote_error, RemoteError::Unreachable { .. }),
            "{mood:?}"
        );
    }
    for mood in [Mood::Unauthorised, Mood::Forbidding] {
        side.feel(mood);
        let remote_error = remote.test().await.unwrap_err();
        assert!(
            matches!(remote_error, RemoteError::Unauthorized { .. }),
            "{mood:?}"
        );
    }
}
