//! What the styles of a document mean.

use std::collections::BTreeMap;

use super::super::source::Refusal;
use super::{Step, attribute, walk};

/// What a style means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Title,
    /// 1 is the highest.
    Heading(u32),
}

/// Styles by id. Word writes their English names whatever language it speaks; WPS and others Chinese ones.
pub(super) fn styles(xml: &str) -> Result<BTreeMap<String, Meaning>, Refusal> {
    let (mut meanings, mut id) = (BTreeMap::new(), None);
    walk(xml, |step| {
        if let Step::Open(element) = step {
            match element.local_name().into_inner() {
                "style" => id = attribute(element, "styleId"),
                "name" => {
                    let meaning = attribute(element, "val").and_then(|name| meaning_of(&name));
                    if let Some((id, meaning)) = id.clone().zip(meaning) {
                        meanings.insert(id, meaning);
                    }
                }
                "outlineLvl" => {
                    let level = attribute(element, "val").and_then(|level| level.parse::<u32>().ok());
                    if let Some((id, level)) = id.clone().zip(level.filter(|level| *level < 9)) {
                        meanings.entry(id).or_insert(Meaning::Heading(level + 1));
                    }
                }
                _ => {}
            }
        }
    })?;
    Ok(meanings)
}

fn meaning_of(name: &str) -> Option<Meaning> {
    let name = name.trim().to_lowercase();
    if matches!(name.as_str(), "title" | "标题" | "文章标题") {
        return Some(Meaning::Title);
    }
    let level = name.strip_prefix("heading").or_else(|| name.strip_prefix("标题"))?;
    level.trim().parse().ok().filter(|level| (1..=9).contains(level)).map(Meaning::Heading)
}
