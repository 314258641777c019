//! `kiosk demo` in a terminal: scanned, opened on a phone, used.

use std::net::IpAddr;
use std::time::Duration;

use crate::support::browser::Browser;
use crate::support::kiosk::{Kiosk, START};
use crate::support::process::{Process, free_port, output_of};
use crate::support::screenshot::Window;
use crate::support::wait::until;
use crate::support::{decode, tools};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_scanned_from_its_screen_and_checks_a_student_in() {
    if tools::missing(&[
        "tmux",
        "xterm",
        "Xvfb",
        "import",
        "zbarimg",
        "chromium",
        "chromedriver",
    ]) {
        return;
    }
    let mut kiosk = Kiosk::new();
    let port = free_port();
    kiosk.set("KIOSK__SERVER__BIND", &format!("0.0.0.0:{port}"));
    if has_address() {
        // The demo is to find its own address.
        kiosk.set("KIOSK__SERVER__PUBLIC_URL", "");
    } else {
        kiosk.set(
            "KIOSK__SERVER__PUBLIC_URL",
            &format!("http://127.0.0.1:{port}"),
        );
    }
    let tmux = kiosk.in_terminal(80, 24, &["demo", "--arrivals-per-minute", "0"]);
    tmux.wait_for(&format!(":{port}"), START);
    let window = Window::onto(&tmux, 80, 24);

    let address = until("two decoders that agree", Duration::from_secs(30), || {
        let picture = window.picture();
        let zbar = decode::by_zbar(&picture);
        (zbar.len() == 1 && zbar == decode::by_rqrr(&picture)).then(|| zbar[0].clone())
    });
    assert!(
        address.starts_with("http://") && address.contains(&format!(":{port}/A/")),
        "{address}"
    );

    let phone = Browser::phone(360, 740).await;
    phone.open(&address).await;
    let is_too_wide = phone
        .script("return document.documentElement.scrollWidth > innerWidth")
        .await;
    assert_eq!(is_too_wide, false, "the form is wider than the phone");
    phone.fill("[name=admission_number]", "zz/2026/9qx").await;
    phone.fill("[name=student_name]", "Asha Mwangi").await;
    phone.click("button").await;
    let page = phone.wait_for("ZZ/2026/9QX").await;
    assert!(page.contains("Asha Mwangi"), "{page}");
    tmux.wait_for("9QX", Duration::from_secs(1));
}

#[test]
fn the_demo_leaves_nothing_behind() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let kiosk = Kiosk::new();
    let port = kiosk.port();
    let before = files_of(&kiosk);
    let tmux = kiosk.in_terminal(80, 24, &["demo"]);
    tmux.wait_for(&format!(":{port}"), START);
    output_of(std::process::Command::new("kill").args(["-TERM", &tmux.pid().to_string()]));
    assert_eq!(
        until("the end", Duration::from_secs(10), || tmux.exit_status()),
        0
    );
    assert_eq!(files_of(&kiosk), before);
}

#[test]
fn the_demo_does_not_play_with_a_real_kiosks_students() {
    let (kiosk, _session) = Kiosk::with_open_session();
    let data = kiosk.data();
    let folder = data.to_string_lossy();
    let arguments = ["demo", "--headless", "--data-dir", &folder];
    let mut demo = Process::start(&mut kiosk.command(&arguments));
    assert_eq!(demo.end(START), 1);
    let (_, said) = kiosk.refusal(&arguments);
    assert!(
        said.contains("kiosk in use") && said.contains("--data-dir"),
        "{said}"
    );
}

fn files_of(kiosk: &Kiosk) -> Vec<std::ffi::OsString> {
    let entries = std::fs::read_dir(kiosk.folder()).expect("the folder can be read");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    names
}

/// Whether this machine has an address that a phone could reach.
fn has_address() -> bool {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().any(|interface| match interface.ip() {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(_) => false,
    })
}
