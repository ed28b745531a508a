//! The member of staff who changes something about screens, and the bounds within which they may.

use actix_web::HttpRequest;
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::http::parameters::{Limit, given, limit};
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::Permission;
use crate::regions::RegionScope;

/// Bounds of every list of screens and what belongs to them.
const PAGE: Limit = Limit { default: 20, most: 100 };

/// Who changes something, kept while the transaction runs.
#[derive(Clone, Debug)]
pub(super) struct InCharge {
    pub(super) staff_id: Uuid,
    pub(super) scope: RegionScope,
    origin: Origin,
}

impl InCharge {
    pub(super) fn new<P: Permission>(caller: &Permitted<P>, request: &HttpRequest) -> Self {
        Self { staff_id: caller.staff_id, scope: caller.scope().clone(), origin: Origin::of(request) }
    }

    /// Something this member did to a row.
    pub(super) fn event(
        &self,
        action: Action,
        table: &'static str,
        id: Uuid,
        region_code: &str,
    ) -> AuditEvent {
        self.origin.event(action, Actor::Staff(self.staff_id)).on(table, id).in_region(region_code)
    }

    /// A row was made, edited or deleted.
    pub(super) fn changed(
        &self,
        table: &'static str,
        id: Uuid,
        region_code: &str,
        what: Change,
    ) -> AuditEvent {
        self.event(Action::ScreensChanged, table, id, region_code).with(json!({"change": what.word()}))
    }

    /// The row, if it lies in the member's regions.
    pub(super) fn of<T>(&self, row: Option<T>, region_code: impl Fn(&T) -> &str) -> ApiResult<T> {
        let row = row.ok_or_else(not_found)?;
        self.scope.require(region_code(&row))?;
        Ok(row)
    }
}

/// What happened to a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Created,
    Edited,
    Deleted,
    Retired,
}

impl Change {
    fn word(self) -> Value {
        match self {
            Self::Created => "created".into(),
            Self::Edited => "edited".into(),
            Self::Deleted => "deleted".into(),
            Self::Retired => "retired".into(),
        }
    }
}

/// The condition that a row lies in one's regions.
pub(super) fn within(scope: &RegionScope, region_code: impl ColumnTrait) -> Condition {
    let everywhere = scope.is_everywhere();
    Condition::all().add_option((!everywhere).then(|| region_code.is_in(scope.codes())))
}

/// A page of a list that is ordered by id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    after: Option<Uuid>,
    limit: usize,
}

impl Page {
    /// Reads `cursor` and `limit`.
    pub(super) fn read(cursor: Option<&str>, limit_text: Option<&str>) -> ApiResult<Self> {
        let after = given(cursor)
            .map(|text| {
                text.parse().map_err(|_not_an_id| {
                    ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。")
                })
            })
            .transpose()?;
        Ok(Self { after, limit: limit(limit_text, PAGE)? })
    }

    /// The condition of the rows that come after the page before.
    pub(super) fn begins(&self, id: impl ColumnTrait) -> Condition {
        Condition::all().add_option(self.after.map(|after| id.gt(after)))
    }

    /// As many rows as are asked for, to learn whether there is another page.
    pub(super) fn ask_for(&self) -> u64 {
        self.limit as u64 + 1
    }

    /// Cuts off the row too many; the cursor of the next page.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<String> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        rows.last().filter(|_| more).map(|last| id(last).to_string())
    }
}

/// 404 about a row that is not there or not for this caller.
pub(super) fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到，或者不在您负责的区域内。".into()
    }
}

/// A name of 1 to 40 characters.
pub(super) fn name(text: &str, errors: &mut FieldErrors) -> String {
    let name = text.trim().to_owned();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        errors.add("/name", "bad_name", "请填写 1 到 40 个字的名称。");
    }
    name
}

/// The version of a row after an edit.
pub(super) fn next_version(version: i32) -> ApiResult<i32> {
    version.checked_add(1).ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a version ran out")))
}

/// Whether a region is known and in one's scope, as an error of the field `region_code`.
pub(super) fn region(scope: &RegionScope, code: &str, errors: &mut FieldErrors) {
    if !scope.covers(code) {
        errors.add("/region_code", "unknown_region", "请选择您负责的区划，例如 440307009001。");
    }
}
