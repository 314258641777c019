//! A lecture that is put right: its start, end, room and unit.

use super::*;
use crate::domain::{
    AdmissionNumber, EditEffect, JudgedAnew, NewEnd, Punctuality, SessionEdit, Timestamp, Unit,
    UnitCode, Venue, Zone,
};
use crate::tui::staff::{DetailsForm, MovePage, UndoPage};
use crate::tui::testing::{at, drawn, text_of, unchanged};
use crate::words::Voice;

/// The lecture on the screen as it is, and with a change.
pub(super) fn effect(change: impl FnOnce(&mut EditEffect)) -> EditEffect {
    let mut effect = unchanged();
    change(&mut effect);
    effect
}

fn preview(edit: SessionEdit) -> Effect {
    asked(StaffRequest::PreviewEdit(session().id, Box::new(edit)))
}

fn details() -> Model {
    let mut model = list_of(session());
    assert_eq!(press(&mut model, "d"), [preview(SessionEdit::default())]);
    assert!(is_on::<DetailsForm>(&model));
    model
}

#[test]
fn another_start_is_shown_with_what_changes_before_it_is_kept() {
    let mut model = details();
    // Each key asks, and only the latest answer is shown.
    press(&mut model, "8:4");
    let effects = press(&mut model, "5");
    let edit = SessionEdit {
        starts_at: Some(at("08:45:00")),
        ..SessionEdit::default()
    };
    assert_eq!(effects, [preview(edit.clone())]);
    let shown = effect(|effect| {
        effect.after.starts_at = at("08:45:00");
        effect.records = 2;
        effect.by_hand = 1;
        effect.judged = vec![JudgedAnew {
            number: AdmissionNumber::parse("ADM/2023/001").unwrap(),
            name: None,
            at: at("09:04:00"),
            before: Punctuality::OnTime,
            after: Punctuality::late(19),
        }];
    });
    let old = effect(|effect| effect.after.starts_at = at("08:40:00"));
    let stale = StaffAnswer::EditEffect(Box::default(), Ok(Box::new(old)));
    reply(&mut model, stale);
    let answer = StaffAnswer::EditEffect(Box::new(edit.clone()), Ok(Box::new(shown)));
    reply(&mut model, answer);
    let screen = text_of(&drawn(&model, 80, 24));
    for line in [
        "Lectures / CS101 09:00 / details",
        "was 09:00",
        "Enter keep 1 change",
        "It begins at 08:45, was 09:00.",
        "Turn late: 1. Turn on time: 0.",
        "ADM/2023/001 09:04, now late 19",
        "Marks made by hand stay: 1.",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    assert!(!screen.contains("08:40"), "{screen}");
    let shown = SessionEdit {
        seen: Some(7),
        ..edit
    };
    let wanted = StaffRequest::EditSession(session().id, Box::new(shown), String::new());
    assert_eq!(press(&mut model, "\n"), [asked(wanted)]);
    reply(&mut model, StaffAnswer::Finished(Ok("Changed.".to_owned())));
    assert!(is_on::<SessionList>(&model));
    assert_eq!(note(&model), Some("Changed."));
}

#[test]
fn another_day_is_named() {
    let other = |text: &str| Timestamp::parse(text).unwrap();
    let moved = effect(|effect| {
        effect.after.starts_at = other("2026-11-20T06:00:00Z");
        effect.after.ends_at = other("2026-11-20T06:01:00Z");
    });
    let lines = Voice::english(Zone::parse("Africa/Nairobi").unwrap()).effect(&moved);
    assert_eq!(
        lines[..2],
        [
            "It begins at Fri 20 Nov 2026 09:00, was Sun 22 Nov 2026 09:00.",
            "It ends at Fri 20 Nov 2026 09:01, was Sun 22 Nov 2026 11:00: 1 minute."
        ]
    );
}

#[test]
fn a_change_waits_for_its_effect_and_is_shown_again_where_the_lecture_was_changed_meanwhile() {
    let mut model = details();
    press(&mut model, "8:45");
    assert_eq!(press(&mut model, "\n"), [], "its effect is not there yet");
    let edit = SessionEdit {
        starts_at: Some(at("08:45:00")),
        ..SessionEdit::default()
    };
    let keep = |seen| {
        let edit = SessionEdit {
            seen: Some(seen),
            ..edit.clone()
        };
        asked(StaffRequest::EditSession(
            session().id,
            Box::new(edit),
            String::new(),
        ))
    };
    let arrives = |model: &mut Model, seen| {
        let shown = effect(|effect| {
            effect.seen = seen;
            effect.after.starts_at = at("08:45:00");
        });
        reply(
            model,
            StaffAnswer::EditEffect(Box::new(edit.clone()), Ok(Box::new(shown))),
        )
    };
    assert_eq!(arrives(&mut model, 7), Some(keep(7)));
    reply(
        &mut model,
        StaffAnswer::Finished(Err("Changed meanwhile.".to_owned())),
    );
    assert_eq!(note(&model), Some("Changed meanwhile."));
    assert_eq!(press(&mut model, "\n"), [preview(edit.clone())]);
    assert_eq!(arrives(&mut model, 8), None, "it is shown first");
    assert_eq!(press(&mut model, "\n"), [keep(8)]);
}

#[test]
fn an_end_and_a_room_that_are_typed_replace_the_old_ones() {
    let mut model = details();
    stroke(&mut model, Stroke::Tab);
    press(&mut model, "10:30");
    stroke(&mut model, Stroke::Tab);
    let wanted = SessionEdit {
        ends_at: Some(NewEnd::At(at("10:30:00"))),
        venue: Some(Venue::parse("Lab 3").unwrap()),
        ..SessionEdit::default()
    };
    let last = press(&mut model, "Lab 3").pop();
    assert_eq!(last, Some(preview(wanted)));
    stroke(&mut model, Stroke::OldValue);
    let last = stroke(&mut model, Stroke::BackTab);
    assert_eq!(last, None, "asked with the key before");
    press(&mut model, "x");
    assert_eq!(press(&mut model, "\n"), []);
    assert!(note(&model).is_some(), "what is no time changes nothing");
    stroke(&mut model, Stroke::OldValue);
    let read = asked(StaffRequest::ListSessions(ReadLimit::default()));
    assert_eq!(press(&mut model, "\n"), [read], "nothing is changed");
    assert!(is_on::<SessionList>(&model));
}

#[test]
fn a_lecture_is_moved_to_another_unit_for_a_reason_with_what_changes_first() {
    let mut model = live_board();
    let read = asked(StaffRequest::ListUnits(Purpose::Opening));
    assert_eq!(press(&mut model, "M"), [read]);
    assert!(is_on::<MovePage>(&model));
    let units = [
        ("CS101", "Programming"),
        ("CS205", "Systems"),
        ("MA110", "Mathematics"),
    ];
    let units: Vec<Unit> = units.map(|(code, name)| unit(code, name)).to_vec();
    let to = |code: &str| SessionEdit {
        unit: Some(UnitCode::parse(code).unwrap()),
        ..SessionEdit::default()
    };
    let first = reply(&mut model, StaffAnswer::Units(Purpose::Opening, Ok(units)));
    assert_eq!(
        first,
        Some(preview(to("CS205"))),
        "not the unit that it is of"
    );
    let last = press(&mut model, "ma").pop();
    assert_eq!(last, Some(preview(to("MA110"))));
    let shown = effect(|effect| {
        effect.after.unit = UnitCode::parse("MA110").unwrap();
        effect.records = 40;
        let apart = AdmissionNumber::parse("ADM/2023/003").unwrap();
        effect.unlisted = Some(vec![(apart, None)]);
    });
    let answer = StaffAnswer::EditEffect(Box::new(to("MA110")), Ok(Box::new(shown)));
    reply(&mut model, answer);
    let screen = text_of(&drawn(&model, 80, 24));
    for line in [
        "40 records go from CS101 to MA110",
        "On the list of MA110: 39.",
        "! Not on it, and apart until somebody enrols them: 1, ADM/2023/003",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(&*said(QuestionText::ReasonEmpty)));
    let shown = SessionEdit {
        seen: Some(7),
        ..to("MA110")
    };
    let wanted = StaffRequest::EditSession(session().id, Box::new(shown), "by mistake".to_owned());
    assert_eq!(press(&mut model, "by mistake\n"), [asked(wanted)]);
}

#[test]
fn the_last_change_is_undone_from_the_list_and_a_lecture_closed_from_the_board() {
    let mut model = list_of(session());
    let read = asked(StaffRequest::PreviewUndo(session().id));
    assert_eq!(press(&mut model, "z"), std::slice::from_ref(&read));
    assert!(is_on::<UndoPage>(&model));
    let arrives = |model: &mut Model, seen| {
        let shown = effect(|effect| {
            effect.seen = seen;
            effect.before.starts_at = at("08:45:00");
        });
        let answer = StaffAnswer::UndoEffect(session().id, Ok(Box::new(shown)));
        reply(model, answer)
    };
    assert_eq!(arrives(&mut model, 7), None);
    let screen = text_of(&drawn(&model, 80, 24));
    assert!(
        screen.contains("It begins at 09:00, was 08:45."),
        "{screen}"
    );
    let undo = |seen| asked(StaffRequest::UndoEdit(session().id, seen));
    assert_eq!(press(&mut model, "\n"), [undo(7)]);
    // Changed meanwhile: it is shown again before it is undone.
    let refused = Err("Changed meanwhile.".to_owned());
    reply(&mut model, StaffAnswer::Finished(refused));
    assert_eq!(press(&mut model, "\n"), [read]);
    assert_eq!(arrives(&mut model, 8), None, "it is shown first");
    assert_eq!(press(&mut model, "\n"), [undo(8)]);
    reply(&mut model, StaffAnswer::Finished(Ok("Undone.".to_owned())));
    assert!(is_on::<SessionList>(&model));
    let mut model = live_board();
    let wanted = asked(StaffRequest::CloseListed(session().id));
    assert_eq!(press(&mut model, "c\n"), [wanted]);
}
