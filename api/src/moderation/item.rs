//! The rows of moderation: one of a subject and purpose counts, those before it are superseded.

use chrono::{DateTime, Utc};
use entity::moderation_item::{self, Kind, State};
use entity::person;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::identity::caller::Resident;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};
use crate::wechat::client::Scene;

/// Where texts that wait for a person stand sealed.
pub const TEXT: Column = Column { table: "moderation_item", column: "text_cell" };

/// Where a resident's text or picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The name others see.
    Nickname,
    /// A comment.
    Comment,
    /// A remark on a sign-up.
    Remark,
    /// A picture with a comment.
    Picture,
}

impl Purpose {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nickname => "nickname",
            Self::Comment => "comment",
            Self::Remark => "remark",
            Self::Picture => "picture",
        }
    }

    /// What WeChat is told about it.
    pub(super) fn scene(self) -> Scene {
        match self {
            Self::Nickname => Scene::Profile,
            Self::Comment | Self::Remark | Self::Picture => Scene::Comment,
        }
    }
}

/// What a text or picture belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Kind of thing, the name of its table.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// Whether others may see it, the most favourable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// They may.
    Pass,
    /// Not yet.
    Pending,
    /// They may not.
    Rejected,
}

impl From<State> for Standing {
    fn from(state: State) -> Self {
        match state {
            State::Pass => Self::Pass,
            State::Rejected => Self::Rejected,
            // A row that was superseded says nothing about what took its place.
            State::Checking | State::PendingReview | State::Superseded => Self::Pending,
        }
    }
}

/// What is known when a row is written.
pub(super) struct NewItem<'i> {
    pub(super) author: Resident,
    pub(super) kind: Kind,
    pub(super) purpose: Purpose,
    pub(super) subject: &'i Subject,
    pub(super) state: State,
    pub(super) label: Option<String>,
    /// Kept only while somebody has to read it.
    pub(super) text: Option<&'i str>,
}

/// Writes a row. What the subject showed before is replaced by it: nobody need look at that any more.
pub(super) async fn write(
    state: &AppState,
    transaction: &DatabaseTransaction,
    new: NewItem<'_>,
    now: DateTime<Utc>,
) -> ApiResult<Uuid> {
    supersede(transaction, new.subject, new.purpose).await?;
    let person = person::Entity::find_by_id(new.author.person_id).one(transaction).await?;
    let id = state.random.id(now);
    let address = CellAddress { column: TEXT, row: id.as_bytes() };
    let text_cell = match new.text {
        Some(text) => {
            let owner = KeyOwner::Person(new.author.person_id);
            Some(state.vault.seal(transaction, owner, address, text.as_bytes()).await?)
        }
        None => None,
    };
    let row = moderation_item::ActiveModel {
        id: ActiveValue::Set(id),
        account_id: ActiveValue::Set(new.author.account_id),
        region_code: ActiveValue::Set(person.and_then(|person| person.region_code)),
        kind: ActiveValue::Set(new.kind),
        purpose: ActiveValue::Set(new.purpose.as_str().to_owned()),
        subject_kind: ActiveValue::Set(new.subject.kind.to_owned()),
        subject_id: ActiveValue::Set(new.subject.id.clone()),
        text_cell: ActiveValue::Set(text_cell),
        state: ActiveValue::Set(new.state),
        label: ActiveValue::Set(new.label),
        created_at: ActiveValue::Set(now.into()),
        checked_at: ActiveValue::Set((new.state != State::Checking).then(|| now.into())),
        reviewed_by: ActiveValue::Set(None),
        reviewed_at: ActiveValue::Set(None),
        reason: ActiveValue::Set(None),
    };
    moderation_item::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(id)
}

/// Says that a subject shows nothing any more: nobody need look at what it showed.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    transaction: &DatabaseTransaction,
    subject: &Subject,
    purpose: Purpose,
) -> ApiResult<()> {
    supersede(transaction, subject, purpose).await
}

async fn supersede(transaction: &DatabaseTransaction, subject: &Subject, purpose: Purpose) -> ApiResult<()> {
    moderation_item::Entity::update_many()
        .col_expr(moderation_item::Column::State, Expr::val(State::Superseded))
        .col_expr(moderation_item::Column::TextCell, Expr::val(Option::<Vec<u8>>::None))
        .filter(moderation_item::Column::SubjectKind.eq(subject.kind))
        .filter(moderation_item::Column::SubjectId.eq(subject.id.as_str()))
        .filter(moderation_item::Column::Purpose.eq(purpose.as_str()))
        .filter(moderation_item::Column::State.ne(State::Superseded))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Whether others may see what the subject shows now; `None` when nothing of it was ever checked.
///
/// # Errors
/// When the database fails.
pub async fn standing_of(
    connection: &impl ConnectionTrait,
    subject: &Subject,
    purpose: Purpose,
) -> ApiResult<Option<Standing>> {
    let current = moderation_item::Entity::find()
        .filter(moderation_item::Column::SubjectKind.eq(subject.kind))
        .filter(moderation_item::Column::SubjectId.eq(subject.id.as_str()))
        .filter(moderation_item::Column::Purpose.eq(purpose.as_str()))
        .filter(moderation_item::Column::State.ne(State::Superseded))
        .all(connection)
        .await?;
    // Two that were saved at the same moment: the less favourable counts.
    Ok(current.into_iter().map(|row| row.state.into()).max())
}

/// Forgets everything about an account that is erased.
///
/// # Errors
/// When the database fails.
pub(super) async fn erase(transaction: &DatabaseTransaction, account_id: Uuid) -> ApiResult<()> {
    moderation_item::Entity::delete_many()
        .filter(moderation_item::Column::AccountId.eq(account_id))
        .exec(transaction)
        .await?;
    Ok(())
}
