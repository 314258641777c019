//! The tools of the stories work at all: when one of these fails, look here before at the kiosk.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;

use crate::support::browser::Browser;
use crate::support::firestore::Firestore;
use crate::support::portal::{Mood, Portal};
use crate::support::screenshot::Window;
use crate::support::tmux::{Terminal, Tmux};
use crate::support::wait::until;
use crate::support::{decode, http_client, tools};

fn shell(columns: u16, rows: u16, script: &str) -> Terminal<'_> {
    Terminal {
        columns,
        rows,
        term: "xterm-256color",
        environment: vec![("GREETING".into(), "habari".into())],
        command: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
    }
}

#[test]
fn a_terminal_has_the_size_it_was_given_and_takes_keys() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let tmux = Tmux::start(&shell(
        64,
        20,
        "stty size; echo $TERM $GREETING; read line; echo \"got $line\"; exit 7",
    ));
    let screen = tmux.wait_for("habari", Duration::from_secs(10));
    assert!(
        screen.starts_with("20 64\nxterm-256color habari"),
        "{screen}"
    );
    tmux.type_text("adm/2023/001");
    tmux.press("Enter");
    tmux.wait_for("got adm/2023/001", Duration::from_secs(10));
    assert_eq!(
        until("the end", Duration::from_secs(10), || tmux.exit_status()),
        7
    );
}

#[test]
fn colours_of_blanks_at_line_ends_are_captured() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let tmux = Tmux::start(&shell(
        20,
        5,
        "printf 'x\\033[47m   \\033[0m\\nready\\n'; read line",
    ));
    tmux.wait_for("ready", Duration::from_secs(10));
    let coloured = tmux.coloured();
    assert!(
        coloured
            .lines()
            .next()
            .is_some_and(|line| line.contains("[47m   ")),
        "{coloured:?}"
    );
}

#[test]
fn a_picture_of_a_terminal_is_read_by_two_decoders() {
    if tools::missing(&["tmux", "xterm", "Xvfb", "import", "zbarimg"]) {
        return;
    }
    let address = "http://192.0.2.7:8080/A/7K3M9QXZ";
    let code = qrcode::QrCode::new(address).expect("an address fits");
    let blank = " ".repeat(2 * (code.width() + 8));
    let paint = |colour: &qrcode::Color| {
        if *colour == qrcode::Color::Dark {
            "\\033[40m  "
        } else {
            "\\033[48;5;231m  "
        }
    };
    let colours = code.to_colors();
    let rows = colours.chunks(code.width()).map(|row| {
        let modules: String = row.iter().map(paint).collect();
        format!("\\033[48;5;231m        {modules}\\033[48;5;231m        \\033[0m\\n")
    });
    let quiet = format!("\\033[48;5;231m{blank}\\033[0m\\n").repeat(4);
    let drawing = format!("{quiet}{}{quiet}", rows.collect::<String>());

    let tmux = Tmux::start(&shell(
        100,
        50,
        &format!("printf '{drawing}'; printf ready; read line"),
    ));
    tmux.wait_for("ready", Duration::from_secs(10));
    let window = Window::onto(&tmux, 100, 50);
    until("both decoders", Duration::from_secs(20), || {
        let picture = window.picture();
        (decode::by_zbar(&picture) == [address] && decode::by_rqrr(&picture) == [address])
            .then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_opens_a_page_and_fills_in_a_form() {
    if tools::missing(&["chromium", "chromedriver"]) {
        return;
    }
    let form = "<title>Form</title><meta name=viewport content='width=device-width'>\
                <form action=/sent><input name=number><button>Go</button></form>";
    let router = Router::new()
        .route("/", get(Html(form)))
        .route("/sent", get(Html("<p>asante</p>")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port can be had");
    let url = format!(
        "http://{}/",
        listener
            .local_addr()
            .expect("a bound socket has an address")
    );
    tokio::spawn(async move { axum::serve(listener, router).await });

    let phone = Browser::phone(360, 740).await;
    phone.open(&url).await;
    assert_eq!(
        phone.script("return [innerWidth, innerHeight]").await,
        serde_json::json!([360, 740])
    );
    phone.fill("[name=number]", "adm/2023/001").await;
    phone.click("button").await;
    phone.wait_for("asante").await;
    assert_eq!(
        phone.url().await,
        format!("{url}sent?number=adm%2F2023%2F001")
    );
    assert!(phone.picture().await.starts_with(b"\x89PNG"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_keeps_what_it_is_given() {
    let Some(firestore) = Firestore::new_project() else {
        return;
    };
    assert!(firestore.documents("attendance_records").await.is_empty());
    firestore
        .put("attendance_records/one", "admission_number", "ADM/2023/001")
        .await;
    firestore
        .put("attendance_records/two", "admission_number", "ADM/2023/002")
        .await;
    let numbers = firestore
        .texts("attendance_records", "admission_number")
        .await;
    assert_eq!(numbers, ["ADM/2023/001", "ADM/2023/002"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_answers_as_it_is_told_and_remembers() {
    let portal = Portal::open().await;
    let send = async |number: &str, key: &str| {
        let body = serde_json::json!({"student": {"admission_number": number}});
        let request = http_client()
            .post(format!("{}/api/attendance/record", portal.url))
            .json(&body);
        let answer = request
            .header("Idempotency-Key", key)
            .timeout(Duration::from_millis(300))
            .send()
            .await;
        answer.map(|answer| answer.status().as_u16()).ok()
    };
    for (mood, status) in [
        (Mood::Busy, Some(503)),
        (Mood::Refuses, Some(422)),
        (Mood::Hangs, None),
        (Mood::ShowsAPage, Some(200)),
        (Mood::SaysNo, Some(200)),
    ] {
        portal.becomes(mood);
        assert_eq!(send("ADM/2023/001", "key-1").await, status, "{mood:?}");
    }
    assert!(portal.taken().is_empty());
    portal.becomes(Mood::Takes);
    assert_eq!(send("ADM/2023/001", "key-1").await, Some(200));
    portal.becomes(Mood::HasIt);
    assert_eq!(send("ADM/2023/001", "key-1").await, Some(409));
    assert_eq!(portal.taken(), ["ADM/2023/001"]);
    assert_eq!(portal.calls().len(), 7);
}
