//! Series and lecturers.

use chrono::{DateTime, Utc};
use entity::{activity, activity_lecturer, activity_series, key_group, lecturer};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::json;

use super::hosting::Host;
use super::listing::words;
use super::revision;
use super::roster_dto::{KeyGroup, Lecturer, LecturerContent, Series, SeriesContent};
use crate::audit;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::state::AppState;

fn check_length(errors: &mut FieldErrors, pointer: &str, text: &str, least: usize, most: usize) {
    let length = text.trim().chars().count();
    if length < least || length > most {
        errors.add(pointer, "bad_length", format!("请填写 {least} 到 {most} 个字。"));
    }
}

fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到，或者不在您负责的区域内。".into()
    }
}

/// Every key group in display order.
pub(super) async fn key_groups(connection: &impl ConnectionTrait) -> ApiResult<Vec<KeyGroup>> {
    let rows = key_group::Entity::find()
        .order_by_asc(key_group::Column::Position)
        .order_by_asc(key_group::Column::Id)
        .all(connection)
        .await?;
    let told = |row: key_group::Model| KeyGroup {
        id: row.id,
        title: row.title,
        declared: row.declared,
        about_health: row.about_health,
        min_age: row.min_age,
        max_age: row.max_age,
        sex: row.sex.map(|sex| sex.to_value()),
    };
    Ok(rows.into_iter().map(told).collect())
}

/// The series of the caller's regions.
pub(super) async fn series(connection: &impl ConnectionTrait, host: &Host) -> ApiResult<Vec<Series>> {
    let rows = activity_series::Entity::find()
        .filter(activity_series::Column::RegionCode.is_in(host.scope.codes()))
        .order_by_asc(activity_series::Column::Id)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(told_series).collect())
}

fn told_series(row: activity_series::Model) -> Series {
    Series {
        id: row.id,
        content: SeriesContent {
            title: row.title,
            kind: row.kind.into(),
            region_code: row.region_code,
            target_per_year: row.target_per_year,
        },
        demo: row.demo,
        version: row.version,
    }
}

/// Makes a series, or changes the one with this number and version.
pub(super) async fn put_series(
    state: &AppState,
    host: Host,
    known: Option<(i32, i32)>,
    content: SeriesContent,
    now: DateTime<Utc>,
) -> ApiResult<Series> {
    host.scope.require(&content.region_code)?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "/title", &content.title, 1, 60);
    if content.target_per_year.is_some_and(|target| !(1..=366).contains(&target)) {
        errors.add("/target_per_year", "out_of_range", "请填写 1 到 366 的整数。");
    }
    errors.finish()?;
    let put = state.database.write(move |transaction| {
        let (host, content) = (host.clone(), content.clone());
        Box::pin(async move {
            let row = activity_series::ActiveModel {
                title: ActiveValue::Set(content.title.trim().to_owned()),
                kind: ActiveValue::Set(content.kind.into()),
                region_code: ActiveValue::Set(content.region_code.clone()),
                target_per_year: ActiveValue::Set(content.target_per_year),
                updated_at: ActiveValue::Set(now.into()),
                ..Default::default()
            };
            let id = match known {
                None => {
                    let row = activity_series::ActiveModel {
                        demo: ActiveValue::Set(false),
                        version: ActiveValue::Set(1),
                        created_at: ActiveValue::Set(now.into()),
                        ..row
                    };
                    activity_series::Entity::insert(row).exec(transaction).await?.last_insert_id
                }
                Some((id, version)) => {
                    let old = find_series(transaction, id).await?;
                    host.scope.require(&old.region_code)?;
                    let kind = activity::Kind::from(content.kind);
                    if kind != old.kind && has_activities(transaction, id).await? {
                        return Err(ApiError::Conflict {
                            code: "series_in_use",
                            detail: "这个系列已经有活动，不能再改类型。".into(),
                        });
                    }
                    let row = activity_series::ActiveModel { version: ActiveValue::Set(version + 1), ..row };
                    let changed = activity_series::Entity::update_many()
                        .set(row)
                        .filter(activity_series::Column::Id.eq(id))
                        .filter(activity_series::Column::Version.eq(version))
                        .exec(transaction)
                        .await?;
                    if changed.rows_affected == 0 {
                        return Err(ApiError::PreconditionFailed { version: old.version, changed_by: None });
                    }
                    touch(transaction, activity::Column::SeriesId.eq(id), now).await?;
                    id
                }
            };
            let event = host.event.clone().on("activity_series", id).in_region(content.region_code.clone());
            audit::append(transaction, &event, now).await?;
            find_series(transaction, id).await
        })
    });
    let row = put.await?;
    state.activities.refresh(&state.database).await?;
    Ok(told_series(row))
}

async fn find_series(connection: &impl ConnectionTrait, id: i32) -> ApiResult<activity_series::Model> {
    activity_series::Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)
}

async fn has_activities(connection: &impl ConnectionTrait, id: i32) -> ApiResult<bool> {
    let any = activity::Entity::find().filter(activity::Column::SeriesId.eq(id)).one(connection).await?;
    Ok(any.is_some())
}

/// Has replicas read activities anew of which something beside their row changed.
async fn touch(
    transaction: &DatabaseTransaction,
    which: sea_orm::sea_query::SimpleExpr,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let revision = revision::raise(transaction, now).await?;
    activity::Entity::update_many()
        .col_expr(activity::Column::ChangedRevision, Expr::value(revision))
        .filter(which)
        .exec(transaction)
        .await?;
    Ok(())
}

/// The lecturers of the caller's regions.
pub(super) async fn lecturers(connection: &impl ConnectionTrait, host: &Host) -> ApiResult<Vec<Lecturer>> {
    let rows = lecturer::Entity::find()
        .filter(lecturer::Column::RegionCode.is_in(host.scope.codes()))
        .order_by_asc(lecturer::Column::Id)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(told_lecturer).collect())
}

fn told_lecturer(row: lecturer::Model) -> Lecturer {
    Lecturer {
        id: row.id,
        content: LecturerContent {
            name: row.name,
            title: row.title,
            organisation: row.organisation,
            introduction: row.introduction,
            expertise: words(&row.expertise),
            region_code: row.region_code,
            active: row.active,
        },
        demo: row.demo,
        version: row.version,
    }
}

/// Adds a lecturer, or changes the one with this number and version.
pub(super) async fn put_lecturer(
    state: &AppState,
    host: Host,
    known: Option<(i32, i32)>,
    content: LecturerContent,
    now: DateTime<Utc>,
) -> ApiResult<Lecturer> {
    host.scope.require(&content.region_code)?;
    let mut errors = FieldErrors::default();
    check_length(&mut errors, "/name", &content.name, 1, 32);
    check_length(&mut errors, "/title", &content.title, 0, 40);
    check_length(&mut errors, "/organisation", &content.organisation, 0, 60);
    check_length(&mut errors, "/introduction", &content.introduction, 0, 1000);
    if content.expertise.len() > 20 || content.expertise.iter().any(|word| word.chars().count() > 40) {
        errors.add("/expertise", "bad_length", "专长最多 20 项，每项不超过 40 个字。");
    }
    errors.finish()?;
    let put = state.database.write(move |transaction| {
        let (host, content) = (host.clone(), content.clone());
        Box::pin(async move {
            let row = lecturer::ActiveModel {
                name: ActiveValue::Set(content.name.trim().to_owned()),
                title: ActiveValue::Set(content.title.trim().to_owned()),
                organisation: ActiveValue::Set(content.organisation.trim().to_owned()),
                introduction: ActiveValue::Set(content.introduction.trim().to_owned()),
                expertise: ActiveValue::Set(json!(content.expertise)),
                region_code: ActiveValue::Set(content.region_code.clone()),
                active: ActiveValue::Set(content.active),
                updated_at: ActiveValue::Set(now.into()),
                ..Default::default()
            };
            let id = match known {
                None => {
                    let row = lecturer::ActiveModel {
                        demo: ActiveValue::Set(false),
                        version: ActiveValue::Set(1),
                        created_at: ActiveValue::Set(now.into()),
                        ..row
                    };
                    lecturer::Entity::insert(row).exec(transaction).await?.last_insert_id
                }
                Some((id, version)) => {
                    let old = find_lecturer(transaction, id).await?;
                    host.scope.require(&old.region_code)?;
                    let row = lecturer::ActiveModel { version: ActiveValue::Set(version + 1), ..row };
                    let changed = lecturer::Entity::update_many()
                        .set(row)
                        .filter(lecturer::Column::Id.eq(id))
                        .filter(lecturer::Column::Version.eq(version))
                        .exec(transaction)
                        .await?;
                    if changed.rows_affected == 0 {
                        return Err(ApiError::PreconditionFailed { version: old.version, changed_by: None });
                    }
                    let speaking = Query::select()
                        .column(activity_lecturer::Column::ActivityId)
                        .from(activity_lecturer::Entity)
                        .and_where(activity_lecturer::Column::LecturerId.eq(id))
                        .to_owned();
                    touch(transaction, activity::Column::Id.in_subquery(speaking), now).await?;
                    id
                }
            };
            let event = host.event.clone().on("lecturer", id).in_region(content.region_code.clone());
            audit::append(transaction, &event, now).await?;
            find_lecturer(transaction, id).await
        })
    });
    let row = put.await?;
    state.activities.refresh(&state.database).await?;
    Ok(told_lecturer(row))
}

async fn find_lecturer(connection: &impl ConnectionTrait, id: i32) -> ApiResult<lecturer::Model> {
    lecturer::Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)
}
