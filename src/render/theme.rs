//! How reports look: colours, page size, font sizes, further fonts. Read from `theme.toml`; never decides what a report says.

use std::path::Path;

use serde::Deserialize;

use super::blocks::Verdict;
use crate::io;

/// The theme that ships with the program.
pub const BUILT_IN: &str = include_str!("../../report-templates/theme.toml");

/// Largest font file that is read, in bytes.
const FONT_LIMIT: u64 = 32 << 20;

/// Most further fonts that are read from a folder.
const FONTS: usize = 32;

/// Why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("theme.toml cannot be used: {0}")]
    Toml(#[from] toml::de::Error),
    /// A size outside what can be laid out.
    #[error("theme.toml: font.body is {0} points; choose between 7 and 14")]
    Size(f32),
    /// The folder of further fonts or a file in it cannot be read.
    #[error("theme.toml: the further fonts: {0}")]
    Fonts(#[from] io::FileError),
    /// More fonts than can be reasonable.
    #[error("theme.toml: the folder of further fonts holds more than {FONTS} fonts; keep only those the reports need")]
    TooManyFonts,
}

/// Page sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum PageSize {
    /// ISO 216, 210 mm by 297 mm.
    #[default]
    A4,
    /// 8.5 in by 11 in.
    Letter,
}

impl PageSize {
    /// Width and height in points (1/72 inch).
    pub fn points(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

impl Colour {
    /// From `0xRRGGBB`.
    pub const fn new(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self { r, g, b }
    }
    /// As `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
    /// Mixed with white: 1 keeps the colour, 0 is white.
    pub fn tint(self, strength: f32) -> Self {
        let mix = |c: u8| (255.0 - (255.0 - f32::from(c)) * strength).round() as u8;
        Self { r: mix(self.r), g: mix(self.g), b: mix(self.b) }
    }
}

impl TryFrom<String> for Colour {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.map(|d| u32::from_str_radix(d, 16)) {
            Some(Ok(rgb)) => Ok(Self::new(rgb)),
            _ => Err(format!("{text:?} is not a colour such as \"#1f4e6b\"")),
        }
    }
}

/// The whole theme.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Theme {
    /// The page.
    pub page: Page,
    /// The fonts.
    pub font: Font,
    /// The colours.
    pub colour: Colours,
    /// Contents of further fonts, in the order they are tried; see [`Theme::load_fonts`].
    #[serde(skip)]
    pub extra_fonts: Vec<Vec<u8>>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// Its size.
    pub size: PageSize,
}

/// The fonts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Font {
    /// Size of body text in points.
    pub body: f32,
    /// Folder of further fonts, relative to the theme's own folder.
    pub folder: Option<String>,
}

impl Default for Font {
    fn default() -> Self {
        Self { body: 9.5, folder: None }
    }
}

/// The colours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Colours {
    /// Headings, rules, the band of the cover.
    pub accent: Colour,
    /// Body text.
    pub text: Colour,
    /// Secondary text.
    pub muted: Colour,
    /// Hairlines.
    pub line: Colour,
    /// Backgrounds.
    pub tint: Colour,
    /// Verdicts.
    pub verdict: VerdictColours,
}

impl Default for Colours {
    fn default() -> Self {
        Self {
            accent: Colour::new(0x1f4e6b),
            text: Colour::new(0x1b2430),
            muted: Colour::new(0x56616f),
            line: Colour::new(0xd3d9e0),
            tint: Colour::new(0xf3f6f9),
            verdict: VerdictColours::default(),
        }
    }
}

/// One colour a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerdictColours {
    /// PASS.
    pub pass: Colour,
    /// FAIL.
    pub fail: Colour,
    /// MANUAL.
    pub manual: Colour,
    /// INCOMPLETE.
    pub incomplete: Colour,
    /// NOT_APPLICABLE.
    pub not_applicable: Colour,
}

impl Default for VerdictColours {
    fn default() -> Self {
        Self {
            pass: Colour::new(0x1c7a4a),
            fail: Colour::new(0xb3261e),
            manual: Colour::new(0x5a4aa8),
            incomplete: Colour::new(0x946200),
            not_applicable: Colour::new(0x5c6672),
        }
    }
}

impl Theme {
    /// Reads a `theme.toml`.
    ///
    /// # Errors
    /// Not TOML, an unknown key, or a value out of range.
    pub fn from_toml(text: &str) -> Result<Self, ThemeError> {
        let theme: Self = toml::from_str(text)?;
        if !(7.0..=14.0).contains(&theme.font.body) {
            return Err(ThemeError::Size(theme.font.body));
        }
        Ok(theme)
    }

    /// Reads the further fonts from the folder that the theme names, sorted by file name. `beside` is the theme's own folder.
    ///
    /// # Errors
    /// The folder or a font cannot be read, or there are too many.
    pub fn load_fonts(&mut self, beside: &Path) -> Result<(), ThemeError> {
        let Some(folder) = &self.font.folder else { return Ok(()) };
        for path in io::list(&beside.join(folder))? {
            let font = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("ttf") || e.eq_ignore_ascii_case("otf"));
            if font {
                if self.extra_fonts.len() == FONTS {
                    return Err(ThemeError::TooManyFonts);
                }
                self.extra_fonts.push(io::read(&path, FONT_LIMIT)?);
            }
        }
        Ok(())
    }

    /// The colour of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> Colour {
        let c = &self.colour.verdict;
        match verdict {
            Verdict::Pass => c.pass,
            Verdict::Fail => c.fail,
            Verdict::Manual => c.manual,
            Verdict::Incomplete => c.incomplete,
            Verdict::NotApplicable => c.not_applicable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_theme_is_the_default() {
        assert_eq!(Theme::from_toml(BUILT_IN).unwrap(), Theme::default());
        assert_eq!(Theme::from_toml("").unwrap(), Theme::default());
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_errors() {
        for (bad, says) in [
            ("[colour]\nacent = \"#000000\"", "acent"),
            ("[pages]\nsize = \"A4\"", "pages"),
            ("[colour.verdict]\nwarn = \"#000000\"", "warn"),
            ("[page]\nsize = \"A5\"", "A5"),
            ("[colour]\naccent = \"blue\"", "blue"),
            ("[colour]\naccent = \"#12345é\"", "colour"),
            ("[font]\nbody = 50", "50"),
        ] {
            let said = Theme::from_toml(bad).unwrap_err().to_string();
            assert!(said.contains(says), "{bad}: {said}");
        }
    }

    #[test]
    fn colours_keep_enough_contrast_on_white_and_on_their_tint() {
        let luminance = |c: Colour| {
            let f = |v: u8| {
                let v = f32::from(v) / 255.0;
                if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b)
        };
        let t = Theme::default();
        let all = Verdict::ALL.map(|v| t.verdict(v));
        for c in all.into_iter().chain([t.colour.accent, t.colour.text, t.colour.muted]) {
            // WCAG 2.1, 1.4.3: 4.5 to 1 for text.
            for ground in [Colour::new(0xffffff), c.tint(0.08), t.colour.tint] {
                let ratio = (luminance(ground) + 0.05) / (luminance(c) + 0.05);
                assert!(ratio >= 4.5, "{} on {} has {ratio}", c.hex(), ground.hex());
            }
        }
    }
}
