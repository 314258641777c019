//! The shape of the program: which layer may name which, and which layer owns which crate.
//!
//! ```text
//! main -> cli -> app                 app wires everything and may name every layer
//!
//!    tui        web        sync      doors in (tui, web), payer out (sync)
//!     \          |          |
//!      words ----+          |        what people read
//!       |        |          |
//!      services -+-- qr     |        use cases
//!          \                |
//!           +--- store -----+        the authority
//!                  |
//!                domain              pure rules (config sits beside it)
//! ```
//!
//! No two files, and no two folders, name each other, directly or through others: a circle can be read, changed
//! and tested only whole.
//!
//! When this test stops you, move the code; do not widen the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

mod files;
mod modules;
mod tokens;

use modules::{Program, absolute};

/// Each layer and the layers that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &["domain"]),
    ("config", &["domain"]),
    ("qr", &[]),
    ("random", &[]),
    ("store", &["domain", "random"]),
    ("services", &["domain", "clock", "store", "qr", "random"]),
    ("sync", &["domain", "clock", "store", "random"]),
    ("words", &["domain", "services"]),
    ("web", &["domain", "services", "qr", "words"]),
    ("tui", &["domain", "services", "qr", "words"]),
    (
        "app",
        &[
            "domain", "clock", "config", "qr", "random", "store", "services", "sync", "web", "tui",
            "words",
        ],
    ),
    (
        "cli",
        &[
            "domain", "clock", "config", "qr", "store", "services", "sync", "app", "words",
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
    ("utoipa", &["domain", "services", "web", "words"]),
    ("utoipa_axum", &["web"]),
];

/// Files, and folders (with a `/` at the end), that name each other in a circle, and why they may.
const CIRCLES: &[(&[&str], &str)] = &[(
    &["src/cli/arguments.rs", "src/cli/shell.rs"],
    "the shell's completions are made from all arguments, of which `kiosk completions` is one",
)];

/// All files of the program but those that hold tests only.
static PROGRAM: LazyLock<Program> = LazyLock::new(Program::of_this_project);

#[test]
fn every_layer_names_only_what_stands_below_it() {
    let complaints = complaints_about(&PROGRAM);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn nothing_names_itself_in_a_circle() {
    let found = circles(&PROGRAM);
    let mut complaints = Vec::new();
    for circle in &found {
        let is_listed = |(listed, _): &&(&[&str], &str)| {
            circle.iter().all(|name| listed.contains(&name.as_str()))
        };
        if !CIRCLES.iter().any(|listed| is_listed(&listed)) {
            complaints.push(format!("a circle: {}", circle.join(", ")));
        }
    }
    for name in CIRCLES.iter().flat_map(|(listed, _)| *listed) {
        if !found.iter().flatten().any(|found| found == name) {
            complaints.push(format!(
                "no circle goes through {name}: strike it from the list"
            ));
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn a_planted_circle_is_found_through_reexports_and_in_folders() {
    let planted = |files: &[(&str, &str)]| {
        let mut program = Program::default();
        for (file, text) in files {
            program.add(file, &modules::module_of(file), text);
        }
        circles(&program)
    };
    let lib = ("src/lib.rs", "pub mod a; mod b; pub use b::Other;");
    let found = planted(&[
        lib,
        (
            "src/a/mod.rs",
            "mod one; mod two; pub use one::{One, Three}; pub use two::two;",
        ),
        (
            "src/a/one.rs",
            "use super::two; pub struct One; pub struct Three; fn f() { two() }",
        ),
        ("src/a/two.rs", "pub fn two() -> super::One { todo() }"),
        ("src/b.rs", "pub struct Other; fn f(_: crate::a::Three) {}"),
    ]);
    assert_eq!(found, [["src/a/one.rs", "src/a/two.rs"]]);
    let found = planted(&[
        lib,
        ("src/a/mod.rs", "mod one; mod two; pub use one::One;"),
        ("src/a/one.rs", "pub struct One;"),
        (
            "src/a/two.rs",
            "use crate::Other as Another; // crate::a::One",
        ),
        (
            "src/b.rs",
            "use crate::a; pub struct Other; fn f() -> a::One { a::One }",
        ),
    ]);
    assert_eq!(found, [["src/a/", "src/b.rs"]]);
    let found = planted(&[
        lib,
        (
            "src/a/mod.rs",
            "mod one; pub use one::*; #[cfg(test)] mod two { use crate::b::Other; }",
        ),
        ("src/a/one.rs", "pub struct One;"),
        (
            "src/b.rs",
            "words! { pub enum Other { One = \"x\" } } fn f() -> crate::a::One {}",
        ),
    ]);
    assert_eq!(found, Vec::<Vec<String>>::new());
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
            complaints_about_text(module, text).len(),
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
            complaints_about_text(module, text),
            Vec::<String>::new(),
            "in {module}: {text}"
        );
    }
}

/// What is wrong with the text of `module`, a path such as `web::attend`, `main` or `lib`.
fn complaints_about_text(module: &str, text: &str) -> Vec<String> {
    let mut program = Program::default();
    let file = format!("src/{}.rs", module.replace("::", "/"));
    program.add(&file, &modules::module_of(&file), text);
    complaints_about(&program)
}

fn complaints_about(program: &Program) -> Vec<String> {
    let mut complaints = BTreeSet::new();
    for (path, module) in &program.0 {
        let Some(layer) = path.first() else {
            continue;
        };
        let mut complain = |complaint: String| {
            complaints.insert(format!("{}: {complaint}", module.file));
        };
        let Some((_, below)) = MAY_NAME.iter().find(|(name, _)| name == layer) else {
            complain(format!(
                "`{layer}` is no layer: see the tables in tests/layers.rs"
            ));
            continue;
        };
        for named in &module.named {
            let segments = absolute(path, &named.segments);
            let is_in_the_crate = segments.is_some();
            let first = &segments.unwrap_or_else(|| named.segments.clone());
            let first = first.first().map_or("", String::as_str);
            let is_layer = MAY_NAME.iter().any(|(name, _)| *name == first);
            if is_in_the_crate && is_layer && first != layer && !below.contains(&first) {
                complain(format!("`{layer}` must not name the layer `{first}`"));
            }
            let owned = OWNED_CRATES.iter().find(|(name, _)| *name == first);
            if let Some((owned, owners)) = owned.filter(|_| !is_in_the_crate)
                && !owners.contains(&layer.as_str())
            {
                complain(format!(
                    "`{layer}` must not name the crate `{owned}`, which belongs to {owners:?}"
                ));
            }
        }
    }
    complaints.into_iter().collect()
}

/// All circles of files, and all in which a folder takes part, each in the order of its names.
fn circles(program: &Program) -> Vec<Vec<String>> {
    // A folder's table of contents names its files, and they name what it holds for them all: no circle.
    let is_contents = |file: &str| file.ends_with("mod.rs") || file.ends_with("lib.rs");
    let (mut by_file, mut all) = (Graph::default(), Graph::default());
    for (path, module) in &program.0 {
        for named in &module.named {
            let target = program.defined_in(path, &named.segments);
            let Some(target) = target.filter(|target| *target != module.file) else {
                continue;
            };
            if !is_contents(&module.file) && !is_contents(target) {
                by_file.name(&module.file, target);
            }
            if !(is_contents(&module.file) && named.is_reexport) {
                all.name(&module.file, target);
            }
        }
    }
    let mut found = by_file.circles();
    let folders: BTreeSet<&str> = all
        .0
        .keys()
        .flat_map(|file| file.match_indices('/').map(|(at, _)| &file[..=at]))
        .collect();
    for folder in folders {
        let mut by_entry = Graph::default();
        for (file, targets) in &all.0 {
            for target in targets {
                if let (Some(from), Some(to)) = (entry(folder, file), entry(folder, target))
                    && from != to
                {
                    by_entry.name(&from, &to);
                }
            }
        }
        let of_folders = by_entry.circles().into_iter();
        found.extend(of_folders.filter(|circle| circle.iter().any(|name| name.ends_with('/'))));
    }
    found
}

/// Which entry of a folder a file is, or is below; a folder's own `mod.rs` is none.
fn entry(folder: &str, file: &str) -> Option<String> {
    let below = file.strip_prefix(folder).filter(|it| *it != "mod.rs")?;
    let name = below.split_inclusive('/').next()?;
    Some(format!("{folder}{name}"))
}

/// What names what.
#[derive(Default)]
struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    fn name(&mut self, from: &str, to: &str) {
        self.0
            .entry(from.to_owned())
            .or_default()
            .insert(to.to_owned());
    }

    /// Everything that a name leads to.
    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            for next in self.0.get(name).into_iter().flatten() {
                if reached.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        reached
    }

    /// The sets of names of which each leads to every other.
    fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .0
            .keys()
            .map(|name| (name.as_str(), self.reached(name)))
            .collect();
        let mut circles: Vec<Vec<String>> = Vec::new();
        for (name, there) in &reached {
            let comes_back =
                |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(name));
            let circle: Vec<String> = there
                .iter()
                .filter(comes_back)
                .map(ToString::to_string)
                .collect();
            if circle.len() > 1 && circle.first().is_some_and(|first| first == name) {
                circles.push(circle);
            }
        }
        circles
    }
}
