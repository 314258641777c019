//! The description of the JSON interface, held against what is really answered.

use serde_json::Value;

use super::*;

/// Complains where `value` is not what `schema` describes. Knows as much of JSON Schema as the description uses, and complains about the rest.
fn check(all: &Value, schema: &Value, value: &Value, at: &str, complaints: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return check(
            all,
            &all["components"]["schemas"][name],
            value,
            at,
            complaints,
        );
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let fits = |choice: &&Value| {
            let mut complaints = Vec::new();
            check(all, choice, value, at, &mut complaints);
            complaints.is_empty()
        };
        if choices.iter().filter(fits).count() != 1 {
            complaints.push(format!("{at}: {value} fits none of {choices:?}"));
        }
        return;
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        other => return complaints.push(format!("{at}: the description has the type {other}")),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() && kinds.contains(&"integer") => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return complaints.push(format!("{at}: {value} is no {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        complaints.push(format!("{at}: {value} is none of {words:?}"));
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check(
                    all,
                    &schema["items"],
                    item,
                    &format!("{at}[{index}]"),
                    complaints,
                );
            }
        }
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(name.as_str().unwrap()) {
                    complaints.push(format!("{at}: {name} is missing"));
                }
            }
            for (name, field) in fields {
                let described = match schema["properties"].get(name) {
                    Some(described) => described,
                    None => &schema["additionalProperties"],
                };
                if described.is_object() {
                    check(all, described, field, &format!("{at}.{name}"), complaints);
                } else {
                    complaints.push(format!("{at}.{name} is not described"));
                }
            }
        }
        _ => {}
    }
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
    let mut complaints = Vec::new();
    check(
        description,
        schema,
        &answer.json(),
        "answer",
        &mut complaints,
    );
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
    let mut complaints = Vec::new();
    check(
        &described,
        &described["components"]["schemas"]["Board"],
        &board,
        "board",
        &mut complaints,
    );
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert_eq!(board["students"][0]["mark"], "late");
}

#[tokio::test]
async fn a_planted_difference_is_complained_about() {
    let kiosk = Kiosk::start().await;
    let described = description(&kiosk).await;
    let schema = &described["components"]["schemas"]["Status"];
    let status = kiosk.get("/api/status").await.json();
    let complaints = |change: fn(&mut Value)| {
        let mut status = status.clone();
        change(&mut status);
        let mut complaints = Vec::new();
        check(&described, schema, &status, "status", &mut complaints);
        complaints.len()
    };
    assert_eq!(complaints(|_| {}), 0);
    assert_eq!(complaints(|status| status["more"] = 1.into()), 1);
    assert_eq!(
        complaints(|status| status["attendance_count"] = "1".into()),
        1
    );
    assert_eq!(
        complaints(|status| drop(status.as_object_mut().unwrap().remove("timestamp"))),
        1
    );
}
