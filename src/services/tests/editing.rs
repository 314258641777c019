//! Lectures that are put right: another start, end, room or unit, with their records.

use super::corrections::number;
use super::*;
use crate::store::Audience;
use crate::words::Voice;

const SHELL: Actor<'static> = Actor::Shell("shell");

fn at(local: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-11-23T{local}:00+03:00")).unwrap()
}

fn starts(local: &str) -> SessionEdit {
    SessionEdit {
        starts_at: Some(at(local)),
        ..SessionEdit::default()
    }
}

fn ends(local: &str) -> SessionEdit {
    SessionEdit {
        ends_at: Some(NewEnd::At(at(local))),
        ..SessionEdit::default()
    }
}

fn to_unit(code: &str) -> SessionEdit {
    SessionEdit {
        unit: Some(UnitCode::parse(code).unwrap()),
        ..SessionEdit::default()
    }
}

impl School {
    async fn edit(&self, id: SessionId, edit: SessionEdit) -> Result<EditEffect, SessionError> {
        let previewed = self.sessions.preview_edit(SHELL, id, edit.clone()).await;
        let edited = self.sessions.edit(SHELL, id, edit, None).await;
        assert_eq!(previewed, edited, "what is shown is what is done");
        edited
    }

    fn lines(&self, effect: &EditEffect) -> Vec<String> {
        Voice::english(self.desk.zone()).effect(effect)
    }

    async fn session_now(&self, id: SessionId) -> Session {
        self.sessions.get(SHELL, id).await.unwrap()
    }

    pub(super) async fn marks(&self, id: SessionId) -> Vec<(String, AttendanceStatus, u32)> {
        let roster = self.sessions.roster(SHELL, id).await.unwrap();
        let line = |line: RosterLine| {
            let late = line.punctuality.minutes();
            (line.admission_number.to_string(), line.status, late)
        };
        roster.lines.into_iter().map(line).collect()
    }

    /// What a target would be told now: the unit, the slot and what is to be done.
    async fn told(&self, target: Target) -> Vec<(String, String, String, Operation)> {
        let (id, now) = ("kiosk".to_owned(), self.portal_time());
        let due = self.store.due(target, id, now, 100, None).await.unwrap();
        let told = |debt: Delivery| {
            let session = &debt.report.session;
            (
                debt.report.admission_number.to_string(),
                session.unit_code.to_string(),
                session.time_slot(self.desk.zone()),
                debt.operation,
            )
        };
        due.into_iter().map(told).collect()
    }

    async fn deliver_all(&self) {
        for target in Target::ALL {
            let (id, now) = ("kiosk".to_owned(), self.portal_time());
            let due = self.store.due(target, id, now, 100, None).await.unwrap();
            let settled = due.into_iter().map(|debt| Settled {
                attendance_id: debt.report.attendance_id,
                edition: debt.edition,
                settlement: Settlement::Delivered {
                    document_id: "x".to_owned(),
                    answer: String::new(),
                },
            });
            self.store
                .settle(target, settled.collect(), now)
                .await
                .unwrap();
        }
    }

    pub(super) async fn another_unit(&self, code: &str) -> UnitCode {
        let unit = NewUnit {
            code: UnitCode::parse(code).unwrap(),
            name: "Mathematics".to_owned(),
            lecturer: StaffId::parse("S1").unwrap(),
            planned_lessons: None,
        };
        let code = unit.code.clone();
        self.administration.add_unit(SHELL, unit).await.unwrap();
        code
    }

    async fn enrol_in(&self, unit: &UnitCode, students: &[&str]) {
        let list = ClassList {
            unit: unit.clone(),
            semester: self.administration.semester().clone(),
            students: students
                .iter()
                .map(|student| ImportedStudent {
                    admission_number: number(student),
                    name: Some(PersonName::parse("Jane Doe").unwrap()),
                    email: String::new(),
                    phone: String::new(),
                    place: ListedPlace::default(),
                })
                .collect(),
            newcomers: Some(Newcomers::FromBeginning),
        };
        self.administration.import(SHELL, list).await.unwrap();
    }

    async fn marked(&self, session: SessionId, student: &str, mark: HandMark) {
        let order = CorrectionOrder {
            session,
            admission_number: number(student),
            correction: Correction::Mark(mark),
            name: None,
            reason: Reason::parse("seen").unwrap(),
        };
        self.corrections.correct(SHELL, order).await.unwrap();
    }

    /// A lecture of today that the timetable has in another room at two o'clock.
    async fn planned_at_two(&self) -> TimetableEntry {
        let today = self.desk.zone().date(self.clock.now());
        let local = |hour| today.and_hms_opt(hour, 0, 0).unwrap();
        let planned = PlannedLecture {
            unit: unit(),
            starts_at: self.desk.zone().moment(local(14)),
            ends_at: self.desk.zone().moment(local(16)),
            venue: Venue::parse("Elsewhere").unwrap(),
            group: None,
            voluntary: None,
        };
        let imported = self.timetable.import(vec![planned], "shell").await;
        imported.unwrap();
        let today = self.timetable.today(SHELL).await.unwrap();
        today.into_iter().last().unwrap()
    }

    async fn exam(&self, unit: &UnitCode) -> Vec<(String, u32, u32)> {
        let record = self
            .exports
            .unit_record(SHELL, unit.clone(), None)
            .await
            .unwrap();
        let line = |student: crate::services::StudentRecord| {
            let standing = student.standing;
            let figures = standing.map_or((0, 0), |it| (it.attended, it.held));
            (
                student.student.admission_number.to_string(),
                figures.0,
                figures.1,
            )
        };
        record.students.into_iter().map(line).collect()
    }
}

use AttendanceStatus::{Late, Present};

#[tokio::test]
async fn another_start_judges_the_records_anew_and_leaves_those_that_staff_have_judged() {
    let school = School::start().await;
    for student in ["ADM/1", "ADM/2", "ADM/3"] {
        school.enrol(student, Some("Jane Doe")).await;
    }
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(5));
    recorded(school.types("ADM/1", "").await);
    recorded(school.types("ADM/2", "").await);
    let late = HandMark::Late { minutes: Some(3) };
    school.marked(session.id, "ADM/2", late).await;
    school.clock.advance(minutes(20));
    recorded(school.types("ADM/3", "").await);
    school.deliver_all().await;
    let before = school.marks(session.id).await;

    let effect = school.edit(session.id, starts("07:45")).await.unwrap();
    assert_eq!(
        (effect.records, effect.by_hand, effect.turned()),
        (3, 1, (1, 0))
    );
    let mark = |student: &str, status, late| (student.to_owned(), status, late);
    let expected = [
        mark("ADM/1", Late, 20),
        mark("ADM/2", Late, 3),
        mark("ADM/3", Late, 40),
    ];
    assert_eq!(school.marks(session.id).await, expected);
    let told = school.told(Target::Firestore).await;
    assert_eq!(told.len(), 3, "what was delivered is sent again: {told:?}");
    assert!(told.iter().all(|it| it.2 == "07:45 - 10:00"), "{told:?}");
    assert_eq!(school.told(Target::Portal).await, [], "it cannot change");

    // A second move judges those again that the first one judged.
    school.edit(session.id, starts("08:15")).await.unwrap();
    let expected = [
        mark("ADM/1", Present, 0),
        mark("ADM/2", Late, 3),
        mark("ADM/3", Present, 0),
    ];
    assert_eq!(school.marks(session.id).await, expected);

    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    let back = school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    assert_eq!(back.after.starts_at, session.starts_at);
    assert_eq!(school.marks(session.id).await, before);
    let nothing = school.sessions.undo_edit(SHELL, session.id, None).await;
    assert_eq!(
        nothing,
        Err(SessionRefusal::NothingToUndo(session.id).into())
    );
}

#[tokio::test]
async fn an_earlier_end_flags_whoever_came_after_it_and_undoing_it_takes_the_flag_back() {
    let school = School::start().await;
    for student in ["ADM/1", "ADM/2"] {
        school.enrol(student, Some("Jane Doe")).await;
    }
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(5));
    recorded(school.types("ADM/1", "").await);
    school.clock.advance(minutes(50));
    recorded(school.types("ADM/2", "").await);
    let flagged = async || {
        let roster = school.sessions.roster(SHELL, session.id).await.unwrap();
        let lines = roster.lines.into_iter();
        let lines = lines.filter(|line| line.flags.has(Flag::OutsideWindows));
        lines
            .map(|line| line.admission_number.to_string())
            .collect::<Vec<_>>()
    };
    let marks = school.marks(session.id).await;
    let effect = school.edit(session.id, ends("08:30")).await.unwrap();
    assert_eq!((effect.after_end, effect.by_hand), (1, 0));
    let lines = school.lines(&effect);
    let said = "! 1 record is after that end.";
    assert!(lines.iter().any(|it| it.starts_with(said)), "{lines:?}");
    assert_eq!(flagged().await, ["ADM/2"]);
    assert_eq!(
        school.marks(session.id).await,
        marks,
        "late is by the start"
    );
    let undone = school.sessions.undo_edit(SHELL, session.id, None);
    undone.await.unwrap();
    assert!(flagged().await.is_empty());
}

#[tokio::test]
async fn an_undo_is_shown_first_and_refused_where_the_lecture_was_changed_meanwhile() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(15));
    recorded(school.types("ADM/1", "Jane Doe").await);
    school.edit(session.id, starts("07:45")).await.unwrap();
    let changed = school.session_now(session.id).await;
    let sessions = &school.sessions;
    let shown = sessions.preview_undo(SHELL, session.id).await.unwrap();
    assert_eq!(shown.after.starts_at, session.starts_at);
    assert_eq!(shown.judged.len(), 1);
    assert_eq!(school.session_now(session.id).await, changed);

    school.edit(session.id, ends("10:30")).await.unwrap();
    let seen = Some(shown.seen);
    let refused = sessions.undo_edit(SHELL, session.id, seen).await;
    assert!(
        matches!(
            refused,
            Err(SessionError::Store(StoreError::ChangedMeanwhile { .. }))
        ),
        "{refused:?}"
    );
    let shown = sessions.preview_undo(SHELL, session.id).await.unwrap();
    let seen = Some(shown.seen);
    let undone = sessions.undo_edit(SHELL, session.id, seen).await;
    assert_eq!(undone.unwrap(), shown, "what is shown is what is done");
    assert_eq!(school.session_now(session.id).await, changed);
}

#[tokio::test]
async fn a_lecture_is_shortened_given_another_room_and_put_right_after_it_was_held() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(50));
    let lab = SessionEdit {
        venue: Some(Venue::parse("Lab 3").unwrap()),
        ..ends("09:00")
    };
    school.edit(session.id, lab).await.unwrap();
    let now = school.session_now(session.id).await;
    assert_eq!((now.state, now.ends_at), (SessionState::Open, at("09:00")));
    assert_eq!(now.venue.as_str(), "Lab 3");

    school.edit(session.id, ends("08:45")).await.unwrap();
    let now = school.session_now(session.id).await;
    assert_eq!(now.state, SessionState::Closed, "its end has passed");
    assert_eq!(
        refused(school.types("ADM/1", "Jane Doe").await),
        Refusal::NoSession
    );
    let back = school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    assert_eq!(back.after.state, LectureStage::Open);

    school.clock.advance(minutes(300));
    school.sessions.close_ended().await.unwrap();
    school.edit(session.id, starts("07:30")).await.unwrap();
    let now = school.session_now(session.id).await;
    assert_eq!(
        (now.state, now.starts_at),
        (SessionState::Closed, at("07:30"))
    );
    assert_eq!(now.number, session.number);
}

#[tokio::test]
async fn a_lecture_cannot_begin_where_its_unit_has_another_one() {
    let school = School::start().await;
    let (first, _) = school.lecture().await;
    school.sessions.close(SHELL, first.id).await.unwrap();
    let (second, _) = school.opens(opening(Some(at("11:00")), minutes(60))).await;
    let refused = school.edit(second.id, starts("08:00")).await;
    let why = NoRoom::SameStart { number: 1 };
    let unit = unit();
    assert_eq!(refused, Err(SessionRefusal::NoRoom { unit, why }.into()));
    school
        .sessions
        .cancel(SHELL, second.id, "ill".to_owned())
        .await
        .unwrap();
    let refused = school.edit(second.id, starts("11:30")).await;
    assert_eq!(refused, Err(SessionRefusal::CalledOff(second.id).into()));
}

#[tokio::test]
async fn a_lecture_goes_to_the_right_unit_with_its_records() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    school.enrol_in(&maths, &["ADM/1", "ADM/2"]).await;
    school.enrol_in(&unit(), &["ADM/9"]).await;
    let (held, _) = school
        .opens(Opening {
            unit: maths.clone(),
            starts_at: Some(at("06:00")),
            ..opening(None, minutes(150))
        })
        .await;
    school.sessions.close(SHELL, held.id).await.unwrap();

    // Opened by mistake as CS101. Nobody is on its list.
    let (session, _) = school.lecture().await;
    for student in ["ADM/1", "ADM/2", "ADM/3"] {
        recorded(school.types(student, "Jane Doe").await);
    }
    assert_eq!(
        school.told(Target::Portal).await,
        [],
        "strangers are told to nobody"
    );
    let effect = school.edit(session.id, to_unit("MA110")).await.unwrap();
    let unlisted = [(
        number("ADM/3"),
        Some(PersonName::parse("Jane Doe").unwrap()),
    )];
    assert_eq!(
        (effect.records, effect.unlisted.as_deref()),
        (3, Some(&unlisted[..]))
    );

    let now = school.session_now(session.id).await;
    assert_eq!((now.unit_code.clone(), now.number), (maths.clone(), 2));
    assert_eq!(now.unit_name, "Mathematics");
    school.sessions.close(SHELL, session.id).await.unwrap();
    let line = |student: &str, attended, held| (student.to_owned(), attended, held);
    assert_eq!(
        school.exam(&maths).await,
        [
            line("ADM/1", 1, 2),
            line("ADM/2", 1, 2),
            line("ADM/3", 0, 0)
        ]
    );
    assert_eq!(school.exam(&unit()).await, [line("ADM/9", 0, 0)]);
    let told = school.told(Target::Portal).await;
    assert_eq!(told.len(), 2, "a stranger's record counts for nobody");
    assert!(told.iter().all(|it| it.1 == "MA110"), "{told:?}");
    let by_hand = school.corrections.at_the_portal_by_hand(9).await.unwrap();
    assert_eq!(by_hand, [], "it was told nothing else before");
}

#[tokio::test]
async fn what_the_remotes_have_of_a_moved_lecture_follows_it_or_is_listed() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    let (session, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    school.deliver_all().await;
    recorded(school.types("ADM/2", "Jane Doe").await);

    school.edit(session.id, to_unit("MA110")).await.unwrap();
    let told = school.told(Target::Firestore).await;
    let amended = |student: &str, operation| {
        let slot = "08:00 - 10:00".to_owned();
        (student.to_owned(), "MA110".to_owned(), slot, operation)
    };
    assert!(
        told.contains(&amended("ADM/1", Operation::Amend)),
        "{told:?}"
    );
    let listed = school.corrections.at_the_portal_by_hand(9).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|it| it.attendance_id).collect();
    assert_eq!(
        ids,
        [receipt.attendance_id],
        "what it has, and not what it gets"
    );
    assert_eq!(listed[0].told_unit, Some(unit()));
    assert_eq!(listed[0].session.unit_code, maths);
    school.deliver_all().await;
    let listed = school.corrections.at_the_portal_by_hand(9).await.unwrap();
    assert_eq!(listed.len(), 1, "the second is there under the right unit");

    let done = school
        .corrections
        .done_at_the_portal(receipt.attendance_id, "shell")
        .await;
    assert_eq!(done, Ok(true));
    assert_eq!(school.corrections.count_at_the_portal().await, Ok(0));

    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    let now = school.session_now(session.id).await;
    assert_eq!((now.unit_code, now.number), (unit(), session.number));
    assert_eq!(school.corrections.count_at_the_portal().await, Ok(2));
    assert_eq!(school.exam(&maths).await, []);
}

#[tokio::test]
async fn a_try_under_way_may_have_told_the_old_unit() {
    let school = School::start().await;
    school.another_unit("MA110").await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    let (id, now) = ("kiosk".to_owned(), school.portal_time());
    let due = school.store.due(Target::Portal, id, now, 9, None).await;
    let sent = due.unwrap().remove(0);
    school.edit(session.id, to_unit("MA110")).await.unwrap();
    let settled = Settled {
        attendance_id: sent.report.attendance_id,
        edition: sent.edition,
        settlement: Settlement::Delivered {
            document_id: "x".to_owned(),
            answer: String::new(),
        },
    };
    let portal = Target::Portal;
    school
        .store
        .settle(portal, vec![settled], now)
        .await
        .unwrap();
    school.deliver_all().await;
    assert_eq!(school.corrections.count_at_the_portal().await, Ok(1));
}

#[tokio::test]
async fn a_moved_lecture_becomes_the_one_that_the_timetable_has_there_in_its_room() {
    let here = Venue::parse("Room 1").unwrap();
    let school = School::with(|policy| policy.venue = here.clone()).await;
    let maths = school.another_unit("MA110").await;
    let planned = |local, venue: &Venue, group| PlannedLecture {
        unit: maths.clone(),
        starts_at: at(local),
        ends_at: at("10:00"),
        venue: venue.clone(),
        group: Group::parse(group).ok(),
        voluntary: Some(group == "B"),
    };
    let elsewhere = Venue::parse("Elsewhere").unwrap();
    let lectures = vec![
        planned("08:00", &elsewhere, "A"),
        planned("08:10", &here, "B"),
    ];
    school.timetable.import(lectures, "shell").await.unwrap();
    let (session, _) = school.lecture().await;
    let before = school.store.lecture(session.id).await.unwrap();
    school.edit(session.id, to_unit("MA110")).await.unwrap();
    let states = async || {
        let today = school.timetable.today(SHELL).await.unwrap();
        today.into_iter().map(|it| it.state).collect::<Vec<_>>()
    };
    let session = session.id;
    let opened = LectureState::Opened {
        session,
        state: SessionState::Open,
    };
    assert_eq!(states().await, [LectureState::Planned, opened]);
    let fact = school.store.lecture(session).await.unwrap();
    assert_eq!((fact.group, fact.voluntary), (Group::parse("B").ok(), true));
    assert!(fact.lesson.is_some(), "the lesson of both groups");

    school
        .sessions
        .undo_edit(SHELL, session, None)
        .await
        .unwrap();
    let planned = LectureState::Planned;
    assert_eq!(states().await, [planned.clone(), planned]);
    let back = school.store.lecture(session).await.unwrap();
    assert_eq!(back, before);
}

#[tokio::test]
async fn what_another_unit_does_not_know_is_withdrawn_and_told_again_once_the_lecture_is_back() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    school.enrol_in(&maths, &["BIO/777"]).await;
    school.enrol_in(&unit(), &["ADM/1", "ADM/2"]).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    school.deliver_all().await;
    recorded(school.types("ADM/2", "").await);

    school.edit(session.id, to_unit("MA110")).await.unwrap();
    let told = async |unit: &str, operation| {
        let mut told = school.told(Target::Firestore).await;
        told.sort_by(|one, other| one.0.cmp(&other.0));
        let line = |student: &str| {
            let slot = "08:00 - 10:00".to_owned();
            (student.to_owned(), unit.to_owned(), slot, operation)
        };
        assert_eq!(told, ["ADM/1", "ADM/2"].map(line));
    };
    told("MA110", Operation::Withdraw).await;
    assert_eq!(school.told(Target::Portal).await, []);
    school.deliver_all().await;
    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    told("CS101", Operation::Amend).await;
    let portal = school.told(Target::Portal).await;
    assert_eq!(portal.len(), 1, "it has the first one already: {portal:?}");
    assert_eq!(portal[0].0, "ADM/2");
}

#[tokio::test]
async fn whoever_came_after_a_move_by_mistake_counts_where_the_lecture_goes_back() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    school.enrol_in(&maths, &["BIO/777"]).await;
    school.enrol_in(&unit(), &["ADM/1", "ADM/2"]).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    school.edit(session.id, to_unit("MA110")).await.unwrap();
    recorded(school.types("ADM/2", "").await);
    recorded(school.types("BIO/777", "").await);
    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();

    let mut told = school.told(Target::Portal).await;
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let line = |student: &str| {
        let (unit, slot) = ("CS101".to_owned(), "08:00 - 10:00".to_owned());
        (student.to_owned(), unit, slot, Operation::Tell)
    };
    assert_eq!(told, ["ADM/1", "ADM/2"].map(line));
    school.sessions.close(SHELL, session.id).await.unwrap();
    let line = |student: &str, attended, held| (student.to_owned(), attended, held);
    assert_eq!(
        school.exam(&unit()).await,
        [
            line("ADM/1", 1, 1),
            line("ADM/2", 1, 1),
            line("BIO/777", 0, 0)
        ]
    );
    assert_eq!(school.exam(&maths).await, [line("BIO/777", 0, 0)]);
}

#[tokio::test]
async fn whoever_came_after_another_start_is_judged_by_the_one_that_it_goes_back_to() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    school.edit(session.id, starts("07:30")).await.unwrap();
    school.clock.advance(minutes(5));
    recorded(school.types("ADM/2", "Jane Doe").await);
    recorded(school.types("ADM/3", "Jane Doe").await);
    let late = HandMark::Late { minutes: Some(3) };
    for student in ["ADM/1", "ADM/3"] {
        school.marked(session.id, student, late).await;
    }
    let mark = |student: &str, status, late| (student.to_owned(), status, late);
    let expected = [
        mark("ADM/1", Late, 3),
        mark("ADM/2", Late, 35),
        mark("ADM/3", Late, 3),
    ];
    assert_eq!(school.marks(session.id).await, expected);
    let effect = school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    assert_eq!((effect.turned(), effect.by_hand), ((0, 1), 2));
    let expected = [
        mark("ADM/1", Late, 3),
        mark("ADM/2", Present, 0),
        mark("ADM/3", Late, 3),
    ];
    assert_eq!(school.marks(session.id).await, expected);
}

#[tokio::test]
async fn a_correction_that_is_undone_after_another_start_is_judged_by_that_start() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(5));
    for student in ["ADM/1", "ADM/2"] {
        recorded(school.types(student, "Jane Doe").await);
        let late = HandMark::Late { minutes: Some(3) };
        school.marked(session.id, student, late).await;
    }
    let earlier = HandMark::Late { minutes: Some(7) };
    school.marked(session.id, "ADM/2", earlier).await;
    school.edit(session.id, starts("07:30")).await.unwrap();
    for student in ["ADM/1", "ADM/2"] {
        let undone = school
            .corrections
            .undo(SHELL, session.id, Some(number(student)), None);
        undone.await.unwrap();
    }
    let mark = |student: &str, late| (student.to_owned(), Late, late);
    assert_eq!(
        school.marks(session.id).await,
        [mark("ADM/1", 35), mark("ADM/2", 3)],
        "the second one is judged by staff still"
    );
}

#[tokio::test]
async fn a_change_is_made_only_of_what_was_shown() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let edit = starts("07:30");
    let shown = school
        .sessions
        .preview_edit(SHELL, session.id, edit.clone());
    let seen = Some(shown.await.unwrap().seen);
    school.edit(session.id, ends("11:00")).await.unwrap();
    let refused = school
        .sessions
        .edit(SHELL, session.id, SessionEdit { seen, ..edit }, None)
        .await;
    let changed = StoreError::ChangedMeanwhile {
        actor: "shell".to_owned(),
        at: school.clock.now(),
    };
    assert_eq!(refused, Err(changed.into()));
    let now = school.session_now(session.id).await;
    assert_eq!(
        (now.starts_at, now.ends_at),
        (session.starts_at, at("11:00"))
    );
}

#[tokio::test]
async fn a_lecture_goes_back_only_by_whoever_has_charge_of_both_units_and_to_its_own_lecturer() {
    let school = School::start().await;
    let systems = school.another_unit("CS205").await;
    let (session, _) = school.lecture().await;
    let staff_id = StaffId::parse("T1").unwrap();
    let name = PersonName::parse("Dr. Otieno").unwrap();
    school
        .administration
        .add_lecturer(SHELL, staff_id.clone(), name, String::new(), false, None)
        .await
        .unwrap();
    let gives = async |code: UnitCode| {
        let unit = school.administration.unit(SHELL, code.clone()).await;
        let theirs = UnitFact {
            lecturer: staff_id.clone(),
            ..unit.unwrap().unwrap()
        };
        let changed = school.administration.change_unit(SHELL, code, theirs);
        changed.await.unwrap();
    };
    gives(systems).await;
    school.edit(session.id, to_unit("CS205")).await.unwrap();
    let lecturers = school.administration.lecturers(SHELL).await.unwrap();
    let otieno = lecturers.iter().find(|it| it.staff_id == staff_id).unwrap();
    let by = Actor::Lecturer(otieno);
    let refused = school.sessions.undo_edit(by, session.id, None).await;
    assert!(matches!(refused, Err(SessionError::Forbidden(_))));

    gives(unit()).await;
    school
        .sessions
        .undo_edit(by, session.id, None)
        .await
        .unwrap();
    let back = school.store.lecture(session.id).await.unwrap();
    let lecturer = back.sitting.unwrap().lecturer;
    assert_eq!(lecturer.to_string(), "S1", "who held it when it was opened");
}

#[tokio::test]
async fn an_undo_passes_over_what_is_not_in_force_any_more() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let lab = SessionEdit {
        venue: Some(Venue::parse("Lab 3").unwrap()),
        ..SessionEdit::default()
    };
    school.edit(session.id, lab).await.unwrap();
    school.edit(session.id, ends("09:00")).await.unwrap();
    school.clock.advance(minutes(65));
    school.sessions.close_ended().await.unwrap();
    let why = "too early".to_owned();
    let reopened = school.sessions.reopen(SHELL, session.id, why).await;
    let until = reopened.unwrap().unwrap().ends_at;
    assert!(until > at("09:00"));

    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    let now = school.session_now(session.id).await;
    assert_eq!((now.venue, now.ends_at), (session.venue, until));
    let nothing = school.sessions.undo_edit(SHELL, session.id, None).await;
    let refusal = SessionRefusal::NothingToUndo(session.id);
    assert_eq!(nothing, Err(refusal.into()));
}

#[tokio::test]
async fn a_planned_lecture_is_moved_only_where_it_can_be_opened_and_back_only_before() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    let lecture = school.planned_at_two().await;
    let (held, _) = school.lecture().await;
    let refused = school.edit(lecture.lecture, starts("08:00")).await;
    let no_room = |unit, why| Err(SessionRefusal::NoRoom { unit, why }.into());
    let same = NoRoom::SameStart {
        number: held.number,
    };
    assert_eq!(refused, no_room(unit(), same));

    school.edit(lecture.lecture, starts("14:30")).await.unwrap();
    let opened = school.timetable.open_lecture(SHELL, lecture.id).await;
    assert_eq!(opened.unwrap().id, lecture.lecture);
    let nothing = school
        .sessions
        .undo_edit(SHELL, lecture.lecture, None)
        .await;
    let refusal = SessionRefusal::NothingToUndo(lecture.lecture);
    assert_eq!(nothing, Err(refusal.into()));

    let administration = &school.administration;
    let unit = administration.unit(SHELL, maths.clone()).await.unwrap();
    let retired = UnitFact {
        retired: true,
        ..unit.unwrap()
    };
    let changed = administration.change_unit(SHELL, maths.clone(), retired);
    changed.await.unwrap();
    school.clock.advance(Duration::from_secs(24 * 3600));
    let next = school.planned_at_two().await;
    let refused = school.edit(next.lecture, to_unit("MA110")).await;
    assert_eq!(refused, no_room(maths, NoRoom::Retired));
}

#[tokio::test]
async fn a_planned_lecture_that_was_cancelled_by_mistake_is_planned_again_while_it_is_to_come() {
    let school = School::start().await;
    let lecture = school.planned_at_two().await;
    let cancels = async || {
        let why = "ill".to_owned();
        let cancelled = school.timetable.cancel_lecture(SHELL, lecture.id, why);
        cancelled.await.unwrap();
    };
    let reopens = async || {
        let why = "well again".to_owned();
        school.sessions.reopen(SHELL, lecture.lecture, why).await
    };
    let refusal = SessionRefusal::NothingToReopen(lecture.lecture);
    assert_eq!(reopens().await, Err(refusal.into()), "it is planned");
    cancels().await;
    assert_eq!(reopens().await, Ok(None));
    let today = school.timetable.today(SHELL).await.unwrap();
    assert_eq!(today, std::slice::from_ref(&lecture));

    cancels().await;
    school.clock.advance(minutes(7 * 60));
    let refusal = SessionRefusal::Cancelled { unit: unit() };
    assert_eq!(reopens().await, Err(refusal.into()), "its start has passed");
}

#[tokio::test]
async fn a_retired_unit_gets_no_lecture_and_nobody_moves_one_to_another_lecturers() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    let (session, _) = school.lecture().await;
    let staff_id = StaffId::parse("T1").unwrap();
    let name = PersonName::parse("Dr. Otieno").unwrap();
    school
        .administration
        .add_lecturer(SHELL, staff_id.clone(), name, String::new(), false, None)
        .await
        .unwrap();
    let theirs = NewUnit {
        code: UnitCode::parse("CS205").unwrap(),
        name: "Systems".to_owned(),
        lecturer: staff_id.clone(),
        planned_lessons: None,
    };
    school.administration.add_unit(SHELL, theirs).await.unwrap();
    let lecturers = school.administration.lecturers(SHELL).await.unwrap();
    let otieno = lecturers.iter().find(|it| it.staff_id == staff_id).unwrap();
    let refused = school
        .sessions
        .edit(Actor::Lecturer(otieno), session.id, to_unit("CS205"), None)
        .await;
    assert!(matches!(refused, Err(SessionError::Forbidden(_))));
    let (own, _) = school
        .opens(Opening {
            unit: UnitCode::parse("CS205").unwrap(),
            ..opening(None, minutes(60))
        })
        .await;
    let refused = school
        .sessions
        .edit(Actor::Lecturer(otieno), own.id, to_unit("CS101"), None)
        .await;
    assert!(matches!(refused, Err(SessionError::Forbidden(_))));

    let administration = &school.administration;
    let unit = administration.unit(SHELL, maths.clone()).await.unwrap();
    let retired = UnitFact {
        retired: true,
        ..unit.unwrap()
    };
    administration
        .change_unit(SHELL, maths.clone(), retired)
        .await
        .unwrap();
    let refused = school.edit(session.id, to_unit("MA110")).await;
    let why = NoRoom::Retired;
    assert_eq!(
        refused,
        Err(SessionRefusal::NoRoom { unit: maths, why }.into())
    );
}

#[tokio::test]
async fn a_planned_lecture_is_moved_before_it_is_held() {
    let school = School::start().await;
    let lecture = school.planned_at_two().await;
    let edit = SessionEdit {
        ends_at: Some(NewEnd::At(at("17:00"))),
        ..starts("15:00")
    };
    school.edit(lecture.lecture, edit).await.unwrap();
    let moved = school.timetable.today(SHELL).await.unwrap().remove(0);
    assert_eq!(
        (moved.starts_at, moved.ends_at, moved.state),
        (at("15:00"), at("17:00"), LectureState::Planned)
    );
    school
        .sessions
        .undo_edit(SHELL, lecture.lecture, None)
        .await
        .unwrap();
    let back = school.timetable.today(SHELL).await.unwrap().remove(0);
    assert_eq!(back, lecture);
}

#[tokio::test]
async fn what_a_lecture_stood_in_for_is_to_come_once_it_has_left_that_unit() {
    for goes_to in ["CS101", "PH120"] {
        let here = Venue::parse("Room 1").unwrap();
        let school = School::with(|policy| policy.venue = here.clone()).await;
        let maths = school.another_unit("MA110").await;
        school.another_unit("PH120").await;
        let planned = PlannedLecture {
            unit: maths,
            starts_at: at("08:07"),
            ends_at: at("10:00"),
            venue: here,
            group: None,
            voluntary: None,
        };
        school.plans(vec![planned]).await;
        let twin = school.timetable.today(SHELL).await.unwrap().remove(0);
        let (session, _) = school.lecture().await;
        school.edit(session.id, to_unit("MA110")).await.unwrap();
        let held_as = async || school.store.lecture(twin.lecture).await.unwrap().held_as;
        assert_eq!(held_as().await, Some(session.id));
        assert_eq!(school.timetable.open_due().await.unwrap().len(), 0);

        school.edit(session.id, to_unit(goes_to)).await.unwrap();
        let due = school.timetable.open_due().await.unwrap().len();
        assert_eq!((held_as().await, due), (None, 1), "to {goes_to}");

        // It has been held itself by the time that the way out of its unit is taken back.
        school.sessions.close(SHELL, twin.lecture).await.unwrap();
        school
            .sessions
            .undo_edit(SHELL, session.id, None)
            .await
            .unwrap();
        assert_eq!(held_as().await, None);
    }
}

#[tokio::test]
async fn a_group_stays_behind_in_its_unit_and_is_there_when_the_lecture_comes_back() {
    let school = School::start().await;
    school.another_unit("MA110").await;
    let (session, _) = school.lecture().await;
    let audience = Audience {
        group: Group::parse("A").ok(),
        lesson: Lesson::parse("2026-W48-1").ok(),
        voluntary: false,
    };
    let said = school.sessions.change_audience(SHELL, session.id, audience);
    said.await.unwrap();
    let before = school.store.lecture(session.id).await.unwrap();
    let is_for = async || {
        let fact = school.store.lecture(session.id).await.unwrap();
        (fact.group, fact.lesson)
    };
    let moves = async |code: &str| {
        let effect = school.edit(session.id, to_unit(code)).await.unwrap();
        school.lines(&effect)
    };
    let line = "It is for everybody, was for group A.".to_owned();
    let lines = moves("MA110").await;
    assert!(lines.contains(&line), "{lines:?}");
    assert_eq!(is_for().await, (None, None));
    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    assert_eq!(school.store.lecture(session.id).await.unwrap(), before);

    moves("MA110").await;
    let line = "It is for group A, was for everybody.".to_owned();
    let lines = moves("CS101").await;
    assert!(lines.contains(&line), "{lines:?}");
    assert_eq!(is_for().await, (before.group, before.lesson));
}

#[tokio::test]
async fn what_was_opened_from_the_wrong_line_of_the_timetable_says_which_unit_loses_it() {
    let school = School::start().await;
    school.another_unit("MA110").await;
    let lecture = school.planned_at_two().await;
    school.clock.advance(minutes(6 * 60));
    let opened = school.timetable.open_lecture(SHELL, lecture.id).await;
    let session = opened.unwrap().id;
    let line = |unit: &str| format!("! {unit} has no lecture at 14:00 any more.");
    let effect = school.edit(session, to_unit("MA110")).await.unwrap();
    let lines = school.lines(&effect);
    assert!(lines.contains(&line("CS101")), "{lines:?}");
    let effect = school
        .sessions
        .undo_edit(SHELL, session, None)
        .await
        .unwrap();
    let lines = school.lines(&effect);
    assert!(!lines.contains(&line("MA110")), "{lines:?}");
}

#[tokio::test]
async fn what_cannot_be_held_beside_another_lecture_is_named_before_it_is_changed() {
    let school = School::start().await;
    let maths = school.another_unit("MA110").await;
    let planned = |unit: &UnitCode, from, until, room| PlannedLecture {
        unit: unit.clone(),
        starts_at: at(from),
        ends_at: at(until),
        venue: Venue::parse(room).unwrap(),
        group: None,
        voluntary: None,
    };
    let lectures = vec![
        planned(&unit(), "10:00", "12:00", "Lab 1"),
        planned(&unit(), "14:00", "16:00", "Lab 1"),
        planned(&maths, "15:00", "17:00", "Lab 2"),
    ];
    school.plans(lectures).await;
    let first = school.timetable.today(SHELL).await.unwrap().remove(0);
    let clashes = async |edit: SessionEdit| {
        let effect = school.sessions.preview_edit(SHELL, first.lecture, edit);
        let lines = school.lines(&effect.await.unwrap());
        let found = lines.into_iter().filter(|line| line.starts_with('!'));
        found.collect::<Vec<_>>()
    };
    let two = SessionEdit {
        ends_at: Some(NewEnd::At(at("16:00"))),
        ..starts("14:00")
    };
    let expected = [
        "! CS101 is in its room from 14:00 to 16:00.",
        "! CS101 has another lecture from 14:00 to 16:00.",
        "! MA110 has the same lecturer from 15:00 to 17:00.",
    ];
    assert_eq!(clashes(two).await, expected);
    let four = SessionEdit {
        ends_at: Some(NewEnd::At(at("18:00"))),
        venue: Venue::parse("lab 2").ok(),
        ..starts("16:00")
    };
    let expected = ["! MA110 is in its room from 15:00 to 17:00."];
    assert_eq!(clashes(four).await, expected);
    assert_eq!(clashes(starts("10:30")).await, [""; 0]);
}
