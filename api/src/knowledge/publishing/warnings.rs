//! What a worker should look at once more. Nothing here stops anybody.

use super::dto::DraftWarning;
use crate::knowledge::articles::content::Content;
use crate::moderation::WordList;

/// Warnings that are named; a text with more wants to be read as a whole.
const MOST_NAMED: usize = 20;

/// Lines with words of the local list, and pictures that residents would not see.
pub(super) fn of(content: &Content, words: &WordList) -> Vec<DraftWarning> {
    let text = content.plain_text();
    let mut warnings = Vec::new();
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
