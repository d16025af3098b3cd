//! `poolproof diff`, and `run --previous`: what changed, told the same way by the command and by the next report.

use super::{run, sample};
use std::path::{Path, PathBuf};

/// A folder with a key, and AWS CLI files as AWS publishes them.
pub(super) fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "init --quiet").expect(0);
    std::fs::remove_file(dir.path().join("poolproof.toml")).unwrap();
    run(dir.path(), "keys new --quiet").expect(0);
    dir
}

/// The name of the pool, and AWS's samples as the files of that one pool (see `tests/vectors/awscli/SOURCE.md`).
const POOL: &str = "us-west-2_EXAMPLE";

pub(super) fn published(dir: &Path) -> PathBuf {
    let to = dir.join("cli-json");
    std::fs::create_dir_all(&to).unwrap();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/awscli/as-published")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap().replace("us-west-2_aaaaaaaaa", POOL).replace("us-west-2_EXAMPLE1", POOL);
        let name = match name.as_str() {
            "list-users.2.json" | "admin-list-devices.json" => continue,
            "list-users-in-group.json" => "list-users-in-group.testgroup.json".to_owned(),
            _ => name,
        };
        std::fs::write(to.join(name), text).unwrap();
    }
    to
}

fn imported(dir: &Path, options: &str) -> String {
    let ended = run(dir, &format!("run --from cli-json --json {options}"));
    assert!([1, 3].contains(&ended.code), "{}", ended.err);
    ended.json()["files"]["bundle"].as_str().unwrap().to_owned()
}

/// A sealed sample.
fn sealed(dir: &Path, name: &str) -> String {
    sample(name, dir);
    run(dir, &format!("run --from {name} --json --out {name}-evidence")).json()["files"]["bundle"].as_str().unwrap().to_owned()
}

#[test]
fn two_bundles_are_compared_in_three_forms() {
    let dir = folder();
    let (good, weak) = (sealed(dir.path(), "good"), sealed(dir.path(), "weak"));
    let text = run(dir.path(), &format!("diff {good} {weak}")).expect(0).out;
    assert!(text.contains("worse") && text.contains("COG-MFA-001") && text.contains("trust was not checked"), "{text}");
    let json = run(dir.path(), &format!("diff {good} {weak} --json")).expect(0).json();
    assert_eq!(json["format"], "poolproof-diff/1");
    let schema: serde_json::Value = serde_json::from_str(poolproof::diff::schema::DIFF_1).unwrap();
    assert!(jsonschema::draft202012::options().build(&schema).unwrap().is_valid(&json));
    // The two samples are of different pools.
    assert_eq!(json["settings"][0]["what"], "in the recording");
    assert!(json["population"].as_array().unwrap().iter().all(|p| p["not_joined"].is_string()), "{json:#}");
    assert!(run(dir.path(), &format!("diff {good} {weak} --markdown")).expect(0).out.starts_with("# What changed"));
    let same = run(dir.path(), &format!("diff {good} {good}")).expect(0).out;
    assert!(same.contains("Both sides are the same bundle") && same.contains("Nothing differs"), "{same}");
}

#[test]
fn bare_evidence_is_compared_as_far_as_it_goes_and_said_to_be_bare() {
    let dir = folder();
    let weak = sealed(dir.path(), "weak");
    let bare = dir.path().join("weak-evidence");
    let bare = std::fs::read_dir(bare).unwrap().map(|e| e.unwrap().path().join("assessed/evidence.json")).find(|p| p.is_file()).unwrap();
    let bare = bare.display();
    let text = run(dir.path(), &format!("diff {weak} {bare}")).expect(0).out;
    assert!(text.contains("nothing was checked") && text.contains("nothing shows that it was ever sealed"), "{text}");
    assert!(!text.contains("Verdicts\n"), "{text}");
    run(dir.path(), &format!("diff {weak} {bare} --fingerprint {}", "0".repeat(64))).fails(4, "(step 4, signer)");
    run(dir.path(), &format!("diff {bare} {bare} --fingerprint {}", "0".repeat(64))).fails(2, "cannot be held against a key");
}

#[test]
fn only_whole_bundles_of_trusted_keys_are_compared() {
    let dir = folder();
    let good = sealed(dir.path(), "good");
    let mut bytes = std::fs::read(dir.path().join(&good)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(dir.path().join("altered.zip"), bytes).unwrap();
    run(dir.path(), &format!("diff {good} altered.zip")).fails(4, "is not used: it does not verify (step");
    run(dir.path(), &format!("diff {good} missing.zip")).fails(2, "there is no bundle missing.zip");
    run(dir.path(), "keys new --out other.p8 --quiet").expect(0);
    std::fs::write(dir.path().join("other.toml"), run(dir.path(), "keys show other.p8 --trust").out).unwrap();
    run(dir.path(), &format!("diff {good} {good} --trust other.toml")).fails(4, "(step 4, signer)");
    std::fs::write(dir.path().join("own.toml"), run(dir.path(), "keys show --trust").out).unwrap();
    let text = run(dir.path(), &format!("diff {good} {good} --trust own.toml")).expect(0).out;
    assert!(text.contains("the key is trusted"), "{text}");
}

#[test]
fn the_next_bundle_tells_what_changed_and_verify_holds_that_against_the_earlier_one() {
    let dir = folder();
    let files = published(dir.path());
    let first = imported(dir.path(), "");
    let mfa = files.join("get-user-pool-mfa-config.json");
    let text = std::fs::read_to_string(&mfa).unwrap();
    let other = if text.contains("\"OPTIONAL\"") { text.replace("\"OPTIONAL\"", "\"OFF\"") } else { text.replace("\"ON\"", "\"OFF\"") };
    assert_ne!(text, other);
    std::fs::write(&mfa, other).unwrap();
    let second = imported(dir.path(), &format!("--previous {first}"));
    let run_folder = std::fs::read_dir(dir.path().join("evidence")).unwrap().map(|e| e.unwrap().path());
    let run_folder = run_folder.filter(|p| p.join("inputs/previous.json").is_file()).collect::<Vec<_>>();
    assert_eq!(run_folder.len(), 1);
    let evidence: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run_folder[0].join("assessed/evidence.json")).unwrap()).unwrap();
    let since = &evidence["since_previous"];
    let changed = since["settings"].as_array().unwrap().iter().find(|c| c["what"] == "MfaConfiguration").unwrap();
    assert_eq!(changed["new"], "OFF");
    // The report says the same as the command, but for the words on the seals.
    let mut told = run(dir.path(), &format!("diff {first} {second} --json")).expect(0).json();
    for side in ["old", "new"] {
        for member in ["seal", "statement"] {
            told[side][member] = since[side][member].clone();
        }
    }
    assert_eq!(&told, since);
    let html = std::fs::read_to_string(run_folder[0].join("assessed/report.html")).unwrap();
    assert_eq!(html.matches(">Since the last bundle</h2>").count(), 1);
    assert_eq!(html.matches("Settings that are others").count(), 1);
    let verified = run(dir.path(), &format!("verify {second} --reperform --previous {first}")).expect(3).out;
    let verified = verified.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(verified.contains("its summary in the bundle says what it says") && verified.contains("again derived"), "{verified}");
}

#[test]
fn a_summary_that_tells_something_else_of_the_earlier_bundle_fails_verify_previous() {
    let dir = folder();
    published(dir.path());
    let first = imported(dir.path(), "");
    let second = run(dir.path(), &format!("collect --from cli-json --previous {first} --json")).expect(0).json();
    let second = second["run"].as_str().unwrap();
    let summary = dir.path().join(second).join("inputs/previous.json");
    let text = std::fs::read_to_string(&summary).unwrap();
    let forged = text.replacen("\"FAIL\"", "\"PASS\"", 1);
    assert_ne!(text, forged);
    std::fs::write(&summary, forged).unwrap();
    run(dir.path(), &format!("assess {second} --quiet"));
    let sealed = run(dir.path(), &format!("bundle {second} --json")).json()["files"]["bundle"].as_str().unwrap().to_owned();
    let verified = run(dir.path(), &format!("verify {sealed} --reperform --previous {first}")).expect(4).out;
    let verified = verified.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(verified.contains("what that bundle does not say"), "{verified}");
    // Of another bundle altogether: not even assessed.
    std::fs::write(&summary, text.replace(&text[text.find("\"statement\"").unwrap()..][..30], "\"statement\": \"0000000000000000"))
        .unwrap();
    run(dir.path(), &format!("assess {second}")).fails(2, "inputs/previous.json");
}

#[test]
fn a_previous_bundle_that_is_not_whole_begins_no_run() {
    let dir = folder();
    published(dir.path());
    std::fs::write(dir.path().join("no.zip"), "PK").unwrap();
    run(dir.path(), "run --from cli-json --previous no.zip").fails(2, "--previous no.zip: a chain must not begin with it");
    assert!(!dir.path().join("evidence").exists());
}

#[test]
fn the_history_of_a_folder_is_its_chain_with_what_does_not_belong_named() {
    let dir = folder();
    published(dir.path());
    let first = imported(dir.path(), "");
    let second = imported(dir.path(), &format!("--previous {first}"));
    let told = run(dir.path(), "history evidence --json --html page.html").expect(0).json();
    let files: Vec<&str> = told["chain"].as_array().unwrap().iter().map(|e| e["file"].as_str().unwrap()).collect();
    assert_eq!(files, [&first["evidence/".len()..], &second["evidence/".len()..]]);
    assert_eq!(told["chain"][0]["throughout"], false, "no log was read");
    let page = std::fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("read on this day"), "{page}");
    std::fs::write(dir.path().join("evidence/odd.zip"), "PK").unwrap();
    let odd = run(dir.path(), "history evidence").expect(4).out;
    assert!(odd.contains("Not counted") && odd.contains("odd.zip: it does not verify (step 1, container)"), "{odd}");
    run(dir.path(), "history cli-json").fails(2, "holds 0 bundles");
}
