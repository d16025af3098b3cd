//! The whole of rendering: same input, same bytes; hostile names; what no template can take away; words that must not appear.

use super::*;
use crate::model::verdict::Verdict;
use crate::report::check_text::{self, CheckText};
use crate::report::testdata;

fn texts() -> BTreeMap<CheckId, CheckText> {
    check_text::all(&crate::checks::texts::Texts::release().unwrap())
}

fn with_report(evidence: &EvidenceV1, report: &str) -> Result<Document, RenderError> {
    let json = evidence.to_json().unwrap();
    let texts = texts();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.md");
    crate::io::write_atomic(&file, report.as_bytes(), false).unwrap();
    document(&View::new(evidence, &texts, &json), &Templates::folder(folder.path()).unwrap())
}

fn release(evidence: &EvidenceV1) -> Document {
    let json = evidence.to_json().unwrap();
    let texts = texts();
    document(&View::new(evidence, &texts, &json), &Templates::release().unwrap()).unwrap()
}

pub(super) fn sample_document() -> Document {
    release(&testdata::evidence())
}

/// A name that holds everything that could be markup somewhere, wherever a stranger's text can stand.
pub(super) fn hostile_document() -> Document {
    let mut evidence = testdata::evidence();
    let bad = testdata::HOSTILE.to_owned();
    evidence.scope.organization.name = bad.clone();
    evidence.scope.period.label = bad.clone();
    evidence.run.callers[0].arn = Some(bad.clone());
    evidence.run.challenge = Some(bad.clone());
    evidence.limits.push(bad.clone());
    evidence.run.statements.push(bad.clone());
    evidence.exceptions[0].reason = bad.clone();
    evidence.population[1].attention[0].user = bad.as_str().into();
    evidence.population[1].by_status.insert(bad.clone(), 3);
    evidence.population[0].domains.push("[x](javascript:alert(1))".to_owned());
    evidence.population[0].name = Some("n".repeat(10_000));
    evidence.timeline[1].notes.push(bad.clone());
    evidence.timeline[1].gaps[0].why = bad.clone();
    evidence.completeness.gaps[0].why = bad;
    release(&evidence)
}

const ALL: [Format; 6] = [Format::Json, Format::Pdf, Format::Html, Format::Csv, Format::Markdown, Format::Junit];

#[test]
fn the_same_input_gives_the_same_bytes_in_every_format() {
    let evidence = testdata::evidence();
    let json = evidence.to_json().unwrap();
    let make = || render_all(&evidence, &texts(), &Templates::release().unwrap(), &ALL, &json, None).unwrap();
    let (one, two) = (make(), make());
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["report.html", "report.pdf", "formats/summary.md", "formats/junit.xml"]);
    assert!(one == two);
}

#[test]
fn exceptions_stand_in_every_report_whatever_the_template_says() {
    let evidence = testdata::evidence();
    let json = evidence.to_json().unwrap();
    let made = render_all(&evidence, &texts(), &Templates::release().unwrap(), &ALL, &json, None).unwrap();
    for (name, bytes) in made.iter().filter(|(name, _)| name != "report.pdf") {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("Migration until October"), "{name}");
        // One for a single user never stands there without the others.
        assert!(text.contains("21 stand uncovered") || text.contains("1 of 22 users without a factor"), "{name}");
    }
    let html = String::from_utf8(made[0].1.clone()).unwrap();
    for said in [
        "Of the findings that fail, 1 have one beside them, 1 of them for single users only, with others uncovered, and stay FAIL",
        "the other 21 stand uncovered",
        "Exception 1, which changes no verdict",
        "not in the bundle before",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn only_the_formats_asked_for_are_made() {
    let evidence = testdata::evidence();
    let made = render_all(&evidence, &texts(), &Templates::release().unwrap(), &[Format::Json, Format::Junit], b"{}", None).unwrap();
    assert_eq!(made.len(), 1);
}

#[test]
fn a_template_cannot_take_away_what_a_reader_must_see() {
    let document = with_report(&testdata::evidence(), "# All is well\n\nNothing to see.\n").unwrap();
    assert!(matches!(document.blocks[0], Block::Cover(_)));
    let html = html::render(&document, &theme::Theme::default());
    for must in [
        "Left out",
        "super-operators",
        "Exceptions",
        "approved by the CISO",
        "Limits",
        "does not prove that AWS said it",
        "OVERRIDDEN ENDPOINT",
    ] {
        assert!(html.contains(must), "{must}");
    }
    // Hidden behind a condition is taken away too; named twice is not added again.
    let document = with_report(
        &testdata::evidence(),
        "{% if false %}\n```poolproof:limits\n```\n{% endif %}\n# Left out\n\n```poolproof:left-out\n```\n",
    )
    .unwrap();
    let html = html::render(&document, &theme::Theme::default());
    assert_eq!(html.matches("super-operators of").count(), 1);
    assert!(html.contains("does not prove that AWS said it"));
}

#[test]
fn a_figure_that_does_not_exist_is_named_with_its_line() {
    for (report, says) in [
        ("# A\n\n```poolproof:pie\n```\n", "report.md, line 3: there is no figure `poolproof:pie`"),
        ("\n```poolproof:toc 9\n```\n", "report.md, line 2: figure `poolproof:toc`: the depth"),
        ("```poolproof:limits\nours instead\n```\n", "report.md, line 1: figure `poolproof:limits`: it takes no lines"),
    ] {
        let said = with_report(&testdata::evidence(), report).unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn no_report_says_that_a_control_passes_or_that_anything_is_compliant() {
    let evidence = testdata::evidence();
    let json = evidence.to_json().unwrap();
    let made =
        render_all(&evidence, &texts(), &Templates::release().unwrap(), &[Format::Html, Format::Markdown, Format::Junit], &json, None)
            .unwrap();
    for (name, bytes) in made {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.to_lowercase().contains("compliant"), "{name}");
    }
    for block in &sample_document().blocks {
        if let Block::Matrix(matrix) = block {
            let cells = matrix.groups.iter().flat_map(|g| &g.rows).flat_map(|r| &r.cells);
            assert!(cells.clone().count() > 0 && cells.clone().all(|c| !c.text.contains(Verdict::Pass.word())));
        }
    }
}

#[test]
fn every_finding_is_in_the_report_and_the_statements_own_digest_is_not() {
    let document = sample_document();
    let cards: Vec<_> = document.blocks.iter().filter_map(|b| if let Block::Finding(f) = b { Some(f) } else { None }).collect();
    let anchors: std::collections::BTreeSet<&String> = cards.iter().flat_map(|c| c.also.iter().chain([&c.anchor])).collect();
    assert_eq!(anchors.len(), testdata::evidence().findings.len());
    assert!(cards.iter().all(|c| !c.evidence.is_empty()));
    assert!(cards.iter().filter(|c| c.verdict == Verdict::Fail).all(|c| !c.by_hand.is_empty() || c.id.starts_with("COG-MFA-009")));
    let html = html::render(&document, &theme::Theme::default());
    let json = testdata::evidence().to_json().unwrap();
    for must in [&crate::digest::sha256_hex(&json), &testdata::evidence().run.head_digest, &testdata::evidence().bundle_id] {
        assert!(html.contains(must.as_str()));
    }
}

#[test]
fn the_pdf_takes_hostile_names() {
    let pdf = pdf::render(&hostile_document(), &theme::Theme::default(), &[]).unwrap();
    assert!(pdf.substituted > 0);
}

#[test]
fn the_summary_is_safe_for_a_strangers_renderer() {
    let mut evidence = testdata::evidence();
    evidence.scope.organization.name = testdata::HOSTILE.to_owned();
    let texts = texts();
    let view = View::new(&evidence, &texts, b"{}");
    let text = summary::render(&view, &Templates::release().unwrap()).unwrap();
    assert!(text.starts_with("> [!WARNING]\n> OVERRIDDEN"));
    assert!(!text.contains("<script") && !text.contains("[x](java") && !text.contains('\u{202E}'));
    assert!(text.contains("Left out: "));
    // Every table row has as many cells as its head.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for table in text.split("\n\n").filter(|t| t.starts_with('|')) {
        let width = cells(table.lines().next().unwrap());
        assert!(table.lines().all(|line| cells(line) == width), "{table}");
    }
}

#[test]
fn reviews_of_access_stand_in_the_report_and_the_summary_signed_or_not() {
    let (evidence, texts) = (testdata::evidence(), texts());
    let text = summary::render(&View::new(&evidence, &texts, b"{}"), &Templates::release().unwrap()).unwrap();
    let rows: Vec<&str> = text.lines().skip_while(|l| !l.starts_with("### Reviews of access")).filter(|l| l.starts_with("| 1 |")).collect();
    assert!(rows[0].contains("signed with key 6a6a6a6a6a6a6a6a") && rows[0].ends_with("| 396 | 2 | 1 | 6 | 0 |"), "{rows:?}");
    assert!(rows[1].ends_with("| 396 | 2 | not read | not read | not known |"), "{rows:?}");
    assert!(text.lines().any(|l| l.starts_with("| 2 |") && l.contains("| not signed |")), "{text}");
    let report = format!("{:?}", release(&evidence));
    for said in ["Reviews of access", &"6a".repeat(32), "signed 2026-07-01 09:30:00 UTC", "not signed", "not read"] {
        assert!(report.contains(said), "{said}");
    }
    let none = EvidenceV1 { reviews: None, ..testdata::evidence() };
    assert!(!format!("{:?}", release(&none)).contains("Reviews of access"));
}

#[test]
fn the_summary_says_what_changed_since_the_last_bundle_whatever_the_template_says() {
    let mut evidence = testdata::evidence();
    let texts = texts();
    let text = |evidence: &crate::report::evidence_v1::EvidenceV1| {
        summary::render(&View::new(evidence, &texts, b"{}"), &Templates::release().unwrap()).unwrap()
    };
    let said = text(&evidence);
    assert!(said.contains("### Since the last bundle") && said.contains("| worse |"), "{said}");
    assert!(said.contains("lost the factor") && !said.contains(testdata::HOSTILE), "{said}");
    // What does not fit is counted.
    let diff = evidence.since_previous.as_mut().unwrap();
    let one = diff.verdicts[0].clone();
    diff.verdicts = vec![one; 25];
    let said = text(&evidence);
    assert!(said.contains("**25** verdicts worse") && said.contains("15 more are in evidence.json."), "{said}");
    evidence.since_previous = None;
    assert!(!text(&evidence).contains("Since the last bundle"));
}
