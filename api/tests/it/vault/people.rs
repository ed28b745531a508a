//! Persons with something sealed about them.

use entity::person;
use kangtu::error::{ApiError, ApiResult};
use kangtu::state::AppState;
use kangtu::vault::{CellAddress, Column, KeyOwner};
use sea_orm::{ActiveValue, DatabaseTransaction, EntityTrait};
use uuid::Uuid;

pub(super) const NAME: Column = Column { table: "person", column: "name_cell" };

pub(super) fn address(id: &Uuid) -> CellAddress<'_> {
    CellAddress { column: NAME, row: id.as_bytes() }
}

/// Adds a person with a sealed name.
pub(super) async fn add(state: &AppState, name: &str) -> Uuid {
    let id = state.random.id(state.clock.now());
    let (writing, name) = (state.clone(), name.to_owned());
    state
        .database
        .write(move |transaction| {
            let (state, name) = (writing.clone(), name.clone());
            Box::pin(async move { insert(&state, transaction, id, &name).await })
        })
        .await
        .unwrap();
    id
}

/// As [`add`], in a transaction that fails at its end.
pub(super) async fn add_in_vain(state: &AppState, name: &str) {
    let id = state.random.id(state.clock.now());
    let (writing, name) = (state.clone(), name.to_owned());
    let refused: ApiResult<()> = state
        .database
        .write(move |transaction| {
            let (state, name) = (writing.clone(), name.clone());
            Box::pin(async move {
                insert(&state, transaction, id, &name).await?;
                Err(ApiError::PreconditionRequired)
            })
        })
        .await;
    refused.unwrap_err();
}

async fn insert(state: &AppState, transaction: &DatabaseTransaction, id: Uuid, name: &str) -> ApiResult<()> {
    let now = state.clock.now();
    let row = person::ActiveModel {
        id: ActiveValue::Set(id),
        name_cell: ActiveValue::Set(None),
        birth_date_cell: ActiveValue::Set(None),
        sex: ActiveValue::Set(person::Sex::Unknown),
        region_code: ActiveValue::Set(None),
        status: ActiveValue::Set(person::Status::Active),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
    };
    person::Entity::insert(row).exec_without_returning(transaction).await?;
    state.vault.create_person_key(transaction, id, now).await?;
    set_name(state, transaction, id, name).await
}

/// Seals a new name.
pub(super) async fn rename(state: &AppState, id: Uuid, name: &str) {
    let (writing, name) = (state.clone(), name.to_owned());
    state
        .database
        .write(move |transaction| {
            let (state, name) = (writing.clone(), name.clone());
            Box::pin(async move { set_name(&state, transaction, id, &name).await })
        })
        .await
        .unwrap();
}

async fn set_name(
    state: &AppState,
    transaction: &DatabaseTransaction,
    id: Uuid,
    name: &str,
) -> ApiResult<()> {
    let cell = state.vault.seal(transaction, KeyOwner::Person(id), address(&id), name.as_bytes()).await?;
    let row = person::ActiveModel {
        id: ActiveValue::Unchanged(id),
        name_cell: ActiveValue::Set(Some(cell)),
        ..Default::default()
    };
    person::Entity::update(row).exec(transaction).await?;
    Ok(())
}

/// The sealed name as it stands in the database.
pub(super) async fn name_cell(state: &AppState, id: Uuid) -> Vec<u8> {
    let row = person::Entity::find_by_id(id).one(state.database.reader()).await.unwrap();
    row.unwrap().name_cell.unwrap()
}

/// Reads the name.
pub(super) async fn name(state: &AppState, id: Uuid) -> ApiResult<String> {
    let cell = name_cell(state, id).await;
    state.vault.open_text(state.database.reader(), address(&id), &cell).await
}

/// A server that was just started on the same data: it holds no keys in memory yet.
pub(super) fn restarted(state: &AppState, suite: kangtu::vault::CipherSuite) -> AppState {
    let vault = kangtu::vault::Vault::new(state.keys.clone(), suite, state.random.clone());
    AppState { vault, ..state.clone() }
}
