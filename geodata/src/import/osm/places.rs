//! What is kept of a wanted element while its shape is gathered.

use geo::Coord;

use super::degrees;
use super::rules::Rule;
use crate::osm_pbf::Tags;

/// Tags that are taken over beside the name.
const KEPT: [&str; 12] = [
    "opening_hours",
    "phone",
    "operator",
    "sport",
    "surface",
    "lit",
    "wheelchair",
    "fee",
    "website",
    "toilets",
    "drinking_water",
    "addr:full",
];

/// A node, way or relation that is a place.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) kind: &'static str,
    pub(super) id: i64,
    pub(super) tags: Vec<(String, String)>,
    /// Ways that it is made of, and whether they bound a hole.
    pub(super) ways: Vec<(i64, bool)>,
}

/// What a rule makes of an element.
pub(super) enum Found {
    /// It is of another kind.
    Other,
    /// It fits, but nobody could find it by a name.
    Nameless,
    /// It fits: its tags, its name first.
    Named(Vec<(String, String)>),
}

/// Judges an element by its tags. Without a name, a place that goes by what it is ("篮球场") is called so.
pub(super) fn found(rule: &Rule, tags: &Tags<'_>) -> Found {
    if tags.is_empty() || !rule.fits(tags) {
        return Found::Other;
    }
    let own = ["name:zh", "name"].iter().find_map(|key| tags.get(key)).map(str::trim);
    let Some(name) = own.filter(|name| !name.is_empty()).or_else(|| rule.usual_name(tags)) else {
        return Found::Nameless;
    };
    let kept = KEPT.iter().filter_map(|key| Some(((*key).to_owned(), tags.get(key)?.to_owned())));
    let phone = tags.get("contact:phone").filter(|_| tags.get("phone").is_none());
    let phone = phone.map(|phone| ("phone".to_owned(), phone.to_owned()));
    let name = std::iter::once(("name".to_owned(), name.to_owned()));
    Found::Named(name.chain(kept).chain(phone).collect())
}

/// Positions of nodes, looked up by id.
pub(super) struct Positions {
    /// Ascending.
    ids: Vec<i64>,
    /// Units of 1e-7 degrees; `None` until the node was seen.
    at: Vec<Option<(i32, i32)>>,
}

impl Positions {
    pub(super) fn of(ids: impl Iterator<Item = i64>) -> Self {
        let mut ids: Vec<i64> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let at = vec![None; ids.len()];
        Self { ids, at }
    }

    pub(super) fn set(&mut self, id: i64, lon_e7: i64, lat_e7: i64) {
        if let Ok(place) = self.ids.binary_search(&id)
            && let Some(slot) = self.at.get_mut(place)
        {
            *slot = i32::try_from(lon_e7).ok().zip(i32::try_from(lat_e7).ok());
        }
    }

    pub(super) fn get(&self, id: i64) -> Option<Coord<f64>> {
        let (lon, lat) = (*self.at.get(self.ids.binary_search(&id).ok()?)?)?;
        Some(Coord { x: degrees(lon.into()), y: degrees(lat.into()) })
    }
}
