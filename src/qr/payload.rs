//! The text inside the symbol.

use super::symbol::version_of;
use super::{Symbol, TooLong};

/// The address a phone opens: `http://192.168.1.20:8080` and `k7m2qx` give
/// `http://192.168.1.20:8080/A/K7M2QX`.
///
/// Capitals cost 5.5 bits in a symbol where small letters cost 8, so everything that may be
/// written in capitals is. The scheme stays small: several phone cameras refuse `HTTP://`. A path
/// in `base` (a site behind a proxy) stays as it is, because only its owner knows whether it may
/// change; the kiosk's own `/A/` takes any case.
#[must_use]
pub fn payload(base: &str, code: &str) -> String {
    let base = base.trim().trim_end_matches('/');
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!(
        "{}://{}{path}/A/{}",
        scheme.to_ascii_lowercase(),
        host.to_ascii_uppercase(),
        code.to_ascii_uppercase()
    )
}

impl Symbol {
    /// The symbol of [`payload`], in the version that any code of this length fits: a code that
    /// changes every few seconds keeps its size on the screen.
    ///
    /// # Errors
    /// [`TooLong`] when not even the largest symbol holds it.
    pub fn for_code(base: &str, code: &str) -> Result<Self, TooLong> {
        // Letters are the worst case; digits may fall into a cheaper mode.
        let worst = version_of(&payload(base, &"K".repeat(code.len())))?;
        Self::encode_at_least(&payload(base, code), worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_length_have_symbols_of_one_size() {
        let mut would_have_jumped = 0;
        for length in 4..30 {
            let base = format!("http://{}.local", "k".repeat(length));
            let [letters, digits] = ["KKKKKKKKKKKK", "777777777777"];
            let pinned = Symbol::for_code(&base, digits).unwrap().version();
            assert_eq!(pinned, Symbol::for_code(&base, letters).unwrap().version());
            let alone = Symbol::encode(&payload(&base, digits)).unwrap().version();
            would_have_jumped += usize::from(alone < pinned);
        }
        assert!(would_have_jumped > 0, "the pin is needed");
    }

    #[test]
    fn the_scheme_is_small_and_the_rest_is_capitals() {
        assert_eq!(
            payload("HTTP://kiosk.local:8080/", "k7m2qx"),
            "http://KIOSK.LOCAL:8080/A/K7M2QX"
        );
        assert_eq!(
            payload("https://10.0.0.7", "K7M2QX"),
            "https://10.0.0.7/A/K7M2QX"
        );
    }

    #[test]
    fn a_path_of_the_site_keeps_its_case() {
        assert_eq!(
            payload("https://uni.example/Check-In/", "k7m2qx"),
            "https://UNI.EXAMPLE/Check-In/A/K7M2QX"
        );
    }

    #[test]
    fn an_address_without_a_scheme_is_http() {
        assert_eq!(
            payload("kiosk.local", "k7m2qx"),
            "http://KIOSK.LOCAL/A/K7M2QX"
        );
    }
}
