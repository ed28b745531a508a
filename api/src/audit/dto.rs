use chrono::{DateTime, Utc};
use entity::audit_event;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditRowList {
    /// The rows.
    pub(super) items: Vec<AuditRow>,
    /// Cursor of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditRow {
    /// Number of the row.
    #[schema(example = 17)]
    seq: i64,
    /// When it happened.
    at: DateTime<Utc>,
    /// What happened.
    #[schema(example = "login.failed")]
    action: String,
    /// Who did it: `anonymous`, `resident`, `staff`, `operator` (the program's commands) or `server`.
    #[schema(example = "staff")]
    actor_kind: String,
    /// Account of the resident or of staff.
    actor_id: Option<String>,
    /// Kind of thing it was done to.
    #[schema(example = "person")]
    object_kind: Option<String>,
    /// Its id.
    object_id: Option<String>,
    /// Region it concerns.
    #[schema(example = "440307009000")]
    region_code: Option<String>,
    /// How it ended: `done`, `refused` or `failed`.
    #[schema(example = "done")]
    outcome: String,
    /// More about it.
    #[schema(value_type = Object)]
    detail: Value,
    /// Name of the request in the server's log.
    request_id: Option<String>,
    /// Neighbourhood the request came from.
    #[schema(example = "203.0.113.0/24")]
    client_prefix: Option<String>,
}

impl From<audit_event::Model> for AuditRow {
    fn from(row: audit_event::Model) -> Self {
        Self {
            seq: row.seq,
            at: *row.at,
            action: row.action,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            object_kind: row.object_kind,
            object_id: row.object_id,
            region_code: row.region_code,
            outcome: row.outcome,
            // Text that is no JSON any more was tampered with; it is shown as it is.
            detail: serde_json::from_str(&row.detail)
                .unwrap_or_else(|_| serde_json::json!({ "text": row.detail })),
            request_id: row.request_id,
            client_prefix: row.client_prefix,
        }
    }
}
