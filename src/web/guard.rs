//! Who is let in at all: the networks, the host and the forms of this kiosk (feature C3).

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Web;
use super::audience::Audience;
use super::pages::Next as WayOn;
use super::problem::{Answer, Problem};
use super::settings::host_of;
use super::visitor;
use crate::words::RequestError;

/// Lets a request in or says why not. The liveness probe passes: it tells nothing.
pub async fn guard(State(web): State<Web>, request: Request, inner: Next) -> Response {
    if request.uri().path() == "/healthz" {
        return inner.run(request).await;
    }
    match check_origin(&web, &request) {
        Ok(()) => inner.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check_origin(web: &Web, request: &Request) -> Answer<()> {
    let settings = &web.settings;
    let address = visitor::address(request.extensions());
    let allowed = &settings.allowed;
    if !allowed.is_empty() && !allowed.iter().any(|network| network.contains(address)) {
        let networks: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        return Err(RequestError::WrongNetwork {
            networks: networks.join(", "),
        }
        .into());
    }
    let host = asked_host(request.headers(), request.uri())?;
    if host.as_ref().is_some_and(|host| !is_ours(web, host)) {
        let address = web.snapshot.borrow().address.clone();
        let next = address.filter(|_| web.audience == Audience::Everybody);
        let path = request.uri().path();
        let next = next.map_or(WayOn::Nothing, |address| {
            WayOn::Address(format!("{address}{path}"))
        });
        return Err(Problem::from(RequestError::WrongHost).then(next));
    }
    if !request.method().is_safe() && is_foreign(web, request.headers(), host.as_deref()) {
        return Err(RequestError::WrongOrigin.into());
    }
    Ok(())
}

/// The host that the browser believes it is talking to; empty where it cannot be read, `None` where a program names
/// none. An absolute request line wins over the header (RFC 9112 §3.2.2); two headers are an error (§3.2).
fn asked_host(headers: &HeaderMap, uri: &Uri) -> Answer<Option<String>> {
    let mut named = headers.get_all(HOST).iter();
    let header = named.next();
    if named.next().is_some() {
        return Err(Problem::unreadable());
    }
    let authority = match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => header.map(|host| host.to_str().unwrap_or_default()),
    };
    Ok(authority.map(|authority| host_of(authority).unwrap_or_default()))
}

/// Hosts that no stranger can point here. A name can be pointed at another machine by its owner, whose pages could
/// then read these; a number cannot.
fn is_ours(web: &Web, host: &str) -> bool {
    let settings = &web.settings;
    let on_screen = || {
        let address = web.snapshot.borrow().address.clone()?;
        host_of(address.parse::<Uri>().ok()?.authority()?.as_str())
    };
    host == "localhost"
        || host.parse::<IpAddr>().is_ok()
        || settings.public_host.as_deref() == Some(host)
        || settings.host_names.iter().any(|name| name == host)
        || on_screen().is_some_and(|shown| shown == host)
}

/// Whether a browser says that a form is on a page of the very address that it is sent to. Staff pages
/// let it say so; a browser that says nothing, or `null`, is not believed.
pub fn is_own_form(headers: &HeaderMap, uri: &Uri) -> bool {
    let asked = match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(HOST).and_then(|host| host.to_str().ok()),
    };
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let origin = origin
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, host)| host);
    let is_same = matches!((asked, origin), (Some(asked), Some(origin)) if asked.eq_ignore_ascii_case(origin));
    let says_elsewhere = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin");
    is_same && !says_elsewhere
}

/// Whether a browser says that the form is on another site. It says `null` for the kiosk's own
/// forms, because the kiosk tells it to send no referrer; there the cookies' `SameSite` is the fence.
fn is_foreign(web: &Web, headers: &HeaderMap, host: Option<&str>) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    if origin == "null" {
        return false;
    }
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.parse::<Uri>().ok())
        .and_then(|origin| host_of(origin.authority()?.as_str()));
    let is_known =
        |origin: &str| Some(origin) == host || Some(origin) == web.settings.public_host.as_deref();
    !origin.is_some_and(|origin| is_known(&origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_own_only_where_the_browser_says_so_and_nothing_denies_it() {
        let is_own = |uri: &str, fields: &[(&'static str, &str)]| {
            let fields = fields.iter().map(|(name, value)| {
                let name = axum::http::HeaderName::from_static(name);
                (name, value.parse().unwrap())
            });
            is_own_form(&fields.collect(), &uri.parse().unwrap())
        };
        let host = ("host", "Kiosk.example:8080");
        let origin = ("origin", "http://kiosk.example:8080");
        let site = |value| ("sec-fetch-site", value);
        assert!(is_own("/login", &[host, origin]));
        assert!(is_own("/login", &[host, origin, site("same-origin")]));
        for other in ["same-site", "cross-site", "none", ""] {
            assert!(!is_own("/login", &[host, origin, site(other)]), "{other}");
        }
        assert!(!is_own("/login", &[host]));
        assert!(!is_own("/login", &[origin]));
        assert!(!is_own("/login", &[host, site("same-origin")]));
        for other in [
            "null",
            "kiosk.example:8080",
            "http://kiosk.example",
            "http://kiosk.example:8081",
            "http://evil.example:8080",
        ] {
            assert!(!is_own("/login", &[host, ("origin", other)]), "{other}");
        }
        // The host in the request line is the one that was asked for.
        let asked = "http://kiosk.example:8080/login";
        assert!(is_own(asked, &[("host", "evil.example"), origin]));
        assert!(!is_own("http://evil.example/login", &[host, origin]));
    }
}
