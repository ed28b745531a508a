//! A table as it is read: one of figures stays a table, one that only places things does not.

use super::text::LineBuilder;
use super::{Block, Line};

/// Cells that one cell may stand for.
const WIDEST: usize = 20;
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
            self.rows.push(Vec::new());
            self.row_is_open = true;
            self.column = None;
        }
    }

    pub(super) fn end_row(&mut self) {
        if self.nested == 0 {
            self.row_is_open = false;
            self.column = None;
        }
    }

    /// Begins a cell that is this many columns wide; its text stands in the first.
    pub(super) fn begin_cell(&mut self, columns: usize) {
        if self.nested > 0 || self.cells > MOST_CELLS {
            return;
        }
        if !self.row_is_open {
            self.begin_row();
        }
        let columns = columns.clamp(1, WIDEST);
        self.cells += columns;
        if let Some(row) = self.rows.last_mut() {
            self.column = Some(row.len());
            row.resize(row.len() + columns, Line::new());
        }
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
