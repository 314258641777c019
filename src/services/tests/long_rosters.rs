//! A whole school's roster at once.

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
            name: Some(StudentName::parse(&format!("Student Number {student}")).unwrap()),
            email: String::new(),
            phone: String::new(),
        })
        .collect();
    let import = school.registrar.import(unit(), roster.clone(), "shell");
    let mut counts = BTreeSet::new();
    let done = {
        let mut import = std::pin::pin!(import);
        loop {
            tokio::select! {
                biased;
                done = &mut import => break done.unwrap(),
                () = tokio::task::yield_now() => { counts.insert(seen(&db)); }
            }
        }
    };
    counts.insert(seen(&db));
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [0, STUDENTS]);
    assert_eq!((done.new, done.enrolled), (50_000, 50_000));
    let again = school
        .registrar
        .import(unit(), roster, "shell")
        .await
        .unwrap();
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, 50_000));
    assert_eq!(seen(&db), STUDENTS);
}
