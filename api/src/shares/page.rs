use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use utoipa::IntoResponses;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, Schema};

use super::{cover, view};
use crate::error::ApiResult;
use crate::health_report::as_pdf;
use crate::http::personal::NO_STORE;
use crate::state::AppState;

/// Errors come as a page to a browser, as problem details to a program.
struct PageErrors;

impl IntoResponses for PageErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let page = Schema::Object(Object::with_type(SchemaType::new(Type::String)));
        let page = ContentBuilder::new().schema(Some(RefOr::T(page))).build();
        let error = ResponseBuilder::new()
            .description("Problem details (RFC 9457)")
            .content("application/problem+json", problem)
            .content("text/html", page);
        BTreeMap::from([("default".to_owned(), error.build().into())])
    }
}

/// The cover of a share link, for a browser. It takes no view.
#[utoipa::path(
    tag = "records",
    params(("token" = String, Path, description = "Secret of the link")),
    responses((status = 200, body = String, content_type = "text/html"), PageErrors)
)]
#[get("/s/{token}")]
pub(super) async fn show_share_cover(state: Data<AppState>, token: Path<String>) -> ApiResult<HttpResponse> {
    let row = view::find(&state, state.database.reader(), &token, state.clock.now()).await?;
    Ok(html(cover::cover(&row, &token)))
}

/// Opens the record behind a share link as a page. Takes one view, which the person sees in the access log.
#[utoipa::path(
    tag = "records",
    params(("token" = String, Path, description = "Secret of the link")),
    responses((status = 200, body = String, content_type = "text/html"), PageErrors)
)]
#[post("/s/{token}")]
pub(super) async fn open_share_page(state: Data<AppState>, token: Path<String>) -> ApiResult<HttpResponse> {
    let report = view::open(&state, &token, state.clock.now()).await?;
    Ok(html(cover::record(&report)))
}

/// Opens the record behind a share link as PDF. Takes one view.
#[utoipa::path(
    tag = "records",
    params(("token" = String, Path, description = "Secret of the link")),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), PageErrors)
)]
#[post("/s/{token}/report.pdf")]
pub(super) async fn open_share_page_as_pdf(
    state: Data<AppState>,
    token: Path<String>,
) -> ApiResult<HttpResponse> {
    let report = view::open(&state, &token, state.clock.now()).await?;
    Ok(pdf(as_pdf(report).await?))
}

fn html(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .insert_header(("x-robots-tag", "noindex"))
        .body(page)
}

/// A report that nobody on the way may keep.
pub(super) fn pdf(bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/pdf"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"health-report.pdf\""))
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .body(bytes)
}
