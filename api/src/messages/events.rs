//! What WeChat tells by itself: who agreed, who refused, what was delivered.

use chrono::{DateTime, Utc};
use entity::message_outbox::{self, State};
use entity::{account, message_template};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::outcome::Verdict;
use super::{credits, settle};
use crate::database::Work;
use crate::error::ApiResult;
use crate::identity::columns::OPENID;
use crate::state::AppState;
use crate::wechat::push::{Delivery, EventKind, TemplateChoice, WechatEvent, consume};

const KINDS: &[EventKind] =
    &[EventKind::SubscribePopup, EventKind::SubscribeChange, EventKind::SubscribeSent];
/// Acts on every event that has come, each exactly once on all replicas together. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    Ok(consume::run(state, KINDS, effect, now).await?)
}

fn effect(
    state: AppState,
    transaction: &DatabaseTransaction,
    event: WechatEvent,
    now: DateTime<Utc>,
) -> Work<'_, ()> {
    Box::pin(async move { apply(&state, transaction, event, now).await })
}

async fn apply(
    state: &AppState,
    transaction: &DatabaseTransaction,
    event: WechatEvent,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    match event {
        WechatEvent::SubscribePopup { openid, choices } => {
            let Some(account_id) = account_of(state, transaction, &openid).await? else {
                return Ok(());
            };
            for choice in in_use(transaction, choices).await? {
                if choice.accepted {
                    credits::grant(transaction, account_id, &choice.template_id, now).await?;
                } else {
                    credits::note_refusal(transaction, account_id, &choice.template_id, now).await?;
                }
            }
        }
        WechatEvent::SubscribeChange { openid, choices } => {
            let Some(account_id) = account_of(state, transaction, &openid).await? else {
                return Ok(());
            };
            // WeChat tells here of refusals only; an acceptance would not say how many messages it is for.
            let refused = choices.into_iter().filter(|choice| !choice.accepted).collect();
            for choice in in_use(transaction, refused).await? {
                credits::clear(transaction, account_id, &choice.template_id, now).await?;
            }
        }
        WechatEvent::SubscribeSent { openid, deliveries } => {
            let Some(account_id) = account_of(state, transaction, &openid).await? else {
                return Ok(());
            };
            for delivery in deliveries {
                note_delivery(transaction, account_id, &delivery, now).await?;
            }
        }
        WechatEvent::MediaChecked { .. } | WechatEvent::Other => {}
    }
    Ok(())
}

async fn account_of(
    state: &AppState,
    transaction: &DatabaseTransaction,
    openid: &str,
) -> ApiResult<Option<Uuid>> {
    let indexes = state.vault.indexes(OPENID, openid)?;
    let account =
        account::Entity::find().filter(account::Column::OpenidIndex.is_in(indexes)).one(transaction).await?;
    Ok(account.map(|account| account.id))
}

/// The choices about templates that are ours, in one order for all, so that no two transactions wait for
/// each other.
async fn in_use(
    transaction: &DatabaseTransaction,
    choices: Vec<TemplateChoice>,
) -> ApiResult<Vec<TemplateChoice>> {
    let ids = choices.iter().map(|choice| choice.template_id.clone());
    let known = message_template::Entity::find()
        .filter(message_template::Column::TemplateId.is_in(ids))
        .all(transaction)
        .await?;
    let mut choices: Vec<_> = choices
        .into_iter()
        .filter(|choice| known.iter().any(|template| template.template_id == choice.template_id))
        .collect();
    choices.sort_by(|one, other| one.template_id.cmp(&other.template_id));
    Ok(choices)
}

async fn note_delivery(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let Some(row) = row_of(transaction, account_id, delivery).await? else {
        return Ok(());
    };
    let verdict = match delivery.errcode {
        0 if row.state == State::Sent && row.message_id.is_some() => return Ok(()),
        0 => Verdict::Sent { message_id: delivery.message_id.clone() },
        errcode => Verdict::NotDelivered { errcode },
    };
    settle::write(transaction, &row, verdict, now).await
}

/// The message that WeChat means. One whose answer was lost has no name yet: it is the oldest of this
/// template that the resident may have got.
async fn row_of(
    transaction: &DatabaseTransaction,
    account_id: Uuid,
    delivery: &Delivery,
) -> ApiResult<Option<message_outbox::Model>> {
    let of_account = || {
        message_outbox::Entity::find()
            .filter(message_outbox::Column::AccountId.eq(account_id))
            .lock(LockType::Update)
    };
    if let Some(message_id) = &delivery.message_id {
        let named = of_account()
            .filter(message_outbox::Column::MessageId.eq(message_id.as_str()))
            .filter(message_outbox::Column::State.is_in([State::Sent, State::Unknown]))
            .one(transaction)
            .await?;
        if named.is_some() {
            return Ok(named);
        }
    }
    let open = message_outbox::Column::State.is_in([State::Sending, State::Unknown]);
    let unnamed = Condition::all()
        .add(message_outbox::Column::State.eq(State::Sent))
        .add(message_outbox::Column::MessageId.is_null());
    Ok(of_account()
        .filter(message_outbox::Column::TemplateId.eq(delivery.template_id.as_str()))
        .filter(Condition::any().add(open).add(unnamed))
        .order_by_asc(message_outbox::Column::Id)
        .one(transaction)
        .await?)
}
