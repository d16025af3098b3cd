//! Lines: styled spans are cut into words, shaped, put in visual order and broken to a width. Knows no pages.

use std::rc::Rc;

use unicode_bidi::{BidiClass, BidiInfo, Level};

use super::fonts::{Face, Fonts, Shaped};
use super::tags::NodeId;
use crate::render::theme::Colour;

/// How a span looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub face: Face,
    /// Points.
    pub size: f32,
    pub colour: Colour,
}

/// A piece of text in one style, already free of characters that cannot be shown.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub text: String,
    pub style: Style,
    /// The structure element that it belongs to.
    pub node: Option<NodeId>,
    /// Where it links to.
    pub href: Option<Rc<str>>,
    /// A new line follows.
    pub brk: bool,
}

/// A shaped piece on a line.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// From the line's left edge, points.
    pub x: f32,
    pub font: usize,
    pub style: Style,
    pub shaped: Rc<Shaped>,
    pub node: Option<NodeId>,
    pub href: Option<Rc<str>>,
    level: u8,
}

impl Run {
    /// Width in points.
    pub fn width(&self) -> f32 {
        self.shaped.width * self.style.size / 1000.0
    }
}

/// A line of runs from left to right.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub runs: Vec<Run>,
    /// Without trailing space, points.
    pub width: f32,
    /// The largest font size on it.
    pub size: f32,
}

/// A word with the space after it: it is not broken unless it is wider than a line.
struct Word {
    pieces: Vec<Piece>,
    /// Points, without the space.
    width: f32,
    /// Points of the space.
    space: f32,
    /// A new line follows.
    brk: bool,
}

struct Piece {
    span: usize,
    font: usize,
    level: u8,
    shaped: Rc<Shaped>,
}

/// Characters after which a long id, digest, path or address may be broken.
const SEPARATORS: &[char] = &['-', '_', '/', ':', '.', ',', '=', '&', '?', '@', '+', '|', ')', '›'];

/// Longest piece that is shaped at once, in bytes, so that a word without end costs no more than its length.
const PIECE: usize = 200;

/// Breaks spans into lines of at most `width` points. At least one line comes back.
pub(super) fn lines(fonts: &Fonts<'_>, spans: &[Span], width: f32) -> Vec<Line> {
    let mut out = Out { fonts, spans, width: width.max(8.0), lines: Vec::new(), line: Line::default(), x: 0.0 };
    for word in words(fonts, spans) {
        let brk = word.brk;
        out.place(word);
        if brk {
            out.end_line();
        }
    }
    if !out.line.runs.is_empty() || out.lines.is_empty() {
        out.end_line();
    }
    out.lines
}

/// The width of the longest word and of everything on one line, in points.
pub(super) fn extent(fonts: &Fonts<'_>, spans: &[Span]) -> (f32, f32) {
    let (mut longest, mut line, mut widest) = (0.0f32, 0.0f32, 0.0f32);
    for w in words(fonts, spans) {
        longest = longest.max(w.width);
        widest = widest.max(line + w.width);
        line = if w.brk { 0.0 } else { line + w.width + w.space };
    }
    (longest, widest)
}

struct Out<'f, 'a> {
    fonts: &'f Fonts<'a>,
    spans: &'f [Span],
    width: f32,
    lines: Vec<Line>,
    line: Line,
    x: f32,
}

impl Out<'_, '_> {
    fn place(&mut self, word: Word) {
        if self.x + word.width <= self.width + 0.01 {
            return self.append(word);
        }
        if word.width <= self.width {
            self.end_line();
            return self.append(word);
        }
        // Wider than a line: break it, on a fresh line if little is left of this one.
        if self.x > self.width * 0.6 {
            self.end_line();
        }
        let mut rest = word;
        while rest.width > self.width - self.x {
            let (head, tail) = self.split(rest, self.width - self.x);
            if head.pieces.is_empty() && self.x > 0.0 {
                self.end_line();
                rest = tail;
                continue;
            }
            self.append(head);
            self.end_line();
            rest = tail;
            if rest.pieces.is_empty() {
                return;
            }
        }
        self.append(rest);
    }

    fn append(&mut self, word: Word) {
        let end = self.x + word.width;
        for p in word.pieces {
            let Some(span) = self.spans.get(p.span) else { continue };
            let run = Run {
                x: self.x,
                font: p.font,
                style: span.style,
                shaped: p.shaped,
                node: span.node,
                href: span.href.clone(),
                level: p.level,
            };
            self.x += run.width();
            self.line.size = self.line.size.max(span.style.size);
            self.line.runs.push(run);
        }
        self.line.width = end;
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        self.x = 0.0;
        reorder(&mut line.runs);
        if line.size == 0.0 {
            line.size = self.spans.first().map_or(0.0, |s| s.style.size);
        }
        self.lines.push(line);
    }

    /// Cuts a word so that the head fits into `room`; a head that is the first on its line has at least one cluster.
    fn split(&self, word: Word, room: f32) -> (Word, Word) {
        let mut head = Word { pieces: Vec::new(), width: 0.0, space: 0.0, brk: false };
        let mut tail = Word { pieces: Vec::new(), width: 0.0, space: word.space, brk: word.brk };
        for p in word.pieces {
            let Some(span) = self.spans.get(p.span) else { continue };
            let scale = span.style.size / 1000.0;
            let width = p.shaped.width * scale;
            if !tail.pieces.is_empty() {
                tail.width += width;
                tail.pieces.push(p);
            } else if head.width + width <= room {
                head.width += width;
                head.pieces.push(p);
            } else {
                let must = self.x == 0.0 && head.pieces.is_empty();
                let at = Self::cut(&p, (room - head.width) / scale, must);
                let (a, b) = p.shaped.text.split_at(at);
                for (text, to) in [(a, &mut head), (b, &mut tail)] {
                    if !text.is_empty() {
                        let shaped = self.fonts.shape(p.font, p.level % 2 == 1, text);
                        to.width += shaped.width * scale;
                        to.pieces.push(Piece { span: p.span, font: p.font, level: p.level, shaped });
                    }
                }
            }
        }
        tail.width -= tail.space;
        (head, tail)
    }

    /// The byte at which a piece is cut to fit `room` (thousandths of an em): after a separator if one is near the end.
    fn cut(piece: &Piece, room: f32, must: bool) -> usize {
        let text = piece.shaped.text.as_str();
        let mut clusters: Vec<(usize, f32)> = Vec::new();
        for g in &piece.shaped.glyphs {
            match clusters.iter_mut().find(|c| c.0 == g.cluster) {
                Some(c) => c.1 += g.advance,
                None => clusters.push((g.cluster, g.advance)),
            }
        }
        clusters.sort_by_key(|c| c.0);
        let mut ends = clusters.iter().skip(1).map(|c| c.0).chain([text.len()]);
        let (mut used, mut fit, mut soft) = (0.0, 0, 0);
        for (start, advance) in &clusters {
            let end = ends.next().unwrap_or(text.len());
            used += advance;
            if used > room && !(must && fit == 0) {
                break;
            }
            fit = end;
            if text.get(*start..end).is_some_and(|t| t.ends_with(SEPARATORS)) && used > room * 0.55 {
                soft = end;
            }
        }
        if soft > 0 && fit < text.len() { soft } else { fit }
    }
}

/// Cuts spans into words; a word may cross spans.
fn words(fonts: &Fonts<'_>, spans: &[Span]) -> Vec<Word> {
    let text: String = spans.iter().map(|s| s.text.as_str()).collect();
    let levels = levels(&text);
    let mut words = Vec::new();
    let mut word = Word { pieces: Vec::new(), width: 0.0, space: 0.0, brk: false };
    let mut piece = String::new();
    let mut now: Option<(usize, usize, u8)> = None;
    let mut at = 0;
    let flush = |piece: &mut String, now: &mut Option<(usize, usize, u8)>, word: &mut Word| {
        if let (Some((span, font, level)), false) = (now.take(), piece.is_empty()) {
            let shaped = fonts.shape(font, level % 2 == 1, piece);
            let scale = spans.get(span).map_or(0.0, |s| s.style.size / 1000.0);
            let space: f32 = shaped.glyphs.iter().filter(|g| g.text == " ").map(|g| g.advance).sum();
            word.width += (shaped.width - space) * scale;
            word.space += space * scale;
            word.pieces.push(Piece { span, font, level, shaped });
            piece.clear();
        }
    };
    let end_word = |word: &mut Word, words: &mut Vec<Word>| {
        if !word.pieces.is_empty() || word.brk {
            words.push(std::mem::replace(word, Word { pieces: Vec::new(), width: 0.0, space: 0.0, brk: false }));
        }
    };
    let mut before = '\0';
    for (n, span) in spans.iter().enumerate() {
        for c in span.text.chars() {
            let may_break = before == ' ' || is_ideograph(before) || (is_ideograph(c) && before != '\0');
            if may_break && c != ' ' {
                flush(&mut piece, &mut now, &mut word);
                end_word(&mut word, &mut words);
            }
            let level = levels.get(at).copied().unwrap_or(0);
            // Marks and joiners stay with the font of their letter.
            let font = match now {
                Some((s, f, _)) if s == n && joins(c) && (fonts.has(f, c) || matches!(c, '\u{200C}' | '\u{200D}')) => f,
                _ => fonts.font_for(span.style.face, c).unwrap_or(0),
            };
            if now != Some((n, font, level)) || (piece.len() >= PIECE && !joins(c)) {
                flush(&mut piece, &mut now, &mut word);
                now = Some((n, font, level));
            }
            piece.push(c);
            before = c;
            at += c.len_utf8();
        }
        if span.brk {
            flush(&mut piece, &mut now, &mut word);
            word.brk = true;
            end_word(&mut word, &mut words);
            before = '\0';
        }
    }
    flush(&mut piece, &mut now, &mut word);
    end_word(&mut word, &mut words);
    words
}

fn joins(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x200C | 0x200D | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// Scripts written without spaces, where a line may end after any character.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x9FFF | 0xA000..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFF00..=0xFFEF | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFF)
}

/// The embedding level of each byte (UAX 9) in a text that runs from left to right, with one difference: right-to-left words
/// do not draw the numbers and signs after them to their other side, as if each stood in an isolate. A stranger's name must not
/// move the count beside it.
fn levels(text: &str) -> Vec<u8> {
    if text.chars().all(|c| c < '\u{0590}' || matches!(c, '\u{2010}'..='\u{2BFF}' | '\u{3000}'..='\u{D7A3}')) {
        return Vec::new();
    }
    let info = BidiInfo::new(text, Some(Level::ltr()));
    let mut levels: Vec<u8> = info.levels.iter().map(|l| l.number()).collect();
    let mut strong = false;
    for (level, class) in levels.iter_mut().zip(&info.original_classes).rev() {
        strong = *level > 0 && (strong || matches!(class, BidiClass::R | BidiClass::AL));
        if !strong {
            *level = 0;
        }
    }
    levels
}

/// UAX 9, rule L2: from the highest level down, reverses every run of pieces at that level or above; then sets them anew.
fn reorder(runs: &mut [Run]) {
    let highest = runs.iter().map(|r| r.level).max().unwrap_or(0);
    if highest == 0 {
        return;
    }
    for level in (1..=highest).rev() {
        let mut start = 0;
        while start < runs.len() {
            let len = runs.iter().skip(start).take_while(|r| r.level >= level).count();
            if let Some(part) = runs.get_mut(start..start + len) {
                part.reverse();
            }
            start += len.max(1);
        }
    }
    let mut x = 0.0;
    for r in runs {
        r.x = x;
        x += r.width();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Span {
        let style = Style { face: Face::Regular, size: 10.0, colour: Colour::new(0) };
        Span { text: text.into(), style, node: None, href: None, brk: false }
    }

    fn set(text: &str, width: f32) -> Vec<String> {
        let fonts = Fonts::load(&[]).unwrap();
        let out = lines(&fonts, &[span(text)], width);
        for l in &out {
            assert!(l.width <= width + 0.1, "{} > {width}", l.width);
        }
        out.iter().map(|l| l.runs.iter().map(|r| r.shaped.text.as_str()).collect::<String>()).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_lose_nothing() {
        let text = "The quick brown fox jumps over the lazy dog and runs on";
        let out = set(text, 100.0);
        assert!(out.len() > 2);
        assert_eq!(out.concat(), text);
        assert!(out[..out.len() - 1].iter().all(|l| l.ends_with(' ')));
    }

    #[test]
    fn long_ids_break_after_separators_and_digests_anywhere() {
        let arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123";
        let out = set(arn, 120.0);
        assert!(out.len() > 2);
        assert_eq!(out.concat(), arn);
        assert!(out[..out.len() - 1].iter().all(|l| l.ends_with(SEPARATORS)), "{out:?}");
        let digest = "0123456789abcdef".repeat(700);
        let out = set(&digest, 90.0);
        assert_eq!(out.concat(), digest);
        let fonts = Fonts::load(&[]).unwrap();
        assert_eq!(lines(&fonts, &[span("narrow")], 1.0).len(), 6);
    }

    #[test]
    fn forced_breaks_and_empty_text() {
        let fonts = Fonts::load(&[]).unwrap();
        let mut a = span("one");
        a.brk = true;
        assert_eq!(lines(&fonts, &[a, span("two")], 500.0).len(), 2);
        assert_eq!(lines(&fonts, &[], 500.0).len(), 1);
        assert_eq!(lines(&fonts, &[span("")], 500.0).len(), 1);
    }

    #[test]
    fn right_to_left_pieces_are_set_in_visual_order() {
        let mut runs = Vec::new();
        let fonts = Fonts::load(&[]).unwrap();
        for (text, level) in [("a", 0), ("b", 1), ("c", 1), ("1", 2), ("d", 0)] {
            let s = span(text);
            runs.push(Run { x: 0.0, font: 0, style: s.style, shaped: fonts.shape(0, false, text), node: None, href: None, level });
        }
        reorder(&mut runs);
        assert_eq!(runs.iter().map(|r| r.shaped.text.as_str()).collect::<String>(), "a1cbd");
        assert!(runs.windows(2).all(|w| w[0].x < w[1].x));
        assert_eq!(levels("ab"), Vec::<u8>::new());
        // The word and the space within are turned; the number after it stays where it is.
        assert_eq!(levels("a א ב 12 b"), [0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    }
}
