use chrono::{DateTime, Utc};
use entity::{account, erasure, person};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::account_cells::{PHONE, opened};
use super::dto::{AccountStatus, Me, MePatch};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::http::patch::Patch;
use crate::identity::caller::Resident;
use crate::moderation::{self, AcceptedText, check_text};
use crate::people::age::{LifeStage, civil_day};
use crate::people::no_such_person;
use crate::people::profile::{self, Name};
use crate::state::AppState;

/// Who is calling.
pub(super) async fn show(
    connection: &impl ConnectionTrait,
    state: &AppState,
    resident: &Resident,
) -> ApiResult<Me> {
    let account = account_of(connection, resident).await?;
    let person = person::Entity::find_by_id(account.person_id).one(connection).await?;
    let person = person.ok_or_else(no_such_person)?;
    let phone = opened(connection, state, account.id, PHONE, account.phone_cell.as_deref()).await?;
    let pending = erasure::Entity::find()
        .filter(erasure::Column::AccountId.eq(account.id))
        .filter(erasure::Column::State.eq(erasure::State::Pending))
        .one(connection)
        .await?;
    Ok(Me {
        person_id: person.id,
        name: profile::name(connection, &state.vault, &person).await?,
        birth_date: profile::birth_date(connection, &state.vault, &person).await?,
        sex: person.sex.into(),
        region_code: person.region_code,
        elder_mode: account.elder_mode,
        phone: phone.as_deref().map(masked),
        status: match account.status {
            account::Status::Active => AccountStatus::Active,
            account::Status::Closing | account::Status::Erased => AccountStatus::Closing,
        },
        erase_at: account.erase_at.map(|at| *at),
        receipt: pending.map(|pending| pending.receipt),
    })
}

/// The row of the caller's account.
pub(super) async fn account_of(
    connection: &impl ConnectionTrait,
    resident: &Resident,
) -> ApiResult<account::Model> {
    account::Entity::find_by_id(resident.account_id).one(connection).await?.ok_or_else(no_such_person)
}

/// First three and last four digits; of a short number only the last two.
pub(super) fn masked(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let (shown_first, shown_last) = if digits.len() >= 11 { (digits.len() - 8, 4) } else { (0, 2) };
    let hidden_until = digits.len().saturating_sub(shown_last);
    let mask = |(position, digit): (usize, &char)| {
        if (shown_first..hidden_until).contains(&position) { '*' } else { *digit }
    };
    digits.iter().enumerate().map(mask).collect()
}

/// Changes of oneself, checked.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    name: Patch<Name>,
    shown: Option<AcceptedText>,
    given: MePatch,
}

/// Checks what shall be changed.
pub(super) async fn checked(
    state: &AppState,
    resident: &Resident,
    given: MePatch,
    now: DateTime<Utc>,
) -> ApiResult<Changes> {
    let today = civil_day(now);
    let mut errors = FieldErrors::default();
    let name =
        errors.take(given.name.clone().try_map(|name| Name::parse(&name, "/name"))).unwrap_or_default();
    if let Patch::Set(born) = given.birth_date {
        let born = errors.take(profile::checked_birth_date(born, today, "/birth_date"));
        if born.is_some_and(|born| LifeStage::on(born, today) == LifeStage::Child) {
            errors.add(
                "/birth_date",
                "under_14",
                "未满 14 周岁请由监护人在“我的家人”里添加，不能单独使用账号。",
            );
        }
    }
    if let Patch::Set(code) = &given.region_code {
        errors.take(crate::people::known_region(state, code));
    }
    errors.finish()?;
    // Others will see the name, so it is looked at before it is kept.
    let shown = match &name {
        Patch::Set(name) => {
            let looked_at = check_text(state, resident, moderation::Purpose::Nickname, name.as_str()).await?;
            Some(looked_at.accepted("/name")?)
        }
        Patch::Keep | Patch::Clear => None,
    };
    Ok(Changes { name, shown, given })
}

/// Changes oneself.
pub(super) async fn edit(
    transaction: &DatabaseTransaction,
    state: &AppState,
    resident: &Resident,
    changes: &Changes,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let person = person::Entity::find_by_id(resident.person_id).one(transaction).await?;
    let person = person.ok_or_else(no_such_person)?;
    let mut row = person::ActiveModel { id: ActiveValue::Unchanged(person.id), ..Default::default() };
    match &changes.name {
        Patch::Keep => {}
        Patch::Clear => row.name_cell = ActiveValue::Set(None),
        Patch::Set(name) => {
            let cell = profile::seal_name(transaction, &state.vault, person.id, name).await?;
            row.name_cell = ActiveValue::Set(Some(cell));
        }
    }
    if let Some(shown) = &changes.shown {
        let subject = moderation::Subject { kind: "person", id: person.id.to_string() };
        shown.record(state, transaction, &subject, now).await?;
    }
    match changes.given.birth_date {
        Patch::Keep => {}
        Patch::Clear => row.birth_date_cell = ActiveValue::Set(None),
        Patch::Set(born) => {
            let cell = profile::seal_birth_date(transaction, &state.vault, person.id, born).await?;
            row.birth_date_cell = ActiveValue::Set(Some(cell));
        }
    }
    if let Some(sex) = changes.given.sex {
        row.sex = ActiveValue::Set(sex.into());
    }
    match &changes.given.region_code {
        Patch::Keep => {}
        Patch::Clear => row.region_code = ActiveValue::Set(None),
        Patch::Set(code) => row.region_code = ActiveValue::Set(Some(code.clone())),
    }
    row.version = ActiveValue::Set(person.version.saturating_add(1));
    row.updated_at = ActiveValue::Set(now.into());
    person::Entity::update(row).exec(transaction).await?;
    if let Some(elder_mode) = changes.given.elder_mode {
        let row = account::ActiveModel {
            id: ActiveValue::Unchanged(resident.account_id),
            elder_mode: ActiveValue::Set(elder_mode),
            updated_at: ActiveValue::Set(now.into()),
            ..Default::default()
        };
        account::Entity::update(row).exec(transaction).await?;
    }
    let event =
        AuditEvent::new(Action::PersonChanged, Actor::Resident(resident.account_id)).on("person", person.id);
    audit::append(transaction, &event, now).await
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn the_middle_of_a_phone_number_is_hidden() {
        assert_eq!(masked("13800001234"), "138****1234");
        assert_eq!(masked("+85261234567"), "+852****4567");
        assert_eq!(masked("12345"), "***45");
        assert_eq!(masked(""), "");
    }
}
