//! Feature tables of a `GeoPackage` (OGC 12-128r17) to records.
//!
//! The file comes from anywhere, and an `SQLite` file is a program of sorts. It is read from memory and
//! read-only; only ordinary tables are touched, so that no view, trigger, virtual table or computed column
//! of it ever runs; names are quoted; rows, columns and bytes are bounded.

use std::borrow::Cow;

use futures_util::TryStreamExt;
use geodata::geometry::from_geopackage;
use geodata::import::{
    ImportError, MOST_COLUMNS, MOST_ROWS, ReadOptions, Record, RowFault, SourceCrs, SourceRow, rows_of,
};
use serde_json::{Map, Number, Value};
use sqlx::sqlite::{SqliteConnectOptions, SqliteOwnedBuf, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, TypeInfo, ValueRef};

/// Rows may unpack to this much together.
const MOST_UNPACKED_BYTES: usize = 512 * 1024 * 1024;
/// Bytes of the header that say how the file is journalled (SQLite file format, section 1.3.3).
const JOURNAL_BYTES: std::ops::Range<usize> = 18..20;
/// A file of the largest size is read in far less.
const LONGEST_READING: std::time::Duration = std::time::Duration::from_mins(1);
/// `SQLITE_NOTADB`.
const NOT_SQLITE: &str = "26";
/// Metadata tables that are read.
const METADATA: [&str; 3] = ["gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"];

/// A feature table.
struct Layer {
    table: String,
    shape: String,
    srs_id: i64,
}

fn unreadable(error: sqlx::Error) -> ImportError {
    let code = match error {
        sqlx::Error::Database(refused) => refused.code().map(Cow::into_owned),
        _ => None,
    };
    let reason = match code.as_deref() {
        Some(NOT_SQLITE) => "不是 GeoPackage 文件",
        Some(_) => "文件已损坏或没有下载完",
        None => "里面有不合规定的内容",
    };
    ImportError::Geopackage(reason.to_owned())
}

/// Reads the only feature table, or the one that the options name.
///
/// # Errors
/// When it is no `GeoPackage`, is damaged, or its coordinate system is not known.
pub(super) async fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    // The driver does not come back from some damaged files.
    let reading = tokio::time::timeout(LONGEST_READING, read_whole(bytes, options)).await;
    reading.unwrap_or_else(|_elapsed| Err(too_slow()))
}

/// Reads the records of the only feature table as they stand, or those of the table with this name.
///
/// # Errors
/// As [`read`].
pub(in crate::map) async fn geopackage_records(
    bytes: &[u8],
    table: Option<&str>,
) -> Result<Vec<Record>, ImportError> {
    let options = ReadOptions::default();
    let only = tokio::time::timeout(LONGEST_READING, whole_table(bytes, &options));
    match (only.await.unwrap_or_else(|_elapsed| Err(too_slow())), table) {
        (Err(ImportError::SeveralLayers { .. }), Some(table)) => {
            let options = ReadOptions { sheet: Some(table.to_owned()), ..ReadOptions::default() };
            let named = tokio::time::timeout(LONGEST_READING, whole_table(bytes, &options));
            named.await.unwrap_or_else(|_elapsed| Err(too_slow()))
        }
        (read, _) => read,
    }
}

fn too_slow() -> ImportError {
    ImportError::Geopackage("一分钟内没有读完，文件可能已损坏".to_owned())
}

async fn read_whole(bytes: &[u8], options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let records = whole_table(bytes, options).await?;
    if records.is_empty() { Err(ImportError::Empty) } else { Ok(rows_of(records, options)) }
}

async fn whole_table(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Record>, ImportError> {
    let mut connection = opened(bytes).await.map_err(unreadable)?;
    let records = records(&mut connection, options).await?;
    // What was read is complete; a failure to close loses nothing.
    drop(connection.close().await);
    Ok(records)
}

async fn opened(bytes: &[u8]) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .foreign_keys(false)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut image = SqliteOwnedBuf::try_from(bytes)?;
    // A file of QGIS may say that it has a write-ahead log beside it, which memory has not.
    if let Some(journal) = image.get_mut(JOURNAL_BYTES) {
        journal.fill(1);
    }
    connection.deserialize(None, image, true).await?;
    Ok(connection)
}

async fn records(
    connection: &mut SqliteConnection,
    options: &ReadOptions,
) -> Result<Vec<Record>, ImportError> {
    check_metadata(connection).await?;
    let layer = chosen(connection, options).await?;
    let crs = crs_of(connection, layer.srs_id).await?;
    let columns = columns(connection, &layer).await?;
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let select = format!(
        "SELECT {}, {} FROM {} LIMIT {}",
        quoted(&layer.shape),
        if names.is_empty() { "NULL".to_owned() } else { names.join(", ") },
        quoted(&layer.table),
        MOST_ROWS + 1
    );
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(connection);
    let (mut records, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await.map_err(unreadable)? {
        if records.len() == MOST_ROWS {
            return Err(ImportError::TooManyRows);
        }
        let number = u32::try_from(records.len() + 1).unwrap_or(u32::MAX);
        records.push(record(number, &row, &columns, &crs, &mut bytes));
        if bytes > MOST_UNPACKED_BYTES {
            return Err(ImportError::Geopackage(format!("到第 {number} 行为止已超过 512 MiB")));
        }
    }
    Ok(records)
}

/// Views and virtual tables run what the file's maker wrote; nothing of that is read.
async fn check_metadata(connection: &mut SqliteConnection) -> Result<(), ImportError> {
    for table in METADATA {
        if !is_ordinary(connection, table).await? {
            return Err(ImportError::Geopackage(format!("没有“{table}”表，不是 GeoPackage 文件")));
        }
    }
    Ok(())
}

async fn is_ordinary(connection: &mut SqliteConnection, table: &str) -> Result<bool, ImportError> {
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema
         WHERE type = 'table' AND name = ? AND upper(ltrim(sql)) NOT LIKE 'CREATE VIRTUAL%'",
    )
    .bind(table)
    .fetch_one(connection)
    .await
    .map_err(unreadable)?;
    Ok(found == 1)
}

async fn chosen(connection: &mut SqliteConnection, options: &ReadOptions) -> Result<Layer, ImportError> {
    let found: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT c.table_name, g.column_name, g.srs_id
         FROM gpkg_contents AS c JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name
         WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT 1000",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(unreadable)?;
    let asked = options.sheet.as_deref();
    let mut fitting = found.iter().filter(|(table, ..)| asked.is_none_or(|asked| table == asked));
    let layer = match (fitting.next(), fitting.next()) {
        (Some((table, shape, srs_id)), None) => {
            Layer { table: table.clone(), shape: shape.clone(), srs_id: *srs_id }
        }
        _ if found.is_empty() => return Err(ImportError::Geopackage("里面没有矢量图层".to_owned())),
        _ => {
            let names: Vec<&str> = found.iter().map(|(table, ..)| table.as_str()).collect();
            return Err(ImportError::SeveralLayers { available: names.join("、") });
        }
    };
    if !is_ordinary(connection, &layer.table).await? {
        return Err(ImportError::Geopackage(format!("图层“{}”不是普通的表", layer.table)));
    }
    Ok(layer)
}

async fn crs_of(connection: &mut SqliteConnection, srs_id: i64) -> Result<SourceCrs, ImportError> {
    let found: Option<(String, i64, String, String)> = sqlx::query_as(
        "SELECT organization, organization_coordsys_id, definition, srs_name
         FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
    )
    .bind(srs_id)
    .fetch_optional(connection)
    .await
    .map_err(unreadable)?;
    match found {
        // Undefined systems (requirement 11): what cannot be degrees becomes a fault of its row.
        None | Some((_, -1 | 0, _, _)) => Ok(SourceCrs::Degrees),
        Some((organization, code, definition, name)) => {
            let by_code =
                organization.eq_ignore_ascii_case("EPSG").then(|| SourceCrs::of_epsg(code)).flatten();
            by_code.map_or_else(
                || {
                    SourceCrs::of_wkt(&definition)
                        .map_err(|_unknown| ImportError::UnknownCrs { named: name.clone() })
                },
                Ok,
            )
        }
    }
}

/// The columns that are stored: computed ones are left out.
async fn columns(connection: &mut SqliteConnection, layer: &Layer) -> Result<Vec<String>, ImportError> {
    let all: Vec<(String, i64, i64)> = sqlx::query_as("SELECT name, hidden, pk FROM pragma_table_xinfo(?)")
        .bind(&layer.table)
        .fetch_all(connection)
        .await
        .map_err(unreadable)?;
    if all.len() > MOST_COLUMNS {
        return Err(ImportError::TooManyColumns { row: 1 });
    }
    if !all.iter().any(|(name, hidden, _)| *name == layer.shape && *hidden == 0) {
        return Err(ImportError::Geopackage(format!("图层“{}”没有“{}”列", layer.table, layer.shape)));
    }
    // GIS programs number rows anew whenever they copy a layer; a column of its own says what the place is.
    let has_id = all.iter().any(|(name, _, key)| *key == 0 && name.eq_ignore_ascii_case("id"));
    Ok(all
        .into_iter()
        .filter(|(name, hidden, key)| *hidden == 0 && *name != layer.shape && (*key == 0 || !has_id))
        .map(|(name, ..)| name)
        .collect())
}

fn record(number: u32, row: &SqliteRow, columns: &[String], crs: &SourceCrs, bytes: &mut usize) -> Record {
    let mut record = Record { number, ..Record::default() };
    match row.try_get::<Option<&[u8]>, _>(0) {
        Ok(None) => {}
        Ok(Some(blob)) => {
            *bytes += blob.len();
            match from_geopackage(blob) {
                Ok(shape) => record.geometry = shape.map(|shape| crs.geometry_degrees(shape)),
                Err(error) => record.faults.push(RowFault::Geometry(error)),
            }
        }
        Err(_) => record.faults.push(RowFault::Malformed("图形一栏不是二进制内容")),
    }
    let mut properties = Map::new();
    for (index, name) in columns.iter().enumerate() {
        match value(row, index + 1, bytes) {
            Some(Value::Null) => {}
            Some(value) => _ = properties.insert(name.clone(), value),
            None => {
                record.faults.push(RowFault::Undecodable { heading: name.clone(), encoding: "UTF-8" });
            }
        }
    }
    record.properties = properties;
    record
}

/// The value of a cell; pictures and the like are left out. `None` for text that is none.
fn value(row: &SqliteRow, index: usize, bytes: &mut usize) -> Option<Value> {
    let Ok(cell) = row.try_get_raw(index) else { return Some(Value::Null) };
    if cell.is_null() {
        return Some(Value::Null);
    }
    match cell.type_info().name() {
        "INTEGER" | "BOOLEAN" => {
            Some(row.try_get_unchecked::<i64, _>(index).map_or(Value::Null, Value::from))
        }
        "REAL" => {
            let number = row.try_get_unchecked::<f64, _>(index).ok().and_then(Number::from_f64);
            Some(number.map_or(Value::Null, Value::Number))
        }
        "BLOB" => {
            *bytes += row.try_get_unchecked::<&[u8], _>(index).map_or(0, <[u8]>::len);
            Some(Value::Null)
        }
        _ => {
            let text = row.try_get_unchecked::<&str, _>(index).ok()?;
            *bytes += text.len();
            Some(if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) })
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
