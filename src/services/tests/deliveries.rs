//! What is owed to the remotes, and told of it.

use super::*;
use crate::words::{CheckInResult, Voice};

#[tokio::test]
async fn a_session_is_owed_to_other_kiosks_once_however_often_it_changes() {
    let school = School::start().await;
    let owed = async || school.store.publication_counts().await.unwrap().waiting;
    let (first, _) = school.lecture().await;
    assert_eq!(owed().await, 0, "a kiosk that nobody hears owes nothing");
    school.store.set_publishing(Publishing::On).await.unwrap();
    school
        .sessions
        .close(Actor::Shell("shell"), first.id)
        .await
        .unwrap();
    school
        .sessions
        .reopen(Actor::Shell("shell"), first.id, "early".to_owned())
        .await
        .unwrap();
    assert_eq!(owed().await, 1);
    let due = school
        .store
        .due_publications("here".to_owned(), school.clock.now());
    let due = due.await.unwrap();
    assert_eq!(due[0].published.session.state, SessionState::Open);

    // What is said by the time of a later change is not all there is to say.
    school
        .sessions
        .cancel(Actor::Shell("shell"), first.id, "ill".to_owned())
        .await
        .unwrap();
    let outcome = Settlement::Delivered {
        document_id: String::new(),
        answer: String::new(),
    };
    school
        .store
        .settle_publication(first.id, due[0].edition, outcome, school.clock.now())
        .await
        .unwrap();
    assert_eq!(owed().await, 1);
    school.store.set_publishing(Publishing::Off).await.unwrap();
    assert_eq!(owed().await, 0);
}

#[tokio::test]
async fn the_record_and_its_debts_are_one() {
    let school = School::start().await;
    school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert_eq!(
        receipt.delivery,
        RemoteAnswers {
            firestore: RemoteAnswer::Queued,
            portal: RemoteAnswer::Queued
        }
    );
    let debts = school
        .store
        .due(
            Target::Portal,
            "k1".to_owned(),
            school.portal_time(),
            10,
            None,
        )
        .await
        .unwrap();
    assert_eq!(debts.len(), 1);
    assert_eq!(debts[0].report.attendance_id, receipt.attendance_id);
    assert_eq!(debts[0].report.percentage.to_string(), "8.33");
}

#[tokio::test]
async fn a_remote_that_is_off_is_owed_nothing() {
    let school = School::with(|policy| policy.deliver_to = vec![Target::Firestore]).await;
    school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "John Doe").await);
    assert_eq!(receipt.delivery.portal, RemoteAnswer::Disabled);
    let json = serde_json::to_value(CheckInResult::of_receipt(
        &receipt,
        Voice::english(school.desk.zone()),
    ))
    .unwrap();
    assert_eq!(
        json["portal"],
        serde_json::json!({"success": true, "message": "disabled"})
    );
    assert_eq!(
        json["firebase"],
        serde_json::json!({"success": false, "queued": true})
    );
    assert_eq!(json["attendance_percentage"], 8.33);
    assert_eq!(json["session"]["time_slot"], "08:00 - 10:00");
}

#[tokio::test]
async fn deliveries_can_be_watched_and_tried_again() {
    let school = School::start().await;
    school.lecture().await;
    let mut ids = Vec::new();
    for number in ["ADM/1", "ADM/2", "ADM/3"] {
        ids.push(recorded(school.types(number, "Jane Doe").await).attendance_id);
        school.clock.advance(Duration::from_secs(20));
    }
    let (_status, status) = tokio::sync::watch::channel(RemoteStatus::Connected);
    let (hand, in_hand) = tokio::sync::watch::channel(Arc::from([ids[1]]));
    let portal = WatchedRemote {
        target: Target::Portal,
        status,
        in_hand,
    };
    let deliveries = school.deliveries.clone().watching(vec![portal]);
    let of_portal = async || deliveries.progress().await.unwrap().remove(1);
    let before = of_portal().await;
    assert_eq!((before.counts.waiting, before.delivering), (3, 1));
    assert_eq!(before.status, RemoteStatus::Connected);

    let answer = "é".repeat(5000);
    let settled = [
        (
            ids[0],
            Settlement::Delivered {
                document_id: "p1".to_owned(),
                answer: answer.clone(),
            },
        ),
        (
            ids[2],
            Settlement::Parked {
                error: "no".to_owned(),
                answer,
            },
        ),
    ]
    .map(|(attendance_id, settlement)| Settled {
        attendance_id,
        edition: 0,
        settlement,
    })
    .to_vec();
    let now = school.clock.monotonic();
    school
        .store
        .settle(Target::Portal, settled, now)
        .await
        .unwrap();
    let after = of_portal().await;
    assert_eq!((after.counts.waiting, after.counts.parked), (1, 1));
    assert_eq!(after.last_minute, 1);

    // The wall clock is set; times of the list are those that people read.
    school.clock.turn_to(school.clock.now() + HOUR);
    let all = Page {
        offset: 0,
        limit: 10,
    };
    let lines = deliveries.page(Some(Target::Portal), all).await.unwrap();
    let stand: Vec<_> = lines
        .iter()
        .map(|line| (line.attendance_id, line.state))
        .collect();
    assert_eq!(
        stand,
        [
            (ids[2], DeliveryState::Parked),
            (ids[1], DeliveryState::Delivering)
        ],
        "what waits for a person stands first"
    );
    assert_eq!(lines[0].last_answer.as_ref().unwrap().len(), 4096);
    assert!(lines[1].next_attempt_at > school.clock.now() - minutes(2));
    hand.send_replace(Arc::from([]));
    let next = Page {
        offset: 1,
        limit: 1,
    };
    let lines = deliveries.page(Some(Target::Portal), next).await.unwrap();
    assert_eq!((lines.len(), lines[0].state), (1, DeliveryState::Waiting));

    assert_eq!(deliveries.retry(ids[2], None).await, Ok(2), "at both");
    assert_eq!(of_portal().await.counts.parked, 0);
    assert_eq!(
        deliveries.retry(ids[0], Some(Target::Portal)).await,
        Ok(0),
        "told is told"
    );
    assert_eq!(deliveries.retry_all(None).await, Ok(5));
    school.clock.advance(minutes(1));
    assert_eq!(of_portal().await.last_minute, 0);
}
