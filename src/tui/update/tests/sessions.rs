//! Sessions reopened, cancelled and extended, and those of other kiosks.

use super::*;

#[test]
fn a_session_is_reopened_and_cancelled_only_for_a_reason() {
    for (key, effect) in [
        ("r", Effect::ReopenSession as fn(_, _, _) -> _),
        ("c", Effect::CancelSession),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        choose(&mut model, Choice::Sessions);
        update(&mut model, Msg::Sessions(Ok(vec![closed()])));
        assert_eq!(press(&mut model, &format!("{key}\n")), []);
        assert_eq!(note(&model), Some(words::REASON_NEEDED));
        let wanted = effect(session().id, "fire drill?".to_owned(), lecturer(false));
        assert_eq!(press(&mut model, "fire drill?\n"), [wanted]);
    }
}

fn extended(minutes: u64) -> Effect {
    let by = Duration::from_secs(60 * minutes);
    Effect::ExtendSession(session().id, by, lecturer(false))
}

#[test]
fn an_open_session_is_extended_by_a_quarter_of_an_hour_or_as_typed() {
    let mut model = list_of(session());
    assert_eq!(press(&mut model, "e\n"), [extended(15)]);
    let mut model = live_board();
    press(&mut model, "e");
    stroke(&mut model, Stroke::Backspace);
    stroke(&mut model, Stroke::Backspace);
    press(&mut model, "40");
    assert_eq!(press(&mut model, "\n"), [extended(40)]);
}

#[test]
fn what_is_no_number_of_minutes_extends_nothing() {
    for typed in ["5", "x", "000000", "99999999999999999999"] {
        let mut model = list_of(session());
        press(&mut model, "e");
        stroke(&mut model, Stroke::Backspace);
        stroke(&mut model, Stroke::Backspace);
        let wanted = if typed == "5" {
            vec![extended(5)]
        } else {
            vec![]
        };
        assert_eq!(press(&mut model, &format!("{typed}\n")), wanted, "{typed}");
        if typed != "5" {
            assert_eq!(note(&model), Some(words::EXTENDED_BY_MINUTES));
        }
    }
}

#[test]
fn a_closed_session_is_not_extended() {
    let mut model = list_of(closed());
    assert_eq!(press(&mut model, "e"), []);
    assert_eq!(note(&model), Some(words::NOT_OPEN));
}

#[test]
fn what_was_done_to_a_session_is_said_where_it_was_asked_for() {
    let mut model = list_of(session());
    press(&mut model, "cfire drill\n");
    let answer = update(&mut model, Msg::Noted(Ok("CS101 is cancelled.".to_owned())));
    let read = Effect::ListSessions(lecturer(false), Extent::default());
    assert_eq!(answer, Some(read), "and the list is read again");
    assert_eq!(note(&model), Some("CS101 is cancelled."));
    assert!(matches!(page(&model), Page::Sessions(_)));
}

#[test]
fn a_list_longer_than_a_page_is_read_on_at_its_end() {
    let many = |count: u128| {
        let one = |id| Session {
            id: SessionId::from_uuid(Uuid::from_u128(id)),
            ..session()
        };
        Msg::Sessions(Ok((0..count).map(one).collect()))
    };
    let mut model = list_of(session());
    update(&mut model, many(200));
    let more = stroke(&mut model, Stroke::End).unwrap();
    let Effect::ListSessions(_, extent) = more else {
        panic!("{more:?}");
    };
    assert_eq!(extent.lines(), 400);
    update(&mut model, many(250));
    assert_eq!(stroke(&mut model, Stroke::Down), None);
    let Page::Sessions(list) = page(&model) else {
        panic!("the list");
    };
    assert_eq!(list.chosen, 200);
}

/// The page of other kiosks' sessions, while they are asked.
fn join_page() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let asked = Effect::ListNeighbours(lecturer(false));
    assert_eq!(choose(&mut model, Choice::Join), [asked]);
    model
}

#[test]
fn a_session_of_another_kiosk_is_joined_with_a_key() {
    let mut model = join_page();
    assert_eq!(press(&mut model, "\n"), [], "nothing is known yet");
    update(&mut model, Msg::Neighbours(Ok(neighbours())));
    let wanted = Effect::JoinSession(neighbours()[0].session.id, lecturer(false));
    assert_eq!(press(&mut model, "\n"), [wanted]);
    update(&mut model, Msg::Noted(Err("Gone.".to_owned())));
    stroke(&mut model, Stroke::Down);
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(words::JOINED_ALREADY));
}

#[test]
fn other_kiosks_are_asked_again_by_a_key_and_not_by_every_picture() {
    let mut model = join_page();
    assert_eq!(press(&mut model, "r"), [], "one question at a time");
    update(&mut model, Msg::Neighbours(Err("No network.".to_owned())));
    assert_eq!(repainted(&mut model), None);
    let asked = Effect::ListNeighbours(lecturer(false));
    assert_eq!(press(&mut model, "r"), [asked]);
    stroke(&mut model, Stroke::Escape);
    update(&mut model, Msg::Neighbours(Ok(neighbours())));
    assert!(matches!(page(&model), Page::Home(_)), "an answer too late");
}

#[test]
fn what_is_open_is_not_reopened_and_a_question_can_be_taken_back() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, Choice::Sessions);
    update(&mut model, Msg::Sessions(Ok(vec![session()])));
    press(&mut model, "r");
    assert_eq!(note(&model), Some(words::OPEN_ALREADY));
    press(&mut model, "cx");
    stroke(&mut model, Stroke::Escape);
    assert!(matches!(page(&model), Page::Sessions(_)));
    assert_eq!(press(&mut model, "\n"), [read_roster()]);
}
