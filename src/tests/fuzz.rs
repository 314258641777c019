//! Hostile input by the thousand: what is known to be nasty, changed at random, over and over.
//!
//! Every target has a folder of `tests/data/corpus`. The suite feeds it those files, and a few hundred
//! changes of them that are the same each time; `scripts/fuzz` goes on with others for as long as it is
//! told. An input that breaks something is written to `target/fuzz`, to be fixed and moved to the corpus.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::random;
use sha2::{Digest as _, Sha256};

/// Set by `scripts/fuzz`: for how many seconds each target is tried.
const SECONDS: &str = "KIOSK_TEST_FUZZ";
/// Changes that the suite tries.
const USUAL: usize = 300;
/// Whatever takes so long hangs, however busy the machine is.
const HANGS: Duration = Duration::from_secs(30);
/// Longer inputs are cut: they find nothing new, and slow everything down.
const LONGEST: usize = 1 << 20;

/// What has disturbed programs before.
const NASTY: [&[u8]; 32] = [
    b"\0",
    b"\r\n",
    b"\n\n",
    b"\"",
    b"\"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"%",
    b"%00",
    b"%ff",
    b"&",
    b"=",
    b"{",
    b"[[[[[[[[[[[[[[[[",
    b"}",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"9223372036854775808",
    b"9999-12-31T23:59:59.999999999Z",
    b"+262142-12-31T23:59:59Z",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xf0\x9f\x8e\x93",
    "\u{202e}\u{200b}".as_bytes(),
    "e\u{301}\u{301}\u{301}\u{301}".as_bytes(),
    "ﷺﷺﷺﷺ".as_bytes(),
    b"\x1b[2J\x1b]0;x\x07",
];

/// Tries a target with its corpus, and with what comes of changing that.
pub(crate) fn fuzz(target: &str, try_one: impl FnMut(&[u8])) {
    fuzz_with(target, Vec::new(), try_one);
}

/// As [`fuzz`], with more to change than lies in the folder.
pub(crate) fn fuzz_with(target: &str, more: Vec<Vec<u8>>, mut try_one: impl FnMut(&[u8])) {
    let corpus = [corpus(target), more].concat();
    let seconds = std::env::var(SECONDS).ok();
    let seconds: Option<u64> = seconds.map(|seconds| seconds.parse().expect("a number of seconds"));
    let latest = seconds.map(|_| fs::File::create(std::env::temp_dir().join("fuzzed")).unwrap());
    let mut tried = 0_u64;
    let mut guarded = |input: &[u8]| {
        // Before it is tried: an overflowed stack ends the process.
        if let Some(latest) = &latest {
            latest.write_all_at(input, 0).unwrap();
            latest.set_len(input.len() as u64).unwrap();
        }
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| try_one(input)));
        let took = began.elapsed();
        if let Err(panic) = outcome {
            let kept = keep(target, input);
            eprintln!("{target} breaks on {}", kept.display());
            resume_unwind(panic);
        }
        if took > HANGS {
            let kept = keep(target, input);
            panic!("{target} takes {took:?} for {}", kept.display());
        }
        tried += 1;
    };
    for input in &corpus {
        guarded(input);
    }
    match seconds {
        None => {
            let mut mutator = Mutator::new(&corpus, 1);
            for _ in 0..USUAL {
                guarded(&mutator.next());
            }
        }
        Some(seconds) => {
            let seed = u64::from(random::number());
            let mut mutator = Mutator::new(&corpus, seed);
            let end = Instant::now() + Duration::from_secs(seconds);
            while Instant::now() < end {
                guarded(&mutator.next());
            }
            eprintln!(
                "MEASURED: | {target} | {} | {tried} | {seconds} s |",
                corpus.len()
            );
        }
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/corpus")
        .join(target);
    let entries = fs::read_dir(&folder).expect("every target has a corpus");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    // In an order that is the same on every machine.
    paths.sort();
    let corpus: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!corpus.is_empty(), "{} is empty", folder.display());
    corpus
}

fn keep(target: &str, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    let name = data_encoding::HEXLOWER.encode(&Sha256::digest(input)[..6]);
    let path = folder.join(format!("{target}-{name}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(&path, input).unwrap();
    path
}

/// Makes new inputs of old ones.
struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    state: u64,
}

impl<'a> Mutator<'a> {
    fn new(corpus: &'a [Vec<u8>], seed: u64) -> Self {
        Self {
            corpus,
            state: seed,
        }
    }

    /// A number from 0 up to, and without, `end`; by `SplitMix64`.
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        usize::try_from(word % end.max(1) as u64).unwrap()
    }

    fn next(&mut self) -> Vec<u8> {
        let chosen = self.below(self.corpus.len());
        let mut input = self.corpus[chosen].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = u8::try_from(self.below(256)).unwrap(),
            2 => {
                let end = (at + 1 + self.below(16)).min(input.len());
                input.drain(at.min(end)..end);
            }
            3 => input.truncate(at),
            // A part of it again, here; now and then very often.
            4 => {
                let end = (at + 1 + self.below(32)).min(input.len());
                let times = if self.below(8) == 0 {
                    1 + self.below(500)
                } else {
                    1
                };
                let part = input[at.min(end)..end].repeat(times);
                input.splice(at..at, part);
            }
            5 => {
                let other = self.below(self.corpus.len());
                let length = self.corpus[other].len();
                let from = self.below(length + 1);
                let to = (from + self.below(length + 1)).min(length);
                input.splice(at..at, self.corpus[other][from..to].iter().copied());
            }
            6 => input.insert(at, u8::try_from(self.below(256)).unwrap()),
            7 => {
                let end = (at + self.below(8)).min(input.len());
                let nasty = NASTY[self.below(NASTY.len())];
                input.splice(at..end, nasty.iter().copied());
            }
            _ => {
                let nasty = NASTY[self.below(NASTY.len())];
                input.splice(at..at, nasty.iter().copied());
            }
        }
    }
}
