//! What stands before every write that needs consent.

use chrono::{DateTime, Utc};
use entity::proxy::Capacity;
use entity::{consent, person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::Purpose;
use crate::error::{ApiError, ApiResult};
use crate::people::age::{LifeStage, civil_day};
use crate::people::profile;
use crate::vault::Vault;

/// Proof that a person agreed to a purpose, at the moment of a write. Writes that need consent take it.
#[derive(Clone, Copy, Debug)]
pub struct ConsentGiven {
    person_id: Uuid,
    purpose: Purpose,
}

impl ConsentGiven {
    /// Whose consent it is.
    pub fn person_id(&self) -> Uuid {
        self.person_id
    }

    /// What it covers.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// Demands a person's consent. To be called inside the write transaction: the consent stays locked until
/// the commit, so that a withdrawal comes either before the write, which then fails, or after it, and then
/// erases what was written.
///
/// # Errors
/// 403 `consent_required` where nobody agreed, the consent was withdrawn, or it lapsed on the 14th birthday.
pub async fn require(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person_id: Uuid,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> ApiResult<ConsentGiven> {
    let given = consent::Entity::find()
        .filter(consent::Column::PersonId.eq(person_id))
        .filter(consent::Column::Purpose.eq(purpose.as_str()))
        .filter(consent::Column::EndedAt.is_null())
        .lock_shared()
        .one(connection)
        .await?
        .ok_or_else(|| consent_required(purpose))?;
    if given.given_as == Capacity::Guardian {
        let person = person::Entity::find_by_id(person_id).one(connection).await?;
        let person = person.ok_or_else(|| consent_required(purpose))?;
        let birth_date = profile::birth_date(connection, vault, &person).await?;
        let stage = birth_date.map(|born| LifeStage::on(born, civil_day(now)));
        if has_lapsed(given.given_as, purpose, stage) {
            return Err(consent_required(purpose));
        }
    }
    Ok(ConsentGiven { person_id, purpose })
}

/// Whether a consent no longer counts at this stage of the person's life. What a guardian agreed to lapses
/// at 14 where it is about sensitive data, and at 18 altogether; where the age is unknown it does not count.
pub(crate) fn has_lapsed(given_as: Capacity, purpose: Purpose, stage: Option<LifeStage>) -> bool {
    match (given_as, stage) {
        (Capacity::Own | Capacity::Caretaker, _) | (Capacity::Guardian, Some(LifeStage::Child)) => false,
        (Capacity::Guardian, Some(LifeStage::Youth)) => purpose.is_sensitive(),
        (Capacity::Guardian, Some(LifeStage::Adult) | None) => true,
    }
}

fn consent_required(purpose: Purpose) -> ApiError {
    let name = match purpose {
        Purpose::Records => "健康档案",
        Purpose::Steps => "微信步数",
        Purpose::Location => "附近查找",
        Purpose::Phone => "手机号码",
        Purpose::Sharing => "提供给社区健康专干",
        Purpose::Messages => "微信提醒",
    };
    ApiError::Forbidden {
        code: "consent_required",
        detail: format!("这一步需要先同意“{name}”，请在“我的—授权管理”里查看说明后再决定。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guardian_agreed_to_lapses_with_the_years() {
        use Purpose::{Messages, Records};
        for (given_as, purpose, stage, lapsed) in [
            (Capacity::Guardian, Records, Some(LifeStage::Child), false),
            (Capacity::Guardian, Records, Some(LifeStage::Youth), true),
            (Capacity::Guardian, Messages, Some(LifeStage::Youth), false),
            (Capacity::Guardian, Messages, Some(LifeStage::Adult), true),
            (Capacity::Guardian, Records, None, true),
            (Capacity::Own, Records, Some(LifeStage::Youth), false),
            (Capacity::Own, Records, None, false),
            (Capacity::Caretaker, Records, Some(LifeStage::Adult), false),
        ] {
            assert_eq!(has_lapsed(given_as, purpose, stage), lapsed, "{given_as:?} {purpose} {stage:?}");
        }
    }
}
