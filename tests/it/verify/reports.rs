//! Step 10, reports: made again by a program that can draw, and compared; a program that cannot says so.

use super::{options, verified_files};
use crate::sealing::{Files, KEY, payload, resealed_with};
use poolproof::model::scope::Format;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::verify::outcome::{Report, StepName};
use poolproof::verify::{Options, text};

/// The payload of a sample with its real reports, and the digest of their templates.
fn with_reports(sample: &str) -> (Files, String) {
    let mut files = payload(sample);
    let bytes = &files["data/evidence.json"];
    let evidence: EvidenceV1 = serde_json::from_slice(bytes).unwrap();
    let draw = poolproof::cli::verify::renderer().unwrap();
    let rendered = draw(&evidence, bytes, &[Format::Pdf, Format::Html, Format::Markdown, Format::Junit]).unwrap();
    files.extend(rendered.files.into_iter().map(|(name, bytes)| (format!("data/{name}"), bytes)));
    (files, rendered.template)
}

fn sealed(files: &Files, template: &str) -> Report {
    let files = resealed_with(files, &KEY, |p| p.template = Some(template.to_owned()));
    verified_files(&files, &Options { renderer: poolproof::cli::verify::renderer(), ..options() })
}

#[test]
fn reports_that_come_out_the_same_are_proved() {
    let (files, template) = with_reports("good");
    let report = sealed(&files, &template);
    assert!(report.passed(StepName::Reperformance), "{}", text::render(&report));
    assert!(report.proved.iter().any(|s| s.starts_with("report.pdf, report.html")), "{:?}", report.proved);
}

#[test]
fn a_report_of_another_bundle_sealed_by_the_same_owner_fails() {
    let (mut files, template) = with_reports("good");
    let (other, _) = with_reports("weak");
    for name in ["data/report.pdf", "data/report.html", "data/formats/summary.md", "data/formats/junit.xml"] {
        let own = files.insert(name.to_owned(), other[name].clone()).unwrap();
        let report = sealed(&files, &template);
        assert_eq!((report.failed(), report.exit), (vec![StepName::Reperformance], 4), "{name}: {}", text::render(&report));
        files.insert(name.to_owned(), own);
    }
}

#[test]
fn a_report_left_out_by_the_owner_fails() {
    let (mut files, template) = with_reports("good");
    files.remove("data/report.html");
    assert_eq!(sealed(&files, &template).failed(), [StepName::Reperformance]);
}

#[test]
fn reports_of_other_templates_are_not_called_proved() {
    let (files, _) = with_reports("good");
    let report = sealed(&files, &"0".repeat(64));
    assert!(report.passed(StepName::Reperformance), "{}", text::render(&report));
    assert!(report.not_proved.iter().any(|s| s.starts_with("That report.pdf")), "{:?}", report.not_proved);
}
