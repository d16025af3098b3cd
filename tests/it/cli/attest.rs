//! `attest`, through the program: the form, the second seal, and what verify says of both.

use super::{program, run, sample};
use std::path::{Path, PathBuf};

/// A folder with a sealed bundle, its sealer's and a reviewer's key, and a trust file for both.
fn sealed(folder: &Path) -> PathBuf {
    sample("weak", folder);
    run(folder, "keys new --quiet").expect(0);
    run(folder, "keys new --quiet --out keys/reviewer.p8").expect(0);
    let trust = |key: &str, purpose: &str, who: &str| {
        let shown = program(folder).args(["keys", "show", key, "--trust", "--for", purpose, "--who", who]).output().unwrap();
        String::from_utf8(shown.stdout).unwrap()
    };
    let both = trust("keys/evidence.p8", "sealing", "Example Ltd") + &trust("keys/reviewer.p8", "review", "Ann of Audit LLP");
    std::fs::write(folder.join("trust.toml"), both).unwrap();
    run(folder, "run --from weak --json").expect(1).json()["files"]["bundle"].as_str().unwrap().into()
}

fn fill_in(folder: &Path, change: impl FnOnce(String) -> String) {
    let form = std::fs::read_to_string(folder.join("review.toml")).unwrap();
    let filled = form.replacen("name = \"\"", "name = \"Ann\"", 1).replacen("role = \"\"", "role = \"auditor\"", 1).replacen(
        "statement = \"\"",
        "statement = \"Looked at.\"",
        1,
    );
    std::fs::write(folder.join("review.toml"), change(filled)).unwrap();
}

#[test]
fn a_reviewer_seals_beside_the_first_seal_and_verify_shows_both() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = sealed(dir.path());
    let shown = bundle.display();
    run(dir.path(), &format!("attest {shown} --template review.toml")).expect(0);
    run(dir.path(), &format!("attest {shown} --template review.toml")).fails(2, "not overwritten");
    let empty = std::fs::read_to_string(dir.path().join("review.toml")).unwrap();
    let manual = empty.matches("[[item]]").count();
    assert!(manual > 0 && empty.contains("decision = \"not reviewed\""), "{empty}");
    let attest = format!("attest {shown} --review review.toml --attach trust.toml");
    run(dir.path(), &attest).fails(2, "name is empty");
    fill_in(dir.path(), |form| form.replacen("\"not reviewed\"\n", "\"accepted\"\n", 1));
    let before = std::fs::read(dir.path().join(&bundle)).unwrap();
    run(dir.path(), &format!("{attest} --key keys/evidence.p8")).fails(2, "another person's word");
    run(dir.path(), &format!("{attest} --key keys/nowhere.p8")).fails(2, "keys new");
    assert_eq!(std::fs::read(dir.path().join(&bundle)).unwrap(), before);
    let said = run(dir.path(), &attest).expect(0);
    assert!(said.out.contains("attestation 1") && said.out.contains("1 accepted"), "{}", said.out);
    run(dir.path(), &format!("{attest} --json")).expect(0);
    let verified = run(dir.path(), &format!("verify {shown} --trust trust.toml --json")).expect(3).json();
    let attested = verified["facts"]["attestations"].as_array().unwrap();
    assert_eq!((attested.len(), &attested[0]["who"], &verified["facts"]["who"]), (2, &"Ann of Audit LLP".into(), &"Example Ltd".into()));
    assert_eq!((attested[1]["earlier"].as_u64() >= Some(4), attested[0]["items"].as_array().unwrap().len()), (true, manual));
    let stranger = run(dir.path(), &format!("verify {shown}")).expect(3).out;
    assert!(stranger.contains("by a key you did not name") && !stranger.contains("Ann of Audit"), "{stranger}");
}

#[test]
fn a_form_that_does_not_fit_the_bundle_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = sealed(dir.path());
    let shown = bundle.display();
    run(dir.path(), &format!("attest {shown}")).fails(2, "--template");
    run(dir.path(), "attest nowhere.zip --template x.toml").fails(2, "there is no bundle");
    let attempt = |change: &dyn Fn(String) -> String, why: &str| {
        let _ = std::fs::remove_file(dir.path().join("review.toml"));
        run(dir.path(), &format!("attest {shown} --template review.toml")).expect(0);
        fill_in(dir.path(), change);
        run(dir.path(), &format!("attest {shown} --review review.toml")).fails(2, why);
    };
    attempt(&|f| f.replacen("\"not reviewed\"\n", "\"fine\"\n", 1), "it must be \"accepted\"");
    attempt(&|f| f.replacen("bundle = \"", "bundle = \"x", 1), "it is for the bundle");
    attempt(&|f| f.replacen("check = \"COG-", "check = \"GOC-", 1), "no MANUAL finding of this bundle");
    attempt(&|f| f + "\n[extra]\n", "unknown field");
    // What does not verify is not attested.
    let mut bytes = std::fs::read(dir.path().join(&bundle)).unwrap();
    bytes.push(0);
    std::fs::write(dir.path().join("altered.zip"), bytes).unwrap();
    run(dir.path(), "attest altered.zip --template other.toml").fails(5, "cannot be read");
}
