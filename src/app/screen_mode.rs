//! Whether a kiosk has a screen.

/// Where a kiosk shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// In this terminal.
    Screen,
    /// Nowhere: it serves phones and delivers only.
    None,
}
