//! Disk, files and port are taken from the kiosk and given back: it reports the fault, acknowledges nothing
//! meanwhile, and recovers by itself.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::support::http_client;
use crate::support::kiosk::{Kiosk, PROGRAM, START};
use crate::support::phone;
use crate::support::process::{Process, output_of};
use crate::support::tools;
use crate::support::wait::until_async;

/// A file system in memory over a folder, unmounted when this is dropped.
struct Disk(PathBuf);

impl Disk {
    /// `None` if this user cannot mount: the test is then skipped.
    fn over(folder: &Path, options: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder.to_owned()));
        }
        tools::skip("only root can mount a small disk");
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        output_of(Command::new("mount").args(["-o", &options]).arg(&self.0));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The program as systemd runs it, with its notifications to systemd.
struct Service {
    process: Process,
    socket: UnixDatagram,
}

impl Service {
    fn start(kiosk: &Kiosk, mut command: Command) -> Self {
        let path = kiosk.folder().join("notify");
        let _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).expect("a socket can be made");
        socket
            .set_read_timeout(Some(START))
            .expect("a time limit can be set");
        let log = fs::File::create(kiosk.folder().join("serve.log")).expect("a file");
        command
            .env("NOTIFY_SOCKET", &path)
            .stdout(Stdio::null())
            .stderr(log);
        Self {
            process: Process::start(&mut command),
            socket,
        }
    }

    /// Waits for a notification that contains `wanted`.
    fn wait_for(&self, wanted: &str) -> String {
        let mut heard = vec![0; 4096];
        loop {
            let length = self.socket.recv(&mut heard).unwrap_or_else(|error| {
                panic!("waited for {wanted:?} from the kiosk: {error}");
            });
            let said = String::from_utf8_lossy(&heard[..length]).into_owned();
            if said.contains(wanted) {
                return said;
            }
        }
    }
}

async fn check_in(kiosk: &Kiosk, number: &str) -> u16 {
    phone::check_in(
        &http_client(),
        &kiosk.url(),
        &kiosk.live_code(),
        number,
        "Asha",
    )
    .await
    .0
}

#[test]
fn a_list_that_does_not_fit_leaves_the_old_one() {
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let stick = kiosk.folder().join("stick");
    fs::create_dir(&stick).expect("a folder");
    let Some(disk) = Disk::over(&stick, "size=64k") else {
        return;
    };
    let list = disk.0.join("list.csv");
    fs::write(&list, "old").expect("a small file fits");
    let filler = fs::File::create(disk.0.join("filler")).expect("a file");
    let mut length = 0;
    while filler.write_all_at(&[1; 4096], length).is_ok() {
        length += 4096;
    }
    let out = list.to_string_lossy().into_owned();
    let (status, said) = kiosk.refusal(&["export", "unit", "CS101", "--out", &out]);
    assert_eq!(status, 1);
    let sentence = format!("kiosk: no room for {out}; what was there is still there\n");
    assert_eq!(said, sentence);
    assert_eq!(fs::read(&list).expect("the old list"), b"old");
    let there = fs::read_dir(&disk.0).expect("the stick").count();
    assert_eq!(there, 2, "nothing half-written lies about");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nobody_is_told_present_and_room_is_enough_to_go_on() {
    let kiosk = Kiosk::new();
    fs::create_dir(kiosk.data()).expect("a folder");
    let Some(disk) = Disk::over(&kiosk.data(), "size=2m,mode=0700") else {
        return;
    };
    kiosk.set_up_school();
    let session = kiosk.open_session(&[]);
    let server = kiosk.serve().await;
    assert_eq!(check_in(&kiosk, "FULL/1").await, 201);

    let filler = disk.0.join("filler");
    let mut acknowledged = 1;
    let file = fs::File::create(&filler).expect("a file");
    let mut length = 0;
    while file.write_all_at(&[1; 4096], length).is_ok() {
        length += 4096;
    }
    let refused = until_async("a refusal", START, async || {
        let status = check_in(&kiosk, &format!("FULL/{}", acknowledged + 1)).await;
        if status == 201 {
            acknowledged += 1;
            return None;
        }
        Some(status)
    })
    .await;
    assert_eq!(refused, 503);
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), acknowledged);
    // Reading still works.
    assert_eq!(
        kiosk.json(&["board", &session.id, "--json"])["totals"]["present"],
        acknowledged
    );

    drop(file);
    fs::remove_file(&filler).expect("it can be removed");
    until_async("the kiosk to go on", START, async || {
        (check_in(&kiosk, "FULL/AFTER").await == 201).then_some(())
    })
    .await;
    assert_eq!(
        kiosk.count("SELECT count(*) FROM attendance"),
        acknowledged + 1
    );
    assert_eq!(kiosk.texts("PRAGMA integrity_check"), ["ok"]);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_on_a_read_only_disk_waits_and_starts_when_it_can_be_written() {
    let kiosk = Kiosk::new();
    fs::create_dir(kiosk.data()).expect("a folder");
    let Some(disk) = Disk::over(&kiosk.data(), "size=4m,mode=0700") else {
        return;
    };
    kiosk.set_up_school();
    disk.remount("ro");
    let service = Service::start(&kiosk, kiosk.command(&["serve"]));
    let said = service.wait_for("out of order");
    assert!(said.contains("read-only"), "{said}");
    disk.remount("rw");
    service.wait_for("check in");
    kiosk.wait_until_healthy(|| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_can_be_read_and_where_not_the_way_that_is_named_leads_there() {
    let kiosk = Kiosk::new();
    fs::create_dir(kiosk.data()).expect("a folder");
    let Some(disk) = Disk::over(&kiosk.data(), "size=8m,mode=0700") else {
        return;
    };
    kiosk.set_up_school();
    let session = kiosk.open_session(&[]);
    let server = kiosk.serve().await;
    for student in 1..=3 {
        assert_eq!(check_in(&kiosk, &format!("READ/{student}")).await, 201);
    }
    // A card turns read-only under a running kiosk, which leaves the write-ahead log behind.
    server.signal(Signal::KILL);
    drop(server);
    let questions = [
        vec!["board", &session.id],
        vec!["session", "list"],
        vec!["export", "session", &session.id],
        vec!["audit"],
        vec!["sync", "status"],
    ];
    let asked = || {
        questions
            .each_ref()
            .map(|question| undated(&kiosk.done(question)))
    };
    let before = asked();
    disk.remount("ro");
    let after = asked();
    assert_eq!(after, before);
    let saved = kiosk.folder().join("saved.db");
    kiosk.done(&["backup", &saved.to_string_lossy()]);
    assert!(
        kiosk
            .refusal(&["check-in", "READ/4", "--name", "Asha"])
            .1
            .contains("Nothing was recorded")
    );

    // After an orderly stop there is no write-ahead log, and SQLite cannot create one.
    disk.remount("rw");
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(kiosk.data().join(format!("kiosk.db{suffix}")));
    }
    disk.remount("ro");
    let (status, said) = kiosk.refusal(&["board", &session.id]);
    assert_eq!(status, 1);
    assert!(
        said.contains("read-only") && said.contains("kiosk.data_dir=FOLDER"),
        "{said}"
    );
    let elsewhere = kiosk.folder().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    fs::copy(kiosk.data().join("kiosk.db"), elsewhere.join("kiosk.db")).expect("a copy");
    let copied = format!("kiosk.data_dir={}", elsewhere.display());
    for (question, answer) in questions.iter().zip(&before) {
        let mut question = question.clone();
        question.extend(["--set", &copied]);
        assert_eq!(&undated(&kiosk.done(&question)), answer);
    }
    let doctor = kiosk.command(&["doctor"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(
        said.contains("FAILURE  database") && said.contains("mounted read-only"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_port_or_folder_or_setting_is_taken_waits_for_it() {
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let taken = TcpListener::bind(("127.0.0.1", kiosk.port())).expect("the port is free");
    let mut service = Service::start(&kiosk, kiosk.command(&["serve"]));
    let said = service.wait_for("out of order");
    assert!(
        said.contains("READY=1") && said.contains("using that port"),
        "{said}"
    );
    drop(taken);
    service.wait_for("check in");
    kiosk.wait_until_healthy(|| {}).await;
    service.process.signal(Signal::TERM);
    service.wait_for("STOPPING=1");
    assert_eq!(service.process.end(START), 0);

    let settings = fs::read_to_string(kiosk.config()).expect("the configuration");
    fs::write(kiosk.config(), format!("{settings}\n[kiosq]\n")).expect("it can be written");
    let service = Service::start(&kiosk, kiosk.command(&["serve"]));
    let said = service.wait_for("out of order");
    assert!(said.contains("kiosq"), "{said}");
    fs::write(kiosk.config(), settings).expect("it can be written");
    service.wait_for("check in");
    drop(service);

    if tools::missing(&["setpriv"]) {
        return;
    }
    let lose = |mode| {
        for path in [
            kiosk.data(),
            kiosk.data().join("kiosk.db"),
            kiosk.data().join("kiosk.lock"),
        ] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
        }
    };
    lose(0o500);
    // Root can write everywhere unless it drops that capability.
    let mut bounded = Command::new("setpriv");
    let plain = kiosk.command(&[]);
    bounded
        .args([
            "--bounding-set=-dac_override,-dac_read_search,-fowner",
            PROGRAM,
            "serve",
        ])
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
    let service = Service::start(&kiosk, bounded);
    let said = service.wait_for("out of order");
    assert!(said.contains("check its owner"), "{said}");
    lose(0o700);
    service.wait_for("check in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_alive_as_long_as_its_parts_are() {
    let kiosk = Kiosk::new();
    kiosk.set_up_school();
    let mut command = kiosk.command(&["serve"]);
    command.env("WATCHDOG_USEC", "900000");
    let service = Service::start(&kiosk, command);
    service.wait_for("READY=1");
    for _ in 0..3 {
        service.wait_for("WATCHDOG=1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_waits_for_a_person_and_a_backup_brings_the_kiosk_back() {
    let (kiosk, session) = Kiosk::with_open_session();
    let server = kiosk.serve().await;
    assert_eq!(check_in(&kiosk, "KEPT/1").await, 201);
    kiosk.done(&["backup"]);
    let board = kiosk.done(&["board", &session.id, "--json"]);
    drop(server);

    let file = fs::OpenOptions::new()
        .write(true)
        .open(kiosk.data().join("kiosk.db"))
        .expect("the database");
    let length = file.metadata().expect("its length").len();
    let junk = vec![0xA5; usize::try_from(length).expect("a small file")];
    file.write_all_at(&junk, 0).expect("it can be written");
    // Twice: the second start must not treat the empty folder as a new kiosk.
    for _ in 0..2 {
        let (status, said) = kiosk.refusal(&["serve"]);
        assert_eq!(status, 1);
        assert!(
            said.contains("kiosk.db.aside-1") && said.contains("kiosk restore --newest"),
            "{said}"
        );
    }
    let (_, said) = kiosk.refusal(&["lecturer", "list"]);
    assert!(said.contains("kiosk restore"), "{said}");

    let service = Service::start(&kiosk, kiosk.command(&["serve"]));
    service.wait_for("kiosk restore --newest");
    kiosk.done(&["restore", "--newest"]);
    service.wait_for("check in");
    assert_eq!(kiosk.done(&["board", &session.id, "--json"]), board);
    assert_eq!(check_in(&kiosk, "AFTER/1").await, 201);
}

/// What a command printed, without the second in which a list was made.
fn undated(printed: &str) -> String {
    let Some((heads, rows)) = printed.split_once("\r\n") else {
        return printed.to_owned();
    };
    let at = heads.split(',').position(|head| head == "Generated at");
    let at = at.expect("a list says when it was made");
    let rows = rows.lines().map(|row| {
        let mut cells: Vec<_> = row.split(',').collect();
        cells.remove(at);
        cells.join(",")
    });
    rows.collect::<Vec<_>>().join("\n")
}
