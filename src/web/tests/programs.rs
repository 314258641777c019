//! What a program does with the JSON interface.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_program_checks_in_and_reads_the_result_again() {
    let kiosk = Kiosk::start().await;
    let sent = json!({"code": kiosk.code(), "admission_number": "adm/1", "unheard_of": [1]});
    let made = kiosk.post_json(sent.to_string()).await;
    let result = made.is(201).json();
    assert_eq!(result["outcome"], "recorded");
    assert_eq!(result["created"], true);
    assert_eq!(result["student"]["name"], "Amina Otieno");
    assert_eq!(result["attendance_percentage"], 8.33);
    let again = kiosk.post_json(sent.to_string()).await.is(200).json();
    assert_eq!(again["outcome"], "already_marked");
    assert_eq!(again["attendance_id"], result["attendance_id"]);
    assert_eq!(again["checked_in_at"], result["checked_in_at"]);
    // Whoever sends a number may be another student.
    assert_eq!(again["student"]["name"], "");
    assert_eq!(again["standing"], serde_json::Value::Null);
    assert_eq!(again["attendance_percentage"], serde_json::Value::Null);
    let path = format!(
        "/api/check-ins/{}",
        result["attendance_id"].as_str().unwrap()
    );
    assert_eq!(
        kiosk.get(&path).await.is(200).json()["student"]["admission_number"],
        "ADM/1"
    );
}

#[tokio::test]
async fn a_record_keeps_its_percentage_and_shows_the_standing_of_today() {
    let kiosk = Kiosk::start().await;
    let checks_in = async |code| {
        let sent = json!({"code": code, "admission_number": "ADM/1"});
        kiosk.post_json(sent.to_string()).await.is(201).json()
    };
    let first = checks_in(kiosk.code()).await;
    kiosk.pass(3 * 3600);
    let opening = Opening {
        unit: UnitCode::parse("CS101").unwrap(),
        semester: None,
        starts_at: None,
        lasts: Duration::from_secs(7200),
        venue: None,
    };
    let opened = kiosk.sessions.open(Actor::Shell("shell"), opening).await;
    let (_, key) = opened.unwrap();
    let second = checks_in(kiosk.desk.code(&key).to_string()).await;
    assert_eq!(second["attendance_percentage"], 16.67);
    let id = first["attendance_id"].as_str().unwrap();
    let now = kiosk.get(&format!("/api/check-ins/{id}")).await.json();
    assert_eq!(now["attendance_percentage"], 8.33);
    assert_eq!(now["standing"]["of_plan"], 16.67);
    assert_eq!(now["standing"]["attended"], 2);
    assert_eq!(now["standing"]["exam"]["share"], "2/2");
    assert_eq!(now["listing"], "main");
}

#[tokio::test]
async fn a_record_that_is_not_there_is_not_found() {
    let kiosk = Kiosk::start().await;
    for id in ["nonsense", "%FF", "00000000-0000-4000-8000-000000000000"] {
        let answer = kiosk.get(&format!("/api/check-ins/{id}")).await;
        assert_eq!(answer.is(404).json()["success"], false);
    }
}

#[tokio::test]
async fn every_refusal_has_its_status_and_its_word() {
    let kiosk = Kiosk::start().await;
    let code = kiosk.code();
    let unknown = kiosk
        .post_json(json!({"code": "000000", "admission_number": "1"}).to_string())
        .await;
    assert_eq!(unknown.is(404).json()["outcome"], "unknown_code");
    let unnamed = kiosk
        .post_json(json!({"code": code, "admission_number": "new/7"}).to_string())
        .await;
    let unnamed = unnamed.is(422).json();
    assert_eq!(unnamed["outcome"], "invalid");
    assert!(unnamed["fields"]["student_name"].is_string());
    kiosk.pass(60);
    let expired = kiosk
        .post_json(json!({"code": code, "admission_number": "ADM/1"}).to_string())
        .await;
    assert_eq!(expired.is(410).json()["outcome"], "code_expired");
    let code = kiosk.code();
    kiosk
        .sessions
        .close(Actor::Shell("shell"), kiosk.session.id)
        .await
        .unwrap();
    let closed = kiosk
        .post_json(json!({"code": code, "admission_number": "ADM/1"}).to_string())
        .await;
    assert_eq!(closed.is(410).json()["outcome"], "session_closed");
    assert_eq!(kiosk.records().await, 0);
}

#[tokio::test]
async fn fields_of_the_wrong_kind_are_named() {
    let kiosk = Kiosk::start().await;
    for (body, field) in [
        (json!({"code": 123_456, "admission_number": "1"}), "code"),
        (
            json!({"code": "000000", "admission_number": 1}),
            "admission_number",
        ),
        (
            json!({"code": "000000", "admission_number": ["1"]}),
            "admission_number",
        ),
        (
            json!({"code": "000000", "admission_number": "1", "student_name": {}}),
            "student_name",
        ),
        (json!({"admission_number": "1"}), "code"),
        (json!({"code": "000000"}), "admission_number"),
        (json!({"code": null, "admission_number": "1"}), "code"),
    ] {
        let answer = kiosk.post_json(body.to_string()).await.is(422).json();
        assert_eq!(answer["success"], false);
        assert_eq!(answer["outcome"], "invalid");
        assert!(answer["fields"][field].is_string(), "{body}: {answer}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_refused_in_json() {
    let kiosk = Kiosk::start().await;
    let deep = "[".repeat(3000);
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"text\"",
        "{\"code\":\"\\ud800\"}",
        deep.as_str(),
    ] {
        kiosk.post_json(body.to_owned()).await.is(400).json();
    }
    kiosk.post_json(vec![0xff, 0xfe]).await.is(400).json();
    kiosk.post_json(vec![b'x'; 5000]).await.is(413).json();
    let form = Request::post("/api/check-ins")
        .header(CONTENT_TYPE, "text/plain")
        .body(Body::from("{}"))
        .unwrap();
    kiosk.send(form).await.is(415).json();
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_json_under_api() {
    let kiosk = Kiosk::start().await;
    kiosk.get("/api/nothing").await.is(404).json();
    let answer = kiosk.get("/api/check-ins").await;
    answer.is(405).json();
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn the_status_tells_the_remotes_and_the_count() {
    let kiosk = Kiosk::start().await;
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    kiosk
        .show(|snapshot| {
            snapshot.remotes = [
                (Target::Firestore, RemoteStatus::Connected),
                (Target::Portal, RemoteStatus::Off),
            ]
            .map(|(target, status)| crate::services::RemoteSnapshot {
                drain: crate::services::Drain::default(),
                target,
                status,
                counts: TargetCounts::default(),
            })
            .into();
        })
        .await;
    let status = kiosk.get("/api/status").await.is(200).json();
    assert_eq!(
        status,
        json!({"firebase_connected": true, "portal_connected": false, "timestamp": "2026-11-23T06:00:00.000Z", "attendance_count": 1})
    );
    let of = async |id: String| {
        kiosk
            .get(&format!("/api/status?session_id={id}"))
            .await
            .is(200)
            .json()["attendance_count"]
            .clone()
    };
    assert_eq!(of(kiosk.session.id.to_string()).await, 1);
    assert_eq!(of(uuid::Uuid::nil().to_string()).await, 0);
    kiosk.get("/api/status?session_id=%00").await.is(422).json();
    kiosk.get("/api/status?session_id=%ff").await.is(400).json();
}

#[tokio::test]
async fn the_liveness_probe_says_ok() {
    let answer = Kiosk::start().await.get("/healthz").await;
    assert_eq!(answer.is(200).text, "ok");
}

#[tokio::test]
async fn a_near_number_is_a_conflict_until_a_program_insists() {
    let kiosk = Kiosk::start().await;
    let mut sent =
        json!({"code": kiosk.code(), "admission_number": "adm-1", "student_name": "Wilson New"});
    let near = kiosk.post_json(sent.to_string()).await.is(409).json();
    assert_eq!(near["outcome"], "near_number");
    assert_eq!(near["suggestion"], "ADM/1");
    assert!(!near.to_string().contains("Amina"), "{near}");
    assert_eq!(kiosk.records().await, 0);
    sent["insist"] = json!(1);
    let wrong = kiosk.post_json(sent.to_string()).await.is(422).json();
    assert!(wrong["fields"]["insist"].is_string());
    sent["insist"] = json!(true);
    let made = kiosk.post_json(sent.to_string()).await.is(201).json();
    assert_eq!(made["flags"], json!(["near_number"]));
}
