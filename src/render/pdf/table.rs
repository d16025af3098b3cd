//! Tables and the matrix of controls: column widths, rows that stay whole, heads that come again.

use std::rc::Rc;

use super::build::{Builder, LEADING, baseline};
use super::fonts::Face;
use super::strip::{Draw, Head, Strip, keep_together};
use super::tags::{Attr, NodeId};
use super::text::{Line, Span, Style, extent, lines};
use crate::render::blocks::{Align, Column, Fact, Inlines, Matrix, MatrixCell, Table};

/// Space beside and above the text of a cell.
const PAD: (f32, f32) = (5.0, 2.7);

/// Rows that decide the widths of columns; the rest follows them.
const MEASURED: usize = 300;

/// A cell ready to be set.
struct Cell {
    spans: Vec<Span>,
    align: Align,
    /// From the left edge of the row.
    x: f32,
    w: f32,
}

impl Builder<'_> {
    /// A row from its cells: as high as the highest.
    fn row(&self, cells: &[Cell], size: f32) -> Strip {
        let h = size * LEADING;
        let set: Vec<(&Cell, Vec<Line>)> = cells.iter().map(|c| (c, lines(self.fonts, &c.spans, c.w - 2.0 * PAD.0))).collect();
        let most = set.iter().map(|(_, l)| l.len()).max().unwrap_or(1);
        let mut strip = Strip::new(most as f32 * h + 2.0 * PAD.1);
        for (cell, set) in set {
            for (n, line) in set.iter().enumerate() {
                let free = cell.w - 2.0 * PAD.0 - line.width;
                let dx = match cell.align {
                    Align::Left => 0.0,
                    Align::Center => free / 2.0,
                    Align::Right => free,
                };
                strip.line(line, cell.x + PAD.0 + dx.max(0.0), PAD.1 + n as f32 * h + baseline(h, size));
            }
        }
        strip
    }

    /// The head row, and the same to be drawn again.
    fn head_row(&mut self, cells: &[Cell], size: f32, width: f32, caption: &str) -> (Strip, Rc<Head>) {
        let mut head = self.row(cells, size);
        head.rule(0.0, head.h, width, 0.9, self.theme.colour.accent);
        head.keep = true;
        let mut again = head.clone();
        if !caption.is_empty() {
            let style = self.style(Face::Italic, size, self.theme.colour.muted);
            let span = self.span(&format!("{caption} ({})", self.labels.continued), style, None);
            let mut above = Strip::new(size * LEADING);
            if let Some(line) = lines(self.fonts, &[span], width).first() {
                above.line(line, 0.0, baseline(above.h, size));
            }
            for d in &mut again.draws {
                d.shift(0.0, above.h);
            }
            again.h += above.h;
            again.draws.append(&mut above.draws);
        }
        (head, Rc::new(Head { h: again.h, draws: again.draws }))
    }

    fn caption(&mut self, caption: &Inlines, width: f32, table: NodeId) -> Vec<Strip> {
        let b = self.body();
        if caption.is_empty() {
            return Vec::new();
        }
        let node = self.tags.add(table, "Caption");
        let spans = self.spans(caption, self.style(Face::Bold, b * 0.92, self.theme.colour.text), Some(node));
        let mut out = self.paragraph(&spans, width, b * 0.92, b);
        keep_together(&mut out, true);
        out
    }

    pub(super) fn table(&mut self, t: &Table, width: f32, parent: NodeId) -> Vec<Strip> {
        let size = self.body() * 0.89;
        let head_style = self.style(Face::Bold, size, self.theme.colour.accent);
        let style = self.style(Face::Regular, size, self.theme.colour.text);
        let table = self.tags.add(parent, "Table");
        let mut out = self.caption(&t.caption, width, table);
        let thead = self.tags.add(table, "THead");
        let tr = self.tags.add(thead, "TR");
        let count = t.columns.len().max(t.head.len()).max(1);
        let column = |n: usize| t.columns.get(n).copied().unwrap_or_default();
        let mut head = Vec::new();
        for n in 0..count {
            let node = self.tags.add_with(tr, "TH", &[Attr::ColumnHead]);
            head.push(self.spans(t.head.get(n).map_or(&[], Vec::as_slice), head_style, Some(node)));
        }
        let tbody = self.tags.add(table, "TBody");
        let mut rows = Vec::with_capacity(t.rows.len());
        for row in &t.rows {
            let tr = self.tags.add(tbody, "TR");
            let mut cells = Vec::with_capacity(count);
            for n in 0..count {
                let node = self.tags.add(tr, "TD");
                cells.push(self.spans(row.get(n).map_or(&[], Vec::as_slice), style, Some(node)));
            }
            rows.push(cells);
        }
        let widths = self.widths(&t.columns, &head, &rows, width);
        let cells = |row: Vec<Vec<Span>>| {
            let mut x = 0.0;
            let place = |(n, spans): (usize, Vec<Span>)| {
                let w = widths.get(n).copied().unwrap_or(0.0);
                x += w;
                Cell { spans, align: column(n).align, x: x - w, w }
            };
            row.into_iter().enumerate().map(place).collect::<Vec<_>>()
        };
        let caption = crate::render::blocks::plain(&t.caption);
        let (mut head, again) = self.head_row(&cells(head), size, width, &caption);
        head.before = if out.is_empty() { self.body() * 0.9 } else { 1.0 };
        out.push(head);
        for row in rows {
            let mut strip = self.row(&cells(row), size);
            strip.rule(0.0, strip.h, width, 0.4, self.theme.colour.line);
            strip.head = Some(again.clone());
            out.push(strip);
        }
        close_table(&mut out);
        out
    }

    /// Column widths: by weight where given, else by content between the longest word and the longest cell.
    fn widths(&self, columns: &[Column], head: &[Vec<Span>], rows: &[Vec<Vec<Span>>], width: f32) -> Vec<f32> {
        let count = head.len().max(1);
        if columns.len() == count && columns.iter().all(|c| c.weight > 0) {
            let total: f32 = columns.iter().map(|c| f32::from(c.weight)).sum();
            return columns.iter().map(|c| width * f32::from(c.weight) / total).collect();
        }
        let pad = 2.0 * PAD.0 + 0.5;
        let (mut min, mut max) = (vec![0.0f32; count], vec![0.0f32; count]);
        for row in std::iter::once(head).chain(rows.iter().take(MEASURED).map(Vec::as_slice)) {
            for ((cell, min), max) in row.iter().zip(&mut min).zip(&mut max) {
                let (word, line) = extent(self.fonts, cell);
                *min = min.max(word + pad);
                *max = max.max(line + pad);
            }
        }
        let sum: f32 = max.iter().sum();
        if sum <= width {
            // All fits: the free space goes to the columns by their size.
            return max.iter().map(|m| m * width / sum.max(1.0)).collect();
        }
        // No column may take more than half of the page for one unbroken word.
        let floor = width / count as f32;
        for m in &mut min {
            *m = m.min(floor.max(width * 0.3));
        }
        let least: f32 = min.iter().sum();
        if least >= width {
            return min.iter().map(|m| m * width / least).collect();
        }
        let wish: f32 = max.iter().zip(&min).map(|(max, min)| (max - min).max(0.0)).sum();
        min.iter().zip(&max).map(|(min, max)| min + (width - least) * (max - min).max(0.0) / wish.max(1.0)).collect()
    }

    pub(super) fn matrix(&mut self, m: &Matrix, width: f32, parent: NodeId) -> Vec<Strip> {
        // Many pools are worth a narrower first column.
        let first = width * if m.columns.len() > 3 { 0.28 } else { 0.34 };
        let per = (((width - first) / 84.0) as usize).max(1);
        let mut out = Vec::new();
        let mut from = 0;
        // More pools than fit beside each other make further tables below.
        loop {
            let to = (from + per).min(m.columns.len());
            out.append(&mut self.matrix_part(m, from..to, first, width, parent));
            from = to;
            if from >= m.columns.len() {
                return out;
            }
        }
    }

    fn matrix_part(&mut self, m: &Matrix, pools: std::ops::Range<usize>, first: f32, width: f32, parent: NodeId) -> Vec<Strip> {
        let size = self.body() * 0.86;
        let bold = self.style(Face::Bold, size, self.theme.colour.accent);
        let count = pools.len().max(1);
        let w = (width - first) / count as f32;
        let table = self.tags.add(parent, "Table");
        let mut out = self.caption(&m.caption, width, table);
        let thead = self.tags.add(table, "THead");
        let tr = self.tags.add(thead, "TR");
        let th = self.tags.add_with(tr, "TH", &[Attr::ColumnHead]);
        let label = self.labels.control.clone();
        let mut cells = vec![Cell { spans: vec![self.span(&label, bold, Some(th))], align: Align::Left, x: 0.0, w: first }];
        for (n, pool) in m.columns.iter().take(pools.end).skip(pools.start).enumerate() {
            let th = self.tags.add_with(tr, "TH", &[Attr::ColumnHead]);
            cells.push(Cell { spans: self.spans(pool, bold, Some(th)), align: Align::Left, x: first + n as f32 * w, w });
        }
        let caption = crate::render::blocks::plain(&m.caption);
        let (mut head, again) = self.head_row(&cells, size, width, &caption);
        head.before = if out.is_empty() { self.body() * 0.9 } else { 1.0 };
        out.push(head);
        let tbody = self.tags.add(table, "TBody");
        for group in &m.groups {
            let tr = self.tags.add(tbody, "TR");
            let th = self.tags.add_with(tr, "TH", &[Attr::RowHead, Attr::Span(pools.len() as i64 + 1)]);
            let spans = vec![self.span(&group.title, bold, Some(th))];
            let mut strip = self.row(&[Cell { spans, align: Align::Left, x: 0.0, w: width }], size);
            strip.draws.insert(0, ground((0.0, 0.0, width, strip.h), 0.0, self.theme.colour.accent.tint(0.1)));
            strip.keep = true;
            strip.head = Some(again.clone());
            out.push(strip);
            for row in &group.rows {
                let tr = self.tags.add(tbody, "TR");
                let th = self.tags.add_with(tr, "TH", &[Attr::RowHead]);
                let mut id = self.span(&row.id, self.style(Face::Bold, size, self.theme.colour.text), Some(th));
                id.brk = !row.title.is_empty();
                let title = self.span(&row.title, self.style(Face::Regular, size * 0.93, self.theme.colour.muted), Some(th));
                let mut cells = vec![Cell { spans: vec![id, title], align: Align::Left, x: 0.0, w: first }];
                let mut grounds = Vec::new();
                for (n, cell) in row.cells.iter().take(pools.end).skip(pools.start).enumerate() {
                    let x = first + n as f32 * w;
                    let td = self.tags.add(tr, "TD");
                    grounds.push((x, cell.verdict.map_or(self.theme.colour.tint, |v| self.theme.verdict(v).tint(0.13))));
                    cells.push(Cell { spans: self.matrix_cell(cell, size, td), align: Align::Left, x: x + 3.0, w: w - 4.0 });
                }
                let mut strip = self.row(&cells, size);
                let h = strip.h;
                let shapes = grounds.into_iter().map(|(x, fill)| ground((x + 1.5, 1.5, w - 3.0, h - 3.0), 2.0, fill));
                strip.draws.splice(0..0, shapes);
                strip.rule(0.0, h, width, 0.4, self.theme.colour.line);
                strip.head = Some(again.clone());
                out.push(strip);
            }
        }
        close_table(&mut out);
        out
    }

    fn matrix_cell(&mut self, cell: &MatrixCell, size: f32, td: NodeId) -> Vec<Span> {
        let style = self.style(Face::Regular, size * 0.95, self.theme.colour.text);
        let Some(v) = cell.verdict else {
            return vec![self.span(&cell.text, Style { colour: self.theme.colour.muted, ..style }, Some(td))];
        };
        let colour = self.theme.verdict(v);
        vec![
            self.span(&format!("{}\u{a0}", v.sign()), Style { face: Face::Bold, colour, ..style }, Some(td)),
            self.span(&cell.text, Style { colour, ..style }, Some(td)),
        ]
    }

    /// Names and values side by side, with hairlines between.
    pub(super) fn facts(&mut self, facts: &[Fact], width: f32, (size, names): (f32, f32), parent: NodeId) -> Vec<Strip> {
        if facts.is_empty() {
            return Vec::new();
        }
        let table = self.tags.add(parent, "Table");
        let first = (width * names).clamp(72.0, 150.0);
        let mut out = Vec::new();
        for (n, fact) in facts.iter().enumerate() {
            let tr = self.tags.add(table, "TR");
            let th = self.tags.add_with(tr, "TH", &[Attr::RowHead]);
            let name = self.span(&fact.name, self.style(Face::Regular, size, self.theme.colour.muted), Some(th));
            let td = self.tags.add(tr, "TD");
            let value = self.spans(&fact.value, self.style(Face::Regular, size, self.theme.colour.text), Some(td));
            let cells = [
                Cell { spans: vec![name], align: Align::Left, x: -PAD.0, w: first + PAD.0 },
                Cell { spans: value, align: Align::Left, x: first, w: width - first + PAD.0 },
            ];
            let mut strip = self.row(&cells, size);
            // Close lines: the padding of table rows would be too airy here.
            strip.h -= PAD.1 * 1.1;
            for d in &mut strip.draws {
                d.shift(0.0, -PAD.1 * 0.55);
            }
            if n > 0 {
                strip.rule(0.0, 0.0, width, 0.35, self.theme.colour.line);
            }
            out.push(strip);
        }
        out
    }
}

fn ground((x, y, w, h): (f32, f32, f32, f32), radius: f32, fill: crate::render::theme::Colour) -> Draw {
    Draw::Rect { x, y, w, h, radius, fill, node: None }
}

/// The last row is not alone on a page, and the table has some air below it.
fn close_table(out: &mut [Strip]) {
    let len = out.len();
    if let Some(before_last) = len.checked_sub(2).and_then(|n| out.get_mut(n)) {
        before_last.keep = true;
    }
    if let Some(last) = out.last_mut() {
        last.keep = false;
        last.h += 4.0;
    }
}
