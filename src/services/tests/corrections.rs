//! Stories about marks that staff correct.

use super::*;
use crate::store::{Settled, Settlement};
use crate::words::Voice;

impl School {
    async fn smith(&self) -> Lecturer {
        self.administration
            .lecturers(Actor::Shell("shell"))
            .await
            .unwrap()
            .remove(0)
    }

    pub(super) async fn order(
        &self,
        session: &Session,
        student: &str,
        correction: Correction,
        why: &str,
    ) -> Result<Corrected, CorrectionError> {
        let order = CorrectionOrder {
            session: session.id,
            admission_number: number(student),
            correction,
            name: None,
            reason: Reason::parse(why).unwrap(),
        };
        let smith = self.smith().await;
        self.corrections
            .correct(Actor::Lecturer(&smith), order)
            .await
    }

    async fn undo(&self, session: &Session) -> Result<Corrected, CorrectionError> {
        let smith = self.smith().await;
        let corrections = &self.corrections;
        corrections
            .undo(Actor::Lecturer(&smith), session.id, None, None)
            .await
    }

    async fn line(&self, session: &Session, student: &str) -> RosterLine {
        let roster = self
            .sessions
            .roster(Actor::Shell("shell"), session.id)
            .await
            .unwrap();
        let mut lines = roster.lines.into_iter();
        lines
            .find(|line| line.admission_number == number(student))
            .unwrap()
    }

    /// What a target would be told now: the duties of the debts that are due.
    pub(super) async fn duties(&self, target: Target) -> Vec<(String, Operation)> {
        let due = self.due(target).await;
        let operation = |debt: Delivery| (debt.report.admission_number.to_string(), debt.operation);
        due.into_iter().map(operation).collect()
    }

    pub(super) async fn due(&self, target: Target) -> Vec<Delivery> {
        let (id, now) = ("kiosk".to_owned(), self.portal_time());
        self.store.due(target, id, now, 100, None).await.unwrap()
    }

    pub(super) async fn deliver(&self, target: Target) {
        let due = self.due(target).await;
        self.settle(target, due).await;
    }

    async fn settle(&self, target: Target, debts: Vec<Delivery>) {
        let settled = debts.into_iter().map(|debt| Settled {
            attendance_id: debt.report.attendance_id,
            edition: debt.edition,
            settlement: Settlement::Delivered {
                document_id: debt.report.attendance_id.to_string(),
                answer: r#"{"success":true,"id":"P1"}"#.to_owned(),
            },
        });
        let settled = settled.collect();
        let now = self.clock.now();
        self.store.settle(target, settled, now).await.unwrap();
    }

    async fn trail(&self) -> Vec<(String, String)> {
        let filter = AuditFilter {
            action: Some("attendance".to_owned()),
            limit: 50,
            ..AuditFilter::default()
        };
        let lines = self
            .corrections
            .trail(Actor::Shell("shell"), filter)
            .await
            .unwrap();
        let voice = Voice::english(self.desk.zone());
        let line = |line: AuditLine| (line.action, voice.change(&line.change));
        lines.into_iter().rev().map(line).collect()
    }
}

pub(super) fn number(text: &str) -> AdmissionNumber {
    AdmissionNumber::parse(text).unwrap()
}

const PRESENT: Correction = Correction::Mark(HandMark::Present);
const LATE: Correction = Correction::Mark(HandMark::Late { minutes: None });

#[track_caller]
fn refusal(result: Result<Corrected, CorrectionError>) -> CorrectionRefusal {
    match result {
        Err(CorrectionError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_student_marked_by_hand_counts_at_once() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let (session, _) = school.lecture().await;
    let marked = school.order(&session, "adm/1", PRESENT, "").await.unwrap();
    assert_eq!((marked.before, marked.mark), (None, Mark::Present));
    assert_eq!(
        marked
            .receipt
            .standing
            .as_ref()
            .unwrap()
            .of_plan
            .to_string(),
        "8.33"
    );
    assert_eq!(marked.receipt.channel, Channel::Lecturer);
    assert_eq!(school.totals(&session).await.present, 1);
    assert_eq!(
        school.duties(Target::Portal).await,
        [("ADM/1".to_owned(), Operation::Tell)]
    );
    let again = school.order(&session, "ADM/1", PRESENT, "").await.unwrap();
    assert!(!again.changed, "what is so is no change");
    assert_eq!(
        school.trail().await,
        [(
            "attendance.marked".to_owned(),
            "no mark -> present".to_owned()
        )]
    );
}

#[tokio::test]
async fn a_number_on_no_list_needs_a_name() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    assert_eq!(
        refusal(school.order(&session, "ADM/9", PRESENT, "").await),
        CorrectionRefusal::UnknownStudent
    );
    let order = CorrectionOrder {
        session: session.id,
        admission_number: number("ADM/9"),
        correction: PRESENT,
        name: Some(PersonName::parse("New Here").unwrap()),
        reason: None,
    };
    let smith = school.smith().await;
    school
        .corrections
        .correct(Actor::Lecturer(&smith), order)
        .await
        .unwrap();
    assert_eq!(
        school.line(&session, "ADM/9").await.status,
        AttendanceStatus::Present
    );
}

#[tokio::test]
async fn staff_vouch_for_a_stranger_whatever_the_desk_does_with_one() {
    for policy in [
        UnknownStudents::Register,
        UnknownStudents::Pending,
        UnknownStudents::Reject,
    ] {
        let school = School::with(|site| site.unknown_students = policy).await;
        let (session, _) = school.lecture().await;
        let order = CorrectionOrder {
            session: session.id,
            admission_number: number("ADM/9"),
            correction: PRESENT,
            name: Some(PersonName::parse("New Here").unwrap()),
            reason: None,
        };
        let smith = school.smith().await;
        let corrections = &school.corrections;
        let marked = corrections
            .correct(Actor::Lecturer(&smith), order)
            .await
            .unwrap();
        assert_eq!(
            marked
                .receipt
                .standing
                .as_ref()
                .unwrap()
                .of_plan
                .to_string(),
            "8.33"
        );
        assert_eq!(school.totals(&session).await.expected, 1, "{policy:?}");
        // From now on the number is on the list, under a name that no student changes.
        let again = already_marked(school.types("ADM/9", "Somebody Else").await);
        let again = school.receipt(again.attendance_id).await;
        assert_eq!(again.student.name.unwrap().as_str(), "New Here");
        let added = AuditFilter {
            action: Some("student.added".to_owned()),
            limit: 9,
            ..AuditFilter::default()
        };
        let added = corrections
            .trail(Actor::Shell("shell"), added)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(
            (added.actor.as_str(), added.subject.as_str()),
            ("S1", "ADM/9")
        );
    }
}

#[tokio::test]
async fn a_number_that_is_none_of_this_school_s_is_not_added() {
    let form = NumberPattern::parse("ADM/[0-9]+").unwrap();
    let school = School::with(|site| site.number_pattern = form).await;
    school.enrol("OLD-1", Some("Jane Doe")).await;
    let (session, _) = school.lecture().await;
    let order = |student| CorrectionOrder {
        session: session.id,
        admission_number: number(student),
        correction: PRESENT,
        name: Some(PersonName::parse("New Here").unwrap()),
        reason: None,
    };
    let corrections = &school.corrections;
    let refused = corrections
        .correct(Actor::Shell("shell"), order("AMD/9"))
        .await;
    assert_eq!(
        refusal(refused),
        CorrectionRefusal::InvalidNumber(InvalidAdmissionNumber::Pattern)
    );
    // Nobody types a name first only to hear of the number then.
    let nameless = |student| CorrectionOrder {
        name: None,
        ..order(student)
    };
    for (student, wanted) in [
        (
            "AMD/9",
            CorrectionRefusal::InvalidNumber(InvalidAdmissionNumber::Pattern),
        ),
        ("ADM/9", CorrectionRefusal::UnknownStudent),
    ] {
        let refused = corrections
            .correct(Actor::Shell("shell"), nameless(student))
            .await;
        assert_eq!(refusal(refused), wanted);
    }
    for student in ["ADM/9", "OLD-1"] {
        corrections
            .correct(Actor::Shell("shell"), order(student))
            .await
            .unwrap();
        assert_eq!(
            school.line(&session, student).await.status,
            AttendanceStatus::Present
        );
    }
}

#[tokio::test]
async fn a_mark_that_stands_is_changed_with_a_reason_only() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    for correction in [LATE, Correction::Unmark] {
        assert_eq!(
            refusal(school.order(&session, "ADM/1", correction, " ").await),
            CorrectionRefusal::ReasonNeeded
        );
    }
    assert!(school.trail().await.is_empty());
    school.clock.advance(minutes(12));
    let late = Correction::Mark(HandMark::Late { minutes: Some(12) });
    school
        .order(&session, "ADM/1", late, "came at 12 past")
        .await
        .unwrap();
    let line = school.line(&session, "ADM/1").await;
    assert_eq!(
        (line.status, line.punctuality.minutes()),
        (AttendanceStatus::Late, 12)
    );
    school
        .order(&session, "ADM/1", PRESENT, "bus strike")
        .await
        .unwrap();
    let line = school.line(&session, "ADM/1").await;
    assert_eq!(
        (line.status, line.punctuality.minutes()),
        (AttendanceStatus::Present, 0)
    );
    assert_eq!(
        school.trail().await,
        [
            (
                "attendance.changed".to_owned(),
                "present -> late, 12 min".to_owned()
            ),
            (
                "attendance.changed".to_owned(),
                "late, 12 min -> present".to_owned()
            ),
        ]
    );
}

#[tokio::test]
async fn who_was_unmarked_does_not_come_back_through_any_door() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    school
        .order(&session, "ADM/1", Correction::Unmark, "was not here")
        .await
        .unwrap();
    assert_eq!(
        school.line(&session, "ADM/1").await.status,
        AttendanceStatus::Removed
    );
    assert_eq!(school.line(&session, "ADM/1").await.standing, None);
    for channel in [Channel::Keypad, Channel::Phone, Channel::Cli] {
        let entrance = Entrance::Session(session.id);
        let answer = school.check_in("ADM/1", "", entrance, channel, None).await;
        assert_eq!(refused(answer), Refusal::MarkRemoved);
    }
    assert_eq!(
        refusal(school.order(&session, "ADM/1", PRESENT, "").await),
        CorrectionRefusal::ReasonNeeded
    );
    school
        .order(&session, "ADM/1", LATE, "she was, after all")
        .await
        .unwrap();
    already_marked(school.types("ADM/1", "").await);
    assert_eq!(school.desk.attendance_count(None).await.unwrap(), 1);
}

#[tokio::test]
async fn a_percentage_follows_and_what_was_frozen_stays() {
    let school = School::start().await;
    let (first, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    school.next_lecture().await;
    let second = recorded(school.types("ADM/1", "").await);
    assert_eq!(
        second.standing.as_ref().unwrap().of_plan.to_string(),
        "16.67"
    );
    school
        .order(&first, "ADM/1", Correction::Unmark, "proxy")
        .await
        .unwrap();
    let now = school.receipt(second.attendance_id).await;
    assert_eq!(now.standing.as_ref().unwrap().of_plan.to_string(), "8.33");
    let due = school.due(Target::Portal).await;
    assert_eq!(due.len(), 1, "the first was taken back before it was sent");
    assert_eq!(due[0].report.percentage.to_string(), "16.67");
}

#[tokio::test]
async fn a_pending_student_counts_once_approved() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/7", "Not Listed").await);
    assert!(school.due(Target::Firestore).await.is_empty());
    let approved = school
        .order(&session, "ADM/7", Correction::Approve, "")
        .await
        .unwrap();
    assert_eq!(
        approved
            .receipt
            .standing
            .as_ref()
            .unwrap()
            .of_plan
            .to_string(),
        "8.33"
    );
    assert_eq!(
        school.duties(Target::Firestore).await,
        [("ADM/7".to_owned(), Operation::Tell)]
    );
    assert_eq!(
        school.due(Target::Portal).await[0]
            .report
            .percentage
            .to_string(),
        "8.33"
    );
    let totals = school.totals(&session).await;
    assert_eq!((totals.expected, totals.present, totals.pending), (1, 1, 0));
    school.deliver(Target::Firestore).await;
    school.undo(&session).await.unwrap();
    assert_eq!(
        school.line(&session, "ADM/7").await.status,
        AttendanceStatus::Pending
    );
    assert_eq!(
        school.duties(Target::Firestore).await,
        [("ADM/7".to_owned(), Operation::Withdraw)]
    );
}

#[tokio::test]
async fn a_mistyped_number_is_given_to_whom_it_belongs() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let (session, _) = school.lecture().await;
    let typed = Request {
        insists: true,
        ..request("ADM/l", "Jane Doe")
    };
    let typed = recorded(school.desk.check_in(typed).await);
    school.clock.advance(minutes(30));
    let merge = || Correction::Merge {
        into: number("ADM/1"),
    };
    let merged = school.order(&session, "ADM/L", merge(), "").await.unwrap();
    assert_eq!(merged.receipt.student.admission_number, number("ADM/1"));
    assert_eq!(merged.receipt.checked_in_at, typed.checked_in_at);
    assert_eq!(merged.receipt.channel, Channel::Keypad);
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.pending, totals.absent), (1, 0, 0));
    assert_eq!(
        school.trail().await,
        [
            (
                "attendance.merged".to_owned(),
                "pending -> removed; belongs to ADM/1".to_owned()
            ),
            (
                "attendance.marked".to_owned(),
                "no mark -> present".to_owned()
            ),
        ]
    );
    // A page does not end between the two.
    let page = AuditFilter {
        limit: 1,
        ..AuditFilter::default()
    };
    let page = school.corrections.trail(Actor::Shell("shell"), page).await;
    assert_eq!(page.unwrap().len(), 2);
    assert_eq!(
        refusal(school.order(&session, "ADM/L", merge(), "").await),
        CorrectionRefusal::NotPending
    );
    school.undo(&session).await.unwrap();
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.guests, totals.removed), (0, 1, 1));
    assert_eq!(
        refusal(school.undo(&session).await),
        CorrectionRefusal::NothingToUndo
    );
}

#[tokio::test]
async fn a_typed_name_is_accepted_or_turned_down() {
    for (correction, name) in [
        (Correction::AcceptName, "Jane Wanjiru"),
        (Correction::KeepName, "Jane Doe"),
    ] {
        let school = School::start().await;
        school.enrol("ADM/1", Some("Jane Doe")).await;
        let (session, _) = school.lecture().await;
        let receipt = recorded(school.types("ADM/1", "Jane Wanjiru").await);
        assert!(receipt.flags.has(Flag::NameMismatch));
        let done = school
            .order(&session, "ADM/1", correction.clone(), "")
            .await
            .unwrap();
        assert_eq!(done.receipt.flags, Flags::NONE);
        assert_eq!(done.receipt.student.name.unwrap().as_str(), name);
        assert_eq!(
            refusal(school.order(&session, "ADM/1", correction, "").await),
            CorrectionRefusal::NoTypedName
        );
        school.undo(&session).await.unwrap();
        let line = school.line(&session, "ADM/1").await;
        assert_eq!(line.name.unwrap().as_str(), "Jane Doe");
        assert!(line.flags.has(Flag::NameMismatch));
    }
}

#[tokio::test]
async fn undo_is_a_new_line_and_goes_back_step_by_step() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    school.order(&session, "ADM/1", LATE, "late").await.unwrap();
    school.clock.advance(minutes(5));
    school
        .order(&session, "ADM/1", Correction::Unmark, "left")
        .await
        .unwrap();
    school.undo(&session).await.unwrap();
    assert_eq!(
        school.line(&session, "ADM/1").await.status,
        AttendanceStatus::Late
    );
    school.undo(&session).await.unwrap();
    let line = school.line(&session, "ADM/1").await;
    assert_eq!(
        (line.status, line.at),
        (AttendanceStatus::Present, Some(receipt.checked_in_at))
    );
    assert_eq!(
        refusal(school.undo(&session).await),
        CorrectionRefusal::NothingToUndo
    );
    assert_eq!(school.trail().await.len(), 4);
    let history = school
        .corrections
        .history(Actor::Shell("shell"), &unit(), None, &number("ADM/1"))
        .await;
    let history = history.unwrap().unwrap();
    assert_eq!(history.lectures[0].corrections.len(), 4);
    assert_eq!(history.lectures[0].first, history.lectures[0].record);
}

#[tokio::test]
async fn a_cancelled_or_coming_class_takes_no_marks() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let (session, _) = school.lecture().await;
    let why = "strike".to_owned();
    school
        .sessions
        .cancel(Actor::Shell("S1"), session.id, why)
        .await
        .unwrap();
    assert_eq!(
        refusal(school.order(&session, "ADM/1", PRESENT, "").await),
        CorrectionRefusal::SessionCancelled
    );
    let starts_at = Some(school.clock.now() + minutes(180));
    let (coming, _) = school.opens(opening(starts_at, minutes(60))).await;
    assert!(matches!(
        refusal(school.order(&coming, "ADM/1", PRESENT, "").await),
        CorrectionRefusal::NotYetOpen { .. }
    ));
}

#[tokio::test]
async fn a_lecturer_corrects_and_reads_their_own_units_only() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    let stranger = Lecturer {
        staff_id: StaffId::parse("S2").unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    };
    let corrections = &school.corrections;
    for correction in [
        PRESENT,
        Correction::Unmark,
        Correction::Approve,
        Correction::Merge {
            into: number("ADM/2"),
        },
        Correction::AcceptName,
        Correction::KeepName,
    ] {
        let order = CorrectionOrder {
            session: session.id,
            admission_number: number("ADM/1"),
            correction,
            name: None,
            reason: Reason::parse("because").unwrap(),
        };
        let result = corrections.correct(Actor::Lecturer(&stranger), order).await;
        assert!(matches!(result, Err(CorrectionError::Forbidden(_))));
    }
    let undone = corrections
        .undo(Actor::Lecturer(&stranger), session.id, None, None)
        .await;
    assert!(matches!(undone, Err(CorrectionError::Forbidden(_))));
    let read = corrections
        .history(Actor::Lecturer(&stranger), &unit(), None, &number("ADM/1"))
        .await;
    assert!(matches!(read, Err(CorrectionError::Forbidden(_))));
    let all = || AuditFilter {
        limit: 50,
        ..AuditFilter::default()
    };
    let trail = corrections
        .trail(Actor::Lecturer(&stranger), all())
        .await
        .unwrap();
    assert!(trail.is_empty(), "{trail:?}");
    let smith = school.smith().await;
    assert!(
        !corrections
            .trail(Actor::Lecturer(&smith), all())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_log_is_read_by_pages_and_filters() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    for student in ["ADM/1", "ADM/2", "ADM/3"] {
        recorded(school.types(student, "Jane Doe").await);
        school.order(&session, student, LATE, "late").await.unwrap();
    }
    let corrections = &school.corrections;
    let page = |before| AuditFilter {
        before,
        action: Some("attendance.changed".to_owned()),
        session: Some(session.id),
        limit: 2,
        ..AuditFilter::default()
    };
    let first = corrections
        .trail(Actor::Shell("shell"), page(None))
        .await
        .unwrap();
    let second = corrections
        .trail(Actor::Shell("shell"), page(Some(first[1].id)))
        .await
        .unwrap();
    let numbers: Vec<String> = first
        .iter()
        .chain(&second)
        .map(|line| line.record.as_ref().unwrap().admission_number.to_string())
        .collect();
    assert_eq!(numbers, ["ADM/3", "ADM/2", "ADM/1"]);
    let one = AuditFilter {
        student: Some(number("ADM/2")),
        actor: Some("S1".to_owned()),
        limit: 9,
        ..AuditFilter::default()
    };
    assert_eq!(
        corrections
            .trail(Actor::Shell("shell"), one)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_was_delivered_is_corrected_and_what_was_not_is_not_told() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    school.deliver(Target::Firestore).await;
    school.order(&session, "ADM/1", LATE, "late").await.unwrap();
    let amend = [("ADM/1".to_owned(), Operation::Amend)];
    assert_eq!(school.duties(Target::Firestore).await, amend);
    assert_eq!(
        school.duties(Target::Portal).await,
        [("ADM/1".to_owned(), Operation::Tell)],
        "not sent yet"
    );
    school
        .order(&session, "ADM/1", Correction::Unmark, "left")
        .await
        .unwrap();
    let withdraw = [("ADM/1".to_owned(), Operation::Withdraw)];
    assert_eq!(school.duties(Target::Firestore).await, withdraw);
    assert!(school.due(Target::Portal).await.is_empty());
    assert_eq!(school.corrections.count_at_the_portal().await.unwrap(), 0);
    school.undo(&session).await.unwrap();
    assert_eq!(school.duties(Target::Firestore).await, amend);
    assert_eq!(school.duties(Target::Portal).await.len(), 1);
}

#[tokio::test]
async fn a_try_that_was_under_way_does_not_settle_the_correction() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    let (firestore, portal) = (
        school.due(Target::Firestore).await,
        school.due(Target::Portal).await,
    );
    school
        .order(&session, "ADM/1", Correction::Unmark, "left")
        .await
        .unwrap();
    school.settle(Target::Firestore, firestore).await;
    school.settle(Target::Portal, portal).await;
    assert_eq!(
        school.duties(Target::Firestore).await,
        [("ADM/1".to_owned(), Operation::Withdraw)]
    );
    let listed = school.corrections.at_the_portal_by_hand(9).await.unwrap();
    assert_eq!(listed.len(), 1, "the portal has it now");
}

#[tokio::test]
async fn what_the_portal_has_is_listed_until_somebody_has_seen_to_it() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    let receipt = recorded(school.types("ADM/1", "Jane Doe").await);
    school.deliver(Target::Portal).await;
    let corrections = &school.corrections;
    let gone = school
        .order(&session, "ADM/1", Correction::Unmark, "proxy")
        .await
        .unwrap();
    assert!(gone.portal_by_hand);
    assert!(school.due(Target::Portal).await.is_empty());
    let listed = corrections.at_the_portal_by_hand(9).await.unwrap();
    assert_eq!(listed[0].portal_id.as_deref(), Some("P1"));
    assert!(listed[0].is_certain);
    school.undo(&session).await.unwrap();
    assert_eq!(corrections.count_at_the_portal().await.unwrap(), 0);
    assert!(
        school.due(Target::Portal).await.is_empty(),
        "it has it already"
    );
    school
        .order(&session, "ADM/1", Correction::Unmark, "proxy")
        .await
        .unwrap();
    let id = receipt.attendance_id;
    assert!(corrections.done_at_the_portal(id, "S1").await.unwrap());
    assert!(!corrections.done_at_the_portal(id, "S1").await.unwrap());
    assert_eq!(corrections.count_at_the_portal().await.unwrap(), 0);
}

#[tokio::test]
async fn marks_by_hand_before_the_clock_was_set_are_put_right_and_staffs_word_stands() {
    let school = School::start().await;
    let start = school.clock.now();
    let slow = minutes(30);
    school.clock.set_trusted(false);
    let starts_at = Some(start);
    let (session, _) = school.opens(opening(starts_at, minutes(60))).await;
    for student in ["ADM/1", "ADM/3"] {
        school.enrol(student, Some("Jane Doe")).await;
        school.order(&session, student, PRESENT, "").await.unwrap();
    }
    recorded(school.types("ADM/2", "John Roe").await);
    let late = Correction::Mark(HandMark::Late { minutes: Some(7) });
    school.order(&session, "ADM/2", late, "seen").await.unwrap();
    // Taken back and given again later: made anew then.
    school
        .order(&session, "ADM/3", Correction::Unmark, "gone")
        .await
        .unwrap();
    school.clock.advance(minutes(2));
    school
        .order(&session, "ADM/3", PRESENT, "is back")
        .await
        .unwrap();

    school.clock.turn_to(school.clock.now() + slow);
    school.clock.set_trusted(true);
    let corrected = school.sessions.timekeeper().look().await.unwrap();
    assert_eq!(corrected.corrected.records, 3);
    for (student, at, late_minutes) in [
        ("ADM/1", start + slow, 0),
        ("ADM/2", start + slow, 7),
        ("ADM/3", start + slow + minutes(2), 0),
    ] {
        let line = school.line(&session, student).await;
        assert_eq!(
            (line.at, line.punctuality.minutes()),
            (Some(at), late_minutes),
            "{student}"
        );
    }
}
