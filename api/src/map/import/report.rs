//! What became of each row, for the person who imported the file.

use geodata::import::RowFault;
use geodata::import::quality::ReviewReason;
use serde_json::{Value, json};

use super::known::KnownPlace;

/// What became of a whole file.
#[derive(Clone, Debug)]
pub struct ImportReport {
    /// One entry per row, in the order of the file.
    pub rows: Vec<RowReport>,
    /// Places of OpenStreetMap that were left out because they have no name.
    pub nameless: usize,
    /// Nothing was written.
    pub dry_run: bool,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport {
    /// Row of the table as a spreadsheet shows it, or number of the feature.
    pub number: u32,
    /// Name of the place.
    pub name: String,
    /// What was done.
    pub outcome: Outcome,
    /// Why.
    pub notes: Vec<Note>,
}

/// What was done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A new place on the map.
    Published,
    /// Kept, but an officer has to look at it first.
    NeedsReview,
    /// The next edition of a known record.
    Updated,
    /// Joined to a known place of the same name.
    Matched,
    /// Nothing new.
    Unchanged,
    /// Cannot be read; not taken in.
    Unreadable,
}

/// One thing to know about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Stable English word.
    pub code: String,
    /// What it is and what to do, in Chinese.
    pub message: String,
}

impl Outcome {
    /// All outcomes, in the order of a summary.
    pub const ALL: [Self; 6] =
        [Self::Published, Self::Matched, Self::Updated, Self::Unchanged, Self::NeedsReview, Self::Unreadable];

    /// In Chinese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Published => "发布",
            Self::NeedsReview => "待核对",
            Self::Updated => "更新",
            Self::Matched => "并入已有地点",
            Self::Unchanged => "没有变化",
            Self::Unreadable => "无法读取",
        }
    }
}

impl ImportReport {
    /// How many rows ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }

    /// One sentence for the person at the terminal.
    pub fn summary(&self) -> String {
        let counts: Vec<String> = Outcome::ALL
            .into_iter()
            .filter_map(|outcome| {
                let count = self.count(outcome);
                (count > 0).then(|| format!("{} {count} 行", outcome.title()))
            })
            .collect();
        let counts =
            if counts.is_empty() { "文件里没有数据行".to_owned() } else { counts.join("，") };
        let done = if self.dry_run { "试运行，没有写入：" } else { "导入完成：" };
        let nameless = match self.nameless {
            0 => String::new(),
            count => {
                format!("另有 {count} 处没有名称，没有导入；要用它们，请先在 OpenStreetMap 上补上名称。")
            }
        };
        format!("{done}共 {} 行，{counts}。{nameless}", self.rows.len())
    }

    /// The report as a table that spreadsheets open, with a byte order mark for Excel.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn to_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut table = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
        table.write_record(["行", "名称", "结果", "代码", "说明"])?;
        for row in &self.rows {
            let codes: Vec<&str> = row.notes.iter().map(|note| note.code.as_str()).collect();
            let messages: Vec<&str> = row.notes.iter().map(|note| note.message.as_str()).collect();
            table.write_record([
                row.number.to_string(),
                as_text(&row.name),
                row.outcome.title().to_owned(),
                codes.join(" "),
                as_text(&messages.join("；")),
            ])?;
        }
        table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

/// A cell that a spreadsheet would run as a formula is marked as text (OWASP, CSV injection).
fn as_text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

impl Note {
    pub(super) fn of_fault(fault: &RowFault) -> Self {
        Self { code: fault.code().to_owned(), message: fault.to_string() }
    }

    pub(super) fn of_reason(reason: &ReviewReason) -> Self {
        Self { code: reason.code().to_owned(), message: reason.to_string() }
    }

    pub(super) fn matched(id: i32, place: &KnownPlace) -> Self {
        Self {
            code: "matched".to_owned(),
            message: format!("与已有地点 {id}“{}”是同一处，已并入", place.row.name),
        }
    }

    pub(super) fn as_json(&self) -> Value {
        json!({"code": self.code, "message": self.message})
    }
}
