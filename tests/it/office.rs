//! Staff and students in a real browser: the board that follows the room, and the office.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::browser::Browser;
use crate::support::http_client;
use crate::support::kiosk::Kiosk;
use crate::support::phone;
use crate::support::tools::{missing, report, skip};
use crate::support::wait::until_async;
use crate::support::wire::Wire;

const PHONE: (u16, u16) = (360, 740);
const DESKTOP: (u16, u16) = (1280, 900);

/// A school of some size, with an administrator who may sign in.
fn school() -> (Kiosk, String) {
    let (kiosk, session) = Kiosk::with_open_session();
    let mut roster = vec!["admission_number,name".to_owned()];
    roster.extend((1..=40).map(|n| format!("ADM/2026/{n:03},Student Number {n}")));
    let file = kiosk.folder().join("roster.csv");
    fs::write(&file, roster.join("\n")).expect("a roster");
    let file = file.to_string_lossy().into_owned();
    kiosk.done(&["import", "students", &file, "--unit", "CS101"]);
    kiosk.add_staff("ADMIN", "Ada Admin", &["--admin"]);
    (kiosk, session.id)
}

async fn sign_in(browser: &Browser, at: &str, staff_id: &str, path: &str) {
    browser.open(&format!("{at}{path}")).await;
    browser.fill("#staff_id", staff_id).await;
    browser.fill("#pin", "246813").await;
    browser.press("#pin").await;
    browser.find_sentence("Sign out").await;
}

/// Where pictures are kept, to be looked at.
fn keep(name: &str, picture: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    fs::create_dir_all(&folder).expect("a folder for pictures");
    fs::write(folder.join(format!("{name}.png")), picture).expect("a picture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_follows_the_room_and_catches_up_after_the_network_was_cut() {
    if missing(&["chromedriver"]) {
        return;
    }
    let (kiosk, session) = school();
    let _server = kiosk.serve().await;
    let browser = Browser::phone(DESKTOP.0, DESKTOP.1).await;
    let wire = Wire::to(kiosk.port()).await;
    sign_in(&browser, &wire.url(), "S001", &format!("/board/{session}")).await;
    browser.wait_for("Live.").await;
    let present = |wanted: &'static str| {
        let browser = &browser;
        async move {
            until_async(
                &format!("{wanted} present"),
                Duration::from_secs(20),
                async || {
                    let shown = browser
                        .script("return document.querySelector('[data-total=present]').textContent")
                        .await;
                    (shown == wanted).then_some(())
                },
            )
            .await;
        }
    };
    let started = Instant::now();
    kiosk.done(&["check-in", "ADM/2026/001"]);
    let recorded = Instant::now();
    present("1").await;
    report(&format!(
        "a check-in of another process was on the board {:?} after it was recorded ({:?} with its command)",
        recorded.elapsed(),
        started.elapsed()
    ));
    wire.cut();
    browser.wait_for("Not connected").await;
    kiosk.done(&["check-in", "ADM/2026/002"]);
    kiosk.done(&["check-in", "ADM/2026/003"]);
    wire.mend();
    present("3").await;
    browser.wait_for("Live.").await;
    // What is shown can be sifted, and stays sifted when the next student comes.
    browser
        .fill("[data-sieve] input[type=search]", "2026/00")
        .await;
    browser.wait_for("9 of 40").await;
    kiosk.done(&["check-in", "ADM/2026/004"]);
    present("4").await;
    browser.wait_for("9 of 40").await;
    keep("board-desktop", &browser.picture().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_students_on_one_phone_are_flagged_on_the_board() {
    if missing(&["chromedriver"]) {
        return;
    }
    let (kiosk, session) = school();
    let _server = kiosk.serve().await;
    let phone = Browser::phone(PHONE.0, PHONE.1).await;
    for number in ["ADM/2026/007", "ADM/2026/008"] {
        phone
            .open(&format!("{}/A/{}", kiosk.url(), kiosk.live_code()))
            .await;
        phone.fill("[name=admission_number]", number).await;
        phone.click("button").await;
        phone.wait_for("Checked in").await;
    }
    let laptop = Browser::phone(PHONE.0, PHONE.1).await;
    sign_in(&laptop, &kiosk.url(), "S001", &format!("/board/{session}")).await;
    laptop.wait_for("Live.").await;
    laptop
        .click("[data-sieve] label:has([value=flagged])")
        .await;
    laptop.wait_for("shared device").await;
    let flags = async |number: &str| {
        let row = format!(
            "return [...document.querySelectorAll('tr')].find(row => row.textContent.includes('{number}')).textContent"
        );
        laptop.script(&row).await.to_string()
    };
    assert!(
        !flags("ADM/2026/007").await.contains("shared device"),
        "the first is innocent"
    );
    assert!(flags("ADM/2026/008").await.contains("shared device"));
    laptop.click("[data-sieve] label:has([value=absent])").await;
    laptop.wait_for("38 of 40").await;
    keep("board-phone", &laptop.picture().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_office_works_without_a_script() {
    if missing(&["chromedriver"]) {
        return;
    }
    let (kiosk, session) = school();
    let _server = kiosk.serve().await;
    let browser = Browser::without_scripts(DESKTOP.0, DESKTOP.1).await;
    sign_in(
        &browser,
        &kiosk.url(),
        "ADMIN",
        "/admin/students?q=2026%2F005",
    )
    .await;
    browser.press("tbody a").await;
    browser.fill("#name", "Fatuma Hassan").await;
    browser.press("#name").await;
    browser.find_sentence("<bdi>Fatuma Hassan</bdi>").await;
    browser.open(&format!("{}/admin/units", kiosk.url())).await;
    browser.fill("#code", "law200").await;
    browser.fill("#name", "Contract Law").await;
    browser.fill("#lecturer", "NOBODY").await;
    browser.press("#name").await;
    browser.find_sentence("There is no lecturer NOBODY.").await;
    browser.fill("#lecturer", "S001").await;
    browser.press("#lecturer").await;
    browser.find_sentence("unit?code=LAW200").await;
    browser.open(&format!("{}/admin/audit", kiosk.url())).await;
    browser.find_sentence("Fatuma Hassan").await;
    // A board is a plain page, and says so.
    browser
        .open(&format!("{}/board/{session}", kiosk.url()))
        .await;
    browser
        .find_sentence("As of when this page was loaded.")
        .await;
    kiosk.done(&["check-in", "ADM/2026/005"]);
    browser.press(".status a").await;
    browser.find_sentence("Fatuma Hassan").await;
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 1);
}

/// axe-core, as npm installs it: `scripts/test` does, below `target/`.
fn axe() -> Option<String> {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/npm/node_modules/axe-core/axe.min.js");
    fs::read_to_string(path).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_keeps_anybody_out() {
    if missing(&["chromedriver"]) {
        return;
    }
    let Some(axe) = axe() else {
        skip("axe-core is not installed: npm install --prefix target/npm axe-core");
        return;
    };
    let (kiosk, session) = school();
    let _server = kiosk.serve().await;
    kiosk.done(&["check-in", "ADM/2026/001"]);
    kiosk.done(&["check-in", "NEW/1", "--name", "Fatuma Hassan"]);
    let record = kiosk.texts("SELECT id FROM attendance LIMIT 1").remove(0);
    let http = http_client();
    phone::check_in(&http, &kiosk.url(), &kiosk.live_code(), "ADM/2026/002", "").await;
    let board = format!("/board/{session}");
    let file = format!("/admin/attendance/{record}");
    let pages = [
        ("front", "/"),
        ("unknown-code", "/A/000000"),
        ("nothing", "/nothing"),
        ("boards", "/board/"),
        ("board", &board),
        ("screen", &format!("{board}/screen")),
        (
            "history",
            &format!("{board}/student?number=ADM%2F2026%2F001"),
        ),
        ("students", "/admin/students"),
        ("student", "/admin/student?number=ADM%2F2026%2F001"),
        (
            "withdraw",
            "/admin/student/withdraw?number=ADM%2F2026%2F001&unit=CS101",
        ),
        ("attendance", "/admin/attendance"),
        ("record", &file),
        ("deliveries", "/admin/sync"),
        ("units", "/admin/units"),
        ("unit", "/admin/unit?code=CS101"),
        ("lecturers", "/admin/lecturers"),
        ("lecturer", "/admin/lecturer?staff_id=S001"),
        ("audit", "/admin/audit"),
    ];
    let mut complaints = Vec::new();
    for (width, height) in [PHONE, DESKTOP] {
        let browser = Browser::phone(width, height).await;
        let mut look = async |name: &str| {
            complaints.extend(complaints_of(&browser, &axe, &format!("{name} at {width}")).await);
            keep(&format!("{name}-{width}"), &browser.picture().await);
        };
        browser.open(&format!("{}/login", kiosk.url())).await;
        look("login").await;
        sign_in(&browser, &kiosk.url(), "ADMIN", "/board/").await;
        for (name, path) in pages {
            browser.open(&format!("{}{path}", kiosk.url())).await;
            look(name).await;
        }
        browser
            .open(&format!("{}/A/{}", kiosk.url(), kiosk.live_code()))
            .await;
        look("form").await;
        browser
            .fill("[name=admission_number]", "ADM/2026/003")
            .await;
        browser.click("button").await;
        browser.wait_for("hecked in").await;
        look("result").await;
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What axe-core finds on the page, and whether the page is wider than the screen.
async fn complaints_of(browser: &Browser, axe: &str, page: &str) -> Vec<String> {
    browser.script(axe).await;
    let found = browser
        .script(
            "return axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.flatMap(
                violation => violation.nodes.map(node => violation.id + ': ' + node.target + ' ' + node.failureSummary)))",
        )
        .await;
    let mut complaints: Vec<String> = found
        .as_array()
        .expect("axe answers with a list")
        .iter()
        .map(|complaint| format!("{page}: {complaint}"))
        .collect();
    let wide = browser
        .script(
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth",
        )
        .await;
    if wide == json!(true) {
        complaints.push(format!("{page}: wider than the screen"));
    }
    complaints
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_served_with_a_given_certificate_and_staff_have_their_own_address() {
    if missing(&["openssl", "curl"]) {
        return;
    }
    let kiosk = Kiosk::new();
    let (chain, key) = (
        kiosk.folder().join("chain.pem"),
        kiosk.folder().join("key.pem"),
    );
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&chain)
        .stderr(Stdio::null())
        .status()
        .expect("openssl runs");
    assert!(made.success());
    let staff_port = crate::support::process::free_port();
    let config = fs::read_to_string(kiosk.config()).expect("a configuration");
    let config = config.replace("http://", "https://")
        + &format!(
            "tls_cert = \"{}\"\ntls_key = \"{}\"\nstaff_bind = \"127.0.0.1:{staff_port}\"\n",
            chain.display(),
            key.display()
        );
    fs::write(kiosk.config(), config).expect("a configuration");
    kiosk.found_school();
    let _server = crate::support::process::Process::start(
        kiosk
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    let ask = |port: u16, path: &str| {
        let answer = Command::new("curl")
            .args([
                "--silent",
                "--include",
                "--noproxy",
                "*",
                "--max-time",
                "10",
                "--cacert",
            ])
            .arg(&chain)
            .arg(format!("https://localhost:{port}{path}"))
            .output()
            .expect("curl runs");
        String::from_utf8_lossy(&answer.stdout).into_owned()
    };
    until_async("the https server", Duration::from_secs(30), async || {
        ask(kiosk.port(), "/healthz")
            .contains(" 200 ")
            .then_some(())
    })
    .await;
    assert!(ask(kiosk.port(), "/").contains("Code on the screen"));
    assert!(ask(kiosk.port(), "/login").contains(" 404 "));
    assert!(ask(staff_port, "/login").contains("Staff sign-in"));
    assert!(ask(staff_port, "/A/000000").contains(" 404 "));
    // Somebody who speaks plain HTTP there is not answered.
    let plain = http_client()
        .get(format!("http://127.0.0.1:{staff_port}/"))
        .send()
        .await;
    assert!(plain.is_err(), "{plain:?}");
}
