use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    MessageSubscription, MessageSubscriptionList, MessageTemplate, MessageTemplateDraft, MessageTemplateList,
    OutboxMessage, OutboxMessageList, OutboxParameters, OutboxSettlement, SubscriptionReport,
};
use super::service::{self, TemplateDraft};
use super::subscription::{self, Answer};
use super::template::{self, Field, FieldsError};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::if_match::{IfMatch, entity_tag};
use crate::identity::caller::{Permitted, Resident};
use crate::identity::permission::{ManageMessages, Permission};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// A phone asks about five templates at once at most.
const MOST_RESULTS: usize = 20;
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Lists the kinds of messages a resident may agree to, with the messages agreed to so far.
#[utoipa::path(
    tag = "messages",
    security(("access_token" = [])),
    responses((status = 200, body = MessageSubscriptionList), ProblemResponses)
)]
#[get("/me/message-subscriptions")]
pub(super) async fn list_message_subscriptions(
    resident: Resident,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    subscriptions(&state, resident.account_id).await
}

/// Tells what the resident answered when asked for messages (`wx.requestSubscribeMessage`).
///
/// Each acceptance is one message. The same report under the same `Idempotency-Key` counts once within a
/// day, so that a phone may repeat it when the answer was lost. Where WeChat pushes its events to the
/// server, those are counted and reports are not.
#[utoipa::path(
    tag = "messages",
    params((
        "Idempotency-Key" = String, Header,
        description = "Made once for each answer of the resident; 8 to 64 letters, digits or hyphens"
    )),
    request_body = SubscriptionReport,
    security(("access_token" = [])),
    responses((status = 200, body = MessageSubscriptionList), ProblemResponses)
)]
#[post("/me/message-subscriptions")]
pub(super) async fn report_message_subscriptions(
    resident: Resident,
    request: HttpRequest,
    state: Data<AppState>,
    report: Json<SubscriptionReport>,
) -> ApiResult<HttpResponse> {
    let key = idempotency_key(&request)?;
    let results = report.into_inner().results;
    if results.is_empty() || results.len() > MOST_RESULTS || results.keys().any(|id| id.len() > 64) {
        return Err(invalid("/results", "bad_results", "请原样提交微信返回的订阅结果。"));
    }
    let answers: BTreeMap<String, Answer> =
        results.into_iter().map(|(template_id, answer)| (template_id, answer.into())).collect();
    subscription::report(&state, resident.account_id, key, answers).await?;
    subscriptions(&state, resident.account_id).await
}

async fn subscriptions(state: &AppState, account_id: Uuid) -> ApiResult<HttpResponse> {
    let subscriptions = subscription::list(state.database.reader(), account_id).await?;
    let items = subscriptions.into_iter().map(MessageSubscription::from).collect();
    Ok(personal(&MessageSubscriptionList { items, next: None }))
}

/// Lists the templates of messages.
#[utoipa::path(
    tag = "messages",
    security(("access_token" = [])),
    responses((status = 200, body = MessageTemplateList), ProblemResponses)
)]
#[get("/message-templates")]
pub(super) async fn list_message_templates(
    staff: Permitted<ManageMessages>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    everywhere(&staff)?;
    let items = service::templates(&state).await?.into_iter().map(MessageTemplate::from).collect();
    Ok(personal(&MessageTemplateList { items, next: None }))
}

/// Makes the template for a kind of message, or replaces it.
///
/// Replacing needs `If-Match` with the version that was read. A template that WeChat does not know is
/// taken out of use by the server; its messages wait until it is put right here.
#[utoipa::path(
    tag = "messages",
    params(
        ("biz_key" = String, Path, description = "What the messages are for, such as `activity_reminder`"),
        ("If-Match" = Option<String>, Header, description = "The version that is replaced, such as `\"3\"`")
    ),
    request_body = MessageTemplateDraft,
    security(("access_token" = [])),
    responses(
        (status = 200, body = MessageTemplate, headers(("ETag" = String, description = "Its version"))),
        ProblemResponses
    )
)]
#[put("/message-templates/{biz_key}")]
pub(super) async fn put_message_template(
    staff: Permitted<ManageMessages>,
    request: HttpRequest,
    state: Data<AppState>,
    biz_key: Path<String>,
    seen: Option<IfMatch>,
    draft: Json<MessageTemplateDraft>,
) -> ApiResult<HttpResponse> {
    everywhere(&staff)?;
    let draft = checked(biz_key.into_inner(), draft.into_inner())?;
    let event = AuditEvent::new(Action::MessagesChanged, Actor::Staff(staff.staff_id))
        .by_request(&request)
        .on("message_template", &draft.biz_key)
        .with(json!({"enabled": draft.enabled}));
    let template = MessageTemplate::from(service::put_template(&state, draft, seen, event).await?);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::ETAG, entity_tag(template.version)))
        .json(template))
}

/// Lists messages with what became of them, without anything that tells to whom they go.
#[utoipa::path(
    tag = "messages",
    params(OutboxParameters),
    security(("access_token" = [])),
    responses((status = 200, body = OutboxMessageList), ProblemResponses)
)]
#[get("/message-outbox")]
pub(super) async fn list_outbox_messages(
    staff: Permitted<ManageMessages>,
    state: Data<AppState>,
    parameters: Query<OutboxParameters>,
) -> ApiResult<HttpResponse> {
    everywhere(&staff)?;
    let limit = parameters.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::bad_parameter("limit", "limit 应在 1 到 100 之间。"));
    }
    let wanted = parameters.state.map(Into::into);
    let mut rows = service::outbox(&state, wanted, parameters.cursor, limit + 1).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let items = rows.into_iter().map(OutboxMessage::from).collect();
    Ok(personal(&OutboxMessageList { items, next }))
}

/// Settles a message of which it is unknown whether it went out.
///
/// `not_sent` sends it again, with the resident's credit given back; asked for by mistake, the resident
/// gets it twice.
#[utoipa::path(
    tag = "messages",
    params(("id" = Uuid, Path, description = "Id of the message")),
    request_body = OutboxSettlement,
    security(("access_token" = [])),
    responses((status = 200, body = OutboxMessage), ProblemResponses)
)]
#[post("/message-outbox/{id}/settle")]
pub(super) async fn settle_outbox_message(
    staff: Permitted<ManageMessages>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    settlement: Json<OutboxSettlement>,
) -> ApiResult<HttpResponse> {
    everywhere(&staff)?;
    let finding = settlement.outcome.into();
    let event = AuditEvent::new(Action::MessagesChanged, Actor::Staff(staff.staff_id)).by_request(&request);
    let row = service::settle_unknown(&state, id.into_inner(), finding, event).await?;
    Ok(personal(&OutboxMessage::from(row)))
}

/// Templates and the outbox belong to the whole installation, so a part of it does not suffice.
fn everywhere<P: Permission>(staff: &Permitted<P>) -> ApiResult<()> {
    if staff.scope().is_everywhere() {
        return Ok(());
    }
    Err(ApiError::Forbidden {
        code: "not_everywhere",
        detail: "消息模板由负责全部区域的管理员维护，请联系上级管理员。".into(),
    })
}

fn personal(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(body)
}

fn idempotency_key(request: &HttpRequest) -> ApiResult<String> {
    let value = request.headers().get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok());
    let key = value.unwrap_or_default().trim().trim_matches('"');
    let fits = (8..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits {
        return Ok(key.to_owned());
    }
    Err(ApiError::BadRequest {
        code: "bad_idempotency_key",
        detail: "缺少 Idempotency-Key，或格式不正确：应为 8 到 64 个字母、数字或连字符。".into(),
        parameter: None,
    })
}

fn checked(biz_key: String, draft: MessageTemplateDraft) -> ApiResult<TemplateDraft> {
    if !template::is_word(&biz_key) {
        return Err(ApiError::NotFound {
            code: "not_found",
            detail: "模板用途只能用小写字母、数字和下划线，例如 activity_reminder。".into(),
        });
    }
    let template_id = draft.template_id.trim().to_owned();
    if template_id.is_empty()
        || template_id.len() > 64
        || !template_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return Err(invalid("/template_id", "bad_template_id", "请填写小程序后台显示的模板 ID。"));
    }
    let title = draft.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > 40 {
        return Err(invalid("/title", "bad_title", "请填写 1 到 40 个字的标题。"));
    }
    let fields: Vec<Field> =
        draft.fields.into_iter().map(|field| Field { key: field.key, source: field.source }).collect();
    template::check_fields(&fields).map_err(|error| wrong_fields(&error))?;
    let page = draft.page.map(|page| page.trim().trim_start_matches('/').to_owned());
    if page.as_ref().is_some_and(|page| !is_page(page)) {
        return Err(invalid(
            "/page",
            "bad_page",
            "请填写小程序页面路径，不带问号，例如 pages/activity/activity。",
        ));
    }
    let (kind, enabled) = (draft.kind.into(), draft.enabled);
    Ok(TemplateDraft { biz_key, template_id, title, kind, fields, page, enabled })
}

fn is_page(page: &str) -> bool {
    (1..=128).contains(&page.len())
        && page.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'))
}

fn wrong_fields(error: &FieldsError) -> ApiError {
    match error {
        FieldsError::Number => invalid("/fields", "bad_number", "请填写 1 到 10 个字段。"),
        FieldsError::Key(at) => invalid(
            &format!("/fields/{at}/key"),
            "bad_key",
            "这不是微信模板的字段名，请填写如 thing1、time2 这样的字段名。",
        ),
        FieldsError::Repeated(at) => {
            invalid(&format!("/fields/{at}/key"), "repeated_key", "这个字段名写了两次，请删去一个。")
        }
        FieldsError::Source(at) => invalid(
            &format!("/fields/{at}/source"),
            "bad_source",
            "内容名只能用小写字母、数字和下划线，例如 title。",
        ),
    }
}

fn invalid(pointer: &str, code: &str, message: &str) -> ApiError {
    ApiError::Invalid {
        errors: vec![FieldError {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
        }],
    }
}
