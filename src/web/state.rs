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
use crate::services::export::Exports;
use crate::services::{
    Corrections, Deliveries, Desk, LiveBoards, Office, Registrar, Snapshot, StoreError, Timetable,
    WebSignIns,
};

/// The use cases behind the pages.
#[derive(Debug, Clone)]
pub struct WebServices {
    /// Takes check-ins.
    pub desk: Desk,
    /// Opens and closes sessions.
    pub timetable: Timetable,
    /// Corrects marks and names.
    pub corrections: Corrections,
    /// Makes lists to take away.
    pub exports: Exports,
    /// Keeps lecturers, units and rosters.
    pub registrar: Registrar,
    /// Keeps the lists of `/admin/`.
    pub office: Office,
    /// Staff who are signed in at a browser.
    pub sign_ins: WebSignIns,
    /// The boards that lecturers watch.
    pub boards: LiveBoards,
    /// What is owed to the remotes, and another try.
    pub deliveries: Deliveries,
}

/// The web server's share of the program. Clones share everything, the rate limits too.
#[derive(Clone)]
pub struct Web {
    pub(super) audience: Audience,
    shared: Arc<Shared>,
}

/// What the clones share, counted once: each layer that a request passes clones its state, and the counts
/// of all that is in here were nearly half of a check-in's work.
pub struct Shared {
    pub(super) desk: Desk,
    pub(super) timetable: Timetable,
    pub(super) corrections: Corrections,
    pub(super) exports: Exports,
    pub(super) registrar: Registrar,
    pub(super) office: Office,
    pub(super) sign_ins: WebSignIns,
    pub(super) boards: LiveBoards,
    pub(super) deliveries: Deliveries,
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
    /// A server for the use cases, with the picture of what is open.
    #[must_use]
    pub fn new(
        services: WebServices,
        picture: watch::Receiver<Arc<Snapshot>>,
        settings: WebSettings,
        limits: Limits,
    ) -> Self {
        Self {
            audience: Audience::Everybody,
            shared: Arc::new(Shared {
                desk: services.desk,
                timetable: services.timetable,
                corrections: services.corrections,
                exports: services.exports,
                registrar: services.registrar,
                office: services.office,
                sign_ins: services.sign_ins,
                boards: services.boards,
                deliveries: services.deliveries,
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
            .map_err(|wait| Problem::too_many(wait, self.desk.zone()))
    }

    /// Counts a request by address alone.
    pub(super) fn check_address_rate(&self, visitor: &Visitor) -> Result<(), Problem> {
        self.rates
            .check_address(visitor.address)
            .map_err(|wait| Problem::too_many(wait, self.desk.zone()))
    }

    /// The answer when the store cannot be read. The error stops travelling here.
    pub(super) fn out_of_order(&self, error: &StoreError) -> Problem {
        tracing::error!(%error, "a request could not be answered: the store cannot be read");
        self.refused(&Refusal::OutOfOrder)
    }

    /// The answer to a refusal of the desk.
    pub(super) fn refused(&self, refusal: &Refusal) -> Problem {
        Problem::refused(refusal, self.desk.zone())
    }
}
