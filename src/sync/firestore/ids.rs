//! Document ids from admission numbers and session ids.
//!
//! Firestore reads `/` in a name as a deeper path, forbids `.`, `..` and `__x__`, and its URLs
//! trip over `%`, `:` and white space at either end. So those are written as `~` and two upper-case
//! hex digits per UTF-8 byte; everything else stays readable: `SCT211-0001/2021` is
//! `SCT211-0001~2F2021`. A hostile number cannot choose a path.

/// The longest document id, in bytes (Firestore quotas).
pub(crate) const MAX_BYTES: usize = 1500;

/// The text has no document id: it is empty, or its id would be longer than [`MAX_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is empty or too long for a document id")]
pub(crate) struct NoId;

/// The document id of a text; different texts have different ids.
pub(crate) fn encode(text: &str) -> Result<String, NoId> {
    let reserved = text == "."
        || text == ".."
        || (text.len() >= 4 && text.starts_with("__") && text.ends_with("__"));
    let last = text.char_indices().next_back().map_or(0, |(at, _)| at);

    let mut id = String::with_capacity(text.len() + 8);
    for (at, char) in text.char_indices() {
        let escaped = matches!(char, '/' | '~' | '%' | ':')
            || char.is_control()
            || (char.is_whitespace() && (at == 0 || at == last))
            || (reserved && at == 0);
        if escaped {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                id.push('~');
                id.push(HEX[usize::from(byte >> 4)]);
                id.push(HEX[usize::from(byte & 15)]);
            }
        } else {
            id.push(char);
        }
    }
    if id.is_empty() || id.len() > MAX_BYTES {
        return Err(NoId);
    }
    Ok(id)
}

const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
];

/// The text behind an id; `None` for an id that [`encode`] never makes. The tests read with it what
/// was written.
#[cfg(test)]
pub(crate) fn decode(id: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'~' {
            hex(rest.next()?)? << 4 | hex(rest.next()?)?
        } else {
            byte
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    (encode(&text).as_deref() == Ok(id)).then_some(text)
}

#[cfg(test)]
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_those_agreed_with_the_readers_of_the_database() {
        for (text, id) in [
            ("SCT211-0001/2021", "SCT211-0001~2F2021"),
            ("ADM/2023/001", "ADM~2F2023~2F001"),
            ("P15-1234", "P15-1234"),
            ("学号/2021", "学号~2F2021"),
            ("CS101: 50%", "CS101~3A 50~25"),
            ("__x__", "~5F_x__"),
            ("____", "~5F___"),
            ("___", "___"),
            (".", "~2E"),
            ("..", "~2E."),
            ("...", "..."),
            ("~2F", "~7E2F"),
            (" a b ", "~20a b~20"),
            ("\u{a0}x", "~C2~A0x"),
            ("\u{85}", "~C2~85"),
        ] {
            assert_eq!(encode(text).as_deref(), Ok(id), "{text:?}");
            assert_eq!(decode(id).as_deref(), Some(text), "{id:?}");
        }
    }

    #[test]
    fn an_id_has_at_least_one_byte_and_at_most_fifteen_hundred() {
        assert_eq!(encode(""), Err(NoId));
        assert!(encode(&"a".repeat(1500)).is_ok());
        assert_eq!(encode(&"a".repeat(1501)), Err(NoId));
        assert!(encode(&"/".repeat(500)).is_ok());
        assert_eq!(encode(&"/".repeat(501)), Err(NoId));
        assert_eq!(encode(&"é".repeat(751)), Err(NoId));
    }

    #[test]
    fn what_encode_never_makes_does_not_decode() {
        for id in [
            "", "~", "~2", "~2f", "~41", "~C2", "a/b", "..", "__x__", " x",
        ] {
            assert_eq!(decode(id), None, "{id:?}");
        }
    }

    /// Text full of the characters that the rule is about.
    fn awkward() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[./~%:_ 2F\u{0}\u{a0}\u{2003}é学AX]{0,12}",
            "__.{0,4}__",
        ]
    }

    proptest! {
        #[test]
        fn every_id_reads_back(text in awkward()) {
            if let Ok(id) = encode(&text) {
                prop_assert_eq!(decode(&id), Some(text));
            }
        }

        #[test]
        fn different_texts_have_different_ids(a in awkward(), b in awkward()) {
            if let (Ok(id_a), Ok(id_b)) = (encode(&a), encode(&b)) {
                prop_assert_eq!(id_a == id_b, a == b);
            }
        }

        #[test]
        fn an_id_is_one_that_firestore_takes(text in awkward()) {
            if let Ok(id) = encode(&text) {
                prop_assert!(!id.is_empty() && id.len() <= MAX_BYTES);
                prop_assert!(id != "." && id != "..");
                prop_assert!(!(id.len() >= 4 && id.starts_with("__") && id.ends_with("__")));
                prop_assert!(!id.contains(['/', '%', ':']));
                prop_assert!(!id.contains(char::is_control));
                prop_assert_eq!(id.trim(), &id);
            }
        }

        #[test]
        fn an_id_decodes_only_if_it_is_one(id in awkward()) {
            if let Some(text) = decode(&id) {
                prop_assert_eq!(encode(&text), Ok(id));
            }
        }
    }
}
