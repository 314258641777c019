//! What the keys do, below each page and in its help.

use crate::tui::model::Model;
use crate::tui::staff::{Page, Place};

/// Keys and what they do, the most wanted first.
pub type Keys = &'static [(&'static str, &'static str)];

/// At the door.
pub const KEYS_DOOR: Keys = &[
    ("Enter", "sign in"),
    ("Tab", "other field"),
    ("Esc", "back"),
    ("F2", "first PIN"),
];
/// In the form for a first PIN.
pub const KEYS_FIRST_PIN: Keys = &[
    ("Enter", "next, then set it"),
    ("Up/Down", "field"),
    ("Esc", "back"),
];
/// In the menu.
pub const KEYS_HOME: Keys = &[
    ("digit", "or Up, Down, Enter"),
    ("Esc", "back"),
    ("?", "help"),
];
/// In the unit list.
pub const KEYS_UNITS: Keys = &[
    ("Enter", "choose"),
    ("Esc", "back"),
    ("letters", "search"),
    ("F1", "help"),
];
/// In the form of a session.
pub const KEYS_OPENING: Keys = &[
    ("Enter", "open"),
    ("Esc", "back"),
    ("Tab", "next field"),
    ("F1", "help"),
];
/// In the session list.
pub const KEYS_SESSIONS: Keys = &[
    ("Enter", "board"),
    ("Esc", "back"),
    ("e", "extend"),
    ("r", "reopen"),
    ("c", "cancel"),
    ("x", "lists"),
    ("?", "help"),
];
/// On today's timetable.
pub const KEYS_TODAY: Keys = &[
    ("Enter", "open now"),
    ("Esc", "back"),
    ("c", "cancel"),
    ("Up/Down", "choose"),
    ("?", "help"),
];
/// Among the sessions of other kiosks.
pub const KEYS_JOIN: Keys = &[
    ("Enter", "join"),
    ("Esc", "back"),
    ("r", "ask again"),
    ("Up/Down", "choose"),
    ("?", "help"),
];
/// In the form of a list.
pub const KEYS_LISTS: Keys = &[
    ("Enter", "write"),
    ("Left/Right", "change"),
    ("Up/Down", "line"),
    ("Esc", "back"),
    ("?", "help"),
];
/// On the sync monitor.
pub const KEYS_DELIVERIES: Keys = &[
    ("r", "retry this"),
    ("R", "retry all"),
    ("Esc", "back"),
    ("Up/Down", "choose"),
    ("?", "help"),
];
/// On the board.
pub const KEYS_BOARD: Keys = &[
    ("Enter", "student"),
    ("Esc", "back"),
    ("?", "help"),
    ("/", "search"),
    ("f", "filter"),
    ("s", "sort"),
    ("p", "projector"),
    ("m", "present"),
    ("l", "late"),
    ("u", "unmark"),
    ("a", "approve"),
    ("+", "a number"),
    ("z", "undo"),
    ("e", "extend"),
    ("x", "lists"),
];
/// Where a student's numbers are explained.
pub const KEYS_WHY: Keys = &[("Esc", "back"), ("Up/Down", "scroll"), ("?", "help")];
/// On one student.
pub const KEYS_STUDENT: Keys = &[
    ("Esc", "back"),
    ("?", "help"),
    ("w", "why"),
    ("m", "present"),
    ("l", "late"),
    ("u", "unmark"),
    ("a", "approve"),
    ("g", "merge"),
    ("n", "name"),
    ("k", "keep name"),
    ("z", "undo"),
];
/// In the search.
pub const KEYS_SEARCH: Keys = &[("Enter", "keep"), ("Esc", "clear"), ("Up/Down", "choose")];
/// In a question.
pub const KEYS_QUESTION: Keys = &[("Enter", "do it"), ("Esc", "take back")];
/// In the help.
pub const KEYS_HELP: Keys = &[("any key", "back")];

/// A title, and what each key does in full.
type Help = (&'static str, Keys);

/// What the keys do where somebody is, in full.
#[must_use]
pub fn help(model: &Model) -> Help {
    let Some(staff) = &model.staff else {
        return (
            "Checking in",
            &[
                (
                    "number",
                    "Type your admission number, then Enter. A card reader does the same.",
                ),
                (
                    "phone",
                    "Or scan the code, or open the address below it and type the code.",
                ),
                ("Esc", "Clears what you typed."),
                ("F10", "Staff sign in here."),
            ],
        );
    };
    let Place::Office(office) = &staff.place else {
        return (
            "Signing in",
            &[
                ("Enter", "From the staff id to the PIN, then signs in."),
                ("Esc", "Back to the students."),
                (
                    "F2",
                    "A first PIN for somebody who has none: an administrator confirms it.",
                ),
                (
                    "lost",
                    "An administrator sets a new PIN: kiosk lecturer set-pin.",
                ),
            ],
        );
    };
    match &office.page {
        Page::Home(_) => HELP_HOME,
        Page::Units(_) | Page::Opening(_) => HELP_OPENING,
        Page::Lists(_) => HELP_LISTS,
        Page::Today(_) => HELP_TODAY,
        Page::Join(_) => HELP_JOIN,
        Page::Sessions(_) => HELP_SESSIONS,
        Page::Board(_) => HELP_BOARD,
        Page::Deliveries(_) => HELP_DELIVERIES,
    }
}

const HELP_HOME: Help = (
    "Staff",
    &[
        ("digit", "Takes that choice. Up, Down and Enter do too."),
        (
            "F10",
            "Back to the students' screen from anywhere, signed out.",
        ),
        ("", "Without a key you are signed out by itself."),
    ],
);

const HELP_OPENING: Help = (
    "Choosing a unit, opening a session",
    &[
        ("letters", "Search by code or name."),
        (
            "Enter",
            "Takes the unit, then opens with what stands there.",
        ),
        (
            "Tab",
            "To the next field. Start: 09:00, or 2026-11-22 09:00.",
        ),
        ("Esc", "Back to the page before."),
    ],
);

const HELP_LISTS: Help = (
    "Exporting lists",
    &[
        ("Up/Down", "Which list, in what form, into which folder."),
        ("Left/Right", "Another one. So does the space bar."),
        ("Enter", "Writes it. The same list replaces its older file."),
        (
            "stick",
            "A USB stick that is mounted is offered as a folder.",
        ),
        ("Esc", "Back to where you came from."),
    ],
);

const HELP_TODAY: Help = (
    "Today's timetable",
    &[
        (
            "Enter, o",
            "Opens the chosen lecture here, with its own times.",
        ),
        ("", "One that was opened already: who is here."),
        (
            "c",
            "Cancels one that is not held: it does not open by itself.",
        ),
        ("Esc", "Back to the menu."),
    ],
);

const HELP_JOIN: Help = (
    "Joining another kiosk's session",
    &[
        (
            "Enter, j",
            "Takes check-ins for it here too, with its class list.",
        ),
        ("r", "Asks Firestore again what is open."),
        ("", "What is done to it at one kiosk is done at all."),
        ("Esc", "Back to the menu."),
    ],
);

const HELP_SESSIONS: Help = (
    "Sessions",
    &[
        ("Enter", "Who was there."),
        ("e", "Extends an open one by the minutes that you type."),
        (
            "r",
            "Reopens: at least 15 minutes more; records carry a flag.",
        ),
        ("c", "Cancels: it was not held and counts for nobody."),
        ("x", "Writes its lists into files."),
        ("Esc", "Back to the menu."),
    ],
);

const HELP_BOARD: Help = (
    "Who is here",
    &[
        (
            "f  s",
            "Filter: absent, late, pending, flagged, below. Sort.",
        ),
        ("/", "Search numbers and names as you type."),
        ("Enter", "One student; there w says why the numbers are so."),
        ("m l u", "Marks the chosen one present, late, or not here."),
        ("a g", "Approves a pending one, or says whose it is."),
        ("+", "Marks a number present, on the list or not."),
        ("n k", "Takes the typed name, or keeps the roster's."),
        ("z", "Takes the last correction back."),
        ("p", "For the projector: counts and code, no names."),
        ("e x", "Extends the session. Writes its lists."),
        ("Esc", "Everybody again, then back to the menu."),
    ],
);

const HELP_DELIVERIES: Help = (
    "Deliveries",
    &[
        ("r, Enter", "Tries the chosen one again now."),
        ("R", "Tries all again, those that were refused too."),
        ("", "Waiting ones go by themselves, refused ones by hand."),
        ("Esc", "Back to the menu."),
    ],
);
