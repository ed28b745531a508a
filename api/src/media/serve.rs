//! The files of media, for everybody. Their bytes never change, so they may be kept for ever.

use std::ops::Range;

use actix_web::body::SizedStream;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, get};
use entity::{media, media_variant};
use futures_util::TryStreamExt;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::picture::{COVER, ORIGINAL, WIDTHS};
use super::store::object;
use crate::error::{ApiError, ApiResult};
use crate::hex::lower_hex;
use crate::http::observation::AskedForHead;
use crate::http::range::{Wanted, wanted};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Nothing a browser finds in a file may act, even where it is opened by itself.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// A file to send.
struct Found {
    object: String,
    content_type: String,
    size_bytes: u64,
    entity_tag: String,
}

/// Gives a file: all of it, or the part that `Range` asks for.
///
/// `variant` is `original`, or of a picture `320`, `750`, `1125` or `cover`. A size that the picture does not
/// reach gives the original.
#[utoipa::path(
    tag = "media",
    params(
        ("id" = Uuid, Path, description = "Id of the medium"),
        ("variant" = String, Path, description = "Which of its files", example = "750"),
        ("Range" = Option<String>, Header, description = "The part that is wanted, such as `bytes=0-1023`"),
        ("If-Range" = Option<String>, Header, description = "Entity tag of the file of which a part is wanted")
    ),
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"),
            (Vec<u8> = "video/mp4"), (Vec<u8> = "audio/mp4"), (Vec<u8> = "audio/mpeg")
        ), headers(("ETag" = String, description = "SHA-256 of the file"))),
        (status = 206, description = "The part that was asked for", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"),
            (Vec<u8> = "video/mp4"), (Vec<u8> = "audio/mp4"), (Vec<u8> = "audio/mpeg")
        ), headers(("Content-Range" = String, description = "Which part it is"))),
        (status = 304, description = "The client holds it"),
        ProblemResponses
    )
)]
#[get("/media/{id}/{variant}")]
pub(super) async fn get_media_file(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(Uuid, String)>,
) -> ApiResult<HttpResponse> {
    let (id, variant) = path.into_inner();
    let found = find(&state, id, &variant).await?.ok_or_else(not_found)?;
    if is_held(&request, &found.entity_tag) {
        return Ok(described(HttpResponse::NotModified(), &found).finish());
    }
    // A range is defined for GET alone (RFC 9110, section 14.2).
    let is_head = request.extensions().contains::<AskedForHead>();
    let part =
        if is_head { Wanted::Whole } else { wanted(request.headers(), &found.entity_tag, found.size_bytes) };
    match part {
        Wanted::Nothing => Err(ApiError::RangeNotSatisfiable { size_bytes: found.size_bytes }),
        Wanted::Whole => send(&state, HttpResponse::Ok(), &found, 0..found.size_bytes).await,
        Wanted::Part(part) => {
            let mut response = HttpResponse::PartialContent();
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, found.size_bytes);
            response.insert_header((header::CONTENT_RANGE, range));
            send(&state, response, &found, part).await
        }
    }
}

async fn find(state: &AppState, id: Uuid, variant: &str) -> ApiResult<Option<Found>> {
    let reader = state.database.reader();
    let is_preset = variant == COVER || WIDTHS.iter().any(|(name, _)| *name == variant);
    if is_preset {
        let key = (id, variant.to_owned());
        if let Some(row) = media_variant::Entity::find_by_id(key).one(reader).await? {
            return Ok(Some(Found::new(id, variant, row.content_type, row.size_bytes, &row.sha256)));
        }
    } else if variant != ORIGINAL {
        return Ok(None);
    }
    let medium = media::Entity::find_by_id(id).one(reader).await?;
    let medium = medium.filter(|medium| !is_preset || medium.kind == media::Kind::Image);
    Ok(medium.map(|medium| Found::new(id, ORIGINAL, medium.content_type, medium.size_bytes, &medium.sha256)))
}

impl Found {
    fn new(id: Uuid, name: &str, content_type: String, size_bytes: i64, sha256: &[u8]) -> Self {
        Self {
            object: object(id, name),
            content_type,
            size_bytes: size_bytes.unsigned_abs(),
            entity_tag: format!("\"{}\"", lower_hex(sha256)),
        }
    }
}

fn is_held(request: &HttpRequest, entity_tag: &str) -> bool {
    let named = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    named.flat_map(|list| list.split(',')).map(str::trim).any(|tag| {
        // Weak comparison, as the header asks for.
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == entity_tag
    })
}

fn described(mut response: HttpResponseBuilder, found: &Found) -> HttpResponseBuilder {
    response
        .insert_header((header::ETAG, found.entity_tag.as_str()))
        .insert_header((header::CACHE_CONTROL, FOR_EVER))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX));
    response
}

async fn send(
    state: &AppState,
    response: HttpResponseBuilder,
    found: &Found,
    part: Range<u64>,
) -> ApiResult<HttpResponse> {
    let length = part.end - part.start;
    let stream = state.files.stream(&found.object, part).await?.ok_or_else(|| {
        ApiError::Internal(anyhow::anyhow!("a medium has a row and no file: {}", found.object))
    })?;
    let stream = stream.map_err(ApiError::Internal);
    let mut response = described(response, found);
    response.content_type(found.content_type.as_str());
    Ok(response.body(SizedStream::new(length, stream)))
}

fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "media_not_found", detail: "没有找到这个图片或视频，它可能已经删除。".into()
    }
}
