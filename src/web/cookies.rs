//! The cookies: which phone this is, which number it typed last (features A2, C1), and who is signed in (F5).

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};

use super::percent;
use crate::domain::{AdmissionNumber, SignInToken};

/// The phone, signed by the desk.
pub const DEVICE: &str = "device";
/// The admission number last typed on this phone, percent-encoded.
pub const NUMBER: &str = "number";

/// From one semester into the next.
const MAX_AGE: Duration = Duration::days(180);

/// The first cookie of this name; `None` when there is none that is plain text.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cookie<'a>> {
    let headers = headers.get_all(COOKIE).into_iter();
    headers
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
}

/// The remembered number, if the cookie holds one that can be used.
pub fn remembered_number(headers: &HeaderMap) -> Option<AdmissionNumber> {
    let bytes = percent::decode(find(headers, NUMBER)?.value().as_bytes())?;
    AdmissionNumber::parse(std::str::from_utf8(&bytes).ok()?).ok()
}

/// The header that sets a cookie, which browsers do not send along when another site posts here.
pub fn set(name: &str, value: &str, is_https: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, value));
    header(cookie.max_age(MAX_AGE).same_site(SameSite::Lax), is_https)
}

/// The header that sets the cookie of a sign-in: never sent along from another site, and gone with the browser.
///
/// With TLS its name binds it to this very host: `__Host-` cookies can be set by nobody else.
pub fn set_sign_in(value: &str, is_https: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((sign_in_name(is_https), value));
    header(cookie.same_site(SameSite::Strict), is_https)
}

/// The header that takes it away.
pub fn end_sign_in(is_https: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((sign_in_name(is_https), "")).max_age(Duration::ZERO);
    header(cookie.same_site(SameSite::Strict), is_https)
}

/// The token in the cookie of a sign-in, if it is of the right form.
pub fn sign_in(headers: &HeaderMap, is_https: bool) -> Option<SignInToken> {
    SignInToken::from_cookie(find(headers, sign_in_name(is_https))?.value())
}

/// The header that sets the cookie by which a browser is known at the next sign-in. It outlives the sign-in.
pub fn set_known_browser(value: &str, is_https: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((known_browser_name(is_https), value));
    header(
        cookie.max_age(MAX_AGE).same_site(SameSite::Strict),
        is_https,
    )
}

/// The cookie of an earlier sign-in, not checked.
pub fn known_browser(headers: &HeaderMap, is_https: bool) -> Option<String> {
    let cookie = find(headers, known_browser_name(is_https))?;
    Some(cookie.value().to_owned())
}

fn known_browser_name(is_https: bool) -> &'static str {
    if is_https { "__Host-known" } else { "known" }
}

fn sign_in_name(is_https: bool) -> &'static str {
    if is_https { "__Host-staff" } else { "staff" }
}

/// A cookie for all paths, which scripts cannot read. The value must be free of spaces, commas and semicolons.
fn header(cookie: CookieBuilder, is_https: bool) -> Option<HeaderValue> {
    let cookie = cookie.path("/").http_only(true).secure(is_https);
    HeaderValue::try_from(cookie.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookie: &[u8]) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(cookie).unwrap())])
    }

    #[test]
    fn a_number_of_any_script_comes_back() {
        let number = AdmissionNumber::parse("学号/2021 \u{e9}; x=1, \"%").unwrap();
        let cookie = format!("a=b; number={}", percent::encode(number.as_str()));
        assert_eq!(remembered_number(&sent(cookie.as_bytes())), Some(number));
    }

    #[test]
    fn of_two_cookies_of_one_name_the_first_is_read() {
        let headers = sent(b"device=a; number=2;device=b");
        assert_eq!(find(&headers, DEVICE).unwrap().value(), "a");
        let mut headers = sent(b"x=y");
        headers.append(COOKIE, HeaderValue::from_static("device=c"));
        assert_eq!(find(&headers, DEVICE).unwrap().value(), "c");
    }

    #[test]
    fn a_sign_in_is_for_this_host_alone_and_goes_with_the_browser() {
        assert_eq!(
            set_sign_in("abc", false).unwrap(),
            "staff=abc; HttpOnly; SameSite=Strict; Path=/"
        );
        assert_eq!(
            set_sign_in("abc", true).unwrap(),
            "__Host-staff=abc; HttpOnly; SameSite=Strict; Secure; Path=/"
        );
        assert_eq!(
            end_sign_in(true).unwrap(),
            "__Host-staff=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0"
        );
        let token = SignInToken::from_bytes([1; 32]).to_cookie();
        let plain = sent(format!("staff={token}").as_bytes());
        assert!(sign_in(&plain, false).is_some());
        assert!(sign_in(&plain, true).is_none(), "another host could set it");
    }

    #[test]
    fn nonsense_is_no_cookie() {
        for nonsense in [
            &b"number"[..],
            b"number=",
            b"number=%",
            b"number=%zz",
            b"number=%ff",
            b"\xff",
            b";;==;",
            b"number=%1b[2J",
            b"xnumber=1",
        ] {
            assert_eq!(remembered_number(&sent(nonsense)), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
        assert_eq!(
            set(DEVICE, "abc", false).unwrap(),
            "device=abc; HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000"
        );
        assert_eq!(
            set(DEVICE, "abc", true).unwrap(),
            "device=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=15552000"
        );
        assert!(set(NUMBER, "a\nb", false).is_none());
    }
}
