//! Firestore and the portal each get every record once, whatever the other does.

use std::time::Duration;

use tokio::net::TcpListener;

use crate::support::firestore::Firestore;
use crate::support::http_client;
use crate::support::kiosk::{Kiosk, Session};
use crate::support::phone;
use crate::support::portal::{Mood, Portal};
use crate::support::wait::{until, until_async};

/// Numbers that have broken other systems: slashes, names that Firestore keeps for itself, other scripts.
const NUMBERS: [&str; 9] = [
    "SCT211-0001/2021",
    "..",
    ".",
    "__X__",
    "ÅDM/2023/Ø1",
    "学号 二〇",
    "A%2FB",
    "A~2FB",
    "ADM 2023/001 #?&",
];

/// Long enough for a busy machine, shorter than any wait for a remote that is down.
const SOON: Duration = Duration::from_secs(8);

fn deliver_to(kiosk: &mut Kiosk, firestore: &str, project: &str, portal: &str) {
    kiosk.set("FIRESTORE_EMULATOR_HOST", firestore);
    kiosk.set("GOOGLE_CLOUD_PROJECT", project);
    kiosk.set("LECTURER_PORTAL_API_URL", portal);
    kiosk.set("LECTURER_PORTAL_API_KEY", "the-portal-key");
}

async fn check_all_in(kiosk: &Kiosk, session: &Session) -> Vec<String> {
    let http = http_client();
    let mut numbers = Vec::new();
    for number in NUMBERS {
        let (status, answer) =
            phone::check_in(&http, &kiosk.url(), &session.code, number, "Zoë Ødegård").await;
        assert_eq!(status, 201, "{number}: {answer}");
        let canonical = answer["student"]["admission_number"]
            .as_str()
            .expect("a number comes back");
        numbers.push(canonical.to_owned());
    }
    numbers.sort();
    numbers
}

/// Waits until the collections of the session hold exactly `numbers`.
async fn wait_for_firestore(firestore: &Firestore, session: &Session, numbers: &[String]) {
    let students = format!("sessions/{}/students", session.id);
    for collection in ["attendance_records", &students] {
        until_async(
            &format!("{} documents in {collection}", numbers.len()),
            SOON,
            async || {
                (firestore.texts(collection, "admission_number").await == numbers).then_some(())
            },
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_remotes_get_every_record_once_with_odd_numbers_too() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let portal = Portal::open().await;
    let (mut kiosk, session) = Kiosk::with_open_session();
    deliver_to(
        &mut kiosk,
        &firestore.address,
        &firestore.project,
        &portal.url,
    );
    let _server = kiosk.serve().await;
    let numbers = check_all_in(&kiosk, &session).await;

    wait_for_firestore(&firestore, &session, &numbers).await;
    assert!(portal.calls().is_empty(), "they can still be taken back");
    kiosk.not_me_is_over();
    portal.wait_for(&numbers, SOON);
    assert_eq!(portal.calls().len(), NUMBERS.len());
    for call in portal.calls() {
        assert_eq!(call.authorization, "Bearer the-portal-key");
        assert_eq!(
            call.idempotency_key,
            call.body["attendance"]["attendance_id"]
                .as_str()
                .unwrap_or_default()
        );
        assert_eq!(
            call.body["attendance"]["attendance_percentage"].as_f64(),
            Some(8.33)
        );
    }
    let settled = "SELECT count(*) FROM attendance WHERE synced_to_firebase = 1 AND synced_to_portal = 1 \
                   AND firebase_doc_id <> '' AND portal_response LIKE '%portal-%'";
    let all = i64::try_from(NUMBERS.len()).expect("a small number");
    until("the books to be settled", SOON, || {
        (kiosk.count(settled) == all).then_some(())
    });

    // The same students again: nothing is sent twice.
    let http = http_client();
    for number in NUMBERS {
        let code = kiosk.live_code();
        let (status, answer) =
            phone::check_in(&http, &kiosk.url(), &code, number, "Zoë Ødegård").await;
        assert_eq!(
            (status, answer["outcome"].as_str()),
            (200, Some("already_marked")),
            "{answer}"
        );
        assert_eq!(
            (&answer["firebase"]["success"], &answer["portal"]["success"]),
            (&true.into(), &true.into())
        );
    }
    assert_eq!(portal.calls().len(), NUMBERS.len());
    assert_eq!(
        firestore.documents("attendance_records").await.len(),
        NUMBERS.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_hangs_does_not_delay_firestore_and_gets_its_copies_later() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let portal = Portal::open().await;
    portal.becomes(Mood::Hangs);
    let (mut kiosk, session) = Kiosk::with_open_session();
    deliver_to(
        &mut kiosk,
        &firestore.address,
        &firestore.project,
        &portal.url,
    );
    kiosk.set("PORTAL_SYNC_TIMEOUT", "2");
    let _server = kiosk.serve().await;
    let mut numbers = check_all_in(&kiosk, &session).await;
    kiosk.not_me_is_over();
    until("the portal to be asked", SOON, || {
        (!portal.calls().is_empty()).then_some(())
    });
    // One more, while the portal hangs.
    let code = kiosk.live_code();
    let answer = phone::check_in(&http_client(), &kiosk.url(), &code, "ADM/LAST", "Asha").await;
    assert_eq!(answer.0, 201, "{}", answer.1);
    numbers.push("ADM/LAST".to_owned());
    numbers.sort();
    wait_for_firestore(&firestore, &session, &numbers).await;
    assert!(portal.taken().is_empty());

    portal.becomes(Mood::Takes);
    kiosk.not_me_is_over();
    portal.wait_for(&numbers, Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firestore_that_hangs_does_not_delay_the_portal() {
    // Takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port can be had");
    let address = silent
        .local_addr()
        .expect("a bound socket has an address")
        .to_string();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(connection) = silent.accept().await {
            held.push(connection);
        }
    });
    let portal = Portal::open().await;
    let (mut kiosk, session) = Kiosk::with_open_session();
    deliver_to(&mut kiosk, &address, "demo-silent", &portal.url);
    let _server = kiosk.serve().await;
    let numbers = check_all_in(&kiosk, &session).await;
    kiosk.not_me_is_over();
    portal.wait_for(&numbers, SOON);
    assert_eq!(
        kiosk.count("SELECT count(*) FROM attendance WHERE synced_to_firebase = 1"),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_down_answers_nobody_at_the_desk() {
    let portal = Portal::open().await;
    let (mut kiosk, session) = Kiosk::with_open_session();
    kiosk.set("LECTURER_PORTAL_API_URL", &portal.url);
    kiosk.set("LECTURER_PORTAL_API_KEY", "the-portal-key");
    kiosk.set("KIOSK__FIRESTORE__ENABLED", "false");
    let _server = kiosk.serve().await;
    let http = http_client();
    for (turn, mood) in [Mood::Busy, Mood::Refuses, Mood::ShowsAPage, Mood::SaysNo]
        .into_iter()
        .enumerate()
    {
        portal.becomes(mood);
        let calls = portal.calls().len();
        let number = format!("ADM/2026/{turn:03}");
        let (status, answer) =
            phone::check_in(&http, &kiosk.url(), &session.code, &number, "Asha").await;
        assert_eq!(status, 201, "{mood:?}: {answer}");
        kiosk.not_me_is_over();
        until("the portal to be asked", SOON, || {
            (portal.calls().len() > calls).then_some(())
        });
    }
    // Refused is not lost: a person retries, and the portal has thought better of it.
    portal.becomes(Mood::HasIt);
    until("all four copies", Duration::from_secs(30), || {
        kiosk.done(&["sync", "retry"]);
        (portal.taken().len() == 4).then_some(())
    });
    let settled = "SELECT count(*) FROM attendance WHERE synced_to_portal = 1";
    until("the books to be settled", SOON, || {
        (kiosk.count(settled) == 4).then_some(())
    });
}
