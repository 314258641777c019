//! Marks for the numbers of a paper list, and what they come to.

use std::collections::BTreeSet;

use super::admission_number::AdmissionNumber;
use super::check_in::StudentLine;
use super::correction::{HandMark, Reason};
use super::counting::Mark;
use super::lecture::PlannedLecture;
use super::session::{LectureStage, Session, SessionId};
use super::timetable::ClashOf;

/// The marks that staff give to all whose numbers are on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperList {
    /// As typed or pasted.
    pub numbers: String,
    pub mark: HandMark,
    /// Whether students who are not on the unit's list are marked too.
    pub takes_unlisted: bool,
    /// Needed to give a mark again that staff removed.
    pub reason: Option<Reason>,
}

/// A paper list for one lecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperListOrder {
    pub session: SessionId,
    pub list: PaperList,
}

/// What a paper list changes: each of its numbers is in one of these.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct PaperListEffect {
    /// Those whom the list marks.
    pub marked: Vec<StudentLine>,
    /// Marked before, or removed by staff: they stay as they are.
    pub kept: Vec<KeptMark>,
    /// Known, and not on the unit's list of that day: not marked.
    pub unlisted: Vec<StudentLine>,
    /// Nobody's, and near one of the list: not marked.
    pub near: Vec<NearListed>,
    /// Numbers of no student, near none of the list.
    pub unknown: Vec<AdmissionNumber>,
    /// What cannot be read as a number.
    pub unreadable: Vec<String>,
}

/// A mark that a paper list leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeptMark {
    #[serde(flatten)]
    pub student: StudentLine,
    pub mark: Mark,
}

/// A number that may be a slip of the pen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NearListed {
    pub typed: AdmissionNumber,
    pub suggestion: AdmissionNumber,
}

/// A lecture that was entered after it was held on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredLecture {
    pub session: Session,
    /// What the timetable's lecture that it is was until now; `None`: it is in no timetable.
    pub was: Option<LectureStage>,
    /// The lectures that cannot have been held beside it, and what both needed.
    pub clashes: Vec<(PlannedLecture, ClashOf)>,
    pub list: PaperListEffect,
}

/// The numbers of a typed list, each once, in order, and what is none. Numbers are apart by line ends, commas,
/// semicolons and tabs; by blanks too, unless the whole, with its blanks, is a number that is known.
///
/// # Errors
/// That of `is_known`.
pub fn numbers_in<E>(
    text: &str,
    mut is_known: impl FnMut(&AdmissionNumber) -> Result<bool, E>,
) -> Result<(Vec<AdmissionNumber>, Vec<String>), E> {
    let (mut numbers, mut unreadable) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut add = |number: AdmissionNumber| {
        if seen.insert(number.clone()) {
            numbers.push(number);
        }
    };
    for part in text.split(['\n', '\r', ',', ';', '\t']) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        if let Ok(whole) = AdmissionNumber::parse(part)
            && is_known(&whole)?
        {
            add(whole);
            continue;
        }
        for word in part.split_whitespace() {
            match AdmissionNumber::parse(word) {
                Ok(number) => add(number),
                Err(_) => unreadable.push(word.to_owned()),
            }
        }
    }
    Ok((numbers, unreadable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_apart_by_lines_commas_and_blanks() {
        let known = |number: &AdmissionNumber| Ok::<_, ()>(number.as_str() == "P15 1234");
        let text = " adm/1, ADM/2;ADM/3\r\nADM/4 ADM/1\n\nP15 1234\tP16 1\n\u{1b}x";
        let (numbers, unreadable) = numbers_in(text, known).unwrap();
        let numbers: Vec<&str> = numbers.iter().map(AdmissionNumber::as_str).collect();
        let expected = ["ADM/1", "ADM/2", "ADM/3", "ADM/4", "P15 1234", "P16", "1"];
        assert_eq!(numbers, expected);
        assert_eq!(unreadable, ["\u{1b}x"]);
    }
}
