//! Staff at a browser: signing in, what that opens, and everything that must stay closed.

use axum::http::Method;
use axum::http::header::{HOST, ORIGIN};

use super::*;
use crate::services::Pin;

/// A browser of the staff. It sends what browsers send with a form of the page they are on.
pub(super) struct Laptop<'a> {
    kiosk: &'a Kiosk,
    pub(super) cookie: Option<String>,
    address: &'static str,
}

const HERE: &str = "10.0.0.2:8080";
pub(super) const PIN: &str = "246813";
/// The page of a record that there is not: whether one may look comes first.
const NO_RECORD: &str = "/admin/attendance/5f0c2a91-0000-4000-8000-000000000000";

impl<'a> Laptop<'a> {
    fn new(kiosk: &'a Kiosk) -> Self {
        Self {
            kiosk,
            cookie: None,
            address: "10.0.0.9:1",
        }
    }

    pub(super) fn at(kiosk: &'a Kiosk, address: &'static str) -> Self {
        Self {
            address,
            ..Self::new(kiosk)
        }
    }

    pub(super) async fn signed_in(kiosk: &'a Kiosk, staff_id: &str) -> Self {
        let mut laptop = Self::new(kiosk);
        laptop.sign_in(staff_id, PIN).await.is(303);
        assert!(laptop.cookie.is_some());
        laptop
    }

    pub(super) async fn sign_in(&mut self, staff_id: &str, pin: &str) -> Answer {
        let answer = self
            .post("/login", &[("staff_id", staff_id), ("pin", pin)])
            .await;
        let cookies = answer.headers.get_all(SET_COOKIE).iter();
        let cookies: Vec<_> = cookies
            .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap())
            .collect();
        if !cookies.is_empty() {
            self.cookie = Some(cookies.join("; "));
        }
        answer
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, HERE)
            .extension(ConnectInfo(self.address.parse::<SocketAddr>().unwrap()));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.kiosk.send(request).await
    }

    /// Opens a stream of events.
    async fn open_stream(&self, path: &str) -> Body {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let response = self.kiosk.site().oneshot(request).await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        response.into_body()
    }

    /// Sends a form from the kiosk's own page, with this sign-in's key.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let key = self.form_key().unwrap_or_default();
        let mut fields = fields.to_vec();
        fields.push(("form_key", &key));
        self.post_raw(path, &fields, Some(&format!("http://{HERE}")))
            .await
    }

    async fn post_raw(&self, path: &str, fields: &[(&str, &str)], origin: Option<&str>) -> Answer {
        let form: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", crate::web::percent::encode(value)))
            .collect();
        let mut request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let request = request.body(Body::from(form.join("&"))).unwrap();
        self.kiosk.send(request).await
    }

    fn form_key(&self) -> Option<String> {
        let (_, value) = self.cookie.as_ref()?.split(';').next()?.split_once('=')?;
        Some(SignInToken::from_cookie(value)?.form_key())
    }
}

/// A kiosk with an administrator S1, who holds CS101, and a lecturer L2, who holds LAW200.
async fn school() -> Kiosk {
    with_staff(Kiosk::start().await).await
}

pub(super) async fn with_staff(kiosk: Kiosk) -> Kiosk {
    let administration = &kiosk.administration;
    let pin = || Pin::parse(PIN).unwrap();
    let id = |text| StaffId::parse(text).unwrap();
    administration
        .set_pin(Actor::Shell("shell"), id("S1"), pin())
        .await
        .unwrap();
    let name = PersonName::parse("Lucy Lawyer").unwrap();
    administration
        .add_lecturer(
            Actor::Shell("shell"),
            id("L2"),
            name,
            String::new(),
            false,
            Some(pin()),
        )
        .await
        .unwrap();
    let unit = NewUnit {
        code: UnitCode::parse("LAW200").unwrap(),
        name: "Contract Law".to_owned(),
        lecturer: id("L2"),
        planned_lessons: None,
    };
    administration
        .add_unit(Actor::Shell("shell"), unit)
        .await
        .unwrap();
    kiosk
}

/// Every page that only staff may see; those of the office come last.
fn pages(kiosk: &Kiosk) -> Vec<String> {
    let id = kiosk.session.id;
    [
        "/board/",
        &format!("/board/{id}"),
        &format!("/board/{id}/screen"),
        &format!("/board/{id}/qr.svg"),
        &format!("/board/{id}/export/session.csv"),
        &format!("/board/{id}/export/unit.json"),
        &format!("/board/{id}/export/exam.json"),
        &format!("/board/{id}/student?number=ADM%2F1"),
        &format!("/board/{id}/numbers"),
        &format!("/lectures/{id}"),
        "/students/number?number=ADM%2F1",
        "/units/CS101",
        "/units/CS101/export/exam.json",
        &format!("/api/sessions/{id}/board"),
        &format!("/api/sessions/{id}/events"),
        "/api/sync/events",
        "/admin/students",
        "/admin/student?number=ADM%2F1",
        "/admin/student/why?number=ADM%2F1&unit=CS101",
        "/admin/student/withdraw?number=ADM%2F1&unit=CS101",
        "/admin/attendance",
        NO_RECORD,
        "/admin/sync",
        "/admin/units",
        "/admin/unit?code=CS101",
        "/admin/lecturers",
        "/admin/lecturer?staff_id=S1",
        "/admin/audit",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Everything that a form of the staff can be sent to.
fn forms(kiosk: &Kiosk) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let number = ("number", "ADM/1");
    vec![
        ("/logout".to_owned(), vec![]),
        (format!("/board/{}/close", kiosk.session.id), vec![]),
        (
            format!("/board/{}/student", kiosk.session.id),
            vec![number, ("do", "mark")],
        ),
        (
            format!("/board/{}/numbers", kiosk.session.id),
            vec![("numbers", "ADM/1"), ("do", "mark")],
        ),
        (
            format!("/board/{}/excuse", kiosk.session.id),
            vec![number, ("category", "medical"), ("do", "lecture")],
        ),
        (
            format!("/lectures/{}", kiosk.session.id),
            vec![("do", "extend"), ("minutes", "5")],
        ),
        ("/students/number".to_owned(), vec![number, ("do", "undo")]),
        (
            "/units/CS101/settle".to_owned(),
            vec![
                ("lecture", kiosk.session.id.to_string().leak()),
                ("do", "not_held"),
            ],
        ),
        (
            "/units/CS101/enrol".to_owned(),
            vec![number, ("from", "2026-11-20")],
        ),
        (
            "/units/CS101/withdraw".to_owned(),
            vec![number, ("last_day", "2026-11-22")],
        ),
        ("/units/CS101/add".to_owned(), vec![]),
        (
            "/units/CS101/rules".to_owned(),
            vec![("required_percent", "50")],
        ),
        ("/units/CS101/finished".to_owned(), vec![("finished", "1")]),
        (
            "/units/CS101/assign".to_owned(),
            vec![("staff_id", "L2"), ("role", "owner")],
        ),
        ("/units/CS101/retired".to_owned(), vec![("retired", "1")]),
        (
            "/admin/student".to_owned(),
            vec![number, ("name", "Changed")],
        ),
        (
            "/admin/student/enrol".to_owned(),
            vec![number, ("unit", "LAW200")],
        ),
        (
            "/admin/student/withdraw".to_owned(),
            vec![number, ("unit", "CS101")],
        ),
        ("/admin/sync/retry".to_owned(), vec![]),
        (
            "/admin/units".to_owned(),
            vec![("code", "X1"), ("name", "X"), ("lecturer", "S1")],
        ),
        (
            "/admin/unit".to_owned(),
            vec![("code", "CS101"), ("name", "Changed"), ("lecturer", "S1")],
        ),
        (
            "/admin/lecturers".to_owned(),
            vec![("staff_id", "X9"), ("name", "Somebody New")],
        ),
        (
            "/admin/lecturer".to_owned(),
            vec![
                ("staff_id", "L2"),
                ("name", "Changed Name"),
                ("is_admin", "1"),
            ],
        ),
        (
            "/admin/lecturer/pin".to_owned(),
            vec![
                ("staff_id", "S1"),
                ("pin", "9999"),
                ("again", "9999"),
                ("replace", "1"),
            ],
        ),
    ]
}

/// How much staff have changed: everything that they do is in the audit log.
async fn changes(kiosk: &Kiosk) -> usize {
    let filter = AuditFilter {
        limit: 1000,
        ..AuditFilter::default()
    };
    let trail = kiosk.corrections.trail(Actor::Shell("shell"), filter).await;
    trail.unwrap().len()
}

/// Every path that staff may ask for or send to, as the router has it: `("get", "/board/{session_id}")`.
async fn routes(kiosk: &Kiosk) -> Vec<(&'static str, String)> {
    // What is asked for before a sign-in, or holds nothing, or only leads elsewhere.
    const OPEN: [&str; 7] = [
        "/login",
        "/assets/staff.css",
        "/assets/staff.js",
        "/board",
        "/admin",
        "/admin/",
        "/",
    ];
    let sources = [
        include_str!("../router.rs"),
        include_str!("../admin/mod.rs"),
    ];
    let staff = sources[0].split_once("fn staff()").unwrap().1;
    let staff = staff.split_once("/// Routes with everything").unwrap().0;
    let mut found = Vec::new();
    for source in [staff, sources[1]] {
        let source: String = source.split_whitespace().collect();
        for route in source.split(".route(\"").skip(1) {
            let (path, handlers) = route.split_once('"').unwrap();
            if OPEN.contains(&path) {
                continue;
            }
            for method in ["get", "post"] {
                if handlers.contains(&format!("{method}(")) {
                    found.push((method, path.to_owned()));
                }
            }
        }
    }
    // What programs may ask for is declared with its description.
    let described = kiosk.get("/api/openapi.json").await.json();
    for (path, operations) in described["paths"].as_object().unwrap() {
        for method in ["get", "post"] {
            if operations[method]["security"].is_array() {
                found.push((method, path.clone()));
            }
        }
    }
    assert_eq!(
        found
            .iter()
            .filter(|(_, path)| path.starts_with("/api/"))
            .count(),
        staff.matches("routes!(").count()
    );
    found
}

#[tokio::test]
async fn the_tests_ask_for_every_path_of_staff_that_the_router_has() {
    let kiosk = school().await;
    let asked = |method: &str| -> Vec<String> {
        if method == "get" {
            return pages(&kiosk);
        }
        forms(&kiosk).into_iter().map(|(path, _)| path).collect()
    };
    // A part in braces stands for anything.
    let is_one_of = |asked: &str, route: &str| {
        let path = asked.split('?').next().unwrap();
        let parts = path.split('/').zip(route.split('/'));
        path.split('/').count() == route.split('/').count()
            && parts
                .into_iter()
                .all(|(part, of)| part == of || of.starts_with('{'))
    };
    let routes = routes(&kiosk).await;
    assert!(routes.len() > 20, "the router is read: {routes:?}");
    for (method, route) in routes {
        let is_asked = asked(method).iter().any(|path| is_one_of(path, &route));
        assert!(is_asked, "no test asks for {method} {route}");
    }
}

#[tokio::test]
async fn no_staff_page_opens_without_a_sign_in() {
    let kiosk = school().await;
    let stranger = Laptop::new(&kiosk);
    for page in pages(&kiosk) {
        let answer = stranger.get(&page).await;
        if page.starts_with("/api/") {
            assert_eq!(answer.is(401).json()["success"], false, "{page}");
        } else {
            let to = answer.is(303).header("location");
            assert!(to.starts_with("/login?next=%2F"), "{page}: {to}");
        }
        assert!(!answer.text.contains("Amina"), "{page}");
    }
}

#[tokio::test]
async fn no_staff_form_is_taken_without_a_sign_in() {
    let kiosk = school().await;
    let before = changes(&kiosk).await;
    let stranger = Laptop::new(&kiosk);
    for (path, fields) in forms(&kiosk) {
        stranger.post(&path, &fields).await.is(401);
    }
    assert_eq!(changes(&kiosk).await, before);
}

#[tokio::test]
async fn a_lecturer_gets_nowhere_near_the_office_or_other_boards() {
    let kiosk = school().await;
    let before = changes(&kiosk).await;
    let lecturer = Laptop::signed_in(&kiosk, "L2").await;
    for page in pages(&kiosk).into_iter().skip(1) {
        let answer = lecturer.get(&page).await;
        assert!(!answer.is(403).text.contains("Amina"), "{page}");
    }
    for (path, fields) in forms(&kiosk).into_iter().skip(1) {
        lecturer.post(&path, &fields).await.is(403);
    }
    assert_eq!(changes(&kiosk).await, before);
    let list = lecturer.get("/board/").await;
    assert!(!list.is(200).text.contains("CS101") && !list.text.contains("/admin/"));
}

#[tokio::test]
async fn an_administrator_opens_every_page() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    for page in pages(&kiosk) {
        if page.ends_with("/events") || page.ends_with("qr.svg") || page == NO_RECORD {
            continue;
        }
        let answer = admin.get(&page).await;
        answer.is(200);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{page}"
        );
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("cache-control"), "no-store", "{page}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{page}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{page}");
        for inline in ["<script>", " style=\"", " onclick", "javascript:"] {
            assert!(!answer.text.contains(inline), "{page}: {inline}");
        }
    }
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_staff() {
    let kiosk = school().await;
    let stranger = Laptop::new(&kiosk);
    stranger.get("/metrics").await.is(401);
    let request = Request::get("/metrics")
        .extension(ConnectInfo("127.0.0.1:1".parse::<SocketAddr>().unwrap()))
        .body(Body::empty())
        .unwrap();
    let figures = kiosk.send(request).await;
    figures
        .is(200)
        .says("# TYPE kiosk_http_answers_total counter")
        .says("kiosk_http_answers_total{class=\"4xx\"} 1");
    for line in figures.text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            name.starts_with("kiosk_") && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
    let lecturer = Laptop::signed_in(&kiosk, "L2").await;
    lecturer.get("/metrics").await.is(200);
}

#[tokio::test]
async fn an_address_of_their_own_keeps_staff_pages_from_the_phones() {
    use crate::web::Audience;
    let kiosk = school().await;
    let at = async |audience, path: &str| {
        let site = router(kiosk.web.clone().serving(audience));
        let request = Request::get(path)
            .extension(ConnectInfo("127.0.0.1:1".parse::<SocketAddr>().unwrap()))
            .body(Body::empty())
            .unwrap();
        Answer::read(site.oneshot(request).await.unwrap()).await
    };
    for path in ["/login", "/board/", "/admin/students", "/assets/staff.js"] {
        at(Audience::Students, path).await.is(404);
    }
    for path in ["/A/000000", "/api/status", "/api/check-ins/x"] {
        at(Audience::Staff, path).await.is(404).says("nothing here");
    }
    at(Audience::Staff, "/").await.is(303);
    at(Audience::Staff, "/login").await.is(200);
    at(Audience::Students, "/").await.is(200);
}

#[tokio::test]
async fn hostile_names_are_text_on_every_staff_page() {
    let kiosk = school().await;
    kiosk
        .phone()
        .check_in("<B>1", "<script>alert(1)</script>")
        .await
        .is(200);
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    for page in [
        "/admin/students",
        "/admin/attendance",
        "/admin/student?number=%3CB%3E1",
    ] {
        let page = admin.get(page).await;
        assert!(
            !page.is(200).text.contains("<script>alert"),
            "{}",
            page.text
        );
        page.says("&lt;script&gt;");
    }
    admin
        .get(&format!("/board/{}", kiosk.session.id))
        .await
        .says("&lt;script&gt;");
    admin
        .get("/admin/students?q=%3Cscript%3E")
        .await
        .says("value=\"&lt;script&gt;\"");
}

#[tokio::test]
async fn paths_that_climb_and_fields_that_break_lines_lead_nowhere() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    for path in [
        "/assets/../kiosk.db",
        "/assets/%2e%2e/kiosk.db",
        "/assets/..%2fkiosk.db",
        "/board/..%2f..%2fetc%2fpasswd",
        "/admin/attendance/..%2f..%2fkiosk.db",
    ] {
        admin.get(path).await.is(404);
    }
    let broken = format!("ADM/1{}", "\r\nSet-Cookie: a=b");
    let answer = admin
        .post(
            "/admin/student/enrol",
            &[("number", &broken), ("unit", "CS101")],
        )
        .await;
    answer.is(404);
    assert!(answer.headers.get(SET_COOKIE).is_none());
}

mod board;
mod corrections;
mod excuses;
mod language;
mod lectures;
mod numbers;
mod office;
mod punctuality;
mod sign_in;
mod units;
