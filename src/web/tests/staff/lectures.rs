//! A lecture that is put right in the browser.

use super::*;

#[tokio::test]
async fn a_change_is_shown_before_it_is_kept_and_undone_after() {
    let kiosk = school().await;
    kiosk
        .phone()
        .check_in("ADM/1", "Amina Otieno")
        .await
        .is(200);
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let id = kiosk.session.id;
    let path = format!("/lectures/{id}");
    admin
        .get("/board/")
        .await
        .is(200)
        .says(&format!("href=\"{path}\""));
    let zone = kiosk.services.desk.zone();
    let earlier = zone.hour_minute(kiosk.session.starts_at - std::time::Duration::from_secs(1800));
    let start = zone.hour_minute(kiosk.session.starts_at);
    let end = zone.hour_minute(kiosk.session.ends_at);
    let fields = |start, what| {
        [
            ("start", start),
            ("end", &*end),
            ("venue", "Lab 3"),
            ("unit", "CS101"),
            ("reason", ""),
            ("do", what),
        ]
    };
    admin
        .post(&path, &fields(&*earlier, "show"))
        .await
        .is(200)
        .says(&format!("It begins at {earlier}, was {start}."))
        .says("Its room is Lab 3")
        .says("Turn late: 1. Turn on time: 0.")
        .says("value=\"keep\"");
    admin.post(&path, &fields(&*earlier, "keep")).await.is(303);
    let by = Actor::Shell("shell");
    let sessions = &kiosk.services.sessions;
    let now = sessions.get(by, id).await.unwrap();
    assert_eq!(zone.hour_minute(now.starts_at), earlier);
    assert_eq!(now.venue.as_str(), "Lab 3");
    sessions.undo_edit(by, id, None).await.unwrap();
    assert_eq!(sessions.get(by, id).await.unwrap(), kiosk.session);

    let shown = admin.post(&path, &fields(&*earlier, "show")).await;
    let seen = &*seen_in(&shown);
    let hall = SessionEdit {
        venue: Some(Venue::parse("Hall 2").unwrap()),
        ..SessionEdit::default()
    };
    sessions.edit(by, id, hall, None).await.unwrap();
    let mut keeps = fields(&*earlier, "keep").to_vec();
    keeps.push(("seen", seen));
    admin
        .post(&path, &keeps)
        .await
        .is(422)
        .says("changed this at");
    let now = sessions.get(by, id).await.unwrap();
    assert_eq!(now.venue.as_str(), "Hall 2", "nothing is overwritten");
    sessions.undo_edit(by, id, None).await.unwrap();

    let too_long = "x".repeat(201);
    let mut keeps = fields(&*earlier, "keep");
    keeps[4].1 = &too_long;
    admin
        .post(&path, &keeps)
        .await
        .is(422)
        .says("200 characters");
    assert_eq!(sessions.get(by, id).await.unwrap(), kiosk.session);

    let wrong = fields("noon", "show");
    admin
        .post(&path, &wrong)
        .await
        .is(422)
        .says("role=\"alert\"");
    let nothing = [
        ("start", &*start),
        ("end", &*end),
        ("venue", kiosk.session.venue.as_str()),
        ("unit", "CS101"),
        ("do", "show"),
    ];
    let page = admin.post(&path, &nothing).await;
    assert!(
        !page
            .says("Nothing changes.")
            .text
            .contains("value=\"keep\"")
    );
}

/// The statement that a page has shown.
fn seen_in(page: &Answer) -> String {
    let (_, seen) = page.text.split_once("name=\"seen\" value=\"").unwrap();
    seen.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_undo_is_shown_before_it_is_done_and_only_that_is_done() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let (by, id) = (Actor::Shell("shell"), kiosk.session.id);
    let path = format!("/lectures/{id}");
    let sessions = &kiosk.services.sessions;
    let hall = SessionEdit {
        venue: Some(Venue::parse("Hall 2").unwrap()),
        ..SessionEdit::default()
    };
    let offer = "Undo its last change";
    let unchanged = admin.get(&path).await;
    assert!(!unchanged.text.contains(offer), "nothing was changed");
    unchanged.says("on the page of the lecture opens it again");
    sessions.edit(by, id, hall, None).await.unwrap();
    admin.get(&path).await.says(offer);
    let changed = sessions.get(by, id).await.unwrap();
    let shown = admin.post(&path, &[("do", "undo")]).await;
    shown.is(200).says(", was Hall 2.").says("Undo this change");
    assert!(!shown.text.contains("value=\"keep\""), "{}", shown.text);
    assert_eq!(sessions.get(by, id).await.unwrap(), changed, "only shown");
    for (seen, status) in [("1", 422), (&*seen_in(&shown), 303)] {
        let undo = [("do", "undo"), ("seen", seen)];
        admin.post(&path, &undo).await.is(status);
    }
    assert_eq!(sessions.get(by, id).await.unwrap(), kiosk.session);
}

#[tokio::test]
async fn a_planned_lecture_that_was_cancelled_by_mistake_is_planned_again() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let by = Actor::Shell("shell");
    let starts_at = kiosk.session.starts_at + std::time::Duration::from_secs(3 * 24 * 3600);
    let planned = PlannedLecture {
        unit: UnitCode::parse("CS101").unwrap(),
        starts_at,
        ends_at: starts_at + std::time::Duration::from_secs(3600),
        venue: Venue::parse("Elsewhere").unwrap(),
        group: None,
        voluntary: None,
    };
    let timetable = &kiosk.services.timetable;
    timetable.import(vec![planned], "shell").await.unwrap();
    let day = kiosk.services.desk.zone().date(starts_at);
    let lecture = timetable.day(by, day).await.unwrap().remove(0);
    let why = "ill".to_owned();
    let cancelled = timetable.cancel_lecture(by, lecture.id, why).await;
    cancelled.unwrap();
    let path = format!("/lectures/{}", lecture.lecture);
    admin.get(&path).await.is(200).says("value=\"reopen\"");
    let reopen = [("do", "reopen"), ("reason", "well again")];
    admin.post(&path, &reopen).await.is(303);
    let day = timetable.day(by, day).await.unwrap();
    assert_eq!(day[0].state, LectureState::Planned);
}

#[tokio::test]
async fn opening_beside_an_open_lecture_is_asked_about() {
    let kiosk = school().await;
    kiosk.show(|_| {}).await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let starts_at = kiosk.session.starts_at + std::time::Duration::from_secs(3600);
    let planned = PlannedLecture {
        unit: UnitCode::parse("LAW200").unwrap(),
        starts_at,
        ends_at: starts_at + std::time::Duration::from_secs(3600),
        venue: Venue::parse("").unwrap_or_default(),
        group: None,
        voluntary: None,
    };
    let timetable = &kiosk.services.timetable;
    timetable.import(vec![planned], "shell").await.unwrap();
    let day = kiosk.services.desk.zone().date(starts_at);
    let by = Actor::Shell("shell");
    let today = timetable.day(by, day).await.unwrap();
    let lecture = today
        .iter()
        .find(|it| it.unit_code.as_str() == "LAW200")
        .unwrap();
    let path = format!("/lectures/{}", lecture.lecture);
    let asked = admin.post(&path, &[("do", "open")]).await;
    asked
        .is(200)
        .says("CS101 is open here until")
        .says("value=\"open_beside\"");
    let open = async || kiosk.store.open_sessions().await.unwrap().len();
    assert_eq!(open().await, 1);
    admin.post(&path, &[("do", "open_beside")]).await.is(303);
    assert_eq!(open().await, 2);
}

#[tokio::test]
async fn every_lecture_is_closed_reopened_cancelled_and_moved_for_a_reason() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let id = kiosk.session.id;
    let path = format!("/lectures/{id}");
    let by = Actor::Shell("shell");
    let sessions = &kiosk.services.sessions;
    let state = async || sessions.get(by, id).await.unwrap().state;
    let reasons = [("do", "cancel"), ("reason", "")];
    admin
        .post(&path, &reasons)
        .await
        .is(422)
        .says("Type a reason");
    admin.post(&path, &[("do", "close")]).await.is(303);
    assert_eq!(state().await, SessionState::Closed);
    let reopen = [("do", "reopen"), ("reason", "too early")];
    admin.post(&path, &reopen).await.is(303);
    assert_eq!(state().await, SessionState::Open);

    let zone = kiosk.services.desk.zone();
    let [start, end] =
        [kiosk.session.starts_at, kiosk.session.ends_at].map(|at| zone.hour_minute(at));
    let now = sessions.get(by, id).await.unwrap();
    let end = if now.ends_at == kiosk.session.ends_at {
        end
    } else {
        zone.hour_minute(now.ends_at)
    };
    let to = |reason| {
        [
            ("start", &*start),
            ("end", &*end),
            ("venue", kiosk.session.venue.as_str()),
            ("unit", "LAW200"),
            ("reason", reason),
            ("do", "keep"),
        ]
    };
    admin
        .post(&path, &to(""))
        .await
        .is(422)
        .says("Type a reason");
    admin.post(&path, &to("by mistake")).await.is(303);
    let moved = sessions.get(by, id).await.unwrap();
    assert_eq!(moved.unit_code.as_str(), "LAW200");
    let cancel = [("do", "cancel"), ("reason", "fire drill")];
    admin.post(&path, &cancel).await.is(303);
    assert_eq!(state().await, SessionState::Cancelled);

    // A lecture of another lecturer is not theirs to change.
    let other = Laptop::signed_in(&kiosk, "L2").await;
    admin.post(&path, &[("do", "nonsense")]).await.is(404);
    other.get(&format!("/lectures/{}", kiosk.session.id)).await;
}
