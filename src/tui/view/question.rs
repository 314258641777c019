//! A question to the student, asked before anything is recorded.
//!
//! ```text
//! Did you mean
//!
//! ADM/2026/014
//!          ^
//! You typed the letter O, not the digit 0.
//!
//! Enter Yes, that is mine
//! Esc No, let me type it again
//! Tab What I typed is right
//!
//! Nothing is recorded yet. 15 s
//! ```

use ratatui::layout::Rect;

use crate::domain::{AdmissionNumber, LectureHere, Slip, slip};
use crate::tui::draw::frame::write_keys;
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::model::{Asked, Model, Question};
use crate::tui::theme::Role;
use crate::tui::update::ABANDONED_AFTER;
use crate::words::{Key, KeyUse, Screen};

/// The rows of a question with blank rows between its parts.
const ROOMY: u16 = 9;

/// Those with what the slip was, besides.
const WITH_SLIP: u16 = 11;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, asked: &Asked) {
    let air = u16::from(area.height >= ROOMY);
    let rest = match &asked.question {
        Question::Number(suggestion) => {
            number(canvas, area, air, model, (&asked.entry.number, suggestion))
        }
        Question::Lecture(lectures, marked) => {
            lecture(canvas, area, air, model, (lectures, *marked))
        }
    };
    let left = ABANDONED_AFTER.saturating_sub(model.now.since(asked.since));
    let seconds = left.as_secs();
    let pending = model.site.voice.say(Screen::NothingRecordedYet { seconds });
    let quiet = canvas.theme.role(Role::Quiet);
    canvas.left(top(below(rest, air), 1), &pending, quiet);
}

fn number(
    canvas: &mut Canvas,
    area: Rect,
    air: u16,
    model: &Model,
    (typed, suggestion): (&str, &AdmissionNumber),
) -> Rect {
    let voice = model.site.voice;
    let [text, strong, key] =
        [Role::Text, Role::Strong, Role::Warning].map(|role| canvas.theme.role(role));
    canvas.left(top(area, 1), &voice.say(Screen::DidYouMean), text);
    let rest = below(area, 1 + air);
    canvas.left(top(rest, 1), suggestion.as_str(), strong);
    let mut rest = below(rest, 1);
    if area.height >= WITH_SLIP
        && let Ok(typed) = AdmissionNumber::parse(typed)
    {
        let (slip, place) = slip(&typed, suggestion);
        let before = suggestion.as_str().chars().take(place).collect::<String>();
        if slip != Slip::Signs {
            canvas.left(shifted(top(rest, 1), canvas.width_of(&before)), "^", key);
        }
        canvas.left(top(below(rest, 1), 1), &voice.say(slip), text);
        rest = below(rest, 2);
    }
    let rest = below(rest, air);
    let keys = [
        (Key::Enter, KeyUse::NumberIsMine),
        (Key::Escape, KeyUse::TypeAgain),
        (Key::Tab, KeyUse::NumberIsRight),
    ];
    for (row, key) in (0..).zip(keys) {
        write_keys(canvas, top(below(rest, row), 1), &[key], voice);
    }
    below(rest, 3)
}

/// As many lines for each lecture as there is room for: code and name, times and lecturer, and whose list it is.
fn lecture(
    canvas: &mut Canvas,
    area: Rect,
    air: u16,
    model: &Model,
    (lectures, marked): (&[LectureHere], usize),
) -> Rect {
    let voice = model.site.voice;
    let [text, strong, quiet] =
        [Role::Text, Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let count = u16::try_from(lectures.len()).unwrap_or(u16::MAX);
    let lines = (area.height.saturating_sub(2 + air) / count.max(1)).clamp(1, 3);
    let mut rest = area;
    for (
        at,
        LectureHere {
            session, is_listed, ..
        },
    ) in lectures.iter().enumerate()
    {
        let (sign, style) = if at == marked {
            ('>', strong)
        } else {
            (' ', text)
        };
        let heading = format!(
            "{sign}{}  {}  {}",
            at + 1,
            session.unit_code,
            session.unit_name
        );
        canvas.left(top(rest, 1), &heading, style);
        let slot = session.time_slot(voice.zone);
        let slot = format!("{slot}  {}", session.lecturer_name);
        let list = if *is_listed {
            Screen::OnThisList
        } else {
            Screen::NotOnThisList
        };
        for (line, said) in (1..lines).zip([slot, voice.say(list)]) {
            canvas.left(shifted(top(below(rest, line), 1), 4), &said, quiet);
        }
        rest = below(rest, lines);
    }
    let keys = [
        (Key::Digit, KeyUse::Choose),
        (Key::Enter, KeyUse::Take),
        (Key::Escape, KeyUse::Back),
    ];
    write_keys(canvas, top(below(rest, air), 1), &keys, voice);
    below(rest, 1 + air)
}
