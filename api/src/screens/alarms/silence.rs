//! Finds out which screens went silent, and which were heard of again.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use entity::{screen, screen_alarm, screen_heartbeat};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::screens::plan::zone_of;
use crate::screens::registry::dto::OFFLINE_AFTER;
use crate::state::AppState;

/// Hours of the day in which somebody is there to look.
const WORKING_HOURS: std::ops::Range<u32> = 9..18;

/// A screen that should play and is not heard of.
#[derive(Clone, Debug)]
struct Silence {
    screen_id: Uuid,
    region_code: String,
    since: DateTime<Utc>,
}

/// Job: tells of screens that went silent, each once until it is heard of again. How many were told.
pub(in crate::screens) async fn tell(state: &AppState, now: DateTime<Utc>) -> ApiResult<usize> {
    let silent = silent(state.database.reader(), now).await?;
    let known = screen_alarm::Entity::find().all(state.database.reader()).await?;
    let is_same = |alarm: &screen_alarm::Model, silence: &Silence| {
        (alarm.screen_id, *alarm.silent_since) == (silence.screen_id, silence.since)
    };
    let (kept, over): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|alarm| silent.iter().any(|silence| is_same(alarm, silence)));
    let fresh: Vec<screen_alarm::Model> = silent
        .iter()
        .filter(|silence| !kept.iter().any(|alarm| is_same(alarm, silence)))
        .filter(|silence| is_working_time(now, zone_of(state, &silence.region_code)))
        .map(|silence| screen_alarm::Model {
            screen_id: silence.screen_id,
            silent_since: silence.since.into(),
            told_at: now.into(),
        })
        .collect();
    if over.is_empty() && fresh.is_empty() {
        return Ok(0);
    }
    for alarm in &fresh {
        tracing::warn!(screen_id = %alarm.screen_id, "a screen went silent");
    }
    let told = fresh.len();
    let written = state.database.write(move |transaction| {
        let (over, fresh) = (over.clone(), fresh.clone());
        Box::pin(async move {
            for alarm in over {
                screen_alarm::Entity::delete_many()
                    .filter(screen_alarm::Column::ScreenId.eq(alarm.screen_id))
                    .filter(screen_alarm::Column::SilentSince.eq(alarm.silent_since))
                    .exec(transaction)
                    .await?;
            }
            if !fresh.is_empty() {
                let rows = fresh.into_iter().map(IntoActiveModel::into_active_model);
                // Another replica may have told of it at the same moment.
                screen_alarm::Entity::insert_many(rows)
                    .on_conflict(OnConflict::column(screen_alarm::Column::ScreenId).do_nothing().to_owned())
                    .exec_without_returning(transaction)
                    .await?;
            }
            Ok(())
        })
    });
    written.await?;
    Ok(told)
}

async fn silent(reader: &impl ConnectionTrait, now: DateTime<Utc>) -> ApiResult<Vec<Silence>> {
    let screens = screen::Entity::find()
        .filter(screen::Column::Status.eq(screen::Status::Active))
        .filter(screen::Column::PairedAt.is_not_null())
        .all(reader)
        .await?;
    let heard: HashMap<Uuid, DateTime<Utc>> = screen_heartbeat::Entity::find()
        .all(reader)
        .await?
        .into_iter()
        .map(|row| (row.screen_id, *row.seen_at))
        .collect();
    let silence = |row: screen::Model| {
        let paired_at = *row.paired_at?;
        // What a former player said does not count.
        let since = heard.get(&row.id).map_or(paired_at, |seen_at| paired_at.max(*seen_at));
        (now - since > OFFLINE_AFTER).then_some(Silence {
            screen_id: row.id,
            region_code: row.region_code,
            since,
        })
    };
    Ok(screens.into_iter().filter_map(silence).collect())
}

fn is_working_time(now: DateTime<Utc>, zone: Tz) -> bool {
    let local = now.with_timezone(&zone);
    !matches!(local.weekday(), Weekday::Sat | Weekday::Sun) && WORKING_HOURS.contains(&local.hour())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_work_from_nine_to_six_on_weekdays() {
        let works = |local: &str| {
            let at: DateTime<chrono::FixedOffset> = format!("{local}+08:00").parse().unwrap();
            is_working_time(at.to_utc(), chrono_tz::Asia::Shanghai)
        };
        assert!(works("2026-11-27T09:00:00") && works("2026-11-27T17:59:59"));
        assert!(!works("2026-11-27T08:59:59") && !works("2026-11-27T18:00:00"));
        assert!(!works("2026-11-28T10:00:00") && !works("2026-11-29T10:00:00"));
    }
}
