//! A range of network addresses.

use std::fmt;
use std::net::IpAddr;

/// Addresses that share their first bits, such as `192.168.0.0/16`; a lone address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    prefix: u32,
}

impl Cidr {
    /// Reads `address/bits` or a lone address.
    ///
    /// # Errors
    /// What a range must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("must list address ranges such as \"192.168.0.0/16\", not {text:?}");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let width = width(network);
        let prefix = match prefix {
            None => width,
            Some(prefix) => prefix.trim().parse().map_err(|_| wrong())?,
        };
        if prefix > width {
            return Err(wrong());
        }
        let start = masked(network, prefix);
        if start != bits(network) {
            // "10.1.2.3/8" may be a slip in either part: ask instead of guessing.
            return Err(format!(
                "must list ranges by their first address: {text:?} has bits after the first {prefix}"
            ));
        }
        Ok(Self { network, prefix })
    }

    /// Whether an address lies in the range; an IPv4 address mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.network.is_ipv4()
            && masked(address, self.prefix) == bits(self.network)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn masked(address: IpAddr, prefix: u32) -> u128 {
    let dropped = width(address) - prefix;
    bits(address)
        .checked_shr(dropped)
        .unwrap_or(0)
        .checked_shl(dropped)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(text: &str) -> Cidr {
        Cidr::parse(text).unwrap()
    }

    #[test]
    fn a_range_holds_its_first_and_last_address_and_no_other() {
        let hall = range("192.168.4.0/22");
        assert!(hall.contains("192.168.4.0".parse().unwrap()));
        assert!(hall.contains("192.168.7.255".parse().unwrap()));
        assert!(!hall.contains("192.168.8.0".parse().unwrap()));
        assert!(hall.contains("::ffff:192.168.5.1".parse().unwrap()));
        assert!(!hall.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn everything_and_one_are_ranges_too() {
        assert!(range("0.0.0.0/0").contains("8.8.8.8".parse().unwrap()));
        assert!(range("::/0").contains("2001:db8::1".parse().unwrap()));
        assert!(range("10.0.0.7").contains("10.0.0.7".parse().unwrap()));
        assert!(!range("10.0.0.7").contains("10.0.0.8".parse().unwrap()));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0/8",
            "::/129",
            "10.1.2.3/8",
            "hall",
        ] {
            assert!(Cidr::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_range_reads_back_and_holds_its_own_address(address in any::<u32>(), prefix in 0u32..=32) {
            let start = IpAddr::from(std::net::Ipv4Addr::from_bits(
                u32::try_from(masked(IpAddr::from(std::net::Ipv4Addr::from_bits(address)), prefix)).unwrap(),
            ));
            let range = Cidr::parse(&format!("{start}/{prefix}")).unwrap();
            prop_assert_eq!(Cidr::parse(&range.to_string()).unwrap(), range);
            prop_assert!(range.contains(IpAddr::from(std::net::Ipv4Addr::from_bits(address))));
        }
    }

    #[test]
    fn all_addresses_of_one_kind_are_none_of_the_other() {
        assert!(!range("0.0.0.0/0").contains("::1".parse().unwrap()));
        assert!(!range("::/0").contains("10.0.0.1".parse().unwrap()));
    }
}
