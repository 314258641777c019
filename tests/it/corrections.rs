//! A mark that is put right reaches Firestore, also when every answer to it gets lost on the way.

use crate::support::firestore::Firestore;
use crate::support::kiosk::Kiosk;
use crate::support::proxy::{Fault, Proxy};

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_and_a_removed_mark_reach_firestore_through_lost_answers() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let to_firestore = Proxy::to(&firestore.address);
    let (mut kiosk, _session) = Kiosk::with_open_session();
    kiosk.set("FIRESTORE_EMULATOR_HOST", &to_firestore.address());
    kiosk.set("GOOGLE_CLOUD_PROJECT", &firestore.project);
    let late = async || {
        let documents = firestore.documents("attendance_records").await;
        let minutes =
            |document: &serde_json::Value| document.to_string().contains(r#""integerValue":"17""#);
        (documents.len(), documents.iter().any(minutes))
    };

    kiosk.done(&["check-in", "ADM/77", "--name", "Jane Doe"]);
    kiosk.done(&["sync", "run"]);
    assert_eq!(late().await, (1, false));

    let reason = ["--reason", "came late"];
    let change = ["attendance", "mark", "ADM/77", "--late", "17"];
    kiosk.done(&[&change[..], &reason[..]].concat());
    to_firestore.becomes(Fault::AnswerLost);
    kiosk.refusal(&["sync", "run"]);
    to_firestore.becomes(Fault::None);
    kiosk.done(&["sync", "retry"]);
    kiosk.done(&["sync", "run"]);
    assert_eq!(late().await, (1, true));

    kiosk.done(&[&["attendance", "unmark", "ADM/77"][..], &reason[..]].concat());
    to_firestore.becomes(Fault::EveryNthAnswerLost(2));
    let lost = kiosk.command(&["sync", "run"]).output().expect("it runs");
    to_firestore.becomes(Fault::None);
    kiosk.done(&["sync", "retry"]);
    kiosk.done(&["sync", "run"]);
    assert_eq!(late().await, (0, false), "{lost:?}");
}
