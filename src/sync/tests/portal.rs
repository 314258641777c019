//! What is the portal's alone: the key, the bound on calls under way, and the roster.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::reports::{nairobi, report, reports};
use super::school::School;
use super::stub::{Reply, Stub};
use crate::domain::{AdmissionNumber, RemoteStatus, Secret, Verdict};
use crate::sync::portal::{PortalRemote, PortalSettings, PortalStudent};
use crate::sync::{Contact, Remote, Work as _};

pub(super) fn portal(url: String, api_key_in_body: bool) -> PortalRemote {
    PortalRemote::new(PortalSettings {
        url,
        api_key: Secret::new("swordfish\n"),
        api_key_in_body,
        timeout: Duration::from_millis(500),
        zone: nairobi(),
    })
    .unwrap()
}

fn yes() -> Reply {
    Reply::json(200, &json!({"success": true, "id": "P1"}))
}

#[tokio::test]
async fn the_key_is_in_the_body_only_where_asked_for() {
    let stub = Stub::start(|_| yes()).await;
    portal(stub.url(), false).deliver(&reports(1, 1)).await;
    portal(stub.url(), true).deliver(&reports(1, 1)).await;
    let requests = stub.requests();
    assert!(!requests[0].body.contains("swordfish"));
    assert_eq!(requests[1].json()["api_key"], "swordfish");
    for request in requests {
        assert_eq!(request.headers["authorization"], "Bearer swordfish");
    }
}

#[tokio::test]
async fn a_portal_that_accepts_and_never_answers_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let verdicts = portal(url, false).deliver(&reports(1, 16)).await;
    assert!(verdicts.iter().all(
        |verdict| matches!(verdict, Verdict::Postponed { error, .. } if error == "no answer in time")
    ));
    // Only those under way were tried: not one connection for each report.
    let mut connections = 0;
    while let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await {
        connections += 1;
    }
    assert!((1..=4).contains(&connections), "{connections}");
}

#[tokio::test]
async fn a_server_error_over_one_record_does_not_stop_the_others() {
    let stub = Stub::start(|request| {
        if request.body.contains("CURSED") {
            Reply::text(500, "Traceback")
        } else {
            yes()
        }
    })
    .await;
    let mut batch = reports(1, 8);
    batch[2] = report("CURSED", 3);
    let verdicts = portal(stub.url(), false).deliver(&batch).await;
    for (index, verdict) in verdicts.iter().enumerate() {
        match verdict {
            Verdict::Postponed { retry_after, .. } => {
                assert_eq!((index, *retry_after), (2, None));
            }
            Verdict::Delivered { document_id, .. } => assert_eq!(document_id, "P1"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Stub::start(|_| yes()).await;
    let location = format!("{}/login", elsewhere.url());
    let stub = Stub::start(move |_| Reply::text(302, "").with_header("Location", &location)).await;
    let verdicts = portal(stub.url(), false).deliver(&reports(1, 1)).await;
    assert!(matches!(verdicts[0], Verdict::Postponed { .. }));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn no_request_reaches_the_portal_but_with_a_record() {
    let accepts = Arc::new(AtomicBool::new(true));
    let answers = Arc::clone(&accepts);
    let stub = Stub::start(move |_| {
        if answers.load(Ordering::SeqCst) {
            yes()
        } else {
            Reply::json(401, &json!({"success": false}))
        }
    })
    .await;
    let remote = Arc::new(portal(stub.url(), false));
    let contact = remote.test().await.unwrap();
    assert!(matches!(contact, Contact::Reachable(_)), "{contact}");
    let mut school = School::open().await;
    let (worker, mut status) = school.worker(&remote);
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    status.wait_for(RemoteStatus::is_connected).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(stub.requests().len(), 0, "a start and two tests");

    accepts.store(false, Ordering::SeqCst);
    let (mut worker, status) = school.worker(&remote);
    school.check_in(1).await;
    for _ in 0..3 {
        worker.drain().await.unwrap();
        worker.idle().now_or_never();
        school.clock.advance(Duration::from_secs(60));
    }
    assert!(matches!(
        *status.borrow(),
        RemoteStatus::Unauthorized { .. }
    ));
    accepts.store(true, Ordering::SeqCst);
    assert_eq!(worker.drain().await.unwrap().delivered, 1);
    assert!(status.borrow().is_connected());
    let requests = stub.requests();
    assert_eq!(requests.len(), 4, "one a minute, and the one that is taken");
    for request in requests {
        assert_eq!(request.json()["student"]["admission_number"], "ADM/0");
    }
}

#[tokio::test]
async fn a_portal_that_cannot_be_connected_to_is_unreachable() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let remote_error = portal(format!("http://{address}"), false).test().await;
    assert_eq!(
        remote_error.unwrap_err().to_string(),
        "the server refused the connection"
    );
}

fn students(count: usize) -> Vec<PortalStudent> {
    (0..count)
        .map(|number| PortalStudent {
            admission_number: AdmissionNumber::parse(&format!("ADM/{number}")).unwrap(),
            name: format!("Student {number}"),
            email: String::new(),
            phone: String::new(),
        })
        .collect()
}

#[tokio::test]
async fn the_roster_goes_in_pages_of_five_hundred() {
    let stub = Stub::start(|request| {
        let count = request.json()["students"].as_array().unwrap().len();
        Reply::json(200, &json!({"success": true, "synced_count": count}))
    })
    .await;
    let mut seen = Vec::new();
    let synced = portal(stub.url(), false)
        .sync_students(&students(1100), |sent| seen.push(sent))
        .await;
    assert_eq!(synced, Ok(1100));
    assert_eq!(seen, [500, 1000, 1100]);
    let first = &stub.requests()[0];
    assert_eq!(first.path, "/api/students/bulk-sync");
    assert_eq!(first.json()["action"], "bulk_sync_students");
    assert_eq!(
        first.json()["students"][0],
        json!({"admission_number": "ADM/0", "name": "Student 0", "email": "", "phone": ""})
    );
}

#[tokio::test]
async fn a_page_that_is_refused_says_how_far_it_got() {
    let calls = Arc::new(AtomicUsize::new(0));
    let stub = Stub::start(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::json(200, &json!({"success": true, "synced_count": 499})),
        _ => Reply::json(200, &json!({"success": false, "error": "table is locked"})),
    })
    .await;
    let failure = portal(stub.url(), false)
        .sync_students(&students(1100), |_| {})
        .await
        .unwrap_err();
    assert_eq!(
        failure.to_string(),
        "table is locked (page 2 of 3; before it the portal took 499)"
    );
    assert_eq!(failure.sent, 500);
    assert_eq!(stub.requests().len(), 2);
}
