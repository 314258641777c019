//! What is asked before something is done: a reason, as the log wants one, or a number.

use std::time::Duration;

use super::PageAction;
use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, HandMark, Lecturer, PersonName, Reason,
    SessionId, UnitCode,
};
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;
use crate::words::Voice;

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

impl Question {
    /// Asks.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let answer = Field::holding(words::usual_answer(&subject));
        Self { subject, answer }
    }

    pub(super) fn press(
        &mut self,
        stroke: Stroke,
        lecturer: &Lecturer,
        voice: Voice,
    ) -> PageAction {
        match stroke {
            Stroke::Escape => PageAction::Back,
            Stroke::Enter if self.answer.is_blank() => {
                PageAction::Say(words::empty_answer(&self.subject).to_owned())
            }
            Stroke::Enter => self.answered(lecturer.clone(), voice),
            _ => {
                self.answer.edit(stroke);
                PageAction::Stay
            }
        }
    }

    fn answered(&self, lecturer: Lecturer, voice: Voice) -> PageAction {
        let answer = self.answer.text().trim();
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
                Err(error) => return PageAction::Say(voice.say(&error)),
            },
            Subject::Newcomer(order) => match PersonName::parse(answer) {
                Ok(name) => {
                    let order = CorrectionOrder {
                        name: Some(name),
                        ..CorrectionOrder::clone(order)
                    };
                    Effect::Correct(Box::new(order), lecturer)
                }
                Err(error) => return PageAction::Say(voice.say(&error)),
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
                Err(error) => return PageAction::Say(voice.say(&error)),
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
