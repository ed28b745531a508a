//! The phone number, which WeChat tells once the resident agreed.

use chrono::{DateTime, Utc};
use entity::account;
use sea_orm::{ActiveValue, DatabaseTransaction, EntityTrait, QuerySelect};

use super::account_cells::{PHONE, opened, sealed};
use super::service::account_of;
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::consents::{self, ConsentGiven, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::identity::columns::OPENID;
use crate::people::no_such_person;
use crate::secret::Secret;
use crate::state::AppState;
use crate::wechat::WechatError;
use crate::wechat::client::PhoneNumber;

/// Exchanges the code of the phone's button and keeps the number.
pub(super) async fn set(
    state: &AppState,
    resident: Resident,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let reader = state.database.reader();
    // Asked before WeChat is: a number that may not be kept is not fetched either.
    consents::require(reader, &state.vault, resident.person_id, Purpose::Phone, now).await?;
    let account = account_of(reader, &resident).await?;
    let openid = opened(reader, state, account.id, OPENID, account.openid_cell.as_deref()).await?;
    let openid = openid.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("an account has no openid")))?;
    let number = state.wechat.client.phone_number(code, &openid).await.map_err(refused)?;
    let number = normalized(&number);
    let (database, state) = (state.database.clone(), state.clone());
    database
        .write(move |transaction| {
            let (state, number) = (state.clone(), number.clone());
            Box::pin(async move {
                let person_id = resident.person_id;
                let consent =
                    consents::require(transaction, &state.vault, person_id, Purpose::Phone, now).await?;
                keep(transaction, &state, consent, &resident, &number, now).await
            })
        })
        .await
}

async fn keep(
    transaction: &DatabaseTransaction,
    state: &AppState,
    consent: ConsentGiven,
    resident: &Resident,
    number: &Secret,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let owner = (resident.account_id, consent.person_id());
    let number = number.expose();
    // Locked, so that the row is not indexed anew with another key meanwhile.
    let account = account::Entity::find_by_id(resident.account_id).lock_exclusive().one(transaction).await?;
    let index_key = account.ok_or_else(no_such_person)?.index_key;
    let row = account::ActiveModel {
        id: ActiveValue::Unchanged(resident.account_id),
        phone_index: ActiveValue::Set(Some(state.vault.index_by(index_key, PHONE, number)?)),
        phone_cell: ActiveValue::Set(Some(sealed(transaction, state, owner, PHONE, number).await?)),
        phone_verified_at: ActiveValue::Set(Some(now.into())),
        updated_at: ActiveValue::Set(now.into()),
        ..Default::default()
    };
    account::Entity::update(row).exec(transaction).await?;
    let event = AuditEvent::new(Action::PersonChanged, Actor::Resident(resident.account_id))
        .on("account", resident.account_id);
    audit::append(transaction, &event, now).await
}

/// A phone code that is used up has nothing to do with the log-in: another press of the button mends it.
fn refused(error: WechatError) -> ApiError {
    match error {
        WechatError::CodeRefused | WechatError::OutcomeUnknown => ApiError::Conflict {
            code: "wx_code_invalid",
            detail: "没有取到手机号码，请再点一次“获取手机号”。".into(),
        },
        other => other.into(),
    }
}

/// The one spelling of a number: digits alone for China, else with the country in front.
fn normalized(number: &PhoneNumber) -> Secret {
    let text = match number.country_code.as_str() {
        "86" => number.number.clone(),
        country => format!("+{country}{}", number.number),
    };
    Secret::new(text)
}
