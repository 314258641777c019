//! The staff area: a box for what is quickly done, the whole screen for lists.
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

mod board;
mod deliveries;
mod forms;
mod home;
mod joining;
mod list;
mod lists;
mod sessions;
mod today;

use ratatui::layout::{Position, Rect};

use super::canvas::{Canvas, below, inset, middle, shifted, top};
use crate::tui::model::Model;
use crate::tui::staff::{Page, Place, Purpose, Question, Staff};
use crate::tui::theme::Role;
use crate::tui::words;

const BOX: (u16, u16) = (64, 17);

/// The columns of the keys in the help.
const HELP_KEYS: u16 = 13;

/// Rows at the bottom for the note and the keys.
const FOOT: u16 = 3;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    staff: &Staff,
) -> Option<Position> {
    let note = staff.note.as_deref();
    let cursor = match &staff.place {
        Place::Door(form) => {
            let content = boxed(canvas, body, "Staff", words::KEYS_DOOR, note);
            forms::sign_in(canvas, content, form)
        }
        Place::FirstPin(form) => {
            let content = boxed(canvas, body, "A first PIN", words::KEYS_FIRST_PIN, note);
            forms::first_pin(canvas, content, form)
        }
        Place::Office(office) => {
            let cursor = page(canvas, body, model, &office.page, note);
            match &office.question {
                Some(question) => ask(canvas, body, question, note),
                None => cursor,
            }
        }
    };
    cursor.filter(|_| !staff.awaiting)
}

fn page(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    page: &Page,
    note: Option<&str>,
) -> Option<Position> {
    match page {
        Page::Home(home) => {
            let who = home::title(model);
            let content = boxed(canvas, body, &who, words::KEYS_HOME, note);
            home::draw(canvas, content, model, home);
            None
        }
        Page::Units(list) => {
            let title = match list.purpose {
                Purpose::Opening => words::OPEN_TITLE,
                Purpose::Lists => words::LISTS_TITLE,
            };
            let content = boxed(canvas, body, title, words::KEYS_UNITS, note);
            forms::units(canvas, content, list)
        }
        Page::Opening(form) => {
            let title = format!("{}  {}", form.code, form.name);
            let content = boxed(canvas, body, &title, words::KEYS_OPENING, note);
            forms::opening(canvas, content, form)
        }
        Page::Lists(form) => {
            let content = boxed(canvas, body, &form.title, words::KEYS_LISTS, note);
            lists::draw(canvas, content, form);
            None
        }
        Page::Today(today) => {
            today::draw(canvas, body, model, today, note);
            None
        }
        Page::Join(join) => {
            joining::draw(canvas, body, model, join, note);
            None
        }
        Page::Sessions(list) => {
            sessions::draw(canvas, body, model, list, note);
            None
        }
        Page::Board(board) => board::draw(canvas, body, model, board, note),
        Page::Deliveries(deliveries) => {
            deliveries::draw(canvas, body, model, deliveries, note);
            None
        }
    }
}

/// A question over the page that it is asked on.
fn ask(
    canvas: &mut Canvas,
    body: Rect,
    question: &Question,
    note: Option<&str>,
) -> Option<Position> {
    let title = question.subject.title();
    let content = boxed(canvas, body, &title, words::KEYS_QUESTION, note);
    forms::answer(canvas, content, question)
}

/// What the keys do on this page, over it.
pub(super) fn help(canvas: &mut Canvas, body: Rect, model: &Model) {
    let (title, lines) = words::help(model);
    let [text, accent] = [Role::Text, Role::Accent].map(|role| canvas.theme.role(role));
    let width = BOX.0.min(body.width).saturating_sub(6 + HELP_KEYS);
    let rows = lines
        .iter()
        .map(|(_, meaning)| canvas.rows_of(meaning, width));
    let height = rows.sum::<u16>() + 6;
    let content = framed(canvas, body, height, title);
    let keys = below(content, content.height.saturating_sub(1));
    write_keys(canvas, keys, words::KEYS_HELP);
    let mut rest = top(content, content.height.saturating_sub(1));
    for (keys, meaning) in lines {
        let row = top(rest, 1);
        canvas.left(row, keys, accent);
        let used = canvas.wrapped(shifted(rest, HELP_KEYS), meaning, text);
        rest = below(rest, used);
    }
}

/// A box in the middle with a title, a note and the keys; returns the place between them.
fn boxed(
    canvas: &mut Canvas,
    body: Rect,
    title: &str,
    keys: &[(&str, &str)],
    note: Option<&str>,
) -> Rect {
    let inside = framed(canvas, body, BOX.1, title);
    let foot = below(inside, inside.height.saturating_sub(FOOT));
    write_note(canvas, top(foot, 2), note);
    write_keys(canvas, top(below(foot, 2), 1), keys);
    top(inside, inside.height.saturating_sub(FOOT))
}

/// An empty box in the middle with a title; returns the place below that.
fn framed(canvas: &mut Canvas, body: Rect, height: u16, title: &str) -> Rect {
    let area = middle(body, BOX.0);
    let area = top(below(area, area.height.saturating_sub(height) / 2), height);
    let [line, text, strong] =
        [Role::Line, Role::Text, Role::Strong].map(|role| canvas.theme.role(role));
    canvas.fill(area, text);
    let inside = inset(canvas.frame(area, line), 2, 0);
    canvas.left(top(inside, 1), title, strong);
    below(inside, 2)
}

/// A whole page with a title bar and the keys below; returns the place between them.
fn whole(
    canvas: &mut Canvas,
    body: Rect,
    title: &str,
    beside: &str,
    keys: &[(&str, &str)],
    note: Option<&str>,
) -> Rect {
    let [bar, strong] = [Role::Bar, Role::BarStrong].map(|role| canvas.theme.role(role));
    let head = top(body, 1);
    canvas.fill(head, bar);
    let line = inset(head, 1, 0);
    let used = canvas.right(line, beside, bar);
    let line = Rect {
        width: line.width.saturating_sub(used + 2),
        ..line
    };
    canvas.left(line, title, strong);
    let content = inset(below(body, 1), 1, 0);
    let height = content.height.saturating_sub(1);
    write_keys(canvas, below(content, height), keys);
    let Some(note) = note else {
        return top(content, height);
    };
    // The note is read to its end, the keys stay, and the page gives way.
    let height = height.saturating_sub(canvas.rows_of(note, content.width));
    let foot = below(content, height);
    write_note(canvas, top(foot, foot.height.saturating_sub(1)), Some(note));
    top(content, height)
}

fn write_note(canvas: &mut Canvas, area: Rect, note: Option<&str>) {
    if let Some(note) = note {
        let warning = canvas.theme.role(Role::Warning);
        canvas.wrapped(area, note, warning);
    }
}

/// `Enter open   Esc back`: as many as there is room for.
fn write_keys(canvas: &mut Canvas, row: Rect, keys: &[(&str, &str)]) {
    let [quiet, accent] = [Role::Quiet, Role::Accent].map(|role| canvas.theme.role(role));
    let mut rest = row;
    for (key, meaning) in keys {
        let needed = canvas.width_of(key) + 1 + canvas.width_of(meaning);
        if needed > rest.width {
            continue;
        }
        let used = canvas.left(rest, key, accent);
        rest = shifted(rest, used + 1);
        let used = canvas.left(rest, meaning, quiet);
        rest = shifted(rest, used + 3);
    }
}
