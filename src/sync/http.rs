//! One way of talking HTTP: bounded in time and size, and a sentence for every failure.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, Request, StatusCode, Url};
use rustls::{CertificateError, Error as TlsError};
use serde::Serialize;
use tower::BoxError;
use tower::util::MapResultLayer;

use super::remote::RemoteError;

/// Black holes are common on campus networks; a reachable host connects well within this, even by satellite.
const CONNECT: Duration = Duration::from_secs(5);
/// Shorter than the minute after which most servers and gateways drop an idle connection.
const POOL_IDLE: Duration = Duration::from_secs(60);
/// Shorter than the idle limit of common home and campus gateways.
const KEEPALIVE: Duration = Duration::from_secs(30);

const NO_ANSWER: &str = "no answer in time";
const NO_CALL: &str = "the call could not be made: check the address";

/// Makes ring the cryptography of every TLS connection of this process.
///
/// To be called first thing in `main`; repeating it changes nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already, which is what is asked for.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// How calls reach a server: the one place below the clients of Firestore and the portal. Every call ends
/// within `total`.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    way: Way,
    total: Duration,
}

#[derive(Clone)]
enum Way {
    Network(Client),
    Within(Arc<dyn Answering>),
}

/// A server within this process, for a simulation.
pub trait Answering: Send + Sync {
    /// Answers a request; an error means that the connection broke.
    fn answer(&self, request: Request) -> BoxFuture<'_, Result<Whole, RemoteError>>;
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The status code.
    pub status: StatusCode,
    /// Its header fields.
    pub headers: HeaderMap,
    /// The body, cut at the limit that the caller gave.
    pub body: Vec<u8>,
}

impl Transport {
    /// Over the network. Redirects are not followed: neither remote sends one, but captive portals do.
    pub(super) fn network(total: Duration) -> Result<Self, RemoteError> {
        let way = Way::Network(build(builder(total))?);
        Ok(Self { way, total })
    }

    /// Within this process.
    pub(super) fn within(answering: Arc<dyn Answering>, total: Duration) -> Self {
        let way = Way::Within(answering);
        Self { way, total }
    }

    /// Makes a call, of whose answer at most `limit` bytes are read.
    pub(super) async fn send(&self, request: Request, limit: usize) -> Result<Whole, RemoteError> {
        match &self.way {
            Way::Network(client) => whole(client, request, limit)
                .await
                .map_err(|error| RemoteError::unreachable(explain(&error))),
            Way::Within(server) => {
                let mut whole = tokio::time::timeout(self.total, server.answer(request))
                    .await
                    .map_err(|_| RemoteError::unreachable(NO_ANSWER))??;
                whole.body.truncate(limit);
                Ok(whole)
            }
        }
    }

    /// Connects to the server of an address, TLS included, and hangs up before any request is sent: no server
    /// stores anything for that.
    pub(super) async fn connect(&self, url: &Url) -> Result<(), RemoteError> {
        if let Way::Within(_) = self.way {
            return Ok(());
        }
        let layer = MapResultLayer::new(hang_up);
        let client = build(builder(self.total).connector_layer(layer))?;
        match client.head(url.clone()).send().await {
            Err(error) if find::<HungUp>(&error).is_none() => {
                Err(RemoteError::unreachable(explain(&error)))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network(_) => "Network",
            Self::Within(_) => "Within",
        })
    }
}

/// A `POST` of JSON.
pub(super) fn post(url: Url, body: &impl Serialize) -> Result<Request, RemoteError> {
    let json = serde_json::to_vec(body).map_err(|_| RemoteError::unreachable(NO_CALL))?;
    let mut request = Request::new(Method::POST, url);
    let kind = HeaderValue::from_static("application/json");
    request.headers_mut().insert(CONTENT_TYPE, kind);
    *request.body_mut() = Some(json.into());
    Ok(request)
}

async fn whole(client: &Client, request: Request, limit: usize) -> Result<Whole, reqwest::Error> {
    let mut response = client.execute(request).await?;
    let mut whole = Whole {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await? {
        let room = limit - whole.body.len();
        whole
            .body
            .extend_from_slice(&chunk[..chunk.len().min(room)]);
        if whole.body.len() == limit {
            break;
        }
    }
    Ok(whole)
}

/// Turns a connection that was made into an error, which keeps the client from using it.
fn hang_up<Connection>(connected: Result<Connection, BoxError>) -> Result<Connection, BoxError> {
    connected.and_then(|_| Err(HungUp.into()))
}

/// A connection was made, and given up on purpose.
#[derive(Debug, thiserror::Error)]
#[error("connected")]
struct HungUp;

fn builder(total: Duration) -> ClientBuilder {
    install_crypto();
    Client::builder()
        .user_agent(concat!("attendance-kiosk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT.min(total))
        .timeout(total)
        .pool_idle_timeout(POOL_IDLE)
        .tcp_keepalive(KEEPALIVE)
        .redirect(Policy::none())
}

fn build(builder: ClientBuilder) -> Result<Client, RemoteError> {
    builder
        .build()
        .map_err(|error| RemoteError::unreachable(explain(&error)))
}

/// How long the remote asks to wait: seconds, or a date held against the remote's own clock.
///
/// The kiosk's clock may be wrong by years, so a date without the answer's `Date` beside it is no help.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    let now = DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some((until - now).to_std().unwrap_or_default())
}

/// What went wrong, as a sentence that names the remedy where there is one.
///
/// The address is left out: it may carry a key.
pub(super) fn explain(error: &reqwest::Error) -> String {
    if let Some(tls) = find::<TlsError>(error) {
        return explain_tls(tls).to_owned();
    }
    let refused = find::<io::Error>(error)
        .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    if error.is_dns() {
        "the server's name could not be looked up: is the network up?"
    } else if error.is_timeout() && error.is_connect() {
        "no connection in time: is the network up?"
    } else if error.is_timeout() {
        NO_ANSWER
    } else if refused {
        "the server refused the connection"
    } else if error.is_connect() {
        "no connection: is the network up?"
    } else if error.is_builder() {
        NO_CALL
    } else {
        "the connection broke"
    }
    .to_owned()
}

fn explain_tls(error: &TlsError) -> &'static str {
    match error {
        TlsError::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "the server's certificate is not valid yet: check this machine's clock",
        TlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "the server's certificate has expired: check this machine's clock",
        TlsError::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => {
            "the server's certificate is not from a known authority: install ca-certificates, \
             or look for a network that asks for a sign-in"
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "the server's certificate is for another name: look for a network that asks for a sign-in"
        }
        TlsError::InvalidCertificate(_) => "the server's certificate cannot be trusted",
        _ => "no secure connection could be agreed on",
    }
}

/// The first cause of one type, looked for inside `io::Error` too, which hides what it wraps.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(retry_after_text: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from_str(retry_after_text).unwrap(),
        );
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let noon = "Sun, 22 Nov 2026 12:00:00 GMT";
        let later = "Sun, 22 Nov 2026 12:02:00 GMT";
        assert_eq!(asked("120", None), Some(Duration::from_secs(120)));
        assert_eq!(asked(later, Some(noon)), Some(Duration::from_secs(120)));
        assert_eq!(asked(noon, Some(later)), Some(Duration::ZERO));
        assert_eq!(asked(later, None), None, "whose noon?");
        assert_eq!(asked("soon", Some(noon)), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn installing_the_crypto_twice_is_once() {
        install_crypto();
        install_crypto();
    }

    #[test]
    fn a_cause_is_found_inside_an_io_error() {
        let tls = TlsError::InvalidCertificate(CertificateError::NotValidYet);
        let error = io::Error::other(io::Error::other(tls));
        let found = find::<TlsError>(&error).unwrap();
        assert!(explain_tls(found).contains("clock"));
        assert!(find::<TlsError>(&io::Error::other("plain")).is_none());
    }
}
