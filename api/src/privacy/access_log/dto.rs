use chrono::{DateTime, Utc};
use entity::access_log::ReaderKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which readings to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadingParameters {
    /// A member of the family; oneself where it is missing.
    #[param(value_type = Option<Uuid>)]
    pub(super) person: Option<Uuid>,
    /// Most readings of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<u64>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<Uuid>,
}

/// Readings, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessReadingList {
    pub(super) items: Vec<AccessReading>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<Uuid>,
}

/// Somebody read something.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessReading {
    /// Who read, by name.
    pub(super) who: String,
    /// `staff`, `guardian`, `caretaker`, `proxy` or `link`.
    pub(super) kind: &'static str,
    /// What was read: `profile`, `records` or `export`.
    pub(super) what: String,
    /// Why: `family`, `follow_up`, `activity`, `share` or `hut`.
    pub(super) why: String,
    /// The same as a sentence in Chinese.
    #[schema(example = "代办人王芳查看了基本资料（照顾家人）")]
    pub(super) text: String,
    /// When.
    pub(super) at: DateTime<Utc>,
}

pub(super) fn kind_word(kind: ReaderKind) -> &'static str {
    match kind {
        ReaderKind::Staff => "staff",
        ReaderKind::Guardian => "guardian",
        ReaderKind::Caretaker => "caretaker",
        ReaderKind::Proxy => "proxy",
        ReaderKind::Link => "link",
    }
}

impl AccessReading {
    pub(super) fn of(row: &entity::access_log::Model, who: String) -> Self {
        let kind = match row.reader_kind {
            ReaderKind::Staff => "工作人员",
            ReaderKind::Guardian => "监护人",
            ReaderKind::Caretaker => "家人",
            ReaderKind::Proxy => "代办人",
            ReaderKind::Link => "持分享链接的",
        };
        let what = match row.what.as_str() {
            "profile" => "查看了基本资料",
            "export" => "下载了全部资料",
            _ => "查看了健康档案",
        };
        let why = match row.why.as_str() {
            "follow_up" => "健康随访",
            "activity" => "活动服务",
            "share" => "就诊分享",
            "hut" => "健康小屋测量",
            _ => "照顾家人",
        };
        Self {
            text: format!("{kind}{who}{what}（{why}）"),
            who,
            kind: kind_word(row.reader_kind),
            what: row.what.clone(),
            why: row.why.clone(),
            at: *row.at,
        }
    }
}
