//! Where the cells of tables stand, and over how many rows those reach that were merged.

use std::fmt::Write;

/// How a cell begins in the HTML.
pub(super) const CELL: &str = "<td";
/// Columns of the widest table of Word.
const WIDEST: usize = 63;

/// The tables that are open, the innermost last, and the merged cells of all.
#[derive(Debug, Default)]
pub(super) struct Tables {
    open: Vec<Table>,
    merged: Vec<Merged>,
}

#[derive(Debug, Default)]
struct Table {
    /// Where the cell stands that is being read, or the next one.
    column: usize,
    cell: Cell,
    /// For each column, the place in [`Tables::merged`] of the cell that reaches down to here.
    reaching: Vec<Option<usize>>,
}

#[derive(Debug, Default)]
struct Cell {
    /// Where it begins in the HTML.
    begin: usize,
    columns: usize,
    merged: Option<usize>,
    /// Whether it is only the part of a merged cell that lies in this row.
    continues: bool,
}

#[derive(Debug)]
struct Merged {
    /// Where it begins in the HTML.
    begin: usize,
    rows: usize,
}

impl Tables {
    pub(super) fn begin(&mut self) {
        self.open.push(Table::default());
    }

    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Whether no table is open.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn begin_row(&mut self) {
        if let Some(table) = self.open.last_mut() {
            table.column = 0;
        }
    }

    /// Leaves columns free at the beginning of a row; how many.
    pub(super) fn leave_free(&mut self, columns: usize) -> usize {
        let columns = columns.min(WIDEST);
        let Some(table) = self.open.last_mut() else { return 0 };
        table.reaching.iter_mut().skip(table.column).take(columns).for_each(|above| *above = None);
        table.column += columns;
        columns
    }

    /// Begins a cell at this place of the HTML.
    pub(super) fn begin_cell(&mut self, begin: usize) {
        if let Some(table) = self.open.last_mut() {
            table.cell = Cell { begin, columns: 1, ..Cell::default() };
        }
    }

    pub(super) fn widen(&mut self, columns: usize) {
        if let Some(table) = self.open.last_mut() {
            table.cell.columns = columns.clamp(1, WIDEST);
        }
    }

    /// The cell is the first of those that are merged below each other, or goes on with the one above.
    pub(super) fn merge(&mut self, is_first: bool) {
        let Some(table) = self.open.last_mut().filter(|table| table.cell.merged.is_none()) else {
            return;
        };
        if is_first {
            table.cell.merged = Some(self.merged.len());
            self.merged.push(Merged { begin: table.cell.begin, rows: 1 });
            return;
        }
        let above = table.reaching.get(table.column).copied().flatten();
        if let Some((above, merged)) = above.and_then(|above| Some((above, self.merged.get_mut(above)?))) {
            merged.rows += 1;
            table.cell.merged = Some(above);
            table.cell.continues = true;
        }
    }

    /// Ends a cell; where the HTML has to be cut because the cell only goes on with the one above.
    pub(super) fn end_cell(&mut self) -> Option<usize> {
        let table = self.open.last_mut()?;
        let cell = std::mem::take(&mut table.cell);
        let end = table.column + cell.columns;
        if table.reaching.len() < end {
            table.reaching.resize(end, None);
        }
        let mut below = table.reaching.iter_mut().skip(table.column).take(cell.columns);
        if let Some(first) = below.next() {
            *first = cell.merged;
        }
        below.for_each(|other| *other = None);
        table.column = end;
        if !cell.continues {
            return None;
        }
        while self.merged.last().is_some_and(|merged| merged.begin > cell.begin) {
            self.merged.pop();
        }
        Some(cell.begin)
    }

    /// The HTML with the number of rows in every cell that reaches over several.
    pub(super) fn with_rows(&self, html: String) -> String {
        if self.merged.iter().all(|merged| merged.rows < 2) {
            return html;
        }
        let mut written = String::with_capacity(html.len());
        let mut from = 0;
        for merged in self.merged.iter().filter(|merged| merged.rows > 1) {
            let place = merged.begin + CELL.len();
            if let Some(part) = html.get(from..place) {
                // Writing into a string cannot fail.
                let _ = write!(written, "{part} rowspan=\"{}\"", merged.rows);
                from = place;
            }
        }
        written.push_str(html.get(from..).unwrap_or_default());
        written
    }
}
