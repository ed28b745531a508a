//! Which screen is calling: a device with a token of its own, no person and no session.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use entity::screen;
use futures_util::future::LocalBoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::secret::Secret;
use crate::state::AppState;

/// The screen whose token came with the request, which is the one that the address names. 401 without
/// its current token, so that a token that was revoked is useless at once, on every replica; 404 with the
/// token of another screen.
#[derive(Debug)]
pub(super) struct PairedScreen {
    pub(super) row: screen::Model,
}

/// What is stored of a token. A token has 256 random bits, so a plain hash cannot be reversed.
pub(super) fn hash(token: &Secret) -> Vec<u8> {
    Sha256::digest(token.expose().as_bytes()).to_vec()
}

impl FromRequest for PairedScreen {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Data<AppState>>().cloned();
        let token = token_of(request);
        let asked: Option<Uuid> = request.match_info().get("id").and_then(|id| id.parse().ok());
        Box::pin(async move {
            let state =
                state.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the server has no state")))?;
            let token_hash = hash(&token.ok_or_else(not_paired)?);
            let found = screen::Entity::find()
                .filter(screen::Column::TokenHash.eq(token_hash))
                .one(state.database.reader())
                .await?;
            let row = found.ok_or_else(not_paired)?;
            if asked == Some(row.id) { Ok(Self { row }) } else { Err(another_screen()) }
        })
    }
}

/// The token as bearer, or as the password of programs that know no other way.
fn token_of(request: &HttpRequest) -> Option<Secret> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, given) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(given.trim()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(given.trim()).ok()?).ok()?;
    Some(Secret::new(pair.split_once(':')?.1))
}

fn not_paired() -> ApiError {
    ApiError::Unauthorized {
        code: "screen_not_paired",
        detail: "这块屏幕还没有配对，或者配对已被取消，请重新配对。".into(),
    }
}

fn another_screen() -> ApiError {
    ApiError::NotFound { code: "not_found", detail: "没有找到这块屏幕。".into() }
}
