//! Fetches pictures of articles from the few hosts that Chinese editors keep them on.
//!
//! Somebody who pastes an article decides which addresses are asked. So only known hosts are, by `https` on its
//! own port; the addresses that a name leads to must be public, and the connection is made to just those that
//! were checked; every redirect is checked like the first address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{LOCATION, REFERER};
use reqwest::{Client, Url};

use crate::media::MOST_PICTURE_BYTES;

const MOST_REDIRECTS: u32 = 3;
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(20);

/// Hosts that pictures may be fetched from.
#[derive(Clone, Debug)]
pub struct Hosts(Vec<String>);

/// Where names of hosts lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PictureOrigin {
    /// Where the internet says.
    #[default]
    Internet,
    /// All to one server that speaks plain HTTP; for tests, and not to be set from outside.
    OneServer {
        /// The server.
        address: SocketAddr,
        /// Whether its address is held to what is demanded of others.
        is_checked: bool,
    },
}

/// Fetches pictures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PictureFetcher {
    client: Client,
    hosts: Arc<Hosts>,
    origin: PictureOrigin,
}

/// Why a picture could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    NotAllowed,
    Unreachable,
    Refused,
    TooLarge,
}

impl Failure {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "host_not_allowed",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::TooLarge => "too_large",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::NotAllowed => {
                "这张图片所在的网站不在允许下载的名单里。请把图片存到手机或电脑，再自己上传。"
            }
            Self::Unreachable => "没有下载成功，可能是网络问题。请重试，或把图片另存后自己上传。",
            Self::Refused => "对方网站不给下载这张图片。请把图片另存后自己上传。",
            Self::TooLarge => "图片超过 20 MB，请缩小后自己上传。",
        }
    }
}

impl Hosts {
    /// These names; one that begins with a dot stands for all names below it.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(
            names
                .into_iter()
                .map(|name| name.trim().to_ascii_lowercase())
                .filter(|name| !name.is_empty())
                .collect(),
        )
    }

    fn allow(&self, host: &str) -> bool {
        self.0.iter().any(|name| match name.strip_prefix('.') {
            Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
            None => host == name,
        })
    }
}

impl PictureFetcher {
    /// Fetches from these hosts.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new(hosts: Hosts, origin: PictureOrigin) -> anyhow::Result<Self> {
        Self::with_patience(hosts, origin, WHOLE)
    }

    /// As [`Self::new`], waiting so long for a picture.
    fn with_patience(hosts: Hosts, origin: PictureOrigin, whole: Duration) -> anyhow::Result<Self> {
        let client = Client::builder()
            .dns_resolver(Arc::new(Checked(origin)))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(whole)
            .user_agent("Mozilla/5.0 (compatible; Kangtu)")
            .build()?;
        Ok(Self { client, hosts: Arc::new(hosts), origin })
    }

    /// Fetches a picture.
    pub(super) async fn fetch(&self, address: &str) -> Result<Vec<u8>, Failure> {
        let address = if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() };
        let mut url = self.checked(Url::parse(&address).map_err(|_no_url| Failure::NotAllowed)?)?;
        for _ in 0..=MOST_REDIRECTS {
            let response = self
                .client
                .get(self.reachable(&url)?)
                .header(REFERER, referrer(url.host_str().unwrap_or_default()))
                .send()
                .await
                .map_err(
                    |error| if was_private(&error) { Failure::NotAllowed } else { Failure::Unreachable },
                )?;
            if response.status().is_redirection() {
                let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                let next = location.and_then(|location| url.join(location).ok()).ok_or(Failure::Refused)?;
                url = self.checked(next)?;
                continue;
            }
            if !response.status().is_success() {
                return Err(Failure::Refused);
            }
            return whole(response).await;
        }
        Err(Failure::Refused)
    }

    /// The address if it may be asked. Editors still write `http`, which these hosts answer by `https` as well.
    fn checked(&self, mut url: Url) -> Result<Url, Failure> {
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
        let host = url.domain().map(|host| host.trim_end_matches('.').to_ascii_lowercase());
        if !is_web || !is_plain || !host.is_some_and(|host| self.hosts.allow(&host)) {
            return Err(Failure::NotAllowed);
        }
        url.set_scheme("https").map_err(|()| Failure::NotAllowed)?;
        url.set_fragment(None);
        Ok(url)
    }

    fn reachable(&self, url: &Url) -> Result<Url, Failure> {
        let mut url = url.clone();
        if let PictureOrigin::OneServer { address, .. } = self.origin {
            url.set_scheme("http").map_err(|()| Failure::Unreachable)?;
            url.set_port(Some(address.port())).map_err(|()| Failure::Unreachable)?;
        }
        Ok(url)
    }
}

async fn whole(mut response: reqwest::Response) -> Result<Vec<u8>, Failure> {
    if response.content_length().is_some_and(|length| length > MOST_PICTURE_BYTES as u64) {
        return Err(Failure::TooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|_cut_off| Failure::Unreachable)? {
        if bytes.len() + piece.len() > MOST_PICTURE_BYTES {
            return Err(Failure::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What hosts that keep pictures from other sites want to hear.
fn referrer(host: &str) -> &'static str {
    if host.ends_with(".xiumi.us") {
        "https://xiumi.us/"
    } else if host.ends_with("135editor.com") {
        "https://www.135editor.com/"
    } else {
        "https://mp.weixin.qq.com/"
    }
}

/// A name that leads to an address of this network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct NotPublic;

fn was_private(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Resolves names; the connection is made to what it returns, so nothing can change after the check.
struct Checked(PictureOrigin);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let origin = self.0;
        Box::pin(async move {
            let (found, is_checked): (Vec<SocketAddr>, bool) = match origin {
                PictureOrigin::Internet => {
                    (tokio::net::lookup_host((name.as_str(), 0)).await?.collect(), true)
                }
                PictureOrigin::OneServer { address, is_checked } => (vec![address], is_checked),
            };
            // One private address among public ones is how such a check is tricked.
            if is_checked && !found.iter().all(|found| is_public(found.ip())) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // Shared between carriers and their customers; clouds keep their metadata there.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    if let Some(embedded) = address.to_ipv4_mapped() {
        return is_public_v4(embedded);
    }
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        // Translation to IPv4 (RFC 6052), and 6to4 (RFC 3056): as public as what is within.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Teredo and other uses of 2001:0::/23, and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Everything else that is routed.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn fetcher() -> PictureFetcher {
        let hosts = Hosts::new(["mmbiz.qpic.cn".to_owned(), ".xiumi.us".to_owned()]);
        PictureFetcher::new(hosts, PictureOrigin::Internet).unwrap()
    }

    /// A fetcher that is led to a server which answers everybody with this and then says nothing more.
    async fn led_to_a_server_that_says(answer: Vec<u8>, patience: Duration) -> PictureFetcher {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = PictureOrigin::OneServer { address: listener.local_addr().unwrap(), is_checked: false };
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut connection, _)) = listener.accept().await {
                // An answer that comes before the question is none.
                drop(connection.read(&mut [0; 4_096]).await);
                drop(connection.write_all(&answer).await);
                open.push(connection);
            }
        });
        PictureFetcher::with_patience(Hosts::new(["mmbiz.qpic.cn".to_owned()]), origin, patience).unwrap()
    }

    #[actix_web::test]
    async fn a_server_that_does_not_come_to_an_end_is_not_waited_for() {
        let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin".to_vec();
        for answer in [Vec::new(), begun] {
            let fetcher = led_to_a_server_that_says(answer, Duration::from_millis(100)).await;
            assert_eq!(fetcher.fetch("https://mmbiz.qpic.cn/a").await, Err(Failure::Unreachable));
        }
    }

    #[actix_web::test]
    async fn a_picture_that_is_too_large_is_not_read_to_its_end() {
        let told = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MOST_PICTURE_BYTES + 1);
        let mut untold = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        untold.resize(untold.len() + MOST_PICTURE_BYTES + 1, b'x');
        for answer in [told.into_bytes(), untold] {
            let fetcher = led_to_a_server_that_says(answer, WHOLE).await;
            assert_eq!(fetcher.fetch("https://mmbiz.qpic.cn/a").await, Err(Failure::TooLarge));
        }
    }

    #[test]
    fn only_known_hosts_are_asked() {
        let fetcher = fetcher();
        let allowed =
            |address: &str| fetcher.checked(Url::parse(address).unwrap()).map(|url| url.to_string());
        assert_eq!(allowed("http://mmbiz.qpic.cn/a?b#c").unwrap(), "https://mmbiz.qpic.cn/a?b");
        assert!(allowed("https://img.xiumi.us/a").is_ok() && allowed("https://MMBIZ.qpic.cn/a").is_ok());
        for other in [
            "https://example.cn/a",
            "https://mmbiz.qpic.cn.example.cn/a",
            "https://examplexiumi.us/a",
            "https://xiumi.us.example.cn/a",
            "https://mmbiz.qpic.cn@example.cn/a",
            "https://user@mmbiz.qpic.cn/a",
            "https://mmbiz.qpic.cn:8443/a",
            "ftp://mmbiz.qpic.cn/a",
            "file:///etc/passwd",
            "https://127.0.0.1/a",
            "https://2130706433/a",
            "https://0x7f.1/a",
            "https://[::1]/a",
            "https://[::ffff:127.0.0.1]/a",
        ] {
            assert_eq!(allowed(other), Err(Failure::NotAllowed), "{other}");
        }
    }

    #[test]
    fn addresses_of_networks_that_are_not_the_internet_are_known() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.100.100.200",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b:1::1",
            "100::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "183.3.226.35",
            "8.8.8.8",
            "240e:e1:aa00::1",
            "2408:8756::1",
            "2002:808:808::1",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
