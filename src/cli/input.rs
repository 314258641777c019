//! Files that commands read; `-` is standard input.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use anyhow::{Context as _, Result};

pub(super) fn name_of(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

/// Reads a file whole; of one that is larger than `most` bytes, one byte more, so that it is refused and not cut.
pub(super) fn read(file: &Path, most: usize) -> Result<Vec<u8>> {
    let take = most as u64 + 1;
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        stdin().lock().take(take).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(take).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("{} cannot be read", name_of(file)))?;
    Ok(bytes)
}
