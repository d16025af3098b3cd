//! Bars of time drawn as vectors: what a pool required over the period, with marks for months and weeks, a legend in word and
//! sign, and the whole of it in words as alternative text.

use super::build::{Builder, LEADING, baseline};
use super::fonts::Face;
use super::strip::{Draw, Strip, keep_together};
use super::tags::NodeId;
use super::text::lines;
use crate::render::blocks::{Align, Lane, ModeState, Tick, Timeline};
use crate::render::theme::{Colour, Colours};

/// White.
const WHITE: Colour = Colour::new(0xff_ffff);
/// Height of a bar, points.
const HEIGHT: f32 = 16.0;
/// Least width of a stretch below ON, so that one of a second is seen, points.
const LEAST: f32 = 3.0;

/// The ground of a stretch and the ink on it. From light to dark: not known, ON, OPTIONAL, OFF.
fn fill(c: &Colours, state: ModeState) -> (Colour, Colour) {
    match state {
        ModeState::On => (c.verdict.pass.tint(0.2), c.text),
        ModeState::Optional => (c.verdict.incomplete.tint(0.6), c.text),
        ModeState::Off => (c.verdict.fail, WHITE),
        ModeState::Unknown => (WHITE, c.text),
    }
}

impl Builder<'_> {
    pub(super) fn timeline(&mut self, t: &Timeline, width: f32, parent: NodeId) -> Vec<Strip> {
        let b = self.body();
        let mut out = Vec::new();
        if !t.caption.is_empty() {
            let p = self.tags.add(parent, "P");
            let spans = self.spans(&t.caption, self.style(Face::Bold, b * 0.92, self.theme.colour.text), Some(p));
            out.append(&mut self.paragraph(&spans, width, b * 0.92, b));
            keep_together(&mut out, true);
        }
        for lane in &t.lanes {
            let alt = self.clean(&format!("{}: {}", lane.label, lane.alt));
            let figure = self.tags.figure(parent, alt);
            let mut strips = self.lane_head(lane, width, figure);
            strips.push(self.lane(lane, &t.ticks, width, figure));
            strips.append(&mut self.modes(&lane.legend, width, figure));
            keep_together(&mut strips, false);
            out.append(&mut strips);
        }
        out
    }

    fn lane_head(&mut self, lane: &Lane, width: f32, figure: NodeId) -> Vec<Strip> {
        let size = self.body() * 0.86;
        let name = self.span(&lane.label, self.style(Face::Bold, size, self.theme.colour.text), Some(figure));
        let note = self.span(&lane.note, self.style(Face::Regular, size, self.theme.colour.muted), Some(figure));
        let note = lines(self.fonts, &[note], width * 0.4);
        let mut strips = self.line_strips(&lines(self.fonts, &[name], width * 0.58), width, size, Align::Left);
        if let Some(first) = strips.first_mut() {
            first.before = self.body() * 1.2;
        }
        for (n, line) in note.iter().enumerate() {
            if n >= strips.len() {
                strips.push(Strip::new(size * LEADING));
            }
            if let Some(strip) = strips.get_mut(n) {
                strip.line(line, width - line.width, baseline(size * LEADING, size));
            }
        }
        strips
    }

    fn lane(&mut self, lane: &Lane, ticks: &[Tick], width: f32, figure: NodeId) -> Strip {
        let place = |part: u32| width * (f64::from(part) / 1_000_000.0) as f32;
        let size = self.body() * 0.76;
        let mut strip = Strip::new(2.0 + HEIGHT + 5.0 + size * 1.3);
        let (top, foot) = (2.0, 2.0 + HEIGHT);
        for s in &lane.stretches {
            let below = matches!(s.state, ModeState::Optional | ModeState::Off);
            let w = (place(s.to) - place(s.from)).max(if below { LEAST } else { 0.3 });
            let x = place(s.from).min(width - w);
            self.stretch(&mut strip, s.state, (x, top, w, HEIGHT), figure);
            if w >= 11.0 {
                self.mode_sign(&mut strip, s.state, (x, top, w, HEIGHT), figure);
            }
        }
        let mut edge = |x1: f32, y1: f32, x2: f32, y2: f32, width: f32, colour: Colour| {
            strip.draws.push(Draw::Rule { x1, y1, x2, y2, width, colour, node: Some(figure) });
        };
        let muted = self.theme.colour.muted;
        edge(0.0, top, width, top, 0.5, muted);
        edge(0.0, foot, width, foot, 0.5, muted);
        edge(0.0, top, 0.0, foot, 0.5, muted);
        edge(width, top, width, foot, 0.5, muted);
        for tick in ticks {
            let long = if tick.label.is_empty() { 2.5 } else { 8.0 };
            edge(place(tick.at), foot, place(tick.at), foot + long, 0.5, muted);
        }
        for tick in ticks.iter().filter(|t| !t.label.is_empty()) {
            let span = self.span(&tick.label, self.style(Face::Regular, size, muted), Some(figure));
            if let Some(line) = lines(self.fonts, &[span], 90.0).first() {
                strip.line(line, place(tick.at) + 3.0, foot + 2.5 + baseline(size * 1.3, size));
            }
        }
        strip
    }

    /// A filled stretch; hatched where nothing is known.
    fn stretch(&self, strip: &mut Strip, state: ModeState, (x, y, w, h): (f32, f32, f32, f32), figure: NodeId) {
        let (ground, ink) = fill(&self.theme.colour, state);
        strip.draws.push(Draw::Rect { x, y, w, h, radius: 0.0, fill: ground, node: Some(figure) });
        if state == ModeState::Unknown {
            // Lines at 45 degrees, cut at the edges.
            let mut c = 2.0;
            while c < w + h {
                let (x1, y1) = if c <= w { (x + c, y) } else { (x + w, y + c - w) };
                let (x2, y2) = if c <= h { (x, y + c) } else { (x + c - h, y + h) };
                strip.draws.push(Draw::Rule { x1, y1, x2, y2, width: 0.5, colour: ink.tint(0.6), node: Some(figure) });
                c += 4.5;
            }
        }
    }

    /// The sign in the middle of a stretch, on a ground of its own where that is hatched.
    fn mode_sign(&mut self, strip: &mut Strip, state: ModeState, (x, y, w, h): (f32, f32, f32, f32), figure: NodeId) {
        let (ground, ink) = fill(&self.theme.colour, state);
        let size = h * 0.62;
        let span = self.span(&state.sign().to_string(), self.style(Face::Bold, size, ink), Some(figure));
        if let Some(line) = lines(self.fonts, &[span], w).first() {
            let left = x + (w - line.width) / 2.0;
            if state == ModeState::Unknown {
                let ground = Draw::Rect {
                    x: left - 1.5,
                    y: y + 1.5,
                    w: line.width + 3.0,
                    h: h - 3.0,
                    radius: 1.5,
                    fill: ground,
                    node: Some(figure),
                };
                strip.draws.push(ground);
            }
            strip.line(line, left, y + baseline(h, size));
        }
    }

    /// The states with their sign, word and how long, as many beside each other as fit.
    fn modes(&mut self, legend: &[(ModeState, String)], width: f32, figure: NodeId) -> Vec<Strip> {
        let size = self.body() * 0.82;
        let lh = size * LEADING * 1.15;
        let mut out: Vec<Strip> = Vec::new();
        let mut x = 0.0;
        for (state, lasted) in legend {
            let word = self.style(Face::Bold, size, self.theme.colour.text);
            let much = self.style(Face::Regular, size, self.theme.colour.muted);
            let spans = [self.span(&format!("{} ", state.word()), word, Some(figure)), self.span(lasted, much, Some(figure))];
            let set = lines(self.fonts, &spans, width - 20.0);
            let w = set.first().map_or(0.0, |l| l.width) + 18.0;
            if out.is_empty() || x + w > width {
                out.push(Strip::new(lh));
                x = 0.0;
            }
            if let (Some(strip), Some(line)) = (out.last_mut(), set.first()) {
                let place = (x, lh / 2.0 - 5.5, 12.0, 11.0);
                self.stretch(strip, *state, place, figure);
                self.mode_sign(strip, *state, place, figure);
                strip.line(line, x + 16.0, baseline(lh, size));
            }
            x += w + 16.0;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::theme::{BUILT_IN, Theme};

    #[test]
    fn modes_differ_in_grey_too() {
        let theme = Theme::from_toml(BUILT_IN).unwrap();
        let grey = |state| {
            let (c, _) = fill(&theme.colour, state);
            0.299 * f32::from(c.r) + 0.587 * f32::from(c.g) + 0.114 * f32::from(c.b)
        };
        let [unknown, on, optional, off] = [ModeState::Unknown, ModeState::On, ModeState::Optional, ModeState::Off].map(grey);
        assert!(off + 40.0 < optional && optional + 40.0 < on && on + 15.0 < unknown, "{off} {optional} {on} {unknown}");
    }
}
