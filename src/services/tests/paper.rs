//! Marks from a paper list, and lectures that were held on paper.

use super::corrections::number;
use super::*;
use crate::words::Voice;

const SHELL: Actor<'static> = Actor::Shell("S1");

impl School {
    async fn listed(&self, students: &[&str]) {
        for student in students {
            self.enrol(student, Some("Jane Doe")).await;
        }
    }

    async fn marks_paper(&self, session: SessionId, list: PaperList) -> PaperListEffect {
        let order = PaperListOrder { session, list };
        let preview = self.corrections.preview_list(SHELL, order.clone()).await;
        let said = self.statements();
        let marked = self.corrections.mark_list(SHELL, order).await.unwrap();
        assert_eq!(preview.unwrap(), marked, "what is shown is what is done");
        assert!(marked.marked.is_empty() == (self.statements() == said));
        marked
    }

    fn statements(&self) -> i64 {
        let db = rusqlite::Connection::open(self.database()).unwrap();
        db.query_row("SELECT count(*) FROM statements", [], |row| row.get(0))
            .unwrap()
    }

    async fn deliveries_waiting(&self) -> u64 {
        let mut waiting = 0;
        for target in Target::ALL {
            waiting += self.store.counts(target).await.unwrap().waiting;
        }
        waiting
    }

    async fn books_of(&self) -> UnitRecord {
        let semester = self.administration.semester().clone();
        let (now, rules) = (self.clock.now(), self.desk.policy().rules());
        let books = self.store.unit_record(unit(), semester, None, now, rules);
        books.await.unwrap()
    }

    /// Attended and held of a student.
    async fn attended_and_held(&self, student: &str) -> (u32, u32) {
        let books = self.books_of().await;
        let mut students = books.students.into_iter();
        let found = students.find(|it| it.student.admission_number == number(student));
        let standing = found.unwrap().standing.unwrap();
        (standing.attended, standing.held)
    }
}

fn paper(numbers: &str) -> PaperList {
    PaperList {
        numbers: numbers.to_owned(),
        mark: HandMark::Present,
        takes_unlisted: false,
        reason: None,
    }
}

fn numbers_of(students: &[StudentLine]) -> Vec<&str> {
    let numbers = students.iter();
    numbers.map(|it| it.admission_number.as_str()).collect()
}

/// 09:00 to 11:00 in Nairobi, three days ago.
fn friday() -> Opening {
    let starts_at = Timestamp::parse("2026-11-20T06:00:00Z").unwrap();
    opening(Some(starts_at), minutes(120))
}

#[tokio::test]
async fn a_paper_list_marks_those_on_the_list_in_one_act_that_is_undone_in_one_step() {
    let school = School::start().await;
    let listed = [
        "ADM/2026/001",
        "ADM/2026/002",
        "ADM/2026/003",
        "ADM/2026/004",
    ];
    school.listed(&listed).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/2026/001", "").await);
    let wrong = recorded(school.types("ADM/2026/004", "").await).attendance_id;
    school.desk.take_back_at_keyboard(wrong).await.unwrap();
    let list = paper(
        "adm/2026/001, ADM/2026/002\nADM/2026/003 ADM/2026/002\nADM/2026/004\nADM/2O26/OO3\nX9",
    );
    let effect = school.marks_paper(session.id, list).await;
    assert_eq!(numbers_of(&effect.marked), &listed[1..]);
    assert_eq!(effect.kept[0].mark, Mark::Present);
    assert_eq!(effect.kept.len(), 1);
    assert_eq!(effect.near[0].suggestion, number("ADM/2026/003"));
    assert_eq!(effect.unknown, [number("X9")]);
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.not_yet), (4, 0));
    let trail = AuditFilter {
        action: Some("attendance.marked".to_owned()),
        limit: 9,
        ..AuditFilter::default()
    };
    let lines = school.corrections.trail(SHELL, trail).await.unwrap();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.id == lines[0].id), "one act");

    let undone = school.corrections.undo(SHELL, session.id, None, None).await;
    assert_eq!(undone.unwrap().others, 2, "the other marks of the list");
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.removed), (1, 2));
    // What was undone was removed by staff: a reason gives it again.
    let again = || paper("ADM/2026/002 ADM/2026/003");
    let effect = school.marks_paper(session.id, again()).await;
    assert_eq!((effect.marked.len(), effect.kept.len()), (0, 2));
    let because = PaperList {
        reason: Reason::parse("the right sheet").unwrap(),
        ..again()
    };
    assert_eq!(
        school.marks_paper(session.id, because).await.marked.len(),
        2
    );
}

#[tokio::test]
async fn whoever_is_not_on_the_list_is_named_and_marked_only_if_asked_for() {
    let school = School::start().await;
    school.listed(&["ADM/2026/001"]).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/2026/777", "Late Comer").await);
    school.next_lecture().await;
    let session = Session {
        id: school.store.open_sessions().await.unwrap()[0].session.id,
        ..session
    };
    let effect = school.marks_paper(session.id, paper("ADM/2026/777")).await;
    assert_eq!(numbers_of(&effect.unlisted), ["ADM/2026/777"]);
    let all = PaperList {
        takes_unlisted: true,
        mark: HandMark::Late { minutes: Some(7) },
        ..paper("ADM/2026/777")
    };
    let effect = school.marks_paper(session.id, all).await;
    assert_eq!(numbers_of(&effect.marked), ["ADM/2026/777"]);
    let roster = school.sessions.roster(SHELL, session.id).await.unwrap();
    let line = roster
        .lines
        .iter()
        .find(|line| line.is_guest || line.at.is_some());
    assert_eq!(line.unwrap().punctuality, Punctuality::late(7));
}

#[tokio::test]
async fn a_lecture_held_on_paper_counts_at_once_and_nobody_is_told() {
    let school = School::with(|policy| policy.semester = Semester::parse("1").unwrap()).await;
    let by = Actor::Shell("shell");
    for student in ["ADM/2026/001", "ADM/2026/002"] {
        let mut line = listed(student, Some("Jane Doe"));
        line.place = ListedPlace::default();
        let list = ClassList {
            unit: unit(),
            semester: school.administration.semester().clone(),
            students: vec![line],
            newcomers: Some(Newcomers::FromBeginning),
        };
        school.administration.import(by, list).await.unwrap();
    }
    school.store.set_publishing(Publishing::On).await.unwrap();
    let list = || paper("ADM/2026/001");
    let shown = school.sessions.preview_entry(SHELL, friday(), list()).await;
    assert_eq!(school.statements(), {
        let books = school.books_of().await;
        assert!(books.lectures.is_empty(), "a preview enters nothing");
        school.statements()
    });
    let entered = school
        .sessions
        .enter(SHELL, friday(), list())
        .await
        .unwrap();
    assert_eq!(shown.unwrap().list, entered.list);
    assert_eq!((entered.was, entered.session.number), (None, 1));
    assert_eq!(entered.session.state, SessionState::Closed);
    assert_eq!(school.attended_and_held("ADM/2026/001").await, (1, 1));
    assert_eq!(school.attended_and_held("ADM/2026/002").await, (0, 1));
    assert_eq!(school.deliveries_waiting().await, 0);
    assert_eq!(school.store.publication_counts().await.unwrap().waiting, 0);

    // Nor of what is corrected later.
    let order = PaperListOrder {
        session: entered.session.id,
        list: paper("ADM/2026/002"),
    };
    school.corrections.mark_list(SHELL, order).await.unwrap();
    let id = entered.session.id;
    school
        .corrections
        .undo(SHELL, id, None, None)
        .await
        .unwrap();
    assert_eq!(school.deliveries_waiting().await, 0);
    let trail = AuditFilter {
        action: Some("session".to_owned()),
        limit: 9,
        ..AuditFilter::default()
    };
    let lines = school.corrections.trail(SHELL, trail).await.unwrap();
    assert_eq!(
        (&*lines[0].action, &*lines[0].actor),
        ("session.entered", "S1")
    );
    assert_eq!(lines[0].at, school.clock.now());

    school.sessions.undo_entry(SHELL, id, false).await.unwrap();
    assert!(
        school.books_of().await.students[0]
            .standing
            .as_ref()
            .unwrap()
            .held
            == 0
    );
    assert!(matches!(
        school.sessions.undo_entry(SHELL, id, false).await,
        Err(SessionError::Refused(SessionRefusal::NothingToUndo(_)))
    ));
    let again = school.sessions.enter(SHELL, friday(), list()).await;
    assert!(
        !matches!(
            again,
            Err(SessionError::Refused(SessionRefusal::NoRoom {
                why: NoRoom::HeldThen { .. },
                ..
            }))
        ),
        "nobody is marked in a lecture that is called off"
    );
}

#[tokio::test]
async fn a_lecture_that_is_entered_twice_gets_the_marks_of_both() {
    let school = School::start().await;
    school.listed(&["ADM/2026/001"]).await;
    let list = || paper("ADM/2026/001");
    let entered = school
        .sessions
        .enter(SHELL, friday(), list())
        .await
        .unwrap();
    assert_eq!(entered.clashes, [], "nothing was beside the first one");
    let id = entered.session.id;
    // Entered again, with another beginning perhaps, it would count twice: its marks are added instead.
    let mut later = friday();
    later.starts_at = later.starts_at.map(|at| at + minutes(30));
    for again in [friday(), later] {
        let twice = school.sessions.enter(SHELL, again, list()).await;
        let why = NoRoom::HeldThen {
            number: 1,
            session: id,
        };
        match twice {
            Err(SessionError::Refused(SessionRefusal::NoRoom { why: said, .. })) => {
                assert_eq!(said, why);
            }
            other => panic!("{other:?}"),
        }
    }
    let mut beside = opening(friday().starts_at.map(|at| at + HOUR), minutes(120));
    beside.venue = Some(Venue::parse("Lab 9").unwrap());
    let beside = school.sessions.preview_entry(SHELL, beside, list()).await;
    let lines = Voice::english(school.desk.zone()).clashes(&beside.unwrap().clashes);
    assert!(lines[0].starts_with("! "), "{lines:?}");
}

#[tokio::test]
async fn a_lecture_to_come_and_one_of_a_retired_unit_are_not_entered() {
    let school = School::start().await;
    let now = school.clock.now();
    for (starts_at, lasts) in [(now + HOUR, minutes(60)), (now - HOUR, minutes(61))] {
        let past = opening(Some(starts_at), lasts);
        let refused = school.sessions.enter(SHELL, past, paper("")).await;
        assert_eq!(refused, Err(SessionError::Refused(SessionRefusal::NotOver)));
    }
    school
        .sessions
        .enter(SHELL, opening(Some(now - HOUR), HOUR), paper(""))
        .await
        .unwrap();
    let retired = UnitFact {
        name: "Programming".to_owned(),
        lecturer: StaffId::parse("S1").unwrap(),
        policy: UnitPolicy::default(),
        finished: Vec::new(),
        retired: true,
    };
    let changed = school
        .administration
        .change_unit(Actor::Shell("shell"), unit(), retired);
    changed.await.unwrap();
    let refused = school.sessions.enter(SHELL, friday(), paper("")).await;
    assert!(matches!(
        refused,
        Err(SessionError::Refused(SessionRefusal::NoRoom {
            why: NoRoom::Retired,
            ..
        }))
    ));
}

#[tokio::test]
async fn a_lecture_of_the_timetable_that_nobody_opened_is_the_one_that_is_entered() {
    let school = School::start().await;
    school.listed(&["ADM/2026/001"]).await;
    let starts_at = school.plans_in_an_hour().await;
    let id = school.books_of().await.lectures[0].id;
    school.clock.advance(HOUR * 3);
    for settled in [None, Some(LectureSettled::NotHeld)] {
        if let Some(settled) = settled {
            school.sessions.settle(SHELL, id, settled).await.unwrap();
        }
        let list = PaperList {
            reason: Reason::parse("the sheet was found").unwrap(),
            ..paper("ADM/2026/001")
        };
        let past = opening(Some(starts_at + minutes(5)), HOUR);
        let entered = school.sessions.enter(SHELL, past, list).await.unwrap();
        assert_eq!(entered.session.id, id);
        let was = settled.map_or(LectureStage::Planned, |_| LectureStage::NotHeld);
        assert_eq!(entered.was, Some(was));
        assert_eq!(school.books_of().await.lectures.len(), 1);
        assert_eq!(school.attended_and_held("ADM/2026/001").await, (1, 1));
        school.sessions.undo_entry(SHELL, id, false).await.unwrap();
        assert_eq!(school.attended_and_held("ADM/2026/001").await, (0, 0));
    }
    // The records of an entry that was taken back are evidence, also where their lecture is a plan again.
    let of_student = AuditFilter {
        student: Some(number("ADM/2026/001")),
        limit: 9,
        ..AuditFilter::default()
    };
    let lines = school.corrections.trail(SHELL, of_student).await.unwrap();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let (unit, student) = (unit(), number("ADM/2026/001"));
    let history = school.corrections.history(SHELL, &unit, None, &student);
    history.await.unwrap();
    let merge = NumberOrder {
        number: number("ADM/2026/001"),
        change: NumberChange::Remove,
        reason: Reason::parse("nobody").unwrap(),
    };
    school.students.change_number(SHELL, merge).await.unwrap();
}
