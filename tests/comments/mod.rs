//! Documentation comments, read from Rust tokens: which public items have none, and which say nothing.

use proc_macro2::{TokenStream, TokenTree};

use crate::tokens::{is_cfg_test, length_of_item};

/// What is wrong with the comments of a file. Every public item needs one; a field or a variant only where its
/// name and type leave something to say. One of three words or fewer says nothing, unless it names a form.
pub fn complaints(text: &str) -> Vec<String> {
    let tokens: TokenStream = text.parse().expect("a source file is made of Rust tokens");
    let mut complaints = Vec::new();
    read(tokens, &mut complaints);
    complaints
}

fn read(tokens: TokenStream, complaints: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut comment = String::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_cfg_test(&tokens[at..]) {
            at += length_of_item(&tokens[at..]);
            continue;
        }
        match &tokens[at..] {
            [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] if hash.as_char() == '#' => {
                comment.push_str(&line(attribute.stream()).unwrap_or_default());
                at += 2;
                continue;
            }
            [TokenTree::Ident(word), rest @ ..] if *word == "pub" => {
                if let Some(item) = item(rest)
                    && comment.is_empty()
                {
                    complaints.push(format!("`{item}` has no documentation comment"));
                }
            }
            [TokenTree::Group(group), ..] => read(group.stream(), complaints),
            _ => {}
        }
        let words = comment.split_whitespace().count();
        if (1..=3).contains(&words) && !comment.contains('`') {
            complaints.push(format!("\"{}\" says nothing", comment.trim()));
        }
        comment.clear();
        at += 1;
    }
}

/// The text of `#[doc = "text"]`.
fn line(attribute: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let [TokenTree::Ident(doc), _, TokenTree::Literal(text)] = &tokens[..] else {
        return None;
    };
    (*doc == "doc").then(|| text.to_string().trim_matches('"').to_owned() + " ")
}

/// The name of the item that follows `pub`; `None` for a field, a module, an import, and what is public to some.
fn item(rest: &[TokenTree]) -> Option<String> {
    let mut words = rest.iter().map_while(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    let is_item = |word: &String| {
        matches!(
            word.as_str(),
            "struct" | "enum" | "union" | "trait" | "type" | "static" | "fn"
        )
    };
    let first = words.next()?;
    if is_item(&first) {
        return words.next();
    }
    if !matches!(first.as_str(), "const" | "async" | "unsafe") {
        return None;
    }
    let second = words.next()?;
    match second.as_str() {
        "fn" => words.next(),
        "async" | "unsafe" => words.nth(1),
        _ => Some(second),
    }
}
