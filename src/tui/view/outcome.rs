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
//! Lectures so far: 5 of 7
//! █████████████████████████░░░░░░░░░░░
//! 71.43 %, the exam needs 75 %
//! Below 75 % so far. Attend at least 4 of the 5 to come.
//! Plan: 5 of 12 lectures (41.67 %)
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::answer::{AnswerText, answer_text};
use crate::domain::{CheckInAnswer, Listing, PersonName, Receipt};
use crate::tui::big;
use crate::tui::draw::{Canvas, below, inset, top};
use crate::tui::model::{Model, ShownAnswer};
use crate::tui::site::Site;
use crate::tui::terminal::Glyphs;
use crate::words::{Outlook, Page, Screen, StandingText};

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
    Bar { part: u32, whole: u32 },
}

pub(super) fn draw(canvas: &mut Canvas, area: Rect, model: &Model, outcome: &ShownAnswer) {
    let answer = answer_text(&outcome.answer, model.site.voice);
    let style = canvas.theme.tone(answer.tone);
    canvas.fill(area, style);
    let inside = inset(area, 1, 0);

    let mut parts = vec![heading(&answer, inside), sentence(canvas, &answer, inside)];
    // On a repeat, whoever typed the number learns nothing of its student.
    match &outcome.answer {
        Ok(CheckInAnswer::Recorded(receipt)) => {
            parts.extend(details(canvas, receipt, &model.site, inside));
        }
        Ok(CheckInAnswer::TakenBack(_)) => {
            let voice = model.site.voice;
            for (gives_way, text) in [(1, Screen::NothingForIt), (2, Screen::TypeYourOwn)] {
                parts.push(Part::new(gives_way + 2, 1, Content::Blank));
                parts.push(wrapped(canvas, gives_way, voice.say(text), inside));
            }
        }
        Ok(CheckInAnswer::AlreadyMarked(_) | CheckInAnswer::MarkedElsewhere(_)) | Err(_) => {}
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
    let name = receipt.student.name.as_ref();
    let name = name.map_or("", PersonName::as_str).to_owned();
    let day = site.voice.date(session.starts_at);
    let line = |gives_way, text| Part::new(gives_way, 1, Content::Line(text));
    let mut parts = vec![
        Part::new(11, 1, Content::Blank),
        Part::new(1, 1, Content::Name(name)),
        line(7, receipt.student.admission_number.to_string()),
        // Another lecture than the one on the screen is named wherever there is room.
        line(
            if receipt.is_elsewhere { 1 } else { 5 },
            format!("{}  {}", session.unit_code, session.unit_name),
        ),
        line(6, format!("{day}, {}", session.time_slot(zone))),
        line(8, session.lecturer_name.clone()),
    ];
    let voice = site.voice;
    let counting = receipt.standing.as_ref().filter(|_| !receipt.pending);
    let Some(standing) = counting else {
        if receipt.listing == Listing::Stranger && !receipt.pending {
            parts.push(wrapped(canvas, 2, voice.say(Page::NewStranger), area));
        }
        return parts;
    };
    let of_held = StandingText::OfHeld {
        n: standing.credit,
        held: standing.held,
    };
    let so_far = format!(
        "{}: {}",
        voice.say(StandingText::LecturesSoFar),
        voice.say(of_held)
    );
    let bar = Content::Bar {
        part: standing.credit,
        whole: standing.held,
    };
    parts.extend([
        line(2, so_far),
        Part::new(9, 1, bar),
        line(4, voice.say(StandingText::needs(standing))),
        wrapped(canvas, 3, voice.say(Outlook::of(standing)), area),
        line(10, voice.say(StandingText::plan(standing))),
    ]);
    parts
}

/// Leaves parts out until the rest fits; the word becomes small before the name or the percentage is left
/// out.
fn shorten(parts: &mut Vec<Part>, rows: u16) {
    const BEFORE_THE_BIG_WORD: u8 = 8;
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

/// Adds the lectures so far in big digits where there is room.
fn enlarge(parts: &mut Vec<Part>, area: Rect) {
    let spare = area.height.saturating_sub(rows_of(parts));
    let Some(bar) = parts
        .iter()
        .position(|part| matches!(part.content, Content::Bar { .. }))
    else {
        return;
    };
    if let Content::Bar { part, whole } = parts[bar].content
        && spare >= big::HEIGHT + 3
    {
        let digits = format!("{part}/{whole}");
        if Canvas::big_width(&digits).is_some_and(|width| width <= area.width) {
            let big = Part::new(0, big::HEIGHT + 1, Content::Big(digits));
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
        Content::Bar { part, whole } => {
            canvas.bar(area, &[(*part, style)], *whole, style);
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
