//! One labelled input with its hint and its error.

use maud::{Markup, html};

use super::sign::error_mark;

/// What a field shows: the text in it, and what is wrong with that text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// As it was typed; shown again so that nobody types twice.
    pub text: String,
    /// The sentence beside the field.
    pub error: Option<String>,
}

impl Field {
    /// A field that holds `text` and is not complained about.
    pub fn holding(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            error: None,
        }
    }

    /// What describes its input to a screen reader: the error and the hint, where there are any.
    pub fn described_by(&self, error_id: &str, hint_id: &str, hint: &str) -> Option<String> {
        match (&self.error, hint) {
            (None, "") => None,
            (None, _) => Some(hint_id.to_owned()),
            (Some(_), "") => Some(error_id.to_owned()),
            (Some(_), _) => Some(format!("{error_id} {hint_id}")),
        }
    }
}

/// How a field is labelled and typed into.
pub struct InputStyle<'a> {
    /// The name it is sent under.
    pub name: &'a str,
    /// The label above it.
    pub label: &'a str,
    /// A line under the label; may be empty.
    pub hint: &'a str,
    /// The class of the input; may be empty.
    pub class: &'a str,
    /// `autocapitalize`: `characters`, `words`.
    pub capitals: &'a str,
    /// `autocomplete`: what the phone may offer.
    pub complete: &'a str,
    /// `enterkeyhint`: the word on the phone's Enter key.
    pub enter: &'a str,
    /// Whether the browser asks for it before sending.
    pub required: bool,
    /// Whether it takes the focus when the page opens.
    pub focus: bool,
}

/// The field with label, hint and error tied together for screen readers.
pub fn field(style: &InputStyle<'_>, field: &Field) -> Markup {
    let hint_id = format!("{}-hint", style.name);
    let error_id = format!("{}-error", style.name);
    let described_by = field.described_by(&error_id, &hint_id, style.hint);
    html! {
        div.field {
            label for=(style.name) { (style.label) }
            @if !style.hint.is_empty() { span.hint id=(hint_id) { (style.hint) } }
            input id=(style.name) name=(style.name) class=[(!style.class.is_empty()).then_some(style.class)]
                type="text" inputmode="text" dir="auto" value=(field.text)
                autocapitalize=(style.capitals) autocomplete=(style.complete) autocorrect="off"
                spellcheck="false" enterkeyhint=(style.enter) required[style.required]
                autofocus[style.focus]
                aria-invalid=[field.error.is_some().then_some("true")]
                aria-describedby=[described_by];
            @if let Some(error) = &field.error {
                p.error id=(error_id) { (error_mark()) span { (error) } }
            }
        }
    }
}
