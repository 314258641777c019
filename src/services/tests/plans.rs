//! What a kiosk asks of its database every second costs the same after years of use.

use super::*;
use crate::store::plans;

/// What a statement may go through from one end to the other, and why that stays short.
const SHORT: &[(&str, &str)] = &[
    ("CONSTANT ROW", "one row"),
    ("e", "the excuses of a unit, for its whole board"),
    (
        "INDEX lectures_open",
        "an index of the sessions that are open",
    ),
    ("d", "what waits or was refused"),
    (
        "INDEX records_further",
        "an index of the records that students have beside another one",
    ),
    ("INDEX deliveries_due", "an index of what waits"),
    ("INDEX deliveries_parked", "an index of what was refused"),
];

/// Whether a step goes through something long.
fn is_long(step: &str) -> bool {
    let Some(through) = step.strip_prefix("SCAN ") else {
        return false;
    };
    let is_short = |name: &str| through == name || through.ends_with(&format!(" {name}"));
    !SHORT.iter().any(|(name, _)| is_short(name))
}

#[tokio::test]
async fn no_statement_of_a_lecture_reads_a_whole_table() {
    let school = School::start().await;
    school.enrol("ADM/2023/001", Some("John Doe")).await;
    let (session, key) = school.lecture().await;
    plans::watch(&school.store).await;

    // Students: by keypad until it is a burst, by phone, with a code, once more.
    for number in ["ADM/2023/001", "ADM/1", "ADM/2", "ADM/3"] {
        school.types(number, "Jane Roe").await.unwrap();
    }
    let device = school.desk.new_device();
    let code = school.desk.code(&key).to_string();
    let phone = Entrance::Code(code);
    for number in ["ADM/4", "ADM/4"] {
        let phone = phone.clone();
        let answer = school
            .check_in(number, "Jane Roe", phone, Channel::Phone, Some(device))
            .await;
        let Ok(CheckInAnswer::Recorded(receipt) | CheckInAnswer::AlreadyMarked(receipt)) = answer
        else {
            panic!("{answer:?}");
        };
        let id = receipt.attendance_id;
        school.desk.receipt(id, Some(device)).await.unwrap();
    }
    // The screens.
    school.sessions.timekeeper().look().await.unwrap();
    school.sessions.close_ended().await.unwrap();
    school.timetable.open_due().await.unwrap();
    school
        .store
        .board(
            session.id,
            40,
            school.clock.now(),
            school.desk.policy().rules(),
        )
        .await
        .unwrap();
    school
        .sessions
        .roster(Actor::Shell("shell"), session.id)
        .await
        .unwrap();
    // Whoever watches the kiosk.
    for counted in [Some(session.id), None] {
        school.desk.attendance_count(counted).await.unwrap();
    }
    // The remotes.
    let now = school.portal_time();
    school.store.unsettled_page(None, 0, 100).await.unwrap();
    for target in Target::ALL {
        school.store.counts(target).await.unwrap();
        school.store.next_due(target).await.unwrap();
        school.store.delivered_since(target, now).await.unwrap();
        let debts = school.store.due(target, String::new(), now, 10, None).await;
        let settled = debts.unwrap().into_iter().map(|debt| Settled {
            attendance_id: debt.report.attendance_id,
            edition: debt.edition,
            settlement: Settlement::Delivered {
                document_id: "1".to_owned(),
                answer: String::new(),
            },
        });
        let settled = settled.collect();
        school.store.settle(target, settled, now).await.unwrap();
    }

    let plans = plans::ran(&school.store).await;
    let ran = |what: &str| plans.iter().any(|(sql, _)| sql.contains(what));
    for what in [
        "INSERT INTO records",
        "INSERT INTO deliveries",
        "UPDATE deliveries",
        "CROSS JOIN standing",
        "coalesce(max(id), 0)",
    ] {
        assert!(ran(what), "{what} has not run");
    }
    let long: Vec<_> = plans
        .iter()
        .flat_map(|(sql, steps)| steps.iter().map(move |step| (sql, step)))
        .filter(|(_, step)| is_long(step))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}
