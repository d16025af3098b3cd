//! `poolproof sample`: the same users every time, by the auditor's value; nothing from bundles that do not verify, and no partial
//! listing passes for a whole pool.

use super::{program, run, sample};
use serde_json::Value;
use std::path::Path;

/// A sealed sample recording.
fn sealed(dir: &Path, name: &str) -> String {
    if !dir.join("keys").exists() {
        run(dir, "keys new --quiet").expect(0);
    }
    sample(name, dir);
    run(dir, &format!("run --from {name} --json --out {name}-evidence")).json()["files"]["bundle"].as_str().unwrap().to_owned()
}

fn users(drawn: &Value) -> Vec<&str> {
    let pools = drawn["pools"].as_array().unwrap();
    pools.iter().flat_map(|p| p["sample"].as_array().unwrap()).map(|u| u["user"].as_str().unwrap()).collect()
}

#[test]
fn a_sample_depends_on_the_auditors_value_and_on_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = sealed(dir.path(), "good");
    let draw = |options: &str| run(dir.path(), &format!("sample {bundle} --size 3 --json {options}")).expect(0).json();
    let (one, again, other) = (draw("--sample-seed blue"), draw("--sample-seed blue"), draw("--sample-seed red"));
    assert_eq!(one, again);
    assert_eq!(one["format"], "poolproof-sample/1");
    assert_ne!(one["pools"][0]["seed"], other["pools"][0]["seed"]);
    assert_ne!(users(&one), users(&other));
    assert!(users(&one).len() >= 3);
    assert_eq!(one["self_selected"], false);
    // From population.csv and the head digest alone, by hand.
    let seed = format!(
        "poolproof-sample/1\n{}\n{}\nblue\n",
        one["source"]["head_digest"].as_str().unwrap(),
        one["pools"][0]["pool"].as_str().unwrap()
    );
    assert_eq!(one["pools"][0]["seed"], poolproof::digest::sha256_hex(seed.as_bytes()));
    let pool = &one["pools"][0];
    for user in pool["sample"].as_array().unwrap() {
        let key = format!("{} {}", pool["seed"].as_str().unwrap(), user["user"].as_str().unwrap());
        assert_eq!(user["key"], poolproof::digest::sha256_hex(key.as_bytes()));
    }
}

#[test]
fn without_a_value_every_form_says_self_selected() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = sealed(dir.path(), "good");
    let text = run(dir.path(), &format!("sample {bundle}")).expect(0).out;
    assert!(text.contains("SELF-SELECTED") && text.contains("trust was not checked") && text.contains("hypergeometric"), "{text}");
    let csv = run(dir.path(), &format!("sample {bundle} --csv")).expect(0);
    assert!(csv.out.lines().skip(1).all(|l| l.contains(",self-selected,yes,")) && csv.out.lines().count() > 1, "{}", csv.out);
    assert!(csv.err.contains("SELF-SELECTED"), "{}", csv.err);
    let json = run(dir.path(), &format!("sample {bundle} --json")).expect(0).json();
    assert_eq!(json["self_selected"], true);
    // A value that is none is not taken for one.
    let ended = program(dir.path()).args(["sample", &bundle, "--sample-seed", ""]).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
}

#[test]
fn an_incomplete_listing_never_passes_for_the_whole_pool() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = sealed(dir.path(), "denied");
    let refused = run(dir.path(), &format!("sample {bundle} --sample-seed blue --json")).expect(3);
    let json = refused.json();
    assert!(users(&json).is_empty(), "{json:#}");
    assert_eq!(json["pools"][0]["complete"], false);
    assert!(refused.err.contains("NOT A SAMPLE OF THE WHOLE"), "{}", refused.err);
    let told = run(dir.path(), &format!("sample {bundle} --sample-seed blue --incomplete")).expect(3).out;
    assert!(told.contains("NOT A SAMPLE OF THE WHOLE"), "{told}");
    let csv = run(dir.path(), &format!("sample {bundle} --sample-seed blue --incomplete --csv")).expect(3).out;
    assert!(csv.lines().skip(1).all(|l| l.contains(",auditor,no,")), "{csv}");
}

#[test]
fn only_a_whole_bundle_of_a_trusted_key_is_drawn_from() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = sealed(dir.path(), "good");
    let mut bytes = std::fs::read(dir.path().join(&bundle)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(dir.path().join("altered.zip"), bytes).unwrap();
    run(dir.path(), "sample altered.zip --sample-seed blue").fails(4, "is not used: it does not verify (step");
    run(dir.path(), "sample missing.zip").fails(2, "there is no bundle missing.zip");
    run(dir.path(), &format!("sample {bundle} --fingerprint {}", "0".repeat(64))).fails(4, "(step 4, signer)");
    run(dir.path(), &format!("sample {bundle} --pool eu-west-1_Nowhere")).fails(2, "there is no pool \"eu-west-1_Nowhere\" in it");
    run(dir.path(), &format!("sample {bundle} --confidence 100")).fails(2, "--confidence");
    run(dir.path(), &format!("sample {bundle} --size 0")).fails(2, "at least one user");
}
