//! Excuses, on the page of a student in a session.

use super::*;

#[tokio::test]
async fn a_student_is_excused_with_one_click_and_it_is_taken_back() {
    let kiosk = school().await;
    let id = kiosk.session.id;
    let form = format!("/board/{id}/excuse");
    let page = format!("/board/{id}/student?number=ADM%2F1");
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let empty = admin.get(&page).await;
    empty
        .says("No excuse is in force.")
        .says("not in yet")
        .says("never a diagnosis");
    let here = [
        ("number", "ADM/1"),
        ("category", "medical"),
        ("do", "lecture"),
    ];
    admin.post(&form, &here).await.is(303);
    let given = admin.get(&page).await;
    given.says("sick, the lecture of Mon 23 Nov 2026");
    let roster = kiosk.sessions.roster(Actor::Shell("shell"), id).await;
    let status = roster.unwrap().lines[0].status;
    assert_eq!(status, AttendanceStatus::Excused);

    let excuse = given.text.split("name=\"id\" value=\"").nth(1).unwrap();
    let excuse = excuse.split('"').next().unwrap();
    let back = [("number", "ADM/1"), ("do", "take_back"), ("id", excuse)];
    admin.post(&form, &back).await.is(303);
    admin.get(&page).await.says("No excuse is in force.");
}

#[tokio::test]
async fn days_of_an_excuse_are_in_order_and_one_is_enough() {
    let kiosk = school().await;
    let form = format!("/board/{}/excuse", kiosk.session.id);
    let page = format!("/board/{}/student?number=ADM%2F1", kiosk.session.id);
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    let days = async |first, last, every_unit| {
        let fields = [
            ("number", "ADM/1"),
            ("category", "family"),
            ("do", "days"),
            ("first", first),
            ("last", last),
            ("every_unit", every_unit),
        ];
        admin.post(&form, &fields).await
    };
    for (first, last, sentence) in [
        ("", "", "Choose a day."),
        ("soon", "", "Type a date such as 2026-11-22."),
        (
            "2026-11-24",
            "2026-11-23",
            "The last day is before the first.",
        ),
    ] {
        let again = days(first, last, "").await;
        again
            .is(422)
            .says(sentence)
            .says("value=\"family\" selected");
    }
    days("2026-11-24", "", "").await.is(303);
    admin
        .get(&page)
        .await
        .says("family, Tue 24 Nov 2026 to Tue 24 Nov 2026<");
    days("2026-11-25", "2026-11-27", "1").await.is(303);
    admin
        .get(&page)
        .await
        .says("family, Wed 25 Nov 2026 to Fri 27 Nov 2026, every unit");
    let nonsense = [("number", "ADM/1"), ("category", "flu"), ("do", "lecture")];
    admin.post(&form, &nonsense).await.is(400);
}
