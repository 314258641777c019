//! A student whom several kiosks recorded.

use super::*;
use crate::random;

#[tokio::test]
async fn a_check_in_there_is_on_the_board_here_and_is_marked_already() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(1260));
    let id = a.checks_in(session, "ADM/1", true).await;
    let unknown = a.checks_in(session, "ADM/9", true).await;
    a.delivers().await;
    b.looks().await;
    assert_eq!(b.marks(session).await, a.marks(session).await);
    assert_eq!(b.marks(session).await["ADM/1"].1, 21);
    let counts = b.store.counts(Target::Firestore).await.unwrap();
    assert_eq!(counts.waiting, 0, "nothing is owed of it here");
    let answer = b.try_check_in(session, "ADM/1", true, random::uuid()).await;
    let Ok(CheckInAnswer::MarkedElsewhere(receipt)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(receipt.attendance_id, id);
    assert_eq!(receipt.channel, Channel::Remote);
    assert_eq!(receipt.checked_in_at, a.clock.now());
    b.looks().await;
    b.looks().await;
    assert_eq!(b.store.attendance_count(Some(session)).await.unwrap(), 2);
    assert!(
        b.store
            .receipt(unknown, b.clock.now(), rules())
            .await
            .unwrap()
            .is_some()
    );
}

/// Both are away and take the same student; they come back in the order told.
async fn contest(a_trusted: bool, b_trusted: bool, a_first: bool) {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    // At B a quarter of an hour after A.
    b.clock.advance(Duration::from_secs(900));
    let at_a = a.checks_in(session, "ADM/1", a_trusted).await;
    let at_b = b.checks_in(session, "ADM/1", b_trusted).await;
    if a_first {
        a.delivers().await;
        b.delivers().await;
    } else {
        b.delivers().await;
        a.delivers().await;
    }
    a.looks().await;
    b.looks().await;
    a.looks().await;

    let a_stands = a_trusted || !b_trusted;
    let (standing, other) = if a_stands { (at_a, at_b) } else { (at_b, at_a) };
    let expected = if a_stands {
        (moment(START), 0)
    } else {
        (moment(START) + Duration::from_secs(900), 15)
    };
    for kiosk in [&a, &b] {
        assert_eq!(
            kiosk.marks(session).await["ADM/1"],
            expected,
            "{}",
            kiosk.id
        );
        let board = kiosk
            .store
            .board(session, 10, kiosk.clock.now(), rules())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(board.totals.present + board.totals.late, 1);
        let contested = kiosk.store.contested(session).await.unwrap();
        assert_eq!(contested.len(), 1);
        let ids: Vec<Uuid> = contested[0]
            .records
            .iter()
            .map(|record| record.attendance_id)
            .collect();
        assert_eq!(ids, [standing, other], "both stay visible at {}", kiosk.id);
    }
    let claims = emulator
        .documents(&format!("/sessions/{session}"), "students")
        .await;
    assert_eq!(claims.len(), 1);
    let claim = &claims[0].1;
    assert_eq!(claim["attendance_id"]["stringValue"], standing.to_string());
    let also = &claim["also"]["arrayValue"]["values"];
    assert_eq!(also.as_array().unwrap().len(), 1);
    assert_eq!(
        also[0]["mapValue"]["fields"]["attendance_id"]["stringValue"],
        other.to_string()
    );
    let timeline: BTreeMap<String, Value> = emulator
        .documents("", "attendance_records")
        .await
        .into_iter()
        .map(|(name, fields)| (name.rsplit_once('/').unwrap().1.to_owned(), fields))
        .collect();
    assert_eq!(timeline.len(), 2);
    assert_eq!(
        timeline[&standing.to_string()]["counts"]["booleanValue"],
        true
    );
    let loser = &timeline[&other.to_string()];
    assert_eq!(loser["counts"]["booleanValue"], false);
    assert_eq!(loser["superseded_by"]["stringValue"], standing.to_string());
    assert_eq!(loser["admission_number"]["stringValue"], "ADM/1");
}

#[tokio::test]
async fn the_earlier_stands_when_it_is_delivered_first() {
    contest(true, true, true).await;
}

#[tokio::test]
async fn the_earlier_stands_when_it_is_delivered_last() {
    contest(true, true, false).await;
}

#[tokio::test]
async fn a_clock_that_was_not_set_gives_way_in_either_order() {
    contest(false, true, true).await;
    contest(false, true, false).await;
}

#[tokio::test]
async fn between_two_clocks_that_were_not_set_the_earlier_stands() {
    contest(false, false, false).await;
}

#[tokio::test]
async fn a_record_that_gave_way_is_still_delivered_as_it_was_made() {
    let Some(emulator) = emulator() else { return };
    let (a, mut b, session) = hall(&emulator).await;
    b.clock.advance(Duration::from_secs(900));
    let at_b = b.checks_in(session, "ADM/1", true).await;
    a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    // B hears of A's before it delivers its own.
    b.looks().await;
    assert_eq!(b.marks(session).await["ADM/1"], (moment(START), 0));
    b.delivers().await;
    let records = emulator.documents("", "attendance_records").await;
    let own = records
        .iter()
        .find(|(name, _)| name.ends_with(&at_b.to_string()))
        .unwrap();
    assert_eq!(own.1["timestamp"]["timestampValue"], "2026-11-22T06:15:00Z");
    assert_eq!(own.1["late_minutes"]["integerValue"], "15");
    assert_eq!(own.1["channel"]["stringValue"], "keypad");
    assert_eq!(own.1["counts"]["booleanValue"], false);
}

#[tokio::test]
async fn a_time_that_is_put_right_is_told_though_another_record_stands() {
    let Some(emulator) = emulator() else { return };
    let (a, b, session) = hall(&emulator).await;
    let stands = a.checks_in(session, "ADM/1", true).await;
    a.delivers().await;
    // B's machine started without knowing the time, and lags by a minute.
    let right = b.clock.now() + Duration::from_secs(900);
    b.clock.turn_to(right - Duration::from_secs(60));
    b.clock.set_trusted(false);
    let other = b.checks_in(session, "ADM/1", false).await;
    b.delivers().await;

    b.clock.turn_to(right);
    b.clock.set_trusted(true);
    let (read, windows) = (b.clock.reading(), rules().windows);
    let done = b.store.correct_times(read, windows, nairobi()).await;
    assert_eq!(done.unwrap().records, 1);
    b.delivers().await;
    let timeline = emulator.documents("", "attendance_records").await;
    let (_, own) = timeline
        .iter()
        .find(|(name, _)| name.ends_with(&other.to_string()))
        .unwrap();
    assert_eq!(own["timestamp"]["timestampValue"], "2026-11-22T06:15:00Z");
    assert_eq!(own["counts"]["booleanValue"], false);
    let students = format!("/sessions/{session}");
    let claims = emulator.documents(&students, "students").await;
    let claim = &claims[0].1;
    assert_eq!(claim["attendance_id"]["stringValue"], stands.to_string());
    let also = claim["also"]["arrayValue"]["values"].as_array().unwrap();
    assert_eq!(also.len(), 1);
    let evidence = &also[0]["mapValue"]["fields"];
    assert_eq!(evidence["attendance_id"]["stringValue"], other.to_string());
    assert_eq!(
        evidence["timestamp"]["timestampValue"],
        "2026-11-22T06:15:00Z"
    );
}

#[tokio::test]
async fn a_time_that_is_put_right_may_change_which_record_stands() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    a.clock.advance(Duration::from_secs(300));
    let at_a = a.checks_in(session, "ADM/1", false).await;
    a.delivers().await;
    // Neither knows the time; B believes that it is later than it is.
    b.clock.turn_to(moment(START) + Duration::from_secs(600));
    b.clock.set_trusted(false);
    let at_b = b.checks_in(session, "ADM/1", false).await;
    b.delivers().await;
    let claimant = async || {
        let claims = emulator
            .documents(&format!("/sessions/{session}"), "students")
            .await;
        let claim = claims[0].1.clone();
        (
            claim["attendance_id"]["stringValue"]
                .as_str()
                .unwrap()
                .to_owned(),
            claim["also"]["arrayValue"]["values"]
                .as_array()
                .unwrap()
                .len(),
        )
    };
    assert_eq!(claimant().await, (at_a.to_string(), 1));

    b.clock.turn_to(moment(START) + Duration::from_secs(60));
    b.clock.set_trusted(true);
    let (read, windows) = (b.clock.reading(), rules().windows);
    let done = b.store.correct_times(read, windows, nairobi()).await;
    assert_eq!(done.unwrap().records, 1);
    b.delivers().await;
    assert_eq!(claimant().await, (at_b.to_string(), 1));
    a.looks().await;
    let put_right = moment(START) + Duration::from_secs(60);
    assert_eq!(a.marks(session).await["ADM/1"].0, put_right);
}

#[tokio::test]
async fn a_kiosk_that_could_not_say_that_it_joined_is_heard_after_the_end() {
    let Some(emulator) = emulator() else { return };
    let mut a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    a.publishes().await;
    let b = Kiosk::new(&emulator, "kiosk-b").await;
    b.joins(session).await;
    b.checks_in(session, "ADM/1", true).await;

    // B's network is gone; A reads the session to its end and has seen nobody.
    let closed = a
        .store
        .close_session(session, "S1".to_owned(), a.clock.now());
    closed.await.unwrap();
    a.publishes().await;
    a.looks().await;
    assert_eq!(a.marks(session).await.len(), 0);

    a.clock.advance(Duration::from_secs(24 * 3600));
    b.publishes().await;
    b.delivers().await;
    a.looks().await;
    assert_eq!(a.marks(session).await.len(), 1);
}

#[tokio::test]
async fn three_kiosks_come_to_one_answer() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    let mut c = Kiosk::new(&emulator, "kiosk-c").await;
    c.joins(session).await;
    b.clock.advance(Duration::from_secs(120));
    c.clock.advance(Duration::from_secs(60));
    a.clock.advance(Duration::from_secs(180));
    for kiosk in [&a, &b, &c] {
        kiosk.checks_in(session, "ADM/1", true).await;
    }
    // The worst order: each one overtakes the one before.
    a.delivers().await;
    b.delivers().await;
    c.delivers().await;
    for kiosk in [&mut a, &mut b, &mut c] {
        kiosk.looks().await;
        assert_eq!(
            kiosk.marks(session).await["ADM/1"].0,
            moment(START) + Duration::from_secs(60)
        );
        let contested = kiosk.store.contested(session).await.unwrap();
        assert_eq!(contested[0].records.len(), 3);
    }
    let records = emulator.documents("", "attendance_records").await;
    let counting = records
        .iter()
        .filter(|(_, fields)| fields["counts"]["booleanValue"] == true);
    assert_eq!(counting.count(), 1);
}
