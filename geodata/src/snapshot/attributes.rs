//! Attributes that a style needs. Every tile tells them, so they are looked for once, when the place is made.

use std::borrow::Cow;
use std::ops::Range;

use super::members::{Members, text};

/// What a style can show or tell apart beside the name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes<'f> {
    pub(crate) region_code: Option<Cow<'f, str>>,
    pub(crate) region: Option<Cow<'f, str>>,
    pub(crate) demo: bool,
}

/// Where the attributes stand in the properties.
#[derive(Debug, Default)]
pub(super) struct AttributePlaces {
    region_code: Place,
    region: Place,
    demo: bool,
}

/// A value as it is written; empty where there is none.
type Place = Range<u32>;

/// Members that are looked for.
const WANTED: usize = 3;

impl AttributePlaces {
    /// Looks for them in a JSON object.
    pub(super) fn of(json: &str) -> Self {
        let place = |value: &str| {
            let start = u32::try_from(value.as_ptr().addr() - json.as_ptr().addr()).unwrap_or(0);
            start..start.saturating_add(u32::try_from(value.len()).unwrap_or(0))
        };
        let mut places = Self::default();
        let mut found = 0;
        for (name, value) in Members::of(json) {
            found += 1;
            match name {
                "region_code" => places.region_code = place(value),
                "region" => places.region = place(value),
                "demo" => places.demo = value == "true",
                _ => found -= 1,
            }
            if found == WANTED {
                break;
            }
        }
        places
    }

    /// Reads them from the object they were found in. What is not as expected is left out.
    pub(super) fn read<'f>(&self, json: &'f str) -> Attributes<'f> {
        let value = |place: &Place| text(json.get(place.start as usize..place.end as usize)?);
        Attributes { region_code: value(&self.region_code), region: value(&self.region), demo: self.demo }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attributes(json: &str) -> Attributes<'_> {
        AttributePlaces::of(json).read(json)
    }

    #[test]
    fn members_are_found_wherever_they_stand() {
        let json = r#"{"name":"a \"region\":\"b\"","x":{"region":"c","y":[1,{"region":"d"}]}, "region" : "葵涌\u8857道","demo":true,"region_code":"440307009"}"#;
        let found = attributes(json);
        assert_eq!(found.region.as_deref(), Some("葵涌街道"));
        assert_eq!(found.region_code.as_deref(), Some("440307009"));
        assert!(found.demo);
        for nothing in
            ["{}", "", "[]", "{\"region\":null}", "{\"region\":", "{\"region\":\"a", "{\"demo\":false}"]
        {
            assert_eq!(attributes(nothing), Attributes::default(), "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(json in "[{}\\[\\]\",:\\\\a葵]{0,40}") {
            let _ = attributes(&json);
        }

        #[test]
        fn it_finds_what_a_parser_finds(region in ".{0,12}", other in ".{0,12}", demo: bool) {
            let value = serde_json::json!({
                "name": other, "region": region, "other": [other, {"region": 1}], "demo": demo,
            });
            let text = value.to_string();
            let found = attributes(&text);
            prop_assert_eq!(found.region.as_deref(), Some(region.as_str()));
            prop_assert_eq!(found.demo, demo);
        }
    }
}
