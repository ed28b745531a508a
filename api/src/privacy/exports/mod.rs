//! Everything that is kept about a person as one file, for the person.
//!
//! A request makes a row; a job builds the file. A builder claims the row for a while, and the file is
//! named after the claim: a builder that was thought dead cannot write over the file of the next. The file
//! is sealed with a key of its own, which is a cell that only the person's key opens.

mod archive;
mod build;
mod dto;
mod routes;
mod service;

use chrono::{DateTime, Utc};
use entity::export_job;
use futures_util::future::BoxFuture;
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub use self::build::{build_due, remove_unused_files};
use super::holdings::{Holding, Subject, Table, instant};
use crate::error::ApiResult;
use crate::state::AppState;
use crate::vault::Column;

/// The key of the file of an export.
pub const FILE_KEY: Column = Column { table: "export_job", column: "file_key_cell" };
/// The file itself, which stands in the file store under the id of its row.
const FILE: Column = Column { table: "export_job", column: "file" };
const FOLDER: &str = "exports";

/// Adds the addresses of this feature.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::request_export).service(routes::get_export).service(routes::get_export_file);
}

fn file_name(job_id: Uuid, claim_id: Uuid) -> String {
    format!("{FOLDER}/{job_id}.{claim_id}")
}

/// Earlier exports of the person.
pub(super) const HOLDING: Holding = Holding {
    name: "exports",
    title: "下载记录",
    purpose: None,
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
        let jobs = export_job::Entity::find()
            .filter(export_job::Column::PersonId.eq(subject.person_id))
            .order_by_asc(export_job::Column::Id)
            .all(connection)
            .await?;
        let rows = jobs
            .into_iter()
            .map(|job| {
                let ready_at = job.ready_at.map_or(Value::Null, |at| instant(*at));
                vec![json!(job.id), json!(job.state.to_value()), instant(*job.created_at), ready_at]
            })
            .collect();
        Ok(Table { columns: vec!["id", "state", "created_at", "ready_at"], rows })
    })
}

/// Without its key a file is noise; the file goes when unused files are removed next.
fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        export_job::Entity::update_many()
            .set(expired())
            .filter(export_job::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        Ok(())
    })
}

fn expired() -> export_job::ActiveModel {
    export_job::ActiveModel {
        state: ActiveValue::Set(export_job::State::Expired),
        claimed_until: ActiveValue::Set(None),
        file_key_cell: ActiveValue::Set(None),
        ..Default::default()
    }
}
