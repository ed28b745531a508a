//! Posts of health officers.

use entity::officer;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect};
use serde_json::json;

use super::dto::{OfficerContent, OfficerRecord};
use super::upkeep::{Change, Fields, not_found, require_id};
use crate::error::ApiResult;
use crate::http::if_match::{IfMatch, next_version};
use crate::knowledge::officers::doc;
use crate::knowledge::published::Officer;
use crate::knowledge::publishing::worker::Worker;
use crate::search::doc::DocKind;
use crate::search::index;
use crate::state::AppState;

/// One post of the worker's regions.
pub(super) async fn get(state: &AppState, worker: &Worker, id: &str) -> ApiResult<OfficerRecord> {
    let row = officer::Entity::find_by_id(id).one(state.database.reader()).await?.ok_or_else(not_found)?;
    if !worker.covers(Some(&row.region_code)) {
        return Err(not_found());
    }
    record(row)
}

/// Makes a post, or changes the one that was seen.
pub(super) async fn put(
    state: &AppState,
    worker: Worker,
    id: String,
    seen: Option<IfMatch>,
    content: OfficerContent,
) -> ApiResult<OfficerRecord> {
    require_id(&id)?;
    let content = checked(state, &worker, content)?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (worker, id, content) = (worker.clone(), id.clone(), content.clone());
        Box::pin(async move {
            let known = locked(transaction, &worker, &id).await?;
            let version = next_version(seen, known.as_ref().map(|row| row.version))?;
            let row = row_of(id, &content, version);
            let saved = row.clone().into_active_model();
            match known {
                Some(_) => drop(officer::Entity::update(saved.reset_all()).exec(transaction).await?),
                None => drop(officer::Entity::insert(saved).exec_without_returning(transaction).await?),
            }
            index::put(transaction, &[doc(&Officer { row: row.clone(), duties: content.duties })]).await?;
            change(&row, false).finish(transaction, &worker, now).await?;
            record(row)
        })
    });
    let record = written.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    Ok(record)
}

/// Takes a post away.
pub(super) async fn delete(state: &AppState, worker: Worker, id: String, seen: IfMatch) -> ApiResult<()> {
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let (worker, id) = (worker.clone(), id.clone());
        Box::pin(async move {
            let row = locked(transaction, &worker, &id).await?.ok_or_else(not_found)?;
            seen.require(row.version)?;
            officer::Entity::delete_by_id(&id).exec(transaction).await?;
            index::remove(transaction, DocKind::Officer, std::slice::from_ref(&id)).await?;
            change(&row, true).finish(transaction, &worker, now).await
        })
    });
    deleted.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await
}

fn change(row: &officer::Model, deleted: bool) -> Change {
    let region_code = Some(row.region_code.clone());
    Change { table: "officer", id: row.id.clone(), region_code, deleted }
}

async fn locked(
    transaction: &DatabaseTransaction,
    worker: &Worker,
    id: &str,
) -> ApiResult<Option<officer::Model>> {
    let row = officer::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    if row.as_ref().is_some_and(|row| !worker.covers(Some(&row.region_code))) {
        return Err(not_found());
    }
    Ok(row)
}

fn checked(state: &AppState, worker: &Worker, content: OfficerContent) -> ApiResult<OfficerContent> {
    let (knowledge, tree) = (state.knowledge.at(state.clock.now()), state.regions.current());
    let mut fields = Fields::new(&knowledge, &tree, worker);
    fields.region(Some(&content.region_code));
    fields.each_once("/duties", &content.duties, 20);
    let duties = content.duties.iter().map(|duty| fields.text("/duties", duty, 60)).collect();
    let checked = OfficerContent {
        unit: fields.text("/unit", &content.unit, 60),
        role: fields.text("/role", &content.role, 30),
        name: fields.optional("/name", content.name.as_deref(), 30),
        phone: fields.phone(content.phone.as_deref()),
        opening_hours: fields.hours(content.opening_hours.as_deref()),
        description: fields.text("/description", &content.description, 500),
        source: fields.text("/source", &content.source, 200),
        duties,
        ..content
    };
    fields.errors.finish()?;
    Ok(checked)
}

fn row_of(id: String, content: &OfficerContent, version: i32) -> officer::Model {
    let content = content.clone();
    officer::Model {
        id,
        region_code: content.region_code,
        unit: content.unit,
        role: content.role,
        name: content.name,
        phone: content.phone,
        opening_hours: content.opening_hours,
        duties: json!(content.duties),
        description: content.description,
        source: content.source,
        demo: false,
        position: content.position,
        version,
    }
}

fn record(row: officer::Model) -> ApiResult<OfficerRecord> {
    Ok(OfficerRecord {
        id: row.id,
        content: OfficerContent {
            region_code: row.region_code,
            unit: row.unit,
            role: row.role,
            name: row.name,
            phone: row.phone,
            opening_hours: row.opening_hours,
            duties: serde_json::from_value(row.duties).map_err(anyhow::Error::new)?,
            description: row.description,
            source: row.source,
            position: row.position,
        },
        demo: row.demo,
        version: row.version,
    })
}
