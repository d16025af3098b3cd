//! The catalogue of controls: complete, in our own words, and refused where it is not certain.

use poolproof::checks;
use poolproof::controls::catalogue::{CHECKS, Catalogue, CatalogueError, NAMED_BY_POLICY, release_files};
use poolproof::digest::sha256_hex;
use poolproof::model::id::{CheckId, ControlId};
use std::collections::{BTreeMap, BTreeSet};

/// Check, control and strength as specified: a mapping lost, added or changed by accident shows here.
const MAPPING: &str = include_str!("controls/mapping.tsv");

fn release() -> &'static Catalogue {
    Catalogue::release().unwrap()
}

#[test]
fn the_mapping_is_the_specified_one() {
    let mut found = BTreeSet::new();
    for framework in release().frameworks() {
        for m in &framework.mappings {
            found.insert(format!("{}\t{}\t{}", m.check, framework.control_id(&m.control), m.strength.word()));
        }
    }
    let expected: BTreeSet<String> = MAPPING.lines().map(str::to_owned).collect();
    let lost: Vec<_> = expected.difference(&found).collect();
    let new: Vec<_> = found.difference(&expected).collect();
    assert!(lost.is_empty() && new.is_empty(), "not in the catalogue: {lost:#?}\nnot specified: {new:#?}");
}

#[test]
fn every_specified_check_is_mapped_and_every_check_in_the_code_is_specified() {
    for id in CHECKS {
        assert!(release().mappings_of(&CheckId::from(*id)).next().is_some(), "{id} maps to nothing");
    }
    for id in checks::ids() {
        assert!(CHECKS.contains(&id.as_str()), "{id} is not in controls::catalogue::CHECKS");
    }
    assert!(CHECKS.is_sorted());
}

#[test]
fn every_reason_is_a_sentence_of_its_own() {
    let mut seen = BTreeMap::new();
    for framework in release().frameworks() {
        for m in &framework.mappings {
            let place = format!("{} -> {}:{}", m.check, framework.id, m.control);
            assert!(m.why.ends_with('.') && m.why.split_whitespace().count() >= 6, "{place}: {:?} is not a sentence", m.why);
            if let Some(other) = seen.insert(m.why.as_str(), place.clone()) {
                panic!("{place} and {other} have the same reason");
            }
        }
        for control in &framework.controls {
            assert!(control.description.ends_with('.'), "{}: {}", framework.id, control.id);
            let mapped = framework.mappings_of(&control.id).next().is_some();
            assert!(mapped == control.members.is_empty(), "{}:{} is either mapped or a group", framework.id, control.id);
        }
    }
}

#[test]
fn bypasses_count_directly() {
    for check in ["COG-MFA-007", "COG-MFA-009", "COG-MFA-010", "COG-MFA-011"] {
        for control in ["soc2:CC6.6", "pci-dss-4.0.1:8.4.1", "pci-dss-4.0.1:8.4.2"] {
            assert!(MAPPING.contains(&format!("{check}\t{control}\tdirect\n")), "{check} is not direct for {control}");
        }
    }
}

#[test]
fn hipaa_says_required_or_addressable_and_the_proposed_rule_is_never_scored() {
    let (hipaa, proposed) = release().control(&ControlId::from("hipaa:164.312(f)(2)(ii)")).unwrap();
    assert!(proposed.proposed.is_some());
    assert!(hipaa.controls.iter().all(|c| c.specification.is_some() != c.proposed.is_some()));
    let addressable = |id: &str| release().control(&ControlId::from(id)).unwrap().1.specification.unwrap().word() == "addressable";
    assert!(addressable("hipaa:164.308(a)(5)(ii)(D)") && addressable("hipaa:164.312(a)(2)(iii)"));
    assert!(!addressable("hipaa:164.312(d)") && !addressable("hipaa:164.312(a)(2)(i)"));
}

#[test]
fn the_policys_four_names_stand_exactly_so() {
    let names: Vec<&str> = release().named_by_policy().iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["SOC 2 CC6.2", "PCI DSS Req. 8.3", "HIPAA §164.312(d)", "GDPR Art. 32"]);
}

#[test]
fn a_bundles_copy_loads_as_the_same_catalogue() {
    let copy = Catalogue::load(release().files(), CHECKS).unwrap();
    assert_eq!(&copy, release());
    assert_eq!(copy.digest(), release().digest());
    assert_eq!(copy.version(), "soc2/1 pci-dss-4.0.1/1 hipaa/1 gdpr/1");
}

#[test]
fn the_digest_is_that_of_a_sha256sum_listing_and_sees_every_byte() {
    let mut files = BTreeMap::from([("a.toml".to_owned(), small("a", "")), ("b.toml".to_owned(), small("b", ""))]);
    let listing = format!("{}  a.toml\n{}  b.toml\n", sha256_hex(small("a", "").as_bytes()), sha256_hex(small("b", "").as_bytes()));
    let before = Catalogue::load(&files, CHECKS).unwrap().digest();
    assert_eq!(before, sha256_hex(listing.as_bytes()));
    files.insert("b.toml".to_owned(), small("b", "# a comment\n"));
    assert_ne!(Catalogue::load(&files, CHECKS).unwrap().digest(), before);
}

#[test]
fn a_users_framework_stands_after_the_releases() {
    let mut files = release_files();
    files.insert(
        "a-house-rules.toml".to_owned(),
        small("house", "[mapping.COG-MFA-001]\nX = { strength = \"direct\", why = \"Our rule asks for it.\" }\n"),
    );
    let catalogue = Catalogue::load(&files, CHECKS).unwrap();
    let ids: Vec<&str> = catalogue.frameworks().iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["soc2", "pci-dss-4.0.1", "hipaa", "gdpr", "house"]);
}

/// A framework with one control `X` on line 11, a group `G` of it and a proposed `P`; `more` begins on line 25.
fn small(id: &str, more: &str) -> String {
    format!(
        "[framework]\nid = \"{id}\"\nname = \"n {id}\"\nversion = \"1\"\nrevision = 1\nas_of = 2026-01-01\nsource = \"s\"\nlicence = \"l\"\nnot_covered = [\"Much.\"]\n\
         [[control]]\nid = \"X\"\ntitle = \"t\"\ndescription = \"d\"\n\
         [[control]]\nid = \"G\"\ntitle = \"t\"\ndescription = \"d\"\nmembers = [\"X\"]\n\
         [[control]]\nid = \"P\"\ntitle = \"t\"\ndescription = \"d\"\nproposed = 2026-01-01\n\n{more}"
    )
}

fn refused(text: String) -> CatalogueError {
    Catalogue::load(&BTreeMap::from([("x.toml".to_owned(), text)]), CHECKS).unwrap_err()
}

#[test]
fn what_is_not_certain_is_refused_with_its_line() {
    let map = |entry: &str| format!("[mapping.COG-MFA-001]\n{entry}\n");
    for (defect, more, line, says) in [
        ("unknown check", "[mapping.COG-MFA-999]\nX = { strength = \"direct\", why = \"w\" }\n".to_owned(), 25, "no check COG-MFA-999"),
        ("unknown control", map("Y = { strength = \"direct\", why = \"w\" }"), 26, "no control Y"),
        (
            "duplicate mapping",
            map("X = { strength = \"direct\", why = \"w\" }\nX = { strength = \"context\", why = \"w\" }"),
            27,
            "duplicate key",
        ),
        ("check mapped in two tables", format!("{0}{0}", map("X = { strength = \"direct\", why = \"w\" }")), 27, "duplicate key"),
        ("empty reason", map("X = { strength = \"direct\", why = \" \" }"), 26, "why"),
        ("no reason", map("X = { strength = \"direct\" }"), 26, "missing field `why`"),
        ("unknown strength", map("X = { strength = \"strong\", why = \"w\" }"), 26, "expected one of `direct`, `supporting`, `context`"),
        ("unknown key", map("X = { strength = \"direct\", why = \"w\", weight = 3 }"), 26, "unknown field `weight`"),
        ("mapping onto a group", map("G = { strength = \"direct\", why = \"w\" }"), 26, "G is a group"),
        ("a proposed rule scored", map("P = { strength = \"direct\", why = \"w\" }"), 26, "only proposed"),
        ("control listed twice", "[[control]]\nid = \"X\"\ntitle = \"t\"\ndescription = \"d\"\n".to_owned(), 26, "listed twice"),
        (
            "member unknown",
            "[[control]]\nid = \"H\"\ntitle = \"t\"\ndescription = \"d\"\nmembers = [\"Z\"]\n".to_owned(),
            29,
            "no control Z",
        ),
        (
            "group of groups",
            "[[control]]\nid = \"H\"\ntitle = \"t\"\ndescription = \"d\"\nmembers = [\"G\"]\n".to_owned(),
            29,
            "group itself",
        ),
        ("unknown table", "[extra]\n".to_owned(), 25, "unknown field `extra`"),
        ("not TOML", "[mapping\n".to_owned(), 25, ""),
    ] {
        let error = refused(small("x", &more));
        assert_eq!((error.file.as_str(), error.line), ("x.toml", line), "{defect}: {error}");
        assert!(error.what.contains(says), "{defect}: {error}");
    }
    let error = refused(small("x", "").replace("as_of = 2026-01-01", "as_of = 10:00:00"));
    assert_eq!(error.line, 6, "{error}");
    let error = refused(small("x", "").replace("[\"Much.\"]", "[]"));
    assert_eq!(error.line, 9, "{error}");
    let error = refused(small("a:b", ""));
    assert_eq!(error.line, 2, "{error}");
}

#[test]
fn two_files_with_one_framework_and_odd_file_names_are_refused() {
    let two = BTreeMap::from([("a.toml".to_owned(), small("x", "")), ("b.toml".to_owned(), small("x", ""))]);
    assert!(Catalogue::load(&two, CHECKS).unwrap_err().to_string().contains("another file"));
    for name in ["../x.toml", "x\ny.toml", "x.txt", "X.toml", "-c.toml", ".toml"] {
        assert!(Catalogue::load(&BTreeMap::from([(name.to_owned(), small("x", ""))]), CHECKS).is_err(), "{name:?}");
    }
}

#[test]
fn a_policy_name_for_an_unknown_control_is_refused() {
    let mut files = release_files();
    let text = "[[named]]\nname = \"n\"\ntruth = \"t\"\ncontrols = [\"soc2:CC99\"]\n";
    files.insert(NAMED_BY_POLICY.to_owned(), text.to_owned());
    let error = Catalogue::load(&files, CHECKS).unwrap_err();
    assert_eq!((error.file.as_str(), error.line), (NAMED_BY_POLICY, 4), "{error}");
}
