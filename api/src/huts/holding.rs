//! What is kept here about a person, for export and erasure.

use chrono::{DateTime, Utc};
use entity::{hut_person_code, hut_reading, hut_session};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;

use crate::consents::Purpose;
use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant};
use crate::state::AppState;

/// When the person sat in which hut, and what became of the readings. The values are in the record.
pub(crate) const HOLDING: Holding = Holding {
    name: "hut_visits",
    title: "健康小屋测量",
    purpose: Some(Purpose::Records),
    ties_person_to_account: false,
    collect,
    erase,
};

fn collect<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let sessions = hut_session::Entity::find()
            .filter(hut_session::Column::PersonId.eq(subject.person_id))
            .order_by_asc(hut_session::Column::Id)
            .all(connection)
            .await?;
        let readings = hut_reading::Entity::find()
            .filter(hut_reading::Column::PersonId.eq(subject.person_id))
            .order_by_asc(hut_reading::Column::Id)
            .all(connection)
            .await?;
        let visits = sessions.into_iter().map(|row| {
            vec![
                json!("session"),
                json!(row.hut_id),
                instant(*row.opened_at),
                json!(row.way.to_value()),
                json!(row.end_reason.map(|reason| reason.to_value())),
            ]
        });
        let measured = readings.into_iter().map(|row| {
            vec![
                json!("reading"),
                json!(row.hut_id),
                instant(*row.measured_at),
                json!(row.kind.to_value()),
                json!(row.state.to_value()),
            ]
        });
        let columns = vec!["what", "hut_id", "at", "kind", "outcome"];
        Ok(Table { columns, rows: visits.chain(measured).collect() })
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        hut_reading::Entity::delete_many()
            .filter(hut_reading::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        let of_person = hut_session::Entity::find()
            .filter(hut_session::Column::PersonId.eq(subject.person_id))
            .all(transaction)
            .await?;
        // What was disowned names the session, too.
        hut_reading::Entity::update_many()
            .col_expr(hut_reading::Column::SessionId, Expr::value(Option::<uuid::Uuid>::None))
            .filter(hut_reading::Column::SessionId.is_in(of_person.iter().map(|session| session.id)))
            .exec(transaction)
            .await?;
        hut_session::Entity::delete_many()
            .filter(hut_session::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        hut_person_code::Entity::delete_many()
            .filter(hut_person_code::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        if let Some(account_id) = subject.account_id {
            hut_person_code::Entity::delete_many()
                .filter(hut_person_code::Column::AccountId.eq(account_id))
                .exec(transaction)
                .await?;
        }
        Ok(())
    })
}
