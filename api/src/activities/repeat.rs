//! The same again: one copy, or a row of them.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use entity::activity;
use sea_orm::{ActiveModelTrait, ActiveValue, IntoActiveModel};

use super::draft::{self, ActivityDraft, QuestionDraft};
use super::hosting::{self, Host};
use super::hosting_dto::{DraftsMade, Every, Repetition};
use super::listing::words;
use super::published::Activity;
use super::{load, no_such_activity};
use crate::error::ApiResult;
use crate::http::field_errors::wrong;
use crate::state::AppState;

/// The days on which an activity comes again.
pub(super) fn days(first: NaiveDate, repetition: &Repetition) -> ApiResult<Vec<NaiveDate>> {
    if !(1..=52).contains(&repetition.times) {
        return Err(wrong("/times", "out_of_range", "请填写 1 到 52 的整数。"));
    }
    let candidates =
        (1..=u64::from(repetition.times.unsigned_abs())).filter_map(|nth| match repetition.every {
            Every::Week => first.checked_add_days(Days::new(7 * nth)),
            Every::TwoWeeks => first.checked_add_days(Days::new(14 * nth)),
            Every::Month => same_weekday(first, nth),
        });
    Ok(candidates.filter(|day| !repetition.except.contains(day)).collect())
}

/// The second Saturday stays the second Saturday; a month that has no fifth one gives its last.
fn same_weekday(first: NaiveDate, months: u64) -> Option<NaiveDate> {
    let month = first.with_day(1)?.checked_add_months(chrono::Months::new(u32::try_from(months).ok()?))?;
    let nth = u8::try_from(first.day0() / 7).ok()? + 1;
    let weekday: Weekday = first.weekday();
    (1..=nth)
        .rev()
        .find_map(|nth| NaiveDate::from_weekday_of_month_opt(month.year(), month.month(), weekday, nth))
}

/// The same time of the day on another day.
fn moved(zone: Tz, at: DateTime<Utc>, to: NaiveDate) -> Option<DateTime<Utc>> {
    let time = at.with_timezone(&zone).time();
    Some(zone.from_local_datetime(&to.and_time(time)).earliest()?.with_timezone(&Utc))
}

/// Makes drafts like an activity that begin at these instants.
pub(super) async fn copy(
    state: &AppState,
    host: Host,
    id: i32,
    starts: impl FnOnce(&Activity) -> ApiResult<Vec<DateTime<Utc>>>,
    now: DateTime<Utc>,
) -> ApiResult<DraftsMade> {
    let reader = state.database.reader();
    let row = hosting::read(reader, id).await?;
    host.scope.require(&row.region_code).map_err(|_outside| no_such_activity())?;
    let team = hosting::told(reader, vec![row.clone()]).await?.pop().map(|known| known.content.team);
    let known = load(reader, vec![row]).await?.pop().ok_or_else(no_such_activity)?;
    let mut drafts = Vec::new();
    for start in starts(&known)? {
        let mut draft = draft_like(&known, start, now);
        draft.team = team.iter().flatten().map(|member| (member.staff_id, member.duty.into())).collect();
        draft.row.drafted_by = ActiveValue::Set(Some(host.staff_id));
        draft.row.edited_by = ActiveValue::Set(Some(host.staff_id));
        drafts.push(draft);
    }
    let ids = state
        .database
        .write(move |transaction| {
            let (host, drafts) = (host.clone(), drafts.clone());
            Box::pin(async move {
                let mut rows = Vec::with_capacity(drafts.len());
                for draft in &drafts {
                    let id = draft::insert(transaction, draft, now).await?;
                    rows.push(hosting::read(transaction, id).await?);
                }
                for row in &rows {
                    host.tell(transaction, row, "copied", now).await?;
                }
                Ok(rows)
            })
        })
        .await?;
    Ok(DraftsMade { items: hosting::told(state.database.reader(), ids).await?, next: None })
}

/// Every time moves along with the start; sign-up that would have opened before now opens at once.
fn draft_like(known: &Activity, start: DateTime<Utc>, now: DateTime<Utc>) -> ActivityDraft {
    let row = &known.row;
    let by: TimeDelta = start - *row.starts_at;
    let closes_at = *row.signup_closes_at + by;
    let opens_at = Ord::min(Ord::max(*row.signup_opens_at + by, now), closes_at - TimeDelta::minutes(1));
    let changed = activity::Model {
        starts_at: start.into(),
        ends_at: (*row.ends_at + by).into(),
        signup_opens_at: opens_at.into(),
        signup_closes_at: closes_at.into(),
        check_in_opens_at: (*row.check_in_opens_at + by).into(),
        check_in_closes_at: (*row.check_in_closes_at + by).into(),
        status: activity::Status::Draft,
        reviewed_by: None,
        reviewed_at: None,
        published_at: None,
        cancelled_at: None,
        cancel_reason: None,
        copied_from: Some(row.id),
        demo: false,
        ..row.clone()
    };
    let row = activity::ActiveModel { id: ActiveValue::NotSet, ..changed.into_active_model().reset_all() };
    ActivityDraft {
        row,
        key_groups: known.key_groups.iter().map(|group| group.id.clone()).collect(),
        lecturers: known.lecturers.iter().map(|lecturer| lecturer.id).collect(),
        team: Vec::new(),
        questions: known
            .questions
            .iter()
            .map(|question| QuestionDraft {
                id: None,
                kind: question.kind,
                label: question.label.clone(),
                options: words(&question.options),
                required: question.required,
                per_person: question.per_person,
            })
            .collect(),
        media: known
            .pictures
            .iter()
            .map(|picture| (picture.media_id, picture.purpose, picture.caption.clone()))
            .collect(),
    }
}

/// The instants at which an activity comes again.
pub(super) fn starts(known: &Activity, repetition: &Repetition) -> ApiResult<Vec<DateTime<Utc>>> {
    let first = known.told(*known.row.starts_at).date_naive();
    let days = days(first, repetition)?;
    Ok(days.into_iter().filter_map(|day| moved(known.zone, *known.row.starts_at, day)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn repetition(every: Every, times: i32) -> Repetition {
        Repetition { every, times, except: vec![day("2026-12-12")] }
    }

    #[test]
    fn days_come_again_as_people_plan_them() {
        let weeks = days(day("2026-11-28"), &repetition(Every::Week, 3)).unwrap();
        assert_eq!(weeks, [day("2026-12-05"), day("2026-12-19")]);
        // The fourth Saturday of each month.
        let months = days(day("2026-11-28"), &repetition(Every::Month, 2)).unwrap();
        assert_eq!(months, [day("2026-12-26"), day("2027-01-23")]);
        // A fifth Saturday becomes the last one.
        let fifth = days(day("2026-10-31"), &repetition(Every::Month, 1)).unwrap();
        assert_eq!(fifth, [day("2026-11-28")]);
        assert!(days(day("2026-11-28"), &repetition(Every::Week, 0)).is_err());
    }
}
