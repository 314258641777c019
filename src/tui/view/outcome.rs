//! The answer to the last entry: a panel in the colour of its outcome.
//!
//! ```text
//!      ██    ████  ████  ████  ███ ████ ██  ██ ████
//!     ██     ██ ██ ██ ██ ██   ██   ██   ███ ██  ██
//! ██ ██      ████  ████  ███   ██  ███  ██████  ██
//!  ███       ██    ██ ██ ██     ██ ██   ██ ███  ██
//!   █        ██    ██ ██ ████ ███  ████ ██  ██  ██
//!
//! Recorded at 09:04, on time.
//!
//! Amina Njeri
//! ADM/2023/001
//! CS101  Introduction to Programming
//! Sun 22 Nov 2026, 09:00 - 11:00
//! Dr. Amina Smith
//! ██████████████████████████████░░░░░░
//! 83.33 %  (10 of 12 lectures)
//! So far 10 of 11 held; can miss 2
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::answer::{AnswerText, answer_text};
use crate::domain::{CheckInAnswer, Percentage, PersonName, Receipt};
use crate::tui::big;
use crate::tui::draw::{Canvas, below, inset, top};
use crate::tui::model::{Model, ShownAnswer};
use crate::tui::site::Site;
use crate::tui::terminal::Glyphs;
use crate::words::Screen;

/// The most blank rows above the word.
const MOST_AIR: u16 = 2;

/// A part of the panel. On a small screen the part with the highest number is left out first.
struct Part {
    gives_way: u8,
    rows: u16,
    content: Content,
}

impl Part {
    fn new(gives_way: u8, rows: u16, content: Content) -> Self {
        Self {
            gives_way,
            rows,
            content,
        }
    }
}

enum Content {
    Blank,
    Word,
    Line(String),
    Name(String),
    Words(String),
    Big(String),
    Bar { attended: u32, planned: u32 },
}

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, outcome: &ShownAnswer) {
    let answer = answer_text(&outcome.answer, model.site.voice);
    let style = canvas.theme.tone(answer.tone);
    canvas.fill(area, style);
    let inside = inset(area, 1, 0);

    let mut parts = vec![heading(&answer, inside), sentence(canvas, &answer, inside)];
    if let Ok(CheckInAnswer::Recorded(receipt) | CheckInAnswer::AlreadyMarked(receipt)) =
        &outcome.answer
    {
        parts.extend(details(canvas, receipt, &model.site, inside));
    }
    shorten(&mut parts, inside.height);
    enlarge(&mut parts, inside);

    let spare = inside.height.saturating_sub(rows_of(&parts));
    let mut rest = below(inside, (spare / 2).min(MOST_AIR));
    for part in parts {
        paint(canvas, top(rest, part.rows), &part.content, &answer, style);
        rest = below(rest, part.rows);
    }
}

fn heading(answer: &AnswerText, area: Rect) -> Part {
    let fits = Canvas::big_width(&answer.word).is_some_and(|width| width <= area.width);
    let rows = if fits { big::HEIGHT + 1 } else { 1 };
    Part::new(0, rows, Content::Word)
}

fn sentence(canvas: &Canvas, answer: &AnswerText, area: Rect) -> Part {
    let text = format!("{} {}", small_sign(canvas, answer), answer.sentence);
    wrapped(canvas, 0, text, area)
}

/// A text that is shown to its end.
fn wrapped(canvas: &Canvas, gives_way: u8, text: String, area: Rect) -> Part {
    let rows = canvas.rows_of(&text, area.width);
    Part::new(gives_way, rows, Content::Words(text))
}

fn details(canvas: &Canvas, receipt: &Receipt, site: &Site, area: Rect) -> Vec<Part> {
    let session = &receipt.session;
    let zone = site.voice.zone;
    let standing = &receipt.standing;
    let so_far = Screen::SoFar(*standing, site.required_percent);
    let name = receipt.student.name.as_ref();
    let name = name.map_or("", PersonName::as_str).to_owned();
    let day = site.voice.date(session.starts_at);
    let bar = Content::Bar {
        attended: standing.attended,
        planned: standing.planned,
    };
    let line = |gives_way, text| Part::new(gives_way, 1, Content::Line(text));
    vec![
        Part::new(9, 1, Content::Blank),
        Part::new(1, 1, Content::Name(name)),
        line(5, receipt.student.admission_number.to_string()),
        line(3, format!("{}  {}", session.unit_code, session.unit_name)),
        line(4, format!("{day}, {}", session.time_slot(zone))),
        line(6, session.lecturer_name.clone()),
        Part::new(7, 1, bar),
        line(2, site.voice.say(Screen::Standing(*standing))),
        wrapped(canvas, 8, site.voice.say(so_far), area),
    ]
}

/// Leaves parts out until the rest fits; the word becomes small before the name or the percentage is left
/// out.
fn shorten(parts: &mut Vec<Part>, rows: u16) {
    const BEFORE_THE_BIG_WORD: u8 = 6;
    loop {
        let Some(first) = parts.iter().map(|part| part.gives_way).max() else {
            return;
        };
        if rows_of(parts) <= rows {
            return;
        }
        match parts
            .iter_mut()
            .find(|part| matches!(part.content, Content::Word))
        {
            Some(word) if first < BEFORE_THE_BIG_WORD && word.rows > 1 => {
                // The line between the word and the sentence goes first.
                word.rows = if word.rows > big::HEIGHT {
                    big::HEIGHT
                } else {
                    1
                };
            }
            _ if first == 0 => {
                // There is room for the word or the sentence: the word is enough.
                parts.retain(|part| matches!(part.content, Content::Word));
                return;
            }
            _ => parts.retain(|part| part.gives_way != first),
        }
    }
}

/// Adds the percentage in big digits where there is room.
fn enlarge(parts: &mut Vec<Part>, area: Rect) {
    let spare = area.height.saturating_sub(rows_of(parts));
    let Some(bar) = parts
        .iter()
        .position(|part| matches!(part.content, Content::Bar { .. }))
    else {
        return;
    };
    if let Content::Bar { attended, planned } = parts[bar].content
        && spare >= big::HEIGHT + 3
    {
        let percent = format!("{}%", Percentage::of(attended, planned));
        if Canvas::big_width(&percent).is_some_and(|width| width <= area.width) {
            let big = Part::new(0, big::HEIGHT + 1, Content::Big(percent));
            parts.splice(bar..bar, [Part::new(0, 1, Content::Blank), big]);
        }
    }
}

fn rows_of(parts: &[Part]) -> u16 {
    parts.iter().map(|part| part.rows).sum()
}

fn paint(canvas: &mut Canvas, area: Rect, content: &Content, answer: &AnswerText, style: Style) {
    match content {
        Content::Blank => {}
        Content::Line(text) => {
            canvas.left(area, text, style);
        }
        Content::Name(name) => {
            canvas.left(area, name, canvas.theme.emphasised(style));
        }
        Content::Words(text) => {
            canvas.wrapped(area, text, style);
        }
        Content::Big(text) => {
            canvas.big(area, text, style);
        }
        Content::Bar { attended, planned } => {
            canvas.bar(area, &[(*attended, style)], *planned, style);
        }
        Content::Word => {
            let with_sign = format!("{} {}", answer.sign, answer.word);
            if canvas.big(area, &with_sign, style) || canvas.big(area, &answer.word, style) {
                return;
            }
            canvas.left(area, &answer.word, canvas.theme.emphasised(style));
        }
    }
}

/// The sign in one column; the console's fonts have no ticks and crosses.
fn small_sign(canvas: &Canvas, answer: &AnswerText) -> &'static str {
    match (canvas.theme.glyphs, answer.sign) {
        (Glyphs::Console, "✓") => "+",
        (Glyphs::Console, "✗") => "x",
        (_, sign) => sign,
    }
}
