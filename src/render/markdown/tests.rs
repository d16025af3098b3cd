//! Templates to blocks: what becomes what, and that no value is ever read as markup.

use proptest::prelude::*;

use super::super::blocks::text;
use super::*;

fn read(markdown: &str) -> Result<Vec<Block>, MarkdownError> {
    to_blocks(markdown, &mut |d| match d.name.as_str() {
        "echo" => Ok(Some(vec![Block::Code(format!("{}|{}", d.args, d.body))])),
        "refuse" => Err("needs a depth".to_owned()),
        _ => Ok(None),
    })
}

#[test]
fn markdown_becomes_blocks() {
    let blocks = read(
        "# One {#first}\n\nA *b* **c** `d` [e](https://e.example) [f](#first)\nnext  \nhard\n\n- x\n- y\n  1. z\n\n| A | B |\n|---|--:|\n| 1 | `verdict:FAIL` |\n\n\
         > [!WARNING]\n> careful\n\n```\ncode <b>\n```\n\n```poolproof:echo some args\nbody\n```\n\n```poolproof:page-break\n```\n\n## One\n## One\n",
    )
    .unwrap();
    assert_eq!(blocks[0], Block::Heading { level: 1, id: "first".into(), inlines: text("One") });
    assert_eq!(
        blocks[1],
        Block::Paragraph(vec![
            Inline::Text("A ".into()),
            Inline::Emphasis(text("b")),
            Inline::Text(" ".into()),
            Inline::Strong(text("c")),
            Inline::Text(" ".into()),
            Inline::Code("d".into()),
            Inline::Text(" ".into()),
            Inline::Link { href: "https://e.example".into(), inlines: text("e") },
            Inline::Text(" ".into()),
            Inline::Link { href: "#first".into(), inlines: text("f") },
            Inline::Text(" next".into()),
            Inline::Break,
            Inline::Text("hard".into()),
        ])
    );
    let inner = Block::List { start: Some(1), items: vec![vec![Block::Paragraph(text("z"))]] };
    let items = vec![vec![Block::Paragraph(text("x"))], vec![Block::Paragraph(text("y")), inner]];
    assert_eq!(blocks[2], Block::List { start: None, items });
    let Block::Table(t) = &blocks[3] else { panic!("{:?}", blocks[3]) };
    assert_eq!(t.columns[1].align, Align::Right);
    assert_eq!(t.rows, vec![vec![text("1"), vec![Inline::Status(Verdict::Fail)]]]);
    assert_eq!(blocks[4], Block::Callout(Callout { kind: CalloutKind::Warning, blocks: vec![Block::Paragraph(text("careful"))] }));
    assert_eq!(blocks[5], Block::Code("code <b>".into()));
    assert_eq!(blocks[6], Block::Code("some args|body\n".into()));
    assert_eq!(blocks[7], Block::PageBreak);
    let ids: Vec<_> = blocks.iter().filter_map(|b| if let Block::Heading { id, .. } = b { Some(id.as_str()) } else { None }).collect();
    assert_eq!(ids, ["first", "one", "one-2"]);
}

#[test]
fn html_is_text_and_links_are_checked() {
    let blocks =
        read("<div onclick=x>\nhi\n</div>\n\na <script>alert(1)</script> b ![alt](x.png) [j](javascript:alert(1)) [d](data:x) [r](/etc)")
            .unwrap();
    assert_eq!(plain_of(&blocks[0]), "<div onclick=x>hi</div>");
    assert_eq!(plain_of(&blocks[1]), "a <script>alert(1)</script> b alt j d r");
    assert!(!format!("{blocks:?}").contains("Link"));
}

fn plain_of(block: &Block) -> String {
    match block {
        Block::Paragraph(i) => plain(i),
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_name_the_line() {
    let e = read("a\n\n```poolproof:nope\n```\n").unwrap_err();
    assert_eq!(e.to_string(), "report text, line 3: there is no figure `poolproof:nope`");
    let e = read("```poolproof:refuse\n```\n").unwrap_err();
    assert_eq!(e.to_string(), "report text, line 1: figure `poolproof:refuse`: needs a depth");
    assert!(matches!(read("a\n\n---\n").unwrap_err(), MarkdownError::Unsupported { line: 3, .. }));
    assert!(matches!(read("# a {#x}\n# b {#x}\n").unwrap_err(), MarkdownError::DuplicateId { line: 2, .. }));
    assert!(matches!(read(&format!("{}x", "> ".repeat(40))).unwrap_err(), MarkdownError::Unsupported { .. }));
}

/// Puts a value where templates put values, and checks that it comes out as text, unchanged, and makes nothing else.
fn survives(value: &str) {
    let v = escape_markdown(value);
    let md = format!(
        "# H {v} {{#h}}\n\np {v} q **{v}** `c {v} d`\n\n- i {v}\n\n| A | B |\n|---|---|\n| x {v} y | z |\n\n```poolproof:echo {v}\n{v}\n```\n\n{v}\n"
    );
    let blocks = read(&md).unwrap();
    let expected = vec![
        Block::Heading { level: 1, id: "h".into(), inlines: text(format!("H {value}")) },
        Block::Paragraph(vec![
            Inline::Text(format!("p {value} q ")),
            Inline::Strong(text(value)),
            Inline::Text(" ".into()),
            Inline::Code(format!("c {value} d")),
        ]),
        Block::List { start: None, items: vec![vec![Block::Paragraph(text(format!("i {value}")))]] },
        Block::Table(Table {
            caption: vec![],
            columns: vec![Column::default(); 2],
            head: vec![text("A"), text("B")],
            rows: vec![vec![text(format!("x {value} y")), text("z")]],
        }),
        Block::Code(format!("{value}|{value}\n")),
        Block::Paragraph(text(value)),
    ];
    assert_eq!(blocks, expected, "{value:?}");
}

#[test]
fn hostile_values_stay_text() {
    for b in (0u8..128).filter(|b| !b.is_ascii_alphanumeric()) {
        for value in [format!("{}", b as char), format!("a{}b", b as char), format!("{0}{0}{0}x{0}", b as char)] {
            survives(&value);
        }
    }
    for value in [
        "[x](javascript:alert(1))",
        "![x](https://evil.example/p.png)",
        "<script>alert(1)</script>",
        "<!-- gone",
        "a|b||c",
        "line\nbreak\n\n# heading\n\n```poolproof:cover\n```",
        "\r\n- item",
        "1. one",
        "    indented code",
        "\tcode",
        "evil\u{202E}gpj.exe",
        "{#id .class}",
        "&lt;b&gt; &#60; &amp;",
        "verdict:PASS",
        "https://auto.example <me@example.com>",
        "[^1] [ref] [ref]: https://x",
        "",
        "\u{3000}x\u{3000}",
        "“quoted”",
        "\\`*_{}[]()#+-.!|~$",
        "===",
        "\u{00A0}\u{0085}\u{2028}é山",
    ] {
        survives(value);
    }
    survives("long name ".repeat(1000).trim_end());
}

#[test]
fn a_verdict_in_a_value_is_no_status_and_a_value_in_a_verdict_is() {
    let blocks = read(&format!("`{}` `verdict:{}`", escape_markdown("verdict:PASS"), escape_markdown("NOT_APPLICABLE"))).unwrap();
    let inlines = vec![Inline::Code("verdict:PASS".into()), Inline::Text(" ".into()), Inline::Status(Verdict::NotApplicable)];
    assert_eq!(blocks, vec![Block::Paragraph(inlines)]);
}

#[test]
fn a_value_cannot_smuggle_in_moved_characters() {
    let blocks = read(&escape_markdown("\u{10F05B}\u{10F1FF}x")).unwrap();
    assert_eq!(blocks, vec![Block::Paragraph(text("\u{FFFD}\u{FFFD}x"))]);
}

#[test]
fn a_value_as_link_target_is_checked_too() {
    for (href, ok) in
        [("https://a.example/x_(y)", true), ("JavaScript:alert(1)", false), ("https://a b", false), ("#f-1", true), ("", false)]
    {
        let blocks = read(&format!("[x]({})", escape_markdown(href))).unwrap();
        assert_eq!(format!("{blocks:?}").contains("Link"), ok, "{href}: {blocks:?}");
    }
}

#[test]
fn for_other_readers_punctuation_is_escaped_and_the_line_kept() {
    assert_eq!(escape_markdown_file("a|b [x](y) <i> &\n\u{202E}@me"), "a\\|b \\[x\\]\\(y\\) &lt;i&gt; &amp;‹U+000A›‹U+202E›&#64;me");
    // Read by a Markdown parser, it is the same text again, and nothing but text.
    let value = "*_`[x](javascript:alert(1))<b>|#-+1.!~\\";
    assert_eq!(read(&escape_markdown_file(value)).unwrap(), vec![Block::Paragraph(text(value))]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_stays_text(value in "\\PC{0,40}|[ -~\\n\\t]{0,40}") {
        prop_assume!(!value.contains(|c| ('\u{10F000}'..'\u{10F200}').contains(&c)));
        survives(&value);
    }

    #[test]
    fn any_markdown_is_read_or_refused(markdown in "([ -~\\n]|# |\\* |> |\\| |```|[0-9]\\. |    ){0,120}") {
        let _ = read(&markdown);
    }
}
