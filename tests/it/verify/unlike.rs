//! What is not this release's is named under "not proved", and makes nothing fail.

use super::{options, verified_files};
use crate::own;
use crate::sealing::{Files, HONEST, KEY, edit, payload_with, resealed_with, sample_folder};
use chrono::Duration;
use poolproof::controls::catalogue::Catalogue;
use poolproof::controls::own::with;
use poolproof::report::release;
use poolproof::sign::statement::Predicate;
use poolproof::verify::outcome::StepName;
use poolproof::verify::{Options, text};

/// The one sentence about it; the seal is the honest key's, so every step is as for an honest bundle.
fn told(files: Files) -> String {
    let report = verified_files(&files, &options());
    assert_eq!((report.failed(), report.exit), (vec![], 3), "{}", text::render(&report));
    assert!(report.passed(StepName::Reperformance));
    let said = report.facts.unwrap().not_of_this_release;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(report.not_proved.contains(&said[0]), "{:?}", report.not_proved);
    said[0].clone()
}

fn sealed(change: impl FnOnce(&mut Files)) -> Files {
    let mut files = HONEST.clone();
    change(&mut files);
    resealed_with(&files, &KEY, |p| p.template = Some(release::template_digest()))
}

fn predicate(change: impl FnOnce(&mut Predicate)) -> Files {
    resealed_with(&HONEST, &KEY, change)
}

#[test]
fn of_an_honest_bundle_nothing_is_said() {
    assert_eq!(verified_files(&sealed(|_| ()), &options()).facts.unwrap().not_of_this_release, Vec::<String>::new());
}

#[test]
fn a_report_template_that_is_not_the_releases_is_told() {
    let said = told(predicate(|p| p.template = Some("ab".repeat(32))));
    assert!(said.contains("templates are the sealer's own") && said.contains(&"ab".repeat(32)), "{said}");
    assert!(told(predicate(|p| p.template = None)).contains("names no template"));
}

#[test]
fn texts_of_checks_and_a_schema_that_are_not_the_releases_are_told() {
    let said = told(sealed(|f| edit(f, "data/catalog/checks/mfa.toml", "why", "why ")));
    assert!(said.contains("data/catalog/checks/mfa.toml") && said.contains("as this release does"), "{said}");
    let said = told(sealed(|f| edit(f, "data/formats/evidence-1.schema.json", "\"required\"", "\"optional\"")));
    assert!(said.contains("data/formats/evidence-1.schema.json"), "{said}");
    let said = told(sealed(|f| drop(f.insert("data/catalog/checks/more.toml".to_owned(), b"x = 1\n".to_vec()))));
    assert!(said.contains("data/catalog/checks/more.toml"), "{said}");
    let said = told(sealed(|f| drop(f.remove("data/catalog/checks/mfa.toml").unwrap())));
    assert!(said.contains("not in the bundle"), "{said}");
}

#[test]
fn commands_that_are_not_the_releases_are_told() {
    let said = told(sealed(|f| edit(f, "data/VERIFY.md", "sha256sum --strict", "true")));
    assert!(said.contains("data/VERIFY.md") && said.contains("read them before you run them"), "{said}");
}

#[test]
fn a_file_that_no_poolproof_writes_is_told() {
    let said = told(sealed(|f| drop(f.insert("data/NOTES.txt".to_owned(), b"Approved by the auditor.\n".to_vec()))));
    assert!(said.starts_with("Anything of data/NOTES.txt"), "{said}");
    let many = sealed(|f| (0..9).for_each(|n| drop(f.insert(format!("data/inputs/{n}.txt"), b"x".to_vec()))));
    assert!(
        told(many).contains("data/inputs/0.txt") && told(sealed(|f| drop(f.insert("data/x/y".to_owned(), vec![])))).contains("data/x/y")
    );
}

#[test]
fn a_population_that_the_scope_asks_for_and_that_is_missing_is_told() {
    let said = told(sealed(|f| drop(f.remove("data/population.csv").unwrap())));
    assert!(said.starts_with("What data/population.csv would show"), "{said}");
}

/// A bundle sealed with a framework of the sealer's own; `change` is done to it before it is sealed.
fn own_framework(change: impl FnOnce(&mut Files)) -> Files {
    let mut files = payload_with(&sample_folder("good"), &with(&own::sample()).unwrap(), Duration::zero());
    change(&mut files);
    resealed_with(&files, &KEY, |p| p.template = Some(release::template_digest()))
}

#[test]
fn a_framework_of_the_sealers_own_is_told_and_derived_again() {
    let files = own_framework(|_| ());
    let said = told(files.clone());
    let digest = with(&own::sample()).unwrap().digest();
    assert!(said.contains("the catalogue is the sealer's own") && said.contains(&digest), "{said}");
    assert!(said.contains("(added: data/catalog/house-rules.toml)"), "{said}");
    let report = verified_files(&files, &options());
    assert!(!report.facts.unwrap().release_catalogue);
    let evidence = String::from_utf8(files["data/evidence.json"].clone()).unwrap();
    assert!(evidence.contains("\"own\": true") && evidence.contains("Beside this release's frameworks stands"), "{evidence}");
    assert!(verified_files(&HONEST, &options()).facts.unwrap().release_catalogue);
}

#[test]
fn a_framework_of_the_sealers_own_that_does_not_say_so_fails() {
    for (defect, from, to) in [
        ("shown as the release's", "\"own\": true", "\"own\": false"),
        ("not said on the cover", "Beside this release's frameworks stands what the sealer added", "Also used"),
    ] {
        let report = verified_files(&own_framework(|f| edit(f, "data/evidence.json", from, to)), &options());
        assert_eq!((report.failed(), report.exit), (vec![StepName::Reperformance], 4), "{defect}: {}", text::render(&report));
    }
}

/// Also without re-performance: nobody may say that findings were mapped by files that the statement does not name.
#[test]
fn a_mapping_of_the_sealers_own_that_was_changed_or_taken_out_before_sealing_fails() {
    for (defect, change) in [
        ("weaker", (|f| edit(f, HOUSE, "strength = \"direct\"", "strength = \"context\"")) as fn(&mut Files)),
        ("a comment more", |f| f.get_mut(HOUSE).unwrap().extend(b"# more\n")),
        ("taken out", |f| drop(f.remove(HOUSE).unwrap())),
        ("no TOML", |f| drop(f.insert(HOUSE.to_owned(), b"[".to_vec()))),
        ("a second framework", |f| drop(f.insert("data/catalog/a.toml".to_owned(), f[HOUSE].clone()))),
    ] {
        let report = verified_files(&own_framework(change), &Options { reperform: false, ..options() });
        assert_eq!((report.failed(), report.exit), (vec![StepName::Statement], 4), "{defect}: {}", text::render(&report));
    }
}

const HOUSE: &str = "data/catalog/house-rules.toml";

/// A sealer with a program of his own may weaken the release's mapping, and everything follows from it: then the files say so.
#[test]
fn a_framework_of_the_release_that_the_sealer_changed_is_told() {
    let mut weaker = Catalogue::release().unwrap().files().clone();
    let text = weaker.get_mut("soc2-2017.toml").unwrap();
    *text = text.replace("strength = \"direct\"", "strength = \"context\"");
    let weaker = Catalogue::load(&weaker, poolproof::controls::catalogue::CHECKS).unwrap();
    let files = payload_with(&sample_folder("good"), &weaker, Duration::zero());
    let said = told(resealed_with(&files, &KEY, |p| p.template = Some(release::template_digest())));
    assert!(said.contains("the catalogue is the sealer's own") && said.contains("(changed: data/catalog/soc2-2017.toml)"), "{said}");
}
