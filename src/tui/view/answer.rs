//! What the answer to a check-in says.

use crate::domain::{CheckInAnswer, Punctuality, Refusal};
use crate::tui::theme::Tone;
use crate::words::{Answer, Voice};

/// A result in words, largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerText {
    /// The colour of the panel.
    pub tone: Tone,
    /// A big sign beside the word.
    pub sign: &'static str,
    /// One word, to be read from three metres.
    pub word: String,
    /// What happened, and what to do.
    pub sentence: String,
}

/// What an answer says.
pub fn answer_text(answer: &Result<CheckInAnswer, Refusal>, voice: Voice) -> AnswerText {
    let (tone, sign, word, sentence) = match answer {
        Ok(CheckInAnswer::Recorded(receipt)) => {
            let time = voice.time(receipt.checked_in_at);
            match receipt.punctuality {
                _ if receipt.pending => {
                    (Tone::Remark, "?", Answer::Noted, Answer::PendingAt { time })
                }
                Punctuality::Late(by) => (
                    Tone::Remark,
                    "!",
                    Answer::Late,
                    Answer::LateAt { time, n: by.get() },
                ),
                Punctuality::OnTime => {
                    (Tone::Good, "✓", Answer::Present, Answer::OnTimeAt { time })
                }
            }
        }
        Ok(CheckInAnswer::AlreadyMarked(receipt) | CheckInAnswer::MarkedElsewhere(receipt)) => {
            let time = voice.time(receipt.checked_in_at);
            (Tone::Known, "=", Answer::Marked, Answer::AlreadyAt { time })
        }
        Ok(CheckInAnswer::TakenBack(receipt)) => {
            let number = receipt.student.admission_number.to_string();
            (
                Tone::Known,
                "=",
                Answer::NotYou,
                Answer::TakenBack { number },
            )
        }
        Err(refusal) => {
            return AnswerText {
                tone: Tone::Bad,
                sign: "✗",
                word: voice.say(word_of(refusal)),
                sentence: voice.explain(refusal).sentence(),
            };
        }
    };
    AnswerText {
        tone,
        sign,
        word: voice.say(word),
        sentence: voice.say(sentence),
    }
}

fn word_of(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::NoSession | Refusal::SessionClosed => Answer::Closed,
        Refusal::NotYetOpen { .. } => Answer::NotYet,
        Refusal::CodeExpired | Refusal::UnknownCode => Answer::Expired,
        Refusal::UnknownStudent
        | Refusal::NearNumber { .. }
        | Refusal::WhichLecture { .. }
        | Refusal::InvalidNumber(_)
        | Refusal::InvalidName(_) => Answer::CheckIt,
        Refusal::NameNeeded => Answer::Name,
        Refusal::DeviceBlocked => Answer::Blocked,
        Refusal::MarkRemoved => Answer::Removed,
        Refusal::NotMe(_) => Answer::NotDone,
        Refusal::RateLimited { .. } => Answer::Wait,
        Refusal::OutOfOrder => Answer::Failed,
    }
}
