//! Percent-encoding (RFC 3986 §2.1) of values in addresses, forms and cookies.

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_decode, utf8_percent_encode,
};

/// Everything but the unreserved characters of RFC 3986 §2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The text with `%XX` for all but letters, digits and `-._~`.
pub fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// The bytes meant by `%XX`; `None` where two hexadecimal digits do not follow a percent sign.
pub fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut after_signs = encoded.split(|&byte| byte == b'%').skip(1);
    let is_valid = after_signs.all(|after| {
        let digits = after.get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    is_valid.then(|| percent_decode(encoded).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_percent_sign_without_two_digits_is_refused() {
        assert_eq!(decode(b"a%2Fb%c3").as_deref(), Some(&b"a/b\xc3"[..]));
        for wrong in [&b"%"[..], b"%4", b"%4g", b"%%41", b"a%zz"] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn text_survives_the_journey(text in any::<String>()) {
            prop_assert_eq!(decode(encode(&text).to_string().as_bytes()), Some(text.into_bytes()));
        }

        #[test]
        fn any_bytes_decode_or_are_refused(bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes);
        }
    }
}
