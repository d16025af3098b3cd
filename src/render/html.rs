//! The HTML writer: a document of blocks to one self-contained file, without script and without a request to anywhere.
//! Text is drawn as it is, or as its number where it would mislead; nothing here judges.

mod figure;
mod timeline;

use super::blocks::*;
use super::theme::{Colour, Theme};
use super::visible;
pub(super) use super::visible::escape_markup as escape;
use std::fmt::Write as _;

/// The style of every report; it holds `--accent` and the like, which the theme sets.
const STYLE: &str = include_str!("html/style.css");

/// No script, no request: only this file's own style and pictures written in it (Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Draws a document. The same input gives the same text.
pub fn render(doc: &Document, theme: &Theme) -> String {
    let mut w = Writer { out: String::new(), labels: &doc.labels, substituted: 0, level: 1, doc, depth: 0 };
    w.blocks(&doc.blocks);
    let body = std::mem::take(&mut w.out);
    let (lang, title, subject) = (w.safe(&doc.meta.lang), w.safe(&doc.meta.title), w.safe(&doc.meta.subject));
    let (author, left, right) = (w.safe(&doc.meta.author), w.safe(&doc.meta.header_left), w.safe(&doc.meta.header_right));
    let bundle = format!("{} <code>{}</code>", w.safe(&doc.labels.bundle), w.safe(&doc.meta.bundle_id));
    let digest = format!("{} <code>{}</code>", w.safe(&doc.labels.digest), w.safe(&doc.meta.short_digest));
    let note = match w.substituted {
        0 => String::new(),
        n => format!("<p>{}</p>", escape(&doc.labels.substituted.replace("{count}", &n.to_string()))),
    };
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"author\" content=\"{author}\">\n<meta name=\"description\" content=\"{subject}\">\n\
         <title>{title}</title>\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header class=\"running\"><span>{left}</span><span>{right}</span></header>\n<main id=\"main\">\n{body}</main>\n\
         <footer class=\"running\"><p>{bundle} · {digest}</p>{note}</footer>\n</body>\n</html>\n",
        variables(theme)
    )
}

/// The theme as CSS variables, once for a light ground and once for a dark one.
fn variables(theme: &Theme) -> String {
    let c = &theme.colour;
    let verdicts = Verdict::ALL.map(|v| (class(v), theme.verdict(v)));
    let mut out = String::from(":root{");
    for (name, colour) in [("accent", c.accent), ("text", c.text), ("muted", c.muted), ("line", c.line), ("tint", c.tint)] {
        let _ = write!(out, "--{name}:{};", colour.hex());
    }
    for (name, colour) in &verdicts {
        let _ = write!(out, "--{name}:{};--{name}-tint:{};", colour.hex(), colour.tint(0.1).hex());
    }
    out.push_str("}\n@media screen and (prefers-color-scheme:dark){:root{");
    for (name, colour) in verdicts {
        // The same hue, light enough for a dark ground.
        let _ = write!(out, "--{name}:{};--{name}-tint:{};", colour.tint(0.5).hex(), dim(colour).hex());
    }
    let _ = write!(out, "--accent:{};--band:{};", c.accent.tint(0.5).hex(), dim(c.accent).hex());
    out.push_str("}}\n");
    out
}

/// A colour mixed into a dark ground.
fn dim(colour: Colour) -> Colour {
    let mix = |c: u8| (f32::from(c) * 0.3 + 14.0).round() as u8;
    Colour { r: mix(colour.r), g: mix(colour.g), b: mix(colour.b) }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Manual => "manual",
        Verdict::Incomplete => "incomplete",
        Verdict::NotApplicable => "na",
    }
}

struct Writer<'d> {
    out: String,
    labels: &'d Labels,
    doc: &'d Document,
    substituted: u64,
    /// Level of the last heading written.
    level: u8,
    /// How deep in callouts and list items.
    depth: usize,
}

impl Writer<'_> {
    /// Text made visible and escaped.
    fn safe(&mut self, text: &str) -> String {
        escape(&visible::clean(text, &|_| true, &mut self.substituted))
    }

    fn push(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, id, inlines } => {
                // The cover's title is the only h1; a level is never skipped.
                self.level = (level + 1).min(self.level + 1).min(6);
                let (n, id, words) = (self.level, self.safe(id), self.inlines(inlines));
                self.push(&format!("<h{n} id=\"{id}\">{words}</h{n}>\n"));
            }
            Block::Paragraph(inlines) => {
                let words = self.inlines(inlines);
                self.push(&format!("<p>{words}</p>\n"));
            }
            Block::List { start, items } => {
                let (open, close) = match start {
                    None => ("<ul>".to_owned(), "</ul>"),
                    Some(1) => ("<ol>".to_owned(), "</ol>"),
                    Some(n) => (format!("<ol start=\"{n}\">"), "</ol>"),
                };
                self.push(&open);
                for item in items {
                    self.push("<li>");
                    match item.as_slice() {
                        [Block::Paragraph(inlines)] => {
                            let words = self.inlines(inlines);
                            self.push(&words);
                        }
                        blocks => self.nested(blocks),
                    }
                    self.push("</li>\n");
                }
                self.push(&format!("{close}\n"));
            }
            Block::Table(table) => self.table(table),
            Block::Code(lines) => {
                let mut shown = Vec::new();
                for line in lines.split('\n') {
                    shown.push(self.safe(line));
                }
                self.push(&format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", shown.join("\n")));
            }
            Block::Callout(callout) => self.callout(callout),
            Block::Cover(cover) => self.cover(cover),
            Block::Tiles(tiles) => self.tiles(tiles),
            Block::Matrix(matrix) => self.matrix(matrix),
            Block::Coverage(coverage) => self.coverage(coverage),
            Block::Timeline(timeline) => self.timeline(timeline),
            Block::Toc { depth } => self.toc(*depth),
            Block::Finding(card) => self.finding(card),
            Block::PageBreak => self.push("<div class=\"break\"></div>\n"),
        }
    }

    fn nested(&mut self, blocks: &[Block]) {
        self.depth += 1;
        self.blocks(blocks);
        self.depth -= 1;
    }

    fn inlines(&mut self, inlines: &[Inline]) -> String {
        let mut out = String::new();
        for inline in inlines {
            match inline {
                Inline::Text(t) => out.push_str(&self.safe(t)),
                Inline::Strong(v) => out.push_str(&format!("<strong>{}</strong>", self.inlines(v))),
                Inline::Emphasis(v) => out.push_str(&format!("<em>{}</em>", self.inlines(v))),
                Inline::Code(t) => out.push_str(&format!("<code>{}</code>", self.safe(t))),
                Inline::Link { href, inlines } => {
                    let words = self.inlines(inlines);
                    match super::markdown::safe_link(href) {
                        Some(href) => out.push_str(&format!("<a href=\"{}\" rel=\"noreferrer\">{words}</a>", escape(&href))),
                        None => out.push_str(&words),
                    }
                }
                Inline::Status(verdict) => out.push_str(&status(*verdict)),
                Inline::Break => out.push_str("<br>"),
            }
        }
        out
    }

    fn table(&mut self, table: &Table) {
        self.push("<div class=\"scroll\" tabindex=\"0\"><table>");
        if !table.caption.is_empty() {
            let words = self.inlines(&table.caption);
            self.push(&format!("<caption>{words}</caption>"));
        }
        let align = |n: usize| match table.columns.get(n).map(|c| c.align) {
            Some(Align::Right) => " class=\"right\"",
            Some(Align::Center) => " class=\"center\"",
            _ => "",
        };
        // A head of empty cells is none: the first column then names the rows.
        let headed = table.head.iter().any(|h| !h.is_empty());
        if headed {
            self.push("<thead><tr>");
            for (n, cell) in table.head.iter().enumerate() {
                let words = self.inlines(cell);
                self.push(&format!("<th scope=\"col\"{}>{words}</th>", align(n)));
            }
            self.push("</tr></thead>");
        }
        self.push("<tbody>\n");
        for row in &table.rows {
            self.push("<tr>");
            for (n, cell) in row.iter().enumerate() {
                let words = self.inlines(cell);
                match n {
                    0 => self.push(&format!("<th scope=\"row\"{}>{words}</th>", align(n))),
                    _ => self.push(&format!("<td{}>{words}</td>", align(n))),
                }
            }
            self.push("</tr>\n");
        }
        self.push("</tbody></table></div>\n");
    }

    fn callout(&mut self, callout: &Callout) {
        let (kind, label) = match callout.kind {
            CalloutKind::Note => ("note", &self.labels.note),
            CalloutKind::Verify => ("verify", &self.labels.verify),
            CalloutKind::Remedy => ("remedy", &self.labels.remedy),
            CalloutKind::Warning => ("warning", &self.labels.warning),
            CalloutKind::Omission => ("omission", &self.labels.omission),
        };
        let label = escape(label);
        self.push(&format!("<div class=\"callout {kind}\" role=\"note\"><p class=\"label\">{label}</p>\n"));
        self.nested(&callout.blocks);
        self.push("</div>\n");
    }

    fn toc(&mut self, depth: u8) {
        let doc = self.doc;
        let mut entries = Vec::new();
        for block in &doc.blocks {
            if let Block::Heading { level, id, inlines } = block
                && *level <= depth
            {
                entries.push((*level, id, plain(inlines)));
            }
        }
        self.push("<nav class=\"toc\" aria-label=\"Contents\"><ul>\n");
        for (level, id, words) in entries {
            let (id, words) = (self.safe(id), self.safe(&words));
            self.push(&format!("<li class=\"l{level}\"><a href=\"#{id}\">{words}</a></li>\n"));
        }
        self.push("</ul></nav>\n");
    }
}

/// A verdict as sign and word, in its colour.
fn status(verdict: Verdict) -> String {
    format!("<span class=\"status {}\"><span aria-hidden=\"true\">{}</span>&nbsp;{}</span>", class(verdict), verdict.sign(), verdict.word())
}

#[cfg(test)]
mod tests;
