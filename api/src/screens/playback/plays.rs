//! Takes what players played, counts each play once, and forgets the single plays when they are old.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{article, media, screen_play, screen_play_hour};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use super::dto::{PlayReport, PlaysTaken, RejectedPlay};
use crate::error::{ApiError, ApiResult};
use crate::screens::plan::{article_of_card, card_key};
use crate::state::AppState;

const MOST_AT_ONCE: usize = 500;
/// How long single plays are kept. An older one could not be told from one that was counted.
const KEPT: TimeDelta = TimeDelta::days(90);
/// No item takes longer.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// No picture or card is shown for longer than a playlist may ask for, nor a video that is shorter.
const LONGEST_SHOWN: TimeDelta = TimeDelta::hours(1);
/// What a box that is slow takes beside.
const SLACK: TimeDelta = TimeDelta::minutes(2);
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Counts a batch.
pub(super) async fn take(state: &AppState, screen_id: Uuid, batch: Vec<Value>) -> ApiResult<PlaysTaken> {
    if batch.len() > MOST_AT_ONCE {
        return Err(ApiError::BadRequest {
            code: "too_many_plays",
            detail: "一次最多上报 500 条播放记录，请分批上报。".into(),
            parameter: None,
        });
    }
    let now = state.clock.now();
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (index, value) in batch.into_iter().enumerate() {
        match read(screen_id, value, now) {
            Ok(row) => rows.push((index, row)),
            Err((code, message)) => rejected.push(RejectedPlay { index, code, message: message.to_owned() }),
        }
    }
    let longest = longest_plays(state, screen_id, rows.iter().map(|(_, row)| row.asset.as_str())).await?;
    let mut plausible = Vec::new();
    for (index, row) in rows {
        let (code, message) = match longest.get(&row.asset) {
            None => ("unknown_asset", "没有这个内容，asset 应是清单中的 key。"),
            Some(longest) if *row.ended_at - *row.started_at > *longest => {
                ("too_long", "播放的时间比这个内容能播放的长得多。")
            }
            Some(_) => {
                plausible.push(row);
                continue;
            }
        };
        rejected.push(RejectedPlay { index, code, message: message.to_owned() });
    }
    rejected.sort_by_key(|rejected| rejected.index);
    let rows: Vec<screen_play::Model> = plausible;
    let given = rows.len();
    let counted = state.database.write(move |transaction| {
        let rows = rows.clone();
        Box::pin(async move { count(transaction, rows).await })
    });
    let counted = counted.await?;
    Ok(PlaysTaken { counted, known: given - counted, rejected })
}

/// Those of some keys that name something, and how long it may play at most: a medium, an article, or what this screen
/// played before it was deleted.
async fn longest_plays(
    state: &AppState,
    screen_id: Uuid,
    keys: impl Iterator<Item = &str>,
) -> ApiResult<BTreeMap<String, TimeDelta>> {
    let reader = state.database.reader();
    let keys: BTreeSet<&str> = keys.collect();
    let media_ids = keys.iter().filter_map(|key| key.parse::<Uuid>().ok());
    let media: Vec<(Uuid, Option<i64>)> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .column(media::Column::DurationMs)
        .filter(media::Column::Id.is_in(media_ids))
        .into_tuple()
        .all(reader)
        .await?;
    let articles: Vec<i32> = article::Entity::find()
        .select_only()
        .column(article::Column::Id)
        .filter(article::Column::Id.is_in(keys.iter().filter_map(|key| article_of_card(key))))
        .into_tuple()
        .all(reader)
        .await?;
    let played: Vec<String> = screen_play_hour::Entity::find()
        .select_only()
        .distinct()
        .column(screen_play_hour::Column::Asset)
        .filter(screen_play_hour::Column::ScreenId.eq(screen_id))
        .filter(screen_play_hour::Column::Asset.is_in(keys))
        .into_tuple()
        .all(reader)
        .await?;
    let mut longest: BTreeMap<String, TimeDelta> = played.into_iter().map(|key| (key, LONGEST)).collect();
    longest.extend(articles.into_iter().map(|id| (card_key(id), LONGEST_SHOWN + SLACK)));
    longest.extend(media.into_iter().map(|(id, duration_ms)| {
        let own = TimeDelta::milliseconds(duration_ms.unwrap_or_default());
        (id.to_string(), std::cmp::max(own, LONGEST_SHOWN) + SLACK)
    }));
    Ok(longest)
}

fn read(
    screen_id: Uuid,
    value: Value,
    now: DateTime<Utc>,
) -> Result<screen_play::Model, (&'static str, &'static str)> {
    let report: PlayReport = serde_json::from_value(value)
        .map_err(|_unreadable| ("unreadable", "这条记录缺少内容或格式不对。"))?;
    let has_key = (1..=60).contains(&report.asset.len())
        && report.asset.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !has_key {
        return Err(("bad_asset", "asset 应是清单中的 key。"));
    }
    if report.ended_at < report.started_at {
        return Err(("ends_before_it_begins", "结束时间早于开始时间。"));
    }
    if report.ended_at == report.started_at {
        return Err(("no_time", "播放时长为零。"));
    }
    if report.ended_at - report.started_at > LONGEST {
        return Err(("too_long", "一次播放不能超过 24 小时。"));
    }
    if report.started_at < now - KEPT {
        return Err(("too_old", "超过 90 天的记录不再统计。"));
    }
    Ok(screen_play::Model {
        screen_id,
        play_uuid: report.play_uuid,
        asset: report.asset,
        slot_id: report.slot,
        started_at: std::cmp::min(report.started_at, now).into(),
        ended_at: std::cmp::min(report.ended_at, now).into(),
        completed: report.completed,
        received_at: now.into(),
    })
}

/// Plays of one item that began within one hour.
#[derive(Default)]
struct Sum {
    plays: i32,
    completed: i32,
    played_ms: i64,
}

/// Writes the plays that are new and adds them up. Tells how many were new.
async fn count(transaction: &DatabaseTransaction, rows: Vec<screen_play::Model>) -> ApiResult<usize> {
    // Ordered, so that two batches of one screen never wait for each other in a circle.
    let mut sums: BTreeMap<(Uuid, String, i64), Sum> = BTreeMap::new();
    let rows: BTreeMap<Uuid, screen_play::Model> = rows.into_iter().map(|row| (row.play_uuid, row)).collect();
    let mut counted = 0;
    for row in rows.into_values() {
        let known = OnConflict::columns([screen_play::Column::ScreenId, screen_play::Column::PlayUuid])
            .do_nothing()
            .to_owned();
        let inserted = screen_play::Entity::insert(row.clone().into_active_model())
            .on_conflict(known)
            .exec_without_returning(transaction)
            .await?;
        if inserted == 0 {
            continue;
        }
        counted += 1;
        let started_ms = row.started_at.timestamp_millis();
        let hour_ms = started_ms - started_ms.rem_euclid(HOUR_MS);
        let sum = sums.entry((row.screen_id, row.asset, hour_ms)).or_default();
        sum.plays += 1;
        sum.completed += i32::from(row.completed);
        sum.played_ms += (*row.ended_at - *row.started_at).num_milliseconds();
    }
    for ((screen_id, asset, hour_ms), sum) in sums {
        add(transaction, screen_id, asset, hour_ms, &sum).await?;
    }
    Ok(counted)
}

async fn add(
    transaction: &DatabaseTransaction,
    screen_id: Uuid,
    asset: String,
    hour_ms: i64,
    sum: &Sum,
) -> ApiResult<()> {
    let first = screen_play_hour::Model {
        screen_id,
        asset,
        hour_at: hour_ms,
        plays: sum.plays,
        completed: sum.completed,
        played_ms: sum.played_ms,
    };
    let column = |column| Expr::col((screen_play_hour::Entity, column));
    let more = OnConflict::columns([
        screen_play_hour::Column::ScreenId,
        screen_play_hour::Column::Asset,
        screen_play_hour::Column::HourAt,
    ])
    .value(screen_play_hour::Column::Plays, column(screen_play_hour::Column::Plays).add(sum.plays))
    .value(
        screen_play_hour::Column::Completed,
        column(screen_play_hour::Column::Completed).add(sum.completed),
    )
    .value(screen_play_hour::Column::PlayedMs, column(screen_play_hour::Column::PlayedMs).add(sum.played_ms))
    .to_owned();
    screen_play_hour::Entity::insert(first.into_active_model())
        .on_conflict(more)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Job: forgets single plays that were added up long ago.
pub(in crate::screens) async fn forget(state: &AppState, now: DateTime<Utc>) -> ApiResult<u64> {
    let forgotten = state.database.write(move |transaction| {
        Box::pin(async move {
            // By when it came, and not by what the player says of itself: a play that is still taken is
            // still known.
            let old = screen_play::Entity::delete_many()
                .filter(screen_play::Column::ReceivedAt.lt((now - KEPT).timestamp_millis()));
            Ok(old.exec(transaction).await?.rows_affected)
        })
    });
    forgotten.await
}
