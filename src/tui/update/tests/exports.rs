//! Lists for the office, into a folder or onto a stick.

use super::*;

fn written(list: List, format: Format, folder: &str) -> Effect {
    let order = ListOrder {
        list,
        format,
        folder: PathBuf::from(folder),
    };
    asked(StaffRequest::WriteList(Box::new(order)))
}

#[test]
fn a_session_s_list_is_two_keys_from_the_session() {
    let mut model = list_form();
    let wanted = written(List::Session(session().id), Format::Xlsx, "/data/exports");
    assert_eq!(press(&mut model, "\n"), [wanted]);
    assert_eq!(press(&mut model, "\n"), [], "once");
    reply(&mut model, StaffAnswer::Noted(Ok("Written.".to_owned())));
    assert_eq!(note(&model), Some("Written."));
    assert!(is_on::<ExportForm>(&model), "for another");
}

#[test]
fn list_form_and_folder_are_chosen_and_a_stick_may_come_and_go() {
    let mut model = list_form();
    stroke(&mut model, Stroke::Left);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Right);
    stroke(&mut model, Stroke::Down);
    stroke(&mut model, Stroke::Right);
    let exam = List::Exam(unit("CS101", "").code, Some(session().semester));
    let wanted = written(exam.clone(), Format::Csv, "/media/stick");
    assert_eq!(press(&mut model, "\n"), [wanted]);
    assert_eq!(
        reply(&mut model, StaffAnswer::Noted(Err("Gone.".to_owned()))),
        Some(asked(StaffRequest::FindFolders))
    );
    reply(
        &mut model,
        StaffAnswer::Folders(vec![PathBuf::from("/data/exports")]),
    );
    let wanted = written(exam, Format::Csv, "/data/exports");
    assert_eq!(press(&mut model, "\n"), [wanted]);
}

#[test]
fn the_lists_of_a_unit_are_a_key_of_its_exam_list() {
    let mut model = usual_screen();
    sign_in(&mut model);
    let wanted = asked(StaffRequest::ListUnits(Purpose::Lists));
    assert_eq!(choose(&mut model, MenuChoice::Lists), [wanted]);
    let units = vec![unit("CS101", "Programming")];
    reply(&mut model, StaffAnswer::Units(Purpose::Lists, Ok(units)));
    let read = asked(StaffRequest::ReadExam(unit("CS101", "").code, None));
    assert_eq!(press(&mut model, "\n"), [read]);
    assert_eq!(press(&mut model, "x"), [asked(StaffRequest::FindFolders)]);
    reply(
        &mut model,
        StaffAnswer::Folders(vec![PathBuf::from("/data/exports")]),
    );
    let exam = List::Exam(unit("CS101", "").code, None);
    let wanted = written(exam, Format::Xlsx, "/data/exports");
    assert_eq!(press(&mut model, "\n"), [wanted]);
}
