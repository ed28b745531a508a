//! Answers that break the rules.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

/// What the fake is told to answer once.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A refusal with this number and message.
    Errcode(i64, &'static str),
    /// This JSON.
    Json(Value),
    /// A page for people instead of JSON.
    Html,
    /// More bytes than anybody should read.
    Huge {
        /// How many.
        bytes: usize,
    },
    /// Somewhere else.
    Redirect,
    /// This HTTP status, without content.
    Status(u16),
    /// Nothing for a minute.
    Silence,
    /// This content as this media type.
    Raw {
        /// Such as `image/jpeg`.
        media_type: &'static str,
        /// The content.
        body: Vec<u8>,
    },
}

impl Answer {
    pub(super) async fn give(self) -> HttpResponse {
        match self {
            Self::Errcode(errcode, message) => refusal(errcode, message),
            Self::Json(body) => HttpResponse::Ok().json(body),
            Self::Html => HttpResponse::Ok().content_type("text/html").body("<html>系统繁忙</html>"),
            Self::Huge { bytes } => {
                HttpResponse::Ok().content_type("application/json").body(vec![b' '; bytes])
            }
            Self::Redirect => {
                HttpResponse::Found().insert_header((LOCATION, "http://127.0.0.1:9/elsewhere")).finish()
            }
            Self::Status(status) => HttpResponseBuilder::new(
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            )
            .finish(),
            Self::Silence => {
                actix_web::rt::time::sleep(Duration::from_mins(1)).await;
                HttpResponse::Ok().finish()
            }
            Self::Raw { media_type, body } => HttpResponse::Ok().content_type(media_type).body(body),
        }
    }
}

/// As WeChat refuses: with 200, and an id that its support asks for.
pub(super) fn refusal(errcode: i64, message: &str) -> HttpResponse {
    let message = format!("{message} rid: 6a213e1c-4c7b8f39-1f2e3d4c");
    HttpResponse::Ok().json(json!({"errcode": errcode, "errmsg": message}))
}
