//! Tests that look at more than one layer, and what tests of several layers share.

pub(crate) mod fuzz;
mod hostile;
