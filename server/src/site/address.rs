//! Where a request comes from, as far as limits need it: the peer of the connection, or what a trusted proxy says.

use super::SiteState;
use crate::chat::Origin;
use crate::telemetry::Sparingly;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;
use std::time::Duration;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// A setting that is missing does not become more so: once an hour is enough to be found.
static HINTS: LazyLock<Sparingly> = LazyLock::new(|| Sparingly::every(Duration::from_hours(1)));

/// Where the request comes from.
#[derive(Debug, Clone, Copy)]
pub struct ComesFrom(pub Origin);

impl FromRequestParts<SiteState> for ComesFrom {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(
        parts: &mut Parts,
        site: &SiteState,
    ) -> Result<Self, Self::Rejection> {
        let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else {
            tracing::error!("a request came in another way than through the listener");
            return Err((StatusCode::INTERNAL_SERVER_ERROR, "Try again later.\n"));
        };
        if site.trusted_proxies.is_empty()
            && parts.headers.contains_key(FORWARDED_FOR)
            && HINTS.pass().is_some()
        {
            tracing::warn!(
                "requests come through a proxy that is not trusted: everybody behind it shares the limits of one \
                 address; name it in HUBBUB_TRUSTED_PROXIES"
            );
        }
        Ok(Self(origin(peer.ip(), &parts.headers, &site.trusted_proxies).into()))
    }
}

/// The last hop that is no trusted proxy. What a client writes into the header itself stands further left, and is never
/// reached.
fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|network| network.contains(&address))
    };
    let mut origin = peer;
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    let mut hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    while is_trusted(origin)
        && let Some(hop) = hops.next().and_then(address)
    {
        origin = hop;
    }
    origin
}

/// An address as proxies write it, some with the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn seen(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let trusted: Vec<_> = trusted.iter().map(|text| text.parse().expect("a network")).collect();
        origin(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    const LOCAL: &[&str] = &["127.0.0.0/8", "10.0.0.0/8"];

    #[test]
    fn without_a_trusted_proxy_the_header_says_nothing() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"], LOCAL), "192.0.2.1");
    }

    #[test]
    fn behind_trusted_proxies_the_last_other_hop_counts() {
        assert_eq!(seen("127.0.0.1", &["198.51.100.7"], LOCAL), "198.51.100.7");
        assert_eq!(seen("::ffff:127.0.0.1", &["198.51.100.7:5123"], LOCAL), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["198.51.100.7, 10.0.0.9"], LOCAL), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["198.51.100.7", "10.0.0.9"], LOCAL), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]:443"], LOCAL), "2001:db8::1");
    }

    #[test]
    fn what_a_client_puts_into_the_header_itself_is_not_believed() {
        assert_eq!(seen("127.0.0.1", &["203.0.113.1, 198.51.100.7"], LOCAL), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["10.0.0.1, 198.51.100.7"], LOCAL), "198.51.100.7");
    }

    #[test]
    fn without_a_readable_header_the_proxy_itself_counts() {
        assert_eq!(seen("127.0.0.1", &[], LOCAL), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &["198.51.100.7, unknown"], LOCAL), "127.0.0.1");
    }
}
