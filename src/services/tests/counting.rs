//! What counts, told as what happens in a semester. The rules themselves are compared with the oracle in
//! `store/oracle.rs`.

use super::*;
use crate::words::{Outlook, StandingText, Voice};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

impl School {
    /// A class list from the beginning of the semester.
    async fn class(&self, numbers: &[&str]) {
        let students = numbers.iter().map(|number| ImportedStudent {
            admission_number: AdmissionNumber::parse(number).unwrap(),
            name: PersonName::parse("Jane Doe").ok(),
            email: String::new(),
            phone: String::new(),
            place: ListedPlace::default(),
        });
        let list = self.list(students.collect(), Some(Newcomers::FromBeginning));
        let imported = self
            .administration
            .import(Actor::Shell("shell"), list)
            .await;
        imported.unwrap();
    }

    fn list(&self, students: Vec<ImportedStudent>, newcomers: Option<Newcomers>) -> ClassList {
        ClassList {
            unit: unit(),
            semester: self.administration.semester().clone(),
            students,
            newcomers,
        }
    }

    /// Lectures with these students, a week apart.
    async fn lectures(&self, attended: &[&[&str]]) {
        for students in attended {
            self.next_lecture().await;
            for number in *students {
                recorded(self.types(number, "Jane Doe").await);
            }
        }
        self.ends().await;
    }

    async fn ends(&self) {
        self.clock.advance(Duration::from_secs(3 * 3600));
        self.sessions.close_ended().await.unwrap();
    }

    async fn changes(&self, number: &str, change: PlaceChange) {
        let place = Place {
            unit: unit(),
            semester: self.administration.semester().clone(),
            number: AdmissionNumber::parse(number).unwrap(),
        };
        let changed = self
            .administration
            .change_enrolment(Actor::Shell("shell"), place, change);
        changed.await.unwrap();
    }

    async fn books(&self) -> UnitRecord {
        let books = self
            .exports
            .unit_record(Actor::Shell("shell"), unit(), None);
        books.await.unwrap()
    }

    async fn student(&self, number: &str) -> Option<StudentRecord> {
        let number = AdmissionNumber::parse(number).unwrap();
        let mut students = self.books().await.students.into_iter();
        students.find(|student| student.student.admission_number == number)
    }

    async fn standing(&self, number: &str) -> Standing {
        self.student(number).await.unwrap().standing.unwrap()
    }

    async fn policy(&self, policy: UnitPolicy) {
        let administration = &self.administration;
        let fact = administration
            .unit(Actor::Shell("shell"), unit())
            .await
            .unwrap();
        let fact = UnitFact {
            policy,
            ..fact.unwrap()
        };
        let changed = administration.change_unit(Actor::Shell("shell"), unit(), fact);
        changed.await.unwrap();
    }

    fn say(&self, standing: &Standing) -> String {
        Voice::english(self.desk.zone()).say(Outlook::of(standing))
    }
}

fn exam(standing: &Standing) -> (Decision, &[DecisionReason], String) {
    let exam = &standing.exam;
    (exam.decision, &exam.reasons, exam.share.to_string())
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn whoever_withdraws_keeps_what_was_missed_and_is_not_eligible() {
    let school = School::start().await;
    school.class(&["ADM/1", "ADM/2"]).await;
    school
        .lectures(&[&["ADM/1", "ADM/2"], &["ADM/2"], &["ADM/2"], &["ADM/2"]])
        .await;
    let today = school.administration.today();
    school.changes("ADM/1", PlaceChange::Withdraw(today)).await;
    school.lectures(&[&["ADM/2"]]).await;
    let standing = school.standing("ADM/1").await;
    assert_eq!((standing.attended, standing.held), (1, 4));
    let withdrawn = [DecisionReason::Withdrawn];
    assert_eq!(
        exam(&standing),
        (Decision::NotEligible, &withdrawn[..], "1/4".to_owned())
    );

    // Typing the number again records a guest, and enrols nobody.
    let (session, _) = school.next_lecture().await;
    recorded(school.types("ADM/1", "").await);
    let totals = school.totals(&session).await;
    assert_eq!((totals.expected, totals.guests), (1, 1));
    let standing = school.standing("ADM/1").await;
    assert_eq!((standing.attended, standing.held), (2, 5));
    assert_eq!(standing.exam.decision, Decision::NotEligible);
}

#[tokio::test]
async fn a_stranger_is_recorded_and_counts_once_a_list_names_them() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    school.lectures(&[&["ADM/1"], &["ADM/1"]]).await;
    let (session, _) = school.next_lecture().await;
    let receipt = recorded(school.types("ADM/9", "Walk In").await);
    assert_eq!(
        (receipt.listing, receipt.percentage),
        (Listing::Stranger, None)
    );
    assert_eq!(receipt.standing, None);
    let totals = school.totals(&session).await;
    assert_eq!((totals.expected, totals.guests, totals.not_yet), (1, 1, 1));
    let stranger = school.student("ADM/9").await.unwrap();
    assert_eq!(
        (stranger.listing, stranger.standing),
        (Listing::Stranger, None)
    );
    let due = async || {
        let due = school.store.due(
            Target::Portal,
            "k1".to_owned(),
            school.portal_time(),
            50,
            None,
        );
        due.await.unwrap()
    };
    assert_eq!(due().await.len(), 2, "nobody hears of a stranger");

    school.ends().await;
    let students = vec![ImportedStudent {
        admission_number: AdmissionNumber::parse("ADM/9").unwrap(),
        name: None,
        email: String::new(),
        phone: String::new(),
        place: ListedPlace::default(),
    }];
    let asked = school.list(students.clone(), None);
    let asked = school
        .administration
        .import(Actor::Shell("shell"), asked)
        .await;
    assert_eq!(
        asked.unwrap_err().to_string(),
        "new on this list: 1; lectures that were held before: 3"
    );
    let date = Some(Newcomers::From(day("2026-12-14")));
    let import = school.list(students, date);
    school
        .administration
        .import(Actor::Shell("shell"), import)
        .await
        .unwrap();
    let standing = school.standing("ADM/9").await;
    assert_eq!((standing.attended, standing.held), (1, 1));
    let due = due().await;
    assert_eq!(due.len(), 3);
    assert_eq!(due[2].report.percentage.to_string(), "8.33");
}

#[tokio::test]
async fn the_enrolment_of_a_check_in_goes_with_its_mark() {
    let school = School::start().await;
    school.lectures(&[&["ADM/1"], &["ADM/1"]]).await;
    let (session, _) = school.next_lecture().await;
    recorded(school.types("ADM/1", "").await);
    recorded(school.types("ADM/2", "Wrong Room").await);
    assert_eq!(
        school.standing("ADM/2").await.held,
        1,
        "enrolled from this lecture on"
    );
    school.ends().await;
    let cancelled = school
        .sessions
        .cancel(Actor::Shell("S1"), session.id, "wrong unit".to_owned());
    cancelled.await.unwrap();
    let visitor = school.student("ADM/2").await.unwrap();
    assert_eq!(
        (visitor.listing, visitor.standing),
        (Listing::Stranger, None)
    );

    // The same for a mark that staff remove.
    let (session, _) = school.next_lecture().await;
    recorded(school.types("ADM/3", "Wrong Room").await);

    let order = CorrectionOrder {
        session: session.id,
        admission_number: AdmissionNumber::parse("ADM/3").unwrap(),
        correction: Correction::Unmark,
        name: None,
        reason: Reason::parse("wrong room").unwrap(),
    };
    school
        .corrections
        .correct(Actor::Shell("S1"), order)
        .await
        .unwrap();
    school.lectures(&[&["ADM/1"]]).await;
    assert_eq!(school.student("ADM/3").await.unwrap().standing, None);
}

#[tokio::test]
async fn a_late_joiner_is_promised_only_what_is_there_to_come() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    school
        .lectures(&[&["ADM/1"], &["ADM/1"], &["ADM/1"], &["ADM/1"]])
        .await;
    let from = Some(school.administration.today() + chrono::Days::new(7));
    let interval = Interval::from(from, EnrolmentSource::Staff);
    school.types("ADM/2", "Late Joiner").await.ok();
    let student = ImportedStudent {
        admission_number: AdmissionNumber::parse("ADM/2").unwrap(),
        name: PersonName::parse("Late Joiner").ok(),
        email: String::new(),
        phone: String::new(),
        place: ListedPlace {
            from,
            ..ListedPlace::default()
        },
    };
    let list = school.list(vec![student], None);
    school
        .administration
        .import(Actor::Shell("shell"), list)
        .await
        .unwrap();
    school.lectures(&[&["ADM/1", "ADM/2"]]).await;
    // Of eight of their own six are needed: with one and seven to come they can miss two, and not three.
    let standing = school.standing("ADM/2").await;
    assert_eq!(
        (standing.held, standing.remaining, standing.own_plan),
        (1, 7, 8)
    );
    assert_eq!(standing.forecast, Forecast::CanMiss(2));
    let until_now = Interval {
        until: from,
        ..interval
    };
    school.changes("ADM/2", PlaceChange::Set(until_now)).await;
    assert_eq!(school.standing("ADM/2").await.remaining, 0);
}

#[tokio::test]
async fn nobody_is_absent_from_a_lecture_that_is_running() {
    let school = School::start().await;
    school.class(&["ADM/1", "ADM/2"]).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    school.clock.advance(minutes(60));
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.absent, totals.not_yet), (1, 0, 1));
    let waiting = school.standing("ADM/2").await;
    assert_eq!((waiting.held, waiting.band), (0, Band::NoneHeld));
    let here = school.standing("ADM/1").await;
    assert_eq!((here.held, here.band), (1, Band::Good));
    school.ends().await;
    let totals = school.totals(&session).await;
    assert_eq!((totals.absent, totals.not_yet), (1, 0));
    assert_eq!(school.standing("ADM/2").await.band, Band::Below);
}

#[tokio::test]
async fn band_forecast_and_decision_are_about_the_same_lectures() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    let (came, away): (&[&str], &[&str]) = (&["ADM/1"], &[]);
    let first = school.books().await.policy.version();
    school
        .lectures(&[
            came, came, away, came, came, away, came, came, away, came, came,
        ])
        .await;
    // Eight of eleven.
    let rules = UnitPolicy {
        planned_lessons: Some(11),
        ..UnitPolicy::default()
    };
    school.policy(rules).await;
    let standing = school.standing("ADM/1").await;
    assert_eq!(standing.so_far.unwrap().to_string(), "72.73");
    assert_eq!(standing.band, Band::Below);
    assert_eq!(exam(&standing).0, Decision::NotEligible);
    assert_eq!(
        school.say(&standing),
        "75 % is out of reach: at best 72.73 %."
    );
    let voice = Voice::english(school.desk.zone());
    assert_eq!(
        voice.say(StandingText::needs(&standing)),
        "72.73 %, the exam needs 75 %"
    );
    assert_ne!(school.books().await.policy.version(), first);

    // What was delivered stays as it was.
    let due = school.store.due(
        Target::Portal,
        "k1".to_owned(),
        school.portal_time(),
        50,
        None,
    );
    assert_eq!(due.await.unwrap()[0].report.percentage.to_string(), "8.33");
}

#[tokio::test]
async fn an_excuse_counts_by_the_policy_and_can_be_taken_back() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    school.lectures(&[&["ADM/1"], &[], &["ADM/1"]]).await;
    let books = school.books().await;
    let missed = books.lectures[1].id;
    let order = |covers| ExcuseOrder {
        student: AdmissionNumber::parse("ADM/1").unwrap(),
        unit: None,
        covers,
        category: ExcuseCategory::Medical,
    };
    let by = Actor::Shell("shell");
    let administration = &school.administration;
    let id = administration
        .excuse(by, order(Excused::Lecture(missed)))
        .await
        .unwrap();
    let standing = school.standing("ADM/1").await;
    assert_eq!(
        (standing.attended, standing.held, standing.excused),
        (2, 2, 1)
    );
    for (excused, expected) in [
        (ExcusedCounts::Present, (3, 3)),
        (ExcusedCounts::Absent, (2, 3)),
    ] {
        let rules = UnitPolicy {
            excused: Some(excused),
            ..UnitPolicy::default()
        };
        school.policy(rules).await;
        let standing = school.standing("ADM/1").await;
        assert_eq!((standing.attended, standing.held), expected, "{excused:?}");
    }
    // The same excuse again is no second one.
    let again = administration
        .excuse(by, order(Excused::Lecture(missed)))
        .await
        .unwrap();
    assert_eq!(again, id);
    assert!(administration.take_back_excuse(by, id).await.unwrap());
    assert!(!administration.take_back_excuse(by, id).await.unwrap());
    assert_eq!(school.standing("ADM/1").await.excused, 0);
    let days = Excused::Days(day("2026-12-01"), day("2026-12-10"));
    administration.excuse(by, order(days)).await.unwrap();
    assert_eq!(school.standing("ADM/1").await.excused, 1);
}

#[tokio::test]
async fn a_lecture_that_opened_by_itself_and_nobody_came_is_for_staff_to_settle() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    school.plans_in_an_hour().await;
    assert_eq!(school.standing("ADM/1").await.remaining, 12);
    school.clock.advance(HOUR);
    school.timetable.open_due().await.unwrap();
    school.ends().await;
    let id = school.books().await.lectures[0].id;
    let standing = school.standing("ADM/1").await;
    assert_eq!((standing.held, standing.unknown), (0, 1));
    assert!(!school.books().await.complete);
    let by = Actor::Shell("S1");
    school
        .sessions
        .settle(by, id, LectureSettled::Held)
        .await
        .unwrap();
    assert_eq!(school.standing("ADM/1").await.held, 1);
    school
        .sessions
        .settle(by, id, LectureSettled::NotHeld)
        .await
        .unwrap();
    let standing = school.standing("ADM/1").await;
    assert_eq!((standing.held, standing.unknown), (0, 0));
    assert!(school.books().await.complete);
}

#[tokio::test]
async fn a_planned_lecture_that_nobody_opened_is_not_known() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    school.plans_in_an_hour().await;
    school.clock.advance(WEEK);
    let standing = school.standing("ADM/1").await;
    assert_eq!(
        (standing.held, standing.unknown, standing.band),
        (0, 1, Band::NotKnown)
    );
    let unknown = [
        DecisionReason::TooFewLectures,
        DecisionReason::LecturesUnknown,
    ];
    assert_eq!(
        exam(&standing),
        (Decision::Undecided, &unknown[..], "0/0".to_owned())
    );
    let id = school.books().await.lectures[0].id;
    let by = Actor::Shell("S1");
    let held = school.sessions.settle(by, id, LectureSettled::Held).await;
    assert_eq!(
        held,
        Err(SessionError::Refused(SessionRefusal::NeverOpened(id))),
        "there is no attendance of it"
    );
    school
        .sessions
        .settle(by, id, LectureSettled::NotHeld)
        .await
        .unwrap();
    assert_eq!(school.standing("ADM/1").await.unknown, 0);
}

#[tokio::test]
async fn a_helper_acts_for_a_unit_on_the_days_of_the_assignment() {
    let school = School::start().await;
    let name = PersonName::parse("Dr. Helper").unwrap();
    let id = StaffId::parse("S2").unwrap();
    let by = Actor::Shell("shell");
    let added =
        school
            .administration
            .add_lecturer(by, id.clone(), name, String::new(), false, None);
    added.await.unwrap();
    let lecturers = school.administration.lecturers(by).await.unwrap();
    let helper = lecturers.iter().find(|it| it.staff_id == id).unwrap();
    let helper = Actor::Lecturer(helper);
    assert!(
        school
            .sessions
            .open(helper, opening(None, minutes(60)))
            .await
            .is_err()
    );
    let today = school.administration.today();
    let fact = AssignmentFact {
        role: Some(AssignmentRole::Helper),
        from: Some(today),
        until: Some(today),
    };
    school
        .administration
        .assign(by, unit(), id, fact)
        .await
        .unwrap();
    let (session, _) = school
        .sessions
        .open(helper, opening(None, minutes(60)))
        .await
        .unwrap();
    assert_eq!(school.administration.units(helper).await.unwrap().len(), 1);
    assert_eq!(
        school.sessions.list(helper, 10).await.unwrap(),
        std::slice::from_ref(&session)
    );
    // Lists and rules are the owners'.
    let place = Place {
        unit: unit(),
        semester: school.administration.semester().clone(),
        number: AdmissionNumber::parse("ADM/1").unwrap(),
    };
    let change = PlaceChange::Withdraw(today);
    assert!(
        school
            .administration
            .change_enrolment(helper, place, change)
            .await
            .is_err()
    );
    school.clock.advance(Duration::from_secs(24 * 3600));
    assert!(school.sessions.close(helper, session.id).await.is_err());
    assert!(
        school
            .administration
            .units(helper)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_retired_unit_is_not_opened_and_keeps_its_books() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    school.lectures(&[&["ADM/1"]]).await;
    let by = Actor::Shell("shell");
    let fact = school
        .administration
        .unit(by, unit())
        .await
        .unwrap()
        .unwrap();
    let fact = UnitFact {
        retired: true,
        ..fact
    };
    school
        .administration
        .change_unit(by, unit(), fact)
        .await
        .unwrap();
    let opened = school.sessions.open(by, opening(None, minutes(60))).await;
    let why = NoRoom::Retired;
    let unit = unit();
    assert_eq!(
        opened.unwrap_err(),
        SessionError::Refused(SessionRefusal::NoRoom { unit, why })
    );
    assert_eq!(school.standing("ADM/1").await.attended, 1);
}

#[tokio::test]
async fn nothing_is_to_come_once_a_semester_is_finished() {
    let school = School::with(|site| site.last_day = "2026-12-18".parse().ok()).await;
    school.class(&["ADM/1"]).await;
    school.lectures(&[&["ADM/1"], &["ADM/1"]]).await;
    assert_eq!(school.standing("ADM/1").await.remaining, 10);
    school.clock.advance(WEEK * 2);
    let standing = school.standing("ADM/1").await;
    assert_eq!(
        (standing.remaining, standing.forecast),
        (0, Forecast::Reached)
    );
    assert_eq!(school.say(&standing), "All lectures held: 75 % reached.");
}

const PRESENT: Correction = Correction::Mark(HandMark::Present);

impl School {
    /// A correction by staff, who name whoever is unknown.
    async fn corrects(&self, session: &Session, number: &str, correction: Correction) -> Corrected {
        let order = CorrectionOrder {
            session: session.id,
            admission_number: AdmissionNumber::parse(number).unwrap(),
            correction,
            name: PersonName::parse("By Hand").ok(),
            reason: Reason::parse("a slip").unwrap(),
        };
        let by = Actor::Shell("S1");
        self.corrections.correct(by, order).await.unwrap()
    }

    async fn takes_back(&self, session: &Session) {
        let by = Actor::Shell("S1");
        let undone = self.corrections.undo(by, session.id, None, None).await;
        undone.unwrap();
    }

    async fn listing(&self, number: &str) -> Option<Listing> {
        Some(self.student(number).await?.listing)
    }

    /// What waits for the portal: whose record, and its percentage.
    async fn queued(&self) -> Vec<String> {
        let now = self.clock.now() + HOUR;
        let due = self
            .store
            .due(Target::Portal, "k1".to_owned(), now, 50, None);
        let lines = due.await.unwrap().into_iter().map(|it| {
            let report = it.report;
            format!("{} {}", report.admission_number, report.percentage)
        });
        lines.collect()
    }
}

#[tokio::test]
async fn a_mark_by_hand_enrols_only_as_long_as_it_stands() {
    // In a unit without a list it makes no list of the one student.
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    school.corrects(&session, "ADM/3", PRESENT).await;
    assert_eq!(school.listing("ADM/1").await, Some(Listing::Main));
    assert_eq!(school.listing("ADM/3").await, Some(Listing::Main));
    school.corrects(&session, "ADM/3", Correction::Unmark).await;
    school.ends().await;
    let gone = school.student("ADM/3").await.unwrap();
    assert_eq!((gone.listing, gone.standing), (Listing::Stranger, None));
    assert_eq!(exam(&school.standing("ADM/1").await).0, Decision::Eligible);

    // In a unit with a list, whoever staff have marked stands apart, with figures.
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    let (session, _) = school.lecture().await;
    school.corrects(&session, "ADM/8", PRESENT).await;
    assert_eq!(school.listing("ADM/8").await, Some(Listing::Apart));
    assert_eq!(school.queued().await, ["ADM/8 8.33"]);
    school.takes_back(&session).await;
    assert_eq!(school.listing("ADM/8").await, Some(Listing::Stranger));
    // A list that is imported meanwhile is not undone with the mark.
    school.corrects(&session, "ADM/9", PRESENT).await;
    school.class(&["ADM/1", "ADM/9"]).await;
    school.takes_back(&session).await;
    assert_eq!(school.listing("ADM/9").await, Some(Listing::Main));
    assert_eq!(
        school.student("ADM/9").await.unwrap().enrolment.since(),
        None
    );
}

#[tokio::test]
async fn an_approval_enrols_nobody_in_a_lecture_that_is_cancelled() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    school.class(&["ADM/1"]).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("NEW/1", "Wrong Room").await);
    school
        .corrects(&session, "NEW/1", Correction::Approve)
        .await;
    assert_eq!(school.listing("NEW/1").await, Some(Listing::Apart));
    let by = Actor::Shell("S1");
    let cancelled = school
        .sessions
        .cancel(by, session.id, "wrong unit".to_owned());
    cancelled.await.unwrap();
    assert_eq!(school.listing("NEW/1").await, Some(Listing::Stranger));
}

#[tokio::test]
async fn a_correction_reckons_the_percentage_of_its_record_anew() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    let rules = UnitPolicy {
        lates_per_absence: Some(1),
        ..UnitPolicy::default()
    };
    school.policy(rules).await;
    let (session, _) = school.lecture().await;
    let late = || Correction::Mark(HandMark::Late { minutes: Some(20) });
    school.corrects(&session, "ADM/1", late()).await;
    assert_eq!(school.queued().await, ["ADM/1 0.00"]);
    school.corrects(&session, "ADM/1", PRESENT).await;
    assert_eq!(school.queued().await, ["ADM/1 8.33"]);
    school.corrects(&session, "ADM/1", late()).await;
    assert_eq!(school.queued().await, ["ADM/1 0.00"]);
}

#[tokio::test]
async fn what_a_stranger_recorded_counts_once_they_are_enrolled_and_only_where_a_lecture_was() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(school.next_lecture().await.0);
        recorded(school.types("ADM/9", "Jane Doe").await);
    }
    school.ends().await;
    let by = Actor::Shell("S1");
    let cancelled = school
        .sessions
        .cancel(by, sessions[0].id, "fire alarm".to_owned());
    cancelled.await.unwrap();
    let late = Correction::Mark(HandMark::Late { minutes: Some(30) });
    school.corrects(&sessions[1], "ADM/9", late).await;
    school
        .corrects(&sessions[3], "ADM/9", Correction::Unmark)
        .await;
    assert_eq!(school.queued().await, [""; 0]);
    let interval = Interval::from(None, EnrolmentSource::Staff);
    school.changes("ADM/9", PlaceChange::Set(interval)).await;
    // Each as of its own lecture.
    assert_eq!(school.queued().await, ["ADM/9 8.33", "ADM/9 16.67"]);
    // What was removed meanwhile comes back as one that counts.
    school.takes_back(&sessions[3]).await;
    let queued = school.queued().await;
    assert_eq!(queued, ["ADM/9 8.33", "ADM/9 16.67", "ADM/9 25.00"]);
    // The kiosk's own word is no correction that somebody could take back.
    school.takes_back(&sessions[1]).await;
    let books = school.books().await;
    let student = books.students.iter().find(|it| {
        it.listing == Listing::Main && it.lines[1].status == Some(AttendanceStatus::Present)
    });
    assert!(student.is_some());
}

#[tokio::test]
async fn staff_bring_back_who_has_withdrawn_and_nobody_else_does() {
    let school = School::start().await;
    recorded_of(&school, "ADM/7").await;
    school
        .changes("ADM/7", PlaceChange::Withdraw(day("2026-11-24")))
        .await;
    let before = school.student("ADM/7").await.unwrap().enrolment;
    let listed = |from| ImportedStudent {
        admission_number: AdmissionNumber::parse("ADM/7").unwrap(),
        name: None,
        email: String::new(),
        phone: String::new(),
        place: ListedPlace {
            from,
            ..ListedPlace::default()
        },
    };
    let today = Some(Newcomers::From(day("2026-11-30")));
    let list = school.list(vec![listed(None)], today);
    let by = Actor::Shell("shell");
    school.administration.import(by, list).await.unwrap();
    assert_eq!(school.student("ADM/7").await.unwrap().enrolment, before);
    let list = school.list(vec![listed(Some(day("2026-12-01")))], None);
    school.administration.import(by, list).await.unwrap();
    assert!(
        school
            .student("ADM/7")
            .await
            .unwrap()
            .enrolment
            .holds(day("2026-12-02"))
    );
}

async fn recorded_of(school: &School, number: &str) {
    school.next_lecture().await;
    recorded(school.types(number, "Jane Doe").await);
    school.ends().await;
}

#[tokio::test]
async fn a_class_list_that_ended_with_its_semester_decides_in_that_semester() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    recorded_of(&school, "ADM/1").await;
    let mut interval = Interval::from(None, EnrolmentSource::Staff);
    interval.until = Some(day("2026-12-10"));
    school.changes("ADM/1", PlaceChange::Set(interval)).await;
    school.clock.advance(WEEK * 12);
    assert_eq!(
        exam(&school.standing("ADM/1").await).1,
        [DecisionReason::Withdrawn],
        "as long as the semester is under way"
    );
    let next = crate::store::Rules {
        semester: Semester::parse("2027-1").unwrap(),
        ..school.desk.policy().rules()
    };
    let (semester, now) = (school.administration.semester().clone(), school.clock.now());
    let books = school.store.unit_record(unit(), semester, None, now, next);
    let standing = books.await.unwrap().students[0].standing.clone().unwrap();
    assert_eq!(exam(&standing).0, Decision::Eligible);
}

#[tokio::test]
async fn what_was_settled_can_be_decided_again_and_a_cancelled_lecture_cannot() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    let by = Actor::Shell("shell");
    school.plans_in_an_hour().await;
    let id = school.books().await.lectures[0].id;
    let settles = async |settled| school.sessions.settle(by, id, settled).await;
    let early = settles(LectureSettled::NotHeld).await;
    assert_eq!(
        early,
        Err(SessionError::Refused(SessionRefusal::StillToCome(id)))
    );
    school.clock.advance(HOUR * 3);
    assert_eq!(school.standing("ADM/1").await.unknown, 1);
    settles(LectureSettled::NotHeld).await.unwrap();
    assert_eq!(school.standing("ADM/1").await.unknown, 0);
    settles(LectureSettled::Undecided).await.unwrap();
    assert_eq!(school.standing("ADM/1").await.unknown, 1);

    let (session, _) = school.next_lecture().await;
    let cancelled = school
        .sessions
        .cancel(by, session.id, "wrong unit".to_owned());
    cancelled.await.unwrap();
    for settled in [
        LectureSettled::Held,
        LectureSettled::NotHeld,
        LectureSettled::Undecided,
    ] {
        let refused = school.sessions.settle(by, session.id, settled).await;
        let unit = unit();
        assert_eq!(
            refused,
            Err(SessionError::Refused(SessionRefusal::Cancelled { unit }))
        );
    }
}

#[tokio::test]
async fn a_session_that_is_opened_by_hand_is_the_lecture_of_the_timetable() {
    let school = School::start().await;
    school.class(&["ADM/1"]).await;
    let starts_at = school.clock.now() + minutes(10);
    let lecture = PlannedLecture {
        unit: unit(),
        starts_at,
        ends_at: starts_at + HOUR,
        venue: Venue::default(),
        group: None,
        voluntary: None,
    };
    let planned = school.timetable.import(vec![lecture], "shell").await;
    planned.unwrap();
    school.clock.set_trusted(false);
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    school.ends().await;
    let books = school.books().await;
    let lectures: Vec<_> = books.lectures.iter().map(|lecture| lecture.id).collect();
    assert_eq!(lectures, [session.id]);
    assert_eq!(exam(&school.standing("ADM/1").await).0, Decision::Eligible);
}

#[tokio::test]
async fn an_owner_for_a_day_makes_nobody_an_owner_for_longer() {
    let school = School::start().await;
    let by = Actor::Shell("shell");
    let today = school.administration.today();
    let fact = |until| AssignmentFact {
        role: Some(AssignmentRole::Owner),
        from: None,
        until,
    };
    let id = StaffId::parse("S9").unwrap();
    let name = PersonName::parse("Dr. Substitute").unwrap();
    let administration = &school.administration;
    let added = administration.add_lecturer(by, id.clone(), name, String::new(), false, None);
    added.await.unwrap();
    let assigned = administration.assign(by, unit(), id.clone(), fact(Some(today)));
    assigned.await.unwrap();
    let substitute = Lecturer {
        staff_id: id.clone(),
        name: "Dr. Substitute".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    };
    let substitute = Actor::Lecturer(&substitute);
    let longer = administration.assign(substitute, unit(), id.clone(), fact(None));
    assert!(matches!(
        longer.await,
        Err(AdministrationError::OfAnother(_))
    ));
    let until_today = administration.assign(substitute, unit(), id, fact(Some(today)));
    until_today.await.unwrap();
}
