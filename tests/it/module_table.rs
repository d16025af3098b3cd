//! Who may see whom: the table of CONTRIBUTING.md, enforced by scanning `crate::` paths; and the doors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Module, and the modules that it may name. Everybody may see `clock`, `digest` and `io`.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("recording", &["model"]),
    ("snapshot", &["model", "recording"]),
    ("checks", &["model", "snapshot", "recording"]),
    ("controls", &["model", "report"]),
    ("change", &["model", "recording", "snapshot"]),
    ("collect", &["model", "recording", "snapshot", "change"]),
    ("config", &["model"]),
    ("diff", &["model"]),
    ("history", &["model", "report"]),
    ("report", &["model", "recording", "snapshot", "checks", "diff"]),
    ("render", &["model", "report", "diff"]),
    ("sample", &["model", "snapshot", "report"]),
    ("sign", &["model"]),
    ("bundle", &["model", "sign"]),
    ("verify", &["model", "bundle", "sign", "recording", "snapshot", "checks", "controls", "report", "diff"]),
];
const DOORS: &[&str] = &["clock", "digest", "io"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file: its path below `src/`, its module, and its text without what only tests see.
fn files() -> Vec<(String, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    found.sort();
    let described = found.into_iter().map(|path| {
        let below = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let module = below.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap().to_owned();
        (below, module, text)
    });
    described.collect()
}

fn test_only(path: &str) -> bool {
    ["testkit", "testdata", "properties", "tests.rs", "pdf/sample.rs"].iter().any(|part| path.contains(part))
}

#[test]
fn modules_see_only_what_the_table_says() {
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, module, text) in files() {
        let Some(allowed) = table.get(module.as_str()) else { continue };
        if test_only(&path) {
            continue;
        }
        for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
            for part in line.split("crate::").skip(1) {
                let names: BTreeSet<&str> = match part.strip_prefix('{') {
                    Some(list) => {
                        list.split([',', '}']).map(|n| n.trim().split("::").next().unwrap_or("")).filter(|n| !n.is_empty()).collect()
                    }
                    None => [part.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("")].into(),
                };
                for name in names {
                    if name != module && !DOORS.contains(&name) && !allowed.contains(&name) && !name.is_empty() {
                        wrong.push(format!("src/{path}: {module} may not see {name}: {}", line.trim()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_sees_the_command_line() {
    for (path, module, text) in files() {
        if module == "cli" || path == "main.rs" || path.starts_with("bin/") || path == "lib.rs" {
            continue;
        }
        assert!(!text.contains("crate::cli"), "src/{path} sees cli");
    }
}

#[test]
fn the_sdk_stays_behind_its_door() {
    for (path, _, text) in files() {
        let free = path.starts_with("collect/live") || path == "sign/kms.rs";
        let crates = ["aws_config", "aws_credential", "aws_runtime", "aws_sdk", "aws_sigv4", "aws_smithy", "aws_types"];
        let used = text.lines().filter(|l| !l.trim_start().starts_with("//")).any(|l| crates.iter().any(|name| l.contains(name)));
        assert!(free || !used, "src/{path} names the AWS SDK; only collect/live and sign/kms.rs may");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_long() {
    let mut lengths = Vec::new();
    for (path, _, _) in files() {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&path)).unwrap();
        assert!(text.starts_with("//!"), "src/{path} does not begin with //!");
        let lines = text.lines().count();
        assert!(lines <= 600, "src/{path} has {lines} lines");
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 200, "the median file has {median} lines");
}
