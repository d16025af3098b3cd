//! Step 10, reports: made again by a program that can draw, and compared; a program that cannot says so.

use super::{options, verified_files};
use crate::sealing::{Files, KEY, payload, resealed_with};
use poolproof::checks::texts::Texts;
use poolproof::clock;
use poolproof::model::scope::Format;
use poolproof::render::{SignedBy, render_all, templates::Templates};
use poolproof::report::check_text;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::{Identity, SignError, Signer, pades, x509};
use poolproof::verify::outcome::{Report, StepName};
use poolproof::verify::{Options, text};

/// The payload of a sample with its real reports, and the digest of their templates.
fn with_reports(sample: &str) -> (Files, String) {
    let mut files = payload(sample);
    let bytes = &files["data/evidence.json"];
    let evidence: EvidenceV1 = serde_json::from_slice(bytes).unwrap();
    let templates = Templates::release().unwrap();
    let texts = check_text::all(&Texts::release().unwrap());
    let formats = [Format::Pdf, Format::Html, Format::Markdown, Format::Junit];
    let chain = vec![x509::self_signed(&*KEY, "Example Ltd", clock::now()).unwrap()];
    let by = SignedBy {
        subject: x509::Certificate::read(&chain[0]).unwrap().subject(),
        issuer: None,
        fingerprint: KEY.public().fingerprint().to_string(),
    };
    let mut made: Files = render_all(&evidence, &texts, &templates, &formats, bytes, Some(&by)).unwrap().into_iter().collect();
    let identity = Identity { signer: Box::new(Shared), chain, crls: vec![vec![0x30, 0]], tsa: None };
    let pdf = made.get_mut("report.pdf").unwrap();
    *pdf = pades::seal::sign(pdf, &identity, clock::now(), |_| None).unwrap();
    files.extend(made.into_iter().map(|(name, bytes)| (format!("data/{name}"), bytes)));
    (files, templates.digest())
}

/// The honest key, for an identity.
struct Shared;

impl Signer for Shared {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        KEY.sign(message)
    }
    fn public_key_spki(&self) -> &[u8] {
        KEY.public_key_spki()
    }
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

#[test]
fn a_report_that_says_something_else_than_its_evidence_fails_though_it_is_signed() {
    // The draft's cover says that nobody sealed it: another text, signed by the same key.
    let (mut files, template) = with_reports("good");
    let evidence: EvidenceV1 = serde_json::from_slice(&files["data/evidence.json"]).unwrap();
    let texts = check_text::all(&Texts::release().unwrap());
    let made = render_all(&evidence, &texts, &Templates::release().unwrap(), &[Format::Pdf], &files["data/evidence.json"], None).unwrap();
    let chain = vec![x509::self_signed(&*KEY, "Example Ltd", clock::now()).unwrap()];
    let identity = Identity { signer: Box::new(Shared), chain, crls: Vec::new(), tsa: None };
    let signed = pades::seal::sign(&made[0].1, &identity, clock::now(), |_| None).unwrap();
    files.insert("data/report.pdf".to_owned(), signed);
    let report = sealed(&files, &template);
    assert_eq!((report.failed(), report.exit), (vec![StepName::Reperformance], 4), "{}", text::render(&report));
}
