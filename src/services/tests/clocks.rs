//! A clock that is not set, is set wrong, or is corrected.

use super::*;

#[tokio::test]
async fn while_the_clock_is_not_set_it_is_shown_and_check_ins_are_flagged() {
    let school = School::start().await;
    school.lecture().await;
    let screen = school.screen();
    school.clock.set_trusted(false);
    assert!(screen.look().await.clock_not_set);
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    assert_eq!(receipt.flags.to_string(), "clock_untrusted");

    school.clock.set_trusted(true);
    assert!(!screen.look().await.clock_not_set);
    let later = recorded(school.types("ADM/2", "John Roe").await);
    assert_eq!(later.flags, Flags::NONE);
    let first = school.receipt(receipt.attendance_id).await;
    assert!(
        first.flags.has(Flag::ClockUntrusted),
        "the flag stays with the record"
    );
}

/// Sets the clock by the hour, forward and back.
fn turned(now: Timestamp) -> [Timestamp; 2] {
    [now + HOUR, now - HOUR]
}

#[tokio::test]
async fn codes_and_tickets_that_were_issued_outlive_a_setting_of_the_clock() {
    for back in [0, 1] {
        let school = School::start().await;
        // Long enough to be open before and after.
        let starts_at = Some(school.clock.now() - HOUR);
        let (session, key) = school.opens(opening(starts_at, minutes(300))).await;
        let code = school.desk.code(&key).to_string();
        let phone = Some(school.desk.new_device());
        let ticket = school.desk.issue_ticket(session.id, phone).await.unwrap();

        school.clock.turn_to(turned(school.clock.now())[back]);
        assert_eq!(
            school.desk.code(&key).to_string(),
            code,
            "still on the screen"
        );
        assert!(matches!(
            school.desk.find_code(&code).await.unwrap(),
            CodeAnswer::Live(_)
        ));
        let send = |number, ticket: &str| {
            let entrance = Entrance::Form {
                code: "AAAAAA".to_owned(),
                ticket: ticket.to_owned(),
            };
            school.check_in(number, "Somebody", entrance, Channel::Phone, phone)
        };
        recorded(send("ADM/1", &ticket).await);
        school.clock.advance(minutes(2));
        recorded(send("ADM/2", &ticket).await);
        assert!(matches!(
            school.desk.find_code(&code).await.unwrap(),
            CodeAnswer::Expired(_)
        ));
        school.clock.advance(minutes(2));
        assert_eq!(refused(send("ADM/3", &ticket).await), Refusal::UnknownCode);
    }
}

#[tokio::test]
async fn a_wait_at_the_staff_door_is_as_long_as_it_is() {
    for back in [0, 1] {
        let school = School::start().await;
        let staff_id = StaffId::parse("S1").unwrap();
        let pin = Pin::parse("4711").unwrap();
        school
            .administration
            .set_pin(Actor::Shell("shell"), staff_id, pin)
            .await
            .unwrap();
        let door = &school.pin_auth;
        for _ in 0..5 {
            door.sign_in("S1", "0000", SignInSource::Terminal)
                .await
                .unwrap_err();
        }
        school.clock.turn_to(turned(school.clock.now())[back]);
        let until = school.clock.now() + minutes(1);
        assert_eq!(
            door.sign_in("S1", "4711", SignInSource::Terminal)
                .await
                .unwrap_err(),
            SignInRefusal::Locked { until },
            "shown by the clock on the wall"
        );
        school.clock.advance(minutes(1));
        assert!(
            door.sign_in("S1", "4711", SignInSource::Terminal)
                .await
                .is_ok()
        );
    }
}

/// What the database says of a record's time: now, first, late minutes, flags.
async fn times_of(school: &School, id: uuid::Uuid) -> (Timestamp, u32, String) {
    let receipt = school.receipt(id).await;
    (
        receipt.checked_in_at,
        receipt.punctuality.minutes(),
        receipt.flags.to_string(),
    )
}

#[tokio::test]
async fn times_of_a_clock_that_was_not_set_are_put_right_once_it_is() {
    let school = School::start().await;
    // The machine came up at a time it remembered: five hours and three minutes slow.
    let slow = minutes(5 * 60 + 3);
    // A lecture that somebody gave its true time, though the clock was far from it.
    let starts_at = Some(school.clock.now() + slow - minutes(5));
    let (named, _) = school.opens(opening(starts_at, minutes(120))).await;
    school.clock.set_trusted(false);
    let (lecture, _) = school.lecture().await;
    let arrives = |number: &'static str| {
        school.check_in(
            number,
            "Jane",
            Entrance::Session(lecture.id),
            Channel::Keypad,
            None,
        )
    };
    let early = recorded(arrives("ADM/1").await).attendance_id;
    school.clock.advance(minutes(12));
    let late = recorded(arrives("ADM/2").await).attendance_id;
    let (_, minutes_late, flags) = times_of(&school, late).await;
    assert_eq!((minutes_late, flags.as_str()), (12, "late,clock_untrusted"));
    let too_early = school
        .check_in(
            "ADM/3",
            "Jane",
            Entrance::Session(named.id),
            Channel::Keypad,
            None,
        )
        .await;
    assert!(matches!(refused(too_early), Refusal::NotYetOpen { .. }));

    // A time server answers. Nothing of the lecture is over, though its first times have passed; and
    // until the machine says so, nobody vouches for the new time.
    let screen = school.screen();
    school.clock.turn_to(school.clock.now() + slow);
    screen.look().await;
    let found = school
        .sessions
        .find(Actor::Shell("shell"), lecture.id)
        .await
        .unwrap();
    let (session, _) = found.unwrap();
    assert_eq!(
        (session.starts_at, session.state),
        (lecture.starts_at, SessionState::Open)
    );
    school.clock.set_trusted(true);
    screen.look().await;
    let found = school
        .sessions
        .find(Actor::Shell("shell"), lecture.id)
        .await
        .unwrap();
    let (session, _) = found.unwrap();
    assert_eq!(session.starts_at, lecture.starts_at + slow);
    assert_eq!(session.ends_at, lecture.ends_at + slow);
    assert_eq!(session.state, SessionState::Open);

    let right = session.starts_at;
    let of = |flags: &str| flags.to_owned();
    assert_eq!(
        times_of(&school, early).await,
        (right, 0, of("clock_untrusted"))
    );
    assert_eq!(
        times_of(&school, late).await,
        (right + minutes(12), 12, of("late,clock_untrusted"))
    );
    // The next look finds nothing more to do, and who comes now is as punctual as they are.
    screen.look().await;
    assert_eq!(times_of(&school, early).await.0, right);
    school.clock.advance(minutes(1));
    let next = recorded(arrives("ADM/4").await);
    assert_eq!(
        (next.punctuality.minutes(), next.flags.to_string()),
        (13, of("late"))
    );
}

#[tokio::test]
async fn a_start_that_staff_name_by_a_clock_that_is_not_set_is_put_right_with_it() {
    let school = School::start().await;
    let slow = minutes(5 * 60 + 3);
    school.clock.set_trusted(false);
    let (lecture, _) = school.lecture().await;
    school.clock.advance(minutes(5));
    let came = recorded(school.types("ADM/1", "Jane Doe").await).attendance_id;
    let by = Actor::Shell("shell");
    let earlier = SessionEdit {
        starts_at: Some(lecture.starts_at - minutes(30)),
        ..SessionEdit::default()
    };
    let edited = school.sessions.edit(by, lecture.id, earlier, None);
    edited.await.unwrap();
    assert_eq!(times_of(&school, came).await.1, 35);

    let screen = school.screen();
    school.clock.turn_to(school.clock.now() + slow);
    screen.look().await;
    let now = school.sessions.get(by, lecture.id).await.unwrap();
    assert_eq!(
        now.state,
        SessionState::Open,
        "it ends by the time that passes"
    );
    school.clock.set_trusted(true);
    screen.look().await;
    let now = school.sessions.get(by, lecture.id).await.unwrap();
    assert_eq!(now.starts_at, lecture.starts_at - minutes(30) + slow);
    assert_eq!(now.ends_at, lecture.ends_at + slow);
    assert_eq!(now.state, SessionState::Open);
    assert_eq!(times_of(&school, came).await.1, 35);

    // What they say by a clock that is set stays.
    let right = SessionEdit {
        starts_at: Some(now.starts_at + minutes(15)),
        ..SessionEdit::default()
    };
    let edited = school.sessions.edit(by, lecture.id, right, None);
    edited.await.unwrap();
    screen.look().await;
    let still = school.sessions.get(by, lecture.id).await.unwrap();
    assert_eq!(still.starts_at, now.starts_at + minutes(15));
}

#[tokio::test]
async fn a_corrected_time_decides_anew_who_is_late_and_drops_nobody() {
    let school = School::start().await;
    let start = school.clock.now();
    // The lecture's true times are known; the clock is 30 minutes slow.
    school.clock.set_trusted(false);
    let starts_at = Some(start);
    let (session, _) = school.opens(opening(starts_at, minutes(60))).await;
    let on_time = recorded(school.types("ADM/1", "Jane Doe").await);
    assert_eq!(on_time.punctuality.minutes(), 0);
    school.clock.advance(minutes(35));
    let at_the_end = recorded(school.types("ADM/2", "John Roe").await);
    school.clock.turn_to(school.clock.now() + minutes(30));
    school.clock.set_trusted(true);
    let timekeeper = school.sessions.timekeeper();
    let corrected = timekeeper.look().await.unwrap().corrected;
    assert_eq!(
        (
            corrected.records,
            corrected.sessions,
            corrected.delivered_before
        ),
        (2, 0, 0)
    );
    assert_eq!(timekeeper.look().await.unwrap().corrected.records, 0);

    let late = "late,clock_untrusted".to_owned();
    assert_eq!(
        times_of(&school, on_time.attendance_id).await,
        (start + minutes(30), 30, late)
    );
    let outside = "late,clock_untrusted,outside_windows".to_owned();
    assert_eq!(
        times_of(&school, at_the_end.attendance_id).await,
        (start + minutes(65), 65, outside)
    );
    assert_eq!(school.totals(&session).await.late, 2, "both stand");
    // The remotes are told the right time, and owe nobody an excuse.
    let due = school
        .store
        .due(
            Target::Portal,
            "k1".to_owned(),
            school.clock.monotonic() + Channel::Phone.not_me_for(),
            10,
            None,
        )
        .await
        .unwrap();
    let told: Vec<_> = due
        .iter()
        .map(|debt| (debt.report.checked_in_at, debt.report.punctuality.minutes()))
        .collect();
    assert_eq!(told, [(start + minutes(30), 30), (start + minutes(65), 65)]);
}

#[tokio::test]
async fn who_was_late_by_a_fast_clock_only_is_late_no_more() {
    let school = School::start().await;
    let start = school.clock.now();
    school.clock.set_trusted(false);
    let starts_at = Some(start - minutes(25));
    school.opens(opening(starts_at, minutes(60))).await;
    let late = recorded(school.types("ADM/1", "Jane Doe").await);
    assert_eq!(late.punctuality.minutes(), 25);
    school.clock.turn_to(start - minutes(20));
    school.clock.set_trusted(true);
    school.sessions.timekeeper().look().await.unwrap();
    let flags = "clock_untrusted".to_owned();
    assert_eq!(
        times_of(&school, late.attendance_id).await,
        (start - minutes(20), 0, flags)
    );
}

#[tokio::test]
async fn records_of_an_earlier_run_that_never_knew_the_time_stay_flagged() {
    let school = School::start().await;
    school.clock.set_trusted(false);
    let (_, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    let next_run = school.clock.after_reboot();
    next_run.turn_to(next_run.now() + HOUR);
    next_run.set_trusted(true);
    let policy = Arc::new(school.desk.policy().clone());
    let corrected = Timekeeper::new(school.store.clone(), next_run, policy);
    assert_eq!(corrected.look().await.unwrap().corrected.records, 0);
    let flags = "clock_untrusted".to_owned();
    assert_eq!(
        times_of(&school, receipt.attendance_id).await,
        (receipt.checked_in_at, 0, flags)
    );
}

#[tokio::test]
async fn waits_of_an_earlier_run_do_not_outlast_it() {
    let school = School::start().await;
    school.lecture().await;
    let boot = school.clock.uptime().boot;
    let zero = school.clock.monotonic_zero_by_now();
    school.store.monotonic_zero(boot, zero).await.unwrap();
    let attendance_id = recorded(school.types("ADM/1", "Jane Doe").await).attendance_id;
    let postponed = Settled {
        attendance_id,
        edition: 0,
        settlement: Settlement::Postponed {
            error: "no network".to_owned(),
            next_attempt_at: school.clock.monotonic() + minutes(5),
        },
    };
    let now = school.clock.monotonic();
    let settled = school
        .store
        .settle(Target::Portal, vec![postponed], now)
        .await;
    settled.unwrap();

    // The clock has no battery, and wakes up half an hour behind.
    let next_run = school.clock.after_reboot();
    next_run.turn_to(next_run.now() - minutes(30));
    let (boot, fresh) = (next_run.uptime().boot, next_run.monotonic_zero_by_now());
    let zero = school.store.monotonic_zero(boot, fresh).await.unwrap();
    next_run.keep_monotonic_from(zero);
    let next = school.store.next_due(Target::Portal).await.unwrap();
    assert!(next.unwrap() <= next_run.monotonic());
}

/// Synchronises the clock, and corrects what it recorded before.
async fn synchronised(school: &School, at: &str) {
    school.clock.turn_to(Timestamp::parse(at).unwrap());
    school.clock.set_trusted(true);
    let windows = Windows {
        opens_before: minutes(10),
        on_time: minutes(10),
    };
    let zone = Zone::parse("Africa/Nairobi").unwrap();
    let corrected = school
        .store
        .correct_times(school.clock.reading(), windows, zone);
    corrected.await.unwrap();
}

#[tokio::test]
async fn a_session_that_was_opened_now_is_corrected_to_a_whole_minute() {
    let school = School::start().await;
    school.clock.set_trusted(false);
    let (opened, _) = school.lecture().await;
    synchronised(&school, "2026-11-24T09:17:35.250Z").await;
    let (session, _) = school.desk.session(opened.id).await.unwrap().unwrap();
    assert_eq!(session.starts_at.to_string(), "2026-11-24T09:17:00.000Z");
    assert_eq!(session.ends_at.since(session.starts_at), 2 * HOUR);
}

#[tokio::test]
async fn a_session_of_an_unsynchronised_clock_ends_by_monotonic_time() {
    let school = School::start().await;
    school.clock.set_trusted(false);
    let (session, _) = school.lecture().await;
    school.clock.turn_to(school.clock.now() + 1_000 * HOUR);
    school.clock.advance(2 * HOUR);
    let close = || school.store.close_ended_sessions(school.clock.reading());
    assert_eq!(close().await.unwrap(), [], "the end is inside");
    school.clock.advance(Duration::from_millis(1));
    assert_eq!(close().await.unwrap(), [session.id]);
}

#[tokio::test]
async fn a_corrected_time_changes_nothing_that_staff_have_decided() {
    let school = School::start().await;
    school.clock.set_trusted(false);
    let (session, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    let late = CorrectionOrder {
        session: session.id,
        admission_number: receipt.student.admission_number,
        correction: Correction::Mark(HandMark::Late { minutes: Some(7) }),
        name: None,
        reason: Reason::parse("came with the bus").unwrap(),
    };
    let done = school.corrections.correct(Actor::Shell("shell"), late);
    assert!(matches!(done.await, Ok(done) if done.changed));
    synchronised(&school, "2026-11-24T09:17:35.250Z").await;
    let receipt = school.receipt(receipt.attendance_id).await;
    assert_eq!(
        receipt.checked_in_at.to_string(),
        "2026-11-24T09:17:35.250Z"
    );
    assert!(receipt.flags.has(Flag::Late));
    assert_eq!(receipt.punctuality.minutes(), 7);
}

#[tokio::test]
async fn a_sign_in_from_the_future_is_none() {
    let school = School::start().await;
    let token = SignInToken::from_bytes([7; 32]);
    let (limits, now) = (SignInLimits::STAFF, school.clock.now());
    let staff_id = StaffId::parse("S1").unwrap();
    let added = school
        .store
        .add_web_sign_in(token.clone(), staff_id, None, limits, now);
    added.await.unwrap();
    for (at, is_signed_in) in [
        (now, true),
        (now - minutes(1), true),
        (now - minutes(2), false),
    ] {
        let found = school.store.web_sign_in(token.clone(), limits, at).await;
        assert_eq!(found.unwrap().is_some(), is_signed_in, "{at}");
    }
}
