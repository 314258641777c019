//! Schools of any size, made faster than check-ins could make them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kiosk::clock::Clock;
use kiosk::domain::{PersonName, Rotation, SessionId, StaffId, Target, UnitCode};
use kiosk::services::{Actor, Opening, Pin, Policy, Services};
use kiosk::store::{NewUnit, Store};
use rusqlite::Connection;
use tempfile::TempDir;

/// Who signs in at the screen.
pub const STAFF_ID: &str = "S1";
pub const PIN: &str = "246813";

/// How large a school is. Its first unit is CS101, and a session of that is open.
#[derive(Clone, Copy)]
pub struct Size {
    pub units: usize,
    pub students_of_each: usize,
    /// Sessions that each unit has held, with everybody there.
    pub held: usize,
}

/// An open database with a session that takes check-ins.
pub struct School {
    pub store: Store,
    pub services: Services,
    pub session: SessionId,
    pub code: String,
}

/// The number of a student; those of the first unit come first.
pub fn number(student: usize) -> String {
    format!("ADM/{student:06}")
}

/// Codes do not change while something is measured, and both remotes are owed.
pub fn policy() -> Arc<Policy> {
    Arc::new(Policy {
        rotation: Rotation::Off,
        deliver_to: Target::ALL.to_vec(),
        ..kiosk::app::policy(&kiosk::config::Config::default(), Vec::new())
    })
}

impl School {
    /// A new database at `path`.
    pub async fn found(path: &Path, size: Size) -> Self {
        let store = Store::open(path).expect("a database");
        let policy = policy();
        let clock = Clock::system().vouched_for();
        let keys = store.kiosk_keys("bench", clock.now()).await.expect("keys");
        let services = Services::new(&store, &clock, &keys, &policy);
        let administration = &services.administration;
        let staff_id = StaffId::parse(STAFF_ID).expect("an id");
        let name = PersonName::parse("Dr. Smith").expect("a name");
        let pin = Pin::parse(PIN).expect("a PIN");
        administration
            .add_lecturer(
                Actor::Shell("bench"),
                staff_id.clone(),
                name,
                String::new(),
                true,
                Some(pin),
            )
            .await
            .expect("a lecturer");
        let code = UnitCode::parse("CS101").expect("a code");
        let unit = NewUnit {
            code: code.clone(),
            name: "Programming".into(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        administration
            .add_unit(Actor::Shell("bench"), unit)
            .await
            .expect("a unit");
        fill(path, size);
        let opening = Opening {
            unit: code,
            semester: None,
            starts_at: None,
            lasts: Duration::from_secs(7200),
            venue: None,
        };
        let (session, key) = services
            .sessions
            .open(Actor::Shell("bench"), opening)
            .await
            .expect("a session");
        Self {
            code: services.desk.code(&key).to_string(),
            store,
            services,
            session: session.id,
        }
    }
}

/// A school in a folder of its own, for the program to be started in.
pub struct Site {
    folder: TempDir,
    pub port: u16,
    pub code: String,
}

impl Site {
    pub async fn found(folder: TempDir, size: Size) -> Self {
        let school = School::found(&folder.path().join("kiosk.db"), size).await;
        school.store.close().await;
        let port = free_port();
        let config = format!(
            "[kiosk]\ndata_dir = \"{}\"\ntrust_clock = true\n\
             [server]\nbind = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
             per_address_per_second = 0\n[qr]\nrotate_seconds = 0\n\
             [staff]\nlock_after_seconds = 3600\n[log]\nfile = \"{}\"\n",
            folder.path().display(),
            folder.path().join("kiosk.log").display(),
        );
        std::fs::write(folder.path().join("kiosk.toml"), config).expect("a configuration");
        Self {
            folder,
            port,
            code: school.code,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// As a site that is not being measured has it: limits by address and all.
    pub fn with_limits(self) -> Self {
        let path = self.folder.path().join("kiosk.toml");
        let config = std::fs::read_to_string(&path).expect("the configuration");
        let config = config.replace("per_address_per_second = 0\n", "");
        std::fs::write(path, config).expect("a configuration");
        self
    }
}

/// The program that `BENCH_PROGRAM` names, such as the one of the package, or that of this build.
pub fn program() -> PathBuf {
    let named = std::env::var_os("BENCH_PROGRAM");
    let path = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_kiosk").into());
    std::path::absolute(path).expect("a path")
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Units, students, sessions held, everybody's record in each, and all of them delivered. Only what the
/// program itself would have written, but by one statement each.
fn fill(path: &Path, size: Size) {
    const THEN: &str = "unixepoch('2026-01-01') * 1000";
    const UUID: &str = "lower(substr(hex(uuid), 1, 8) || '-' || substr(hex(uuid), 9, 4) || '-'
        || substr(hex(uuid), 13, 4) || '-' || substr(hex(uuid), 17, 4) || '-' || substr(hex(uuid), 21))";
    let Size {
        units,
        students_of_each,
        held,
    } = size;
    let students = units * students_of_each;
    let db = Connection::open(path).expect("the database");
    db.execute_batch(&format!(
        "BEGIN;
        CREATE TEMP TABLE n (i INTEGER PRIMARY KEY);
        WITH RECURSIVE up (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM up WHERE i < 1000000)
            INSERT INTO n SELECT i FROM up;
        INSERT INTO units (code, name, lecturer_id)
            SELECT 'CS' || (101 + i), 'Programming', 1 FROM n WHERE i BETWEEN 1 AND {units} - 1;
        INSERT INTO students (admission_number, name, source)
            SELECT printf('ADM/%06d', i), 'Student Number ' || i, 'roster' FROM n WHERE i < {students};
        INSERT INTO enrolments (unit, semester, student, place, source, withdrawn)
            SELECT 1 + (id - 1) / {students_of_each}, '1', id, 0, 'roster', 0 FROM students;
        INSERT INTO lectures (uuid, unit, state, opened_at, opened_by, lecturer, semester, number, date, starts_at,
                ends_at, venue, code_key, origin, changed_at)
            SELECT randomblob(16), u.id, 'closed', {THEN}, 'staff', 1, '1', n.i, date('2026-01-01', n.i || ' days'),
                {THEN} + (n.i * 24 + 8) * 3600000, {THEN} + (n.i * 24 + 10) * 3600000, '', randomblob(32), 0, {THEN}
            FROM n CROSS JOIN units AS u WHERE n.i BETWEEN 1 AND {held};
        INSERT INTO records (lecture, student, uuid, at, channel, mark, late_minutes, flags, percentage)
            SELECT l.id, e.student, randomblob(16), l.starts_at, 'phone', 'present', 0, 0, 5000
            FROM lectures AS l JOIN enrolments AS e ON e.unit = l.unit ORDER BY l.id, e.student;
        INSERT INTO deliveries (target, kind, subject, state, attempts, next_attempt_at, settled_at, told, document)
            SELECT 'firestore', 'check_in', id, 'delivered', 1, at, at, 'yes', {UUID} FROM records;
        INSERT INTO deliveries (target, kind, subject, state, attempts, next_attempt_at, settled_at, told)
            SELECT 'portal', 'check_in', id, 'delivered', 1, at, at, 'yes' FROM records;
        COMMIT;
        PRAGMA wal_checkpoint(TRUNCATE);"
    ))
    .expect("a school can be made");
}
