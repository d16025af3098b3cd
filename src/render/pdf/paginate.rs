//! Strips onto pages: keeps what belongs together, repeats table heads, cuts a strip only if it alone is taller than a page,
//! and draws the running header and footer.

use std::collections::BTreeMap;

use super::strip::{Draw, Frame, Strip};

/// Where things may stand, in points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub page_w: f32,
    pub page_h: f32,
    pub left: f32,
    pub top: f32,
    pub bottom: f32,
}

impl Area {
    /// Width of the text area.
    pub fn width(&self) -> f32 {
        self.page_w - 2.0 * self.left
    }
    fn height(&self) -> f32 {
        self.page_h - self.top - self.bottom
    }
}

/// A page: what is drawn, coordinates from the top left corner of the paper.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Grounds of cards: decoration behind everything.
    pub grounds: Vec<Draw>,
    /// The content in reading order.
    pub draws: Vec<Draw>,
    /// Repeated table heads: shown again, not read again.
    pub repeats: Vec<Draw>,
}

/// A bookmark.
#[derive(Debug)]
pub(super) struct Bookmark {
    pub level: u8,
    pub title: String,
    pub page: usize,
    pub y: f32,
}

/// All pages and the places on them.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub pages: Vec<Page>,
    /// Anchor to page number (from 0) and distance from the top.
    pub anchors: BTreeMap<String, (usize, f32)>,
    pub bookmarks: Vec<Bookmark>,
}

struct Cursor {
    area: Area,
    out: Pages,
    y: f32,
    /// Frames of the strip placed last, with the place of their ground on this page.
    open: Vec<(usize, usize)>,
}

/// Sets strips onto pages.
pub(super) fn paginate(strips: Vec<Strip>, area: Area) -> Pages {
    let mut cursor = Cursor { area, out: Pages::default(), y: 0.0, open: Vec::new() };
    cursor.new_page();
    let mut group: Vec<Strip> = Vec::new();
    for strip in strips {
        let keep = strip.keep;
        group.push(strip);
        if !keep {
            cursor.group(std::mem::take(&mut group));
        }
    }
    cursor.group(group);
    cursor.out
}

impl Cursor {
    fn new_page(&mut self) {
        self.out.pages.push(Page::default());
        self.y = 0.0;
        self.open.clear();
    }

    fn group(&mut self, group: Vec<Strip>) {
        if group.iter().any(|s| s.page) && self.y > 0.0 {
            self.new_page();
        }
        let needed: f32 = group.iter().enumerate().map(|(n, s)| s.h + if n == 0 && self.y == 0.0 { 0.0 } else { s.before }).sum();
        if self.y > 0.0 && self.y + needed > self.area.height() {
            self.new_page();
        }
        for strip in group {
            self.strip(strip);
        }
    }

    fn strip(&mut self, mut strip: Strip) {
        let room = self.area.height();
        if self.y > 0.0 && self.y + strip.before + strip.h > room {
            self.new_page();
        }
        if self.y == 0.0 {
            self.repeat(&strip);
        }
        while self.y + strip.h > room + 0.5 {
            // Taller than a page: cut, and go on over the page. What is left always shrinks by at least a line.
            let cut = (room - self.y).max(24.0);
            let (head, tail) = cut_strip(strip, cut);
            self.put(head);
            self.new_page();
            strip = tail;
            self.repeat(&strip);
        }
        self.put(strip);
    }

    fn repeat(&mut self, strip: &Strip) {
        let Some(head) = &strip.head else { return };
        if head.h > self.area.height() * 0.5 {
            return;
        }
        let (dx, dy) = (self.area.left, self.area.top + self.y);
        if let Some(page) = self.out.pages.last_mut() {
            page.repeats.extend(head.draws.iter().cloned().map(|mut d| {
                d.shift(dx, dy);
                d
            }));
        }
        self.y += head.h;
    }

    fn put(&mut self, strip: Strip) {
        if self.y > 0.0 {
            self.y += strip.before;
        }
        let number = self.out.pages.len().saturating_sub(1);
        let top = self.area.top + self.y;
        for mark in strip.marks {
            if let Some((level, title)) = mark.bookmark {
                self.out.bookmarks.push(Bookmark { level, title, page: number, y: top });
            }
            self.out.anchors.entry(mark.id).or_insert((number, top));
        }
        self.frames(&strip.frames, top, strip.h);
        let left = self.area.left;
        if let Some(page) = self.out.pages.last_mut() {
            page.draws.extend(strip.draws.into_iter().map(|mut d| {
                d.shift(left, top);
                d
            }));
        }
        self.y += strip.h;
    }

    /// Opens the ground of a card, or makes the one that is open reach down to here.
    fn frames(&mut self, frames: &[Frame], top: f32, h: f32) {
        let left = self.area.left;
        let Some(page) = self.out.pages.last_mut() else { return };
        let mut open = Vec::new();
        for f in frames {
            let at = match self.open.iter().find(|(id, _)| *id == f.id) {
                Some((_, at)) => *at,
                None => {
                    let ground = |w, fill, radius| Draw::Rect { x: left + f.x, y: top + f.inset.0, w, h: 0.0, radius, fill, node: None };
                    page.grounds.push(ground(f.w, f.fill, 2.0));
                    page.grounds.push(ground(if f.bar.is_some() { 3.0 } else { 0.0 }, f.bar.unwrap_or(f.fill), 0.0));
                    page.grounds.len() - 2
                }
            };
            for draw in page.grounds.iter_mut().skip(at).take(2) {
                if let Draw::Rect { y, h: height, .. } = draw {
                    *height = top + h - f.inset.1 - *y;
                }
            }
            open.push((f.id, at));
        }
        self.open = open;
    }
}

/// Cuts a strip at height `at`. Text goes below if its baseline would stand too low; filled shapes are divided.
fn cut_strip(strip: Strip, at: f32) -> (Strip, Strip) {
    let mut head = Strip { h: at, before: strip.before, marks: strip.marks, frames: strip.frames.clone(), ..Strip::default() };
    let mut tail = Strip { h: (strip.h - at).max(0.0), frames: strip.frames, head: strip.head, keep: strip.keep, ..Strip::default() };
    // The first line that does not fit decides where the tail begins, so that no line is lost in the gap.
    let fits = |y: f32, size: f32| y + size * 0.35 <= at;
    let first = strip.draws.iter().filter_map(|d| match d {
        Draw::Text { y, run, .. } if !fits(*y, run.style.size) => Some(y - run.style.size * 1.1),
        _ => None,
    });
    let start = first.fold(at, f32::min).max(1.0);
    tail.h = (strip.h - start).max(0.0);
    for mut d in strip.draws {
        match &mut d {
            Draw::Text { y, run, .. } if fits(*y, run.style.size) => head.draws.push(d),
            Draw::Text { .. } => {
                d.shift(0.0, -start);
                tail.draws.push(d);
            }
            Draw::Rule { y1, .. } if *y1 <= start => head.draws.push(d),
            Draw::Rule { .. } => {
                d.shift(0.0, -start);
                tail.draws.push(d);
            }
            Draw::Rect { y, h, .. } => {
                let (top, bottom) = (*y, *y + *h);
                let mut above = d.clone();
                if let (Draw::Rect { h, .. }, true) = (&mut above, top < start) {
                    *h = bottom.min(start) - top;
                    head.draws.push(above);
                }
                if bottom > start {
                    let from = top.max(start);
                    if let Draw::Rect { y, h, .. } = &mut d {
                        *y = from - start;
                        *h = bottom - from;
                    }
                    tail.draws.push(d);
                }
            }
        }
    }
    (head, tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::pdf::strip::Head;
    use crate::render::theme::Colour;
    use std::rc::Rc;

    const AREA: Area = Area { page_w: 200.0, page_h: 300.0, left: 20.0, top: 50.0, bottom: 50.0 };

    fn strips(n: usize, h: f32) -> Vec<Strip> {
        (0..n)
            .map(|i| {
                let mut s = Strip::new(h);
                s.rect((0.0, 0.0, 10.0, h), 0.0, Colour::new(i as u32));
                s
            })
            .collect()
    }

    fn counts(p: &Pages) -> Vec<usize> {
        p.pages.iter().map(|p| p.draws.len()).collect()
    }

    #[test]
    fn strips_are_never_broken_and_never_below_the_area() {
        let p = paginate(strips(9, 60.0), AREA);
        assert_eq!(counts(&p), [3, 3, 3]);
        for page in &p.pages {
            for d in &page.draws {
                let Draw::Rect { y, h, .. } = d else { panic!() };
                assert!(*y >= 50.0 && y + h <= 250.0);
            }
        }
    }

    #[test]
    fn what_is_kept_moves_together() {
        let mut s = strips(6, 60.0);
        s[2].keep = true;
        assert_eq!(counts(&paginate(s, AREA)), [2, 3, 1]);
    }

    #[test]
    fn heads_are_repeated_on_each_page_after_the_first() {
        let mut s = strips(9, 60.0);
        let mut head = Strip::new(20.0);
        head.rule(0.0, 10.0, 100.0, 1.0, Colour::new(0));
        let repeat = Rc::new(Head { h: 20.0, draws: head.draws.clone() });
        for row in &mut s {
            row.head = Some(repeat.clone());
        }
        head.keep = true;
        s.insert(0, head);
        let p = paginate(s, AREA);
        assert_eq!(counts(&p), [4, 3, 3]);
        assert_eq!(p.pages.iter().map(|p| p.repeats.len()).collect::<Vec<_>>(), [0, 1, 1]);
    }

    #[test]
    fn a_strip_taller_than_a_page_is_cut_and_loses_nothing() {
        let p = paginate(strips(1, 700.0), AREA);
        let total: f32 = p.pages.iter().flat_map(|p| &p.draws).map(|d| if let Draw::Rect { h, .. } = d { *h } else { 0.0 }).sum();
        assert!((total - 700.0).abs() < 0.1);
        assert_eq!(p.pages.len(), 4);
    }

    #[test]
    fn a_card_over_two_pages_has_a_ground_on_both() {
        let frame = Frame { id: 7, x: 0.0, w: 100.0, fill: Colour::new(0), bar: None, inset: (0.0, 0.0) };
        let p = paginate(super::super::strip::framed(strips(5, 60.0), &frame, (8.0, 6.0), 4.0), AREA);
        assert_eq!(p.pages.iter().map(|p| p.grounds.len()).collect::<Vec<_>>(), [2, 2]);
    }
}
