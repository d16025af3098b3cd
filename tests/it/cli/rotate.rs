//! Handing over from one key to the next, through the program; and the bundle that a chain must not begin with.

use super::{run, sample};

#[test]
fn a_bundle_of_the_new_key_carries_the_rotations_that_lead_to_it() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    for key in ["evidence", "b", "c"] {
        run(dir.path(), &format!("keys new --quiet --out keys/{key}.p8")).expect(0);
    }
    let trust = run(dir.path(), "keys show keys/evidence.p8 --trust --who Example").expect(0).out;
    std::fs::write(dir.path().join("trust.toml"), trust).unwrap();
    run(dir.path(), "keys rotate keys/evidence.p8 keys/b.p8").expect(0);
    run(dir.path(), "keys rotate keys/b.p8 keys/c.p8").expect(0);
    run(dir.path(), "keys rotate keys/evidence.p8 keys/c.p8").fails(2, "there already");
    run(dir.path(), "keys rotate keys/b.p8 keys/b.p8").fails(2, "it is the old one");
    std::fs::write(dir.path().join("poolproof.toml"), "[signing]\nkey = \"keys/c.p8\"\n").unwrap();
    let bundle = run(dir.path(), "run --from weak --json").expect(1).json()["files"]["bundle"].as_str().unwrap().to_owned();
    run(dir.path(), &format!("verify {bundle} --allow-rotation")).fails(2, "--trust");
    let refused = run(dir.path(), &format!("verify {bundle} --trust trust.toml")).expect(4).out;
    assert!(refused.contains("--allow-rotation"), "{refused}");
    let json = run(dir.path(), &format!("verify {bundle} --trust trust.toml --allow-rotation --json")).expect(3).json();
    assert_eq!((&json["facts"]["who"], &json["facts"]["rotations"]), (&"Example".into(), &2.into()));
    // A file of rotations that leads elsewhere is told before anything is made.
    let file = std::fs::read_dir(dir.path().join("keys")).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = file.filter(|p| p.extension().is_some_and(|e| e == "rotation")).collect();
    files.sort_by_key(|p| std::fs::metadata(p).unwrap().len());
    std::fs::copy(&files[0], &files[1]).unwrap();
    run(dir.path(), "run --from weak --out elsewhere").fails(2, "does not end with the key");
    assert!(!dir.path().join("elsewhere").exists());
}

#[test]
fn a_chain_does_not_begin_with_a_bundle_that_does_not_verify() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    run(dir.path(), "init --region eu-west-1").expect(0);
    let bundle = run(dir.path(), "run --from weak --json").expect(1).json()["files"]["bundle"].as_str().unwrap().to_owned();
    let mut bytes = std::fs::read(dir.path().join(bundle)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(dir.path().join("altered.zip"), bytes).unwrap();
    let with = |previous: &str| run(dir.path(), &format!("run --pool eu-west-1_AbCdEf123 --previous {previous}"));
    with("altered.zip").fails(2, "a chain must not begin with it");
    with("nowhere.zip").fails(2, "there is no such bundle");
}
