use entity::article_source::Format;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::report::ImportReport;
use crate::knowledge::articles::body::Block;

/// How a source is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ImportFormat {
    Html,
    Docx,
    Markdown,
}

impl From<Format> for ImportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Html => Self::Html,
            Format::Docx => Self::Docx,
            Format::Markdown => Self::Markdown,
        }
    }
}

/// An article that was read from elsewhere, ready to become a draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportedArticle {
    /// What it was read from, kept as it came.
    pub(super) source_id: Uuid,
    pub(super) format: ImportFormat,
    /// At most 60 characters; empty where the source has none.
    pub(super) title: String,
    /// HTML that the rich text of WeChat shows as it is.
    pub(super) body_html: String,
    /// The same content as blocks.
    pub(super) body_blocks: Vec<Block>,
    /// Address of the first picture, as a cover.
    pub(super) cover_url: Option<String>,
    /// The pictures that are shown.
    pub(super) media_ids: Vec<Uuid>,
    pub(super) report: ImportReport,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportParameters {
    /// Where the article is for; where it is missing, the region of the caller's first role that may write.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
}

/// The file, as the whole body or as the part `file` of a form.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct ImportForm {
    /// A `.docx` document, a Markdown text, or HTML.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub(super) file: String,
}
