//! Articles from elsewhere: pages of 公众号, 秀米 and 135 as they are copied, text documents (.docx), Markdown.
//!
//! `source` tells what came, `docx` makes HTML of a document, and `articles::body` reads HTML and Markdown into
//! blocks. `pictures` brings the pictures of an article into the media of this server, fetching those of
//! elsewhere through `fetch`, which speaks to known hosts only. What was changed is in the `report`, and what
//! came is kept as it was.

mod docx;
mod dto;
mod fetch;
mod package;
mod pictures;
mod report;
mod routes;
mod service;
mod source;

use std::time::Duration;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::fetch::{Hosts, PictureFetcher, PictureOrigin};

/// How long an import may take.
pub const LONGEST_IMPORT: Duration = Duration::from_mins(2);
/// Pictures at the usual width of phones.
const SHOWN: &str = "750";

/// Adds the import below `/api/v1`. Stands before the articles, one of which may be called `import`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::import_article).service(routes::get_article_source);
}
