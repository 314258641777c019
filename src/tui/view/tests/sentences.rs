//! What is said on the screen: whole, to whom it may be said, and with what to do.

use super::*;
use crate::words::{Outlook, Page};

#[test]
fn a_note_is_there_to_its_last_word_and_leaves_the_keys() {
    let refusal = CorrectionRefusal::NoTypedName;
    let note = screen(&[]).site.voice.explain(&refusal).sentence();
    for (width, height) in [(80, 24), (40, 12)] {
        let roster = StaffAnswer::Roster(session().id, Ok(Arc::new(roster())));
        let mut model = on_page(&[], "1", roster, "");
        reply(&mut model, StaffAnswer::Noted(Err(note.clone())));
        let text = text_of(&drawn(&model, width, height));
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(&note), "{note} in\n{text}");
        assert!(text.contains("Esc"), "\n{text}");
    }
}

#[test]
fn what_the_rest_of_the_semester_asks_for_is_there_to_its_last_word() {
    for forecast in [
        Forecast::MustAttend(1),
        Forecast::MustAttend(10),
        Forecast::CannotReach,
    ] {
        let mut receipt = receipt();
        let standing = Standing {
            forecast,
            ..sample::standing(24, 30, 40)
        };
        let expected = said(Outlook::of(&standing));
        receipt.standing = Some(standing);
        let model = answered(&[], Ok(CheckInAnswer::Recorded(Box::new(receipt))));
        let text = text_of(&drawn(&model, 80, 24));
        // Beside the symbol.
        let panel = text.lines().map(|line| line.chars().skip(40).collect());
        let panel: Vec<String> = panel.collect();
        let words: Vec<&str> = panel
            .iter()
            .flat_map(|line| line.split_whitespace())
            .collect();
        assert!(words.join(" ").contains(&expected), "{expected} in\n{text}");
    }
}

/// What stands beside the symbol, as running text.
fn panel(model: &Model) -> String {
    let text = text_of(&drawn(model, 80, 24));
    let right = text
        .lines()
        .map(|line| line.chars().skip(40).collect::<String>());
    let words: Vec<String> = right
        .flat_map(|line| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    words.join(" ")
}

#[test]
fn the_name_the_lectures_so_far_and_the_outlook_are_on_the_smallest_usual_screen() {
    for (attended, held) in [(5, 7), (4, 4), (0, 11), (24, 30)] {
        let standing = sample::standing(attended, held, 40);
        let outlook = said(Outlook::of(&standing));
        for minutes in [Punctuality::OnTime, Punctuality::late(12)] {
            let mut receipt = receipt();
            receipt.punctuality = minutes;
            receipt.standing = Some(standing.clone());
            let first = CheckInAnswer::Recorded(Box::new(receipt.clone()));
            let text = panel(&answered(TRUE_COLOUR, Ok(first)));
            assert!(text.contains("Amina Njeri Wanjiku"), "{text}");
            let so_far = format!("Lectures so far: {attended} of {held}");
            assert!(text.contains(&so_far), "{text}");
            assert!(text.contains(&outlook), "{outlook} in {text}");
            let again = CheckInAnswer::AlreadyMarked(Box::new(receipt));
            let text = panel(&answered(TRUE_COLOUR, Ok(again)));
            for hidden in ["Amina", "so far", "%", &outlook] {
                assert!(!text.contains(hidden), "{hidden} in {text}");
            }
        }
    }
}

#[test]
fn a_record_that_does_not_count_yet_shows_when_it_does_and_no_figure() {
    let mut pending = receipt();
    pending.pending = true;
    let mut stranger = receipt();
    stranger.listing = Listing::Stranger;
    stranger.standing = None;
    for (receipt, when) in [
        (&pending, "It counts once your lecturer approves it."),
        (&stranger, &*said(Page::NewStranger)),
    ] {
        let answer = CheckInAnswer::Recorded(Box::new(receipt.clone()));
        let text = panel(&answered(TRUE_COLOUR, Ok(answer)));
        assert_eq!(text.matches(when).count(), 1, "{when} in {text}");
        assert!(text.matches("It counts once").count() <= 1, "{text}");
        for figure in ["so far", "Plan:", "%", "4/4"] {
            assert!(!text.contains(figure), "{figure} in {text}");
        }
    }
}

#[test]
fn a_clock_that_is_not_set_is_named_in_the_status_line() {
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        for not_set in [true, false] {
            let mut model = screen(TRUE_COLOUR);
            repaint(&mut model, |snapshot| snapshot.clock_not_set = not_set);
            let text = text_of(&drawn(&model, width, height));
            let line = text.lines().last().unwrap();
            assert_eq!(line.contains("Clock not set"), not_set, "{line}");
        }
    }
}

#[test]
fn lectures_that_wait_for_the_clock_are_named_where_no_class_is_open() {
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
        for awaits in [true, false] {
            let mut model = screen(TRUE_COLOUR);
            repaint(&mut model, |snapshot| {
                snapshot.shown = None;
                snapshot.lecture_awaits_clock = awaits;
            });
            let text = text_of(&drawn(&model, width, height));
            assert_eq!(text.contains("clock is not set"), awaits, "{text}");
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(words.join(" ").contains("ask your lecturer"), "{text}");
        }
    }
}

#[test]
fn the_public_screen_shows_no_name_but_the_current_students() {
    let text = text_of(&drawn(&usual_screen(), 240, 67));
    assert!(text.contains("***017"));
    assert!(!text.contains("Njeri"));
    let mut model = usual_screen();
    press(&mut model, "adm/2023/001\n");
    answer(&mut model, Ok(recorded()));
    assert!(text_of(&drawn(&model, 80, 24)).contains("Amina Njeri Wanjiku"));
}

#[test]
fn a_pin_is_never_on_the_screen() {
    let mut model = usual_screen();
    update(&mut model, Msg::Stroke(Stroke::Staff));
    press(&mut model, "t-104\n97531");
    let text = text_of(&drawn(&model, 80, 24));
    assert!(text.contains("*****") && !text.contains("97531"));
}

#[test]
fn every_refusal_says_what_to_do() {
    use crate::domain::{InvalidAdmissionNumber, InvalidPersonName};
    for refusal in [
        Refusal::NoSession,
        Refusal::NotYetOpen {
            opens_at: at("08:50:00"),
        },
        Refusal::SessionClosed,
        Refusal::CodeExpired,
        Refusal::UnknownCode,
        Refusal::UnknownStudent,
        Refusal::InvalidNumber(InvalidAdmissionNumber::Pattern),
        Refusal::InvalidName(InvalidPersonName(InvalidText::Unprintable)),
        Refusal::MarkRemoved,
        Refusal::DeviceBlocked,
        Refusal::RateLimited {
            retry_after: std::time::Duration::from_secs(9),
        },
        Refusal::OutOfOrder,
    ] {
        let mut model = usual_screen();
        press(&mut model, "adm/2023/001\n");
        let word = crate::tui::view::answer_text(&Err(refusal.clone()), model.site.voice);
        answer(&mut model, Err(refusal.clone()));
        let text = text_of(&drawn(&model, 80, 24));
        let last_word = word.sentence.split(' ').next_back().unwrap();
        assert!(text.contains(last_word), "{refusal:?}:\n{text}");
    }
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    let text = text_of(&drawn(&usual_screen(), 39, 11));
    assert!(text.starts_with("Too small: 39x11. Needs 40x12."), "{text}");
    assert!(text_of(&drawn(&usual_screen(), 20, 5)).contains("Needs"));
}

#[test]
fn a_name_of_wide_letters_moves_nothing_else() {
    for (_, model) in states(TRUE_COLOUR) {
        for (width, height) in [(40, 12), (80, 24)] {
            let text = text_of(&drawn(&model, width, height));
            for line in text.lines() {
                assert!(
                    unicode_width::UnicodeWidthStr::width(line) <= width.into(),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn no_small_size_panics() {
    for variables in [CONSOLE, TRUE_COLOUR] {
        let states = states(variables);
        for width in 1..=46 {
            for height in 1..=16 {
                let (_, model) = &states[usize::from(width * 7 + height) % states.len()];
                drawn(model, width, height);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_size_panics_in_any_state(
        terminal in 0..TERMINALS.len(),
        state in any::<prop::sample::Index>(),
        width in 1_u16..=250,
        height in 1_u16..=80,
        address in "https?://[a-z.]{1,90}(:[0-9]{1,5})?",
    ) {
        let mut states = states(TERMINALS[terminal]);
        let at = state.index(states.len());
        let (_, model) = &mut states[at];
        repaint(model, |snapshot| snapshot.address = snapshot.address.as_ref().map(|_| address));
        drawn(model, width, height);
    }
}
