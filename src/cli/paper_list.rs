//! The numbers of a paper list, as several commands take them, and what came of them.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::input::{name_of, read as read_file};
use crate::domain::{PaperListEffect, StudentLine};

/// More than the numbers of the largest class.
const MOST_BYTES: usize = 1_000_000;

/// Reads a list; `-` is standard input.
pub(super) fn read(file: &Path) -> Result<String> {
    let bytes = read_file(file, MOST_BYTES)?;
    let name = name_of(file);
    if bytes.len() > MOST_BYTES {
        bail!("{name} is larger than 1 MB: give only the numbers of one list");
    }
    String::from_utf8(bytes).with_context(|| format!("{name} is not text in UTF-8"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_whole_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("numbers");
        let of = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            read(&file).map_err(|error| error.to_string())
        };
        let most = vec![b'1'; MOST_BYTES];
        assert_eq!(of(&most).map(|text| text.len()), Ok(MOST_BYTES));
        let refused = of(&[&most[..], b"2"].concat()).unwrap_err();
        assert!(refused.ends_with("is larger than 1 MB: give only the numbers of one list"));
        assert!(of(b"\xff").unwrap_err().ends_with("is not text in UTF-8"));
        std::fs::remove_file(&file).unwrap();
        let refused = read(&file).unwrap_err().to_string();
        assert!(refused.ends_with("cannot be read"), "{refused}");
    }
}
