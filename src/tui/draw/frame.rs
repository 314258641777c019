//! What surrounds the content of a page: a box in the middle for what is quickly done, the whole screen for
//! lists. A frame has a title, a note for the person who pressed a key, and the keys.
//!
//! ```text
//! ╭──────────────────────────────────────────╮
//! │  Staff                                   │
//! │                                          │
//! │  Staff id   T-104                        │
//! │  PIN        ****                         │
//! │                                          │
//! │  Enter sign in   Tab other field   Esc back
//! ╰──────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::canvas::{Canvas, below, inset, middle, shifted, top, without_right};
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Message, Voice};

/// Keys and what they do, the most wanted first.
pub type Keys = &'static [(Key, KeyUse)];

/// The title of a page's help, and what each key does in full.
pub type Help = (Message<'static>, &'static [(Key, KeyHelp)]);

/// The frame of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    title: String,
    keys: Keys,
    /// The right of the title bar of a whole screen; `None` for a box.
    beside: Option<String>,
    /// Whether the title goes on from that of the page before.
    is_step: bool,
}

/// Between the steps of a way.
const STEP: &str = " / ";

/// Columns and rows of a box.
const BOX: (u16, u16) = (64, 17);

/// The columns of the keys in the help.
const HELP_KEYS: u16 = 13;

/// Rows at the bottom of a box for the note and the keys.
const FOOT: u16 = 3;

impl Frame {
    /// A box in the middle of the screen.
    #[must_use]
    pub fn boxed(title: impl Into<String>, keys: Keys) -> Self {
        Self {
            title: title.into(),
            keys,
            beside: None,
            is_step: false,
        }
    }

    /// The whole screen, with a title bar that says something beside the title.
    #[must_use]
    pub fn whole(title: impl Into<String>, beside: impl Into<String>, keys: Keys) -> Self {
        Self {
            title: title.into(),
            keys,
            beside: Some(beside.into()),
            is_step: false,
        }
    }

    /// The whole screen of a step on a way: the title goes on from that of the page before.
    #[must_use]
    pub fn step(title: impl Into<String>, beside: impl Into<String>, keys: Keys) -> Self {
        Self {
            is_step: true,
            ..Self::whole(title, beside, keys)
        }
    }

    /// Names the page before, where this one is a step.
    #[must_use]
    pub fn under(self, before: &str) -> Self {
        if !self.is_step {
            return self;
        }
        Self {
            title: format!("{before}{STEP}{}", self.title),
            ..self
        }
    }

    /// Draws the frame and returns the place for the content.
    pub fn draw(&self, canvas: &mut Canvas, body: Rect, note: Option<&str>, voice: Voice) -> Rect {
        match &self.beside {
            None => self.draw_box(canvas, body, note, voice),
            Some(beside) => self.draw_whole(canvas, body, beside, note, voice),
        }
    }

    /// The steps before the last one, cut from the left where there is no room for them, and the last one.
    fn way(&self, room: u16) -> (String, &str) {
        let steps = self.title.rsplit_once(STEP).filter(|_| self.is_step);
        let Some((before, last)) = steps else {
            return (String::new(), &self.title);
        };
        let fits = self.title.width() <= usize::from(room);
        let before = if fits { before } else { "..." };
        (format!("{before}{STEP}"), last)
    }

    fn draw_box(&self, canvas: &mut Canvas, body: Rect, note: Option<&str>, voice: Voice) -> Rect {
        let inside = empty_box(canvas, body, BOX.1, &self.title);
        let foot = below(inside, inside.height.saturating_sub(FOOT));
        write_note(canvas, top(foot, 2), note);
        write_keys(canvas, top(below(foot, 2), 1), self.keys, voice);
        top(inside, inside.height.saturating_sub(FOOT))
    }

    /// Draws a title bar above and the keys below; returns the place between them.
    fn draw_whole(
        &self,
        canvas: &mut Canvas,
        body: Rect,
        beside: &str,
        note: Option<&str>,
        voice: Voice,
    ) -> Rect {
        let [bar, strong] = [Role::Bar, Role::BarStrong].map(|role| canvas.theme.role(role));
        let head = top(body, 1);
        canvas.fill(head, bar);
        let line = inset(head, 1, 0);
        let used = canvas.right(line, beside, bar);
        let room = without_right(line, used + 2);
        let (way, last) = self.way(room.width);
        let used = canvas.left(room, &way, bar);
        canvas.left(shifted(room, used), last, strong);
        let content = inset(below(body, 1), 1, 0);
        let height = content.height.saturating_sub(1);
        write_keys(canvas, below(content, height), self.keys, voice);
        let Some(note) = note else {
            return top(content, height);
        };
        // The note is shown to its end and the keys stay, so the content becomes shorter.
        let height = height.saturating_sub(canvas.rows_of(note, content.width));
        let foot = below(content, height);
        write_note(canvas, top(foot, foot.height.saturating_sub(1)), Some(note));
        top(content, height)
    }
}

/// Draws a help over a page.
pub fn help(canvas: &mut Canvas, body: Rect, (title, lines): Help, voice: Voice) {
    let [text, accent] = [Role::Text, Role::Accent].map(|role| canvas.theme.role(role));
    let width = BOX.0.min(body.width).saturating_sub(6 + HELP_KEYS);
    let said = lines
        .iter()
        .map(|&(key, meaning)| (voice.say(key), voice.say(meaning)));
    let lines: Vec<(String, String)> = said.collect();
    let rows = lines
        .iter()
        .map(|(_, meaning)| canvas.rows_of(meaning, width));
    let height = rows.sum::<u16>() + 6;
    let content = empty_box(canvas, body, height, &voice.say(title));
    let keys = below(content, content.height.saturating_sub(1));
    write_keys(canvas, keys, &[(Key::Any, KeyUse::Back)], voice);
    let mut rest = top(content, content.height.saturating_sub(1));
    for (keys, meaning) in lines {
        let row = top(rest, 1);
        canvas.left(row, &keys, accent);
        let used = canvas.wrapped(shifted(rest, HELP_KEYS), &meaning, text);
        rest = below(rest, used);
    }
}

/// A box in the middle with a title; returns the place below the title.
fn empty_box(canvas: &mut Canvas, body: Rect, height: u16, title: &str) -> Rect {
    let area = middle(body, BOX.0);
    let area = top(below(area, area.height.saturating_sub(height) / 2), height);
    let [line, text, strong] =
        [Role::Line, Role::Text, Role::Strong].map(|role| canvas.theme.role(role));
    canvas.fill(area, text);
    let inside = inset(canvas.frame(area, line), 2, 0);
    canvas.left(top(inside, 1), title, strong);
    below(inside, 2)
}

fn write_note(canvas: &mut Canvas, area: Rect, note: Option<&str>) {
    if let Some(note) = note {
        let warning = canvas.theme.role(Role::Warning);
        canvas.wrapped(area, note, warning);
    }
}

/// `Enter open   Esc back`: as many as there is room for.
pub fn write_keys(canvas: &mut Canvas, row: Rect, keys: &[(Key, KeyUse)], voice: Voice) {
    let [quiet, accent] = [Role::Quiet, Role::Accent].map(|role| canvas.theme.role(role));
    let mut rest = row;
    for &(key, meaning) in keys {
        let (key, meaning) = (voice.say(key), voice.say(meaning));
        let needed = canvas.width_of(&key) + 1 + canvas.width_of(&meaning);
        if needed > rest.width {
            continue;
        }
        let used = canvas.left(rest, &key, accent);
        rest = shifted(rest, used + 1);
        let used = canvas.left(rest, &meaning, quiet);
        rest = shifted(rest, used + 3);
    }
}
