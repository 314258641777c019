//! Which characters the font of the Linux console has. Only the kernel can answer that.

use std::fs::File;
use std::os::fd::AsFd;

/// Whether the font loaded on this Linux console has `▀` and `▄`.
///
/// `false` when this is not a console, or when the kernel does not answer: then only full blocks are
/// drawn, which every console font has.
pub(super) fn has_half_blocks() -> bool {
    let mapped = |terminal: &dyn Fn() -> Option<Vec<u16>>| {
        terminal().is_some_and(|characters| {
            characters.contains(&(0x2580)) && characters.contains(&(0x2584))
        })
    };
    // The controlling terminal needs no privilege; standard output may be something else.
    mapped(&|| characters_of(&File::open("/dev/tty").ok()?))
        || mapped(&|| characters_of(&std::io::stdout()))
}

/// The characters that the font of this console can draw, from its Unicode map.
fn characters_of(terminal: &impl AsFd) -> Option<Vec<u16>> {
    let mut pairs = vec![UnicodePair::default(); usize::from(u16::MAX)];
    let found = read_unicode_map(terminal, &mut pairs)?;
    pairs.truncate(found.into());
    Some(pairs.into_iter().map(|pair| pair.unicode).collect())
}

/// `struct unipair` of `linux/kd.h`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct UnicodePair {
    unicode: u16,
    font_position: u16,
}

/// `struct unimapdesc` of `linux/kd.h`.
#[repr(C)]
struct UnicodeMap {
    entry_count: u16,
    entries: *mut UnicodePair,
}

/// `GIO_UNIMAP` of `linux/kd.h`.
const GET_UNICODE_MAP: rustix::ioctl::Opcode = 0x4B66;

/// Fills `pairs` and returns how many there are; `None` on anything but a Linux console.
#[allow(
    unsafe_code,
    reason = "the kernel offers the map through an ioctl only"
)]
fn read_unicode_map(terminal: &impl AsFd, pairs: &mut [UnicodePair]) -> Option<u16> {
    let mut map = UnicodeMap {
        entry_count: u16::try_from(pairs.len()).unwrap_or(u16::MAX),
        entries: pairs.as_mut_ptr(),
    };
    // SAFETY: GIO_UNIMAP takes a `struct unimapdesc`, which `UnicodeMap` mirrors. The kernel
    // writes at most `entry_count` pairs to `entries`, which has room for that many and outlives
    // the call, and then sets `entry_count`. Terminals that do not know the request fail with
    // ENOTTY and write nothing.
    unsafe {
        let request = rustix::ioctl::Updater::<GET_UNICODE_MAP, UnicodeMap>::new(&mut map);
        rustix::ioctl::ioctl(terminal, request).ok()?;
    }
    Some(map.entry_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_console_has_no_map() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(characters_of(&file), None);
    }
}
