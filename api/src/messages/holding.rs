//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::{message_credit, message_outbox};
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use super::outbox;
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// What the resident was told by message, and how often they may still be told.
pub(crate) const HOLDING: Holding = Holding {
    name: "messages",
    title: "微信提醒",
    purpose: Some(Purpose::Messages),
    ties_person_to_account: false,
    collect,
    erase,
};

fn collect<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["template", "about", "state", "credits", "created_at", "sent_at"];
        let Some(account_id) = subject.account_id else {
            return Ok(Table { columns, rows: Vec::new() });
        };
        let credits = message_credit::Entity::find()
            .filter(message_credit::Column::AccountId.eq(account_id))
            .order_by_asc(message_credit::Column::TemplateId)
            .all(connection)
            .await?;
        let messages = message_outbox::Entity::find()
            .filter(message_outbox::Column::AccountId.eq(account_id))
            .order_by_asc(message_outbox::Column::Id)
            .all(connection)
            .await?;
        let credits = credits.into_iter().map(|credit| {
            vec![
                json!(credit.template_id),
                Value::Null,
                json!(credit.status.to_value()),
                json!(credit.credits),
                instant(*credit.updated_at),
                Value::Null,
            ]
        });
        let messages = messages.into_iter().map(|message| {
            vec![
                json!(message.biz_key),
                json!(message.biz_type),
                json!(message.state.to_value()),
                Value::Null,
                instant(*message.created_at),
                message.sent_at.map_or(Value::Null, |at| instant(*at)),
            ]
        });
        Ok(Table { columns, rows: credits.chain(messages).collect() })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        match subject.account_id {
            Some(account_id) => outbox::erase(transaction, account_id).await,
            None => Ok(()),
        }
    })
}
