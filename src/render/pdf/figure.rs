//! Figures drawn as vectors: verdict counts as cards, coverage as stacked bars, and the cover.
//! Each has its numbers as text in it and as alternative text beside it.

use super::build::{Builder, LEADING, baseline};
use super::fonts::Face;
use super::strip::{Draw, Mark, Strip, keep_together};
use super::tags::{NodeId, Tags};
use super::text::{Style, lines};
use crate::render::blocks::{Align, Cover, Coverage, FactorState, Part, Tiles};
use crate::render::theme::{Colour, Colours};

/// White.
const WHITE: Colour = Colour::new(0xff_ffff);

/// How a part of a bar is filled: told apart by lightness and hatching too.
struct Fill {
    colour: Colour,
    hatched: bool,
}

fn fill(c: &Colours, state: FactorState) -> Fill {
    match state {
        FactorState::Enrolled => Fill { colour: c.verdict.pass.tint(0.5), hatched: false },
        FactorState::Derived => Fill { colour: c.verdict.manual.tint(0.55), hatched: true },
        FactorState::Indeterminate => Fill { colour: c.verdict.incomplete.tint(0.45), hatched: true },
        FactorState::NotEnrolled => Fill { colour: c.verdict.fail, hatched: false },
        FactorState::Excluded => Fill { colour: c.line, hatched: false },
        FactorState::NotAsked => Fill { colour: c.tint, hatched: true },
    }
}

impl Builder<'_> {
    pub(super) fn tiles(&mut self, tiles: &Tiles, width: f32, parent: NodeId) -> Vec<Strip> {
        let alt: Vec<String> = tiles.counts.iter().map(|c| format!("{}: {}", c.verdict.word(), c.count)).collect();
        let alt = self.clean(&alt.join(", "));
        let figure = self.tags.figure(parent, alt);
        let b = self.body();
        let count = tiles.counts.len().max(1) as f32;
        let gap = 7.0;
        let w = ((width - gap * (count - 1.0)) / count).min(150.0);
        let notes = tiles.counts.iter().any(|c| !c.note.is_empty());
        let (big, small) = (b * 2.3, b * 0.8);
        let h = 12.0 + big * 1.2 + small * LEADING + if notes { small * 1.3 } else { 0.0 } + 7.0;
        let mut strip = Strip::new(h);
        strip.before = b;
        for (n, c) in tiles.counts.iter().enumerate() {
            let x = n as f32 * (w + gap);
            let colour = self.theme.verdict(c.verdict);
            let (ground, ink) = if c.count == 0 { (self.theme.colour.tint, self.theme.colour.muted) } else { (colour.tint(0.1), colour) };
            strip.draws.push(shape((x, 0.0, w, h), 3.0, ground, figure));
            strip.draws.push(shape((x, 0.0, w, 3.0), 0.0, if c.count == 0 { colour.tint(0.45) } else { colour }, figure));
            let mut y = 10.0;
            for (text, face, size, colour) in [
                (c.count.to_string(), Face::Bold, big, ink),
                (format!("{}\u{a0}{}", c.verdict.sign(), c.verdict.word()), Face::Bold, small, ink),
                (c.note.clone(), Face::Regular, small * 0.95, self.theme.colour.muted),
            ] {
                let lh = if size == big { size * 1.2 } else { size * 1.36 };
                let span = self.span(&text, Style { face, size, colour }, Some(figure));
                if let Some(line) = lines(self.fonts, &[span], w - 10.0).first() {
                    strip.line(line, x + 8.0, y + baseline(lh, size));
                }
                y += lh;
            }
        }
        vec![strip]
    }

    pub(super) fn coverage(&mut self, c: &Coverage, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let mut out = Vec::new();
        if !c.caption.is_empty() {
            let p = self.tags.add(parent, "P");
            let spans = self.spans(&c.caption, self.style(Face::Bold, b * 0.92, self.theme.colour.text), Some(p));
            out.append(&mut self.paragraph(&spans, width, b * 0.92, b));
            keep_together(&mut out, true);
        }
        let size = b * 0.86;
        let lh = size * LEADING;
        for bar in &c.bars {
            let total = bar.parts.iter().fold(0u64, |sum, p| sum.saturating_add(p.count));
            let said: Vec<String> = bar.parts.iter().map(|p| format!("{}: {}", p.label, p.count)).collect();
            let alt = self.clean(&format!("{}, {} {}: {}", bar.label, total, self.labels.users, said.join(", ")));
            let figure = self.tags.figure(parent, alt);
            let name = self.span(&bar.label, self.style(Face::Bold, size, self.theme.colour.text), Some(figure));
            let users = format!("{total} {}", self.labels.users);
            let users = self.span(&users, self.style(Face::Regular, size, self.theme.colour.muted), Some(figure));
            let users = lines(self.fonts, &[users], 120.0);
            let mut strips = self.line_strips(&lines(self.fonts, &[name], width - 130.0), width, size, Align::Left);
            if let (Some(first), Some(line)) = (strips.first_mut(), users.first()) {
                first.before = b * 0.8;
                first.line(line, width - line.width, baseline(lh, size));
            }
            let mut strip = Strip::new(15.0);
            self.bar(&mut strip, &bar.parts, (0.0, 2.0, width, 11.0), figure);
            strips.push(strip);
            strips.append(&mut self.legend(&bar.parts, width, figure));
            keep_together(&mut strips, false);
            out.append(&mut strips);
        }
        out
    }

    /// A stacked bar. A part that is not empty is never too thin to be seen.
    fn bar(&self, strip: &mut Strip, parts: &[Part], (x, y, w, h): (f32, f32, f32, f32), figure: NodeId) {
        let total: f64 = parts.iter().map(|p| p.count as f64).sum();
        strip.draws.push(shape((x, y, w, h), 0.0, self.theme.colour.tint, figure));
        if total == 0.0 {
            return;
        }
        let least = 3.0f32;
        let seen: Vec<&Part> = parts.iter().filter(|p| p.count > 0).collect();
        let raw = |p: &Part| (w * (p.count as f64 / total) as f32).max(least);
        let sum: f32 = seen.iter().map(|p| raw(p)).sum();
        // What the thin parts took more than their share is taken from the thick ones.
        let spare: f32 = seen.iter().map(|p| raw(p) - least).sum();
        let over = sum - w;
        let mut at = x;
        for p in seen {
            let part = raw(p) - if spare > 0.0 { over * (raw(p) - least) / spare } else { 0.0 };
            self.part(strip, p.state, (at, y, (part - 0.7).max(1.0), h), figure);
            at += part;
        }
    }

    fn part(&self, strip: &mut Strip, state: FactorState, (x, y, w, h): (f32, f32, f32, f32), figure: NodeId) {
        let fill = fill(&self.theme.colour, state);
        strip.draws.push(shape((x, y, w, h), 0.0, fill.colour, figure));
        if fill.hatched {
            // Lines at 45 degrees, cut at the edges.
            let mut c = 3.0;
            while c < w + h {
                let (x1, y1) = if c <= w { (x + c, y) } else { (x + w, y + c - w) };
                let (x2, y2) = if c <= h { (x, y + c) } else { (x + c - h, y + h) };
                strip.draws.push(Draw::Rule { x1, y1, x2, y2, width: 0.6, colour: self.theme.colour.text, node: Some(figure) });
                c += 3.5;
            }
        }
    }

    /// The parts with their numbers, as many beside each other as fit.
    fn legend(&mut self, parts: &[Part], width: f32, figure: NodeId) -> Vec<Strip> {
        let size = self.body() * 0.82;
        let lh = size * LEADING;
        let mut out: Vec<Strip> = Vec::new();
        let mut x = 0.0;
        for p in parts {
            let number = self.style(Face::Bold, size, self.theme.colour.text);
            let word = self.style(Face::Regular, size, self.theme.colour.muted);
            let spans = [self.span(&format!("{} ", p.count), number, Some(figure)), self.span(&p.label, word, Some(figure))];
            let set = lines(self.fonts, &spans, width - 14.0);
            let w = set.first().map_or(0.0, |l| l.width) + 12.0;
            if out.is_empty() || x + w > width {
                out.push(Strip::new(lh));
                x = 0.0;
            }
            if let (Some(strip), Some(line)) = (out.last_mut(), set.first()) {
                self.part(strip, p.state, (x, lh / 2.0 - 3.5, 7.0, 7.0), figure);
                strip.line(line, x + 11.0, baseline(lh, size));
            }
            x += w + 14.0;
        }
        out
    }

    pub(super) fn cover(&mut self, c: &Cover, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let pale = self.theme.colour.accent.tint(0.12);
        let (page_w, _) = self.theme.page.size.points();
        let left = (page_w - width) / 2.0;
        let mut band = Strip { page: true, ..Strip::default() };
        let top = super::TOP;
        let mut y = -20.0;
        let kicker = self.tags.add(parent, "P");
        let level = super::build::heading_tag(self.heading_level(1));
        let title = self.tags.add(parent, level);
        let mut texts = vec![
            (vec![self.span(&c.kicker, self.style(Face::Bold, b * 0.92, pale), Some(kicker))], b * 0.92, b * 0.9),
            (vec![self.span(&c.title, self.style(Face::Bold, b * 2.7, WHITE), Some(title))], b * 2.7, b * 0.5),
        ];
        for line in &c.lines {
            let p = self.tags.add(parent, "P");
            let mut spans = self.spans(line, self.style(Face::Regular, b * 1.12, pale), Some(p));
            for s in &mut spans {
                s.style.colour = pale;
            }
            texts.push((spans, b * 1.12, 0.0));
        }
        let mut text = Strip::new(0.0);
        for (spans, size, after) in texts {
            let lh = size * if size > b * 2.0 { 1.2 } else { 1.4 };
            for line in lines(self.fonts, &spans, width) {
                text.line(&line, 0.0, y + baseline(lh, size));
                y += lh;
            }
            y += after;
        }
        band.h = y + b * 1.6;
        band.rect((-left - 2.0, -top - 2.0, page_w + 4.0, top + band.h + 2.0), 0.0, self.theme.colour.accent);
        band.draws.append(&mut text.draws);
        let bookmark = self.clean(&c.title);
        band.marks.push(Mark { id: "cover".into(), bookmark: Some((1, bookmark)) });
        let mut out = vec![band];
        if !c.verdicts.counts.is_empty() {
            let mut tiles = self.tiles(&c.verdicts, width, parent);
            if let Some(first) = tiles.first_mut() {
                first.before = b * 1.5;
            }
            out.append(&mut tiles);
        }
        let mut facts = self.facts(&c.facts, width, (b * 0.85, 0.19), parent);
        if let Some(first) = facts.first_mut() {
            first.before = b * 1.3;
        }
        out.append(&mut facts);
        for s in &c.statements {
            out.append(&mut self.callout(s, width, parent));
        }
        out
    }

    /// A note on what could not be printed as it is; nothing if all could.
    pub(super) fn substitution_note(&mut self, width: f32) -> Vec<Strip> {
        if self.substituted == 0 {
            return Vec::new();
        }
        let size = self.body() * 0.86;
        let words = self.labels.substituted.replace("{count}", &self.substituted.to_string());
        let p = self.tags.add(Tags::ROOT, "P");
        let span = self.span(&words, self.style(Face::Italic, size, self.theme.colour.muted), Some(p));
        self.paragraph(&[span], width, size, size * 2.0)
    }
}

fn shape((x, y, w, h): (f32, f32, f32, f32), radius: f32, fill: Colour, figure: NodeId) -> Draw {
    Draw::Rect { x, y, w, h, radius, fill, node: Some(figure) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::theme::{BUILT_IN, Theme};

    #[test]
    fn the_plain_parts_of_a_bar_differ_in_grey_too() {
        let theme = Theme::from_toml(BUILT_IN).unwrap();
        let grey = |state| {
            let Fill { colour, hatched } = fill(&theme.colour, state);
            assert!(!hatched);
            0.299 * f32::from(colour.r) + 0.587 * f32::from(colour.g) + 0.114 * f32::from(colour.b)
        };
        let [enrolled, missing, excluded] = [FactorState::Enrolled, FactorState::NotEnrolled, FactorState::Excluded].map(grey);
        assert!(missing + 40.0 < enrolled && enrolled + 30.0 < excluded, "{missing} {enrolled} {excluded}");
    }
}
