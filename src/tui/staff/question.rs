//! What is asked before something is done: a reason, as the log wants one, or a number.

use std::time::Duration;

use super::PageAction;
use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, HandMark, Lecturer, PersonName, Reason,
    SessionId, UnitCode,
};
use crate::services;
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// No session is longer.
const MINUTES_OF_A_DAY: u64 = 24 * 60;

/// A question with a line for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub subject: Subject,
    /// The answer.
    pub answer: Field,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Why a session takes check-ins again.
    Reopen(SessionId, UnitCode),
    /// Why a session counts for nobody.
    Cancel(SessionId, UnitCode),
    /// Why a mark is changed that stands, or stood.
    Correct(Box<CorrectionOrder>),
    /// For how many minutes more a session takes check-ins.
    Extend(SessionId, UnitCode),
    /// Why a lecture of the timetable is not held.
    CancelLecture(i64, UnitCode),
    /// Why the last correction of a student is taken back.
    Undo(SessionId, AdmissionNumber),
    /// Which number is to be marked present, on the list or not.
    Number(SessionId),
    /// What the student is called whose number is on no list.
    Newcomer(Box<CorrectionOrder>),
    /// Whose the pending record of an unknown number is.
    Merge(SessionId, AdmissionNumber),
}

impl Subject {
    /// The title of the box.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Reopen(_, code) => format!("Reopen {code}?"),
            Self::Cancel(_, code) => format!("Cancel {code}?"),
            Self::Extend(_, code) => format!("Extend {code}?"),
            Self::CancelLecture(_, code) => format!("Cancel today's lecture of {code}?"),
            Self::Correct(order) => format!("{}: why?", order.admission_number),
            Self::Undo(_, number) => format!("Take back the last correction of {number}?"),
            Self::Newcomer(_) => "A student who is on no list".to_owned(),
            Self::Number(_) => "Mark a number present".to_owned(),
            Self::Merge(_, number) => format!("Whose is the record of {number}?"),
        }
    }

    /// What the answer changes.
    #[must_use]
    pub fn consequence(&self) -> &'static str {
        match self {
            Self::Reopen(..) => {
                "It takes check-ins for at least 15 minutes more. Those are flagged."
            }
            Self::Cancel(..) => {
                "It was not held: it counts for nobody, and its check-ins do not either."
            }
            Self::Extend(..) => "It takes check-ins for so many minutes more.",
            Self::CancelLecture(..) => "It is not held today, and does not open by itself.",
            Self::Number(_) => {
                "For a student who stands here and is not in the list below. A number on no list is added."
            }
            Self::Newcomer(_) => {
                "Check the number with the student. With a name they join the class list, marked present."
            }
            Self::Correct(_) => "This changes a mark. The reason is kept with it.",
            Self::Undo(..) => "It becomes as it was before. The log keeps both.",
            Self::Merge(..) => {
                "The record goes to the student with this number; the earlier time stands."
            }
        }
    }

    /// The text before the line for the answer.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Merge(..) | Self::Number(_) => "Number",
            Self::Newcomer(_) => "Name",
            Self::Extend(..) => "Minutes",
            Self::Reopen(..)
            | Self::Cancel(..)
            | Self::CancelLecture(..)
            | Self::Correct(_)
            | Self::Undo(..) => "Reason",
        }
    }

    /// What is said about an empty answer.
    fn empty_answer(&self) -> &'static str {
        match self {
            Self::Merge(..) => "Type the admission number of the student whose it is.",
            Self::Number(_) => "Type the admission number of the student.",
            Self::Newcomer(_) => "Type the student's full name.",
            Self::Extend(..) => words::EXTENDED_BY_MINUTES,
            Self::Reopen(..)
            | Self::Cancel(..)
            | Self::CancelLecture(..)
            | Self::Correct(_)
            | Self::Undo(..) => words::REASON_NEEDED,
        }
    }

    /// The answer that is filled in at first.
    fn usual_answer(&self) -> &'static str {
        if matches!(self, Self::Extend(..)) {
            "15"
        } else {
            ""
        }
    }
}

impl Question {
    /// Asks.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let answer = Field::holding(subject.usual_answer());
        Self { subject, answer }
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        match stroke {
            Stroke::Escape => PageAction::Back,
            Stroke::Enter if self.answer.is_blank() => {
                PageAction::Say(self.subject.empty_answer().to_owned())
            }
            Stroke::Enter => self.answered(self.answer.text().trim(), lecturer.clone()),
            _ => {
                self.answer.edit(stroke);
                PageAction::Stay
            }
        }
    }

    fn answered(&self, answer: &str, lecturer: Lecturer) -> PageAction {
        let reason = answer.to_owned();
        PageAction::Await(match &self.subject {
            Subject::Reopen(id, _) => Effect::ReopenSession(*id, reason, lecturer),
            Subject::Cancel(id, _) => Effect::CancelSession(*id, reason, lecturer),
            Subject::CancelLecture(id, _) => Effect::CancelLecture(*id, reason, lecturer),
            Subject::Extend(id, _) => match answer.parse() {
                Ok(minutes @ 1..=MINUTES_OF_A_DAY) => {
                    let by = Duration::from_secs(minutes * 60);
                    Effect::ExtendSession(*id, by, lecturer)
                }
                _ => return PageAction::Say(words::EXTENDED_BY_MINUTES.to_owned()),
            },
            Subject::Undo(id, number) => Effect::Undo(*id, number.clone(), reason, lecturer),
            Subject::Number(id) => match AdmissionNumber::parse(answer) {
                Ok(number) => {
                    let order = order(*id, number, Correction::Mark(HandMark::Present));
                    Effect::Correct(Box::new(order), lecturer)
                }
                Err(error) => return PageAction::Say(services::words::invalid_number(&error)),
            },
            Subject::Newcomer(order) => match PersonName::parse(answer) {
                Ok(name) => {
                    let order = CorrectionOrder {
                        name: Some(name),
                        ..CorrectionOrder::clone(order)
                    };
                    Effect::Correct(Box::new(order), lecturer)
                }
                Err(error) => return PageAction::Say(services::words::invalid_name(&error)),
            },
            Subject::Correct(order) => match Reason::parse(answer) {
                Ok(reason) => {
                    let order = CorrectionOrder {
                        reason,
                        ..CorrectionOrder::clone(order)
                    };
                    Effect::Correct(Box::new(order), lecturer)
                }
                Err(_) => return PageAction::Say(words::REASON_NEEDED.to_owned()),
            },
            Subject::Merge(id, number) => match AdmissionNumber::parse(answer) {
                Ok(into) => {
                    let order = order(*id, number.clone(), Correction::Merge { into });
                    Effect::Correct(Box::new(order), lecturer)
                }
                Err(error) => return PageAction::Say(services::words::invalid_number(&error)),
            },
        })
    }
}

/// A correction, to be made without a reason where none is needed.
pub(super) fn order(
    session: SessionId,
    admission_number: AdmissionNumber,
    correction: Correction,
) -> CorrectionOrder {
    CorrectionOrder {
        session,
        admission_number,
        correction,
        name: None,
        reason: None,
    }
}
