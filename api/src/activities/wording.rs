//! What the public reads of an activity: once it is published, it changes only by somebody who may find it good.
//!
//! Time, place, seats, hours of check-in and the number to call change at once by whoever holds the activity: people
//! must learn of them quickly, and there is little in them to get wrong.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::activity;
use sea_orm::{ActiveValue, ConnectionTrait};
use serde_json::Value;

use super::hosting::{self, Host};
use super::hosting_dto::MediaPurpose;
use super::no_such_activity;
use crate::error::{ApiError, ApiResult};

/// Fields of what staff write, with what the office calls them.
const FIELDS: [(&str, &str); 17] = [
    ("kind", "活动类型"),
    ("title", "标题"),
    ("summary", "摘要"),
    ("description", "详情"),
    ("region_code", "所属社区"),
    ("series_id", "系列"),
    ("topic_id", "专题"),
    ("venue_type", "场所类型"),
    ("host", "主办单位"),
    ("min_age", "年龄要求"),
    ("max_age", "年龄要求"),
    ("sex", "性别要求"),
    ("eligible_region_code", "居住地要求"),
    ("key_groups", "人群要求"),
    ("lecturer_ids", "讲师"),
    ("questions", "报名问题"),
    ("media", "图片"),
];

/// What is read, by field.
pub(super) type Read = BTreeMap<&'static str, Value>;

/// Reads what the public reads, as the database has it in this transaction.
pub(super) async fn read(connection: &impl ConnectionTrait, row: &activity::Model) -> ApiResult<Read> {
    let known = hosting::told(connection, vec![row.clone()]).await?.pop().ok_or_else(no_such_activity)?;
    let mut content = known.content;
    // Papers for the office's own records are shown to nobody else.
    content.media.retain(|media| media.purpose != MediaPurpose::Evidence);
    content.key_groups.sort();
    for question in &mut content.questions {
        question.id = None;
    }
    let content = serde_json::to_value(content).map_err(anyhow::Error::new)?;
    Ok(FIELDS.iter().map(|(field, _)| (*field, content.get(field).cloned().unwrap_or_default())).collect())
}

/// What the office calls the fields that differ, each once.
pub(super) fn changed(before: &Read, after: &Read) -> Vec<&'static str> {
    let differ = FIELDS.iter().filter(|(field, _)| before.get(field) != after.get(field));
    let mut names: Vec<&'static str> = differ.map(|(_, name)| *name).collect();
    names.dedup();
    names
}

/// Refuses whoever may not review, here or where it would belong afterwards, and whoever wrote what is read now: as
/// for a draft, two people stand behind what is public.
///
/// # Errors
/// 409 that names the fields.
pub(super) fn require_reviewer(
    host: &Host,
    (before, after): (&activity::Model, &activity::Model),
    reworded: &[&str],
) -> ApiResult<()> {
    let reviews = |region: &str| host.reviews.as_ref().is_some_and(|scope| scope.covers(region));
    let is_own = [before.drafted_by, before.edited_by].contains(&Some(host.staff_id));
    if reviews(&before.region_code) && reviews(&after.region_code) && !is_own {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "needs_review",
        detail: format!(
            "活动已经发布，{}要由另一位有审核权限的同事（如区划管理员）来改。时间、地点、名额、签到时间和电话可以直接改。",
            reworded.join("、")
        ),
    })
}

/// That somebody found good what is read now.
pub(super) fn found_good(host: &Host, now: DateTime<Utc>) -> activity::ActiveModel {
    activity::ActiveModel {
        reviewed_by: ActiveValue::Set(Some(host.staff_id)),
        reviewed_at: ActiveValue::Set(Some(now.into())),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_that_differ_are_named_once() {
        let before: Read = FIELDS.iter().map(|(field, _)| (*field, json!(1))).collect();
        assert!(changed(&before, &before).is_empty());
        let mut after = before.clone();
        for field in ["min_age", "max_age", "title"] {
            after.insert(field, json!(2));
        }
        assert_eq!(changed(&before, &after), ["标题", "年龄要求"]);
    }
}
