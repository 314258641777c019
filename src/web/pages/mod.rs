//! The pages, drawn from plain values: no page reads the store, the clock or the request.
//!
//! Every student page is one document with its one small style sheet inside, no script and no other
//! request, so that a hall full of phones on a slow network fetches one packet train each.

mod attend_form;
mod code_form;
mod field;
mod layout;
mod near_number;
mod notice;
mod result;
mod ring;
mod sign;
mod staff;

pub(super) use attend_form::{AttendForm, attend_form};
pub(super) use code_form::ask_code;
pub(super) use field::Field;
pub(super) use layout::{PALETTE, STYLE_HASH};
pub(super) use near_number::near_number;
pub(super) use notice::{Next, Notice, notice};
pub(super) use result::{Repeat, result};
pub(super) use sign::Sign;
pub(super) use staff::*;

#[cfg(test)]
pub(in crate::web) mod tests;
