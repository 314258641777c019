//! Who is asking: an address, and a phone where it keeps cookies.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;

use super::problem::{Answer, Problem};
use super::{Web, cookies};
use crate::domain::{AdmissionNumber, CheckInAnswer, DeviceId, Refusal};
use crate::services::Request;

/// The other end of a request.
#[derive(Debug)]
pub struct Visitor {
    /// Where the connection comes from; headers that claim another address are not believed.
    pub address: IpAddr,
    /// The phone, if it sent a cookie that this kiosk signed.
    pub device: Option<DeviceId>,
    /// The number last typed on it.
    pub number: Option<AdmissionNumber>,
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let device = cookies::find(&parts.headers, cookies::DEVICE);
        Ok(Self {
            address: address(&parts.extensions),
            device: device.and_then(|cookie| web.services.desk.read_device(cookie.value())),
            number: cookies::remembered_number(&parts.headers),
        })
    }
}

impl Web {
    /// Counts a request that could change something, by phone and by address.
    pub(super) fn check_rates(&self, visitor: &Visitor) -> Answer<()> {
        self.check_device_rate(visitor)?;
        self.check_address_rate(visitor)
    }

    /// Checks in. Beyond the limit of suggestions a number near one of the list is like any unknown one, which it is
    /// where a student insists.
    pub(super) async fn check_in(
        &self,
        visitor: &Visitor,
        request: Request,
    ) -> Result<CheckInAnswer, Refusal> {
        let desk = &self.services.desk;
        let insisted = Request {
            insists: true,
            ..request.clone()
        };
        match desk.check_in(request).await {
            Err(Refusal::UnknownCode) => {
                self.rates.count_wrong_code(visitor.address);
                Err(Refusal::UnknownCode)
            }
            Err(Refusal::NearNumber { .. })
                if !self.rates.may_suggest(visitor.device, visitor.address) =>
            {
                desk.check_in(insisted).await
            }
            answer => answer,
        }
    }

    /// Counts a request by its address. `true`: it is not counted yet, since the address sends too many wrong codes and
    /// this may be another; [`Web::check_live`] counts it.
    pub(super) fn check_or_suspect(&self, visitor: &Visitor) -> Answer<bool> {
        if self.rates.is_suspected(visitor.address) {
            return Ok(true);
        }
        self.check_address_rate(visitor).map(|()| false)
    }

    /// Counts a request of a suspected address, if it has a live code or a ticket.
    pub(super) async fn check_live(
        &self,
        visitor: &Visitor,
        code: &str,
        ticket: &str,
    ) -> Answer<()> {
        let desk = &self.services.desk;
        if !desk.is_live(code, ticket, visitor.device).await {
            return Err(Problem::too_many(Duration::from_secs(1)));
        }
        self.check_address_rate(visitor)
    }

    /// Counts a request by phone alone.
    pub(super) fn check_device_rate(&self, visitor: &Visitor) -> Answer<()> {
        self.rates
            .check_device(visitor.device)
            .map_err(Problem::too_many)
    }

    /// Counts a request by address alone.
    pub(super) fn check_address_rate(&self, visitor: &Visitor) -> Answer<()> {
        self.rates
            .check_address(visitor.address)
            .map_err(Problem::too_many)
    }
}

/// The address that a request came from, as its connection knows it.
pub fn address(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip())
}
