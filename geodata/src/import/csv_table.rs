//! Separated text (RFC 4180 with the liberties that office software takes) to table rows.

use super::error::ImportError;
use super::table::{HEADING_ROWS, TableRow, heading_index, heading_score};
use super::{MOST_COLUMNS, MOST_ROWS, ReadOptions};

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Records looked at when guessing the separator.
const SAMPLE_RECORDS: usize = 30;

/// Reads all records that are not blank.
pub(super) fn read(text: &str, options: &ReadOptions) -> Result<Vec<TableRow>, ImportError> {
    let separator = separator(text, options);
    check_quotes(text, separator)?;
    let mut rows = Vec::new();
    for row in Records::of(text, separator) {
        let row = row?;
        if row.cells.len() > MOST_COLUMNS {
            return Err(ImportError::TooManyColumns { row: row.number });
        }
        if rows.len() == MOST_ROWS + HEADING_ROWS {
            return Err(ImportError::TooManyRows);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The separator under which the headings name most fields, then the one that gives most cells.
fn separator(text: &str, options: &ReadOptions) -> u8 {
    let score = |separator: u8| {
        let rows: Vec<TableRow> =
            Records::of(text, separator).take(SAMPLE_RECORDS).filter_map(Result::ok).collect();
        let headings = heading_index(&rows, &options.columns).and_then(|index| rows.get(index));
        let fields = headings.map_or(0, |row| heading_score(&row.cells, &options.columns));
        (fields, rows.iter().map(|row| row.cells.len()).max().unwrap_or(0))
    };
    SEPARATORS
        .into_iter()
        .map(|separator| (score(separator), separator))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map_or(b',', |(_, separator)| separator)
}

/// The records that are not blank, with the row numbers that a spreadsheet shows.
struct Records<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    /// Byte up to which line breaks have been counted.
    counted_to: usize,
    line_breaks: usize,
    /// Line breaks inside cells, which do not begin a row.
    torn: usize,
}

impl<'t> Records<'t> {
    fn of(text: &'t str, separator: u8) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        Self { text, reader, counted_to: 0, line_breaks: 0, torn: 0 }
    }

    /// The parser reports where it began to look for the record, which is before any blank lines.
    fn number_at(&mut self, searched_from: usize) -> u32 {
        let gap = self.text.get(searched_from..).unwrap_or_default();
        let start = searched_from + gap.len() - gap.trim_start_matches(['\r', '\n']).len();
        self.line_breaks += line_breaks(self.text.get(self.counted_to..start).unwrap_or_default());
        self.counted_to = start;
        u32::try_from(1 + self.line_breaks.saturating_sub(self.torn)).unwrap_or(u32::MAX)
    }
}

impl Iterator for Records<'_> {
    type Item = Result<TableRow, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_unreadable) => return Some(Err(ImportError::Csv)),
            }
            let searched_from = record.position().map_or(0, csv::Position::byte);
            let number = self.number_at(usize::try_from(searched_from).unwrap_or(usize::MAX));
            self.torn += record.iter().map(line_breaks).sum::<usize>();
            if record.iter().any(|cell| !cell.trim().is_empty()) {
                let cells = record.iter().map(str::to_owned).collect();
                return Some(Ok(TableRow { number, cells }));
            }
        }
    }
}

/// Line feeds, and carriage returns that no line feed follows.
fn line_breaks(text: &str) -> usize {
    let returns = text.matches('\r').count() - text.matches("\r\n").count();
    text.matches('\n').count() + returns
}

/// The parser reads on silently where quotation marks do not match and so swallows rows; here such a
/// file is refused.
fn check_quotes(text: &str, separator: u8) -> Result<(), ImportError> {
    enum Within {
        CellStart,
        Plain,
        Quoted,
        AfterQuote,
    }
    let (mut within, mut line, mut row) = (Within::CellStart, 1_usize, 1_u32);
    let mut opened_at = (1, 1);
    for byte in text.bytes() {
        within = match (within, byte) {
            (Within::CellStart, b'"') => {
                opened_at = (row, line);
                Within::Quoted
            }
            (Within::Quoted, b'"') => Within::AfterQuote,
            (Within::Quoted, _) | (Within::AfterQuote, b'"') => Within::Quoted,
            (_, b'\n') => {
                row = row.saturating_add(1);
                Within::CellStart
            }
            (_, b'\r') => Within::CellStart,
            (_, byte) if byte == separator => Within::CellStart,
            (Within::AfterQuote, b' ') => Within::AfterQuote,
            (Within::AfterQuote, _) => return Err(ImportError::TextAfterQuote { row, line }),
            (Within::CellStart | Within::Plain, _) => Within::Plain,
        };
        line += usize::from(byte == b'\n');
    }
    match within {
        Within::Quoted => {
            let (row, line) = opened_at;
            Err(ImportError::UnclosedQuote { row, line })
        }
        Within::CellStart | Within::Plain | Within::AfterQuote => Ok(()),
    }
}
