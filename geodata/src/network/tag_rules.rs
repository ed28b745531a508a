//! Which ways and barriers of OpenStreetMap a walker may use.
//!
//! | tag | rule |
//! |---|---|
//! | `highway` = footway, pedestrian, path, steps, corridor, platform, elevator, living_street, residential, service, unclassified, road, track, cycleway, bridleway, tertiary, secondary, primary (and their `_link`) | walkable |
//! | `highway` = trunk, trunk_link, busway | only with a `sidewalk` or `foot` that allows |
//! | `highway` = motorway, motorway_link | only with a `foot` that allows |
//! | `railway` = platform, `public_transport` = platform, `man_made` = pier | walkable |
//! | other `highway` (construction, proposed, raceway, …) | not walkable |
//! | `foot` = yes, designated, permissive, destination, official, customers | walkable, whatever `access` says |
//! | `foot` = no, private, `use_sidepath` | not walkable: the path beside it is a way of its own |
//! | `access` = no, private, military, agricultural, forestry, delivery; `motorroad` = yes | not walkable without such a `foot` |
//! | `highway` = steps, unless `conveying` | slower, see [`Pace`](super::Pace) |
//! | `oneway:foot` = yes or -1, `foot:forward` or `foot:backward` = no, steps with `conveying` = forward or backward | one direction only; the `oneway` of vehicles does not concern walkers |
//! | `area` = yes | its edge is walkable, like any closed way |
//! | `bridge`, `tunnel`, `layer` | nothing to do: ways meet only where they share a node, so a bridge does not join what it crosses |
//! | node `barrier` = gate, bollard, … | passable, unless `foot` = no or private, or without a `foot` that allows `access` = no or private, or `locked` = yes |
//! | node `barrier` = wall, fence, hedge, `block_wall`, `retaining_wall` | not passable without a `foot` that allows |

use crate::osm_pbf::Tags;

/// How a way may be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walkable {
    pub(super) steps: bool,
    pub(super) direction: Direction,
}

/// Which way along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Both,
    Forward,
    Backward,
}

const WALKABLE: [&str; 22] = [
    "footway",
    "residential",
    "service",
    "path",
    "pedestrian",
    "steps",
    "unclassified",
    "living_street",
    "track",
    "tertiary",
    "secondary",
    "primary",
    "cycleway",
    "tertiary_link",
    "secondary_link",
    "primary_link",
    "road",
    "corridor",
    "platform",
    "bridleway",
    "elevator",
    "crossing",
];

/// Looks at the tags of a way; `None` where it cannot be walked.
pub(super) fn way(tags: &Tags<'_>) -> Option<Walkable> {
    let foot = tags.get("foot").map(allows);
    if foot == Some(Some(false)) {
        return None;
    }
    let is_invited = foot == Some(Some(true));
    if !is_walkable_kind(tags, is_invited) || (!is_invited && is_closed_to_public(tags)) {
        return None;
    }
    let is_moving = matches!(tags.get("conveying"), Some("yes" | "forward" | "backward" | "reversible"));
    Some(Walkable { steps: tags.get("highway") == Some("steps") && !is_moving, direction: direction(tags) })
}

fn is_walkable_kind(tags: &Tags<'_>, is_invited: bool) -> bool {
    match tags.get("highway") {
        Some("motorway" | "motorway_link") => is_invited,
        Some("trunk" | "trunk_link" | "busway") => is_invited || has_sidewalk(tags),
        Some(kind) => WALKABLE.contains(&kind),
        None => {
            tags.get("railway") == Some("platform")
                || tags.get("public_transport") == Some("platform")
                || tags.get("man_made") == Some("pier")
        }
    }
}

fn has_sidewalk(tags: &Tags<'_>) -> bool {
    let one_side = |key| tags.get(key) == Some("yes");
    matches!(tags.get("sidewalk"), Some("both" | "left" | "right" | "yes"))
        || ["sidewalk:both", "sidewalk:left", "sidewalk:right"].into_iter().any(one_side)
}

fn is_closed_to_public(tags: &Tags<'_>) -> bool {
    matches!(
        tags.get("access"),
        Some("no" | "private" | "military" | "agricultural" | "forestry" | "delivery")
    ) || tags.get("motorroad") == Some("yes")
}

/// Whether a value of `foot` lets walkers in; `None` where it says nothing that is known.
fn allows(value: &str) -> Option<bool> {
    match value {
        "yes" | "designated" | "permissive" | "destination" | "official" | "customers" => Some(true),
        "no" | "private" | "use_sidepath" => Some(false),
        _ => None,
    }
}

fn direction(tags: &Tags<'_>) -> Direction {
    let is_steps = tags.get("highway") == Some("steps");
    let conveying = tags.get("conveying").filter(|_| is_steps);
    let one_way = tags.get("oneway:foot");
    if matches!(one_way, Some("yes" | "1" | "true"))
        || tags.get("foot:backward") == Some("no")
        || conveying == Some("forward")
    {
        Direction::Forward
    } else if one_way == Some("-1") || tags.get("foot:forward") == Some("no") || conveying == Some("backward")
    {
        Direction::Backward
    } else {
        Direction::Both
    }
}

/// Whether nobody gets past a node.
pub(super) fn is_blocked(tags: &Tags<'_>) -> bool {
    let Some(barrier) = tags.get("barrier") else {
        return false;
    };
    match tags.get("foot").and_then(allows) {
        Some(is_allowed) => !is_allowed,
        None => {
            matches!(barrier, "wall" | "fence" | "hedge" | "block_wall" | "retaining_wall")
                || matches!(tags.get("access"), Some("no" | "private"))
                || tags.get("locked") == Some("yes")
        }
    }
}
