//! Files of many places as they are exported here and as GIS programs write them, to `GeoJSON` features.
//!
//! Programs that copy a layer number its rows anew, wrap single shapes, write lists as text and truth values as
//! numbers, and repeat every column for every row. None of that is a change: a value that reads the same as what is
//! known of the place is what is known of it.

use geo::Geometry;
use geodata::geometry::write_geometry;
use geodata::import::{ExportedRow, ImportError, Record, exported_rows, names_degrees, read_wkt};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::body;
use super::content::{Place, geometry_json};
use crate::error::{ApiError, ApiResult};
use crate::map::import;

/// Places of one file.
const MOST_FEATURES: usize = 20_000;
/// `SQLite` files begin so.
const SQLITE_MARK: &[u8] = b"SQLite format 3\0";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Begins each text of a sequence (RFC 8142, section 2.1). Many programs write a text in each line without it.
const RECORD_SEPARATOR: u8 = 0x1E;
/// More decimals than are stored, so that nothing is rounded twice.
const DECIMALS: u8 = 9;
/// Columns with the number that a program gave the row.
const ROW_NUMBERS: [&str; 2] = ["fid", "ogc_fid"];
/// Where the marker stands by its own columns of a table, beside the whole shape.
const MARKER: &str = "kangtu_marker";
/// Degrees of less than a centimetre.
const SAME_DEG: f64 = 5.1e-8;

#[derive(Deserialize)]
struct Envelope<'t> {
    r#type: Option<Value>,
    crs: Option<Value>,
    #[serde(borrow)]
    features: Option<Vec<&'t RawValue>>,
}

/// Reads a feature collection, a sequence of features, a `GeoPackage` or an exported CSV table. Of a `GeoPackage`
/// with several layers the one with this name is read.
///
/// # Errors
/// 400 with what is wrong and where.
pub(super) async fn read(file: &[u8], layer: Option<&str>) -> ApiResult<Vec<Value>> {
    if file.starts_with(SQLITE_MARK) {
        let records = import::geopackage_records(file, layer).await.map_err(unreadable_file)?;
        check_count(records.len())?;
        return records.into_iter().map(feature_of_record).map(|feature| feature.map(settled)).collect();
    }
    let text = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let features = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(&RECORD_SEPARATOR) => sequence(text, RECORD_SEPARATOR)?,
        Some(b'{' | b'[') if is_line_of_many(text) => sequence(text, b'\n')?,
        Some(b'{' | b'[') | None => collection(text)?,
        Some(b'<') => return Err(unknown_format()),
        Some(_) if is_text(text) => table(file)?,
        Some(_) => return Err(unknown_format()),
    };
    Ok(features.into_iter().map(settled).collect())
}

fn unknown_format() -> ApiError {
    ApiError::BadRequest {
        code: "unknown_format",
        detail: "请发送 GeoJSON、GeoJSON 序列、GeoPackage 或从这里导出的 CSV；其他格式请先在 QGIS 里另存为 GeoPackage。"
            .into(),
        parameter: None,
    }
}

fn unreadable_file(error: ImportError) -> ApiError {
    let detail = match error {
        ImportError::SeveralLayers { available } => {
            format!("文件里有几个图层，请用参数 layer 指定其中一个：{available}。")
        }
        other => format!("{other}。"),
    };
    ApiError::BadRequest { code: "unreadable_file", detail, parameter: None }
}

fn check_count(count: usize) -> ApiResult<()> {
    if count <= MOST_FEATURES {
        return Ok(());
    }
    Err(ApiError::BadRequest {
        code: "too_many_features",
        detail: format!("一次最多 {MOST_FEATURES} 个地点，请分成几个文件。"),
        parameter: None,
    })
}

fn bad_json(error: &serde_json::Error, first_line: usize) -> ApiError {
    ApiError::BadRequest {
        code: "bad_json",
        detail: format!(
            "文件不是正确的 GeoJSON（第 {} 行第 {} 列），请检查后重试。",
            first_line + error.line(),
            error.column()
        ),
        parameter: None,
    }
}

fn collection(text: &[u8]) -> ApiResult<Vec<Value>> {
    let envelope: Envelope<'_> = serde_json::from_slice(text).map_err(|error| bad_json(&error, 0))?;
    let is_collection = envelope.r#type.as_ref().and_then(Value::as_str) == Some("FeatureCollection");
    let features = envelope.features.filter(|_| is_collection).ok_or_else(|| ApiError::BadRequest {
        code: "not_a_collection",
        detail: "文件应是 GeoJSON 的 FeatureCollection，也就是从图层导出的样子。".into(),
        parameter: None,
    })?;
    if envelope.crs.is_some_and(|crs| !names_degrees(&crs)) {
        return Err(ApiError::BadRequest {
            code: "old_crs",
            detail: "坐标请用 WGS-84 经纬度（RFC 7946）：用 ogr2ogr -t_srs EPSG:4326 转换后再发送。".into(),
            parameter: None,
        });
    }
    check_count(features.len())?;
    features
        .into_iter()
        .map(|raw| serde_json::from_str(raw.get()).map_err(|error| bad_json(&error, 0)))
        .collect()
}

/// Whether the first line is a feature and more follows.
fn is_line_of_many(text: &[u8]) -> bool {
    let Some(end) = text.iter().position(|byte| *byte == b'\n') else { return false };
    let (first, rest) = text.split_at(end);
    let is_feature = serde_json::from_slice::<Envelope<'_>>(first)
        .is_ok_and(|read| read.r#type.as_ref().and_then(Value::as_str) == Some("Feature"));
    is_feature && !rest.trim_ascii().is_empty()
}

fn sequence(text: &[u8], separator: u8) -> ApiResult<Vec<Value>> {
    let (mut features, mut line) = (Vec::new(), 0);
    for piece in text.split(|byte| *byte == separator) {
        if !piece.trim_ascii().is_empty() {
            check_count(features.len() + 1)?;
            features.push(serde_json::from_slice(piece).map_err(|error| bad_json(&error, line))?);
        }
        line += piece.split(|byte| *byte == b'\n').skip(1).count() + usize::from(separator == b'\n');
    }
    Ok(features)
}

fn feature_of_record(record: Record) -> ApiResult<Value> {
    if let Some(fault) = record.faults.first() {
        return Err(ApiError::BadRequest {
            code: "unreadable_file",
            detail: format!("第 {} 行：{fault}。", record.number),
            parameter: None,
        });
    }
    let geometry = record.geometry.as_ref().map(exact_json);
    let properties = Value::Object(record.properties);
    Ok(json!({"type": "Feature", "geometry": geometry, "properties": properties}))
}

fn exact_json(geometry: &Geometry<f64>) -> Value {
    let mut text = Vec::new();
    write_geometry(geometry, DECIMALS, &mut text);
    serde_json::from_slice(&text).unwrap_or_default()
}

fn is_text(text: &[u8]) -> bool {
    !text.iter().take(4_096).any(|byte| *byte == 0)
}

/// A table as it is exported, with Chinese headings and a column of shapes.
fn table(file: &[u8]) -> ApiResult<Vec<Value>> {
    let rows = exported_rows(file).map_err(unreadable_file)?;
    let is_exported = |row: &ExportedRow| row.cells.contains_key("name");
    if !rows.iter().all(is_exported) {
        return Err(unknown_format());
    }
    check_count(rows.len())?;
    rows.into_iter().map(feature_of_row).collect()
}

fn feature_of_row(row: ExportedRow) -> ApiResult<Value> {
    let ExportedRow { number, cells, shape, marker } = row;
    let mut feature = json!({"type": "Feature", "geometry": null});
    if let Some(text) = shape {
        let geometry = read_wkt(&text).map_err(|error| ApiError::BadRequest {
            code: "unreadable_file",
            detail: format!("第 {number} 行：WKT 无法读取，{error}。"),
            parameter: None,
        })?;
        insert(&mut feature, "geometry", exact_json(&geometry));
    } else if let Some([lon, lat]) = marker {
        insert(&mut feature, "geometry", json!({"type": "Point", "coordinates": [lon, lat]}));
    }
    if let Some(marker) = marker {
        insert(&mut feature, MARKER, json!(marker));
    }
    let written = |text: String| if text.is_empty() { Value::Null } else { Value::String(text) };
    let properties = cells.into_iter().map(|(name, text)| (name, written(text))).collect();
    insert(&mut feature, "properties", Value::Object(properties));
    Ok(feature)
}

fn insert(feature: &mut Value, name: &str, value: Value) {
    if let Some(members) = feature.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The feature with its number where `GeoJSON` has it. Files of GIS programs have it among the properties only.
fn settled(mut feature: Value) -> Value {
    let named = body::id_of(&feature);
    let Some(properties) = feature.get_mut("properties").and_then(Value::as_object_mut) else {
        return feature;
    };
    let Some(given) = properties.get("id").and_then(number_text) else { return feature };
    match named {
        Some(named) if named != given => {}
        Some(_) => _ = properties.remove("id"),
        None => {
            properties.remove("id");
            insert(&mut feature, "id", given.into());
        }
    }
    feature
}

/// A whole number however it is written, or a text.
fn number_text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(match number.as_f64().filter(|number| number.fract() == 0.0) {
            Some(whole) => format!("{whole:.0}"),
            None => number.to_string(),
        }),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// The version that a feature says it was made on.
pub(super) fn version_of(feature: &Value) -> Option<i64> {
    number_text(feature.pointer("/properties/version")?)?.parse().ok()
}

/// A feature of a new place without what only files have.
pub(super) fn of_new_place(feature: &Value) -> Value {
    let mut feature = feature.clone();
    if let Some(members) = feature.as_object_mut() {
        members.remove(MARKER);
    }
    if let Some(properties) = feature.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !ROW_NUMBERS.contains(&name.as_str()));
        // What a new place has no known value for is read as that of any place.
        let kinds = [("facilities", json!([])), ("entrances", json!([])), ("demo", json!(false))];
        for (name, kind) in kinds {
            if let Some(text) = properties.get(name).filter(|value| value.is_string()) {
                let value = fitted_value(text.clone(), &kind);
                properties.insert(name.to_owned(), value);
            }
        }
    }
    feature
}

/// A feature in the form in which the place is known, where it says the same.
pub(super) fn fitted(feature: &Value, place: &Place) -> Value {
    let mut feature = feature.clone();
    let known = place.as_feature(None);
    let known = known.get("properties").and_then(Value::as_object);
    if let Some((known, properties)) = known.zip(feature.get_mut("properties").and_then(Value::as_object_mut))
    {
        *properties = fitted_properties(std::mem::take(properties), known);
    }
    let marker = feature.as_object_mut().and_then(|members| members.remove(MARKER));
    if let Some(shape) = place.geometry.as_ref()
        && let Some(given) = feature.get("geometry")
    {
        let mut fitting = unwrapped(given, shape).unwrap_or_else(|| given.clone());
        if let Some(moved) = moved(&fitting, marker.as_ref(), shape) {
            fitting = moved;
        }
        insert(&mut feature, "geometry", fitting);
    }
    feature
}

fn fitted_properties(given: Map<String, Value>, known: &Map<String, Value>) -> Map<String, Value> {
    let mut fitted = Map::new();
    for (name, value) in given {
        if !known.contains_key(&name) && ROW_NUMBERS.contains(&name.as_str()) {
            continue;
        }
        // Columns of databases do not differ by upper and lower case alone; the export says so with a mark.
        let plain = name.trim_end_matches('_');
        let name = if !known.contains_key(&name) && known.contains_key(plain) && !fitted.contains_key(plain) {
            plain.to_owned()
        } else {
            name
        };
        let value = match known.get(&name) {
            Some(known) => fitted_value(value, known),
            None => value,
        };
        fitted.insert(name, value);
    }
    // Tables cannot tell an empty text from none.
    for (name, value) in known.iter().filter(|(_, value)| value.is_null() || value.as_str() == Some("")) {
        if fitted.get(name).is_none_or(Value::is_null) {
            fitted.insert(name.clone(), value.clone());
        }
    }
    fitted
}

/// What is known where the value reads the same, or else the value in the same kind.
fn fitted_value(value: Value, known: &Value) -> Value {
    if value == *known || says_the_same(&value, known) {
        return known.clone();
    }
    let Value::String(text) = &value else { return value };
    match known {
        Value::Array(_) | Value::Object(_) => list_in_text(&value).unwrap_or_else(|| {
            let words = text.split('、').map(str::trim).filter(|word| !word.is_empty());
            if known.is_array() { words.collect::<Vec<_>>().into() } else { text.clone().into() }
        }),
        Value::Number(_) => serde_json::from_str(text).ok().filter(Value::is_number).unwrap_or(value),
        Value::Bool(_) => match text.as_str() {
            "是" | "true" | "1" => true.into(),
            "否" | "false" | "0" => false.into(),
            _ => value,
        },
        _ => value,
    }
}

fn says_the_same(value: &Value, known: &Value) -> bool {
    match (value, known) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Number(number), Value::Bool(flag)) => number.as_u64() == Some(u64::from(*flag)),
        (Value::String(text), known) => {
            in_words(known).as_deref() == Some(text.as_str()) || list_in_text(value).as_ref() == Some(known)
        }
        (Value::Null, Value::Array(words)) => words.is_empty(),
        _ => false,
    }
}

/// A value as tables show it.
fn in_words(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        Value::Number(number) => {
            let fraction = || number.as_f64().unwrap_or_default().to_string();
            number.as_i64().map_or_else(fraction, |whole| whole.to_string())
        }
        Value::String(text) => text.clone(),
        Value::Array(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            words.map_or_else(|| value.to_string(), |words| words.join("、"))
        }
        Value::Object(_) => value.to_string(),
    })
}

/// A list or an object that was written as text.
fn list_in_text(value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    let looks_like_one = text.starts_with(['[', '{']);
    looks_like_one.then(|| serde_json::from_str(text).ok())?
}

/// The only part of a shape of several, where the place is known as a single one.
fn unwrapped(given: &Value, known: &Geometry<f64>) -> Option<Value> {
    let single = match known {
        Geometry::Point(_) => "Point",
        Geometry::LineString(_) => "LineString",
        Geometry::Polygon(_) => "Polygon",
        _ => return None,
    };
    let several = given.get("type")?.as_str()?.strip_prefix("Multi")?;
    let [only] = given.get("coordinates")?.as_array()?.as_slice() else { return None };
    (several == single).then(|| json!({"type": single, "coordinates": only}))
}

/// Where a place stands by the columns of longitude and latitude, if somebody changed these and not the shape.
fn moved(given: &Value, marker: Option<&Value>, known: &Geometry<f64>) -> Option<Value> {
    let Geometry::Point(at) = known else { return None };
    let marker = marker?.as_array()?.iter().filter_map(Value::as_f64).collect::<Vec<_>>();
    let [lon, lat] = marker[..] else { return None };
    let is_moved = (lon - at.x()).abs() > SAME_DEG || (lat - at.y()).abs() > SAME_DEG;
    let is_same_shape = *given == geometry_json(known);
    (is_moved && is_same_shape).then(|| json!({"type": "Point", "coordinates": [lon, lat]}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_reads_the_same_is_what_is_known() {
        for (given, known) in [
            (json!(12.0), json!(12)),
            (json!(1), json!(true)),
            (json!("是"), json!(true)),
            (json!("单杠、饮水点"), json!(["单杠", "饮水点"])),
            (json!("[\"单杠\", \"饮水点\"]"), json!(["单杠", "饮水点"])),
            (json!("{\"a\": 1}"), json!({"a": 1})),
            (json!("12.5"), json!(12.5)),
            (Value::Null, json!([])),
        ] {
            assert_eq!(fitted_value(given.clone(), &known), known, "{given}");
        }
        assert_eq!(fitted_value(json!("13"), &json!(12)), json!(13));
        assert_eq!(fitted_value(json!("双杠"), &json!(["单杠"])), json!(["双杠"]));
        assert_eq!(fitted_value(json!("木屑"), &json!("塑胶")), json!("木屑"));
    }

    #[test]
    fn the_number_of_a_place_is_found_among_its_properties() {
        let feature = |properties: Value| json!({"type": "Feature", "properties": properties});
        assert_eq!(settled(feature(json!({"id": 7.0})))["id"], "7");
        assert_eq!(settled(feature(json!({"id": null})))["id"], Value::Null);
        let both = settled(json!({"type": "Feature", "id": 7, "properties": {"id": 7}}));
        assert_eq!(both, json!({"type": "Feature", "id": 7, "properties": {}}));
        assert_eq!(settled(json!(7)), json!(7));
    }

    #[test]
    fn rows_of_programs_are_no_properties() {
        let known = Map::from_iter([("name".to_owned(), json!("a")), ("Name".to_owned(), json!("b"))]);
        let given = Map::from_iter([
            ("fid".to_owned(), json!(3)),
            ("name".to_owned(), json!("a")),
            ("Name_".to_owned(), json!("b")),
        ]);
        assert_eq!(fitted_properties(given, &known), known);
    }
}
