//! WeChat's check of texts and media. errcode 0 says that the check ran, not that the content is clean.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::{WechatClient, WechatError};
use crate::wechat::lenient;

/// Where residents' content stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// A nickname, a signature.
    Profile = 1,
    /// A comment, a remark on a sign-up.
    Comment = 2,
    /// A forum.
    Forum = 3,
    /// A post.
    SocialLog = 4,
}

/// A text to be checked. Its author must have used the mini-program within the last two hours, or WeChat
/// refuses (61010).
#[derive(Clone)]
pub struct TextCheck<'c> {
    /// The author.
    pub openid: &'c str,
    /// Where it stands.
    pub scene: Scene,
    /// The text, of any length.
    pub content: &'c str,
    /// The author's nickname, where it should be checked too.
    pub nickname: Option<&'c str>,
}

/// What kind of file is to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// mp3, aac, ac3, wma, flac, vorbis, opus, wav.
    Audio = 1,
    /// jpg, png, bmp, the first frame of a gif.
    Image = 2,
}

/// A file to be checked, at most 10 MB.
#[derive(Clone)]
pub struct MediaCheck<'c> {
    /// The author.
    pub openid: &'c str,
    /// Where it stands.
    pub scene: Scene,
    /// Where WeChat can download it from the public internet, for at least half an hour.
    pub media_url: &'c str,
    /// What it is.
    pub kind: MediaKind,
}

impl fmt::Debug for TextCheck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextCheck(..)")
    }
}

impl fmt::Debug for MediaCheck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaCheck(..)")
    }
}

/// What WeChat suggests, from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suggestion {
    /// Nothing was found.
    Pass,
    /// A person should look.
    Review,
    /// Not to be shown.
    Risky,
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckVerdict {
    /// The worst that was found.
    pub suggestion: Suggestion,
    /// What was found: 100 nothing, 10001 advertising, 20001 politics, 20002 pornography, 20003 abuse,
    /// 20006 crime, 20008 fraud, 20012 vulgarity, 20013 copyright, 21000 other.
    pub label: i64,
    /// What WeChat calls this check.
    pub trace_id: Option<String>,
}

/// How much WeChat reads at once.
const LONGEST_CHARS: usize = 2_500;
/// Repeated at each cut, so that nothing can hide across it.
const OVERLAP_CHARS: usize = 100;
/// Longer texts than this are nothing that residents write.
const MOST_PIECES: usize = 20;

#[derive(Deserialize)]
struct CheckReply {
    result: Finding,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    detail: Vec<Detail>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    trace_id: Option<String>,
}

#[derive(Deserialize)]
struct Finding {
    suggest: String,
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    label: Option<i64>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    errcode: Option<i64>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    suggest: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    label: Option<i64>,
}

impl WechatClient {
    /// Checks a text (`POST /wxa/msg_sec_check`, version 2). A long text is checked in pieces; the worst
    /// piece counts.
    ///
    /// # Errors
    /// When it could not be checked; the text is then not clean but unchecked.
    pub async fn check_text(&self, check: &TextCheck<'_>) -> Result<CheckVerdict, WechatError> {
        let pieces = pieces(check.content);
        if pieces.len() > MOST_PIECES {
            return Ok(CheckVerdict { suggestion: Suggestion::Review, label: 21_000, trace_id: None });
        }
        let mut worst: Option<CheckVerdict> = None;
        for piece in pieces {
            let verdict = self.check_piece(check, piece).await?;
            if worst.as_ref().is_none_or(|worst| worst.suggestion < verdict.suggestion) {
                worst = Some(verdict);
            }
            if worst.as_ref().is_some_and(|worst| worst.suggestion == Suggestion::Risky) {
                break;
            }
        }
        worst.ok_or(WechatError::Unreadable)
    }

    async fn check_piece(&self, check: &TextCheck<'_>, piece: &str) -> Result<CheckVerdict, WechatError> {
        let endpoint = Endpoint::TextCheck;
        let mut body = json!({
            "version": 2,
            "openid": check.openid,
            "scene": check.scene as u8,
            "content": piece,
        });
        if let (Some(nickname), Some(fields)) = (check.nickname, body.as_object_mut()) {
            fields.insert("nickname".to_owned(), nickname.into());
        }
        let answer = self.post(endpoint, &body).await?;
        let reply: CheckReply = self.read_json(endpoint, &answer)?;
        verdict(reply).ok_or_else(|| self.unreadable(endpoint, "an unknown suggestion"))
    }

    /// Has a file checked (`POST /wxa/media_check_async`). The result is pushed within half an hour under
    /// the name that is returned; the push may come before this answer.
    ///
    /// # Errors
    /// When the check was not accepted.
    pub async fn check_media(&self, check: &MediaCheck<'_>) -> Result<String, WechatError> {
        #[derive(Deserialize)]
        struct Accepted {
            #[serde(deserialize_with = "lenient::text")]
            trace_id: String,
        }
        let endpoint = Endpoint::MediaCheck;
        let body: Value = json!({
            "media_url": check.media_url,
            "media_type": check.kind as u8,
            "version": 2,
            "scene": check.scene as u8,
            "openid": check.openid,
        });
        let answer = self.post(endpoint, &body).await?;
        let Accepted { trace_id } = self.read_json(endpoint, &answer)?;
        if trace_id.is_empty() { Err(self.unreadable(endpoint, "no trace id")) } else { Ok(trace_id) }
    }
}

/// What a suggestion's word means; also in pushed results.
pub(in crate::wechat) fn suggestion(word: &str) -> Option<Suggestion> {
    match word {
        "pass" => Some(Suggestion::Pass),
        "review" => Some(Suggestion::Review),
        "risky" => Some(Suggestion::Risky),
        _ => None,
    }
}

/// The worst of the result and of the details whose own check ran (their errcode is 0).
fn verdict(reply: CheckReply) -> Option<CheckVerdict> {
    let mut worst = (suggestion(&reply.result.suggest)?, reply.result.label);
    for detail in reply.detail.into_iter().filter(|detail| detail.errcode == Some(0)) {
        let Some(found) = detail.suggest.as_deref().and_then(suggestion) else {
            continue;
        };
        if found > worst.0 {
            worst = (found, detail.label);
        }
    }
    let unnamed = if worst.0 == Suggestion::Pass { 100 } else { 21_000 };
    Some(CheckVerdict { suggestion: worst.0, label: worst.1.unwrap_or(unnamed), trace_id: reply.trace_id })
}

/// Cuts a text into pieces that WeChat reads, after the end of a sentence where there is one, each piece
/// beginning with the end of the one before.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(LONGEST_CHARS) {
        let (whole, _) = rest.split_at(end);
        let cut = sentence_end(whole).unwrap_or(end);
        let (piece, _) = rest.split_at(cut);
        pieces.push(piece);
        let overlap = piece.char_indices().rev().nth(OVERLAP_CHARS - 1).map_or(0, |(at, _)| at);
        rest = rest.split_at(overlap).1;
    }
    pieces.push(rest);
    pieces
}

/// Where the last sentence of the second half ends; cutting earlier would make too many pieces.
fn sentence_end(text: &str) -> Option<usize> {
    let (at, sign) = text.char_indices().rev().find(|(_, c)| "。！？；!?;\n".contains(*c))?;
    let end = at + sign.len_utf8();
    (end > text.len() / 2).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_sentences_and_overlap() {
        assert_eq!(pieces(""), [""]);
        assert_eq!(pieces("短。").len(), 1);
        let sentence = format!("{}。", "健康小屋".repeat(30));
        let text = sentence.repeat(60);
        let pieces = pieces(&text);
        assert!(pieces.len() > 2);
        for piece in &pieces {
            assert!(piece.chars().count() <= LONGEST_CHARS && piece.ends_with('。'));
        }
        for pair in pieces.windows(2) {
            let tail: String = pair[0].chars().skip(pair[0].chars().count() - OVERLAP_CHARS).collect();
            assert!(pair[1].starts_with(&tail));
        }
        let uncut: String = "字".repeat(6_000);
        assert!(super::pieces(&uncut).iter().all(|piece| piece.chars().count() <= LONGEST_CHARS));
    }

    #[test]
    fn only_details_whose_check_ran_count() {
        let read = |text: &str| verdict(serde_json::from_str(text).unwrap());
        let risky = Some(CheckVerdict { suggestion: Suggestion::Risky, label: 20_002, trace_id: None });
        for text in [
            r#"{"result":{"suggest":"risky","label":20002}}"#,
            r#"{"result":{"suggest":"risky","label":"20002"},"detail":[]}"#,
            r#"{"result":{"suggest":"pass","label":100},"detail":{"errcode":0,"suggest":"risky","label":20002}}"#,
        ] {
            assert_eq!(read(text), risky, "{text}");
        }
        let ignored = r#"{"result":{"suggest":"pass"},"detail":[{"errcode":-1,"suggest":"risky","label":1},{"suggest":"risky"}]}"#;
        let clean = CheckVerdict { suggestion: Suggestion::Pass, label: 100, trace_id: None };
        assert_eq!(read(ignored), Some(clean));
        assert_eq!(read(r#"{"result":{"suggest":"maybe"}}"#), None);
    }
}
