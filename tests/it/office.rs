//! Staff and students in a real browser: the live board and the administration pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::support::browser::Browser;
use crate::support::http_client;
use crate::support::kiosk::{Kiosk, START};
use crate::support::phone;
use crate::support::tools::{missing, report, skip};
use crate::support::wait::{until, until_async};
use crate::support::wire::Wire;

const PHONE: (u16, u16) = (360, 740);
const DESKTOP: (u16, u16) = (1280, 900);
/// The phone's screen at twice the text size.
const ZOOMED: (u16, u16) = (180, 370);

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Failed tries of a page to connect again: the second shows that it goes on after the first.
const TRIES: usize = 3;

/// A class with an administrator who can sign in.
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

/// Where screenshots are kept.
fn keep(name: &str, picture: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    fs::create_dir_all(&folder).expect("a folder for pictures");
    fs::write(folder.join(format!("{name}.png")), picture).expect("a picture");
}

/// Makes the page note when it showed which number of students: asking the driver would take longer.
async fn note_when_shown(board: &Browser) {
    board
        .script(
            "const total = document.querySelector('[data-total=present]');
            window.shown = {};
            new MutationObserver(() => { shown[total.textContent] ??= Date.now(); })
                .observe(total, {childList: true, characterData: true, subtree: true});",
        )
        .await;
}

/// When the page first showed so many present students, in milliseconds since 1970.
async fn shown_at(board: &Browser, count: &str) -> i64 {
    until_async(&format!("{count} present"), PATIENCE, async || {
        let at = board.script(&format!("return shown['{count}']")).await;
        at.as_i64()
    })
    .await
}

/// When the latest check-in was recorded, in milliseconds since 1970.
fn last_recorded(kiosk: &Kiosk) -> i64 {
    kiosk.count(
        "SELECT CAST(round((julianday(max(timestamp)) - 2440587.5) * 86400000) AS INTEGER) FROM attendance",
    )
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
    note_when_shown(&browser).await;
    kiosk.done(&["check-in", "ADM/2026/001"]);
    let lag = shown_at(&browser, "1").await - last_recorded(&kiosk);
    report(&format!(
        "a check-in of another process was on the board {lag} ms after it was made"
    ));
    wire.cut();
    browser.wait_for("Not connected").await;
    kiosk.done(&["check-in", "ADM/2026/002"]);
    kiosk.done(&["check-in", "ADM/2026/003"]);
    wire.reconnect();
    present("3").await;
    browser.wait_for("Live.").await;
    // A filter stays in effect when the next student checks in.
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
async fn what_is_typed_at_the_keypad_is_on_the_board_within_a_second() {
    if missing(&["chromedriver", "tmux"]) {
        return;
    }
    let (kiosk, session) = school();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    let browser = Browser::phone(DESKTOP.0, DESKTOP.1).await;
    let wire = Wire::to(kiosk.port()).await;
    sign_in(&browser, &wire.url(), "S001", &format!("/board/{session}")).await;
    browser.wait_for("Live.").await;
    note_when_shown(&browser).await;
    let shown = async |count| shown_at(&browser, count).await;
    let types = |number: &str| {
        tmux.type_text(number);
        tmux.press("Enter");
    };
    types("ADM/2026/001");
    let lag = shown("1").await - last_recorded(&kiosk);
    assert!((-1..1000).contains(&lag), "{lag} ms");
    report(&format!(
        "a number typed at the keypad was on the board after {lag} ms"
    ));

    wire.cut();
    browser.wait_for("Not connected").await;
    types("ADM/2026/002");
    tmux.wait_for("Student Number 2", PATIENCE);
    // More than one try: the page must keep trying.
    let tries = || (wire.refused() >= TRIES).then_some(());
    until("the page to try again and again", PATIENCE, tries);
    let reconnected = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    wire.reconnect();
    let reconnected = i64::try_from(reconnected.as_millis()).expect("before the year 292 million");
    let behind = shown("2").await - reconnected;
    types("ADM/2026/003");
    let lag = shown("3").await - last_recorded(&kiosk);
    assert!((-1..1000).contains(&lag), "{lag} ms");
    report(&format!(
        "after {TRIES} tries without a network the board caught up in {behind} ms, and the next number was there after {lag} ms"
    ));
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
    kiosk.add_staff("SECOND", "Second Admin", &["--admin"]);
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
    // The explanation of a percentage.
    browser
        .open(&format!(
            "{}/admin/student?number=ADM%2F2026%2F005",
            kiosk.url()
        ))
        .await;
    browser.press("a[href*=why]").await;
    browser.find_sentence("1 to come").await;
    browser.open(&format!("{}/admin/sync", kiosk.url())).await;
    browser.find_sentence("no access").await;
    // Replacing a PIN and removing the role need a confirmation.
    let second = format!("{}/admin/lecturer?staff_id=SECOND", kiosk.url());
    browser.open(&second).await;
    browser.fill("#pin", "975310").await;
    browser.fill("#again", "975310").await;
    browser.tick("#replace").await;
    browser.press("#again").await;
    browser.find_sentence("New lecturer").await;
    browser.open(&second).await;
    browser.tick("#is_admin").await;
    browser.press("#department").await;
    browser.find_sentence("Remove the role").await;
    keep("rank-desktop", &browser.picture().await);
    browser.press("button.danger").await;
    browser.find_sentence("New lecturer").await;
    let rank = "SELECT is_admin FROM lecturers WHERE staff_id = 'SECOND'";
    assert_eq!(kiosk.count(rank), 0);
    browser.open(&format!("{}/admin/audit", kiosk.url())).await;
    browser.find_sentence("Fatuma Hassan").await;
    // Without a script the board is a static page, and says so.
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

#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_the_monitor_stays_chosen_when_the_page_is_drawn_anew() {
    if missing(&["chromedriver"]) {
        return;
    }
    let (kiosk, _) = school();
    let _server = kiosk.serve().await;
    kiosk.done(&["check-in", "ADM/2026/001"]);
    let browser = Browser::phone(DESKTOP.0, DESKTOP.1).await;
    sign_in(&browser, &kiosk.url(), "ADMIN", "/admin/sync").await;
    browser.wait_for("Live.").await;
    browser
        .script(
            "window.before = document.querySelector('[data-live-part]');
            window.before.querySelector('td button').focus();",
        )
        .await;
    kiosk.done(&["check-in", "ADM/2026/002"]);
    until_async("another drawing", Duration::from_secs(20), async || {
        let drawn = "return document.querySelector('[data-live-part]') !== window.before";
        (browser.script(drawn).await == true).then_some(())
    })
    .await;
    let chosen = "return document.activeElement.closest('td') !== null";
    assert_eq!(browser.script(chosen).await, true);
}

/// axe-core, which `scripts/test` installs below `target/` with npm.
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
            "why",
            "/admin/student/why?number=ADM%2F2026%2F001&unit=CS101",
        ),
        (
            "withdraw",
            "/admin/student/withdraw?number=ADM%2F2026%2F001&unit=CS101",
        ),
        ("attendance", "/admin/attendance"),
        ("record", &file),
        ("deliveries", "/admin/sync"),
        ("units", "/admin/units"),
        ("unit", "/admin/unit?code=CS101"),
        ("exam-list", "/units/CS101"),
        ("lecture", &format!("/lectures/{session}")),
        ("number", "/students/number?number=ADM%2F2026%2F001"),
        ("lecturers", "/admin/lecturers"),
        ("lecturer", "/admin/lecturer?staff_id=S001"),
        ("audit", "/admin/audit"),
    ];
    let mut complaints = Vec::new();
    let mut heaviest = (0, String::new());
    for ((width, height), light) in [
        (PHONE, Light::Day),
        (DESKTOP, Light::Day),
        (PHONE, Light::Night),
    ] {
        let browser = Browser::phone(width, height).await;
        light.falls_on(&browser).await;
        let mut look = async |name: &str| {
            let name = format!("{name}-{width}{}", light.suffix());
            complaints.extend(complaints_of(&browser, &axe, &name).await);
            let weight = weight_of(&browser).await;
            complaints.extend(weight.complaint(&name));
            heaviest = heaviest.clone().max((weight.bytes, name.clone()));
            keep(&name, &browser.picture().await);
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
            .fill("[name=admission_number]", "ADM-2026-003")
            .await;
        browser.click("button").await;
        browser.wait_for("Did you mean").await;
        look("near").await;
        browser.click("button").await;
        browser.wait_for("hecked in").await;
        look("result").await;
    }
    report(&format!(
        "the heaviest page is {} with {} bytes, everything on it included",
        heaviest.1, heaviest.0
    ));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phones_pages_are_read_at_twice_the_size_and_in_the_dark() {
    if missing(&["chromedriver"]) {
        return;
    }
    let Some(axe) = axe() else {
        skip("axe-core is not installed: npm install --prefix target/npm axe-core");
        return;
    };
    let (kiosk, _session) = school();
    let _server = kiosk.serve().await;
    let mut complaints = Vec::new();
    for (light, student) in [(Light::Day, "ADM/2026/001"), (Light::Night, "ADM/2026/002")] {
        let browser = Browser::phone(ZOOMED.0, ZOOMED.1).await;
        light.falls_on(&browser).await;
        let mut look = async |name: &str| {
            let name = format!("{name}-zoomed{}", light.suffix());
            complaints.extend(complaints_of(&browser, &axe, &name).await);
            keep(&name, &browser.picture().await);
        };
        for (name, path) in [
            ("front", "/"),
            ("unknown-code", "/A/000000"),
            ("nothing", "/nothing"),
        ] {
            browser.open(&format!("{}{path}", kiosk.url())).await;
            look(name).await;
        }
        let form = async || {
            browser
                .open(&format!("{}/A/{}", kiosk.url(), kiosk.live_code()))
                .await;
            browser.fill("[name=admission_number]", student).await;
        };
        form().await;
        look("form").await;
        browser.press("[name=admission_number]").await;
        browser.wait_for("Checked in").await;
        look("result").await;
        form().await;
        browser.press("[name=admission_number]").await;
        browser.wait_for("lready").await;
        look("already").await;
        form().await;
        browser.fill("[name=admission_number]", "NEW/77").await;
        browser.press("[name=admission_number]").await;
        browser.wait_for("name").await;
        look("name-needed").await;
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The colour scheme of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Light {
    Day,
    Night,
}

impl Light {
    async fn falls_on(self, browser: &Browser) {
        if self == Self::Night {
            browser.in_the_dark().await;
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Day => "",
            Self::Night => "-dark",
        }
    }
}

/// The size of a page with everything that it loads.
struct Weight {
    path: String,
    requests: Vec<String>,
    bytes: u64,
    from_elsewhere: u64,
}

async fn weight_of(browser: &Browser) -> Weight {
    let found = browser
        .script(
            "const all = ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind));
            const bytes = all.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
            const elsewhere = all.filter(entry => !entry.name.startsWith(location.origin));
            // What a page asks for again while it stands, such as the picture of the next code, is one request.
            const requests = [...new Set(all.map(entry => entry.name.split('?')[0]))];
            return [location.pathname, requests, bytes, elsewhere.length];",
        )
        .await;
    let number = |at: usize| found[at].as_u64().expect("a number");
    Weight {
        path: found[0].as_str().expect("a path").to_owned(),
        requests: serde_json::from_value(found[1].clone()).expect("addresses"),
        bytes: number(2),
        from_elsewhere: number(3),
    }
}

impl Weight {
    /// A student's page loads nothing else and fits into the first round trip. Staff pages load a style sheet, a
    /// script and perhaps a code.
    fn complaint(&self, page: &str) -> Option<String> {
        let is_staffs = [
            "/board",
            "/admin",
            "/login",
            "/units",
            "/lectures",
            "/students",
        ]
        .iter()
        .any(|root| self.path.starts_with(root));
        let (requests, bytes) = if is_staffs {
            (4, 64 << 10)
        } else {
            (1, 14 << 10)
        };
        let is_too_much =
            self.requests.len() > requests || self.bytes > bytes || self.from_elsewhere > 0;
        is_too_much.then(|| {
            format!(
                "{page}: requests {:?}, {} of them elsewhere, {} bytes",
                self.requests, self.from_elsewhere, self.bytes
            )
        })
    }
}

/// The findings of axe-core, and whether the page is wider than the screen.
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
    let is_dark = browser
        .script(
            "const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number);
            return red + green + blue < 3 * 128;",
        )
        .await;
    if is_dark != json!(page.ends_with("-dark")) {
        complaints.push(format!("{page}: not in the colours that were asked for"));
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
    kiosk.set_up_school();
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
    // Plain HTTP is not answered there.
    let plain = http_client()
        .get(format!("http://127.0.0.1:{staff_port}/"))
        .send()
        .await;
    assert!(plain.is_err(), "{plain:?}");
}
