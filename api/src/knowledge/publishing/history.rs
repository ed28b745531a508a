//! What was done to an article, by whom and when. Only added to.

use chrono::{DateTime, Utc};
use entity::article_event;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::Value;
use uuid::Uuid;

use super::revision_dto::{HistoryEntry, HistoryList};
use super::worker::names;
use crate::error::ApiResult;

/// What can be done to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Created,
    Copied,
    Submitted,
    Recalled,
    Approved,
    Returned,
    Published,
    Scheduled,
    Unscheduled,
    Withdrawn,
    Expired,
    Restored,
    Moved,
    Binned,
    Recovered,
}

impl Act {
    /// The word that is stored.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Copied => "copied",
            Self::Submitted => "submitted",
            Self::Recalled => "recalled",
            Self::Approved => "approved",
            Self::Returned => "returned",
            Self::Published => "published",
            Self::Scheduled => "scheduled",
            Self::Unscheduled => "unscheduled",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Restored => "restored",
            Self::Moved => "moved",
            Self::Binned => "binned",
            Self::Recovered => "recovered",
        }
    }
}

/// Something to be noted.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) article_id: i32,
    pub(super) act: Act,
    /// Nobody where it was the time.
    pub(super) by: Option<Uuid>,
    pub(super) number: Option<i32>,
    /// Review and its step.
    pub(super) step: Option<(i32, i32)>,
    pub(super) reason: Option<String>,
    pub(super) detail: Option<Value>,
}

impl Deed {
    pub(super) fn new(article_id: i32, act: Act, by: Option<Uuid>) -> Self {
        Self { article_id, act, by, number: None, step: None, reason: None, detail: None }
    }

    /// Names the revision.
    pub(super) fn on(self, number: i32) -> Self {
        Self { number: Some(number), ..self }
    }

    /// Adds why.
    pub(super) fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// Adds what else is to be known.
    pub(super) fn with(self, detail: Value) -> Self {
        Self { detail: Some(detail), ..self }
    }

    /// Notes it.
    pub(super) async fn note(self, transaction: &DatabaseTransaction, at: DateTime<Utc>) -> ApiResult<()> {
        let (review_id, step) = self.step.unzip();
        let row = article_event::ActiveModel {
            id: ActiveValue::NotSet,
            article_id: ActiveValue::Set(self.article_id),
            number: ActiveValue::Set(self.number),
            action: ActiveValue::Set(self.act.as_str().to_owned()),
            staff_id: ActiveValue::Set(self.by),
            at: ActiveValue::Set(at.into()),
            review_id: ActiveValue::Set(review_id),
            step: ActiveValue::Set(step),
            reason: ActiveValue::Set(self.reason),
            detail: ActiveValue::Set(self.detail),
        };
        article_event::Entity::insert(row).exec_without_returning(transaction).await?;
        Ok(())
    }
}

/// The history of an article, the newest first.
pub(super) async fn list(connection: &impl ConnectionTrait, article_id: i32) -> ApiResult<HistoryList> {
    let rows = article_event::Entity::find()
        .filter(article_event::Column::ArticleId.eq(article_id))
        .order_by_desc(article_event::Column::Id)
        .all(connection)
        .await?;
    let names = names(connection, rows.iter().filter_map(|row| row.staff_id)).await?;
    let entry = |row: article_event::Model| {
        let by = row.staff_id.and_then(|id| names.get(&id)).cloned();
        HistoryEntry {
            text: told(&row, by.as_deref()),
            at: super::local_time::beijing(row.at.0),
            by,
            act: row.action,
            revision: row.number,
            step: row.step,
            reason: row.reason,
        }
    };
    Ok(HistoryList { items: rows.into_iter().map(entry).collect(), next: None })
}

/// One entry in words.
fn told(row: &article_event::Model, by: Option<&str>) -> String {
    let who = by.unwrap_or("系统");
    let revision = row.number.map(|number| format!("第 {number} 版")).unwrap_or_default();
    let detail = |key: &str| row.detail.as_ref().and_then(|detail| detail.get(key)).and_then(Value::as_str);
    let at = detail("text").unwrap_or_default();
    match row.action.as_str() {
        "created" => format!("{who}新建了这篇文章"),
        "copied" => format!("{who}复制出这篇文章"),
        "submitted" => format!("{who}送审{revision}"),
        "recalled" => format!("{who}撤回了送审"),
        "approved" => format!("{who}通过{revision}的{}", step_title(row.step.unwrap_or(1))),
        "returned" => format!("{who}退回{revision}：{}", row.reason.as_deref().unwrap_or_default()),
        "published" if by.is_none() => format!("{revision}按时发布"),
        "published" => format!("{who}发布{revision}"),
        "scheduled" => format!("{who}安排{revision}于{at}发布"),
        "unscheduled" => format!("{who}取消了{revision}的定时发布"),
        "withdrawn" => format!("{who}下线了这篇文章"),
        "expired" => format!("{revision}到期下线"),
        "restored" => format!("{who}把{revision}恢复为草稿"),
        "moved" => format!("{who}更换了文章网址"),
        "binned" => format!("{who}把文章放进回收站"),
        "recovered" => format!("{who}从回收站恢复了文章"),
        other => format!("{who}：{other}"),
    }
}

/// What a step of review is called.
pub(super) fn step_title(step: i32) -> &'static str {
    match step {
        1 => "初审",
        2 => "复审",
        _ => "终审",
    }
}
