//! The `.dbf` of a Shapefile: dBASE III with the encodings of Chinese offices.

use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, WINDOWS_1252};
use serde_json::{Map, Number, Value};

use super::super::MOST_COLUMNS;
use super::super::error::ImportError;
use super::super::row::{RowFault, echoed};

const PART: &str = ".dbf";
const HEADER_BYTES: usize = 32;
const FIELD_BYTES: usize = 32;
/// Ends the list of fields.
const FIELDS_END: u8 = 0x0D;
/// Marks a deleted record.
const DELETED: u8 = b'*';

/// The values of a record by name, and what could not be read of it.
pub(super) type RecordValues = (Map<String, Value>, Option<RowFault>);

/// The table, with its fields known and its records still bytes.
pub(super) struct Attributes<'b> {
    bytes: &'b [u8],
    fields: Vec<Field>,
    count: usize,
    first: usize,
    record_bytes: usize,
    encoding: &'static Encoding,
}

struct Field {
    name: String,
    kind: u8,
    /// Bytes from the beginning of the record.
    offset: usize,
    length: usize,
}

fn damaged(offset: usize, reason: &'static str) -> ImportError {
    ImportError::Damaged { part: PART, offset, reason }
}

impl<'b> Attributes<'b> {
    pub(super) fn of(bytes: &'b [u8], cpg: Option<&[u8]>) -> Result<Self, ImportError> {
        let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(damaged(0, "文件头不全"))?;
        let u16_at = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let count = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let (first, record_bytes) = (u16_at(8), u16_at(10));
        let names = raw_fields(bytes, first)?;
        let end = count.checked_mul(record_bytes).and_then(|length| length.checked_add(first));
        if record_bytes == 0 || end.is_none_or(|end| end > bytes.len()) {
            return Err(damaged(bytes.len(), "记录比文件头写的少"));
        }
        let mut table = Self { bytes, fields: Vec::new(), count, first, record_bytes, encoding: UTF_8 };
        let mut offset = 1;
        for (_, kind, length) in &names {
            if offset + length > record_bytes {
                return Err(damaged(HEADER_BYTES, "字段比记录长"));
            }
            table.fields.push(Field { name: String::new(), kind: *kind, offset, length: *length });
            offset += length;
        }
        table.encoding = table.encoding_of(cpg, header[29], &names)?;
        for (field, (name, ..)) in table.fields.iter_mut().zip(&names) {
            let (decoded, _) = table.encoding.decode_without_bom_handling(name);
            decoded.trim().clone_into(&mut field.name);
        }
        Ok(table)
    }

    /// The encoding that the `.cpg` names, else the language mark, else the one that the text is in.
    fn encoding_of(
        &self,
        cpg: Option<&[u8]>,
        language: u8,
        names: &[RawField<'_>],
    ) -> Result<&'static Encoding, ImportError> {
        if let Some(label) = cpg.map(String::from_utf8_lossy) {
            let label = label.trim_start_matches('\u{FEFF}').trim().to_owned();
            if !label.is_empty() {
                return labelled(&label).ok_or_else(|| ImportError::UnknownEncoding(echoed(&label)));
            }
        }
        match language {
            // 936 of DOS and Windows.
            0x4D | 0x7A => return Ok(GBK),
            0x4F | 0x78 => return Ok(BIG5),
            _ => {}
        }
        let texts = (0..self.count).flat_map(|index| {
            let text_fields = self.fields.iter().filter(|field| field.kind == b'C');
            text_fields.filter_map(move |field| self.cell(index, field))
        });
        let is_utf8 = names.iter().map(|(name, ..)| *name).chain(texts).all(is_utf8_but_for_its_end);
        Ok(if is_utf8 { UTF_8 } else { GB18030 })
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn cell(&self, index: usize, field: &Field) -> Option<&'b [u8]> {
        let start = self.first + index * self.record_bytes + field.offset;
        self.bytes.get(start..start + field.length)
    }

    /// The values of a record that are not empty, and what cannot be read of it; `None` for a deleted
    /// one.
    pub(super) fn record(&self, index: usize) -> Result<Option<RecordValues>, ImportError> {
        let start = self.first + index * self.record_bytes;
        match self.bytes.get(start) {
            Some(&DELETED) => return Ok(None),
            Some(_) => {}
            None => return Err(damaged(start, "记录比文件头写的少")),
        }
        let (mut properties, mut fault) = (Map::new(), None);
        for field in &self.fields {
            let Some(cell) = self.cell(index, field) else { continue };
            match self.value(field, cell) {
                Ok(Value::Null) => {}
                Ok(value) => _ = properties.insert(field.name.clone(), value),
                Err(wrong) => _ = fault.get_or_insert(wrong),
            }
        }
        Ok(Some((properties, fault)))
    }

    fn value(&self, field: &Field, cell: &[u8]) -> Result<Value, RowFault> {
        let ascii = || String::from_utf8_lossy(cell).trim_matches(['\0', ' ']).to_owned();
        Ok(match field.kind {
            b'N' | b'F' => number(&ascii()),
            b'L' => match cell.first() {
                Some(b'Y' | b'y' | b'T' | b't') => Value::Bool(true),
                Some(b'N' | b'n' | b'F' | b'f') => Value::Bool(false),
                _ => Value::Null,
            },
            b'D' => date(&ascii()),
            b'I' => cell.first_chunk().map_or(Value::Null, |bytes| i32::from_le_bytes(*bytes).into()),
            b'O' => cell.first_chunk().map_or(Value::Null, |bytes| f64::from_le_bytes(*bytes).into()),
            b'C' => self.text(field, cell)?,
            // Memos live in files of their own; times in binary are not used by GIS programs.
            _ => Value::Null,
        })
    }

    fn text(&self, field: &Field, cell: &[u8]) -> Result<Value, RowFault> {
        let end = cell.iter().position(|byte| *byte == 0).unwrap_or(cell.len());
        let cell = cell.get(..end).unwrap_or(cell);
        let decoded = self.encoding.decode_without_bom_handling(cell).0;
        // A field of fixed width cuts the last character of a long text in two.
        let text = decoded.trim_end_matches(['\u{FFFD}', ' ']).trim_start();
        if text.contains('\u{FFFD}') {
            let (heading, encoding) = (field.name.clone(), self.encoding.name());
            return Err(RowFault::Undecodable { heading, encoding });
        }
        Ok(if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) })
    }
}

/// Name, type and length of a field.
type RawField<'b> = (&'b [u8], u8, usize);

fn raw_fields(bytes: &[u8], first: usize) -> Result<Vec<RawField<'_>>, ImportError> {
    let mut fields = Vec::new();
    let mut at = HEADER_BYTES;
    while bytes.get(at).is_some_and(|byte| *byte != FIELDS_END) && at + FIELD_BYTES <= first {
        let field = bytes.get(at..at + FIELD_BYTES).ok_or(damaged(at, "字段表不全"))?;
        let (name, rest) = field.split_at(11);
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let (Some(kind), Some(length)) = (rest.first(), rest.get(5)) else {
            return Err(damaged(at, "字段表不全"));
        };
        if fields.len() == MOST_COLUMNS {
            return Err(ImportError::TooManyColumns { row: 1 });
        }
        fields.push((name, *kind, usize::from(*length)));
        at += FIELD_BYTES;
    }
    if fields.is_empty() { Err(damaged(at, "没有字段")) } else { Ok(fields) }
}

/// The names that programs write into `.cpg`: `UTF-8`, `GBK`, `936`, `CP936`, `ANSI 936`, `88591`.
fn labelled(label: &str) -> Option<&'static Encoding> {
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    match plain.trim_start_matches("ansi").trim_start_matches("cp").trim_start_matches("oem") {
        "936" | "54936" => Some(GB18030),
        "950" => Some(BIG5),
        "65001" | "utf8" => Some(UTF_8),
        "1252" | "88591" | "iso88591" => Some(WINDOWS_1252),
        _ => Encoding::for_label(label.as_bytes()),
    }
}

/// Whether bytes are UTF-8, apart from a character cut in two at their end.
fn is_utf8_but_for_its_end(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// Stars stand where a number did not fit.
fn number(text: &str) -> Value {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// `20240501` as `2024-05-01`.
fn date(text: &str) -> Value {
    let is_date = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) && text != "00000000";
    match (text.get(..4), text.get(4..6), text.get(6..)) {
        (Some(year), Some(month), Some(day)) if is_date => format!("{year}-{month}-{day}").into(),
        _ => Value::Null,
    }
}
