//! Splitting a text into the segments that cost the fewest bits.
//!
//! The `qrcode` crate splits greedily, which is often worse than no split at all: for
//! `http://10.42.0.1:8080/c/k3v9QxTz` it needs a larger symbol than plain bytes do. This is the
//! exact shortest path instead, over three ways of writing each character.

use std::ops::Range;

/// How a stretch of the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Digits only, three in 10 bits.
    Numeric,
    /// Digits, capitals and ` $%*+-./:`, two in 11 bits.
    Alphanumeric,
    /// Anything, 8 bits a byte.
    Byte,
}

/// One stretch of bytes in one mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub mode: Mode,
    pub bytes: Range<usize>,
}

/// The sizes of the length field change at versions 10 and 27 (ISO/IEC 18004, table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SizeClass {
    Small,
    Medium,
    Large,
}

impl SizeClass {
    pub(super) fn of(version: u8) -> Self {
        match version {
            0..=9 => Self::Small,
            10..=26 => Self::Medium,
            _ => Self::Large,
        }
    }
}

const MODES: [Mode; 3] = [Mode::Numeric, Mode::Alphanumeric, Mode::Byte];

/// Costs are counted in sixths of a bit, so that a third of 10 bits and half of 11 are whole.
const SIXTHS: u64 = 6;

impl Mode {
    fn admits(self, byte: u8) -> bool {
        match self {
            Self::Numeric => byte.is_ascii_digit(),
            Self::Alphanumeric => {
                byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte)
            }
            Self::Byte => true,
        }
    }

    fn sixths_per_byte(self) -> u64 {
        match self {
            Self::Numeric => 20,
            Self::Alphanumeric => 33,
            Self::Byte => 48,
        }
    }

    /// Mode indicator (4 bits) and length field.
    fn header_bits(self, class: SizeClass) -> u64 {
        let length_field = match (self, class) {
            (Self::Numeric, SizeClass::Small) => 10,
            (Self::Numeric, SizeClass::Medium) => 12,
            (Self::Numeric, SizeClass::Large) => 14,
            (Self::Alphanumeric, SizeClass::Small) => 9,
            (Self::Alphanumeric, SizeClass::Medium) => 11,
            (Self::Alphanumeric, SizeClass::Large) => 13,
            (Self::Byte, SizeClass::Small) => 8,
            (Self::Byte, SizeClass::Medium | SizeClass::Large) => 16,
        };
        4 + length_field
    }
}

/// The cheapest split of `text` for symbols of this size class.
pub(super) fn cheapest(text: &[u8], class: SizeClass) -> Vec<Segment> {
    let modes = cheapest_modes(text, class);
    let mut segments: Vec<Segment> = Vec::new();
    for (at, mode) in modes.into_iter().enumerate() {
        match segments.last_mut() {
            Some(last) if last.mode == mode => last.bytes.end = at + 1,
            _ => segments.push(Segment {
                mode,
                bytes: at..at + 1,
            }),
        }
    }
    segments
}

/// The mode of every byte on the cheapest path: a forward pass that remembers where each state
/// came from, and a walk back.
fn cheapest_modes(text: &[u8], class: SizeClass) -> Vec<Mode> {
    const UNREACHABLE: u64 = u64::MAX / 2;

    let headers = MODES.map(|mode| mode.header_bits(class) * SIXTHS);
    let mut costs = headers;
    let mut came_from = Vec::with_capacity(text.len());
    for &byte in text {
        // Arriving at this byte in a mode: either already in it, or switching to it just before.
        let mut from = [0, 1, 2];
        let mut arriving = costs;
        for (to, &header) in headers.iter().enumerate() {
            for (origin, &cost) in costs.iter().enumerate() {
                let switched = cost.next_multiple_of(SIXTHS) + header;
                if switched < arriving[to] {
                    (arriving[to], from[to]) = (switched, origin);
                }
            }
        }
        // Before the first byte there is nothing to switch from.
        if came_from.is_empty() {
            (arriving, from) = (headers, [0, 1, 2]);
        }
        for (index, mode) in MODES.iter().enumerate() {
            costs[index] = if mode.admits(byte) {
                arriving[index] + mode.sixths_per_byte()
            } else {
                UNREACHABLE
            };
        }
        came_from.push(from);
    }

    let mut state = (0..MODES.len())
        .min_by_key(|&index| costs[index].next_multiple_of(SIXTHS))
        .unwrap_or_default();
    let mut modes: Vec<Mode> = came_from
        .iter()
        .rev()
        .map(|from| {
            let mode = MODES[state];
            state = from[state];
            mode
        })
        .collect();
    modes.reverse();
    modes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(Mode, &str)> {
        cheapest(text.as_bytes(), SizeClass::Small)
            .into_iter()
            .map(|segment| (segment.mode, &text[segment.bytes]))
            .collect()
    }

    /// What the segments cost, counted without the table that chose them.
    fn bits(segments: &[(Mode, &str)]) -> usize {
        segments
            .iter()
            .map(|(mode, text)| match mode {
                Mode::Numeric => 14 + (text.len() * 10).div_ceil(3),
                Mode::Alphanumeric => 13 + (text.len() * 11).div_ceil(2),
                Mode::Byte => 12 + text.len() * 8,
            })
            .sum()
    }

    #[test]
    fn a_kiosk_address_is_the_scheme_in_bytes_and_the_rest_in_capitals() {
        assert_eq!(
            split("http://192.168.100.200:8080/A/ABCDEFGH"),
            [
                (Mode::Byte, "http"),
                (Mode::Alphanumeric, "://192.168.100.200:8080/A/ABCDEFGH"),
            ]
        );
    }

    #[test]
    fn single_kinds_stay_in_one_segment() {
        assert_eq!(split("0123456789"), [(Mode::Numeric, "0123456789")]);
        assert_eq!(split("AB-12"), [(Mode::Alphanumeric, "AB-12")]);
        assert_eq!(split("héllo"), [(Mode::Byte, "héllo")]);
        assert_eq!(split(""), []);
    }

    /// The fewest bits by trying every last segment of every prefix, in whole bits.
    fn fewest_bits(text: &str) -> usize {
        let mut fewest = vec![0];
        for end in 1..=text.len() {
            let ways = (0..end).flat_map(|start| MODES.map(|mode| (start, mode)));
            let admitted = ways
                .filter(|&(start, mode)| text[start..end].bytes().all(|byte| mode.admits(byte)));
            let costs =
                admitted.map(|(start, mode)| fewest[start] + bits(&[(mode, &text[start..end])]));
            fewest.push(costs.min().expect("bytes are always a way"));
        }
        fewest[text.len()]
    }

    proptest::proptest! {
        #[test]
        fn no_split_is_cheaper(runs in proptest::collection::vec("[0-9]{0,16}|[A-Z:]{0,16}|[a-z]{0,4}", 0..6)) {
            let text = runs.concat();
            let ours = split(&text);
            proptest::prop_assert_eq!(bits(&ours), fewest_bits(&text));
            let joined: String = ours.iter().map(|(_, part)| *part).collect();
            proptest::prop_assert_eq!(joined, text);
        }
    }
}
