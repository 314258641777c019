//! What every request handler holds.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;

use super::audience::Audience;
use super::counters::{AccessLines, Counters};
use super::limits::Limits;
use super::rates::Rates;
use super::settings::WebSettings;
use crate::services::{LiveBoards, Services, Snapshot};
use crate::words::Voice;

/// The web server's share of the program. Clones share everything, the rate limits too.
#[derive(Clone)]
pub struct Web {
    pub(super) audience: Audience,
    shared: Arc<Shared>,
}

/// What the clones share, counted once: each layer that a request passes clones its state, and the counts
/// of all that is in here were nearly half of a check-in's work.
pub struct Shared {
    pub(super) services: Services,
    pub(super) boards: LiveBoards,
    pub(super) counters: Counters,
    pub(super) access_lines: AccessLines,
    pub(super) snapshot: watch::Receiver<Arc<Snapshot>>,
    pub(super) settings: WebSettings,
    pub(super) rates: Rates,
    pub(super) limits: Limits,
}

impl Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Web {
    /// A server for the use cases, with the boards and the snapshot.
    #[must_use]
    pub fn new(
        services: Services,
        boards: LiveBoards,
        snapshot: watch::Receiver<Arc<Snapshot>>,
        settings: WebSettings,
        limits: Limits,
    ) -> Self {
        Self {
            audience: Audience::Everybody,
            shared: Arc::new(Shared {
                services,
                boards,
                counters: Counters::default(),
                access_lines: AccessLines::default(),
                snapshot,
                rates: Rates::new(&settings),
                settings,
                limits,
            }),
        }
    }

    /// The same server for another audience.
    #[must_use]
    pub fn serving(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    /// Chooses the voice of a request. The web chooses it nowhere else.
    pub(super) fn voice(&self) -> Voice {
        Voice {
            language: self.settings.language,
            zone: self.services.desk.zone(),
        }
    }
}
