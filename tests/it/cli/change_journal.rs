//! The journal of changes on its way into a bundle: `run` with files of the AWS CLI, in an evidence folder where `onboard`
//! had opened a window.

use super::{run, sample};
use poolproof::bundle::{Bag, layout};
use poolproof::change::journal::{Came, Entry, Journal, Step};
use poolproof::clock::parse_rfc3339;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub const POOL: &str = "eu-west-1_Example01";

/// A folder with keys and the files of one pool with MFA required.
pub fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "init --quiet").expect(0);
    run(dir.path(), "keys new --quiet").expect(0);
    std::fs::create_dir(dir.path().join("aws")).unwrap();
    let file = |name: &str, content: Value| std::fs::write(dir.path().join("aws").join(name), content.to_string()).unwrap();
    file("get-caller-identity.json", json!({"UserId": "A", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:role/audit"}));
    let made = "2026-01-05T10:00:00+00:00";
    let pool = json!({"Id": POOL, "Name": "staff", "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 3, "Policies": {},
        "CreationDate": made, "LastModifiedDate": made});
    file("describe-user-pool.json", json!({"UserPool": pool}));
    file("get-user-pool-mfa-config.json", json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}}));
    dir
}

/// A window, opened and closed, as `onboard` writes it down.
fn onboard(dir: &Path, change: &str) {
    std::fs::create_dir_all(dir.join("evidence")).unwrap();
    let mut journal = Journal::open(&dir.join("evidence")).unwrap();
    for (step, to, minute) in [(Step::OpenWindow, "OPTIONAL", "00"), (Step::CloseWindow, "ON", "10")] {
        for came in [None, Some(Came::Done)] {
            let entry = Entry { came, ..Entry::intent(change, &POOL.into(), step, to) };
            journal.write(entry, parse_rfc3339(&format!("2026-02-10T09:{minute}:00Z")).unwrap()).unwrap();
        }
    }
}

pub fn evidence(bundle: &Path) -> Value {
    serde_json::from_slice(&Bag::open(bundle).unwrap().read(layout::EVIDENCE, 1 << 26).unwrap()).unwrap()
}

pub fn sealed(dir: &Path, exit: i32) -> PathBuf {
    let line = format!("run --from aws --pool {POOL} --period 2026-Q1 --json");
    let said = run(dir, &line).expect(exit).json();
    dir.join(said["files"]["bundle"].as_str().unwrap())
}

#[test]
fn a_window_of_the_journal_is_in_the_bundle_and_fails_the_period() {
    let dir = folder();
    onboard(dir.path(), "c_first");
    let bundle = sealed(dir.path(), 1);
    let carried = Bag::open(&bundle).unwrap().read(layout::CHANGES, 1 << 20).unwrap();
    assert_eq!(carried, std::fs::read(dir.path().join("evidence/changes.jsonl")).unwrap());
    let evidence = evidence(&bundle);
    assert_eq!(evidence["timeline"][0]["told"][0]["change"], "c_first");
    let period = evidence["findings"].as_array().unwrap().iter().find(|f| f["check"] == "COG-LOG-005").unwrap();
    assert_eq!((period["verdict"].as_str(), period["reason_code"].as_str()), (Some("FAIL"), Some("told")));
    let verified = run(dir.path(), &format!("verify {} --reperform --json", bundle.display())).expect(3).json();
    let outcome = |step: &str| verified["steps"].as_array().unwrap().iter().find(|s| s["step"] == step).unwrap().to_string();
    assert!(outcome("recording").contains("4 lines, each following the one before"), "{}", outcome("recording"));
    assert!(outcome("reperformance").contains("passed"), "{}", outcome("reperformance"));
}

#[test]
fn a_journal_cut_at_its_end_since_the_bundle_before_is_said_to_be_cut() {
    let dir = folder();
    onboard(dir.path(), "c_first");
    let first = sealed(dir.path(), 1);
    let file = dir.path().join("evidence/changes.jsonl");
    let told = |kept: usize| {
        let lines = std::fs::read_to_string(&file).unwrap();
        let lines: String = lines.lines().take(kept).map(|line| format!("{line}\n")).collect();
        std::fs::write(&file, lines).unwrap();
        let line = format!("run --from aws --pool {POOL} --period 2026-Q1 --previous {} --json", first.display());
        let bundle = dir.path().join(run(dir.path(), &line).json()["files"]["bundle"].as_str().unwrap());
        let left: Vec<Value> = serde_json::from_value(evidence(&bundle)["left_out"].clone()).unwrap();
        (bundle, left.iter().find(|l| l["kind"] == "changes-cut").map(|l| l["why"].as_str().unwrap().to_owned()))
    };
    onboard(dir.path(), "c_second");
    assert_eq!(told(8).1, None);
    let (bundle, why) = told(3);
    assert!(why.unwrap().contains("had 4 lines of it"));
    let verified = run(dir.path(), &format!("verify {} --reperform --previous {}", bundle.display(), first.display()));
    assert_eq!(verified.code, 3, "{}", verified.out);
}

#[test]
fn without_a_journal_nothing_is_told_of_one() {
    let dir = folder();
    let bundle = sealed(dir.path(), 3);
    assert!(!Bag::open(&bundle).unwrap().files().contains_key(layout::CHANGES));
    assert!(evidence(&bundle)["timeline"][0]["told"].is_null());
}

#[test]
fn a_journal_exchanged_between_collection_and_seal_is_refused() {
    let dir = folder();
    onboard(dir.path(), "c_first");
    let said = run(dir.path(), &format!("collect --from aws --pool {POOL} --period 2026-Q1 --json")).expect(0).json();
    let folder = said["run"].as_str().unwrap();
    let file = dir.path().join(folder).join("inputs/changes.jsonl");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replace("OPTIONAL", "ON")).unwrap();
    run(dir.path(), &format!("assess {folder}")).fails(5, "is not the journal of changes with which the recording began");
    std::fs::remove_file(&file).unwrap();
    run(dir.path(), &format!("assess {folder}")).fails(5, "changes.jsonl");
    std::fs::write(&file, whole).unwrap();
    run(dir.path(), &format!("assess {folder}")).expect(1);
    // What nobody named is no input.
    let plain = sample("good", dir.path());
    std::fs::write(plain.join("inputs/changes.jsonl"), "{}\n").unwrap();
    run(dir.path(), "run --from good --fail-on critical --json").expect(0);
}

#[test]
fn an_interrupted_run_is_not_continued_across_a_change() {
    let dir = folder();
    let collect = "collect --pool eu-west-1_Example01";
    run(dir.path(), collect).expect(5);
    assert!(run(dir.path(), collect).expect(5).err.contains("Continuing the interrupted run"));
    onboard(dir.path(), "c_between");
    assert!(!run(dir.path(), collect).expect(5).err.contains("Continuing the interrupted run"));
    assert!(run(dir.path(), collect).expect(5).err.contains("Continuing the interrupted run"));
}
