//! Characters that cannot be seen, or that change what is seen around them, and what is shown instead.
//! A name from a stranger must not hide, reorder or bury the text beside it (Unicode Technical Report 36 and 39).

/// Whether a character has no shape of its own or steers the direction, joining or selection of others.
/// Ordinary spaces and the joiners that Arabic and Indic scripts need are judged where they stand: see [`clean`].
pub fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
        | 0xFFF0..=0xFFFB | 0xFFFE | 0xFFFF | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Whether a character sits on the one before it.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0483..=0x0489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// Most marks on one letter; no language needs more, and more would cover the lines above and below.
const MARKS: usize = 3;

/// A character as its number: `‹U+202E›`.
pub fn substitute(c: char) -> String {
    format!("‹U+{:04X}›", u32::from(c))
}

/// The text with every character that hides or steers replaced by its number; adds the replaced ones to `count`.
/// `covered` tells whether some font can draw a character.
pub fn clean(text: &str, covered: &dyn Fn(char) -> bool, count: &mut u64) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = '\0';
    let mut marks = 0;
    for c in text.chars() {
        // Zero-width joiner and non-joiner decide letter forms between Arabic, Syriac and Indic letters, and only there.
        let joiner = matches!(c, '\u{200C}' | '\u{200D}') && matches!(u32::from(before), 0x0600..=0x1CFF);
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let shown = joiner || (!c.is_control() && !is_invisible(c) && marks <= MARKS && covered(c));
        if shown {
            out.push(c);
        } else {
            out.push_str(&substitute(c));
            *count += 1;
        }
        before = c;
    }
    out
}

/// Makes a value safe for a Markdown file that others render, such as `summary.md` in a CI job summary: backslashes before
/// punctuation, `<`, `>` and `&` as entities, control and direction characters as their number. Stays on one line.
/// Not for code spans, where Markdown knows no escape.
pub fn escape_markdown_file(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            c if c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || is_invisible(c) => out.push_str(&substitute(c)),
            c => out.push(c),
        }
    }
    out
}

/// Markup characters as entities, for text and attributes of HTML and XML.
pub fn escape_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_steers_is_shown_as_its_number_and_counted() {
        let mut n = 0;
        let all = |_| true;
        assert_eq!(clean("plain é", &all, &mut n), "plain é");
        assert_eq!(n, 0);
        assert_eq!(clean("a\u{202E}b\tc\nd\u{200B}", &all, &mut n), "a‹U+202E›b‹U+0009›c‹U+000A›d‹U+200B›");
        assert_eq!(n, 4);
        assert_eq!(clean("山", &|c| c.is_ascii(), &mut n), "‹U+5C71›");
        assert_eq!(n, 5);
    }

    #[test]
    fn joiners_stay_between_letters_that_need_them_only() {
        let mut n = 0;
        assert_eq!(clean("می\u{200C}خواهم", &|_| true, &mut n), "می\u{200C}خواهم");
        assert_eq!(n, 0);
        assert_eq!(clean("ad\u{200C}min", &|_| true, &mut n), "ad‹U+200C›min");
        assert_eq!(n, 1);
    }

    #[test]
    fn marks_do_not_pile_up() {
        let mut n = 0;
        let piled = format!("a{}", "\u{0301}".repeat(500));
        clean(&piled, &|_| true, &mut n);
        assert_eq!(n, 497);
    }
}
