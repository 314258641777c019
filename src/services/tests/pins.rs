//! Stories about PINs and whoever guesses them.

use super::*;

impl School {
    async fn gives_pin(&self, staff_id: &str, pin: &str) {
        let (id, pin) = (StaffId::parse(staff_id).unwrap(), Pin::parse(pin).unwrap());
        self.administration
            .set_pin(Actor::Shell("shell"), id, pin)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn tries_side_by_side_are_no_more_than_five() {
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let door = &school.pin_auth;
    let tries = (0..12).map(|_| door.sign_in("S1", "0000", SignInSource::Terminal));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers
        .iter()
        .filter(|answer| matches!(answer, Err(SignInRefusal::Wrong)));
    assert_eq!(looked_at.count(), 5);
    // Another program on the same database, as after a restart.
    let right = school
        .pin_auth
        .sign_in("S1", "2468", SignInSource::Terminal)
        .await;
    assert!(matches!(right, Err(SignInRefusal::Locked { .. })));
    school.clock.advance(Duration::from_secs(61));
    assert!(
        school
            .pin_auth
            .sign_in("S1", "2468", SignInSource::Terminal)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_id_that_there_is_not_costs_as_much_work_as_one_that_there_is() {
    use super::super::pin_auth::HASHINGS;
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let (id, name) = (
        StaffId::parse("S2").unwrap(),
        PersonName::parse("Dr. New").unwrap(),
    );
    let added = school.administration.add_lecturer(
        Actor::Shell("shell"),
        id,
        name,
        String::new(),
        false,
        None,
    );
    added.await.unwrap();
    let door = &school.pin_auth;
    for (staff_id, is_right, about) in [
        ("S1", true, "right"),
        ("S1", false, "wrong"),
        ("S2", false, "without a PIN"),
        ("S3", false, "unknown"),
    ] {
        let pin = if is_right { "2468" } else { "0000" };
        let before = HASHINGS.get();
        assert_eq!(
            door.sign_in(staff_id, pin, SignInSource::Terminal)
                .await
                .is_ok(),
            is_right
        );
        assert_eq!(HASHINGS.get() - before, 1, "{about}");
    }
}

#[tokio::test]
async fn a_first_pin_needs_an_administrator_and_is_set_once() {
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let (id, name) = (
        StaffId::parse("S2").unwrap(),
        PersonName::parse("Dr. New").unwrap(),
    );
    let administration = &school.administration;
    let added =
        administration.add_lecturer(Actor::Shell("shell"), id, name, String::new(), false, None);
    added.await.unwrap();
    let door = &school.pin_auth;
    let first = |pin: &str| Pin::parse(pin).unwrap();
    let wrong = door.set_first_pin("S2", first("1111"), "S1", "0000").await;
    let refused = FirstPinRefusal::Administrator(SignInRefusal::Wrong);
    assert_eq!(wrong.unwrap_err(), refused);
    let set = door.set_first_pin("s2", first("1111"), "S1", "2468").await;
    assert_eq!(set.unwrap().lecturer.staff_id.as_str(), "S2");
    assert!(
        door.sign_in("S2", "1111", SignInSource::Terminal)
            .await
            .is_ok()
    );
    let again = door.set_first_pin("S2", first("2222"), "S1", "2468").await;
    assert_eq!(again.unwrap_err(), FirstPinRefusal::HasOneOrIsUnknown);
    let no_admin = door.set_first_pin("S3", first("2222"), "S2", "1111").await;
    assert_eq!(no_admin.unwrap_err(), FirstPinRefusal::NoAdministrator);
}

#[tokio::test]
async fn staff_come_in_with_a_pin_and_wait_after_wrong_ones() {
    let school = School::start().await;
    let door = &school.pin_auth;
    school
        .administration
        .set_pin(
            Actor::Shell("shell"),
            StaffId::parse("s1").unwrap(),
            Pin::parse("4711").unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(
        door.sign_in("s1", "4711", SignInSource::Terminal)
            .await
            .unwrap()
            .lecturer
            .name,
        "Dr. Smith"
    );
    assert_eq!(
        door.sign_in("S2", "4711", SignInSource::Terminal)
            .await
            .unwrap_err(),
        SignInRefusal::Wrong
    );
    for _ in 0..5 {
        assert_eq!(
            door.sign_in("S1", "0000", SignInSource::Terminal)
                .await
                .unwrap_err(),
            SignInRefusal::Wrong
        );
    }
    let until = school.clock.now() + minutes(1);
    assert_eq!(
        door.sign_in("S1", "4711", SignInSource::Terminal)
            .await
            .unwrap_err(),
        SignInRefusal::Locked { until }
    );
    school.clock.advance(minutes(1));
    assert!(
        door.sign_in("S1", "4711", SignInSource::Terminal)
            .await
            .is_ok()
    );
    // A clock that was far ahead when the door was locked does not lock it for years.
    let years = Duration::from_secs(20 * 365 * 24 * 3600);
    school.clock.advance(years);
    for _ in 0..5 {
        let _ = door.sign_in("S1", "0000", SignInSource::Terminal).await;
    }
    let back = Clock::set_to(school.clock.now() - years);
    let door = PinAuth::new(school.store.clone(), back);
    assert!(
        door.sign_in("S1", "4711", SignInSource::Terminal)
            .await
            .is_ok()
    );
}

/// What a try leads to: whether it is refused for the PIN, or until when.
fn came_of(answer: Result<SignIn, SignInRefusal>) -> Option<SignInRefusal> {
    answer.err()
}

#[tokio::test]
async fn an_id_that_there_is_not_waits_as_one_that_there_is() {
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let address = std::net::IpAddr::from([10, 0, 0, 1]);
    for source in [
        SignInSource::Terminal,
        SignInSource::KnownBrowser,
        SignInSource::Browser(address),
    ] {
        for waits in [0, 0, 0, 0, 0, 30, 31, 60, 60, 300, 300] {
            school.clock.advance(Duration::from_secs(waits));
            let [known, unknown] = ["S1", "NOBODY"]
                .map(async |staff_id| school.pin_auth.sign_in(staff_id, "0000", source).await);
            let (known, unknown) = (came_of(known.await), came_of(unknown.await));
            assert!(known.is_some());
            assert_eq!(known, unknown, "{source:?} after {waits} s");
        }
    }
}

#[tokio::test]
async fn wrong_pins_at_browsers_without_end_keep_the_right_one_out_nowhere_else() {
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let door = &school.pin_auth;
    let mut looked_at = 0;
    for host in 0..250 {
        let source = SignInSource::Browser(std::net::IpAddr::from([10, 0, 1, host]));
        for _ in 0..3 {
            let answer = door.sign_in("S1", "0000", source).await;
            looked_at += u32::from(answer == Err(SignInRefusal::Wrong));
        }
    }
    assert_eq!(looked_at, 10);
    for source in [SignInSource::KnownBrowser, SignInSource::Terminal] {
        let right = door.sign_in("S1", "2468", source).await;
        assert!(right.is_ok(), "{source:?}: {right:?}");
    }
}

#[tokio::test]
async fn six_pins_over_thirty_ids_are_twenty_tries() {
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let source = SignInSource::Browser(std::net::IpAddr::from([10, 0, 0, 1]));
    let mut looked_at = 0;
    for pin in ["0000", "1111", "1212", "1234", "2000", "2468"] {
        for number in (1..=30).rev() {
            let staff_id = format!("S{number}");
            let answer = school.pin_auth.sign_in(&staff_id, pin, source).await;
            assert!(answer.is_err());
            looked_at += u32::from(answer == Err(SignInRefusal::Wrong));
        }
    }
    assert_eq!(looked_at, 20);
}

#[tokio::test]
async fn six_hundred_sign_ins_at_once_hold_up_nobody_at_the_terminal() {
    use super::super::pin_auth::HASHINGS;
    let school = School::start().await;
    school.gives_pin("S1", "2468").await;
    let door = &school.pin_auth;
    let rush = (0..600_u16).map(|number| async move {
        let [high, low] = number.to_be_bytes();
        let source = SignInSource::Browser(std::net::IpAddr::from([10, 0, high, low]));
        door.sign_in(&format!("X{number}"), "0000", source).await
    });
    let before = HASHINGS.get();
    let at_the_terminal = async {
        let right = door.sign_in("S1", "2468", SignInSource::Terminal).await;
        (right, HASHINGS.get() - before)
    };
    let (rush, (right, hashed)) =
        futures_util::future::join(futures_util::future::join_all(rush), at_the_terminal).await;
    assert!(right.is_ok(), "{right:?}");
    assert!(hashed <= 6, "{hashed} PINs were hashed before");
    let busy = rush
        .iter()
        .filter(|answer| **answer == Err(SignInRefusal::Busy));
    assert_eq!(busy.count(), 595);
}
