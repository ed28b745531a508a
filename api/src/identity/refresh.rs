//! Exchange of refresh tokens: each works once (RFC 9700, section 4.14.2).
//!
//! A phone that lost the answer asks again within seconds, which is normal on a mobile network, so within
//! [`GRACE`] the same token gets the same successor. Later it is a copy in somebody else's hands, and the
//! whole session ends.

use aes_gcm::aead::{Aead, Nonce, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, refresh_token, session, staff};
use hkdf::Hkdf;
use sea_orm::{
    ActiveModelTrait, ActiveValue, DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect,
};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::caller::is_open;
use super::origin::Origin;
use super::refusal;
use super::session::{EndReason, SessionOwner, Started, end, give_refresh_token, token_hash};
use crate::audit::{self, Action, Outcome};
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::random::Random;

/// How long a repeated exchange gets the same successor.
pub const GRACE: TimeDelta = TimeDelta::seconds(20);
const NONCE_BYTES: usize = 12;

/// What became of an exchange. A reuse is an outcome and not an error, because ending the session has to be
/// committed.
enum Exchanged {
    Anew(Box<Started>),
    Reused,
    Refused,
}

/// Exchanges a refresh token for its successor.
///
/// # Errors
/// 401 where it is unknown, has expired, came too often, or its session is over.
pub async fn exchange(
    database: &Database,
    random: &Random,
    token: &str,
    origin: &Origin,
    now: DateTime<Utc>,
) -> ApiResult<Started> {
    let (token, random, origin) = (Zeroizing::new(token.to_owned()), random.clone(), origin.clone());
    let exchanged = database.write(move |transaction| {
        let (token, random, origin) = (token.clone(), random.clone(), origin.clone());
        Box::pin(async move { exchange_within(transaction, &random, &token, &origin, now).await })
    });
    match exchanged.await? {
        Exchanged::Anew(started) => Ok(*started),
        Exchanged::Reused | Exchanged::Refused => Err(refusal::session_ended()),
    }
}

async fn exchange_within(
    transaction: &DatabaseTransaction,
    random: &Random,
    token: &str,
    origin: &Origin,
    now: DateTime<Utc>,
) -> ApiResult<Exchanged> {
    // The lock makes two replicas take turns, so that both give the same successor.
    let row = refresh_token::Entity::find_by_id(token_hash(token)).lock_exclusive().one(transaction).await?;
    let Some(row) = row else {
        return Ok(Exchanged::Refused);
    };
    let Some((session, owner)) = living_session(transaction, &row, now).await? else {
        return Ok(Exchanged::Refused);
    };
    let Some(used_at) = row.used_at else {
        if *row.expires_at <= now {
            return Ok(Exchanged::Refused);
        }
        return hand_over(transaction, random, token, row, session, owner, now).await;
    };
    if now - *used_at > GRACE {
        end(transaction, owner, session.id, EndReason::TokenReused, now).await?;
        let event = origin.event(Action::SessionTokenReused, owner.actor()).on("session", session.id);
        audit::append(transaction, &event.ended(Outcome::Refused), now).await?;
        return Ok(Exchanged::Reused);
    }
    let successor = open_successor(token, row.successor_cell.as_deref().unwrap_or_default())?;
    let kept = refresh_token::Entity::find_by_id(token_hash(&successor)).one(transaction).await?;
    let Some(kept) = kept else {
        return Ok(Exchanged::Refused);
    };
    Ok(Exchanged::Anew(Box::new(Started {
        session,
        refresh_token: successor.to_string(),
        refresh_expires_at: *kept.expires_at,
    })))
}

async fn living_session(
    transaction: &DatabaseTransaction,
    row: &refresh_token::Model,
    now: DateTime<Utc>,
) -> ApiResult<Option<(session::Model, SessionOwner)>> {
    let session = session::Entity::find_by_id(row.session_id).lock_exclusive().one(transaction).await?;
    let Some(session) = session.filter(|session| is_open(session, now)) else {
        return Ok(None);
    };
    let stamp = match SessionOwner::of(&session) {
        Some(SessionOwner::Account(id)) => account::Entity::find_by_id(id)
            .one(transaction)
            .await?
            .filter(|account| account.status != account::Status::Erased)
            .map(|account| account.security_stamp),
        Some(SessionOwner::Staff(id)) => staff::Entity::find_by_id(id)
            .one(transaction)
            .await?
            .filter(|staff| staff.status == staff::Status::Active)
            .map(|staff| staff.security_stamp),
        None => None,
    };
    let owner = SessionOwner::of(&session).filter(|_| stamp == Some(session.security_stamp));
    Ok(owner.map(|owner| (session, owner)))
}

async fn hand_over(
    transaction: &DatabaseTransaction,
    random: &Random,
    token: &str,
    row: refresh_token::Model,
    session: session::Model,
    owner: SessionOwner,
    now: DateTime<Utc>,
) -> ApiResult<Exchanged> {
    let (successor, expires_at) = give_refresh_token(transaction, random, owner, &session, now).await?;
    let mut used = row.into_active_model();
    used.used_at = ActiveValue::Set(Some(now.into()));
    used.successor_cell = ActiveValue::Set(Some(seal_successor(token, &successor, random)?));
    used.update(transaction).await?;
    let mut seen = session.into_active_model();
    seen.last_used_at = ActiveValue::Set(now.into());
    let session = seen.update(transaction).await?;
    Ok(Exchanged::Anew(Box::new(Started {
        session,
        refresh_token: successor,
        refresh_expires_at: expires_at,
    })))
}

/// Seals the successor so that only the holder of `token` can read it: the database has but its hash.
fn seal_successor(token: &str, successor: &str, random: &Random) -> ApiResult<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = random.bytes();
    let payload = Payload { msg: successor.as_bytes(), aad: &token_hash(token) };
    let sealed =
        cipher(token)?.encrypt(&Nonce::<Aes256Gcm>::from(nonce), payload).map_err(|_damaged| unreadable())?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open_successor(token: &str, cell: &[u8]) -> ApiResult<Zeroizing<String>> {
    let (nonce, sealed) = cell.split_first_chunk::<NONCE_BYTES>().ok_or_else(unreadable)?;
    let payload = Payload { msg: sealed, aad: &token_hash(token) };
    let plain = cipher(token)?
        .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), payload)
        .map_err(|_damaged| unreadable())?;
    String::from_utf8(plain).map(Zeroizing::new).map_err(|_damaged| unreadable())
}

fn cipher(token: &str) -> ApiResult<Aes256Gcm> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, token.as_bytes())
        .expand(b"kangtu refresh successor", &mut *key)
        .map_err(|_damaged| unreadable())?;
    Ok(Aes256Gcm::new((&*key).into()))
}

fn unreadable() -> ApiError {
    ApiError::Internal(anyhow::anyhow!("the successor of a refresh token cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_holder_of_a_token_reads_its_successor() {
        let random = Random::seeded(1);
        let cell = seal_successor("old", "new", &random).unwrap();
        assert_eq!(open_successor("old", &cell).unwrap().as_str(), "new");
        assert!(open_successor("other", &cell).is_err());
        assert!(open_successor("old", &cell[..8]).is_err());
        for at in 0..cell.len() {
            let mut damaged = cell.clone();
            damaged[at] ^= 1;
            assert!(open_successor("old", &damaged).is_err());
        }
    }
}
