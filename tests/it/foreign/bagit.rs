//! The Library of Congress's BagIt conformance suite, where format 1 applies: what it calls invalid is refused here too.

use super::home;
use crate::verify::options;
use poolproof::bundle::layout::check_path;
use poolproof::bundle::manifest::{DECLARATION, parse_manifest};
use poolproof::verify::outcome::StepName;
use poolproof::verify::verify;
use std::path::{Path, PathBuf};

fn text(below: &str) -> String {
    String::from_utf8(std::fs::read(home("bagit").join(below)).unwrap()).unwrap()
}

fn folders(below: &str) -> Vec<PathBuf> {
    std::fs::read_dir(home("bagit").join(below)).unwrap().map(|e| e.unwrap().path()).collect()
}

#[test]
fn no_bag_of_the_suite_verifies_as_a_bundle_and_none_harms_the_verifier() {
    let all = [folders("v1.0/invalid"), folders("v1.0/valid")].concat();
    assert_eq!(all.len(), 5);
    for folder in all {
        let report = verify(&folder, &options());
        let told = report.failed();
        assert_eq!((report.exit, told.contains(&StepName::Bag) || told.contains(&StepName::Container)), (4, true), "{}", folder.display());
    }
}

#[test]
fn declarations_that_the_suite_calls_invalid_are_not_ours() {
    for bad in [
        "v1.0/invalid/bagit-with-invalid-whitespace",
        "v1.0/invalid/same-filename-listed-twice-with-different-hashes",
        "v0.97/invalid/bom-in-bagit.txt",
        "v0.97/invalid/invalid-version-number",
        "v0.97/invalid/baginfo-missing-encoding",
    ] {
        assert_ne!(text(&format!("{bad}/bagit.txt")), DECLARATION, "{bad}");
    }
    assert_eq!(text("v1.0/valid/basicBag/bagit.txt"), DECLARATION, "and a valid one is ours to the byte");
}

#[test]
fn a_file_that_is_listed_twice_is_refused_whatever_its_digests() {
    for bad in ["same-filename-listed-twice-with-different-hashes", "same-filename-listed-twice-with-the-same-hash"] {
        let why = parse_manifest(&text(&format!("v1.0/invalid/{bad}/manifest-sha256.txt"))).unwrap_err();
        assert!(why.contains("occurs twice"), "{bad}: {why}");
    }
    let once = text("v1.0/invalid/bagit-with-invalid-whitespace/manifest-sha256.txt");
    assert_eq!(parse_manifest(&once).map(|m| m.len()), Ok(1), "the suite's own well-formed manifest is read");
}

#[test]
fn paths_that_leave_the_bag_are_refused() {
    let mut seen = 0;
    for system in ["v0.97/linux-only", "v0.97/windows-only", "v0.97/invalid"] {
        for folder in folders(system).into_iter().filter(|f| f.to_string_lossy().contains("out-of-scope")) {
            seen += escapes(&folder);
        }
    }
    assert_eq!(seen, 8);
}

/// How many paths of a manifest leave the bag; each is refused, and each that does not is taken.
fn escapes(folder: &Path) -> usize {
    let listed = std::fs::read_to_string(folder.join("manifest-md5.txt")).unwrap();
    let mut seen = 0;
    for line in listed.lines() {
        let (_, path) = line.split_once("  ").unwrap();
        let refused = check_path(path).is_err();
        assert_eq!(refused, !path.starts_with("data/"), "{}: {path}", folder.display());
        seen += usize::from(refused);
    }
    // As a manifest of ours, with digests of its length, the whole file is refused.
    let widened: String = listed.lines().map(|l| format!("{}{l}\n", &l[..32])).collect();
    assert!(parse_manifest(&widened).is_err(), "{}", folder.display());
    seen
}
