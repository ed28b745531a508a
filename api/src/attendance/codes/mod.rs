//! What stands in the QR codes of attendance: short signed texts that tell nothing about anybody.
//!
//! A code is a prefix and, in base45, a subject, the instant it was made at and an authenticator
//! (HMAC-SHA-256, 16 bytes). A family's ticket is 58 characters of the alphabet that QR codes store most
//! densely, so it fits version 3 (29 × 29 modules) with error correction M and is read from a scratched
//! old phone. The key is derived from the signing keys of the key file: the newest signs, each that is
//! still in the file verifies, so that a rotation breaks no code in a phone.

mod base45;

use chrono::{DateTime, TimeDelta, Utc};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{ApiError, ApiResult};
use crate::keys::{KeyFile, SigningKey};

/// How long a ticket is good for: a queue at the door, not the way of a screenshot to the neighbours.
pub(super) const TICKET_LIVES: TimeDelta = TimeDelta::minutes(5);
/// When a phone that shows a ticket should have the next one.
pub(super) const TICKET_REFRESH: TimeDelta = TimeDelta::minutes(1);
/// How long the code on a screen at the venue is good for.
pub(super) const VENUE_CODE_LIVES: TimeDelta = TimeDelta::minutes(2);
/// When that screen should show the next one.
pub(super) const VENUE_CODE_REFRESH: TimeDelta = TimeDelta::seconds(30);
/// How far clocks may be apart: those of replicas, and of a gate's phone that was corrected.
const SKEW: TimeDelta = TimeDelta::seconds(30);

const AUTHENTICATOR_BYTES: usize = 16;
const INSTANT_BYTES: usize = 4;
/// Longer than any code; what is longer is not even decoded.
const LONGEST_CODE: usize = 96;

/// What a code lets its holder do. Each kind has a prefix and a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Enter, as those who are registered.
    Ticket,
    /// Check oneself in, being at the venue now.
    VenueScreen,
    /// The same, from a sheet on the wall.
    VenueSheet,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Ticket => "KT1:",
            Self::VenueScreen => "KV1:",
            Self::VenueSheet => "KW1:",
        }
    }
}

/// Why a code does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadCode {
    /// This installation did not make it.
    Forged,
    /// It was good once.
    Stale,
}

/// A ticket that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) registration_id: Uuid,
    pub(super) issued_at: DateTime<Utc>,
}

/// A code of a venue that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VenueCode {
    pub(super) activity_id: i32,
    /// Whether it changes all the time, so that whoever has it is there now.
    pub(super) is_rotating: bool,
}

/// The ticket of a registration at an instant.
pub(super) fn ticket(file: &KeyFile, registration_id: Uuid, now: DateTime<Utc>) -> ApiResult<String> {
    sign(file, Kind::Ticket, registration_id.as_bytes(), now)
}

/// Reads a ticket that is shown at `at`.
pub(super) fn read_ticket(file: &KeyFile, text: &str, at: DateTime<Utc>) -> Result<Ticket, BadCode> {
    let ticket = read_old_ticket(file, text)?;
    fresh(ticket.issued_at, at, TICKET_LIVES)?;
    Ok(ticket)
}

/// Reads a ticket whatever its age, for a list of scans that a person looks at.
pub(super) fn read_old_ticket(file: &KeyFile, text: &str) -> Result<Ticket, BadCode> {
    let (subject, issued_at) = open(file, Kind::Ticket, text).ok_or(BadCode::Forged)?;
    let registration_id = Uuid::from_slice(&subject).map_err(|_wrong_length| BadCode::Forged)?;
    Ok(Ticket { registration_id, issued_at })
}

/// The code that a screen at the venue shows now, or the one of a printed sheet.
pub(super) fn venue_code(
    file: &KeyFile,
    activity_id: i32,
    rotating: bool,
    now: DateTime<Utc>,
) -> ApiResult<String> {
    let kind = if rotating { Kind::VenueScreen } else { Kind::VenueSheet };
    sign(file, kind, &activity_id.to_be_bytes(), now)
}

/// Reads the code of a venue. A sheet does not age: whoever uses it is bound by the activity's hours.
pub(super) fn read_venue_code(file: &KeyFile, text: &str, at: DateTime<Utc>) -> Result<VenueCode, BadCode> {
    let kind =
        if text.starts_with(Kind::VenueScreen.prefix()) { Kind::VenueScreen } else { Kind::VenueSheet };
    let (subject, issued_at) = open(file, kind, text).ok_or(BadCode::Forged)?;
    let subject = subject.try_into().map_err(|_wrong_length| BadCode::Forged)?;
    let is_rotating = kind == Kind::VenueScreen;
    if is_rotating {
        fresh(issued_at, at, VENUE_CODE_LIVES)?;
    }
    Ok(VenueCode { activity_id: i32::from_be_bytes(subject), is_rotating })
}

/// A code from the future is as useless as an old one: a clock jumped, and the next code mends it.
fn fresh(issued_at: DateTime<Utc>, at: DateTime<Utc>, lives: TimeDelta) -> Result<(), BadCode> {
    let age = at - issued_at;
    if age <= lives + SKEW && age >= -SKEW { Ok(()) } else { Err(BadCode::Stale) }
}

fn sign(file: &KeyFile, kind: Kind, subject: &[u8], now: DateTime<Utc>) -> ApiResult<String> {
    let due = file.signing.iter().filter(|key| key.signs_from_at <= now);
    let key = due.max_by_key(|key| key.signs_from_at).or(file.signing.first());
    let key = key.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the key file holds no signing key")))?;
    // Seconds since 1970 in 32 bits last until 2106.
    let seconds = u32::try_from(now.timestamp()).unwrap_or_default();
    let mut bytes = subject.to_vec();
    bytes.extend(seconds.to_be_bytes());
    let authenticator = authenticator(key, kind, &bytes)
        .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("no key for codes can be derived")))?;
    bytes.extend(authenticator);
    Ok(format!("{}{}", kind.prefix(), base45::encode(&bytes)))
}

/// The subject and the instant of a code that this installation made.
fn open(file: &KeyFile, kind: Kind, text: &str) -> Option<(Vec<u8>, DateTime<Utc>)> {
    let encoded = text.strip_prefix(kind.prefix()).filter(|_| text.len() <= LONGEST_CODE)?;
    let bytes = base45::decode(encoded)?;
    let (signed, given) = bytes.split_at_checked(bytes.len().checked_sub(AUTHENTICATOR_BYTES)?)?;
    let genuine = file.signing.iter().any(|key| {
        authenticator(key, kind, signed).is_some_and(|expected| expected.as_slice().ct_eq(given).into())
    });
    let (subject, instant) = signed.split_at_checked(signed.len().checked_sub(INSTANT_BYTES)?)?;
    let seconds = u32::from_be_bytes(instant.try_into().ok()?);
    let issued_at = DateTime::from_timestamp(i64::from(seconds), 0)?;
    genuine.then(|| (subject.to_vec(), issued_at))
}

fn authenticator(key: &SigningKey, kind: Kind, signed: &[u8]) -> Option<[u8; AUTHENTICATOR_BYTES]> {
    let mut derived = Zeroizing::new([0; 32]);
    let purpose = [b"kangtu attendance ", kind.prefix().as_bytes()];
    Hkdf::<Sha256>::new(None, &key.private).expand_multi_info(&purpose, derived.as_mut_slice()).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(derived.as_slice()).ok()?;
    mac.update(signed);
    mac.finalize().into_bytes().first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::{IndexSuite, add_signing_key};
    use crate::random::Random;

    fn now() -> DateTime<Utc> {
        "2026-11-25T02:00:00Z".parse().unwrap()
    }

    fn keys() -> KeyFile {
        let folder = tempfile::tempdir().unwrap();
        KeyFile::create(&folder.path().join("keys.json"), IndexSuite::HmacSha256, &Random::seeded(1), now())
            .unwrap()
    }

    fn registration() -> Uuid {
        Random::seeded(2).id(now())
    }

    #[test]
    fn a_ticket_is_read_while_it_lives_and_not_after() {
        let file = keys();
        let text = ticket(&file, registration(), now()).unwrap();
        let at = |seconds| read_ticket(&file, &text, now() + TimeDelta::seconds(seconds));
        assert_eq!(at(0).unwrap(), Ticket { registration_id: registration(), issued_at: now() });
        assert_eq!(at(-30).unwrap().registration_id, registration());
        assert_eq!(at(330).unwrap().registration_id, registration());
        assert_eq!(at(331), Err(BadCode::Stale));
        assert_eq!(at(-31), Err(BadCode::Stale), "the clock of the server was set back");
    }

    #[test]
    fn a_ticket_stays_good_when_keys_are_rotated() {
        let mut file = keys();
        let text = ticket(&file, registration(), now()).unwrap();
        add_signing_key(&mut file, &Random::seeded(3), now()).unwrap();
        let later = now() + TimeDelta::minutes(3);
        assert!(read_ticket(&file, &text, later).is_ok());
        let next = ticket(&file, registration(), later).unwrap();
        file.signing.remove(0);
        assert!(read_ticket(&file, &next, later).is_ok(), "the new key signs once it is in effect");
        assert_eq!(read_ticket(&file, &text, later), Err(BadCode::Forged));
    }

    #[test]
    fn the_ticket_of_another_installation_is_forged() {
        let folder = tempfile::tempdir().unwrap();
        let other = KeyFile::create(
            &folder.path().join("keys.json"),
            IndexSuite::HmacSha256,
            &Random::seeded(9),
            now(),
        )
        .unwrap();
        let text = ticket(&other, registration(), now()).unwrap();
        assert_eq!(read_ticket(&keys(), &text, now()), Err(BadCode::Forged));
    }

    #[test]
    fn kinds_of_codes_do_not_pass_for_each_other() {
        let file = keys();
        let sheet = venue_code(&file, 17, false, now()).unwrap();
        let screen = venue_code(&file, 17, true, now()).unwrap();
        let years = now() + TimeDelta::days(700);
        assert_eq!(
            read_venue_code(&file, &sheet, years),
            Ok(VenueCode { activity_id: 17, is_rotating: false })
        );
        assert_eq!(
            read_venue_code(&file, &screen, now()),
            Ok(VenueCode { activity_id: 17, is_rotating: true })
        );
        assert_eq!(read_venue_code(&file, &screen, now() + TimeDelta::minutes(3)), Err(BadCode::Stale));
        let turned = screen.replace("KV1:", "KW1:");
        assert_eq!(read_venue_code(&file, &turned, now()), Err(BadCode::Forged), "a screen is no sheet");
        assert_eq!(read_ticket(&file, &screen.replace("KV1:", "KT1:"), now()), Err(BadCode::Forged));
        assert_eq!(
            read_venue_code(&file, &ticket(&file, registration(), now()).unwrap(), now()),
            Err(BadCode::Forged)
        );
    }

    #[test]
    fn a_ticket_makes_a_coarse_code() {
        let text = ticket(&keys(), registration(), now()).unwrap();
        assert_eq!(text.len(), 58);
        assert_eq!(crate::qr::modules(&text).unwrap(), 29);
    }

    proptest! {
        #[test]
        fn a_ticket_that_was_changed_anywhere_is_refused(place in 0_usize..58, with in "[ -~]") {
            let file = keys();
            let text = ticket(&file, registration(), now()).unwrap();
            let changed = format!("{}{with}{}", &text[..place], &text[place + 1..]);
            prop_assume!(changed != text);
            prop_assert_eq!(read_ticket(&file, &changed, now()), Err(BadCode::Forged));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "(KT1:|KV1:|KW1:)?.{0,100}") {
            let file = keys();
            prop_assert_eq!(read_ticket(&file, &text, now()), Err(BadCode::Forged));
            prop_assert_eq!(read_venue_code(&file, &text, now()), Err(BadCode::Forged));
        }
    }
}
