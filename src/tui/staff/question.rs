//! A question before something is done: a reason, which the audit log keeps, a number, a day, or only whether.

use std::time::Duration;

use chrono::{Datelike as _, NaiveDate};
use ratatui::layout::{Position, Rect};

use crate::domain::{
    AdmissionNumber, Correction, CorrectionOrder, ExcuseId, HandMark, Interval, PersonName, Reason,
    SessionId, UnitCode,
};
use crate::services::LectureSettled;
use crate::tui::draw::frame::{Frame, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{EnrolmentChange, EnrolmentOrder, StaffRequest, StudentPlace};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{AdminText, Key, KeyUse, Label, Message, QuestionText, Voice};

const KEYS: Keys = &[(Key::Enter, KeyUse::DoIt), (Key::Escape, KeyUse::TakeBack)];

/// Of a question with a usual answer.
const KEYS_USUAL: Keys = &[
    (Key::Enter, KeyUse::DoIt),
    (Key::Escape, KeyUse::TakeBack),
    (Key::CtrlZ, KeyUse::OldValue),
];

/// Of a question that Enter alone answers: there may be something to take back.
const KEYS_CONFIRM: Keys = &[(Key::Enter, KeyUse::DoIt), (Key::Escape, KeyUse::Back)];

/// The columns of the label.
const LABEL: u16 = 11;

/// The most minutes that a session is extended by: no session is longer than a day.
const MINUTES_OF_A_DAY: u64 = 24 * 60;

/// A question, most with a line for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    subject: Subject,
    /// The line for the answer.
    answer: TextField,
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
    /// Why a cancelled lecture that was never opened is planned again.
    PlanAgain(SessionId, UnitCode),
    /// Why a session is cancelled.
    Cancel(SessionId, UnitCode),
    /// Why an earlier mark is changed.
    Correct(Box<CorrectionOrder>),
    /// By how many minutes a session is extended.
    Extend(SessionId, UnitCode),
    /// Whether a session is closed.
    Close(SessionId, UnitCode),
    /// Why a planned lecture is cancelled.
    CancelLecture(i64, UnitCode),
    /// Why the last correction of a student is undone.
    Undo(SessionId, AdmissionNumber),
    /// Whether a number that became a student's is one of its own again.
    UndoNumber(AdmissionNumber, AdmissionNumber),
    /// The number that is marked present, on the list or not.
    Number(SessionId),
    /// The name of a student whose number is on no list.
    Newcomer(Box<CorrectionOrder>),
    /// Whether an excuse of a student is taken back, and what it says.
    TakeBackExcuse(ExcuseId, AdmissionNumber, String),
    /// Whether a lecture is settled so, and when it was.
    Settle(SessionId, LectureSettled, String),
    /// From which day on a student is enrolled, with the interval that is offered.
    Enrol(Box<(StudentPlace, Interval)>),
    /// The last day of a student, what they attended of what was held, and today.
    Withdraw(Box<StudentPlace>, (u32, u32), NaiveDate),
}

impl Subject {
    /// The title of the box.
    fn title(&self) -> QuestionText {
        match self {
            Self::Reopen(_, code) | Self::PlanAgain(_, code) => QuestionText::Reopen {
                unit: code.to_string(),
            },
            Self::Cancel(_, code) => QuestionText::Cancel {
                unit: code.to_string(),
            },
            Self::Extend(_, code) => QuestionText::Extend {
                unit: code.to_string(),
            },
            Self::CancelLecture(_, code) => QuestionText::CancelLecture {
                unit: code.to_string(),
            },
            Self::Close(_, code) => QuestionText::Close {
                unit: code.to_string(),
            },
            Self::Correct(order) => QuestionText::Correct {
                number: order.admission_number.to_string(),
            },
            Self::Undo(_, number) => QuestionText::Undo {
                number: number.to_string(),
            },
            Self::UndoNumber(came, _) => QuestionText::UndoNumber {
                number: came.to_string(),
            },
            Self::Newcomer(_) => QuestionText::Newcomer,
            Self::Number(_) => QuestionText::Number,
            Self::TakeBackExcuse(_, number, _) => QuestionText::TakeBackExcuse {
                number: number.to_string(),
            },
            Self::Settle(_, LectureSettled::Held, when) => {
                QuestionText::WasHeld { when: when.clone() }
            }
            Self::Settle(_, LectureSettled::NotHeld, when) => {
                QuestionText::WasNotHeld { when: when.clone() }
            }
            Self::Settle(_, LectureSettled::Undecided, when) => {
                QuestionText::Undecided { when: when.clone() }
            }
            Self::Enrol(enrol) => QuestionText::Enrol {
                number: enrol.0.number.to_string(),
            },
            Self::Withdraw(place, ..) => QuestionText::Withdraw {
                number: place.number.to_string(),
            },
        }
    }

    /// What the answer changes.
    fn consequence(&self) -> QuestionText {
        match self {
            Self::Reopen(..) => QuestionText::ReopenEffect,
            Self::PlanAgain(..) => QuestionText::PlanAgainEffect,
            Self::Cancel(..) => QuestionText::CancelEffect,
            Self::Extend(..) => QuestionText::ExtendEffect,
            Self::CancelLecture(..) => QuestionText::CancelLectureEffect,
            Self::Close(..) => QuestionText::CloseEffect,
            Self::Number(_) => QuestionText::NumberEffect,
            Self::UndoNumber(came, right) => QuestionText::UndoNumberEffect {
                number: came.to_string(),
                right: right.to_string(),
            },
            Self::Newcomer(_) => QuestionText::NewcomerEffect,
            Self::Correct(_) => QuestionText::CorrectEffect,
            Self::Undo(..) => QuestionText::UndoEffect,
            Self::TakeBackExcuse(.., what) => {
                QuestionText::TakeBackExcuseEffect { what: what.clone() }
            }
            Self::Settle(_, LectureSettled::Held, _) => QuestionText::WasHeldEffect,
            Self::Settle(_, LectureSettled::NotHeld, _) => QuestionText::WasNotHeldEffect,
            Self::Settle(_, LectureSettled::Undecided, _) => QuestionText::UndecidedEffect,
            Self::Enrol(_) => QuestionText::EnrolEffect,
            Self::Withdraw(_, (credit, held), _) => QuestionText::WithdrawEffect {
                credit: *credit,
                held: *held,
            },
        }
    }

    /// The text before the line for the answer, and what is said of an empty answer; `None` where that is an
    /// answer too. Without a line, Enter is the answer.
    fn answer(&self) -> Option<(Message<'static>, Option<QuestionText>)> {
        let (label, empty): (Message<'static>, _) = match self {
            Self::Number(_) => (Label::Number.into(), Some(QuestionText::NumberEmpty)),
            Self::Newcomer(_) => (Label::Name.into(), Some(QuestionText::NewcomerEmpty)),
            Self::Extend(..) => (Label::Minutes.into(), Some(QuestionText::MinutesInvalid)),
            Self::Enrol(_) => (Label::Since.into(), None),
            Self::Withdraw(..) => (AdminText::LastDay.into(), Some(QuestionText::DateInvalid)),
            Self::TakeBackExcuse(..)
            | Self::Settle(..)
            | Self::Close(..)
            | Self::UndoNumber(..) => {
                return None;
            }
            Self::Reopen(..)
            | Self::PlanAgain(..)
            | Self::Cancel(..)
            | Self::CancelLecture(..)
            | Self::Correct(_)
            | Self::Undo(..) => (Label::Reason.into(), Some(QuestionText::ReasonEmpty)),
        };
        Some((label, empty))
    }

    /// The answer that is filled in at first.
    fn usual_answer(&self) -> String {
        match self {
            Self::Extend(..) => "15".to_owned(),
            Self::Enrol(enrol) => enrol.1.from.map(|day| day.to_string()).unwrap_or_default(),
            Self::Withdraw(.., today) => today.to_string(),
            _ => String::new(),
        }
    }
}

impl Question {
    /// Asks, with the usual answer filled in.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let answer = TextField::holding(&subject.usual_answer());
        Self { subject, answer }
    }

    /// The line for the answer, where there is one.
    pub(super) fn text_field(&mut self) -> Option<&mut TextField> {
        self.subject.answer().is_some().then_some(&mut self.answer)
    }

    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        body: Rect,
        note: Option<&str>,
        voice: Voice,
    ) -> Option<Position> {
        let has_line = self.subject.answer().is_some();
        let keys = match self.subject.usual_answer().as_str() {
            _ if !has_line => KEYS_CONFIRM,
            "" => KEYS,
            _ => KEYS_USUAL,
        };
        let frame = Frame::boxed(voice.say(self.subject.title()), keys);
        let area = frame.draw(canvas, body, note, voice);
        let text = canvas.theme.role(Role::Text);
        let used = canvas.wrapped(area, &voice.say(self.subject.consequence()), text);
        // On the smallest screen the blank line goes, not the line for the answer.
        let rest = below(area, (used + 1).min(area.height.saturating_sub(1)));
        let (label, _) = self.subject.answer()?;
        canvas.left(top(rest, 1), &voice.say(label), text);
        input::of_form(canvas, shifted(top(rest, 1), LABEL), &self.answer, voice)
    }

    pub(super) fn press(&mut self, stroke: Stroke, voice: Voice) -> QuestionAction {
        match stroke {
            Stroke::Escape => QuestionAction::TakeBack,
            Stroke::Enter => match self.subject.answer() {
                Some((_, Some(empty))) if self.answer.is_blank() => {
                    QuestionAction::Say(voice.say(empty))
                }
                _ => {
                    let request = self.subject.request(self.answer.text().trim(), voice);
                    request.map_or_else(QuestionAction::Say, QuestionAction::Request)
                }
            },
            _ => {
                if let Some(field) = self.text_field() {
                    field.edit(stroke);
                }
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
            Self::Reopen(id, _) | Self::PlanAgain(id, _) => {
                StaffRequest::ReopenSession(*id, reason)
            }
            Self::Cancel(id, _) => StaffRequest::CancelSession(*id, reason),
            Self::CancelLecture(id, _) => StaffRequest::CancelLecture(*id, reason),
            Self::Close(id, _) => StaffRequest::CloseListed(*id),
            Self::Extend(id, _) => match answer.parse() {
                Ok(minutes @ 1..=MINUTES_OF_A_DAY) => {
                    StaffRequest::ExtendSession(*id, Duration::from_secs(minutes * 60))
                }
                _ => return Err(voice.say(QuestionText::MinutesInvalid)),
            },
            Self::Undo(id, number) => StaffRequest::Undo(*id, number.clone(), reason),
            Self::UndoNumber(came, _) => StaffRequest::UndoNumber(came.clone()),
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
                Err(_) => return Err(voice.say(QuestionText::ReasonEmpty)),
            },
            Self::TakeBackExcuse(id, number, _) => {
                StaffRequest::TakeBackExcuse(*id, number.clone())
            }
            Self::Settle(id, settled, _) => StaffRequest::SettleLecture(*id, *settled),
            Self::Enrol(enrol) => {
                let (place, offered) = &**enrol;
                let from = match answer {
                    "" => None,
                    day => Some(read_day(day, voice)?),
                };
                let interval = Interval {
                    from,
                    ..offered.clone()
                };
                change(place, EnrolmentChange::Enrol(interval))
            }
            Self::Withdraw(place, ..) => {
                change(place, EnrolmentChange::Withdraw(read_day(answer, voice)?))
            }
        })
    }
}

fn change(place: &StudentPlace, change: EnrolmentChange) -> StaffRequest {
    let place = place.clone();
    StaffRequest::ChangeEnrolment(Box::new(EnrolmentOrder { place, change }))
}

/// Reads a day as it is typed.
///
/// # Errors
/// The sentence that says how a day is typed.
pub(super) fn read_day(typed: &str, voice: Voice) -> Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(typed.trim(), "%Y-%m-%d").ok();
    // "26-11-22" is of the year 26.
    day.filter(|day| (2000..=2999).contains(&day.year()))
        .ok_or_else(|| voice.say(QuestionText::DateInvalid))
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
