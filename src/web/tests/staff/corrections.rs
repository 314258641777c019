//! Corrected marks, and why the percentages are what they are.

use super::*;

#[tokio::test]
async fn a_lecturer_puts_a_mark_right_and_the_log_says_why() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/board/{}/student", kiosk.session.id);
    let page = format!("{path}?number=ADM%2F1");
    let send = async |what, reason| {
        let fields = [("number", "ADM/1"), ("do", what), ("reason", reason)];
        admin.post(&path, &fields).await
    };
    admin.get(&page).await.is(200).says("Mark present");
    assert_eq!(send("mark", "").await.is(303).header("location"), page);
    admin.get(&page).await.says("Remove the mark");
    // What stands is changed only with a reason; what was typed stays in the form.
    send("unmark", "").await.is(422).says("id=\"reason-error\"");
    send("unmark", "<b>went home</b>").await.is(303);
    admin
        .get(&page)
        .await
        .says("&lt;b&gt;went home")
        .says("Mark present");
    send("undo", "came back").await.is(303);
    admin.get(&page).await.says("Remove the mark");
    admin
        .get("/admin/audit?student=ADM%2F1")
        .await
        .says("came back");
    // Somebody who is on no list yet.
    let stranger = [
        ("number", "NEW/9"),
        ("do", "mark"),
        ("reason", ""),
        ("name", ""),
    ];
    admin
        .post(&path, &stranger)
        .await
        .is(422)
        .says("id=\"name-error\"");
    let unusable = [
        ("number", "NEW/9"),
        ("do", "mark"),
        ("name", "\u{202e}drawkcab"),
    ];
    admin
        .post(&path, &unusable)
        .await
        .is(422)
        .says("The name has characters");
    let named = [
        ("number", "NEW/9"),
        ("do", "mark"),
        ("name", "Somebody New"),
    ];
    admin.post(&path, &named).await.is(303);
    admin
        .get(&format!("/board/{}", kiosk.session.id))
        .await
        .says("Somebody New");
}

#[tokio::test]
async fn what_was_typed_for_a_correction_is_kept_beside_what_is_wrong_with_it() {
    let pending = |site: &mut Site| site.policy.unknown_students = UnknownStudents::Pending;
    let kiosk = with_staff(Kiosk::with(pending).await).await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    kiosk
        .phone()
        .check_in("ADM/77", "Amina Otieno")
        .await
        .is(200);
    let path = format!("/board/{}/student", kiosk.session.id);
    for into in ["ADM 1\u{7}", "ADM/999"] {
        let merge = [
            ("number", "ADM/77"),
            ("do", "merge"),
            ("reason", "A slip of the finger"),
            ("into", into),
        ];
        let page = admin.post(&path, &merge).await;
        page.is(422)
            .says("id=\"into-error\"")
            .says("A slip of the finger");
    }
    let long = "x".repeat(1000);
    let approve = [
        ("number", "ADM/77"),
        ("do", "approve"),
        ("reason", long.as_str()),
        ("into", "ADM/1"),
    ];
    let page = admin.post(&path, &approve).await;
    page.is(422)
        .says("id=\"reason-error\"")
        .says("value=\"ADM/1\"");
}

#[tokio::test]
async fn every_number_can_be_asked_why() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/board/{}/student", kiosk.session.id);
    let mark = [("number", "ADM/1"), ("do", "mark")];
    admin.post(&path, &mark).await.is(303);
    let on_the_board = admin.get(&format!("{path}?number=ADM%2F1")).await;
    let why = "/admin/student/why?number=ADM%2F1&unit=CS101";
    admin
        .get("/admin/student?number=ADM%2F1")
        .await
        .says(&why.replace('&', "&amp;"));
    let in_the_office = admin.get(why).await;
    for page in [on_the_board, in_the_office] {
        page.is(200)
            .says("1 of 1 held = 100.00 %")
            .says("1 of 12 planned = 8.33 %")
            .says("attended</span>");
    }
    admin
        .get(&format!("{why}&semester=2019-1"))
        .await
        .says("No lecture has been opened yet");
    for nobody in ["number=ADM%2F404&unit=CS101", "number=ADM%2F1&unit=NO1"] {
        admin
            .get(&format!("/admin/student/why?{nobody}"))
            .await
            .is(404);
    }
}

#[tokio::test]
async fn a_paper_list_is_shown_marked_and_undone() {
    let kiosk = school().await;
    let smith = Laptop::signed_in(&kiosk, "S1").await;
    let path = format!("/board/{}/numbers", kiosk.session.id);
    smith.get(&path).await.says("Mark a paper list");
    let numbers = "adm/1, ADM/77\nADM-1";
    let list = |wanted: &'static str| [("numbers", numbers), ("do", wanted)];
    let shown = smith.post(&path, &list("show")).await;
    shown
        .is(200)
        .says("To be marked: 1")
        .says("Mark 1")
        .says("is it ADM/1?");
    assert_eq!(kiosk.records().await, 0);
    let marked = smith.post(&path, &list("mark")).await;
    marked.is(200).says("Marked: 1").says("Undo");
    assert_eq!(kiosk.records().await, 1);
    smith.post(&path, &[("do", "undo")]).await.is(303);
    let late = [("numbers", "ADM/1"), ("late", "x"), ("do", "mark")];
    smith.post(&path, &late).await.is(422);
}
