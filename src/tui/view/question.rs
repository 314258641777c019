//! A question to the student, asked before anything is recorded.
//!
//! ```text
//! Did you mean
//!
//! ADM/2026/014
//!
//! Enter Yes, that is mine
//! Esc No, let me type it again
//! Tab What I typed is right
//!
//! Nothing is recorded yet. 15 s
//! ```

use ratatui::layout::Rect;

use crate::tui::draw::frame::write_keys;
use crate::tui::draw::{Canvas, below, top};
use crate::tui::model::{Asked, Model, Question};
use crate::tui::theme::Role;
use crate::tui::update::ABANDONED_AFTER;
use crate::words::{Key, KeyUse, Screen};

/// The rows of a question with blank rows between its parts.
const ROOMY: u16 = 9;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, asked: &Asked) {
    let voice = model.site.voice;
    let [text, strong, quiet] =
        [Role::Text, Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let air = u16::from(area.height >= ROOMY);
    let Question::Number(suggestion) = &asked.question;
    canvas.left(top(area, 1), &voice.say(Screen::DidYouMean), text);
    let rest = below(area, 1 + air);
    canvas.left(top(rest, 1), suggestion.as_str(), strong);
    let mut rest = below(rest, 1 + air);
    for key in [
        (Key::Enter, KeyUse::NumberIsMine),
        (Key::Escape, KeyUse::TypeAgain),
        (Key::Tab, KeyUse::NumberIsRight),
    ] {
        write_keys(canvas, top(rest, 1), &[key], voice);
        rest = below(rest, 1);
    }
    let left = ABANDONED_AFTER.saturating_sub(model.now.since(asked.since));
    let seconds = left.as_secs();
    let pending = voice.say(Screen::NothingRecordedYet { seconds });
    canvas.left(top(below(rest, air), 1), &pending, quiet);
}
