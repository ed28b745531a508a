//! What staff draft, and how they see it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::activity::{self, Column, Status};
use entity::{activity_key_group, activity_media, activity_team};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::draft::{self, ActivityDraft};
use super::hosting_dto::{
    ActivityContent, HostedActivity, HostedActivityList, MediaUse, QuestionContent, TeamMember,
};
use super::listing::words;
use super::published::Activity;
use super::{load, no_such_activity, revision, search, wording};
use crate::audit::{self, Action, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::regions::RegionScope;
use crate::registrations::{self, Locked};
use crate::state::AppState;

/// Who does something to an activity.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) staff_id: uuid::Uuid,
    pub(super) scope: RegionScope,
    /// Where they may also look at activities before everybody sees them.
    pub(super) reviews: Option<RegionScope>,
    /// What the audit log is told.
    pub(super) event: AuditEvent,
}

impl Host {
    /// Tells the audit log what was done to which activity.
    pub(super) async fn tell(
        &self,
        transaction: &DatabaseTransaction,
        row: &activity::Model,
        what: &'static str,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        let event = AuditEvent { action: Action::ActivityChanged, ..self.event.clone() };
        let event = event.on("activity", row.id).in_region(row.region_code.clone());
        audit::append(transaction, &event.with(serde_json::json!({"step": what})), now).await
    }

    /// Locks an activity of the host's regions.
    pub(super) async fn lock(&self, transaction: &DatabaseTransaction, id: i32) -> ApiResult<Locked> {
        let locked = Locked::find(transaction, id).await?;
        self.scope.require(&locked.row.region_code).map_err(|_outside| no_such_activity())?;
        Ok(locked)
    }
}

/// Makes a draft.
pub(super) async fn create(
    state: &AppState,
    host: Host,
    mut draft: ActivityDraft,
    now: DateTime<Utc>,
) -> ApiResult<HostedActivity> {
    draft.row.status = ActiveValue::Set(Status::Draft);
    draft.row.drafted_by = ActiveValue::Set(Some(host.staff_id));
    draft.row.edited_by = ActiveValue::Set(Some(host.staff_id));
    draft.row.demo = ActiveValue::Set(false);
    let id = state
        .database
        .write(move |transaction| {
            let (draft, host) = (draft.clone(), host.clone());
            Box::pin(async move {
                let id = draft::insert(transaction, &draft, now).await?;
                let row = read(transaction, id).await?;
                host.tell(transaction, &row, "drafted", now).await?;
                Ok(id)
            })
        })
        .await?;
    get(state, id).await
}

pub(super) async fn read(connection: &impl ConnectionTrait, id: i32) -> ApiResult<activity::Model> {
    activity::Entity::find_by_id(id).one(connection).await?.ok_or_else(no_such_activity)
}

/// Changes an activity. What was published stays so; whoever is signed up is told of another time or place, and what
/// the public reads changes only by somebody who may find it good. A draft that was reviewed has to be reviewed again.
pub(super) async fn edit(
    state: &AppState,
    host: Host,
    (id, version): (i32, i32),
    draft: ActivityDraft,
    now: DateTime<Utc>,
) -> ApiResult<HostedActivity> {
    let state_in = state.clone();
    let numbers = state
        .database
        .write(move |transaction| {
            let (state, host, draft) = (state_in.clone(), host.clone(), draft.clone());
            Box::pin(async move {
                let mut locked = host.lock(transaction, id).await?;
                let before = locked.row.clone();
                require_version(&before, version)?;
                may_edit(&before, &draft, now)?;
                draft::check_references(transaction, &draft).await?;
                let read_before = wording::read(transaction, &before).await?;
                let changed = activity::ActiveModel {
                    target_capacity: ActiveValue::NotSet,
                    version: ActiveValue::Set(version + 1),
                    changed_revision: ActiveValue::Set(revision::raise(transaction, now).await?),
                    updated_at: ActiveValue::Set(now.into()),
                    ..draft.row.clone()
                };
                let changed = stand(changed, &before, host.staff_id);
                update(transaction, id, changed).await?;
                draft::write_parts(transaction, id, &draft, now).await?;
                let edited = read(transaction, id).await?;
                let reworded = wording::changed(&read_before, &wording::read(transaction, &edited).await?);
                if before.status == Status::Published && !reworded.is_empty() {
                    wording::require_reviewer(&host, (&before, &edited), &reworded)?;
                    update(transaction, id, wording::found_good(&host, now)).await?;
                }
                let seats = *draft.row.target_capacity.try_as_ref().unwrap_or(&before.target_capacity);
                locked.row = activity::Model { capacity: before.capacity, ..read(transaction, id).await? };
                locked.set_target(seats);
                registrations::after_edit(&state, transaction, &mut locked, &before, now).await?;
                let numbers = locked.save(transaction, now).await?;
                search::reindex(transaction, &locked.row).await?;
                host.tell(transaction, &locked.row, "edited", now).await?;
                Ok(numbers)
            })
        })
        .await?;
    refresh(state).await?;
    state.activities.note_seats([numbers]);
    get(state, id).await
}

/// Where an activity stands after an edit. What is published names whoever wrote and whoever reviewed what the public
/// reads, whoever else moves it to another day; a draft waits for its review.
fn stand(
    changed: activity::ActiveModel,
    before: &activity::Model,
    staff_id: uuid::Uuid,
) -> activity::ActiveModel {
    if before.status == Status::Published {
        return changed;
    }
    activity::ActiveModel {
        status: ActiveValue::Set(Status::Draft),
        edited_by: ActiveValue::Set(Some(staff_id)),
        reviewed_by: ActiveValue::Set(None),
        reviewed_at: ActiveValue::Set(None),
        ..changed
    }
}

async fn update(transaction: &DatabaseTransaction, id: i32, changed: activity::ActiveModel) -> ApiResult<()> {
    activity::Entity::update_many().set(changed).filter(Column::Id.eq(id)).exec(transaction).await?;
    Ok(())
}

pub(super) fn require_version(row: &activity::Model, version: i32) -> ApiResult<()> {
    if row.version == version {
        return Ok(());
    }
    Err(ApiError::PreconditionFailed { version: row.version, changed_by: None })
}

fn may_edit(before: &activity::Model, draft: &ActivityDraft, now: DateTime<Utc>) -> ApiResult<()> {
    if before.status == Status::Cancelled {
        return Err(draft::wrong_step(Status::Cancelled));
    }
    let off = draft.row.waiting_list.try_as_ref() == Some(&activity::WaitingList::Off);
    if off && before.waiting > 0 {
        return Err(ApiError::Conflict {
            code: "somebody_waits",
            detail: "还有人在候补，现在不能关闭候补。可以先增加名额，或者取消活动。".into(),
        });
    }
    let moved = draft.row.starts_at.try_as_ref().is_some_and(|at| *at != before.starts_at);
    if before.status == Status::Published && now >= *before.starts_at && moved {
        return Err(ApiError::Conflict {
            code: "has_started",
            detail: "活动已经开始，不能再改开始时间。可以复制一份重新发布。".into(),
        });
    }
    Ok(())
}

/// Takes up what was written, before anybody is told that it was done.
pub(super) async fn refresh(state: &AppState) -> ApiResult<()> {
    state.activities.refresh(&state.database).await
}

/// One activity as staff see it.
pub(super) async fn get(state: &AppState, id: i32) -> ApiResult<HostedActivity> {
    let reader = state.database.reader();
    let row = read(reader, id).await?;
    let mut shown = told(reader, vec![row]).await?;
    shown.pop().ok_or_else(no_such_activity)
}

/// One activity of the caller's regions.
pub(super) async fn find(state: &AppState, scope: &RegionScope, id: i32) -> ApiResult<HostedActivity> {
    let found = get(state, id).await?;
    scope.require(&found.content.region_code).map_err(|_outside| no_such_activity())?;
    Ok(found)
}

/// Where a page of hosted activities goes on: behind this change.
pub(super) type After = (i64, i32);

/// Activities of the caller's regions, the last changed first.
pub(super) async fn list(
    state: &AppState,
    scope: &RegionScope,
    status: Option<Status>,
    after: Option<After>,
    limit: usize,
) -> ApiResult<HostedActivityList> {
    let mut query = activity::Entity::find()
        .filter(Column::RegionCode.is_in(scope.codes()))
        .order_by_desc(Column::UpdatedAt)
        .order_by_desc(Column::Id)
        .limit(limit as u64 + 1);
    if let Some(status) = status {
        query = query.filter(Column::Status.eq(status));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            Condition::any()
                .add(Expr::col(Column::UpdatedAt).lt(at))
                .add(Expr::col(Column::UpdatedAt).eq(at).and(Expr::col(Column::Id).lt(id))),
        );
    }
    let reader = state.database.reader();
    let mut rows = query.all(reader).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more);
    let next = next.map(|row| format!("{}-{}", row.updated_at.timestamp_millis(), row.id));
    Ok(HostedActivityList { items: told(reader, rows).await?, next })
}

/// Activities with everything that belongs to them, as staff see them.
pub(super) async fn told(
    connection: &impl ConnectionTrait,
    rows: Vec<activity::Model>,
) -> ApiResult<Vec<HostedActivity>> {
    let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
    let team = activity_team::Entity::find()
        .filter(activity_team::Column::ActivityId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let media = activity_media::Entity::find()
        .filter(activity_media::Column::ActivityId.is_in(ids.iter().copied()))
        .order_by_asc(activity_media::Column::Position)
        .all(connection)
        .await?;
    let groups = activity_key_group::Entity::find()
        .filter(activity_key_group::Column::ActivityId.is_in(ids))
        .all(connection)
        .await?;
    let activities = load(connection, rows).await?;
    let parts = Arc::new((team, media, groups));
    Ok(activities.iter().map(|activity| hosted(activity, &parts)).collect())
}

type Parts = (Vec<activity_team::Model>, Vec<activity_media::Model>, Vec<activity_key_group::Model>);

fn hosted(activity: &Activity, (team, media, groups): &Parts) -> HostedActivity {
    let row = &activity.row;
    let at = |at: Option<sea_orm::prelude::ChronoUnixTimestampMillis>| at.map(|at| activity.told(*at));
    HostedActivity {
        id: row.id,
        status: row.status.into(),
        content: ActivityContent {
            kind: row.kind.into(),
            title: row.title.clone(),
            summary: row.summary.clone(),
            description: row.description.clone(),
            region_code: row.region_code.clone(),
            series_id: row.series_id,
            topic_id: row.topic_id.clone(),
            venue_type: row.venue_type.map(Into::into),
            feature_id: row.feature_id,
            place_name: row.place_name.clone(),
            address: row.address.clone(),
            host: row.host.clone(),
            contact_phone: row.contact_phone.clone(),
            provider: row.provider.clone(),
            contract_reference: row.contract_reference.clone(),
            starts_at: *row.starts_at,
            ends_at: *row.ends_at,
            needs_sign_up: row.needs_signup,
            sign_up_opens_at: Some(*row.signup_opens_at),
            sign_up_closes_at: Some(*row.signup_closes_at),
            check_in_opens_at: Some(*row.check_in_opens_at),
            check_in_closes_at: Some(*row.check_in_closes_at),
            self_check_in: row.self_check_in,
            self_check_in_radius_m: row.self_check_in_radius_m,
            capacity: row.target_capacity,
            waiting_list: row.waiting_list.into(),
            waiting_order: row.waiting_order.into(),
            waiting_limit: row.waiting_limit,
            family_limit: row.family_limit,
            min_age: row.min_age,
            max_age: row.max_age,
            sex: row.sex.map(Into::into),
            eligible_region_code: row.eligible_region_code.clone(),
            key_groups: groups
                .iter()
                .filter(|group| group.activity_id == row.id)
                .map(|group| group.key_group_id.clone())
                .collect(),
            counts_no_shows: row.counts_no_shows,
            lecturer_ids: activity.lecturers.iter().map(|lecturer| lecturer.id).collect(),
            team: team
                .iter()
                .filter(|member| member.activity_id == row.id)
                .map(|member| TeamMember { staff_id: member.staff_id, duty: member.duty.into() })
                .collect(),
            questions: activity
                .questions
                .iter()
                .map(|question| QuestionContent {
                    id: Some(question.id),
                    kind: question.kind.into(),
                    label: question.label.clone(),
                    options: words(&question.options),
                    required: question.required,
                    per_person: question.per_person,
                })
                .collect(),
            media: media
                .iter()
                .filter(|media| media.activity_id == row.id)
                .map(|media| MediaUse {
                    media_id: media.media_id,
                    purpose: media.purpose.into(),
                    caption: media.caption.clone(),
                })
                .collect(),
        },
        seats: row.capacity,
        taken: row.taken,
        waiting: row.waiting,
        drafted_by: row.drafted_by,
        edited_by: row.edited_by,
        reviewed_by: row.reviewed_by,
        reviewed_at: at(row.reviewed_at),
        published_at: at(row.published_at),
        cancelled_at: at(row.cancelled_at),
        cancel_reason: row.cancel_reason.clone(),
        copied_from: row.copied_from,
        demo: row.demo,
        version: row.version,
        updated_at: activity.told(*row.updated_at),
    }
}
