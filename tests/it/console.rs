//! Every page of the staff area in a real terminal, small and large. On the Linux console all characters
//! must be in its fonts (feature M2). The screens are kept below `target/screens`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
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

/// A tour of the pages, with the screens seen so far.
struct Walk {
    tmux: Tmux,
    /// The allowed characters; `None` if the terminal has all.
    glyphs: Option<HashSet<char>>,
    folder: PathBuf,
    seen: u32,
}

impl Walk {
    /// Waits for a page, checks each character, and keeps the screen.
    fn look(&mut self, wanted: &str) {
        let screen = self.tmux.wait_for(wanted, PROMPT);
        for character in screen.chars() {
            let is_blank = matches!(character, ' ' | '\n');
            let is_known = |glyphs: &HashSet<char>| is_blank || glyphs.contains(&character);
            assert!(
                self.glyphs.as_ref().is_none_or(is_known),
                "{character:?} on\n{screen}"
            );
        }
        self.seen += 1;
        let file = self.folder.join(format!("{:02}.txt", self.seen));
        fs::write(file, screen).expect("target can be written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_staff_area_has_only_characters_of_the_console() {
    for (columns, rows) in [(80, 24), (120, 40), (240, 67)] {
        walk("linux", columns, rows).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_staff_area_is_there_on_small_and_large_screens() {
    for (columns, rows) in [(80, 24), (120, 40), (240, 67)] {
        walk("xterm-256color", columns, rows).await;
    }
}

async fn walk(term: &str, columns: u16, rows: u16) {
    if tools::missing(&["tmux"]) {
        return;
    }
    let (kiosk, _session) = Kiosk::with_open_session();
    for (number, name) in [("adm/2023/001", "Zoë Müller"), ("adm/2023/002", "王小明")] {
        kiosk.done(&["check-in", number, "--name", name]);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("target/screens/{term}-{columns}x{rows}"));
    fs::create_dir_all(&folder).expect("target can be written");
    let is_console = term == "linux";
    let mut walk = Walk {
        tmux: if is_console {
            kiosk.on_the_console(columns, rows)
        } else {
            kiosk.run_in_terminal(columns, rows)
        },
        glyphs: is_console.then(glyphs),
        folder,
        seen: 0,
    };
    kiosk.wait_until_healthy(|| ()).await;
    walk.tmux.wait_for("Type your admission number", START);
    walk.look("F10 Staff");
    walk.tmux.press("F1");
    walk.look("any key");
    walk.tmux.press("F1");
    walk.tmux.press("F10");
    walk.look("Staff ID");
    walk.tmux.press("F2");
    walk.look("Admin PIN");
    walk.tmux.press("F10");
    walk.look("F10 Staff");
    walk.tmux.press("F10");
    walk.look("Staff ID");
    walk.tmux.type_text("s001");
    walk.tmux.press("Enter");
    walk.tmux.type_text("246813");
    walk.tmux.press("Enter");
    walk.look("Leave the program");
    for (key, page) in [
        ("1", "Everybody, by number: 2"),
        ("3", "letters search"),
        ("4", "this kiosk"),
        ("5", "STATE"),
        ("6", "Exam list of which unit"),
        ("7", "Check-ins here do not need other kiosks"),
        ("8", "NEXT TRY"),
    ] {
        walk.tmux.press(key);
        walk.look(page);
        walk.tmux.press("F1");
        walk.look("any key");
        walk.tmux.press("F1");
        walk.look(page);
        walk.tmux.press("Escape");
        walk.look("Leave the program");
    }
    walk_below_the_board(&mut walk);
    walk.tmux.press("x");
    walk.look("exports");
    walk.tmux.press("Enter");
    walk.look("Written: CS101-session-1-");
    let files = fs::read_dir(kiosk.data().join("exports")).expect("the folder was made");
    let names: Vec<_> = files
        .map(|file| file.expect("a file").file_name())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].to_string_lossy().ends_with(".xlsx"), "{names:?}");
}

/// A student, the explanation, the projector view, the exam list, an excuse, and the questions about the enrolment.
fn walk_below_the_board(walk: &mut Walk) {
    walk.tmux.press("1");
    walk.tmux.wait_for("Everybody, by number: 2", PROMPT);
    walk.tmux.press("Enter");
    walk.look("Of plan");
    walk.tmux.press("w");
    walk.look("Not counted");
    // One at a time: terminals read Escape followed at once by a key as Alt and that key.
    walk.tmux.press("Escape");
    walk.tmux.wait_until("the student", PROMPT, |screen| {
        screen.contains("Of plan") && !screen.contains("Not counted")
    });
    walk.tmux.press("Escape");
    // A wide screen has the table beside the student.
    walk.tmux.wait_until("the table alone", PROMPT, |screen| {
        screen.contains("Everybody, by number: 2") && !screen.contains("Of plan")
    });
    walk.tmux.press("p");
    walk.tmux.wait_until("the wall", PROMPT, |screen| {
        !screen.contains("Everybody, by number")
    });
    walk.look("On time until");
    walk.tmux.press("Escape");
    walk.tmux.wait_for("Everybody, by number: 2", PROMPT);
    walk.tmux.press("t");
    walk.look("of the lectures held so far");
    walk.tmux.press("Escape");
    for (key, page) in [("E", "Why is"), ("i", "Since"), ("o", "Last day")] {
        walk.tmux.wait_until("the table alone", PROMPT, |screen| {
            screen.contains("Everybody, by number: 2") && !screen.contains("Esc take back")
        });
        walk.tmux.press(key);
        walk.look(page);
        walk.tmux.press("Escape");
    }
    walk.tmux.wait_until("the table alone", PROMPT, |screen| {
        screen.contains("Everybody, by number: 2") && !screen.contains("Esc take back")
    });
}
