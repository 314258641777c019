//! Chance that can be drawn again: what is drawn follows from the seed and the occasion alone, so that
//! a term goes the same way however its races end.

/// Numbers of one occasion, in order.
pub struct Chance(u64);

impl Chance {
    /// The chance of one occasion of a seed's term, such as a day and an hour of it.
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

    /// Whether something happens that happens once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }
}
