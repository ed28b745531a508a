//! What is known better about a health day in one year: its theme, or its days.

use chrono::Datelike;
use entity::{health_day, health_day_override};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QuerySelect};

use super::dto::{HealthDayYear, HealthDayYearContent};
use super::upkeep::{Change, not_found};
use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::{IfMatch, next_version};
use crate::knowledge::publishing::worker::Worker;
use crate::state::AppState;

const LONGEST_THEME: usize = 100;

/// What is known better about one year. Health days are the same in all regions.
pub(super) async fn get(state: &AppState, worker: &Worker, id: &str, year: i32) -> ApiResult<HealthDayYear> {
    worker.require(None, "健康日")?;
    let row = find(state.database.reader(), id, year).await?;
    Ok(told(row.ok_or_else(not_found)?))
}

async fn find(
    connection: &impl ConnectionTrait,
    id: &str,
    year: i32,
) -> ApiResult<Option<health_day_override::Model>> {
    Ok(health_day_override::Entity::find_by_id((id.to_owned(), year)).one(connection).await?)
}

/// Writes it, or changes what was seen.
pub(super) async fn put(
    state: &AppState,
    worker: Worker,
    (id, year): (String, i32),
    seen: Option<IfMatch>,
    content: HealthDayYearContent,
) -> ApiResult<HealthDayYear> {
    worker.require(None, "健康日")?;
    let content = checked(content, year)?;
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (worker, id, content) = (worker.clone(), id.clone(), content.clone());
        Box::pin(async move {
            // The day itself is locked: a year that is not there yet cannot be.
            let day = health_day::Entity::find_by_id(&id).lock_exclusive().one(transaction).await?;
            day.filter(|_| (2000..=2100).contains(&year)).ok_or_else(not_found)?;
            let known = find(transaction, &id, year).await?;
            let row = health_day_override::Model {
                health_day_id: id.clone(),
                year,
                theme: content.theme,
                starts_on: content.starts_on,
                ends_on: content.ends_on,
                version: next_version(seen, known.as_ref().map(|row| row.version))?,
            };
            let saved = row.clone().into_active_model();
            match known {
                Some(_) => {
                    drop(health_day_override::Entity::update(saved.reset_all()).exec(transaction).await?);
                }
                None => {
                    health_day_override::Entity::insert(saved).exec_without_returning(transaction).await?;
                }
            }
            change(&id, year, false).finish(transaction, &worker, now).await?;
            Ok(told(row))
        })
    });
    let answer = written.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    Ok(answer)
}

/// Leaves the year to the rule again.
pub(super) async fn delete(
    state: &AppState,
    worker: Worker,
    (id, year): (String, i32),
    seen: IfMatch,
) -> ApiResult<()> {
    worker.require(None, "健康日")?;
    let now = state.clock.now();
    let deleted = state.database.write(move |transaction| {
        let (worker, id) = (worker.clone(), id.clone());
        Box::pin(async move {
            health_day::Entity::find_by_id(&id).lock_exclusive().one(transaction).await?;
            let known = find(transaction, &id, year).await?.ok_or_else(not_found)?;
            seen.require(known.version)?;
            health_day_override::Entity::delete_by_id((id.clone(), year)).exec(transaction).await?;
            change(&id, year, true).finish(transaction, &worker, now).await
        })
    });
    deleted.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await
}

fn change(id: &str, year: i32, deleted: bool) -> Change {
    Change { table: "health_day_override", id: format!("{id}:{year}"), region_code: None, deleted }
}

fn checked(content: HealthDayYearContent, year: i32) -> ApiResult<HealthDayYearContent> {
    let theme = content.theme.map(|theme| theme.trim().to_owned()).filter(|theme| !theme.is_empty());
    let mut errors = FieldErrors::default();
    if theme.as_ref().is_some_and(|theme| theme.chars().count() > LONGEST_THEME) {
        errors.add("/theme", "too_long", format!("主题最多 {LONGEST_THEME} 个字。"));
    }
    match (content.starts_on, content.ends_on) {
        (None, None) if theme.is_none() => errors.add("/theme", "missing", "请填写主题或者日期。"),
        (Some(first), Some(last)) if first.year() != year || last.year() != year => {
            errors.add(
                "/starts_on",
                "other_year",
                format!("日期要在 {year} 年以内；别的年份请在那一年里填写。"),
            );
        }
        (Some(first), Some(last)) if first > last => {
            errors.add("/ends_on", "too_early", "最后一天不能早于第一天。");
        }
        (Some(_), None) | (None, Some(_)) => {
            errors.add("/ends_on", "missing", "第一天和最后一天要一起填写；只有一天就填同一天。");
        }
        _ => {}
    }
    errors.finish()?;
    Ok(HealthDayYearContent { theme, ..content })
}

fn told(row: health_day_override::Model) -> HealthDayYear {
    HealthDayYear {
        id: row.health_day_id,
        year: row.year,
        content: HealthDayYearContent { theme: row.theme, starts_on: row.starts_on, ends_on: row.ends_on },
        version: row.version,
    }
}
