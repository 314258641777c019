//! What surrounds every handler: a time limit, a net for panics, the headers, and the access log.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;

use super::Web;
use super::pages::STYLE_HASH;
use super::problem::Problem;
use crate::words::RequestError;

/// One inlined style and one inlined icon; no script, no frame, no other site.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; style-src '{}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_HASH
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

/// Staff pages have one script and one style sheet of the kiosk's own, and talk to the kiosk alone.
const STAFF_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of staff pages where they differ. Their own forms have to say where they come from, so they
/// send a referrer, but to this kiosk only.
pub async fn staff_headers(request: Request, inner: Next) -> Response {
    let mut response = inner.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(STAFF_POLICY),
    );
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Answers within the limit, and answers even where the program is at fault.
pub async fn answer_surely(State(web): State<Web>, request: Request, inner: Next) -> Response {
    let answer = AssertUnwindSafe(inner.run(request)).catch_unwind();
    match tokio::time::timeout(web.limits.answer_within, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            // The panic hook has logged where; a payload could hold what a student typed.
            tracing::error!("a request handler panicked");
            Problem::from(RequestError::Broken).into_response()
        }
        Err(_elapsed) => {
            tracing::warn!("a request was not answered in time");
            Problem::from(RequestError::TooBusy).into_response()
        }
    }
}

/// Gives every [`Problem`] its page, or its JSON under `/api/`.
pub async fn render_problem(State(web): State<Web>, request: Request, inner: Next) -> Response {
    let is_program = request.uri().path().starts_with("/api/");
    let mut response = inner.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() else {
        return response;
    };
    let kiosk_name = &web.services.desk.policy().kiosk_name;
    problem.answer(is_program, kiosk_name, web.voice())
}

/// Sets the headers that keep pages to themselves.
pub async fn harden(request: Request, inner: Next) -> Response {
    let mut response = inner.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert_with(|| POLICY.clone());
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Writes one line for each request: no code, no number, no address. In a flood most are only counted: their lines would
/// replace the whole log.
pub async fn log_access(State(web): State<Web>, request: Request, inner: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = inner.run(request).await;
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if web.access_lines.is_spent() {
        return response;
    }
    if route == "/healthz" {
        tracing::debug!(http.method = %method, http.route = route, http.status = status, duration_ms, "answered");
    } else {
        tracing::info!(http.method = %method, http.route = route, http.status = status, duration_ms, "answered");
    }
    response
}
