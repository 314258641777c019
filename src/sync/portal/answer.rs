//! What the portal's answers mean.
//!
//! A portal that says no with status 200 has said no, and a 200 that is not JSON came from
//! something else: both are refusals. 401 and 403 are about this kiosk, not about the record; so
//! are 404 and 405 unless the portal itself gives the reason, since a mistyped address answers
//! like that to every record, and a site's whole queue would be parked for it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Secret, Verdict};
use crate::sync::remote::RemoteError;

/// As much of an answer as is kept with the record, in bytes (interface of the portal).
const KEPT: usize = 4096;
/// As much of an answer as is read, in bytes: enough to recognise a long one as JSON.
pub(super) const READ: usize = 64 << 10;
/// As much of the portal's own reason as is shown, in characters.
const REASON: usize = 300;

/// An answer as it came.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The verdict on one record, or why the portal cannot be worked with at present.
    pub(super) fn verdict(
        &self,
        attendance_id: Uuid,
        key: &Secret,
    ) -> Result<Verdict, RemoteError> {
        let json = self.json();
        if let Some(remote_error) = self.remote_error(json.as_ref()) {
            return Err(remote_error);
        }
        let answer = self.kept(key);
        let status = self.status.as_u16();
        if self.status == StatusCode::CONFLICT || self.accepts(json.as_ref()) {
            let document_id = json
                .as_ref()
                .and_then(id)
                .unwrap_or_else(|| attendance_id.to_string());
            return Ok(Verdict::Delivered {
                document_id,
                answer,
            });
        }
        if self.is_transient() {
            return Ok(Verdict::Postponed {
                error: format!("the portal is busy or failing (HTTP {status})"),
                retry_after: self.retry_after,
            });
        }
        let error = match json.as_ref() {
            None => format!("the answer is not the portal's (HTTP {status}, not JSON)"),
            Some(json) => reason(json, key)
                .unwrap_or_else(|| format!("the portal refused it (HTTP {status})")),
        };
        Ok(Verdict::Refused { error, answer })
    }

    /// Whether the portal said yes.
    pub(super) fn accepts(&self, json: Option<&Value>) -> bool {
        self.status.is_success() && json.is_some_and(|json| json["success"] == Value::Bool(true))
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body)
            .ok()
            .filter(Value::is_object)
    }

    /// What concerns every record alike.
    pub(super) fn remote_error(&self, json: Option<&Value>) -> Option<RemoteError> {
        let (status, http) = (self.status, self.status.as_u16());
        let gives_reason = json.is_some_and(|json| json["success"] == Value::Bool(false));
        let asks_to_wait = self.retry_after.is_some() || status == StatusCode::TOO_MANY_REQUESTS;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(RemoteError::unauthorized(
                format!("the portal does not accept this kiosk's key (HTTP {http})"),
            )),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if !gives_reason => {
                Some(RemoteError::unauthorized(format!(
                    "there is no portal at the address given: check portal.url (HTTP {http})"
                )))
            }
            _ if status.is_redirection() => Some(RemoteError::unreachable(format!(
                "the portal's address leads elsewhere (HTTP {http}): check portal.url, or look for a network that asks for a sign-in"
            ))),
            _ if self.is_transient() && asks_to_wait => Some(RemoteError::Unreachable {
                error: format!("the portal asks to wait (HTTP {http})"),
                retry_after: self.retry_after,
            }),
            _ => None,
        }
    }

    /// 408, 425, 429 and 5xx (feature H4), and the 1xx that end no call.
    fn is_transient(&self) -> bool {
        self.status.is_server_error()
            || self.status.is_informational()
            || matches!(self.status.as_u16(), 408 | 425 | 429)
    }

    /// The answer as text, cut to [`KEPT`], without the key should the portal repeat it.
    fn kept(&self, key: &Secret) -> String {
        let mut text = hide(&String::from_utf8_lossy(&self.body), key);
        let end = text.floor_char_boundary(KEPT);
        text.truncate(end);
        text
    }
}

/// The portal's id of the record: text or a number.
fn id(json: &Value) -> Option<String> {
    match &json["id"] {
        Value::String(id) if !id.trim().is_empty() => Some(id.chars().take(REASON).collect()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The portal's own reason, as one line.
pub(super) fn reason(json: &Value, key: &Secret) -> Option<String> {
    let text = ["error", "message"]
        .into_iter()
        .find_map(|member| json[member].as_str())?;
    let line: Vec<&str> = text
        .split(|char: char| char.is_whitespace() || char.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let reason: String = hide(&line.join(" "), key).chars().take(REASON).collect();
    (!reason.is_empty()).then_some(reason)
}

fn hide(text: &str, key: &Secret) -> String {
    if key.is_empty() {
        text.to_owned()
    } else {
        text.replace(key.reveal(), "***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, body: &str) -> Result<Verdict, RemoteError> {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            body: body.as_bytes().to_vec(),
        };
        answer.verdict(Uuid::nil(), &Secret::new("swordfish"))
    }

    fn delivered_as(status: u16, body: &str) -> Option<String> {
        match verdict(status, body) {
            Ok(Verdict::Delivered { document_id, .. }) => Some(document_id),
            _ => None,
        }
    }

    fn refused_because(status: u16, body: &str) -> Option<String> {
        match verdict(status, body) {
            Ok(Verdict::Refused { error, .. }) => Some(error),
            _ => None,
        }
    }

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    #[test]
    fn yes_is_delivery_under_the_portals_id_or_ours() {
        for (status, body, id) in [
            (200, r#"{"success":true,"id":"A7"}"#, "A7"),
            (201, r#"{"success":true,"id":7}"#, "7"),
            (200, r#"{"success":true,"id":null}"#, NIL),
            (200, r#"{"success":true}"#, NIL),
            (409, r#"{"success":false,"error":"exists","id":"A7"}"#, "A7"),
            (409, "already there", NIL),
        ] {
            assert_eq!(delivered_as(status, body).as_deref(), Some(id), "{body}");
        }
    }

    #[test]
    fn a_200_that_says_no_or_nothing_is_a_refusal() {
        assert_eq!(
            refused_because(200, r#"{"success":false,"error":"no such\n unit"}"#).as_deref(),
            Some("no such unit")
        );
        for body in [
            "",
            "<html>welcome</html>",
            "[]",
            "true",
            "{}",
            r#"{"success":"true"}"#,
            r#"{"id":"A7"}"#,
        ] {
            assert!(refused_because(200, body).is_some(), "{body:?}");
        }
        assert!(refused_because(422, "").is_some());
        assert!(refused_because(404, r#"{"success":false,"error":"no such student"}"#).is_some());
    }

    #[test]
    fn what_concerns_every_record_bars_and_parks_nothing() {
        for (status, body) in [
            (401, ""),
            (403, r#"{"success":false}"#),
            (404, "<h1>Not Found</h1>"),
            (404, r#"{"detail":"Not Found"}"#),
            (405, ""),
        ] {
            assert!(
                matches!(verdict(status, body), Err(RemoteError::Unauthorized { .. })),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn busy_and_failing_is_for_later() {
        for status in [408, 425, 500, 502, 503, 504] {
            assert!(
                matches!(verdict(status, ""), Ok(Verdict::Postponed { .. })),
                "{status}"
            );
        }
        for status in [301, 302, 307, 429] {
            assert!(
                matches!(verdict(status, ""), Err(RemoteError::Unreachable { .. })),
                "{status}"
            );
        }
    }

    #[test]
    fn at_most_four_kilobytes_are_kept_and_never_the_key() {
        let long = format!(
            r#"{{"success":false,"error":"key swordfish","pad":"{}"}}"#,
            "é".repeat(9000)
        );
        let Ok(Verdict::Refused { error, answer }) = verdict(200, &long) else {
            panic!("not refused");
        };
        assert_eq!(error, "key ***");
        assert!(
            answer.len() <= KEPT && answer.len() > KEPT - 4,
            "{}",
            answer.len()
        );
        assert!(!answer.contains("swordfish"));
    }
}
