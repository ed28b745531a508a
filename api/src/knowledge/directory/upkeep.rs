//! What the changes have in common: how they end, and what is said of wrong fields.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};

use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::knowledge::audience;
use crate::knowledge::published::Knowledge;
use crate::knowledge::publishing::worker::Worker;
use crate::knowledge::revision::{self, Changed};
use crate::opening::is_readable;
use crate::regions::RegionTree;

/// What was changed.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) table: &'static str,
    pub(super) id: String,
    pub(super) region_code: Option<String>,
    pub(super) deleted: bool,
}

impl Change {
    /// Ends a transaction: replicas notice by the raised number, auditors by the log.
    pub(super) async fn finish(
        self,
        transaction: &DatabaseTransaction,
        worker: &Worker,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        revision::raise(transaction, Changed::Whole, now).await?;
        let detail: Value = json!({"deleted": self.deleted});
        let event = worker.event(Action::DirectoryChanged, self.region_code.as_deref());
        audit::append(transaction, &event.on(self.table, self.id).with(detail), now).await
    }
}

/// Checks the fields of one body.
pub(super) struct Fields<'c> {
    pub(super) errors: FieldErrors,
    pub(super) knowledge: &'c Knowledge,
    pub(super) tree: &'c RegionTree,
    pub(super) worker: &'c Worker,
}

impl<'c> Fields<'c> {
    pub(super) fn new(knowledge: &'c Knowledge, tree: &'c RegionTree, worker: &'c Worker) -> Self {
        Self { errors: FieldErrors::default(), knowledge, tree, worker }
    }

    /// Text that must be there.
    pub(super) fn text(&mut self, pointer: &str, text: &str, most: usize) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.errors.add(pointer, "missing", "请填写这一项。");
        }
        self.length(pointer, text, most);
        text.to_owned()
    }

    /// Text that may be missing.
    pub(super) fn optional(&mut self, pointer: &str, text: Option<&str>, most: usize) -> Option<String> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        self.length(pointer, text, most);
        Some(text.to_owned())
    }

    fn length(&mut self, pointer: &str, text: &str, most: usize) {
        if text.chars().count() > most || text.chars().any(|c| c.is_control() && c != '\n') {
            self.errors.add(pointer, "too_long", format!("最多 {most} 个字，不能有特殊字符。"));
        }
    }

    /// A number to dial.
    pub(super) fn phone(&mut self, text: Option<&str>) -> Option<String> {
        let phone = self.optional("/phone", text, 40)?;
        let fits = phone.chars().any(|c| c.is_ascii_digit())
            && phone.chars().all(|c| c.is_ascii_digit() || "+- ,;转".contains(c));
        if !fits {
            self.errors.add("/phone", "bad_phone", "电话只能有数字、横线和空格，例如 0755-12345678。");
        }
        Some(phone)
    }

    /// Hours in the syntax of OpenStreetMap.
    pub(super) fn hours(&mut self, text: Option<&str>) -> Option<String> {
        let hours = self.optional("/opening_hours", text, 255)?;
        if !is_readable(&hours) {
            let message = "开放时间看不懂，请这样写：Mo-Fr 09:00-12:00,14:00-18:00，全天写 24/7。";
            self.errors.add("/opening_hours", "bad_hours", message);
        }
        Some(hours)
    }

    /// How WeChat knows another app.
    pub(super) fn appid(&mut self, text: Option<&str>) -> Option<String> {
        let appid = self.optional("/appid", text, 64)?;
        let digits = appid.strip_prefix("wx").filter(|digits| digits.len() == 16);
        let fits =
            digits.is_some_and(|digits| digits.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
        if !fits {
            self.errors.add(
                "/appid",
                "bad_appid",
                "appid 是 wx 加 16 位数字或小写字母 a 到 f，请向对方确认后照抄。",
            );
        }
        Some(appid)
    }

    /// A page of another mini-program, perhaps with a query.
    pub(super) fn page(&mut self, text: Option<&str>) -> Option<String> {
        let page = self.optional("/path", text, 500)?;
        let path = page.split_once('?').map_or(page.as_str(), |(path, _)| path);
        let is_path = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte));
        // A mini-program would take what begins with two slashes, or has a scheme, for a web page.
        let fits = is_path
            && !path.trim_start_matches('/').is_empty()
            && !path.starts_with("//")
            && !page.contains("://")
            && page.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            let message = "请填写小程序的页面路径，例如 pages/index/index，不是网址。";
            self.errors.add("/path", "bad_path", message);
        }
        Some(page)
    }

    /// A region of the worker; none is everywhere.
    pub(super) fn region(&mut self, code: Option<&str>) {
        if code.is_some_and(|code| !self.tree.contains(code)) {
            self.errors.add("/region_code", "unknown_region", "没有这个区划，请填写 12 位区划代码。");
        } else if !self.worker.covers(code) {
            self.errors.add("/region_code", "outside", "这个区划不在您负责的区域内。");
        }
    }

    /// Ids of topics, each once.
    pub(super) fn topics(&mut self, topics: &[String]) {
        let topics_known = &self.knowledge.state.topics;
        if let Some(unknown) = topics.iter().find(|id| topics_known.get(id).is_none()) {
            self.errors.add("/topics", "unknown_topic", format!("没有专题“{unknown}”，请从专题列表中选择。"));
        }
        self.each_once("/topics", topics, 30);
    }

    /// Words for groups of people, each once.
    pub(super) fn audiences(&mut self, audiences: &[String]) {
        if audiences.is_empty() || !audiences.iter().all(|word| audience::is_known(word)) {
            let message = format!("请从 {} 中选择适合人群。", audience::choices());
            self.errors.add("/audiences", "bad_audience", message);
        }
        self.each_once("/audiences", audiences, 30);
    }

    /// Short texts, each once.
    pub(super) fn each_once(&mut self, pointer: &str, list: &[String], most: usize) {
        let distinct: std::collections::BTreeSet<&String> = list.iter().collect();
        if distinct.len() != list.len() || list.len() > most {
            self.errors.add(pointer, "repeated", format!("最多 {most} 项，每项只写一次。"));
        }
    }
}

/// Refuses an id that cannot be one.
///
/// # Errors
/// 404, as for every id that does not exist.
pub(super) fn require_id(id: &str) -> ApiResult<()> {
    let fits = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if fits { Ok(()) } else { Err(not_found()) }
}

/// 404: no such thing, or none that is theirs.
pub(super) fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "not_found",
        detail: "没有找到，或者不在您负责的区域内。编号只能用小写英文字母、数字和横线。".into(),
    }
}
