//! The files around the program: systemd units, Firestore rules, and a log without secrets.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::firestore::Firestore;
use crate::support::http_client;
use crate::support::kiosk::{Kiosk, PROGRAM};
use crate::support::phone;
use crate::support::portal::{Mood, Portal};
use crate::support::process::output_of;
use crate::support::tools;

/// The highest result of `systemd-analyze security`, in tenths: a tty, a network and files cost this much.
const EXPOSURE: &str = "15";

#[test]
fn systemd_understands_the_units_and_finds_little_open() {
    if tools::missing(&["systemd-analyze"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for unit in ["kiosk.service", "kiosk-headless.service"] {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("systemd")
            .join(unit);
        let text = fs::read_to_string(shipped).expect("the unit can be read");
        let there = folder.path().join(unit);
        // systemd-analyze needs a program that exists.
        fs::write(&there, text.replace("/usr/bin/kiosk", PROGRAM)).expect("it can be written");
        let verified = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(&there)
            .output()
            .expect("systemd-analyze starts");
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(
            verified.status.success() && said.is_empty(),
            "{unit}: {said}"
        );
        output_of(
            Command::new("systemd-analyze")
                .args([
                    "security",
                    "--offline=true",
                    "--no-pager",
                    "--threshold",
                    EXPOSURE,
                ])
                .arg(&there),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_shut_out_everybody_but_the_service_account() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("firestore.rules");
    let content = fs::read_to_string(rules).expect("the rules can be read");
    let emulator = format!("http://{}", firestore.address);
    let project = &firestore.project;
    let body =
        serde_json::json!({"rules": {"files": [{"name": "firestore.rules", "content": content}]}});
    let taken = http_client()
        .put(format!(
            "{emulator}/emulator/v1/projects/{project}:securityRules"
        ))
        .json(&body)
        .send()
        .await
        .expect("the emulator answers");
    let (status, said) = (taken.status(), taken.text().await.unwrap_or_default());
    assert!(status.is_success(), "{said}");

    firestore
        .put("attendance_records/one", "admission_number", "ADM/2023/001")
        .await;
    let numbers = firestore
        .texts("attendance_records", "admission_number")
        .await;
    assert_eq!(
        numbers,
        ["ADM/2023/001"],
        "the service account reads and writes"
    );
    let documents = format!("{emulator}/v1/projects/{project}/databases/(default)/documents");
    for path in [
        "attendance_records/one",
        "sessions/s/students/x",
        "students/1",
    ] {
        let url = format!("{documents}/{path}");
        let read = http_client().get(&url).send().await.expect("an answer");
        assert_eq!(read.status(), 403, "reading {path}");
        let write = http_client()
            .patch(&url)
            .json(&serde_json::json!({"fields": {}}));
        assert_eq!(
            write.send().await.expect("an answer").status(),
            403,
            "writing {path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_busy_day_names_nobody_and_holds_no_secret() {
    let portal = Portal::open().await;
    let (mut kiosk, _session) = Kiosk::with_open_session();
    kiosk.set("KIOSK__LOG__LEVEL", "trace");
    kiosk.set("KIOSK__FIRESTORE__ENABLED", "false");
    kiosk.set("LECTURER_PORTAL_API_URL", &portal.url);
    kiosk.set("LECTURER_PORTAL_API_KEY", "the-portal-key");
    let firestore = Firestore::new_project();
    if let Some(firestore) = &firestore {
        kiosk.set("KIOSK__FIRESTORE__ENABLED", "true");
        kiosk.set("FIRESTORE_EMULATOR_HOST", &firestore.address);
        kiosk.set("GOOGLE_CLOUD_PROJECT", &firestore.project);
    }
    let server = kiosk.serve().await;
    let http = http_client();
    let mut codes = Vec::new();
    for (mood, number) in [
        (Mood::Takes, "PRIV/2026/001"),
        (Mood::Busy, "PRIV/2026/002"),
        (Mood::Refuses, "PRIV/2026/003"),
        (Mood::SaysNo, "PRIV/2026/004"),
    ] {
        portal.becomes(mood);
        let code = kiosk.live_code();
        for number in [number, number, &format!("PRIV-{}", "9".repeat(60)), ""] {
            phone::check_in(&http, &kiosk.url(), &code, number, "Zawadi Privata").await;
        }
        phone::check_in(&http, &kiosk.url(), "AAAAAA", number, "Zawadi Privata").await;
        let form = http.get(format!("{}/A/{code}", kiosk.url())).send().await;
        form.expect("a page");
        codes.push(code);
        kiosk.not_me_is_over();
    }
    portal.becomes(Mood::Takes);
    kiosk.done(&["sync", "retry"]);
    let everybody = (1..=4)
        .map(|number| format!("PRIV/2026/{number:03}"))
        .collect::<Vec<_>>();
    portal.wait_for(&everybody, std::time::Duration::from_mins(1));
    drop(server);

    let log = kiosk.log();
    assert!(log.contains("answered"), "there is a log: {log}");
    let lines: Vec<&str> = log.lines().collect();
    let secrets = [
        "PRIV",
        "Zawadi",
        "Privata",
        "the-portal-key",
        "246813",
        "Dr. Smith",
    ];
    for secret in secrets
        .iter()
        .copied()
        .chain(codes.iter().map(String::as_str))
    {
        let found: Vec<_> = lines.iter().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret:?} stands in the log: {found:?}");
    }
}
