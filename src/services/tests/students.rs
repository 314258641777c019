//! Stories about numbers that are another student's, or nobody's.

use proptest::prelude::*;

use super::corrections::number;
use super::other_kiosks::shared;
use super::*;
use crate::services::{StudentError, StudentRecord};
use crate::words::Voice;

const SHELL: Actor<'static> = Actor::Shell("shell");

fn merge(wrong: &str, right: &str) -> NumberOrder {
    NumberOrder {
        number: number(wrong),
        change: NumberChange::Merge {
            into: number(right),
        },
        reason: None,
    }
}

fn renumber(old: &str, new: &str) -> NumberOrder {
    NumberOrder {
        change: NumberChange::Renumber { to: number(new) },
        ..merge(old, new)
    }
}

fn remove(number: &str) -> NumberOrder {
    NumberOrder {
        change: NumberChange::Remove,
        ..merge(number, number)
    }
}

/// Everything that lists and boards say of a unit and its lectures.
type Figures = (Vec<StudentRecord>, Vec<Vec<RosterLine>>);

impl School {
    async fn gives_back(&self, typed: &str) -> Result<NumberUndone, StudentError> {
        self.students.undo_number(SHELL, number(typed)).await
    }

    async fn change(&self, order: NumberOrder) -> Result<NumberEffect, StudentError> {
        let previewed = self.students.preview_number(SHELL, order.clone()).await;
        let changed = self.students.change_number(SHELL, order).await;
        assert_eq!(previewed, changed, "what is shown is what is done");
        changed
    }

    async fn figures(&self) -> Figures {
        let record = self.exports.unit_record(SHELL, unit(), None).await.unwrap();
        let mut boards = Vec::new();
        for lecture in record.lectures {
            let Some(session) = lecture.session else {
                continue;
            };
            let roster = self.sessions.roster(SHELL, session.id).await.unwrap();
            boards.push(roster.lines);
        }
        (record.students, boards)
    }

    async fn numbers(&self) -> Vec<String> {
        let (students, boards) = self.figures().await;
        let lines = boards.iter().flatten();
        let mut numbers: Vec<String> = students
            .iter()
            .map(|it| it.student.admission_number.to_string())
            .chain(lines.map(|it| it.admission_number.to_string()))
            .collect();
        numbers.sort();
        numbers.dedup();
        numbers
    }

    /// The student's figures and what each of their records says.
    async fn standing_of(&self, student: &str) -> (Standing, Vec<Option<Percentage>>) {
        let history = self
            .corrections
            .history(SHELL, &unit(), None, &number(student))
            .await
            .unwrap()
            .unwrap();
        let records = history.lectures.into_iter();
        let percentages = records.map(|it| it.record.and_then(|record| record.percentage));
        (history.standing.unwrap(), percentages.collect())
    }

    async fn due_at(&self, target: Target) -> Vec<Delivery> {
        let (id, now) = ("kiosk".to_owned(), self.portal_time());
        self.store.due(target, id, now, 100, None).await.unwrap()
    }

    async fn duties_at(&self, target: Target) -> Vec<(String, Operation)> {
        let due = self.due_at(target).await.into_iter();
        let mut duties: Vec<_> = due
            .map(|it| (it.report.admission_number.to_string(), it.operation))
            .collect();
        duties.sort_by(|a, b| a.0.cmp(&b.0));
        duties
    }

    async fn settle_at(&self, target: Target, due: Vec<Delivery>) {
        let settled = due.into_iter().map(|debt| Settled {
            attendance_id: debt.report.attendance_id,
            edition: debt.edition,
            settlement: Settlement::Delivered {
                document_id: debt.report.attendance_id.to_string(),
                answer: r#"{"success":true,"id":"P1"}"#.to_owned(),
            },
        });
        let settled = settled.collect();
        self.store
            .settle(target, settled, self.clock.now())
            .await
            .unwrap();
    }

    async fn insists(&self, number: &str, name: &str) -> Receipt {
        let request = Request {
            insists: true,
            ..request(number, name)
        };
        recorded(self.desk.check_in(request).await)
    }

    fn lines_of(&self, effect: &NumberEffect) -> String {
        Voice::english(self.desk.zone())
            .number_effect(effect)
            .join("\n")
    }
}

#[tokio::test]
async fn a_merged_number_counts_as_if_the_right_one_had_been_typed_each_time() {
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    let mut standings = Vec::new();
    for typed in [wrong, right] {
        let school = School::start().await;
        school.enrol(right, Some("Naomi Muthoni")).await;
        for week in 0..4 {
            if week == 0 {
                school.lecture().await;
            } else {
                school.next_lecture().await;
            }
            school
                .clock
                .advance(minutes(if week == 2 { 40 } else { 1 }));
            match week {
                1 => {}
                _ => drop(school.insists(typed, "Naomi Muthoni").await),
            }
        }
        if typed == wrong {
            let effect = school.change(merge(wrong, right)).await.unwrap();
            assert_eq!(effect.records.len(), 3);
            let said = school.lines_of(&effect);
            assert!(
                said.contains("3 records count for ADM/2026/041 Naomi Muthoni: ")
                    && said.contains("CS101: 0 of 3 lectures becomes 3 of 4.")
                    && said.contains("ADM/2026/O41 is ADM/2026/041 Naomi Muthoni from now on."),
                "{said}"
            );
        }
        assert_eq!(school.numbers().await, [right]);
        standings.push(school.standing_of(right).await);
    }
    assert_eq!(standings[0], standings[1]);
}

#[tokio::test]
async fn where_both_have_a_record_one_counts_and_nothing_is_doubled() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    let (first, _) = school.lecture().await;
    // Late under the right number, after the wrong one was on time.
    school.insists(wrong, "Naomi Muthoni").await;
    school.clock.advance(minutes(40));
    recorded(school.types(right, "").await);
    let (second, _) = school.next_lecture().await;
    recorded(school.types(right, "").await);
    school.clock.advance(minutes(1));
    school.insists(wrong, "").await;
    let effect = school.change(merge(wrong, right)).await.unwrap();
    let fates: Vec<RecordFate> = effect.records.iter().map(|it| it.fate).collect();
    assert_eq!(fates, [RecordFate::Counts, RecordFate::Beside]);
    for session in [first, second] {
        let totals = school.totals(&session).await;
        assert_eq!((totals.present, totals.late, totals.expected), (1, 0, 1));
    }
    let (standing, _) = school.standing_of(right).await;
    assert_eq!((standing.attended, standing.held), (2, 2));
    assert_eq!(school.numbers().await, [right]);
}

#[tokio::test]
async fn an_old_number_at_the_keypad_is_the_right_student_and_is_never_suggested() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    school.change(merge(wrong, right)).await.unwrap();
    let again = already_marked(school.types(wrong, "").await);
    assert_eq!(again.student.admission_number, number(right));
    school.next_lecture().await;
    let receipt = recorded(school.types(wrong, "").await);
    assert_eq!(receipt.student.admission_number, number(right));
    assert_eq!(receipt.standing.unwrap().attended, 2);
    assert_eq!(suggested(school.types("ADM/2026/O14", "").await), right);
    let file = school.administration.student(SHELL, number(wrong)).await;
    assert_eq!(file.unwrap().unwrap().student.same_as, Some(number(right)));
    // A list that still has the old spelling means the right student.
    school.enrol(wrong, Some("Naomi Muthoni")).await;
    assert_eq!(school.numbers().await, [right]);
    assert_eq!(school.administration.student_count(SHELL).await.unwrap(), 1);
}

#[tokio::test]
async fn an_undo_takes_back_what_came_last_the_merge_or_the_correction() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    let (session, _) = school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    let came_last = async || {
        let students = &school.students;
        let came = students.came_last(SHELL, session.id, number(right)).await;
        came.unwrap()
    };
    assert_eq!(came_last().await, None);
    school.change(merge(wrong, right)).await.unwrap();
    assert_eq!(came_last().await, Some(number(wrong)));
    let late = Correction::Mark(HandMark::Late { minutes: Some(5) });
    school
        .order(&session, right, late, "came with the bus")
        .await
        .unwrap();
    assert_eq!(came_last().await, None, "the mark was changed since");
    let undone = school
        .corrections
        .undo(SHELL, session.id, Some(number(right)), None);
    undone.await.unwrap();
    assert_eq!(came_last().await, Some(number(wrong)));
    school.gives_back(wrong).await.unwrap();
    assert_eq!(came_last().await, None);
}

#[tokio::test]
async fn a_merge_is_taken_back_whole_though_another_name_was_typed_since() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    let before = school.figures().await;
    school.change(merge(wrong, right)).await.unwrap();
    let again = already_marked(school.types(right, "Peter Pan").await);
    let receipt = school.receipt(again.attendance_id).await;
    assert!(receipt.flags.has(Flag::NameMismatch));
    let undone = school.gives_back(wrong).await.unwrap();
    assert_eq!(undone.kept, []);
    assert_eq!(school.figures().await, before);
}

#[tokio::test]
async fn both_documents_follow_and_what_the_portal_has_is_listed() {
    let school = School::with(|site| site.unknown_students = UnknownStudents::Register).await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    for target in Target::ALL {
        let due = school.due_at(target).await;
        school.settle_at(target, due).await;
    }
    let effect = school.change(merge(wrong, right)).await.unwrap();
    assert_eq!(effect.at_portal, 1);
    assert_eq!(
        school.duties_at(Target::Firestore).await,
        [
            (right.to_owned(), Operation::Tell),
            (wrong.to_owned(), Operation::Withdraw)
        ]
    );
    assert_eq!(
        school.duties_at(Target::Portal).await,
        [(right.to_owned(), Operation::Tell)]
    );
    let by_hand = school.corrections.at_the_portal_by_hand(9).await.unwrap();
    assert_eq!(by_hand.len(), 1);
    assert_eq!(by_hand[0].admission_number, number(wrong));
}

#[tokio::test]
async fn a_merge_while_a_delivery_is_under_way_is_not_settled_by_it() {
    let school = School::with(|site| site.unknown_students = UnknownStudents::Register).await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    let under_way = school.due_at(Target::Firestore).await;
    school.change(merge(wrong, right)).await.unwrap();
    school.settle_at(Target::Firestore, under_way).await;
    assert_eq!(
        school.duties_at(Target::Firestore).await,
        [
            (right.to_owned(), Operation::Tell),
            (wrong.to_owned(), Operation::Withdraw)
        ]
    );
}

/// Another kiosk recorded the wrong number, before the merge and after it.
#[tokio::test]
async fn what_other_kiosks_recorded_counts_for_the_right_student_once() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    let (first, _) = school.lecture().await;
    let there = shared(&school, wrong, &[Some("hall-2")]);
    let now = school.clock.now();
    let take = async |session: &Session, there: &SharedCheckIn| {
        let taken = school
            .store
            .take_shared(session.id, vec![there.clone()], now, now);
        taken.await.unwrap();
    };
    take(&first, &there).await;
    let (second, _) = school.next_lecture().await;
    school.insists(wrong, "").await;
    let both = shared(&school, wrong, &[Some("hall-2")]);
    take(&second, &both).await;
    let effect = school.change(merge(wrong, right)).await.unwrap();
    assert_eq!(effect.kiosks, ["hall-2"]);
    assert_eq!(effect.records.len(), 2);
    // It is read again, and there comes what is new under both numbers.
    take(&first, &there).await;
    take(&second, &both).await;
    let (third, _) = school.next_lecture().await;
    take(&third, &shared(&school, wrong, &[Some("hall-2")])).await;
    take(&third, &shared(&school, right, &[Some("hall-2")])).await;
    already_marked(school.types(right, "").await);
    let (standing, _) = school.standing_of(right).await;
    assert_eq!((standing.attended, standing.held), (3, 3));
    for session in [&first, &second, &third] {
        let totals = school.totals(session).await;
        assert_eq!((totals.present + totals.late, totals.expected), (1, 1));
    }
    assert_eq!(school.numbers().await, [right]);
    let undone = school.gives_back(wrong).await;
    assert_eq!(undone.unwrap().kept, []);
    let (standing, _) = school.standing_of(right).await;
    assert_eq!((standing.attended, standing.held), (1, 3));
}

#[tokio::test]
async fn a_lecturer_merges_numbers_of_their_own_units_alone() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    let lecturer = |id: &str| Lecturer {
        staff_id: StaffId::parse(id).unwrap(),
        name: "Dr. Other".to_owned(),
        department: String::new(),
        is_admin: false,
        has_left: false,
        has_pin: true,
    };
    let [own, other] = [lecturer("S1"), lecturer("S2")];
    let order = || merge(wrong, right);
    let asked = |by: &Lecturer| {
        let by = by.clone();
        let students = &school.students;
        async move { students.preview_number(Actor::Lecturer(&by), order()).await }
    };
    assert_eq!(asked(&own).await, Err(StudentError::AdministratorsOnly));
    school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    assert!(asked(&own).await.is_ok());
    let refused = asked(&other).await;
    assert!(
        matches!(refused, Err(StudentError::Forbidden(_))),
        "{refused:?}"
    );
    school.change(order()).await.unwrap();
    let undone = school
        .students
        .undo_number(Actor::Lecturer(&other), number(wrong));
    assert!(matches!(undone.await, Err(StudentError::Forbidden(_))));
    let undone = school
        .students
        .undo_number(Actor::Lecturer(&own), number(wrong));
    undone.await.unwrap();
}

#[tokio::test]
async fn taken_back_everything_is_as_before() {
    let school = School::with(|site| site.unknown_students = UnknownStudents::Register).await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    school.lecture().await;
    school.insists(wrong, "Somebody Else").await;
    school.next_lecture().await;
    recorded(school.types(right, "").await);
    school.clock.advance(minutes(1));
    school.insists(wrong, "").await;
    let (third, _) = school.next_lecture().await;
    school.insists(wrong, "").await;
    let before = school.figures().await;
    school.change(merge(wrong, right)).await.unwrap();
    assert_ne!(school.figures().await, before);
    let undone = school.gives_back(wrong).await;
    let undone = undone.unwrap();
    assert_eq!(undone.kept, []);
    assert_eq!(school.figures().await, before);
    let again = school.gives_back(wrong).await;
    let nothing = NumberRefusal::NothingToUndo {
        number: number(wrong),
    };
    assert_eq!(again, Err(StudentError::Refused(nothing)));
    // Nothing of it stands in the way of the one who was meant by nobody.
    let receipt = recorded(school.types(right, "").await);
    assert_eq!(receipt.session.id, third.id);
    assert_eq!(receipt.standing.unwrap().attended, 2);
    let firestore = school.duties_at(Target::Firestore).await;
    let of_right = firestore.iter().filter(|(number, _)| number == right);
    assert_eq!(of_right.count(), 3, "{firestore:?}");
    // And once more, over what was taken back.
    school.change(merge(wrong, right)).await.unwrap();
    let (standing, _) = school.standing_of(right).await;
    assert_eq!((standing.attended, standing.held), (3, 3));
    assert_eq!(school.numbers().await, [right]);
}

#[tokio::test]
async fn what_has_changed_since_stays_and_is_listed() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    let (session, _) = school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    school.change(merge(wrong, right)).await.unwrap();
    let order = CorrectionOrder {
        session: session.id,
        admission_number: number(right),
        correction: Correction::Mark(HandMark::Late { minutes: Some(9) }),
        name: None,
        reason: Reason::parse("saw her come").unwrap(),
    };
    school.corrections.correct(SHELL, order).await.unwrap();
    let undone = school.gives_back(wrong).await;
    assert_eq!(
        undone.unwrap().kept,
        [NumberKept::Record {
            number: number(right),
            starts_at: session.starts_at,
        }]
    );
    assert_eq!(school.totals(&session).await.late, 1);
    // It counts once: what it came of stays aside.
    assert_eq!(school.came(session.id).await, owned(&[(right, 9)]));
}

#[tokio::test]
async fn of_two_entries_on_the_list_one_is_kept_with_the_days_of_both() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.clock.advance(Duration::from_secs(14 * 24 * 3600));
    school.enrol("ADM/2", Some("Doe, Jane")).await;
    let excuse = crate::services::ExcuseOrder {
        student: number("ADM/1"),
        unit: None,
        covers: Excused::Days(school.administration.today(), school.administration.today()),
        category: ExcuseCategory::Medical,
    };
    school.administration.excuse(SHELL, excuse).await.unwrap();
    let before = school.figures().await;
    let effect = school.change(merge("ADM/1", "ADM/2")).await.unwrap();
    assert_eq!((effect.excuses, effect.units[0].enrols), (1, true));
    let (students, _) = school.figures().await;
    let [student] = &students[..] else {
        panic!("{students:?}");
    };
    let line = &student.student;
    assert_eq!(line.admission_number, number("ADM/2"));
    assert_eq!(line.name.as_ref().unwrap().as_str(), "Doe, Jane");
    let [interval] = student.enrolment.intervals() else {
        panic!("{:?}", student.enrolment);
    };
    let first = before.0[0].enrolment.intervals()[0].from;
    assert_eq!(interval.from, first);
    let excuses = crate::services::ExcuseQuery {
        student: Some(number("ADM/1")),
        ..Default::default()
    };
    let excuses = school.administration.excuses(SHELL, excuses).await.unwrap();
    assert_eq!(excuses[0].fact.student, number("ADM/2"));
    school.gives_back("ADM/1").await.unwrap();
    assert_eq!(school.figures().await, before);
}

#[tokio::test]
async fn a_student_gets_another_number_and_both_lead_to_them() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    let before = school.figures().await;
    let effect = school.change(renumber("ADM/1", "ADM/77")).await.unwrap();
    assert_eq!(effect.right.unwrap().name.unwrap().as_str(), "Jane Doe");
    let (students, _) = school.figures().await;
    let line = &students[0];
    assert_eq!(line.student.admission_number, number("ADM/77"));
    assert_eq!(line.standing, before.0[0].standing);
    assert_eq!(line.enrolment, before.0[0].enrolment);
    for typed in ["ADM/1", "ADM/77"] {
        let receipt = already_marked(school.types(typed, "").await);
        assert_eq!(receipt.student.admission_number, number("ADM/77"));
    }
    let taken = school.change(renumber("ADM/77", "ADM/1")).await;
    let refusal = NumberRefusal::Taken {
        number: number("ADM/1"),
    };
    assert_eq!(taken, Err(StudentError::Refused(refusal)));
    school.gives_back("ADM/1").await.unwrap();
    assert_eq!(school.figures().await, before);
    assert_eq!(
        refused(school.types("ADM/77", "").await),
        Refusal::NameNeeded,
        "nobody has the number"
    );
}

#[tokio::test]
async fn a_student_who_never_was_counts_nowhere() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    school.enrol("TEST/1", Some("Test")).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "").await);
    recorded(school.types("TEST/1", "").await);
    let before = school.figures().await;
    let effect = school.change(remove("TEST/1")).await.unwrap();
    assert_eq!(effect.records[0].fate, RecordFate::Removed);
    let totals = school.totals(&session).await;
    assert_eq!((totals.present, totals.expected), (1, 1));
    let record = school.exports.unit_record(SHELL, unit(), None).await;
    let record = record.unwrap();
    let listed: Vec<_> = crate::services::export::listed(&record).collect();
    assert_eq!(listed.len(), 1);
    school.gives_back("TEST/1").await.unwrap();
    assert_eq!(school.figures().await, before);
}

#[tokio::test]
async fn a_chain_of_numbers_leads_to_the_last_and_a_circle_is_refused() {
    let school = School::start().await;
    school.enrol("ADM/301", Some("Jane Doe")).await;
    school.lecture().await;
    recorded(school.types("XYZ/100", "Jane Doe").await);
    school.change(merge("XYZ/100", "ADM/301")).await.unwrap();
    let effect = school.change(renumber("ADM/301", "NEW/7")).await.unwrap();
    assert_eq!(effect.earlier, [number("XYZ/100")]);
    for typed in ["XYZ/100", "ADM/301", "NEW/7"] {
        let receipt = already_marked(school.types(typed, "").await);
        assert_eq!(receipt.student.admission_number, number("NEW/7"));
    }
    for (order, refusal) in [
        (
            merge("NEW/7", "XYZ/100"),
            NumberRefusal::Same {
                number: number("NEW/7"),
            },
        ),
        (
            merge("XYZ/100", "NEW/7"),
            NumberRefusal::MergedAlready {
                number: number("XYZ/100"),
                right: number("NEW/7"),
            },
        ),
        (
            merge("NEW/7", "NONE/1"),
            NumberRefusal::Unknown {
                number: number("NONE/1"),
            },
        ),
    ] {
        let refused = school.change(order).await;
        assert_eq!(refused, Err(StudentError::Refused(refusal)));
    }
    let early = school.gives_back("XYZ/100").await;
    let refusal = NumberRefusal::ChangedSince {
        number: number("XYZ/100"),
        right: number("NEW/7"),
    };
    assert_eq!(early, Err(StudentError::Refused(refusal)));
    for number in [number("ADM/301"), number("XYZ/100")] {
        school.students.undo_number(SHELL, number).await.unwrap();
    }
    assert_eq!(school.numbers().await, ["ADM/301", "XYZ/100"]);
}

#[tokio::test]
async fn a_self_registered_student_is_renamed_by_staff_alone() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/9", "Amina Bello").await);
    let other = already_marked(school.types("ADM/9", "Somebody Else").await);
    let other = school.receipt(other.attendance_id).await;
    assert_eq!(other.student.name.unwrap().as_str(), "Amina Bello");
    school.next_lecture().await;
    let receipt = recorded(school.types("ADM/9", "Somebody Else").await);
    assert_eq!(receipt.student.name.unwrap().as_str(), "Amina Bello");
    assert!(receipt.flags.has(Flag::NameMismatch));
    let _ = session;
    // A first name is in the log, with who had none.
    school.enrol("ADM/8", None).await;
    recorded(school.types("ADM/8", "Jane Doe").await);
    let filter = AuditFilter {
        action: Some("student.named".to_owned()),
        limit: 9,
        ..AuditFilter::default()
    };
    let trail = school.corrections.trail(SHELL, filter).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|line| (line.subject.as_str(), line.actor.as_str(), &line.change))
        .collect();
    let words = Change::Words {
        old: Some(String::new()),
        new: Some("Jane Doe".to_owned()),
    };
    assert_eq!(told, [("ADM/8", "kiosk", &words)]);
    let late = recorded_name(&school, "ADM/8", "Another Name").await;
    assert_eq!(late, "Jane Doe");
}

async fn recorded_name(school: &School, number: &str, name: &str) -> String {
    school.next_lecture().await;
    let receipt = recorded(school.types(number, name).await);
    receipt.student.name.unwrap().to_string()
}

impl School {
    /// Who has come to a lecture, and how late.
    async fn came(&self, lecture: SessionId) -> Vec<(String, u32)> {
        let marks = self.marks(lecture).await.into_iter();
        let come = |status| matches!(status, AttendanceStatus::Present | AttendanceStatus::Late);
        let marks = marks.filter(|(_, status, _)| come(*status));
        marks.map(|(number, _, late)| (number, late)).collect()
    }

    async fn starts_later(&self, session: &Session, by: u64) {
        let edit = SessionEdit {
            starts_at: Some(session.starts_at + minutes(by)),
            ..SessionEdit::default()
        };
        let edited = self.sessions.edit(SHELL, session.id, edit, None).await;
        edited.unwrap();
    }

    async fn moves_to(&self, session: &Session, unit: &UnitCode) -> Result<(), SessionError> {
        let edit = SessionEdit {
            unit: Some(unit.clone()),
            ..SessionEdit::default()
        };
        let edited = self.sessions.edit(SHELL, session.id, edit, None).await;
        edited.map(drop)
    }

    async fn undoes(&self, subject: &str) -> Vec<NumberKept> {
        let undone = self.gives_back(subject).await;
        undone.unwrap().kept
    }
}

fn owned(marks: &[(&str, u32)]) -> Vec<(String, u32)> {
    let owned = |(number, late): &(&str, u32)| ((*number).to_owned(), *late);
    marks.iter().map(owned).collect()
}

#[tokio::test]
async fn a_lecture_that_moves_to_another_unit_doubles_no_record_when_a_merge_is_undone() {
    let school = School::start().await;
    let [wrong, right] = ["A/2021/0O1", "A/2021/001"];
    let maths = school.another_unit("CS102").await;
    school.enrol(right, Some("Naomi Muthoni")).await;
    let (session, _) = school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    school.clock.advance(minutes(121));
    school.sessions.close_ended().await.unwrap();
    school.moves_to(&session, &maths).await.unwrap();
    school.change(merge(wrong, right)).await.unwrap();
    assert_eq!(school.came(session.id).await, owned(&[(right, 0)]));
    school
        .sessions
        .undo_edit(SHELL, session.id, None)
        .await
        .unwrap();
    assert_eq!(school.undoes(wrong).await, []);
    assert_eq!(school.came(session.id).await, owned(&[(wrong, 0)]));
    let (standing, _) = school.standing_of(right).await;
    assert_eq!((standing.attended, standing.held), (0, 1));
}

#[tokio::test]
async fn a_record_goes_back_to_its_owner_after_another_start() {
    for change in [
        renumber("A/2021/001", "B/1"),
        merge("A/2021/001", "A/2021/777"),
    ] {
        let school = School::start().await;
        let old = "A/2021/001";
        school.enrol("A/2021/777", Some("John Roe")).await;
        school.enrol(old, Some("Naomi Muthoni")).await;
        let (session, _) = school.lecture().await;
        school.clock.advance(minutes(30));
        recorded(school.types(old, "").await);
        let (second, _) = school.next_lecture().await;
        school.clock.advance(minutes(30));
        recorded(school.types(old, "").await);
        let new = match &change.change {
            NumberChange::Merge { into: new } | NumberChange::Renumber { to: new } => {
                new.to_string()
            }
            NumberChange::Remove => panic!("{change:?}"),
        };
        school.change(change).await.unwrap();
        school.starts_later(&session, 10).await;
        school.starts_later(&second, 10).await;
        assert_eq!(school.came(session.id).await, owned(&[(&new, 20)]));
        assert_eq!(school.undoes(old).await, []);
        // One start is put back, the other one stays.
        school
            .sessions
            .undo_edit(SHELL, second.id, None)
            .await
            .unwrap();
        assert_eq!(school.came(session.id).await, owned(&[(old, 20)]));
        assert_eq!(school.came(second.id).await, owned(&[(old, 30)]));
    }
}

#[tokio::test]
async fn two_mistaken_numbers_of_one_student_are_given_back_each_by_itself() {
    for first in [0, 1] {
        let school = School::with(|site| site.unknown_students = UnknownStudents::Register).await;
        let [one, other, right] = ["AAA/1", "BBB/22", "ADM/2026/041"];
        school.enrol(right, Some("Naomi Muthoni")).await;
        let (session, _) = school.lecture().await;
        school.clock.advance(minutes(20));
        school.insists(one, "Naomi M.").await;
        school.clock.advance(minutes(1));
        school.insists(other, "N. Muthoni").await;
        let mut order = [one, other];
        order.rotate_left(first);
        for wrong in order {
            school.change(merge(wrong, right)).await.unwrap();
        }
        assert_eq!(school.came(session.id).await, owned(&[(right, 20)]));
        school.undoes(one).await;
        assert_eq!(
            school.came(session.id).await,
            owned(&[(one, 20), (right, 21)])
        );
        school.undoes(other).await;
        assert_eq!(
            school.came(session.id).await,
            owned(&[(one, 20), (other, 21)])
        );
    }
}

#[tokio::test]
async fn a_number_that_never_was_leaves_nothing_behind() {
    let school = School::start().await;
    let [old, new] = ["ADM/2023/011", "ADM/2026/111"];
    let maths = school.another_unit("CS102").await;
    school.enrol(old, Some("Jane Doe")).await;
    let (first, _) = school.lecture().await;
    recorded(school.types(old, "").await);
    school.change(renumber(old, new)).await.unwrap();
    let (second, _) = school.next_lecture().await;
    let receipt = recorded(school.types(old, "").await);
    assert_eq!(receipt.student.admission_number, number(new));
    let (third, _) = school.next_lecture().await;
    recorded(school.types(new, "").await);
    let unmark = CorrectionOrder {
        session: third.id,
        admission_number: number(new),
        correction: Correction::Unmark,
        name: None,
        reason: Reason::parse("was not there").unwrap(),
    };
    school.corrections.correct(SHELL, unmark).await.unwrap();
    let late = CorrectionOrder {
        session: first.id,
        admission_number: number(new),
        correction: Correction::Mark(HandMark::Late { minutes: Some(9) }),
        name: None,
        reason: Reason::parse("saw her come").unwrap(),
    };
    school.corrections.correct(SHELL, late).await.unwrap();
    let list = ClassList {
        unit: maths.clone(),
        semester: school.administration.semester().clone(),
        students: vec![listed(old, Some("Jane Doe"))],
        newcomers: Some(Newcomers::FromBeginning),
    };
    school.administration.import(SHELL, list).await.unwrap();
    assert_eq!(school.undoes(old).await, []);
    assert_eq!(school.came(first.id).await, owned(&[(old, 9)]));
    assert_eq!(school.came(second.id).await, owned(&[(old, 0)]));
    assert_eq!(school.came(third.id).await, []);
    let (standing, _) = school.standing_of(old).await;
    assert_eq!((standing.attended, standing.held), (2, 2));
    assert_eq!(school.numbers().await, [old]);
    let record = school.exports.unit_record(SHELL, maths, None).await;
    let enrolled: Vec<_> = record
        .unwrap()
        .students
        .iter()
        .map(|it| it.student.admission_number.clone())
        .collect();
    assert_eq!(enrolled, [number(old)]);
    assert_eq!(
        refused(school.types(new, "").await),
        Refusal::NameNeeded,
        "nobody has the number"
    );
    // What staff removed is not to be had again by typing.
    let _ = school.types(old, "").await;
    assert_eq!(school.came(third.id).await, []);
    // It is free for the one whose it is.
    school.enrol("ADM/5", Some("John Roe")).await;
    school.change(renumber("ADM/5", new)).await.unwrap();
    assert_eq!(school.numbers().await, [old, new]);
}

#[tokio::test]
async fn what_came_since_a_merge_stays_and_is_listed() {
    let school = School::start().await;
    let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
    school.enrol(right, Some("Naomi Muthoni")).await;
    school.lecture().await;
    school.insists(wrong, "Naomi Muthoni").await;
    school.change(merge(wrong, right)).await.unwrap();
    let (second, _) = school.next_lecture().await;
    recorded(school.types(wrong, "").await);
    assert_eq!(
        school.undoes(wrong).await,
        [NumberKept::Record {
            number: number(right),
            starts_at: second.starts_at,
        }]
    );
    assert_eq!(school.came(second.id).await, owned(&[(right, 0)]));
}

#[tokio::test]
async fn a_carried_record_of_a_clock_that_was_not_set_is_put_right_with_it() {
    for is_new in [true, false] {
        let school = School::with(|site| site.unknown_students = UnknownStudents::Register).await;
        let [wrong, right] = ["ADM/2026/O41", "ADM/2026/041"];
        let start = school.clock.now();
        let slow = minutes(30);
        school.clock.set_trusted(false);
        let (session, _) = school.opens(opening(Some(start), minutes(120))).await;
        school.clock.advance(minutes(12));
        school.insists(wrong, "Naomi Muthoni").await;
        school.clock.advance(minutes(1));
        let order = if is_new {
            renumber(wrong, right)
        } else {
            recorded(school.types(right, "Naomi Muthoni").await);
            merge(wrong, right)
        };
        school.change(order).await.unwrap();
        assert_eq!(school.came(session.id).await, owned(&[(right, 12)]));
        school.clock.turn_to(school.clock.now() + slow);
        school.clock.set_trusted(true);
        let corrected = school.sessions.timekeeper().look().await.unwrap();
        assert_eq!(corrected.corrected.records, 2);
        let shown = school.figures().await;
        let line = &shown.1[0][0];
        assert_eq!(line.at, Some(start + slow + minutes(12)));
        assert_eq!(school.came(session.id).await, owned(&[(right, 42)]));
        school.undoes(wrong).await;
        let mut expected = vec![(wrong, 42)];
        expected.extend((!is_new).then_some((right, 43)));
        expected.sort_unstable();
        assert_eq!(school.came(session.id).await, owned(&expected));
    }
}

#[tokio::test]
async fn what_came_under_a_number_that_never_was_stays_when_a_merge_is_taken_back() {
    let school = School::start().await;
    for known in ["AAA/1", "BBB/22"] {
        school.enrol(known, Some("Jane Doe")).await;
    }
    school.change(renumber("BBB/22", "NEW/4")).await.unwrap();
    let (session, _) = school.lecture().await;
    recorded(school.types("BBB/22", "").await);
    recorded(school.types("AAA/1", "").await);
    school.gives_back("BBB/22").await.unwrap();
    let came = school.came(session.id).await;
    assert_eq!(came, owned(&[("AAA/1", 0), ("BBB/22", 0)]));
    school.starts_later(&session, 1).await;
    school.change(merge("AAA/1", "BBB/22")).await.unwrap();
    school.gives_back("AAA/1").await.unwrap();
    assert_eq!(school.came(session.id).await, came);
}

#[tokio::test]
async fn of_two_that_are_one_student_the_other_is_judged_by_the_start_that_the_lecture_has() {
    let school = School::start().await;
    for known in ["AAA/1", "BBB/22", "CCC/333"] {
        school.enrol(known, Some("Jane Doe")).await;
    }
    let (session, _) = school.lecture().await;
    school.clock.advance(minutes(20));
    recorded(school.types("AAA/1", "").await);
    school.change(merge("AAA/1", "CCC/333")).await.unwrap();
    assert_eq!(school.came(session.id).await, owned(&[("CCC/333", 20)]));
    school.starts_later(&session, 15).await;
    school.clock.advance(minutes(1));
    recorded(school.types("BBB/22", "").await);
    school.change(merge("BBB/22", "CCC/333")).await.unwrap();
    school.gives_back("BBB/22").await.unwrap();
    let came = school.came(session.id).await;
    assert_eq!(came, owned(&[("BBB/22", 0), ("CCC/333", 0)]));
}

#[tokio::test]
async fn of_two_that_are_one_student_the_other_stays_though_its_number_went_back_before() {
    let school = School::start().await;
    for known in ["AAA/1", "BBB/22", "CCC/333"] {
        school.enrol(known, Some("Jane Doe")).await;
    }
    school.change(renumber("AAA/1", "NEW/1")).await.unwrap();
    let (session, _) = school.lecture().await;
    recorded(school.types("BBB/22", "").await);
    school.clock.advance(minutes(1));
    recorded(school.types("AAA/1", "").await);
    school.gives_back("AAA/1").await.unwrap();
    school.change(merge("BBB/22", "CCC/333")).await.unwrap();
    school.change(merge("AAA/1", "CCC/333")).await.unwrap();
    school.gives_back("BBB/22").await.unwrap();
    let came = school.came(session.id).await;
    assert_eq!(came, owned(&[("BBB/22", 0), ("CCC/333", 0)]));
}

/// The numbers of the stories that are made up. None resembles another one.
const NUMBERS: [&str; 3] = ["AAA/1", "BBB/22", "CCC/333"];

#[derive(Debug, Clone)]
enum Step {
    CheckIn(usize),
    NextLecture,
    Merge(usize, usize),
    Renumber(usize),
    Undo(usize),
    AnotherStart(usize, u64),
    ToUnit(usize, bool),
    UndoEdit(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..NUMBERS.len();
    prop_oneof![
        6 => number.clone().prop_map(Step::CheckIn),
        1 => Just(Step::NextLecture),
        3 => (number.clone(), number.clone()).prop_map(|(wrong, right)| Step::Merge(wrong, right)),
        2 => number.clone().prop_map(Step::Renumber),
        4 => number.prop_map(Step::Undo),
        2 => (0..3_usize, 1..30_u64).prop_map(|(lecture, by)| Step::AnotherStart(lecture, by)),
        2 => (0..3_usize, any::<bool>()).prop_map(|(lecture, other)| Step::ToUnit(lecture, other)),
        2 => (0..3_usize).prop_map(Step::UndoEdit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_check_in_counts_for_one_student(steps in prop::collection::vec(step(), 1..60)) {
        tokio::runtime::Runtime::new().unwrap().block_on(live(&steps));
    }
}

/// A check-in of the story: in which lecture, and whose it is.
#[derive(Debug)]
struct CheckedIn {
    lecture: SessionId,
    owner: String,
    /// The changes of a number that it went along with, and whose it was before.
    moved: Vec<(usize, String)>,
}

/// A change of a number of the story.
#[derive(Debug)]
struct Changed {
    number: String,
    right: String,
    is_new: bool,
    is_undone: bool,
}

#[derive(Debug, Default)]
struct Story {
    check_ins: Vec<CheckedIn>,
    changes: Vec<Changed>,
}

impl Story {
    fn change(&mut self, order: &NumberOrder) {
        let (right, is_new) = match &order.change {
            NumberChange::Merge { into } => (into.to_string(), false),
            NumberChange::Renumber { to } => (to.to_string(), true),
            NumberChange::Remove => unreachable!(),
        };
        let number = order.number.to_string();
        let id = self.changes.len();
        for it in &mut self.check_ins {
            if it.owner == number {
                it.moved
                    .push((id, std::mem::replace(&mut it.owner, right.clone())));
            }
        }
        self.changes.push(Changed {
            number,
            right,
            is_new,
            is_undone: false,
        });
    }

    fn undo(&mut self, number: &str) {
        let last = self.changes.iter_mut().enumerate().rev();
        let mut last = last.filter(|(_, it)| it.number == number && !it.is_undone);
        let (id, change) = last.next().unwrap();
        change.is_undone = true;
        for it in &mut self.check_ins {
            if it.moved.last().is_some_and(|(by, _)| *by == id) {
                it.owner = it.moved.pop().unwrap().1;
            } else if change.is_new && it.owner == change.right {
                it.owner.clone_from(&change.number);
            }
        }
    }

    /// Who has come to a lecture.
    fn came(&self, lecture: SessionId) -> Vec<String> {
        let here = self.check_ins.iter().filter(|it| it.lecture == lecture);
        let mut numbers: Vec<String> = here.map(|it| it.owner.clone()).collect();
        numbers.sort();
        numbers.dedup();
        numbers
    }
}

async fn live(steps: &[Step]) {
    let school = School::with(|site| site.unknown_students = UnknownStudents::Register).await;
    let maths = school.another_unit("CS102").await;
    let mut lectures = vec![school.lecture().await.0];
    let mut story = Story::default();
    for (place, step) in steps.iter().enumerate() {
        school.clock.advance(minutes(1));
        let lecture = |of: usize| &lectures[of % lectures.len()];
        match step {
            Step::CheckIn(who) => {
                let answer = school.types(NUMBERS[*who], "Jane Doe").await;
                if let Ok(CheckInAnswer::Recorded(receipt)) = answer {
                    story.check_ins.push(CheckedIn {
                        lecture: receipt.session.id,
                        owner: receipt.student.admission_number.to_string(),
                        moved: Vec::new(),
                    });
                }
            }
            Step::NextLecture => lectures.push(school.next_lecture().await.0),
            Step::Merge(wrong, right) => {
                let mut order = merge(NUMBERS[*wrong], NUMBERS[*right]);
                if let Ok(effect) = school.change(order.clone()).await {
                    let into = effect.right.unwrap().admission_number;
                    order.change = NumberChange::Merge { into };
                    story.change(&order);
                }
            }
            Step::Renumber(who) => {
                let order = renumber(NUMBERS[*who], &format!("NEW/{place}"));
                if school.change(order.clone()).await.is_ok() {
                    story.change(&order);
                }
            }
            Step::Undo(who) => {
                let undone = school.gives_back(NUMBERS[*who]);
                match undone.await {
                    Ok(_) => story.undo(NUMBERS[*who]),
                    Err(StudentError::Refused(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            Step::AnotherStart(of, by) => {
                let edit = SessionEdit {
                    starts_at: Some(lecture(*of).starts_at + minutes(*by)),
                    ..SessionEdit::default()
                };
                let _ = school
                    .sessions
                    .edit(SHELL, lecture(*of).id, edit, None)
                    .await;
            }
            Step::ToUnit(of, other) => {
                let unit = if *other { maths.clone() } else { unit() };
                let _ = school.moves_to(lecture(*of), &unit).await;
            }
            Step::UndoEdit(of) => {
                let _ = school
                    .sessions
                    .undo_edit(SHELL, lecture(*of).id, None)
                    .await;
            }
        }
        for lecture in &lectures {
            let came = school.came(lecture.id).await;
            let came: Vec<String> = came.into_iter().map(|(number, _)| number).collect();
            assert_eq!(came, story.came(lecture.id), "after step {place}: {step:?}");
        }
    }
}
