//! Sessions reopened, cancelled and extended, and those of other kiosks.

use super::*;

#[test]
fn a_session_is_reopened_and_cancelled_only_for_a_reason() {
    for (key, request) in [
        ("r", StaffRequest::ReopenSession as fn(_, _) -> _),
        ("c", StaffRequest::CancelSession),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        choose(&mut model, MenuChoice::Sessions);
        reply(&mut model, StaffAnswer::Sessions(Ok(vec![closed()])));
        assert_eq!(press(&mut model, &format!("{key}\n")), []);
        assert_eq!(note(&model), Some(&*said(QuestionText::ReasonEmpty)));
        let wanted = asked(request(session().id, "fire drill?".to_owned()));
        assert_eq!(press(&mut model, "fire drill?\n"), [wanted]);
    }
}

fn extended(minutes: u64) -> Effect {
    let by = Duration::from_secs(60 * minutes);
    asked(StaffRequest::ExtendSession(session().id, by))
}

#[test]
fn an_open_session_is_extended_by_a_quarter_of_an_hour_or_as_typed() {
    let mut model = list_of(session());
    assert_eq!(press(&mut model, "e\n"), [extended(15)]);
    let mut model = live_board();
    assert_eq!(press(&mut model, "e5\n"), [extended(5)], "not 155");
    let mut model = live_board();
    press(&mut model, "e");
    stroke(&mut model, Stroke::Home);
    assert_eq!(press(&mut model, "1\n"), [extended(115)], "edited");
    let mut model = live_board();
    press(&mut model, "e40");
    stroke(&mut model, Stroke::OldValue);
    assert_eq!(press(&mut model, "\n"), [extended(15)]);
}

#[test]
fn what_is_no_number_of_minutes_extends_nothing() {
    for typed in ["x", "000000", "99999999999999999999"] {
        let mut model = list_of(session());
        assert_eq!(press(&mut model, &format!("e{typed}\n")), [], "{typed}");
        assert_eq!(note(&model), Some(&*said(QuestionText::MinutesInvalid)));
    }
}

#[test]
fn a_closed_session_is_not_extended() {
    let mut model = list_of(closed());
    assert_eq!(press(&mut model, "e"), []);
    assert_eq!(note(&model), Some(&*said(StaffScreen::NotOpen)));
}

#[test]
fn what_was_done_to_a_session_is_said_where_it_was_asked_for() {
    let mut model = list_of(closed());
    press(&mut model, "cfire drill\n");
    let answer = reply(
        &mut model,
        StaffAnswer::Noted(Ok("CS101 is cancelled.".to_owned())),
    );
    let read = asked(StaffRequest::ListSessions(ReadLimit::default()));
    assert_eq!(answer, Some(read), "and the list is read again");
    assert_eq!(note(&model), Some("CS101 is cancelled."));
    assert!(is_on::<SessionList>(&model));
}

#[test]
fn a_list_longer_than_a_page_is_read_on_at_its_end() {
    let many = |count: u128| {
        let one = |id| Session {
            id: SessionId::from_uuid(Uuid::from_u128(id)),
            ..session()
        };
        StaffAnswer::Sessions(Ok((0..count).map(one).collect()))
    };
    let mut model = list_of(session());
    reply(&mut model, many(200));
    let more = stroke(&mut model, Stroke::End).unwrap();
    let Effect::Request(_, _, StaffRequest::ListSessions(limit)) = more else {
        panic!("{more:?}");
    };
    assert_eq!(limit.lines(), 400);
    reply(&mut model, many(250));
    assert_eq!(stroke(&mut model, Stroke::Down), None);
    assert_eq!(page::<SessionList>(&model).unwrap().chosen(), 200);
}

/// The page of other kiosks' sessions, while they are asked.
fn join_page() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let wanted = asked(StaffRequest::ListRemoteSessions);
    assert_eq!(choose(&mut model, MenuChoice::Join), [wanted]);
    model
}

#[test]
fn a_session_of_another_kiosk_is_joined_with_a_key() {
    let mut model = join_page();
    assert_eq!(press(&mut model, "\n"), [], "nothing is known yet");
    reply(
        &mut model,
        StaffAnswer::RemoteSessions(Ok(remote_sessions())),
    );
    let wanted = asked(StaffRequest::JoinSession(remote_sessions()[0].session.id));
    assert_eq!(press(&mut model, "\n"), [wanted]);
    reply(&mut model, StaffAnswer::Noted(Err("Gone.".to_owned())));
    stroke(&mut model, Stroke::Down);
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(note(&model), Some(&*said(StaffScreen::JoinedAlready)));
}

#[test]
fn other_kiosks_are_asked_again_by_a_key_and_not_by_every_snapshot() {
    let mut model = join_page();
    assert_eq!(press(&mut model, "r"), [], "one question at a time");
    reply(
        &mut model,
        StaffAnswer::RemoteSessions(Err("No network.".to_owned())),
    );
    assert_eq!(repainted(&mut model), None);
    let wanted = asked(StaffRequest::ListRemoteSessions);
    assert_eq!(press(&mut model, "r"), [wanted]);
    stroke(&mut model, Stroke::Escape);
    reply(
        &mut model,
        StaffAnswer::RemoteSessions(Ok(remote_sessions())),
    );
    assert!(is_on::<Menu>(&model), "an answer too late");
}

#[test]
fn what_is_open_is_not_reopened_and_a_question_can_be_taken_back() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Sessions);
    reply(&mut model, StaffAnswer::Sessions(Ok(vec![session()])));
    press(&mut model, "r");
    assert_eq!(note(&model), Some("This lecture is open already."));
    press(&mut model, "cx");
    stroke(&mut model, Stroke::Escape);
    assert!(is_on::<SessionList>(&model));
    assert_eq!(press(&mut model, "\n"), [read_roster()]);
}
