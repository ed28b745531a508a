//! One file that is being sent, piece by piece, raw or as the part of a form: browsers send either, the
//! mini-program only forms (`multipart/form-data`, RFC 7578).

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::error::{ApiError, ApiResult};

/// Bytes of a form beside its file.
const FORM_BYTES: usize = 64 * 1024;
/// Of what is sent in vain.
const DRAINED_BYTES: usize = 32 * 1024 * 1024;
const DRAINED: Duration = Duration::from_secs(5);
/// How long a piece may be waited for.
const PIECE: Duration = Duration::from_secs(15);

/// A file that is being sent.
pub struct Upload {
    source: Source,
    content_type: String,
    file_name: Option<String>,
    received: usize,
    limit_bytes: usize,
    deadline: Instant,
}

enum Source {
    Raw(Payload),
    Form {
        /// The parts before and after; a part can only be read while they live.
        form: Box<Multipart>,
        field: Box<Field>,
    },
    /// All of it was read.
    Ended,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("received", &self.received).finish_non_exhaustive()
    }
}

impl Upload {
    /// Finds the file in a request: the whole body, or the first part of a form that is a file.
    ///
    /// # Errors
    /// 400 where a form holds no file; 408 where it comes too slowly.
    pub async fn open(
        request: &HttpRequest,
        payload: Payload,
        limit_bytes: usize,
        longest: Duration,
    ) -> ApiResult<Self> {
        let deadline = Instant::now() + longest;
        let content_type = text_of(request.headers().get(header::CONTENT_TYPE));
        if !content_type.to_ascii_lowercase().starts_with("multipart/") {
            let source = Source::Raw(payload);
            return Ok(Self { source, content_type, file_name: None, received: 0, limit_bytes, deadline });
        }
        let mut form = Box::new(Multipart::new(request.headers(), payload));
        let field = Box::new(find_file(&mut form, deadline).await?);
        let content_type = field.content_type().map(ToString::to_string).unwrap_or_default();
        let file_name = file_name(&field);
        let source = Source::Form { form, field };
        Ok(Self { source, content_type, file_name, received: 0, limit_bytes, deadline })
    }

    /// What the sender says it is, in lower case and without parameters.
    pub fn content_type(&self) -> String {
        self.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// What the sender calls it.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// Sets how large it may be, now that it is known what it is.
    pub fn limit(&mut self, limit_bytes: usize) {
        self.limit_bytes = limit_bytes;
    }

    /// The next piece; `None` at its end.
    ///
    /// # Errors
    /// 413 where it is larger than allowed, 408 where it comes too slowly, 400 where it stops half-way.
    pub async fn next(&mut self) -> ApiResult<Option<Bytes>> {
        let next = match &mut self.source {
            Source::Raw(payload) => {
                in_time(self.deadline, payload.next()).await?.map(|piece| piece.map_err(|_cut_off| stopped()))
            }
            Source::Form { field, .. } => {
                in_time(self.deadline, field.next()).await?.map(|piece| piece.map_err(|_cut_off| stopped()))
            }
            Source::Ended => None,
        };
        // Neither a part nor a body may be asked again after its end.
        let piece = match next {
            Some(Ok(piece)) => Some(piece),
            Some(Err(error)) => {
                self.source = Source::Ended;
                return Err(error);
            }
            None => {
                let source = std::mem::replace(&mut self.source, Source::Ended);
                if let Source::Form { mut form, field } = source {
                    // Only the end of the form shows that the file is whole; what follows a part can be read
                    // once the part is let go.
                    drop(field);
                    end_form(&mut form, self.deadline).await?;
                }
                None
            }
        };
        self.received += piece.as_ref().map_or(0, Bytes::len);
        if self.received > self.limit_bytes {
            return Err(ApiError::PayloadTooLarge { limit_bytes: self.limit_bytes });
        }
        Ok(piece)
    }

    /// Takes what is still coming, within limits: a client that is refused while it sends would not hear why.
    pub async fn drain(&mut self) {
        self.limit_bytes = self.received.saturating_add(DRAINED_BYTES);
        self.deadline = Instant::now() + DRAINED;
        while let Ok(Some(_)) = self.next().await {}
    }

    /// The rest of it after what was read.
    ///
    /// # Errors
    /// As [`Upload::next`].
    pub async fn whole(&mut self, mut begun: Vec<u8>) -> ApiResult<Vec<u8>> {
        while let Some(piece) = self.next().await? {
            begun.extend_from_slice(&piece);
        }
        Ok(begun)
    }
}

async fn in_time<T>(deadline: Instant, work: impl Future<Output = T>) -> ApiResult<T> {
    let end = deadline.min(Instant::now() + PIECE);
    tokio::time::timeout_at(end, work).await.map_err(|_elapsed| ApiError::RequestTimeout)
}

async fn find_file(form: &mut Multipart, deadline: Instant) -> ApiResult<Field> {
    let mut skipped = 0;
    loop {
        let next = in_time(deadline, form.next()).await?.ok_or_else(no_file)?;
        let mut field = next.map_err(|error| match error {
            MultipartError::Incomplete | MultipartError::Payload(_) => stopped(),
            _ => no_file(),
        })?;
        if field.name() == Some("file") || file_name(&field).is_some() {
            return Ok(field);
        }
        skip(&mut field, &mut skipped, deadline).await?;
    }
}

async fn end_form(form: &mut Multipart, deadline: Instant) -> ApiResult<()> {
    let mut skipped = 0;
    while let Some(field) = in_time(deadline, form.next()).await? {
        skip(&mut field.map_err(|_cut_off| stopped())?, &mut skipped, deadline).await?;
    }
    Ok(())
}

async fn skip(field: &mut Field, skipped: &mut usize, deadline: Instant) -> ApiResult<()> {
    while let Some(piece) = in_time(deadline, field.next()).await? {
        *skipped += piece.map_err(|_cut_off| stopped())?.len();
        if *skipped > FORM_BYTES {
            return Err(ApiError::PayloadTooLarge { limit_bytes: FORM_BYTES });
        }
    }
    Ok(())
}

fn file_name(field: &Field) -> Option<String> {
    field.content_disposition()?.get_filename().map(str::to_owned)
}

fn text_of(value: Option<&header::HeaderValue>) -> String {
    value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn no_file() -> ApiError {
    ApiError::BadRequest {
        code: "no_file",
        detail: "没有收到文件，请选择一个文件后重试（表单里的名称是 file）。".into(),
        parameter: None,
    }
}

fn stopped() -> ApiError {
    ApiError::BadRequest {
        code: "bad_body", detail: "文件没有完整送到，请重试。".into(), parameter: None
    }
}
