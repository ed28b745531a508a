//! The check of a text: the local list first, then WeChat, then a person.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::account;
use entity::moderation_item::{Kind, State};
use sea_orm::{DatabaseTransaction, EntityTrait};
use zeroize::Zeroizing;

use super::item::{self, NewItem, Purpose, Standing, Subject};
use super::word_list::Severity;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::identity::caller::Resident;
use crate::identity::columns::OPENID;
use crate::state::AppState;
use crate::vault::CellAddress;
use crate::wechat::client::{Suggestion, TextCheck};

/// A request that waits longer for WeChat is answered: a person looks at the text instead.
const PATIENCE: Duration = Duration::from_secs(5);

/// A text that was looked at. Whether it may be saved is asked with [`CheckedText::accepted`].
#[must_use]
#[derive(Clone)]
pub struct CheckedText {
    author: Resident,
    purpose: Purpose,
    text: Zeroizing<String>,
    finding: Finding,
}

/// A text that may be saved, though perhaps not yet be seen by others. The verdict is written with
/// [`AcceptedText::record`].
#[must_use]
#[derive(Clone)]
pub struct AcceptedText(CheckedText);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    standing: Standing,
    label: String,
}

impl std::fmt::Debug for CheckedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CheckedText({:?}, {:?})", self.purpose, self.finding)
    }
}

impl std::fmt::Debug for AcceptedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AcceptedText({:?}, {:?})", self.0.purpose, self.0.finding)
    }
}

/// Looks at a text of a resident. Calls WeChat, so this stands before the transaction.
///
/// # Errors
/// When the database fails. A check that cannot be made is no error: a person will look at the text.
pub async fn check_text(
    state: &AppState,
    author: &Resident,
    purpose: Purpose,
    text: &str,
) -> ApiResult<CheckedText> {
    let finding = match state.word_list.find(text) {
        Some(found) => Finding {
            standing: match found.severity {
                Severity::Reject => Standing::Rejected,
                Severity::Review => Standing::Pending,
            },
            label: format!("words.{}", found.category),
        },
        None => ask_wechat(state, author, purpose, text).await?,
    };
    Ok(CheckedText { author: *author, purpose, text: Zeroizing::new(text.to_owned()), finding })
}

async fn ask_wechat(state: &AppState, author: &Resident, purpose: Purpose, text: &str) -> ApiResult<Finding> {
    let unchecked = |label: &str| Finding { standing: Standing::Pending, label: label.to_owned() };
    if text.trim().is_empty() {
        return Ok(Finding { standing: Standing::Pass, label: "empty".to_owned() });
    }
    let Some(openid) = openid_of(state, author).await? else {
        return Ok(unchecked("no_openid"));
    };
    let check = TextCheck { openid: &openid, scene: purpose.scene(), content: text, nickname: None };
    let answer = tokio::time::timeout(PATIENCE, state.wechat.client.check_text(&check)).await;
    Ok(match answer {
        Ok(Ok(verdict)) => Finding {
            standing: match verdict.suggestion {
                Suggestion::Pass => Standing::Pass,
                Suggestion::Review => Standing::Pending,
                Suggestion::Risky => Standing::Rejected,
            },
            label: format!("wechat.{}", verdict.label),
        },
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "a text could not be checked: a person will look at it");
            unchecked("unchecked")
        }
        Err(_elapsed) => {
            tracing::warn!("WeChat took too long to check a text: a person will look at it");
            unchecked("unchecked")
        }
    })
}

pub(super) async fn openid_of(state: &AppState, author: &Resident) -> ApiResult<Option<Zeroizing<String>>> {
    let reader = state.database.reader();
    let account = account::Entity::find_by_id(author.account_id).one(reader).await?;
    let Some(cell) = account.and_then(|account| account.openid_cell) else {
        return Ok(None);
    };
    let address = CellAddress { column: OPENID, row: author.account_id.as_bytes() };
    match state.vault.open_text(reader, address, &cell).await {
        Ok(openid) => Ok(Some(Zeroizing::new(openid))),
        Err(ApiError::Database(error)) => Err(ApiError::Database(error)),
        Err(_unreadable) => Ok(None),
    }
}

impl CheckedText {
    /// Whether others may see it.
    pub fn standing(&self) -> Standing {
        self.finding.standing
    }

    /// The text, unless it is rejected.
    ///
    /// # Errors
    /// 422 at `pointer` where it is rejected. The word at fault is not named, since naming it would teach
    /// how to write it otherwise.
    pub fn accepted(self, pointer: &str) -> ApiResult<AcceptedText> {
        if self.finding.standing != Standing::Rejected {
            return Ok(AcceptedText(self));
        }
        Err(ApiError::Invalid {
            errors: vec![FieldError {
                pointer: pointer.to_owned(),
                code: "not_allowed".to_owned(),
                message: "这段文字里有不能发布的内容，请修改后再提交。如有疑问，请联系社区工作人员。"
                    .to_owned(),
            }],
        })
    }
}

impl AcceptedText {
    /// Whether others may see it yet.
    pub fn standing(&self) -> Standing {
        self.0.finding.standing
    }

    /// Writes the verdict, in the transaction that saves the text.
    ///
    /// # Errors
    /// When the database fails, or the author has been erased.
    pub async fn record(
        &self,
        state: &AppState,
        transaction: &DatabaseTransaction,
        subject: &Subject,
        now: DateTime<Utc>,
    ) -> ApiResult<Standing> {
        let CheckedText { author, purpose, text, finding } = &self.0;
        let waits = finding.standing != Standing::Pass;
        let new = NewItem {
            author: *author,
            kind: Kind::Text,
            purpose: *purpose,
            subject,
            state: if waits { State::PendingReview } else { State::Pass },
            label: Some(finding.label.clone()),
            text: waits.then_some(text.as_str()),
        };
        item::write(state, transaction, new, now).await?;
        Ok(finding.standing)
    }
}
