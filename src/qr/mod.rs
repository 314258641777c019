//! QR symbols: from an address to modules, and from modules to files and plain text.
//!
//! A leaf: it knows nothing of schools, sessions or screens, and it is the only place that names
//! the `qrcode` crate. Drawing a symbol into cells of the kiosk's screen is `tui::qr`.

mod payload;
mod picture;
mod segments;
mod symbol;
mod text;

pub use payload::payload;
pub use symbol::{Symbol, TooLong};

/// The light border around a symbol, in modules, that every reader may rely on (ISO/IEC 18004).
pub const QUIET_ZONE: usize = 4;

#[cfg(test)]
mod tests;
