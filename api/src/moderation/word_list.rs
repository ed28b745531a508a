//! The local list of words: found without asking anybody, and the only check for whoever WeChat does not
//! know.

use std::collections::BTreeSet;
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context;

use super::plain_form::plain_form;

/// What is to be done with a text that holds a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// A person looks at it.
    Review,
    /// It is refused.
    Reject,
}

/// The worst word of a text: its group, never the word itself, which could be part of what somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Such as `gambling`.
    pub(super) category: String,
    /// What is to be done.
    pub(super) severity: Severity,
}

/// Words in groups.
#[derive(Debug)]
pub struct WordList {
    automaton: AhoCorasick,
    /// Group of each word, in the order of the automaton's patterns.
    groups: Vec<Finding>,
}

const BUILT_IN: &str = include_str!("words.txt");

impl WordList {
    /// The list that comes with the server, and the words of a file of the office's own.
    ///
    /// # Errors
    /// When the file cannot be read, with the line that is wrong.
    pub fn load(own: Option<&Path>) -> anyhow::Result<Self> {
        let mut words = parse(BUILT_IN)?;
        if let Some(path) = own {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("KANGTU_WORD_LIST: {} cannot be read", path.display()))?;
            let own = parse(&text).with_context(|| format!("KANGTU_WORD_LIST: {}", path.display()))?;
            words.extend(own);
        }
        let (patterns, groups): (Vec<String>, Vec<Finding>) = words.into_iter().unzip();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns)?;
        Ok(Self { automaton, groups })
    }

    /// The worst word in a text, if there is one.
    pub(super) fn find(&self, text: &str) -> Option<Finding> {
        let plain = plain_form(text);
        let found = self.automaton.find_overlapping_iter(&plain);
        found
            .filter_map(|word| self.groups.get(word.pattern().as_usize()))
            .max_by_key(|group| group.severity)
            .cloned()
    }

    /// The groups of all words in a text, for staff who look over what the office itself is about to publish.
    pub fn categories_in(&self, text: &str) -> BTreeSet<String> {
        let plain = plain_form(text);
        let found = self.automaton.find_overlapping_iter(&plain);
        found
            .filter_map(|word| self.groups.get(word.pattern().as_usize()))
            .map(|group| group.category.clone())
            .collect()
    }
}

fn parse(text: &str) -> anyhow::Result<Vec<(String, Finding)>> {
    let mut group: Option<Finding> = None;
    let mut words = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{FEFF}').lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            group = Some(read_heading(heading).with_context(|| {
                format!("line {number}: a heading is [category reject] or [category review]")
            })?);
            continue;
        }
        let group = group
            .clone()
            .with_context(|| format!("line {number}: a word stands before the first heading"))?;
        let word = plain_form(line);
        anyhow::ensure!(
            word.chars().count() >= 2,
            "line {number}: a word needs at least two characters, or every text would be refused"
        );
        words.push((word, group));
    }
    Ok(words)
}

fn read_heading(heading: &str) -> Option<Finding> {
    let (category, severity) = heading.strip_suffix(']')?.trim().split_once(' ')?;
    let severity = match severity.trim() {
        "reject" => Severity::Reject,
        "review" => Severity::Review,
        _ => return None,
    };
    let is_word = category.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (is_word && category.len() <= 40).then(|| Finding { category: category.to_owned(), severity })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, Severity)> {
        WordList::load(None).unwrap().find(text).map(|finding| (finding.category, finding.severity))
    }

    #[test]
    fn words_are_found_however_they_are_dressed_up() {
        let gambling = Some(("gambling".to_owned(), Severity::Reject));
        for text in
            ["六合彩", "快来 六 合 彩 ！", "六\u{200B}合\u{FEFF}彩", "六-合*彩", "百家樂", "（百家乐）"]
        {
            assert_eq!(found(text), gambling, "{text}");
        }
        for text in ["加Ｖ信", "加 v 信", "加V.信"] {
            assert_eq!(found(text), Some(("advertising".to_owned(), Severity::Review)), "{text}");
        }
    }

    #[test]
    fn what_residents_usually_write_is_not_found() {
        for text in [
            "",
            "王阿姨",
            "血压 135/85，早上量的",
            "讲座几点开始？能带家属吗",
            "孙子一起来，请留两个位置",
            "多谢医生，降压药按时吃",
            "Li Wei",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn the_worst_word_counts() {
        let both = "加微信，在线赌博";
        assert_eq!(found(both), Some(("gambling".to_owned(), Severity::Reject)));
    }

    #[test]
    fn an_office_adds_words_and_mistakes_in_its_file_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.txt");
        std::fs::write(&path, "\u{FEFF}# ours\n[local review]\n葵涌特产\n").unwrap();
        let list = WordList::load(Some(&path)).unwrap();
        assert_eq!(list.find("买葵涌 特产").unwrap().category, "local");
        for (text, line) in [
            ("葵涌特产\n", "line 1"),
            ("[local]\n葵涌\n", "line 1"),
            ("[local maybe]\n", "line 1"),
            ("[Local review]\n", "line 1"),
            ("[local review]\n\n的\n", "line 3"),
            ("[local review]\n...\n", "line 2"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", WordList::load(Some(&path)).unwrap_err());
            assert!(error.contains("KANGTU_WORD_LIST") && error.contains(line), "{error}");
        }
        assert!(WordList::load(Some(&folder.path().join("missing.txt"))).is_err());
    }
}
