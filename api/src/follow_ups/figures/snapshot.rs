//! Counting a month.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::follow_up_figure;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};

use super::super::circle;
use super::indicators::{self, Indicator, Tallies, Tally};
use super::pressures::{self, Pressures};
use super::suppression::{self, Kind, Tree};
use crate::error::ApiResult;
use crate::people::age::civil_day;
use crate::regions::RegionTree;
use crate::state::AppState;

/// Rows in one statement.
const ROWS_AT_ONCE: usize = 500;

/// The name of a civil month in China, such as `2026-11`.
pub(super) fn month_of(now: DateTime<Utc>) -> String {
    civil_day(now).format("%Y-%m").to_string()
}

/// Job: counts a month when it has begun, once, whoever asks.
///
/// # Errors
/// When the database fails.
pub(in crate::follow_ups) async fn count_month(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    let month = month_of(now);
    let known = follow_up_figure::Entity::find_by_id((month.clone(), String::new(), String::new()))
        .one(state.database.reader())
        .await?;
    if known.is_some() {
        return Ok(());
    }
    // Read past the transaction, which others wait for.
    let rows = counted(state, &month, now).await?;
    let kept = state.database.write(move |transaction| {
        let (month, rows) = (month.clone(), rows.clone());
        Box::pin(async move { keep(transaction, month, rows, now).await })
    });
    Ok(kept.await?)
}

async fn keep(
    transaction: &DatabaseTransaction,
    month: String,
    rows: Vec<follow_up_figure::Model>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    // The row without a region says that the month was counted. Whoever comes second waits for it and goes.
    let mark = row(&month, "", "", None, now);
    let first = follow_up_figure::Entity::insert(mark.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    if first == 0 {
        return Ok(());
    }
    for some in rows.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
        follow_up_figure::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

async fn counted(
    state: &AppState,
    month: &str,
    now: DateTime<Utc>,
) -> ApiResult<Vec<follow_up_figure::Model>> {
    let (reader, regions) = (state.database.reader(), state.regions.current());
    let everywhere: Vec<String> = regions.codes().map(str::to_owned).collect();
    let sharers = circle::sharers(state, reader, &everywhere, None, now).await?;
    let mut persons: BTreeMap<&str, Tallies> = BTreeMap::new();
    for sharer in &sharers {
        indicators::count(persons.entry(&sharer.region_code).or_default(), sharer, now);
    }
    let pressures = pressures::of(state, reader, &sharers, now).await?;
    Ok(published(&regions, &persons, &pressures, month, now))
}

fn row(
    month: &str,
    region_code: &str,
    indicator: &str,
    told: Option<Tally>,
    now: DateTime<Utc>,
) -> follow_up_figure::Model {
    follow_up_figure::Model {
        month: month.to_owned(),
        region_code: region_code.to_owned(),
        indicator: indicator.to_owned(),
        counted: told.map(|tally| tally.counted),
        of: told.map(|tally| tally.of),
        counted_at: now.into(),
    }
}

/// What may be told of each region; the numbers are missing where they may not.
fn published(
    regions: &RegionTree,
    persons: &BTreeMap<&str, Tallies>,
    pressures: &BTreeMap<&str, Pressures>,
    month: &str,
    now: DateTime<Utc>,
) -> Vec<follow_up_figure::Model> {
    let Some(root) = regions.root() else { return Vec::new() };
    // What belongs to a region itself is a part of it under a name that no region has.
    let selves: BTreeMap<&str, String> =
        regions.codes().map(|code| (code, format!("{code} itself"))).collect();
    let tree = Tree { parts: parts(regions, &selves), root };
    let mut rows = Vec::new();
    let mut tell = |indicator: Indicator, counts: &BTreeMap<&str, Tally>, hidden: &BTreeSet<&str>| {
        for code in regions.codes() {
            let told = (!hidden.contains(code)).then(|| counts.get(code).copied().unwrap_or_default());
            rows.push(row(month, code, indicator.as_str(), told, now));
        }
    };
    let mut hidden: BTreeMap<Indicator, BTreeSet<&str>> = BTreeMap::new();
    for indicator in Indicator::OF_PERSONS {
        let kind = if indicator == Indicator::Sharing { Kind::Number } else { Kind::Share };
        let counts = summed(regions, persons, &selves, indicator);
        let already = indicator.rests_on().iter().filter_map(|below| hidden.get(below));
        let already: BTreeSet<&str> = already.flatten().copied().collect();
        let now_hidden = suppression::hidden(&tree, &counts, kind, &already);
        tell(indicator, &counts, &now_hidden);
        hidden.insert(indicator, now_hidden);
    }
    let of = |tallies: fn(&Pressures) -> &Tallies| -> BTreeMap<&str, Tallies> {
        pressures.iter().map(|(code, pressures)| (*code, tallies(pressures).clone())).collect()
    };
    let (readers, readings) = (of(|pressures| &pressures.persons), of(|pressures| &pressures.readings));
    for indicator in Indicator::OF_READINGS {
        // However many readings there are, they must be those of enough persons.
        let counts = summed(regions, &readers, &selves, indicator);
        let few = suppression::hidden(&tree, &counts, Kind::Number, &BTreeSet::new());
        let counts = summed(regions, &readings, &selves, indicator);
        let now_hidden = suppression::hidden(&tree, &counts, Kind::Share, &few);
        tell(indicator, &counts, &now_hidden);
    }
    rows
}

/// The parts of each region.
fn parts<'t>(
    regions: &'t RegionTree,
    selves: &'t BTreeMap<&'t str, String>,
) -> BTreeMap<&'t str, Vec<&'t str>> {
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for code in regions.codes() {
        if let Some(parent) = regions.parent(code) {
            parts.entry(parent).or_default().push(code);
        }
    }
    for (region, parts) in &mut parts {
        parts.extend(selves.get(region).map(String::as_str));
    }
    parts
}

/// The tallies of an indicator for each region with all below it, and for what belongs to it itself.
fn summed<'t>(
    regions: &'t RegionTree,
    own: &BTreeMap<&'t str, Tallies>,
    selves: &'t BTreeMap<&'t str, String>,
    indicator: Indicator,
) -> BTreeMap<&'t str, Tally> {
    let mut counts: BTreeMap<&str, Tally> = BTreeMap::new();
    for (code, tallies) in own {
        let tally = tallies.get(&indicator).copied().unwrap_or_default();
        for region in regions.upward(code) {
            *counts.entry(region).or_default() += tally;
        }
        if let Some(itself) = selves.get(code) {
            *counts.entry(itself).or_default() += tally;
        }
    }
    counts
}
