//! Staff at a browser: signing in, what that opens, and everything that must stay closed.

use axum::http::Method;
use axum::http::header::{HOST, ORIGIN};

use super::*;
use crate::services::Pin;

/// A browser of the staff. It sends what browsers send with a form of the page they are on.
struct Laptop<'a> {
    kiosk: &'a Kiosk,
    cookie: Option<String>,
}

const HERE: &str = "10.0.0.2:8080";
const PIN: &str = "246813";
/// The page of a record that there is not: whether one may look comes first.
const NO_RECORD: &str = "/admin/attendance/5f0c2a91-0000-4000-8000-000000000000";

impl<'a> Laptop<'a> {
    fn new(kiosk: &'a Kiosk) -> Self {
        Self {
            kiosk,
            cookie: None,
        }
    }

    async fn signed_in(kiosk: &'a Kiosk, staff_id: &str) -> Self {
        let mut laptop = Self::new(kiosk);
        laptop.sign_in(staff_id, PIN).await.is(303);
        assert!(laptop.cookie.is_some());
        laptop
    }

    async fn sign_in(&mut self, staff_id: &str, pin: &str) -> Answer {
        let answer = self
            .post("/login", &[("staff_id", staff_id), ("pin", pin)])
            .await;
        if let Some(cookie) = answer.headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(cookie.to_owned());
        }
        answer
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, HERE)
            .extension(ConnectInfo("10.0.0.9:1".parse::<SocketAddr>().unwrap()));
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
            .map(|(name, value)| format!("{name}={}", crate::web::cookies::encode_percent(value)))
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
        let (_, value) = self.cookie.as_ref()?.split_once('=')?;
        Some(SignInToken::from_cookie(value)?.form_key())
    }
}

/// A kiosk with an administrator S1, who holds CS101, and a lecturer L2, who holds LAW200.
async fn school() -> Kiosk {
    with_staff(Kiosk::start().await).await
}

async fn with_staff(kiosk: Kiosk) -> Kiosk {
    let registrar = &kiosk.registrar;
    let pin = || Pin::parse(PIN).unwrap();
    let id = |text| StaffId::parse(text).unwrap();
    registrar.set_pin(id("S1"), pin(), "shell").await.unwrap();
    let name = StudentName::parse("Lucy Lawyer").unwrap();
    registrar
        .add_lecturer(id("L2"), name, String::new(), false, Some(pin()), "shell")
        .await
        .unwrap();
    let unit = NewUnit {
        code: UnitCode::parse("LAW200").unwrap(),
        name: "Contract Law".to_owned(),
        lecturer: id("L2"),
        planned_lessons: None,
    };
    registrar.add_unit(unit, "shell").await.unwrap();
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
    let trail = kiosk
        .web
        .corrections
        .trail(By::Shell("shell"), filter)
        .await;
    trail.unwrap().len()
}

/// Every path that staff may ask for or send to, as the router has it: `("get", "/board/{session_id}")`.
fn routes() -> Vec<(&'static str, String)> {
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
    let routes = routes();
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
async fn a_form_of_another_site_changes_nothing() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let other = Laptop::signed_in(&kiosk, "S1").await;
    let (key, others_key) = (admin.form_key().unwrap(), other.form_key().unwrap());
    let own = format!("http://{HERE}");
    let before = changes(&kiosk).await;
    for (path, fields) in forms(&kiosk) {
        let with = |key: Option<&'static str>| {
            let mut fields = fields.clone();
            fields.extend(key.map(|key| ("form_key", key)));
            fields
        };
        let keyed: Vec<(&str, &str)> = [&fields[..], &[("form_key", key.as_str())]].concat();
        let others: Vec<(&str, &str)> =
            [&fields[..], &[("form_key", others_key.as_str())]].concat();
        for (fields, origin) in [
            (with(None), Some(own.as_str())),
            (with(Some("nonsense")), Some(own.as_str())),
            (others, Some(own.as_str())),
            (keyed.clone(), None),
            (keyed.clone(), Some("null")),
            (keyed.clone(), Some("http://evil.example")),
            (keyed, Some("http://10.0.0.2:9090")),
        ] {
            let answer = admin.post_raw(&path, &fields, origin).await;
            assert_eq!(answer.status, 403, "{path} {fields:?} {origin:?}");
        }
    }
    assert_eq!(changes(&kiosk).await, before);
}

#[tokio::test]
async fn nobody_is_signed_in_by_a_form_of_another_site() {
    let kiosk = school().await;
    let laptop = Laptop::new(&kiosk);
    let fields = [("staff_id", "S1"), ("pin", PIN)];
    for origin in [None, Some("null"), Some("http://evil.example")] {
        let answer = laptop.post_raw("/login", &fields, origin).await;
        assert!(answer.is(403).headers.get(SET_COOKIE).is_none());
    }
}

#[tokio::test]
async fn a_cookie_that_was_planted_is_worth_nothing_after_the_sign_in() {
    let kiosk = school().await;
    let planted = SignInToken::from_bytes([1; 32]).to_cookie();
    let mut laptop = Laptop::new(&kiosk);
    laptop.cookie = Some(format!("staff={planted}"));
    laptop.sign_in("S1", PIN).await.is(303);
    assert_ne!(laptop.cookie, Some(format!("staff={planted}")));
    let mut attacker = Laptop::new(&kiosk);
    attacker.cookie = Some(format!("staff={planted}"));
    attacker.get("/admin/students").await.is(303);
    // Signing in again ends the first sign-in of this browser.
    let first = laptop.cookie.clone();
    laptop.sign_in("S1", PIN).await.is(303);
    attacker.cookie = first;
    attacker.get("/admin/students").await.is(303);
    laptop.get("/admin/students").await.is(200);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_and_dies_with_the_browser() {
    let kiosk = school().await;
    let mut laptop = Laptop::new(&kiosk);
    let answer = laptop.sign_in("S1", PIN).await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains("Max-Age"));
    let kiosk = Kiosk::with(|site| {
        site.settings = WebSettings::read("", Vec::new(), 20, 300)
            .unwrap()
            .with_certificate();
    })
    .await;
    let pin = Pin::parse(PIN).unwrap();
    let id = StaffId::parse("S1").unwrap();
    kiosk.registrar.set_pin(id, pin, "shell").await.unwrap();
    let mut laptop = Laptop::new(&kiosk);
    let answer = laptop.sign_in("S1", PIN).await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-staff=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    laptop.get("/board/").await.is(200);
}

#[tokio::test]
async fn a_sign_in_ends_when_idle_after_a_day_with_the_pin_and_at_the_door() {
    let kiosk = school().await;
    let is_in = async |laptop: &Laptop<'_>| laptop.get("/board/").await.status == 200;
    // Idle.
    let idle = Laptop::signed_in(&kiosk, "S1").await;
    kiosk.pass(29 * 60);
    assert!(is_in(&idle).await, "in use");
    kiosk.pass(29 * 60);
    assert!(is_in(&idle).await, "in use again");
    kiosk.pass(31 * 60);
    assert!(!is_in(&idle).await, "left alone");
    // A whole day of use.
    let busy = Laptop::signed_in(&kiosk, "S1").await;
    for _ in 0..23 {
        kiosk.pass(25 * 60);
        assert!(is_in(&busy).await);
    }
    kiosk.pass(26 * 60);
    assert!(!is_in(&busy).await, "after ten hours");
    // A new PIN.
    let thief = Laptop::signed_in(&kiosk, "L2").await;
    assert!(is_in(&thief).await);
    let id = StaffId::parse("L2").unwrap();
    let pin = Pin::parse("97531").unwrap();
    kiosk.registrar.set_pin(id, pin, "shell").await.unwrap();
    assert!(!is_in(&thief).await, "the PIN is another");
    // Signing out, seen from a copy of the cookie.
    let leaver = Laptop::signed_in(&kiosk, "S1").await;
    let copy = Laptop {
        kiosk: &kiosk,
        cookie: leaver.cookie.clone(),
    };
    let left = leaver.post("/logout", &[]).await;
    assert!(left.is(303).header("set-cookie").contains("Max-Age=0"));
    assert!(!is_in(&copy).await, "signed out");
}

#[tokio::test]
async fn wrong_pins_lock_the_same_door_as_at_the_terminal() {
    let kiosk = school().await;
    let mut laptop = Laptop::new(&kiosk);
    for _ in 0..5 {
        let answer = laptop.sign_in("S1", "1111").await;
        answer
            .is(401)
            .says("do not belong together")
            .says("value=\"S1\"");
        assert!(!answer.text.contains("1111"));
    }
    laptop
        .sign_in("S1", PIN)
        .await
        .is(429)
        .says("Too many wrong PINs");
    let door = crate::services::StaffDoor::new(kiosk.store.clone(), kiosk.clock.clone());
    let at_the_terminal = door.sign_in("S1", PIN).await;
    assert!(
        matches!(
            at_the_terminal,
            Err(crate::services::SignInRefusal::Locked { .. })
        ),
        "{at_the_terminal:?}"
    );
    // An unknown id reads like a wrong PIN.
    laptop
        .sign_in("NOBODY", "1111")
        .await
        .is(401)
        .says("do not belong together");
}

#[tokio::test]
async fn the_sign_in_leads_back_and_nowhere_else() {
    let kiosk = school().await;
    let laptop = Laptop::new(&kiosk);
    let fields = |next| [("staff_id", "S1"), ("pin", PIN), ("next", next)];
    let back = laptop
        .post("/login", &fields("/admin/students?q=a%20b"))
        .await;
    assert_eq!(back.is(303).header("location"), "/admin/students?q=a%20b");
    for other in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/board/\r\nX: y",
    ] {
        let back = laptop.post("/login", &fields(other)).await;
        assert_eq!(back.is(303).header("location"), "/board/", "{other:?}");
    }
}

#[tokio::test]
async fn twenty_viewers_cost_one_board() {
    let kiosk = school().await;
    let boards = kiosk.web.boards.clone();
    let mut viewers = Vec::new();
    for _ in 0..20 {
        viewers.push(
            boards
                .watch(By::Lecturer(&kiosk.smith().await), kiosk.session.id)
                .await
                .unwrap(),
        );
    }
    // One, and perhaps another for what was still being announced when the first of them came.
    assert!(boards.computed() <= 2, "twenty came: {}", boards.computed());
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    for viewer in &mut viewers {
        let arrived = |board: &Arc<crate::services::LiveBoard>| board.roster.totals.present == 1;
        let board = viewer.wait_for(arrived).await.unwrap().clone();
        assert!(board.json.contains("\"present\":1"));
    }
    assert!(boards.computed() <= 4, "one came in: {}", boards.computed());
    // When the last has gone, nothing is computed any more.
    drop(viewers);
    kiosk
        .phone()
        .check_in("NEW/1", "Somebody New")
        .await
        .is(200);
    let seen = boards
        .watch(By::Lecturer(&kiosk.smith().await), kiosk.session.id)
        .await
        .unwrap();
    assert_eq!(seen.borrow().roster.totals.present, 2);
    assert!(boards.computed() <= 6, "all left: {}", boards.computed());
}

/// Waits until a board has changed; one that never does has failed.
async fn changed(board: &mut watch::Receiver<Arc<crate::services::LiveBoard>>) {
    let change = tokio::time::timeout(Duration::from_secs(20), board.changed());
    change.await.expect("the board changes").unwrap();
}

/// Reads a stream up to its next event of this name.
async fn next_event(body: &mut Body, name: &str) -> serde_json::Value {
    let mut text = String::new();
    loop {
        let frame = body.frame().await.expect("the stream goes on").unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        for event in text.split("\n\n") {
            if event.contains(&format!("event: {name}")) && text.ends_with("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                return serde_json::from_str(data.unwrap()).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_board_is_pushed_whole_and_a_latecomer_sees_the_present() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/api/sessions/{}/events", kiosk.session.id);
    let open = async || admin.open_stream(&path).await;
    let mut stream = open().await;
    let board = next_event(&mut stream, "board").await;
    assert_eq!(board["totals"]["absent"], 1);
    assert_eq!(board["code"], kiosk.code());
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    let board = next_event(&mut stream, "board").await;
    assert_eq!(board["students"][0]["mark"], "present");
    assert_eq!(board["students"][0]["local_time"], "09:00");
    // The laptop slept; what it missed is in the first thing that it is told.
    drop(stream);
    kiosk
        .phone()
        .check_in("NEW/1", "Somebody New")
        .await
        .is(200);
    let board = next_event(&mut open().await, "board").await;
    assert_eq!(board["totals"]["present"], 2);
    let plain = admin
        .get(&format!("/api/sessions/{}/board", kiosk.session.id))
        .await;
    assert_eq!(plain.json()["totals"], board["totals"]);
}

/// Reads a stream to its end; one that goes on has failed.
async fn rest_of(mut body: Body) -> String {
    let mut text = String::new();
    let rest = async {
        while let Some(frame) = body.frame().await {
            text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(20), rest).await;
    ended.expect("the stream ends");
    text
}

#[tokio::test]
async fn a_stream_ends_with_the_sign_in_and_with_the_right_to_see_it() {
    let kiosk = school().await;
    let events = format!("/api/sessions/{}/events", kiosk.session.id);
    let watching = async || {
        let laptop = Laptop::signed_in(&kiosk, "S1").await;
        let mut stream = laptop.open_stream(&events).await;
        next_event(&mut stream, "board").await;
        (laptop, stream)
    };
    // Whoever has signed out is not shown who comes next.
    let (laptop, stream) = watching().await;
    laptop.post("/logout", &[]).await.is(303);
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    assert!(!rest_of(stream).await.contains("event: board"));

    let (_laptop, stream) = watching().await;
    let id = |text| StaffId::parse(text).unwrap();
    let pin = Pin::parse(PIN).unwrap();
    let registrar = &kiosk.registrar;
    registrar.set_pin(id("S1"), pin, "shell").await.unwrap();
    rest_of(stream).await;

    // Over is over, also where nobody does anything.
    let (_laptop, stream) = watching().await;
    kiosk.pass(24 * 3600);
    rest_of(stream).await;

    // Who is no administrator any more sees the office no more.
    let name = || StudentName::parse("Ada Admin").unwrap();
    let pin = Pin::parse(PIN).ok();
    let added = registrar.add_lecturer(id("A3"), name(), String::new(), true, pin, "shell");
    added.await.unwrap();
    let laptop = Laptop::signed_in(&kiosk, "A3").await;
    let mut stream = laptop.open_stream("/api/sync/events").await;
    next_event(&mut stream, "sync").await;
    let change = crate::services::LecturerChange {
        name: name(),
        department: String::new(),
        is_admin: false,
    };
    let office = &kiosk.web.office;
    office
        .change_lecturer(id("A3"), change, &id("S1"))
        .await
        .unwrap();
    rest_of(stream).await;
}

#[tokio::test]
async fn the_code_on_the_board_follows_the_rotation_and_goes_with_the_session() {
    let kiosk = school().await;
    kiosk
        .show(|picture| picture.address = Some("http://10.0.0.2:8080".to_owned()))
        .await;
    let mut board = kiosk
        .web
        .boards
        .watch(By::Lecturer(&kiosk.smith().await), kiosk.session.id)
        .await
        .unwrap();
    let first = board.borrow_and_update().code;
    kiosk.pass(21);
    changed(&mut board).await;
    let second = board.borrow_and_update().code;
    assert_ne!(first, second);
    assert_eq!(second.unwrap().to_string(), kiosk.code());
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/board/{}", kiosk.session.id);
    let qr = admin.get(&format!("{path}/qr.svg")).await;
    assert_eq!(qr.is(200).header("content-type"), "image/svg+xml");
    admin.post(&format!("{path}/close"), &[]).await.is(303);
    changed(&mut board).await;
    assert_eq!(board.borrow_and_update().code, None);
    admin.get(&format!("{path}/qr.svg")).await.is(404);
}

#[tokio::test]
async fn the_office_changes_what_it_is_told_and_writes_it_down() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    // A mistake stays in the form with a sentence beside it.
    let wrong = [
        ("number", "ADM/1"),
        ("name", "Amina\u{202e}"),
        ("email", ""),
        ("phone", ""),
    ];
    admin
        .post("/admin/student", &wrong)
        .await
        .is(422)
        .says("id=\"name-error\"");
    let right = [
        ("number", "ADM/1"),
        ("name", "Amina W. Otieno"),
        ("email", "a@b.c"),
        ("phone", "1"),
    ];
    admin.post("/admin/student", &right).await.is(303);
    admin
        .get("/admin/students?q=amina")
        .await
        .is(200)
        .says("Amina W. Otieno")
        .says("a@b.c");
    let unit = |unit| [("number", "ADM/1"), ("unit", unit)];
    admin
        .post("/admin/student/enrol", &unit("LAW200"))
        .await
        .is(303);
    admin.get("/admin/students?unit=LAW200").await.says("ADM/1");
    admin
        .get("/admin/student/withdraw?number=ADM%2F1&unit=LAW200")
        .await
        .says("Withdraw ADM/1 from LAW200?");
    admin
        .post("/admin/student/withdraw", &unit("LAW200"))
        .await
        .is(303);
    let list = admin.get("/admin/students?unit=LAW200").await;
    assert!(!list.text.contains("ADM/1<"));
    let taken = [("code", "law200"), ("name", "Again"), ("lecturer", "S1")];
    admin
        .post("/admin/units", &taken)
        .await
        .is(422)
        .says("There is a unit LAW200 already.");
    let stranger = [("code", "NEW1"), ("name", "New"), ("lecturer", "NOBODY")];
    admin
        .post("/admin/units", &stranger)
        .await
        .is(422)
        .says("There is no lecturer NOBODY.");
    let change = [
        ("code", "LAW200"),
        ("name", "Law"),
        ("lecturer", "S1"),
        ("planned_lessons", "9"),
    ];
    admin.post("/admin/unit", &change).await.is(303);
    // Nobody locks everybody out of the office.
    let only_one = [("staff_id", "S1"), ("name", "Dr. Smith")];
    // The rank is not taken away by a box that was unticked in passing.
    let asked = admin.post("/admin/lecturer", &only_one).await;
    asked.is(200).says("Take it away");
    let confirmed = [&only_one[..], &[("confirmed", "1")]].concat();
    admin
        .post("/admin/lecturer", &confirmed)
        .await
        .is(422)
        .says("has to stay an administrator");
    let pins = [("staff_id", "L2"), ("pin", "1234"), ("again", "4321")];
    admin
        .post("/admin/lecturer/pin", &pins)
        .await
        .is(422)
        .says("not the same");
    let same = [("staff_id", "L2"), ("pin", "1357"), ("again", "1357")];
    let asked = admin.post("/admin/lecturer/pin", &same).await;
    asked.is(422).says("id=\"replace-error\"");
    let _old = Laptop::signed_in(&kiosk, "L2").await;
    let confirmed = [&same[..], &[("replace", "1")]].concat();
    admin.post("/admin/lecturer/pin", &confirmed).await.is(303);
    let mut new = Laptop::new(&kiosk);
    new.sign_in("L2", "1357").await.is(303);
    let log = admin.get("/admin/audit").await;
    for about in ["Amina W. Otieno", "a@b.c", "LAW200"] {
        log.says(about);
    }
    let units = admin.get("/admin/audit?action=unit").await;
    assert!(!units.says("LAW200").text.contains("a@b.c"));
}

#[tokio::test]
async fn the_lists_are_searched_sorted_and_paged() {
    let kiosk = school().await;
    let students: Vec<ImportedStudent> = (0..120)
        .map(|n| ImportedStudent {
            admission_number: AdmissionNumber::parse(&format!("BIG/{n:03}")).unwrap(),
            name: StudentName::parse(&format!("Student {:03}", 119 - n)).ok(),
            email: String::new(),
            phone: String::new(),
        })
        .collect();
    let unit = UnitCode::parse("LAW200").unwrap();
    kiosk
        .registrar
        .import(unit, students, "shell")
        .await
        .unwrap();
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let rows = |page: &Answer| page.text.matches("<th scope=\"row\">").count();
    let first = admin.get("/admin/students?unit=LAW200").await;
    assert_eq!(rows(&first), 50);
    first.says("page=1").says("121 in all");
    let last = admin.get("/admin/students?unit=LAW200&page=2").await;
    assert_eq!(rows(&last), 20);
    assert!(!last.text.contains("page=3"));
    let sorted = admin.get("/admin/students?unit=LAW200&sort=name").await;
    sorted.says("BIG/119").says("Student 000");
    assert_eq!(rows(&admin.get("/admin/students?q=big%2F11").await), 10);
    admin
        .get("/admin/students?q=%25")
        .await
        .says("No student is so called.");
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    assert_eq!(rows(&admin.get("/admin/attendance?sync=waiting").await), 1);
    assert_eq!(rows(&admin.get("/admin/attendance?sync=parked").await), 0);
    assert_eq!(
        rows(
            &admin
                .get("/admin/attendance?unit=CS101&date=2026-11-23")
                .await
        ),
        1
    );
    assert_eq!(
        rows(&admin.get("/admin/attendance?date=2026-11-24").await),
        0
    );
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
    use crate::web::Door;
    let kiosk = school().await;
    let at = async |door, path: &str| {
        let site = router(kiosk.web.clone().behind(door));
        let request = Request::get(path)
            .extension(ConnectInfo("127.0.0.1:1".parse::<SocketAddr>().unwrap()))
            .body(Body::empty())
            .unwrap();
        Answer::read(site.oneshot(request).await.unwrap()).await
    };
    for path in ["/login", "/board/", "/admin/students", "/assets/staff.js"] {
        at(Door::Students, path).await.is(404);
    }
    for path in ["/A/000000", "/api/status", "/api/check-ins/x"] {
        at(Door::Staff, path).await.is(404).says("nothing here");
    }
    at(Door::Staff, "/").await.is(303);
    at(Door::Staff, "/login").await.is(200);
    at(Door::Students, "/").await.is(200);
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

#[tokio::test]
async fn a_lecturer_puts_a_mark_right_and_the_log_says_why() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/board/{}/student", kiosk.session.id);
    let page = format!("{path}?number=ADM%2F1");
    let send = async |what, reason| {
        let fields = [("number", "ADM/1"), ("do", what), ("reason", reason)];
        admin.post(&path, &fields).await
    };
    admin.get(&page).await.is(200).says("Mark present");
    assert_eq!(send("mark", "").await.is(303).header("location"), page);
    admin.get(&page).await.says("Take the mark back");
    // What stands is changed only with a reason; what was typed stays in the form.
    send("unmark", "").await.is(422).says("id=\"reason-error\"");
    send("unmark", "<b>went home</b>").await.is(303);
    admin
        .get(&page)
        .await
        .says("&lt;b&gt;went home")
        .says("Mark present");
    send("undo", "came back").await.is(303);
    admin.get(&page).await.says("Take the mark back");
    admin
        .get("/admin/audit?student=ADM%2F1")
        .await
        .says("came back");
    // Somebody who is on no list yet.
    let stranger = [
        ("number", "NEW/9"),
        ("do", "mark"),
        ("reason", ""),
        ("name", ""),
    ];
    admin
        .post(&path, &stranger)
        .await
        .is(422)
        .says("id=\"name-error\"");
    let unusable = [
        ("number", "NEW/9"),
        ("do", "mark"),
        ("name", "\u{202e}drawkcab"),
    ];
    admin
        .post(&path, &unusable)
        .await
        .is(422)
        .says("The name contains characters");
    let named = [
        ("number", "NEW/9"),
        ("do", "mark"),
        ("name", "Somebody New"),
    ];
    admin.post(&path, &named).await.is(303);
    admin
        .get(&format!("/board/{}", kiosk.session.id))
        .await
        .says("Somebody New");
}

#[tokio::test]
async fn what_was_typed_for_a_correction_is_kept_beside_what_is_wrong_with_it() {
    let pending = |site: &mut Site| site.policy.unknown_students = UnknownStudents::Pending;
    let kiosk = with_staff(Kiosk::with(pending).await).await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    kiosk
        .phone()
        .check_in("ADM/11", "Amina Otieno")
        .await
        .is(200);
    let path = format!("/board/{}/student", kiosk.session.id);
    for into in ["ADM 1\u{7}", "ADM/999"] {
        let merge = [
            ("number", "ADM/11"),
            ("do", "merge"),
            ("reason", "A slip of the finger"),
            ("into", into),
        ];
        let page = admin.post(&path, &merge).await;
        page.is(422)
            .says("id=\"into-error\"")
            .says("A slip of the finger");
    }
    let long = "x".repeat(1000);
    let approve = [
        ("number", "ADM/11"),
        ("do", "approve"),
        ("reason", long.as_str()),
        ("into", "ADM/1"),
    ];
    let page = admin.post(&path, &approve).await;
    page.is(422)
        .says("id=\"reason-error\"")
        .says("value=\"ADM/1\"");
}

#[tokio::test]
async fn every_number_can_be_asked_why() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/board/{}/student", kiosk.session.id);
    let mark = [("number", "ADM/1"), ("do", "mark")];
    admin.post(&path, &mark).await.is(303);
    let on_the_board = admin.get(&format!("{path}?number=ADM%2F1")).await;
    let why = "/admin/student/why?number=ADM%2F1&unit=CS101";
    admin
        .get("/admin/student?number=ADM%2F1")
        .await
        .says(&why.replace('&', "&amp;"));
    let in_the_office = admin.get(why).await;
    for page in [on_the_board, in_the_office] {
        page.is(200)
            .says("1 of 1 held = 100.00 %")
            .says("1 of 12 planned = 8.33 %")
            .says("attended</span>");
    }
    admin
        .get(&format!("{why}&semester=2019-1"))
        .await
        .says("None has been opened yet");
    for nobody in ["number=ADM%2F404&unit=CS101", "number=ADM%2F1&unit=NO1"] {
        admin
            .get(&format!("/admin/student/why?{nobody}"))
            .await
            .is(404);
    }
}

#[tokio::test]
async fn the_monitor_shows_what_is_owed_and_has_it_tried_again() {
    let (status, statuses) = watch::channel(RemoteStatus::Connected);
    let (in_hand, in_hands) = watch::channel(Arc::from([]));
    let kiosk = Kiosk::with(|site| {
        site.policy.deliver_to = vec![Target::Portal];
        site.remotes = vec![crate::services::WatchedRemote {
            target: Target::Portal,
            status: statuses,
            in_hand: in_hands,
        }];
    })
    .await;
    let id = StaffId::parse("S1").unwrap();
    let pin = Pin::parse(PIN).unwrap();
    kiosk.registrar.set_pin(id, pin, "shell").await.unwrap();
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let monitor = async || admin.get("/admin/sync").await;
    monitor()
        .await
        .says("connected")
        .says("Everything has been delivered.");

    kiosk.phone().check_in("ADM/1", "").await.is(200);
    let due = async || {
        let now = kiosk.clock.steady();
        let due = kiosk.store.due(Target::Portal, "kiosk".to_owned(), now, 9);
        due.await.unwrap()
    };
    let record = due().await.remove(0).report.attendance_id;
    let later = kiosk.clock.steady() + Duration::from_secs(300);
    let postponed = crate::store::Settled {
        attendance_id: record,
        revision: 0,
        settlement: crate::store::Settlement::Postponed {
            next_attempt_at: later,
            error: "connection refused".to_owned(),
        },
    };
    let now = kiosk.clock.now();
    kiosk
        .store
        .settle(Target::Portal, vec![postponed], now)
        .await
        .unwrap();
    status.send_replace(RemoteStatus::Unreachable {
        error: "connection refused".to_owned(),
    });
    monitor()
        .await
        .says("offline")
        .says("0 of 1 delivered")
        .says("connection refused");
    assert!(due().await.is_empty());

    let id = record.to_string();
    let one = [("record", id.as_str()), ("target", "portal")];
    admin.post("/admin/sync/retry", &one).await.is(303);
    assert_eq!(due().await.len(), 1);
    in_hand.send_replace(Arc::from([record]));
    monitor().await.says("delivering").says("1 in hand");
}
