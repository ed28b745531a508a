//! What is said about JSON that is not what is needed: where, and what is expected there. Never what was sent:
//! a value, a name or a number would stand in logs and on screens of others.

use std::borrow::Cow;

use actix_web::web::Bytes;
use serde_json::error::Category;

use super::known_names::KnownNames;

/// The body of a request as it was sent, kept until the answer to say where something is wrong with it.
pub struct SentBody(pub Bytes);

/// Something wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer to what is wrong; empty for the whole.
    pub pointer: String,
    /// What to do, in plain Chinese.
    pub text: String,
}

impl Fault {
    /// Where and what, in one sentence.
    pub fn sentence(&self) -> String {
        let Self { pointer, text } = self;
        if pointer.is_empty() { text.clone() } else { format!("{pointer}：{text}") }
    }
}

const AGAIN: &str = "请检查后重试。";

/// What is wrong with a body that could not be read; of the names in it those that are known are repeated.
pub fn fault(body: &[u8], error: &serde_json::Error, known: &KnownNames) -> Fault {
    let (line, column) = (error.line(), error.column());
    if matches!(error.classify(), Category::Syntax | Category::Eof) {
        let text = format!("内容不是正确的 JSON（第 {line} 行第 {column} 列），{AGAIN}");
        return Fault { pointer: String::new(), text };
    }
    let told = error.to_string();
    let message = told.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&told);
    let mut pointer = pointer(body, line, column, known);
    if let Some(name) = quoted_after(message, "missing field `") {
        pointer = format!("{pointer}/{name}");
    }
    Fault { pointer, text: text(message) }
}

/// What to do about a message of serde, of which nothing is repeated that may come from the sender.
pub fn text(message: &str) -> String {
    if message.starts_with("missing field `") {
        return "缺少这一项，请补充后重试。".to_owned();
    }
    if message.starts_with("duplicate field `") {
        return "这一项重复了，请只写一次。".to_owned();
    }
    if message.starts_with("unknown field `") {
        return match expected(message) {
            Some(names) => format!("没有这一项，应为{names}，{AGAIN}"),
            None => format!("没有这一项，{AGAIN}"),
        };
    }
    match expected(message) {
        Some(expected) => format!("内容不正确，应为{expected}，{AGAIN}"),
        None => format!("内容不正确，{AGAIN}"),
    }
}

/// What was expected, in plain Chinese.
fn expected(message: &str) -> Option<Cow<'static, str>> {
    let is_of_serde =
        ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `", "unknown field `"]
            .iter()
            .any(|beginning| message.starts_with(beginning));
    if !is_of_serde {
        return expected_by_others(message).map(Cow::Borrowed);
    }
    if message.ends_with("there are no fields") || message.ends_with("there are no variants") {
        return None;
    }
    // What the sender wrote stands before; the last one is serde's own.
    let (_, words) = message.rsplit_once(", expected ")?;
    if words.contains('`') {
        return one_of(words).map(Cow::Owned);
    }
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| words.starts_with(beginning));
    let plain = if words.contains("UUID") {
        UUID
    } else if words.contains("date") || words.contains("time") {
        TIME
    } else if begins(&["a string", "string", "a character", "variant", "unit variant"]) {
        "文字"
    } else if begins(&["a boolean"]) {
        "true 或 false"
    } else if begins(&["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "isize", "a nonzero"]) {
        "整数"
    } else if begins(&["f32", "f64", "a number", "a JSON number", "JSON number", "number"]) {
        "数字"
    } else if begins(&["a sequence", "an array", "a tuple", "tuple", "fewer elements"]) {
        "列表"
    } else if begins(&["a map", "map", "struct", "a JSON object", "internally tagged", "adjacently tagged"]) {
        "对象"
    } else {
        return None;
    };
    Some(Cow::Borrowed(plain))
}

const UUID: &str = "UUID，例如 019ac1e2-7b1c-7a40-8000-3f2b6d9c1a55";
const TIME: &str = "日期或带时区的时间，例如 2026-11-29 或 2026-11-29T07:05:00+08:00";

/// What libraries say of texts that they could not read.
fn expected_by_others(message: &str) -> Option<&'static str> {
    const TIMES: [&str; 5] = [
        "premature end of input",
        "input contains invalid characters",
        "trailing input",
        "input is out of range",
        "input is not enough for unique date and time",
    ];
    const WHOLE: [&str; 3] = [
        "invalid digit found in string",
        "number too large to fit in target type",
        "cannot parse integer from empty string",
    ];
    if message.starts_with("UUID parsing failed") {
        return Some(UUID);
    }
    if TIMES.contains(&message) {
        return Some(TIME);
    }
    if message == "invalid float literal" {
        return Some("数字");
    }
    if message.starts_with("provided string was not `true` or `false`") {
        return Some("true 或 false");
    }
    WHOLE.contains(&message).then_some("整数")
}

/// The names that serde lists, which are all of ours.
fn one_of(words: &str) -> Option<String> {
    let names: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
    let is_name =
        |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    (!names.is_empty() && names.iter().all(is_name)).then(|| format!("以下之一：{}", names.join("、")))
}

fn quoted_after<'m>(message: &'m str, beginning: &str) -> Option<&'m str> {
    message.strip_prefix(beginning)?.split('`').next()
}

/// A list or an object in which the reading stands.
enum Frame {
    List(usize),
    /// With the member that is read.
    Object(Option<String>),
}

/// JSON Pointer to what stands at a place of a text that is JSON up to there, with a star for a name that is
/// none of ours.
fn pointer(body: &[u8], line: usize, column: usize, known: &KnownNames) -> String {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    let begins_at: usize = lines.take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    let read = body.get(..begins_at.saturating_add(column).min(body.len())).unwrap_or_default();
    let mut frames = Vec::new();
    let mut bytes = read.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, frames.last_mut()) {
            (b'"', frame) => {
                let text = string(&mut bytes);
                if let Some(Frame::Object(member @ None)) = frame {
                    *member = Some(text);
                }
            }
            (b'{', _) => frames.push(Frame::Object(None)),
            (b'[', _) => frames.push(Frame::List(0)),
            (b'}' | b']', _) => {
                frames.pop();
            }
            (b',', Some(Frame::Object(member))) => *member = None,
            (b',', Some(Frame::List(place))) => *place += 1,
            _ => {}
        }
    }
    let told = |frame: &Frame| match frame {
        Frame::List(place) => format!("/{place}"),
        Frame::Object(Some(member)) if known.contains(member) => format!("/{member}"),
        Frame::Object(Some(_)) => "/*".to_owned(),
        Frame::Object(None) => String::new(),
    };
    frames.iter().map(told).collect()
}

/// The text up to the quotation mark that ends it; escapes are left as they are.
fn string(bytes: &mut impl Iterator<Item = u8>) -> String {
    let mut text = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => {
                text.push(byte);
                text.extend(bytes.next());
            }
            _ => text.push(byte),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, FixedOffset};
    use serde::Deserialize;
    use utoipa::ToSchema;
    use uuid::Uuid;

    use super::*;

    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Body {
        measurements: Vec<Item>,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Item {
        uid: Uuid,
        #[schema(value_type = Object)]
        values: BTreeMap<String, serde_json::Number>,
        at: Option<DateTime<FixedOffset>>,
        posture: Option<Posture>,
        confirmed: Option<bool>,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Posture {
        Sitting,
        Standing,
    }

    const GOOD: &str = r#"{"uid": "019ac1e2-7b1c-7a40-8000-3f2b6d9c1a55", "values": {}}"#;

    /// What is wrong with a batch whose second item is this.
    fn wrong(item: &str) -> Fault {
        let body = format!("{{\"measurements\": [{GOOD},\n {item}]}}");
        match serde_json::from_str::<Body>(&body) {
            Ok(_) => panic!("{item} can be read"),
            Err(error) => fault(body.as_bytes(), &error, &KnownNames::of::<Body>().and(["value".to_owned()])),
        }
    }

    fn item(member: &str) -> String {
        GOOD.replace("\"values\": {}", &format!("\"values\": {{}}, {member}"))
    }

    #[test]
    fn the_place_is_told_and_what_is_expected_there() {
        for (item, pointer, expected) in [
            (GOOD.replace("{}", r#"{"value": "71.93kg"}"#), "/values/value", "应为数字"),
            (item(r#""posture": "赵小花""#), "/posture", "应为以下之一：sitting、standing"),
            (item(r#""confirmed": 13800138000"#), "/confirmed", "true 或 false"),
            (item(r#""at": "赵小花""#), "/at", "应为日期"),
            (GOOD.replace("019ac1e2", "赵小花"), "/uid", "应为UUID"),
            (GOOD.replace("\"values\": {}", "\"values\": []"), "/values", "应为对象"),
            (GOOD.replace(", \"values\": {}", ""), "/values", "缺少这一项"),
            (item(r#""赵小花": 1"#), "/*", "没有这一项"),
            (item(r#""zhaoxiaohua": 1"#), "/*", "没有这一项"),
            (GOOD.replace("{}", r#"{"zhaoxiaohua": "71.93kg"}"#), "/values/*", "应为数字"),
            (item(r#""posture": "zhaoxiaohua""#), "/posture", "应为以下之一：sitting、standing"),
            (item(r#""hut_id": 7"#), "/*", "应为以下之一：uid、values、at、posture、confirmed"),
            ("\"赵小花, expected `13800138000`\"".to_owned(), "", "应为对象"),
        ] {
            let fault = wrong(&item);
            assert_eq!(fault.pointer, format!("/measurements/1{pointer}"), "{item}: {fault:?}");
            assert!(fault.text.contains(expected), "{item}: {fault:?}");
            for value in ["71.93", "赵小花", "zhaoxiaohua", "13800138000"] {
                assert!(!fault.sentence().contains(value), "{fault:?}");
            }
        }
    }

    #[test]
    fn what_is_no_json_is_told_by_its_place() {
        let fault = wrong("{\"uid\": 赵小花");
        assert_eq!(fault.pointer, "");
        assert!(fault.text.starts_with("内容不是正确的 JSON（第 2 行第 "), "{fault:?}");
        assert!(!fault.text.contains("赵小花"));
    }

    #[test]
    fn what_others_say_is_not_repeated() {
        for message in [
            "UUID parsing failed: invalid character: expected an optional prefix, found `赵` at 1",
            "invalid digit found in string",
            "unknown variant `赵小花, expected 13800138000`, there are no variants",
            "赵小花 is nobody, expected 13800138000",
        ] {
            let said = text(message);
            assert!(!said.contains('赵') && !said.contains("138"), "{said}");
        }
    }
}
