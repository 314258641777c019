//! The shape of the program: which layer may name which, and which layer owns which crate.
//!
//! ```text
//! main -> cli -> app                 app wires everything and may name every layer
//!
//!    tui        web        sync      doors in (tui, web), payer out (sync)
//!     \          |          |
//!      services -+-- qr     |        use cases
//!          \                |
//!           +--- store -----+        the authority
//!                  |
//!                domain              pure rules (config sits beside it)
//! ```
//!
//! The sources are read as Rust tokens, so comments and strings do not count. Tests inside the library
//! (`#[cfg(test)]`, files and folders called `tests`) may assemble what they like and are left out.
//! When this test stops you, move the code; do not widen the tables.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

mod files;

/// Each layer and the layers that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &["domain"]),
    ("config", &["domain"]),
    ("qr", &[]),
    ("store", &["domain"]),
    ("services", &["domain", "clock", "store", "qr"]),
    ("sync", &["domain", "clock", "store"]),
    ("web", &["domain", "services", "qr"]),
    ("tui", &["domain", "services", "qr"]),
    (
        "app",
        &[
            "domain", "clock", "config", "qr", "store", "services", "sync", "web", "tui",
        ],
    ),
    (
        "cli",
        &[
            "domain", "clock", "config", "qr", "store", "services", "sync", "app",
        ],
    ),
    ("main", &["cli"]),
];

/// Crates that only these layers may name.
const OWNED_CRATES: &[(&str, &[&str])] = &[
    ("anyhow", &["app", "cli", "main"]),
    ("axum", &["web"]),
    ("cookie", &["web"]),
    ("crossterm", &["tui"]),
    ("hyper", &["web"]),
    ("hyper_util", &["web"]),
    ("maud", &["web"]),
    ("percent_encoding", &["web"]),
    ("qrcode", &["qr"]),
    ("ratatui", &["tui"]),
    ("reqwest", &["sync"]),
    ("rusqlite", &["store"]),
    ("rusqlite_migration", &["store"]),
    ("rust_xlsxwriter", &["services"]),
    ("toml", &["config"]),
    ("tokio_rustls", &["web"]),
    ("tui_input", &["tui"]),
    // The types that the web sends describe themselves.
    ("utoipa", &["domain", "services", "web"]),
    ("utoipa_axum", &["web"]),
];

#[test]
fn every_layer_names_only_what_stands_below_it() {
    let mut complaints = Vec::new();
    for file in rust_files() {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        complaints.extend(complaints_about(&module_of(&file), &text).into_iter().map(
            |complaint| {
                let name = file
                    .strip_prefix(env!("CARGO_MANIFEST_DIR"))
                    .unwrap_or(&file);
                format!("{}: {complaint}", name.display())
            },
        ));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn a_planted_violation_is_found_in_every_spelling() {
    let planted = [
        ("domain::unit", "use crate::store::Store;"),
        (
            "domain::unit",
            "use crate::{domain::Unit, store::{self, Store}};",
        ),
        ("domain::unit", "use super::super::store::Store;"),
        ("domain", "use super::store::Store;"),
        (
            "web::attend",
            "fn f() -> String { html! { (crate::tui::words::GREETING) } }",
        ),
        ("tui::view", "fn f(store: &crate::store::Store) {}"),
        ("main", "use kiosk::store::Store;"),
        ("sync::portal", "pub use crate::config as settings;"),
        (
            "web::attend",
            "#[cfg(test)] mod tests { use crate::store::X; } use crate::store::Y;",
        ),
        ("services::desk", "use rusqlite::Connection;"),
        ("services::desk", "fn f(c: &::rusqlite::Connection) {}"),
        ("tui", "use {std::io, reqwest as http};"),
        ("store", "extern crate qrcode;"),
        ("domain", "use anyhow::Result;"),
        ("helpers", "fn f() {}"),
    ];
    for (module, text) in planted {
        assert_eq!(
            complaints_about(module, text).len(),
            1,
            "in {module}: {text}"
        );
    }
}

#[test]
fn what_is_allowed_is_not_complained_about() {
    let fine = [
        (
            "domain::unit",
            "use crate::domain::Code; use super::clock::Now; use super::super::domain;",
        ),
        (
            "services::desk",
            "use crate::{domain::Unit, store::Store, qr}; // use crate::web;",
        ),
        (
            "store::writer",
            "use rusqlite::Connection; const NAME: &str = \"crate::web::serve\";",
        ),
        ("web", "#[cfg(test)] mod tests { use crate::store::Store; }"),
        (
            "web",
            "#[cfg(test)] use crate::store::Store; use crate::services::Desk;",
        ),
        (
            "tui",
            "//! See [`crate::web::serve`] and axum::Router.\nstruct S { reqwest: u8 }",
        ),
        (
            "store",
            "mod a { use super::super::domain::Unit; mod b { use super::super::super::domain; } }",
        ),
        ("main", "fn main() { kiosk::cli::main() }"),
        ("lib", "pub mod web; pub use crate::store::Store;"),
    ];
    for (module, text) in fine {
        assert_eq!(
            complaints_about(module, text),
            Vec::<String>::new(),
            "in {module}: {text}"
        );
    }
}

/// What is wrong with the text of `module`, a path such as `web::attend`, `main` or `lib`.
fn complaints_about(module: &str, text: &str) -> Vec<String> {
    let layer = module.split("::").next().unwrap_or(module);
    if layer == "lib" {
        return Vec::new();
    }
    let Some((_, below)) = MAY_NAME.iter().find(|(name, _)| *name == layer) else {
        return vec![format!(
            "`{layer}` is no layer: see the tables in tests/layers.rs"
        )];
    };
    let tokens: TokenStream = text.parse().expect("a source file is made of Rust tokens");
    let depth = module.split("::").count();
    let mut named = Named::default();
    named.read(tokens, depth);

    let mut complaints = Vec::new();
    named.layers.sort();
    named.layers.dedup();
    for other in named.layers {
        let is_layer = MAY_NAME.iter().any(|(name, _)| *name == other);
        if is_layer && other != layer && !below.contains(&other.as_str()) {
            complaints.push(format!("`{layer}` must not name the layer `{other}`"));
        }
    }
    for (owned, owners) in OWNED_CRATES {
        if named.crates.iter().any(|name| name == owned) && !owners.contains(&layer) {
            complaints.push(format!(
                "`{layer}` must not name the crate `{owned}`, which belongs to {owners:?}"
            ));
        }
    }
    complaints
}

/// The first segments of all paths in a file: below the crate's root, and of other crates.
#[derive(Default)]
struct Named {
    layers: Vec<String>,
    crates: Vec<String>,
}

impl Named {
    /// Reads a stream that stands `depth` modules below the root of the crate.
    fn read(&mut self, tokens: TokenStream, depth: usize) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if is_cfg_test(&tokens[at..]) {
                at += length_of_item(&tokens[at..]);
                continue;
            }
            match &tokens[at] {
                TokenTree::Ident(_) if is_path_start(&tokens, at) => {
                    self.read_path(&tokens, at, depth);
                }
                TokenTree::Group(group) => {
                    let inline_module = at >= 2
                        && ident(&tokens[at - 2]).is_some_and(|word| word == "mod")
                        && group.delimiter() == Delimiter::Brace;
                    self.read(group.stream(), depth + usize::from(inline_module));
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Notes where the path that starts at `at` leads.
    fn read_path(&mut self, tokens: &[TokenTree], at: usize, depth: usize) {
        let Some(first) = ident(&tokens[at]) else {
            return;
        };
        let after = |at: usize| is_colons(tokens, at + 1).then_some(at + 3);
        match first.as_str() {
            "crate" | "kiosk" => {
                if let Some(next) = after(at).and_then(|next| tokens.get(next)) {
                    self.layers.extend(heads(next));
                }
            }
            "super" => {
                let (mut climbed, mut at) = (1, at);
                while let Some(next) = after(at).filter(|next| *next < tokens.len()) {
                    if ident(&tokens[next]).is_some_and(|word| word == "super") {
                        (climbed, at) = (climbed + 1, next);
                        continue;
                    }
                    if climbed >= depth {
                        self.layers.extend(heads(&tokens[next]));
                    }
                    break;
                }
            }
            _ => {
                let imported = at > 0
                    && match &tokens[at - 1] {
                        TokenTree::Ident(word) => *word == "use" || *word == "crate",
                        TokenTree::Punct(punct) => punct.as_char() == ',' || punct.as_char() == ':',
                        _ => false,
                    };
                let renamed = tokens
                    .get(at + 1)
                    .and_then(ident)
                    .is_some_and(|word| word == "as");
                let ends = matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == ';');
                if after(at).is_some() || (imported && (renamed || ends)) {
                    self.crates.push(first);
                }
            }
        }
    }
}

/// The first names of what may follow `crate::`: one identifier, or the branches of a group.
fn heads(token: &TokenTree) -> Vec<String> {
    match token {
        TokenTree::Group(group) => {
            let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
            tokens
                .split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
                .filter_map(|branch| branch.first().and_then(ident))
                .collect()
        }
        token => ident(token).into_iter().collect(),
    }
}

fn ident(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// A path starts where no `::` stands before, or where only that stands before (`::rusqlite::Row`).
fn is_path_start(tokens: &[TokenTree], at: usize) -> bool {
    if at < 2 || !is_colons(tokens, at - 2) {
        return true;
    }
    at == 2
        || !matches!(&tokens[at - 3], TokenTree::Ident(_))
            && !matches!(&tokens[at - 3], TokenTree::Punct(punct) if punct.as_char() == '>')
}

/// Whether `#[cfg(test)]` starts here.
fn is_cfg_test(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else {
        return false;
    };
    hash.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
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

/// `src/web/attend.rs` is `web::attend`, `src/web/mod.rs` is `web`.
fn module_of(file: &Path) -> String {
    let below = file
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .unwrap_or(file);
    let path = below.with_extension("");
    let segments: Vec<String> = path
        .iter()
        .map(|segment| segment.to_string_lossy().into_owned())
        .collect();
    segments.join("::").trim_end_matches("::mod").to_owned()
}

/// All Rust files of the program but those that hold tests only.
fn rust_files() -> impl Iterator<Item = PathBuf> {
    let files = files::below("src", "rs").into_iter();
    files.filter(|file| !module_of(file).split("::").any(|module| module == "tests"))
}
