//! Which passwords staff may choose.
//!
//! By default length counts and nothing else is demanded (ASVS 6.2: at least 8 characters, no composition
//! rule, no forced change, common ones refused); a second factor and counted failures do the rest. Where
//! 等保 is assessed, `level_protection` adds the four kinds of characters and the change every 90 days that
//! assessors ask for.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;

use crate::error::{ApiError, ApiResult, FieldError};
use crate::secret::Secret;

/// Which rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PasswordRules {
    /// Length, and none that many people use.
    #[value(name = "length")]
    Length,
    /// Also upper and lower case, digits and other characters, and another one every 90 days (GB/T 22239).
    #[value(name = "level_protection")]
    LevelProtection,
}

/// How long a password may be used where levels are assessed.
const LIFETIME: TimeDelta = TimeDelta::days(90);

const SHORTEST_CHARS: usize = 8;
/// Long enough for any sentence; longer ones would only keep the server busy.
pub const LONGEST_CHARS: usize = 128;

/// Passwords that guessers try first, in lower case, from 8 characters on: those that were most common in
/// published breaches (the lists that come with Django 5.2, by Royce Williams, and with zxcvbn 4.5, by
/// Mark Burnett), and for China, made by rule, years, walks over the keyboard, lucky numbers and names in
/// pinyin, each with the usual endings.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Refuses a password that is easily guessed. `pointer` names the field it came in.
///
/// # Errors
/// 422 with what to do about it.
pub fn check(rules: PasswordRules, username: &str, password: &Secret, pointer: &str) -> ApiResult<()> {
    fault(rules, username, password.expose()).map_or(Ok(()), |(code, message)| {
        let error = FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message };
        Err(ApiError::Invalid { errors: vec![error] })
    })
}

/// What is wrong with a password: a stable word, and what to do in Chinese.
pub fn fault(rules: PasswordRules, username: &str, password: &str) -> Option<(&'static str, String)> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let wrong = |code, message: &str| Some((code, message.to_owned()));
    if length < SHORTEST_CHARS {
        return Some(("too_short", format!("密码至少要 {SHORTEST_CHARS} 个字，可以用一句容易记住的话。")));
    }
    if length > LONGEST_CHARS {
        return Some(("too_long", format!("密码最多 {LONGEST_CHARS} 个字。")));
    }
    if COMMON.contains(lower.as_str()) || is_repetition(&lower) {
        return wrong("too_common", "这个密码太常见，容易被猜到，请换一个。");
    }
    if !username.is_empty() && (lower.contains(username) || username.contains(&lower)) {
        return wrong("contains_username", "密码里不能有用户名，请换一个。");
    }
    let lacks = |is: fn(char) -> bool| !password.chars().any(is);
    if rules == PasswordRules::LevelProtection
        && (lacks(char::is_uppercase)
            || lacks(char::is_lowercase)
            || lacks(char::is_numeric)
            || !password.chars().any(|char| !char.is_alphanumeric()))
    {
        return wrong("too_simple", "密码要同时有大写字母、小写字母、数字和符号（如 @、#、!）。");
    }
    None
}

/// Whether a password has to be changed before anything else is done with it.
pub fn has_expired(rules: PasswordRules, changed_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    rules == PasswordRules::LevelProtection && now >= changed_at + LIFETIME
}

/// One short pattern over and over, such as `abcabcabc`.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=3).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(rules: PasswordRules, password: &str) -> Option<&'static str> {
        fault(rules, "li.si", password).map(|(code, _)| code)
    }

    #[test]
    fn easily_guessed_passwords_are_refused_and_others_are_not() {
        for (password, expected) in [
            ("short1!", Some("too_short")),
            ("password", Some("too_common")),
            ("PassWord", Some("too_common")),
            ("woaini1314", Some("too_common")),
            ("5201314520", Some("too_common")),
            ("1qaz2wsx", Some("too_common")),
            ("Liverpool1", Some("too_common")),
            ("letmein123", Some("too_common")),
            ("19881988", Some("too_common")),
            ("xyzxyzxyz", Some("too_common")),
            ("哈哈哈哈哈哈哈哈", Some("too_common")),
            ("li.si-2031", Some("contains_username")),
            ("葵涌的海边有三棵树", None),
            ("correct horse battery", None),
            ("mx7-lantern-rope", None),
        ] {
            assert_eq!(code(PasswordRules::Length, password), expected, "{password}");
        }
        assert_eq!(code(PasswordRules::Length, &"长短".repeat(65)), Some("too_long"));
    }

    #[test]
    fn where_levels_are_assessed_four_kinds_of_characters_are_demanded() {
        for password in ["mx7-lantern-rope", "MX7-LANTERN-ROPE", "mxQ-lantern-rope", "mx7QlanternRope"] {
            assert_eq!(code(PasswordRules::LevelProtection, password), Some("too_simple"), "{password}");
        }
        assert_eq!(code(PasswordRules::LevelProtection, "Mx7-lantern-rope"), None);
    }

    #[test]
    fn the_list_of_common_ones_is_whole() {
        assert!(COMMON.len() >= 19_000, "{}", COMMON.len());
        assert!(COMMON.iter().all(|password| password.chars().count() >= SHORTEST_CHARS));
    }
}
