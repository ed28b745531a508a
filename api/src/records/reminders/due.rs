//! Tells what is due.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, health_reminder};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::schedule::Schedule;
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::messages::{self, Addressee, Message, Reason};
use crate::notices::{self, Notice};
use crate::people::{PersonAccess, Scope};
use crate::state::AppState;

/// Kind of the reason in the outbox and of the notice.
pub const REASON: &str = "health_reminder";
/// Key of the template in WeChat; its values are `title`, `text` and `time`.
pub const TEMPLATE: &str = "health_reminder";

/// What is told; whoever reads over the shoulder learns nothing.
const TITLE: &str = "健康提醒";
const TEXT: &str = "您有一条健康提醒";

/// A reminder that comes later is of no use.
const GOOD_FOR: TimeDelta = TimeDelta::hours(1);
const AT_ONCE: u64 = 100;

/// Tells everything that is due, each once.
///
/// # Errors
/// When the database fails; the next run goes on where this one stopped.
pub async fn tell(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    loop {
        let due: Vec<Uuid> = health_reminder::Entity::find()
            .select_only()
            .column(health_reminder::Column::Id)
            // Said literally, because the index holds these only.
            .filter(Expr::col(health_reminder::Column::Enabled).eq(Expr::cust("TRUE")))
            .filter(health_reminder::Column::NextAt.lte(now.timestamp_millis()))
            .order_by_asc(health_reminder::Column::NextAt)
            .limit(AT_ONCE)
            .into_tuple()
            .all(state.database.reader())
            .await?;
        if due.is_empty() {
            return Ok(());
        }
        for id in due {
            let shared = state.clone();
            let told = state.database.write_together(move |transaction| {
                let state = shared.clone();
                Box::pin(async move { tell_one(&state, transaction, id, now).await })
            });
            told.await?;
        }
    }
}

async fn tell_one(
    state: &AppState,
    transaction: &DatabaseTransaction,
    id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = health_reminder::Entity::find_by_id(id).lock(LockType::Update).one(transaction).await?;
    // Another replica may have told it meanwhile, or somebody switched it off.
    let Some(row) = row.filter(|row| row.enabled && *row.next_at <= now) else {
        return Ok(());
    };
    let schedule = Schedule { minute_of_day: row.minute_of_day, weekdays: row.weekdays };
    let next = schedule.next(now);
    let may_be_told = may_be_told(state, transaction, &row, now).await?;
    if may_be_told && now - *row.next_at <= GOOD_FOR {
        tell_account(state, transaction, &row, now).await?;
    }
    let changed = health_reminder::ActiveModel {
        id: ActiveValue::Unchanged(id),
        enabled: ActiveValue::Set(may_be_told && next.is_some()),
        next_at: ActiveValue::Set(next.unwrap_or(now).into()),
        ..Default::default()
    };
    health_reminder::Entity::update(changed).exec(transaction).await?;
    Ok(())
}

/// Whether whoever asked to be reminded still may see the person's record.
async fn may_be_told(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &health_reminder::Model,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let account = account::Entity::find_by_id(row.account_id).one(transaction).await?;
    let Some(account) = account.filter(|account| account.status == account::Status::Active) else {
        return Ok(false);
    };
    let viewer = Resident { account_id: account.id, person_id: account.person_id, session_id: Uuid::nil() };
    let access =
        PersonAccess::open(transaction, &state.vault, &viewer, row.person_id, Scope::RecordsWrite, now).await;
    match access {
        Ok(_) => Ok(true),
        Err(ApiError::NotFound { .. } | ApiError::Forbidden { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn tell_account(
    state: &AppState,
    transaction: &DatabaseTransaction,
    row: &health_reminder::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let Some(addressee) = Addressee::find(state, transaction, row.account_id).await? else {
        return Ok(());
    };
    let occasion = row.next_at.timestamp().to_string();
    let schedule = Schedule { minute_of_day: row.minute_of_day, weekdays: row.weekdays };
    let notice = Notice {
        kind: REASON,
        subject_kind: REASON,
        subject_id: row.id.to_string(),
        occasion: occasion.clone(),
        title: TITLE.to_owned(),
        body: format!("{TEXT}，请打开“健康档案”查看。"),
        page_query: None,
        visible_at: now,
    };
    let message = Message {
        account_id: row.account_id,
        biz_key: TEMPLATE,
        reason: Reason { kind: REASON, id: format!("{}/{occasion}", row.id) },
        values: BTreeMap::from([
            ("title".to_owned(), TITLE.to_owned()),
            ("text".to_owned(), TEXT.to_owned()),
            ("time".to_owned(), schedule.time()),
        ]),
        page_query: None,
        send_at: now,
        expires_at: *row.next_at + GOOD_FOR,
    };
    let recipient = (addressee.account_id(), addressee.sealer());
    notices::write(state, transaction, recipient, &[notice], now).await?;
    messages::enqueue_all(state, transaction, &addressee, &[message], now).await
}
