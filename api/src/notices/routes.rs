use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Query};
use actix_web::{HttpResponse, get, post};

use super::dto::{NoticeList, NoticesLeft, NoticesParameters, NoticesRead};
use super::service::{self, Cursor, Which};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors;
use crate::http::parameters::{self, Limit, given, wrong};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };
const MOST_IDS: usize = 100;

/// Lists what the resident was told, newest first, whether or not a message in WeChat told it too.
#[utoipa::path(
    tag = "notices",
    params(NoticesParameters),
    responses((status = 200, body = NoticeList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/notices")]
pub(super) async fn list_notices(
    state: Data<AppState>,
    resident: Resident,
    asked: Query<NoticesParameters>,
) -> ApiResult<HttpResponse> {
    let only_unread = match given(asked.unread.as_deref()) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(wrong("unread", "可选：true、false。")),
    };
    let after = given(asked.cursor.as_deref())
        .map(|text| {
            Cursor::parse(text)
                .ok_or_else(|| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()?;
    let limit = parameters::limit(asked.limit.as_deref(), LIST_LIMIT)?;
    let list = service::page(&state, resident.account_id, only_unread, after, limit).await?;
    Ok(personal::json(StatusCode::OK, &list))
}

/// Notes which notices were read. Sending it again changes nothing.
#[utoipa::path(
    tag = "notices",
    request_body = NoticesRead,
    responses((status = 200, body = NoticesLeft), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/notices/read")]
pub(super) async fn mark_notices_read(
    state: Data<AppState>,
    resident: Resident,
    body: Json<NoticesRead>,
) -> ApiResult<HttpResponse> {
    let which = match body.into_inner() {
        NoticesRead { ids: Some(ids), until: None } if (1..=MOST_IDS).contains(&ids.len()) => {
            Which::These(ids)
        }
        NoticesRead { ids: None, until: Some(until) } => Which::Until(until),
        _ => {
            let message = "请提供 ids（1 到 100 条）或 until 中的一项。";
            return Err(field_errors::wrong("/ids", "one_of_two", message));
        }
    };
    let now = state.clock.now();
    state
        .database
        .write(move |transaction| {
            let which = which.clone();
            Box::pin(async move { service::mark_read(transaction, resident.account_id, &which, now).await })
        })
        .await?;
    let unread = service::unread(state.database.reader(), resident.account_id, now).await?;
    Ok(personal::json(StatusCode::OK, &NoticesLeft { unread }))
}
