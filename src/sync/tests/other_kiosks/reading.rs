//! What the others recorded: read once, whole, and again after an absence.

use super::*;
use crate::random;

/// Writes claims as another kiosk would, all taken by the server in one moment.
async fn put_claims(
    emulator: &Emulator,
    session: SessionId,
    numbers: std::ops::Range<usize>,
    synced_at: &str,
) {
    let root = emulator.root();
    let writes: Vec<Value> = numbers
        .map(|number| {
            json!({"update": {
                "name": format!("{root}/sessions/{session}/students/N-{number:04}"),
                "fields": {
                    "attendance_id": {"stringValue": random::uuid().to_string()},
                    "kiosk_id": {"stringValue": "kiosk-z"},
                    "admission_number": {"stringValue": format!("N-{number:04}")},
                    "student_name": {"stringValue": "Jane Doe"},
                    "timestamp": {"timestampValue": START},
                    "channel": {"stringValue": "phone"},
                    "attendance_percentage": {"doubleValue": 8.33},
                    "late_minutes": {"integerValue": "0"},
                    "synced_at": {"timestampValue": synced_at},
                },
            }})
        })
        .collect();
    emulator
        .call(Method::POST, ":commit", &json!({"writes": writes}))
        .await;
}

#[tokio::test]
async fn more_records_of_one_moment_than_a_page_holds_are_all_read() {
    let Some(emulator) = emulator() else { return };
    let (_, mut b, session) = hall(&emulator).await;
    put_claims(&emulator, session, 0..1203, "2026-11-22T06:00:01.123456Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 1203);
}

#[tokio::test]
async fn a_claim_that_bears_another_students_id_keeps_nobody_else_out() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    let students = format!("/sessions/{session}");
    let copied = emulator.documents(&students, "students").await;
    let mut fields = copied[0].1.clone();
    fields["admission_number"] = json!({"stringValue": "ADM/2"});
    let name = format!("{}/sessions/{session}/students/ADM~2F2", emulator.root());
    let writes = json!({"writes": [{"update": {"name": name, "fields": fields}}]});
    emulator.call(Method::POST, ":commit", &writes).await;
    put_claims(&emulator, session, 0..1, "2027-01-01T00:00:00Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_commit_that_was_held_is_caught_by_the_overlap() {
    let Some(emulator) = emulator() else { return };
    let (_, mut b, session) = hall(&emulator).await;
    put_claims(&emulator, session, 0..2, "2026-11-22T06:00:10Z").await;
    b.looks().await;
    // Stamped before those that are read already, and seen only now.
    put_claims(&emulator, session, 2..3, "2026-11-22T06:00:01Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 3);
    let progress = b.store.mirror_progress().await.unwrap();
    assert_eq!(progress[0].read_until, Some(moment("2026-11-22T06:00:10Z")));
}

#[tokio::test]
async fn what_the_overlap_missed_is_read_when_the_session_closes() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    put_claims(&emulator, session, 0..1, "2026-11-22T07:00:00Z").await;
    b.looks().await;
    put_claims(&emulator, session, 1..2, "2026-11-22T06:00:00Z").await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 1);
    a.store
        .close_session(session, "test".to_owned(), a.clock.now())
        .await
        .unwrap();
    a.publishes().await;
    b.looks().await;
    assert_eq!(b.state(session).await, SessionState::Closed);
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_kiosk_that_was_away_is_heard_after_the_end() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    a.looks().await;
    b.checks_in(session, "ADM/2", true).await;
    let by = "test".to_owned();
    a.store
        .close_session(session, by, a.clock.now())
        .await
        .unwrap();
    a.looks().await;
    assert_eq!(a.store.attendance_count(Some(session)).await.unwrap(), 0);
    b.delivers().await;
    a.clock.advance(Duration::from_secs(20 * 24 * 3600));
    a.looks().await;
    assert_eq!(a.store.attendance_count(Some(session)).await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_is_asked_without_an_open_session() {
    let Some(emulator) = emulator() else { return };
    let mut a = Kiosk::with_school(&emulator, "kiosk-a").await;
    assert_eq!(a.rests().await, None);
    let session = a.opens().await;
    a.publishes().await;
    a.looks().await;
    let rest = a.rests().await.unwrap();
    assert!(
        rest > Duration::from_secs(5),
        "nobody else takes part: {rest:?}"
    );
    a.store
        .close_session(session, "test".to_owned(), a.clock.now())
        .await
        .unwrap();
    a.mirror.step().await.unwrap();
    let rest = a.rests().await.unwrap();
    assert!(
        rest > Duration::from_secs(5 * 3600),
        "read once more, then seldom: {rest:?}"
    );
    a.clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(a.rests().await, None, "then left alone");
}

#[tokio::test]
async fn a_kiosk_whose_books_were_set_back_hears_of_its_own_records() {
    let Some(emulator) = emulator() else { return };
    let (_, b, session) = hall(&emulator).await;
    let id = b.checks_in(session, "ADM/1", true).await;
    b.delivers().await;
    let mut restored = Kiosk::new(&emulator, "kiosk-b").await;
    restored.joins(session).await;
    restored.looks().await;
    let receipt = restored.store.receipt(id, restored.clock.now(), rules());
    assert_eq!(receipt.await.unwrap().unwrap().0.channel, Channel::Keypad);
    // Its own to correct.
    restored
        .corrects(session, "ADM/1", Correction::Unmark)
        .await;
    assert!(restored.store.contested(session).await.unwrap().is_empty());
}
