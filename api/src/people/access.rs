//! The one way to a person's data: whoever holds a [`PersonAccess`] may do what it was opened for.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{family_member, person, proxy};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::profile;
use super::scope::{Relation, Scope, Ties, Verdict};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::privacy::access_log::{self, Reader, ReaderKind, Reading, What, Why};
use crate::state::AppState;
use crate::vault::{KeyOwner, Vault};

/// A viewer's access to one person, checked at one moment. It is opened anew for each request, so that
/// what was revoked is revoked at once.
#[derive(Clone, Debug)]
pub struct PersonAccess {
    person: person::Model,
    birth_date: Option<NaiveDate>,
    relation: Relation,
    viewer: Resident,
}

impl PersonAccess {
    /// Lets `viewer` do `scope` for a person.
    ///
    /// A person that does not exist and one that is none of the viewer's business cost the same queries
    /// and give the same answer.
    ///
    /// # Errors
    /// 404 for a stranger; 403 for a proxy without this scope.
    pub async fn open(
        connection: &impl ConnectionTrait,
        vault: &Vault,
        viewer: &Resident,
        person_id: Uuid,
        scope: Scope,
        now: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let person = person::Entity::find_by_id(person_id).one(connection).await?;
        let is_own = person_id == viewer.person_id;
        let (kept, proxies) = if is_own {
            (None, Vec::new())
        } else {
            let kept = kept_by(connection, viewer.account_id, person_id).await?;
            (kept, held_by(connection, viewer.account_id, person_id).await?)
        };
        let active = person.filter(|person| person.status == person::Status::Active);
        let Some(person) = active.filter(|_| is_own || kept.is_some() || !proxies.is_empty()) else {
            return Err(no_such_person());
        };
        let birth_date = profile::birth_date(connection, vault, &person).await?;
        let ties = Ties { is_own, kept_as: kept.map(|kept| kept.capacity), proxies, birth_date };
        match ties.verdict(scope, now) {
            Verdict::Allowed(relation) => Ok(Self { person, birth_date, relation, viewer: *viewer }),
            Verdict::NotThis => Err(not_this()),
            Verdict::Stranger => Err(no_such_person()),
        }
    }

    /// The person.
    pub fn person_id(&self) -> Uuid {
        self.person.id
    }

    /// The person's row as it was when the access was opened.
    pub fn person(&self) -> &person::Model {
        &self.person
    }

    /// When the person was born, where it is known.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.birth_date
    }

    /// What the viewer is to the person.
    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// The account that acts.
    pub fn account_id(&self) -> Uuid {
        self.viewer.account_id
    }

    /// As whom the viewer decides for the person; a proxy decides nothing.
    ///
    /// # Errors
    /// 403 for a proxy.
    pub fn capacity(&self) -> ApiResult<proxy::Capacity> {
        match self.relation {
            Relation::Own => Ok(proxy::Capacity::Own),
            Relation::Guardian => Ok(proxy::Capacity::Guardian),
            Relation::Caretaker => Ok(proxy::Capacity::Caretaker),
            Relation::Proxy => Err(not_this()),
        }
    }

    /// Notes for the person that somebody else read of them. Reading one's own is not noted.
    ///
    /// # Errors
    /// When the database fails; what was read must then not be told.
    pub async fn note_reading(
        &self,
        transaction: &DatabaseTransaction,
        state: &AppState,
        what: What,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        let Some(reader) = self.reader(transaction, &state.vault).await? else {
            return Ok(());
        };
        let reading = Reading { person_id: self.person.id, reader, what, why: Why::Family };
        access_log::note(transaction, state, &reading, now).await
    }

    async fn reader(&self, connection: &impl ConnectionTrait, vault: &Vault) -> ApiResult<Option<Reader>> {
        let kind = match self.relation {
            Relation::Own => return Ok(None),
            Relation::Guardian => ReaderKind::Guardian,
            Relation::Caretaker => ReaderKind::Caretaker,
            Relation::Proxy => ReaderKind::Proxy,
        };
        let viewer = person::Entity::find_by_id(self.viewer.person_id).one(connection).await?;
        let label = match viewer {
            Some(viewer) => profile::name(connection, vault, &viewer).await?,
            None => None,
        };
        Ok(Some(Reader {
            kind,
            id: self.viewer.account_id,
            label: label.unwrap_or_default(),
            label_owner: KeyOwner::Person(self.viewer.person_id),
        }))
    }
}

async fn kept_by(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
    person_id: Uuid,
) -> ApiResult<Option<family_member::Model>> {
    Ok(family_member::Entity::find()
        .filter(family_member::Column::AccountId.eq(account_id))
        .filter(family_member::Column::PersonId.eq(person_id))
        .filter(family_member::Column::EndedAt.is_null())
        .one(connection)
        .await?)
}

async fn held_by(
    connection: &impl ConnectionTrait,
    account_id: Uuid,
    person_id: Uuid,
) -> ApiResult<Vec<proxy::Model>> {
    Ok(proxy::Entity::find()
        .filter(proxy::Column::HolderAccountId.eq(account_id))
        .filter(proxy::Column::PersonId.eq(person_id))
        .filter(proxy::Column::EndedAt.is_null())
        .all(connection)
        .await?)
}

/// 404 about a person: the one answer for who does not exist and who is none of the caller's business.
pub fn no_such_person() -> ApiError {
    ApiError::NotFound {
        code: "no_such_person",
        detail: "没有找到这位家人，请返回“我的家人”重新选择。".into(),
    }
}

fn not_this() -> ApiError {
    ApiError::Forbidden {
        code: "scope_missing",
        detail: "您的代办权限不包括这一项，请让本人或家人重新授权。".into(),
    }
}
