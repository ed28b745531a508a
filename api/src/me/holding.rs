//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::{account, person};
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde_json::{Value, json};

use super::account_cells::{PHONE, opened};
use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::identity::columns::{OPENID, UNIONID};
use crate::people::profile;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// Who the person is. The row stays, empty, because statutory facts point to its id.
pub(crate) const PROFILE: Holding = Holding {
    name: "profile",
    title: "基本资料",
    purpose: None,
    ties_person_to_account: false,
    collect: collect_profile,
    erase: erase_profile,
};

/// The phone number.
pub(crate) const PHONE_NUMBER: Holding = Holding {
    name: "phone",
    title: "手机号码",
    purpose: Some(Purpose::Phone),
    ties_person_to_account: false,
    collect: collect_phone,
    erase: erase_phone,
};

/// How the person logs in.
pub(crate) const ACCOUNT: Holding = Holding {
    name: "account",
    title: "账号",
    purpose: None,
    ties_person_to_account: false,
    collect: collect_account,
    erase: erase_account,
};

fn collect_profile<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["id", "name", "birth_date", "sex", "region_code", "created_at", "updated_at"];
        let mut rows = Vec::new();
        if let Some(person) = person::Entity::find_by_id(subject.person_id).one(connection).await? {
            rows.push(vec![
                json!(person.id),
                json!(profile::name(connection, &state.vault, &person).await?),
                json!(profile::birth_date(connection, &state.vault, &person).await?),
                json!(person.sex.to_value()),
                json!(person.region_code),
                instant(*person.created_at),
                instant(*person.updated_at),
            ]);
        }
        Ok(Table { columns, rows })
    })
}

fn erase_profile(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let empty = person::ActiveModel {
            name_cell: ActiveValue::Set(None),
            birth_date_cell: ActiveValue::Set(None),
            sex: ActiveValue::Set(person::Sex::Unknown),
            region_code: ActiveValue::Set(None),
            status: ActiveValue::Set(person::Status::Erased),
            updated_at: ActiveValue::Set(now.into()),
            ..Default::default()
        };
        person::Entity::update_many()
            .set(empty)
            .filter(person::Column::Id.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}

async fn own_account(
    connection: &DatabaseExecutor<'_>,
    subject: Subject,
) -> ApiResult<Option<account::Model>> {
    match subject.account_id {
        Some(id) => Ok(account::Entity::find_by_id(id).one(connection).await?),
        None => Ok(None),
    }
}

fn collect_phone<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let mut rows = Vec::new();
        if let Some(account) = own_account(connection, subject).await? {
            let phone = opened(connection, state, account.id, PHONE, account.phone_cell.as_deref()).await?;
            let verified_at = account.phone_verified_at.map_or(Value::Null, |at| instant(*at));
            rows.extend(phone.map(|phone| vec![json!(phone), verified_at]));
        }
        Ok(Table { columns: vec!["phone", "verified_at"], rows })
    })
}

fn erase_phone(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let without = account::ActiveModel {
            phone_index: ActiveValue::Set(None),
            phone_cell: ActiveValue::Set(None),
            phone_verified_at: ActiveValue::Set(None),
            updated_at: ActiveValue::Set(now.into()),
            ..Default::default()
        };
        account::Entity::update_many()
            .set(without)
            .filter(account::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}

fn collect_account<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns = vec!["id", "wechat_openid", "wechat_unionid", "elder_mode", "status", "created_at"];
        let mut rows = Vec::new();
        if let Some(account) = own_account(connection, subject).await? {
            let (openid, unionid) = (account.openid_cell.as_deref(), account.unionid_cell.as_deref());
            rows.push(vec![
                json!(account.id),
                json!(opened(connection, state, account.id, OPENID, openid).await?),
                json!(opened(connection, state, account.id, UNIONID, unionid).await?),
                json!(account.elder_mode),
                json!(account.status.to_value()),
                instant(*account.created_at),
            ]);
        }
        Ok(Table { columns, rows })
    })
}

fn erase_account(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let Some(account_id) = subject.account_id else {
            return Ok(());
        };
        let empty = account::ActiveModel {
            openid_index: ActiveValue::Set(None),
            openid_cell: ActiveValue::Set(None),
            unionid_index: ActiveValue::Set(None),
            unionid_cell: ActiveValue::Set(None),
            session_key_cell: ActiveValue::Set(None),
            session_key_at: ActiveValue::Set(None),
            phone_index: ActiveValue::Set(None),
            phone_cell: ActiveValue::Set(None),
            phone_verified_at: ActiveValue::Set(None),
            elder_mode: ActiveValue::Set(false),
            status: ActiveValue::Set(account::Status::Erased),
            erase_at: ActiveValue::Set(None),
            updated_at: ActiveValue::Set(now.into()),
            ..Default::default()
        };
        account::Entity::update_many()
            .set(empty)
            .filter(account::Column::Id.eq(account_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
