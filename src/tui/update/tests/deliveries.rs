//! The monitor of deliveries.

use super::*;

/// The delivery monitor with two deliveries.
fn monitor() -> Model {
    let mut model = usual_screen();
    sign_in(&mut model);
    let wanted = asked(StaffRequest::ListDeliveries(ReadLimit::default()));
    assert_eq!(choose(&mut model, MenuChoice::Deliveries), [wanted]);
    let lines = vec![delivery(1), delivery(2)];
    assert_eq!(reply(&mut model, StaffAnswer::Deliveries(Ok(lines))), None);
    model
}

#[test]
fn one_delivery_is_tried_again_or_all() {
    let mut model = monitor();
    stroke(&mut model, Stroke::Down);
    let second = asked(StaffRequest::Retry(Uuid::from_u128(2), Target::Portal));
    assert_eq!(press(&mut model, "r"), std::slice::from_ref(&second));
    assert_eq!(press(&mut model, "rR"), [], "one thing at a time");
    let answer = reply(&mut model, StaffAnswer::Noted(Ok("Tried.".to_owned())));
    assert_eq!(
        answer,
        Some(asked(StaffRequest::ListDeliveries(ReadLimit::default())))
    );
    assert_eq!(note(&model), Some("Tried."));
    assert_eq!(press(&mut model, "\n"), [second]);
    reply(&mut model, StaffAnswer::Noted(Err("No.".to_owned())));
    assert_eq!(press(&mut model, "R"), [asked(StaffRequest::RetryAll)]);
}

#[test]
fn the_monitor_is_read_again_with_every_snapshot_but_once_at_a_time() {
    let mut model = monitor();
    let read = Some(asked(StaffRequest::ListDeliveries(ReadLimit::default())));
    assert_eq!(repainted(&mut model), read);
    assert_eq!(repainted(&mut model), None);
    assert_eq!(
        reply(&mut model, StaffAnswer::Deliveries(Ok(Vec::new()))),
        read
    );
    assert_eq!(
        reply(&mut model, StaffAnswer::Deliveries(Ok(Vec::new()))),
        None
    );
    assert_eq!(press(&mut model, "r"), [], "there is none to try");
    stroke(&mut model, Stroke::Escape);
    assert_eq!(repainted(&mut model), None, "nobody looks");
}
