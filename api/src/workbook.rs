//! Tables for the office as Excel workbooks (Office Open XML, ISO/IEC 29500): one sheet with a title, a
//! frozen heading row and borders, printed on A4 with the heading on every page and page numbers below.
//!
//! Text stays text: what begins like a formula is written as a string and carries Excel's own quote mark
//! (`quotePrefix`), so that it is not read as a formula when somebody edits the cell, and its characters
//! stay what they were.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::error::{ApiError, ApiResult};

/// Media type of a workbook.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Excel's bound for one cell, in characters.
pub const LONGEST_TEXT: usize = 32_767;
/// Excel's bound for a header or footer, with room for its own words.
const LONGEST_FOOTER: usize = 120;
const A4: u8 = 9;
const FONT: &str = "宋体";
/// Height of a row that somebody signs in, in points.
const SIGNING_ROW: f64 = 24.0;
const MOMENT: &str = "yyyy-mm-dd hh:mm";

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing, or room to write by hand.
    Empty,
    /// Text, whatever it begins with.
    Text(String),
    /// A number.
    Number(f64),
    /// A share between 0 and 1, shown as a percentage.
    Share(f64),
    /// A moment of local time.
    Moment(NaiveDateTime),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text, or an empty cell.
    pub fn maybe_text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    /// A whole number.
    pub fn count(number: impl Into<i32>) -> Self {
        Self::Number(f64::from(number.into()))
    }

    /// A share, or an empty cell where there is nothing to divide by.
    pub fn maybe_share(share: Option<f64>) -> Self {
        share.map_or(Self::Empty, Self::Share)
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it.
    pub heading: &'static str,
    /// Its width in digits of the usual font; a Chinese character takes two.
    pub width: f64,
}

/// A table with what stands above it.
#[derive(Clone, Debug)]
pub struct OfficeTable {
    /// Name of the sheet.
    pub name: &'static str,
    /// The large line above everything.
    pub title: String,
    /// Lines below the title.
    pub notes: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// One cell for each column in each row.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the rows are high enough to sign in.
    pub is_signed: bool,
}

impl OfficeTable {
    /// The workbook as a file, made at `now` (in the zone of the office).
    ///
    /// # Errors
    /// When the table is too large for Excel.
    pub fn workbook(&self, now: DateTime<chrono_tz::Tz>) -> ApiResult<Vec<u8>> {
        self.written(now).map_err(|error| {
            ApiError::Internal(anyhow::Error::new(error).context("a workbook cannot be made"))
        })
    }

    fn written(&self, now: DateTime<chrono_tz::Tz>) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let made_at = ExcelDateTime::from_timestamp(now.with_timezone(&Utc).timestamp())?;
        let properties =
            DocProperties::new().set_title(&self.title).set_author("康图").set_creation_datetime(&made_at);
        workbook.set_properties(&properties);
        let sheet = workbook.add_worksheet();
        sheet.set_name(self.name)?;
        let heading_row = self.write_top(sheet)?;
        self.write_rows(sheet, heading_row)?;
        self.set_up_print(sheet, heading_row, now)?;
        workbook.save_to_buffer()
    }

    /// Writes title, notes and headings; tells the row of the headings.
    fn write_top(&self, sheet: &mut Worksheet) -> Result<u32, XlsxError> {
        let title = usual().set_bold().set_font_size(16).set_align(FormatAlign::Center);
        let note = usual().set_align(FormatAlign::Left).set_text_wrap();
        let heading = bordered().set_bold().set_align(FormatAlign::Center).set_background_color(0x00DD_EBF7);
        self.line(sheet, 0, &self.title, &title)?;
        sheet.set_row_height(0, 30)?;
        let mut row = 1;
        for text in &self.notes {
            self.line(sheet, row, text, &note)?;
            row += 1;
        }
        for (column, at) in self.columns.iter().zip(0_u16..) {
            sheet.set_column_width(at, column.width)?;
            sheet.write_string_with_format(row, at, column.heading, &heading)?;
        }
        sheet.set_row_height(row, SIGNING_ROW)?;
        sheet.set_freeze_panes(row + 1, 0)?;
        Ok(row)
    }

    /// A line across all columns.
    fn line(&self, sheet: &mut Worksheet, row: u32, text: &str, format: &Format) -> Result<(), XlsxError> {
        let format = quoted(format, text);
        match last(self.columns.len()) {
            0 => sheet.write_string_with_format(row, 0, bounded(text), &format)?,
            last => sheet.merge_range(row, 0, row, last, &bounded(text), &format)?,
        };
        Ok(())
    }

    fn write_rows(&self, sheet: &mut Worksheet, heading_row: u32) -> Result<(), XlsxError> {
        let plain = bordered().set_text_wrap();
        let number = bordered().set_align(FormatAlign::Center);
        let share = bordered().set_align(FormatAlign::Center).set_num_format("0.0%");
        let moment = bordered().set_align(FormatAlign::Center).set_num_format(MOMENT);
        for (cells, row) in self.rows.iter().zip(heading_row + 1..) {
            if self.is_signed {
                sheet.set_row_height(row, SIGNING_ROW)?;
            }
            for (cell, at) in cells.iter().zip(0_u16..) {
                match cell {
                    Cell::Empty => sheet.write_blank(row, at, &plain)?,
                    Cell::Text(text) => {
                        sheet.write_string_with_format(row, at, bounded(text), &quoted(&plain, text))?
                    }
                    Cell::Number(value) => sheet.write_number_with_format(row, at, *value, &number)?,
                    Cell::Share(value) => sheet.write_number_with_format(row, at, *value, &share)?,
                    Cell::Moment(at_time) => {
                        sheet.write_datetime_with_format(row, at, &excel_moment(*at_time)?, &moment)?
                    }
                };
            }
        }
        Ok(())
    }

    fn set_up_print(
        &self,
        sheet: &mut Worksheet,
        heading_row: u32,
        now: DateTime<chrono_tz::Tz>,
    ) -> Result<(), XlsxError> {
        let width: f64 = self.columns.iter().map(|column| column.width).sum();
        sheet.set_paper_size(A4).set_margins(0.4, 0.4, 0.5, 0.7, 0.3, 0.3);
        if width > 90.0 {
            sheet.set_landscape();
        }
        // As wide as one page, as long as it needs.
        sheet.set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
        sheet.set_repeat_rows(heading_row, heading_row)?;
        let title: String = self.title.replace('&', "&&").chars().take(LONGEST_FOOTER).collect();
        sheet.set_footer(format!("&L{title}&C第 &P 页 / 共 &N 页&R制表：{}", now.format("%Y-%m-%d %H:%M")));
        Ok(())
    }
}

fn usual() -> Format {
    Format::new().set_font_name(FONT).set_font_size(11).set_align(FormatAlign::VerticalCenter)
}

fn bordered() -> Format {
    usual().set_border(FormatBorder::Thin)
}

/// The format for a text, with Excel's quote mark where it begins as formulas do.
pub fn quoted(format: &Format, text: &str) -> Format {
    let is_like_a_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    if is_like_a_formula { format.clone().set_quote_prefix() } else { format.clone() }
}

/// What fits a cell, without the control characters that XML cannot hold.
pub fn bounded(text: &str) -> String {
    let fits = |character: &char| !character.is_control() || *character == '\n' || *character == '\t';
    let not_a_character = |character: &char| !matches!(character, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(fits).filter(not_a_character).take(LONGEST_TEXT).collect()
}

fn last(columns: usize) -> u16 {
    u16::try_from(columns.saturating_sub(1)).unwrap_or(u16::MAX)
}

fn excel_moment(at: NaiveDateTime) -> Result<ExcelDateTime, XlsxError> {
    let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let year = u16::try_from(at.year()).unwrap_or(u16::MAX);
    let day = ExcelDateTime::from_ymd(year, small(at.month()), small(at.day()))?;
    day.and_hms(u16::try_from(at.hour()).unwrap_or_default(), small(at.minute()), at.second())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use calamine::{Data, Reader, Xlsx};
    use chrono_tz::Asia::Shanghai;

    use super::*;

    fn table(rows: Vec<Vec<Cell>>) -> OfficeTable {
        OfficeTable {
            name: "签到表",
            title: "高血压讲座 签到表 A&B".to_owned(),
            notes: vec!["时间：2026-12-05 15:00".to_owned(), "=地点".to_owned()],
            columns: vec![
                Column { heading: "序号", width: 6.0 },
                Column { heading: "姓名", width: 14.0 },
                Column { heading: "签到时间", width: 18.0 },
            ],
            rows,
            is_signed: true,
        }
    }

    fn made(table: &OfficeTable) -> Vec<u8> {
        let now: DateTime<Utc> = "2026-11-25T02:00:00Z".parse().unwrap();
        table.workbook(now.with_timezone(&Shanghai)).unwrap()
    }

    fn part(file: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn cells_are_read_as_they_were_meant() {
        let moment = "2026-12-05T15:01:30".parse().unwrap();
        let rows = vec![
            vec![Cell::count(1), Cell::text("李秀英"), Cell::Moment(moment)],
            vec![Cell::count(2), Cell::text("欧阳\u{0}娜"), Cell::Empty],
            vec![Cell::Share(0.875), Cell::text(" 13800000000"), Cell::Empty],
        ];
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(made(&table(rows)))).unwrap();
        let range = workbook.worksheet_range("签到表").unwrap();
        let at = |row, column| range.get_value((row, column)).cloned().unwrap_or(Data::Empty);
        assert_eq!(at(0, 0), Data::String("高血压讲座 签到表 A&B".to_owned()));
        assert_eq!(at(3, 1), Data::String("姓名".to_owned()));
        assert_eq!((at(4, 0), at(4, 1)), (Data::Float(1.0), Data::String("李秀英".to_owned())));
        let Data::DateTime(read) = at(4, 2) else { panic!("{:?}", at(4, 2)) };
        let whole: DateTime<Utc> = "2026-12-05T15:01:30Z".parse().unwrap();
        let days = read.as_f64() - 25_569.0;
        assert!((days * 86_400.0 - f64::from(u32::try_from(whole.timestamp()).unwrap())).abs() < 0.5);
        assert_eq!(at(5, 1), Data::String("欧阳娜".to_owned()));
        assert_eq!(at(6, 0), Data::Float(0.875));
        assert_eq!(at(6, 1), Data::String(" 13800000000".to_owned()));
    }

    #[test]
    fn what_looks_like_a_formula_stays_text_and_keeps_its_characters() {
        let nasty = ["=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1", " =HYPERLINK(\"http://x\")", "＝1"];
        let rows = nasty.iter().map(|text| vec![Cell::text(*text)]).collect();
        let file = made(&table(rows));
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>"), "{sheet}");
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file.clone())).unwrap();
        let range = workbook.worksheet_range("签到表").unwrap();
        for (text, row) in nasty.iter().zip(4_u32..) {
            assert_eq!(range.get_value((row, 0)), Some(&Data::String((*text).to_owned())));
        }
        assert!(part(&file, "xl/styles.xml").contains("quotePrefix=\"1\""));
    }

    #[test]
    fn a_sheet_is_ready_to_be_printed() {
        let file = made(&table(vec![vec![Cell::count(1)]]));
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("ySplit=\"4\"") && sheet.contains("state=\"frozen\""), "{sheet}");
        assert!(sheet.contains("paperSize=\"9\"") && sheet.contains("fitToHeight=\"0\""), "{sheet}");
        assert!(sheet.contains("第 &amp;P 页 / 共 &amp;N 页"), "{sheet}");
        assert!(sheet.contains("A&amp;&amp;B"), "an ampersand of the title is none of Excel's codes");
        let book = part(&file, "xl/workbook.xml");
        assert!(book.contains("_xlnm.Print_Titles") && book.contains("$4:$4"), "{book}");
    }

    #[test]
    fn the_same_table_makes_the_same_file() {
        let rows = vec![vec![Cell::count(1), Cell::text("李秀英")]];
        assert_eq!(made(&table(rows.clone())), made(&table(rows)));
    }

    #[test]
    fn a_text_longer_than_a_cell_is_cut() {
        let file = made(&table(vec![vec![Cell::text("健".repeat(40_000))]]));
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
        let range = workbook.worksheet_range("签到表").unwrap();
        let Some(Data::String(text)) = range.get_value((4, 0)) else { panic!() };
        assert_eq!(text.chars().count(), LONGEST_TEXT);
    }
}
