//! Who is let in, how often, and what surrounds every answer.

use axum::http::header::{HOST, ORIGIN};
use axum::routing::get;
use serde_json::json;

use super::*;
use crate::web::Audience;
use crate::web::router::surrounded;

fn from(address: &str, path: &str) -> Request<Body> {
    let peer: SocketAddr = address.parse().unwrap();
    Request::get(path)
        .extension(ConnectInfo(peer))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn every_answer_keeps_to_itself() {
    let kiosk = Kiosk::start().await;
    for path in [
        "/",
        "/A/000000",
        "/nothing",
        "/api/status",
        "/api/nothing",
        "/healthz",
    ] {
        let answer = kiosk.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"));
    }
}

#[tokio::test]
async fn other_networks_are_told_which_to_join() {
    let networks = vec![Cidr::parse("10.0.0.0/8").unwrap()];
    let kiosk =
        Kiosk::with(|site| site.settings = WebSettings::read("", networks, 20, 300).unwrap()).await;
    kiosk.send(from("10.9.8.7:1", "/")).await.is(200);
    kiosk.send(from("[::ffff:10.9.8.7]:1", "/")).await.is(200);
    kiosk
        .send(from("192.168.1.1:1", "/"))
        .await
        .is(403)
        .says("10.0.0.0/8");
    kiosk
        .send(from("192.168.1.1:1", "/api/status"))
        .await
        .is(403)
        .json();
    kiosk.send(from("192.168.1.1:1", "/healthz")).await.is(200);
    kiosk.get("/").await.is(403);
}

#[tokio::test]
async fn names_that_a_stranger_may_own_are_refused_with_the_way_to_the_kiosk() {
    let url = "http://kiosk.example:8080";
    let kiosk = Kiosk::with(|site| {
        let settings = WebSettings::read(url, Vec::new(), 20, 300).unwrap();
        site.settings = settings.with_host_names(vec!["room-101.local".to_owned()]);
    })
    .await;
    kiosk
        .show(|snapshot| snapshot.address = Some("http://192.168.1.20:8080".to_owned()))
        .await;
    let ask = async |host: &str| {
        let request = Request::get("/")
            .header(HOST, host)
            .body(Body::empty())
            .unwrap();
        kiosk.send(request).await.status.as_u16()
    };
    for known in [
        "kiosk.example:8080",
        "KIOSK.example",
        "localhost:8080",
        "127.0.0.1",
        "[::1]:8080",
        "192.168.1.20:8080",
        "192.168.1.21",
        "Room-101.local:8080",
    ] {
        assert_eq!(ask(known).await, 200, "{known}");
    }
    for unknown in [
        "evil.example",
        "kiosk.example.evil",
        "",
        ":80",
        "room-101",
        "127.0.0.1.evil",
    ] {
        assert_eq!(ask(unknown).await, 421, "{unknown}");
    }
    // A program that names no host is no browser.
    kiosk.get("/").await.is(200);
    let twice = Request::get("/")
        .header(HOST, "localhost")
        .header(HOST, "evil.example");
    kiosk.send(twice.body(Body::empty()).unwrap()).await.is(400);
    let lost = Request::get("/login")
        .header(HOST, "evil.example")
        .body(Body::empty());
    kiosk
        .send(lost.unwrap())
        .await
        .says("href=\"http://192.168.1.20:8080/login\"");
    // The host in the request line is the one that was asked for.
    let ask_by_line = async |line: &str, host: &str| {
        let request = Request::get(line).header(HOST, host);
        let answer = kiosk.send(request.body(Body::empty()).unwrap()).await;
        answer.status.as_u16()
    };
    assert_eq!(ask_by_line("http://evil.example/", "localhost").await, 421);
    assert_eq!(ask_by_line("http://localhost/", "evil.example").await, 200);
    // A name can be pointed at the staff pages by a stranger, a number cannot.
    let staff_site = router(kiosk.web.clone().serving(Audience::Staff));
    for (host, status) in [("192.168.1.21", 200), ("evil.example", 421)] {
        let request = Request::get("/login").header(HOST, host);
        let request = request.body(Body::empty()).unwrap();
        let answer = staff_site.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
    kiosk.get("/healthz").await.is(200);
}

#[tokio::test]
async fn wrong_codes_at_full_speed_stop_nobody_else_behind_the_address() {
    let kiosk = Kiosk::with(|site| {
        site.settings = WebSettings::read("", Vec::new(), 20, 30).unwrap();
    })
    .await;
    let hall = |path: String| from("10.0.0.1:1", &path);
    let mut refused = 0;
    for student in 0..20 {
        for guess in 0..100 {
            let answer = kiosk.send(hall(format!("/A/AAAA{guess:02}"))).await;
            refused += u32::from(answer.status == 429);
            assert!(matches!(answer.status.as_u16(), 404 | 429));
        }
        // A phone behind the same address opens the form, and sends it.
        kiosk
            .send(hall(format!("/A/{}", kiosk.code())))
            .await
            .is(200);
        let sent = Request::post("/api/check-ins")
            .extension(ConnectInfo("10.0.0.1:1".parse::<SocketAddr>().unwrap()))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(
                json!({ "code": kiosk.code(), "admission_number": format!("ADM/{student}"), "student_name": "Jo", "insist": true })
                    .to_string(),
            ));
        kiosk.send(sent.unwrap()).await.is(201);
    }
    assert!(refused > 1000, "{refused}");
}

#[tokio::test]
async fn a_form_on_another_site_checks_nobody_in() {
    let kiosk = Kiosk::start().await;
    let post = async |origin: &str| {
        let request = Request::post(format!("/A/{}", kiosk.code()))
            .header(HOST, "192.168.1.20:8080")
            .header(ORIGIN, origin)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("admission_number=ADM/1"))
            .unwrap();
        kiosk.send(request).await.status.as_u16()
    };
    assert_eq!(post("http://evil.example").await, 403);
    assert_eq!(post("nonsense").await, 403);
    assert_eq!(kiosk.records().await, 0);
    assert_eq!(post("http://192.168.1.20:8080").await, 200);
    assert_eq!(
        post("null").await,
        200,
        "what browsers send under no-referrer"
    );
    // A link on another site may lead here.
    let link = Request::get("/").header(ORIGIN, "http://evil.example");
    kiosk.send(link.body(Body::empty()).unwrap()).await.is(200);
}

#[tokio::test]
async fn a_form_of_the_public_address_is_taken_at_the_address_on_the_screen() {
    let url = "http://kiosk.example:8080";
    let kiosk =
        Kiosk::with(|site| site.settings = WebSettings::read(url, Vec::new(), 20, 300).unwrap())
            .await;
    let post = Request::post(format!("/A/{}", kiosk.code()))
        .header(HOST, "127.0.0.1:8080")
        .header(ORIGIN, url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("admission_number=ADM/1"))
        .unwrap();
    kiosk.send(post).await.is(200);
}

#[tokio::test]
async fn one_phone_that_hammers_waits_and_the_rest_of_the_hall_does_not() {
    let kiosk =
        Kiosk::with(|site| site.settings = WebSettings::read("", Vec::new(), 2, 300).unwrap())
            .await;
    let mut phone = kiosk.phone();
    phone.check_in("ADM/1", "").await.is(200);
    phone.check_in("ADM/1", "").await.is(200);
    let path = format!("/A/{}", kiosk.code());
    let page = phone.post(&path, &[("admission_number", "ADM/1")]).await;
    page.is(429).says("Too many tries").says("at the kiosk");
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    // Guesses count as well, but a code that is live opens.
    phone.get("/A/000000").await.is(429);
    phone.get(&path).await.is(200);
    kiosk.phone().check_in("new/7", "Zoë").await.is(200);
}

#[tokio::test]
async fn one_address_that_floods_waits() {
    let kiosk =
        Kiosk::with(|site| site.settings = WebSettings::read("", Vec::new(), 20, 1).unwrap()).await;
    for _ in 0..5 {
        kiosk.get("/A/000000").await.is(404);
    }
    assert_eq!(
        kiosk.get("/A/000000").await.is(429).header("retry-after"),
        "1"
    );
    let answer = kiosk.post_json("{}").await;
    assert_eq!(answer.is(429).json()["outcome"], "rate_limited");
    // Whatever reads the database counts, not only what could write.
    for path in ["/api/status", "/api/check-ins/{id}", "/attend/{id}/"] {
        let path = path.replace("{id}", &kiosk.session.id.to_string());
        kiosk.get(&path).await.is(429);
    }
    let mut elsewhere = kiosk.phone();
    elsewhere.address = "10.0.0.8:1";
    elsewhere.get("/A/000000").await.is(404);
    kiosk.get("/").await.is(200);
}

#[tokio::test]
async fn who_asks_for_too_many_numbers_is_suggested_no_more() {
    let kiosk = Kiosk::start().await;
    let mut phone = kiosk.phone();
    for _ in 0..5 {
        phone.check_in("ADM-1", "").await.is(409).says("ADM/1");
    }
    // As for any unknown number.
    for number in ["ADM-1", "NEW/77"] {
        let page = phone.check_in(number, "").await;
        assert!(!page.is(422).body().contains("ADM/1"), "{}", page.text);
    }
    // What is listed is recorded as ever, and another phone is still helped.
    kiosk.phone().check_in("ADM-1", "").await.is(409);
    phone.check_in("ADM/1", "").await.is(200);
    // A program without a phone has the share of its address, which is that of a hall.
    let near = json!({"code": kiosk.code(), "admission_number": "adm-1"}).to_string();
    let mut suggested = 0;
    while kiosk.post_json(near.clone()).await.status == 409 {
        suggested += 1;
    }
    assert!((50..=60).contains(&suggested), "{suggested}");
    let answer = kiosk.post_json(near).await;
    assert_eq!(answer.is(422).json()["outcome"], "invalid");
    assert_eq!(kiosk.records().await, 1);
}

#[tokio::test]
async fn a_hall_of_five_hundred_passes_at_once() {
    let kiosk = Kiosk::start().await;
    let mut students = tokio::task::JoinSet::new();
    let code = kiosk.code();
    for student in 0..500 {
        let (site, code) = (kiosk.site(), code.clone());
        students.spawn(async move {
            let form = site
                .clone()
                .oneshot(from("10.0.0.7:1", &format!("/A/{code}")))
                .await
                .unwrap();
            assert_eq!(form.status(), 200);
            let mut post = from("10.0.0.7:1", &format!("/A/{code}"));
            *post.method_mut() = axum::http::Method::POST;
            let headers = post.headers_mut();
            headers.insert(
                CONTENT_TYPE,
                "application/x-www-form-urlencoded".parse().unwrap(),
            );
            *post.body_mut() = Body::from(format!(
                "admission_number=S{student}&student_name=Student+{student}"
            ));
            assert_eq!(site.oneshot(post).await.unwrap().status(), 200);
        });
    }
    while let Some(student) = students.join_next().await {
        student.unwrap();
    }
    assert_eq!(kiosk.records().await, 500);
}

#[tokio::test]
async fn a_handler_that_panics_or_hangs_is_answered_for() {
    let kiosk = Kiosk::with(|site| site.limits.answer_within = Duration::from_millis(20)).await;
    let broken = Router::new()
        .route(
            "/panics",
            get(async || -> &'static str { panic!("on purpose") }),
        )
        .route("/hangs", get(std::future::pending::<&'static str>))
        .route(
            "/api/panics",
            get(async || -> &'static str { panic!("on purpose") }),
        );
    let site = surrounded(broken, kiosk.web.clone());
    let get = async |path| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        Answer::read(site.clone().oneshot(request).await.unwrap()).await
    };
    get("/panics").await.is(500).says("Something broke here");
    assert_eq!(
        get("/hangs")
            .await
            .is(503)
            .says("The kiosk is busy")
            .header("retry-after"),
        "5"
    );
    assert_eq!(
        get("/api/panics").await.is(500).json()["outcome"],
        "out_of_order"
    );
}
