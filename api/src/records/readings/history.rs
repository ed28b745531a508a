//! A reading with what stood in its place before.

use std::collections::HashSet;

use entity::measurement;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::store;
use crate::error::{ApiError, ApiResult};

/// The rows that a reading corrected, newest first.
///
/// A reading corrects one other, so this is a chain; a circle cannot come about, and would end here.
pub(super) async fn earlier(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    id: Uuid,
) -> ApiResult<Vec<measurement::Model>> {
    let (mut chain, mut seen, mut newest) = (Vec::new(), HashSet::from([id]), id);
    loop {
        let before = measurement::Entity::find()
            .filter(measurement::Column::ReplacedBy.eq(newest))
            .filter(measurement::Column::PersonId.eq(person_id))
            .one(connection)
            .await?;
        let Some(before) = before.filter(|before| seen.insert(before.id)) else {
            return Ok(chain);
        };
        newest = before.id;
        chain.push(before);
    }
}

/// The row of a person's reading.
///
/// # Errors
/// 404 where the person has none like it.
pub(super) async fn row(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    id: Uuid,
) -> ApiResult<measurement::Model> {
    store::row(connection, person_id, id).await?.ok_or_else(|| ApiError::NotFound {
        code: "no_such_measurement",
        detail: "没有找到这条记录，可能已经删除，请刷新列表。".into(),
    })
}
