//! How the lists of a document are counted (`numbering.xml`).

use std::collections::BTreeMap;

use quick_xml::events::BytesStart;

use super::super::source::Refusal;
use super::{Step, attribute, walk};

/// How the items of a list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbering {
    /// Whether they have numbers and not only dots.
    pub(super) has_numbers: bool,
    /// Number of the first one, where it is said.
    pub(super) first: Option<u32>,
}

/// How lists are counted, by the id that paragraphs name. Of several levels the outermost counts.
pub(super) fn numbering(xml: &str) -> Result<BTreeMap<String, Numbering>, Refusal> {
    let mut kinds: BTreeMap<String, (Option<bool>, Option<u32>)> = BTreeMap::new();
    let mut overrides: BTreeMap<String, u32> = BTreeMap::new();
    let mut lists = BTreeMap::new();
    let (mut abstract_id, mut list_id) = (None, None);
    walk(xml, |step| {
        if let Step::Open(element) = step {
            match element.local_name().into_inner() {
                "abstractNum" => abstract_id = attribute(element, "abstractNumId"),
                "numFmt" => {
                    if let Some(id) = abstract_id.clone() {
                        let has_numbers = attribute(element, "val").is_some_and(|format| format != "bullet");
                        kinds.entry(id).or_default().0.get_or_insert(has_numbers);
                    }
                }
                "start" => {
                    if let Some((id, first)) = abstract_id.clone().zip(number(element)) {
                        kinds.entry(id).or_default().1.get_or_insert(first);
                    }
                }
                "startOverride" => {
                    if let Some((id, first)) = list_id.clone().zip(number(element)) {
                        overrides.entry(id).or_insert(first);
                    }
                }
                "num" => list_id = attribute(element, "numId"),
                "abstractNumId" => {
                    if let Some((list, kind)) = list_id.clone().zip(attribute(element, "val")) {
                        lists.insert(list, kind);
                    }
                }
                _ => {}
            }
        }
    })?;
    let told = |(list, kind): (String, String)| {
        let (has_numbers, first) = kinds.get(&kind).copied().unwrap_or_default();
        let first = overrides.get(&list).copied().or(first);
        (list, Numbering { has_numbers: has_numbers.unwrap_or(false), first })
    };
    Ok(lists.into_iter().map(told).collect())
}

fn number(element: &BytesStart<'_>) -> Option<u32> {
    attribute(element, "val")?.parse().ok()
}
