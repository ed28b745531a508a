//! From which address a request comes, when proxies stand between.
//!
//! Any client can write `X-Forwarded-For`, so an entry counts only if the one who added it is a proxy
//! that the operator named. Reading from the right, the first address that is not such a proxy is the
//! client.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv6Addr};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use ipnet::IpNet;

use crate::error::ApiError;
use crate::state::AppState;

/// Address of the client of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address of the client that sent this request.
    pub fn of(request: &impl HttpMessageWithPeer) -> Self {
        if let Some(known) = request.extensions().get::<Self>() {
            return *known;
        }
        let found = Self(client_behind(request.peer(), request.headers(), request.trusted_proxies()));
        request.extensions_mut().insert(found);
        found
    }

    /// The block of addresses that one subscriber can use at will: the address itself in IPv4, a /64 in
    /// IPv6 (RFC 6177).
    pub fn subscriber(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        }
    }

    /// The neighbourhood of the address, coarse enough to be written down: /24 in IPv4, /48 in IPv6.
    pub fn neighbourhood(self) -> String {
        let bits = if self.0.is_ipv4() { 24 } else { 48 };
        IpNet::new(self.0, bits).map_or_else(|_| "unknown".to_owned(), |net| net.trunc().to_string())
    }
}

/// What [`ClientAddress::of`] needs to know of a request, inside or outside of a middleware.
pub trait HttpMessageWithPeer: HttpMessage {
    /// Who opened the connection.
    fn peer(&self) -> Option<IpAddr>;
    /// Proxies that the operator named.
    fn trusted_proxies(&self) -> &[IpNet];
}

impl HttpMessageWithPeer for HttpRequest {
    fn peer(&self) -> Option<IpAddr> {
        self.peer_addr().map(|address| address.ip())
    }

    fn trusted_proxies(&self) -> &[IpNet] {
        self.app_data::<web::Data<AppState>>().map_or(&[], |state| &state.settings.trusted_proxies)
    }
}

impl FromRequest for ClientAddress {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

fn client_behind(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.map_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), |peer| peer.to_canonical());
    if trusted.is_empty() {
        return client;
    }
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    for entry in entries.into_iter().rev() {
        if !trusted.iter().any(|net| net.contains(&client)) {
            break;
        }
        let Some(named) = address_of(entry.trim()) else {
            break;
        };
        client = named.to_canonical();
    }
    client
}

/// Some proxies write the port as well.
fn address_of(entry: &str) -> Option<IpAddr> {
    entry.parse().ok().or_else(|| Some(entry.parse::<std::net::SocketAddr>().ok()?.ip()))
}

/// Reads `10.0.0.0/8` or a single address.
///
/// # Errors
/// When it is neither.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>()
        .ok()
        .or_else(single)
        .ok_or_else(|| format!("{text} is neither an address like 127.0.0.1 nor a network like 10.0.0.0/8"))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| parse_network(net).unwrap()).collect();
        client_behind(Some(peer.parse().unwrap()), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_named() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn a_named_proxy_is_believed_for_the_entry_it_added_itself() {
        assert_eq!(client("10.0.0.2", &["198.51.100.1"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(client("10.0.0.2", &["8.8.8.8, 198.51.100.1"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(client("10.0.0.2", &["8.8.8.8", "198.51.100.1:443"], &["10.0.0.0/8"]), "198.51.100.1");
        assert_eq!(client("10.0.0.2", &["198.51.100.1, 10.0.0.3"], &["10.0.0.0/8"]), "198.51.100.1");
    }

    #[test]
    fn rubbish_in_the_header_ends_the_search() {
        assert_eq!(client("10.0.0.2", &["1.2.3.4, rubbish"], &["10.0.0.0/8"]), "10.0.0.2");
        assert_eq!(client("10.0.0.2", &[""], &["10.0.0.0/8"]), "10.0.0.2");
    }

    #[test]
    fn a_mapped_address_is_the_address_it_maps() {
        assert_eq!(client("::ffff:10.0.0.2", &["198.51.100.1"], &["10.0.0.2"]), "198.51.100.1");
    }

    #[test]
    fn one_subscriber_of_ipv6_is_a_whole_64() {
        let of = |text: &str| ClientAddress(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4").subscriber(), of("2001:db8:1:2:9::1").subscriber());
        assert_eq!(of("192.0.2.77").neighbourhood(), "192.0.2.0/24");
    }
}
