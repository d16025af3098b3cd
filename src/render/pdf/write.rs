//! Pages to printpdf operations: marked content around every piece, glyphs of subset fonts, vector shapes.
//! What printpdf does not write (structure, metadata, links, attachments) is added by `post`.

use std::collections::BTreeMap;
use std::rc::Rc;

use printpdf::{
    Codepoint, Color, DictItem, FontId, LinePoint, Op, PaintMode, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions,
    Point, Polygon, PolygonRing, Pt, Rect, Rgb, TextItem, TextMatrix, WindingOrder,
};
use subsetter::GlyphRemapper;

use super::PdfError;
use super::fonts::{Fonts, Glyph};
use super::paginate::{Area, Page};
use super::strip::Draw;
use super::tags::{Kid, NodeId, Tags};
use super::text::Run;
use crate::digest;
use crate::render::theme::Colour;

/// A link area on a page.
#[derive(Debug)]
pub(super) struct Link {
    pub page: usize,
    /// Left, top, right, bottom from the top left corner of the paper.
    pub rect: [f32; 4],
    pub href: Rc<str>,
    pub node: NodeId,
    /// The words that are linked.
    pub words: String,
}

/// What comes out: printpdf's document as lopdf objects, and what `post` needs to know.
pub(super) struct Written {
    pub doc: lopdf::Document,
    pub links: Vec<Link>,
    /// The structure element of each marked content, by page.
    pub parents: Vec<Vec<NodeId>>,
}

/// What a stretch of content is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Decoration.
    Artifact,
    /// Repeated on every page: `Header`, `Footer`, or a table's head.
    Pagination(Option<&'static str>),
    /// Content of an element.
    Node(NodeId),
}

/// The running texts of a page.
#[derive(Debug, Default)]
pub(super) struct Running {
    pub header: Vec<Draw>,
    pub footer: Vec<Draw>,
}

/// Writes pages.
///
/// # Errors
/// A font cannot be subset, or a glyph is missing that should be there.
pub(super) fn write(pages: &[Page], running: &[Running], area: Area, fonts: &Fonts<'_>, tags: &mut Tags) -> Result<Written, PdfError> {
    let mut pdf = PdfDocument::new("");
    let used = used_glyphs(pages, running)?;
    let mut subsets = BTreeMap::new();
    for (font, glyphs) in &used {
        let Some(loaded) = fonts.loaded.get(*font) else { continue };
        let mut remapper = GlyphRemapper::new();
        for gid in glyphs.keys() {
            remapper.remap(*gid);
        }
        let fail = |why: String| PdfError::Subset { font: loaded.name.clone(), why };
        let bytes = subsetter::subset(loaded.bytes, 0, &remapper).map_err(|e| fail(e.to_string()))?;
        let mut parsed =
            ParsedFont::from_bytes(&bytes, 0, &mut Vec::new()).ok_or_else(|| fail("printpdf cannot read the subset".into()))?;
        parsed.font_name = Some(format!("{}+{}", subset_tag(glyphs.keys()), loaded.name));
        pdf.resources.fonts.map.insert(font_id(*font), PdfFont::new(parsed));
        subsets.insert(*font, Subset { remapper, unicode: glyphs });
    }
    let mut links = Vec::new();
    let mut parents = Vec::new();
    for (number, page) in pages.iter().enumerate() {
        let mut out =
            PageWriter { h: area.page_h, page: number, ops: Vec::new(), subsets: &subsets, tags, links: &mut links, parents: Vec::new() };
        out.parts(&page.grounds, |_| Part::Artifact);
        out.parts(&page.draws, |node| node.map_or(Part::Artifact, Part::Node));
        out.parts(&page.repeats, |_| Part::Pagination(None));
        if let Some(r) = running.get(number) {
            out.parts(&r.header, |_| Part::Pagination(Some("Header")));
            out.parts(&r.footer, |_| Part::Pagination(Some("Footer")));
        }
        parents.push(out.parents);
        pdf.pages.push(PdfPage::new(Pt(area.page_w).into(), Pt(area.page_h).into(), out.ops));
    }
    let mut warnings = Vec::new();
    let doc = printpdf::serialize::to_lopdf_doc(&pdf, &PdfSaveOptions::default(), &mut warnings);
    Ok(Written { doc, links, parents })
}

struct Subset<'u> {
    remapper: GlyphRemapper,
    /// What each glyph stands for when text is taken out.
    unicode: &'u BTreeMap<u16, String>,
}

fn font_id(font: usize) -> FontId {
    FontId(format!("T{font}"))
}

/// Six capitals that name a subset (ISO 32000-1, 9.6.4), from the glyphs in it.
fn subset_tag<'g>(gids: impl Iterator<Item = &'g u16>) -> String {
    let bytes: Vec<u8> = gids.flat_map(|g| g.to_be_bytes()).collect();
    digest::sha256(&bytes).iter().take(6).map(|b| char::from(b'A' + b % 26)).collect()
}

fn node_of(draw: &Draw) -> Option<NodeId> {
    match draw {
        Draw::Text { run, .. } => run.node,
        Draw::Rect { node, .. } | Draw::Rule { node, .. } => *node,
    }
}

/// Every glyph by font, with the text it stood for first.
fn used_glyphs(pages: &[Page], running: &[Running]) -> Result<BTreeMap<usize, BTreeMap<u16, String>>, PdfError> {
    let mut used: BTreeMap<usize, BTreeMap<u16, String>> = BTreeMap::new();
    let running = running.iter().flat_map(|r| r.header.iter().chain(&r.footer));
    for draw in pages.iter().flat_map(|p| p.draws.iter().chain(&p.repeats)).chain(running) {
        let Draw::Text { run, .. } = draw else { continue };
        for g in &run.shaped.glyphs {
            if g.gid == 0 {
                return Err(PdfError::NoGlyph { text: run.shaped.text.chars().take(40).collect() });
            }
            let text = used.entry(run.font).or_default().entry(g.gid).or_default();
            if text.is_empty() {
                text.push_str(&g.text);
            }
        }
    }
    // A glyph that only ever follows another in a cluster must map to something; ActualText says what is meant.
    for text in used.values_mut().flat_map(BTreeMap::values_mut).filter(|t| t.is_empty()) {
        text.push('\u{FFFD}');
    }
    Ok(used)
}

struct PageWriter<'w> {
    h: f32,
    page: usize,
    ops: Vec<Op>,
    subsets: &'w BTreeMap<usize, Subset<'w>>,
    tags: &'w mut Tags,
    links: &'w mut Vec<Link>,
    parents: Vec<NodeId>,
}

/// Hundredths of a point are enough, and short numbers keep the file small.
fn round(v: f32) -> f32 {
    (v * 100.0).round() / 100.0
}

fn pt(v: f32) -> Pt {
    Pt(round(v))
}

fn colour(c: Colour) -> Color {
    let part = |v: u8| (f32::from(v) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb { r: part(c.r), g: part(c.g), b: part(c.b), icc_profile: None })
}

impl PageWriter<'_> {
    /// Writes stretches of the same kind as one marked content each.
    fn parts(&mut self, draws: &[Draw], part: impl Fn(Option<NodeId>) -> Part) {
        for stretch in draws.chunk_by(|a, b| node_of(a) == node_of(b)) {
            let Some(first) = stretch.first() else { continue };
            self.begin(part(node_of(first)));
            let mut rest = stretch;
            while let Some(first) = rest.first() {
                if matches!(first, Draw::Text { .. }) {
                    let len = rest.iter().take_while(|d| matches!(d, Draw::Text { .. })).count();
                    let (texts, after) = rest.split_at(len);
                    self.texts(texts);
                    rest = after;
                } else {
                    self.shape(first);
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
            self.ops.push(Op::EndMarkedContent);
        }
    }

    fn begin(&mut self, part: Part) {
        let name = |n: &str| DictItem::Name(n.as_bytes().to_vec());
        let (tag, map) = match part {
            Part::Artifact => ("Artifact", vec![("Type", name("Layout"))]),
            Part::Pagination(None) => ("Artifact", vec![("Type", name("Pagination"))]),
            Part::Pagination(Some(sub)) => ("Artifact", vec![("Type", name("Pagination")), ("Subtype", name(sub))]),
            Part::Node(node) => {
                let mcid = self.parents.len() as i64;
                self.parents.push(node);
                self.tags.kid(node, Kid::Content { page: self.page, mcid });
                (self.tags.kind(node), vec![("MCID", DictItem::Int(mcid))])
            }
        };
        let map = map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        self.ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties: DictItem::Dict { map } });
    }

    fn texts(&mut self, draws: &[Draw]) {
        self.ops.push(Op::StartTextSection);
        let mut font: Option<(usize, f32)> = None;
        let mut fill: Option<Colour> = None;
        // Where the pen stands after what was shown last.
        let mut pen: Option<(f32, f32)> = None;
        for draw in draws {
            let Draw::Text { x, y, run } = draw else { continue };
            self.link(*x, *y, run);
            let Some(subset) = self.subsets.get(&run.font) else { continue };
            if font != Some((run.font, run.style.size)) {
                font = Some((run.font, run.style.size));
                self.ops.push(Op::SetFont { font: PdfFontHandle::External(font_id(run.font)), size: pt(run.style.size) });
            }
            if fill != Some(run.style.colour) {
                fill = Some(run.style.colour);
                self.ops.push(Op::SetFillColor { col: colour(run.style.colour) });
            }
            // Where the glyphs alone do not tell the text, it is written beside them.
            let told = run.shaped.glyphs.iter().all(|g| !g.text.is_empty() && subset.unicode.get(&g.gid) == Some(&g.text));
            if !told {
                let mut data = vec![0xFE, 0xFF];
                data.extend(run.shaped.text.encode_utf16().flat_map(u16::to_be_bytes));
                let map = BTreeMap::from([("ActualText".to_owned(), DictItem::String { data, literal: false })]);
                self.ops.push(Op::BeginMarkedContentWithProperties { tag: "Span".into(), properties: DictItem::Dict { map } });
                pen = None;
            }
            pen = Some(Self::glyphs(&mut self.ops, subset, run, (*x, *y), self.h, pen));
            if !told {
                self.ops.push(Op::EndMarkedContent);
                pen = None;
            }
        }
        self.ops.push(Op::EndTextSection);
    }

    /// Shows a run and says where the pen stands then.
    fn glyphs(ops: &mut Vec<Op>, subset: &Subset<'_>, run: &Run, at: (f32, f32), h: f32, pen: Option<(f32, f32)>) -> (f32, f32) {
        let scale = run.style.size / 1000.0;
        let code = |g: &Glyph, kern: f32| {
            let gid = subset.remapper.get(g.gid).unwrap_or(0);
            Codepoint { gid, offset: kern, cid: subset.unicode.get(&g.gid).cloned() }
        };
        let go = |ops: &mut Vec<Op>, x: f32, y: f32| ops.push(Op::SetTextMatrix { matrix: TextMatrix::Translate(pt(x), pt(h - y)) });
        let show = |ops: &mut Vec<Op>, run: &mut Vec<Codepoint>| {
            if !run.is_empty() {
                ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(std::mem::take(run))] });
            }
        };
        let (mut x, y) = at;
        if !pen.is_some_and(|(px, py)| (px - x).abs() < 0.02 && (py - y).abs() < 0.001) {
            go(ops, x, y);
        }
        let mut row = Vec::new();
        for g in &run.shaped.glyphs {
            // Widths in the file are whole thousandths; what the shaper moves differently is a number in the row.
            let kern = round(g.nominal.trunc() - g.advance);
            if g.dx == 0.0 && g.dy == 0.0 {
                row.push(code(g, kern));
                x += g.advance * scale;
            } else {
                show(ops, &mut row);
                go(ops, x + g.dx * scale, y - g.dy * scale);
                show(ops, &mut vec![code(g, 0.0)]);
                x += g.advance * scale;
                go(ops, x, y);
            }
        }
        show(ops, &mut row);
        (x, y)
    }

    fn link(&mut self, x: f32, y: f32, run: &Run) {
        let (Some(href), Some(node)) = (&run.href, run.node) else { return };
        if self.tags.kind(node) != "Link" {
            return;
        }
        let size = run.style.size;
        let rect = [x, y - size * 0.95, x + run.width(), y + size * 0.3];
        if let Some(last) = self.links.last_mut() {
            let same_line = last.page == self.page && last.node == node && (last.rect[1] - rect[1]).abs() < size * 0.4;
            if same_line {
                last.rect[0] = last.rect[0].min(rect[0]);
                last.rect[2] = last.rect[2].max(rect[2]);
                last.words.push_str(&run.shaped.text);
                return;
            }
        }
        self.tags.kid(node, Kid::Link(self.links.len()));
        self.links.push(Link { page: self.page, rect, href: href.clone(), node, words: run.shaped.text.clone() });
    }

    fn shape(&mut self, draw: &Draw) {
        match draw {
            Draw::Rect { x, y, w, h, radius, fill, .. } if *w > 0.0 && *h > 0.0 => {
                self.ops.push(Op::SetFillColor { col: colour(*fill) });
                if *radius <= 0.0 {
                    let mut rectangle = Rect::from_xywh(pt(*x), pt(self.h - y - h), pt(*w), pt(*h));
                    rectangle.mode = Some(PaintMode::Fill);
                    self.ops.push(Op::DrawRectangle { rectangle });
                } else {
                    self.ops.push(Op::DrawPolygon { polygon: rounded(*x, self.h - y - h, *w, *h, radius.min(w / 2.0).min(h / 2.0)) });
                }
            }
            Draw::Rule { x1, y1, x2, y2, width, colour: c, .. } => {
                self.ops.push(Op::SetOutlineColor { col: colour(*c) });
                self.ops.push(Op::SetOutlineThickness { pt: pt(*width) });
                let point = |x: f32, y: f32| LinePoint { p: Point { x: pt(x), y: pt(self.h - y) }, bezier: false };
                let line = printpdf::Line { points: vec![point(*x1, *y1), point(*x2, *y2)], is_closed: false };
                self.ops.push(Op::DrawLine { line });
            }
            _ => {}
        }
    }
}

/// A rectangle with rounded corners; `y` is the lower edge, as in PDF.
fn rounded(x: f32, y: f32, w: f32, h: f32, r: f32) -> Polygon {
    // The control points of a quarter circle as a Bézier curve lie at 0.5523 of the radius.
    let k = r * (1.0 - 0.5523);
    let point = |x: f32, y: f32, bezier: bool| LinePoint { p: Point { x: pt(x), y: pt(y) }, bezier };
    let (r_x, t_y) = (x + w, y + h);
    let points = vec![
        point(x + r, y, false),
        point(r_x - r, y, false),
        point(r_x - k, y, true),
        point(r_x, y + k, true),
        point(r_x, y + r, false),
        point(r_x, t_y - r, false),
        point(r_x, t_y - k, true),
        point(r_x - k, t_y, true),
        point(r_x - r, t_y, false),
        point(x + r, t_y, false),
        point(x + k, t_y, true),
        point(x, t_y - k, true),
        point(x, t_y - r, false),
        point(x, y + r, false),
        point(x, y + k, true),
        point(x + k, y, true),
        point(x + r, y, false),
    ];
    Polygon { rings: vec![PolygonRing { points }], mode: PaintMode::Fill, winding_order: WindingOrder::NonZero }
}
