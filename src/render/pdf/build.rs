//! Blocks to strips: headings, paragraphs, lists, code, callouts, contents. Figures and tables are in the modules beside.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::fonts::{Face, Fonts};
use super::strip::{Frame, Mark, Strip, framed, keep_together, no_orphans};
use super::tags::{Attr, NodeId, Tags};
use super::text::{Line, Span, Style, lines};
use crate::render::blocks::{Align, Block, Callout, CalloutKind, Document, Inline, Labels, plain};
use crate::render::theme::{Colour, Theme};
use crate::render::visible;

/// Height of a line by its font size.
pub(super) const LEADING: f32 = 1.42;

/// Where the baseline stands in a line of height `h`: capitals are in the middle.
pub(super) fn baseline(h: f32, size: f32) -> f32 {
    h / 2.0 + size * 0.357
}

/// Everything that building needs and gathers.
pub(super) struct Builder<'d> {
    pub fonts: &'d Fonts<'d>,
    pub theme: &'d Theme,
    pub labels: &'d Labels,
    pub tags: Tags,
    /// Characters shown as their number.
    pub substituted: u64,
    /// Pages of anchors from an earlier pass, for the contents.
    places: &'d BTreeMap<String, (usize, f32)>,
    headings: Vec<(u8, String, String)>,
    anchors: BTreeSet<String>,
    level: u8,
    frame: usize,
}

impl<'d> Builder<'d> {
    pub fn new(doc: &'d Document, theme: &'d Theme, fonts: &'d Fonts<'d>, places: &'d BTreeMap<String, (usize, f32)>) -> Self {
        let (mut headings, mut anchors) = (Vec::new(), BTreeSet::new());
        for (n, block) in doc.blocks.iter().enumerate() {
            match block {
                Block::Heading { level, id, inlines } => {
                    anchors.insert(id.clone());
                    // The heading of the contents is not in the contents.
                    if !matches!(doc.blocks.get(n + 1), Some(Block::Toc { .. })) {
                        headings.push((*level, id.clone(), plain(inlines)));
                    }
                }
                Block::Finding(card) => {
                    anchors.extend(card.also.iter().chain([&card.anchor]).cloned());
                }
                _ => {}
            }
        }
        Self { fonts, theme, labels: &doc.labels, tags: Tags::new(), substituted: 0, places, headings, anchors, level: 0, frame: 0 }
    }

    /// Size of body text.
    pub fn body(&self) -> f32 {
        self.theme.font.body
    }

    /// A style in points and a colour.
    pub fn style(&self, face: Face, size: f32, colour: Colour) -> Style {
        Style { face, size, colour }
    }

    /// Body text.
    pub fn body_style(&self) -> Style {
        self.style(Face::Regular, self.body(), self.theme.colour.text)
    }

    /// Text free of what cannot be shown.
    pub fn clean(&mut self, text: &str) -> String {
        let fonts = self.fonts;
        visible::clean(text, &|c| fonts.covers(c), &mut self.substituted)
    }

    /// One span of plain text.
    pub fn span(&mut self, text: &str, style: Style, node: Option<NodeId>) -> Span {
        Span { text: self.clean(text), style, node, href: None, brk: false }
    }

    /// Inlines as spans below `node`.
    pub fn spans(&mut self, inlines: &[Inline], style: Style, node: Option<NodeId>) -> Vec<Span> {
        let mut out = Vec::new();
        self.push_spans(inlines, style, node, None, &mut out);
        out
    }

    fn push_spans(&mut self, inlines: &[Inline], style: Style, node: Option<NodeId>, href: Option<&Rc<str>>, out: &mut Vec<Span>) {
        for i in inlines {
            match i {
                Inline::Text(t) => {
                    let mut s = self.span(t, style, node);
                    s.href = href.cloned();
                    out.push(s);
                }
                Inline::Code(t) => {
                    let mut s = self.span(t, Style { face: Face::Mono, size: style.size * 0.93, ..style }, node);
                    s.href = href.cloned();
                    out.push(s);
                }
                Inline::Strong(v) => self.push_spans(v, Style { face: Face::Bold, ..style }, node, href, out),
                Inline::Emphasis(v) => self.push_spans(v, Style { face: Face::Italic, ..style }, node, href, out),
                Inline::Status(v) => {
                    let style = Style { face: Face::Bold, colour: self.theme.verdict(*v), ..style };
                    let s = self.span(&format!("{}\u{a0}{}", v.sign(), v.word()), style, node);
                    out.push(s);
                }
                Inline::Link { href: to, inlines } => {
                    let known = to.strip_prefix('#').is_none_or(|id| self.anchors.contains(id));
                    if known && href.is_none() && crate::render::markdown::safe_link(to).is_some() {
                        let link = node.map(|n| self.tags.add(n, "Link"));
                        let style = Style { colour: self.theme.colour.accent, ..style };
                        self.push_spans(inlines, style, link, Some(&Rc::from(to.as_str())), out);
                    } else {
                        self.push_spans(inlines, style, node, href, out);
                    }
                }
                Inline::Break => match out.last_mut() {
                    Some(last) => last.brk = true,
                    None => out.push(Span { text: String::new(), style, node, href: None, brk: true }),
                },
            }
        }
    }

    /// One strip a line.
    pub fn line_strips(&self, lines: &[Line], width: f32, size: f32, align: Align) -> Vec<Strip> {
        let h = size * LEADING;
        let place = |line: &Line| match align {
            Align::Left => 0.0,
            Align::Center => (width - line.width) / 2.0,
            Align::Right => width - line.width,
        };
        let strip = |line: &Line| {
            let mut s = Strip::new(h);
            s.line(line, place(line), baseline(h, size));
            s
        };
        lines.iter().map(strip).collect()
    }

    /// A paragraph of spans as strips with space above.
    pub fn paragraph(&self, spans: &[Span], width: f32, size: f32, before: f32) -> Vec<Strip> {
        let mut out = self.line_strips(&lines(self.fonts, spans, width), width, size, Align::Left);
        no_orphans(&mut out);
        if let Some(first) = out.first_mut() {
            first.before = before;
        }
        out
    }

    /// A frame of its own.
    pub fn frame(&mut self, width: f32, fill: Colour, bar: Option<Colour>) -> Frame {
        self.frame += 1;
        Frame { id: self.frame, x: 0.0, w: width, fill, bar, inset: (0.0, 0.0) }
    }

    /// The next level that a heading may have without leaving one out.
    pub fn heading_level(&mut self, wanted: u8) -> u8 {
        self.level = wanted.clamp(1, 6).min(self.level + 1);
        self.level
    }

    /// The level of a heading below the current one, which stays current.
    pub fn level_below(&self) -> u8 {
        (self.level + 1).min(6)
    }

    /// All blocks, one after the other.
    pub fn blocks(&mut self, blocks: &[Block], width: f32, parent: NodeId) -> Vec<Strip> {
        let mut out: Vec<Strip> = Vec::new();
        let mut page = false;
        for block in blocks {
            if matches!(block, Block::PageBreak) {
                page = true;
                continue;
            }
            let mut strips = self.block(block, width, parent);
            if let (Some(first), true) = (strips.first_mut(), page) {
                first.page = true;
                page = false;
            }
            out.append(&mut strips);
        }
        // A heading at the very end has nothing to stay with.
        if let Some(last) = out.last_mut() {
            last.keep = false;
        }
        out
    }

    fn block(&mut self, block: &Block, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        match block {
            Block::Heading { level, id, inlines } => self.heading(*level, id, inlines, width, parent),
            Block::Paragraph(inlines) => {
                let node = self.tags.add(parent, "P");
                let spans = self.spans(inlines, self.body_style(), Some(node));
                self.paragraph(&spans, width, b, b * 0.55)
            }
            Block::List { start, items } => self.list(*start, items, width, parent),
            Block::Table(t) => self.table(t, width, parent),
            Block::Code(text) => self.code(text, width, parent),
            Block::Callout(c) => self.callout(c, width, parent),
            Block::Cover(c) => self.cover(c, width, parent),
            Block::Tiles(t) => self.tiles(t, width, parent),
            Block::Matrix(m) => self.matrix(m, width, parent),
            Block::Coverage(c) => self.coverage(c, width, parent),
            Block::Timeline(t) => self.timeline(t, width, parent),
            Block::Toc { depth } => self.contents(*depth, width, parent),
            Block::Finding(f) => self.finding(f, width, parent),
            Block::PageBreak => Vec::new(),
        }
    }

    fn heading(&mut self, level: u8, id: &str, inlines: &[Inline], width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let (size, before, after, colour) = match level {
            1 => (b * 1.9, b * 2.4, b * 0.5, self.theme.colour.accent),
            2 => (b * 1.35, b * 1.9, b * 0.1, self.theme.colour.accent),
            _ => (b * 1.1, b * 1.4, 0.0, self.theme.colour.text),
        };
        let tag = self.heading_level(level);
        let node = self.tags.add(parent, heading_tag(tag));
        let spans = self.spans(inlines, self.style(Face::Bold, size, colour), Some(node));
        let mut out = self.line_strips(&lines(self.fonts, &spans, width), width, size, Align::Left);
        for s in &mut out {
            s.h = size * 1.3;
        }
        if let Some(first) = out.first_mut() {
            first.before = before;
            let title = self.clean(&plain(inlines));
            first.marks.push(Mark { id: id.to_owned(), bookmark: Some((tag, title)) });
        }
        if let Some(last) = out.last_mut() {
            last.h += after;
            if level == 1 {
                let y = last.h - after * 0.6;
                last.rule(0.0, y, width, 0.8, self.theme.colour.accent);
            }
        }
        keep_together(&mut out, true);
        out
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>], width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let list = self.tags.add_with(parent, "L", &[if start.is_some() { Attr::Decimal } else { Attr::Disc }]);
        let style = self.style(Face::Bold, b, self.theme.colour.accent);
        let mut out = Vec::new();
        let last = start.unwrap_or(0).saturating_add(items.len() as u64);
        let indent = if start.is_some() { b * (0.9 + 0.6 * last.to_string().len() as f32) } else { b * 1.4 };
        for (n, item) in items.iter().enumerate() {
            let li = self.tags.add(list, "LI");
            let label = self.tags.add(li, "Lbl");
            let body = self.tags.add(li, "LBody");
            let words = start.map_or("•".to_owned(), |s| format!("{}.", s.saturating_add(n as u64)));
            let mark = lines(self.fonts, &[self.span(&words, style, Some(label))], indent);
            let mut strips = self.blocks(item, width - indent, body);
            if strips.is_empty() {
                strips.push(Strip::new(b * LEADING));
            }
            for s in &mut strips {
                s.indent(indent);
            }
            if let (Some(first), Some(line)) = (strips.first_mut(), mark.first()) {
                let mut with = Strip::new(0.0);
                with.line(line, 0.0, baseline(b * LEADING, b));
                with.draws.append(&mut first.draws);
                first.draws = with.draws;
                first.before = if n == 0 { b * 0.5 } else { b * 0.22 };
            }
            out.append(&mut strips);
        }
        out
    }

    /// Lines in fixed width on a ground.
    pub fn code(&mut self, text: &str, width: f32, parent: NodeId) -> Vec<Strip> {
        let size = self.body() * 0.88;
        let style = self.style(Face::Mono, size, self.theme.colour.text);
        let p = self.tags.add(parent, "P");
        let node = self.tags.add(p, "Code");
        let mut strips = Vec::new();
        for line in text.lines() {
            let span = self.span(line, style, Some(node));
            strips.append(&mut self.line_strips(&lines(self.fonts, &[span], width - 16.0), width, size, Align::Left));
        }
        no_orphans(&mut strips);
        let frame = self.frame(width, self.theme.colour.tint, None);
        framed(strips, &frame, (8.0, 5.0), self.body() * 0.6)
    }

    /// A note on a ground with a coloured bar, its kind as a word and a sign.
    pub fn callout(&mut self, callout: &Callout, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let (colour, mark, word) = match callout.kind {
            CalloutKind::Note => (self.theme.colour.accent, '➜', &self.labels.note),
            CalloutKind::Verify => (self.theme.colour.accent, '➜', &self.labels.verify),
            CalloutKind::Remedy => (self.theme.colour.accent, '➜', &self.labels.remedy),
            CalloutKind::Warning => (self.theme.colour.verdict.fail, '⚠', &self.labels.warning),
            CalloutKind::Omission => (self.theme.colour.verdict.incomplete, '◐', &self.labels.omission),
        };
        let div = self.tags.add(parent, "Div");
        let head = self.tags.add(div, "P");
        let span = self.span(&format!("{mark}\u{a0}{word}"), self.style(Face::Bold, b * 0.88, colour), Some(head));
        let mut strips = self.paragraph(&[span], width - 22.0, b * 0.88, 0.0);
        keep_together(&mut strips, true);
        let mut body = self.blocks(&callout.blocks, width - 22.0, div);
        if let Some(first) = body.first_mut() {
            first.before = first.before.min(1.0);
        }
        strips.append(&mut body);
        let tall: f32 = strips.iter().map(|s| s.h + s.before).sum();
        if tall < 160.0 {
            keep_together(&mut strips, false);
        }
        let frame = self.frame(width, colour.tint(0.07), Some(colour));
        framed(strips, &frame, (12.0, 6.0), b * 0.8)
    }

    fn contents(&mut self, depth: u8, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let toc = self.tags.add(parent, "TOC");
        let mut out = Vec::new();
        for (level, id, title) in self.headings.clone().into_iter().filter(|h| h.0 <= depth) {
            let item = self.tags.add(toc, "TOCI");
            let reference = self.tags.add(item, "Reference");
            let link = self.tags.add(reference, "Link");
            let style = self.style(if level == 1 { Face::Bold } else { Face::Regular }, b, self.theme.colour.text);
            let href: Rc<str> = Rc::from(format!("#{id}"));
            let indent = b * 1.5 * f32::from(level.saturating_sub(1));
            let mut title = self.span(&title, style, Some(link));
            title.text.push(' ');
            title.href = Some(href.clone());
            let number = self.places.get(&id).map_or(String::new(), |p| (p.0 + 1).to_string());
            let mut number = self.span(&number, Style { colour: self.theme.colour.muted, ..style }, Some(link));
            number.href = Some(href);
            let mut strips = self.line_strips(&lines(self.fonts, &[title], width - indent - b * 4.0), width, b, Align::Left);
            let number = lines(self.fonts, &[number], b * 4.0);
            for s in &mut strips {
                s.h = b * 1.65;
                s.indent(indent);
            }
            if let (Some(last), Some(line)) = (strips.last_mut(), number.first()) {
                last.line(line, width - line.width, baseline(b * LEADING, b));
                last.rule(indent, b * 1.6, width - indent, 0.4, self.theme.colour.line);
            }
            if let (Some(first), 1) = (strips.first_mut(), level) {
                first.before = b * 0.5;
            }
            keep_together(&mut strips, false);
            out.append(&mut strips);
        }
        out
    }
}

/// The structure type of a heading.
pub(super) fn heading_tag(level: u8) -> &'static str {
    match level {
        1 => "H1",
        2 => "H2",
        3 => "H3",
        4 => "H4",
        5 => "H5",
        _ => "H6",
    }
}
