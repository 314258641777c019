//! Two lectures open in one room: which one a number goes to.

use super::*;

const SHELL: Actor<'static> = Actor::Shell("shell");

/// CS101 until 10:00 and MA101 from 10:00 to 12:00 in one room, at 09:52.
struct Overlap {
    school: School,
    first: (Session, SessionKey),
    second: (Session, SessionKey),
}

impl Deref for Overlap {
    type Target = School;

    fn deref(&self) -> &School {
        &self.school
    }
}

impl Overlap {
    /// With these numbers on the lists of CS101 and of MA101.
    async fn of(first: &[String], second: &[String]) -> Self {
        Self::between(first, second, async |_| {}).await
    }

    /// `meanwhile` happens while CS101 alone is open.
    async fn between(
        first: &[String],
        second: &[String],
        meanwhile: impl AsyncFnOnce(&School),
    ) -> Self {
        let school = School::start().await;
        let unit = NewUnit {
            code: calculus(),
            name: "Calculus".to_owned(),
            lecturer: StaffId::parse("S1").unwrap(),
            planned_lessons: None,
        };
        school.administration.add_unit(SHELL, unit).await.unwrap();
        for (unit, numbers) in [(unit_code("CS101"), first), (calculus(), second)] {
            let students = numbers
                .iter()
                .map(|number| listed(number, Some("Somebody Listed")));
            let list = ClassList {
                unit,
                semester: school.administration.semester().clone(),
                students: students.collect(),
                newcomers: Some(Newcomers::FromBeginning),
            };
            school.administration.import(SHELL, list).await.unwrap();
        }
        let first = school.lecture().await;
        meanwhile(&school).await;
        school.clock.advance(minutes(112));
        let next = Opening {
            unit: calculus(),
            ..opening(Some(first.0.ends_at), minutes(120))
        };
        let second = school.opens(next).await;
        Self {
            school,
            first,
            second,
        }
    }

    async fn shown(&self) -> SessionId {
        self.sessions.shown().await.unwrap().unwrap().0.id
    }

    /// The lecture and whether it was recorded there, by what the screen shows.
    async fn keypad(&self, number: &str) -> Result<CheckInAnswer, Refusal> {
        let on_screen = Request {
            entrance: Entrance::OnScreen(self.shown().await),
            ..request(number, "")
        };
        self.desk.check_in(on_screen).await
    }

    async fn phone(&self, number: &str, key: &SessionKey) -> Result<CheckInAnswer, Refusal> {
        let code = Entrance::Code(self.desk.code(key).to_string());
        let device = Some(self.desk.new_device());
        self.check_in(number, "", code, Channel::Phone, device)
            .await
    }
}

fn unit_code(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn calculus() -> UnitCode {
    unit_code("MA101")
}

fn numbers(faculty: &str, count: u32) -> Vec<String> {
    (1..=count)
        .map(|n| format!("{faculty}/2026/{n:03}"))
        .collect()
}

/// The lectures that a student may choose from, the marked one first.
#[track_caller]
fn asked(answer: Result<CheckInAnswer, Refusal>) -> Vec<LectureHere> {
    match answer {
        Err(Refusal::WhichLecture { lectures }) => lectures,
        other => panic!("not asked: {other:?}"),
    }
}

#[tokio::test]
async fn sixty_of_each_of_two_lectures_that_meet_are_recorded_in_their_own() {
    let (cs, ma) = (numbers("CS", 60), numbers("MA", 60));
    let room = Overlap::of(&cs, &ma).await;
    assert_eq!(
        room.shown().await,
        room.first.0.id,
        "it stays until it ends"
    );
    for at in 0..60 {
        // At the keypad, with the own code, and with the code of the other lecture.
        for (number, own, other) in [
            (&cs[at], &room.first, &room.second),
            (&ma[at], &room.second, &room.first),
        ] {
            let answer = match at % 3 {
                0 => room.keypad(number).await,
                1 => room.phone(number, &own.1).await,
                _ => room.phone(number, &other.1).await,
            };
            let receipt = recorded(answer);
            assert_eq!(receipt.session.id, own.0.id, "{number}");
            assert_eq!(receipt.listing, Listing::Main);
            let is_elsewhere = match at % 3 {
                0 => own.0.id != room.first.0.id,
                1 => false,
                _ => true,
            };
            assert_eq!(receipt.is_elsewhere, is_elsewhere, "{number}");
        }
        room.clock.advance(Duration::from_secs(4));
    }
    for (session, _) in [&room.first, &room.second] {
        let totals = room.totals(session).await;
        assert_eq!((totals.expected, totals.guests), (60, 0));
        assert_eq!(totals.present + totals.late, 60);
    }
    room.clock.advance(minutes(5));
    room.sessions.close_ended().await.unwrap();
    assert_eq!(room.shown().await, room.second.0.id);
}

#[tokio::test]
async fn a_class_that_has_both_lectures_is_asked_for_nothing() {
    let both = numbers("CS", 10);
    let room = Overlap::between(&both, &both, async |school| {
        for number in &both {
            recorded(school.types(number, "").await);
        }
    })
    .await;
    for number in &both {
        assert_eq!(
            recorded(room.keypad(number).await).session.id,
            room.second.0.id
        );
        // A card read twice.
        let again = already_marked(room.keypad(number).await);
        assert_eq!(again.session.id, room.second.0.id);
        room.clock.advance(Duration::from_secs(90));
        assert_eq!(
            already_marked(room.keypad(number).await).session.id,
            room.second.0.id
        );
    }
}

#[tokio::test]
async fn whoever_is_on_several_lists_or_on_none_says_which_once() {
    let both = numbers("CS", 2);
    let room = Overlap::of(&both, &both).await;
    let choices = asked(room.keypad(&both[0]).await);
    let shown: Vec<_> = choices
        .iter()
        .map(|it| (it.session.id, it.is_listed))
        .collect();
    assert_eq!(shown, [(room.first.0.id, true), (room.second.0.id, true)]);
    assert_eq!(room.desk.attendance_count(None).await.unwrap(), 0);
    let chosen = Request {
        entrance: Entrance::Session(room.second.0.id),
        ..request(&both[0], "")
    };
    let chosen = recorded(room.desk.check_in(chosen).await);
    assert_eq!(chosen.session.id, room.second.0.id);
    assert_eq!(
        already_marked(room.keypad(&both[0]).await).session.id,
        chosen.session.id
    );
    let strangers = asked(room.keypad("XYZ/77").await);
    assert_eq!(
        strangers[0].session.id, room.first.0.id,
        "the one on the screen"
    );
    assert!(strangers.iter().all(|it| !it.is_listed));
    // A phone has scanned one.
    let by_phone = room.phone(&both[1], &room.second.1).await;
    assert_eq!(recorded(by_phone).session.id, room.second.0.id);
}

#[tokio::test]
async fn a_near_number_is_looked_for_on_every_list_here() {
    let (cs, ma) = (numbers("CS", 3), numbers("MA", 3));
    let room = Overlap::of(&cs, &ma).await;
    assert_eq!(suggested(room.keypad("MA-2026-002").await), "MA/2026/002");
    assert_eq!(
        suggested(room.phone("CS-2026-002", &room.second.1).await),
        "CS/2026/002"
    );
    assert_eq!(
        recorded(room.keypad("MA/2026/002").await).session.id,
        room.second.0.id
    );
}

#[tokio::test]
async fn a_phone_that_sends_twice_is_recorded_once() {
    let (cs, ma) = (numbers("CS", 1), numbers("MA", 1));
    let room = Overlap::of(&cs, &ma).await;
    let by_the_other = || room.phone(&ma[0], &room.first.1);
    assert_eq!(recorded(by_the_other().await).session.id, room.second.0.id);
    room.clock.advance(minutes(2));
    assert_eq!(
        already_marked(by_the_other().await).session.id,
        room.second.0.id
    );
}

#[tokio::test]
async fn the_days_of_the_enrolment_decide_whose_list_it_is() {
    let (cs, ma) = (numbers("CS", 1), numbers("MA", 2));
    let both = [cs.clone(), vec![ma[0].clone()]].concat();
    let room = Overlap::of(&both, &ma).await;
    assert_eq!(asked(room.keypad(&ma[0]).await).len(), 2);
    let place = Place {
        unit: unit_code("CS101"),
        semester: room.administration.semester().clone(),
        number: AdmissionNumber::parse(&ma[0]).unwrap(),
    };
    let yesterday = room.administration.today().pred_opt().unwrap();
    let withdraw = PlaceChange::Withdraw(yesterday);
    let withdrawn = room.administration.change_enrolment(SHELL, place, withdraw);
    withdrawn.await.unwrap();
    assert_eq!(
        recorded(room.keypad(&ma[0]).await).session.id,
        room.second.0.id
    );
}

#[tokio::test]
async fn a_lecture_opened_over_another_waits_for_the_screen() {
    let room = Overlap::of(&[], &[]).await;
    // Its start is before that of the one on the screen.
    let physics = NewUnit {
        code: unit_code("PH101"),
        name: "Physics".to_owned(),
        lecturer: StaffId::parse("S1").unwrap(),
        planned_lessons: None,
    };
    room.administration.add_unit(SHELL, physics).await.unwrap();
    let before = Opening {
        unit: unit_code("PH101"),
        ..opening(Some(room.first.0.starts_at - minutes(60)), minutes(300))
    };
    room.clock.advance(minutes(1));
    let (third, _) = room.opens(before).await;
    assert_eq!(room.shown().await, room.first.0.id);
    room.sessions.close(SHELL, room.first.0.id).await.unwrap();
    assert_eq!(room.shown().await, room.second.0.id);
    room.sessions.close(SHELL, room.second.0.id).await.unwrap();
    assert_eq!(room.shown().await, third.id);
    let by = Actor::Shell("S1");
    room.sessions
        .reopen(by, room.second.0.id, "too early".to_owned())
        .await
        .unwrap();
    assert_eq!(room.shown().await, third.id);
}

#[tokio::test]
async fn the_only_lecture_left_is_not_taken_for_the_one_that_has_just_ended() {
    let (cs, ma) = (numbers("CS", 2), numbers("MA", 1));
    let room = Overlap::of(&cs, &ma).await;
    room.clock.advance(minutes(9));
    // Typed while the first was still on the screen.
    let late = async |number: &str| {
        let on_screen = Request {
            entrance: Entrance::OnScreen(room.first.0.id),
            ..request(number, "Somebody New")
        };
        room.desk.check_in(on_screen).await
    };
    for number in [&cs[0], "XYZ/77"] {
        let choices = asked(late(number).await);
        assert_eq!(choices.len(), 1);
        assert_eq!(choices[0].session.id, room.second.0.id);
    }
    assert_eq!(recorded(late(&ma[0]).await).session.id, room.second.0.id);
    assert_eq!(
        already_marked(late(&ma[0]).await).session.id,
        room.second.0.id
    );
    // What is on the screen is meant.
    let shown = room.types("XYZ/77", "Somebody New").await;
    assert_eq!(recorded(shown).session.id, room.second.0.id);
}

#[tokio::test]
async fn a_mark_that_staff_removed_is_no_visit() {
    let (cs, ma) = (numbers("CS", 1), numbers("MA", 1));
    let both = numbers("XY", 1);
    let of = |own: &[String]| [own, &both].concat();
    let room = Overlap::between(&of(&cs), &of(&ma), async |school| {
        for number in [&cs[0], &both[0], &ma[0]] {
            recorded(school.types(number, "").await);
        }
    })
    .await;
    for number in [&cs[0], &both[0], &ma[0]] {
        let (first, correction) = (&room.first.0, Correction::Unmark);
        let unmarked = room.order(first, number, correction, "proxy").await;
        unmarked.unwrap();
    }
    // Each goes to the lecture of its list that is left; the removed one comes last.
    for number in [&ma[0], &both[0]] {
        assert_eq!(
            recorded(room.keypad(number).await).session.id,
            room.second.0.id
        );
    }
    assert_eq!(refused(room.keypad(&cs[0]).await), Refusal::MarkRemoved);
    let guest = room.phone(&cs[0], &room.second.1).await;
    assert_eq!(recorded(guest).session.id, room.second.0.id);
}

#[tokio::test]
async fn a_removed_mark_is_not_made_good_in_a_lecture_held_at_the_same_time() {
    let cs = numbers("CS", 1);
    let school = School::start().await;
    school.another_unit("MA101").await;
    school.enrol(&cs[0], Some("Somebody Listed")).await;
    let first = school.lecture().await;
    recorded(school.types(&cs[0], "").await);
    let unmarked = school.order(&first.0, &cs[0], Correction::Unmark, "proxy");
    unmarked.await.unwrap();
    school.clock.advance(minutes(60));
    let second = Opening {
        unit: calculus(),
        ..opening(None, minutes(120))
    };
    let second = school.opens(second).await;
    let code = Entrance::Code(school.desk.code(&second.1).to_string());
    let device = Some(school.desk.new_device());
    let phone = school.check_in(&cs[0], "", code, Channel::Phone, device);
    assert_eq!(refused(phone.await), Refusal::MarkRemoved);
}

#[tokio::test]
async fn whoever_is_in_their_own_lecture_is_not_asked_when_they_type_again() {
    let (cs, ma) = (numbers("CS", 1), numbers("MA", 1));
    let room = Overlap::between(&cs, &ma, async |school| {
        recorded(school.types(&cs[0], "").await);
    })
    .await;
    let again = already_marked(room.keypad(&cs[0]).await);
    assert_eq!(again.session.id, room.first.0.id);
}
