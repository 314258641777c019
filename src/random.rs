//! Everything random in the program: ids, keys and the jitter of waits.
//!
//! It comes from the operating system. A simulation seeds its thread instead: the same seed gives the same
//! numbers in the same order.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place where the system is asked"
)]

use std::cell::Cell;

pub use getrandom::Error;
use uuid::{Builder, Uuid};

/// A random (version 4) id.
#[must_use]
pub fn uuid() -> Uuid {
    let mut bytes = [0; 16];
    if fill_seeded(&mut bytes) {
        Builder::from_random_bytes(bytes).into_uuid()
    } else {
        Uuid::new_v4()
    }
}

/// Fills a key or a token.
///
/// # Errors
/// [`Error`] when the system has no random source.
pub fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    if fill_seeded(bytes) {
        return Ok(());
    }
    getrandom::fill(bytes)
}

/// A number for jitter; the largest one when the system has no random source.
#[must_use]
pub fn number() -> u32 {
    let mut bytes = [u8::MAX; 4];
    let _ = fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

thread_local! {
    /// The state of the generator of a thread that is seeded.
    static STATE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Makes this thread's randomness follow from `seed` until the answer is dropped. For simulations: nothing
/// that is made meanwhile is a secret.
#[must_use]
pub fn seed(seed: u64) -> Seeded {
    STATE.set(Some(seed));
    Seeded(())
}

/// A thread that is seeded.
#[derive(Debug)]
pub struct Seeded(());

impl Drop for Seeded {
    fn drop(&mut self) {
        STATE.set(None);
    }
}

/// Fills the bytes where the thread is seeded, and answers whether it is. The generator is `SplitMix64`.
fn fill_seeded(bytes: &mut [u8]) -> bool {
    let Some(mut state) = STATE.get() else {
        return false;
    };
    for chunk in bytes.chunks_mut(8) {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
    }
    STATE.set(Some(state));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let numbers = |with| {
            let _seeded = seed(with);
            let mut key = [0; 20];
            fill(&mut key).unwrap();
            (uuid(), number(), key)
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
        assert_eq!(numbers(7).0.get_version_num(), 4);
        // Without a seed nothing repeats, nor after one.
        assert_ne!(uuid(), uuid());
        assert_ne!(uuid(), numbers(7).0);
    }
}
