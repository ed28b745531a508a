//! Every sealed column of the database.
//!
//! Rotation seals their cells anew before it deletes old data keys. A column that is missing here would
//! become unreadable, so a test compares this list with the schema.

use super::cell::Column;

/// Type of the primary key of a table with sealed cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKey {
    /// A UUID; a cell is bound to its 16 bytes.
    Uuid,
    /// Text; a cell is bound to its UTF-8 bytes.
    Text,
}

/// A column of sealed cells, and how its rows are found. Whose keys seal a cell is told by the key that
/// the cell names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedColumn {
    /// The column.
    pub column: Column,
    /// The primary key of its table.
    pub key: &'static str,
    /// What the primary key is.
    pub row_key: RowKey,
}

/// Every sealed column. Not here: `data_key.wrapped`, sealed with a master key, and
/// `refresh_token.successor_cell`, sealed with the token itself and dead within seconds.
pub const SEALED: &[SealedColumn] = &[
    by_id("access_log", "reader_label_cell"),
    by_id("account", "openid_cell"),
    by_id("account", "phone_cell"),
    by_id("account", "session_key_cell"),
    by_id("account", "unionid_cell"),
    by_id("export_job", "file_key_cell"),
    by_id("feedback", "comment_cell"),
    by_id("follow_up_result", "detail_cell"),
    by_id("health_goal", "goal_cell"),
    by_id("health_reminder", "plan_cell"),
    by_id("hut_device", "digest_key_cell"),
    by_id("hut_gateway", "former_key_cell"),
    by_id("hut_gateway", "key_cell"),
    by_id("hut_reading", "values_cell"),
    by_id("idempotency_key", "answer_cell"),
    by_id("measurement", "value_cell"),
    by_id("measurement_quarantine", "reading_cell"),
    by_id("message_outbox", "payload_cell"),
    by_id("moderation_item", "text_cell"),
    by_id("notice", "body_cell"),
    by_id("person", "birth_date_cell"),
    by_id("person", "name_cell"),
    SealedColumn {
        column: Column { table: "pregnancy", column: "pregnancy_cell" },
        key: "person_id",
        row_key: RowKey::Uuid,
    },
    by_id("record_alert", "detail_cell"),
    SealedColumn {
        column: Column { table: "record_digest", column: "digest_cell" },
        key: "person_id",
        row_key: RowKey::Uuid,
    },
    by_id("record_share", "label_cell"),
    by_id("referral", "return_cell"),
    by_id("referral", "slip_cell"),
    by_id("registration", "consent_note_cell"),
    by_id("registration", "contact_phone_cell"),
    by_id("registration_person", "answers_cell"),
    by_id("staff", "totp_cell"),
    by_id("wechat_event", "payload_cell"),
];

/// A column of a table whose primary key is a UUID named `id`.
const fn by_id(table: &'static str, column: &'static str) -> SealedColumn {
    SealedColumn { column: Column { table, column }, key: "id", row_key: RowKey::Uuid }
}
