//! Reads a place that somebody sends as a `GeoJSON` Feature (RFC 7946, section 3.2).
//!
//! The properties are those that reading a place shows, so what was read can be sent back. `region`,
//! `version` and `updated_at` are the server's and are passed over. What a client cannot know of when it
//! reads a place as GIS programs do (the entrances), and where the record comes from, stay as they are when
//! they are left out.

use geodata::Datum;
use geodata::import::{geometry_of, names_degrees};
use serde_json::{Map, Value};

use super::content::{Content, Place, WayIn, geometry_json};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::map::edit::COLUMN_PROPERTIES;

/// Characters of a name.
const LONGEST_NAME: usize = 100;
/// Characters of any other text that has a column of its own.
const LONGEST_TEXT: usize = 500;
/// Bytes of opening hours, as OpenStreetMap allows.
const LONGEST_HOURS: usize = 255;
const MOST_WORDS: usize = 100;
const MOST_ENTRANCES: usize = 200;
const MOST_PROPERTIES: usize = 200;
const LONGEST_PROPERTY_NAME: usize = 100;
const ENTRANCE_KINDS: [&str; 4] = ["main", "side", "accessible", "trailhead"];

/// What stands for what a body leaves out.
#[derive(Clone, Copy, Debug)]
pub(in crate::map) struct Defaults<'d> {
    /// The layer it must be for.
    pub(in crate::map) layer: &'d str,
    /// The region of a new place that names none.
    pub(in crate::map) region_code: Option<&'d str>,
}

/// Reads the text of a body.
///
/// # Errors
/// 400 where it is no JSON object, with the place.
pub(in crate::map) fn parse(body: &[u8]) -> ApiResult<Value> {
    let value: Value = serde_json::from_slice(body).map_err(|error| ApiError::BadRequest {
        code: "bad_json",
        detail: format!(
            "内容不是正确的 JSON（第 {} 行第 {} 列），请检查后重试。",
            error.line(),
            error.column()
        ),
        parameter: None,
    })?;
    if value.is_object() {
        return Ok(value);
    }
    Err(ApiError::BadRequest {
        code: "bad_json", detail: "内容应为一个 JSON 对象。".into(), parameter: None
    })
}

/// The id that a feature names, where it names one.
pub(in crate::map) fn id_of(feature: &Value) -> Option<String> {
    match feature.get("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(other) => Some(other.to_string()),
    }
}

/// Reads a feature onto the place that it is to replace, or as a new one.
///
/// # Errors
/// 422 with everything that is wrong.
pub(in crate::map) fn read(
    feature: &Value,
    base: Option<&Place>,
    defaults: Defaults<'_>,
) -> Result<Place, Vec<FieldError>> {
    let mut reader = Reader { errors: Vec::new() };
    if feature.get("type").and_then(Value::as_str) != Some("Feature") {
        reader.wrong("/type", "not_a_feature", "type 应为“Feature”（区分大小写）。");
    }
    if feature.get("crs").is_some_and(|crs| !names_degrees(crs)) {
        reader.wrong("/crs", "old_crs", "请删去 crs，坐标用 WGS-84 经纬度（RFC 7946）。");
    }
    let geometry = reader.geometry(feature.get("geometry"), base);
    let none = Map::new();
    let properties = match feature.get("properties") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(properties)) => properties,
        Some(_) => {
            reader.wrong("/properties", "wrong_type", "properties 应为对象或 null。");
            &none
        }
    };
    let content = reader.content(properties, base, defaults);
    match content {
        Some(content) if reader.errors.is_empty() => Ok(Place { content, geometry }),
        _ => Err(reader.errors),
    }
}

struct Reader {
    errors: Vec<FieldError>,
}

impl Reader {
    fn wrong(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            pointer: pointer.into(),
            code: code.to_owned(),
            message: message.into(),
        });
    }

    /// A shape that reads the same as the stored one is the stored one, whatever it is stored with more.
    fn geometry(&mut self, given: Option<&Value>, base: Option<&Place>) -> Option<geo::Geometry<f64>> {
        let given = given.filter(|given| !given.is_null())?;
        match geometry_of(given, Datum::Wgs84) {
            Ok(geometry) => {
                let known = base.and_then(|base| base.geometry.as_ref());
                let same = known.filter(|known| geometry_json(known) == geometry_json(&geometry));
                Some(same.cloned().unwrap_or(geometry))
            }
            Err(fault) => {
                self.wrong("/geometry", fault.code(), fault.to_string());
                None
            }
        }
    }

    fn content(
        &mut self,
        properties: &Map<String, Value>,
        base: Option<&Place>,
        defaults: Defaults<'_>,
    ) -> Option<Content> {
        let known = base.map(|base| &base.content);
        let layer = self.text(properties, "layer", LONGEST_TEXT);
        if layer.is_some_and(|layer| layer != defaults.layer) {
            self.wrong("/properties/layer", "another_layer", "地点不能换图层，请在另一个图层里新建。");
        }
        let name = self.text(properties, "name", LONGEST_NAME);
        if name.is_none() && !self.is_wrong("/properties/name") {
            self.wrong("/properties/name", "missing", "没有名称，请补上地点的名称。");
        }
        let region_code = self
            .text(properties, "region_code", LONGEST_TEXT)
            .or_else(|| known.map(|known| known.region_code.clone()))
            .or_else(|| defaults.region_code.map(str::to_owned));
        if region_code.is_none() && !self.is_wrong("/properties/region_code") {
            self.wrong("/properties/region_code", "missing", "请写明地点所在的区划代码（12 位）。");
        }
        let opening_hours = self.text(properties, "opening_hours", LONGEST_TEXT);
        if opening_hours.as_ref().is_some_and(|hours| hours.len() > LONGEST_HOURS) {
            self.wrong("/properties/opening_hours", "too_long", "开放时间太长，请写得简短一些。");
        }
        let source = self.text(properties, "source", LONGEST_TEXT);
        let demo = self.flag(properties, "demo");
        let content = Content {
            layer: defaults.layer.to_owned(),
            region_code: region_code.unwrap_or_default(),
            name: name.unwrap_or_default(),
            address: self.text(properties, "address", LONGEST_TEXT),
            phone: self.text(properties, "phone", LONGEST_TEXT),
            opening_hours,
            facilities: self.words(properties, "facilities"),
            entrances: match properties.get("entrances") {
                None => known.map(|known| known.entrances.clone()).unwrap_or_default(),
                Some(given) => self.entrances(given),
            },
            properties: self.others(properties, known),
            source: source
                .or_else(|| known.map(|known| known.source.clone()))
                .unwrap_or_else(|| EDITED_BY_STAFF.to_owned()),
            source_licence: self.text(properties, "source_licence", LONGEST_TEXT),
            demo: demo.or_else(|| known.map(|known| known.demo)).unwrap_or(false),
            photos: None,
        };
        self.errors.is_empty().then_some(content)
    }

    fn is_wrong(&self, pointer: &str) -> bool {
        self.errors.iter().any(|error| error.pointer == pointer)
    }

    fn text(&mut self, properties: &Map<String, Value>, name: &str, longest: usize) -> Option<String> {
        let pointer = || format!("/properties/{name}");
        match properties.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                let text = text.trim();
                if text.chars().count() > longest {
                    self.wrong(pointer(), "too_long", format!("最多 {longest} 个字，请写得短一些。"));
                }
                if text.contains('\0') {
                    self.wrong(pointer(), "bad_text", "文字里有不能保存的字符，请删去后重试。");
                }
                (!text.is_empty()).then(|| text.to_owned())
            }
            Some(_) => {
                self.wrong(pointer(), "wrong_type", "这里应填文字，或者用 null 表示没有。");
                None
            }
        }
    }

    fn flag(&mut self, properties: &Map<String, Value>, name: &str) -> Option<bool> {
        match properties.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(*flag),
            // GIS programs that know no truth values write 0 and 1.
            Some(Value::Number(number)) if number.as_u64().is_some_and(|number| number < 2) => {
                Some(number.as_u64() == Some(1))
            }
            Some(_) => {
                self.wrong(format!("/properties/{name}"), "wrong_type", "这里应填 true 或 false。");
                None
            }
        }
    }

    fn words(&mut self, properties: &Map<String, Value>, name: &str) -> Vec<String> {
        let words = match properties.get(name) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(words)) if words.len() <= MOST_WORDS => words,
            Some(_) => {
                let message = format!("这里应填最多 {MOST_WORDS} 个词的数组。");
                self.wrong(format!("/properties/{name}"), "wrong_type", message);
                return Vec::new();
            }
        };
        let mut read = Vec::with_capacity(words.len());
        for (place, word) in words.iter().enumerate() {
            match word.as_str() {
                Some(word) if (1..=LONGEST_NAME).contains(&word.chars().count()) && !word.contains('\0') => {
                    read.push(word.to_owned());
                }
                _ => {
                    let message = format!("每一项应是 1 到 {LONGEST_NAME} 个字。");
                    self.wrong(format!("/properties/{name}/{place}"), "wrong_type", message);
                }
            }
        }
        read
    }

    fn entrances(&mut self, given: &Value) -> Vec<WayIn> {
        let read = match given {
            Value::Null => return Vec::new(),
            Value::Array(items) if items.len() <= MOST_ENTRANCES => {
                items.iter().map(entrance).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        read.unwrap_or_else(|| {
            let kinds = ENTRANCE_KINDS.join("、");
            let message = format!("出入口应是 {{name, kind, lon, lat}} 的数组，kind 可用：{kinds}。");
            self.wrong("/properties/entrances", "wrong_type", message);
            Vec::new()
        })
    }

    /// What has no column. `null` says the same as leaving out, so GIS programs, which write every field of a
    /// layer for each of its places, change nothing.
    fn others(&mut self, properties: &Map<String, Value>, known: Option<&Content>) -> Map<String, Value> {
        let others = properties.iter().filter(|(name, _)| !COLUMN_PROPERTIES.contains(&name.as_str()));
        let mut read = Map::new();
        for (name, value) in others {
            let was_null = || known.is_some_and(|known| known.properties.get(name) == Some(&Value::Null));
            if value.is_null() && !was_null() {
                continue;
            }
            if !(1..=LONGEST_PROPERTY_NAME).contains(&name.chars().count()) || has_nul(name, value) {
                let message = format!("属性的名称应是 1 到 {LONGEST_PROPERTY_NAME} 个字。");
                self.wrong("/properties", "bad_property", message);
                continue;
            }
            read.insert(name.clone(), value.clone());
        }
        if read.len() > MOST_PROPERTIES {
            let message = format!("其他属性最多 {MOST_PROPERTIES} 个，请删去不用的。");
            self.wrong("/properties", "too_many", message);
        }
        read
    }
}

/// What the source of a place is called that staff drew themselves.
const EDITED_BY_STAFF: &str = "工作人员绘制";

/// PostgreSQL keeps no text with the character U+0000.
fn has_nul(name: &str, value: &Value) -> bool {
    name.contains('\0') || value.to_string().contains("\\u0000")
}

fn entrance(given: &Value) -> Option<WayIn> {
    let number = |name: &str| given.get(name).and_then(Value::as_f64);
    let name = match given.get("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if name.chars().count() <= LONGEST_NAME && !name.contains('\0') => {
            Some(name.trim().to_owned()).filter(|name| !name.is_empty())
        }
        Some(_) => return None,
    };
    let kind = given.get("kind").and_then(Value::as_str)?;
    let at = geodata::Wgs84::new(number("lon")?, number("lat")?).ok()?;
    ENTRANCE_KINDS.contains(&kind).then(|| WayIn { name, kind: kind.to_owned(), lon: at.lon, lat: at.lat })
}

/// Applies a merge patch (RFC 7396, section 2).
pub(in crate::map) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const PARK: Defaults<'static> = Defaults { layer: "park", region_code: Some("440307009001") };

    fn point(properties: &Value) -> Value {
        json!({
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [114.41, 22.63]},
            "properties": properties,
        })
    }

    #[test]
    fn what_was_read_can_be_sent_back() {
        let feature = point(&json!({
            "name": "土洋公园", "phone": "0755-84206000", "facilities": ["饮水点"], "area_ha": 1.5,
            "entrances": [{"name": null, "kind": "main", "lon": 114.41, "lat": 22.63}],
            "region": "给人看的", "version": 7, "updated_at": "2026-11-25T02:00:00Z", "unset": null,
        }));
        let place = read(&feature, None, PARK).unwrap();
        assert_eq!(place.content.properties, Map::from_iter([("area_ha".to_owned(), json!(1.5))]));
        assert_eq!(read(&place.as_feature(Some(7)), Some(&place), PARK).unwrap(), place);
        let without_entrances = point(&json!({"name": "土洋公园"}));
        let kept = read(&without_entrances, Some(&place), PARK).unwrap();
        assert_eq!(kept.content.entrances, place.content.entrances);
        assert_eq!(kept.content.phone, None);
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_place() {
        let feature = json!({
            "type": "feature",
            "geometry": {"type": "Point", "coordinates": [22.63, 114.41]},
            "properties": {"layer": "clinic", "phone": 110, "facilities": ["", 1], "demo": "是", "entrances": [{}]},
        });
        let errors = read(&feature, None, PARK).unwrap_err();
        let told: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code.as_str())).collect();
        for expected in [
            ("/type", "not_a_feature"),
            ("/geometry", "axes_swapped"),
            ("/properties/layer", "another_layer"),
            ("/properties/name", "missing"),
            ("/properties/phone", "wrong_type"),
            ("/properties/facilities/0", "wrong_type"),
            ("/properties/facilities/1", "wrong_type"),
            ("/properties/demo", "wrong_type"),
            ("/properties/entrances", "wrong_type"),
        ] {
            assert!(told.contains(&expected), "{expected:?} is missing in {told:?}");
        }
    }

    #[test]
    fn merge_patches_are_those_of_the_standard() {
        // RFC 7396, appendix A.
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut merged = target;
            merge(&mut merged, &patch);
            assert_eq!(merged, result);
        }
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange_to_be_judged(text in "[{}\\[\\]\":,a-z0-9. ]{0,80}") {
            if let Ok(value) = parse(text.as_bytes()) {
                let _ = read(&value, None, PARK);
            }
        }
    }
}
