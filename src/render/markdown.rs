//! Markdown to blocks: the text of a report template after its placeholders are filled.
//!
//! Nothing in a *value* is ever read as Markdown: [`escape_markdown`] moves every special character of a value to a private
//! place in Unicode where it is a mere letter to the parser, and [`to_blocks`] moves it back. So a name such as
//! `[x](javascript:…)`, `<script>` or `a|b` comes out as it went in, in text, code spans, tables and link targets alike.
//! Raw HTML in the template is shown, never passed on. Figures are fenced directives that the caller resolves.

mod escape;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, OffsetIter, Options, Parser, Tag};

use super::blocks::{Align, Block, Callout, CalloutKind, Column, Inline, Inlines, Table, Verdict, plain};
use escape::restore;
pub use escape::{escape_markdown, escape_markdown_file};

/// Deepest nesting of lists and quotes.
const DEPTH: usize = 12;

/// Why a template's text cannot be used. Lines are those of the filled text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MarkdownError {
    /// A `poolproof:` block that the caller does not know.
    #[error("report text, line {line}: there is no figure `poolproof:{name}`")]
    UnknownDirective {
        /// Where it begins.
        line: usize,
        /// Its name.
        name: String,
    },
    /// The caller refuses the directive's arguments or body.
    #[error("report text, line {line}: figure `poolproof:{name}`: {why}")]
    Directive {
        /// Where it begins.
        line: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something that reports do not have.
    #[error("report text, line {line}: {what}")]
    Unsupported {
        /// Where it begins.
        line: usize,
        /// What it is and what to use instead.
        what: &'static str,
    },
    /// Two headings with the same written id.
    #[error("report text, line {line}: the id `{id}` is already taken; give the heading another `{{#id}}`")]
    DuplicateId {
        /// Where it begins.
        line: usize,
        /// The id.
        id: String,
    },
}

/// A fenced block whose info string is `poolproof:NAME ARGUMENTS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name after `poolproof:`.
    pub name: String,
    /// The rest of the info string, trimmed.
    pub args: String,
    /// The lines between the fences.
    pub body: String,
}

/// Turns directives into blocks: `Ok(None)` if the name is not known, `Err` with the reason if it is used wrongly.
pub type Resolver<'r> = dyn FnMut(&Directive) -> Result<Option<Vec<Block>>, String> + 'r;

/// Reads Markdown (CommonMark, tables, heading ids, `> [!NOTE]` quotes). `page-break` is resolved here, every other directive
/// by `resolve`. A quote becomes a callout: `[!WARNING]` and `[!CAUTION]` a warning, `[!IMPORTANT]` an omission, others a note.
/// A code span `` `verdict:PASS` `` written in the template becomes a status.
///
/// # Errors
/// An unknown or wrongly used directive, a repeated heading id, a thematic break, or nesting that is too deep.
pub fn to_blocks(markdown: &str, resolve: &mut Resolver<'_>) -> Result<Vec<Block>, MarkdownError> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES | Options::ENABLE_GFM;
    let events = Parser::new_ext(markdown, options).into_offset_iter();
    let mut reader = Reader { text: markdown, events, resolve, ids: Vec::new(), line: 1 };
    reader.blocks(0)
}

struct Reader<'t, 'r, 'f> {
    text: &'t str,
    events: OffsetIter<'t>,
    resolve: &'r mut Resolver<'f>,
    ids: Vec<String>,
    /// Line of the event read last.
    line: usize,
}

impl<'t> Reader<'t, '_, '_> {
    fn next(&mut self) -> Option<Event<'t>> {
        let (event, range) = self.events.next()?;
        if matches!(event, Event::Start(_) | Event::Rule) {
            self.line = 1 + self.text.get(..range.start).unwrap_or_default().bytes().filter(|b| *b == b'\n').count();
        }
        Some(event)
    }

    /// Blocks up to the end of the enclosing element.
    fn blocks(&mut self, depth: usize) -> Result<Vec<Block>, MarkdownError> {
        if depth > DEPTH {
            return Err(MarkdownError::Unsupported { line: self.line, what: "lists or quotes are nested too deeply" });
        }
        let mut out = Vec::new();
        // A tight list item holds its text without a paragraph around it.
        let mut loose: Inlines = Vec::new();
        while let Some(event) = self.next() {
            let block = match event {
                Event::End(_) => break,
                Event::Rule => {
                    let what = "a line of dashes draws nothing here; use a `poolproof:page-break` block or a heading";
                    return Err(MarkdownError::Unsupported { line: self.line, what });
                }
                Event::Start(Tag::Paragraph) => vec![Block::Paragraph(self.inlines())],
                Event::Start(Tag::Heading { level, id, .. }) => {
                    let line = self.line;
                    let inlines = self.inlines();
                    let id = self.heading_id(id.as_deref(), &inlines, line)?;
                    vec![Block::Heading { level: (level as u8).min(3), id, inlines }]
                }
                Event::Start(Tag::BlockQuote(kind)) => {
                    let kind = match kind {
                        Some(BlockQuoteKind::Warning | BlockQuoteKind::Caution) => CalloutKind::Warning,
                        Some(BlockQuoteKind::Important) => CalloutKind::Omission,
                        Some(BlockQuoteKind::Note | BlockQuoteKind::Tip) | None => CalloutKind::Note,
                    };
                    vec![Block::Callout(Callout { kind, blocks: self.blocks(depth + 1)? })]
                }
                Event::Start(Tag::CodeBlock(kind)) => self.code(&kind)?,
                Event::Start(Tag::HtmlBlock) => vec![Block::Paragraph(self.inlines())],
                Event::Start(Tag::List(start)) => {
                    let mut items = Vec::new();
                    while let Some(Event::Start(Tag::Item)) = self.next() {
                        items.push(self.blocks(depth + 1)?);
                    }
                    vec![Block::List { start, items }]
                }
                Event::Start(Tag::Table(alignments)) => vec![Block::Table(self.table(&alignments))],
                other => {
                    self.inline(other, &mut loose);
                    continue;
                }
            };
            if !loose.is_empty() {
                out.push(Block::Paragraph(std::mem::take(&mut loose)));
            }
            out.extend(block);
        }
        if !loose.is_empty() {
            out.push(Block::Paragraph(loose));
        }
        Ok(out)
    }

    /// Inlines up to the end of the enclosing element.
    fn inlines(&mut self) -> Inlines {
        let mut out = Vec::new();
        while let Some(event) = self.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            self.inline(event, &mut out);
        }
        out
    }

    fn inline(&mut self, event: Event<'t>, out: &mut Inlines) {
        match event {
            Event::Text(t) | Event::Html(t) | Event::InlineHtml(t) => push_text(out, &restore(t.trim_end_matches('\n'))),
            Event::InlineMath(t) | Event::DisplayMath(t) | Event::FootnoteReference(t) => push_text(out, &restore(&t)),
            Event::SoftBreak => push_text(out, " "),
            Event::HardBreak => out.push(Inline::Break),
            Event::Code(t) => {
                let status = t.strip_prefix("verdict:").and_then(|word| verdict(&restore(word)));
                out.push(status.map_or_else(|| Inline::Code(restore(&t)), Inline::Status));
            }
            Event::Start(tag) => {
                let inner = self.inlines();
                match tag {
                    Tag::Strong => out.push(Inline::Strong(inner)),
                    Tag::Emphasis => out.push(Inline::Emphasis(inner)),
                    Tag::Link { dest_url, .. } => match safe_link(&restore(&dest_url)) {
                        Some(href) => out.push(Inline::Link { href, inlines: inner }),
                        None => out.extend(inner),
                    },
                    _ => out.extend(inner),
                }
            }
            Event::End(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn code(&mut self, kind: &CodeBlockKind<'t>) -> Result<Vec<Block>, MarkdownError> {
        let line = self.line;
        let mut body = String::new();
        while let Some(event) = self.next() {
            match event {
                Event::Text(t) => body.push_str(&restore(&t)),
                _ => break,
            }
        }
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.strip_prefix("poolproof:"),
            CodeBlockKind::Indented => None,
        };
        let Some(info) = info else { return Ok(vec![Block::Code(body.trim_end_matches('\n').to_owned())]) };
        let (name, args) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        let name = restore(name);
        if name == "page-break" {
            return Ok(vec![Block::PageBreak]);
        }
        let directive = Directive { name: name.clone(), args: restore(args.trim()), body };
        match (self.resolve)(&directive) {
            Ok(Some(blocks)) => Ok(blocks),
            Ok(None) => Err(MarkdownError::UnknownDirective { line, name }),
            Err(why) => Err(MarkdownError::Directive { line, name, why }),
        }
    }

    fn table(&mut self, alignments: &[Alignment]) -> Table {
        let columns = alignments.iter().map(|a| match a {
            Alignment::None | Alignment::Left => Align::Left,
            Alignment::Center => Align::Center,
            Alignment::Right => Align::Right,
        });
        let columns = columns.map(|align| Column { align, weight: 0 }).collect();
        let mut table = Table { caption: Vec::new(), columns, head: Vec::new(), rows: Vec::new() };
        while let Some(Event::Start(tag)) = self.next() {
            let mut cells = Vec::new();
            while let Some(Event::Start(Tag::TableCell)) = self.next() {
                cells.push(self.inlines());
            }
            if tag == Tag::TableHead {
                table.head = cells;
            } else {
                table.rows.push(cells);
            }
        }
        table
    }

    /// The written id, or one made from the words.
    fn heading_id(&mut self, written: Option<&str>, inlines: &[Inline], line: usize) -> Result<String, MarkdownError> {
        let id = match written.map(restore) {
            Some(id) if self.ids.contains(&id) => return Err(MarkdownError::DuplicateId { line, id }),
            Some(id) => id,
            None => {
                let slug = slug(&plain(inlines));
                let numbered = (2..).map(|n| format!("{slug}-{n}"));
                std::iter::once(slug.clone()).chain(numbered).find(|id| !self.ids.contains(id)).unwrap_or(slug)
            }
        };
        self.ids.push(id.clone());
        Ok(id)
    }
}

fn push_text(out: &mut Inlines, text: &str) {
    match out.last_mut() {
        Some(Inline::Text(last)) => last.push_str(text),
        _ => out.push(Inline::Text(text.to_owned())),
    }
}

fn verdict(word: &str) -> Option<Verdict> {
    Verdict::ALL.into_iter().find(|v| v.word() == word)
}

/// Letters and digits in lower case, everything else as single dashes; at most 60 characters.
fn slug(words: &str) -> String {
    let mut out = String::new();
    for c in words.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.chars().count() == 60 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "section".to_owned() } else { out.to_owned() }
}

/// The target if a report may link to it: http, https, mailto, or a place in the document.
pub fn safe_link(href: &str) -> Option<String> {
    let lower = href.to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:", "#"].iter().any(|scheme| lower.starts_with(scheme) && lower.len() > scheme.len());
    let clean = href.chars().all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '\\'));
    (known && clean).then(|| href.to_owned())
}

#[cfg(test)]
mod tests;
