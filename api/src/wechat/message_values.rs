//! The values of subscribe messages: each key's prefix says what may stand in it, and WeChat refuses
//! the whole message (47003) for one value that breaks its format.
//!
//! Limits are those of the subscribe message documentation, "订阅消息参数值内容限制". A character
//! counts as one, whatever its width.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

/// What kind of value a template key such as `thing1` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `thing`: up to 20 characters of any kind.
    Thing,
    /// `number`: up to 32 digits, with a decimal point.
    Number,
    /// `letter`: up to 32 Latin letters.
    Letter,
    /// `symbol`: up to 5 symbols.
    Symbol,
    /// `character_string`: up to 32 digits, letters or symbols.
    CharacterString,
    /// `time`: a time of day, with or without a date; a range with `~`.
    Time,
    /// `date`: a date, with or without a time of day; a range with `~`.
    Date,
    /// `amount`: one currency sign, up to 10 digits, a closing 元.
    Amount,
    /// `phone_number`: up to 17 digits or symbols.
    PhoneNumber,
    /// `car_number`: a licence plate of up to 8 characters.
    CarNumber,
    /// `name`: up to 10 characters with Chinese, or 20 letters and symbols.
    Name,
    /// `phrase`: up to 5 Chinese characters.
    Phrase,
    /// `enum`: one of the words that the template lists.
    Enum,
}

/// Why a value cannot be sent. Holds no text of the value, which may be somebody's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The key has no prefix that WeChat knows.
    #[error("the key's kind is unknown")]
    UnknownKind,
    /// Nothing is left once line breaks and control characters are gone.
    #[error("the value is empty")]
    Empty,
    /// The value breaks the format of its kind, and shortening would change its meaning.
    #[error("the value does not have the form of its kind")]
    Format,
}

/// The values of one message, each known to fit its key.
///
/// Stored in the outbox as [`MessageValues::to_json`] and read back with [`MessageValues::from_json`].
#[derive(Clone, PartialEq, Eq)]
pub struct MessageValues(BTreeMap<String, String>);

/// The key whose value cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {error}")]
pub struct UnusableValue {
    /// Such as `thing1`.
    pub key: String,
    /// What is wrong.
    pub error: ValueError,
}

impl MessageValues {
    /// Fits every value to its key.
    ///
    /// # Errors
    /// With the first key whose value cannot be sent.
    pub fn fit<K: Into<String>, V: AsRef<str>>(
        values: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, UnusableValue> {
        let fitted = values.into_iter().map(|(key, value)| {
            let key = key.into();
            match ValueKind::of_key(&key).and_then(|kind| kind.fit(value.as_ref())) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(UnusableValue { key, error }),
            }
        });
        fitted.collect::<Result<_, _>>().map(Self)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// As `{"thing1": "…"}`, to be stored.
    pub fn to_json(&self) -> Value {
        self.0
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect::<Map<_, _>>()
            .into()
    }

    /// What [`MessageValues::to_json`] wrote; `None` for anything else.
    pub fn from_json(json: &Value) -> Option<Self> {
        let values: Option<Vec<(&str, &str)>> =
            json.as_object()?.iter().map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect();
        Self::fit(values?).ok()
    }

    /// As `{"thing1": {"value": "…"}}`, the form of the send call.
    pub(super) fn on_the_wire(&self) -> Value {
        let wrapped = self.0.iter().map(|(key, value)| (key.clone(), json!({"value": value})));
        wrapped.collect::<Map<_, _>>().into()
    }
}

impl fmt::Debug for MessageValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

const KINDS: [(&str, ValueKind); 13] = [
    ("thing", ValueKind::Thing),
    ("number", ValueKind::Number),
    ("letter", ValueKind::Letter),
    ("symbol", ValueKind::Symbol),
    ("character_string", ValueKind::CharacterString),
    ("time", ValueKind::Time),
    ("date", ValueKind::Date),
    ("amount", ValueKind::Amount),
    ("phone_number", ValueKind::PhoneNumber),
    ("car_number", ValueKind::CarNumber),
    ("name", ValueKind::Name),
    ("phrase", ValueKind::Phrase),
    ("enum", ValueKind::Enum),
];

impl ValueKind {
    /// The kind of a template key: its letters before the number.
    ///
    /// # Errors
    /// When no kind has this name, or no number follows.
    pub fn of_key(key: &str) -> Result<Self, ValueError> {
        let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = name.len() < key.len();
        KINDS
            .iter()
            .find_map(|(known, kind)| (numbered && *known == name).then_some(*kind))
            .ok_or(ValueError::UnknownKind)
    }

    /// Makes `value` acceptable: white space and control characters become single spaces, texts that may
    /// be shortened end with `…`.
    ///
    /// # Errors
    /// When it is empty, or breaks a format that cannot be mended by shortening.
    pub fn fit(self, value: &str) -> Result<String, ValueError> {
        let value = tidy(value);
        if value.is_empty() {
            return Err(ValueError::Empty);
        }
        match self {
            Self::Thing => Ok(shortened(&value, 20)),
            Self::Name => Ok(shortened(&value, if value.chars().any(is_wide) { 10 } else { 20 })),
            Self::Phrase => Ok(shortened_phrase(&value)?),
            _ if self.accepts(&value) => Ok(value),
            _ => Err(ValueError::Format),
        }
    }

    fn accepts(self, value: &str) -> bool {
        let (length, all) = (value.chars().count(), |accepted: fn(char) -> bool| value.chars().all(accepted));
        match self {
            Self::Number => length <= 32 && is_decimal(value),
            Self::Letter => length <= 32 && all(|c| c.is_ascii_alphabetic()),
            Self::Symbol => length <= 5 && all(|c| !c.is_alphanumeric() && c != ' '),
            Self::CharacterString => length <= 32 && all(|c| !is_wide(c)),
            Self::Time => each_of_range(value, |moment| is_clock_time(moment) || is_dated_time(moment)),
            Self::Date => each_of_range(value, |moment| is_date(moment) || is_dated_time(moment)),
            Self::Amount => is_amount(value),
            Self::PhoneNumber => length <= 17 && all(|c| c.is_ascii_digit() || "+-() ".contains(c)),
            Self::CarNumber => length <= 8 && all(char::is_alphanumeric),
            Self::Thing | Self::Name | Self::Phrase | Self::Enum => length <= 20,
        }
    }
}

fn tidy(value: &str) -> String {
    let visible: String = value
        .chars()
        .map(|c| if c.is_control() || is_line_separator(c) { ' ' } else { c })
        .filter(|c| !is_invisible(*c))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Zero-width and direction marks, which make a value that looks empty or reads backwards.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Whatever is not Latin counts as Chinese.
fn is_wide(c: char) -> bool {
    c > '\u{2E7F}'
}

fn shortened(value: &str, most: usize) -> String {
    if value.chars().count() <= most {
        return value.to_owned();
    }
    let kept: String = value.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A phrase takes Chinese characters only, so that no `…` can tell of the shortening.
fn shortened_phrase(value: &str) -> Result<String, ValueError> {
    if value.chars().all(|c| is_wide(c) && c.is_alphabetic()) {
        Ok(value.chars().take(5).collect())
    } else {
        Err(ValueError::Format)
    }
}

fn is_decimal(value: &str) -> bool {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    is_digits(whole) && is_digits(fraction)
}

fn is_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_amount(value: &str) -> bool {
    let value = value.strip_suffix('元').unwrap_or(value);
    let value = value.strip_prefix(['¥', '￥', '$', '€', '£']).unwrap_or(value);
    is_decimal(value) && value.bytes().filter(u8::is_ascii_digit).count() <= 10
}

fn each_of_range(value: &str, accepts: fn(&str) -> bool) -> bool {
    let moments: Vec<&str> = value.split('~').map(str::trim).collect();
    moments.len() <= 2 && moments.iter().all(|moment| accepts(moment))
}

/// `15:01`
fn is_clock_time(value: &str) -> bool {
    value.split_once(':').is_some_and(|(hour, minute)| below(hour, 1..=2, 24) && below(minute, 2..=2, 60))
}

/// `2019年10月1日`
fn is_date(value: &str) -> bool {
    let parts = value
        .strip_suffix('日')
        .and_then(|value| value.split_once('年'))
        .and_then(|(year, value)| value.split_once('月').map(|(month, day)| (year, month, day)));
    parts.is_some_and(|(year, month, day)| {
        let number = |text: &str| is_digits(text).then(|| text.parse().ok()).flatten();
        let (year, month, day) = (number(year), number(month), number(day));
        let date = year.zip(month.zip(day)).and_then(|(year, (month, day))| {
            chrono::NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
        });
        date.is_some()
    })
}

/// `2019年10月1日 15:01`
fn is_dated_time(value: &str) -> bool {
    value.split_once(' ').is_some_and(|(date, time)| is_date(date) && is_clock_time(time))
}

fn below(value: &str, digits: std::ops::RangeInclusive<usize>, bound: u32) -> bool {
    is_digits(value)
        && digits.contains(&value.len())
        && value.parse::<u32>().is_ok_and(|number| number < bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(key: &str, value: &str) -> Result<String, ValueError> {
        ValueKind::of_key(key)?.fit(value)
    }

    #[test]
    fn values_fit_their_kind_or_are_refused() {
        let format = Err(ValueError::Format);
        for (key, value, expected) in [
            ("thing1", "健康讲座", Ok("健康讲座")),
            (
                "thing1",
                "一二三四五六七八九十一二三四五六七八九十",
                Ok("一二三四五六七八九十一二三四五六七八九十"),
            ),
            (
                "thing1",
                "一二三四五六七八九十一二三四五六七八九十一",
                Ok("一二三四五六七八九十一二三四五六七八九…"),
            ),
            ("thing12", "  第一行\r\n第二行\t\u{0}完 ", Ok("第一行 第二行 完")),
            ("thing1", "看\u{200B}不\u{202E}见", Ok("看不见")),
            ("thing1", "\n\u{200B} ", Err(ValueError::Empty)),
            ("number1", "12.50", Ok("12.50")),
            ("number1", "12.", format),
            ("number1", "１２", format),
            ("number1", "123456789012345678901234567890123", format),
            ("letter2", "abcDEF", Ok("abcDEF")),
            ("letter2", "ab1", format),
            ("symbol1", "+-*/=", Ok("+-*/=")),
            ("symbol1", "+-*/=!", format),
            ("character_string3", "A-2026/11", Ok("A-2026/11")),
            ("character_string3", "编号1", format),
            ("time2", "15:01", Ok("15:01")),
            ("time2", "2026年11月28日 15:01", Ok("2026年11月28日 15:01")),
            (
                "time2",
                "2026年11月28日 15:01~2026年11月28日 16:30",
                Ok("2026年11月28日 15:01~2026年11月28日 16:30"),
            ),
            ("time2", "9:00 ~ 10:00", Ok("9:00 ~ 10:00")),
            ("time2", "24:00", format),
            ("time2", "15:1", format),
            ("time2", "2026-11-28 15:01", format),
            ("time2", "15:01~15:02~15:03", format),
            ("date4", "2026年2月28日", Ok("2026年2月28日")),
            ("date4", "2026年2月29日", format),
            ("date4", "2026年11月28日 15:01", Ok("2026年11月28日 15:01")),
            ("date4", "15:01", format),
            ("amount1", "￥12.50元", Ok("￥12.50元")),
            ("amount1", "12345678901", format),
            ("amount1", "免费", format),
            ("phone_number1", "+86-755-84206011", Ok("+86-755-84206011")),
            ("phone_number1", "0755-84206011转1234", format),
            ("car_number1", "粤B12345D", Ok("粤B12345D")),
            ("car_number1", "粤B·12345", format),
            ("name1", "欧阳修", Ok("欧阳修")),
            ("name1", "一二三四五六七八九十一", Ok("一二三四五六七八九…")),
            ("name1", "Wolfgang A. Mozart", Ok("Wolfgang A. Mozart")),
            ("name1", "Wolfgang Amadeus Mozart", Ok("Wolfgang Amadeus Mo…")),
            ("name1", "李 Wolfgang Mozart", Ok("李 Wolfgan…")),
            ("phrase1", "已报名", Ok("已报名")),
            ("phrase1", "等待确认中请留意", Ok("等待确认中")),
            ("phrase1", "OK", format),
            ("enum1", "男", Ok("男")),
            ("thing", "x", Err(ValueError::UnknownKind)),
            ("1", "x", Err(ValueError::UnknownKind)),
            ("Thing1", "x", Err(ValueError::UnknownKind)),
            ("remark1", "x", Err(ValueError::UnknownKind)),
        ] {
            assert_eq!(fit(key, value).as_deref(), expected.as_ref().copied(), "{key} {value}");
        }
    }

    #[test]
    fn every_kind_refuses_an_empty_value() {
        for (name, kind) in KINDS {
            assert_eq!(ValueKind::of_key(&format!("{name}1")), Ok(kind));
            assert_eq!(kind.fit(" \n"), Err(ValueError::Empty));
        }
    }

    #[test]
    fn values_survive_being_stored_and_show_only_their_keys() {
        let values = MessageValues::fit([("thing1", "王芳的讲座"), ("time2", "15:01")]).unwrap();
        assert_eq!(MessageValues::from_json(&values.to_json()), Some(values.clone()));
        assert_eq!(values.on_the_wire()["thing1"]["value"], "王芳的讲座");
        assert_eq!(format!("{values:?}"), r#"{"thing1", "time2"}"#);
        assert_eq!(MessageValues::from_json(&json!({"time2": "soon"})), None);
        let refused = MessageValues::fit([("thing1", "a"), ("time2", "soon")]).unwrap_err();
        assert_eq!(refused, UnusableValue { key: "time2".into(), error: ValueError::Format });
    }

    proptest::proptest! {
        #[test]
        fn what_was_fitted_still_fits(kind in 0..KINDS.len(), value in ".{0,60}") {
            let (_, kind) = KINDS[kind];
            if let Ok(once) = kind.fit(&value) {
                proptest::prop_assert!(once.chars().count() <= 40 && !once.chars().any(char::is_control));
                proptest::prop_assert_eq!(kind.fit(&once), Ok(once));
            }
        }
    }
}
