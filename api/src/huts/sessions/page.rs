//! What somebody sees who opens the hut's code with the camera of a phone instead of the mini-program.

use actix_web::http::header;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get};
use maud::html;
use uuid::Uuid;

use super::dto::HutPageParameters;
use crate::http::error_page::plain_page;
use crate::http::personal::NO_STORE;
use crate::openapi::ProblemResponses;

const TITLE: &str = "健康小屋测量";

/// Tells how to measure: with the mini-program, or with the help of the keeper.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut"), HutPageParameters),
    responses((status = 200, body = String, content_type = "text/html"), ProblemResponses)
)]
#[get("/hut/{id}")]
pub(super) async fn show_hut_page(_id: Path<Uuid>, _code: Query<HutPageParameters>) -> HttpResponse {
    let body = html! {
        main {
            h1 { (TITLE) }
            p { "请打开微信，用“扫一扫”扫小屋屏幕上的二维码，进入小程序后再测量。" }
            p { "没有微信，或者不会用，请告诉小屋的工作人员，他们会帮您测量。" }
        }
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .insert_header(("x-robots-tag", "noindex"))
        .body(plain_page(TITLE, &body))
}
