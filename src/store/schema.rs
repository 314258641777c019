//! The schema's steps, applied when the database is opened.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::error::{OpenError, StoreError};
use super::row;

/// Marks a file as ours: "KIOS" in ASCII.
const APPLICATION_ID: i64 = 0x4B49_4F53;

/// A file of `migrations/` under its name.
macro_rules! step {
    ($file:literal) => {
        ($file, include_str!(concat!("../../migrations/", $file)))
    };
}

/// The files in `migrations/`, in order.
const STEPS: &[(&str, &str)] = &[
    step!("0001_school.sql"),
    step!("0002_counting.sql"),
    step!("0003_several_kiosks.sql"),
    step!("0004_clock.sql"),
    step!("0005_corrections.sql"),
    step!("0006_timetable.sql"),
    step!("0007_web_sign_ins.sql"),
    step!("0008_sessions_to_correct.sql"),
    step!("0009_gave_way_to_correct.sql"),
    step!("0010_tally.sql"),
    step!("0011_facts.sql"),
    step!("0012_counting.sql"),
    step!("0013_near_numbers.sql"),
    step!("0014_moved_lectures.sql"),
    step!("0015_right_student.sql"),
    step!("0016_taken_back.sql"),
    step!("0017_readings.sql"),
];

/// The step that moved every row into another table.
const REBUILT: usize = 11;

/// Applies the steps that this database has not taken, each in a transaction of its own. `before_change` is
/// called once before the first of them, with the number of steps taken so far, where there is something to
/// lose: a step cannot be taken back.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
    before_change: impl FnOnce(usize) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let refused = |error: rusqlite::Error| OpenError::of(path, error);
    let (application_id, found, tables) = identity(connection).map_err(refused)?;
    judge(application_id, found, tables, path)?;
    let journal_mode: String = connection
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .map_err(refused)?;
    if application_id != APPLICATION_ID || journal_mode != "wal" {
        // Not in the steps: the journal mode cannot change inside a transaction, and the mark must be there first.
        // Only once: every write here would look to a running kiosk as if something had changed. A restored
        // backup has the mark and not the mode.
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA application_id = {APPLICATION_ID};"
            ))
            .map_err(refused)?;
    }
    if (1..STEPS.len()).contains(&found) {
        before_change(found)?;
    }
    let migrations = steps();
    for version in found + 1..=STEPS.len() {
        migrations
            .to_version(connection, version)
            .map_err(|error| OpenError::of(path, migration_error(error)))?;
        tracing::info!(
            schema.version = version,
            "database schema brought up to date"
        );
    }
    if (1..REBUILT).contains(&found) {
        // Two thirds of the file are free then. Without the room to make it smaller it works as it is.
        if let Err(error) = connection.execute_batch("VACUUM") {
            tracing::warn!(%error, "the database keeps the size that it had before");
        }
    }
    Ok(())
}

/// The schema of a database that this program may open, which has at least one step.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<usize, OpenError> {
    let identity = identity(connection);
    let (application_id, found, tables) = identity.map_err(|error| OpenError::of(path, error))?;
    judge(application_id, found, tables, path)?;
    if found == 0 {
        let empty = "there is nothing in it".to_owned();
        return Err(OpenError::of(path, StoreError::Damaged(empty)));
    }
    Ok(found)
}

/// The first table, index, view or trigger of a database with `version` steps that is not as the steps make it;
/// `None` when all are.
pub(super) fn first_alteration(
    connection: &Connection,
    version: usize,
) -> Result<Option<String>, StoreError> {
    let mut made = Connection::open_in_memory()?;
    steps()
        .to_version(&mut made, version)
        .map_err(migration_error)?;
    let (expected, found) = (objects(&made)?, objects(connection)?);
    let differing = found.symmetric_difference(&expected).next();
    Ok(differing.map(|(kind, name, _)| format!("another {kind} {name}")))
}

/// The kind, name and text of everything in a schema. SQLite's own tables count and measure; nobody else can make one.
fn objects(connection: &Connection) -> Result<BTreeSet<(String, String, String)>, StoreError> {
    const SQL: &str = "SELECT type, name, coalesce(sql, '') FROM sqlite_schema
        WHERE name NOT IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')";
    row::collect(&mut connection.prepare_cached(SQL)?, [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
    .map(BTreeSet::from_iter)
}

fn steps() -> Migrations<'static> {
    Migrations::new(STEPS.iter().map(|(_, sql)| M::up(sql)).collect())
}

/// Whether a database has taken every step.
pub(super) fn is_newest(connection: &Connection, path: &Path) -> Result<bool, OpenError> {
    Ok(version(connection, path)? == STEPS.len())
}

fn judge(application_id: i64, found: usize, tables: i64, path: &Path) -> Result<(), OpenError> {
    if application_id != APPLICATION_ID && (found != 0 || tables != 0) {
        return Err(OpenError::Foreign {
            path: path.to_owned(),
        });
    }
    if found > STEPS.len() {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: STEPS.len(),
        });
    }
    Ok(())
}

fn identity(connection: &Connection) -> rusqlite::Result<(i64, usize, i64)> {
    Ok((
        connection.query_row("PRAGMA application_id", [], |row| row.get(0))?,
        connection.query_row("PRAGMA user_version", [], |row| row.get(0))?,
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    ))
}

fn migration_error(error: rusqlite_migration::Error) -> StoreError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        other => StoreError::Statement(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::super::backup;
    use super::super::upgrade::open_for_writing;
    use super::*;

    #[test]
    fn the_steps_are_the_files_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "sql"))
            .collect();
        files.sort();
        let steps: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, steps);
    }

    #[test]
    fn a_database_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let first = open_for_writing(&path).unwrap();
        let changes = || {
            first
                .query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0))
                .unwrap()
        };
        let before = changes();
        let again = open_for_writing(&path).unwrap();
        assert_eq!(changes(), before, "opening changes nothing");
        let version: usize = again
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version, STEPS.len());
        let mode: String = again
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }

    fn of_the_first_program() -> (TempDir, PathBuf) {
        copy_of("schema-0001.db")
    }

    fn copy_of(old: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        std::fs::copy(data.join(old), &path).unwrap();
        (folder, path)
    }

    fn count(db: &Connection, sql: &str) -> i64 {
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_database_of_the_first_program_opens_with_everything_in_it() {
        let (folder, path) = of_the_first_program();
        let db = open_for_writing(&path).unwrap();
        let count = |sql: &str| count(&db, sql);
        assert_eq!(
            count("PRAGMA user_version"),
            i64::try_from(STEPS.len()).unwrap()
        );
        assert_eq!(count("SELECT count(*) FROM attendance WHERE counts"), 4);
        assert_eq!(
            count("SELECT count(*) FROM outbox WHERE state = 'waiting'"),
            8
        );
        assert_eq!(count("SELECT count(*) FROM attendance_sessions"), 2);
        drop(db);
        let differences = super::super::rebuild(&path).unwrap();
        assert!(differences.is_empty(), "{differences:#?}");
        let copy = folder.path().join("backups/before-schema-0002.db");
        assert_eq!(backup::verify(&copy).unwrap().schema, 1);
    }

    #[test]
    fn the_audit_log_names_a_cancelled_lecture_by_the_number_that_it_has_now() {
        let (_folder, path) = copy_of("schema-0010.db");
        let db = open_for_writing(&path).unwrap();
        let sql = "SELECT u.code || ' ' || l.planned_venue || ' ' || l.state
            FROM acts AS a JOIN lectures AS l ON l.id = a.subject JOIN units AS u ON u.id = l.unit
            WHERE a.action = 'timetable.cancelled'";
        let cancelled: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(cancelled, "MA101 R2 cancelled");
    }

    /// A database of version 0.1 in which two kiosks recorded students, and staff corrected this one's records.
    #[test]
    fn what_staff_said_of_contested_records_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        let mut db = Connection::open(&path).unwrap();
        db.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA application_id = {APPLICATION_ID};"
        ))
        .unwrap();
        steps().to_version(&mut db, 10).unwrap();
        let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
        let at = |minute: u32| format!("2026-11-23T06:{minute:02}:00.000Z");
        db.execute_batch(&format!(
            "INSERT INTO lecturers (staff_id, name, created_at) VALUES ('S1', 'Dr. Smith', '{0}');
            INSERT INTO units (code, name, lecturer_id, created_at) VALUES ('CS101', 'Programming', 1, '{0}');
            INSERT INTO attendance_sessions (id, unit_id, lecturer_id, semester, session_number, date, starts_at, ends_at,
                state, code_key, created_at, changed_at, changed_by, origin_kiosk)
            VALUES ('{1}', 1, 1, '1', 1, '2026-11-23', '{0}', '{2}', 'open', zeroblob(32), '{0}', '{0}', '', '')",
            at(0), id(1), at(59)
        ))
        .unwrap();
        // Of each: the row of this kiosk, as staff have left it, and the copies beside it as they were read last.
        let marked = "{\"mark\":\"present\",\"at\":\"AT\",\"channel\":\"keypad\",\"late_minutes\":0,\"percentage\":833}";
        for (number, (status, flags, late, voided, kept)) in [
            ("present", "late", 20, "NULL", ("present", "")),
            ("present", "", 0, "NULL", ("voided", "")),
            ("present", "", 0, "NULL", ("pending", "")),
            (
                "present",
                "",
                0,
                "'2026-11-23T06:30:00.000Z'",
                ("present", ""),
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let number = u32::try_from(number).unwrap() + 1;
            let (own, theirs) = (id(10 + number), id(20 + number));
            let (kept_status, kept_flags) = kept;
            let (early, later) = (at(5), at(9));
            let line = marked.replace("AT", &early);
            db.execute_batch(&format!(
                "INSERT INTO students (admission_number, name, source, created_at, updated_at)
                VALUES ('ADM/{number}', '', 'roster', '{early}', '{early}');
                INSERT INTO attendance (id, student_id, session_id, timestamp, channel, status, attendance_percentage,
                    late_minutes, flags, voided_at)
                VALUES ('{own}', {number}, '{0}', '{early}', 'keypad', '{status}', 8.33, {late}, '{flags}', {voided});
                INSERT INTO audit_log (at, actor, action, subject, old, new, reason)
                VALUES ('{early}', 'S1', 'attendance.changed', '{own}', '{line}', '{line}', 'seen');
                INSERT INTO kiosk_records VALUES
                    ('{own}', '{own}', NULL, '{early}', 'keypad', '{kept_status}', 8.33, 0, '{kept_flags}'),
                    ('{theirs}', '{own}', 'hall-2', '{later}', 'phone', 'present', 8.33, 0, '')",
                id(1)
            ))
            .unwrap();
        }
        drop(db);
        let db = open_for_writing(&path).unwrap();
        let marks = |of: &str| {
            let sql = format!(
                "SELECT group_concat(mark || ' ' || late_minutes || ' ' || set_aside, ', ')
                FROM (SELECT * FROM records WHERE {of} ORDER BY student)"
            );
            db.query_row(&sql, [], |row| row.get::<_, String>(0))
                .unwrap()
        };
        assert_eq!(
            marks("kiosk = 0"),
            "present 20 0, present 0 0, present 0 0, removed 0 0"
        );
        assert_eq!(
            marks("kiosk <> 0"),
            "present 0 0, present 0 0, present 0 0, removed 0 1"
        );
        let counting = "SELECT count(*) FROM standing WHERE mark = 'present' AND kiosk = 0";
        assert_eq!(count(&db, counting), 3);
        let further = "SELECT count(*) FROM records WHERE further AND kiosk <> 0";
        assert_eq!(count(&db, further), 4);
        drop(db);
        let differences = super::super::rebuild(&path).unwrap();
        assert!(differences.is_empty(), "{differences:#?}");
    }

    /// Every row of a query, as text.
    fn rows_of(db: &Connection, sql: &str) -> Vec<String> {
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let values = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
            let values: Result<Vec<_>, _> = values.collect();
            Ok(format!("{:?}", values?))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn no_mark_and_no_percentage_changes_where_marks_may_be_taken_back() {
        // One that the first program removed, one that is set aside, and one that another kiosk made before it.
        const CASES: &str = "INSERT INTO kiosks (id, name) VALUES (77, 'hall-77');
            UPDATE records SET mark = 'removed', seen = 'null', set_aside = 1
                WHERE id = (SELECT min(id) FROM records WHERE kiosk = 0);
            UPDATE records SET mark = 'removed', seen = '{}' WHERE id = (SELECT max(id) FROM records WHERE kiosk = 0);
            INSERT INTO records (lecture, student, kiosk, uuid, at, channel, mark, late_minutes, flags, percentage, further)
                SELECT lecture, student, 77, randomblob(16), at - 1, 'phone', 'present', 0, 0, 833, 1 FROM records
                WHERE id = (SELECT max(id) FROM records WHERE kiosk = 0)";
        const SAID: [&str; 4] = [
            "SELECT * FROM records ORDER BY id",
            "SELECT * FROM standing ORDER BY id",
            "SELECT * FROM attendance ORDER BY id",
            "SELECT * FROM attendance_sessions ORDER BY id",
        ];
        let said = |db: &Connection| SAID.map(|sql| rows_of(db, sql));
        for old in ["schema-0001.db", "schema-0010.db"] {
            let (_folder, path) = copy_of(old);
            let mut db = Connection::open(&path).unwrap();
            let steps = Migrations::new(STEPS.iter().map(|(_, sql)| M::up(sql)).collect());
            steps.to_version(&mut db, 15).unwrap();
            db.execute_batch(CASES).unwrap();
            let before = said(&db);
            assert!(
                before[1].len() < before[0].len() && before[1].len() > 2,
                "{old}"
            );
            drop(db);
            let db = open_for_writing(&path).unwrap();
            assert_eq!(said(&db), before, "{old}");
            assert_eq!(rows_of(&db, "PRAGMA integrity_check"), ["[Text(\"ok\")]"]);
            // One that is taken back stands for nothing beside any other.
            let take_back = |of: &str| {
                db.execute(
                    &format!("UPDATE records SET mark = 'taken_back' WHERE {of}"),
                    [],
                )
            };
            let kiosks = "SELECT group_concat(kiosk) FROM standing AS s
                WHERE EXISTS (SELECT 1 FROM records AS r WHERE r.kiosk = 77 AND r.student = s.student AND r.lecture = s.lecture)";
            assert_eq!(rows_of(&db, kiosks), ["[Text(\"77\")]"], "{old}");
            take_back("kiosk = 77").unwrap();
            assert_eq!(rows_of(&db, kiosks), ["[Text(\"0\")]"], "{old}");
            assert!(
                db.execute("UPDATE records SET mark = 'forgotten'", [])
                    .is_err()
            );
            assert!(
                db.execute(
                    "UPDATE lectures SET opened_by = 'nobody' WHERE opened_by IS NOT NULL",
                    []
                )
                .is_err()
            );
        }
    }

    #[test]
    fn nothing_is_brought_up_to_date_that_cannot_be_copied_first() {
        let (folder, path) = of_the_first_program();
        std::fs::write(folder.path().join("backups"), "in the way").unwrap();
        let error = open_for_writing(&path).unwrap_err();
        assert!(matches!(error, OpenError::NoBackup { .. }), "{error}");
        assert_eq!(backup::check(&path).unwrap().schema, 1);
    }

    #[test]
    fn a_newer_database_is_refused_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        open_for_writing(&path)
            .unwrap()
            .execute_batch("PRAGMA user_version = 99")
            .unwrap();
        let error = open_for_writing(&path).unwrap_err();
        assert!(
            error.to_string().contains("newer kiosk (schema 99"),
            "{error}"
        );
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE theirs (a)")
            .unwrap();
        assert!(matches!(
            open_for_writing(&path),
            Err(OpenError::Foreign { .. })
        ));
    }

    #[test]
    fn a_file_that_is_no_database_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kiosk.db");
        std::fs::write(&path, "x".repeat(4096)).unwrap();
        let error = open_for_writing(&path).unwrap_err();
        assert!(
            matches!(
                error,
                OpenError::Store {
                    source: StoreError::Damaged(_),
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn the_audit_log_refuses_to_forget() {
        let folder = tempfile::tempdir().unwrap();
        let db = open_for_writing(&folder.path().join("kiosk.db")).unwrap();
        db.execute_batch(
            "INSERT INTO acts (at, actor, action, subject) VALUES (1, 'a', 'b', 'c');
            INSERT INTO statements (act, kind, key, value, stamp_at) VALUES (1, 'k', 'l', 'v', 1)",
        )
        .unwrap();
        for refused in [
            "UPDATE acts SET actor = 'x'",
            "DELETE FROM acts",
            "UPDATE statements SET value = 'x'",
            "DELETE FROM statements",
        ] {
            assert!(db.execute_batch(refused).is_err(), "{refused}");
        }
    }
}
