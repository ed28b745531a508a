//! Opening a record for somebody to read as FHIR.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::error::ApiResult;
use crate::identity::caller::Resident;
use crate::people::{PersonAccess, Relation, Scope};
use crate::privacy::access_log::What;
use crate::state::AppState;

/// Opens a record to be read and notes it for the person.
pub(super) async fn opened(
    state: &AppState,
    resident: &Resident,
    person_id: Uuid,
    what: What,
) -> ApiResult<PersonAccess> {
    let now = state.clock.now();
    let reader = state.database.reader();
    let access =
        PersonAccess::open(reader, &state.vault, resident, person_id, Scope::RecordsRead, now).await?;
    if access.relation() != Relation::Own {
        let (shared, noted) = (state.clone(), access.clone());
        let note = state.database.write_together(move |transaction| {
            let (state, access) = (shared.clone(), noted.clone());
            Box::pin(async move { note(transaction, &state, &access, what, now).await })
        });
        note.await?;
    }
    Ok(access)
}

async fn note(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    what: What,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    access.note_reading(transaction, state, what, now).await
}
