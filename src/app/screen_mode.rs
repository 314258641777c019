//! Whether a kiosk has a screen.

/// Whether and where a kiosk draws its screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenMode {
    /// In this terminal.
    Terminal,
    /// Nowhere: it serves phones and delivers only.
    Headless,
}
