//! The portal as a remote.

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Request, Url};
use tokio::time::Instant;

use super::answer::{self, Answer};
use super::payload::RecordAttendance;
use crate::domain::{Report, Secret, Target, Verdict, Zone};
use crate::sync::http::{self, Transport};
use crate::sync::remote::{Contact, Remote, RemoteError};

/// Calls under way at once: hides the line's delay without crowding a small school server.
const IN_FLIGHT: usize = 4;
/// Few enough that a portal which takes its time for each still ends a batch within a minute.
const BATCH: usize = 16;

/// What a site sets about the portal.
#[derive(Debug, Clone)]
pub struct PortalSettings {
    /// `http://` or `https://`, with or without a path and a slash at the end.
    pub url: String,
    /// Sent as the bearer token; empty sends none.
    pub api_key: Secret,
    /// Whether the key is repeated in the body, for older portals.
    pub api_key_in_body: bool,
    /// How long one call may take.
    pub timeout: Duration,
    /// In which `date`, `time_slot` and `timestamp` are written.
    pub zone: Zone,
}

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPortal {
    /// Not an address.
    #[error("the portal's address must be like https://portal.example.edu")]
    Url,
    /// A key that no header can carry.
    #[error("the portal's key holds characters that cannot be sent")]
    Key,
    /// TLS cannot be set up, as on a machine without any certificate authority.
    #[error("{0}")]
    Tls(#[from] RemoteError),
}

/// The lecturer portal.
#[derive(Debug)]
pub struct PortalRemote {
    transport: Transport,
    record_url: Url,
    pub(super) students_url: Url,
    authorization: Option<HeaderValue>,
    pub(super) api_key: Secret,
    api_key_in_body: bool,
    zone: Zone,
}

impl PortalRemote {
    /// Prepares the calls; connects nowhere yet.
    ///
    /// # Errors
    /// [`InvalidPortal`] when the settings cannot be used.
    pub fn new(settings: PortalSettings) -> Result<Self, InvalidPortal> {
        let base = settings.url.trim().trim_end_matches('/');
        if !is_plain(base) {
            return Err(InvalidPortal::Url);
        }
        let url = |path: &str| Url::parse(&format!("{base}{path}")).map_err(|_| InvalidPortal::Url);
        let authorization = if settings.api_key.is_empty() {
            None
        } else {
            let text = format!("Bearer {}", settings.api_key.reveal());
            let mut value = HeaderValue::from_str(&text).map_err(|_| InvalidPortal::Key)?;
            value.set_sensitive(true);
            Some(value)
        };
        Ok(Self {
            record_url: url("/api/attendance/record")?,
            students_url: url("/api/students/bulk-sync")?,
            transport: Transport::network(settings.timeout)?,
            authorization,
            api_key: settings.api_key,
            api_key_in_body: settings.api_key_in_body,
            zone: settings.zone,
        })
    }

    /// The key that goes into the body, for a portal that wants it there.
    pub(super) fn body_key(&self) -> Option<&Secret> {
        (self.api_key_in_body && !self.api_key.is_empty()).then_some(&self.api_key)
    }

    /// Sends one report, unless the remote has failed for another meanwhile.
    async fn deliver_one(&self, report: &Report, remote_error: &OnceLock<RemoteError>) -> Verdict {
        if let Some(met) = remote_error.get() {
            return met.clone().into();
        }
        self.record(report)
            .await
            .unwrap_or_else(|met| remote_error.get_or_init(|| met).clone().into())
    }

    async fn record(&self, report: &Report) -> Result<Verdict, RemoteError> {
        let body = RecordAttendance::new(report, self.zone, self.body_key());
        let id = report.attendance_id;
        let mut request = http::post(self.record_url.clone(), &body)?;
        if let Ok(key) = HeaderValue::from_str(&id.to_string()) {
            request.headers_mut().insert("Idempotency-Key", key);
        }
        self.send(request).await?.verdict(id, &self.api_key)
    }

    pub(super) async fn send(&self, mut request: Request) -> Result<Answer, RemoteError> {
        if let Some(authorization) = &self.authorization {
            let authorization = authorization.clone();
            request.headers_mut().insert(AUTHORIZATION, authorization);
        }
        let whole = self.transport.send(request, answer::READ).await?;
        Ok(Answer {
            status: whole.status,
            retry_after: http::retry_after(&whole.headers),
            body: whole.body,
        })
    }
}

/// Whether paths can be put after it, and nothing in it is a secret.
fn is_plain(base: &str) -> bool {
    Url::parse(base).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

impl Remote for PortalRemote {
    fn target(&self) -> Target {
        Target::Portal
    }

    fn max_batch(&self) -> usize {
        BATCH
    }

    /// Sends the reports side by side; once one meets trouble, those not yet begun are not tried.
    fn deliver<'a>(&'a self, reports: &'a [Report]) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            let remote_error = OnceLock::new();
            let calls: Vec<_> = reports
                .iter()
                .map(|report| self.deliver_one(report, &remote_error))
                .collect();
            stream::iter(calls).buffered(IN_FLIGHT).collect().await
        }
        .boxed()
    }

    /// Connects to the portal's server and sends nothing: a portal may store a record for any request that
    /// reaches it, whatever its method.
    fn test(&self) -> BoxFuture<'_, Result<Contact, RemoteError>> {
        async move {
            let started = Instant::now();
            self.transport.connect(&self.record_url).await?;
            Ok(Contact::Reachable(format!(
                "reachable, connected in {} ms; the API key is checked with the first delivery",
                started.elapsed().as_millis()
            )))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::tests::reports::nairobi;

    fn settings(url: &str) -> PortalSettings {
        PortalSettings {
            url: url.to_owned(),
            api_key: Secret::new("swordfish"),
            api_key_in_body: false,
            timeout: Duration::from_secs(10),
            zone: nairobi(),
        }
    }

    #[test]
    fn an_address_may_have_a_path_and_a_slash() {
        for (url, record) in [
            ("https://p.edu", "https://p.edu/api/attendance/record"),
            (
                " http://p.edu:81/x// ",
                "http://p.edu:81/x/api/attendance/record",
            ),
        ] {
            let portal = PortalRemote::new(settings(url)).unwrap();
            assert_eq!(portal.record_url.as_str(), record);
        }
        for url in [
            "",
            "p.edu",
            "ftp://p.edu",
            "https://",
            "http://[::1",
            "https://me:sw0rd@p.edu",
            "https://p.edu?school=1",
        ] {
            assert_eq!(
                PortalRemote::new(settings(url)).unwrap_err(),
                InvalidPortal::Url,
                "{url:?}"
            );
        }
    }

    #[test]
    fn the_key_is_never_shown() {
        let portal = PortalRemote::new(settings("https://p.edu")).unwrap();
        assert!(!format!("{portal:?} {:?}", settings("x")).contains("swordfish"));
        let spoilt = PortalSettings {
            api_key: Secret::new("a\u{7f}b"),
            ..settings("https://p.edu")
        };
        assert_eq!(PortalRemote::new(spoilt).unwrap_err(), InvalidPortal::Key);
    }
}
