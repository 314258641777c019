//! What somebody has attended of a unit, and what the board counts.

use super::*;

#[tokio::test]
async fn the_percentage_of_each_lecture_is_that_of_the_rule() {
    let school = School::start().await;
    let mut shown = Vec::new();
    school.lecture().await;
    for lecture in 1..=13 {
        if lecture > 1 {
            school.next_lecture().await;
        }
        shown.push(
            recorded(school.types("ADM/1", "John Doe").await)
                .standing
                .unwrap()
                .of_plan
                .to_string(),
        );
    }
    assert_eq!(
        shown,
        [
            "8.33", "16.67", "25.00", "33.33", "41.67", "50.00", "58.33", "66.67", "75.00",
            "83.33", "91.67", "100.00", "100.00"
        ]
    );
}

#[tokio::test]
async fn a_cancelled_lecture_counts_for_nobody() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    school
        .sessions
        .cancel(Actor::Shell("S1"), session.id, "strike".to_owned())
        .await
        .unwrap();
    school.next_lecture().await;
    let receipt = recorded(school.types("ADM/1", "").await);
    assert_eq!(
        (
            receipt.standing.as_ref().unwrap().attended,
            receipt.standing.as_ref().unwrap().held
        ),
        (1, 1)
    );
    assert_eq!(
        refused(
            school
                .check_in(
                    "ADM/2",
                    "Jane",
                    Entrance::Session(session.id),
                    Channel::Cli,
                    None
                )
                .await
        ),
        Refusal::SessionClosed
    );
}

#[tokio::test]
async fn lectures_before_one_joined_are_not_held_against_one() {
    let school = School::start().await;
    school.lecture().await;
    school.next_lecture().await;
    recorded(school.types("ADM/1", "Early Bird").await);
    let late_joiner = recorded(school.types("ADM/2", "Late Joiner").await);
    assert_eq!(
        (
            late_joiner.standing.as_ref().unwrap().attended,
            late_joiner.standing.as_ref().unwrap().held
        ),
        (1, 1)
    );
    school.next_lecture().await;
    let bird = recorded(school.types("ADM/1", "").await);
    assert_eq!(
        (
            bird.standing.as_ref().unwrap().attended,
            bird.standing.as_ref().unwrap().held
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn a_roster_and_a_receipt_tell_the_same_standing() {
    let school = School::start().await;
    school.enrol("ADM/1", Some("Early Bird")).await;
    school.enrol("ADM/2", Some("Often Away")).await;
    let mut receipts = Vec::new();
    for lecture in 0..6 {
        let (session, _) = school.next_lecture().await;
        recorded(school.types("ADM/1", "").await);
        if lecture % 2 == 0 {
            recorded(school.types("ADM/2", "").await);
        }
        if lecture >= 3 {
            receipts = vec![recorded(school.types("ADM/3", "Late Joiner").await)];
        }
        if lecture == 4 {
            let reason = "strike".to_owned();
            let cancelled = school
                .sessions
                .cancel(Actor::Shell("S1"), session.id, reason);
            cancelled.await.unwrap();
        }
    }
    let again = already_marked(school.types("ADM/1", "").await);
    receipts.push(school.receipt(again.attendance_id).await);
    receipts.push(recorded(school.types("ADM/4", "Newcomer").await));
    let (shown, _) = school.sessions.shown().await.unwrap().unwrap();
    let roster = school
        .sessions
        .roster(Actor::Shell("shell"), shown.id)
        .await
        .unwrap();
    assert_eq!(roster.lines.len(), 4);
    for receipt in receipts {
        let number = &receipt.student.admission_number;
        let line = roster
            .lines
            .iter()
            .find(|line| line.admission_number == *number);
        assert_eq!(line.unwrap().standing, receipt.standing, "{number}");
    }
    let away = roster.lines[1].standing.as_ref().unwrap();
    assert_eq!(
        (away.attended, away.held),
        (2, 4),
        "one of three was cancelled, and the last one is running"
    );
}

#[tokio::test]
async fn what_is_reported_later_is_what_was_true_then() {
    let school = School::start().await;
    school.lecture().await;
    let first = recorded(school.types("ADM/1", "John Doe").await);
    school.next_lecture().await;
    recorded(school.types("ADM/1", "").await);
    let debts = school
        .store
        .due(
            Target::Firestore,
            "k1".to_owned(),
            school.clock.now(),
            10,
            None,
        )
        .await
        .unwrap();
    assert_eq!(debts[0].report.checked_in_at, first.checked_in_at);
    let percentages: Vec<String> = debts
        .iter()
        .map(|debt| debt.report.percentage.to_string())
        .collect();
    assert_eq!(percentages, ["8.33", "16.67"]);
}

#[tokio::test]
async fn the_board_counts_everybody_once() {
    let school = School::start().await;
    let (session, _) = school.lecture().await;
    for number in ["ADM/1", "ADM/2", "ADM/3"] {
        school.enrol(number, Some("Somebody")).await;
    }
    recorded(school.types("ADM/1", "").await);
    school.clock.advance(minutes(20));
    recorded(school.types("ADM/2", "").await);
    recorded(school.types("ADM/9", "Walk In").await);
    let totals = school.totals(&session).await;
    assert_eq!(
        totals,
        Totals {
            expected: 3,
            present: 1,
            late: 1,
            not_yet: 1,
            guests: 1,
            ..Totals::default()
        }
    );
    let board = school
        .store
        .board(
            session.id,
            2,
            school.clock.now(),
            school.desk.policy().rules(),
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        board
            .arrivals
            .iter()
            .map(|arrival| arrival.masked_number.as_str())
            .collect::<Vec<_>>(),
        ["***M/9", "***M/2"]
    );
    let roster = school
        .sessions
        .roster(Actor::Shell("shell"), session.id)
        .await
        .unwrap();
    let marks: Vec<(&str, AttendanceStatus)> = roster
        .lines
        .iter()
        .map(|line| (line.admission_number.as_str(), line.status))
        .collect();
    assert_eq!(
        marks,
        [
            ("ADM/1", AttendanceStatus::Present),
            ("ADM/2", AttendanceStatus::Late),
            ("ADM/3", AttendanceStatus::NotYet),
            ("ADM/9", AttendanceStatus::Late)
        ]
    );
}

#[tokio::test]
async fn a_student_who_waits_for_approval_is_not_absent_once_on_the_roster() {
    let school = School::with(|policy| policy.unknown_students = UnknownStudents::Pending).await;
    let (session, _) = school.lecture().await;
    recorded(school.types("ADM/1", "John Doe").await);
    school.enrol("ADM/1", Some("John Doe")).await;
    school.enrol("ADM/2", Some("Jane Roe")).await;
    let roster = school
        .sessions
        .roster(Actor::Shell("shell"), session.id)
        .await
        .unwrap();
    let marked = |mark| {
        roster
            .lines
            .iter()
            .filter(|line| line.status == mark)
            .count()
    };
    assert_eq!(
        (
            marked(AttendanceStatus::Pending),
            marked(AttendanceStatus::NotYet)
        ),
        (1, 1)
    );
    let Totals {
        expected,
        pending,
        not_yet,
        ..
    } = school.totals(&session).await;
    assert_eq!((expected, pending, not_yet), (2, 1, 1));
}
