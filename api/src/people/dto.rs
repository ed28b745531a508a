use chrono::{DateTime, NaiveDate, Utc};
use entity::family_member;
use entity::person;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scope::{ProxyScope, Relation};
use crate::consents::GivenConsent;
use crate::http::patch::Patch;

/// Sex, as norms of health values distinguish it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Not told.
    #[default]
    Unknown,
    /// Female.
    Female,
    /// Male.
    Male,
}

impl From<Sex> for person::Sex {
    fn from(sex: Sex) -> Self {
        match sex {
            Sex::Unknown => Self::Unknown,
            Sex::Female => Self::Female,
            Sex::Male => Self::Male,
        }
    }
}

impl From<person::Sex> for Sex {
    fn from(sex: person::Sex) -> Self {
        match sex {
            person::Sex::Unknown => Self::Unknown,
            person::Sex::Female => Self::Female,
            person::Sex::Male => Self::Male,
        }
    }
}

/// What a member of the family is to the owner of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kinship {
    Child,
    Grandchild,
    Parent,
    Grandparent,
    Spouse,
    Sibling,
    Other,
}

impl From<Kinship> for family_member::Kinship {
    fn from(kinship: Kinship) -> Self {
        match kinship {
            Kinship::Child => Self::Child,
            Kinship::Grandchild => Self::Grandchild,
            Kinship::Parent => Self::Parent,
            Kinship::Grandparent => Self::Grandparent,
            Kinship::Spouse => Self::Spouse,
            Kinship::Sibling => Self::Sibling,
            Kinship::Other => Self::Other,
        }
    }
}

impl From<family_member::Kinship> for Kinship {
    fn from(kinship: family_member::Kinship) -> Self {
        match kinship {
            family_member::Kinship::Child => Self::Child,
            family_member::Kinship::Grandchild => Self::Grandchild,
            family_member::Kinship::Parent => Self::Parent,
            family_member::Kinship::Grandparent => Self::Grandparent,
            family_member::Kinship::Spouse => Self::Spouse,
            family_member::Kinship::Sibling => Self::Sibling,
            family_member::Kinship::Other => Self::Other,
        }
    }
}

/// What the caller is to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PersonRelation {
    /// The caller.
    Own,
    /// A minor in the caller's family.
    Guardian,
    /// An adult without an account in the caller's family.
    Caretaker,
    /// Somebody the caller holds a proxy for.
    Proxy,
    /// Was a minor in the caller's family and is of age now: only `hand-over` is left.
    CameOfAge,
}

impl From<Relation> for PersonRelation {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Own => Self::Own,
            Relation::Guardian => Self::Guardian,
            Relation::Caretaker => Self::Caretaker,
            Relation::Proxy => Self::Proxy,
        }
    }
}

/// Everybody the caller may act for, the caller first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonList {
    pub(super) items: Vec<Person>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// Somebody the caller may act for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) relation: PersonRelation,
    /// What the person is to the caller, in the caller's own family.
    #[schema(value_type = Option<Kinship>)]
    pub(super) kinship: Option<Kinship>,
    /// Name; `null` where it was not told or is no longer the caller's to see.
    pub(super) name: Option<String>,
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) sex: Sex,
    /// Community or street, as a statistical code of 12 digits.
    pub(super) region_code: Option<String>,
    /// Grows by one with every change; what `If-Match` names.
    pub(super) version: i32,
}

/// Somebody to take into the family.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPerson {
    #[schema(example = "李小明")]
    pub(super) name: String,
    pub(super) birth_date: NaiveDate,
    #[serde(default)]
    pub(super) sex: Sex,
    pub(super) kinship: Kinship,
    /// Community or street, as a statistical code of 12 digits.
    pub(super) region_code: Option<String>,
    /// What is agreed to for the person; a child under 14 needs `records` from the guardian.
    #[serde(default)]
    pub(super) consents: Vec<GivenConsent>,
}

/// What to change; what is left out stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonPatch {
    pub(super) name: Option<String>,
    /// Only of an adult: a minor's cannot be changed, because a guardian's access depends on it.
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) sex: Option<Sex>,
    pub(super) kinship: Option<Kinship>,
    /// Community or street; `null` removes it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) region_code: Patch<String>,
}

/// A code for the person's own account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HandOverOffer {
    /// Works once.
    pub(super) code: String,
    /// When it stops working.
    pub(super) expires_at: DateTime<Utc>,
}

/// A code that somebody else handed over.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceivedCode {
    pub(super) code: String,
}

/// Whom to let act, in what, until when.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProxy {
    /// At least one.
    pub(super) scopes: Vec<ProxyScope>,
    /// At most a year from now.
    pub(super) expires_at: DateTime<Utc>,
}

/// The proxies of a person that are invited or accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProxyList {
    pub(super) items: Vec<Proxy>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// Somebody who may act for a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Proxy {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) state: ProxyState,
    pub(super) scopes: Vec<ProxyScope>,
    /// Name of the holder, where it is told.
    pub(super) holder_name: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// How far a proxy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProxyState {
    /// Nobody has accepted yet.
    Invited,
    /// Somebody has.
    Accepted,
}

/// A proxy that waits to be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProxyInvitation {
    pub(super) proxy: Proxy,
    /// To be given to whoever shall act. Works once.
    pub(super) code: String,
    /// When it stops working.
    pub(super) code_expires_at: DateTime<Utc>,
}
