//! A question before something is done: a reason, which the audit log keeps, or a number.

use std::time::Duration;

use ratatui::layout::{Position, Rect};

use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, HandMark, PersonName, Reason, SessionId, UnitCode,
};
use crate::tui::draw::frame::{Frame, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::StaffRequest;
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::tui::words;
use crate::words::Voice;

const KEYS: Keys = &[("Enter", "do it"), ("Esc", "take back")];

/// The columns of the label.
const LABEL: u16 = 11;

/// The most minutes that a session is extended by: no session is longer than a day.
const MINUTES_OF_A_DAY: u64 = 24 * 60;

/// A question with a line for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    subject: Subject,
    /// The line for the answer.
    pub answer: TextField,
}

/// What a key in a question leads to.
#[derive(Debug)]
pub enum QuestionAction {
    /// The answer is typed on.
    Type,
    /// The answer is not good; a sentence says why.
    Say(String),
    /// The question goes, and nothing is done.
    TakeBack,
    /// The answer is good.
    Request(StaffRequest),
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Why a session is reopened.
    Reopen(SessionId, UnitCode),
    /// Why a session is cancelled.
    Cancel(SessionId, UnitCode),
    /// Why an earlier mark is changed.
    Correct(Box<CorrectionOrder>),
    /// By how many minutes a session is extended.
    Extend(SessionId, UnitCode),
    /// Why a planned lecture is cancelled.
    CancelLecture(i64, UnitCode),
    /// Why the last correction of a student is undone.
    Undo(SessionId, AdmissionNumber),
    /// The number that is marked present, on the list or not.
    Number(SessionId),
    /// The name of a student whose number is on no list.
    Newcomer(Box<CorrectionOrder>),
    /// The number of the student to whom a pending record belongs.
    Merge(SessionId, AdmissionNumber),
}

impl Subject {
    /// The title of the box.
    fn title(&self) -> String {
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
    fn consequence(&self) -> &'static str {
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
    fn label(&self) -> &'static str {
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

    /// The sentence about an empty answer.
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
    /// Asks, with the usual answer filled in.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let answer = TextField::holding(subject.usual_answer());
        Self { subject, answer }
    }

    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        body: Rect,
        note: Option<&str>,
    ) -> Option<Position> {
        let area = Frame::boxed(self.subject.title(), KEYS).draw(canvas, body, note);
        let text = canvas.theme.role(Role::Text);
        let used = canvas.wrapped(area, self.subject.consequence(), text);
        // On the smallest screen the blank line goes, not the line for the answer.
        let rest = below(area, (used + 1).min(area.height.saturating_sub(1)));
        canvas.left(top(rest, 1), self.subject.label(), text);
        input::field(canvas, shifted(top(rest, 1), LABEL), &self.answer)
    }

    pub(super) fn press(&mut self, stroke: Stroke, voice: Voice) -> QuestionAction {
        match stroke {
            Stroke::Escape => QuestionAction::TakeBack,
            Stroke::Enter if self.answer.is_blank() => {
                QuestionAction::Say(self.subject.empty_answer().to_owned())
            }
            Stroke::Enter => {
                let request = self.subject.request(self.answer.text().trim(), voice);
                request.map_or_else(QuestionAction::Say, QuestionAction::Request)
            }
            _ => {
                self.answer.edit(stroke);
                QuestionAction::Type
            }
        }
    }
}

impl Subject {
    /// What the answer asks the services for.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the answer.
    fn request(&self, answer: &str, voice: Voice) -> Result<StaffRequest, String> {
        let reason = answer.to_owned();
        let number = || {
            let number = AdmissionNumber::parse(answer);
            number.map_err(|error| voice.say(&error))
        };
        let correct = |order| StaffRequest::Correct(Box::new(order));
        Ok(match self {
            Self::Reopen(id, _) => StaffRequest::ReopenSession(*id, reason),
            Self::Cancel(id, _) => StaffRequest::CancelSession(*id, reason),
            Self::CancelLecture(id, _) => StaffRequest::CancelLecture(*id, reason),
            Self::Extend(id, _) => match answer.parse() {
                Ok(minutes @ 1..=MINUTES_OF_A_DAY) => {
                    StaffRequest::ExtendSession(*id, Duration::from_secs(minutes * 60))
                }
                _ => return Err(words::EXTENDED_BY_MINUTES.to_owned()),
            },
            Self::Undo(id, number) => StaffRequest::Undo(*id, number.clone(), reason),
            Self::Number(id) => {
                let present = Correction::Mark(HandMark::Present);
                correct(order(*id, number()?, present))
            }
            Self::Newcomer(order) => match PersonName::parse(answer) {
                Ok(name) => correct(CorrectionOrder {
                    name: Some(name),
                    ..CorrectionOrder::clone(order)
                }),
                Err(error) => return Err(voice.say(&error)),
            },
            Self::Correct(order) => match Reason::parse(answer) {
                Ok(reason) => correct(CorrectionOrder {
                    reason,
                    ..CorrectionOrder::clone(order)
                }),
                Err(_) => return Err(words::REASON_NEEDED.to_owned()),
            },
            Self::Merge(id, pending) => {
                let into = number()?;
                correct(order(*id, pending.clone(), Correction::Merge { into }))
            }
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
