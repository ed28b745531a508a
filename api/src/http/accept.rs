//! What a client would rather have: the header `Accept` (RFC 9110, section 12.5.1).

use actix_web::http::header::{self, HeaderMap};

/// Names that one offer has at most.
const MOST_NAMES: usize = 3;

/// How much a client wants something: its weight in thousandths, then how exactly it was named.
pub type Wish = (u16, u8);

/// The most exact range so far that covers a media type: how exactly, and its weight.
type Best = Option<(u8, u16)>;

/// How welcome each offer is; an offer goes by up to three media types. `None` inside: it is not
/// acceptable. `None` outside: the client does not say.
pub fn wishes<const OFFERS: usize>(
    headers: &HeaderMap,
    offers: [&[&str]; OFFERS],
) -> Option<[Option<Wish>; OFFERS]> {
    let mut best: [[Best; MOST_NAMES]; OFFERS] = [[None; MOST_NAMES]; OFFERS];
    let mut asked = false;
    let values = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')).filter_map(MediaRange::parse) {
        asked = true;
        for (names, best) in offers.iter().zip(&mut best) {
            for (name, best) in names.iter().zip(best) {
                *best = (*best).max(range.exactness(name).map(|exactness| (exactness, range.weight)));
            }
        }
    }
    asked.then(|| best.map(|best| wish(&best)))
}

/// Whether a page for people is more welcome than JSON: a browser asks.
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let offers: [&[&str]; 2] = [&["text/html"], &["application/problem+json", "application/json"]];
    matches!(wishes(headers, offers), Some([Some(page), json]) if json.is_none_or(|json| page > json))
}

/// The most exact range that covers a media type decides; weight 0 means "not this".
fn wish(best: &[Best]) -> Option<Wish> {
    let welcome = best.iter().flatten().filter(|(_, weight)| *weight > 0);
    welcome.map(|(exactness, weight)| (*weight, *exactness)).max()
}

/// One element of `Accept`. Parameters other than `q` are not told apart.
#[derive(Debug)]
struct MediaRange<'h> {
    kind: &'h str,
    subtype: &'h str,
    weight: u16,
}

impl<'h> MediaRange<'h> {
    fn parse(element: &'h str) -> Option<Self> {
        let mut parts = element.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        if kind.is_empty() || subtype.is_empty() {
            return None;
        }
        let weight = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .map_or(Some(1_000), |(_, weight)| thousandths(weight.trim()))?;
        Some(Self { kind, subtype, weight })
    }

    fn exactness(&self, media_type: &str) -> Option<u8> {
        let (kind, subtype) = media_type.split_once('/')?;
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (own, "*") => own.eq_ignore_ascii_case(kind).then_some(1),
            (own, special) => {
                (own.eq_ignore_ascii_case(kind) && special.eq_ignore_ascii_case(subtype)).then_some(2)
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value lies in 0 to 1000")]
fn thousandths(weight: &str) -> Option<u16> {
    let weight: f32 = weight.parse().ok()?;
    (0.0..=1.0).contains(&weight).then(|| (weight * 1_000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn browsers_prefer_pages_and_programs_do_not() {
        let prefers = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            prefers_page(&headers)
        };
        assert!(prefers("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"));
        assert!(prefers("text/html"));
        for program in [
            "*/*",
            "",
            "application/json",
            "application/geo+json, */*",
            "text/html;q=0",
            "text/html;q=0.5, */*",
        ] {
            assert!(!prefers(program), "{program}");
        }
        assert!(!prefers_page(&HeaderMap::new()));
    }
}
