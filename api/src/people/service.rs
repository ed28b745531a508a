use chrono::{DateTime, NaiveDate, Utc};
use entity::{account, family_member, person, proxy};
use sea_orm::ExprTrait;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::access::{PersonAccess, no_such_person};
use super::age::{LifeStage, civil_day};
use super::dto::{NewPerson, Person, PersonList, PersonPatch, PersonRelation, Sex};
use super::profile::{self, Name};
use super::record::{self, NewRecord};
use super::scope::{Relation, Scope};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::consents;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::field_errors::FieldErrors;
use crate::http::patch::Patch;
use crate::identity::caller::Resident;
use crate::privacy::erasure::erase_person;
use crate::privacy::holdings::Subject;
use crate::state::AppState;

/// Enough for any family.
const LARGEST_FAMILY: u64 = 20;

/// Everybody the viewer may act for.
pub(super) async fn list(
    connection: &impl ConnectionTrait,
    state: &AppState,
    viewer: &Resident,
    now: DateTime<Utc>,
) -> ApiResult<PersonList> {
    let kept = family_member::Entity::find()
        .filter(family_member::Column::AccountId.eq(viewer.account_id))
        .filter(family_member::Column::EndedAt.is_null())
        .order_by_asc(family_member::Column::Id)
        .all(connection)
        .await?;
    let held = proxy::Entity::find()
        .filter(proxy::Column::HolderAccountId.eq(viewer.account_id))
        .filter(proxy::Column::EndedAt.is_null())
        .order_by_asc(proxy::Column::Id)
        .all(connection)
        .await?;
    let mut ids = vec![viewer.person_id];
    ids.extend(kept.iter().map(|member| member.person_id));
    ids.extend(held.iter().map(|proxy| proxy.person_id));
    let mut items: Vec<Person> = Vec::with_capacity(ids.len());
    for id in ids {
        if items.iter().any(|item| item.id == id) {
            continue;
        }
        let member = kept.iter().find(|member| member.person_id == id);
        match PersonAccess::open(connection, &state.vault, viewer, id, Scope::Profile, now).await {
            Ok(access) => items.push(shown(connection, state, &access, member).await?),
            Err(ApiError::NotFound { .. }) => items.extend(member.map(came_of_age)),
            Err(error) => return Err(error),
        }
    }
    Ok(PersonList { items, next: None })
}

/// One person.
pub(super) async fn show(
    connection: &impl ConnectionTrait,
    state: &AppState,
    access: &PersonAccess,
) -> ApiResult<Person> {
    let member = match access.relation() {
        Relation::Guardian | Relation::Caretaker => member_of(connection, access).await?,
        Relation::Own | Relation::Proxy => None,
    };
    shown(connection, state, access, member.as_ref()).await
}

async fn member_of(
    connection: &impl ConnectionTrait,
    access: &PersonAccess,
) -> ApiResult<Option<family_member::Model>> {
    kept(connection, access.account_id(), access.person_id()).await
}

/// The place of a person in an account's family.
pub(super) async fn kept(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
    person_id: Uuid,
) -> ApiResult<Option<family_member::Model>> {
    Ok(family_member::Entity::find()
        .filter(family_member::Column::AccountId.eq(account_id))
        .filter(family_member::Column::PersonId.eq(person_id))
        .filter(family_member::Column::EndedAt.is_null())
        .one(connection)
        .await?)
}

async fn shown(
    connection: &impl ConnectionTrait,
    state: &AppState,
    access: &PersonAccess,
    member: Option<&family_member::Model>,
) -> ApiResult<Person> {
    let person = access.person();
    Ok(Person {
        id: person.id,
        relation: access.relation().into(),
        kinship: member.map(|member| member.kinship.into()),
        name: profile::name(connection, &state.vault, person).await?,
        birth_date: access.birth_date(),
        sex: person.sex.into(),
        region_code: person.region_code.clone(),
        version: person.version,
    })
}

/// A guardian learns that a record waits to be handed over, and nothing else of the adult.
fn came_of_age(member: &family_member::Model) -> Person {
    Person {
        id: member.person_id,
        relation: PersonRelation::CameOfAge,
        kinship: Some(member.kinship.into()),
        name: None,
        birth_date: None,
        sex: Sex::Unknown,
        region_code: None,
        version: 1,
    }
}

/// Somebody new, checked.
#[derive(Clone, Debug)]
pub(super) struct Newcomer {
    name: Name,
    stage: LifeStage,
    given: NewPerson,
}

/// Checks what was told about somebody new.
pub(super) fn checked(state: &AppState, given: NewPerson, now: DateTime<Utc>) -> ApiResult<Newcomer> {
    let today = civil_day(now);
    let mut errors = FieldErrors::default();
    let name = errors.take(Name::parse(&given.name, "/name"));
    let born = errors.take(profile::checked_birth_date(given.birth_date, today, "/birth_date"));
    errors.take(given.region_code.as_deref().map_or(Ok(()), |code| known_region(state, code)));
    errors.finish()?;
    let (Some(name), Some(born)) = (name, born) else {
        return Err(ApiError::Internal(anyhow::anyhow!("a checked body has no value")));
    };
    let stage = LifeStage::on(born, today);
    consents::must_cover_child(stage, &given.consents)?;
    Ok(Newcomer { name, stage, given })
}

/// Checks that a region exists.
pub(crate) fn known_region(state: &AppState, code: &str) -> Result<(), FieldError> {
    if state.regions.current().contains(code) {
        return Ok(());
    }
    Err(FieldError {
        pointer: "/region_code".to_owned(),
        code: "unknown_region".to_owned(),
        message: "没有这个社区或街道，请从列表中选择。".to_owned(),
    })
}

/// Takes somebody into the family.
pub(super) async fn add(
    transaction: &DatabaseTransaction,
    state: &AppState,
    viewer: &Resident,
    newcomer: &Newcomer,
    now: DateTime<Utc>,
) -> ApiResult<Person> {
    require_room(transaction, viewer.account_id).await?;
    let person_id = state.random.id(now);
    let record = NewRecord {
        person_id,
        name: newcomer.name.clone(),
        birth_date: Some(newcomer.given.birth_date),
        sex: newcomer.given.sex.into(),
        region_code: newcomer.given.region_code.clone(),
    };
    record::insert(transaction, state, &record, now).await?;
    let capacity = match newcomer.stage {
        LifeStage::Child | LifeStage::Youth => family_member::Capacity::Guardian,
        LifeStage::Adult => family_member::Capacity::Caretaker,
    };
    let member = family_member::Model {
        id: state.random.id(now),
        account_id: viewer.account_id,
        person_id,
        kinship: newcomer.given.kinship.into(),
        capacity,
        added_at: now.into(),
        ended_at: None,
        end_reason: None,
    };
    family_member::Entity::insert(member.clone().into_active_model())
        .exec_without_returning(transaction)
        .await?;
    let access = PersonAccess::open(transaction, &state.vault, viewer, person_id, Scope::Manage, now).await?;
    let mut events = vec![told(Action::FamilyAdded, viewer, person_id)];
    for agreed in &newcomer.given.consents {
        events.extend(consents::give(transaction, state, &access, *agreed, now).await?);
    }
    let shown = shown(transaction, state, &access, Some(&member)).await?;
    for event in events {
        audit::append(transaction, &event, now).await?;
    }
    Ok(shown)
}

/// The account stays locked, so that two requests at once cannot both take the last place.
async fn require_room(transaction: &DatabaseTransaction, account_id: Uuid) -> ApiResult<()> {
    account::Entity::find_by_id(account_id).lock_exclusive().one(transaction).await?;
    let members = family_member::Entity::find()
        .filter(family_member::Column::AccountId.eq(account_id))
        .filter(family_member::Column::EndedAt.is_null())
        .count(transaction)
        .await?;
    if members >= LARGEST_FAMILY {
        return Err(ApiError::Conflict {
            code: "family_full",
            detail: format!("家人最多 {LARGEST_FAMILY} 位，请先移除不再需要的家人。"),
        });
    }
    Ok(())
}

/// Changes of a family member, checked.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    name: Option<Name>,
    given: PersonPatch,
}

/// Checks what shall be changed.
pub(super) fn checked_changes(
    state: &AppState,
    given: PersonPatch,
    now: DateTime<Utc>,
) -> ApiResult<Changes> {
    let mut errors = FieldErrors::default();
    let name = given.name.as_deref().and_then(|name| errors.take(Name::parse(name, "/name")));
    if let Some(date) = given.birth_date {
        errors.take(profile::checked_birth_date(date, civil_day(now), "/birth_date"));
    }
    if let Patch::Set(code) = &given.region_code {
        errors.take(known_region(state, code));
    }
    errors.finish()?;
    Ok(Changes { name, given })
}

/// Changes a family member.
pub(super) async fn edit(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    version: i32,
    changes: &Changes,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let person_id = access.person_id();
    if let Some(born) = changes.given.birth_date {
        may_change_birth_date(access, born, now)?;
    }
    let mut row = person::ActiveModel::default();
    if let Some(name) = &changes.name {
        let cell = profile::seal_name(transaction, &state.vault, person_id, name).await?;
        row.name_cell = ActiveValue::Set(Some(cell));
    }
    if let Some(born) = changes.given.birth_date {
        let cell = profile::seal_birth_date(transaction, &state.vault, person_id, born).await?;
        row.birth_date_cell = ActiveValue::Set(Some(cell));
    }
    if let Some(sex) = changes.given.sex {
        row.sex = ActiveValue::Set(sex.into());
    }
    match &changes.given.region_code {
        Patch::Keep => {}
        Patch::Clear => row.region_code = ActiveValue::Set(None),
        Patch::Set(code) => row.region_code = ActiveValue::Set(Some(code.clone())),
    }
    row.version = ActiveValue::Set(version.saturating_add(1));
    row.updated_at = ActiveValue::Set(now.into());
    let changed = person::Entity::update_many()
        .set(row)
        .filter(person::Column::Id.eq(person_id))
        .filter(person::Column::Version.eq(version))
        .exec(transaction)
        .await?;
    if changed.rows_affected == 0 {
        return Err(stale(transaction, person_id).await?);
    }
    if let Some(kinship) = changes.given.kinship {
        family_member::Entity::update_many()
            .set(family_member::ActiveModel {
                kinship: ActiveValue::Set(kinship.into()),
                ..Default::default()
            })
            .filter(family_member::Column::AccountId.eq(access.account_id()))
            .filter(family_member::Column::PersonId.eq(person_id))
            .filter(family_member::Column::EndedAt.is_null())
            .exec(transaction)
            .await?;
    }
    let event =
        AuditEvent::new(Action::PersonChanged, Actor::Resident(access.account_id())).on("person", person_id);
    audit::append(transaction, &event, now).await
}

/// A guardian could keep access for ever by making a child younger again and again; a caretaker could
/// become the guardian of an adult.
fn may_change_birth_date(access: &PersonAccess, born: NaiveDate, now: DateTime<Utc>) -> ApiResult<()> {
    let stays_adult = LifeStage::on(born, civil_day(now)) == LifeStage::Adult;
    if access.relation() == Relation::Caretaker && stays_adult {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "birth_date_fixed",
        detail: "这里不能修改出生日期。如果填错了，请移除这位家人后重新添加；本人的请在“我的资料”里修改。"
            .into(),
    })
}

/// 412 with the version as it is now.
pub(super) async fn stale(connection: &impl ConnectionTrait, person_id: Uuid) -> ApiResult<ApiError> {
    let person = person::Entity::find_by_id(person_id).one(connection).await?.ok_or_else(no_such_person)?;
    Ok(ApiError::PreconditionFailed { version: person.version, changed_by: None })
}

/// Takes somebody out of the family, and with that erases the record: nobody else keeps it.
pub(super) async fn remove(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    version: i32,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if access.relation() == Relation::Own {
        return Err(ApiError::Conflict {
            code: "own_person",
            detail: "这是您本人的资料。如果想全部删除，请使用“注销账号”。".into(),
        });
    }
    let person_id = access.person_id();
    let claimed = person::Entity::update_many()
        .col_expr(person::Column::Version, Expr::col(person::Column::Version).add(1))
        .filter(person::Column::Id.eq(person_id))
        .filter(person::Column::Version.eq(version))
        .exec(transaction)
        .await?;
    if claimed.rows_affected == 0 {
        return Err(stale(transaction, person_id).await?);
    }
    family_member::Entity::update_many()
        .col_expr(family_member::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .col_expr(family_member::Column::EndReason, Expr::value("removed"))
        .filter(family_member::Column::PersonId.eq(person_id))
        .filter(family_member::Column::EndedAt.is_null())
        .exec(transaction)
        .await?;
    erase_person(transaction, state, Subject { person_id, account_id: None }, now).await?;
    let event =
        AuditEvent::new(Action::FamilyEnded, Actor::Resident(access.account_id())).on("person", person_id);
    audit::append(transaction, &event, now).await
}

fn told(action: Action, viewer: &Resident, person_id: Uuid) -> AuditEvent {
    AuditEvent::new(action, Actor::Resident(viewer.account_id)).on("person", person_id)
}
