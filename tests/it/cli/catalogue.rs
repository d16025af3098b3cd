//! `--catalogue DIR`: a framework of one's own, from the folder to the report and to what `verify` says of it.

use super::diff::{folder, published};
use super::{Ended, run, sample};
use crate::own;
use poolproof::bundle::Bag;
use poolproof::bundle::read::Refused;
use serde_json::Value;
use std::path::Path;

/// A copy of the sample framework, as the folder `mine`.
fn mine(dir: &Path) {
    std::fs::create_dir_all(dir.join("mine")).unwrap();
    std::fs::copy(own::sample().join("house-rules.toml"), dir.join("mine/house-rules.toml")).unwrap();
}

/// The ids of the frameworks that evidence has, and which of them are called own.
fn frameworks(evidence: &Value) -> Vec<(String, bool)> {
    let all = evidence["controls"].as_array().unwrap().iter();
    all.map(|f| (f["framework"].as_str().unwrap().to_owned(), f["own"] == true)).collect()
}

fn evidence(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The bundle that a command with `--json` sealed, and its `evidence.json`.
fn sealed(dir: &Path, said: &Ended) -> (String, Value) {
    let bundle = said.json()["files"]["bundle"].as_str().unwrap().to_owned();
    let bag = Bag::open(&dir.join(&bundle)).unwrap_or_else(|Refused(why)| panic!("{why}"));
    let evidence = bag.read("data/evidence.json", 1 << 26).unwrap_or_else(|Refused(why)| panic!("{why}"));
    (bundle, serde_json::from_slice(&evidence).unwrap())
}

#[test]
fn the_demo_shows_a_framework_of_ones_own_in_every_report_and_verify_says_whose_it_is() {
    let dir = tempfile::tempdir().unwrap();
    mine(dir.path());
    let said = run(dir.path(), "demo --catalogue mine --json").expect(0).json();
    let not_proved = said["verification"]["not_proved"].to_string();
    assert!(
        not_proved.contains("the catalogue is the sealer's own") && not_proved.contains("data/catalog/house-rules.toml"),
        "{not_proved}"
    );
    let assessed = dir.path().join("poolproof-demo/assessed");
    let found = frameworks(&evidence(&assessed.join("evidence.json")));
    assert_eq!(found.last().unwrap(), &("house".to_owned(), true));
    assert_eq!(found.iter().filter(|(_, own)| *own).count(), 1);
    let html = std::fs::read_to_string(assessed.join("report.html")).unwrap();
    assert!(html.contains("house:R1") && html.contains("Two factors for everybody"));
    assert!(html.matches("own framework)").count() >= 2, "in the matrix and beside what is not covered");
    assert!(html.contains("Beside this release") && html.contains("House rules for access (house)"), "on the cover");
    // The next demo there is the release's again.
    let said = run(dir.path(), "demo --json").expect(0).json();
    assert!(!said["verification"]["not_proved"].to_string().contains("catalogue"), "{said:#}");
    assert_eq!(frameworks(&evidence(&assessed.join("evidence.json"))).len(), 4);
    assert!(dir.path().join("mine/house-rules.toml").exists());
}

#[test]
fn the_stages_keep_the_frameworks_that_the_run_began_with() {
    let dir = folder();
    mine(dir.path());
    published(dir.path());
    let began = run(dir.path(), "collect --from cli-json --catalogue mine --json").expect(0).json();
    let began = began["run"].as_str().unwrap();
    std::fs::remove_dir_all(dir.path().join("mine")).unwrap();
    assert_eq!(run(dir.path(), &format!("assess {began} --quiet")).err, "");
    let assessed = dir.path().join(began).join("assessed/evidence.json");
    let judged = evidence(&assessed);
    assert_eq!(frameworks(&judged).last().unwrap().0, "house");
    assert!(!judged["run"]["statements"].to_string().contains("another catalogue"), "{judged:#}");
    let (bundle, packed) = sealed(dir.path(), &run(dir.path(), &format!("bundle {began} --json")));
    assert_eq!(packed["bundle_id"], judged["bundle_id"]);
    let verified = run(dir.path(), &format!("verify {bundle} --reperform")).expect(3);
    assert!(verified.out.contains("the sealer's own catalogue"), "{}", verified.out);
}

#[test]
fn another_catalogue_than_the_recordings_is_told_on_the_cover() {
    let dir = tempfile::tempdir().unwrap();
    mine(dir.path());
    let weak = sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    run(dir.path(), "assess weak --catalogue mine --quiet").expect(1);
    let told = evidence(&weak.join("assessed/evidence.json"))["run"]["statements"].to_string();
    assert!(told.contains("another catalogue than the one that was in force when the recording began"), "{told}");
    assert!(told.contains("The catalogue is the sealer's own (SHA-256 "), "{told}");
    // A copy of the run keeps its frameworks; and the option puts others beside a recording that is there.
    let (_, packed) = sealed(dir.path(), &run(dir.path(), "run --from weak --out copied --json").expect(1));
    assert_eq!(frameworks(&packed).len(), 5);
    sample("good", dir.path());
    let (_, packed) = sealed(dir.path(), &run(dir.path(), "run --from good --catalogue mine --json").expect(1));
    assert_eq!(frameworks(&packed).len(), 5);
}

#[test]
fn frameworks_that_changed_after_the_assessment_are_not_sealed() {
    let dir = tempfile::tempdir().unwrap();
    mine(dir.path());
    let weak = sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    run(dir.path(), "assess weak --catalogue mine --quiet").expect(1);
    let kept = weak.join("inputs/frameworks/house-rules.toml");
    let text = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&kept, text.replace("\"direct\"", "\"context\"")).unwrap();
    run(dir.path(), "bundle weak").fails(2, "is not the one that its findings were mapped with");
    std::fs::remove_file(&kept).unwrap();
    run(dir.path(), "bundle weak").fails(2, "no framework is in it");
    run(dir.path(), "assess weak --catalogue mine --quiet").expect(1);
    run(dir.path(), "bundle weak --quiet").expect(1);
}

#[test]
fn a_framework_that_is_not_certain_is_told_with_its_line_and_nothing_is_written() {
    let dir = folder();
    mine(dir.path());
    sample("good", dir.path());
    let file = dir.path().join("mine/house-rules.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("[mapping.COG-MFA-001]", "[mapping.COG-MFA-999]", 1)).unwrap();
    let line = text.lines().position(|l| l == "[mapping.COG-MFA-001]").unwrap() + 1;
    let says = format!("mine/house-rules.toml, line {line}: there is no check COG-MFA-999");
    for command in ["demo", "run --from good", "collect --from good", "assess good", "list controls", "explain --all"] {
        run(dir.path(), &format!("{command} --catalogue mine")).fails(2, &says);
    }
    assert!(
        !dir.path().join("poolproof-demo").exists() && !dir.path().join("evidence").exists() && !dir.path().join("good/assessed").exists()
    );
    run(dir.path(), "list controls --catalogue nowhere").fails(2, "nowhere: there is no such folder");
}

#[test]
fn a_framework_of_ones_own_is_listed_and_explained() {
    let dir = tempfile::tempdir().unwrap();
    mine(dir.path());
    let listed = run(dir.path(), "list controls --catalogue mine").expect(0).out;
    assert!(listed.contains("house:R1                       Two factors for everybody (own)"), "{listed}");
    let json = run(dir.path(), "list controls --catalogue mine --json").expect(0).json();
    assert_eq!(json.as_array().unwrap().iter().filter(|c| c["own"] == true).count(), 6);
    for id in ["house:R1", "R1", "house:IT-07"] {
        let page = run(dir.path(), &format!("explain {id} --catalogue mine")).expect(0).out;
        assert!(page.contains("A framework of your own") && page.contains("House rules for access (3), as of 2026-07-01"), "{page}");
    }
    let check = run(dir.path(), "explain COG-MFA-001 --catalogue mine").expect(0).out;
    assert!(check.contains("house:R1 (direct): The setting makes the pool ask"), "{check}");
    let all = run(dir.path(), "explain --all --catalogue mine").expect(0).out;
    assert!(all.contains("### house:R1: Two factors for everybody") && all.contains("### soc2:CC6.6: "), "{all}");
    run(dir.path(), "explain house:R1").fails(2, "neither a check nor a control");
}

#[test]
fn an_exception_may_be_on_a_control_of_ones_own() {
    let dir = folder();
    mine(dir.path());
    published(dir.path());
    let exception = "[[exception]]\non = \"house:R1\"\npool = \"us-west-2_EXAMPLE\"\nreason = \"Tills.\"\ncompensating_control = \"Network.\"\n\
        requester = \"IT\"\napprover = \"CISO\"\nticket = \"SEC-1\"\nstart = \"2026-09-01\"\nexpiry = \"2027-02-28\"\n";
    std::fs::write(dir.path().join("poolproof.toml"), exception).unwrap();
    let about = |options: &str| {
        let ended = run(dir.path(), &format!("run --from cli-json --json --out {}", options));
        assert!([1, 3].contains(&ended.code), "{}", ended.err);
        let (_, evidence) = sealed(dir.path(), &ended);
        let of = |f: &&Value| f["check"] == "COG-EVD-002";
        let finding = evidence["findings"].as_array().unwrap().iter().find(of).unwrap()["reason"].to_string();
        (finding, evidence["exceptions"][0]["on"].as_str().unwrap().to_owned())
    };
    let (with, on) = about("with --catalogue mine");
    assert!(!with.contains("no check or control has that name") && on == "house:R1", "{with}");
    assert!(about("without").0.contains("no check or control has that name"));
}
