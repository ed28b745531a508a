//! Which representation a client gets: the parameter `f`, else the header `Accept`
//! (RFC 9110, section 12.5.1).

use actix_web::http::header::HeaderMap;

use crate::error::{ApiError, ApiResult};
use crate::http::accept::wishes;
use crate::map::export::ExportFormat;

/// The two ways in which every resource is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Representation {
    /// For programs.
    Json,
    /// For people.
    Html,
}

/// What kind of resource is asked for, which decides what its JSON is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResourceKind {
    /// Landing page, conformance, collections.
    Document,
    /// A feature or a list of features.
    Features,
    /// The API definition.
    Definition,
    /// What the features of a layer have, or what filters and sorting may name of it.
    Schema,
}

/// Media type of the API definition in version 3.0 of `OpenAPI`.
pub(super) const OPENAPI_30: &str = "application/vnd.oai.openapi+json;version=3.0";

/// Media type of JSON Schema documents.
pub(super) const JSON_SCHEMA: &str = "application/schema+json";

impl Representation {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Json => Self::Html,
            Self::Html => Self::Json,
        }
    }

    /// Its value of the parameter `f`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    /// Chooses by `f` and, without it, by `Accept`.
    pub(super) fn negotiate(f: Option<&str>, headers: &HeaderMap, kind: ResourceKind) -> ApiResult<Self> {
        match f {
            Some("json") => Ok(Self::Json),
            Some("html") => Ok(Self::Html),
            Some(_) => Err(ApiError::bad_parameter("f", unknown_format(kind))),
            None => accepted(headers, kind).ok_or_else(|| ApiError::NotAcceptable {
                detail: format!(
                    "这里只提供 {} 和 text/html 两种格式，请修改 Accept，或在网址后加 f=json 或 f=html。",
                    kind.media_type(Self::Json)
                ),
            }),
        }
    }
}

fn unknown_format(kind: ResourceKind) -> String {
    let files = match kind {
        ResourceKind::Features => {
            ExportFormat::DOWNLOADS.map(|format| format!("、{}", format.as_str())).concat()
        }
        ResourceKind::Document | ResourceKind::Definition | ResourceKind::Schema => String::new(),
    };
    format!("参数 f 只能是 json、html{files}；也可以去掉它，由浏览器或软件自己选择格式。")
}

impl ResourceKind {
    /// The media type that links and the header `Content-Type` name.
    pub(super) fn media_type(self, representation: Representation) -> &'static str {
        match (representation, self) {
            (Representation::Html, _) => "text/html",
            (Representation::Json, Self::Document) => "application/json",
            (Representation::Json, Self::Features) => "application/geo+json",
            (Representation::Json, Self::Definition) => OPENAPI_30,
            (Representation::Json, Self::Schema) => JSON_SCHEMA,
        }
    }

    /// Media types under which a client may ask for the representation; special JSON is also JSON.
    fn names(self, representation: Representation) -> &'static [&'static str] {
        match (representation, self) {
            (Representation::Html, _) => &["text/html"],
            (Representation::Json, Self::Document) => &["application/json"],
            (Representation::Json, Self::Features) => &["application/geo+json", "application/json"],
            (Representation::Json, Self::Schema) => &["application/schema+json", "application/json"],
            (Representation::Json, Self::Definition) => {
                &["application/vnd.oai.openapi+json", "application/openapi+json", "application/json"]
            }
        }
    }
}

/// The wished-for representation; JSON where both are equally welcome. `None`: neither is.
fn accepted(headers: &HeaderMap, kind: ResourceKind) -> Option<Representation> {
    let offers = [kind.names(Representation::Json), kind.names(Representation::Html)];
    let Some([json, html]) = wishes(headers, offers) else {
        return Some(Representation::Json);
    };
    // What is not wished for is `None`, which is less than any wish.
    if html > json { Some(Representation::Html) } else { json.map(|_wish| Representation::Json) }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use actix_web::http::StatusCode;
    use actix_web::http::header::{self, HeaderValue};
    use proptest::prelude::*;

    use super::Representation::{Html, Json};
    use super::ResourceKind::{Definition, Document, Features};
    use super::*;

    fn chosen(accept: &str, kind: ResourceKind) -> Option<Representation> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        accepted(&headers, kind)
    }

    #[test]
    fn accept_is_weighed() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        assert_eq!(chosen(browser, Document), Some(Html));
        assert_eq!(chosen("*/*", Document), Some(Json));
        assert_eq!(chosen("", Features), Some(Json));
        assert_eq!(chosen("application/json", Features), Some(Json));
        assert_eq!(chosen("application/geo+json", Features), Some(Json));
        assert_eq!(chosen("application/geo+json", Document), None);
        assert_eq!(chosen("application/*", Features), Some(Json));
        assert_eq!(chosen("text/*;q=0.5, application/json;q=0.4", Features), Some(Html));
        assert_eq!(chosen("application/json, text/html;q=0.9", Document), Some(Json));
        assert_eq!(chosen("text/html, */*", Document), Some(Html));
        assert_eq!(chosen("TEXT/HTML", Document), Some(Html));
        assert_eq!(chosen("*/*, application/json;q=0", Document), Some(Html));
        assert_eq!(chosen("image/png", Features), None);
        assert_eq!(chosen("text/html;q=0, application/json;q=0", Document), None);
        assert_eq!(chosen(OPENAPI_30, Definition), Some(Json));
        assert_eq!(chosen("application/vnd.oai.openapi+json; version=3.0", Definition), Some(Json));
    }

    #[test]
    fn f_decides_before_accept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("image/png"));
        assert_eq!(Representation::negotiate(Some("json"), &headers, Document).unwrap(), Json);
        assert_eq!(Representation::negotiate(Some("html"), &headers, Document).unwrap(), Html);
        for wrong in ["xml", "", "JSON", "json,html"] {
            let refused = Representation::negotiate(Some(wrong), &headers, Document).unwrap_err();
            assert_eq!(refused.status_code(), StatusCode::BAD_REQUEST, "{wrong}");
        }
        let refused = Representation::negotiate(None, &headers, Document).unwrap_err();
        assert_eq!(refused.status_code(), StatusCode::NOT_ACCEPTABLE);
    }

    proptest! {
        #[test]
        fn any_accept_is_answered(accept in "[ -~]{0,60}") {
            let _ = chosen(&accept, Features);
        }

        #[test]
        fn a_wish_for_html_alone_is_met(weight in 1_u16..=1_000) {
            let accept = format!("image/png, text/html;q={:.3}", f32::from(weight) / 1_000.0);
            prop_assert_eq!(chosen(&accept, Features), Some(Html));
        }
    }
}
