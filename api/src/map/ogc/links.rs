//! Addresses below `/map` and links to them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::dto::Link;
use crate::http::page_url::BaseUrl;

/// Path of the landing page.
pub(in crate::map) const LANDING: &str = "/map";
/// Many proxies take 4 KB of headers; half of it is for the others.
const MOST_HEADER_BYTES: usize = 2_048;
/// What stays readable in a path segment (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What stays readable in a query value; `+` is not among it, since forms read it as a space.
const VALUE: &AsciiSet = &SEGMENT.remove(b',').remove(b':').remove(b'/');

/// Absolute addresses of the resources, as the caller reaches this server.
#[derive(Clone, Debug)]
pub(in crate::map) struct MapUrl(String);

impl MapUrl {
    /// The addresses on the server at this base address, as its caller writes it.
    pub(in crate::map) fn below(base: &BaseUrl<'_>) -> Self {
        Self(base.with_path(LANDING))
    }

    /// The addresses on the server at this base address.
    #[cfg(test)]
    pub(in crate::map) fn at(base: &str) -> Self {
        Self(format!("{base}{LANDING}"))
    }

    /// The landing page, also what GIS programs are given.
    pub(in crate::map) fn landing(&self) -> &str {
        &self.0
    }

    /// The API definition.
    pub(in crate::map) fn definition(&self) -> String {
        format!("{}/api", self.0)
    }

    /// The conformance declaration.
    pub(in crate::map) fn conformance(&self) -> String {
        format!("{}/conformance", self.0)
    }

    /// All layers.
    pub(in crate::map) fn collections(&self) -> String {
        format!("{}/collections", self.0)
    }

    /// One layer.
    pub(in crate::map) fn collection(&self, layer_id: &str) -> String {
        format!("{}/collections/{}", self.0, utf8_percent_encode(layer_id, SEGMENT))
    }

    /// The places of a layer.
    pub(in crate::map) fn items(&self, layer_id: &str) -> String {
        self.collection(layer_id) + "/items"
    }

    /// What filters may name of a layer.
    pub(super) fn queryables(&self, layer_id: &str) -> String {
        self.collection(layer_id) + "/queryables"
    }

    /// What the places of a layer can be sorted by.
    pub(super) fn sortables(&self, layer_id: &str) -> String {
        self.collection(layer_id) + "/sortables"
    }

    /// What the places of a layer have.
    pub(super) fn schema(&self, layer_id: &str) -> String {
        self.collection(layer_id) + "/schema"
    }

    /// The functions that filters may call.
    pub(super) fn functions(&self) -> String {
        format!("{}/functions", self.0)
    }

    /// One place.
    pub(in crate::map) fn item(&self, layer_id: &str, feature_id: u32) -> String {
        format!("{}/items/{feature_id}", self.collection(layer_id))
    }
}

/// Adds query parameters to an address that may have some already.
pub(in crate::map) fn with_parameters<'q>(
    address: &str,
    parameters: impl IntoIterator<Item = (&'q str, &'q str)>,
) -> String {
    let mut address = address.to_owned();
    for (name, value) in parameters {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.extend(utf8_percent_encode(name, SEGMENT));
        address.push('=');
        address.extend(utf8_percent_encode(value, VALUE));
    }
    address
}

/// The links as the header `Link` carries them (RFC 8288), for an answer whose body has them all; titles stay
/// there. Links repeat the query: where it is long, only `next` is told, which some programs look for here alone,
/// or none.
pub(in crate::map) fn link_header(links: &[Link]) -> Option<String> {
    link_header_of_file(links).filter(|header| header.len() <= MOST_HEADER_BYTES)
}

/// The links of a file, whose body cannot carry any: `next` is told, however long.
pub(in crate::map) fn link_header_of_file(links: &[Link]) -> Option<String> {
    let mut header = written(links.iter());
    if header.len() > MOST_HEADER_BYTES {
        header = written(links.iter().filter(|link| link.rel == "next"));
    }
    (!header.is_empty()).then_some(header)
}

fn written<'l>(links: impl Iterator<Item = &'l Link>) -> String {
    let mut header = String::new();
    for link in links {
        if !header.is_empty() {
            header.push_str(", ");
        }
        for part in ["<", &link.href, ">; rel=\"", link.rel, "\"; type=\"", link.media_type, "\""] {
            header.push_str(part);
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_nothing_that_has_a_meaning_of_its_own() {
        let url = MapUrl::at("https://health.example.cn");
        assert_eq!(url.item("park", 7), "https://health.example.cn/map/collections/park/items/7");
        assert_eq!(
            url.collection("公园/?"),
            "https://health.example.cn/map/collections/%E5%85%AC%E5%9B%AD%2F%3F"
        );
        let parameters = [("bbox", "114.4,22.6,114.5,22.7"), ("datetime", "2026-05-01T00:00:00+08:00/..")];
        assert_eq!(
            with_parameters(&url.items("park"), parameters),
            "https://health.example.cn/map/collections/park/items?bbox=114.4,22.6,114.5,22.7\
             &datetime=2026-05-01T00:00:00%2B08:00/.."
        );
    }

    #[test]
    fn a_header_lists_all_links() {
        let link =
            |rel| Link {
                href: "http://a/b?c=d".into(), rel, media_type: "text/html", title: "标题".into()
            };
        assert_eq!(
            link_header(&[link("self"), link("next")]).unwrap(),
            "<http://a/b?c=d>; rel=\"self\"; type=\"text/html\", <http://a/b?c=d>; rel=\"next\"; type=\"text/html\""
        );
        assert_eq!(link_header(&[]), None);
    }

    #[test]
    fn a_long_query_is_not_repeated_in_the_header() {
        let link = |rel, bytes: usize| Link {
            href: format!("http://a/b?filter={}", "x".repeat(bytes)),
            rel,
            media_type: "text/html",
            title: String::new(),
        };
        let long = [link("self", 1_000), link("alternate", 1_000), link("next", 1_000)];
        let kept = link_header(&long).unwrap();
        assert!(kept.len() < MOST_HEADER_BYTES && kept.contains("rel=\"next\""), "{kept}");
        assert!(!kept.contains("self"));
        let longer = [link("self", 3_000), link("next", 3_000)];
        assert_eq!(link_header(&longer), None, "the body has them");
        assert!(
            link_header_of_file(&longer).unwrap().contains("next"),
            "nothing else says where a file goes on"
        );
    }
}
