//! What residents wrote or showed, and whether others may see it.

use sea_orm::entity::prelude::*;

/// What is moderated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// A text.
    #[sea_orm(string_value = "text")]
    Text,
    /// A picture.
    #[sea_orm(string_value = "image")]
    Image,
}

/// Whether others may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum State {
    /// WeChat is looking at it.
    #[sea_orm(string_value = "checking")]
    Checking,
    /// They may.
    #[sea_orm(string_value = "pass")]
    Pass,
    /// Not before a member of the staff has looked at it.
    #[sea_orm(string_value = "pending_review")]
    PendingReview,
    /// They may not.
    #[sea_orm(string_value = "rejected")]
    Rejected,
    /// Something newer of the same subject took its place.
    #[sea_orm(string_value = "superseded")]
    Superseded,
}

/// One text or picture. Of a subject and purpose the one that is not superseded counts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "moderation_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who wrote it.
    pub account_id: Uuid,
    /// Region of the author when it was written; decides whose staff review it.
    pub region_code: Option<String>,
    pub kind: Kind,
    /// Where it stands, such as `nickname`.
    pub purpose: String,
    /// Kind of what it belongs to, such as `person`.
    pub subject_kind: String,
    pub subject_id: String,
    /// The text sealed with the author's key, while somebody has to read it.
    #[sea_orm(column_type = "Blob", nullable)]
    pub text_cell: Option<Vec<u8>>,
    pub state: State,
    /// What was found.
    pub label: Option<String>,
    pub created_at: ChronoUnixTimestampMillis,
    /// When the automatic check ended.
    pub checked_at: Option<ChronoUnixTimestampMillis>,
    pub reviewed_by: Option<Uuid>,
    pub reviewed_at: Option<ChronoUnixTimestampMillis>,
    /// What the reviewer says to the author.
    pub reason: Option<String>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
    #[sea_orm(belongs_to, from = "region_code", to = "code")]
    pub region: BelongsTo<Option<super::region::Entity>>,
    #[sea_orm(belongs_to, from = "reviewed_by", to = "id")]
    pub reviewer: BelongsTo<Option<super::staff::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
