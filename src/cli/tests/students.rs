//! Numbers that are another student's, at the shell.

use super::*;

#[test]
fn a_number_is_merged_with_its_effect_shown_first_and_taken_back() {
    let shell = Shell::with_a_class();
    shell.done("session open CS101");
    shell.done("check-in XYZ/77 --name Jane~Doe");
    let merge = "student merge xyz/77 --into adm/1";
    let shown = shell.done(&format!("{merge} --dry-run"));
    assert!(
        shown.starts_with("1 record counts for ADM/1 Jane Doe: ")
            && shown.contains("lectures becomes 1 of 1.\n")
            && shown.contains("\nXYZ/77 is ADM/1 Jane Doe from now on."),
        "{shown}"
    );
    let students = |shell: &Shell| {
        let list = shell.json("student list --unit CS101");
        let numbers = list.as_array().unwrap().iter();
        numbers
            .map(|it| it["admission_number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(students(&shell), ["ADM/1", "ADM/2", "XYZ/77"]);
    let merged = shell.json(&format!("{merge} --reason a~slip"));
    assert_eq!(
        (
            &merged["number"],
            &merged["right_number"],
            &merged["records"]
        ),
        (&"XYZ/77".into(), &"ADM/1".into(), &1.into())
    );
    assert_eq!(students(&shell), ["ADM/1", "ADM/2"]);
    assert_eq!(
        shell.done("student show xyz/77"),
        "XYZ/77 Jane Doe is ADM/1.\n"
    );
    assert!(
        shell
            .done("student show adm/1")
            .contains("CS101, semester 1: enrolled")
    );
    let again = shell.complaint(merge);
    assert!(again.contains("XYZ/77 is ADM/1 already"), "{again}");
    let undone = shell.done("student undo xyz/77");
    assert_eq!(undone, "XYZ/77 Jane Doe is a student of its own again.\n");
    assert_eq!(students(&shell), ["ADM/1", "ADM/2", "XYZ/77"]);
    assert!(
        shell
            .complaint("student undo xyz/77")
            .contains("left to undo")
    );
}

#[test]
fn a_student_gets_a_new_number_and_one_who_never_was_is_removed() {
    let shell = Shell::with_a_class();
    let taken = shell.complaint("student renumber adm/1 --to adm/2");
    assert!(taken.contains("ADM/2 has a student already"), "{taken}");
    shell.done("student renumber adm/1 --to new/1");
    assert_eq!(
        shell.json("student show adm/1")["same_as"],
        Value::from("NEW/1")
    );
    let removed = shell.done("student remove adm/2");
    assert_eq!(
        removed,
        "ADM/2 stays in the log and is on no list any more.\n"
    );
    let list = shell.json("student list --unit CS101");
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["name"], "Jane Doe");
}
