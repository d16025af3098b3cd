//! Strips: what a block becomes before it has a page. A strip is as wide as the text area, has a height, is never broken
//! (unless it alone is taller than a page), and draws at coordinates from its own top left corner, y downwards, in points.

use std::rc::Rc;

use super::tags::NodeId;
use super::text::{Line, Run};
use crate::render::theme::Colour;

/// Something to draw.
#[derive(Debug, Clone)]
pub(super) enum Draw {
    /// Text; `x` and `y` are the origin of its baseline.
    Text { x: f32, y: f32, run: Run },
    /// A filled rectangle with rounded corners; `node` if it is part of a figure, none for decoration.
    Rect { x: f32, y: f32, w: f32, h: f32, radius: f32, fill: Colour, node: Option<NodeId> },
    /// A line.
    Rule { x1: f32, y1: f32, x2: f32, y2: f32, width: f32, colour: Colour, node: Option<NodeId> },
}

impl Draw {
    /// Moves by `dx`, `dy`.
    pub fn shift(&mut self, dx: f32, dy: f32) {
        match self {
            Self::Text { x, y, .. } | Self::Rect { x, y, .. } => {
                *x += dx;
                *y += dy;
            }
            Self::Rule { x1, y1, x2, y2, .. } => {
                *x1 += dx;
                *x2 += dx;
                *y1 += dy;
                *y2 += dy;
            }
        }
    }
}

/// The ground and edge that strips of one card share; drawn as one shape on each page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Which card.
    pub id: usize,
    pub x: f32,
    pub w: f32,
    pub fill: Colour,
    /// A bar at the left edge.
    pub bar: Option<Colour>,
    /// How much of the strip's top and bottom is not the card's, but space in a card around it.
    pub inset: (f32, f32),
}

/// A head that is drawn again when a strip begins a page.
#[derive(Debug)]
pub(super) struct Head {
    pub h: f32,
    pub draws: Vec<Draw>,
}

/// A place to jump to.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// Anchor name.
    pub id: String,
    /// Level and title in the bookmarks; none for an anchor only.
    pub bookmark: Option<(u8, String)>,
}

/// One unbreakable piece of the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Strip {
    pub h: f32,
    /// Space above, dropped at the top of a page.
    pub before: f32,
    /// Stays with the next strip.
    pub keep: bool,
    /// Begins a page.
    pub page: bool,
    pub draws: Vec<Draw>,
    pub frames: Vec<Frame>,
    pub head: Option<Rc<Head>>,
    pub marks: Vec<Mark>,
}

impl Strip {
    /// An empty strip.
    pub fn new(h: f32) -> Self {
        Self { h, ..Self::default() }
    }

    /// Draws a line of text with its left edge at `x` and its baseline at `y`.
    pub fn line(&mut self, line: &Line, x: f32, y: f32) {
        for run in &line.runs {
            self.draws.push(Draw::Text { x: x + run.x, y, run: run.clone() });
        }
    }

    /// A filled decoration.
    pub fn rect(&mut self, (x, y, w, h): (f32, f32, f32, f32), radius: f32, fill: Colour) {
        self.draws.push(Draw::Rect { x, y, w, h, radius, fill, node: None });
    }

    /// A horizontal hairline.
    pub fn rule(&mut self, x: f32, y: f32, w: f32, width: f32, colour: Colour) {
        self.draws.push(Draw::Rule { x1: x, y1: y, x2: x + w, y2: y, width, colour, node: None });
    }

    /// Moves everything to the right.
    pub fn indent(&mut self, dx: f32) {
        for d in &mut self.draws {
            d.shift(dx, 0.0);
        }
        for f in &mut self.frames {
            f.x += dx;
        }
    }

    /// Turns the space above into height, so that a ground is drawn behind it.
    pub fn close_up(&mut self, extra: f32) {
        let dy = self.before + extra;
        for d in &mut self.draws {
            d.shift(0.0, dy);
        }
        for f in &mut self.frames {
            f.inset.0 += dy;
        }
        self.h += dy;
        self.before = 0.0;
    }

    /// Adds space below that belongs to no card around which one will be drawn.
    fn pad_below(&mut self, dy: f32) {
        for f in &mut self.frames {
            f.inset.1 += dy;
        }
        self.h += dy;
    }
}

/// Puts strips on a ground with padding: callouts and cards.
pub(super) fn framed(mut strips: Vec<Strip>, frame: &Frame, pad: (f32, f32), before: f32) -> Vec<Strip> {
    let last = strips.len().saturating_sub(1);
    for (n, s) in strips.iter_mut().enumerate() {
        s.indent(pad.0);
        if n == 0 {
            s.before = 0.0;
            s.close_up(pad.1);
            s.before = before;
        } else {
            s.close_up(0.0);
        }
        if n == last {
            s.pad_below(pad.1);
        }
        s.frames.insert(0, frame.clone());
    }
    strips
}

/// Keeps strips together, and the last with what follows if `with_next`.
pub(super) fn keep_together(strips: &mut [Strip], with_next: bool) {
    let last = strips.len().saturating_sub(1);
    for (n, s) in strips.iter_mut().enumerate() {
        s.keep = n < last || with_next;
    }
}

/// No line of a paragraph alone at the foot or the head of a page.
pub(super) fn no_orphans(strips: &mut [Strip]) {
    let len = strips.len();
    if len <= 3 {
        return keep_together(strips, false);
    }
    for n in [0, len - 2] {
        if let Some(s) = strips.get_mut(n) {
            s.keep = true;
        }
    }
}
