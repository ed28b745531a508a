//! What a screen played, for its workers.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use entity::{media, screen, screen_play_hour};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::dto::{PlayCount, ScreenStatistics, StatisticsParameters, StatisticsStep};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, wrong};
use crate::screens::plan::{card_key, zone_of};
use crate::state::AppState;

/// Most days at once: a season by the day, a month by the hour.
const MOST_DAYS: i64 = 100;
const MOST_DAYS_BY_HOUR: i64 = 31;
const USUAL_DAYS: i64 = 7;

/// Adds up the plays of a screen.
pub(super) async fn of(
    state: &AppState,
    screen: &screen::Model,
    parameters: &StatisticsParameters,
) -> ApiResult<ScreenStatistics> {
    let zone = zone_of(state, &screen.region_code);
    let by = parameters.by.unwrap_or(StatisticsStep::Day);
    let today = state.clock.now().with_timezone(&zone).date_naive();
    let until = day("until", parameters.until.as_deref())?.unwrap_or(today);
    let from = day("from", parameters.from.as_deref())?.unwrap_or(until - TimeDelta::days(USUAL_DAYS - 1));
    let most = if by == StatisticsStep::Hour { MOST_DAYS_BY_HOUR } else { MOST_DAYS };
    if until < from || (until - from).num_days() >= most {
        return Err(ApiError::bad_parameter(
            "from",
            format!("请选择最多 {most} 天，并且第一天不晚于最后一天。"),
        ));
    }
    let rows = screen_play_hour::Entity::find()
        .filter(screen_play_hour::Column::ScreenId.eq(screen.id))
        .filter(screen_play_hour::Column::HourAt.gte(begin(from, zone).timestamp_millis()))
        .filter(
            screen_play_hour::Column::HourAt.lt(begin(until + TimeDelta::days(1), zone).timestamp_millis()),
        )
        .all(state.database.reader())
        .await?;
    let mut counts: BTreeMap<(NaiveDate, Option<u32>, String), PlaySum> = BTreeMap::new();
    for row in rows {
        let local = DateTime::from_timestamp_millis(row.hour_at).unwrap_or_default().with_timezone(&zone);
        let hour = (by == StatisticsStep::Hour).then(|| local.hour());
        let sum = counts.entry((local.date_naive(), hour, row.asset)).or_default();
        sum.plays += i64::from(row.plays);
        sum.completed += i64::from(row.completed);
        sum.played_ms += row.played_ms;
    }
    let titles = titles(state, counts.keys().map(|(_, _, asset)| asset.as_str())).await?;
    let items = counts.into_iter().map(|((day, hour, asset), sum)| PlayCount {
        day,
        hour,
        title: titles.get(&asset).cloned(),
        asset,
        plays: sum.plays,
        completed: sum.completed,
        played_s: sum.played_ms / 1_000,
    });
    Ok(ScreenStatistics { from, until, by, items: items.collect(), next: None })
}

/// What was played of one asset on one day or in one hour.
#[derive(Default)]
struct PlaySum {
    plays: i64,
    completed: i64,
    played_ms: i64,
}

fn day(name: &str, text: Option<&str>) -> ApiResult<Option<NaiveDate>> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    // Years beyond four digits would overflow sums of days.
    let day = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
    day.map(Some).ok_or_else(|| wrong(name, "请填写日期，例如 2026-11-27。"))
}

fn begin(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let begin = zone.from_local_datetime(&midnight).earliest();
    begin.map_or_else(|| midnight.and_utc(), |begin| begin.with_timezone(&Utc))
}

/// What items are called, by key.
async fn titles(state: &AppState, assets: impl Iterator<Item = &str>) -> ApiResult<HashMap<String, String>> {
    let ids: Vec<Uuid> = assets.filter_map(|asset| asset.parse().ok()).collect();
    let media =
        media::Entity::find().filter(media::Column::Id.is_in(ids)).all(state.database.reader()).await?;
    let mut titles: HashMap<String, String> =
        media.into_iter().filter_map(|row| Some((row.id.to_string(), row.alt?))).collect();
    let knowledge = state.knowledge.at(state.clock.now());
    // What is public now, else what was or will be.
    let articles = knowledge.state.articles.iter().chain(&knowledge.view.articles);
    titles.extend(articles.map(|article| (card_key(article.id), article.title.clone())));
    Ok(titles)
}
