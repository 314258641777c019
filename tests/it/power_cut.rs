//! The power goes in the middle of a rush: nothing that was acknowledged is lost.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use tokio::task::JoinSet;

use crate::support::http_client;
use crate::support::kiosk::Kiosk;
use crate::support::phone;
use crate::support::portal::{Mood, Portal};
use crate::support::wait::until_async;

/// Phones that never stop.
const PHONES: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_check_in_survives_a_kill_and_the_queue_goes_on() {
    let portal = Portal::open().await;
    portal.becomes(Mood::Busy);
    let (mut kiosk, session) = Kiosk::with_open_session();
    kiosk.set("LECTURER_PORTAL_API_URL", &portal.url);
    kiosk.set("LECTURER_PORTAL_API_KEY", "the-portal-key");
    kiosk.set("KIOSK__FIRESTORE__ENABLED", "false");
    let mut acknowledged = BTreeSet::new();

    for cut in 0..3 {
        let server = kiosk.serve().await;
        acknowledged.extend(rush_until_cut(&kiosk, cut, || server.signal(Signal::KILL)).await);
        drop(server);

        assert_eq!(kiosk.texts("PRAGMA integrity_check"), ["ok"]);
        assert!(
            kiosk
                .texts("SELECT \"table\" FROM pragma_foreign_key_check")
                .is_empty()
        );
        let numbers =
            "SELECT s.admission_number FROM attendance a JOIN students s ON s.id = a.student_id";
        let recorded: BTreeSet<String> = kiosk.texts(numbers).into_iter().collect();
        let lost: Vec<_> = acknowledged.difference(&recorded).collect();
        assert!(
            lost.is_empty(),
            "cut {cut}: {} acknowledged check-ins are lost: {lost:?}",
            lost.len()
        );
        let queued = kiosk.count("SELECT count(*) FROM outbox WHERE target = 'portal'");
        assert_eq!(
            queued,
            kiosk.count("SELECT count(*) FROM attendance"),
            "each record is owed to the portal"
        );
    }

    let _server = kiosk.serve().await;
    let code = kiosk.live_code();
    let (status, answer) =
        phone::check_in(&http_client(), &kiosk.url(), &code, "AFTER/001", "Asha").await;
    assert_eq!(
        (status, answer["session"]["session_id"].as_str()),
        (201, Some(session.id.as_str())),
        "{answer}"
    );

    portal.becomes(Mood::Takes);
    kiosk.not_me_is_over();
    let recorded = kiosk.texts("SELECT admission_number FROM students");
    portal.wait_for(&recorded, Duration::from_mins(2));
}

/// Phones check students in until `cut` has cut the power: the numbers that were acknowledged.
async fn rush_until_cut(kiosk: &Kiosk, round: usize, cut: impl FnOnce()) -> Vec<String> {
    let code = kiosk.live_code();
    let done = Arc::new(Mutex::new(Vec::new()));
    let next = Arc::new(AtomicUsize::new(0));
    let mut phones = JoinSet::new();
    for _ in 0..PHONES {
        let (url, code, done, next) = (
            kiosk.url(),
            code.clone(),
            Arc::clone(&done),
            Arc::clone(&next),
        );
        phones.spawn(async move {
            let http = http_client();
            loop {
                let number = format!("CUT{round}/{:05}", next.fetch_add(1, Ordering::Relaxed));
                let body = serde_json::json!({"code": code, "admission_number": number, "student_name": "Asha"});
                let sent = http.post(format!("{url}/api/check-ins")).json(&body).send().await;
                // No answer: the power is gone, and nothing was promised.
                let Ok(answer) = sent else { return };
                match answer.status().as_u16() {
                    201 => done.lock().expect("no panic with the lock").push(number),
                    429 => {}
                    status => panic!("status {status} in the rush"),
                }
            }
        });
    }
    until_async("a rush", Duration::from_secs(30), async || {
        (done.lock().expect("no panic with the lock").len() >= 150).then_some(())
    })
    .await;
    cut();
    while let Some(ended) = phones.join_next().await {
        ended.expect("a phone saw only what it may see");
    }
    std::mem::take(&mut *done.lock().expect("no panic with the lock"))
}
