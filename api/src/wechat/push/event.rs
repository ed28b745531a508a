//! What a message says, in the terms of those who act on it.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wechat::client::{CheckVerdict, Suggestion, suggestion};
use crate::wechat::lenient;

/// Kinds of events, by who acts on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// `subscribe_msg_popup_event`
    SubscribePopup,
    /// `subscribe_msg_change_event`
    SubscribeChange,
    /// `subscribe_msg_sent_event`
    SubscribeSent,
    /// `wxa_media_check`
    MediaChecked,
    /// Anything else; kept as received, but nobody takes it.
    Other,
}

impl EventKind {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SubscribePopup => "subscribe_popup",
            Self::SubscribeChange => "subscribe_change",
            Self::SubscribeSent => "subscribe_sent",
            Self::MediaChecked => "media_checked",
            Self::Other => "other",
        }
    }
}

/// An event. `Debug` shows only its kind.
#[derive(Clone, PartialEq, Eq)]
pub enum WechatEvent {
    /// The user answered the question whether messages may come.
    SubscribePopup {
        /// Who.
        openid: String,
        /// What was answered for each template; each acceptance is one message.
        choices: Vec<TemplateChoice>,
    },
    /// The user changed the answers in the settings; WeChat tells only of refusals.
    SubscribeChange {
        /// Who.
        openid: String,
        /// The templates concerned.
        choices: Vec<TemplateChoice>,
    },
    /// Messages were delivered, or not.
    SubscribeSent {
        /// To whom.
        openid: String,
        /// Each message.
        deliveries: Vec<Delivery>,
    },
    /// A file was checked.
    MediaChecked {
        /// The name that the check was accepted under.
        trace_id: String,
        /// What was found; `Review` where the check itself failed.
        verdict: CheckVerdict,
    },
    /// Not one of these, or not in their form.
    Other,
}

/// What a user answered for one template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TemplateChoice {
    /// The template.
    #[serde(rename = "TemplateId")]
    pub template_id: String,
    /// Whether its messages may come.
    #[serde(rename = "SubscribeStatusString", deserialize_with = "accepted")]
    pub accepted: bool,
}

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    /// Its template.
    #[serde(rename = "TemplateId")]
    pub template_id: String,
    /// What the send call called it.
    #[serde(rename = "MsgID", alias = "MsgId", default, deserialize_with = "lenient::optional_text")]
    pub message_id: Option<String>,
    /// 0 when it was delivered.
    #[serde(rename = "ErrorCode", deserialize_with = "lenient::integer")]
    pub errcode: i64,
}

impl WechatEvent {
    /// Its kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::SubscribePopup { .. } => EventKind::SubscribePopup,
            Self::SubscribeChange { .. } => EventKind::SubscribeChange,
            Self::SubscribeSent { .. } => EventKind::SubscribeSent,
            Self::MediaChecked { .. } => EventKind::MediaChecked,
            Self::Other => EventKind::Other,
        }
    }
}

impl fmt::Debug for WechatEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WechatEvent({})", self.kind().as_str())
    }
}

/// Reads a message, with its kind.
pub(super) fn read(message: &Value) -> (EventKind, WechatEvent) {
    let name = message.get("Event").and_then(Value::as_str).unwrap_or_default();
    let event = match name {
        "subscribe_msg_popup_event" => list(message, "SubscribeMsgPopupEvent")
            .map(|(openid, choices)| WechatEvent::SubscribePopup { openid, choices }),
        "subscribe_msg_change_event" => list(message, "SubscribeMsgChangeEvent")
            .map(|(openid, choices)| WechatEvent::SubscribeChange { openid, choices }),
        "subscribe_msg_sent_event" => list(message, "SubscribeMsgSentEvent")
            .map(|(openid, deliveries)| WechatEvent::SubscribeSent { openid, deliveries }),
        "wxa_media_check" => media_checked(message),
        _ => None,
    };
    let event = event.unwrap_or(WechatEvent::Other);
    (event.kind(), event)
}

/// The sender, and the list, which stands at the top in JSON and inside an element in XML.
fn list<T: DeserializeOwned>(message: &Value, element: &str) -> Option<(String, Vec<T>)> {
    #[derive(Deserialize)]
    struct Listed<T: DeserializeOwned> {
        #[serde(rename = "List", deserialize_with = "lenient::one_or_many")]
        items: Vec<T>,
    }
    let openid = message.get("FromUserName")?.as_str().filter(|openid| !openid.is_empty())?;
    let holder = message.get(element).filter(|holder| holder.is_object()).unwrap_or(message);
    let listed: Listed<T> = Listed::deserialize(holder).ok()?;
    (!listed.items.is_empty()).then(|| (openid.to_owned(), listed.items))
}

fn accepted<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(String::deserialize(deserializer)? == "accept")
}

#[derive(Deserialize)]
struct MediaResult {
    #[serde(deserialize_with = "lenient::text")]
    trace_id: String,
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    errcode: Option<i64>,
    #[serde(default)]
    result: Option<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    suggest: String,
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    label: Option<i64>,
}

/// A result in the old form, or of a check that failed, says nothing reliable: a person looks at it.
fn media_checked(message: &Value) -> Option<WechatEvent> {
    const OTHER: i64 = 21_000;
    let told = MediaResult::deserialize(message).ok().filter(|told| !told.trace_id.is_empty())?;
    let ran = told.errcode.unwrap_or_default() == 0;
    let found =
        told.result.filter(|_| ran).and_then(|found| Some((suggestion(&found.suggest)?, found.label)));
    let (suggestion, label) = found.unwrap_or((Suggestion::Review, None));
    let unnamed = if suggestion == Suggestion::Pass { 100 } else { OTHER };
    let verdict =
        CheckVerdict { suggestion, label: label.unwrap_or(unnamed), trace_id: Some(told.trace_id.clone()) };
    Some(WechatEvent::MediaChecked { trace_id: told.trace_id, verdict })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wechat::push::message;

    fn choice(template_id: &str, accepted: bool) -> TemplateChoice {
        TemplateChoice { template_id: template_id.into(), accepted }
    }

    #[test]
    fn json_and_xml_say_the_same() {
        let json = json!({
            "ToUserName": "gh_1", "FromUserName": "oLi", "CreateTime": "1610969440", "MsgType": "event",
            "Event": "subscribe_msg_popup_event",
            "List": [
                {"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": "0"},
                {"TemplateId": "t2", "SubscribeStatusString": "reject", "PopupScene": "0"}
            ]
        });
        let xml = "<xml><FromUserName><![CDATA[oLi]]></FromUserName><MsgType>event</MsgType>\
            <Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>\
            <List><TemplateId><![CDATA[t1]]></TemplateId>\
            <SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>0</PopupScene></List>\
            <List><TemplateId>t2</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>\
            </SubscribeMsgPopupEvent></xml>";
        let expected = WechatEvent::SubscribePopup {
            openid: "oLi".into(),
            choices: vec![choice("t1", true), choice("t2", false)],
        };
        assert_eq!(read(&json).1, expected);
        assert_eq!(read(&message::read(xml.as_bytes()).unwrap()).1, expected);
        assert_eq!(format!("{expected:?}"), "WechatEvent(subscribe_popup)");
    }

    #[test]
    fn a_list_of_one_may_come_alone() {
        let message = json!({
            "FromUserName": "oLi", "Event": "subscribe_msg_sent_event",
            "List": {"TemplateId": "t1", "MsgID": "1700827132819554304", "ErrorCode": "0", "ErrorStatus": "success"}
        });
        let deliveries = vec![Delivery {
            template_id: "t1".into(),
            message_id: Some("1700827132819554304".into()),
            errcode: 0,
        }];
        assert_eq!(read(&message).1, WechatEvent::SubscribeSent { openid: "oLi".into(), deliveries });
        let refusal = json!({
            "FromUserName": "oLi", "Event": "subscribe_msg_change_event",
            "List": {"TemplateId": "t1", "SubscribeStatusString": "reject"}
        });
        let choices = vec![choice("t1", false)];
        assert_eq!(read(&refusal).1, WechatEvent::SubscribeChange { openid: "oLi".into(), choices });
    }

    #[test]
    fn a_checked_file_has_a_verdict_or_needs_a_person() {
        let checked = |message: Value| match read(&message).1 {
            WechatEvent::MediaChecked { verdict, .. } => Some((verdict.suggestion, verdict.label)),
            _ => None,
        };
        for (message, expected) in [
            (json!({"result": {"suggest": "pass", "label": "100"}}), (Suggestion::Pass, 100)),
            (
                json!({"result": {"suggest": "risky", "label": 20002}, "errcode": "0"}),
                (Suggestion::Risky, 20_002),
            ),
            (
                json!({"result": {"suggest": "pass", "label": "100"}, "errcode": -1008}),
                (Suggestion::Review, 21_000),
            ),
            (json!({"isrisky": 0, "status_code": 4_294_966_288_u32}), (Suggestion::Review, 21_000)),
            (json!({"result": {"suggest": "fine"}}), (Suggestion::Review, 21_000)),
        ] {
            let mut whole = message;
            whole["Event"] = "wxa_media_check".into();
            whole["trace_id"] = "abc".into();
            assert_eq!(checked(whole.clone()), Some(expected), "{whole}");
        }
        assert_eq!(checked(json!({"Event": "wxa_media_check", "result": {"suggest": "pass"}})), None);
    }

    #[test]
    fn anything_else_is_other() {
        for message in [
            json!({}),
            json!({"Event": "debug_demo", "FromUserName": "oLi"}),
            json!({"Event": "subscribe_msg_popup_event", "FromUserName": "oLi"}),
            json!({"Event": "subscribe_msg_popup_event", "FromUserName": "oLi", "List": []}),
            json!({"Event": "subscribe_msg_popup_event", "List": {"TemplateId": "t", "SubscribeStatusString": "accept"}}),
            json!({"Event": 7}),
        ] {
            assert_eq!(read(&message).0, EventKind::Other, "{message}");
        }
    }
}
