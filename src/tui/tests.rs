//! No input of a terminal, at any moment, stops the screen or its drawing.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::keymap;
use super::msg::Effect;
use super::request::StaffAnswer;
use super::testing::{
    answer, break_off, drawn, recorded, reply, signed_in, taken_back, usual_screen, wait,
};
use super::update::update;
use crate::tests::fuzz::fuzz;

/// The sizes of a small screen, a terminal, a big screen, and one that is too small.
const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (240, 67), (3, 2)];

#[test]
fn no_input_stops_the_screen() {
    fuzz("keys", |input| {
        let mut model = usual_screen();
        for event in events(input) {
            let Some(msg) = keymap::read(event) else {
                // Time passes.
                wait(&mut model, 1);
                continue;
            };
            match update(&mut model, msg) {
                Some(Effect::CheckIn(_) | Effect::PutBack(_)) => {
                    drop(answer(&mut model, Ok(recorded())));
                }
                Some(Effect::TakeBack(_)) => drop(answer(&mut model, Ok(taken_back()))),
                Some(Effect::SignIn(..)) => {
                    reply(&mut model, StaffAnswer::SignedIn(Ok(signed_in(true))));
                }
                Some(Effect::Request(_, _, request)) => break_off(&mut model, request.kind()),
                Some(Effect::Leave) | None => {}
            }
        }
        let (width, height) = SIZES[input.len() % SIZES.len()];
        drawn(&model, width, height);
    });
}

/// Bytes as the driver of a terminal reads them: control keys, a few sequences, and text.
fn events(input: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let text = String::from_utf8_lossy(input);
    let mut rest = text.as_ref();
    let plain = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
    while let Some(character) = rest.chars().next() {
        if let Some(pasted) = rest.strip_prefix("\u{1b}[200~") {
            let (pasted, after) = pasted.split_once("\u{1b}[201~").unwrap_or((pasted, ""));
            events.push(Event::Paste(pasted.to_owned()));
            rest = after;
            continue;
        }
        if let Some((sequence, code)) = SEQUENCES
            .iter()
            .find(|(sequence, _)| rest.starts_with(sequence))
        {
            events.push(plain(*code));
            rest = &rest[sequence.len()..];
            continue;
        }
        events.push(match character {
            '\r' => plain(KeyCode::Enter),
            '\t' => plain(KeyCode::Tab),
            '\u{1b}' => plain(KeyCode::Esc),
            '\u{7f}' => plain(KeyCode::Backspace),
            '\0' => Event::Resize(80, 24),
            control @ '\u{1}'..'\u{1b}' => {
                let letter = char::from(control as u8 + b'a' - 1);
                Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
            }
            '\u{fffd}' => Event::FocusLost,
            character => plain(KeyCode::Char(character)),
        });
        rest = &rest[character.len_utf8()..];
    }
    events
}

const SEQUENCES: [(&str, KeyCode); 12] = [
    ("\u{1b}[A", KeyCode::Up),
    ("\u{1b}[B", KeyCode::Down),
    ("\u{1b}[C", KeyCode::Right),
    ("\u{1b}[D", KeyCode::Left),
    ("\u{1b}[H", KeyCode::Home),
    ("\u{1b}[F", KeyCode::End),
    ("\u{1b}[Z", KeyCode::BackTab),
    ("\u{1b}[3~", KeyCode::Delete),
    ("\u{1b}[5~", KeyCode::PageUp),
    ("\u{1b}[6~", KeyCode::PageDown),
    ("\u{1b}[21~", KeyCode::F(10)),
    ("\u{1b}OP", KeyCode::F(1)),
];
