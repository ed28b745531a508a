//! Results that are kept with what they were computed from, and the proof that they come out again.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{coverage_run, residents_edition, walking_network};
use geodata::coverage::Residents;
use geodata::network::Streets;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::answer;
use super::dto::CoverageReport;
use super::gathering::{Audience, Gathered, HomeRegion, Kept, RegionResidents};
use super::question::Question;
use crate::database::Database;
use crate::error::ApiResult;
use crate::map::published::MapState;
use crate::map::walking::published::WalkingState;
use crate::regions::RegionTree;

/// Computes what holds now and keeps it.
///
/// # Errors
/// When the database fails.
pub async fn run(
    database: &Database,
    map: &Arc<MapState>,
    walking: &WalkingState,
    regions: &RegionTree,
    question: Question,
    (id, now): (Uuid, DateTime<Utc>),
) -> ApiResult<CoverageReport> {
    let gathered = Gathered::now(database, map, walking, regions, question).await?;
    let computed = tokio::task::spawn_blocking(move || {
        let report = answer::report(&gathered, Audience::Operator)?;
        Ok::<_, crate::error::ApiError>((report, gathered))
    });
    let (report, gathered) = computed.await.context("a computation was interrupted")??;
    let kept = &gathered.kept;
    let row = coverage_run::Model {
        id,
        region_code: gathered.question.region.clone(),
        question: serde_json::to_value(&gathered.question).context("a question is no JSON")?,
        network_checksum: kept.network_checksum.clone(),
        residents_checksum: kept.residents_checksum.clone(),
        map_revision: i64::try_from(kept.map_revision).context("a revision is too large")?,
        inputs: kept.to_bytes()?,
        result: serde_json::to_value(&report).context("a result is no JSON")?,
        run_at: now.into(),
    };
    let written = database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            coverage_run::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    written.await?;
    Ok(report)
}

/// Computes a kept result again from what was kept.
///
/// # Errors
/// When there is no such result, or what it was computed from cannot be read.
pub async fn again(database: &Database, id: Uuid) -> anyhow::Result<(Value, CoverageReport)> {
    let row = coverage_run::Entity::find_by_id(id)
        .one(database.reader())
        .await?
        .with_context(|| format!("没有编号为 {id} 的估算结果"))?;
    let question: Question = serde_json::from_value(row.question)?;
    let kept = Kept::from_bytes(&row.inputs)?;
    let streets = streets(database, row.network_checksum.as_deref()).await?;
    let residents = residents(database, &row.region_code, row.residents_checksum.as_deref(), &kept).await?;
    let report = tokio::task::spawn_blocking(move || {
        let gathered = Gathered::again(question, kept, streets.as_ref(), residents)?;
        answer::report(&gathered, Audience::Operator).map_err(anyhow::Error::new)
    });
    Ok((row.result, report.await??))
}

async fn streets(database: &Database, checksum: Option<&str>) -> anyhow::Result<Option<Streets>> {
    let Some(checksum) = checksum else { return Ok(None) };
    let row = walking_network::Entity::find()
        .filter(walking_network::Column::Checksum.eq(checksum))
        .limit(1)
        .one(database.reader())
        .await?
        .context("the streets of a kept result are gone")?;
    Ok(Some(Streets::from_bytes(&row.streets)?))
}

async fn residents(
    database: &Database,
    region_code: &str,
    checksum: Option<&str>,
    kept: &Kept,
) -> anyhow::Result<Option<RegionResidents>> {
    let Some(checksum) = checksum else { return Ok(None) };
    let row = residents_edition::Entity::find()
        .filter(residents_edition::Column::Checksum.eq(checksum))
        .limit(1)
        .one(database.reader())
        .await?
        .context("the residents of a kept result are gone")?;
    let residents = Residents::from_csv(&row.residents)?;
    let are_part = row.region_code != region_code;
    let outline = kept.outline()?;
    let home = HomeRegion { code: region_code, name: &kept.region_name, outline: outline.as_ref() };
    let residents = if are_part { home.people_of(residents) } else { residents };
    Ok(Some(RegionResidents { residents: Arc::new(residents), are_part }))
}
