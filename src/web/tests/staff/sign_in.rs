//! Who is signed in, for how long, and who cannot be made to be.

use super::*;

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
async fn one_address_that_floods_the_staff_pages_waits() {
    let kiosk =
        Kiosk::with(|site| site.settings = WebSettings::read("", Vec::new(), 20, 1).unwrap()).await;
    let laptop = Laptop::new(&kiosk);
    for _ in 0..5 {
        laptop.get("/board/").await.is(303);
    }
    laptop.get("/board/").await.is(429);
    laptop.post("/logout", &[]).await.is(429);
}

#[tokio::test]
async fn a_form_that_is_not_theirs_is_refused_for_that_and_not_for_its_age() {
    let kiosk = school().await;
    let lecturer = Laptop::signed_in(&kiosk, "L2").await;
    let answer = lecturer.post_raw("/admin/units", &[], None).await;
    answer.is(403).says("Only administrators");
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
        cookie.ends_with("; HttpOnly; SameSite=Strict; Path=/"),
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
    kiosk
        .administration
        .set_pin(Actor::Shell("shell"), id, pin)
        .await
        .unwrap();
    let mut laptop = Laptop::new(&kiosk);
    let answer = laptop.sign_in("S1", PIN).await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-staff=")
            && cookie.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/"),
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
    kiosk
        .administration
        .set_pin(Actor::Shell("shell"), id, pin)
        .await
        .unwrap();
    assert!(!is_in(&thief).await, "the PIN is another");
    // Signing out, seen from a copy of the cookie.
    let leaver = Laptop::signed_in(&kiosk, "S1").await;
    let copy = Laptop {
        cookie: leaver.cookie.clone(),
        ..Laptop::new(&kiosk)
    };
    let left = leaver.post("/logout", &[]).await;
    assert!(left.is(303).header("set-cookie").contains("Max-Age=0"));
    assert!(!is_in(&copy).await, "signed out");
}

#[tokio::test]
async fn wrong_pins_on_a_phone_lock_nobody_out_at_the_terminal_or_their_own_laptop() {
    let kiosk = school().await;
    let mut office = Laptop::signed_in(&kiosk, "S1").await;
    let mut phone = Laptop::at(&kiosk, "10.0.0.66:1");
    for staff_id in ["S1", "NOBODY"] {
        for _ in 0..5 {
            let answer = phone.sign_in(staff_id, "111213").await;
            answer
                .is(401)
                .says("Wrong staff ID or PIN.")
                .says(&format!("value=\"{staff_id}\""));
            assert!(!answer.text.contains("111213"));
        }
        for pin in ["111213", PIN] {
            let answer = phone.sign_in(staff_id, pin).await;
            answer.is(429).says("Too many wrong PINs. Try again at");
        }
    }
    office.sign_in("S1", PIN).await.is(303);
    let at_the_terminal = kiosk
        .pin_auth
        .sign_in("S1", PIN, SignInSource::Terminal)
        .await;
    assert!(at_the_terminal.is_ok(), "{at_the_terminal:?}");
}

#[tokio::test]
async fn a_cookie_that_was_read_on_the_network_is_worth_nothing_at_another_address() {
    let kiosk = school().await;
    let laptop = Laptop::signed_in(&kiosk, "S1").await;
    let mut thief = Laptop::at(&kiosk, "10.0.0.66:1");
    thief.cookie.clone_from(&laptop.cookie);
    thief.get("/board/").await.is(303);
    thief.post("/logout", &[]).await.is(401);
    laptop.get("/board/").await.is(200);
    // With encryption nobody reads it, and a laptop may move.
    let kiosk = Kiosk::with(|site| site.settings = site.settings.clone().with_certificate()).await;
    let kiosk = with_staff(kiosk).await;
    let laptop = Laptop::signed_in(&kiosk, "S1").await;
    let mut moved = Laptop::at(&kiosk, "10.0.0.66:1");
    moved.cookie.clone_from(&laptop.cookie);
    moved.get("/board/").await.is(200);
}

#[tokio::test]
async fn a_sign_in_from_before_the_update_is_still_one() {
    let kiosk = school().await;
    let token = SignInToken::from_bytes([7; 32]);
    let (now, limits) = (kiosk.desk.now(), SignInLimits::STAFF);
    let staff_id = StaffId::parse("S1").unwrap();
    let kept = kiosk
        .store
        .add_web_sign_in(token.clone(), staff_id, None, limits, now);
    kept.await.unwrap();
    let mut laptop = Laptop::new(&kiosk);
    laptop.cookie = Some(format!("staff={}", token.to_cookie()));
    laptop.get("/board/").await.is(200);
}

#[tokio::test]
async fn who_finds_no_place_to_wait_is_told_to_come_back() {
    let kiosk = school().await;
    let rush = (0..12).map(async |_| {
        let laptop = Laptop::new(&kiosk);
        let fields = [("staff_id", "S1"), ("pin", "111213")];
        laptop.post("/login", &fields).await
    });
    let answers = futures_util::future::join_all(rush).await;
    let mut sent_away = answers.iter().filter(|answer| answer.status == 503);
    assert_eq!(sent_away.clone().count(), 7);
    assert!(sent_away.all(|answer| answer.header("retry-after") == "2"));
}

#[tokio::test]
async fn a_browser_is_known_only_for_the_id_that_signed_in_there() {
    let kiosk = school().await;
    let mut office = Laptop::signed_in(&kiosk, "L2").await;
    for _ in 0..5 {
        office.sign_in("S1", "111213").await.is(401);
    }
    // Not the wait of a known browser, which is over in a minute.
    kiosk.pass(61);
    office.sign_in("S1", PIN).await.is(429);
    for _ in 0..5 {
        office.sign_in("L2", "111213").await.is(401);
    }
    office.sign_in("L2", PIN).await.is(429);
    kiosk.pass(61);
    office.sign_in("L2", PIN).await.is(303);
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
