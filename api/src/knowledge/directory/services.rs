//! Hotlines, clinics and doors to other apps.

use entity::service::{self, Kind};
use entity::service_topic;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::dto::{ServiceContent, ServiceKind, ServiceRecord};
use super::upkeep::{Change, Fields, not_found, require_id};
use crate::error::ApiResult;
use crate::http::if_match::{IfMatch, next_version};
use crate::knowledge::load;
use crate::knowledge::published::Service;
use crate::knowledge::publishing::worker::Worker;
use crate::knowledge::services::doc;
use crate::search::doc::DocKind;
use crate::search::index;
use crate::state::AppState;

/// All services of the worker's regions, also those that residents are not shown.
pub(super) async fn list(state: &AppState, worker: &Worker) -> ApiResult<Vec<ServiceRecord>> {
    let reader = state.database.reader();
    let services = load::services(reader).await?.into_iter();
    let own = services.filter(|service| worker.covers(service.row.region_code.as_deref()));
    own.map(|service| record(service.row, service.topics)).collect()
}

/// One service of the worker's regions.
pub(super) async fn get(state: &AppState, worker: &Worker, id: &str) -> ApiResult<ServiceRecord> {
    let reader = state.database.reader();
    let row = service::Entity::find_by_id(id).one(reader).await?.ok_or_else(not_found)?;
    if !worker.covers(row.region_code.as_deref()) {
        return Err(not_found());
    }
    let topics = topics_of(reader, id).await?;
    record(row, topics)
}

/// Makes a service, or changes the one that was seen.
pub(super) async fn put(
    state: &AppState,
    worker: Worker,
    id: String,
    seen: Option<IfMatch>,
    content: ServiceContent,
) -> ApiResult<ServiceRecord> {
    require_id(&id)?;
    let content = checked(state, &worker, content)?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (worker, id, content) = (worker.clone(), id.clone(), content.clone());
        Box::pin(async move {
            let known = locked(transaction, &worker, &id).await?;
            let version = next_version(seen, known.as_ref().map(|row| row.version))?;
            let row = row_of(id.clone(), &content, version);
            let saved = row.clone().into_active_model();
            match known {
                Some(_) => drop(service::Entity::update(saved.reset_all()).exec(transaction).await?),
                None => drop(service::Entity::insert(saved).exec_without_returning(transaction).await?),
            }
            write_topics(transaction, &id, &content.topics).await?;
            let entry = Service {
                row: row.clone(),
                audiences: content.audiences.clone(),
                topics: content.topics.clone(),
                place_id: None,
            };
            match doc(&entry) {
                Some(doc) => index::put(transaction, &[doc]).await?,
                None => index::remove(transaction, DocKind::Service, std::slice::from_ref(&id)).await?,
            }
            change(&row, false).finish(transaction, &worker, now).await?;
            record(row, content.topics)
        })
    });
    let record = written.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    Ok(record)
}

/// Takes a service away.
pub(super) async fn delete(state: &AppState, worker: Worker, id: String, seen: IfMatch) -> ApiResult<()> {
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let (worker, id) = (worker.clone(), id.clone());
        Box::pin(async move {
            let row = locked(transaction, &worker, &id).await?.ok_or_else(not_found)?;
            seen.require(row.version)?;
            service::Entity::delete_by_id(&id).exec(transaction).await?;
            index::remove(transaction, DocKind::Service, std::slice::from_ref(&id)).await?;
            change(&row, true).finish(transaction, &worker, now).await
        })
    });
    deleted.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await
}

fn change(row: &service::Model, deleted: bool) -> Change {
    Change { table: "service", id: row.id.clone(), region_code: row.region_code.clone(), deleted }
}

async fn locked(
    transaction: &DatabaseTransaction,
    worker: &Worker,
    id: &str,
) -> ApiResult<Option<service::Model>> {
    let row = service::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    if row.as_ref().is_some_and(|row| !worker.covers(row.region_code.as_deref())) {
        return Err(not_found());
    }
    Ok(row)
}

fn checked(state: &AppState, worker: &Worker, content: ServiceContent) -> ApiResult<ServiceContent> {
    let (knowledge, tree) = (state.knowledge.at(state.clock.now()), state.regions.current());
    let mut fields = Fields::new(&knowledge, &tree, worker);
    fields.region(content.region_code.as_deref());
    fields.topics(&content.topics);
    fields.audiences(&content.audiences);
    let checked = ServiceContent {
        title: fields.text("/title", &content.title, 60),
        description: fields.text("/description", &content.description, 500),
        phone: fields.phone(content.phone.as_deref()),
        opening_hours: fields.hours(content.opening_hours.as_deref()),
        feature_key: fields.optional("/feature_key", content.feature_key.as_deref(), 200),
        platform: fields.optional("/platform", content.platform.as_deref(), 20),
        appid: fields.appid(content.appid.as_deref()),
        path: fields.page(content.path.as_deref()),
        source: fields.text("/source", &content.source, 200),
        ..content
    };
    if !(0..=10_000).contains(&checked.priority) {
        fields.errors.add("/priority", "bad_number", "排序填写 0 到 10000，越小越靠前。");
    }
    if checked.platform.as_deref().is_some_and(|platform| !["app", "mini_program"].contains(&platform)) {
        fields.errors.add("/platform", "bad_platform", "请选择 app 或 mini_program。");
    }
    if checked.kind == ServiceKind::AppLink && checked.enabled && checked.appid.is_none() {
        fields.errors.add("/appid", "missing", "要显示跳转入口，请填写 appid，并确认能打开。");
    }
    if checked.kind == ServiceKind::Hotline && checked.phone.is_none() {
        fields.errors.add("/phone", "missing", "热线要填写电话。");
    }
    fields.errors.finish()?;
    Ok(checked)
}

async fn topics_of(connection: &impl ConnectionTrait, id: &str) -> ApiResult<Vec<String>> {
    Ok(service_topic::Entity::find()
        .select_only()
        .column(service_topic::Column::TopicId)
        .filter(service_topic::Column::ServiceId.eq(id))
        .order_by_asc(service_topic::Column::Position)
        .into_tuple()
        .all(connection)
        .await?)
}

async fn write_topics(transaction: &DatabaseTransaction, id: &str, topics: &[String]) -> ApiResult<()> {
    service_topic::Entity::delete_many()
        .filter(service_topic::Column::ServiceId.eq(id))
        .exec(transaction)
        .await?;
    let rows: Vec<_> = (0..)
        .zip(topics)
        .map(|(position, topic_id)| {
            service_topic::Model { service_id: id.to_owned(), topic_id: topic_id.clone(), position }
                .into_active_model()
        })
        .collect();
    if !rows.is_empty() {
        service_topic::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

fn row_of(id: String, content: &ServiceContent, version: i32) -> service::Model {
    let content = content.clone();
    service::Model {
        id,
        kind: match content.kind {
            ServiceKind::Hotline => Kind::Hotline,
            ServiceKind::Clinic => Kind::Clinic,
            ServiceKind::AppLink => Kind::AppLink,
        },
        title: content.title,
        description: content.description,
        phone: content.phone,
        opening_hours: content.opening_hours,
        audiences: json!(content.audiences),
        priority: content.priority,
        region_code: content.region_code,
        feature_key: content.feature_key,
        platform: content.platform,
        appid: content.appid,
        path: content.path,
        enabled: content.enabled,
        source: content.source,
        demo: false,
        version,
    }
}

fn record(row: service::Model, topics: Vec<String>) -> ApiResult<ServiceRecord> {
    Ok(ServiceRecord {
        id: row.id,
        content: ServiceContent {
            kind: match row.kind {
                Kind::Hotline => ServiceKind::Hotline,
                Kind::Clinic => ServiceKind::Clinic,
                Kind::AppLink => ServiceKind::AppLink,
            },
            title: row.title,
            description: row.description,
            phone: row.phone,
            opening_hours: row.opening_hours,
            audiences: serde_json::from_value(row.audiences).map_err(anyhow::Error::new)?,
            topics,
            priority: row.priority,
            region_code: row.region_code,
            feature_key: row.feature_key,
            platform: row.platform,
            appid: row.appid,
            path: row.path,
            enabled: row.enabled,
            source: row.source,
        },
        demo: row.demo,
        version: row.version,
    })
}
