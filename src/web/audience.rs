//! For whom a listening socket serves pages.

/// Which pages a listening socket serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// All of them: one address for everything.
    Everybody,
    /// The phones' pages only: staff have an address of their own.
    Students,
    /// The staff pages only.
    Staff,
}
