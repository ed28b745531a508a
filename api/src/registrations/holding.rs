//! What is kept here about a person, for export and erasure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::registration::{self, EndReason, Status};
use entity::{activity, no_show_strike, registration_person};
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Value, json};

use super::cancel::{end_for, is_any_there};
use super::plan::ANSWERS;
use super::seats::Locked;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;
use crate::vault::CellAddress;

/// What the person was signed up for.
pub(crate) const HOLDING: Holding = Holding {
    name: "registrations",
    title: "活动报名",
    purpose: None,
    ties_person_to_account: false,
    collect,
    erase,
};

fn collect<'c>(
    state: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let columns =
            vec!["activity", "starts_at", "status", "answers", "signed_up_at", "ended_at", "strike_until"];
        let people = registration_person::Entity::find()
            .filter(registration_person::Column::PersonId.eq(subject.person_id))
            .order_by_asc(registration_person::Column::Id)
            .all(connection)
            .await?;
        let entries = registration::Entity::find()
            .filter(registration::Column::Id.is_in(people.iter().map(|person| person.registration_id)))
            .all(connection)
            .await?;
        let entries: BTreeMap<_, _> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
        let activities = activity::Entity::find()
            .filter(activity::Column::Id.is_in(people.iter().map(|person| person.activity_id)))
            .all(connection)
            .await?;
        let activities: BTreeMap<_, _> = activities.into_iter().map(|row| (row.id, row)).collect();
        let strikes = no_show_strike::Entity::find()
            .filter(no_show_strike::Column::PersonId.eq(subject.person_id))
            .all(connection)
            .await?;
        let mut rows = Vec::with_capacity(people.len());
        for person in people {
            let answers = match &person.answers_cell {
                Some(cell) => {
                    let address = CellAddress { column: ANSWERS, row: person.id.as_bytes() };
                    let text = state.vault.open_text(connection, address, cell).await?;
                    serde_json::from_str(&text).unwrap_or(Value::Null)
                }
                None => Value::Null,
            };
            let (activity, entry) =
                (activities.get(&person.activity_id), entries.get(&person.registration_id));
            let strike = strikes.iter().find(|strike| strike.registration_person_id == person.id);
            rows.push(vec![
                json!(activity.map(|activity| &activity.title)),
                activity.map_or(Value::Null, |activity| instant(*activity.starts_at)),
                json!(person.status.to_value()),
                answers,
                entry.map_or(Value::Null, |entry| instant(*entry.created_at)),
                entry.and_then(|entry| entry.ended_at).map_or(Value::Null, |at| instant(*at)),
                strike.map_or(Value::Null, |strike| instant(*strike.expires_at)),
            ]);
        }
        Ok(Table { columns, rows })
    })
}

/// Seats of what is still to come are given back; who is next finds them free within a minute. What is past, or where
/// the person has already been checked in, stays as a number without a person.
fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    now: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        let living = registration_person::Entity::find()
            .filter(registration_person::Column::PersonId.eq(subject.person_id))
            .filter(registration_person::Column::Status.ne(Status::Cancelled))
            .order_by_asc(registration_person::Column::ActivityId)
            .all(transaction)
            .await?;
        for person in &living {
            let mut locked = Locked::find(transaction, person.activity_id).await?;
            if now >= *locked.row.starts_at || is_any_there(transaction, &[person]).await? {
                continue;
            }
            let entry = registration::Entity::find_by_id(person.registration_id).one(transaction).await?;
            if let Some(entry) = entry {
                end_for(transaction, &mut locked, &entry, person, EndReason::Erased, now).await?;
                locked.save(transaction, now).await?;
            }
        }
        registration_person::Entity::update_many()
            .set(registration_person::ActiveModel {
                answers_cell: ActiveValue::Set(None),
                ..Default::default()
            })
            .filter(registration_person::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        no_show_strike::Entity::delete_many()
            .filter(no_show_strike::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}
