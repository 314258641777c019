//! What the documents name exists: tests by their paths, sources, scripts, linked files, features, types and tables.
//! The comments of public items exist and say something.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod comments;
mod files;
mod tokens;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each document with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = files::below("docs", "md");
    let others = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "migrations/README.md",
    ];
    paths.extend(others.map(|name| root().join(name)));
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(path).expect("text"));
    paths.into_iter().map(read).collect()
}

/// The passages of a text between two marks.
fn between<'a>(mut text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    let mut found = Vec::new();
    while let Some((_, rest)) = text.split_once(open) {
        let Some((inside, rest)) = rest.split_once(close) else {
            break;
        };
        found.push(inside);
        text = rest;
    }
    found
}

/// `staff::sign_in::the_sign_in_leads_back_and_nowhere_else`: modules, and a sentence.
fn as_test(name: &str) -> Option<(Vec<&str>, &str)> {
    let is_of_a_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(is_of_a_word);
    let mut path: Vec<&str> = name.split("::").collect();
    let is_path = path.len() > 1 && path.iter().all(is_word);
    let sentence = path.pop()?;
    (is_path && sentence.matches('_').count() > 2).then_some((path, sentence))
}

fn sources() -> impl Iterator<Item = PathBuf> {
    let folders = ["src", "tests"].into_iter();
    folders.flat_map(|folder| files::below(folder, "rs"))
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let read = |path: PathBuf| (path.with_extension(""), fs::read_to_string(path).unwrap());
    let sources: Vec<(PathBuf, String)> = sources().map(read).collect();
    let mut named = 0;
    for (document, text) in documents() {
        for name in between(&text, "`", '`') {
            let Some((modules, sentence)) = as_test(name) else {
                continue;
            };
            named += 1;
            let modules: PathBuf = modules.iter().collect();
            let declared = format!("fn {sentence}(");
            let is_there = sources
                .iter()
                .any(|(path, text)| path.ends_with(&modules) && text.contains(&declared));
            assert!(is_there, "{} names {name}", document.display());
        }
    }
    assert!(
        named > 20,
        "only {named} tests are named: are they written otherwise now?"
    );
}

#[test]
fn every_script_and_file_that_a_document_points_to_is_there() {
    let mut pointed_to = 0;
    for (document, text) in documents() {
        let folder = document.parent().unwrap();
        let linked = between(&text, "](", ')').into_iter();
        let linked = linked
            .filter(|target| !target.contains("://") && !target.starts_with('#'))
            .map(|target| folder.join(target.split('#').next().unwrap()));
        let scripts = between(&text, "`scripts/", '`').into_iter();
        let scripts = scripts.map(|command| {
            let name = command.split_whitespace().next().unwrap();
            root().join("scripts").join(name)
        });
        for path in linked.chain(scripts) {
            pointed_to += 1;
            assert!(
                path.exists(),
                "{} points to {}",
                document.display(),
                path.display()
            );
        }
    }
    assert!(
        pointed_to > 20,
        "only {pointed_to}: are they written otherwise now?"
    );
}

#[test]
fn every_source_that_a_document_names_is_there() {
    let sources: Vec<PathBuf> = sources().collect();
    let mut named = 0;
    for (document, text) in documents() {
        let quoted = between(&text, "`", '`').into_iter().map(Path::new);
        for source in quoted.filter(|path| path.extension().is_some_and(|end| end == "rs")) {
            named += 1;
            let is_there = sources.iter().any(|path| path.ends_with(source));
            assert!(
                is_there,
                "{} names {}",
                document.display(),
                source.display()
            );
        }
    }
    assert!(
        named > 20,
        "only {named} sources are named: are they written otherwise now?"
    );
}

/// Folders whose comments have been read through.
const READ_THROUGH: &[&str] = &[
    "src/cli/",
    "src/config/",
    "src/domain/",
    "src/qr/",
    "src/services/",
    "src/store/",
    "src/tui/",
    "src/words/",
];

#[test]
fn every_public_item_says_what_it_is() {
    let mut found = Vec::new();
    for path in files::below("src", "rs") {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let is_read_through = READ_THROUGH.iter().any(|folder| name.starts_with(folder));
        let text = fs::read_to_string(&path).unwrap();
        let complaints = comments::complaints(&text).into_iter();
        let complaints = complaints.filter(|it| is_read_through || !it.ends_with("says nothing"));
        found.extend(complaints.map(|complaint| format!("{name}: {complaint}")));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_comment_that_is_missing_or_empty_is_found() {
    for (text, complaints) in [
        ("pub struct A;", 1),
        (
            "/// The letter A, first of all.\npub struct A { pub b: u8 }",
            0,
        ),
        ("/// The letter.\n#[derive(Debug)]\npub enum A { B }", 1),
        (
            "/// One\n/// comment in two lines.\npub const A: u8 = 1;",
            0,
        ),
        (
            "impl A { pub const fn b() {} pub(crate) fn c() {} pub async fn d() {} }",
            2,
        ),
        ("pub enum A { /// When.\n B }", 2),
        ("pub use a::B; pub mod c; // When.", 0),
        ("#[cfg(test)] impl A { pub fn b() {} } pub fn c() {}", 1),
        (
            "words! { /// The letters of it.\n pub enum A { /// B.\n B = \"b\" } }",
            1,
        ),
    ] {
        let found = comments::complaints(text);
        assert_eq!(found.len(), complaints, "{text}: {found:?}");
    }
}

/// The cells of the table rows whose first cell is wanted.
fn rows<'a>(text: &'a str, is_wanted: impl Fn(&str) -> bool) -> Vec<Vec<&'a str>> {
    let cells = |line: &'a str| line.trim_matches('|').split('|').map(str::trim).collect();
    let rows = text.lines().filter(|line| line.starts_with('|')).map(cells);
    rows.filter(|row: &Vec<&str>| is_wanted(row[0])).collect()
}

/// `F4`: a letter and a number.
fn is_feature(word: &str) -> bool {
    let number = word.strip_prefix(|first: char| first.is_ascii_uppercase());
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()))
}

#[test]
fn every_feature_that_a_source_names_is_in_the_checklist() {
    let checklist = fs::read_to_string(root().join("docs/FEATURES.md")).unwrap();
    let listed: Vec<&str> = rows(&checklist, is_feature)
        .into_iter()
        .map(|row| row[0])
        .collect();
    for (place, id) in listed.iter().enumerate() {
        assert!(!listed[..place].contains(id), "{id} is listed twice");
    }
    let mut named = 0;
    for source in sources() {
        let text = fs::read_to_string(&source).unwrap();
        // Both `(feature F4)` and `(features D1 and E4)`; a comment may break the line anywhere.
        for passage in between(&text, "(feature", ')') {
            let words = passage.split(|char: char| !char.is_ascii_alphanumeric());
            for id in words.filter(|word| is_feature(word)) {
                named += 1;
                let is_listed = listed.contains(&id);
                assert!(is_listed, "{} names feature {id}", source.display());
            }
        }
    }
    assert!(
        named > 20,
        "only {named} features are named: are they written otherwise now?"
    );
}

/// The tables and views that are there after the last step.
fn tables_and_views() -> BTreeSet<String> {
    let mut steps = files::below("migrations", "sql");
    steps.sort();
    let mut found = BTreeSet::new();
    for step in steps {
        for line in fs::read_to_string(step).expect("a step is text").lines() {
            let words: Vec<&str> = line
                .split(|char: char| !char.is_alphanumeric() && char != '_')
                .collect();
            match words[..] {
                ["CREATE", "TABLE" | "VIEW", name, ..] => {
                    found.insert(name.to_owned());
                }
                ["DROP", "TABLE" | "VIEW", name, ..] => {
                    found.remove(name);
                }
                ["ALTER", "TABLE", old, "RENAME", "TO", new, ..] => {
                    found.remove(old);
                    found.insert(new.to_owned());
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn every_type_and_table_of_the_glossary_is_there() {
    let declared: String = files::below("src", "rs")
        .into_iter()
        .map(|source| fs::read_to_string(source).unwrap())
        .collect();
    let schema = tables_and_views();
    let glossary = fs::read_to_string(root().join("docs/GLOSSARY.md")).unwrap();
    let is_followed = |text: &str, start: &str| {
        let mut rests = text
            .match_indices(start)
            .map(|(at, _)| &text[at + start.len()..]);
        rests.any(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    };
    let mut named = 0;
    for row in rows(&glossary, |_| true)
        .iter()
        .filter(|row| row.len() == 4)
    {
        for name in between(row[3], "`", '`') {
            named += 1;
            let is_there = if name.starts_with(|first: char| first.is_ascii_uppercase()) {
                ["struct", "enum", "trait", "type"]
                    .iter()
                    .any(|kind| is_followed(&declared, &format!("{kind} {name}")))
            } else {
                schema.contains(name)
            };
            assert!(
                is_there,
                "\"{}\" is carried by {name}, which is nowhere",
                row[0]
            );
        }
    }
    assert!(
        named > 80,
        "only {named} types are named: are they written otherwise now?"
    );
}
