//! The message templates that WeChat has granted to the mini-program.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::endpoint::Endpoint;
use super::{WechatClient, WechatError};
use crate::wechat::lenient;

/// How often a user's agreement to a template can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// 2: one message for each agreement.
    Once,
    /// 3: any number.
    Long,
    /// A number that the documentation does not name.
    Other(i64),
}

/// A template as WeChat has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedTemplate {
    /// What messages name it by.
    pub template_id: String,
    /// Its keys, such as `thing1`: a message must give each of them a value, and no other.
    pub keys: BTreeSet<String>,
    /// How often an agreement can be used.
    pub kind: TemplateKind,
}

#[derive(Deserialize)]
struct TemplatesReply {
    #[serde(default)]
    data: Vec<TemplateReply>,
}

#[derive(Deserialize)]
struct TemplateReply {
    #[serde(rename = "priTmplId", deserialize_with = "lenient::text")]
    template_id: String,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    content: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "lenient::optional_integer")]
    kind: Option<i64>,
}

impl WechatClient {
    /// Lists the templates of the mini-program (`GET /wxaapi/newtmpl/gettemplate`).
    ///
    /// # Errors
    /// When WeChat does not answer that.
    pub async fn templates(&self) -> Result<Vec<GrantedTemplate>, WechatError> {
        let endpoint = Endpoint::Templates;
        let answer = self.with_token(endpoint, &[], None).await?;
        let reply: TemplatesReply = self.read_json(endpoint, &answer)?;
        let granted = reply.data.into_iter().map(|template| GrantedTemplate {
            keys: keys_of(template.content.as_deref().unwrap_or_default()),
            template_id: template.template_id,
            kind: match template.kind {
                Some(2) => TemplateKind::Once,
                Some(3) => TemplateKind::Long,
                other => TemplateKind::Other(other.unwrap_or_default()),
            },
        });
        Ok(granted.collect())
    }
}

/// The keys in `活动名称:{{thing1.DATA}}\n时间:{{time2.DATA}}`.
fn keys_of(content: &str) -> BTreeSet<String> {
    let placeholders = content.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    placeholders
        .filter_map(|(placeholder, _)| placeholder.trim().strip_suffix(".DATA"))
        .map(|key| key.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_the_content_as_the_documentation_shows_it() {
        let keys = keys_of(
            "会议时间:{{date2.DATA}}\n会议地点:{{thing1.DATA}}\n备注:{{ character_string10.DATA }}\n",
        );
        assert_eq!(
            keys.iter().map(String::as_str).collect::<Vec<_>>(),
            ["character_string10", "date2", "thing1"]
        );
        assert!(keys_of("{{}} {{thing1}} }}{{ no end").is_empty());
    }
}
