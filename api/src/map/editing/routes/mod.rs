//! The addresses below `/api/v1/map` at which staff change the map.

pub(super) mod bulk;
pub(super) mod drafts;
pub(super) mod history;
pub(super) mod rules;

use crate::error::{ApiError, ApiResult};
use crate::map::edit;

/// The number of a place in an address.
fn place(text: &str) -> ApiResult<i32> {
    text.parse().map_err(|_not_a_number| edit::no_such_feature())
}

/// The number of a draft in an address.
fn draft(text: &str) -> ApiResult<i32> {
    text.parse().map_err(|_not_a_number| ApiError::NotFound {
        code: "draft_not_found",
        detail: "没有找到这份草稿，或者不在您负责的区域内。".into(),
    })
}
