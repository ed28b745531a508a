use std::collections::BTreeMap;

use entity::article_source;
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::dto::ImportedArticle;
use super::report::ImportReport;
use super::source::{self, Refusal, Source};
use super::{docx, pictures};
use crate::audit::{self, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::knowledge::articles::body::{self, Block, Body, Note, Reading};
use crate::media::Origin;
use crate::regions::RegionScope;
use crate::state::AppState;

const TITLE_CHARS: usize = 60;

/// A source as it came.
pub(super) struct Came {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: String,
    pub(super) file_name: Option<String>,
}

/// Whose the import is, and what the audit log is told about it and about its pictures.
pub(super) struct Importer {
    pub(super) staff_id: Uuid,
    pub(super) region_code: String,
    pub(super) event: AuditEvent,
    pub(super) picture_event: AuditEvent,
}

/// The region of an import.
pub(super) fn region(scope: &RegionScope, wanted: Option<&str>) -> ApiResult<String> {
    if let Some(region) = wanted.filter(|region| !region.is_empty()) {
        scope.require(region)?;
        return Ok(region.to_owned());
    }
    scope.granted().first().cloned().ok_or_else(|| ApiError::NotFound {
        code: "not_found",
        detail: "没有找到，或者不在您负责的区域内。".into(),
    })
}

/// Reads an article from elsewhere and brings its pictures here.
pub(super) async fn import(state: &AppState, came: Came, importer: Importer) -> ApiResult<ImportedArticle> {
    let raw = came.bytes.clone();
    let read = tokio::task::spawn_blocking(move || read(came)).await;
    let Parsed { source, reading, embedded } =
        read.map_err(|panic| anyhow::Error::new(panic).context("an import broke its reader"))??;
    let Reading { title, blocks, mut notes, .. } = reading;
    let (title, blocks) = titled(title, blocks);
    let origin = Origin {
        region_code: importer.region_code.clone(),
        uploaded_by: Some(importer.staff_id),
        event: Some(importer.picture_event.clone()),
    };
    let settled = pictures::settle(state, blocks, embedded, &origin).await?;
    let title: String = match title.char_indices().nth(TITLE_CHARS) {
        Some((end, _)) => {
            notes.add(Note::TitleCut);
            title[..end].to_owned()
        }
        None => title,
    };
    let report = ImportReport::new(&settled.blocks, &notes, settled.lost);
    let format = source;
    let source_id = keep(state, raw, format, &report, importer).await?;
    let cover_url =
        settled.media_ids.first().and_then(|_| settled.blocks.iter().find_map(picture_address)).map(cover);
    let Body { html, blocks } = Body::of(settled.blocks);
    Ok(ImportedArticle {
        source_id,
        format: format.into(),
        title,
        body_html: html,
        body_blocks: blocks,
        cover_url,
        media_ids: settled.media_ids,
        report,
    })
}

struct Parsed {
    source: article_source::Format,
    reading: Reading,
    embedded: BTreeMap<String, Vec<u8>>,
}

fn read(came: Came) -> Result<Parsed, Refusal> {
    let recognised = source::recognise(came.bytes, &came.content_type, came.file_name.as_deref())?;
    let format = recognised.format();
    let (reading, embedded) = match recognised {
        Source::Html(html) => (body::read_html(&html), BTreeMap::new()),
        Source::Markdown(markdown) => (body::read_markdown(&markdown), BTreeMap::new()),
        Source::Docx(file) => {
            let document = docx::read(file)?;
            let mut reading = body::read_html(&document.html);
            reading.notes.join(&document.notes);
            (Reading { title: document.title.or(reading.title.clone()), ..reading }, document.pictures)
        }
    };
    if reading.given_up {
        return Err(Refusal::TooIntricate);
    }
    if body::plain_text(&reading.blocks).trim().is_empty() {
        return Err(Refusal::NoText);
    }
    Ok(Parsed { source: format, reading, embedded })
}

/// The title, which is not repeated at the beginning of the text. Without one, a heading that stands first is it.
fn titled(title: Option<String>, mut blocks: Vec<Block>) -> (String, Vec<Block>) {
    let first = match blocks.first() {
        Some(Block::Heading { level: 1..=2, .. }) => {
            Some(body::plain_text(&blocks[..1]).trim().replace('\n', " "))
        }
        _ => None,
    };
    match (title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()), first) {
        (Some(title), Some(first)) if title == first => {
            blocks.remove(0);
            (title, blocks)
        }
        (Some(title), _) => (title, blocks),
        (None, Some(first)) if blocks.len() > 1 => {
            blocks.remove(0);
            (first, blocks)
        }
        (None, _) => (String::new(), blocks),
    }
}

fn picture_address(block: &Block) -> Option<&str> {
    match block {
        Block::Image { src, .. } => Some(src),
        _ => None,
    }
}

fn cover(src: &str) -> String {
    src.rsplit_once('/').map_or_else(|| src.to_owned(), |(folder, _)| format!("{folder}/cover"))
}

/// Keeps the source as it came.
async fn keep(
    state: &AppState,
    raw: Vec<u8>,
    format: article_source::Format,
    report: &ImportReport,
    importer: Importer,
) -> ApiResult<Uuid> {
    let now = state.clock.now();
    let id = state.random.id(now);
    let row = article_source::Model {
        id,
        article_id: None,
        format,
        sha256: Sha256::digest(&raw).to_vec(),
        size_bytes: i64::try_from(raw.len()).map_err(anyhow::Error::from)?,
        region_code: importer.region_code.clone(),
        imported_by: Some(importer.staff_id),
        report: json!(report),
        created_at: now.into(),
    };
    state.files.put(&object(id), raw).await?;
    let event = importer.event.on("article_source", id).in_region(importer.region_code);
    let written = state.database.write(move |transaction| {
        let (row, event) = (row.clone(), event.clone());
        Box::pin(async move {
            article_source::Entity::insert(row.into_active_model())
                .exec_without_returning(transaction)
                .await?;
            audit::append(transaction, &event, now).await
        })
    });
    if let Err(error) = written.await {
        state.files.delete(&object(id)).await?;
        return Err(error);
    }
    Ok(id)
}

/// A source as it is kept.
pub(super) struct KeptSource {
    /// To be saved under.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// A source of somebody's regions, as it came.
pub(super) async fn kept(state: &AppState, scope: &RegionScope, id: Uuid) -> ApiResult<KeptSource> {
    let gone = || ApiError::NotFound {
        code: "not_found",
        detail: "没有找到导入的原文，或者不在您负责的区域内。".into(),
    };
    let row = article_source::Entity::find_by_id(id).one(state.database.reader()).await?;
    let row = row.filter(|row| scope.covers(&row.region_code)).ok_or_else(gone)?;
    let extension = match row.format {
        article_source::Format::Html => "html",
        article_source::Format::Docx => "docx",
        article_source::Format::Markdown => "md",
    };
    let bytes = state.files.get(&object(id)).await?.ok_or_else(gone)?;
    Ok(KeptSource { name: format!("{id}.{extension}"), bytes })
}

/// Where a source is kept.
fn object(id: Uuid) -> String {
    format!("sources/{id}")
}
