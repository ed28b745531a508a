//! The steps of an activity: draft, submitted, reviewed by somebody else, published, called off.

use chrono::{DateTime, Utc};
use entity::activity::{self, Column, Status};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter};

use super::draft::wrong_step;
use super::hosting::{self, Host};
use super::hosting_dto::HostedActivity;
use super::{revision, search};
use crate::error::{ApiError, ApiResult};
use crate::registrations;
use crate::state::AppState;

/// A step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The draft is finished.
    Submit,
    /// It is good.
    Approve,
    /// It is not, or shall be changed.
    Return,
    /// Everybody shall see it.
    Publish,
    /// It does not take place.
    Cancel(String),
}

impl Step {
    fn word(&self) -> &'static str {
        match self {
            Self::Submit => "submitted",
            Self::Approve => "reviewed",
            Self::Return => "returned",
            Self::Publish => "published",
            Self::Cancel(_) => "cancelled",
        }
    }

    /// What changes, or why it cannot.
    fn change(
        &self,
        row: &activity::Model,
        host: &Host,
        now: DateTime<Utc>,
    ) -> ApiResult<activity::ActiveModel> {
        let mut change = activity::ActiveModel::default();
        let status = match (self, row.status) {
            (Self::Submit, Status::Draft) => Status::Submitted,
            (Self::Approve, Status::Submitted) => {
                if [row.edited_by, row.drafted_by].contains(&Some(host.staff_id)) {
                    return Err(own_work());
                }
                change.reviewed_by = ActiveValue::Set(Some(host.staff_id));
                change.reviewed_at = ActiveValue::Set(Some(now.into()));
                Status::Reviewed
            }
            (Self::Return, Status::Submitted | Status::Reviewed) => {
                change.reviewed_by = ActiveValue::Set(None);
                change.reviewed_at = ActiveValue::Set(None);
                Status::Draft
            }
            (Self::Publish, Status::Reviewed) => {
                if now >= *row.starts_at {
                    return Err(ApiError::Conflict {
                        code: "has_started",
                        detail: "开始时间已经过了，请退回修改时间后再发布。".into(),
                    });
                }
                change.published_at = ActiveValue::Set(Some(now.into()));
                Status::Published
            }
            // What was never announced is put away for good; only staff ever knew of it.
            (
                Self::Cancel(reason),
                Status::Published | Status::Draft | Status::Submitted | Status::Reviewed,
            ) => {
                if row.status == Status::Published && now >= *row.ends_at {
                    return Err(ApiError::Conflict {
                        code: "has_ended",
                        detail: "活动已经结束，不能再取消。".into(),
                    });
                }
                change.cancelled_at = ActiveValue::Set(Some(now.into()));
                change.cancel_reason = ActiveValue::Set(Some(reason.clone()));
                Status::Cancelled
            }
            (_, status) => return Err(wrong_step(status)),
        };
        change.status = ActiveValue::Set(status);
        Ok(change)
    }
}

fn own_work() -> ApiError {
    ApiError::Forbidden {
        code: "own_work", detail: "自己编写或修改的活动要由另一位同事审核。".into()
    }
}

/// Takes a step.
pub(super) async fn take(
    state: &AppState,
    host: Host,
    (id, version): (i32, i32),
    step: Step,
    now: DateTime<Utc>,
) -> ApiResult<HostedActivity> {
    let state_in = state.clone();
    let numbers = state
        .database
        .write(move |transaction| {
            let (state, host, step) = (state_in.clone(), host.clone(), step.clone());
            Box::pin(async move {
                let mut locked = host.lock(transaction, id).await?;
                hosting::require_version(&locked.row, version)?;
                let change = activity::ActiveModel {
                    version: ActiveValue::Set(version + 1),
                    changed_revision: ActiveValue::Set(revision::raise(transaction, now).await?),
                    updated_at: ActiveValue::Set(now.into()),
                    ..step.change(&locked.row, &host, now)?
                };
                activity::Entity::update_many()
                    .set(change)
                    .filter(Column::Id.eq(id))
                    .exec(transaction)
                    .await?;
                locked.row = hosting::read(transaction, id).await?;
                if let Step::Cancel(reason) = &step {
                    registrations::call_off(&state, transaction, &mut locked, reason, now).await?;
                }
                let numbers = locked.save(transaction, now).await?;
                search::reindex(transaction, &locked.row).await?;
                host.tell(transaction, &locked.row, step.word(), now).await?;
                Ok(numbers)
            })
        })
        .await?;
    hosting::refresh(state).await?;
    state.activities.note_seats([numbers]);
    hosting::get(state, id).await
}
