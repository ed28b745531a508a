//! What a worker should look at once more. Nothing here stops anybody.

use super::dto::{ArticleDraftDetail, DraftWarning};
use crate::knowledge::articles::content::{BodyFormat, BodySource, Content};
use crate::moderation::WordList;

/// Warnings that are named; a text with more wants to be read as a whole.
const MOST_NAMED: usize = 20;

/// What is struck out, and lines with words of the local list.
pub(super) fn of(content: &Content, words: &WordList) -> Vec<DraftWarning> {
    let text = content.plain_text();
    let mut warnings: Vec<DraftWarning> = struck_out(&content.body).into_iter().collect();
    for line in text.lines() {
        for category in words.categories_in(line) {
            warnings.push(DraftWarning {
                code: "sensitive_word".to_owned(),
                message: format!("这一行可能有敏感词（{}），请核对：{line}", title(&category)),
            });
        }
    }
    if content.reviewed_on.is_some() && content.source_edition.is_none() && content.health_claims {
        warnings.push(DraftWarning {
            code: "no_edition".to_owned(),
            message: "没有填写依据的版本年份，读者不知道是哪一版。".to_owned(),
        });
    }
    warnings.truncate(MOST_NAMED);
    warnings
}

/// Adds what is only seen in the text as it was entered: HTML is kept without what was struck out.
pub(super) fn with_entered(mut detail: ArticleDraftDetail, entered: &BodySource) -> ArticleDraftDetail {
    if entered.format == BodyFormat::Html
        && let Some(warning) = struck_out(entered)
    {
        detail.warnings.insert(0, warning);
        detail.warnings.truncate(MOST_NAMED);
    }
    detail
}

/// Says that residents are not shown what is struck out, so that nobody counts on it.
fn struck_out(body: &BodySource) -> Option<DraftWarning> {
    let message = match body.format {
        BodyFormat::Html => "去掉了划掉的文字；如果还要用，请重新写上，不要加删除线。",
        BodyFormat::Markdown => "划掉的文字不会给居民看；如果还要用，请去掉删除线。",
    };
    let warning = DraftWarning { code: "struck_out".to_owned(), message: message.to_owned() };
    body.is_partly_struck().then_some(warning)
}

fn title(category: &str) -> &str {
    match category {
        "gambling" => "赌博",
        "pornography" => "色情",
        "fraud" => "诈骗",
        "drugs" => "毒品",
        "weapons" => "枪支武器",
        "advertising" => "广告",
        "false_cure" => "虚假疗效",
        "abuse" => "辱骂",
        other => other,
    }
}
