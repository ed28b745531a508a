//! A table as it is read: one of figures stays a table, one that only places things does not.

use super::text::LineBuilder;
use super::{Block, Line};

/// Cells that one cell may stand for.
const WIDEST: usize = 20;
/// Rows that one cell may reach over.
const TALLEST: usize = 1_000;
/// A longer text is not written in every row that its cell reaches over.
const REPEATED_CHARS: usize = 60;
/// Cells of one table.
const MOST_CELLS: usize = 5_000;

#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Vec<Line>>,
    row_is_open: bool,
    /// Place of the cell that is being read in the last row.
    column: Option<usize>,
    /// Lines that stand in no cell.
    loose: Vec<Line>,
    pictures: Vec<Block>,
    /// Tables within this one; what they hold belongs to the cell they stand in.
    nested: u32,
    cells: usize,
    /// For each column, into how many of the next rows the cell above reaches.
    reaching: Vec<usize>,
    repeats: bool,
    splits: bool,
}

impl Table {
    pub(super) fn nest(&mut self) {
        self.nested += 1;
    }

    /// Ends a table within this one; `false` where this one ends.
    pub(super) fn leave(&mut self) -> bool {
        let within = self.nested > 0;
        self.nested = self.nested.saturating_sub(1);
        within
    }

    pub(super) fn begin_row(&mut self) {
        if self.nested == 0 {
            self.finish_row();
            self.rows.push(Vec::new());
            self.row_is_open = true;
            self.column = None;
        }
    }

    pub(super) fn end_row(&mut self) {
        if self.nested == 0 {
            self.finish_row();
        }
    }

    fn finish_row(&mut self) {
        if !std::mem::take(&mut self.row_is_open) {
            return;
        }
        self.column = None;
        if self.rows.last().is_some_and(Vec::is_empty) {
            // Nothing but what reaches into it.
            self.rows.pop();
            self.reaching.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
            return;
        }
        let last = self.reaching.iter().rposition(|rows| *rows > 0).map_or(0, |place| place + 1);
        while self.rows.last().is_some_and(|row| row.len() < last) && self.cells <= MOST_CELLS {
            if !self.continue_cell() {
                self.push_cells(1);
            }
        }
    }

    /// Writes the cell above in this row, too, if it reaches into the next column of it.
    fn continue_cell(&mut self) -> bool {
        let Some((row, above)) = self.rows.split_last_mut() else { return false };
        let column = row.len();
        let Some(rows) = self.reaching.get_mut(column).filter(|rows| **rows > 0) else { return false };
        *rows -= 1;
        let cell = above.last().and_then(|above| above.get(column));
        let is_short =
            |cell: &&Line| cell.iter().map(|span| span.text.chars().count()).sum::<usize>() <= REPEATED_CHARS;
        row.push(cell.filter(is_short).cloned().unwrap_or_default());
        self.cells += 1;
        self.repeats = true;
        true
    }

    fn push_cells(&mut self, columns: usize) {
        self.cells += columns;
        if let Some(row) = self.rows.last_mut() {
            row.resize(row.len() + columns, Line::new());
        }
    }

    /// Whether a cell that reaches over several rows was written in each of them.
    pub(super) fn repeats(&self) -> bool {
        self.repeats
    }

    /// Whether a cell was several columns wide.
    pub(super) fn splits(&self) -> bool {
        self.splits
    }

    /// Begins a cell that is this many columns wide and rows high; its text stands in the first of the columns.
    pub(super) fn begin_cell(&mut self, columns: usize, rows: usize) {
        if self.nested > 0 || self.cells > MOST_CELLS {
            return;
        }
        if !self.row_is_open {
            self.begin_row();
        }
        while self.cells <= MOST_CELLS && self.continue_cell() {}
        let columns = columns.clamp(1, WIDEST);
        self.splits |= columns > 1;
        let begin = self.rows.last().map_or(0, Vec::len);
        self.column = Some(begin);
        self.push_cells(columns);
        let below = rows.clamp(1, TALLEST) - 1;
        if self.reaching.len() < begin + columns {
            self.reaching.resize(begin + columns, 0);
        }
        self.reaching.iter_mut().skip(begin).take(columns).for_each(|rows| *rows = below);
    }

    pub(super) fn add_line(&mut self, line: Line) {
        let column = self.column;
        match self.rows.last_mut().zip(column).and_then(|(row, column)| row.get_mut(column)) {
            Some(cell) => LineBuilder::append_line(cell, line),
            None => self.loose.push(line),
        }
    }

    pub(super) fn add_picture(&mut self, picture: Block) {
        self.pictures.push(picture);
    }

    /// What it is in the end, and whether that is a table.
    pub(super) fn blocks(mut self) -> (Vec<Block>, bool) {
        self.finish_row();
        self.rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let is_table = self.rows.len() > 1 && columns > 1;
        let mut blocks: Vec<Block> = self.loose.into_iter().map(Block::paragraph).collect();
        if is_table {
            self.rows.iter_mut().for_each(|row| row.resize(columns, Line::new()));
            let rows = self.rows.split_off(1);
            let mut head = self.rows.pop().unwrap_or_default();
            // The cells of the head are told apart by where they stand.
            head.iter_mut().flatten().for_each(|span| span.strong = false);
            blocks.push(Block::Table { head, rows });
        } else {
            let cells = self.rows.into_iter().flatten().filter(|cell| !cell.is_empty());
            blocks.extend(cells.map(Block::paragraph));
        }
        blocks.extend(self.pictures);
        (blocks, is_table)
    }
}
