//! One finding in full, as a card: verdict, check, subject, reason, evidence, and how to check it by hand.

use super::build::{Builder, LEADING, baseline, heading_tag};
use super::fonts::Face;
use super::strip::{Draw, Mark, Strip, framed, keep_together};
use super::tags::NodeId;
use super::text::{Style, lines};
use crate::render::blocks::{Fact, FindingCard, Inline, Inlines};
use crate::render::theme::Colour;

/// A card that is no taller than this stays on one page.
const WHOLE: f32 = 330.0;

impl Builder<'_> {
    pub(super) fn finding(&mut self, f: &FindingCard, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let inner = width - 24.0;
        let sect = self.tags.add(parent, "Sect");
        let colour = self.theme.verdict(f.verdict);
        let mut strips = self.card_head(f, colour, inner, sect);
        let mut facts = Vec::new();
        let mut fact = |name: &str, value: Inlines| facts.push(Fact { name: name.to_owned(), value });
        if !f.subject.is_empty() {
            fact(&self.labels.subject, f.subject.clone());
        }
        if !f.reason.is_empty() {
            fact(&self.labels.reason, f.reason.clone());
        }
        for more in &f.facts {
            fact(&more.name, more.value.clone());
        }
        if !f.controls.is_empty() {
            fact(&self.labels.controls, joined(&f.controls, &Inline::Text("; ".into())));
        }
        if !f.evidence.is_empty() {
            fact(&self.labels.evidence, joined(&f.evidence, &Inline::Break));
        }
        strips.append(&mut self.facts(&facts, inner, (b * 0.89, 0.26), sect));
        if !f.by_hand.is_empty() {
            let p = self.tags.add(sect, "P");
            let label = self.labels.by_hand.clone();
            let span = self.span(&label, self.style(Face::Regular, b * 0.89, self.theme.colour.muted), Some(p));
            let mut head = self.paragraph(&[span], inner, b * 0.89, 4.0);
            keep_together(&mut head, true);
            strips.append(&mut head);
            let mut code = self.code(&f.by_hand, inner, sect);
            if let Some(first) = code.first_mut() {
                first.before = 2.0;
            }
            strips.append(&mut code);
        }
        for note in &f.notes {
            strips.append(&mut self.callout(note, inner, sect));
        }
        let tall: f32 = strips.iter().map(|s| s.h + s.before).sum();
        if tall <= WHOLE {
            keep_together(&mut strips, false);
        }
        let frame = self.frame(width, self.theme.colour.tint.tint(0.7), Some(colour));
        framed(strips, &frame, (13.0, 8.0), b)
    }

    /// The verdict as a filled label, id and severity beside it, the title below.
    fn card_head(&mut self, f: &FindingCard, colour: Colour, width: f32, sect: NodeId) -> Vec<Strip> {
        let b = self.body();
        let (small, title) = (b * 0.8, b * 1.1);
        let h = small * LEADING + 3.0;
        let mut top = Strip::new(h + 3.0);
        let p = self.tags.add(sect, "P");
        let word = format!("{}\u{a0}{} ", f.verdict.sign(), f.verdict.word());
        let span = self.span(&word, Style { face: Face::Bold, size: small, colour: Colour::new(0xff_ffff) }, Some(p));
        let mut x = 0.0;
        if let Some(line) = lines(self.fonts, &[span], width).first() {
            top.draws.push(Draw::Rect { x: 0.0, y: 0.0, w: line.width + 12.0, h, radius: 2.5, fill: colour, node: None });
            top.line(line, 6.0, baseline(h, small));
            x = line.width + 20.0;
        }
        let severity = if f.severity.is_empty() { String::new() } else { format!("{} {}", self.labels.severity, f.severity) };
        let right = self.span(&severity, self.style(Face::Regular, small, self.theme.colour.muted), Some(p));
        let right = lines(self.fonts, &[right], width / 3.0);
        let id = self.span(&format!("{} ", f.id), self.style(Face::Mono, small, self.theme.colour.muted), Some(p));
        if let Some(line) = lines(self.fonts, &[id], (width - x - width / 3.0).max(40.0)).first() {
            top.line(line, x, baseline(h, small));
        }
        if let Some(line) = right.first() {
            top.line(line, width - line.width, baseline(h, small));
        }
        let level = self.level_below();
        let bookmark = self.clean(&format!("{} {} {}", f.verdict.sign(), f.id, f.title));
        top.marks.push(Mark { id: f.anchor.clone(), bookmark: Some((level, bookmark)) });
        top.marks.extend(f.also.iter().map(|id| Mark { id: id.clone(), bookmark: None }));
        let node = self.tags.add(sect, heading_tag(level));
        let span = self.span(&f.title, self.style(Face::Bold, title, self.theme.colour.text), Some(node));
        let mut out = vec![top];
        out.append(&mut self.paragraph(&[span], width, title, 1.0));
        if let Some(last) = out.last_mut() {
            last.h += 3.0;
        }
        keep_together(&mut out, true);
        out
    }
}

fn joined(parts: &[Inlines], between: &Inline) -> Inlines {
    let mut out = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            out.push(between.clone());
        }
        out.extend(part.iter().cloned());
    }
    out
}
