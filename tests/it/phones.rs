//! Many phones at once, and one student from many connections.

use std::time::Instant;

use futures_util::future::join_all;

use crate::support::http_client;
use crate::support::kiosk::Kiosk;
use crate::support::phone::{self, Phone};
use crate::support::tools::report;

/// A lecture hall.
const STUDENTS: usize = 500;

fn number(student: usize) -> String {
    format!("ADM/2026/{student:03}")
}

/// Every second student uses the form, the others the JSON API. Returns status, and outcome or page.
async fn whole_hall(kiosk: &Kiosk, code: &str) -> Vec<(u16, String)> {
    let phones = (0..STUDENTS).map(async |student| {
        // Each phone has its own connection.
        let http = http_client();
        let (number, name) = (number(student), format!("Student {student}"));
        if student % 2 == 0 {
            let (status, answer) = phone::check_in(&http, &kiosk.url(), code, &number, &name).await;
            return (
                status,
                answer["outcome"].as_str().unwrap_or_default().to_owned(),
            );
        }
        let mut phone = Phone::new(&http);
        let url = format!("{}/A/{code}", kiosk.url());
        let form = phone.open(&url).await;
        assert_eq!(form.status, 200, "{form:?}");
        let page = phone.submit(&url, &form, &number, &name).await;
        (page.status, page.text)
    });
    join_all(phones).await
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_phones_at_once_are_all_recorded_and_their_repeats_change_nothing() {
    let (kiosk, _session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;

    let started = Instant::now();
    let first = whole_hall(&kiosk, &kiosk.live_code()).await;
    report(&format!(
        "{STUDENTS} phones at once were answered in {:?}",
        started.elapsed()
    ));
    for (student, (status, outcome)) in first.iter().enumerate() {
        if student % 2 == 0 {
            assert_eq!(
                (*status, outcome.as_str()),
                (201, "recorded"),
                "student {student}"
            );
        } else {
            assert_eq!(*status, 200, "student {student}: {outcome}");
            assert!(outcome.contains(&number(student)), "{outcome}");
        }
    }
    let repeats = whole_hall(&kiosk, &kiosk.live_code()).await;
    for (student, (status, outcome)) in repeats.iter().enumerate() {
        if student % 2 == 0 {
            assert_eq!(
                (*status, outcome.as_str()),
                (200, "already_marked"),
                "student {student}"
            );
        } else {
            assert_eq!(*status, 200, "student {student}: {outcome}");
            assert!(outcome.to_lowercase().contains("already"), "{outcome}");
            // By other phones, which learn nothing of the student.
            assert!(!outcome.contains("Student "), "{outcome}");
        }
    }
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 500);
    assert_eq!(
        kiosk.count("SELECT count(DISTINCT student_id) FROM attendance"),
        500
    );
    assert_eq!(kiosk.count("SELECT sum(counts) FROM attendance"), 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_student_from_thirty_two_connections_is_recorded_once() {
    let (kiosk, session) = Kiosk::with_open_session();
    let _server = kiosk.serve().await;
    let answers = join_all((0..32).map(async |_| {
        phone::check_in(
            &http_client(),
            &kiosk.url(),
            &session.code,
            "adm/2023/001",
            "John Doe",
        )
        .await
    }))
    .await;
    let outcomes = |wanted: &str, status: u16| {
        answers
            .iter()
            .filter(|(code, answer)| answer["outcome"] == wanted && *code == status)
            .count()
    };
    assert_eq!(
        (outcomes("recorded", 201), outcomes("already_marked", 200)),
        (1, 31),
        "{answers:?}"
    );
    let ids: std::collections::BTreeSet<_> = answers
        .iter()
        .map(|(_, answer)| answer["attendance_id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(kiosk.count("SELECT count(*) FROM attendance"), 1);
}
