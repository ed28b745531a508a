//! The check of a picture: WeChat takes it, and pushes the result within half an hour.
//!
//! The push may come before the answer that names it, and before that name is in the database. Whichever
//! of the two is written second finds the other in `media_check` and applies the result.

use chrono::{DateTime, Utc};
use entity::media_check::{self, Suggestion as Suggested};
use entity::moderation_item::{self, Kind, State};
use sea_orm::sea_query::{Expr, Func, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::check::openid_of;
use super::item::{self, NewItem, Purpose, Subject};
use crate::error::ApiResult;
use crate::identity::caller::Resident;
use crate::state::AppState;
use crate::wechat::client::{CheckVerdict, MediaCheck, MediaKind, Suggestion};

/// Label of a picture about which WeChat never told anything.
pub(super) const NO_ANSWER: &str = "no_answer";

/// Notes a picture that will be checked, in the transaction that saves it. Nobody but the author sees it
/// until it passes.
///
/// # Errors
/// When the database fails.
pub async fn record(
    state: &AppState,
    transaction: &DatabaseTransaction,
    author: &Resident,
    purpose: Purpose,
    subject: &Subject,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    let new = NewItem {
        author: *author,
        kind: Kind::Image,
        purpose,
        subject,
        state: State::Checking,
        label: None,
        text: None,
    };
    item::write(state, transaction, new, now).await
}

/// Asks WeChat to check a picture that was recorded. `media_url` must be reachable from the internet for
/// half an hour. Where WeChat cannot be asked, a person looks at the picture.
///
/// # Errors
/// When the database fails; the picture then waits for a person.
pub async fn request_check(
    state: &AppState,
    author: &Resident,
    purpose: Purpose,
    item_id: Uuid,
    media_url: &str,
) -> ApiResult<()> {
    let accepted = match openid_of(state, author).await? {
        Some(openid) => {
            let scene = purpose.scene();
            let check = MediaCheck { openid: &openid, scene, media_url, kind: MediaKind::Image };
            state.wechat.client.check_media(&check).await.map_err(|error| error.to_string())
        }
        None => Err("the author has no openid".to_owned()),
    };
    let now = state.clock.now();
    match accepted {
        Ok(trace_id) => {
            state
                .database
                .write(move |transaction| {
                    let trace_id = trace_id.clone();
                    Box::pin(async move { note_trace(transaction, &trace_id, item_id, now).await })
                })
                .await
        }
        Err(error) => {
            tracing::warn!(error, "a picture could not be checked: a person will look at it");
            let database = &state.database;
            database
                .write(move |transaction| {
                    Box::pin(async move {
                        decide(transaction, item_id, State::PendingReview, "unchecked", now).await
                    })
                })
                .await
        }
    }
}

/// Notes which picture a check is about.
pub(super) async fn note_trace(
    transaction: &DatabaseTransaction,
    trace_id: &str,
    item_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let half = media_check::ActiveModel {
        trace_id: ActiveValue::Set(trace_id.to_owned()),
        item_id: ActiveValue::Set(Some(item_id)),
        suggestion: ActiveValue::Set(None),
        label: ActiveValue::Set(None),
        noted_at: ActiveValue::Set(now.into()),
    };
    join(transaction, half, now).await
}

/// Notes what a check found.
pub(super) async fn note_verdict(
    transaction: &DatabaseTransaction,
    trace_id: &str,
    verdict: &CheckVerdict,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let suggestion = match verdict.suggestion {
        Suggestion::Pass => Suggested::Pass,
        Suggestion::Review => Suggested::Review,
        Suggestion::Risky => Suggested::Risky,
    };
    let half = media_check::ActiveModel {
        trace_id: ActiveValue::Set(trace_id.to_owned()),
        item_id: ActiveValue::Set(None),
        suggestion: ActiveValue::Set(Some(suggestion)),
        label: ActiveValue::Set(Some(format!("wechat.{}", verdict.label))),
        noted_at: ActiveValue::Set(now.into()),
    };
    join(transaction, half, now).await
}

/// Writes one half; the conflict makes the second writer wait for the first, so that it sees both.
async fn join(
    transaction: &DatabaseTransaction,
    half: media_check::ActiveModel,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let trace_id = half.trace_id.clone().take().unwrap_or_default();
    let kept = |column: media_check::Column| {
        let held = Expr::col((media_check::Entity, column));
        Expr::expr(Func::coalesce([held, Expr::col(("excluded", column))]))
    };
    let mut both = OnConflict::column(media_check::Column::TraceId);
    for column in [media_check::Column::ItemId, media_check::Column::Suggestion, media_check::Column::Label] {
        both.value(column, kept(column));
    }
    media_check::Entity::insert(half).on_conflict(both).exec_without_returning(transaction).await?;
    let whole = media_check::Entity::find_by_id(trace_id).one(transaction).await?;
    let Some((item_id, suggestion, label)) =
        whole.and_then(|check| Some((check.item_id?, check.suggestion?, check.label?)))
    else {
        return Ok(());
    };
    let state = match suggestion {
        Suggested::Pass => State::Pass,
        Suggested::Review => State::PendingReview,
        Suggested::Risky => State::Rejected,
    };
    decide(transaction, item_id, state, &label, now).await
}

/// A result that comes after a person was asked still helps, as long as nobody has decided.
async fn decide(
    transaction: &DatabaseTransaction,
    item_id: Uuid,
    state: State,
    label: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let unanswered = Condition::all()
        .add(moderation_item::Column::State.eq(State::PendingReview))
        .add(moderation_item::Column::Label.eq(NO_ANSWER));
    let undecided = Condition::any().add(moderation_item::Column::State.eq(State::Checking)).add(unanswered);
    moderation_item::Entity::update_many()
        .col_expr(moderation_item::Column::State, Expr::val(state))
        .col_expr(moderation_item::Column::Label, Expr::val(label))
        .col_expr(moderation_item::Column::CheckedAt, Expr::val(now.timestamp_millis()))
        .filter(moderation_item::Column::Id.eq(item_id))
        .filter(moderation_item::Column::Kind.eq(Kind::Image))
        .filter(undecided)
        .exec(transaction)
        .await?;
    Ok(())
}
