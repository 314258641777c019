//! The cookies: which phone this is, which number it typed last (features A2, C1), and who is signed in (F5).

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use crate::domain::{AdmissionNumber, SignInToken};

/// The phone, signed by the desk.
pub const DEVICE: &str = "device";
/// The admission number last typed on this phone, percent-encoded.
pub const NUMBER: &str = "number";

/// 180 days: from one semester into the next.
const MAX_AGE_SECONDS: u32 = 180 * 24 * 60 * 60;

/// The first cookie of this name; `None` when there is none that is plain text.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The remembered number, if the cookie holds one that can be used.
pub fn remembered_number(headers: &HeaderMap) -> Option<AdmissionNumber> {
    let bytes = decode_percent(find(headers, NUMBER)?.as_bytes())?;
    AdmissionNumber::parse(std::str::from_utf8(&bytes).ok()?).ok()
}

/// The header that sets a cookie. The value must be free of spaces, commas and semicolons.
///
/// Out of reach of scripts, and not sent along when another site posts here.
pub fn set(name: &str, value: &str, is_https: bool) -> Option<HeaderValue> {
    let secure = if is_https { "; Secure" } else { "" };
    HeaderValue::try_from(format!(
        "{name}={value}; Path=/; Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    ))
    .ok()
}

/// The header that sets the cookie of a sign-in: never sent along from another site, and gone with the browser.
///
/// With TLS its name binds it to this very host: `__Host-` cookies can be set by nobody else.
pub fn set_sign_in(value: &str, is_https: bool) -> Option<HeaderValue> {
    let (name, secure) = (
        sign_in_name(is_https),
        if is_https { "; Secure" } else { "" },
    );
    HeaderValue::try_from(format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"
    ))
    .ok()
}

/// The header that takes it away.
pub fn end_sign_in(is_https: bool) -> Option<HeaderValue> {
    let (name, secure) = (
        sign_in_name(is_https),
        if is_https { "; Secure" } else { "" },
    );
    HeaderValue::try_from(format!(
        "{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}"
    ))
    .ok()
}

/// The token in the cookie of a sign-in, if it is of the right form.
pub fn sign_in(headers: &HeaderMap, is_https: bool) -> Option<SignInToken> {
    SignInToken::from_cookie(find(headers, sign_in_name(is_https))?)
}

fn sign_in_name(is_https: bool) -> &'static str {
    if is_https { "__Host-staff" } else { "staff" }
}

/// Everything but letters, digits and `-._~` as `%XX`, as RFC 3986 §2.3 has it.
pub fn encode_percent(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// The bytes meant by `%XX`; `None` when a percent sign stands before anything else.
pub fn decode_percent(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(cookie: &[u8]) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(cookie).unwrap())])
    }

    #[test]
    fn a_number_of_any_script_comes_back() {
        let number = AdmissionNumber::parse("学号/2021 \u{e9}; x=1, \"%").unwrap();
        let cookie = format!("a=b; number={}", encode_percent(number.as_str()));
        assert_eq!(remembered_number(&sent(cookie.as_bytes())), Some(number));
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
            "device=abc; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"
        );
        assert!(
            set(DEVICE, "abc", true)
                .unwrap()
                .to_str()
                .unwrap()
                .ends_with("; Secure")
        );
        assert!(set(NUMBER, "a\nb", false).is_none());
    }

    proptest! {
        #[test]
        fn text_survives_the_journey(text in any::<String>()) {
            prop_assert_eq!(decode_percent(encode_percent(&text).as_bytes()), Some(text.into_bytes()));
        }

        #[test]
        fn any_bytes_decode_or_are_refused(bytes in any::<Vec<u8>>()) {
            let _ = decode_percent(&bytes);
        }
    }
}
