//! Marks corrected at one kiosk of several.

use super::*;

#[tokio::test]
async fn a_mark_taken_back_at_one_kiosk_is_taken_back_at_all() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    b.looks().await;
    for (correction, present) in [
        (Correction::Unmark, 0),
        (Correction::Mark(HandMark::Present), 1),
    ] {
        a.clock.advance(Duration::from_secs(60));
        a.corrects(session, "ADM/1", correction).await;
        a.delivers().await;
        b.looks().await;
        b.looks().await;
        for kiosk in [&a, &b] {
            let board = kiosk
                .store
                .board(session, 10, kiosk.clock.now(), rules())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(board.totals.present, present, "{}", kiosk.id);
        }
    }
}

#[tokio::test]
async fn a_mark_taken_back_gives_way_to_one_that_another_kiosk_made_meanwhile() {
    let Some(emulator) = emulator() else { return };
    for a_first in [true, false] {
        for b_is_earlier in [true, false] {
            let (mut a, mut b, session) = hall(&emulator).await;
            let later = if b_is_earlier { &a } else { &b };
            later.clock.advance(Duration::from_secs(60));
            a.checks_in(session, "ADM/1", true).await;
            a.corrects(session, "ADM/1", Correction::Unmark).await;
            b.checks_in(session, "ADM/1", true).await;
            if a_first {
                a.delivers().await;
                b.delivers().await;
            } else {
                b.delivers().await;
                a.looks().await;
                a.delivers().await;
            }
            a.looks().await;
            b.looks().await;
            a.looks().await;
            for kiosk in [&a, &b] {
                let board = kiosk
                    .store
                    .board(session, 10, kiosk.clock.now(), rules())
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(
                    board.totals.present, 1,
                    "{} {a_first} {b_is_earlier}",
                    kiosk.id
                );
            }
            assert_eq!(a.marks(session).await, b.marks(session).await);
            let claims = emulator
                .documents(&format!("/sessions/{session}"), "students")
                .await;
            assert_eq!(claims.len(), 1);
            assert_eq!(claims[0].1["kiosk_id"]["stringValue"], "kiosk-b");
        }
    }
}

#[tokio::test]
async fn a_number_that_somebody_else_typed_leaves_firestore_and_keeps_its_student_out_nowhere() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    let claims = async || {
        let claims = emulator
            .documents(&format!("/sessions/{session}"), "students")
            .await;
        let kiosks = claims.iter().map(|claim| claim.1["kiosk_id"].clone());
        kiosks.collect::<Vec<Value>>()
    };
    let typed = a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    b.looks().await;
    let turned_away = b.try_check_in(session, "ADM/1", true, random::uuid()).await;
    assert!(matches!(turned_away, Ok(CheckInAnswer::MarkedElsewhere(_))));
    let read = a.clock.reading();
    let taken = a
        .store
        .take_back(typed, NotMeAt::Keyboard, read, rules())
        .await;
    let taken = taken.unwrap();
    assert!(
        matches!(taken, Ok(CheckInAnswer::TakenBack(_))),
        "{taken:?}"
    );
    a.delivers().await;
    assert_eq!(claims().await, Vec::<Value>::new());
    assert_eq!(a.published(session).await.taken_back, [typed]);
    b.looks().await;
    b.clock.advance(Duration::from_secs(60));
    b.checks_in(session, "ADM/1", true).await;
    b.delivers().await;
    a.looks().await;
    assert_eq!(claims().await, [json!({"stringValue": "kiosk-b"})]);
    for kiosk in [&a, &b] {
        let board = kiosk
            .store
            .board(session, 10, kiosk.clock.now(), rules())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(board.totals.present, 1, "{}", kiosk.id);
    }
    // What was typed stays as evidence.
    let file = rusqlite::Connection::open(a.folder.path().join("kiosk.db")).unwrap();
    let kept = "SELECT mark FROM records WHERE kiosk = 0 AND uuid = ?1";
    let kept: String = file.query_row(kept, [typed], |row| row.get(0)).unwrap();
    assert_eq!(kept, "taken_back");
}

#[tokio::test]
async fn what_another_kiosk_recorded_first_is_not_undone_here() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    b.checks_in(session, "ADM/1", true).await;
    a.clock.advance(Duration::from_secs(60));
    a.corrects(session, "ADM/1", Correction::Mark(HandMark::Present))
        .await;
    b.delivers().await;
    a.delivers().await;
    a.looks().await;
    let undone = a
        .store
        .undo_correction(session, None, None, rules(), a.hand());
    let answer = undone.await.unwrap();
    let Err(CorrectionRefusal::OtherKiosk { kiosk_id }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(kiosk_id, "kiosk-b");
    let board = a
        .store
        .board(session, 10, a.clock.now(), rules())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(board.totals.present, 1);
}

#[tokio::test]
async fn a_correction_of_what_was_not_delivered_yet_is_weighed_like_a_check_in() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(900));
    let early = b.checks_in(session, "ADM/1", true).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    b.corrects(
        session,
        "ADM/1",
        Correction::Mark(HandMark::Late { minutes: Some(5) }),
    )
    .await;
    b.delivers().await;
    a.looks().await;
    b.looks().await;
    assert_eq!(a.marks(session).await, b.marks(session).await);
    let claims = emulator
        .documents(&format!("/sessions/{session}"), "students")
        .await;
    assert_eq!(
        claims[0].1["attendance_id"]["stringValue"],
        early.to_string()
    );
}
