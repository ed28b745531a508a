//! Which elements of OpenStreetMap belong to which layer.
//!
//! | layer | tags |
//! |---|---|
//! | `park` | `leisure=park`, `landuse=recreation_ground` |
//! | `sports_court` | `leisure=pitch`, `leisure=track`, `leisure=sports_centre` |
//! | `fitness_site` | `leisure=fitness_station` |
//! | `greenway` | a way for walking or cycling whose name says 绿道, 碧道 or Greenway |
//! | `trail` | the same with `sac_scale`, or whose name says 步道, 登山道, 古道 or Trail |
//! | `clinic` | `amenity=clinic`, `amenity=doctors`, `healthcare=clinic`, `healthcare=doctor` |
//! | `activity_point` | `place=square` |
//! | `smoke_free_place` | `smoking=no` |
//!
//! What is private (`access=private`, `access=no`), abandoned or planned belongs to none.

use crate::osm_pbf::Tags;

/// The elements of a layer.
pub(super) struct Rule {
    pub(super) layer: &'static str,
    /// Tags of which one is enough.
    tags: &'static [(&'static str, &'static str)],
    /// Ways for walking or cycling whose name holds one of these.
    names: &'static [&'static str],
    /// Also those with this key.
    key: Option<&'static str>,
    pub(super) points: bool,
    pub(super) lines: bool,
    pub(super) areas: bool,
}

const PATHS: [&str; 7] = ["footway", "path", "cycleway", "pedestrian", "track", "steps", "bridleway"];
const NO_PATHS: Rule =
    Rule { layer: "", tags: &[], names: &[], key: None, points: true, lines: false, areas: true };
const ONLY_PATHS: Rule =
    Rule { layer: "", tags: &[], names: &[], key: None, points: false, lines: true, areas: false };

static RULES: [Rule; 8] = [
    Rule { layer: "park", tags: &[("leisure", "park"), ("landuse", "recreation_ground")], ..NO_PATHS },
    Rule {
        layer: "sports_court",
        tags: &[("leisure", "pitch"), ("leisure", "track"), ("leisure", "sports_centre")],
        ..NO_PATHS
    },
    Rule { layer: "fitness_site", tags: &[("leisure", "fitness_station")], ..NO_PATHS },
    Rule { layer: "greenway", names: &["绿道", "碧道", "Greenway", "greenway"], ..ONLY_PATHS },
    Rule {
        layer: "trail",
        names: &["步道", "登山道", "古道", "Trail", "trail"],
        key: Some("sac_scale"),
        ..ONLY_PATHS
    },
    Rule {
        layer: "clinic",
        tags: &[
            ("amenity", "clinic"),
            ("amenity", "doctors"),
            ("healthcare", "clinic"),
            ("healthcare", "doctor"),
        ],
        ..NO_PATHS
    },
    Rule { layer: "activity_point", tags: &[("place", "square")], ..NO_PATHS },
    Rule { layer: "smoke_free_place", tags: &[("smoking", "no")], ..NO_PATHS },
];

/// What courts without a name are called, by `sport`.
const COURTS: [(&str, &str); 8] = [
    ("basketball", "篮球场"),
    ("soccer", "足球场"),
    ("tennis", "网球场"),
    ("table_tennis", "乒乓球台"),
    ("badminton", "羽毛球场"),
    ("volleyball", "排球场"),
    ("running", "跑道"),
    ("gateball", "门球场"),
];

/// The rule of a layer.
pub(super) fn rule_of(layer: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.layer == layer)
}

/// Layers that have a rule, for messages.
pub(super) fn known() -> String {
    RULES.iter().map(|rule| rule.layer).collect::<Vec<_>>().join("、")
}

impl Rule {
    pub(super) fn fits(&self, tags: &Tags<'_>) -> bool {
        if matches!(tags.get("access"), Some("private" | "no")) {
            return false;
        }
        if self.tags.iter().any(|(key, value)| tags.get(key) == Some(value)) {
            return true;
        }
        let is_path = self.lines && tags.get("highway").is_some_and(|kind| PATHS.contains(&kind));
        let says =
            |key: &&str| tags.get(key).is_some_and(|name| self.names.iter().any(|part| name.contains(part)));
        is_path
            && (self.key.is_some_and(|key| tags.get(key).is_some()) || ["name", "name:zh"].iter().any(says))
    }

    /// What a place without a name goes by.
    pub(super) fn usual_name(&self, tags: &Tags<'_>) -> Option<&'static str> {
        match self.layer {
            "fitness_site" => Some("健身点"),
            "sports_court" => {
                let sport = tags.get("sport").unwrap_or_default();
                let sport = sport.split(';').next().unwrap_or_default().trim();
                COURTS.iter().find(|(known, _)| *known == sport).map(|(_, name)| *name).or(Some("运动场"))
            }
            _ => None,
        }
    }
}
