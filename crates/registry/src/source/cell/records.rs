//! Records as text: where the wanted cells of a run of rows lie.
//!
//! Readers of delimited text, of JSON and of test rows fill [`Records`];
//! `convert` turns them into typed columns. No cell is copied unless it has to be
//! changed (doubled quotes, numbers of JSON), so this stays out of the way of fast
//! reading.

/// Where a cell's text is.
#[derive(Clone, Copy, Debug)]
struct Cell {
    start: u32,
    /// The length, with the place in the top bits.
    length: u32,
}

/// The cell is in the side text.
const SIDE: u32 = 1 << 31;
/// The cell is a number of its source, not a text: its decimals follow a point.
const NUMBER: u32 = 1 << 30;
const LENGTH: u32 = NUMBER - 1;

impl Cell {
    /// No text at all: null. Empty text is null too, so they need not differ.
    const NULL: Self = Self { start: 0, length: 0 };
}

/// Wanted cells of a run of rows, row by row.
#[derive(Debug)]
pub(in crate::source) struct Records {
    width: usize,
    cells: Vec<Cell>,
    lines: Vec<u32>,
    side: String,
    /// Where the side text of the last row begins.
    side_from: usize,
}

impl Records {
    /// No rows yet, of so many wanted cells.
    pub(in crate::source) fn new(width: usize) -> Self {
        Self { width, cells: Vec::new(), lines: Vec::new(), side: String::new(), side_from: 0 }
    }

    /// Number of rows.
    pub(in crate::source) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub(in crate::source) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Forgets all rows.
    pub(in crate::source) fn clear(&mut self) {
        self.cells.clear();
        self.lines.clear();
        self.side.clear();
        self.side_from = 0;
    }

    /// Begins a row, all null, of this line.
    pub(in crate::source) fn begin(&mut self, line: u32) {
        self.side_from = self.side.len();
        self.lines.push(line);
        self.cells.resize(self.cells.len() + self.width, Cell::NULL);
    }

    /// Takes the last row back.
    pub(in crate::source) fn take_back(&mut self) {
        if self.lines.pop().is_some() {
            self.cells.truncate(self.cells.len() - self.width);
            self.side.truncate(self.side_from);
        }
    }

    /// Says where a cell of the last row lies in the text.
    pub(in crate::source) fn put(&mut self, slot: usize, start: usize, length: usize) {
        debug_assert!(length <= LENGTH as usize);
        self.put_cell(slot, Cell { start: start as u32, length: length as u32 });
    }

    /// Gives a cell of the last row a text of its own.
    pub(in crate::source) fn put_text(&mut self, slot: usize, text: &str) {
        self.put_side(slot, text, 0);
    }

    /// Gives a cell of the last row a number: all its digits, with a decimal point.
    pub(in crate::source) fn put_number(&mut self, slot: usize, text: &str) {
        self.put_side(slot, text, NUMBER);
    }

    /// Keeps the rows for which this is true, one truth for each.
    pub(in crate::source) fn retain(&mut self, kept: &[bool]) {
        let width = self.width;
        let mut to = 0;
        for (from, _) in kept.iter().enumerate().filter(|(_, kept)| **kept) {
            self.lines[to] = self.lines[from];
            self.cells.copy_within(from * width..(from + 1) * width, to * width);
            to += 1;
        }
        self.lines.truncate(to);
        self.cells.truncate(to * width);
    }

    /// The line of each row.
    pub(in crate::source) fn lines(&self) -> &[u32] {
        &self.lines
    }

    fn put_side(&mut self, slot: usize, text: &str, flags: u32) {
        let start = self.side.len();
        self.side.push_str(text);
        self.put_cell(slot, Cell { start: start as u32, length: text.len() as u32 | SIDE | flags });
    }

    fn put_cell(&mut self, slot: usize, cell: Cell) {
        let row = self.cells.len() - self.width;
        self.cells[row + slot] = cell;
    }

    /// How much text the rows hold of their own.
    pub(in crate::source) fn side_len(&self) -> usize {
        self.side.len()
    }
}

/// Records together with the text they lie in.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Rows<'a> {
    /// The text that cells lie in.
    pub(in crate::source) text: &'a str,
    /// Where they lie.
    pub(in crate::source) records: &'a Records,
}

/// A cell as read.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct CellText<'a> {
    /// Its text; empty for null.
    pub(in crate::source) text: &'a str,
    /// Whether it was a number in its source, so that its decimals follow a point.
    pub(in crate::source) is_number: bool,
}

impl<'a> Rows<'a> {
    /// The cells of a wanted column, from the first row to the last, with their lines.
    pub(in crate::source) fn column(self, slot: usize) -> impl ExactSizeIterator<Item = (u32, CellText<'a>)> {
        let Self { text, records } = self;
        let cells = records.cells.iter().skip(slot).step_by(records.width.max(1));
        records.lines.iter().zip(cells).map(move |(&line, cell)| {
            let source = if cell.length & SIDE == 0 { text } else { &records.side };
            let start = cell.start as usize;
            let text = source.get(start..start + (cell.length & LENGTH) as usize).unwrap_or_default();
            (line, CellText { text, is_number: cell.length & NUMBER != 0 })
        })
    }
}
