//! The query parameters of the audit log.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::event::Action;
use crate::error::{ApiError, ApiResult};

const DEFAULT_LIMIT: u64 = 20;
const LARGEST_LIMIT: u64 = 100;

/// Which rows to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditParameters {
    /// Only this kind of event.
    #[param(example = "login.failed")]
    action: Option<String>,
    /// Only what this account of a resident or of staff did.
    #[param(value_type = Option<Uuid>)]
    actor: Option<String>,
    /// Only what concerns this region, by code.
    #[param(example = "440307009000")]
    region: Option<String>,
    /// Only from this instant on.
    #[param(value_type = Option<DateTime<Utc>>, example = "2026-11-01T00:00:00+08:00")]
    from: Option<String>,
    /// Only before this instant.
    #[param(value_type = Option<DateTime<Utc>>, example = "2026-12-01T00:00:00+08:00")]
    to: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Most rows of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// Which rows to show, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AuditQuery {
    pub(super) action: Option<Action>,
    pub(super) actor: Option<Uuid>,
    pub(super) region: Option<String>,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) to: Option<DateTime<Utc>>,
    /// Rows below this number.
    pub(super) below: Option<i64>,
    pub(super) limit: u64,
}

impl AuditParameters {
    /// Reads all of them, or names the one that is wrong.
    ///
    /// # Errors
    /// 400.
    pub(super) fn read(&self) -> ApiResult<AuditQuery> {
        let limit = parsed("limit", self.limit.as_deref(), "请填写 1 到 100 的整数。", |text| {
            text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
        })?;
        Ok(AuditQuery {
            action: parsed(
                "action",
                self.action.as_deref(),
                "请填写审计日志中的事件名称，例如 login.failed。",
                action,
            )?,
            actor: parsed("actor", self.actor.as_deref(), "请填写账号的编号。", |text| {
                text.parse().ok()
            })?,
            region: given(self.region.as_deref()).map(str::to_owned),
            from: parsed("from", self.from.as_deref(), INSTANT, instant)?,
            to: parsed("to", self.to.as_deref(), INSTANT, instant)?,
            below: parsed(
                "cursor",
                self.cursor.as_deref(),
                "请原样填写上一页回答中的 next。",
                |text| text.parse().ok().filter(|below: &i64| *below > 0),
            )?,
            limit: limit.unwrap_or(DEFAULT_LIMIT),
        })
    }
}

const INSTANT: &str = "请填写带时区的时间，例如 2026-11-01T00:00:00+08:00（网址中的加号写作 %2B）。";

fn action(text: &str) -> Option<Action> {
    Action::ALL.iter().copied().find(|action| action.as_str() == text)
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
}

/// A parameter without a value counts as missing.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn parsed<T>(
    name: &str,
    text: Option<&str>,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> ApiResult<Option<T>> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let wrong = || ApiError::bad_parameter(name, format!("参数 {name} 的值不正确。{expected}"));
    parse(text).map(Some).ok_or_else(wrong)
}
