//! `poolproof assess`.

use super::{run, sample};

#[test]
fn the_exit_code_follows_the_findings() {
    let dir = tempfile::tempdir().unwrap();
    for (name, code) in [("weak", 1), ("optional", 1), ("denied", 3), ("silent", 3)] {
        sample(name, dir.path());
        let ended = run(dir.path(), &format!("assess {name} --json")).expect(code);
        let said = ended.json();
        assert_eq!(said["exit"], code);
        if code == 3 {
            assert_eq!(said["verdicts"]["FAIL"], 0, "{name}: denied or silent is never FAIL");
            assert_ne!(said["verdicts"]["INCOMPLETE"], 0);
        }
        let evidence = std::fs::read(dir.path().join(name).join("assessed/evidence.json")).unwrap();
        let evidence: serde_json::Value = serde_json::from_slice(&evidence).unwrap();
        assert_eq!(evidence["bundle_id"], said["bundle_id"]);
    }
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
