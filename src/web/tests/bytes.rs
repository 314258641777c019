//! Bytes where a form, a document, a cookie or a path should be: an answer of the 2xx to 4xx, and no other.

use axum::http::Method;

use super::*;
use crate::tests::fuzz::fuzz;

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn no_bytes_break_a_page() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let kiosk = runtime.block_on(Kiosk::with(|site| {
        // No limits: they would answer instead.
        site.settings = WebSettings::read("", Vec::new(), 0, 0).unwrap();
    }));
    let ticket = kiosk.desk.issue_ticket(kiosk.session.id, None);
    let ticket = runtime.block_on(ticket).unwrap();
    let cookie = kiosk.desk.device_cookie(kiosk.desk.new_device());
    fuzz("web", |input| {
        let (first, rest) = input.split_first().unwrap_or((&0, &[]));
        let code = kiosk.code();
        let body = String::from_utf8_lossy(rest)
            .replace("{code}", &code)
            .replace("{ticket}", &ticket)
            .replace("{cookie}", &cookie);
        // Where nothing stands for anything, the bytes as they are.
        let body = if rest.contains(&b'{') {
            body.into_bytes()
        } else {
            rest.to_vec()
        };
        let form = |path: String| (Method::POST, path, FORM);
        let (method, path, kind) = match first % 6 {
            0 => form(format!("/A/{code}")),
            1 => (
                Method::POST,
                "/api/check-ins".to_owned(),
                "application/json",
            ),
            2 => (Method::GET, format!("/A/{code}"), "text/plain"),
            3 => (
                Method::GET,
                String::from_utf8_lossy(&body).into_owned(),
                "text/plain",
            ),
            4 => form("/login".to_owned()),
            _ => form("/".to_owned()),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, kind);
        if first % 6 == 2 {
            request = request.header(COOKIE, body.as_slice());
        }
        // What no request can carry never arrives.
        let Ok(request) = request.body(Body::from(body)) else {
            return;
        };
        let answer = runtime.block_on(kiosk.send(request));
        let status = answer.status.as_u16();
        assert!(status < 500, "{status}: {}", answer.text);
    });
}
