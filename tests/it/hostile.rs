//! Hostile input is refused or shown harmlessly; nothing stops the kiosk.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::http_client;
use crate::support::kiosk::{Kiosk, START};
use crate::support::phone::{self, Phone};
use crate::support::tools;
use crate::support::wait::until;

/// Text that every field refuses: it would move the cursor, reorder a line, or be invisible.
const REFUSED: [&str; 10] = [
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]0;owned\u{7}",
    "\u{9b}31m",
    "line\nbreak",
    "nul\0byte",
    "\u{202e}drowssap",
    "\u{2066}isolate",
    "zero\u{200b}width",
    "\u{feff}mark",
    "\u{e0041}tag",
];

/// Names that are accepted, and that pages must show as text.
const SHOWN: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE students; --",
    "{{7*7}} ${7*7} %s%n",
    "محمد علي",
    "Z\u{0361}\u{0334}o\u{0308}e",
    "🎓👩\u{200d}🔬",
];

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_is_refused_at_both_doors_of_the_web() {
    let (kiosk, session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let http = http_client();
    let long = "x".repeat(1000);
    let url = format!("{}/A/{}", kiosk.url(), session.code);
    for text in REFUSED.into_iter().chain([long.as_str()]) {
        for (number, name) in [(text, "Asha"), ("ADM/1", text)] {
            let (status, answer) =
                phone::check_in(&http, &kiosk.url(), &session.code, number, name).await;
            assert_eq!(
                (status, answer["outcome"].as_str()),
                (422, Some("invalid")),
                "{text:?}: {answer}"
            );

            let mut phone = Phone::new(&http);
            let form = phone.open(&url).await;
            let page = phone.submit(&url, &form, number, name).await;
            assert_eq!(page.status, 422, "{text:?}: {}", page.text);
            let harmless = |c: char| c == '\n' || !c.is_control();
            assert!(
                page.text.chars().all(harmless),
                "{text:?} comes back as it went"
            );
            assert!(
                !page.text.contains(['\u{202e}', '\u{2066}']),
                "{text:?} comes back as it went"
            );
        }
    }
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 0);
    assert_no_panic(&kiosk);
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_names_are_shown_and_do_nothing() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    kiosk.wait_until_healthy(|| ()).await;
    let http = http_client();
    for (turn, name) in SHOWN.into_iter().enumerate() {
        let url = format!("{}/A/{}", kiosk.url(), kiosk.live_code());
        let mut phone = Phone::new(&http);
        let form = phone.open(&url).await;
        let number = format!("<B>&{turn}");
        let page = phone.submit(&url, &form, &number, name).await;
        assert_eq!(page.status, 200, "{name:?}: {}", page.text);
        for raw in ["<script>alert", "<img src=x", "<B>&"] {
            assert!(!page.text.contains(raw), "{raw} in the page for {name:?}");
        }
        tmux.wait_for(&format!("&{turn}"), Duration::from_secs(5));
    }
    let screen = tmux.text();
    assert!(
        screen.contains("CS101") && screen.lines().count() == 24,
        "{screen}"
    );
    assert_no_panic(&kiosk);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_keys_at_the_keypad_change_nothing() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let tmux = kiosk.run_in_terminal(80, 24);
    tmux.wait_for("CS101", START);
    for key in [
        "C-c", "C-z", "C-\\", "C-d", "C-s", "C-q", "F5", "Up", "PageDown", "BTab", "M-x", "DC",
    ] {
        tmux.press(key);
    }
    for text in [
        "\u{1b}[200~pasted\u{1b}[201~",
        "\u{1b}]0;owned\u{7}",
        "\u{202e}",
        &"9".repeat(3000),
    ] {
        tmux.type_text(text);
        tmux.press("Enter");
    }
    // The kiosk still works once Escape has cleared the result. The blank keeps terminals from reading
    // Escape and a letter as Alt and the letter.
    until("a working field", Duration::from_secs(15), || {
        tmux.press("Escape");
        tmux.type_text(" adm/2023/001");
        tmux.shows("adm/2023/001", Duration::from_millis(500))
            .then_some(())
    });
    assert_eq!(tmux.exit_status(), None);
    assert_no_panic(&kiosk);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_requests_are_refused_and_the_next_phone_is_served() {
    let (kiosk, session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let http = http_client();
    let api = format!("{}/api/check-ins", kiosk.url());
    let form = format!("{}/A/{}", kiosk.url(), session.code);
    let good = json!({"code": session.code, "admission_number": "ADM/1", "student_name": "Asha"})
        .to_string();
    let deep = "[".repeat(3000);
    let long = format!("admission_number={}", "x".repeat(10_000));
    let table: [(&str, &str, &[u8]); 14] = [
        (&api, "text/plain", good.as_bytes()),
        (&api, "application/xml", b"<a/>"),
        (
            &api,
            "application/x-www-form-urlencoded",
            b"code=1&admission_number=2",
        ),
        (&api, "application/json", b"{\"code\":"),
        (&api, "application/json", b"[]"),
        (&api, "application/json", b"null"),
        (
            &api,
            "application/json",
            b"{\"code\": 5, \"admission_number\": [\"x\"]}",
        ),
        (
            &api,
            "application/json",
            b"{\"code\": \"\xff\xfe\", \"admission_number\": \"x\"}",
        ),
        (&api, "application/json", deep.as_bytes()),
        (&api, "application/json", long.as_bytes()),
        (
            &form,
            "application/x-www-form-urlencoded",
            b"admission_number=%FF%FE&student_name=%C3%28&ticket=x",
        ),
        (&form, "application/x-www-form-urlencoded", long.as_bytes()),
        (&form, "multipart/form-data; boundary=x", b"--x--"),
        (
            &form,
            "application/x-www-form-urlencoded",
            b"ticket=forged&admission_number=ADM/1&student_name=Asha",
        ),
    ];
    for (url, content_type, body) in table {
        let request = http
            .post(url)
            .header(CONTENT_TYPE, content_type)
            .body(body.to_vec());
        let status = request
            .send()
            .await
            .expect("the kiosk answers")
            .status()
            .as_u16();
        // A forged ticket is ignored: the phone gets its form again, or the live code in the address counts.
        let is_refused = (400..500).contains(&status);
        assert!(
            is_refused || body.starts_with(b"ticket="),
            "{status} for {}",
            String::from_utf8_lossy(body)
        );
    }
    for path in [
        "/A/%00",
        "/A/%FF%FE",
        "/A/..%2f..%2fetc%2fpasswd",
        "/A/AAAAAA",
        "/nothing",
        "/api/check-ins/x",
        "/attend/x/",
    ] {
        let status = http
            .get(format!("{}{path}", kiosk.url()))
            .send()
            .await
            .expect("the kiosk answers")
            .status();
        assert!(status.is_client_error(), "{status} for {path}");
    }
    let (status, answer) =
        phone::check_in(&http, &kiosk.url(), &kiosk.live_code(), "ADM/2", "Asha").await;
    assert_eq!(status, 201, "{answer}");
    assert_no_panic(&kiosk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_or_senseless_connection_is_closed_and_holds_nobody_up() {
    let (kiosk, session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let openings: [&[u8]; 5] = [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
        b"POST /api/check-ins HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{",
    ];
    let mut connections = Vec::new();
    for opening in openings {
        let mut connection = TcpStream::connect(("127.0.0.1", kiosk.port()))
            .await
            .expect("a connection");
        connection
            .write_all(opening)
            .await
            .expect("the kiosk reads");
        connections.push(connection);
    }
    let (status, answer) =
        phone::check_in(&http_client(), &kiosk.url(), &session.code, "ADM/1", "Asha").await;
    assert_eq!(status, 201, "{answer}");
    for (mut connection, opening) in connections.into_iter().zip(openings) {
        let mut answer = Vec::new();
        let closed = timeout(Duration::from_secs(30), connection.read_to_end(&mut answer)).await;
        assert!(
            closed.is_ok(),
            "still open after {:?}",
            String::from_utf8_lossy(opening)
        );
    }
    assert_no_panic(&kiosk);
}

fn assert_no_panic(kiosk: &Kiosk) {
    let log = kiosk.log();
    assert!(!log.contains("panicked"), "{log}");
}
