//! The PDF writer: a document of blocks to PDF/A-3a and PDF/UA-1, the same bytes for the same input.
//!
//! Blocks become strips (`build`, `table`, `figure`, `finding`), strips become pages (`paginate`), pages become printpdf
//! operations (`write`), and what printpdf lacks is added to its lopdf document (`post`, `structure`). Only `write`, `post` and
//! `structure` know those libraries. Nothing here judges; text is drawn as it is, or as its number where it would mislead.

mod build;
mod figure;
mod finding;
mod fonts;
mod icc;
mod paginate;
mod post;
#[cfg(test)]
mod sample;
mod strip;
mod structure;
mod table;
mod tags;
mod text;
mod timeline;
mod write;
mod xmp;

use std::collections::BTreeMap;

use lopdf::{Object, StringFormat};

use super::blocks::{Block, Document, Meta};
use super::theme::Theme;
use super::visible;
use build::{Builder, baseline};
use fonts::{Face, Fonts};
use paginate::{Area, Pages, paginate as set_pages};
use strip::Strip;
use tags::Tags;
use text::{Style, lines};
use write::Running;

/// Margins in points: left and right, top, bottom.
const SIDE: f32 = 56.0;
const TOP: f32 = 62.0;
const BOTTOM: f32 = 62.0;

/// A file inside the PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name, ASCII.
    pub name: String,
    /// Media type, such as `application/json`.
    pub mime: String,
    /// What it is, in a line.
    pub description: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Why there is no PDF.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PdfError {
    /// A font from the theme's folder is not usable; `number` counts from 1 in file-name order.
    #[error("further font {number}: {why}; remove it from the folder")]
    Font {
        /// Which one.
        number: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// A font cannot be cut down to the glyphs that are used.
    #[error("font {font} cannot be embedded: {why}; remove it from the theme's folder")]
    Subset {
        /// Its PostScript name.
        font: String,
        /// The reason.
        why: String,
    },
    /// A fault here: text reached the pages that no font draws. Nothing is written rather than an empty box.
    #[error("no glyph for a character in {text:?}; this is a fault of the program, please report it")]
    NoGlyph {
        /// The piece of text.
        text: String,
    },
    /// lopdf cannot write the file.
    #[error("the PDF cannot be written: {0}")]
    Write(String),
    /// The document asks for what the file format cannot hold.
    #[error("{0}")]
    Refused(String),
}

/// A finished PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many characters are shown as their number because they hide, reorder, or have no glyph. The last page says so.
    pub substituted: u64,
    /// How many pages there are.
    pub pages: usize,
}

/// Draws a document. The same input gives the same bytes.
///
/// # Errors
/// A further font of the theme is unusable, the language is no language tag, an attachment's name or media type is not
/// plain ASCII, or the file cannot be written.
pub fn render(doc: &Document, theme: &Theme, attachments: &[Attachment]) -> Result<Pdf, PdfError> {
    check(doc, attachments)?;
    let fonts = Fonts::load(&theme.extra_fonts)?;
    let (page_w, page_h) = theme.page.size.points();
    let area = Area { page_w, page_h, left: SIDE, top: TOP, bottom: BOTTOM };
    let nowhere = BTreeMap::new();
    let (mut builder, mut pages) = lay_out(doc, theme, &fonts, &nowhere, area);
    if doc.blocks.iter().any(|b| matches!(b, Block::Toc { .. })) {
        // The contents need page numbers; a number never changes the height of its line.
        let places = std::mem::take(&mut pages.anchors);
        (builder, pages) = lay_out(doc, theme, &fonts, &places, area);
        let running = running(&mut builder, doc, &pages, area);
        return complete(builder, doc, &pages, &running, area, attachments);
    }
    let running = running(&mut builder, doc, &pages, area);
    complete(builder, doc, &pages, &running, area, attachments)
}

fn complete(b: Builder<'_>, doc: &Document, pages: &Pages, running: &[Running], area: Area, files: &[Attachment]) -> Result<Pdf, PdfError> {
    let Builder { mut tags, substituted, fonts, .. } = b;
    let written = write::write(&pages.pages, running, area, fonts, &mut tags)?;
    let meta = plain_meta(&doc.meta);
    let bytes = post::finish(post::Parts { written, tags: &tags, pages, area, meta: &meta, attachments: files })?;
    Ok(Pdf { bytes, substituted, pages: pages.pages.len() })
}

fn lay_out<'d>(
    doc: &'d Document,
    theme: &'d Theme,
    fonts: &'d Fonts<'d>,
    places: &'d BTreeMap<String, (usize, f32)>,
    area: Area,
) -> (Builder<'d>, Pages) {
    let mut builder = Builder::new(doc, theme, fonts, places);
    let mut strips = builder.blocks(&doc.blocks, area.width(), Tags::ROOT);
    // Running texts may hold such characters too; they are counted once, not on every page.
    for text in [&doc.meta.header_left, &doc.meta.header_right, &doc.meta.bundle_id, &doc.meta.short_digest] {
        builder.clean(text);
    }
    strips.append(&mut builder.substitution_note(area.width()));
    (builder, set_pages(strips, area))
}

/// Running header and footer of every page: decoration, not read out.
fn running(b: &mut Builder<'_>, doc: &Document, pages: &Pages, area: Area) -> Vec<Running> {
    let counted = b.substituted;
    let size = b.body() * 0.8;
    let (w, count) = (area.width(), pages.pages.len());
    let style = Style { face: Face::Regular, size, colour: b.theme.colour.muted };
    let cover = matches!(doc.blocks.first(), Some(Block::Cover(_)));
    let meta = &doc.meta;
    let footer = match meta.short_digest.is_empty() {
        true => format!("{} {}", b.labels.bundle, meta.bundle_id),
        false => format!("{} {} · {} {}", b.labels.bundle, meta.bundle_id, b.labels.digest, meta.short_digest),
    };
    let mut out = Vec::new();
    for n in 0..count {
        let page = b.labels.page.replace("{page}", &(n + 1).to_string()).replace("{pages}", &count.to_string());
        let mut row = |left: &str, right: &str, y: f32, rule: f32| {
            let mut s = Strip::new(0.0);
            let right = one_line(b, right, style, w * 0.35);
            let left = one_line(b, left, style, w - right.width - 20.0);
            s.line(&left, 0.0, y + baseline(size * 1.4, size));
            s.line(&right, w - right.width, y + baseline(size * 1.4, size));
            s.rule(0.0, rule, w, 0.4, b.theme.colour.line);
            for d in &mut s.draws {
                d.shift(area.left, 0.0);
            }
            s.draws
        };
        let header = if cover && n == 0 { Vec::new() } else { row(&meta.header_left, &meta.header_right, 30.0, 46.0) };
        let foot = area.page_h - area.bottom + 20.0;
        out.push(Running { header, footer: row(&footer, &page, foot, foot - 3.0) });
    }
    b.substituted = counted;
    out
}

/// The first line of a text, with an ellipsis if there is more.
fn one_line(b: &mut Builder<'_>, text: &str, style: Style, width: f32) -> text::Line {
    // No more is looked at than could fit.
    let cut: String = text.chars().take(400).collect();
    let mut span = b.span(&cut, style, None);
    loop {
        let set = lines(b.fonts, std::slice::from_ref(&span), width);
        let more = set.len() > 1;
        let Some(first) = set.into_iter().next() else { return text::Line::default() };
        if !more {
            return first;
        }
        let shown: String = first.runs.iter().map(|r| r.shaped.text.as_str()).collect();
        let keep = shown.trim_end().trim_end_matches('…').chars().count().saturating_sub(2);
        span.text = shown.chars().take(keep).chain(['…']).collect();
        if keep == 0 {
            return first;
        }
    }
}

/// Metadata with hidden characters shown, since XML holds no control characters and a title bar is read by people.
fn plain_meta(meta: &Meta) -> Meta {
    let clean = |t: &str| visible::clean(t, &|_| true, &mut 0);
    Meta { title: clean(&meta.title), author: clean(&meta.author), subject: clean(&meta.subject), ..meta.clone() }
}

fn check(doc: &Document, attachments: &[Attachment]) -> Result<(), PdfError> {
    let lang = &doc.meta.lang;
    if lang.is_empty() || !lang.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(PdfError::Refused(format!("{lang:?} is not a language tag such as \"en\" (BCP 47)")));
    }
    for a in attachments {
        let plain = |t: &str| !t.is_empty() && t.len() <= 200 && t.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if !plain(&a.name) || !plain(&a.mime) || a.name.contains(['/', '\\']) {
            let what = format!("attachment {:?} ({:?}): its name and media type must be plain ASCII without slashes", a.name, a.mime);
            return Err(PdfError::Refused(what));
        }
    }
    Ok(())
}

/// A text string as PDF holds it: ASCII as it is, else UTF-16 with a mark (ISO 32000-1, 7.9.2.2).
fn text_string(text: &str) -> Object {
    if text.bytes().all(|b| (0x20..0x7F).contains(&b)) {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}

#[cfg(test)]
mod tests;
