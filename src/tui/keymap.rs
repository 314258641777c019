//! Translates the terminal's events into messages. Only this file knows the keys of the terminal.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::msg::Msg;
use super::stroke::Stroke;

/// The message for an event; `None` for an event that means nothing to the screen.
#[must_use]
pub fn read(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => stroke(key).map(Msg::Stroke),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(..) => Some(Msg::Resized),
        _ => None,
    }
}

fn stroke(key: KeyEvent) -> Option<Stroke> {
    let command = key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    // AltGr arrives as Control and Alt together, and types letters.
    let types = !command
        || key
            .modifiers
            .contains(KeyModifiers::CONTROL | KeyModifiers::ALT);
    Some(match key.code {
        KeyCode::Char(character) if types => Stroke::Character(character),
        // A line feed, which is how some barcode readers end.
        KeyCode::Char('j' | 'm') if key.modifiers == KeyModifiers::CONTROL => Stroke::Enter,
        KeyCode::Char('q') if key.modifiers == KeyModifiers::CONTROL => Stroke::Staff,
        KeyCode::Char('u') if key.modifiers == KeyModifiers::CONTROL => Stroke::Escape,
        KeyCode::Char('h') if key.modifiers == KeyModifiers::CONTROL => Stroke::Backspace,
        KeyCode::Char('z') if key.modifiers == KeyModifiers::CONTROL => Stroke::OldValue,
        // Control-\ arrives as Control-4.
        KeyCode::Char('c' | 'd' | '\\' | '4') => Stroke::Interrupt,
        KeyCode::Enter => Stroke::Enter,
        KeyCode::Tab => Stroke::Tab,
        KeyCode::BackTab => Stroke::BackTab,
        KeyCode::Esc => Stroke::Escape,
        KeyCode::Backspace => Stroke::Backspace,
        KeyCode::Delete => Stroke::Delete,
        KeyCode::Left => Stroke::Left,
        KeyCode::Right => Stroke::Right,
        KeyCode::Up => Stroke::Up,
        KeyCode::Down => Stroke::Down,
        KeyCode::Home => Stroke::Home,
        KeyCode::End => Stroke::End,
        KeyCode::PageUp => Stroke::PageUp,
        KeyCode::PageDown => Stroke::PageDown,
        KeyCode::F(1) => Stroke::Help,
        KeyCode::F(2) => Stroke::FirstPin,
        KeyCode::F(10) => Stroke::Staff,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<Stroke> {
        match read(Event::Key(KeyEvent::new(code, modifiers)))? {
            Msg::Stroke(stroke) => Some(stroke),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_feed_is_enter() {
        assert_eq!(
            pressed(KeyCode::Char('j'), KeyModifiers::CONTROL),
            Some(Stroke::Enter)
        );
    }

    #[test]
    fn capitals_and_altgr_letters_are_typed() {
        for modifiers in [
            KeyModifiers::NONE,
            KeyModifiers::SHIFT,
            KeyModifiers::CONTROL | KeyModifiers::ALT,
        ] {
            assert_eq!(
                pressed(KeyCode::Char('Q'), modifiers),
                Some(Stroke::Character('Q'))
            );
        }
    }

    #[test]
    fn the_keys_that_end_programs_are_only_interrupts() {
        let control_z = pressed(KeyCode::Char('z'), KeyModifiers::CONTROL);
        assert_eq!(control_z, Some(Stroke::OldValue));
        for character in ['c', '\\', '4', 'd'] {
            assert_eq!(
                pressed(KeyCode::Char(character), KeyModifiers::CONTROL),
                Some(Stroke::Interrupt)
            );
        }
    }

    #[test]
    fn other_commands_and_releases_mean_nothing() {
        assert_eq!(pressed(KeyCode::Char('w'), KeyModifiers::CONTROL), None);
        assert_eq!(pressed(KeyCode::Char('x'), KeyModifiers::ALT), None);
        assert_eq!(pressed(KeyCode::F(3), KeyModifiers::NONE), None);
        let release = KeyEvent::new_with_kind(
            KeyCode::Char('7'),
            KeyModifiers::NONE,
            KeyEventKind::Release,
        );
        assert!(read(Event::Key(release)).is_none());
    }
}
