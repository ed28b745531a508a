//! The file of an export: JSON for programs, CSV and PDF for people.

use std::io::{Cursor, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Asia::Shanghai;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime as ZipTime};

use crate::privacy::holdings::{Holding, Table};

/// Spreadsheet programs take UTF-8 for what it is only with this in front.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The health record in the forms in which others take it.
pub(super) struct HealthRecord {
    /// A FHIR bundle.
    pub(super) fhir: Zeroizing<Vec<u8>>,
    /// The last year on paper; `None` where nothing was measured.
    pub(super) report: Option<Zeroizing<Vec<u8>>>,
}

/// Packs everything into one zip.
pub(super) fn zip(
    tables: &[(&'static Holding, Table)],
    record: &HealthRecord,
    now: DateTime<Utc>,
) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip_time(now));
    archive.start_file("说明.txt", options)?;
    archive.write_all(guide(tables, record.report.is_some(), now).as_bytes())?;
    archive.start_file("kangtu.json", options)?;
    serde_json::to_writer_pretty(&mut archive, &document(tables, now))?;
    archive.start_file("fhir.json", options)?;
    archive.write_all(&record.fhir)?;
    if let Some(report) = &record.report {
        archive.start_file("健康报告.pdf", options)?;
        archive.write_all(report)?;
    }
    for (holding, table) in tables {
        archive.start_file(format!("{}.csv", holding.name), options)?;
        archive.write_all(&csv(table)?)?;
    }
    Ok(archive.finish()?.into_inner().into())
}

/// Zip files know the civil time of the place they were made in.
fn zip_time(now: DateTime<Utc>) -> ZipTime {
    let local = now.with_timezone(&Shanghai);
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(local.year()).unwrap_or_default();
    let (month, day) = (part(local.month()), part(local.day()));
    ZipTime::from_date_and_time(
        year,
        month,
        day,
        part(local.hour()),
        part(local.minute()),
        part(local.second()),
    )
    .unwrap_or_default()
}

fn guide(tables: &[(&'static Holding, Table)], has_report: bool, now: DateTime<Utc>) -> String {
    let report = if has_report {
        "健康报告.pdf 是最近一年的测量，可以打印出来给医生看；\r\n"
    } else {
        ""
    };
    let made = now.with_timezone(&Shanghai).format("%Y年%m月%d日 %H:%M");
    let lines: Vec<String> = tables.iter().map(line).collect();
    format!(
        "{BYTE_ORDER_MARK}这是康图保存的您的全部资料，生成于 {made}（北京时间）。\r\n\
         表格文件（.csv）可以用 Excel 或 WPS 打开；kangtu.json 内容相同，供其他程序读取；\r\n\
         {report}fhir.json 是健康记录的通用格式（FHIR R4），可以带给医院或其他健康应用。\r\n\
         文件里有个人信息，请妥善保管，不要留在公用电脑上。\r\n\r\n{}",
        lines.concat()
    )
}

fn line((holding, table): &(&'static Holding, Table)) -> String {
    format!("{}.csv  {}（{} 条）\r\n", holding.name, holding.title, table.rows.len())
}

fn document(tables: &[(&'static Holding, Table)], now: DateTime<Utc>) -> Value {
    let mut document = Map::new();
    document.insert("generated_at".into(), json!(now));
    for (holding, table) in tables {
        let rows = table.rows.iter().map(|row| {
            let members = table.columns.iter().map(|column| (*column).to_owned()).zip(row.iter().cloned());
            Value::Object(members.collect())
        });
        document.insert(holding.name.into(), rows.collect());
    }
    Value::Object(document)
}

fn csv(table: &Table) -> anyhow::Result<Vec<u8>> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.into());
    writer.write_record(&table.columns)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(cell))?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

/// A cell that a spreadsheet program takes for text: what begins like a formula is put behind a quote
/// (OWASP, CSV injection).
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for dangerous in ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(&json!(dangerous)), format!("'{dangerous}"));
        }
        assert_eq!(cell(&json!("李=1")), "李=1");
        assert_eq!(cell(&json!(-2)), "-2");
        assert_eq!(cell(&Value::Null), "");
    }

    #[test]
    fn a_table_begins_with_a_byte_order_mark_and_quotes_what_needs_it() {
        let table =
            Table { columns: vec!["name", "count"], rows: vec![vec![json!("李,\"四\"\n"), json!(3)]] };
        let text = String::from_utf8(csv(&table).unwrap()).unwrap();
        assert_eq!(text, "\u{feff}name,count\r\n\"李,\"\"四\"\"\n\",3\r\n");
    }
}
