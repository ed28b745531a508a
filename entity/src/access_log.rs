//! Who read what of a person, for the person.

use sea_orm::entity::prelude::*;

/// Who read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ReaderKind {
    Staff,
    Guardian,
    Caretaker,
    Proxy,
    /// Whoever holds a share link.
    Link,
}

/// One reading.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub reader_kind: ReaderKind,
    /// Staff, account or share link.
    pub reader_id: Uuid,
    /// How the person knows the reader, sealed with the reader's key; empty once the reader was erased.
    pub reader_label_cell: Vec<u8>,
    /// Stable word for the kind of data.
    pub what: String,
    /// Stable word for the reason.
    pub why: String,
    pub at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
