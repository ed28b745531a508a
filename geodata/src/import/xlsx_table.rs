//! A sheet of a workbook (ECMA-376) to table rows.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use zip::ZipArchive;

use super::error::ImportError;
use super::table::{HEADING_ROWS, TableRow, heading_index};
use super::{MOST_COLUMNS, MOST_ROWS, ReadOptions};

/// A workbook may unpack to this much; 200,000 rows of text take about 300 MiB.
const MOST_UNPACKED_BYTES: u64 = 512 * 1024 * 1024;

type Workbook<'b> = Xlsx<Cursor<&'b [u8]>>;

/// Reads the asked sheet, or the first one with a recognisable heading row, or the first one at all.
pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<TableRow>, ImportError> {
    if declared_size_bytes(bytes) > MOST_UNPACKED_BYTES {
        return Err(ImportError::Workbook("解压后超过 512 MiB".to_owned()));
    }
    let mut workbook: Workbook<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let names = workbook.sheet_names();
    if let Some(asked) = &options.sheet {
        if !names.contains(asked) {
            let available = names.join("、");
            return Err(ImportError::UnknownSheet { asked: asked.clone(), available });
        }
        return sheet(&mut workbook, asked);
    }
    let mut first = None;
    for name in names {
        let rows = sheet(&mut workbook, &name)?;
        if heading_index(&rows, &options.columns).is_some() {
            return Ok(rows);
        }
        first = first.or(Some(rows).filter(|rows| !rows.is_empty()));
    }
    first.ok_or(ImportError::Empty)
}

/// What the archive's directory (APPNOTE.TXT 4.3.12) says its parts unpack to. A file of zeros shrinks a
/// thousandfold, so the size of the archive alone bounds nothing. The directory may lie, but the archive's
/// reader, which the workbook's reader uses too, stops at the size it was told.
/// What cannot be opened is left to the workbook's reader to complain of.
fn declared_size_bytes(archive: &[u8]) -> u64 {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(archive)) else { return 0 };
    let parts = 0..archive.len();
    parts.map(|index| archive.by_index_raw(index).map_or(0, |part| part.size())).fold(0, u64::saturating_add)
}

fn unreadable(error: &XlsxError) -> ImportError {
    let reason = match error {
        XlsxError::Password => "文件设了密码",
        XlsxError::Zip(_) | XlsxError::Io(_) => "不是 .xlsx 文件，或者没有下载完",
        _ => "里面的内容不完整",
    };
    ImportError::Workbook(reason.to_owned())
}

/// Cell by cell: a whole-range read reserves every cell up to the last one, which one stray cell in
/// the far corner turns into gigabytes.
fn sheet(workbook: &mut Workbook<'_>, name: &str) -> Result<Vec<TableRow>, ImportError> {
    let mut cells = match workbook.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        // A chart has no cells.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&error)),
    };
    let mut rows: Vec<TableRow> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let text = cell_text(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let number = row.saturating_add(1);
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MOST_COLUMNS {
            return Err(ImportError::TooManyColumns { row: number });
        }
        if rows.last().is_none_or(|last| last.number != number) {
            if rows.len() == MOST_ROWS + HEADING_ROWS {
                return Err(ImportError::TooManyRows);
            }
            rows.push(TableRow { number, cells: Vec::new() });
        }
        if let Some(last) = rows.last_mut() {
            if last.cells.len() <= column {
                last.cells.resize(column + 1, String::new());
            }
            if let Some(slot) = last.cells.get_mut(column) {
                *slot = text;
            }
        }
    }
    Ok(rows)
}

/// The text a reader of the sheet sees; of formulas, the value saved with the file.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(moment) => date_text(moment),
        // `#N/A` and its like stand for a missing value.
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// `2024-05-01`, with the time where there is one; a bare time as `08:30`.
fn date_text(moment: &ExcelDateTime) -> String {
    let days = moment.as_f64();
    // The calendar arithmetic only holds for the days Excel has (to the year 9999).
    if !(0.0..2_958_466.0).contains(&days) {
        return days.to_string();
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = if second == 0 {
        format!("{hour:02}:{minute:02}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}")
    };
    if days < 1.0 {
        return time;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if days.fract() == 0.0 { date } else { format!("{date} {time}") }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Two parts of a megabyte of zeros; the directory says that each holds a byte.
    fn lying_archive() -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["one", "two"] {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![0; 1_000_000]).unwrap();
        }
        let mut bytes = writer.finish().unwrap().into_inner();
        // Size of the contents before each part and in the directory (APPNOTE.TXT, 4.3.7 and 4.3.12).
        for (mark, offset) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
            let records: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(mark)).collect();
            assert_eq!(records.len(), 2);
            for at in records {
                bytes[at + offset..at + offset + 4].copy_from_slice(&1_u32.to_le_bytes());
            }
        }
        bytes
    }

    #[test]
    fn an_archive_unpacks_to_no_more_than_its_directory_says() {
        let bytes = lying_archive();
        assert_eq!(declared_size_bytes(&bytes), 2);
        let mut archive = ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
        for index in 0..archive.len() {
            let mut unpacked = Vec::new();
            assert!(archive.by_index(index).unwrap().read_to_end(&mut unpacked).is_err());
            assert!(unpacked.len() <= 2);
        }
        assert_eq!(declared_size_bytes(b"no archive"), 0);
    }
}
