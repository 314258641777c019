//! What a refused call means, by `error.status`.
//!
//! Never by the HTTP code, which is 409 both for "already exists" and for "another writer holds it";
//! never by `message`, whose wording differs between the emulator and the service and may hold an
//! admission number.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::sync::remote::RemoteError;

/// Quotas refill by the minute at the earliest; the free tier's by the day.
const QUOTA_WAIT: Duration = Duration::from_secs(60);

/// Why a call brought no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A document that must not exist is there. Nothing of the commit was written.
    Taken,
    /// The request is malformed, for good. Nothing of it was written.
    Invalid {
        /// Firestore's whole answer.
        answer: String,
    },
    /// A document is not in the version that was to be changed; without such a condition, the database
    /// is in another mode. Nothing of the commit was written.
    Stale,
    /// A document that was to be changed is gone; without such a condition, there is no such database.
    Missing,
    /// The token is not accepted; a new one may be.
    Unauthenticated,
    /// Nothing about the reports: the line, the service, or this kiosk's permission.
    RemoteError(RemoteError),
}

impl From<RemoteError> for Failure {
    fn from(remote_error: RemoteError) -> Self {
        Self::RemoteError(remote_error)
    }
}

/// Google's error body; streaming calls such as `batchGet` wrap it in an array.
#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorBody {
    Plain(Wrapped),
    Streamed([Wrapped; 1]),
}

#[derive(Deserialize)]
struct Wrapped {
    error: GoogleError,
}

#[derive(Deserialize)]
struct GoogleError {
    status: String,
}

/// Reads an answer other than 200.
pub(super) fn classify(http: StatusCode, wait: Option<Duration>, body: &[u8]) -> Failure {
    let Ok(parsed) = serde_json::from_slice(body) else {
        return nonsense(http);
    };
    let status = match parsed {
        ErrorBody::Plain(wrapped) | ErrorBody::Streamed([wrapped]) => wrapped.error.status,
    };
    match status.as_str() {
        "ALREADY_EXISTS" => Failure::Taken,
        "INVALID_ARGUMENT" => Failure::Invalid {
            answer: String::from_utf8_lossy(body).into_owned(),
        },
        "UNAUTHENTICATED" => Failure::Unauthenticated,
        "PERMISSION_DENIED" => Failure::RemoteError(RemoteError::unauthorized(
            "Firestore denies this kiosk: check the service account's role and the project (PERMISSION_DENIED)",
        )),
        "NOT_FOUND" => Failure::Missing,
        "FAILED_PRECONDITION" => Failure::Stale,
        "RESOURCE_EXHAUSTED" => Failure::RemoteError(RemoteError::Unreachable {
            error: "the Firestore quota is used up (RESOURCE_EXHAUSTED)".to_owned(),
            retry_after: Some(wait.unwrap_or(QUOTA_WAIT)),
        }),
        // Only a short upper-case word is repeated: anything longer is not Google's.
        status
            if status.len() <= 32
                && status.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') =>
        {
            Failure::RemoteError(RemoteError::Unreachable {
                error: format!("Firestore is busy or failing ({status})"),
                retry_after: wait,
            })
        }
        _ => nonsense(http),
    }
}

/// Something answered, but not Firestore.
pub(super) fn nonsense(http: StatusCode) -> Failure {
    Failure::RemoteError(RemoteError::unreachable(format!(
        "something other than Firestore answered (HTTP {}): look for a network that asks for a sign-in",
        http.as_u16()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(http: u16, body: &str) -> Failure {
        classify(StatusCode::from_u16(http).unwrap(), None, body.as_bytes())
    }

    fn status(http: u16, status: &str) -> Failure {
        of(
            http,
            &format!(r#"{{"error":{{"code":{http},"message":"m","status":"{status}"}}}}"#),
        )
    }

    fn waits(failure: &Failure) -> bool {
        matches!(
            failure,
            Failure::RemoteError(RemoteError::Unreachable { .. })
        )
    }

    fn bars(failure: &Failure) -> bool {
        matches!(
            failure,
            Failure::RemoteError(RemoteError::Unauthorized { .. })
        )
    }

    #[test]
    fn two_kinds_of_409_are_told_apart() {
        assert_eq!(status(409, "ALREADY_EXISTS"), Failure::Taken);
        assert!(waits(&status(409, "ABORTED")));
    }

    #[test]
    fn only_a_malformed_request_is_for_good() {
        assert!(matches!(
            status(400, "INVALID_ARGUMENT"),
            Failure::Invalid { answer } if answer.contains("INVALID_ARGUMENT")
        ));
        assert_eq!(status(400, "FAILED_PRECONDITION"), Failure::Stale);
        assert!(bars(&status(403, "PERMISSION_DENIED")));
        assert_eq!(status(404, "NOT_FOUND"), Failure::Missing);
        assert_eq!(status(401, "UNAUTHENTICATED"), Failure::Unauthenticated);
        for word in [
            "CANCELLED",
            "UNKNOWN",
            "INTERNAL",
            "UNAVAILABLE",
            "DEADLINE_EXCEEDED",
            "SOMETHING_NEW",
        ] {
            assert!(waits(&status(503, word)), "{word}");
        }
    }

    #[test]
    fn a_used_up_quota_waits_as_long_as_asked_or_a_minute() {
        let body = br#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}"#;
        for (asked, waited) in [(None, 60), (Some(7), 7)] {
            let failure = classify(
                StatusCode::TOO_MANY_REQUESTS,
                asked.map(Duration::from_secs),
                body,
            );
            assert!(matches!(
                failure,
                Failure::RemoteError(RemoteError::Unreachable { retry_after: Some(wait), .. })
                    if wait == Duration::from_secs(waited)
            ));
        }
    }

    #[test]
    fn an_error_inside_an_array_is_read_too() {
        assert_eq!(
            of(
                401,
                r#"[{"error":{"code":401,"status":"UNAUTHENTICATED"}}]"#
            ),
            Failure::Unauthenticated
        );
    }

    #[test]
    fn whatever_is_not_googles_is_a_broken_line() {
        for body in [
            "",
            "Not Found\n",
            "<html>sign in</html>",
            "{}",
            "[]",
            "null",
        ] {
            assert!(waits(&of(404, body)), "{body:?}");
        }
        let Failure::RemoteError(remote_error) = status(500, "<script>alert(1)</script>") else {
            panic!("not trouble");
        };
        assert!(!remote_error.to_string().contains("script"));
    }
}
