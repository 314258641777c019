//! What every request handler holds.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::watch;

use super::audience::Audience;
use super::counters::Counters;
use super::limits::Limits;
use super::problem::Problem;
use super::rates::Rates;
use super::settings::WebSettings;
use super::visitor::Visitor;
use crate::domain::Refusal;
use crate::services::{LiveBoards, Services, Snapshot, StoreError};

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
    pub(super) picture: watch::Receiver<Arc<Snapshot>>,
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
    /// A server for the use cases, with the boards and the picture of what is open.
    #[must_use]
    pub fn new(
        services: Services,
        boards: LiveBoards,
        picture: watch::Receiver<Arc<Snapshot>>,
        settings: WebSettings,
        limits: Limits,
    ) -> Self {
        Self {
            audience: Audience::Everybody,
            shared: Arc::new(Shared {
                services,
                boards,
                counters: Counters::default(),
                picture,
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

    /// Counts a request that could change something, by phone and by address.
    pub(super) fn check_rates(&self, visitor: &Visitor) -> Result<(), Problem> {
        self.check_device_rate(visitor)?;
        self.check_address_rate(visitor)
    }

    /// Counts a request by phone alone.
    pub(super) fn check_device_rate(&self, visitor: &Visitor) -> Result<(), Problem> {
        self.rates
            .check_device(visitor.device)
            .map_err(|wait| Problem::too_many(wait, self.services.desk.zone()))
    }

    /// Counts a request by address alone.
    pub(super) fn check_address_rate(&self, visitor: &Visitor) -> Result<(), Problem> {
        self.rates
            .check_address(visitor.address)
            .map_err(|wait| Problem::too_many(wait, self.services.desk.zone()))
    }

    /// The answer when the store cannot be read. The error stops travelling here.
    pub(super) fn out_of_order(&self, error: &StoreError) -> Problem {
        tracing::error!(%error, "a request could not be answered: the store cannot be read");
        self.refused(&Refusal::OutOfOrder)
    }

    /// The answer to a refusal of the desk.
    pub(super) fn refused(&self, refusal: &Refusal) -> Problem {
        Problem::refused(refusal, self.services.desk.zone())
    }
}
