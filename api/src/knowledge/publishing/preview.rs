//! A link that shows one revision, or the working copy of one article, for a day to whoever has it.
//!
//! The link is signed and not stored. Logging in is not enough to see a revision, and the link shows nothing else.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::article;
use sea_orm::EntityTrait;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::local_time::{beijing, said};
use super::revision_dto::{ArticlePreview, PreviewLink};
use super::worker::Worker;
use super::{drafts, revisions};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::knowledge::articles::content::Content;
use crate::knowledge::articles::dto::ArticleKind;
use crate::state::AppState;
use crate::vault::Column;

/// How long a link works.
const WORKS_FOR: TimeDelta = TimeDelta::hours(24);
/// What the signature is bound to, so that it means nothing elsewhere.
const SIGNED: Column = Column { table: "article", column: "preview_link" };

/// What a link shows until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    article_id: i32,
    /// The working copy where there is none.
    number: Option<i32>,
    expires_at: DateTime<Utc>,
}

impl Claim {
    fn text(self) -> String {
        let number = self.number.unwrap_or_default();
        format!("{}.{number}.{}", self.article_id, self.expires_at.timestamp())
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let claim = Self {
            article_id: parts.next()?.parse().ok()?,
            number: Some(parts.next()?.parse().ok()?).filter(|number| *number > 0),
            expires_at: DateTime::from_timestamp(parts.next()?.parse().ok()?, 0)?,
        };
        parts.next().is_none().then_some(claim)
    }
}

/// Makes a link.
pub(super) async fn link(
    state: &AppState,
    worker: &Worker,
    id: i32,
    number: Option<i32>,
    base_url: &str,
) -> ApiResult<PreviewLink> {
    let reader = state.database.reader();
    let article = worker.find(reader, id).await?;
    if let Some(number) = number {
        revisions::row(reader, id, number).await?;
    }
    let now = state.clock.now();
    let expires_at = now + WORKS_FOR;
    let claim = Claim { article_id: id, number, expires_at };
    let payload = claim.text();
    let signature = state.vault.index(SIGNED, &payload, now)?;
    let token = format!("{payload}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
    let event = worker.event_on(Action::PreviewLinked, &article).with(json!({"revision": number}));
    audit::record(state, event).await?;
    Ok(PreviewLink {
        url: format!("{base_url}/preview/{token}"),
        token,
        revision: number,
        expires_at: beijing(expires_at),
    })
}

/// What a link shows.
pub(super) async fn show(state: &AppState, token: &str) -> ApiResult<ArticlePreview> {
    let claim = checked(state, token)?;
    let reader = state.database.reader();
    let article = article::Entity::find_by_id(claim.article_id).one(reader).await?;
    let article = article.filter(|article| article.binned_at.is_none()).ok_or_else(over)?;
    let content = match claim.number {
        Some(number) => {
            let row = revisions::row(reader, article.id, number).await?;
            revisions::content(reader, &article, row).await?
        }
        None => Content::stored(drafts::of(reader, article.id).await?.content)?,
    };
    let body = content.body.rendered();
    Ok(ArticlePreview {
        notice: format!("这是预览，还没有公开，请不要转发。链接在{}失效。", said(claim.expires_at)),
        kind: ArticleKind::from(article.kind),
        revision: claim.number,
        title: content.title,
        elder_summary: content.elder_summary,
        body_html: body.html,
        body_blocks: body.blocks,
        source_name: content.source_name,
        source_edition: content.source_edition,
        medical_reviewer: content.medical_reviewer,
        reviewed_on: content.reviewed_on,
        expires_at: beijing(claim.expires_at),
    })
}

fn checked(state: &AppState, token: &str) -> ApiResult<Claim> {
    let (payload, signature) = token.rsplit_once('.').ok_or_else(over)?;
    let given = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_not_base64| over())?;
    // A link goes on working while the key that signed it is replaced.
    let signatures = state.vault.indexes(SIGNED, payload)?;
    if !signatures.iter().any(|signed| bool::from(signed.ct_eq(&given))) {
        return Err(over());
    }
    let claim = Claim::read(payload).ok_or_else(over)?;
    if claim.expires_at <= state.clock.now() {
        return Err(over());
    }
    Ok(claim)
}

/// 404, whatever is wrong: a link tells nothing to whoever guesses.
fn over() -> ApiError {
    ApiError::NotFound {
        code: "preview_not_found",
        detail: "预览链接不对或者已经失效，请向发给您的人再要一个。".into(),
    }
}
