//! Attributes that a style needs, taken from the properties of a place without parsing all of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::snapshot::LayerSnapshot;

/// What a style can show or tell apart beside the name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes<'f> {
    pub(super) region_code: Option<Cow<'f, str>>,
    pub(super) region: Option<Cow<'f, str>>,
    pub(super) demo: bool,
}

/// Members that are looked for.
const WANTED: usize = 3;

impl<'f> Attributes<'f> {
    /// Reads them from a JSON object. What is not as expected is left out.
    pub(super) fn of(json: &'f str) -> Self {
        let mut attributes = Self::default();
        let mut found = 0;
        for (name, value) in Members::of(json) {
            found += 1;
            match name {
                "region_code" => attributes.region_code = text(value),
                "region" => attributes.region = text(value),
                "demo" => attributes.demo = value == "true",
                _ => found -= 1,
            }
            if found == WANTED {
                break;
            }
        }
        attributes
    }
}

/// The licences that the places of some layers came under, each once, in alphabetical order. It looks at every
/// place.
pub fn licences(layers: &[&LayerSnapshot]) -> Vec<String> {
    let features = layers.iter().flat_map(|layer| layer.placed());
    let named = features.filter_map(|feature| {
        Members::of(feature.properties()).find(|&(name, _)| name == "source_licence").map(|(_, value)| value)
    });
    let distinct: BTreeSet<&str> = named.collect();
    distinct.into_iter().filter_map(text).map(Cow::into_owned).collect()
}

fn text(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(value).ok().map(Cow::Owned) } else { Some(inner.into()) }
}

/// The members of a JSON object: names as they are written, values as text.
struct Members<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Members<'j> {
    fn of(json: &'j str) -> Self {
        Self { json, at: json.find('{').map_or(json.len(), |brace| brace + 1) }
    }

    /// End of the string that begins at this quote.
    fn string_end(&self, quote: usize) -> Option<usize> {
        let mut escaped = false;
        let bytes = self.json.as_bytes().get(quote + 1..)?;
        let inner = bytes.iter().position(|&byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        Some(quote + 1 + inner + 1)
    }

    /// End of the value that begins here: the next comma or brace that is not within it.
    fn value_end(&self, start: usize) -> Option<usize> {
        let bytes = self.json.as_bytes();
        let (mut at, mut depth) = (start, 0_usize);
        loop {
            match bytes.get(at)? {
                b'"' => {
                    at = self.string_end(at)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b',' | b'}' | b']' if depth == 0 => return Some(at),
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'j> Iterator for Members<'j> {
    type Item = (&'j str, &'j str);

    fn next(&mut self) -> Option<Self::Item> {
        let quote = self.at + self.json.get(self.at..)?.find('"')?;
        let name_end = self.string_end(quote)?;
        let name = self.json.get(quote + 1..name_end - 1)?;
        let colon = name_end + self.json.get(name_end..)?.find(':')?;
        let end = self.value_end(colon + 1)?;
        self.at = end;
        Some((name, self.json.get(colon + 1..end)?.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_are_found_wherever_they_stand() {
        let json = r#"{"name":"a \"region\":\"b\"","x":{"region":"c","y":[1,{"region":"d"}]}, "region" : "葵涌\u8857道","demo":true,"region_code":"440307009"}"#;
        let found = Attributes::of(json);
        assert_eq!(found.region.as_deref(), Some("葵涌街道"));
        assert_eq!(found.region_code.as_deref(), Some("440307009"));
        assert!(found.demo);
        for nothing in
            ["{}", "", "[]", "{\"region\":null}", "{\"region\":", "{\"region\":\"a", "{\"demo\":false}"]
        {
            assert_eq!(Attributes::of(nothing), Attributes::default(), "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(json in "[{}\\[\\]\",:\\\\a葵]{0,40}") {
            let _ = Attributes::of(&json);
        }

        #[test]
        fn it_finds_what_a_parser_finds(region in ".{0,12}", other in ".{0,12}", demo: bool) {
            let value = serde_json::json!({
                "name": other, "region": region, "other": [other, {"region": 1}], "demo": demo,
            });
            let text = value.to_string();
            let found = Attributes::of(&text);
            prop_assert_eq!(found.region.as_deref(), Some(region.as_str()));
            prop_assert_eq!(found.demo, demo);
        }
    }
}
