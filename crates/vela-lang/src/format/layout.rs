//! Lines made of cells, and their alignment.
//!
//! Cells of neighbouring lines that stand in one column get the width of the widest, as elastic tab
//! stops do. The last cell of a line has no column.

/// One line of output.
#[derive(Default)]
struct Line {
    indent: usize,
    cells: Vec<String>,
    /// The line starts a new section: it is not aligned with the one above.
    section: bool,
    /// The line is text from the source and not to be indented.
    verbatim: bool,
    /// The line ends in a comment: nothing may follow on it.
    commented: bool,
}

/// Collects lines.
pub(super) struct Layout {
    lines: Vec<Line>,
    current: Line,
}

impl Layout {
    pub(super) fn new() -> Layout {
        Layout {
            lines: Vec::new(),
            current: Line { cells: vec![String::new()], ..Line::default() },
        }
    }

    /// Appends to the current cell.
    pub(super) fn text(&mut self, text: &str) {
        if let Some(cell) = self.current.cells.last_mut() {
            cell.push_str(text);
        }
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
        self.current.cells.push(String::new());
    }

    /// Keeps the current line from being aligned with those above.
    pub(super) fn section(&mut self) {
        self.current.section = true;
    }

    /// Ends the line.
    pub(super) fn newline(&mut self, indent: usize) {
        let next = Line { indent, cells: vec![String::new()], ..Line::default() };
        self.lines.push(std::mem::replace(&mut self.current, next));
    }

    /// Ends the line; the next one is text from the source.
    pub(super) fn verbatim_newline(&mut self) {
        self.newline(0);
        self.current.verbatim = true;
    }

    /// Whether nothing is on the current line yet.
    pub(super) fn at_line_start(&self) -> bool {
        !self.current.verbatim && self.current.cells.iter().all(String::is_empty)
    }

    /// Whether nothing has been written.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.at_line_start()
    }

    /// The text, with aligned columns; `unit` indents once.
    pub(super) fn finish(mut self, unit: &str) -> String {
        self.lines.push(self.current);
        let mut widths: Vec<Vec<usize>> =
            self.lines.iter().map(|l| vec![0; l.cells.len() - 1]).collect();
        align(&self.lines, &mut widths, 0, self.lines.len(), 0);
        let mut out = String::new();
        for (line, widths) in self.lines.iter().zip(&widths) {
            let start = out.len();
            if !line.verbatim {
                out.extend(std::iter::repeat_n(unit, line.indent));
            }
            for (i, cell) in line.cells.iter().enumerate() {
                out.push_str(cell);
                if let Some(width) = widths.get(i) {
                    let gap = width - cell.chars().count().min(*width);
                    out.extend(std::iter::repeat_n(' ', gap));
                }
            }
            if !line.verbatim && line.cells.iter().all(String::is_empty) {
                out.truncate(start);
            }
            out.push('\n');
        }
        out
    }
}

/// Sets the widths of column `column` and those right of it for the lines `from..to`.
fn align(lines: &[Line], widths: &mut [Vec<usize>], from: usize, to: usize, column: usize) {
    let has = |i: usize| lines[i].cells.len() > column + 1;
    let mut start = from;
    while start < to {
        if !has(start) {
            start += 1;
            continue;
        }
        let mut end = start + 1;
        while end < to
            && has(end)
            && lines[end].indent == lines[start].indent
            && !lines[end].section
        {
            end += 1;
        }
        let width =
            lines[start..end].iter().map(|l| l.cells[column].chars().count()).max().unwrap_or(0);
        // A column that is empty all the way takes no room.
        let width = if width == 0 { 0 } else { width + 1 };
        for widths in &mut widths[start..end] {
            widths[column] = width;
        }
        align(lines, widths, start, end, column + 1);
        start = end;
    }
}
