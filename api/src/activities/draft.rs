//! What an activity shall be, checked, and its rows.

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity::{self, Status};
use entity::{
    activity_key_group, activity_lecturer, activity_media, activity_question, activity_series, activity_team,
    feature, key_group, lecturer, media, staff, topic,
};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::revision;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};

/// No activity lasts longer.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(40);
const MOST_QUESTIONS: usize = 20;
const MOST_OPTIONS: usize = 20;
const MOST_MEDIA: usize = 50;

/// An activity as it shall be.
#[derive(Clone, Debug)]
pub struct ActivityDraft {
    /// The columns that are edited; the others are left alone.
    pub row: activity::ActiveModel,
    /// Ids of groups whose members may come.
    pub key_groups: Vec<String>,
    /// Numbers of lecturers in display order.
    pub lecturers: Vec<i32>,
    /// Who of the staff runs it.
    pub team: Vec<(Uuid, activity_team::Duty)>,
    /// What is asked, in display order.
    pub questions: Vec<QuestionDraft>,
    /// Pictures and papers in display order: id, purpose, caption.
    pub media: Vec<(Uuid, activity_media::Purpose, String)>,
}

/// A question as it shall be.
#[derive(Clone, Debug)]
pub struct QuestionDraft {
    /// A question that stands there already.
    pub id: Option<i32>,
    /// How it is answered.
    pub kind: activity_question::Kind,
    /// The question.
    pub label: String,
    /// What can be chosen.
    pub options: Vec<String>,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether each person answers it.
    pub per_person: bool,
}

/// Times and numbers of an activity, all of them given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) signup_opens_at: DateTime<Utc>,
    pub(super) signup_closes_at: DateTime<Utc>,
    pub(super) check_in_opens_at: DateTime<Utc>,
    pub(super) check_in_closes_at: DateTime<Utc>,
}

impl Frame {
    /// Names every time that does not fit the others.
    pub(super) fn check(&self, errors: &mut FieldErrors) {
        if self.ends_at <= self.starts_at || self.ends_at - self.starts_at > LONGEST {
            errors.add("/ends_at", "bad_times", "结束时间要晚于开始时间，且一次活动不超过 40 天。");
        }
        if self.signup_closes_at > self.starts_at {
            errors.add("/sign_up_closes_at", "bad_times", "报名截止时间不能晚于活动开始时间。");
        }
        if self.signup_opens_at >= self.signup_closes_at {
            errors.add("/sign_up_opens_at", "bad_times", "报名开始时间要早于报名截止时间。");
        }
        if self.check_in_opens_at > self.starts_at || self.check_in_opens_at >= self.check_in_closes_at {
            errors.add(
                "/check_in_opens_at",
                "bad_times",
                "签到开始时间不能晚于活动开始，且要早于签到截止时间。",
            );
        }
        if self.check_in_closes_at < self.starts_at {
            let message = "签到截止时间不能早于活动开始时间；改了活动时间，请把签到时间一起改。";
            errors.add("/check_in_closes_at", "bad_times", message);
        }
    }
}

impl QuestionDraft {
    pub(super) fn check(&self, at: usize, errors: &mut FieldErrors) {
        use activity_question::Kind;
        let length = self.label.trim().chars().count();
        if !(1..=100).contains(&length) {
            errors.add(format!("/questions/{at}/label"), "bad_length", "请填写问题，1 到 100 个字。");
        }
        let chosen = matches!(self.kind, Kind::OneOf | Kind::SomeOf);
        let options_fit = if chosen {
            (2..=MOST_OPTIONS).contains(&self.options.len())
                && self.options.iter().all(|option| (1..=40).contains(&option.trim().chars().count()))
        } else {
            self.options.is_empty()
        };
        if !options_fit {
            let message = "选择题要有 2 到 20 个选项，每个 1 到 40 个字；其他题目不要填写选项。";
            errors.add(format!("/questions/{at}/options"), "bad_options", message);
        }
    }
}

impl ActivityDraft {
    pub(super) fn check_lists(&self, errors: &mut FieldErrors) {
        if self.questions.len() > MOST_QUESTIONS {
            errors.add("/questions", "too_many", "问题最多 20 个。");
        }
        if self.media.len() > MOST_MEDIA {
            errors.add("/media", "too_many", "图片和资料最多 50 个。");
        }
        for (at, question) in self.questions.iter().enumerate() {
            question.check(at, errors);
        }
    }
}

/// Adds a new activity; returns its number.
///
/// # Errors
/// 422 where it names what does not exist.
pub async fn insert(
    transaction: &DatabaseTransaction,
    draft: &ActivityDraft,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    check_references(transaction, draft).await?;
    let target = *draft.row.target_capacity.try_as_ref().unwrap_or(&1);
    let row = activity::ActiveModel {
        capacity: ActiveValue::Set(target),
        taken: ActiveValue::Set(0),
        waiting: ActiveValue::Set(0),
        waiting_entries: ActiveValue::Set(0),
        wait_sequence: ActiveValue::Set(0),
        seats_changed_at: ActiveValue::Set(now.into()),
        version: ActiveValue::Set(1),
        changed_revision: ActiveValue::Set(revision::raise(transaction, now).await?),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
        ..draft.row.clone()
    };
    let id = activity::Entity::insert(row).exec(transaction).await?.last_insert_id;
    write_parts(transaction, id, draft, now).await?;
    Ok(id)
}

/// Replaces what belongs to an activity beside its row.
pub(super) async fn write_parts(
    transaction: &DatabaseTransaction,
    id: i32,
    draft: &ActivityDraft,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    activity_key_group::Entity::delete_many()
        .filter(activity_key_group::Column::ActivityId.eq(id))
        .exec(transaction)
        .await?;
    let groups = draft.key_groups.iter().map(|group| activity_key_group::ActiveModel {
        activity_id: ActiveValue::Set(id),
        key_group_id: ActiveValue::Set(group.clone()),
    });
    insert_all::<activity_key_group::Entity, _>(transaction, groups).await?;

    activity_lecturer::Entity::delete_many()
        .filter(activity_lecturer::Column::ActivityId.eq(id))
        .exec(transaction)
        .await?;
    let lecturers = (1..).zip(&draft.lecturers).map(|(position, lecturer)| activity_lecturer::ActiveModel {
        activity_id: ActiveValue::Set(id),
        lecturer_id: ActiveValue::Set(*lecturer),
        position: ActiveValue::Set(position),
    });
    insert_all::<activity_lecturer::Entity, _>(transaction, lecturers).await?;

    activity_team::Entity::delete_many()
        .filter(activity_team::Column::ActivityId.eq(id))
        .exec(transaction)
        .await?;
    let team = draft.team.iter().map(|(staff_id, duty)| activity_team::ActiveModel {
        activity_id: ActiveValue::Set(id),
        staff_id: ActiveValue::Set(*staff_id),
        duty: ActiveValue::Set(*duty),
    });
    insert_all::<activity_team::Entity, _>(transaction, team).await?;

    activity_media::Entity::delete_many()
        .filter(activity_media::Column::ActivityId.eq(id))
        .exec(transaction)
        .await?;
    let media =
        (1..).zip(&draft.media).map(|(position, (media_id, purpose, caption))| activity_media::ActiveModel {
            activity_id: ActiveValue::Set(id),
            media_id: ActiveValue::Set(*media_id),
            purpose: ActiveValue::Set(*purpose),
            caption: ActiveValue::Set(caption.clone()),
            position: ActiveValue::Set(position),
            added_by: ActiveValue::Set(None),
            added_at: ActiveValue::Set(now.into()),
        });
    insert_all::<activity_media::Entity, _>(transaction, media).await?;
    write_questions(transaction, id, &draft.questions).await
}

async fn insert_all<E, A>(transaction: &DatabaseTransaction, rows: impl Iterator<Item = A>) -> ApiResult<()>
where
    E: EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E>,
{
    let rows: Vec<A> = rows.collect();
    if !rows.is_empty() {
        E::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Questions that stay keep their numbers: answers name them.
async fn write_questions(
    transaction: &DatabaseTransaction,
    id: i32,
    questions: &[QuestionDraft],
) -> ApiResult<()> {
    let kept: Vec<i32> = questions.iter().filter_map(|question| question.id).collect();
    activity_question::Entity::delete_many()
        .filter(activity_question::Column::ActivityId.eq(id))
        .filter(activity_question::Column::Id.is_not_in(kept))
        .exec(transaction)
        .await?;
    for (position, question) in (1..).zip(questions) {
        let row = activity_question::ActiveModel {
            id: question.id.map_or(ActiveValue::NotSet, ActiveValue::Set),
            activity_id: ActiveValue::Set(id),
            position: ActiveValue::Set(position),
            kind: ActiveValue::Set(question.kind),
            label: ActiveValue::Set(question.label.trim().to_owned()),
            options: ActiveValue::Set(json!(question.options)),
            required: ActiveValue::Set(question.required),
            per_person: ActiveValue::Set(question.per_person),
        };
        if question.id.is_none() {
            activity_question::Entity::insert(row).exec_without_returning(transaction).await?;
            continue;
        }
        let changed = activity_question::Entity::update_many()
            .set(activity_question::ActiveModel { id: ActiveValue::NotSet, ..row })
            .filter(activity_question::Column::Id.eq(question.id.unwrap_or_default()))
            .filter(activity_question::Column::ActivityId.eq(id))
            .exec(transaction)
            .await?;
        if changed.rows_affected == 0 {
            let pointer = format!("/questions/{}/id", position - 1);
            return Err(wrong(pointer, "unknown_question", "这个问题已经不存在，请刷新后重新编辑。"));
        }
    }
    Ok(())
}

/// Names what an activity points at and does not exist.
pub(super) async fn check_references(
    connection: &impl ConnectionTrait,
    draft: &ActivityDraft,
) -> ApiResult<()> {
    let mut errors = FieldErrors::default();
    let row = &draft.row;
    if let Some(Some(id)) = row.series_id.try_as_ref() {
        let series = activity_series::Entity::find_by_id(*id).one(connection).await?;
        if !series.is_some_and(|series| row.kind.try_as_ref() == Some(&series.kind)) {
            errors.add("/series_id", "unknown_series", "没有这个系列，或者系列的活动类型不同。");
        }
    }
    if let Some(Some(id)) = row.topic_id.try_as_ref()
        && topic::Entity::find_by_id(id.as_str()).one(connection).await?.is_none()
    {
        errors.add("/topic_id", "unknown_topic", "没有这个专题，请从列表中选择。");
    }
    if let Some(Some(id)) = row.feature_id.try_as_ref()
        && feature::Entity::find_by_id(*id).one(connection).await?.is_none()
    {
        errors.add("/feature_id", "unknown_place", "地图上没有这个地点，请重新选择。");
    }
    let groups = key_group::Entity::find()
        .filter(key_group::Column::Id.is_in(draft.key_groups.iter().map(String::as_str)))
        .count(connection)
        .await?;
    if groups != draft.key_groups.len() as u64 {
        errors.add("/key_groups", "unknown_group", "有不存在或重复的人群，请从列表中选择。");
    }
    let lecturers = lecturer::Entity::find()
        .filter(lecturer::Column::Id.is_in(draft.lecturers.iter().copied()))
        .count(connection)
        .await?;
    if lecturers != draft.lecturers.len() as u64 {
        errors.add("/lecturer_ids", "unknown_lecturer", "有不存在或重复的讲师，请从名单中选择。");
    }
    let team = staff::Entity::find()
        .filter(staff::Column::Id.is_in(draft.team.iter().map(|(id, _)| *id)))
        .count(connection)
        .await?;
    if team != draft.team.len() as u64 {
        errors.add("/team", "unknown_staff", "有不存在或重复的工作人员，请重新选择。");
    }
    let wanted = draft.media.iter().map(|(id, _, _)| *id);
    let there: Vec<Uuid> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .filter(media::Column::Id.is_in(wanted.clone()))
        .into_tuple()
        .all(connection)
        .await?;
    for (at, id) in wanted.enumerate() {
        if !there.contains(&id) || draft.media.iter().take(at).any(|(earlier, _, _)| *earlier == id) {
            let pointer = format!("/media/{at}/media_id");
            errors.add(pointer, "unknown_media", "没有这个图片，或者选了两次，请重新选择或上传。");
        }
    }
    errors.finish()
}

/// 409 for a step that does not follow from where the activity stands.
pub(super) fn wrong_step(status: Status) -> ApiError {
    let detail = match status {
        Status::Draft => "这个活动还是草稿，请先提交审核。",
        Status::Submitted => "这个活动正在等待审核。",
        Status::Reviewed => "这个活动已经审核通过，可以发布，或者退回修改。",
        Status::Published => "这个活动已经发布。",
        Status::Cancelled => "这个活动已经取消，可以复制一份重新发布。",
    };
    ApiError::Conflict { code: "wrong_step", detail: detail.into() }
}
