//! `poolproof collect`, up to the first call.

use super::run;
use std::path::Path;

const KEYS: &str = "init --quiet";

fn anything_in(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn wrong_usage_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for (line, said) in [
        ("collect", "no region: name a pool or a region"),
        ("collect --pool eu-west-1_A", "poolproof init"),
        ("collect --pool A", "--pool \"A\" is no user pool id"),
        ("collect --region Ireland", "--region \"Ireland\" is no region code"),
        ("collect --region eu-west-1 --period soon", "--period \"soon\" is no period"),
        ("collect --config missing.toml", "cannot open missing.toml"),
    ] {
        run(dir.path(), line).fails(2, said);
        assert!(anything_in(dir.path()).is_empty(), "{line}: {:?}", anything_in(dir.path()));
    }
}

#[test]
fn a_wrong_scope_file_is_told_with_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("poolproof.toml"), "[[pool]]\nid = \"eu-west-1_A\"\naudiance = \"workforce\"\n").unwrap();
    run(dir.path(), "collect").fails(2, "poolproof.toml:3:1: unknown key `audiance` in [[pool]]; did you mean `audience`?");
    std::fs::write(dir.path().join("poolproof.toml"), "[checks]\noff = [\"COG-MFA-01\"]\n").unwrap();
    run(dir.path(), "collect").fails(2, "did you mean `COG-MFA-001`?");
    std::fs::write(dir.path().join("poolproof.toml"), vec![b'#'; 2 << 20]).unwrap();
    run(dir.path(), "collect").fails(2, "larger than the limit");
}

#[test]
fn an_evidence_folder_that_cannot_be_made_is_an_operational_error() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), KEYS).expect(0);
    std::fs::write(dir.path().join("evidence"), "a file where a folder belongs").unwrap();
    run(dir.path(), "collect --pool eu-west-1_A").fails(5, "cannot create the folder evidence");
}

#[test]
fn without_credentials_the_attempt_is_in_the_journal_and_the_run_can_go_on() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), KEYS).expect(0);
    run(dir.path(), "collect --pool eu-west-1_A").fails(5, "credentials");
    let journal = || std::fs::read_to_string(dir.path().join("evidence/journal.jsonl")).unwrap();
    assert!(journal().contains("\"started\"") && journal().contains("\"stopped\""), "{}", journal());
    run(dir.path(), "collect --pool eu-west-1_A").fails(5, "Continuing the interrupted run r_");
    assert!(journal().contains("\"resumed\""));
    run(dir.path(), "collect --pool eu-west-1_B").fails(5, "credentials");
    assert_eq!(journal().matches("\"started\"").count(), 2, "another scope is another run");
}
