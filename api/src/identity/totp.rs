//! One-time codes by the clock (TOTP, RFC 6238): HMAC-SHA-1, 30 seconds, six digits, as every authenticator
//! app has them.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use subtle::ConstantTimeEq;

const STEP_S: i64 = 30;
/// Steps that a clock may be ahead or behind (RFC 6238, section 5.2).
const DRIFT_STEPS: i64 = 1;
const DIGITS: usize = 6;
/// Length that RFC 4226, section 4, recommends.
pub(super) const SECRET_BYTES: usize = 20;

/// The step whose code this is, if it is one that may be used now: not older than the last one that was.
pub(super) fn matching_step(
    secret: &[u8],
    code: &str,
    last_step: Option<i64>,
    now: DateTime<Utc>,
) -> Option<i64> {
    let current = now.timestamp().div_euclid(STEP_S);
    (current - DRIFT_STEPS..=current + DRIFT_STEPS)
        .filter(|step| last_step.is_none_or(|last| *step > last))
        .find(|step| code_at(secret, *step, DIGITS).as_bytes().ct_eq(code.as_bytes()).into())
}

/// The code of a moment, as an authenticator shows it.
pub fn code(secret: &[u8], now: DateTime<Utc>) -> String {
    code_at(secret, now.timestamp().div_euclid(STEP_S), DIGITS)
}

/// HOTP (RFC 4226, section 5.3).
fn code_at(secret: &[u8], step: i64, digits: usize) -> String {
    // HMAC takes a key of any length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0x0F);
    let taken = hash.get(offset..offset + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let number = u32::from_be_bytes(taken.unwrap_or_default()) & 0x7FFF_FFFF;
    let text = format!("{number:010}");
    text.get(text.len() - digits..).unwrap_or_default().to_owned()
}

/// What an authenticator app scans (Key Uri Format).
pub(super) fn enrolment_uri(secret: &[u8], username: &str) -> String {
    let label = utf8_percent_encode(username, NON_ALPHANUMERIC);
    format!("otpauth://totp/Kangtu:{label}?secret={}&issuer=Kangtu", base32(secret))
}

/// Base 32 without padding (RFC 4648, section 6).
pub(super) fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded.iter_mut().skip(3).zip(group).for_each(|(to, from)| *to = *from);
        let bits = u64::from_be_bytes(padded);
        let letters = (group.len() * 8).div_ceil(5);
        for at in 0..letters {
            let index = usize::try_from(bits >> (35 - 5 * at) & 31).unwrap_or_default();
            text.push(ALPHABET.get(index).copied().map_or('A', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238_appendix_b() {
        for (second, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code_at(SECRET, second / STEP_S, 8), expected);
            assert_eq!(code(SECRET, at(second)), expected[2..]);
        }
    }

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (text, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(base32(text.as_bytes()), expected);
        }
    }

    #[test]
    fn a_code_works_once_and_a_step_early_or_late() {
        let now = at(1_111_111_111);
        let step = 1_111_111_111 / STEP_S;
        for (second, expected) in [(-60, None), (-30, Some(-1)), (0, Some(0)), (30, Some(1)), (60, None)] {
            let code = code(SECRET, at(1_111_111_111 + second));
            let found = matching_step(SECRET, &code, None, now);
            assert_eq!(found, expected.map(|steps: i64| step + steps), "{second} s");
        }
        let code = code(SECRET, now);
        assert_eq!(matching_step(SECRET, &code, Some(step), now), None);
        assert_eq!(matching_step(SECRET, &code, Some(step - 1), now), Some(step));
        for wrong in ["", "00000", "0000000", "abcdef", "０５０４７１"] {
            assert_eq!(matching_step(SECRET, wrong, None, now), None, "{wrong}");
        }
    }
}
