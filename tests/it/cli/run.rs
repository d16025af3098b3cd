//! `poolproof demo`, `run`, `bundle`, `keys`: the whole way, on samples.

use super::{ended, program, run, sample};
use std::path::{Path, PathBuf};
use std::process::Command;

fn bundles(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e == "zip")).collect()
}

#[test]
fn the_demo_leaves_a_bundle_that_it_has_verified_and_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let said = run(dir.path(), "demo --json").expect(0).json();
        assert_eq!(said["exit"], 0);
        assert_eq!(said["verification"]["exit"], 3, "nobody was asked for the time");
        let found = bundles(&dir.path().join("poolproof-demo"));
        assert_eq!(found.len(), 1);
    }
    // What it says to do next, and by itself verify trusts neither of the two files.
    let bundle = bundles(&dir.path().join("poolproof-demo"))[0].display().to_string();
    let open = |options: &str| -> Vec<u64> {
        let report = run(dir.path(), &format!("verify {bundle} --reperform --json {options}")).expect(3).json();
        let steps = report["steps"].as_array().unwrap().iter().filter(|s| s["outcome"] == "not_checked");
        steps.map(|s| s["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(open("--trust poolproof-demo/trust.toml --trail-keys poolproof-demo/trail-keys.json"), [7]);
    assert_eq!(open(""), [4, 7, 12]);
    for (file, word) in [("trust.toml", "NOBODY"), ("trail-keys.json", "NOT A KEY OF AWS")] {
        let text = std::fs::read_to_string(dir.path().join("poolproof-demo").join(file)).unwrap();
        assert!(text.contains(word), "{text}");
    }
    let said = run(dir.path(), "demo --quiet").expect(0);
    assert!(said.err.is_empty() && said.out.contains("DEMONSTRATION"), "{}", said.err);
}

#[test]
fn a_recording_becomes_a_sealed_bundle_and_the_journal_says_so() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    run(dir.path(), "run --from weak").fails(2, "poolproof keys new");
    assert!(!dir.path().join("evidence").exists(), "nothing is written before the key is there");
    run(dir.path(), "keys new --quiet").expect(0);
    let said = run(dir.path(), "run --from weak --json").expect(1).json();
    let bundle = said["files"]["bundle"].as_str().unwrap().to_owned();
    assert_eq!(bundles(&dir.path().join("evidence")).len(), 1);
    let journal = std::fs::read_to_string(dir.path().join("evidence/journal.jsonl")).unwrap();
    assert!(journal.contains("\"sealed\""), "{journal}");
    run(dir.path(), &format!("verify {bundle} --reperform")).expect(3);
    let trust = run(dir.path(), "keys show --trust").expect(0).out;
    std::fs::write(dir.path().join("trust.toml"), trust).unwrap();
    let verified = run(dir.path(), &format!("verify {bundle} --trust trust.toml --reperform --json")).expect(3).json();
    let signer = verified["steps"].as_array().unwrap().iter().find(|s| s["step"] == "signer").unwrap();
    assert_eq!(signer["outcome"], "passed");
    run(dir.path(), "run --from weak").fails(5, "never overwritten");
    run(dir.path(), "keys new --out other.p8 --quiet").expect(0);
    let other = run(dir.path(), "keys show other.p8 --trust").expect(0).out;
    std::fs::write(dir.path().join("other.toml"), other).unwrap();
    run(dir.path(), &format!("verify {bundle} --trust other.toml")).expect(4);
}

#[test]
fn the_stages_one_by_one_seal_the_same_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let weak = sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    run(dir.path(), "bundle weak").fails(2, "poolproof assess weak");
    run(dir.path(), "assess weak --quiet").expect(1);
    let evidence = std::fs::read_to_string(weak.join("assessed/evidence.json")).unwrap();
    std::fs::write(weak.join("assessed/evidence.json"), evidence.replacen("\"FAIL\"", "\"PASS\"", 1)).unwrap();
    run(dir.path(), "bundle weak").expect(1);
    assert_eq!(std::fs::read_to_string(weak.join("assessed/evidence.json")).unwrap(), evidence, "sealed is what the recording says");
    let bundle = bundles(dir.path()).pop().unwrap();
    run(dir.path(), &format!("verify {} --reperform", bundle.display())).expect(3);
}

#[test]
fn a_recording_brings_its_own_scope() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    for option in ["--pool eu-west-1_A", "--region eu-west-1", "--period 2026-Q3", "--challenge x"] {
        run(dir.path(), &format!("run --from weak {option}")).fails(2, "brings its own scope");
    }
    run(dir.path(), "run --from weak --fail-on critical").expect(1);
}

#[test]
fn a_key_that_is_there_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "keys new --quiet").expect(0);
    let key = || std::fs::read(dir.path().join("keys/evidence.p8")).unwrap();
    let before = key();
    run(dir.path(), "keys new").fails(2, "not overwritten");
    assert_eq!(before, key());
    let shown = run(dir.path(), "keys show --json").expect(0);
    assert!(!shown.out.contains("PRIVATE"), "{}", shown.out);
}

#[test]
fn when_no_more_can_be_written_there_is_no_bundle_and_no_half_file() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    // A limit of the file size stands for a full disk: 64 blocks of 512 bytes, less than any report.
    let program = program(dir.path()).get_program().to_owned();
    let script = format!("trap '' XFSZ; ulimit -f 64; exec '{}' run --from weak", program.to_str().unwrap());
    let said = ended(Command::new("sh").args(["-c", &script]).current_dir(dir.path()).env("CI", "true").output().unwrap());
    said.fails(5, "cannot write");
    assert!(bundles(&dir.path().join("evidence")).is_empty());
    let mut open = vec![dir.path().join("evidence")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            assert!(path.extension().is_none_or(|e| e != "partial"), "{}", path.display());
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    run(dir.path(), "run --from weak").expect(1);
}

#[test]
fn a_full_standard_output_is_an_operational_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let dir = tempfile::tempdir().unwrap();
    let output = program(dir.path()).args(["list", "checks"]).stdout(full).output().unwrap();
    ended(output).fails(5, "cannot write to standard output");
}
