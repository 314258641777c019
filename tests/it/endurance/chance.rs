//! Reproducible random numbers: they follow from the seed and the occasion alone, so that a term repeats
//! whatever the scheduling.

/// The random numbers of one occasion.
pub struct Random(u64);

impl Random {
    /// The generator for one occasion of a seed's term, such as a day and an hour.
    pub fn of(seed: u64, occasion: &[usize]) -> Self {
        let mut chance = Self(seed);
        for part in occasion {
            chance.0 = chance.next() ^ u64::try_from(*part).expect("a small number");
        }
        chance
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number from 0 up to, and without, `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(self.next() % end).expect("a small number")
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }
}
