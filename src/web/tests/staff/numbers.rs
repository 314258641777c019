//! Whose a number is, in the browser: asked, shown, merged, taken back.

use super::*;

#[tokio::test]
async fn a_number_is_merged_in_three_steps_and_taken_back() {
    let kiosk = school().await;
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let page = "/students/number?number=NEW%2F7";
    kiosk.phone().check_in("NEW/7", "Somebody New").await;
    admin
        .get(&format!(
            "/board/{}/student?number=NEW%2F7",
            kiosk.session.id
        ))
        .await
        .says(page);
    admin.get(page).await.is(200).says("Whose number is NEW/7?");
    let send = async |what, into| {
        let fields = [("number", "NEW/7"), ("do", what), ("into", into)];
        admin.post("/students/number", &fields).await
    };
    send("show", "none/9")
        .await
        .is(422)
        .says("There is no student NONE/9.");
    let shown = send("show", "adm/1").await;
    shown
        .is(200)
        .says("1 record counts for ADM/1")
        .says("Merge");
    send("merge", "adm/1").await.is(200).says("NEW/7 is ADM/1");
    admin
        .get("/admin/student?number=NEW%2F7")
        .await
        .says("is ADM/1");
    send("merge", "adm/1")
        .await
        .is(422)
        .says("NEW/7 is ADM/1 already.");
    send("undo", "").await.is(200).says("of its own again");
    send("undo", "").await.is(422).says("left to undo");
    let other = Laptop::signed_in(&kiosk, "L2").await;
    let fields = [("number", "ADM/1"), ("do", "undo"), ("into", "")];
    other.post("/students/number", &fields).await.is(403);
}
