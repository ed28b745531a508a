//! Which activities stand in which calendar, and what is told of them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::activity::{self, Kind};
use entity::registration;
use geodata::geometry::anchor;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::ical::{Calendar, Event, EventStatus};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// How long what is over stays, so that a cancellation reaches calendars that ask seldom.
const KEPT: TimeDelta = TimeDelta::days(30);
/// More than any office announces at once.
const MOST_EVENTS: u64 = 1_000;

/// What everybody may see.
pub(super) async fn public(
    state: &AppState,
    region: Option<&str>,
    kind: Option<Kind>,
    source: String,
) -> ApiResult<Calendar> {
    let now = state.clock.now();
    let mut query =
        announced(now).order_by_asc(activity::Column::StartsAt).order_by_asc(activity::Column::Id);
    if let Some(kind) = kind {
        query = query.filter(activity::Column::Kind.eq(kind));
    }
    let tree = state.regions.current();
    let is_near = |activity: &activity::Model| {
        let theirs = activity.region_code.as_str();
        region.is_none_or(|wanted| tree.is_within(theirs, wanted) || tree.is_within(wanted, theirs))
    };
    let rows = query.limit(MOST_EVENTS).all(state.database.reader()).await?;
    let events =
        rows.iter().filter(|activity| is_near(activity)).map(|activity| event(state, activity)).collect();
    let map = state.map.current();
    let place = region.and_then(|code| map.regions.get(code)).map_or("", |region| region.name.as_str());
    let name = format!("{place}健康活动");
    Ok(Calendar { name, is_feed: true, source: Some(source), events })
}

/// One activity.
///
/// # Errors
/// 404 for one that was never announced.
pub(super) async fn single(state: &AppState, activity_id: i32) -> ApiResult<Calendar> {
    let activity = activity::Entity::find_by_id(activity_id)
        .filter(was_announced())
        .one(state.database.reader())
        .await?
        .ok_or_else(|| ApiError::NotFound {
            code: "not_found",
            detail: "没有找到这个活动，请返回活动列表重新选择。".into(),
        })?;
    let events = vec![event(state, &activity)];
    Ok(Calendar { name: activity.title, is_feed: false, source: None, events })
}

/// What an account's family is signed up for.
pub(super) async fn personal(state: &AppState, account_id: Uuid) -> ApiResult<Calendar> {
    let reader = state.database.reader();
    let rows = registration::Entity::find()
        .filter(registration::Column::AccountId.eq(account_id))
        .order_by_asc(registration::Column::Id)
        .all(reader)
        .await?;
    let mut by_activity: BTreeMap<i32, Vec<registration::Model>> = BTreeMap::new();
    for row in rows {
        by_activity.entry(row.activity_id).or_default().push(row);
    }
    let mut events = Vec::new();
    for ids in by_activity.keys().copied().collect::<Vec<_>>().chunks(500) {
        let activities = announced(state.clock.now())
            .filter(activity::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(activity::Column::Id)
            .all(reader)
            .await?;
        for activity in activities {
            let registrations = by_activity.get(&activity.id).map(Vec::as_slice).unwrap_or_default();
            events.push(own_event(state, &activity, registrations));
        }
    }
    Ok(Calendar { name: "我的健康活动".to_owned(), is_feed: true, source: None, events })
}

fn announced(now: DateTime<Utc>) -> sea_orm::Select<activity::Entity> {
    activity::Entity::find()
        .filter(was_announced())
        .filter(activity::Column::EndsAt.gte((now - KEPT).timestamp_millis()))
}

fn was_announced() -> Condition {
    let cancelled = activity::Column::Status
        .eq(activity::Status::Cancelled)
        .and(activity::Column::PublishedAt.is_not_null());
    Condition::any().add(activity::Column::Status.eq(activity::Status::Published)).add(cancelled)
}

fn event(state: &AppState, activity: &activity::Model) -> Event {
    let is_cancelled = activity.status == activity::Status::Cancelled;
    let summary =
        if is_cancelled { format!("[已取消] {}", activity.title) } else { activity.title.clone() };
    let location: Vec<&str> =
        [Some(activity.place_name.as_str()), activity.address.as_deref()].into_iter().flatten().collect();
    Event {
        uid: uid(activity),
        sequence: i64::from(activity.version) - 1,
        created_at: *activity.created_at,
        changed_at: *activity.updated_at,
        starts_at: *activity.starts_at,
        ends_at: *activity.ends_at,
        zone: zone_of(activity),
        status: if is_cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed },
        summary,
        description: description(activity),
        location: location.join("，"),
        position: position(state, activity),
        url: None,
        categories: vec![category(activity.kind).to_owned()],
    }
}

/// The event as it stands for those who signed up. Both numbers of versions only grow, and so does their
/// sum, also when somebody cancels and signs up again.
fn own_event(state: &AppState, activity: &activity::Model, registrations: &[registration::Model]) -> Event {
    let mut event = event(state, activity);
    let live = registrations.iter().find(|row| row.status != registration::Status::Cancelled);
    event.sequence += registrations.iter().map(|row| i64::from(row.version)).sum::<i64>();
    let changes = registrations.iter().map(|row| *row.updated_at);
    event.changed_at = changes.fold(event.changed_at, Ord::max);
    if event.status == EventStatus::Cancelled {
        return event;
    }
    let (status, mark, note) = match live.map(|row| (row.status, row.seats)) {
        Some((registration::Status::Confirmed, seats)) => {
            (EventStatus::Confirmed, "", format!("已报名 {seats} 人。"))
        }
        Some((registration::Status::Offered, _)) => {
            (EventStatus::Tentative, "[待确认] ", "有名额了，请尽快在小程序里确认。".to_owned())
        }
        Some(_) => (EventStatus::Tentative, "[候补] ", "正在候补，有名额时会通知。".to_owned()),
        None => (EventStatus::Cancelled, "[已取消报名] ", "已取消报名。".to_owned()),
    };
    event.status = status;
    event.summary = format!("{mark}{}", event.summary);
    event.description = format!("{note}\n{}", event.description);
    event
}

fn description(activity: &activity::Model) -> String {
    let cancelled = activity.cancel_reason.as_ref().map(|reason| format!("已取消：{reason}"));
    let phone = activity.contact_phone.as_ref().map(|phone| format!("咨询电话：{phone}"));
    let told = [
        cancelled,
        Some(activity.summary.clone()),
        Some(activity.description.clone()),
        Some(format!("主办：{}", activity.host)),
        phone,
    ];
    told.into_iter().flatten().filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

/// The same for ever, whatever address the server has. When it was drafted, to the millisecond, tells an
/// activity from that of the same number in another installation.
fn uid(activity: &activity::Model) -> String {
    format!("activity-{}-{:x}@kangtu", activity.id, activity.created_at.timestamp_millis())
}

fn zone_of(activity: &activity::Model) -> Tz {
    activity.time_zone.parse().unwrap_or(chrono_tz::Asia::Shanghai)
}

fn position(state: &AppState, activity: &activity::Model) -> Option<(f64, f64)> {
    let map = state.map.current();
    let place = map.snapshot.feature(activity.feature_id?.try_into().ok()?)?;
    let middle = place.geometry().and_then(anchor)?;
    Some((middle.lat, middle.lon))
}

fn category(kind: Kind) -> &'static str {
    match kind {
        Kind::Lecture => "健康讲座",
        Kind::Training => "技能培训",
        Kind::Fitness => "健身活动",
        Kind::Screening => "健康筛查",
        Kind::Campaign => "主题活动",
    }
}
