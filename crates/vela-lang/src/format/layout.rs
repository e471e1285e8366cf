//! Lines made of cells, and their alignment.
//!
//! Cells of neighbouring lines that stand in one column get the width of the widest, as elastic tab
//! stops do. The last cell of a line has no column. The text of all cells is one string; a cell is
//! where it starts in it, and a line is its first cell, so that writing costs no allocation.

/// One line of output.
#[derive(Clone, Copy, Default)]
struct Line {
    indent: usize,
    /// Its first cell.
    first: usize,
    /// The line starts a new section: it is not aligned with the one above.
    section: bool,
    /// The line is text from the source and not to be indented.
    verbatim: bool,
    /// The line ends in a comment: nothing may follow on it.
    commented: bool,
}

/// Collects lines.
pub(super) struct Layout {
    /// What is in the cells, without what will be between them.
    text: String,
    /// Where each cell starts.
    cells: Vec<usize>,
    lines: Vec<Line>,
    current: Line,
}

impl Layout {
    /// Nothing yet, of about so many bytes.
    pub(super) fn new(size: usize) -> Layout {
        let text = String::with_capacity(size);
        Layout { text, cells: vec![0], lines: Vec::new(), current: Line::default() }
    }

    /// Appends to the current cell.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a comment, which takes the rest of the line.
    pub(super) fn comment(&mut self, text: &str) {
        self.text(text);
        self.current.commented = true;
    }

    /// Whether the current line ends in a comment.
    pub(super) fn ends_in_comment(&self) -> bool {
        self.current.commented
    }

    /// Starts the next cell.
    pub(super) fn cell(&mut self) {
        self.cells.push(self.text.len());
    }

    /// Keeps the current line from being aligned with those above.
    pub(super) fn section(&mut self) {
        self.current.section = true;
    }

    /// Ends the line.
    pub(super) fn newline(&mut self, indent: usize) {
        let next = Line { indent, first: self.cells.len(), ..Line::default() };
        self.cell();
        self.lines.push(std::mem::replace(&mut self.current, next));
    }

    /// Ends the line; the next one is text from the source.
    pub(super) fn verbatim_newline(&mut self) {
        self.newline(0);
        self.current.verbatim = true;
    }

    /// Whether nothing is on the current line yet.
    pub(super) fn at_line_start(&self) -> bool {
        !self.current.verbatim && self.cells.get(self.current.first) == Some(&self.text.len())
    }

    /// Whether nothing has been written.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.at_line_start()
    }

    /// The text, with aligned columns; `unit` indents once.
    pub(super) fn finish(mut self, unit: &str) -> String {
        self.lines.push(self.current);
        let end = Line { first: self.cells.len(), ..Line::default() };
        self.lines.push(end);
        self.cells.push(self.text.len());
        let mut table = Table { layout: &self, widths: vec![0; self.cells.len()] };
        table.align(0, self.lines.len() - 1, 0);
        let widths = table.widths;
        let mut out = String::with_capacity(self.text.len() + self.cells.len() * 4);
        for pair in self.lines.windows(2) {
            let (line, next) = (pair[0], pair[1].first);
            let empty = self.cells[line.first] == self.cells[next];
            if !line.verbatim && !empty {
                out.extend(std::iter::repeat_n(unit, line.indent));
            }
            if line.verbatim || !empty {
                let places = self.cells[line.first..=next].windows(2);
                for (place, column) in places.zip(&widths[line.first..]) {
                    let text = &self.text[place[0]..place[1]];
                    out.push_str(text);
                    let gap = column.saturating_sub(width(text));
                    if gap > 0 {
                        out.extend(std::iter::repeat_n(' ', gap));
                    }
                }
            }
            out.push('\n');
        }
        out
    }
}

/// How many columns a text takes.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// The widths of all cells; those of last cells stay zero.
struct Table<'l> {
    layout: &'l Layout,
    widths: Vec<usize>,
}

impl Table<'_> {
    /// The cell of a line in a column, if another one follows it.
    fn cell(&self, line: usize, column: usize) -> Option<usize> {
        let cell = self.layout.lines[line].first + column;
        (cell + 1 < self.layout.lines[line + 1].first).then_some(cell)
    }

    /// Sets the widths of column `column` and those right of it for the lines `from..to`.
    fn align(&mut self, from: usize, to: usize, column: usize) {
        let lines = &self.layout.lines;
        let mut start = from;
        while start < to {
            if self.cell(start, column).is_none() {
                start += 1;
                continue;
            }
            let mut widest = 0;
            let mut end = start;
            while end < to
                && let Some(cell) = self.cell(end, column)
                && (end == start || lines[end].indent == lines[start].indent && !lines[end].section)
            {
                let cells = &self.layout.cells;
                widest = widest.max(width(&self.layout.text[cells[cell]..cells[cell + 1]]));
                end += 1;
            }
            // A column that is empty all the way takes no room.
            let widest = if widest == 0 { 0 } else { widest + 1 };
            for line in &lines[start..end] {
                self.widths[line.first + column] = widest;
            }
            self.align(start, end, column + 1);
            start = end;
        }
    }
}
