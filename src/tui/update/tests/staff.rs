//! Signing in, the menu of the staff area, and leaving it.

use super::*;

#[test]
fn somebody_new_gets_a_first_pin_where_an_administrator_confirms_it() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "S2");
    stroke(&mut model, Stroke::FirstPin);
    let type_in = |model: &mut Model, texts: [&str; 4]| {
        let mut last = None;
        for text in texts {
            press(model, text);
            last = stroke(model, Stroke::Enter);
        }
        last
    };
    assert_eq!(type_in(&mut model, ["1111", "1112", "ADMIN", "2468"]), None);
    assert!(note(&model).unwrap().contains("two PINs are not the same"));
    assert_eq!(
        stroke(&mut model, Stroke::Enter),
        None,
        "both are empty again"
    );
    press(&mut model, "1111");
    stroke(&mut model, Stroke::Enter);
    press(&mut model, "1111");
    for _ in 0..2 {
        stroke(&mut model, Stroke::Enter);
    }
    let wanted = SignInRequest::SetFirstPin {
        staff_id: "S2".to_owned(),
        pin: Pin::parse("1111").unwrap(),
        administrator: "ADMIN".to_owned(),
        administrator_pin: "2468".to_owned(),
    };
    let wanted = Effect::SignIn(model.staff_session, wanted);
    assert_eq!(stroke(&mut model, Stroke::Enter), Some(wanted));
    let wrong = FirstPinRefusal::Administrator(SignInRefusal::Wrong);
    reply(&mut model, StaffAnswer::FirstPinSet(Err(wrong)));
    assert!(note(&model).unwrap().starts_with("Administrator: "));
    press(&mut model, "1357");
    assert!(
        stroke(&mut model, Stroke::Enter).is_some(),
        "only that is typed again"
    );
    let sign_in = SignIn {
        lecturer: lecturer(false),
        pin: PinVersion::default(),
    };
    reply(&mut model, StaffAnswer::FirstPinSet(Ok(sign_in)));
    assert!(is_on::<Menu>(&model));
}

#[test]
fn staff_sign_in_with_id_and_pin() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    assert_eq!(press(&mut model, "\n"), []);
    let effects = press(&mut model, "t-104\n12345\n");
    assert_eq!(
        effects,
        [Effect::SignIn(
            model.staff_session,
            SignInRequest::SignIn {
                staff_id: "t-104".to_owned(),
                pin: "12345".to_owned(),
            }
        )]
    );
    assert_eq!(format!("{effects:?}"), "[SignIn]", "a PIN is not for logs");
    assert_eq!(press(&mut model, "x\n\n"), [], "one try at a time");
}

#[test]
fn a_wrong_pin_says_so_and_can_be_tried_again() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "t-104\n1111\n");
    reply(&mut model, StaffAnswer::SignedIn(Err(SignInRefusal::Wrong)));
    assert_eq!(note(&model), Some("Wrong staff ID or PIN."));
    assert_eq!(
        press(&mut model, "2222\n").len(),
        1,
        "the id is still there"
    );
}

#[test]
fn too_many_wrong_pins_wait() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "t-104\n1111\n");
    let until = model.now + Duration::from_secs(20);
    reply(
        &mut model,
        StaffAnswer::SignedIn(Err(SignInRefusal::Locked { until })),
    );
    let again_at = model.site.voice.zone.clock(until);
    let text = format!("Too many wrong PINs. Try again at {again_at}.");
    assert_eq!(note(&model), Some(text.as_str()));
    assert_eq!(press(&mut model, "2222\n"), []);
    wait(&mut model, 20);
    assert_eq!(press(&mut model, "\n").len(), 1);
}

#[test]
fn the_staff_area_closes_when_it_is_left() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    wait(&mut model, 29);
    assert!(model.staff.is_some());
    wait(&mut model, 1);
    assert!(model.staff.is_none());

    sign_in(&mut model);
    wait(&mut model, 119);
    stroke(&mut model, Stroke::Down);
    wait(&mut model, 119);
    assert!(model.staff.is_some());
    wait(&mut model, 1);
    assert!(model.staff.is_none());
}

#[test]
fn an_answer_for_somebody_who_left_signs_nobody_in() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    press(&mut model, "t-104\n1111\n");
    wait(&mut model, 30);
    reply(&mut model, StaffAnswer::SignedIn(Ok(signed_in(true))));
    assert!(model.staff.is_none());
}

#[test]
fn a_student_cannot_reach_the_menu() {
    let mut model = usual_screen();
    stroke(&mut model, Stroke::Staff);
    assert_eq!(press(&mut model, "1133\n\n"), []);
    stroke(&mut model, Stroke::Escape);
    assert!(model.staff.is_none());
}

#[test]
fn closing_and_leaving_are_asked_twice() {
    for (choice, effect) in [
        (
            MenuChoice::Close,
            asked(StaffRequest::CloseSession(session().id)),
        ),
        (MenuChoice::Leave, asked(StaffRequest::AskToLeave)),
    ] {
        let mut model = usual_screen();
        sign_in(&mut model);
        assert_eq!(choose(&mut model, choice), []);
        assert!(note(&model).is_some());
        assert_eq!(choose(&mut model, choice), [effect]);
    }
}

#[test]
fn the_program_ends_only_while_the_staff_area_is_open() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Leave);
    choose(&mut model, MenuChoice::Leave);
    assert_eq!(
        reply(&mut model, StaffAnswer::MayLeave),
        Some(Effect::Leave)
    );
    stroke(&mut model, Stroke::Staff);
    assert_eq!(reply(&mut model, StaffAnswer::MayLeave), None);
}

#[test]
fn another_session_on_the_screen_is_asked_about_anew() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Close);
    let mut snapshot = (*model.snapshot).clone();
    let next = SessionId::from_uuid(Uuid::from_u128(7));
    snapshot.shown.as_mut().unwrap().board.session.id = next;
    update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    assert_eq!(choose(&mut model, MenuChoice::Close), []);
    assert_eq!(
        choose(&mut model, MenuChoice::Close),
        [asked(StaffRequest::CloseSession(next))]
    );
}

#[test]
fn going_on_to_another_choice_forgets_the_first_asking() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Leave);
    stroke(&mut model, Stroke::Down);
    assert_eq!(choose(&mut model, MenuChoice::Leave), []);
}

#[test]
fn what_was_done_is_said_on_the_students_screen() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Close);
    choose(&mut model, MenuChoice::Close);
    reply(
        &mut model,
        StaffAnswer::Done(Ok("CS101 is closed.".to_owned())),
    );
    assert!(model.staff.is_none());
    assert_eq!(model.hint.unwrap().text, "CS101 is closed.");
}

#[test]
fn what_was_not_done_is_said_to_staff() {
    let mut model = usual_screen();
    sign_in(&mut model);
    choose(&mut model, MenuChoice::Close);
    choose(&mut model, MenuChoice::Close);
    reply(
        &mut model,
        StaffAnswer::Done(Err("The disk is full.".to_owned())),
    );
    assert_eq!(note(&model), Some("The disk is full."));
    assert_eq!(choose(&mut model, MenuChoice::Back), []);
    assert!(model.staff.is_none(), "and the menu takes keys again");
}

#[test]
fn the_menu_offers_to_close_only_what_is_open() {
    let mut model = usual_screen();
    repaint(&mut model, |snapshot| snapshot.shown = None);
    sign_in(&mut model);
    assert_eq!(page::<Menu>(&model).unwrap().chosen(), MenuChoice::Open);
    assert!(!MenuChoice::menu(false).contains(&MenuChoice::Close));
}

#[test]
fn escape_goes_back_by_the_pages_that_one_came_by() {
    let mut model = list_of(closed());
    press(&mut model, "\n");
    show_roster(&mut model);
    press(&mut model, "x");
    assert!(is_on::<ExportForm>(&model));
    stroke(&mut model, Stroke::Escape);
    assert!(is_on::<LiveBoardPage>(&model));
    let read = asked(StaffRequest::ListSessions(ReadLimit::default()));
    assert_eq!(stroke(&mut model, Stroke::Escape), Some(read));
    assert!(is_on::<SessionList>(&model));
    stroke(&mut model, Stroke::Escape);
    assert!(is_on::<Menu>(&model));
    stroke(&mut model, Stroke::Escape);
    assert!(model.staff.is_none());
}

#[test]
fn what_breaks_off_is_named_and_keys_go_on() {
    let mut model = list_form();
    press(&mut model, "\n");
    break_off(&mut model, RequestKind::Refresh);
    assert_eq!(press(&mut model, "\n"), [], "the list is still awaited");
    break_off(&mut model, RequestKind::Export);
    assert_eq!(note(&model), Some(&*said(StaffScreen::ExportBrokeOff)));
    assert_eq!(press(&mut model, "\n").len(), 1);
}

#[test]
fn help_is_a_key_away_and_takes_none() {
    let mut model = live_board();
    press(&mut model, "?");
    assert!(model.help.is_some());
    stroke(&mut model, Stroke::Escape);
    assert!(model.help.is_none());
    assert!(is_on::<LiveBoardPage>(&model), "only the help went");
    press(&mut model, "/?");
    assert_eq!(board(&model).search.text(), "?", "where letters are text");

    let mut model = usual_screen();
    press(&mut model, "?");
    assert_eq!(model.entry.field.text(), "?");
    stroke(&mut model, Stroke::Help);
    wait(&mut model, 15);
    assert!(model.help.is_none());
}

#[test]
fn staff_who_read_the_help_are_signed_out_like_others() {
    let mut model = live_board();
    stroke(&mut model, Stroke::Help);
    wait(&mut model, 120);
    assert!(model.staff.is_none() && model.help.is_none());
}
