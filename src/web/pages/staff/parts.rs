//! What several staff pages are made of: tables and labelled fields.

use maud::{Markup, html};

use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::words::{AdminText, BoardText, Label, Message, Voice};

/// A table that scrolls by itself on a narrow screen, or a sentence where there is nothing.
pub(super) fn table<'a>(
    voice: Voice,
    heads: &[Label],
    is_empty: bool,
    otherwise: impl Into<Message<'a>>,
    rows: &Markup,
) -> Markup {
    html! {
        @if is_empty { p.empty { (voice.say(otherwise)) } }
        @else {
            div.scroll tabindex="0" role="region" aria-label=(voice.say(AdminText::Table)) {
                table {
                    thead { tr { @for head in heads { @if *head == Label::None { td {} } @else { th scope="col" { (voice.say(*head)) } } } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

/// Lists to download, each in every format; `path` is that of a file such as `exam.csv`.
pub(super) fn downloads<const N: usize>(
    voice: Voice,
    lists: [(&str, BoardText); N],
    path: impl Fn(&str) -> String,
) -> Markup {
    html! {
        (voice.say(BoardText::TakeAway))
        @for (place, (list, name)) in lists.into_iter().enumerate() {
            @let name = voice.say(name);
            @if place > 0 { "· " }
            (name) (voice.say(BoardText::As))
            @for form in ["xlsx", "csv", "json"] {
                a href=(path(&format!("{list}.{form}"))) aria-label=(format!("{form}, {name}")) { (form) } " "
            }
        }
    }
}

/// A labelled input with hint and error tied to it.
pub(super) fn input(name: &str, label: &str, hint: &str, field: &Field) -> Markup {
    labelled(("text", name, name), label, hint, field)
}

/// The same for a day. A page with several forms gives each field an id of its own.
pub(super) fn date(id: &str, name: &str, label: &str, hint: &str, field: &Field) -> Markup {
    labelled(("date", id, name), label, hint, field)
}

/// A labelled input of a type, with its id and name.
pub(super) fn labelled(
    (kind, id, name): (&str, &str, &str),
    label: &str,
    hint: &str,
    field: &Field,
) -> Markup {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by = field.described_by(&error_id, &hint_id, hint);
    html! {
        div.field {
            label for=(id) { (label) }
            @if !hint.is_empty() { span.hint id=(hint_id) { (hint) } }
            input id=(id) name=(name) type=(kind) dir="auto" value=(field.text) autocomplete="off" spellcheck="false"
                aria-invalid=[field.error.is_some().then_some("true")]
                aria-describedby=[described_by];
            @if let Some(error) = &field.error { p.error id=(error_id) role="alert" { (error_mark()) span { (error) } } }
        }
    }
}
