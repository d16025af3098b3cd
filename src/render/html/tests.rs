//! The HTML of hostile input, and what every page must have.

use super::*;
use crate::render::tests::{hostile_document, sample_document};

fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter_map(|t| t.split(['>', ' ', '\n']).next()).collect()
}

#[test]
fn no_element_comes_from_a_value() {
    let html = render(&hostile_document(), &Theme::default());
    const KNOWN: &[&str] = &[
        "!doctype",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "footer",
        "main",
        "section",
        "nav",
        "article",
        "div",
        "span",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "pre",
        "strong",
        "em",
        "b",
        "i",
        "small",
        "br",
        "figure",
        "figcaption",
        "details",
        "summary",
    ];
    for tag in tags(&html) {
        assert!(KNOWN.contains(&tag.trim_start_matches('/')), "<{tag}> is written");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name is shown as it is");
    assert!(!html.contains("href=\"javascript"));
    assert!(!html.contains(['\u{202E}', '\u{2066}']) && html.contains("‹U+202E›"));
    assert!(html.contains("are printed as their number"));
}

#[test]
fn the_page_is_closed_to_the_world() {
    let html = render(&sample_document(), &Theme::default());
    assert!(html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
    for wanted in ["src=", "url(", "@import", "<link", " on"] {
        let found = html
            .match_indices(wanted)
            .filter(|(at, _)| {
                wanted != " on"
                    || html[at + 3..].split('=').next().is_some_and(|w| w.len() < 12 && w.chars().all(|c| c.is_ascii_lowercase()))
            })
            .count();
        assert_eq!(found, 0, "{wanted}");
    }
}

#[test]
fn every_element_is_closed_in_order() {
    let html = render(&hostile_document(), &Theme::default());
    let body = html.split_once("<body>").unwrap().1.split_once("</body>").unwrap().0;
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(body) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag == "br" => {}
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn headings_are_in_order_and_ids_are_unique() {
    let html = render(&sample_document(), &Theme::default());
    let mut last = 0;
    for tag in tags(&html).into_iter().filter(|t| t.len() == 2 && t.starts_with('h') && *t != "hr") {
        let level: u8 = tag[1..].parse().unwrap();
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|t| t.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for target in html.split("href=\"#").skip(1).filter_map(|t| t.split('"').next()) {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
}

#[test]
fn contrast_holds_on_a_dark_ground_too() {
    let luminance = |c: Colour| {
        let f = |v: u8| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b)
    };
    let theme = Theme::default();
    for colour in Verdict::ALL.map(|v| theme.verdict(v)).into_iter().chain([theme.colour.accent]) {
        // The band of the cover is white on the accent, or on its dark twin.
        assert!(1.05 / (luminance(dim(colour)) + 0.05) >= 4.5);
        for ground in [Colour::new(0x12171d), Colour::new(0x1c232c), dim(colour)] {
            let ratio = (luminance(colour.tint(0.5)) + 0.05) / (luminance(ground) + 0.05);
            assert!(ratio >= 4.5, "{} on {}: {ratio}", colour.hex(), ground.hex());
        }
    }
}
