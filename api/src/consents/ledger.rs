//! The ledger: a consent is added or ended, never changed.

use chrono::{DateTime, Utc};
use entity::proxy::Capacity;
use entity::{consent, consent_text, person};
use futures_util::future::BoxFuture;
use sea_orm::ExprTrait;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::Purpose;
use super::dto::GivenConsent;
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors;
use crate::people::age::{LifeStage, civil_day};
use crate::people::{PersonAccess, Relation};
use crate::privacy::erasure::erase_for_purpose;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// The text that is asked at this moment.
pub(super) async fn current_text(
    connection: &impl ConnectionTrait,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> ApiResult<consent_text::Model> {
    consent_text::Entity::find()
        .filter(consent_text::Column::Purpose.eq(purpose.as_str()))
        .filter(consent_text::Column::EffectiveAt.lte(now.timestamp_millis()))
        .order_by_desc(consent_text::Column::Version)
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a purpose has no text")))
}

/// The consent that was given and not ended.
pub(super) async fn active(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    purpose: Purpose,
) -> ApiResult<Option<consent::Model>> {
    Ok(consent::Entity::find()
        .filter(consent::Column::PersonId.eq(person_id))
        .filter(consent::Column::Purpose.eq(purpose.as_str()))
        .filter(consent::Column::EndedAt.is_null())
        .one(connection)
        .await?)
}

/// A child under 14 is only taken in with the guardian's consent to keep the record.
///
/// # Errors
/// 422 without it.
pub fn must_cover_child(stage: LifeStage, given: &[GivenConsent]) -> ApiResult<()> {
    if stage == LifeStage::Child && !given.iter().any(|consent| consent.purpose == Purpose::Records) {
        return Err(field_errors::wrong(
            "/consents",
            "guardian_consent_required",
            "添加未满 14 周岁的孩子，需要监护人先阅读并同意“健康档案”的说明。",
        ));
    }
    Ok(())
}

/// Notes that somebody agreed, once: agreeing again to the same text changes nothing. Returns what the
/// audit log is to be told at the end of the transaction.
///
/// # Errors
/// 409 when the text is no longer the current one; 403 where only the person can agree.
pub async fn give(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    agreed: GivenConsent,
    now: DateTime<Utc>,
) -> ApiResult<Option<AuditEvent>> {
    let GivenConsent { purpose, text_version } = agreed;
    may_agree(access, purpose, now)?;
    // The person stays locked, so that of two phones that agree at once the second finds it done.
    person::Entity::find_by_id(access.person_id()).lock_exclusive().one(transaction).await?;
    let current = current_text(transaction, purpose, now).await?;
    if current.version != text_version {
        return Err(ApiError::Conflict {
            code: "stale_text",
            detail: "说明已经更新，请重新阅读最新的说明后再同意。".into(),
        });
    }
    let given_as = access.capacity()?;
    if let Some(held) = active(transaction, access.person_id(), purpose).await? {
        if held.text_version == text_version && held.given_as == given_as {
            return Ok(None);
        }
        end(transaction, consent::Column::Id.eq(held.id), "renewed", now).await?;
    }
    let row = consent::ActiveModel {
        id: ActiveValue::Set(state.random.id(now)),
        person_id: ActiveValue::Set(access.person_id()),
        purpose: ActiveValue::Set(purpose.as_str().to_owned()),
        text_version: ActiveValue::Set(text_version),
        given_by_account_id: ActiveValue::Set(access.account_id()),
        given_as: ActiveValue::Set(given_as),
        granted_at: ActiveValue::Set(now.into()),
        ended_at: ActiveValue::Set(None),
        end_reason: ActiveValue::Set(None),
    };
    consent::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(Some(told(Action::ConsentGranted, access, purpose)))
}

fn may_agree(access: &PersonAccess, purpose: Purpose, now: DateTime<Utc>) -> ApiResult<()> {
    if purpose.is_of_account() && access.relation() != Relation::Own {
        return Err(ApiError::Conflict {
            code: "own_phone_only",
            detail: "这一项只能由本人在自己的手机上同意。".into(),
        });
    }
    let stage = access.birth_date().map(|born| LifeStage::on(born, civil_day(now)));
    let guards_child = stage == Some(LifeStage::Child);
    if access.relation() == Relation::Guardian && purpose.is_sensitive() && !guards_child {
        return Err(ApiError::Forbidden {
            code: "own_consent_required",
            detail:
                "孩子已满 14 周岁，这一项需要孩子本人同意。请用“移交档案”让孩子用自己的微信接收后再决定。"
                    .into(),
        });
    }
    Ok(())
}

/// Notes that a consent was taken back and erases what was kept for the purpose.
pub(super) async fn withdraw(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    access.capacity()?;
    let held = consent::Column::PersonId
        .eq(access.person_id())
        .and(consent::Column::Purpose.eq(purpose.as_str()))
        .and(consent::Column::EndedAt.is_null());
    if end(transaction, held, "withdrawn", now).await? == 0 {
        return Ok(());
    }
    let own_account = (access.relation() == Relation::Own).then(|| access.account_id());
    let subject = Subject { person_id: access.person_id(), account_id: own_account };
    erase_for_purpose(transaction, state, subject, purpose, now).await?;
    audit::append(transaction, &told(Action::ConsentWithdrawn, access, purpose), now).await
}

fn told(action: Action, access: &PersonAccess, purpose: Purpose) -> AuditEvent {
    AuditEvent::new(action, Actor::Resident(access.account_id()))
        .on("person", access.person_id())
        .with(json!({"purpose": purpose.as_str()}))
}

/// Ends what others agreed to for a person who now decides alone.
///
/// # Errors
/// When the database fails.
pub async fn end_for_hand_over(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let by_others = consent::Column::PersonId
        .eq(person_id)
        .and(consent::Column::GivenAs.ne(Capacity::Own))
        .and(consent::Column::EndedAt.is_null());
    end(transaction, by_others, "handed_over", now).await?;
    Ok(())
}

async fn end(
    transaction: &DatabaseTransaction,
    which: SimpleExpr,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    let ended = consent::Entity::update_many()
        .col_expr(consent::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .col_expr(consent::Column::EndReason, Expr::value(reason))
        .filter(which)
        .exec(transaction)
        .await?;
    Ok(ended.rows_affected)
}

/// What is kept here about a person. It outlives an erasure as evidence, under an id that leads to nobody.
pub(crate) const HOLDING: Holding = Holding {
    name: "consents",
    title: "授权记录",
    purpose: None,
    ties_person_to_account: true,
    collect,
    erase,
};

fn collect<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let rows = consent::Entity::find()
            .filter(consent::Column::PersonId.eq(subject.person_id))
            .order_by_asc(consent::Column::Id)
            .all(connection)
            .await?;
        let columns = vec!["purpose", "text_version", "given_as", "given_at", "ended_at", "end_reason"];
        let rows = rows
            .into_iter()
            .map(|row| {
                vec![
                    json!(row.purpose),
                    json!(row.text_version),
                    json!(capacity_word(row.given_as)),
                    instant(*row.granted_at),
                    row.ended_at.map_or(json!(null), |at| instant(*at)),
                    json!(row.end_reason),
                ]
            })
            .collect();
        Ok(Table { columns, rows })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let held = consent::Column::PersonId.eq(subject.person_id).and(consent::Column::EndedAt.is_null());
        end(transaction, held, "erased", now).await.map(|_| ())
    })
}

/// The word for who agreed.
pub(super) fn capacity_word(capacity: Capacity) -> &'static str {
    match capacity {
        Capacity::Own => "own",
        Capacity::Guardian => "guardian",
        Capacity::Caretaker => "caretaker",
    }
}
