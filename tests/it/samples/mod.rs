//! `samples/recordings/` stays what the makers make, and each sample keeps its findings.
//!
//! To write them anew after a change of format or catalogue: `UPDATE_SAMPLES=1 cargo test --test it samples`.

#[cfg(feature = "pdf")]
mod catalogue;
pub mod log;
mod maker;
mod people;
mod pools;

use chrono::NaiveDate;
use maker::With;
use poolproof::checks::{self, given::Given, texts::Texts};
use poolproof::model::review::Reviews;
use poolproof::model::roster::Roster;
use poolproof::model::scope::Scope;
use poolproof::recording::read::Recording;
use poolproof::snapshot::Snapshot;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A sample: its name, and how it is made below a folder.
type Sample = (&'static str, fn(&Path));

const SAMPLES: &[Sample] = &[
    ("good", |to| maker::make_with(to, "Good Example Ltd", &[pools::good()], &[], &[], &With { log: Some(&[]), ..With::default() })),
    ("weak", |to| maker::make(to, "Weak Example Ltd", &[pools::weak()], &[], &[])),
    ("optional", |to| maker::make(to, "Optional Example Ltd", &[pools::optional()], &[], &[])),
    ("silent", |to| maker::make(to, "Silent Example Ltd", &[pools::silent()], &[], &[])),
    ("denied", |to| maker::make(to, "Denied Example Ltd", &[pools::denied()], &[], &["GetSMSSandboxAccountStatus"])),
    ("sms-sandbox", |to| maker::make(to, "Sandbox Example Ltd", &[pools::sms_sandbox()], &["us-west-2"], &[])),
    ("federated", |to| maker::make(to, "Federated Example Ltd", &[pools::federated()], &[], &[])),
    ("demo", |to| {
        let all = [pools::good(), pools::partners(), pools::mobile()];
        let window = pools::window(all[2].id);
        let with = With { log: Some(&window), key: Some(&log::KEY), people: Some(all[1].id) };
        maker::make_with(to, "Example Ltd", &all, &["us-west-2"], &[], &with);
        std::fs::write(to.join("trail-keys.json"), log::listed()).unwrap();
    }),
];

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/recordings")
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().unwrap() != "README.md" {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_samples_are_what_their_makers_make() {
    for (name, make) in SAMPLES {
        let kept = home().join(name);
        if std::env::var("UPDATE_SAMPLES").is_ok() {
            for part in ["recording", "inputs"] {
                let _ = std::fs::remove_dir_all(kept.join(part));
            }
            std::fs::create_dir_all(&kept).unwrap();
            make(&kept);
            continue;
        }
        let fresh = tempfile::tempdir().unwrap();
        make(fresh.path());
        let (fresh, kept) = (files(fresh.path()), files(&kept));
        assert_eq!(
            fresh.keys().collect::<Vec<_>>(),
            kept.keys().collect::<Vec<_>>(),
            "{name}: UPDATE_SAMPLES=1 cargo test --test it samples"
        );
        for (path, bytes) in fresh {
            assert!(kept[&path] == bytes, "{name}/{}: stale; UPDATE_SAMPLES=1 cargo test --test it samples", path.display());
        }
    }
}

#[test]
fn every_sample_says_how_it_was_made_and_what_it_shows() {
    for (name, _) in SAMPLES {
        let text = std::fs::read_to_string(home().join(name).join("README.md")).unwrap();
        assert!(text.contains("How it was made") && text.contains("What it shows"), "{name}");
    }
}

#[test]
fn every_sample_keeps_its_findings() {
    for (name, _) in SAMPLES {
        let folder = home().join(name);
        let scope: Scope = serde_json::from_slice(&std::fs::read(folder.join("inputs/scope.json")).unwrap()).unwrap();
        let recording = Recording::folder(&folder.join("recording")).unwrap();
        let snapshot = Snapshot::build(&recording, &scope).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        let input = |name: &str| std::fs::read(folder.join("inputs").join(name)).ok();
        let roster = input("roster.json").map(|bytes| Roster::read(&bytes).unwrap());
        let reviews = input("reviews.json").map(|bytes| Reviews::read(&bytes).unwrap());
        let given = Given { roster: roster.as_ref(), reviews: reviews.as_ref(), ..Given::from(&scope) };
        let findings = checks::evaluate(&snapshot, given, day, &Texts::release().unwrap());
        let lines: Vec<String> = findings
            .iter()
            .map(|f| format!("{:<14} {} {} [{}] {}", f.verdict, f.check, f.subject.label(), f.reason_code, f.reason))
            .collect();
        insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "../snapshots"}, {
            insta::assert_snapshot!(format!("findings-{name}"), lines.join("\n"));
        });
    }
}

#[test]
fn no_secret_or_identity_is_in_a_sample() {
    for (name, _) in SAMPLES {
        for (path, bytes) in files(&home().join(name)) {
            let text = String::from_utf8(bytes).unwrap();
            for secret in [
                "made-up-secret",
                "made-up-external-id",
                "@example.com",
                "+1206555",
                "+4420794",
                "AROAEXAMPLE",
                "workforce-0",
                "customer-0",
                "mobile-0",
                "partner-0",
                "reception",
                "192.0.2.10",
                "198.51.100.7",
                "Atlantis",
                "PRIVATE KEY",
                "page-1",
            ] {
                assert!(!text.contains(secret), "{name}/{}: {secret}", path.display());
            }
        }
    }
}
