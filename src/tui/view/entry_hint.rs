//! What a phone needs to know to check in.

use crate::domain::{Board, Phase};
use crate::tui::model::{Model, ShownCode};
use crate::words::Voice;

/// The address of the kiosk and the code of the session.
pub(super) struct EntryHint<'a> {
    pub address: &'a str,
    pub code: ShownCode,
    pub voice: Voice,
}

impl<'a> EntryHint<'a> {
    /// `None` without an address, or when the session takes no check-ins.
    pub fn of(model: &'a Model, board: &Board) -> Option<Self> {
        let phase = board.session.phase(model.now, model.site.windows);
        if !matches!(phase, Phase::OnTime { .. } | Phase::Late { .. }) {
            return None;
        }
        Some(Self {
            address: model.snapshot.address.as_deref()?,
            code: model.shown_code()?,
            voice: model.site.voice,
        })
    }
}
