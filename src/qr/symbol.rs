//! A symbol: which modules are dark.

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::segments::{self, Mode, Segment, SizeClass};

/// Level M survives 15 % damage. At the same module size the higher levels were measured to bring
/// nothing on a screen, and they make the modules smaller.
const LEVEL: EcLevel = EcLevel::M;

/// The largest version that exists.
const LARGEST: u8 = 40;

/// The text needs more room than the largest symbol has (2331 bytes at level M).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR symbol")]
pub struct TooLong;

/// A QR symbol without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    version: u8,
    side: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// The smallest symbol that holds `text` at error correction level M.
    ///
    /// Text should be ASCII: other characters are written as UTF-8 without a character set
    /// announcement, because common phone readers cannot read symbols that carry one.
    ///
    /// # Errors
    /// [`TooLong`] when not even version 40 holds it.
    pub fn encode(text: &str) -> Result<Self, TooLong> {
        Self::encode_at_least(text, 1)
    }

    /// As [`encode`](Self::encode), but never smaller than `version` (1 to 40), so that a code
    /// which changes every few seconds keeps its size and only its modules change.
    ///
    /// # Errors
    /// [`TooLong`] when not even version 40 holds it.
    pub fn encode_at_least(text: &str, version: u8) -> Result<Self, TooLong> {
        let (bits, version) = fit(text.as_bytes(), version)?;
        Self::from_bits(bits, version)
    }

    /// The version, 1 to 40: a symbol has `17 + 4 * version` modules a side.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Modules a side, without the quiet zone.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in column `x` and row `y` is dark. Outside the symbol all is light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.side && y < self.side && self.dark[y * self.side + x]
    }

    /// As [`is_dark`](Self::is_dark), counted from the top left corner of a quiet zone of `quiet`
    /// modules.
    #[must_use]
    pub fn is_dark_within(&self, quiet: usize, x: usize, y: usize) -> bool {
        match (x.checked_sub(quiet), y.checked_sub(quiet)) {
            (Some(x), Some(y)) => self.is_dark(x, y),
            _ => false,
        }
    }

    fn from_bits(bits: Bits, version: u8) -> Result<Self, TooLong> {
        let code = QrCode::with_bits(bits, LEVEL).map_err(|_| TooLong)?;
        let side = code.width();
        let dark = code
            .into_colors()
            .into_iter()
            .map(|module| module == Color::Dark)
            .collect();
        Ok(Self {
            version,
            side,
            dark,
        })
    }
}

/// The version that [`Symbol::encode`] would take.
///
/// # Errors
/// [`TooLong`] when not even version 40 holds it.
pub(super) fn version_of(text: &str) -> Result<u8, TooLong> {
    fit(text.as_bytes(), 1).map(|(_, version)| version)
}

/// The bit stream of a text in the smallest version from `at_least` on that holds it.
fn fit(text: &[u8], at_least: u8) -> Result<(Bits, u8), TooLong> {
    let mut split = Vec::new();
    let mut split_for = None;
    for version in at_least.clamp(1, LARGEST)..=LARGEST {
        let class = SizeClass::of(version);
        if split_for != Some(class) {
            split = segments::cheapest(text, class);
            split_for = Some(class);
        }
        if let Some(bits) = pack(text, &split, version) {
            return Ok((bits, version));
        }
    }
    Err(TooLong)
}

/// The bit stream of these segments, or `None` when this version cannot hold it.
fn pack(text: &[u8], segments: &[Segment], version: u8) -> Option<Bits> {
    let mut bits = Bits::new(Version::Normal(version.into()));
    for segment in segments {
        let part = &text[segment.bytes.clone()];
        match segment.mode {
            Mode::Numeric => bits.push_numeric_data(part),
            Mode::Alphanumeric => bits.push_alphanumeric_data(part),
            Mode::Byte => bits.push_byte_data(part),
        }
        .ok()?;
    }
    bits.push_terminator(LEVEL).ok()?;
    Some(bits)
}
