//! Handing a record over to the person's own account.
//!
//! The account that takes over becomes the account of the person; what it was before must hold nothing,
//! since the records of two persons are never merged. What others agreed to or appointed for the person
//! ends; the person decides anew. The guardian of a minor stays as proxy until the 18th birthday, a
//! caretaker or the guardian of an adult goes.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, family_member, hand_over, person, proxy};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::access::no_such_person;
use super::age::{LifeStage, civil_day};
use super::dto::HandOverOffer;
use super::scope::ProxyScope;
use super::{profile, proxies, service};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::consents;
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::me;
use crate::privacy::erasure::erase_everything;
use crate::privacy::holdings::{HOLDINGS, Subject};
use crate::state::AppState;

/// How long a code waits.
const OFFER: TimeDelta = TimeDelta::hours(24);
/// Longer than anybody stays a minor; a guardian's proxy ends earlier, by the date of birth.
const GUARDIAN_STAYS: TimeDelta = TimeDelta::days(366 * 5);

/// Makes a code for the person's own account. The one thing a guardian can still do for an adult.
pub(super) async fn offer(
    transaction: &DatabaseTransaction,
    state: &AppState,
    viewer: &Resident,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<HandOverOffer> {
    service::kept(transaction, viewer.account_id, person_id).await?.ok_or_else(no_such_person)?;
    if stage(transaction, state, person_id, now).await? == Some(LifeStage::Child) {
        return Err(ApiError::Conflict {
            code: "too_young",
            detail: "孩子未满 14 周岁，档案由监护人保管，满 14 周岁后可以移交。".into(),
        });
    }
    hand_over::Entity::delete_many()
        .filter(hand_over::Column::PersonId.eq(person_id))
        .filter(hand_over::Column::UsedAt.is_null())
        .exec(transaction)
        .await?;
    let (code, expires_at) = (state.random.token(), now + OFFER);
    let row = hand_over::Model {
        code_hash: proxies::code_hash(&code),
        person_id,
        given_by: viewer.account_id,
        created_at: now.into(),
        expires_at: expires_at.into(),
        used_at: None,
    };
    hand_over::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(HandOverOffer { code, expires_at })
}

async fn stage(
    transaction: &DatabaseTransaction,
    state: &AppState,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<Option<LifeStage>> {
    let person = person::Entity::find_by_id(person_id).one(transaction).await?.ok_or_else(no_such_person)?;
    let birth_date = profile::birth_date(transaction, &state.vault, &person).await?;
    Ok(birth_date.map(|born| LifeStage::on(born, civil_day(now))))
}

/// Makes the viewer's account the account of the person. Tells who the viewer is from then on.
pub(super) async fn accept(
    transaction: &DatabaseTransaction,
    state: &AppState,
    viewer: &Resident,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<Resident> {
    let offered = hand_over::Entity::find_by_id(proxies::code_hash(code))
        .lock_exclusive()
        .one(transaction)
        .await?
        .filter(|offered| offered.used_at.is_none() && now < *offered.expires_at)
        .ok_or_else(proxies::no_such_code)?;
    let person_id = offered.person_id;
    let kept =
        service::kept(transaction, offered.given_by, person_id).await?.ok_or_else(proxies::no_such_code)?;
    if offered.given_by == viewer.account_id {
        return Err(ApiError::Conflict {
            code: "own_invitation",
            detail: "请让家人用自己的微信打开，不能移交给您自己。".into(),
        });
    }
    let stage = stage(transaction, state, person_id, now).await?;
    let account = account::Entity::find_by_id(viewer.account_id)
        .lock_exclusive()
        .one(transaction)
        .await?
        .ok_or_else(no_such_person)?;
    let former = Subject { person_id: account.person_id, account_id: Some(account.id) };
    require_nothing_kept(transaction, state, former).await?;
    end_what_others_decided(transaction, person_id, now).await?;
    if stage == Some(LifeStage::Youth) {
        keep_guardian_as_proxy(transaction, state, &kept, now).await?;
    }
    me::move_account(transaction, state, account, person_id, now).await?;
    erase_everything(transaction, &state.vault, Subject { account_id: None, ..former }, now).await?;
    let mut used = offered.into_active_model();
    used.used_at = ActiveValue::Set(Some(now.into()));
    hand_over::Entity::update(used).exec(transaction).await?;
    let event = AuditEvent::new(Action::FamilyEnded, Actor::Resident(viewer.account_id))
        .on("person", person_id)
        .with(json!({"reason": "handed_over"}));
    audit::append(transaction, &event, now).await?;
    Ok(Resident { person_id, ..*viewer })
}

async fn require_nothing_kept(
    transaction: &DatabaseTransaction,
    state: &AppState,
    former: Subject,
) -> ApiResult<()> {
    let executor = DatabaseExecutor::from(transaction);
    for holding in HOLDINGS.iter().filter(|holding| holding.ties_person_to_account) {
        if !(holding.collect)(state, &executor, former).await?.rows.is_empty() {
            return Err(ApiError::Conflict {
                code: "account_in_use",
                detail:
                    "这个微信账号里已经有自己的资料，两份档案不能合并。请先下载并注销原来的资料，再接收移交。"
                        .into(),
            });
        }
    }
    Ok(())
}

async fn end_what_others_decided(
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    family_member::Entity::update_many()
        .col_expr(family_member::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .col_expr(family_member::Column::EndReason, Expr::value("handed_over"))
        .filter(family_member::Column::PersonId.eq(person_id))
        .filter(family_member::Column::EndedAt.is_null())
        .exec(transaction)
        .await?;
    proxies::end_where(transaction, proxy::Column::PersonId.eq(person_id), "handed_over", now).await?;
    consents::end_for_hand_over(transaction, person_id, now).await
}

async fn keep_guardian_as_proxy(
    transaction: &DatabaseTransaction,
    state: &AppState,
    kept: &family_member::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let every = [ProxyScope::RecordsRead, ProxyScope::RecordsWrite, ProxyScope::Activities];
    let row = proxy::Model {
        id: state.random.id(now),
        person_id: kept.person_id,
        granted_by: kept.account_id,
        granted_as: proxy::Capacity::Guardian,
        holder_account_id: Some(kept.account_id),
        // Accepted already: nobody knows a code with this hash.
        invite_hash: state.random.bytes::<32>().to_vec(),
        invite_expires_at: now.into(),
        scopes: json!(every),
        created_at: now.into(),
        expires_at: (now + GUARDIAN_STAYS).into(),
        accepted_at: Some(now.into()),
        ended_at: None,
        end_reason: None,
    };
    proxy::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(())
}
