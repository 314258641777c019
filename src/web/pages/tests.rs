//! Every page, looked at: its weight, its independence, its labels.

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::domain::{
    AdmissionNumber, Channel, Code, Flags, Listing, Percentage, PersonName, Phase, Punctuality,
    Receipt, RemoteAnswer, RemoteAnswers, Semester, Session, SessionId, SessionState, StudentLine,
    Timestamp, UnitCode, UnknownStudents, Venue, Zone, sample,
};
use crate::words::Voice;

fn zone() -> Zone {
    Zone::parse("Africa/Nairobi").unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn session() -> Session {
    Session {
        id: SessionId::from_uuid(Uuid::from_u128(1)),
        unit_code: UnitCode::parse("CS101").unwrap(),
        unit_name: "Introduction to Programming".to_owned(),
        lecturer_name: "Dr. Grace Smith".to_owned(),
        semester: Semester::parse("1").unwrap(),
        number: 3,
        starts_at: at("2026-11-22T06:00:00Z"),
        ends_at: at("2026-11-22T08:00:00Z"),
        venue: Venue::parse("Room 101").unwrap(),
        state: SessionState::Open,
        reopened_at: None,
    }
}

fn receipt(attended: u32, held: u32, late_minutes: u32) -> Receipt {
    Receipt {
        attendance_id: Uuid::from_u128(2),
        student: StudentLine {
            admission_number: AdmissionNumber::parse("SCT211-0001/2021").unwrap(),
            name: PersonName::parse("Amina Wanjiru Otieno").ok(),
        },
        session: session(),
        is_elsewhere: false,
        checked_in_at: session().starts_at
            + Duration::from_secs(u64::from(late_minutes) * 60 + 187),
        channel: Channel::Phone,
        punctuality: if late_minutes > 0 {
            Punctuality::late(late_minutes)
        } else {
            Punctuality::OnTime
        },
        pending: false,
        flags: Flags::NONE,
        percentage: Some(Percentage::of(attended, 12)),
        listing: Listing::Main,
        standing: Some(sample::standing(attended, held, 12)),
        delivery: RemoteAnswers {
            firestore: RemoteAnswer::Queued,
            portal: RemoteAnswer::Disabled,
        },
    }
}

const KIOSK: &str = "Science Hall kiosk";

/// One of every kind of page, by name.
fn gallery() -> Vec<(&'static str, String)> {
    gallery_in(Voice::english(zone()))
}

/// The same in any language.
pub(in crate::web) fn gallery_in(voice: Voice) -> Vec<(&'static str, String)> {
    [forms(voice), results(voice), notices(voice)].concat()
}

fn wrong(text: &str, error: &str) -> Field {
    Field {
        text: text.to_owned(),
        error: Some(error.to_owned()),
    }
}

fn forms(voice: Voice) -> Vec<(&'static str, String)> {
    let lecture = session();
    let open = Phase::OnTime {
        until: lecture.ends_at,
    };
    let start = |shown, code| ask_code(KIOSK, shown, voice, &code).into_string();
    let form = |form: &AttendForm| {
        attend_form(KIOSK, &lecture, voice, UnknownStudents::Register, form).into_string()
    };
    let plain = AttendForm {
        code: Code::parse("K7M2QX").unwrap(),
        new_code: None,
        number: Field::default(),
        is_remembered: false,
        insist: String::new(),
        name: Field::default(),
        ticket: "t".repeat(54),
    };
    let remembered = AttendForm {
        number: Field::holding("SCT211-0001/2021"),
        is_remembered: true,
        ..plain.clone()
    };
    let complained = AttendForm {
        number: wrong("SCT211", "Type it as on your student card."),
        name: wrong(
            "<script>alert(1)</script>\"'&",
            "Add your full name as well.",
        ),
        ..plain.clone()
    };
    let expired = AttendForm {
        new_code: Some(wrong("", "Type the code that is on the screen now.")),
        number: Field::holding("SCT211-0001/2021"),
        name: Field::holding("محمد علي"),
        ..plain.clone()
    };
    let suggestion = receipt(1, 1, 0).student.admission_number;
    let near = near_number(KIOSK, &expired, &suggestion, voice).into_string();
    vec![
        ("form-near", near),
        ("start", start(Some((&lecture, open)), Field::default())),
        (
            "start-idle",
            start(None, wrong("hello", "A code has six letters and digits.")),
        ),
        ("form", form(&plain)),
        ("form-remembered", form(&remembered)),
        ("form-wrong", form(&complained)),
        ("form-expired", form(&expired)),
    ]
}

fn results(voice: Voice) -> Vec<(&'static str, String)> {
    let page =
        |receipt: &Receipt, repeat: Repeat| result(KIOSK, receipt, &repeat, voice).into_string();
    let first = || Repeat::First("t".repeat(54));
    let pending = Receipt {
        pending: true,
        standing: None,
        ..receipt(0, 0, 0)
    };
    let typed = Receipt {
        channel: Channel::Keypad,
        ..receipt(12, 12, 0)
    };
    let elsewhere = Receipt {
        is_elsewhere: true,
        ..receipt(1, 1, 0)
    };
    let mut world = receipt(7, 9, 0);
    world.student.name = PersonName::parse("عبد الرحمن بن محمد الأنصاري").ok();
    world.session.unit_name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau".to_owned();
    vec![
        ("recorded", page(&receipt(1, 1, 0), first())),
        ("late", page(&receipt(7, 9, 17), first())),
        ("elsewhere", page(&elsewhere, first())),
        ("below", page(&receipt(2, 6, 0), first())),
        ("pending", page(&pending, first())),
        (
            "repeat-now",
            page(&receipt(9, 10, 0), Repeat::MomentsAgo("t".repeat(54))),
        ),
        ("repeat", page(&typed, Repeat::Earlier)),
        ("world", page(&world, first())),
    ]
}

fn notices(voice: Voice) -> Vec<(&'static str, String)> {
    let page = |sign, title: &str, advice: &str, next| {
        let told = Notice {
            sign,
            title: title.to_owned(),
            advice: advice.to_owned(),
            next,
        };
        notice(KIOSK, &told, voice).into_string()
    };
    let code = Next::TypeTheCode(Field::holding("AAAAAA"));
    vec![
        (
            "unknown",
            page(
                Sign::Attention,
                "This code is not known",
                "Check it against the screen.",
                code,
            ),
        ),
        (
            "closed",
            page(
                Sign::Stopped,
                "This lecture is closed",
                "Speak to the lecturer.",
                Next::Nothing,
            ),
        ),
        (
            "lost",
            page(
                Sign::Attention,
                "There is nothing here",
                "Scan the QR on the screen.",
                Next::Start,
            ),
        ),
    ]
}

#[test]
fn every_page_is_written_out_to_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in gallery() {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}

#[test]
fn a_page_asks_for_nothing_else() {
    for (name, page) in gallery() {
        // The icon's namespace is a name, not an address.
        let page = page.replace("http://www.w3.org/2000/svg", "");
        for reach in [
            "http:",
            "https:",
            "//",
            " src=",
            "url(",
            "@import",
            "<script",
            "<link rel=\"stylesheet",
            "<iframe",
            " style=\"",
            " on",
        ] {
            let found = page.match_indices(reach).any(|(at, _)| {
                // " on" is an event handler only inside a tag, before an equals sign.
                reach != " on"
                    || page[at..]
                        .split(['>', ' ', '<'])
                        .nth(1)
                        .is_some_and(|word| word.contains('='))
            });
            assert!(!found, "{name} has {reach:?}");
        }
    }
}

#[test]
fn the_policy_names_the_style_that_is_in_the_page() {
    use sha2::Digest as _;
    for (name, page) in gallery() {
        let style = between(&page, "<style>", "</style>");
        let hash = data_encoding::BASE64.encode(&sha2::Sha256::digest(style));
        assert_eq!(*STYLE_HASH, format!("sha256-{hash}"), "{name}");
    }
}

#[test]
fn every_field_has_its_label_and_every_description_exists() {
    for (name, page) in gallery() {
        assert!(page.contains("<html lang=\"en\">"), "{name}");
        assert!(
            page.contains("width=device-width,initial-scale=1"),
            "{name}"
        );
        assert_eq!(page.matches("<h1>").count(), 1, "{name}");
        assert!(page.matches(" autofocus").count() <= 1, "{name}");
        for input in page.split("<input ").skip(1) {
            let input = input.split('>').next().unwrap();
            if input.contains("type=\"hidden\"") {
                continue;
            }
            let id = between(input, "id=\"", "\"");
            assert!(
                page.contains(&format!("<label for=\"{id}\">")),
                "{name}: {id}"
            );
            for attribute in [
                "inputmode",
                "autocapitalize",
                "autocomplete",
                "enterkeyhint",
            ] {
                assert!(input.contains(attribute), "{name}: {id} has no {attribute}");
            }
            let described = input
                .contains("aria-describedby")
                .then(|| between(input, "aria-describedby=\"", "\""));
            for id in described.unwrap_or_default().split_whitespace() {
                assert!(page.contains(&format!(" id=\"{id}\"")), "{name}: {id}");
            }
            assert_eq!(
                input.contains("aria-invalid"),
                page.contains(&format!("id=\"{id}-error\"")),
                "{name}: {id}"
            );
        }
    }
}

#[test]
fn names_stand_apart_from_the_direction_of_the_page() {
    for (name, page) in gallery() {
        let body = page.split("<body>").nth(1).unwrap();
        for person in [
            "Amina Wanjiru Otieno",
            "عبد الرحمن بن محمد الأنصاري",
            "Dr. Grace Smith",
        ] {
            let bare = body.replace(&format!("<bdi>{person}</bdi>"), "");
            assert!(!bare.contains(person), "{name}: {person}");
        }
    }
}

/// Contrast by WCAG 2.2: text needs 4.5, the edges of fields 3.
#[test]
fn every_colour_can_be_read_on_its_ground() {
    let style = include_str!("palette.css");
    let (light, dark) = style
        .split_once("@media(prefers-color-scheme:dark)")
        .unwrap();
    for (scheme, css) in [("light", light), ("dark", dark)] {
        let colour = |name: &str| {
            let hex = css
                .split(&format!("--{name}:#"))
                .nth(1)
                .unwrap()
                .split([';', '}'])
                .next()
                .unwrap();
            let wide: String = if hex.len() == 3 {
                hex.chars().flat_map(|c| [c, c]).collect()
            } else {
                hex.to_owned()
            };
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
        };
        let contrast = |a: &str, b: &str| {
            let (a, b) = (colour(a), colour(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for (ink, ground, least) in [
            ("ink", "paper", 4.5),
            ("ink", "card", 4.5),
            ("soft", "paper", 4.5),
            ("soft", "card", 4.5),
            ("calm", "card", 4.5),
            ("calm", "calm-wash", 4.5),
            ("ink", "calm-wash", 4.5),
            ("on-calm", "calm", 4.5),
            ("amber", "card", 4.5),
            ("amber", "amber-wash", 4.5),
            ("ink", "amber-wash", 4.5),
            ("red", "card", 4.5),
            ("red", "red-wash", 4.5),
            ("ink", "red-wash", 4.5),
            ("edge", "card", 3.0),
            ("edge", "paper", 3.0),
            ("calm", "paper", 3.0),
            ("red", "paper", 3.0),
        ] {
            let found = contrast(ink, ground);
            assert!(found >= least, "{scheme}: {ink} on {ground} is {found:.2}");
        }
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn a_page_weighs_less_than_fourteen_kilobytes() {
    for (name, page) in gallery() {
        assert!(page.len() < 14 * 1024, "{name}: {} bytes", page.len());
    }
}
