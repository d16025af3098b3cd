//! The PDF writer from outside: what is in the file, read back with lopdf.

use std::collections::BTreeMap;

use chrono::{TimeZone, Utc};
use lopdf::content::Content;
use lopdf::{Dictionary, Document as File, Object, ObjectId};
use poolproof::render::blocks::*;
use poolproof::render::pdf::{Attachment, PdfError, render};
use poolproof::render::theme::{PageSize, Theme};

fn document(blocks: Vec<Block>) -> Document {
    Document {
        meta: Meta {
            title: "A report".into(),
            lang: "en".into(),
            author: "Example Ltd".into(),
            subject: "Evidence".into(),
            at: Utc.with_ymd_and_hms(2026, 9, 30, 12, 0, 0).unwrap(),
            bundle_id: "pp1-test".into(),
            short_digest: "0123abcd".into(),
            header_left: "Example Ltd".into(),
            header_right: "2026-Q3".into(),
        },
        labels: Labels::default(),
        blocks,
    }
}

fn table(rows: usize, cell: impl Fn(usize) -> String) -> Block {
    Block::Table(Table {
        caption: vec![],
        columns: vec![Column::default(), Column { align: Align::Right, weight: 0 }],
        head: vec![text("HeadOne"), text("HeadTwo")],
        rows: (0..rows).map(|n| vec![text(cell(n)), text(format!("last{n}."))]).collect(),
    })
}

fn pdf(doc: &Document) -> (File, u64) {
    let out = render(doc, &Theme::default(), &[]).unwrap();
    (File::load_mem(&out.bytes).unwrap(), out.substituted)
}

/// What a viewer would copy: glyph codes of each page through the fonts' ToUnicode tables, lines apart. Also checks that no
/// code is 0 (the empty box) or unknown to its font, and that all text is in marked content.
fn pages(file: &File) -> Vec<String> {
    file.get_pages().into_values().map(|id| page_text(file, id)).collect()
}

fn page_text(file: &File, page: ObjectId) -> String {
    let fonts: BTreeMap<Vec<u8>, BTreeMap<u16, String>> =
        file.get_page_fonts(page).unwrap().into_iter().map(|(name, font)| (name, to_unicode(file, font))).collect();
    let content = Content::decode(&file.get_page_content(page)).unwrap();
    let (mut out, mut font, mut depth) = (String::new(), None, 0);
    for op in content.operations {
        match op.operator.as_str() {
            "BDC" | "BMC" => depth += 1,
            "EMC" => depth -= 1,
            "Tf" => font = fonts.get(op.operands[0].as_name().unwrap()),
            "Tm" => out.push('\n'),
            "TJ" => {
                assert!(depth > 0, "text outside of marked content");
                for item in op.operands[0].as_array().unwrap() {
                    let Ok(code) = item.as_str() else { continue };
                    for pair in code.chunks(2) {
                        let code = u16::from_be_bytes(pair.try_into().unwrap());
                        assert_ne!(code, 0, "an empty box");
                        out.push_str(&font.unwrap()[&code]);
                    }
                }
            }
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    out
}

fn to_unicode(file: &File, font: &Dictionary) -> BTreeMap<u16, String> {
    let stream = font.get_deref(b"ToUnicode", file).unwrap().as_stream().unwrap();
    let text = String::from_utf8(stream.decompressed_content().unwrap_or_else(|_| stream.content.clone())).unwrap();
    let mut map = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with('<') && l.contains("> <") && !l.ends_with("FFFF>")) {
        let (code, utf16) = line.trim_matches(['<', '>']).split_once("> <").unwrap();
        let units: Vec<u16> = (0..utf16.len() / 4).map(|n| u16::from_str_radix(&utf16[4 * n..4 * n + 4], 16).unwrap()).collect();
        map.insert(u16::from_str_radix(code, 16).unwrap(), String::from_utf16(&units).unwrap());
    }
    map
}

fn catalog(file: &File) -> &Dictionary {
    file.catalog().unwrap()
}

/// Structure elements by type.
fn elements(file: &File, kind: &str) -> Vec<Dictionary> {
    let all = file.objects.values().filter_map(|o| o.as_dict().ok());
    all.filter(|d| d.has(b"P") && d.get(b"S").and_then(Object::as_name).is_ok_and(|s| s == kind.as_bytes())).cloned().collect()
}

#[test]
fn rows_stay_whole_and_heads_come_again() {
    // Rows of different height, up to a third of a page.
    let words = |n: usize| format!("first{n}. {}", "words to fill the cell ".repeat(n * 7 % 60));
    let (file, _) = pdf(&document(vec![table(120, words)]));
    let pages = pages(&file);
    assert!(pages.len() > 5, "{}", pages.len());
    for n in 0..120 {
        let on = |mark: String| pages.iter().position(|p| p.contains(&mark)).unwrap_or_else(|| panic!("{mark} is lost"));
        assert_eq!(on(format!("first{n}.")), on(format!("last{n}.")), "row {n} is split");
    }
    for (n, page) in pages.iter().enumerate() {
        assert_eq!(page.matches("HeadOne").count(), 1, "page {n}: {page}");
        assert!(page.contains(&format!("page {} of {}", n + 1, pages.len())));
        assert!(page.contains("Example Ltd") && page.contains("2026-Q3") && page.contains("Bundle pp1-test · digest 0123abcd"));
    }
    // Seen on every page, but read out once.
    assert_eq!(elements(&file, "TH").len(), 2);
    assert_eq!(elements(&file, "TR").len(), 121);
    assert_eq!(elements(&file, "TD").len(), 240);
}

#[test]
fn a_row_taller_than_a_page_goes_on_and_loses_nothing() {
    let long: String = (0..2500).map(|n| format!("w{n} ")).collect();
    let (file, _) = pdf(&document(vec![table(3, |n| if n == 1 { long.clone() } else { format!("row{n}") })]));
    let all: String = pages(&file).concat().split_whitespace().collect::<Vec<_>>().join(" ");
    for n in 0..2500 {
        assert!(all.contains(&format!("w{n} ")), "w{n} is lost");
    }
}

#[test]
fn headings_are_never_stranded() {
    let mut blocks = Vec::new();
    for n in 0..60 {
        blocks.push(Block::Heading { level: 2, id: format!("h{n}"), inlines: text(format!("Heading{n}.")) });
        blocks.push(Block::Paragraph(text(format!("Below{n}. {}", "more words ".repeat(n % 23)))));
    }
    let (file, _) = pdf(&document(blocks));
    let pages = pages(&file);
    for n in 0..60 {
        let on = |mark: String| pages.iter().position(|p| p.contains(&mark)).unwrap();
        assert_eq!(on(format!("Heading{n}.")), on(format!("Below{n}.")));
    }
    // No level is left out: a first heading of level 2 is an H1 for readers of the structure.
    assert_eq!(elements(&file, "H1").len() + elements(&file, "H2").len(), 60);
    assert!(!elements(&file, "H1").is_empty());
    let outlines = catalog(&file).get_deref(b"Outlines", &file).unwrap().as_dict().unwrap();
    assert!(outlines.get(b"Count").unwrap().as_i64().unwrap() > 0);
}

#[test]
fn hostile_names_are_shown_as_they_are_or_as_numbers() {
    let names = [
        "evil\u{202E}gpj.exe",
        "tab\there",
        "line\nbreak",
        "null\0",
        "zero\u{200B}width",
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "山田",
        "()\\<>{}/% PDF syntax",
        "\u{10FFFF}\u{E000}\u{FFFE}",
    ];
    let cells = |n: usize| names[n].to_owned();
    let mut doc = document(vec![
        table(names.len(), cells),
        Block::Heading { level: 1, id: "x".into(), inlines: text(names.concat()) },
        Block::Code(names.join("\u{7}")),
        Block::Paragraph(vec![Inline::Link { href: "javascript:alert(1)".into(), inlines: text("press") }]),
        Block::Paragraph(vec![Inline::Link { href: "#nowhere".into(), inlines: text("gone") }]),
    ]);
    doc.meta.title = names.concat();
    doc.meta.header_left = names.concat();
    doc.meta.bundle_id = names.join(" ");
    let (file, substituted) = pdf(&doc);
    assert!(substituted > 30, "{substituted}");
    let all = pages(&file).concat();
    for shown in [
        "evil‹U+202E›gpj.exe",
        "tab‹U+0009›here",
        "line‹U+000A›break",
        "null‹U+0000›",
        "zero‹U+200B›width",
        "<script>alert(1)</script>",
        "‹U+5C71›‹U+7530›",
    ] {
        assert!(all.contains(shown), "{shown}");
    }
    assert!(!all.contains(['\u{202E}', '\t', '\0', '\u{200B}', '\u{FFFD}']));
    assert!(all.replace('\n', " ").contains("printed as their number"));
    assert!(!file.objects.values().any(|o| o.as_dict().is_ok_and(|d| d.has_type(b"Annot"))), "a link that should not be");
    let info = file.trailer.get_deref(b"Info", &file).unwrap().as_dict().unwrap();
    assert!(info.get(b"Title").unwrap().as_str().unwrap().starts_with(&[0xFE, 0xFF]));
}

#[test]
fn names_of_ten_thousand_characters_wrap_inside_the_page() {
    let long = "x".repeat(10_000);
    let card = FindingCard {
        anchor: "f".into(),
        also: vec![],
        id: long.clone(),
        title: long.clone(),
        verdict: Verdict::Fail,
        severity: "high".into(),
        subject: text(long.clone()),
        reason: vec![Inline::Code(long.clone())],
        facts: vec![Fact { name: long.clone(), value: text(long.clone()) }],
        evidence: vec![text(long.clone())],
        by_hand: long.clone(),
        controls: vec![],
        notes: vec![],
    };
    let mut doc = document(vec![Block::Finding(Box::new(card)), table(2, |_| long.clone())]);
    doc.meta.header_left = long.clone();
    let (file, _) = pdf(&doc);
    let (width, _) = PageSize::A4.points();
    for page in file.get_pages().into_values() {
        for op in Content::decode(&file.get_page_content(page)).unwrap().operations {
            if op.operator == "Tm" {
                let x = op.operands[4].as_float().unwrap();
                assert!((50.0..width - 50.0).contains(&x), "text begins at {x}");
            }
        }
    }
    let x = pages(&file).concat().matches('x').count();
    assert!(x >= 80_000, "{x}");
}

#[test]
fn attachments_are_inside_and_declared_as_data() {
    let files = ["evidence.json", "a.csv"].map(|name| Attachment {
        name: name.into(),
        mime: "application/json".into(),
        description: "the same evidence as data".into(),
        bytes: name.repeat(100).into_bytes(),
    });
    let out = render(&document(vec![Block::Paragraph(text("x"))]), &Theme::default(), &files).unwrap();
    let file = File::load_mem(&out.bytes).unwrap();
    let names = catalog(&file).get(b"Names").unwrap().as_dict().unwrap().get(b"EmbeddedFiles").unwrap().as_dict().unwrap();
    let names = names.get(b"Names").unwrap().as_array().unwrap();
    assert_eq!(names.len(), 4);
    for (pair, name) in names.chunks(2).zip(["a.csv", "evidence.json"]) {
        assert_eq!(pair[0].as_str().unwrap(), name.as_bytes());
        let spec = file.get_dictionary(pair[1].as_reference().unwrap()).unwrap();
        assert_eq!(spec.get(b"AFRelationship").unwrap().as_name().unwrap(), b"Data");
        let stream = spec.get(b"EF").unwrap().as_dict().unwrap().get_deref(b"F", &file).unwrap().as_stream().unwrap();
        assert_eq!(stream.dict.get(b"Subtype").unwrap().as_name().unwrap(), b"application/json");
        assert_eq!(stream.decompressed_content().unwrap(), name.repeat(100).into_bytes());
    }
    assert_eq!(catalog(&file).get(b"AF").unwrap().as_array().unwrap().len(), 2);
}

#[test]
fn what_the_file_cannot_hold_is_refused() {
    let mut doc = document(vec![]);
    let file = |name: &str| Attachment { name: name.into(), mime: "a/b".into(), description: String::new(), bytes: vec![] };
    for name in ["../x", "", "é.json", "a\nb"] {
        assert!(matches!(render(&doc, &Theme::default(), &[file(name)]), Err(PdfError::Refused(_))), "{name}");
    }
    doc.meta.lang = "en\"US".into();
    assert!(matches!(render(&doc, &Theme::default(), &[]), Err(PdfError::Refused(_))));
    let theme = Theme { extra_fonts: vec![b"no font".to_vec()], ..Theme::default() };
    assert!(matches!(render(&document(vec![]), &theme, &[]), Err(PdfError::Font { number: 1, .. })));
}

#[test]
fn links_jump_and_contents_say_the_page() {
    let link = |href: &str| Inline::Link { href: href.into(), inlines: text("see") };
    let mut blocks = vec![Block::Heading { level: 1, id: "toc".into(), inlines: text("Contents") }, Block::Toc { depth: 1 }];
    for n in 0..4 {
        blocks.push(Block::PageBreak);
        blocks.push(Block::Heading { level: 1, id: format!("h{n}"), inlines: text(format!("Part{n}")) });
        blocks.push(Block::Paragraph(vec![link("#h3"), link("https://aws.example/ä")]));
    }
    let (file, _) = pdf(&document(blocks));
    let pages = pages(&file);
    assert_eq!(pages.len(), 5);
    for n in 0..4 {
        let line = pages[0].split(&format!("Part{n}")).nth(1).unwrap();
        assert!(line.trim_start().starts_with(&(n + 2).to_string()), "{line}");
    }
    let annots: Vec<_> = file.objects.values().filter_map(|o| o.as_dict().ok()).filter(|d| d.has_type(b"Annot")).collect();
    assert_eq!(annots.len(), 4 + 8);
    let last = *file.get_pages().values().last().unwrap();
    let to = |d: &&&Dictionary| d.get(b"Dest").and_then(Object::as_array).is_ok_and(|a| a[0].as_reference().is_ok_and(|r| r == last));
    assert_eq!(annots.iter().filter(to).count(), 1 + 4);
    let uri = |d: &&&Dictionary| {
        d.get(b"A").and_then(Object::as_dict).is_ok_and(|a| a.get(b"URI").unwrap().as_str().unwrap() == b"https://aws.example/%C3%A4")
    };
    assert_eq!(annots.iter().filter(uri).count(), 4);
    assert!(annots.iter().all(|a| a.has(b"Contents") && a.has(b"StructParent")));
}

#[test]
fn equal_input_gives_equal_bytes_and_other_input_another_id() {
    let id = |bytes: &[u8]| File::load_mem(bytes).unwrap().trailer.get(b"ID").unwrap().as_array().unwrap()[0].as_str().unwrap().to_vec();
    let once = |words: &str| render(&document(vec![table(50, |n| format!("{words} {n}"))]), &Theme::default(), &[]).unwrap().bytes;
    assert_eq!(once("a"), once("a"));
    assert_eq!(id(&once("a")).len(), 16);
    assert_ne!(id(&once("a")), id(&once("b")));
}

#[test]
fn letter_paper_and_an_empty_report() {
    let theme = Theme::from_toml("[page]\nsize = \"Letter\"").unwrap();
    let out = render(&document(vec![]), &theme, &[]).unwrap();
    assert_eq!(out.pages, 1);
    let file = File::load_mem(&out.bytes).unwrap();
    let page = file.get_dictionary(*file.get_pages().values().next().unwrap()).unwrap();
    let media: Vec<f32> = page.get(b"MediaBox").unwrap().as_array().unwrap().iter().map(|v| v.as_float().unwrap()).collect();
    // Letter in points; printpdf keeps millimetres, so a ten-thousandth may be off.
    assert!(media.iter().zip([0.0, 0.0, 612.0, 792.0]).all(|(found, wanted)| (found - wanted).abs() < 0.01), "{media:?}");
}

#[test]
fn five_thousand_rows_are_no_burden() {
    let (file, _) = pdf(&document(vec![table(5000, |n| format!("eu-west-1_Pool{n}"))]));
    assert!(file.get_pages().len() > 100);
}
