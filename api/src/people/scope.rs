//! What may be done for a person, by whom, and until when: rules without a database.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{family_member, proxy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::age::{LifeStage, civil_day};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// See who the person is.
    Profile,
    /// Read health records.
    RecordsRead,
    /// Add to health records.
    RecordsWrite,
    /// Sign the person up for activities.
    Activities,
    /// Decide about the record itself: consents, proxies, exports, changes.
    Manage,
}

/// What a proxy may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ProxyScope {
    /// Read health records.
    #[serde(rename = "records.read")]
    RecordsRead,
    /// Add to health records.
    #[serde(rename = "records.write")]
    RecordsWrite,
    /// Sign up for activities.
    #[serde(rename = "activities")]
    Activities,
}

impl ProxyScope {
    fn allows(self, scope: Scope) -> bool {
        matches!(
            (self, scope),
            (_, Scope::Profile)
                | (Self::RecordsRead, Scope::RecordsRead)
                | (Self::RecordsWrite, Scope::RecordsWrite)
                | (Self::Activities, Scope::Activities)
        )
    }

    /// Reads the scopes of a proxy; words of a later version count as nothing.
    pub fn list(scopes: &serde_json::Value) -> Vec<Self> {
        let words = scopes.as_array().map(Vec::as_slice).unwrap_or_default();
        words.iter().filter_map(|word| Self::deserialize(word).ok()).collect()
    }
}

/// What a viewer is to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The person.
    Own,
    /// Keeps the record of a minor.
    Guardian,
    /// Keeps the record of an adult without an account.
    Caretaker,
    /// Holds a proxy.
    Proxy,
}

/// What the database says about a viewer and a person.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    /// Whether the person is the viewer.
    pub is_own: bool,
    /// As whom the viewer's account keeps the record.
    pub kept_as: Option<family_member::Capacity>,
    /// Every proxy that the viewer's account ever held for the person.
    pub proxies: Vec<proxy::Model>,
    /// When the person was born, where it is known.
    pub birth_date: Option<NaiveDate>,
}

/// The verdict on a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// May do it, as this.
    Allowed(Relation),
    /// Knows the person and may not do this.
    NotThis,
    /// May not even know that the person exists.
    Stranger,
}

impl Ties {
    /// Whether the viewer may do `scope` at this moment.
    pub fn verdict(&self, scope: Scope, now: DateTime<Utc>) -> Verdict {
        if self.is_own {
            return Verdict::Allowed(Relation::Own);
        }
        match self.kept_as {
            Some(family_member::Capacity::Caretaker) => return Verdict::Allowed(Relation::Caretaker),
            Some(family_member::Capacity::Guardian) if self.is_minor(now) => {
                return Verdict::Allowed(Relation::Guardian);
            }
            _ => {}
        }
        let mut valid = self.proxies.iter().filter(|proxy| self.is_valid(proxy, now)).peekable();
        if valid.peek().is_none() {
            return Verdict::Stranger;
        }
        let allowed =
            valid.any(|proxy| ProxyScope::list(&proxy.scopes).iter().any(|held| held.allows(scope)));
        if allowed { Verdict::Allowed(Relation::Proxy) } else { Verdict::NotThis }
    }

    /// A guardian's proxy ends with the guardian's own access.
    fn is_valid(&self, proxy: &proxy::Model, now: DateTime<Utc>) -> bool {
        let in_time = proxy.accepted_at.is_some() && proxy.ended_at.is_none() && now < *proxy.expires_at;
        in_time && (proxy.granted_as != proxy::Capacity::Guardian || self.is_minor(now))
    }

    /// Where the date of birth is unknown nobody counts as a minor, so a guardian gets nothing.
    fn is_minor(&self, now: DateTime<Utc>) -> bool {
        self.birth_date.is_some_and(|born| LifeStage::on(born, civil_day(now)) != LifeStage::Adult)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const SCOPES: [Scope; 5] =
        [Scope::Profile, Scope::RecordsRead, Scope::RecordsWrite, Scope::Activities, Scope::Manage];

    fn now() -> DateTime<Utc> {
        "2026-11-25T02:00:00Z".parse().unwrap()
    }

    fn held(granted_as: proxy::Capacity, scopes: &[&str]) -> proxy::Model {
        proxy::Model {
            id: Uuid::nil(),
            person_id: Uuid::nil(),
            granted_by: Uuid::nil(),
            granted_as,
            holder_account_id: Some(Uuid::nil()),
            invite_hash: Vec::new(),
            invite_expires_at: now().into(),
            scopes: json!(scopes),
            created_at: now().into(),
            expires_at: (now() + TimeDelta::days(1)).into(),
            accepted_at: Some(now().into()),
            ended_at: None,
            end_reason: None,
        }
    }

    fn ties(proxies: Vec<proxy::Model>) -> Ties {
        Ties { proxies, birth_date: "2015-01-01".parse().ok(), ..Ties::default() }
    }

    fn allowed(ties: &Ties, at: DateTime<Utc>) -> Vec<Scope> {
        let is_allowed = |scope: &Scope| matches!(ties.verdict(*scope, at), Verdict::Allowed(_));
        SCOPES.into_iter().filter(is_allowed).collect()
    }

    #[test]
    fn a_stranger_may_nothing_and_the_person_everything() {
        for scope in SCOPES {
            assert_eq!(ties(Vec::new()).verdict(scope, now()), Verdict::Stranger);
            let own = Ties { is_own: true, ..Ties::default() };
            assert_eq!(own.verdict(scope, now()), Verdict::Allowed(Relation::Own));
        }
    }

    #[test]
    fn a_proxy_may_what_its_scopes_say_and_never_manage() {
        let reader = ties(vec![held(proxy::Capacity::Own, &["records.read"])]);
        assert_eq!(allowed(&reader, now()), [Scope::Profile, Scope::RecordsRead]);
        assert_eq!(reader.verdict(Scope::Manage, now()), Verdict::NotThis);
        let every = ties(vec![held(proxy::Capacity::Own, &["records.read", "records.write", "activities"])]);
        assert!(!allowed(&every, now()).contains(&Scope::Manage));
        let unknown = ties(vec![held(proxy::Capacity::Own, &["everything"])]);
        assert!(allowed(&unknown, now()).is_empty());
    }

    #[test]
    fn a_proxy_that_is_invited_ended_or_expired_is_a_stranger() {
        let mut invited = held(proxy::Capacity::Own, &["records.read"]);
        (invited.accepted_at, invited.holder_account_id) = (None, None);
        let mut ended = held(proxy::Capacity::Own, &["records.read"]);
        ended.ended_at = Some(now().into());
        for proxy in [invited, ended] {
            assert_eq!(ties(vec![proxy]).verdict(Scope::Profile, now()), Verdict::Stranger);
        }
        let valid = ties(vec![held(proxy::Capacity::Own, &["records.read"])]);
        assert_eq!(valid.verdict(Scope::Profile, now() + TimeDelta::days(1)), Verdict::Stranger);
    }

    #[test]
    fn guardians_and_those_they_appointed_are_strangers_to_an_adult() {
        let grown = "2008-11-24".parse().ok();
        let guardian = |birth_date| Ties {
            kept_as: Some(family_member::Capacity::Guardian),
            birth_date,
            ..Ties::default()
        };
        for scope in SCOPES {
            assert_eq!(guardian(grown).verdict(scope, now()), Verdict::Stranger);
            assert_eq!(guardian(None).verdict(scope, now()), Verdict::Stranger);
            let minor = guardian("2008-11-25".parse().ok());
            assert_eq!(minor.verdict(scope, now()), Verdict::Allowed(Relation::Guardian));
        }
        let mut appointed = ties(vec![held(proxy::Capacity::Guardian, &["records.read"])]);
        assert_eq!(allowed(&appointed, now()), [Scope::Profile, Scope::RecordsRead]);
        appointed.birth_date = grown;
        assert_eq!(appointed.verdict(Scope::Profile, now()), Verdict::Stranger);
        let by_the_person =
            Ties { birth_date: grown, ..ties(vec![held(proxy::Capacity::Own, &["records.read"])]) };
        assert_eq!(allowed(&by_the_person, now()), [Scope::Profile, Scope::RecordsRead]);
    }
}
