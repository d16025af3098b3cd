//! `run --roster`: from the personnel department's file to a sealed finding, with nothing personal on the way.

use super::run;
use crate::sealing::{Files, KEY, edit, packed, resealed};
use poolproof::bundle::Bag;
use poolproof::verify::outcome::StepName;
use serde_json::{Value, json};
use std::path::Path;

const POOL: &str = "eu-west-1_Roster001";
const ROSTER: &str = "data/inputs/roster.json";

/// Ann works here, Bea has left and is still enabled, Cyd has left and is disabled, Dan is not on the roster.
const PEOPLE: &str = "\u{feff}E-Mail;Status;Left-On\r\nAnn.Archer@example.com;active;\r\n\"bea.baker@example.com\";left;2026-08-31\r\ncyd.cooper@example.com;left;2026-06-30\r\n";

fn user(name: &str, enabled: bool) -> Value {
    json!({"Username": name, "UserStatus": "CONFIRMED", "Enabled": enabled, "UserCreateDate": 1_700_000_000.0, "UserLastModifiedDate": 1_700_000_000.0,
        "Attributes": [{"Name": "sub", "Value": format!("5ab0-{name}")}, {"Name": "email", "Value": format!("{name}@example.com")},
            {"Name": "email_verified", "Value": "true"}]})
}

/// A folder with keys, a scope file, a roster, and AWS CLI files of one pool.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "init --quiet").expect(0);
    run(dir.path(), "keys new --quiet").expect(0);
    let write = |name: &str, text: String| std::fs::write(dir.path().join(name), text).unwrap();
    write("poolproof.toml", format!("[[pool]]\nid = \"{POOL}\"\naudience = \"workforce\"\n"));
    write("people.csv", PEOPLE.to_owned());
    std::fs::create_dir(dir.path().join("cli-json")).unwrap();
    let users = [user("ann.archer", true), user("bea.baker", true), user("cyd.cooper", false), user("dan.dyer", true)];
    let pool = json!({"UserPool": {"Id": POOL, "Name": "staff", "MfaConfiguration": "ON", "EstimatedNumberOfUsers": users.len(),
        "Policies": {}, "CreationDate": 1.6e9, "LastModifiedDate": 1.6e9}});
    write("cli-json/describe-user-pool.json", pool.to_string());
    write("cli-json/list-users.json", json!({"Users": users}).to_string());
    dir
}

/// The bundle of a run, and the finding of COG-ACC-005 in it.
fn bundle(dir: &Path, options: &str) -> (String, Value, Files) {
    let ended = run(dir, &format!("run --from cli-json --json {options}"));
    assert!([1, 3].contains(&ended.code), "{}", ended.err);
    let path = ended.json()["files"]["bundle"].as_str().unwrap().to_owned();
    let bag = Bag::open(&dir.join(&path)).unwrap();
    let files: Files = bag.files().keys().map(|p| (p.clone(), bag.read(p, 1 << 26).unwrap())).collect();
    let evidence: Value = serde_json::from_slice(&files["data/evidence.json"]).unwrap();
    let finding = evidence["findings"].as_array().unwrap().iter().find(|f| f["check"] == "COG-ACC-005").unwrap().clone();
    (path, finding, files)
}

#[test]
fn a_leaver_who_is_enabled_is_found_and_nothing_of_the_roster_is_kept() {
    let dir = folder();
    let (path, finding, files) = bundle(dir.path(), "--roster people.csv --roster-as-of 2026-09-28");
    assert_eq!((finding["verdict"].as_str(), finding["reason_code"].as_str()), (Some("FAIL"), Some("leavers")), "{finding:#}");
    assert_eq!((&finding["counts"]["leavers"], &finding["counts"]["outside"]), (&json!(1), &json!(1)));
    let roster = poolproof::model::roster::Roster::read(&files[ROSTER]).unwrap();
    assert_eq!((roster.people.len(), roster.bytes), (3, PEOPLE.len() as u64));
    let evidence: Value = serde_json::from_slice(&files["data/evidence.json"]).unwrap();
    let section = &evidence["roster"]["pools"][0];
    assert!(section["users_left"][0].as_str().unwrap().starts_with("u_") && section["users_outside"].as_array().unwrap().len() == 1);
    let plain = poolproof::digest::sha256_hex(PEOPLE.as_bytes());
    for (path, bytes) in &files {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for personal in ["archer", "baker", "cooper", "dyer", "@example.com", "5ab0-", "people.csv", &plain] {
            assert!(!text.contains(personal), "{personal} in {path}");
        }
    }
    let html = String::from_utf8_lossy(&files["data/report.html"]);
    assert!(html.contains("marked as having left"));
    for item in ["<li>Have left: ", "<li>Not on it: "] {
        assert!(html.contains(item), "{item}");
    }
    run(dir.path(), &format!("verify {path} --reperform")).expect(3);
    // The stages one by one read the redacted roster only.
    std::fs::remove_file(dir.path().join("people.csv")).unwrap();
    let of_run = format!("evidence/{}", evidence["run"]["id"].as_str().unwrap());
    run(dir.path(), &format!("assess {of_run}")).expect(1);
    assert_eq!(std::fs::read(dir.path().join(&of_run).join("assessed/evidence.json")).unwrap(), files["data/evidence.json"]);
    std::fs::remove_file(dir.path().join(&of_run).join("inputs/roster.json")).unwrap();
    run(dir.path(), &format!("assess {of_run}")).fails(5, "the scope names a roster, and it is missing");
}

#[test]
fn a_roster_that_was_edited_fails_whoever_seals_it() {
    let dir = folder();
    let (_, _, files) = bundle(dir.path(), "--roster people.csv --roster-as-of 2026-09-28");
    let failed = |change: &dyn Fn(&mut Files)| {
        let mut changed = files.clone();
        change(&mut changed);
        let report = crate::verify::verified_files(&resealed(&changed, &KEY), &crate::verify::options());
        report.failed()
    };
    assert!(!failed(&|_| ()).contains(&StepName::Recording), "honest");
    assert!(failed(&|f| edit(f, ROSTER, "\"left\"", "\"active\"")).contains(&StepName::Recording));
    assert!(failed(&|f| drop(f.remove(ROSTER))).contains(&StepName::Recording));
    // With the digests in the evidence made anew, the scope file tells; and with that made anew, the recording's header.
    let renamed = |f: &mut Files, also_scope: bool| {
        let before = poolproof::digest::sha256_hex(&f[ROSTER]);
        edit(f, ROSTER, "\"left\"", "\"active\"");
        let after = poolproof::digest::sha256_hex(&f[ROSTER]);
        edit(f, "data/evidence.json", &before, &after);
        if also_scope {
            let scope = poolproof::digest::sha256_hex(&f["data/inputs/scope.json"]);
            edit(f, "data/inputs/scope.json", &before, &after);
            let now = poolproof::digest::sha256_hex(&f["data/inputs/scope.json"]);
            edit(f, "data/evidence.json", &scope, &now);
        }
    };
    assert!(failed(&|f| renamed(f, false)).contains(&StepName::Reperformance));
    assert!(failed(&|f| renamed(f, true)).contains(&StepName::Recording));
    // One that the run never had.
    let none = folder();
    let (_, finding, mut without) = bundle(none.path(), "");
    assert_ne!(finding["verdict"], "FAIL");
    without.insert(ROSTER.to_owned(), files[ROSTER].clone());
    let report = crate::verify::verified_files(&resealed(&without, &KEY), &crate::verify::options());
    assert!(report.failed().contains(&StepName::Recording));
    let packed = packed(&files).bytes();
    assert!(Bag::zip(Box::new(std::io::Cursor::new(packed))).is_ok());
}

#[test]
fn a_roster_that_cannot_be_used_is_refused_before_anything_is_written() {
    let dir = folder();
    for (csv, options, said) in [
        (PEOPLE, "--roster people.csv", "of which day is the roster people.csv"),
        (PEOPLE, "--roster-as-of 2026-09-28", "a day of the roster is given, and no roster"),
        (PEOPLE, "--roster people.csv --roster-as-of 2999-01-01", "which is still to come"),
        (PEOPLE, "--roster nobody.csv --roster-as-of 2026-09-28", "nobody.csv"),
        ("", "--roster people.csv --roster-as-of 2026-09-28", "people.csv:1: the file is empty"),
        ("email,status\nann@example.com,gone\n", "--roster people.csv --roster-as-of 2026-09-28", "people.csv:2: its status is neither"),
    ] {
        std::fs::write(dir.path().join("people.csv"), csv).unwrap();
        run(dir.path(), &format!("run --from cli-json {options}")).fails(2, said);
        assert!(!dir.path().join("evidence").exists(), "{options}");
    }
}

#[test]
fn the_scope_file_names_the_roster_beside_itself() {
    let dir = folder();
    let inner = dir.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::rename(dir.path().join("people.csv"), inner.join("people.csv")).unwrap();
    let keys = "[privacy]\nkey = \"../keys/privacy.key\"\n[signing]\nkey = \"../keys/evidence.p8\"\n";
    let scope = format!(
        "[[pool]]\nid = \"{POOL}\"\naudience = \"workforce\"\n[inputs]\nroster = \"people.csv\"\nroster_as_of = \"2026-09-28\"\n{keys}"
    );
    std::fs::write(inner.join("poolproof.toml"), scope).unwrap();
    let (_, finding, _) = bundle(dir.path(), "--config inner/poolproof.toml");
    assert_eq!(finding["reason_code"], "leavers");
}
