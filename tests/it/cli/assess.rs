//! `poolproof assess`.

use super::{run, sample};

#[test]
fn the_exit_code_follows_the_findings() {
    let dir = tempfile::tempdir().unwrap();
    // Every sample is a demonstration, which is a FAIL of high severity by itself (COG-EVD-003).
    for name in ["weak", "optional", "denied", "silent"] {
        sample(name, dir.path());
        let said = run(dir.path(), &format!("assess {name} --json")).expect(1).json();
        assert_eq!(said["exit"], 1);
        if name == "denied" || name == "silent" {
            // Cognito's lock is too short for PCI DSS whatever was read (COG-ACC-001).
            let mut failed: Vec<&str> = said["failed"].as_array().unwrap().iter().map(|f| f["check"].as_str().unwrap()).collect();
            failed.sort_unstable();
            assert_eq!(failed, ["COG-ACC-001", "COG-EVD-003"], "{name}: denied or silent is never FAIL");
            assert_ne!(said["verdicts"]["INCOMPLETE"], 0);
        }
        let evidence = std::fs::read(dir.path().join(name).join("assessed/evidence.json")).unwrap();
        let evidence: serde_json::Value = serde_json::from_slice(&evidence).unwrap();
        assert_eq!(evidence["bundle_id"], said["bundle_id"]);
    }
}

#[test]
fn the_exit_code_follows_fail_on_and_what_is_incomplete() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "keys new").expect(0);
    for (name, fail_on, code) in [("good", "critical", 0), ("good", "high", 1), ("denied", "critical", 3), ("sms-sandbox", "critical", 1)] {
        sample(name, dir.path());
        let out = format!("out-{name}-{fail_on}");
        let said = run(dir.path(), &format!("run --from {name} --fail-on {fail_on} --out {out} --json")).expect(code).json();
        assert_eq!(said["exit"], code, "{name}");
        let bundle = said["files"]["bundle"].as_str().unwrap();
        // No trust was given: intact, and never 0.
        run(dir.path(), &format!("verify {bundle} --reperform")).expect(3);
    }
}

#[test]
fn a_file_beside_the_scope_is_not_given_away() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "keys new").expect(0);
    let good = sample("good", dir.path());
    std::fs::write(good.join("inputs/secret.env"), "PASSWORD=s3cret\n").unwrap();
    let said = run(dir.path(), "run --from good --json").expect(1).json();
    let bundle = dir.path().join(said["files"]["bundle"].as_str().unwrap());
    let bag = poolproof::bundle::Bag::open(&bundle).unwrap();
    let inputs: Vec<&String> = bag.files().keys().filter(|path| path.starts_with("data/inputs/")).collect();
    assert_eq!(inputs, ["data/inputs/scope.json"]);
}

#[test]
fn the_same_in_gives_the_same_out() {
    let dir = tempfile::tempdir().unwrap();
    let weak = sample("weak", dir.path());
    run(dir.path(), "assess weak").expect(1);
    let first = std::fs::read(weak.join("assessed/evidence.json")).unwrap();
    run(dir.path(), "assess weak").expect(1);
    assert_eq!(first, std::fs::read(weak.join("assessed/evidence.json")).unwrap());
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let good = sample("good", dir.path());
    run(dir.path(), "assess .").fails(2, "no run's folder");
    run(dir.path(), "assess good --at yesterday").fails(2, "--at: \"yesterday\" is not an RFC 3339 time");
    let scope = good.join("inputs/scope.json");
    let text = std::fs::read_to_string(&scope).unwrap();
    std::fs::write(&scope, text.replace("\"high\"", "\"critical\"")).unwrap();
    run(dir.path(), "assess good").fails(5, "the recording was made for");
    std::fs::remove_file(&scope).unwrap();
    run(dir.path(), "assess good").fails(5, "scope.json");
}

#[test]
fn a_recording_edited_by_hand_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let good = sample("good", dir.path());
    let segment = std::fs::read_dir(good.join("recording")).unwrap().map(|e| e.unwrap().path());
    let segment = segment.filter(|p| p.extension().is_some_and(|e| e == "jsonl")).max_by_key(|p| p.metadata().unwrap().len()).unwrap();
    let text = std::fs::read_to_string(&segment).unwrap();
    assert!(text.contains("\"ON\""));
    std::fs::write(&segment, text.replace("\"ON\"", "\"OFF\"")).unwrap();
    run(dir.path(), "assess good").fails(5, "the chain is broken");
    assert!(!good.join("assessed").exists());
}

#[test]
fn an_output_that_cannot_be_written_is_an_operational_error() {
    let dir = tempfile::tempdir().unwrap();
    let good = sample("good", dir.path());
    std::fs::write(good.join("assessed"), "a file where a folder belongs").unwrap();
    run(dir.path(), "assess good").fails(5, "cannot create the folder good/assessed");
}
