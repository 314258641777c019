use proptest::prelude::*;

use super::*;
use crate::domain::Group;

fn read(bytes: impl AsRef<[u8]>) -> CsvRoster {
    CsvRoster::read(bytes.as_ref(), &NumberPattern::default(), |_| {}).unwrap()
}

/// `line number name email phone` of each student.
fn students(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let roster = read(bytes);
    assert_eq!(roster.refused, [], "nothing is refused");
    let shown = |row: &RosterRow| {
        let student = &row.student;
        let name = student.name.as_ref().map_or("", PersonName::as_str);
        format!(
            "{} {}|{name}|{}|{}",
            row.line, student.admission_number, student.email, student.phone
        )
    };
    roster.students.iter().map(shown).collect()
}

fn refused(bytes: impl AsRef<[u8]>) -> Vec<(u64, String)> {
    let refused = read(bytes).refused.into_iter();
    refused.map(|line| (line.line, line.reason)).collect()
}

fn error(bytes: impl AsRef<[u8]>) -> InvalidRoster {
    CsvRoster::read(bytes.as_ref(), &NumberPattern::default(), |_| {}).unwrap_err()
}

#[test]
fn a_plain_roster_is_read() {
    assert_eq!(
        students("admission_number,name,email,phone\nadm/1,Jane Doe,j@x,0712\nADM/2,,,\n"),
        ["2 ADM/1|Jane Doe|j@x|0712", "3 ADM/2|||"]
    );
}

#[test]
fn headings_are_known_in_many_spellings_and_any_order() {
    for headings in [
        "Name,Adm",
        "FULL NAME,ADM NO",
        "student_name,Admission No.",
        "Student Name,Registration Number",
        "Names,Reg. No",
        "name,Student ID",
        "Student,Number",
        " name , \"Adm. No.\" ",
    ] {
        assert_eq!(
            students(format!("{headings}\nJane,a1\n")),
            ["2 A1|Jane||"],
            "{headings}"
        );
    }
}

#[test]
fn a_serial_number_is_not_an_admission_number() {
    assert_eq!(
        students("No.,Admission Number,Name\n1,A1,Jane\n"),
        ["2 A1|Jane||"]
    );
    assert_eq!(students("Number,Adm No,Name\n1,A1,Jane\n"), ["2 A1|Jane||"]);
}

#[test]
fn a_name_in_parts_is_put_together() {
    assert_eq!(
        students("Adm,Surname,First Name,Other names\nA1,Doe,Jane,Wanjiru\nA2,,Prince,\n"),
        ["2 A1|Jane Wanjiru Doe||", "3 A2|Prince||"]
    );
}

#[test]
fn the_delimiter_is_found() {
    assert_eq!(students("adm;name\nA1;Doe, Jane\n"), ["2 A1|Doe, Jane||"]);
    assert_eq!(students("adm\tname\nA1\tJane\n"), ["2 A1|Jane||"]);
    assert_eq!(
        students("sep=|\r\nadm|name\r\nA1|Jane\r\n"),
        ["3 A1|Jane||"]
    );
    assert_eq!(
        students("adm;\"name, as on the card; all of it\"\nA1;Jane\n"),
        ["2 A1|||"]
    );
    assert_eq!(students("adm\nA1\n"), ["2 A1|||"]);
}

#[test]
fn encodings_of_spreadsheets_are_read() {
    let expected = ["2 A1|Zoë O’Brien||"];
    assert_eq!(students("\u{feff}adm,name\nA1,Zoë O’Brien\n"), expected);
    assert_eq!(students(b"adm,name\nA1,Zo\xeb O\x92Brien\n"), expected);
    let text = "adm\tname\r\nA1\tZoë O’Brien\r\n";
    let little: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(students(little), expected);
}

#[test]
fn line_numbers_are_those_of_an_editor() {
    let text = "\n\nadm,name\n\n,\nA1,Jane\n\"\",X\nA2,\"Doe, \"\"JJ\"\" Jane\"\n";
    let roster = read(text);
    let lines: Vec<u64> = roster.students.iter().map(|row| row.line).collect();
    assert_eq!(lines, [6, 8]);
    assert_eq!(roster.refused[0].line, 7);
    assert_eq!(read(text.replace('\n', "\r\n")), roster);
    assert_eq!(read(text.replace('\n', "\r")), roster);
    assert_eq!(students("adm\n\n\nA1\n\nA2"), ["4 A1|||", "6 A2|||"]);
    assert_eq!(
        roster.students[1].student.name.as_ref().unwrap().as_str(),
        "Doe, \"JJ\" Jane"
    );
}

#[test]
fn every_bad_line_is_named_with_its_reason() {
    let text = format!(
        "adm,name,email\n,Jane\n{},Jane\nA3,\u{1b}[2J\nA4,{}\nA5,Jane,a\u{202e}b\nA6,Jane\n a6 ,Joan\n",
        "x".repeat(51),
        "y".repeat(201),
    );
    assert_eq!(
        refused(&text),
        [
            (2, "the admission number is missing".to_owned()),
            (
                3,
                "the admission number is longer than 50 characters".to_owned()
            ),
            (
                4,
                "the name contains characters that cannot be shown".to_owned()
            ),
            (5, "the name is longer than 200 characters".to_owned()),
            (
                6,
                "the e-mail address contains characters that cannot be shown".to_owned()
            ),
            (8, "this admission number is already on line 7".to_owned()),
        ]
    );
    assert_eq!(read(&text).students.len(), 1);
}

#[test]
fn a_quote_that_is_not_closed_is_noticed() {
    let text = "adm,name,remarks\nA1,Jane,\"fine\nA2,Joan,\nA3,Jack,\n";
    assert_eq!(read(text).students.len(), 0);
    assert_eq!(refused(text)[0].0, 2);
    assert!(refused(text)[0].1.contains("a quote that is not closed"));
}

#[test]
fn a_site_s_pattern_is_asked_for() {
    let pattern = NumberPattern::parse("ADM/[0-9]+").unwrap();
    let roster = CsvRoster::read(b"adm\nadm/1\nB1\n", &pattern, |_| {}).unwrap();
    assert_eq!(roster.students.len(), 1);
    assert!(
        roster.refused[0]
            .reason
            .contains("admission_number_pattern")
    );
}

#[test]
fn ways_to_write_nothing_are_nothing() {
    assert_eq!(
        students("adm,email,phone\nA1,N/A,-\nA2,none,=\"0712\"\n"),
        ["2 A1|||", "3 A2|||0712"]
    );
}

#[test]
fn what_is_no_roster_is_refused_whole() {
    assert_eq!(error(""), InvalidRoster::Empty);
    assert_eq!(error("\n \n,,,\n"), InvalidRoster::Empty);
    assert_eq!(error(b"PK\x03\x04rest"), InvalidRoster::NotText);
    assert_eq!(error(b"adm\0name"), InvalidRoster::NotText);
    assert_eq!(error(b"\xff\xfea"), InvalidRoster::NotText);
    let found = error("title\u{1b}[2J,name\nA1,Jane\n").to_string();
    assert!(
        found.contains("\"?\", \"name\"") && !found.contains('\u{1b}'),
        "{found}"
    );
}

#[test]
fn fifty_thousand_lines_are_read_with_progress() {
    use std::fmt::Write as _;
    let mut text = "adm,name\n".to_owned();
    for n in 0..50_000 {
        let _ = writeln!(text, "ADM/{n:06},Student Number {n}");
    }
    let mut reports = Vec::new();
    let roster = CsvRoster::read(text.as_bytes(), &NumberPattern::default(), |bytes| {
        reports.push(bytes);
    })
    .unwrap();
    assert_eq!(roster.students.len(), 50_000);
    assert_eq!(roster.students[49_999].line, 50_001);
    assert!(reports.is_sorted() && reports.last() == Some(&(text.len() as u64)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = CsvRoster::read(&bytes, &NumberPattern::default(), |_| {});
    }

    #[test]
    fn any_lines_are_students_or_refused_with_their_number(lines in prop::collection::vec("[a-z0-9/,;\"\t éß\u{1b}]{0,20}", 0..20)) {
        let text = format!("adm,name\n{}", lines.join("\n"));
        let roster = read(&text);
        let last = lines.len() as u64 + 1;
        for line in roster.students.iter().map(|row| row.line).chain(roster.refused.iter().map(|row| row.line)) {
            prop_assert!((2..=last).contains(&line));
        }
        for refused in &roster.refused {
            prop_assert!(!refused.reason.chars().any(char::is_control));
        }
    }
}

#[test]
fn days_and_a_group_are_read_where_there_are_such_columns() {
    let list = read(
        "adm,enrolled from,enrolled until,group\n\
         A1,2026-10-05,30/11/2026,B\n\
         A2,,,\n\
         A3,soon,,\n\
         A4,2026-10-05,2026-10-04,\n",
    );
    let places: Vec<ListedPlace> = list
        .students
        .into_iter()
        .map(|row| row.student.place)
        .collect();
    let day = |text: &str| Some(text.parse().unwrap());
    let dated = ListedPlace {
        from: day("2026-10-05"),
        until: day("2026-11-30"),
        group: Group::parse("B").ok(),
    };
    assert_eq!(places, [dated, ListedPlace::default()]);
    let refused: Vec<_> = list
        .refused
        .iter()
        .map(|it| (it.line, it.reason.as_str()))
        .collect();
    assert_eq!(
        refused,
        [
            (
                4,
                "the first day is no date: write 2026-11-23 or 23/11/2026"
            ),
            (5, "it ends before it begins"),
        ]
    );
}
