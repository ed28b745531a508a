//! The ledger of a year: what was held where, for whom, with whom, and how many came.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::activity::Status;
use entity::{activity_lecturer, activity_series, lecturer};
use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::dto::LedgerLine;
use super::figures::Counted;
use super::statistics::{SeriesInfo, ratio};
use crate::error::ApiResult;
use crate::feedback::mean;

/// Every series by id.
pub(super) async fn series(connection: &impl ConnectionTrait) -> ApiResult<BTreeMap<i32, SeriesInfo>> {
    let rows = activity_series::Entity::find().all(connection).await?;
    let info = |row: activity_series::Model| SeriesInfo {
        title: row.title,
        region_code: row.region_code,
        target: row.target_per_year,
    };
    Ok(rows.into_iter().map(|row| (row.id, info(row))).collect())
}

/// Who spoke where, by activity in display order.
async fn lecturers(
    connection: &impl ConnectionTrait,
    activities: &[Counted],
) -> ApiResult<BTreeMap<i32, Vec<String>>> {
    let mut names: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for activities in activities.chunks(500) {
        let rows = activity_lecturer::Entity::find()
            .filter(
                activity_lecturer::Column::ActivityId
                    .is_in(activities.iter().map(|counted| counted.activity.id)),
            )
            .order_by_asc(activity_lecturer::Column::ActivityId)
            .order_by_asc(activity_lecturer::Column::Position)
            .all(connection)
            .await?;
        let ids = rows.iter().map(|row| row.lecturer_id);
        let known = lecturer::Entity::find().filter(lecturer::Column::Id.is_in(ids)).all(connection).await?;
        let known: BTreeMap<i32, String> = known.into_iter().map(|row| (row.id, row.name)).collect();
        for row in rows {
            names.entry(row.activity_id).or_default().extend(known.get(&row.lecturer_id).cloned());
        }
    }
    Ok(names)
}

/// The lines of the ledger.
pub(super) async fn lines(
    connection: &impl ConnectionTrait,
    activities: Vec<Counted>,
    series: &BTreeMap<i32, SeriesInfo>,
    region_name: impl Fn(&str) -> String,
    now: DateTime<Utc>,
) -> ApiResult<Vec<LedgerLine>> {
    let mut lecturers = lecturers(connection, &activities).await?;
    let line = |counted: Counted| {
        let state = match counted.activity.status {
            Status::Cancelled => "cancelled",
            _ if counted.was_held(now) => "held",
            _ => "planned",
        };
        let Counted { activity, figures } = counted;
        LedgerLine {
            activity_id: activity.id,
            starts_at: *activity.starts_at,
            ends_at: *activity.ends_at,
            kind: activity.kind.to_value(),
            series: activity.series_id.and_then(|id| series.get(&id)).map(|series| series.title.clone()),
            venue_type: activity.venue_type.map(|venue| venue.to_value()),
            region: region_name(&activity.region_code),
            region_code: activity.region_code,
            lecturers: lecturers.remove(&activity.id).unwrap_or_default(),
            title: activity.title,
            place: activity.place_name,
            host: activity.host,
            provider: activity.provider,
            contract_reference: activity.contract_reference,
            state: state.to_owned(),
            seats: activity.capacity,
            confirmed: figures.confirmed,
            came: figures.came,
            attendance_rate: ratio(figures.came, figures.confirmed),
            satisfaction: mean(figures.stars, figures.answers),
            answers: figures.answers,
            evidence: figures.evidence,
            demo: activity.demo,
        }
    };
    Ok(activities.into_iter().map(line).collect())
}
