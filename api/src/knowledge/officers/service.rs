use chrono::{DateTime, FixedOffset};

use super::dto::OfficerItem;
use crate::knowledge::published::{Knowledge, Officer};
use crate::opening::{CivilTime, opening};
use crate::regions::RegionTree;

/// The officers of a region and of those below it.
pub(in crate::knowledge) fn list(
    knowledge: &Knowledge,
    regions: &RegionTree,
    region: Option<&str>,
    now: CivilTime,
) -> Vec<OfficerItem> {
    let here =
        |officer: &&Officer| region.is_none_or(|code| regions.is_within(&officer.row.region_code, code));
    knowledge.state.officers.iter().filter(here).map(|officer| item(officer, now)).collect()
}

/// The first instant at which one of them comes or goes.
pub(in crate::knowledge) fn changes_at(items: &[OfficerItem]) -> Option<DateTime<FixedOffset>> {
    items.iter().filter_map(|item| item.opening.changes_at).min()
}

fn item(officer: &Officer, now: CivilTime) -> OfficerItem {
    let row = officer.row.clone();
    OfficerItem {
        opening: opening(row.opening_hours.as_deref(), now, row.phone.is_some()),
        duties: officer.duties.clone(),
        id: row.id,
        region_code: row.region_code,
        unit: row.unit,
        role: row.role,
        name: row.name,
        phone: row.phone,
        description: row.description,
        opening_hours: row.opening_hours,
        source: row.source,
        demo: row.demo,
    }
}
