use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::hut;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::dto::{HelpNearby, LatestMeasurement, NearbyHelp, RecordSummary};
use crate::error::ApiResult;
use crate::map::nearby::{self, Whereabouts};
use crate::people::age::civil_day;
use crate::records::metrics::Metric;
use crate::records::readings::{Reading, newest_two, view};
use crate::records::{alerts, goals, trends};
use crate::state::AppState;

/// The record of a person at one glance.
pub(super) async fn summary(
    state: &AppState,
    person_id: Uuid,
    whereabouts: Option<Whereabouts>,
    now: DateTime<Utc>,
) -> ApiResult<RecordSummary> {
    let reader = state.database.reader();
    let mut by_metric: HashMap<String, Vec<Reading>> = HashMap::new();
    for reading in newest_two(state, reader, person_id).await? {
        by_metric.entry(reading.row.metric.clone()).or_default().push(reading);
    }
    let goals = goals::of_person(state, reader, person_id).await?;
    let mut latest = Vec::with_capacity(by_metric.len());
    let mut advice = None;
    for metric in state.catalogue.metrics() {
        let Some(mut newest) = by_metric.remove(&metric.code) else { continue };
        newest.sort_unstable_by_key(|reading| std::cmp::Reverse((reading.row.measured_at, reading.row.id)));
        let Some(reading) = newest.first() else { continue };
        let content = reading.content.as_ref();
        if content.is_some_and(|content| alerts::is_very_high(&metric.code, content)) {
            advice = Some(alerts::ADVICE);
        }
        let goal = goals.iter().find(|goal| goal.metric == metric.code);
        latest.push(LatestMeasurement {
            measurement: view(state, reading),
            change: newest.get(1).and_then(|before| change(metric, reading, before)),
            goal: goal.map(|goal| goal.view(metric, content)),
        });
    }
    let measures_pressure = latest.iter().any(|latest| latest.measurement.metric == "blood_pressure");
    let home_week = if measures_pressure {
        trends::newest_home_week(state, person_id, civil_day(now)).await?.filter(|week| week.readings > 0)
    } else {
        None
    };
    let nearby = match whereabouts {
        Some(whereabouts) => Some(near(state, reader, whereabouts).await?),
        None => None,
    };
    Ok(RecordSummary { person_id, latest, home_week, nearby, advice })
}

fn change(metric: &Metric, newest: &Reading, before: &Reading) -> Option<BTreeMap<String, f64>> {
    let (newest, before) = (newest.content.as_ref()?, before.content.as_ref()?);
    let differences = metric.components.iter().filter_map(|component| {
        let difference = newest.steps(&component.code)? - before.steps(&component.code)?;
        Some((component.code.clone(), component.value(difference)))
    });
    Some(differences.collect())
}

async fn near(
    state: &AppState,
    connection: &impl ConnectionTrait,
    whereabouts: Whereabouts,
) -> ApiResult<HelpNearby> {
    let closed = closed_huts(connection).await?;
    let map = state.map.current();
    let nearest = |layer: &str, left_out: &[u32]| {
        nearby::nearest(&map, layer, whereabouts, left_out).map(NearbyHelp::from)
    };
    Ok(HelpNearby { health_hut: nearest("health_hut", &closed), clinic: nearest("clinic", &[]) })
}

/// Places of huts that were given up. The map may show them still.
async fn closed_huts(connection: &impl ConnectionTrait) -> ApiResult<Vec<u32>> {
    let places: Vec<i32> = hut::Entity::find()
        .select_only()
        .column(hut::Column::FeatureId)
        .filter(hut::Column::Status.eq(hut::Status::Closed))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(places.into_iter().filter_map(|place| u32::try_from(place).ok()).collect())
}
