//! The addresses of publishing: what is written, what is decided, what was before, how it is reviewed.

pub(super) mod drafts;
pub(super) mod process;
pub(super) mod revisions;
pub(super) mod rules;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::dto::ArticleDraftDetail;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, wrong};
use crate::http::personal;

/// The article with the version of its working copy as its tag.
fn written(status: StatusCode, detail: &ArticleDraftDetail) -> HttpResponse {
    personal::versioned(status, detail.version, detail)
}

/// Reads the number in an address; one that cannot be a number names nothing that exists.
fn number(text: &str) -> ApiResult<i32> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| ApiError::NotFound {
        code: "not_found",
        detail: "没有找到这篇文章，或者不在您负责的区域内。".into(),
    })
}

/// Reads the number of a revision in a query.
fn revision(name: &str, text: Option<&str>) -> ApiResult<Option<i32>> {
    given(text)
        .map(|text| {
            let number = text.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| wrong(name, "请填写版本号，例如 1。"))
        })
        .transpose()
}
