use chrono::{DateTime, TimeDelta, Utc};
use entity::registration::Status;
use entity::{activity, check_in, feedback, registration_person};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{
    FeedbackComment, FeedbackCommentList, FeedbackMean, FeedbackSummary, NewFeedback, OwnFeedback,
};
use super::mean::{FEWEST, mean};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::moderation::{self, AcceptedText, Purpose, Standing, Subject};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};

/// Where what people wrote stands sealed.
const COMMENT: Column = Column { table: "feedback", column: "comment_cell" };
/// How long after the end an answer may be given.
const OPEN_FOR: TimeDelta = TimeDelta::days(30);
/// How long an answer may be changed.
const CHANGEABLE_FOR: TimeDelta = TimeDelta::days(7);
const LONGEST_COMMENT: usize = 500;

/// An answer that may be kept.
#[derive(Clone)]
pub(super) struct Answer {
    given: NewFeedback,
    pub(super) comment: Option<String>,
}

/// Checks what somebody thought.
pub(super) fn checked(given: NewFeedback) -> ApiResult<Answer> {
    let mut errors = FieldErrors::default();
    let stars = [
        ("/overall", Some(given.overall)),
        ("/content", given.content),
        ("/lecturer", given.lecturer),
        ("/venue", given.venue),
    ];
    for (pointer, stars) in stars {
        if stars.is_some_and(|stars| !(1..=5).contains(&stars)) {
            errors.add(pointer, "bad_stars", "请打 1 到 5 分。");
        }
    }
    let comment = given.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
    let comment = comment.map(str::to_owned);
    if comment.as_ref().is_some_and(|comment| comment.chars().count() > LONGEST_COMMENT) {
        errors.add("/comment", "too_long", "意见最多 500 个字，请缩短后提交。");
    }
    errors.finish()?;
    Ok(Answer { given, comment })
}

/// Keeps an answer, or changes the one that was given before.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    registration_id: Uuid,
    answer: &Answer,
    accepted: Option<&AcceptedText>,
    now: DateTime<Utc>,
) -> ApiResult<OwnFeedback> {
    let person = person_of(transaction, registration_id, answer.given.person_id).await?;
    must_have_come(transaction, &person).await?;
    let activity = activity::Entity::find_by_id(person.activity_id).one(transaction).await?;
    let is_open = activity.is_some_and(|activity| now <= *activity.ends_at + OPEN_FOR);
    let before = feedback::Entity::find()
        .filter(feedback::Column::RegistrationPersonId.eq(person.id))
        .lock_exclusive()
        .one(transaction)
        .await?;
    let is_changeable = before.as_ref().is_none_or(|before| now <= *before.given_at + CHANGEABLE_FOR);
    if !is_open || !is_changeable {
        return Err(closed(before.is_some()));
    }
    let id = before.as_ref().map_or_else(|| state.random.id(now), |before| before.id);
    let given_at = before.as_ref().map_or(now, |before| *before.given_at);
    let comment_cell = match &answer.comment {
        Some(comment) => {
            let address = CellAddress { column: COMMENT, row: id.as_bytes() };
            let owner = KeyOwner::Person(person.person_id);
            Some(state.vault.seal(transaction, owner, address, comment.as_bytes()).await?)
        }
        None => None,
    };
    let row = feedback::ActiveModel {
        id: ActiveValue::Set(id),
        registration_person_id: ActiveValue::Set(person.id),
        activity_id: ActiveValue::Set(person.activity_id),
        overall: ActiveValue::Set(answer.given.overall),
        content: ActiveValue::Set(answer.given.content),
        lecturer: ActiveValue::Set(answer.given.lecturer),
        venue: ActiveValue::Set(answer.given.venue),
        comment_cell: ActiveValue::Set(comment_cell),
        given_at: ActiveValue::Set(given_at.into()),
        changed_at: ActiveValue::Set(now.into()),
    };
    if before.is_some() {
        feedback::Entity::update(feedback::ActiveModel { id: ActiveValue::Unchanged(id), ..row })
            .exec(transaction)
            .await?;
    } else {
        feedback::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    let subject = subject(id);
    match accepted {
        Some(accepted) => {
            accepted.record(state, transaction, &subject, now).await?;
        }
        None => moderation::withdraw(transaction, &subject, Purpose::Comment).await?,
    }
    Ok(OwnFeedback {
        person_id: person.person_id,
        overall: answer.given.overall,
        content: answer.given.content,
        lecturer: answer.given.lecturer,
        venue: answer.given.venue,
        comment: answer.comment.clone(),
        given_at,
        changeable_until: given_at + CHANGEABLE_FOR,
    })
}

fn subject(id: Uuid) -> Subject {
    Subject { kind: "feedback", id: id.to_string() }
}

/// Whose opinion it is.
async fn person_of(
    connection: &impl ConnectionTrait,
    registration_id: Uuid,
    person_id: Option<Uuid>,
) -> ApiResult<registration_person::Model> {
    let people = registration_person::Entity::find()
        .filter(registration_person::Column::RegistrationId.eq(registration_id))
        .filter(registration_person::Column::Status.ne(Status::Cancelled))
        .order_by_asc(registration_person::Column::Position)
        .all(connection)
        .await?;
    if people.is_empty() {
        return Err(ApiError::Conflict {
            code: "registration_cancelled",
            detail: "这份报名已经取消，不能评价。如果参加了活动，请联系活动工作人员补登。".into(),
        });
    }
    let found = match person_id {
        Some(id) => people.into_iter().find(|person| person.person_id == id),
        None if people.len() == 1 => people.into_iter().next(),
        None => return Err(wrong("/person_id", "which_person", "这份报名有多位家人，请选择是谁的评价。")),
    };
    found.ok_or_else(|| wrong("/person_id", "not_registered", "这个人不在这份报名里，请重新选择。"))
}

async fn must_have_come(
    connection: &impl ConnectionTrait,
    person: &registration_person::Model,
) -> ApiResult<()> {
    let came = check_in::Entity::find()
        .filter(check_in::Column::RegistrationPersonId.eq(person.id))
        .filter(check_in::Column::RevertedAt.is_null())
        .one(connection)
        .await?;
    if came.is_some() {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "not_checked_in",
        detail: "签到以后才能评价；如果参加了没有签到，请联系活动工作人员补登。".into(),
    })
}

fn closed(was_given: bool) -> ApiError {
    let detail = if was_given {
        "评价提交 7 天后不能再修改，感谢您的意见。"
    } else {
        "活动结束已超过 30 天，评价已经关闭。"
    };
    ApiError::Conflict { code: "feedback_closed", detail: detail.into() }
}

/// The answers of a registration as whoever gave them sees them.
pub(super) async fn own(state: &AppState, registration_id: Uuid) -> ApiResult<Vec<OwnFeedback>> {
    let reader = state.database.reader();
    let people = registration_person::Entity::find()
        .filter(registration_person::Column::RegistrationId.eq(registration_id))
        .order_by_asc(registration_person::Column::Position)
        .all(reader)
        .await?;
    let mut items = Vec::new();
    for person in people {
        let row = feedback::Entity::find()
            .filter(feedback::Column::RegistrationPersonId.eq(person.id))
            .one(reader)
            .await?;
        let Some(row) = row else { continue };
        items.push(OwnFeedback {
            person_id: person.person_id,
            overall: row.overall,
            content: row.content,
            lecturer: row.lecturer,
            venue: row.venue,
            comment: comment_of(state, reader, &row).await?,
            given_at: *row.given_at,
            changeable_until: *row.given_at + CHANGEABLE_FOR,
        });
    }
    Ok(items)
}

/// What somebody wrote; nothing where it was erased a moment ago.
pub(super) async fn comment_of(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &feedback::Model,
) -> ApiResult<Option<String>> {
    let Some(cell) = &row.comment_cell else {
        return Ok(None);
    };
    let address = CellAddress { column: COMMENT, row: row.id.as_bytes() };
    match state.vault.open_text(connection, address, cell).await {
        Ok(text) => Ok(Some(text)),
        Err(ApiError::Gone { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(FromQueryResult)]
struct Sums {
    answers: i64,
    overall: Option<i64>,
    content: Option<i64>,
    contents: i64,
    lecturer: Option<i64>,
    lecturers: i64,
    venue: Option<i64>,
    venues: i64,
}

/// What everybody may know of the answers.
pub(super) async fn summary(
    connection: &impl ConnectionTrait,
    activity_id: i32,
) -> ApiResult<FeedbackSummary> {
    let sums = feedback::Entity::find()
        .select_only()
        .column_as(feedback::Column::Id.count(), "answers")
        .column_as(Expr::col(feedback::Column::Overall).sum(), "overall")
        .column_as(Expr::col(feedback::Column::Content).sum(), "content")
        .column_as(feedback::Column::Content.count(), "contents")
        .column_as(Expr::col(feedback::Column::Lecturer).sum(), "lecturer")
        .column_as(feedback::Column::Lecturer.count(), "lecturers")
        .column_as(Expr::col(feedback::Column::Venue).sum(), "venue")
        .column_as(feedback::Column::Venue.count(), "venues")
        .filter(feedback::Column::ActivityId.eq(activity_id))
        .into_model::<Sums>()
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a count has no row")))?;
    let answers = u64::try_from(sums.answers).unwrap_or_default();
    let mean = rounded(sums.overall, sums.answers).map(|overall| FeedbackMean {
        overall,
        content: rounded(sums.content, sums.contents),
        lecturer: rounded(sums.lecturer, sums.lecturers),
        venue: rounded(sums.venue, sums.venues),
    });
    let text = match &mean {
        Some(mean) => format!("{answers} 人评价，平均 {:.1} 分（满分 5 分）。", mean.overall),
        None => format!("已有 {answers} 人评价，满 {FEWEST} 人后显示平均分。"),
    };
    Ok(FeedbackSummary { answers, mean, text })
}

/// A mean to one decimal, where enough answered.
fn rounded(sum: Option<i64>, count: i64) -> Option<f64> {
    mean(sum?, count).map(|mean| (mean * 10.0).round() / 10.0)
}

/// What people wrote and somebody looked at, without names.
pub(super) async fn comments(
    state: &AppState,
    activity_id: i32,
    after: Option<Uuid>,
    limit: usize,
) -> ApiResult<FeedbackCommentList> {
    let reader = state.database.reader();
    let mut query = feedback::Entity::find()
        .filter(feedback::Column::ActivityId.eq(activity_id))
        .filter(feedback::Column::CommentCell.is_not_null())
        .order_by_desc(feedback::Column::Id);
    if let Some(after) = after {
        query = query.filter(feedback::Column::Id.lt(after));
    }
    let mut rows = query.limit(limit as u64 + 1).all(reader).await?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(|row| row.id.to_string());
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let standing = moderation::standing_of(reader, &subject(row.id), Purpose::Comment).await?;
        if standing != Some(Standing::Pass) {
            continue;
        }
        if let Some(comment) = comment_of(state, reader, &row).await? {
            items.push(FeedbackComment { overall: row.overall, comment, given_at: *row.given_at });
        }
    }
    Ok(FeedbackCommentList { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_told_to_one_decimal() {
        assert_eq!(rounded(Some(46), 10), Some(4.6));
        assert_eq!(rounded(Some(50), 11), Some(4.5));
        assert_eq!(rounded(None, 0), None);
    }
}
