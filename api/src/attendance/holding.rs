//! What is kept here about a person, for export and erasure.

use entity::{check_in, registration_person};
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Value, json};

use crate::error::ApiResult;
use crate::privacy::holdings::{Holding, Subject, Table, instant, nothing_to_erase};
use crate::state::AppState;

/// When the person came. The row stays after an erasure: it counts how many came and names nobody.
pub(crate) const HOLDING: Holding = Holding {
    name: "check_ins",
    title: "活动签到",
    purpose: None,
    ties_person_to_account: false,
    collect,
    erase: nothing_to_erase,
};

fn collect<'c>(
    _: &'c AppState,
    connection: &'c DatabaseExecutor<'c>,
    subject: Subject,
) -> BoxFuture<'c, ApiResult<Table>> {
    Box::pin(async move {
        let of_person = registration_person::Entity::find()
            .select_only()
            .column(registration_person::Column::Id)
            .filter(registration_person::Column::PersonId.eq(subject.person_id))
            .into_query();
        let rows = check_in::Entity::find()
            .filter(check_in::Column::RegistrationPersonId.in_subquery(of_person))
            .order_by_asc(check_in::Column::Id)
            .all(connection)
            .await?;
        let told = |row: check_in::Model| {
            vec![
                json!(row.activity_id),
                json!(row.source.to_value()),
                instant(*row.checked_in_at),
                row.reverted_at.map_or(Value::Null, |at| instant(*at)),
            ]
        };
        let columns = vec!["activity_id", "how", "checked_in_at", "undone_at"];
        Ok(Table { columns, rows: rows.into_iter().map(told).collect() })
    })
}
