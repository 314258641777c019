//! The description of the JSON interface, held against what is really answered.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::*;

/// A checker for a schema of the description. A field that is not described is an error.
fn checker(description: &Value, schema: &Value) -> Validator {
    let mut schema = schema.clone();
    schema["components"] = description["components"].clone();
    let components = schema["components"]["schemas"].as_object_mut().unwrap();
    // The parts that make up a larger object may stand beside other fields.
    let parts = |whole: &Value| -> Vec<String> {
        let parts = whole["allOf"].as_array().into_iter().flatten();
        let names = parts.filter_map(|part| part["$ref"].as_str()?.rsplit('/').next());
        names.map(str::to_owned).collect()
    };
    let parts: Vec<String> = components.values().flat_map(parts).collect();
    for (name, component) in components {
        let is_object = component["properties"].is_object() || component["allOf"].is_array();
        if is_object && !parts.contains(name) {
            component["unevaluatedProperties"] = false.into();
        }
    }
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("the schema can be used")
}

fn component(description: &Value, name: &str) -> Validator {
    let schemas = &description["components"]["schemas"];
    assert!(schemas[name].is_object(), "{name} is not described");
    let path = format!("#/components/schemas/{name}");
    checker(description, &json!({ "$ref": path }))
}

#[track_caller]
fn complaints(checker: &Validator, value: &Value) -> Vec<String> {
    let errors = checker.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

async fn description(kiosk: &Kiosk) -> Value {
    kiosk.get("/api/openapi.json").await.is(200).json()
}

/// Holds an answer against what is described for its operation and status.
#[track_caller]
fn fits(description: &Value, path: &str, method: &str, answer: &Answer) {
    let operation = &description["paths"][path][method];
    let response = &operation["responses"][answer.status.as_str()];
    assert!(
        response.is_object(),
        "{method} {path} {} is not described",
        answer.status
    );
    let schema = &response["content"]["application/json"]["schema"];
    let complaints = complaints(&checker(description, schema), &answer.json());
    assert!(complaints.is_empty(), "{method} {path}: {complaints:#?}");
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    let path = "/api/check-ins";
    let body = |number: &str, name: &str| {
        format!(
            r#"{{"code":"{}","admission_number":"{number}","student_name":"{name}"}}"#,
            kiosk.code()
        )
    };
    let first = kiosk.post_json(body("ADM/1", "")).await;
    fits(&described, path, "post", first.is(201));
    fits(
        &described,
        path,
        "post",
        kiosk.post_json(body("ADM/1", "Other Name")).await.is(200),
    );
    fits(
        &described,
        path,
        "post",
        kiosk.post_json(body("NEW/1", "Somebody New")).await.is(201),
    );
    let near = kiosk.post_json(body("ADM-1", "")).await;
    fits(&described, path, "post", near.is(409));
    fits(
        &described,
        path,
        "post",
        kiosk.post_json(body("", "")).await.is(422),
    );
    fits(
        &described,
        path,
        "post",
        kiosk.post_json("{}").await.is(422),
    );
    fits(&described, path, "post", kiosk.post_json("[").await.is(400));
    fits(
        &described,
        path,
        "post",
        kiosk.post_json(vec![b' '; 5000]).await.is(413),
    );
    let unknown = r#"{"code":"000000","admission_number":"ADM/1"}"#;
    fits(
        &described,
        path,
        "post",
        kiosk.post_json(unknown).await.is(404),
    );
    let untyped = Request::post(path).body(Body::empty()).unwrap();
    fits(&described, path, "post", kiosk.send(untyped).await.is(415));
    let id = first.json()["attendance_id"].as_str().unwrap().to_owned();
    let record = "/api/check-ins/{attendance_id}";
    fits(
        &described,
        record,
        "get",
        kiosk.get(&format!("/api/check-ins/{id}")).await.is(200),
    );
    fits(
        &described,
        record,
        "get",
        kiosk.get("/api/check-ins/nobody").await.is(404),
    );
    let status = "/api/status";
    fits(&described, status, "get", kiosk.get(status).await.is(200));
    fits(
        &described,
        status,
        "get",
        kiosk.get("/api/status?session_id=x").await.is(422),
    );
    fits(
        &described,
        status,
        "get",
        kiosk.get("/api/status?a=%").await.is(400),
    );
    kiosk.pass(3 * 3600);
    fits(
        &described,
        path,
        "post",
        kiosk.post_json(body("ADM/1", "")).await.is(410),
    );
    let board = "/api/sessions/{session_id}/board";
    let answer = kiosk
        .get(&format!("/api/sessions/{}/board", kiosk.session.id))
        .await;
    fits(&described, board, "get", answer.is(401));
}

#[tokio::test]
async fn the_board_is_as_described() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    kiosk.pass(900);
    kiosk.phone().check_in("ADM/1", "").await.is(200);
    let board = kiosk
        .web
        .boards
        .watch(Actor::Lecturer(&kiosk.smith().await), kiosk.session.id)
        .await
        .unwrap();
    let board: Value = serde_json::from_str(&board.borrow().json).unwrap();
    let complaints = complaints(&component(&described, "Board"), &board);
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert_eq!(board["students"][0]["mark"], "late");
}

#[tokio::test]
async fn a_planted_difference_is_complained_about() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    let of_status = component(&described, "Status");
    let status = kiosk.get("/api/status").await.json();
    let complaints = |change: fn(&mut Value)| {
        let mut status = status.clone();
        change(&mut status);
        complaints(&of_status, &status).len()
    };
    assert_eq!(complaints(|_| {}), 0);
    assert_eq!(complaints(|status| status["more"] = 1.into()), 1);
    assert_eq!(
        complaints(|status| status["attendance_count"] = "1".into()),
        1
    );
    assert_eq!(complaints(|status| status["timestamp"] = "today".into()), 1);
    assert_eq!(
        complaints(|status| drop(status.as_object_mut().unwrap().remove("timestamp"))),
        1
    );
}

#[tokio::test]
async fn a_planted_difference_deep_in_the_board_is_complained_about() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    let lecturer = kiosk.smith().await;
    let lecturer = Actor::Lecturer(&lecturer);
    let board = kiosk.web.boards.watch(lecturer, kiosk.session.id).await;
    let board: Value = serde_json::from_str(&board.unwrap().borrow().json).unwrap();
    let of_board = component(&described, "Board");
    for (path, planted) in [
        ("/students/0/more", json!(1)),
        ("/students/0/flags", json!(["telepathy"])),
        ("/students/0/standing/more", json!(1)),
        ("/students/0/standing/forecast", json!("maybe")),
        ("/students/0/standing/of_plan", json!(101)),
        ("/session/date", json!("today")),
        ("/totals/more", json!(1)),
        ("/state", json!("ajar")),
    ] {
        let mut board = board.clone();
        let (object, field) = path.rsplit_once('/').unwrap();
        board.pointer_mut(object).unwrap()[field] = planted;
        assert_ne!(complaints(&of_board, &board).len(), 0, "{path}");
    }
}

#[tokio::test]
async fn what_the_description_allows_is_taken_and_what_it_excludes_is_not() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    let of_check_in = component(&described, "CheckIn");
    let code = kiosk.code();
    let (left, right) = code.split_at(3);
    for (code, number, name) in [
        (code.as_str(), "ADM/2023/001", "Amina Otieno"),
        (&code.to_lowercase(), "adm 2023 002", "O'Brien-Smith"),
        (&format!("{left} {right}"), "学号/2021", "李小龙"),
        (&format!("{left}-{right}"), "م-12", "محمد علي"),
        (&code, "É.7", "Nguyễn Văn A, Jr."),
    ] {
        let sent = json!({ "code": code, "admission_number": number, "student_name": name });
        assert_eq!(complaints(&of_check_in, &sent), [""; 0], "{sent}");
        kiosk.post_json(sent.to_string()).await.is(201);
    }
    let long = "A".repeat(201);
    for (code, number, name) in [
        ("UUUUUU", "ADM/1", "A"),
        (&code[1..], "ADM/1", "A"),
        (&code, "", "A"),
        (&code, &long[..51], "A"),
        (&code, "NEW/1", &long),
    ] {
        let sent = json!({ "code": code, "admission_number": number, "student_name": name });
        assert_eq!(complaints(&of_check_in, &sent).len(), 1, "{sent}");
        let answer = kiosk.post_json(sent.to_string()).await;
        assert!(answer.status.is_client_error(), "{sent}");
    }
}

#[tokio::test]
async fn the_words_described_are_those_of_the_domain() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    let words = |name: &str| described["components"]["schemas"][name]["enum"].clone();
    assert_eq!(words("Channel"), json!(Channel::ALL));
    assert_eq!(words("Flag"), json!(Flag::ALL));
    assert_eq!(words("AttendanceStatus"), json!(AttendanceStatus::ALL));
    assert_eq!(words("Band"), json!(Band::ALL));
    assert_eq!(words("Listing"), json!(Listing::ALL));
    assert_eq!(words("Decision"), json!(Decision::ALL));
    assert_eq!(words("DecisionReason"), json!(DecisionReason::ALL));
    assert_eq!(words("RefusalOutcome"), json!(RefusalOutcome::ALL));
    assert_eq!(words("SessionState"), json!(SessionState::ALL));
}
