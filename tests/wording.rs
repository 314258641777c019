//! Whether texts for people come from the catalogue (`src/words/`) and from nowhere else.
//!
//! The sources of the doors are read as Rust tokens. A string literal with two or more words is a sentence,
//! unless it goes to the log, states an invariant, or describes the API for programmers.

use std::fs;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

mod files;

/// Where people are shown text.
const DOORS: [&str; 2] = ["src/web", "src/tui"];

/// Files that may hold literals of several words, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "src/tui/text_field.rs",
        "the `Debug` form, which hides what was typed",
    ),
    ("src/web/export.rs", "the name of the file in a header"),
    (
        "src/web/events.rs",
        "a comment in the stream that keeps it open",
    ),
    ("src/web/metrics.rs", "the help of Prometheus metrics"),
    ("src/web/openapi.rs", "the description of the API"),
    ("src/web/shield.rs", "the content security policy"),
    (
        "src/web/tls.rs",
        "an error that the start prints at the shell",
    ),
];

#[test]
fn no_door_has_a_sentence_of_its_own() {
    let mut found = Vec::new();
    let mut unused: Vec<&str> = EXCEPTIONS.iter().map(|(file, _)| *file).collect();
    for file in DOORS.iter().flat_map(|door| files::below(door, "rs")) {
        let name = file.strip_prefix(env!("CARGO_MANIFEST_DIR"));
        let name = name.unwrap_or(&file).to_string_lossy().into_owned();
        if name
            .split(['/', '.'])
            .any(|part| part == "tests" || part == "testing")
        {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let sentences = sentences_in(&text);
        if sentences.is_empty() {
            continue;
        }
        if let Some(at) = unused.iter().position(|excepted| *excepted == name) {
            unused.remove(at);
        } else if !EXCEPTIONS.iter().any(|(excepted, _)| *excepted == name) {
            found.extend(
                sentences
                    .into_iter()
                    .map(|sentence| format!("{name}: {sentence}")),
            );
        }
    }
    assert!(
        found.is_empty(),
        "say these from the catalogue:\n{}\n",
        found.join("\n")
    );
    assert!(
        unused.is_empty(),
        "no sentences left in {unused:?}: drop the exception"
    );
}

#[test]
fn a_planted_sentence_is_found_and_what_is_none_is_not() {
    for planted in [
        r#"fn f() -> String { "No matching students.".to_owned() }"#,
        r#"fn f() -> String { format!("{n} of {all} delivered") }"#,
        r#"fn f() -> Markup { html! { p { "Go on" } } }"#,
        r#"const TITLE: &str = "Open at other kiosks";"#,
        r##"fn f() { say(r#"Sign in"#) }"##,
        r#"#[cfg(test)] use a::B; fn f() { say("Sign in") }"#,
    ] {
        assert_eq!(sentences_in(planted).len(), 1, "{planted}");
    }
    for fine in [
        r#"//! Sign in.
           fn f() -> &'static str { "/admin/students" }"#,
        r#"#[expect(lint, reason = "a list of cases")] fn f() {}"#,
        r#"fn f() { tracing::warn!(%error, "a page could not be drawn"); }"#,
        r#"fn f() { number.expect("the number is in range"); }"#,
        r#"fn f() -> Markup { html! { p class="card outcome" data-x="1" {} } }"#,
        r#"#[cfg(test)] mod tests { fn f() { say("Sign in") } }"#,
        r#"fn f() -> String { format!("{} {}", a, b) }"#,
    ] {
        assert_eq!(sentences_in(fine), Vec::<String>::new(), "{fine}");
    }
}

/// The literals of several words in a text of Rust.
fn sentences_in(text: &str) -> Vec<String> {
    let tokens: TokenStream = text.parse().expect("a source file is made of Rust tokens");
    let mut sentences = Vec::new();
    read(tokens, &mut sentences);
    sentences
}

fn read(tokens: TokenStream, sentences: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                let inner = tokens.get(at + 1).map(ToString::to_string);
                let group = at + 1 + usize::from(inner.as_deref() == Some("!"));
                if let Some(TokenTree::Group(attribute)) = tokens.get(group)
                    && attribute.delimiter() == Delimiter::Bracket
                {
                    at = group;
                    if attribute.stream().to_string().replace(' ', "") == "cfg(test)" {
                        at += length_of_item(&tokens[group + 1..]);
                    }
                }
            }
            TokenTree::Group(group)
                if !is_for_engineers(&tokens[..at], group) && !is_style(&tokens[..at]) =>
            {
                read(group.stream(), sentences);
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if !is_style(&tokens[..at]) && has_two_words(&text) {
                    sentences.push(text);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Whether what follows is the value of an attribute that nobody reads: `class` or `content`.
fn is_style(before: &[TokenTree]) -> bool {
    matches!(before, [.., name, equals]
        if equals.to_string() == "=" && ["class", "content"].contains(&name.to_string().as_str()))
}

/// Whether the group is the arguments of a log line or of an `expect`.
fn is_for_engineers(before: &[TokenTree], group: &Group) -> bool {
    let word = |back: usize| {
        before
            .len()
            .checked_sub(back)
            .map(|at| before[at].to_string())
    };
    let is_log = word(1).as_deref() == Some("!") && word(5).as_deref() == Some("tracing");
    let is_invariant = matches!(word(1).as_deref(), Some("expect" | "expect_err"));
    group.delimiter() == Delimiter::Parenthesis && (is_log || is_invariant)
}

/// The number of tokens up to the end of the item: its body in braces, or its semicolon.
fn length_of_item(tokens: &[TokenTree]) -> usize {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    });
    end.map_or(tokens.len(), |end| end + 1)
}

/// Two words of two letters or more with a blank between them; an argument in braces stands for a word, but
/// two arguments are none.
fn has_two_words(literal: &str) -> bool {
    let quoted = literal
        .split_once('"')
        .and_then(|(_, text)| text.rsplit_once('"'));
    let literal = quoted.map_or("", |(text, _)| text);
    let mut depth = 0;
    let folded: String = literal
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '{');
            let is_shown = depth == 0 || *c == '{';
            depth -= i32::from(*c == '}');
            is_shown
        })
        .collect();
    let words: Vec<&str> = folded.split(' ').collect();
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.len() >= 2 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
    };
    let is_argument = |word: &str| word.contains('{');
    words.windows(2).any(|pair| match *pair {
        [first, second] => {
            (is_word(first) && (is_word(second) || is_argument(second)))
                || (is_argument(first) && is_word(second))
        }
        _ => false,
    })
}
