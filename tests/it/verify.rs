//! Verification: honest bundles in every form, and what the caller may expect. The tampered ones are in `vectors`.

mod approved;
mod attested;
mod begun;
pub(crate) mod certified;
mod changes;
mod flips;
mod large;
mod lists;
pub(crate) mod log_files;
mod pdf;
#[cfg(feature = "pdf")]
mod reports;
pub(crate) mod reviewed;
mod rotated;
mod time;
mod unlike;
mod vectors;

use crate::sealing::{Files, HONEST, KEY, packed, payload, resealed, resealed_with};
use chrono::{DateTime, Duration, Utc};
use poolproof::bundle::Bag;
use poolproof::clock::parse_rfc3339;
use poolproof::sign::{Fingerprint, dsse::Envelope, statement};
use poolproof::verify::chain::{Expected, Previous};
use poolproof::verify::outcome::{Outcome, Report, StepName};
use poolproof::verify::trust::{KeyUse, Trust, TrustedKey};
use poolproof::verify::{Options, text, verify, verify_opened};
use std::io::Cursor;
use std::process::Command;

fn time(text: &str) -> DateTime<Utc> {
    parse_rfc3339(text).unwrap()
}

/// Trusts the honest key, re-performs, expects nothing.
pub fn options() -> Options {
    Options { reperform: true, ..Options::trusting(Trust::Key(KEY.public().fingerprint()), time("2026-11-24T12:00:00Z")) }
}

fn verified(zip: Vec<u8>, options: &Options) -> Report {
    verify_opened("test.zip", |watch| Bag::zip_watched(Box::new(Cursor::new(zip)), watch), options)
}

pub fn verified_files(files: &Files, options: &Options) -> Report {
    verified(packed(files).bytes(), options)
}

fn not_checked(report: &Report) -> Vec<StepName> {
    report.steps.iter().filter(|s| matches!(s.outcome, Outcome::NotChecked(_))).map(|s| s.step).collect()
}

/// What stays open of the honest bundle, and so leaves it at exit 3: it has no time stamp, and its log files no digest files.
const LATER: [StepName; 2] = [StepName::Time, StepName::LogFiles];

#[test]
fn an_honest_bundle_passes_every_step_that_exists() {
    let report = verified_files(&HONEST, &options());
    assert_eq!((report.failed(), not_checked(&report), report.exit), (vec![], LATER.to_vec(), 3), "{}", text::render(&report));
    assert!(report.passed(StepName::Reperformance));
    assert_eq!(report.steps.iter().map(|s| s.number).collect::<Vec<_>>(), (1..=12).collect::<Vec<u8>>());
}

#[test]
fn every_sample_can_be_sealed_and_performed_again() {
    for sample in ["demo", "denied", "federated", "optional", "silent", "sms-sandbox", "weak"] {
        let report = verified_files(&resealed(&payload(sample), &KEY), &options());
        assert_eq!(report.failed(), [], "{sample}: {}", text::render(&report));
        assert!(report.passed(StepName::Reperformance), "{sample}");
    }
}

#[test]
fn a_file_that_anybody_may_have_added_is_not_called_signed() {
    let mut files = HONEST.clone();
    files.insert("signature/rotation/1.tsr".to_owned(), b"x".to_vec());
    assert_eq!(verified_files(&crate::sealing::refixed_tags(files.clone()), &options()).failed().first(), Some(&StepName::Bag));
    files.remove("signature/rotation/1.tsr");
    files.insert("signature/more.tsr".to_owned(), b"Approved by the auditor.\n".to_vec());
    let report = verified_files(&crate::sealing::refixed_tags(files), &options());
    assert_eq!((report.failed(), report.exit, report.proved.len()), (vec![StepName::Time], 4, 0), "{}", text::render(&report));
}

#[test]
fn without_given_trust_it_is_never_zero_and_never_says_who() {
    let report = verified_files(&HONEST, &Options { trust: Trust::Nobody, ..options() });
    assert!(matches!(report.outcome(StepName::Signer), Some(Outcome::NotChecked(_))));
    assert_eq!((report.exit, report.facts.as_ref().unwrap().who.clone()), (3, None));
    assert!(report.not_proved.iter().any(|s| s.starts_with("Who sealed it")));
    assert!(!report.proved.iter().any(|s| s.contains("sealed by")));
}

fn trusting(from: &str, to: Option<&str>) -> Trust {
    let fingerprint = KEY.public().fingerprint();
    Trust::Keys(vec![TrustedKey {
        fingerprint,
        who: "Example Ltd".to_owned(),
        purpose: KeyUse::Sealing,
        valid_from: time(from),
        valid_to: to.map(time),
    }])
}

#[test]
fn the_trust_file_decides_at_a_time_that_is_named() {
    let signer = |trust: Trust, at: Option<&str>| {
        let report = verified_files(&HONEST, &Options { trust, at: at.map(time), ..options() });
        (report.outcome(StepName::Signer).unwrap().clone(), report.checked_at)
    };
    let (outcome, at) = signer(trusting("2026-01-01T00:00:00Z", Some("2027-01-01T00:00:00Z")), None);
    assert!(matches!(outcome, Outcome::Passed(note) if note.contains("Example Ltd")));
    assert!(at.contains("now") && at.contains("2026-11-24T12:00"), "{at}");
    // Expired by now: that the seal is older is not proven, so neither accepted nor called a forgery.
    let expired = trusting("2026-01-01T00:00:00Z", Some("2026-11-01T00:00:00Z"));
    assert!(matches!(signer(expired.clone(), None).0, Outcome::NotChecked(_)));
    let (outcome, at) = signer(expired.clone(), Some("2026-10-15T00:00:00Z"));
    assert!(matches!(outcome, Outcome::Passed(_)) && at.contains("--at"));
    assert!(matches!(signer(expired, Some("2026-11-02T00:00:00Z")).0, Outcome::Failed(_)));
    assert!(matches!(signer(trusting("2026-12-01T00:00:00Z", None), None).0, Outcome::Failed(_)));
    // A time before the end of the collection cannot be that of the seal.
    assert!(matches!(signer(trusting("2020-01-01T00:00:00Z", None), Some("2026-01-01T00:00:00Z")).0, Outcome::NotChecked(_)));
}

#[test]
fn another_key_in_the_trust_file_is_not_enough() {
    let mut trust = trusting("2020-01-01T00:00:00Z", None);
    if let Trust::Keys(keys) = &mut trust {
        keys[0].fingerprint = Fingerprint::parse(&"ab".repeat(32)).unwrap();
    }
    let report = verified_files(&HONEST, &Options { trust, ..options() });
    assert_eq!((report.failed(), report.exit), (vec![StepName::Signer], 4));
}

#[test]
fn a_bundle_other_than_the_expected_one_fails_the_chain() {
    let digest_of = |files: &Files| statement::digest(&Envelope::decode(&files["signature/statement.dsse.json"]).unwrap());
    let chain = |files: &Files, expected: Expected| {
        let report = verified_files(files, &Options { expected, ..options() });
        report.outcome(StepName::Chain).unwrap().clone()
    };
    let nothing = Expected::default;
    assert!(matches!(chain(&HONEST, nothing()), Outcome::NotApplicable(_)));
    let period = verified_files(&HONEST, &options()).facts.unwrap().period;
    assert!(matches!(chain(&HONEST, Expected { period, ..nothing() }), Outcome::Passed(_)));
    for expected in [
        Expected { period: Some("1999-Q1".to_owned()), ..nothing() },
        Expected { challenge: Some("nonce".to_owned()), ..nothing() },
        Expected { previous: Some(Previous::Digest(digest_of(&HONEST))), ..nothing() },
        Expected { previous: Some(Previous::Bundle("/nowhere".into())), ..nothing() },
    ] {
        assert!(matches!(chain(&HONEST, expected.clone()), Outcome::Failed(_)), "{expected:?}");
    }
    let report = verified_files(&HONEST, &Options { expected: Expected { challenge: Some("x".to_owned()), ..nothing() }, ..options() });
    assert_eq!((report.failed(), report.exit), (vec![StepName::Chain], 4));
}

#[test]
fn verdicts_for_another_time_than_the_collection_are_told_in_the_time_step() {
    let files = crate::sealing::payload_at("good", Duration::hours(25));
    let report = verified_files(&resealed(&files, &KEY), &options());
    assert!(matches!(report.outcome(StepName::Time), Some(Outcome::NotChecked(why)) if why.contains("not within the collection")));
    let files = crate::sealing::payload_at("good", Duration::hours(23));
    let report = verified_files(&resealed(&files, &KEY), &options());
    assert!(matches!(report.outcome(StepName::Time), Some(Outcome::NotChecked(why)) if !why.contains("not within the collection")));
}

#[test]
fn a_folder_passes_with_a_note_and_links_in_it_do_not() {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in HONEST.iter() {
        let to = dir.path().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, bytes).unwrap();
    }
    let report = verify(dir.path(), &options());
    assert_eq!(report.failed(), [], "{}", text::render(&report));
    assert!(matches!(report.outcome(StepName::Container), Some(Outcome::Passed(note)) if note.contains("folder")));
    #[cfg(unix)]
    {
        let target = dir.path().join("data/report.pdf");
        let elsewhere = dir.path().parent().unwrap().join(format!("poolproof-{}.pdf", std::process::id()));
        std::fs::rename(&target, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &target).unwrap();
        assert_eq!(verify(dir.path(), &options()).failed(), [StepName::Container]);
        std::fs::remove_file(&target).unwrap();
        std::fs::rename(&elsewhere, &target).unwrap();
        assert_eq!(verify(dir.path(), &options()).failed(), []);
    }
    std::fs::create_dir(dir.path().join("data/empty")).unwrap();
    assert_eq!(verify(dir.path(), &options()).failed(), [StepName::Container]);
}

#[test]
fn another_tools_version_is_not_called_a_forgery_but_never_passes() {
    let mut files = HONEST.clone();
    let ours = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let sample = String::from_utf8(files["data/recording/header.json"].clone()).unwrap();
    assert!(sample.contains(&ours), "the sample was made by this version");
    // A revision of a check's logic that this program does not have.
    let revision = "\"revision\": 1";
    crate::sealing::edit(&mut files, "data/evidence.json", revision, "\"revision\": 99");
    let report = verified_files(&resealed_with(&files, &KEY, |_| ()), &options());
    assert!(matches!(report.outcome(StepName::Reperformance), Some(Outcome::NotChecked(why)) if why.contains("revision 99")));
}

#[test]
fn a_secret_in_the_recording_is_told_where_the_evidence_owns_up_to_it() {
    let mut files = HONEST.clone();
    vectors::defect::recording::secret_in_the_open(&mut files, true);
    let report = verified_files(&resealed_with(&files, &KEY, |_| ()), &options());
    let note = report.outcome(StepName::Recording);
    assert!(matches!(note, Some(Outcome::Passed(note)) if note.contains("not in its redacted form")), "{note:?}");
    let honest = verified_files(&HONEST, &options());
    assert!(
        matches!(honest.outcome(StepName::Recording), Some(Outcome::Passed(note)) if note.contains("every value is in its redacted form"))
    );
}

#[test]
fn the_text_fits_and_names_what_matters() {
    for report in [verified_files(&HONEST, &options()), verified(b"no zip".to_vec(), &options())] {
        let text = text::render(&report);
        assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
        for step in StepName::ALL {
            assert!(text.contains(step.title()), "{text}");
        }
        assert!(text.contains("Not proved:"));
        assert_eq!(text.contains("Proved:\n- All files"), report.exit != 4);
    }
    let text = text::render(&verified_files(&HONEST, &options()));
    assert!(text.contains(KEY.public().fingerprint().as_str()) && text.contains("statement"));
}

#[test]
fn the_small_program_prints_and_exits_as_documented() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bundle.zip");
    // Its reports are stand-ins, so it does not say that the release's templates made them.
    let files = crate::sealing::resealed_with(&payload("good"), &KEY, |p| p.template = None);
    std::fs::write(&path, packed(&files).bytes()).unwrap();
    let trust = dir.path().join("trust.toml");
    let Trust::Keys(keys) = trusting("2020-01-01T00:00:00Z", None) else { unreachable!() };
    std::fs::write(&trust, keys[0].to_trust_file()).unwrap();
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_poolproof-verify")).arg(&path).args(arguments).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let trust = trust.display().to_string();
    let fingerprint = KEY.public().fingerprint().to_string();
    let (exit, out, _) = run(&["--trust", &trust, "--reperform"]);
    assert!(exit == 3 && out.contains("sealed by      Example Ltd"), "{out}");
    assert_eq!(run(&[]).0, 3);
    assert_eq!(run(&["--fingerprint", &fingerprint]).0, 3);
    assert_eq!(run(&["--fingerprint", &"ab".repeat(32)]).0, 4);
    assert_eq!(run(&["--expect-period", "never"]).0, 4);
    let (exit, out, _) = run(&["--json", "--fingerprint", &fingerprint]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((exit, &json["format"], &json["exit"]), (3, &"poolproof-verify/1".into(), &3.into()));
    assert_eq!(
        json["steps"][0],
        serde_json::json!({"number": 1, "step": "container", "outcome": "passed", "note": json["steps"][0]["note"]})
    );
    for wrong in [
        &["--fingerprint", "abc"][..],
        &["--trust", "/nowhere/trust.toml"],
        &["--trust", &trust, "--fingerprint", &fingerprint],
        &["--at", "yesterday"],
        &["--previous", "no such thing"],
        &["--nonsense"],
    ] {
        let (exit, out, err) = run(wrong);
        assert!(exit == 2 && out.is_empty() && !err.is_empty(), "{wrong:?}: {exit} {out} {err}");
    }
    let exit_of =
        |bundle: &std::path::Path| Command::new(env!("CARGO_BIN_EXE_poolproof-verify")).arg(bundle).output().unwrap().status.code();
    assert_eq!(exit_of(&dir.path().join("nowhere.zip")), Some(2), "a slip of the keyboard is no forgery");
    assert_eq!(exit_of(&dir.path().join("trust.toml")), Some(4), "what is there and no bundle is refused");
}
