//! One fault at a time: the doctor finds it, and only it.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::*;
use crate::app::{DataDir, DirectoryLock, Kiosk, back_up};
use crate::clock::Clock;
use crate::config::{Config, ConfigFlags, Environment};
use crate::domain::{PersonName, PlannedLecture, StaffId, Timestamp, UnitCode, Venue};
use crate::services::{Actor, ClassList, CsvRoster, Pin};
use crate::store::NewUnit;
use crate::store::backup::Secrets;
use crate::tui::terminal::Terminal;

const THE_KEY: &str = "swordfish-portal-key";

/// A kiosk that is ready for a class, until something happens to it.
struct Clinic {
    folder: tempfile::TempDir,
    settings: Vec<String>,
    facts: Facts,
    /// What must stay as it is while the doctor looks.
    held: Vec<Box<dyn std::any::Any>>,
}

impl Clinic {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clinic = Self {
            settings: Vec::new(),
            facts: Facts {
                clock: Clock::set_to(Timestamp::parse("2026-11-24T08:00:00Z").unwrap()),
                space: Some(Space {
                    free: 8 << 30,
                    total: 32 << 30,
                }),
                address: Some("http://192.168.1.20:8080".to_owned()),
                terminal: Some((
                    Terminal::from_variables(term("xterm-256color"), || true),
                    100,
                    30,
                )),
            },
            held: Vec::new(),
            folder,
        };
        let portal = portal();
        let text = format!(
            "[kiosk]\ndata_dir = \"{}\"\n[server]\nbind = \"127.0.0.1:{}\"\n[firestore]\nenabled = false\n\
             [portal]\nurl = \"{portal}\"\n",
            clinic.data().display(),
            free_port()
        );
        fs::write(clinic.config(), text).unwrap();
        let kiosk = Kiosk::open(&clinic.loaded()).await.unwrap();
        clinic.found_school(&kiosk).await;
        kiosk.store.close().await;
        clinic
    }

    async fn found_school(&self, kiosk: &Kiosk) {
        let staff_id = StaffId::parse("L001").unwrap();
        let name = PersonName::parse("Dr. Smith").unwrap();
        let pin = Some(Pin::parse("246813").unwrap());
        kiosk
            .services
            .administration
            .add_lecturer(
                Actor::Shell("test"),
                staff_id.clone(),
                name,
                String::new(),
                true,
                pin,
            )
            .await
            .unwrap();
        let unit = NewUnit {
            code: UnitCode::parse("CS101").unwrap(),
            name: "Programming".to_owned(),
            lecturer: staff_id,
            planned_lessons: None,
        };
        kiosk
            .services
            .administration
            .add_unit(Actor::Shell("test"), unit)
            .await
            .unwrap();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("kiosk.toml")
    }

    fn database(&self) -> PathBuf {
        DataDir::at(&self.loaded().config.kiosk.data_dir).database()
    }

    fn set(&mut self, setting: &str) {
        self.settings.push(setting.to_owned());
    }

    fn loaded(&self) -> Loaded {
        let flags = ConfigFlags {
            config: Some(self.config()),
            set: self.settings.clone(),
        };
        let variables =
            BTreeMap::from([("LECTURER_PORTAL_API_KEY".to_owned(), THE_KEY.to_owned())]);
        let environment = Environment::new(variables, self.folder.path().to_owned());
        Config::load(&flags, &environment).unwrap()
    }

    fn sql(&self, sql: &str) {
        crate::store::bare::execute(&self.database(), sql).unwrap();
    }
}

fn term(name: &'static str) -> impl Fn(&str) -> Option<String> {
    move |variable| (variable == "TERM").then(|| name.to_owned())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A portal that takes connections and answers no request, on a thread that ends with the test program.
fn portal() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    format!("http://{address}")
}

/// What can be wrong, the check that finds it, and how bad that is.
type Fault = (&'static str, fn(&mut Clinic), &'static str, Health);

const FAULTS: &[Fault] = &[
    (
        "the data folder is open to everybody",
        |it| {
            fs::set_permissions(it.data(), fs::Permissions::from_mode(0o755)).unwrap();
        },
        "folder",
        Health::Warning,
    ),
    (
        "the database is gone",
        |it| {
            fs::remove_file(it.database()).unwrap();
        },
        "database",
        Health::Failure,
    ),
    (
        "a page of the database is damaged",
        |it| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(it.database())
                .unwrap();
            let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
            file.write_all_at(&vec![0xA5; length - 4096], 4096).unwrap();
        },
        "database",
        Health::Failure,
    ),
    (
        "the database is no database",
        |it| {
            fs::write(it.database(), "x".repeat(8192)).unwrap();
        },
        "database",
        Health::Failure,
    ),
    (
        "the database is of a newer program",
        |it| it.sql("PRAGMA user_version = 99"),
        "database",
        Health::Failure,
    ),
    (
        "the database was set aside",
        |it| {
            fs::rename(it.database(), it.data().join("kiosk.db.aside-1")).unwrap();
        },
        "database",
        Health::Failure,
    ),
    (
        "no backup was made for days",
        |it| {
            let backup = back_up(&it.data(), None, Secrets::Kept, it.facts.clock.now())
                .unwrap()
                .0;
            let file = fs::File::options().write(true).open(backup.path).unwrap();
            let days_ago = SystemTime::now() - Duration::from_hours(24 * 5);
            file.set_modified(days_ago).unwrap();
        },
        "backups",
        Health::Warning,
    ),
    (
        "nobody has a PIN",
        |it| it.sql("UPDATE lecturers SET pin_hash = NULL"),
        "staff",
        Health::Warning,
    ),
    (
        "everybody has left",
        |it| it.sql("UPDATE lecturers SET has_left = 1"),
        "staff",
        Health::Warning,
    ),
    (
        "the disk is full",
        |it| {
            it.facts.space = Some(Space {
                free: 1 << 20,
                total: 32 << 30,
            });
        },
        "disk",
        Health::Failure,
    ),
    (
        "the disk is nearly full",
        |it| {
            it.facts.space = Some(Space {
                free: 200 << 20,
                total: 32 << 30,
            });
        },
        "disk",
        Health::Warning,
    ),
    (
        "the log cannot be written",
        |it| {
            let path = it.config().join("kiosk.log");
            it.set(&format!("log.file={}", path.display()));
        },
        "log",
        Health::Warning,
    ),
    (
        "the clock is in 1970",
        |it| {
            it.facts.clock = Clock::set_to(Timestamp::from_millis(86_400_000));
        },
        "clock",
        Health::Failure,
    ),
    (
        "nobody has set the clock",
        |it| it.facts.clock.set_trusted(false),
        "clock",
        Health::Warning,
    ),
    (
        "another program has the port",
        |it| {
            let bind = it.loaded().config.server.bind;
            it.held.push(Box::new(TcpListener::bind(bind).unwrap()));
        },
        "server",
        Health::Failure,
    ),
    (
        "a running kiosk does not answer",
        |it| {
            it.held
                .push(Box::new(DirectoryLock::take(&it.data()).unwrap()));
        },
        "server",
        Health::Failure,
    ),
    (
        "there is no network",
        |it| it.facts.address = None,
        "address",
        Health::Failure,
    ),
    (
        "the terminal has no colours",
        |it| {
            it.facts.terminal = Some((Terminal::from_variables(term("vt100"), || true), 100, 30));
        },
        "terminal",
        Health::Warning,
    ),
    (
        "the console's font has no half blocks",
        |it| {
            it.facts.terminal = Some((Terminal::from_variables(term("linux"), || false), 100, 30));
        },
        "terminal",
        Health::Warning,
    ),
    (
        "the terminal is small",
        |it| {
            it.facts.terminal = Some((Terminal::from_variables(term("xterm"), || true), 60, 20));
        },
        "terminal",
        Health::Warning,
    ),
    (
        "everybody can read the configuration with the key in it",
        |it| {
            let text = fs::read_to_string(it.config()).unwrap();
            fs::write(
                it.config(),
                format!("{text}api_key = \"swordfish-in-the-file\"\n"),
            )
            .unwrap();
            fs::set_permissions(it.config(), fs::Permissions::from_mode(0o644)).unwrap();
        },
        "secrets",
        Health::Warning,
    ),
    (
        "staff PINs travel in the clear",
        |it| {
            it.set(&format!("server.bind=0.0.0.0:{}", free_port()));
            it.set("server.allow_cidr=10.0.0.0/8");
        },
        "exposure",
        Health::Warning,
    ),
    (
        "every network is served",
        |it| {
            it.set(&format!("server.bind=0.0.0.0:{}", free_port()));
            it.set("server.staff_bind=127.0.0.1:9443");
        },
        "exposure",
        Health::Warning,
    ),
    (
        "the key is in the list of processes",
        |it| it.set("portal.api_key=swordfish-in-the-list"),
        "exposure",
        Health::Warning,
    ),
    (
        "Firestore has no credentials",
        |it| it.set("firestore.enabled=true"),
        "firestore",
        Health::Failure,
    ),
    (
        "Firestore's key is not one",
        |it| {
            let key = it.folder.path().join("firebase-credentials.json");
            fs::write(&key, "{\"private_key\": \"swordfish\"").unwrap();
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
            it.set("firestore.enabled=true");
        },
        "firestore",
        Health::Failure,
    ),
    (
        "the portal is away",
        |it| {
            it.set(&format!("portal.url=http://127.0.0.1:{}", free_port()));
        },
        "portal",
        Health::Warning,
    ),
];

fn complaints(findings: &[Finding]) -> Vec<(&'static str, Health)> {
    findings
        .iter()
        .filter(|finding| finding.health > Health::Ok)
        .map(|finding| (finding.check, finding.health))
        .collect()
}

#[tokio::test]
async fn a_kiosk_that_is_ready_has_no_complaint() {
    let clinic = Clinic::new().await;
    let findings = examine(&clinic.loaded(), &clinic.facts).await;
    assert_eq!(complaints(&findings), [], "{findings:#?}");
    assert!(findings.len() >= 12, "{findings:#?}");
}

#[tokio::test]
async fn every_fault_is_found_and_nothing_else() {
    for (what, induce, check, health) in FAULTS {
        let mut clinic = Clinic::new().await;
        // A key in the file is a fault only when it is the one that counts, and the environment's is stronger.
        induce(&mut clinic);
        let mut loaded = clinic.loaded();
        if *check == "secrets" {
            let environment = Environment::new(BTreeMap::new(), clinic.folder.path().to_owned());
            let flags = ConfigFlags {
                config: Some(clinic.config()),
                ..ConfigFlags::default()
            };
            loaded = Config::load(&flags, &environment).unwrap();
        }
        let findings = examine(&loaded, &clinic.facts).await;
        assert_eq!(
            complaints(&findings),
            [(*check, *health)],
            "{what}: {findings:#?}"
        );
        for finding in &findings {
            assert_eq!(
                finding.remedy.is_empty(),
                finding.health <= Health::Ok,
                "{what}"
            );
            let said = format!("{} {}", finding.found, finding.remedy);
            assert!(
                !said.contains("swordfish") && !said.contains('\n'),
                "{said}"
            );
        }
    }
}

#[tokio::test]
async fn records_that_were_refused_or_wait_for_days_are_found() {
    for (sql, found) in [
        (
            "UPDATE outbox SET state = 'parked' WHERE target = 'portal'",
            "has refused 4 records",
        ),
        ("UPDATE outbox SET state = 'waiting'", "some for over a day"),
    ] {
        let mut clinic = Clinic::new().await;
        let old = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-0001.db");
        let data = clinic.folder.path().join("old");
        fs::create_dir(&data).unwrap();
        fs::copy(old, DataDir::at(&data).database()).unwrap();
        clinic.set(&format!("kiosk.data_dir={}", data.display()));
        clinic.sql(sql);
        clinic.facts.clock.advance(Duration::from_hours(24 * 365));
        let findings = examine(&clinic.loaded(), &clinic.facts).await;
        let said: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.check == "deliveries")
            .map(|finding| finding.found.as_str())
            .collect();
        assert!(said.iter().any(|said| said.contains(found)), "{said:?}");
    }
}

/// Imports the numbers of a class.
async fn import(kiosk: &Kiosk, numbers: &str) {
    let file = format!("adm\n{numbers}");
    let read = CsvRoster::read(file.as_bytes(), &kiosk.policy.number_pattern, |_| {});
    let rows = read.unwrap().students.into_iter();
    let administration = &kiosk.services.administration;
    let list = ClassList {
        unit: UnitCode::parse("CS101").unwrap(),
        semester: administration.semester().clone(),
        students: rows.map(|row| row.student).collect(),
        newcomers: None,
    };
    let imported = administration.import(Actor::Shell("test"), list).await;
    imported.unwrap();
}

#[tokio::test]
async fn units_that_need_somebody_are_named() {
    let clinic = Clinic::new().await;
    let loaded = clinic.loaded();
    let units = async || {
        let findings = examine(&loaded, &clinic.facts).await;
        let of_units = findings.into_iter().find(|it| it.check == "units").unwrap();
        (of_units.health, of_units.found)
    };
    let empty = "1 in use; nobody is enrolled in CS101".to_owned();
    assert_eq!(units().await, (Health::Ok, empty));

    let by = Actor::Shell("test");
    let unit = UnitCode::parse("CS101").unwrap();
    let kiosk = Kiosk::open(&loaded).await.unwrap();
    import(&kiosk, "ADM/1\n").await;
    let hours = |hours: u64| kiosk.clock.now() - Duration::from_secs(hours * 3600);
    let lecture = PlannedLecture {
        unit: unit.clone(),
        starts_at: hours(3),
        ends_at: hours(1),
        venue: Venue::default(),
        group: None,
        voluntary: None,
    };
    let imported = kiosk.services.timetable.import(vec![lecture], "test");
    imported.await.unwrap();
    kiosk.store.close().await;
    let unsettled = "nobody has said whether some lectures of CS101 were held".to_owned();
    assert_eq!(units().await, (Health::Warning, unsettled));

    let kiosk = Kiosk::open(&loaded).await.unwrap();
    let administration = &kiosk.services.administration;
    let (colleague, name) = (
        StaffId::parse("L002").unwrap(),
        PersonName::parse("Dr. Otieno").unwrap(),
    );
    let added =
        administration.add_lecturer(by, colleague.clone(), name, String::new(), false, None);
    added.await.unwrap();
    let mut fact = administration
        .unit(by, unit.clone())
        .await
        .unwrap()
        .unwrap();
    fact.lecturer = colleague;
    administration.change_unit(by, unit, fact).await.unwrap();
    kiosk.store.close().await;
    let abandoned = "no lecturer of CS101 can sign in".to_owned();
    assert_eq!(units().await, (Health::Warning, abandoned));
}

#[tokio::test]
async fn the_form_of_the_numbers_is_suggested_until_it_is_set() {
    let mut clinic = Clinic::new().await;
    let loaded = clinic.loaded();
    let kiosk = Kiosk::open(&loaded).await.unwrap();
    let line = |at| format!("ADM/2026/{at:03}\n");
    let lines: String = (1..=20).map(line).collect();
    import(&kiosk, &lines).await;
    kiosk.store.close().await;
    let numbers = |findings: Vec<Finding>| {
        let found = findings.into_iter().find(|it| it.check == "numbers");
        found.map(|it| (it.health, it.found))
    };
    let form = "all 20 of the class lists fit admission_number_pattern = 'ADM/[0-9]{4}/[0-9]{3}', which refuses slips; it is not set".to_owned();
    let found = numbers(examine(&loaded, &clinic.facts).await);
    assert_eq!(found, Some((Health::Ok, form)));
    let pattern = "check_in.admission_number_pattern='.*'".to_owned();
    clinic.settings.push(pattern);
    let found = numbers(examine(&clinic.loaded(), &clinic.facts).await);
    assert_eq!(found, None);
}
