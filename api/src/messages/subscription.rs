//! What residents are asked and what they answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{message_credit, message_report, message_template};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::credits;
use crate::error::ApiResult;
use crate::state::AppState;

/// What the phone was told for one template (`wx.requestSubscribeMessage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The resident agrees to one message, or for a long-term template to all.
    Accept,
    /// The resident does not.
    Reject,
    /// WeChat has banned the template.
    Ban,
    /// WeChat asks for another template of the same title instead.
    Filter,
}

/// A template with what the resident agreed to.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) template: message_template::Model,
    pub(super) credit: Option<message_credit::Model>,
}

/// The templates in use with the credits of an account.
pub(super) async fn list(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
) -> ApiResult<Vec<Subscription>> {
    let templates = message_template::Entity::find()
        .filter(message_template::Column::Enabled.eq(true))
        .order_by_asc(message_template::Column::BizKey)
        .all(connection)
        .await?;
    let credits = message_credit::Entity::find()
        .filter(message_credit::Column::AccountId.eq(account_id))
        .all(connection)
        .await?;
    let credits: BTreeMap<String, message_credit::Model> =
        credits.into_iter().map(|credit| (credit.template_id.clone(), credit)).collect();
    let with_credit = |template: message_template::Model| {
        // Two uses of one template show the same credits.
        let credit = credits.get(&template.template_id).cloned();
        Subscription { template, credit }
    };
    Ok(templates.into_iter().map(with_credit).collect())
}

/// Counts what a phone reports, once for each key.
///
/// Where WeChat pushes its events to the server, those are the truth and the report changes nothing, so
/// that one agreement is not counted twice. A phone could report what nobody agreed to; it gains nothing,
/// since WeChat refuses the message and the ledger is set to zero.
pub(super) async fn report(
    state: &AppState,
    account_id: Uuid,
    idempotency_key: String,
    answers: BTreeMap<String, Answer>,
) -> ApiResult<()> {
    if state.wechat.push.is_some() {
        return Ok(());
    }
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            let (key, answers) = (idempotency_key.clone(), answers.clone());
            Box::pin(async move {
                if is_new(transaction, account_id, key, now).await? {
                    count(transaction, account_id, &answers, now).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn is_new(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    idempotency_key: String,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let row = message_report::ActiveModel {
        account_id: ActiveValue::Set(account_id),
        idempotency_key: ActiveValue::Set(idempotency_key),
        reported_at: ActiveValue::Set(now.into()),
    };
    let key = [message_report::Column::AccountId, message_report::Column::IdempotencyKey];
    let inserted = message_report::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(inserted == 1)
}

/// Templates that are not ours are passed over: the phone may hold a list from before a change.
async fn count(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    answers: &BTreeMap<String, Answer>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let known = message_template::Entity::find()
        .filter(message_template::Column::TemplateId.is_in(answers.keys().map(String::as_str)))
        .all(transaction)
        .await?;
    for (template_id, answer) in answers {
        if !known.iter().any(|template| template.template_id == *template_id) {
            continue;
        }
        match answer {
            Answer::Accept => credits::grant(transaction, account_id, template_id, now).await?,
            Answer::Reject => credits::note_refusal(transaction, account_id, template_id, now).await?,
            Answer::Ban => tracing::warn!(template_id, "WeChat has banned this message template"),
            Answer::Filter => {}
        }
    }
    Ok(())
}
