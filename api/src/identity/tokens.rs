//! Access tokens: JWTs signed with Ed25519 (RFC 7519, RFC 8037, RFC 9068), checked as RFC 8725 demands.
//!
//! A token tells who is calling; whether the session still lives is asked of the database each time.

use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::dto::{Jwk, JwkSet};
use crate::keys::{self, KeyFile, Keys};

/// How long an access token works.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How far the clocks of replicas may be apart.
const LEEWAY_S: i64 = 5;
/// Type of a token in its header (RFC 9068, section 2.1), so that no other token passes for one.
const TYPE: &str = "at+jwt";
/// Several times the length of a real one.
const LONGEST_BYTES: usize = 2_048;

/// Whom a token was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// A resident.
    #[serde(rename = "kangtu-resident")]
    Resident,
    /// A member of staff.
    #[serde(rename = "kangtu-staff")]
    Staff,
}

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    /// Whom it was made for.
    pub aud: Audience,
    /// Id of the account or of the member of staff.
    pub sub: Uuid,
    /// Id of the session.
    pub sid: Uuid,
    /// Security stamp of the session.
    pub stamp: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Why a token does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It never was.
    #[error("the token is invalid")]
    Invalid,
}

/// Makes and checks access tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    keys: Keys,
    issuer: Arc<str>,
    prepared: Arc<ArcSwapOption<Prepared>>,
}

/// The signing keys of one state of the key file, ready to be used: reading them takes longer than using
/// them.
struct Prepared {
    from: Arc<KeyFile>,
    keys: Vec<PreparedKey>,
}

struct PreparedKey {
    kid: String,
    signs_from_at: DateTime<Utc>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    public: Vec<u8>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// Tokens of the issuer, signed with the keys of the installation.
    pub fn new(keys: Keys, issuer: &str) -> Self {
        Self { keys, issuer: issuer.into(), prepared: Arc::default() }
    }

    /// Makes a token for a session.
    ///
    /// # Errors
    /// When the key file is broken.
    pub fn issue(
        &self,
        audience: Audience,
        subject: Uuid,
        session_id: Uuid,
        stamp: Uuid,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let prepared = self.prepared()?;
        // A key that is published but does not sign yet is still unknown to other replicas.
        let key = prepared
            .keys
            .iter()
            .filter(|key| key.signs_from_at <= now)
            .max_by_key(|key| key.signs_from_at)
            .or(prepared.keys.first())
            .context("the key file holds no signing key")?;
        let claims = Claims {
            iss: self.issuer.as_ref().to_owned(),
            aud: audience,
            sub: subject,
            sid: session_id,
            stamp,
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + ACCESS_LIFETIME).timestamp(),
        };
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(key.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        Ok(jsonwebtoken::encode(&header, &claims, &key.encoding)?)
    }

    /// Checks a token.
    ///
    /// # Errors
    /// When it does not pass; one kind for every forgery.
    pub fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, BadToken> {
        if token.len() > LONGEST_BYTES {
            return Err(BadToken::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).or(Err(BadToken::Invalid))?;
        let kid = the_only_header_we_make(&header).ok_or(BadToken::Invalid)?;
        let prepared = self.prepared().or(Err(BadToken::Invalid))?;
        let key = prepared.keys.iter().find(|key| key.kid == kid).ok_or(BadToken::Invalid)?;
        let data = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation())
            .or(Err(BadToken::Invalid))?;
        in_time(data.claims, now)
    }

    /// The public keys, for whoever wants to check tokens (RFC 7517).
    ///
    /// # Errors
    /// When the key file is broken.
    pub(super) fn published(&self) -> anyhow::Result<JwkSet> {
        let prepared = self.prepared()?;
        let keys = prepared.keys.iter().map(|key| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: key.kid.clone(),
            x: BASE64_URL_SAFE_NO_PAD.encode(&key.public),
        });
        Ok(JwkSet { keys: keys.collect() })
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&["kangtu-resident", "kangtu-staff"]);
        // The library would ask the machine's clock; `in_time` asks ours.
        validation.validate_exp = false;
        validation
    }

    fn prepared(&self) -> anyhow::Result<Arc<Prepared>> {
        let file = self.keys.current();
        if let Some(prepared) = self.prepared.load_full().filter(|known| Arc::ptr_eq(&known.from, &file)) {
            return Ok(prepared);
        }
        let prepared = Arc::new(Prepared::new(file)?);
        self.prepared.store(Some(Arc::clone(&prepared)));
        Ok(prepared)
    }
}

impl Prepared {
    fn new(file: Arc<KeyFile>) -> anyhow::Result<Self> {
        let keys = file
            .signing
            .iter()
            .map(|key| {
                let public = keys::public_key(&key.private)?;
                Ok(PreparedKey {
                    kid: key.kid.clone(),
                    signs_from_at: key.signs_from_at,
                    encoding: EncodingKey::from_ed_der(&key.private),
                    decoding: DecodingKey::from_ed_der(&public),
                    public,
                })
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { from: file, keys })
    }
}

/// The key id of a header that says no more than ours do. Whatever else a header may carry (`jwk`, `jku`,
/// `x5u`, `crit`, …) would tell us what to trust, which is not the token's to say.
fn the_only_header_we_make(header: &Header) -> Option<&str> {
    let kid = header.kid.as_deref()?;
    let ours =
        Header { typ: Some(TYPE.to_owned()), kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    (*header == ours).then_some(kid)
}

fn in_time(claims: Claims, now: DateTime<Utc>) -> Result<Claims, BadToken> {
    let now_s = now.timestamp();
    if claims.nbf.saturating_sub(LEEWAY_S) > now_s || claims.iat.saturating_sub(LEEWAY_S) > now_s {
        return Err(BadToken::Invalid);
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(BadToken::Expired);
    }
    Ok(claims)
}
