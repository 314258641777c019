//! Reading what a client sends: bounded in size and time, and strict about its form.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt as _;

use super::limits::Limits;
use super::percent;
use super::problem::{Answer, Problem};
use crate::words::RequestError;

/// How much of an oversized body is read and thrown away before the refusal. A connection closed on
/// unread bytes can take the answer with it, and the student would see an error of the browser's.
const DRAINED_BYTES: usize = 256 * 1024;

/// The fields of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body of a request as a form.
    ///
    /// # Errors
    /// A [`Problem`] when it is of another type, too large, too slow, or not a form in UTF-8.
    pub async fn receive(request: Request<Body>, limits: &Limits) -> Answer<Self> {
        if !is_type(&request, "application/x-www-form-urlencoded") {
            return Err(RequestError::NotAForm.into());
        }
        Self::parse(&receive(request, limits).await?).ok_or_else(Problem::unreadable)
    }

    /// Reads `a=1&b=2`; `None` when it is not encoded properly or is not UTF-8.
    pub fn parse(encoded: &[u8]) -> Option<Self> {
        let text = |part: &[u8]| {
            let spaced: Vec<u8> = part
                .iter()
                .map(|&byte| if byte == b'+' { b' ' } else { byte })
                .collect();
            String::from_utf8(percent::decode(&spaced)?).ok()
        };
        encoded
            .split(|&byte| byte == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let at = pair.iter().position(|&byte| byte == b'=');
                let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
                Some((text(name)?, text(value)?))
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    /// The field of this name; empty when it is missing.
    ///
    /// # Errors
    /// A [`Problem`] when it is there twice: no form of this kiosk sends that, and choosing would be guessing.
    pub fn one(&mut self, name: &str) -> Answer<String> {
        let mut values = self.0.iter_mut().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| std::mem::take(value));
        match values.next() {
            None => Ok(value.unwrap_or_default()),
            Some(_) => Err(Problem::unreadable()),
        }
    }
}

/// Reads the body of a request as JSON.
///
/// # Errors
/// A [`Problem`] when it is of another type, too large, too slow, or not JSON.
pub async fn receive_json(
    request: Request<Body>,
    limits: &Limits,
) -> Result<serde_json::Value, Problem> {
    if !is_type(&request, "application/json") {
        return Err(RequestError::NotJson.into());
    }
    serde_json::from_slice(&receive(request, limits).await?).map_err(|_| Problem::unreadable())
}

async fn receive(request: Request<Body>, limits: &Limits) -> Answer<Vec<u8>> {
    let declared = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > DRAINED_BYTES) {
        return Err(RequestError::TooLarge {
            max: limits.body_bytes,
        }
        .into());
    }
    tokio::time::timeout(
        limits.body_within,
        collect(request.into_body(), limits.body_bytes),
    )
    .await
    .map_err(|_| RequestError::TooSlow)?
}

async fn collect(mut body: Body, most: usize) -> Answer<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        // The client is gone or does not speak HTTP; hardly anybody is left to read this.
        let frame = frame.map_err(|_| Problem::unreadable())?;
        let data = frame.into_data().unwrap_or_default();
        received += data.len();
        if received > DRAINED_BYTES {
            break;
        }
        if received <= most {
            bytes.extend_from_slice(&data);
        }
    }
    if received > most {
        return Err(RequestError::TooLarge { max: most }.into());
    }
    Ok(bytes)
}

fn is_type(request: &Request<Body>, expected: &str) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(encoded: &str) -> Fields {
        Fields::parse(encoded.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_is_read_as_a_browser_sends_it() {
        let mut form = fields("admission_number=ADM%2F1&student_name=J%C3%BCrgen+M&x&=y&&ticket=");
        assert_eq!(form.one("admission_number").unwrap(), "ADM/1");
        assert_eq!(form.one("student_name").unwrap(), "Jürgen M");
        assert_eq!(form.one("ticket").unwrap(), "");
        assert_eq!(form.one("absent").unwrap(), "");
    }

    #[test]
    fn a_field_that_is_there_twice_is_refused() {
        assert!(fields("a=1&a=2").one("a").is_err());
    }

    #[test]
    fn what_is_not_utf8_or_not_encoded_is_refused() {
        for wrong in [
            &b"a=%ff"[..],
            b"a=\xff",
            b"a=%",
            b"a=%4",
            b"a=%zz",
            b"%c3=1",
            b"a=%ed%a0%80",
        ] {
            assert_eq!(Fields::parse(wrong), None, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn a_body_too_large_is_read_to_its_end_before_it_is_refused() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};
        let read = Arc::new(AtomicUsize::new(0));
        let counter = read.clone();
        let chunks = (0..20).map(move |_| {
            counter.fetch_add(1000, Ordering::Relaxed);
            Ok::<_, std::convert::Infallible>(vec![b'a'; 1000])
        });
        let body = Body::from_stream(futures_util::stream::iter(chunks));
        assert!(collect(body, 4096).await.is_err());
        assert_eq!(read.load(Ordering::Relaxed), 20_000);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = Fields::parse(&bytes);
        }
    }
}
