//! The kiosk as the Linux console shows it: whatever page staff are on, each character is one that the
//! console's fonts have (feature M2).

use std::collections::HashSet;
use std::time::Duration;

use crate::support::kiosk::{Kiosk, START};
use crate::support::{tmux::Tmux, tools};

const PROMPT: Duration = Duration::from_secs(10);

/// The characters that every console font has.
fn glyphs() -> HashSet<char> {
    include_str!("../data/console-glyphs.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("both\tU+"))
        .filter_map(|rest| {
            let (code, _) = rest.split_once('\t')?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?)
        })
        .collect()
}

/// Waits for a page, and looks at each character of it.
fn look(tmux: &Tmux, glyphs: &HashSet<char>, wanted: &str) {
    let screen = tmux.wait_for(wanted, PROMPT);
    for character in screen.chars() {
        let is_blank = matches!(character, ' ' | '\n');
        assert!(
            is_blank || glyphs.contains(&character),
            "{character:?} on\n{screen}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_staff_area_has_only_characters_of_the_console() {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    for (number, name) in [("adm/2023/001", "Zoë Müller"), ("adm/2023/002", "王小明")] {
        kiosk.done(&["check-in", number, "--name", name]);
    }
    let glyphs = glyphs();
    let tmux = kiosk.on_the_console(80, 25);
    kiosk.wait_until_healthy(|| ()).await;
    tmux.wait_for("Type your admission number", START);
    look(&tmux, &glyphs, "F10 Staff");
    tmux.press("F1");
    look(&tmux, &glyphs, "any key");
    tmux.press("F1");
    tmux.press("F10");
    look(&tmux, &glyphs, "Staff id");
    tmux.type_text("s001");
    tmux.press("Enter");
    tmux.type_text("246813");
    tmux.press("Enter");
    look(&tmux, &glyphs, "Leave the program");
    for (key, page) in [
        ("1", "Everybody, by number: 2"),
        ("3", "letters search"),
        ("4", "The timetable has no lecture"),
        ("5", "STATE"),
        ("6", "Lists of which unit"),
        ("7", "Check-ins here do not need other kiosks"),
        ("8", "NEXT TRY"),
    ] {
        tmux.press(key);
        look(&tmux, &glyphs, page);
        tmux.press("F1");
        look(&tmux, &glyphs, "any key");
        tmux.press("F1");
        look(&tmux, &glyphs, page);
        tmux.press("Escape");
        look(&tmux, &glyphs, "Leave the program");
    }
    // Deeper than one page: a student, why, the projector, and a list that is written.
    tmux.press("1");
    tmux.wait_for("Everybody, by number: 2", PROMPT);
    tmux.press("Enter");
    look(&tmux, &glyphs, "Of plan");
    tmux.press("w");
    look(&tmux, &glyphs, "Not counted");
    // One at a time: an Escape with a key right behind it is Alt and that key.
    tmux.press("Escape");
    tmux.wait_until("the student", PROMPT, |screen| {
        screen.contains("Of plan") && !screen.contains("Not counted")
    });
    tmux.press("Escape");
    tmux.wait_for("Everybody, by number: 2", PROMPT);
    tmux.press("p");
    look(&tmux, &glyphs, "type this code");
    tmux.press("Escape");
    tmux.wait_for("Everybody, by number: 2", PROMPT);
    tmux.press("x");
    look(&tmux, &glyphs, "exports");
    tmux.press("Enter");
    look(&tmux, &glyphs, "Written: CS101-session-1-");
    let files = std::fs::read_dir(kiosk.data().join("exports")).expect("the folder was made");
    let names: Vec<_> = files
        .map(|file| file.expect("a file").file_name())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].to_string_lossy().ends_with(".xlsx"), "{names:?}");
}
