//! The samples beside the recordings: scope files, IAM policies and one sealed bundle.

use super::{program, run, sample};
use poolproof::checks;
use poolproof::config::{self, keys};
use std::path::{Path, PathBuf};

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn scope(name: &str) -> (String, config::Config) {
    let text = std::fs::read_to_string(home().join("scope").join(name)).unwrap();
    let ids = checks::ids();
    let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
    let config = config::read(&text, name, day, &ids).unwrap();
    (text, config)
}

#[test]
fn the_scope_samples_are_understood_and_the_full_one_has_every_key() {
    assert_eq!(scope("minimal.toml").1.declared().pools.len(), 1);
    let (text, config) = scope("full.toml");
    assert_eq!(config.declared().pools.len(), 3);
    for section in keys::SECTIONS {
        for key in section.keys.iter().filter(|k| !k.about.starts_with("Not built yet")) {
            let set = text.lines().any(|l| l.split('=').next().is_some_and(|name| name.trim() == key.name));
            assert!(set, "full.toml lacks {} in {}", key.name, section.title());
        }
    }
}

#[test]
fn the_iam_samples_are_what_the_command_prints() {
    let dir = tempfile::tempdir().unwrap();
    for (file, line) in [
        ("all.json", "iam-policy"),
        ("without-user-reads.json", "iam-policy --features pools,sms"),
        ("one-pool.json", "iam-policy --pool eu-west-1_AbCdEf123"),
        ("sign-ins.json", "iam-policy --features sign-ins"),
        ("enforce.json", "iam-policy --features enforce"),
        ("onboard.json", "iam-policy --features onboard"),
    ] {
        let printed = run(dir.path(), line).expect(0).out;
        let kept = home().join("iam").join(file);
        if std::env::var("UPDATE_SAMPLES").is_ok() {
            std::fs::write(&kept, &printed).unwrap();
        }
        let kept = std::fs::read_to_string(kept).unwrap_or_default();
        assert!(kept == printed, "{file}: stale; UPDATE_SAMPLES=1 cargo test --test it the_iam_samples");
    }
}

/// Seals the sample `demo` with a key that is thrown away with the folder it is made in.
fn seal_the_sample_bundle() {
    let dir = tempfile::tempdir().unwrap();
    sample("demo", dir.path());
    run(dir.path(), "keys new").expect(0);
    let said = run(dir.path(), "run --from demo --json").expect(1).json();
    std::fs::copy(dir.path().join(said["files"]["bundle"].as_str().unwrap()), home().join("bundle/demo.zip")).unwrap();
    let trust = program(dir.path()).args(["keys", "show", "--trust", "--who", "Example Ltd, a key thrown away"]).output().unwrap();
    assert!(trust.status.success());
    std::fs::write(home().join("bundle/trust.toml"), trust.stdout).unwrap();
}

#[test]
fn the_sample_bundle_verifies_with_its_trust_file() {
    if std::env::var("UPDATE_BUNDLE").is_ok() {
        seal_the_sample_bundle();
    }
    let bundle = home().join("bundle");
    let said = run(&bundle, "verify demo.zip --trust trust.toml --trail-keys ../recordings/demo/trail-keys.json --reperform --json");
    let report = said.json();
    let outcome = |number: u64| {
        let step = report["steps"].as_array().unwrap().iter().find(|s| s["number"] == number);
        step.unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    for number in [1, 2, 3, 4, 5, 6, 8, 9, 12] {
        assert_eq!(outcome(number), "passed", "step {number}: {}", said.out);
    }
    assert_eq!(
        outcome(10),
        "passed",
        "this code judges or words otherwise than the one that sealed the sample; if that is meant: UPDATE_BUNDLE=1 cargo test --test it the_sample_bundle\n{}",
        said.out
    );
    assert_eq!(report["facts"]["not_of_this_release"], serde_json::json!([]), "verify knows every file that a release writes");
    said.expect(3);
    // Without trust, and with one byte changed.
    run(&bundle, "verify demo.zip").expect(3);
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(bundle.join("demo.zip")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(dir.path().join("changed.zip"), bytes).unwrap();
    run(dir.path(), "verify changed.zip").expect(4);
    // A slip of the keyboard is wrong usage, not a forgery.
    run(dir.path(), "verify chnged.zip").fails(2, "there is no bundle chnged.zip");
}
