//! Bytes into text, and which character separates the fields.

use std::borrow::Cow;

use csv::StringRecord;

use super::{CsvRoster, InvalidRoster};

/// A file as its headings, and its other lines with their numbers, from 1. A sheet's empty rows are left out.
pub(super) fn table(
    bytes: &[u8],
) -> Result<(StringRecord, Vec<(u64, StringRecord)>), InvalidRoster> {
    if bytes.len() > CsvRoster::MAX_BYTES {
        return Err(InvalidRoster::TooLarge);
    }
    let text = decode(bytes).ok_or(InvalidRoster::NotText)?;
    let text = one_kind_of_line_end(&text);
    let (text, skipped, delimiter) = delimiter(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    // No record can fail: the text is UTF-8, it is in memory, and every length is welcome.
    let mut records = reader
        .records()
        .map_while(Result::ok)
        .filter(|record| record.iter().any(|field| !field.trim().is_empty()));
    let headings = records.next().ok_or(InvalidRoster::Empty)?;
    let mut lines = Lines::starting_at(text, skipped + 1);
    let numbered = records.map(|record| {
        let line = lines.line_of(record.position().map_or(0, csv::Position::byte));
        (line, record)
    });
    Ok((headings, numbered.collect()))
}

/// Reads UTF-8, UTF-16 with its mark, or else Windows-1252 (of which Latin-1 is a part);
/// `None` when the bytes are no text.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes).map(Cow::Owned);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes).map(Cow::Owned);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A workbook is a ZIP, and any other binary file has a zero byte soon.
    if bytes.starts_with(b"PK\x03\x04") || bytes.contains(&0) {
        return None;
    }
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|&pair| unit(pair)))
        .collect::<Result<_, _>>()
        .ok()
}

/// With `\n` at the end of every line, as the line numbers count them.
pub(super) fn one_kind_of_line_end(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The WHATWG table; the five positions without a character are the control characters of Latin-1.
fn windows_1252(byte: u8) -> char {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

/// The text from its headings on, how many lines were left out before, and the delimiter.
///
/// Some spreadsheets put `sep=;` before the headings. Otherwise the sign that the first line has most of,
/// outside quotes; a comma when it has none.
pub(super) fn delimiter(text: &str) -> (&str, u64, u8) {
    let first_line = text.lines().next().unwrap_or_default();
    if let Some(sign) = first_line.strip_prefix("sep=")
        && let Some(&sign) = sign.as_bytes().first()
        && sign.is_ascii()
        && let Some((_, rest)) = text.split_once('\n')
    {
        return (rest, 1, sign);
    }
    let headings = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |sign: char| {
        let outside = headings.split('"').step_by(2);
        outside
            .map(|part| part.matches(sign).count())
            .sum::<usize>()
    };
    // `max_by_key` keeps the last of equals: the comma.
    let sign = ['\t', ';', ','].into_iter().max_by_key(|&sign| count(sign));
    (text, 0, sign.map_or(b',', |sign| sign as u8))
}

/// Counts lines up to one place after another.
pub(super) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    pub(super) fn starting_at(text: &'t str, line: u64) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line,
        }
    }

    /// The line on which the record begins that was looked for from `start` on.
    ///
    /// The csv crate's own number is that of the place where it began to look: before any empty lines.
    pub(super) fn line_of(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.at) {
            if self.at >= start && *byte != b'\n' {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}
