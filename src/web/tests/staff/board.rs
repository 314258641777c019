//! The live board: watched, pushed, and ended with the right to see it.

use super::*;

#[tokio::test]
async fn twenty_viewers_cost_one_board() {
    let kiosk = school().await;
    let boards = kiosk.web.boards.clone();
    let mut viewers = Vec::new();
    for _ in 0..20 {
        viewers.push(
            boards
                .watch(Actor::Lecturer(&kiosk.smith().await), kiosk.session.id)
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
        .watch(Actor::Lecturer(&kiosk.smith().await), kiosk.session.id)
        .await
        .unwrap();
    let totals = seen.borrow().roster.totals;
    assert_eq!((totals.present, totals.guests), (1, 1));
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
    let totals = &board["totals"];
    assert_eq!(
        (&totals["not_yet"], &totals["absent"]),
        (&1.into(), &0.into())
    );
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
    let totals = &board["totals"];
    assert_eq!(
        (&totals["present"], &totals["guests"]),
        (&1.into(), &1.into())
    );
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
    let administration = &kiosk.administration;
    administration
        .set_pin(Actor::Shell("shell"), id("S1"), pin)
        .await
        .unwrap();
    rest_of(stream).await;

    // Over is over, also where nobody does anything.
    let (_laptop, stream) = watching().await;
    kiosk.pass(24 * 3600);
    rest_of(stream).await;

    // Who is no administrator any more sees the office no more.
    let name = || PersonName::parse("Ada Admin").unwrap();
    let pin = Pin::parse(PIN).ok();
    let added = administration.add_lecturer(
        Actor::Shell("shell"),
        id("A3"),
        name(),
        String::new(),
        true,
        pin,
    );
    added.await.unwrap();
    let laptop = Laptop::signed_in(&kiosk, "A3").await;
    let mut stream = laptop.open_stream("/api/sync/events").await;
    next_event(&mut stream, "sync").await;
    let change = crate::services::LecturerChange {
        name: name(),
        department: String::new(),
        is_admin: false,
        has_left: false,
    };
    kiosk
        .administration
        .change_lecturer(Actor::Shell("S1"), id("A3"), change)
        .await
        .unwrap();
    rest_of(stream).await;
}

#[tokio::test]
async fn the_code_on_the_board_follows_the_rotation_and_goes_with_the_session() {
    let kiosk = school().await;
    kiosk
        .show(|snapshot| snapshot.address = Some("http://10.0.0.2:8080".to_owned()))
        .await;
    let mut board = kiosk
        .web
        .boards
        .watch(Actor::Lecturer(&kiosk.smith().await), kiosk.session.id)
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
