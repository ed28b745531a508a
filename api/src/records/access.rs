//! Opening a person's record for somebody to read.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::identity::caller::Resident;
use crate::people::{PersonAccess, Relation, Scope};
use crate::privacy::access_log::What;
use crate::state::AppState;

/// Lets somebody read a person's health records and notes it for the person.
///
/// # Errors
/// 404 for a stranger, 403 for a proxy without the scope; when the reading cannot be noted, nothing is told.
pub(super) async fn to_read(
    state: &AppState,
    viewer: &Resident,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<PersonAccess> {
    let reader = state.database.reader();
    let access = PersonAccess::open(reader, &state.vault, viewer, person_id, Scope::RecordsRead, now).await?;
    if access.relation() != Relation::Own {
        let (shared, noted) = (state.clone(), access.clone());
        let write = state.database.write_together(move |transaction| {
            let (state, access) = (shared.clone(), noted.clone());
            Box::pin(async move { access.note_reading(transaction, &state, What::Records, now).await })
        });
        write.await?;
    }
    Ok(access)
}
