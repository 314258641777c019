//! What somebody sends who means no good, or whose program is broken.

use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn markup_in_a_name_is_only_text() {
    let kiosk = Kiosk::start().await;
    let page = kiosk
        .phone()
        .check_in("x/1", "<script>alert(1)</script>&\"'")
        .await;
    page.is(200)
        .says("&lt;script&gt;alert(1)&lt;/script&gt;&amp;");
    assert!(!page.text.contains("<script"));
}

#[tokio::test]
async fn what_disturbs_a_terminal_or_a_page_is_refused_and_not_echoed() {
    let kiosk = Kiosk::start().await;
    for name in [
        "\u{1b}[2J",
        "a\u{202e}b",
        "a\0b",
        "a\r\nSet-Cookie: x=1",
        "\u{9b}1m",
        "a\u{2066}b",
    ] {
        let page = kiosk.phone().check_in("x/1", name).await;
        page.is(422).says("characters that cannot be used");
        for c in ['\u{1b}', '\u{202e}', '\0', '\r', '\n', '\u{9b}', '\u{2066}'] {
            assert!(!page.body().contains(c), "{name:?}");
        }
    }
    assert_eq!(kiosk.records().await, 0);
}

#[tokio::test]
async fn a_page_stays_small_whatever_was_typed() {
    let kiosk = Kiosk::start().await;
    let quotes = "\"".repeat(1200);
    let page = kiosk.phone().check_in(&quotes, "x").await;
    page.is(422).says("more than 50 characters");
    assert!(page.text.len() < 14 * 1024, "{}", page.text.len());
}

#[tokio::test]
async fn a_form_that_is_no_form_is_refused_with_a_page() {
    let kiosk = Kiosk::start().await;
    let path = format!("/A/{}", kiosk.code());
    let send = async |kind: Option<&str>, body: Vec<u8>| {
        let mut request = Request::post(&path);
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        kiosk.send(request.body(Body::from(body)).unwrap()).await
    };
    let form = Some("application/x-www-form-urlencoded; charset=utf-8");
    for (kind, body, status) in [
        (None, b"admission_number=1".to_vec(), 415),
        (
            Some("multipart/form-data; boundary=x"),
            b"--x--".to_vec(),
            415,
        ),
        (Some("application/json"), b"{}".to_vec(), 415),
        (form, b"admission_number=%ff".to_vec(), 400),
        (form, b"admission_number=\xff\xfe".to_vec(), 400),
        (form, b"admission_number=%".to_vec(), 400),
        (form, b"admission_number=1&admission_number=2".to_vec(), 400),
        (form, vec![b'a'; 10_000], 413),
        (form, Vec::new(), 422),
        (form, b"&&&==&a&%00=%00".to_vec(), 422),
    ] {
        let page = send(kind, body).await;
        page.is(status).says("<!DOCTYPE html>");
    }
    assert_eq!(kiosk.records().await, 0);
}

#[tokio::test]
async fn a_wrong_method_or_path_is_told_in_a_page() {
    let kiosk = Kiosk::start().await;
    kiosk.get("/nothing/here").await.is(404).says("href=\"/\"");
    let put = Request::put("/").body(Body::empty()).unwrap();
    let answer = kiosk.send(put).await;
    answer.is(405).says("<!DOCTYPE html>");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    kiosk.get("/A/K7M2QX/more").await.is(404);
}

#[tokio::test]
async fn reading_a_page_changes_nothing() {
    let kiosk = Kiosk::start().await;
    let code = kiosk.code();
    kiosk
        .get(&format!("/A/{code}?admission_number=ADM/1&student_name=X"))
        .await
        .is(200);
    assert_eq!(kiosk.records().await, 0);
}

#[tokio::test]
async fn forged_cookies_are_no_cookies() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    phone.cookies = vec![
        ("device".to_owned(), "A".repeat(43)),
        ("number".to_owned(), "%1B%5B2J".to_owned()),
    ];
    let form = phone.get(&format!("/A/{}", kiosk.code())).await;
    form.is(200).says("As on your student card.");
    assert_ne!(
        phone.cookie("device"),
        Some("A".repeat(43).as_str()),
        "it got one of its own"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_form(number in any::<String>(), name in any::<String>(), ticket in any::<String>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let kiosk = Kiosk::start().await;
            let path = format!("/A/{}", kiosk.code());
            let fields = [("admission_number", number.as_str()), ("student_name", &name), ("ticket", &ticket)];
            let page = kiosk.phone().post(&path, &fields).await;
            assert!(matches!(page.status.as_u16(), 200 | 413 | 422), "{}", page.status);
            assert!(page.text.len() < 14 * 1024);
        });
    }
}
