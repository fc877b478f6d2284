//! How many connections may be open, in all and from one address, sockets included.
//!
//! Each costs an open file and some memory. Whoever takes all that one address may have leaves the rest to others.

use crate::chat::Origin;
use crate::config::Config;
use ipnet::IpNet;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

#[derive(Default)]
struct Open {
    total: u32,
    by_origin: HashMap<Origin, u32>,
}

/// The count of open connections, and its bounds.
pub struct Doors {
    open: Arc<Mutex<Open>>,
    total_max: NonZeroU32,
    by_origin_max: NonZeroU32,
    /// Behind a proxy all come from its address: those are counted in all only.
    proxies: Vec<IpNet>,
}

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("as many connections are open as may be in all")]
    Total,
    #[error("as many connections are open as may be from one address")]
    Origin,
}

/// One connection's place, given back by being dropped.
pub struct Place {
    open: Arc<Mutex<Open>>,
    origin: Option<Origin>,
}

impl Doors {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            open: Arc::default(),
            total_max: config.connections,
            by_origin_max: config.connections_per_address,
            proxies: config.trusted_proxies.clone(),
        }
    }

    /// Takes a place for a connection from `peer`.
    ///
    /// # Errors
    /// When there is none.
    pub fn enter(&self, peer: IpAddr) -> Result<Place, Full> {
        let address = peer.to_canonical();
        let is_proxy = self.proxies.iter().any(|network| network.contains(&address));
        self.take((!is_proxy).then(|| Origin::from(peer)))
    }

    /// Takes a place for somebody whose address is known from what a proxy says.
    ///
    /// # Errors
    /// When there is none.
    pub fn enter_as(&self, origin: Origin) -> Result<Place, Full> {
        self.take(Some(origin))
    }

    fn take(&self, origin: Option<Origin>) -> Result<Place, Full> {
        let mut open = self.open.lock();
        if open.total >= self.total_max.get() {
            return Err(Full::Total);
        }
        if let Some(origin) = origin {
            let of_origin = open.by_origin.entry(origin).or_default();
            if *of_origin >= self.by_origin_max.get() {
                return Err(Full::Origin);
            }
            *of_origin += 1;
        }
        open.total += 1;
        Ok(Place { open: self.open.clone(), origin })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        open.total -= 1;
        if let Some(origin) = self.origin
            && let Some(of_origin) = open.by_origin.get_mut(&origin)
        {
            *of_origin -= 1;
            if *of_origin == 0 {
                open.by_origin.remove(&origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors(flags: &[&str]) -> impl Fn(&str) -> Result<Place, Full> {
        let doors = Doors::new(&Config::of_flags(flags));
        move |address| doors.enter(address.parse().expect("an address"))
    }

    #[test]
    fn one_address_cannot_take_what_is_left_for_others() {
        let enter = doors(&["--connections-per-address=2"]);
        let first = enter("192.0.2.1").expect("a place");
        let _second = enter("192.0.2.1").expect("a place");
        assert_eq!(enter("192.0.2.1").err(), Some(Full::Origin));
        assert!(enter("192.0.2.2").is_ok());
        drop(first);
        assert!(enter("192.0.2.1").is_ok(), "the place is free again");
    }

    #[test]
    fn a_trusted_proxy_is_bounded_in_all_only() {
        let flags = ["--connections-per-address=1", "--connections=3", "--trusted-proxies=::1"];
        let enter = doors(&flags);
        let places: Vec<_> = (0..3).map(|_| enter("::1").expect("a place")).collect();
        assert_eq!(enter("::1").err(), Some(Full::Total));
        assert_eq!(enter("192.0.2.1").err(), Some(Full::Total));
        drop(places);
        assert!(enter("192.0.2.1").is_ok());
    }
}
