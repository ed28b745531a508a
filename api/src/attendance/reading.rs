//! Leaves a line for people whose data was read by whoever runs their activity.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::access_log;
use entity::person::{self, Status};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::host::Host;
use crate::error::ApiResult;
use crate::privacy::access_log::{ReaderKind, Reading};
use crate::privacy::access_log::{What, Why, note as note_reading};
use crate::state::AppState;

/// Somebody who goes through a list looks at it again and again; one line an hour says so.
const ONE_LINE_PER: TimeDelta = TimeDelta::hours(1);
const IDS: usize = 500;

/// Notes that the host read who these people are.
///
/// # Errors
/// When the database fails; what was read must then not be told.
pub(crate) async fn note(state: &AppState, host: &Host, people: BTreeSet<Uuid>) -> ApiResult<()> {
    if people.is_empty() {
        return Ok(());
    }
    let (now, people) = (state.clock.now(), people.into_iter().collect::<Vec<_>>());
    let (database, state, reader) = (state.database.clone(), state.clone(), host.reader());
    database
        .write(move |transaction| {
            let (state, reader, people) = (state.clone(), reader.clone(), people.clone());
            Box::pin(async move {
                for ids in people.chunks(IDS) {
                    let noted: BTreeSet<Uuid> = access_log::Entity::find()
                        .select_only()
                        .column(access_log::Column::PersonId)
                        .filter(access_log::Column::PersonId.is_in(ids.iter().copied()))
                        .filter(access_log::Column::ReaderKind.eq(ReaderKind::Staff))
                        .filter(access_log::Column::ReaderId.eq(reader.id))
                        .filter(access_log::Column::What.eq(What::Profile.as_str()))
                        .filter(access_log::Column::At.gt((now - ONE_LINE_PER).timestamp_millis()))
                        .into_tuple::<Uuid>()
                        .all(transaction)
                        .await?
                        .into_iter()
                        .collect();
                    let living: Vec<Uuid> = person::Entity::find()
                        .select_only()
                        .column(person::Column::Id)
                        .filter(person::Column::Id.is_in(ids.iter().copied()))
                        .filter(person::Column::Status.eq(Status::Active))
                        .into_tuple()
                        .all(transaction)
                        .await?;
                    for person_id in living.into_iter().filter(|id| !noted.contains(id)) {
                        let reading = Reading {
                            person_id,
                            reader: reader.clone(),
                            what: What::Profile,
                            why: Why::Activity,
                        };
                        note_reading(transaction, &state, &reading, now).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}
