//! How long rows are kept, and what is left when old ones are deleted.
//!
//! The last deleted row leaves its number and hash, signed, which the first kept row continues. So a
//! purged log is as verifiable as a whole one, and nobody but the server can purge.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{audit_event, audit_head};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::event::{Action, Actor, AuditEvent};
use super::verify::{is_beginning, stored_hash};
use crate::keys::{KeyFile, key_pair, public_key};
use crate::state::AppState;

/// How long rows are kept: the six months of the Cybersecurity Law, article 21, and a day.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(185);

const DOMAIN: &[u8] = b"kangtu audit anchor 1";
const ROWS_AT_ONCE: i64 = 1_000;

/// Deletes rows older than [`KEPT_FOR`]. Returns how many.
///
/// # Errors
/// When the database fails; what was deleted by then stays verifiable.
pub async fn purge(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let mut purged = 0;
    loop {
        let done = purge_some(state, now).await?;
        purged += done;
        if done == 0 {
            break;
        }
    }
    if purged > 0 {
        let event = AuditEvent::new(Action::AuditPurged, Actor::Server).with(json!({ "rows": purged }));
        super::record(state, event).await?;
    }
    Ok(purged)
}

async fn purge_some(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let head = super::verify::head(&state.database).await?;
    // The clock may have been set back, so the rows to go end before the first young one.
    let first_kept = audit_event::Entity::find()
        .filter(audit_event::Column::At.gt((now - KEPT_FOR).timestamp_millis()))
        .order_by_asc(audit_event::Column::Seq)
        .one(state.database.reader())
        .await?;
    let last_old = first_kept.map_or(head.seq, |row| row.seq - 1).min(head.anchor_seq + ROWS_AT_ONCE);
    if last_old <= head.anchor_seq {
        return Ok(0);
    }
    let Some(last) = audit_event::Entity::find_by_id(last_old).one(state.database.reader()).await? else {
        anyhow::bail!("row {last_old} of the audit log is missing; run: kangtu audit verify");
    };
    let at: DateTime<Utc> = *last.at;
    let bytes = signed_bytes(last.seq, &last.hash, at);
    let signature = key_pair(&state.keys.current().audit)?.sign(&bytes).as_ref().to_vec();
    let (last, signature) = (Arc::new(last), Arc::new(signature));
    let deleted = state.database.write(move |transaction| {
        let (last, signature) = (Arc::clone(&last), Arc::clone(&signature));
        Box::pin(async move {
            let moved = audit_head::Entity::update_many()
                .col_expr(audit_head::Column::AnchorSeq, Expr::value(last.seq))
                .col_expr(audit_head::Column::AnchorHash, Expr::value(last.hash.clone()))
                .col_expr(audit_head::Column::AnchorAt, Expr::value(last.at.timestamp_millis()))
                .col_expr(audit_head::Column::AnchorSignature, Expr::value(signature.as_ref().clone()))
                .filter(audit_head::Column::AnchorSeq.lt(last.seq))
                .exec(transaction)
                .await?;
            if moved.rows_affected == 0 {
                return Ok(0);
            }
            let old = audit_event::Entity::delete_many().filter(audit_event::Column::Seq.lte(last.seq));
            Ok(old.exec(transaction).await?.rows_affected)
        })
    });
    Ok(deleted.await?)
}

/// Whether the log begins where the server let it begin.
///
/// # Errors
/// When the key file holds no usable audit key.
pub(super) fn is_genuine(
    head: &audit_head::Model,
    keys: &KeyFile,
    now: DateTime<Utc>,
) -> anyhow::Result<bool> {
    let Some((at, signature)) = head.anchor_at.zip(head.anchor_signature.as_ref()) else {
        return Ok(is_beginning(head));
    };
    let at: DateTime<Utc> = *at;
    let key = UnparsedPublicKey::new(&ED25519, public_key(&keys.audit)?);
    let bytes = signed_bytes(head.anchor_seq, &stored_hash(&head.anchor_hash)?, at);
    Ok(at + KEPT_FOR <= now && key.verify(&bytes, signature).is_ok())
}

fn signed_bytes(seq: i64, hash: &[u8], at: DateTime<Utc>) -> Vec<u8> {
    let mut bytes = DOMAIN.to_vec();
    bytes.extend(seq.to_be_bytes());
    bytes.extend(hash);
    bytes.extend(at.timestamp_millis().to_be_bytes());
    bytes
}
