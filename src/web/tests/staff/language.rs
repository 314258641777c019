//! Whether every word on the pages comes from the catalogue.

use std::collections::HashMap;

use super::*;
use uuid::Uuid;

use crate::services::WatchedRemote;
use crate::store::{Settled, Settlement};
use crate::web::pages::tests::gallery_in;
use crate::words::{Language, Voice, latin_words};

/// Attributes that people read, or that the script shows them.
const SHOWN: [&str; 8] = [
    "aria-label",
    "title",
    "alt",
    "placeholder",
    "data-live-text",
    "data-lost-text",
    "data-shown",
    "data-words",
];

/// What the fixtures hold, which no language changes, and the names of file formats.
const DATA: &[&str] = &[
    "ADM NEW SCT CS101 LAW200 http, xlsx csv json",
    "Science Hall kiosk, Room 101, Introduction to Programming, Contract Law",
    "Amina Wanjiru Otieno, Ben Kamau, Lucy Lawyer, Dr. Grace Smith",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau",
    // What somebody typed, what a remote answered, and an actor of the audit log.
    "slip hello nonsense, timed out, shell",
];

/// What a line of the audit log changed is stored as text.
const IN_AUDIT_LOG: &str = "lecturer administrator enrolled new changed the beginning to open";

/// The Latin words that a page shows, but for its style and its addresses.
fn shown_words(page: &str) -> Vec<String> {
    let mut shown = String::new();
    for piece in page.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        if !tag.starts_with("style") && !tag.contains(" data-code") {
            shown.push_str(text);
        }
        for name in SHOWN {
            let Some((_, value)) = tag.split_once(&format!(" {name}=\"")) else {
                continue;
            };
            let value = value.split('"').next().unwrap();
            shown.push(' ');
            if name == "data-words" {
                // The keys are the words of the API.
                let words = value.replace("&quot;", "\"");
                let words: HashMap<String, HashMap<String, String>> =
                    serde_json::from_str(&words).unwrap();
                let texts = words.values().flat_map(HashMap::values);
                shown.extend(texts.map(|text| format!("{text} ")));
            } else {
                shown.push_str(value);
            }
        }
        shown.push(' ');
    }
    // The version of the rules is hexadecimal.
    let version = CountingPolicy::default().version();
    shown = shown.replace(&version, "");
    for entity in ["&lt;", "&gt;", "&amp;", "&quot;"] {
        shown = shown.replace(entity, " ");
    }
    let ids_apart = shown
        .split_whitespace()
        .filter(|word| Uuid::try_parse(word).is_err());
    let shown = ids_apart.collect::<Vec<_>>().join(" ");
    let data: Vec<&str> = DATA.iter().flat_map(|text| latin_words(text)).collect();
    let words = latin_words(&shown).filter(|word| !data.contains(word));
    words.map(str::to_owned).collect()
}

/// The Latin words of several pages, each with its page.
fn strange<'a>(pages: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, &'a str)> {
    let of_page = |(name, page)| shown_words(page).into_iter().map(move |word| (word, name));
    pages.flat_map(of_page).collect()
}

/// A kiosk that speaks the pseudo-language, with records, corrections and deliveries in every state.
async fn busy_kiosk() -> Kiosk {
    let kiosk = Kiosk::with(|site| {
        site.settings.language = Language::Pseudo;
        site.policy.unknown_students = UnknownStudents::Pending;
        site.policy.deliver_to = vec![Target::Firestore, Target::Portal];
        site.remotes = [
            (Target::Firestore, RemoteStatus::Connected),
            (
                Target::Portal,
                RemoteStatus::Unreachable {
                    error: "timed out".to_owned(),
                },
            ),
        ]
        .map(|(target, status)| WatchedRemote {
            target,
            status: watch::channel(status).1,
            in_hand: watch::channel(Arc::from([])).1,
        })
        .to_vec();
    })
    .await;
    let kiosk = with_staff(kiosk).await;
    kiosk
        .show(|snapshot| snapshot.address = Some("http://10.0.0.2:8080".to_owned()))
        .await;
    kiosk
}

#[tokio::test]
async fn every_word_on_a_page_of_students_comes_from_the_catalogue() {
    let voice = Voice {
        language: Language::Pseudo,
        zone: Zone::parse("Africa/Nairobi").unwrap(),
    };
    let mut shown = gallery_in(voice);
    // What these say is given by the gallery.
    let given = [
        "start-idle",
        "form-wrong",
        "form-expired",
        "unknown",
        "closed",
        "lost",
    ];
    shown.retain(|(name, _)| !given.contains(name));
    let kiosk = busy_kiosk().await;
    let mut phone = kiosk.phone();
    shown.push(("the first page", phone.get("/").await.text));
    shown.push(("nonsense", phone.get("/nonsense").await.text));
    shown.push(("no code", phone.post("/", &[("code", "hello")]).await.text));
    shown.push(("an old code", phone.get("/A/AAAAAA").await.text));
    for (number, name) in [
        ("ADM/1", ""),
        ("ADM/1", ""),
        ("NEW/7", ""),
        ("NEW/7", "Ben Kamau"),
        ("", ""),
    ] {
        shown.push((number, phone.check_in(number, name).await.text));
    }
    kiosk.pass(17 * 60);
    shown.push(("late", kiosk.phone().check_in("ADM/1", "").await.text));
    kiosk.pass(7200);
    shown.push(("over", phone.get("/").await.text));
    let found = strange(shown.iter().map(|(name, page)| (*name, &**page)));
    assert_eq!(found, []);
}

#[tokio::test]
async fn every_word_on_a_page_of_staff_comes_from_the_catalogue() {
    let kiosk = busy_kiosk().await;
    let mut stranger = Laptop::new(&kiosk);
    let mut shown = vec![
        ("the sign-in".to_owned(), stranger.get("/login").await),
        (
            "a wrong PIN".to_owned(),
            stranger.sign_in("S1", "0000").await,
        ),
    ];
    let admin = Laptop::signed_in(&kiosk, "S1").await;
    // A stream has no end.
    let mut paths = pages(&kiosk);
    paths.retain(|path| !path.ends_with("/events"));
    for path in &paths {
        shown.push((path.clone(), admin.get(path).await));
    }

    // The same with something on them.
    kiosk.phone().check_in("NEW/7", "Ben Kamau").await.is(200);
    kiosk.phone().check_in("ADM/1", "Ben Kamau").await.is(200);
    let now = kiosk.clock.monotonic();
    let due = kiosk
        .store
        .due(Target::Portal, "kiosk".to_owned(), now, 9, None);
    let due = due.await.unwrap();
    let parked = |attendance_id| Settled {
        attendance_id,
        edition: 0,
        settlement: Settlement::Parked {
            error: "timed out".to_owned(),
            answer: String::new(),
        },
    };
    let settled = due.iter().map(|report| parked(report.report.attendance_id));
    let settled = settled.collect();
    let wall = kiosk.clock.now();
    kiosk
        .store
        .settle(Target::Portal, settled, wall)
        .await
        .unwrap();
    let student = format!("/board/{}/student", kiosk.session.id);
    for fields in [
        [("number", "ADM/1"), ("do", "unmark"), ("reason", "")],
        [("number", "ADM/1"), ("do", "unmark"), ("reason", "slip")],
        [("number", "ADM/1"), ("do", "undo"), ("reason", "slip")],
        [("number", "ADM/1"), ("do", "late"), ("reason", "slip")],
        [("number", "NEW/7"), ("do", "merge"), ("into", "NEW/9")],
        [("number", "NEW/9"), ("do", "mark"), ("name", "")],
    ] {
        shown.push((format!("{fields:?}"), admin.post(&student, &fields).await));
    }
    for (path, fields) in forms(&kiosk) {
        // What is wrong is said beside the field.
        let wrong: Vec<_> = fields
            .iter()
            .map(|&(name, value)| match name {
                "number" | "code" | "staff_id" | "do" => (name, value),
                _ => (name, ""),
            })
            .collect();
        if !path.ends_with("/close") && path != "/logout" {
            shown.push((path.clone(), admin.post(&path, &wrong).await));
        }
    }
    for path in &paths {
        shown.push((path.clone(), admin.get(path).await));
    }
    for path in [
        &format!("{student}?number=NEW%2F7"),
        "/admin/students?q=nonsense",
        "/admin/attendance?sync=parked",
        "/admin/student?number=NEW%2F7",
        "/admin/lecturer?staff_id=L2",
        "/admin/nonsense",
    ] {
        shown.push((path.to_owned(), admin.get(path).await));
    }
    let records = &admin.get("/admin/attendance").await.text;
    let record = records.split("/admin/attendance/").nth(1).unwrap();
    let path = format!("/admin/attendance/{}", record.split('"').next().unwrap());
    shown.push((path.clone(), admin.get(&path).await));
    let lecturer = Laptop::signed_in(&kiosk, "L2").await;
    for path in &paths {
        shown.push((path.clone(), lecturer.get(path).await));
    }

    shown.retain(|(_, answer)| answer.header("content-type").starts_with("text/html"));
    assert!(shown.len() > 60, "only {} pages", shown.len());
    let pages = shown.iter().map(|(path, answer)| (&**path, &*answer.text));
    let mut found = strange(pages);
    found.retain(|(word, path)| *path != "/admin/audit" || !IN_AUDIT_LOG.contains(&**word));
    assert_eq!(found, []);
}
