//! Codes of huts: what a screen shows, what a slip says, and how they are known again.
//!
//! Keys are derived from the signing keys of the key file: the newest makes, each that is still in the file
//! verifies, so that a rotation breaks no code that somebody holds.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{ApiError, ApiResult};
use crate::keys::{KeyFile, SigningKey};
use crate::random::Random;

/// How long the code on the screen of a hut is good for.
pub(super) const HUT_CODE_LIVES: TimeDelta = TimeDelta::minutes(2);
/// When the screen should show the next one.
pub(super) const HUT_CODE_REFRESH: TimeDelta = TimeDelta::seconds(30);
/// How far the clocks of replicas may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(10);

const AUTHENTICATOR_BYTES: usize = 16;
const INSTANT_BYTES: usize = 4;

/// Letters and digits that nobody mistakes for each other on a slip.
const CLAIM_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CLAIM_CHARACTERS: usize = 6;

const SHOWN: &[u8] = b"kangtu hut code";
const CLAIMED: &[u8] = b"kangtu hut claim";

/// The code that a hut shows at an instant: whoever has it stands in front of it, or did a minute ago.
pub(super) fn hut_code(file: &KeyFile, hut_id: Uuid, now: DateTime<Utc>) -> ApiResult<String> {
    // Seconds since 1970 in 32 bits last until 2106.
    let seconds = u32::try_from(now.timestamp()).unwrap_or_default().to_be_bytes();
    let authenticator = mac(newest(file, now)?, SHOWN, &[hut_id.as_bytes(), &seconds])?;
    let mut bytes = seconds.to_vec();
    bytes.extend(authenticator.iter().take(AUTHENTICATOR_BYTES));
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether a hut shows this code now, or showed it lately.
pub(super) fn is_shown(file: &KeyFile, hut_id: Uuid, code: &str, now: DateTime<Utc>) -> bool {
    let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(code) else { return false };
    if bytes.len() != INSTANT_BYTES + AUTHENTICATOR_BYTES {
        return false;
    }
    let Some((seconds, given)) = bytes.split_first_chunk::<INSTANT_BYTES>() else { return false };
    let genuine = file.signing.iter().any(|key| {
        mac(key, SHOWN, &[hut_id.as_bytes(), seconds]).is_ok_and(|expected| {
            expected.iter().take(AUTHENTICATOR_BYTES).copied().collect::<Vec<_>>().ct_eq(given).into()
        })
    });
    let Some(shown_at) = DateTime::from_timestamp(i64::from(u32::from_be_bytes(*seconds)), 0) else {
        return false;
    };
    let age = now - shown_at;
    genuine && age >= -SKEW && age <= HUT_CODE_LIVES + SKEW
}

/// Six characters for a slip: 887 million codes, of which some dozens are good at a time.
pub(super) fn claim_code(random: &Random) -> String {
    // The remainder of 64 bits is even to one part in 10^17.
    (0..CLAIM_CHARACTERS)
        .filter_map(|_| CLAIM_ALPHABET.get((u64::from_le_bytes(random.bytes()) % 31) as usize))
        .map(|letter| char::from(*letter))
        .collect()
}

/// A code as it was made, from what somebody typed: in lower case, with spaces, with letters that look alike.
pub(super) fn typed(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let is_whole = code.len() == CLAIM_CHARACTERS && code.bytes().all(|byte| CLAIM_ALPHABET.contains(&byte));
    is_whole.then_some(code)
}

/// What is kept of a code on a slip. A bare hash of six characters could be reversed.
pub(super) fn claim_digest(file: &KeyFile, code: &str, now: DateTime<Utc>) -> ApiResult<Vec<u8>> {
    mac(newest(file, now)?, CLAIMED, &[code.as_bytes()]).map(Vec::from)
}

/// Under what a code may be kept: one digest for each key.
pub(super) fn claim_digests(file: &KeyFile, code: &str) -> ApiResult<Vec<Vec<u8>>> {
    file.signing.iter().map(|key| mac(key, CLAIMED, &[code.as_bytes()]).map(Vec::from)).collect()
}

/// What is kept of a code on a resident's phone, which has 256 random bits.
pub(super) fn person_code_hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

fn newest(file: &KeyFile, now: DateTime<Utc>) -> ApiResult<&SigningKey> {
    let due = file.signing.iter().filter(|key| key.signs_from_at <= now);
    due.max_by_key(|key| key.signs_from_at)
        .or(file.signing.first())
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the key file holds no signing key")))
}

fn mac(key: &SigningKey, purpose: &[u8], parts: &[&[u8]]) -> ApiResult<[u8; 32]> {
    let broken = || ApiError::Internal(anyhow::anyhow!("no key for codes of huts can be derived"));
    let mut derived = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, &key.private)
        .expand(purpose, derived.as_mut_slice())
        .map_err(|_too_long| broken())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(derived.as_slice()).map_err(|_wrong_length| broken())?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::{IndexSuite, add_signing_key};

    fn now() -> DateTime<Utc> {
        "2026-11-29T02:00:00Z".parse().unwrap()
    }

    fn keys() -> KeyFile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        KeyFile::create(&path, IndexSuite::HmacSha256, &Random::seeded(1), now()).unwrap()
    }

    fn hut() -> Uuid {
        Random::seeded(2).id(now())
    }

    #[test]
    fn a_hut_shows_its_code_for_two_minutes() {
        let file = keys();
        let code = hut_code(&file, hut(), now()).unwrap();
        let shown = |seconds| is_shown(&file, hut(), &code, now() + TimeDelta::seconds(seconds));
        assert!(shown(0) && shown(130) && shown(-10));
        assert!(!shown(131) && !shown(-11));
        assert!(!is_shown(&file, Random::seeded(3).id(now()), &code, now()), "another hut");
    }

    #[test]
    fn codes_outlive_a_rotation_of_keys() {
        let mut file = keys();
        let code = hut_code(&file, hut(), now()).unwrap();
        let kept = claim_digest(&file, "ABC234", now()).unwrap();
        add_signing_key(&mut file, &Random::seeded(3), now()).unwrap();
        let later = now() + TimeDelta::minutes(2);
        assert!(is_shown(&file, hut(), &code, later));
        assert_ne!(claim_digest(&file, "ABC234", later).unwrap(), kept);
        assert!(claim_digests(&file, "ABC234").unwrap().contains(&kept));
    }

    #[test]
    fn a_code_is_typed_as_people_type() {
        let code = claim_code(&Random::seeded(1));
        assert_eq!(code.len(), 6);
        assert_eq!(typed(&code), Some(code.clone()));
        assert_eq!(typed(&format!(" {}-{} ", code[..3].to_lowercase(), &code[3..])), Some(code));
        for wrong in ["", "ABC23", "ABC2345", "ABC230", "ABCI23", "中文字符号码", "ABC2 Ⅲ4"] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_passes_for_a_code(text in ".{0,60}") {
            prop_assert!(!is_shown(&keys(), hut(), &text, now()));
        }

        #[test]
        fn a_code_that_was_changed_anywhere_is_refused(place in 0_usize..27, with in "[A-Za-z0-9_-]") {
            let file = keys();
            let code = hut_code(&file, hut(), now()).unwrap();
            let changed = format!("{}{with}{}", &code[..place], &code[place + 1..]);
            prop_assume!(changed != code);
            prop_assert!(!is_shown(&file, hut(), &changed, now()));
        }
    }
}
