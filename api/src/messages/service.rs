//! What staff do with templates and with messages whose fate is unknown.

use chrono::{DateTime, Utc};
use entity::message_outbox::{self, State};
use entity::message_template;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::outcome::{Fault, Verdict};
use super::settle;
use super::template::Field;
use crate::audit::{self, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::{IfMatch, next_version};
use crate::state::AppState;

/// A template as staff set it.
#[derive(Clone, Debug)]
pub(super) struct TemplateDraft {
    pub(super) biz_key: String,
    pub(super) template_id: String,
    pub(super) title: String,
    pub(super) kind: message_template::Kind,
    pub(super) fields: Vec<Field>,
    pub(super) page: Option<String>,
    pub(super) enabled: bool,
}

/// What an operator found out about a message whose fate was unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The resident has it.
    Sent,
    /// The resident does not have it: it is sent again.
    NotSent,
}

/// All templates, also those not in use.
pub(super) async fn templates(state: &AppState) -> ApiResult<Vec<message_template::Model>> {
    Ok(message_template::Entity::find()
        .order_by_asc(message_template::Column::BizKey)
        .all(state.database.reader())
        .await?)
}

/// Makes a template, or replaces the version that the editor has seen.
pub(super) async fn put_template(
    state: &AppState,
    draft: TemplateDraft,
    seen: Option<IfMatch>,
    event: AuditEvent,
) -> ApiResult<message_template::Model> {
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            let (draft, event) = (draft.clone(), event.clone());
            Box::pin(async move {
                let model = replace(transaction, draft, seen, now).await?;
                audit::append(transaction, &event, now).await?;
                Ok(model)
            })
        })
        .await
}

async fn replace(
    transaction: &DatabaseTransaction,
    draft: TemplateDraft,
    seen: Option<IfMatch>,
    now: DateTime<Utc>,
) -> ApiResult<message_template::Model> {
    let known = message_template::Entity::find_by_id(draft.biz_key.clone())
        .lock(LockType::Update)
        .one(transaction)
        .await?;
    let version = next_version(seen, known.as_ref().map(|known| known.version))?;
    let row = message_template::ActiveModel {
        biz_key: ActiveValue::Set(draft.biz_key),
        template_id: ActiveValue::Set(draft.template_id),
        title: ActiveValue::Set(draft.title),
        kind: ActiveValue::Set(draft.kind),
        fields: ActiveValue::Set(serde_json::to_value(draft.fields).map_err(anyhow::Error::new)?),
        page: ActiveValue::Set(draft.page),
        enabled: ActiveValue::Set(draft.enabled),
        disabled_reason: ActiveValue::Set(None),
        version: ActiveValue::Set(version),
        updated_at: ActiveValue::Set(now.into()),
    };
    Ok(if known.is_some() {
        message_template::Entity::update(row).exec(transaction).await?
    } else {
        message_template::Entity::insert(row).exec_with_returning(transaction).await?
    })
}

/// A page of the outbox, newest first.
pub(super) async fn outbox(
    state: &AppState,
    wanted: Option<State>,
    before: Option<Uuid>,
    limit: u64,
) -> ApiResult<Vec<message_outbox::Model>> {
    let mut query = message_outbox::Entity::find();
    if let Some(wanted) = wanted {
        query = query.filter(message_outbox::Column::State.eq(wanted));
    }
    if let Some(before) = before {
        query = query.filter(message_outbox::Column::Id.lt(before));
    }
    Ok(query.order_by_desc(message_outbox::Column::Id).limit(limit).all(state.database.reader()).await?)
}

/// Settles a message whose fate was unknown.
pub(super) async fn settle_unknown(
    state: &AppState,
    id: Uuid,
    finding: Finding,
    event: AuditEvent,
) -> ApiResult<message_outbox::Model> {
    let now = state.clock.now();
    let told = match finding {
        Finding::Sent => "sent",
        Finding::NotSent => "not_sent",
    };
    let event = event.on("message_outbox", id).with(json!({"settled": told}));
    state
        .database
        .write(move |transaction| {
            let event = event.clone();
            Box::pin(async move {
                let row = unknown_row(transaction, id).await?;
                let verdict = match finding {
                    Finding::Sent => Verdict::Sent { message_id: None },
                    Finding::NotSent => {
                        Verdict::Retry { at: now, counted: false, fault: Fault::new("settled_not_sent") }
                    }
                };
                settle::write(transaction, &row, verdict, now).await?;
                audit::append(transaction, &event, now).await?;
                message_outbox::Entity::find_by_id(id).one(transaction).await?.ok_or_else(no_message)
            })
        })
        .await
}

async fn unknown_row(transaction: &DatabaseTransaction, id: Uuid) -> ApiResult<message_outbox::Model> {
    let row = message_outbox::Entity::find_by_id(id)
        .lock(LockType::Update)
        .one(transaction)
        .await?
        .ok_or_else(no_message)?;
    if row.state == State::Unknown {
        return Ok(row);
    }
    Err(ApiError::Conflict {
        code: "not_unknown",
        detail: "这条消息的结果已经清楚，不需要人工确认，请刷新列表。".into(),
    })
}

fn no_message() -> ApiError {
    ApiError::NotFound { code: "not_found", detail: "没有找到这条消息，请刷新列表。".into() }
}
