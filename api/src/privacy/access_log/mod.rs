//! Who read what of a person, when and why, for that person to see.

mod dto;
mod routes;
mod service;

use chrono::{DateTime, Utc};
pub use entity::access_log::ReaderKind;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::holdings::{Holding, Subject, Table, instant};
use crate::error::ApiResult;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

/// How the person knows the reader.
pub const READER_LABEL: Column = Column { table: "access_log", column: "reader_label_cell" };

/// Who read.
#[derive(Clone)]
pub struct Reader {
    /// In which capacity.
    pub kind: ReaderKind,
    /// Staff or account.
    pub id: Uuid,
    /// Display name of staff, name of a family member.
    pub label: String,
    /// Whose key seals the label: when readers are erased, their names are gone from the logs of others too.
    pub label_owner: KeyOwner,
}

impl Reader {
    /// A member of staff, whose name the server keeps.
    pub fn staff(id: Uuid, display_name: &str) -> Self {
        Self { kind: ReaderKind::Staff, id, label: display_name.to_owned(), label_owner: KeyOwner::Server }
    }
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Who the person is.
    Profile,
    /// Health values.
    Records,
    /// Everything, as a file.
    Export,
}

/// Why it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A family member or proxy looked after the person.
    Family,
    /// A health officer followed up, with the person's consent.
    FollowUp,
    /// Somebody ran an activity the person signed up for.
    Activity,
    /// The person gave away a link, such as to a doctor.
    Share,
    /// The keeper of a health hut helped somebody to measure.
    Hut,
}

impl What {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Records => "records",
            Self::Export => "export",
        }
    }
}

impl Why {
    fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::FollowUp => "follow_up",
            Self::Activity => "activity",
            Self::Share => "share",
            Self::Hut => "hut",
        }
    }
}

/// One reading of one person's data.
#[derive(Clone)]
pub struct Reading {
    /// Whose data.
    pub person_id: Uuid,
    /// Who read.
    pub reader: Reader,
    /// What was read.
    pub what: What,
    /// Why.
    pub why: Why,
}

/// Adds the addresses of this feature.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_readings);
}

/// Notes a reading for the person.
///
/// # Errors
/// When the database fails; what was read must then not be told.
pub async fn note(
    transaction: &DatabaseTransaction,
    state: &AppState,
    reading: &Reading,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let id = state.random.id(now);
    let address = CellAddress { column: READER_LABEL, row: id.as_bytes() };
    let owner = reading.reader.label_owner;
    let label = state.vault.seal(transaction, owner, address, reading.reader.label.as_bytes()).await?;
    let row = entity::access_log::ActiveModel {
        id: ActiveValue::Set(id),
        person_id: ActiveValue::Set(reading.person_id),
        reader_kind: ActiveValue::Set(reading.reader.kind),
        reader_id: ActiveValue::Set(reading.reader.id),
        reader_label_cell: ActiveValue::Set(label),
        what: ActiveValue::Set(reading.what.as_str().to_owned()),
        why: ActiveValue::Set(reading.why.as_str().to_owned()),
        at: ActiveValue::Set(now.into()),
    };
    entity::access_log::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// What is kept here about a person.
pub(super) const HOLDING: Holding = Holding {
    name: "access_log",
    title: "谁看过我的资料",
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
        let rows = entity::access_log::Entity::find()
            .filter(entity::access_log::Column::PersonId.eq(subject.person_id))
            .order_by_asc(entity::access_log::Column::Id)
            .all(connection)
            .await?;
        let mut table = Table { columns: vec!["at", "who", "kind", "what", "why"], rows: Vec::new() };
        for row in rows {
            let label = service::label(connection, &state.vault, &row).await?;
            table.rows.push(vec![
                instant(*row.at),
                json!(label),
                json!(dto::kind_word(row.reader_kind)),
                json!(row.what),
                json!(row.why),
            ]);
        }
        Ok(table)
    })
}

fn erase(
    transaction: &DatabaseTransaction,
    subject: Subject,
    _: DateTime<Utc>,
) -> BoxFuture<'_, ApiResult<()>> {
    Box::pin(async move {
        entity::access_log::Entity::delete_many()
            .filter(entity::access_log::Column::PersonId.eq(subject.person_id))
            .exec(transaction)
            .await?;
        // What others were told of this person stays, without the name.
        if let Some(account_id) = subject.account_id {
            entity::access_log::Entity::update_many()
                .col_expr(entity::access_log::Column::ReaderLabelCell, Expr::value(Vec::<u8>::new()))
                .filter(entity::access_log::Column::ReaderId.eq(account_id))
                .exec(transaction)
                .await?;
        }
        Ok(())
    })
}
