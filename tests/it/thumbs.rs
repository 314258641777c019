//! A student with a real browser, on a phone of 360 by 740 pixels: scan, type, done; and the exceptions.

use crate::support::browser::Browser;
use crate::support::kiosk::Kiosk;
use crate::support::tools::missing;

async fn fill_in(phone: &Browser, number: &str, name: &str) {
    phone.fill("[name=admission_number]", number).await;
    phone.fill("[name=student_name]", name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_scans_types_and_is_done_and_no_button_does_harm() {
    if missing(&["chromedriver"]) {
        return;
    }
    let (kiosk, session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let phone = Browser::phone(360, 740).await;
    let form = format!("{}/A/{}", kiosk.url(), kiosk.live_code());
    phone.open(&form).await;
    fill_in(&phone, "adm/2023/001", "محمد علي").await;
    // A double tap sends the form twice.
    phone
        .script("const tap = document.querySelector('button'); tap.click(); tap.click();")
        .await;
    let page = phone.wait_for("ADM/2023/001").await;
    for wanted in [
        "محمد علي",
        "CS101",
        "Introduction to Computing",
        "Dr. Smith",
        "8.33 %",
    ] {
        assert!(page.contains(wanted), "{wanted} in {page}");
    }
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 1);
    // Back to the form, and sent once more.
    phone.back().await;
    phone.fill("[name=admission_number]", "adm/2023/001").await;
    phone.click("button").await;
    phone.wait_for("Already checked in").await;
    // At the next lecture the form already has the number.
    phone.open(&form).await;
    let number = phone
        .script("return document.querySelector('[name=admission_number]').value")
        .await;
    assert_eq!(number, "ADM/2023/001");
    kiosk.done(&["session", "close", &session.id]);
    phone.open(&form).await;
    phone.wait_for("This class is closed").await;
    phone.open(&format!("{}/A/000000", kiosk.url())).await;
    phone.wait_for("This code is not known").await;
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_code_has_gone_types_the_new_one_and_keeps_the_rest() {
    if missing(&["chromedriver"]) {
        return;
    }
    let mut kiosk = Kiosk::new();
    // The shortest settings allowed: two steps and a ticket expire while the test waits.
    kiosk.set("KIOSK__QR__ROTATE_SECONDS", "5");
    kiosk.set("KIOSK__QR__TICKET_SECONDS", "10");
    kiosk.set_up_school();
    kiosk.open_session(&[]);
    let _server = kiosk.serve().await;
    let phone = Browser::phone(360, 740).await;
    let old = kiosk.live_code();
    phone.open(&format!("{}/A/{old}", kiosk.url())).await;
    fill_in(&phone, "ADM/1", "Fatuma Hassan").await;
    let expired = format!("{}/A/{old}", kiosk.url());
    let http = crate::support::http_client();
    crate::support::wait::until_async(
        "the code to expire",
        std::time::Duration::from_secs(40),
        async || {
            let answer = http.get(&expired).send().await.ok()?;
            (answer.status() == 410).then_some(())
        },
    )
    .await;
    phone.click("button").await;
    // The ticket may be valid a moment longer than the code.
    let page = phone.wait_for("ADM").await;
    if !page.contains("Checked in") {
        phone.fill("[name=code]", &kiosk.live_code()).await;
        phone.click("button").await;
        phone.wait_for("Checked in").await;
    }
    assert_eq!(kiosk.texts("SELECT name FROM students"), ["Fatuma Hassan"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_scripts_nor_cookies_are_needed() {
    if missing(&["chromedriver"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let without_scripts = Browser::without_scripts(360, 740).await;
    let without_cookies = Browser::without_cookies(360, 740).await;
    for (phone, number) in [(&without_scripts, "ADM/1"), (&without_cookies, "ADM/2")] {
        // Through the front page, without scanning.
        phone.open(&kiosk.url()).await;
        phone.fill("[name=code]", &kiosk.live_code()).await;
        phone.press("[name=code]").await;
        fill_in(phone, number, "Somebody New").await;
        phone.press("[name=student_name]").await;
        phone.find_sentence("Checked in").await;
    }
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 2);
    assert_eq!(
        kiosk.count("SELECT count(*) FROM attendance WHERE device_mark IS NULL"),
        1
    );
}
