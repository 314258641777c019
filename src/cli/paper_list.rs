//! The numbers of a paper list, as several commands take them, and what came of them.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::domain::{PaperListEffect, StudentLine};

/// More than the numbers of the largest class.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a list; `-` is standard input.
pub(super) fn read(file: &PathBuf) -> Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        stdin().lock().take(MOST_BYTES).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
    };
    read.with_context(|| format!("the list {} cannot be read", file.display()))?;
    Ok(text)
}

/// The effect in words, a line for each number that is not marked.
pub(super) fn in_words(effect: &PaperListEffect, is_done: bool) -> String {
    let marked = if is_done { "Marked" } else { "Would mark" };
    let mut text = format!("{marked}: {}\n", effect.marked.len());
    for student in &effect.marked {
        let _ = writeln!(text, "  {}", line(student));
    }
    let mut part = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "{heading}: {}", lines.len());
        }
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    };
    let kept = effect.kept.iter();
    part(
        "Marked before, and left as they are",
        kept.map(|it| format!("{} ({})", line(&it.student), it.mark.as_str()))
            .collect(),
    );
    part(
        "Not on the list of the unit; --unlisted marks them too",
        effect.unlisted.iter().map(line).collect(),
    );
    let near = effect.near.iter();
    part(
        "Unknown, and near a number of the list",
        near.map(|it| format!("{} - is it {}?", it.typed, it.suggestion))
            .collect(),
    );
    part(
        "Unknown",
        effect.unknown.iter().map(ToString::to_string).collect(),
    );
    part("Not a number", effect.unreadable.clone());
    text
}

fn line(student: &StudentLine) -> String {
    match &student.name {
        Some(name) => format!("{}  {name}", student.admission_number),
        None => student.admission_number.to_string(),
    }
}

/// Whether each number of the list has its mark now.
pub(super) fn is_whole(effect: &PaperListEffect) -> bool {
    effect.unlisted.is_empty()
        && effect.near.is_empty()
        && effect.unknown.is_empty()
        && effect.unreadable.is_empty()
}
