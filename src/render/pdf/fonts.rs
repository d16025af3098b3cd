//! The fonts of a PDF: which face draws a character, and shaping of words. Embedding is done in `write`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustybuzz::ttf_parser::{self, name_id};
use rustybuzz::{Direction, UnicodeBuffer};

use super::PdfError;

/// Fonts that are part of the program: see report-templates/fonts/README.md.
const BUILT_IN: [&[u8]; 5] = [
    include_bytes!("../../../report-templates/fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../../report-templates/fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../../report-templates/fonts/NotoSans-Italic.ttf"),
    include_bytes!("../../../report-templates/fonts/NotoSansMono-Regular.ttf"),
    include_bytes!("../../../report-templates/fonts/NotoSansSymbols2-Regular.ttf"),
];

/// The styles of text; the number is the place in [`BUILT_IN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular = 0,
    Bold = 1,
    Italic = 2,
    Mono = 3,
}

/// One glyph with its place, in thousandths of an em.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub gid: u16,
    /// How far the pen moves.
    pub advance: f32,
    /// Advance that the font itself states; the difference is kerning.
    pub nominal: f32,
    pub dx: f32,
    pub dy: f32,
    /// The text that the glyph stands for; empty for a further glyph of the same cluster.
    pub text: String,
    /// Byte offset of the cluster in the shaped text.
    pub cluster: usize,
}

/// A shaped piece of text in visual order.
#[derive(Debug)]
pub(super) struct Shaped {
    pub text: String,
    pub glyphs: Vec<Glyph>,
    /// Sum of the advances, in thousandths of an em.
    pub width: f32,
}

/// A font ready to shape.
pub(super) struct Loaded<'a> {
    pub bytes: &'a [u8],
    pub name: String,
    face: rustybuzz::Face<'a>,
}

/// All fonts: the built-in ones, then those of the theme, tried in that order.
pub(super) struct Fonts<'a> {
    pub loaded: Vec<Loaded<'a>>,
    cache: RefCell<BTreeMap<(usize, bool, String), Rc<Shaped>>>,
    choices: RefCell<BTreeMap<(usize, char), Option<usize>>>,
}

impl<'a> Fonts<'a> {
    /// Parses the built-in fonts and `extra`.
    ///
    /// # Errors
    /// A further font is no usable TrueType or OpenType font, or its licence bits forbid embedding.
    pub fn load(extra: &'a [Vec<u8>]) -> Result<Self, PdfError> {
        let mut loaded = Vec::new();
        for (n, bytes) in BUILT_IN.into_iter().chain(extra.iter().map(Vec::as_slice)).enumerate() {
            let why = |why| PdfError::Font { number: (n + 1).saturating_sub(BUILT_IN.len()), why };
            let face = rustybuzz::Face::from_slice(bytes, 0).ok_or(why("it is no TrueType or OpenType font that can be read"))?;
            // OpenType, OS/2 fsType bit 1: "restricted licence embedding".
            if face.permissions() == Some(ttf_parser::Permissions::Restricted) {
                return Err(why("its licence forbids embedding (OS/2 fsType)"));
            }
            let name = face.names().into_iter().filter(|n| n.name_id == name_id::POST_SCRIPT_NAME).find_map(|n| n.to_string());
            let name = name.unwrap_or_default().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect::<String>();
            let name = if name.is_empty() { format!("Font{n}") } else { name };
            loaded.push(Loaded { bytes, name, face });
        }
        Ok(Self { loaded, cache: RefCell::default(), choices: RefCell::default() })
    }

    /// Whether a font draws `c`.
    pub fn has(&self, font: usize, c: char) -> bool {
        self.loaded.get(font).is_some_and(|f| f.face.glyph_index(c).is_some_and(|g| g.0 != 0))
    }

    /// The font that draws `c` in this style, if any does.
    pub fn font_for(&self, face: Face, c: char) -> Option<usize> {
        if let Some(known) = self.choices.borrow().get(&(face as usize, c)) {
            return *known;
        }
        let order = [face as usize, Face::Regular as usize].into_iter().chain(BUILT_IN.len() - 1..self.loaded.len());
        let found = order.chain([Face::Mono as usize]).find(|n| self.has(*n, c));
        self.choices.borrow_mut().insert((face as usize, c), found);
        found
    }

    /// Whether some font draws `c`.
    pub fn covers(&self, c: char) -> bool {
        self.font_for(Face::Regular, c).is_some()
    }

    /// Shapes text of one font and one direction.
    pub fn shape(&self, font: usize, rtl: bool, text: &str) -> Rc<Shaped> {
        let key = (font, rtl, text.to_owned());
        if let Some(done) = self.cache.borrow().get(&key) {
            return done.clone();
        }
        let shaped = Rc::new(self.shape_now(font, rtl, text));
        // Words repeat, long ones do not.
        if text.len() <= 64 {
            self.cache.borrow_mut().insert(key, shaped.clone());
        }
        shaped
    }

    fn shape_now(&self, font: usize, rtl: bool, text: &str) -> Shaped {
        let Some(loaded) = self.loaded.get(font) else { return Shaped { text: text.to_owned(), glyphs: Vec::new(), width: 0.0 } };
        let scale = 1000.0 / loaded.face.units_per_em().max(1) as f32;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(if rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        let out = rustybuzz::shape(&loaded.face, &[], buffer);
        let mut starts: Vec<usize> = out.glyph_infos().iter().map(|i| i.cluster as usize).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut glyphs: Vec<Glyph> = Vec::with_capacity(out.len());
        for (info, pos) in out.glyph_infos().iter().zip(out.glyph_positions()) {
            let gid = u16::try_from(info.glyph_id).unwrap_or(0);
            let cluster = info.cluster as usize;
            let end = starts.iter().find(|s| **s > cluster).copied().unwrap_or(text.len());
            let first = glyphs.last().is_none_or(|g| g.cluster != cluster);
            glyphs.push(Glyph {
                gid,
                advance: pos.x_advance as f32 * scale,
                nominal: f32::from(loaded.face.glyph_hor_advance(ttf_parser::GlyphId(gid)).unwrap_or(0)) * scale,
                dx: pos.x_offset as f32 * scale,
                dy: pos.y_offset as f32 * scale,
                text: if first { text.get(cluster..end).unwrap_or_default().to_owned() } else { String::new() },
                cluster,
            });
        }
        let width = glyphs.iter().map(|g| g.advance).sum();
        Shaped { text: text.to_owned(), glyphs, width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_the_reports_are_covered() {
        let fonts = Fonts::load(&[]).unwrap();
        for c in "✓✗☐◐–‹›•➜→⚠äßŁЖΩ…".chars() {
            let font = fonts.font_for(Face::Regular, c).unwrap_or_else(|| panic!("{c} is not covered"));
            assert!(fonts.shape(font, false, &c.to_string()).glyphs.iter().all(|g| g.gid != 0));
        }
        assert!(!fonts.covers('山'));
    }

    #[test]
    fn glyphs_carry_the_whole_text_once() {
        let fonts = Fonts::load(&[]).unwrap();
        for text in ["AVATAR", "fi ffl", "e\u{0301}\u{0323}x", "Ж"] {
            let all: String = fonts.shape(0, false, text).glyphs.iter().map(|g| g.text.as_str()).collect();
            assert_eq!(all, text);
        }
        let kerned = fonts.shape(0, false, "AVAV");
        assert!(kerned.width < kerned.glyphs.iter().map(|g| g.nominal).sum());
    }

    #[test]
    fn what_is_no_font_is_refused() {
        let Err(e) = Fonts::load(&[vec![1, 2, 3]]).map(|_| ()) else { panic!() };
        assert_eq!(e.to_string(), "further font 1: it is no TrueType or OpenType font that can be read; remove it from the folder");
    }
}
