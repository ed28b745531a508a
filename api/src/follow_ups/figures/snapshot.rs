//! Counting a month.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::follow_up_figure;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};

use super::super::circle;
use super::indicators::{self, Indicator, Tallies, Tally};
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
    let known = follow_up_figure::Entity::find_by_id((month.clone(), "".to_owned(), "".to_owned()))
        .one(state.database.reader())
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let shared = state.clone();
    let counted = state.database.write(move |transaction| {
        let (state, month) = (shared.clone(), month.clone());
        Box::pin(async move { count(&state, transaction, month, now).await })
    });
    Ok(counted.await?)
}

async fn count(
    state: &AppState,
    transaction: &DatabaseTransaction,
    month: String,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    // The row without a region says that the month was counted. Whoever comes second waits for it and goes.
    let mark = follow_up_figure::Model {
        month: month.clone(),
        region_code: String::new(),
        indicator: String::new(),
        counted: None,
        of: None,
        counted_at: now.into(),
    };
    let first = follow_up_figure::Entity::insert(mark.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    if first == 0 {
        return Ok(());
    }
    let regions = state.regions.current();
    let everywhere: Vec<String> = regions.codes().map(str::to_owned).collect();
    let sharers = circle::sharers(state, transaction, &everywhere, None, now).await?;
    let mut tallies: BTreeMap<&str, Tallies> = BTreeMap::new();
    for sharer in &sharers {
        indicators::count(tallies.entry(&sharer.region_code).or_default(), sharer, now);
    }
    let rows = published(&regions, &tallies, &month, now);
    for some in rows.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
        follow_up_figure::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// What may be told of each region; the numbers are missing where they may not.
fn published(
    regions: &RegionTree,
    own: &BTreeMap<&str, Tallies>,
    month: &str,
    now: DateTime<Utc>,
) -> Vec<follow_up_figure::Model> {
    let Some(root) = regions.root() else { return Vec::new() };
    // What belongs to a region itself is a part of it under a name that no region has.
    let selves: BTreeMap<&str, String> =
        regions.codes().map(|code| (code, format!("{code} itself"))).collect();
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for code in regions.codes() {
        if let Some(parent) = regions.parent(code) {
            parts.entry(parent).or_default().push(code);
        }
    }
    for (region, parts) in &mut parts {
        parts.extend(selves.get(region).map(String::as_str));
    }
    let tree = Tree { parts, root };
    let mut hidden: BTreeMap<Indicator, BTreeSet<&str>> = BTreeMap::new();
    let mut rows = Vec::new();
    for indicator in Indicator::ALL {
        let kind = if indicator == Indicator::Sharing { Kind::Number } else { Kind::Share };
        let counts = summed(regions, own, &selves, indicator);
        let already = indicator.rests_on().iter().filter_map(|below| hidden.get(below));
        let already: BTreeSet<&str> = already.flatten().copied().collect();
        let now_hidden = suppression::hidden(&tree, &counts, kind, &already);
        for code in regions.codes() {
            let tally = counts.get(code).copied().unwrap_or_default();
            let told = (!now_hidden.contains(code)).then_some(tally);
            rows.push(follow_up_figure::Model {
                month: month.to_owned(),
                region_code: code.to_owned(),
                indicator: indicator.as_str().to_owned(),
                counted: told.map(|tally| tally.counted),
                of: told.map(|tally| tally.of),
                counted_at: now.into(),
            });
        }
        hidden.insert(indicator, now_hidden);
    }
    rows
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
