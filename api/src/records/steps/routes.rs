use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, post};
use uuid::Uuid;

use super::dto::{StepDays, WechatSteps};
use super::service;
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Relation, Scope};
use crate::state::AppState;

/// Keeps the steps that WeChat counted. Only for oneself: they are those of the phone in one's hand. May be sent
/// as often as the mini-program opens.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    request_body = WechatSteps,
    responses((status = 200, body = StepDays), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/people/{id}/steps/wechat")]
pub(super) async fn add_wechat_steps(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    body: Json<WechatSteps>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let reader = state.database.reader();
    let access = PersonAccess::open(reader, &state.vault, &resident, id, Scope::RecordsWrite, now).await?;
    if access.relation() != Relation::Own {
        return Err(ApiError::Conflict {
            code: "own_phone_only",
            detail: "微信步数是这部手机主人的，只能存进本人的档案。".into(),
        });
    }
    // Asked before the data is opened: what may not be kept is not looked at either.
    consents::require(reader, &state.vault, id, Purpose::Steps, now).await?;
    let days = Arc::new(service::decrypted(&state, &resident, &body, now).await?);
    let shared = state.get_ref().clone();
    let kept = state.database.write_together(move |transaction| {
        let (state, days) = (shared.clone(), Arc::clone(&days));
        Box::pin(async move {
            let consent = consents::require(transaction, &state.vault, id, Purpose::Steps, now).await?;
            service::keep(&state, transaction, (consent, resident.account_id), &days, now).await
        })
    });
    Ok(personal::json(StatusCode::OK, &StepDays { items: kept.await?, next: None }))
}
