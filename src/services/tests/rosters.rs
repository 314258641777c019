//! A roster taken in: twice, and of a whole school at once.

use std::collections::BTreeSet;

use rusqlite::{Connection, OpenFlags};

use super::*;

const STUDENTS: u32 = 50_000;

/// How many students whoever looks at the database sees.
fn seen(db: &Connection) -> u32 {
    db.query_row("SELECT count(*) FROM students", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_thousand_students_are_there_all_at_once_and_once_only() {
    let school = School::start().await;
    let db = school.database();
    let db = Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let roster: Vec<ImportedStudent> = (0..STUDENTS)
        .map(|student| ImportedStudent {
            admission_number: AdmissionNumber::parse(&format!("ADM/{student:05}")).unwrap(),
            name: Some(PersonName::parse(&format!("Student Number {student}")).unwrap()),
            email: String::new(),
            phone: String::new(),
            place: ListedPlace::default(),
        })
        .collect();
    let import = school.import(roster.clone());
    let mut counts = BTreeSet::new();
    let done = {
        let mut import = std::pin::pin!(import);
        loop {
            tokio::select! {
                biased;
                done = &mut import => break done,
                () = tokio::task::yield_now() => { counts.insert(seen(&db)); }
            }
        }
    };
    counts.insert(seen(&db));
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [0, STUDENTS]);
    assert_eq!((done.new, done.enrolled), (50_000, 50_000));
    let again = school.import(roster).await;
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, 50_000));
    assert_eq!(seen(&db), STUDENTS);
}

#[tokio::test]
async fn a_roster_taken_twice_changes_nothing() {
    let school = School::start().await;
    let list = |name: &str| {
        vec![ImportedStudent {
            admission_number: AdmissionNumber::parse("ADM/1").unwrap(),
            name: Some(PersonName::parse(name).unwrap()),
            email: "a@example.org".to_owned(),
            phone: String::new(),
            place: ListedPlace::default(),
        }]
    };
    let preview = ClassList {
        unit: unit(),
        semester: school.administration.semester().clone(),
        students: list("Jane"),
        newcomers: None,
    };
    let preview = school
        .administration
        .preview(Actor::Shell("shell"), preview);
    let preview = preview.await.unwrap();
    let first = school.import(list("Jane")).await;
    assert_eq!(preview.summary, first);
    assert_eq!((first.new, first.enrolled), (1, 1));
    let again = school.import(list("Jane")).await;
    assert_eq!(
        (again.new, again.changed, again.unchanged, again.enrolled),
        (0, 0, 1, 0)
    );
    let renamed = school.import(list("Janet")).await;
    assert_eq!(renamed.changed, 1);
}

#[tokio::test]
async fn a_list_that_fills_its_page_has_no_other_page() {
    let school = School::start().await;
    for students in 1..=crate::store::PAGE + 1 {
        school.enrol(&format!("ADM/{students}"), None).await;
        if students < crate::store::PAGE {
            continue;
        }
        let query = crate::store::StudentQuery::default();
        let page = school.store.student_page(query).await.unwrap();
        assert_eq!(page.rows.len(), 50);
        assert_eq!(page.has_more, students > crate::store::PAGE);
    }
}
