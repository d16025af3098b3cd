//! A user's own frameworks: added to the release's and never in their place; a folder that is not certain is refused.

use poolproof::controls::catalogue::{CHECKS, Catalogue};
use poolproof::controls::own::{self, OwnError};
use std::path::{Path, PathBuf};

/// The sample framework.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/catalogue")
}

const HOUSE: &str = include_str!("../../samples/catalogue/house-rules.toml");

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn refused(files: &[(&str, &[u8])]) -> String {
    own::with(folder(files).path()).unwrap_err().to_string()
}

#[test]
fn the_sample_framework_stands_beside_the_releases_and_changes_nothing_of_them() {
    let (release, with) = (Catalogue::release().unwrap(), own::with(&sample()).unwrap());
    assert_eq!(&with.frameworks()[..release.frameworks().len()], release.frameworks());
    assert_eq!(with.named_by_policy(), release.named_by_policy());
    let own: Vec<_> = with.frameworks().iter().filter(|f| f.own).map(|f| f.id.as_str()).collect();
    assert_eq!(own, ["house"]);
    assert_eq!(with.own_files().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["house-rules.toml"]);
    assert_ne!(with.digest(), release.digest());
    assert_eq!(with.version(), format!("{} house/1", release.version()));
    assert!(release.frameworks().iter().all(|f| !f.own) && release.own_files().next().is_none());
    // What a bundle carries loads as the same again, own words included.
    assert_eq!(Catalogue::load(with.files(), CHECKS).unwrap(), with);
}

#[test]
fn a_framework_of_the_release_is_never_replaced() {
    for (defect, name, text, says) in [
        ("a file of the release's name", "gdpr.toml", HOUSE.to_owned(), "gdpr.toml: the release has a file of this name"),
        ("the policy's names", "named-by-policy.toml", String::new(), "the release has a file of this name"),
        ("an id of the release", "a.toml", HOUSE.replace("\"house\"", "\"soc2\""), "a.toml, line 5: the framework soc2 is in another file"),
        ("its id in capitals", "a.toml", HOUSE.replace("\"house\"", "\"SOC2\""), "a.toml, line 5: a framework's id is a word"),
        (
            "its id with a letter that looks the same",
            "a.toml",
            HOUSE.replace("\"house\"", "\"s\u{43e}c2\""),
            "a.toml, line 5: a framework's id",
        ),
        ("a name of the release", "a.toml", HOUSE.replace("House rules for access", "soc 2"), "a.toml, line 6: a framework of the name"),
        ("a hidden letter in its name", "a.toml", HOUSE.replace("House", "SOC\u{200b}"), "a.toml, line 6: the name holds a character"),
    ] {
        let error = refused(&[(name, text.as_bytes())]);
        assert!(error.contains(says), "{defect}: {error}");
    }
}

#[test]
fn what_is_no_framework_is_refused_and_not_passed_over() {
    let house = HOUSE.as_bytes();
    for (defect, files, says) in [
        ("nothing", vec![], "no framework is in it"),
        ("only a README", vec![("README.md", &b"x"[..]), (".hidden", b"x")], "no framework is in it"),
        ("another ending", vec![("house.TOML", house)], "house.TOML: this is no framework"),
        ("a copy of an editor", vec![("house.toml", house), ("house.toml~", house)], "house.toml~: this is no framework"),
        ("not UTF-8", vec![("house.toml", &b"\xff\xfe"[..])], "cannot read as UTF-8 text"),
        ("a name with a blank", vec![("my house.toml", house)], "my house.toml, line 1: a catalogue file is named"),
        ("empty", vec![("house.toml", b"")], "house.toml, line 1: missing field `framework`"),
        ("not TOML", vec![("house.toml", b"[framework]\nid =\n")], "house.toml, line 2: "),
        ("one framework twice", vec![("a.toml", house), ("b.toml", house)], "b.toml, line 5: the framework house is in another file"),
    ] {
        let error = refused(&files);
        assert!(error.contains(says), "{defect}: {error}");
    }
    let nowhere = own::with(Path::new("/nonexistent/frameworks")).unwrap_err();
    assert!(matches!(nowhere, OwnError::Refused { .. }) && nowhere.to_string().contains("there is no such folder"), "{nowhere}");
}

#[cfg(unix)]
#[test]
fn links_and_folders_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(sample().join("house-rules.toml"), dir.path().join("house.toml")).unwrap();
    assert!(own::with(dir.path()).unwrap_err().to_string().contains("house.toml: a link or a folder"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("more.toml")).unwrap();
    assert!(own::with(dir.path()).unwrap_err().to_string().contains("more.toml: a link or a folder"));
}

#[test]
fn what_is_too_large_too_deep_or_too_many_is_refused() {
    let big = format!("{HOUSE}\n# {}", "x".repeat(1 << 20));
    assert!(refused(&[("house.toml", big.as_bytes())]).contains("larger than the limit"));
    let deep = format!("{HOUSE}\n[more]\nx = {}", "[".repeat(100_000));
    assert!(refused(&[("house.toml", deep.as_bytes())]).contains("house.toml, line "));
    let deep = format!("{HOUSE}\n[{}x]\n", "x.".repeat(100_000));
    assert!(refused(&[("house.toml", deep.as_bytes())]).contains("house.toml, line "));
    let control = |n: usize| format!("[[control]]\nid = \"X{n}\"\ntitle = \"t\"\ndescription = \"d\"\n");
    let many = HOUSE.replacen("[[control]]", &format!("{}[[control]]", (0..1001).map(control).collect::<String>()), 1);
    assert!(refused(&[("house.toml", many.as_bytes())]).contains("more than 1000 controls"));
    let long = HOUSE.replace("Two factors for everybody", &"long ".repeat(500));
    let error = refused(&[("house.toml", long.as_bytes())]);
    assert!(error.contains("house.toml, line 25: the title is longer than 2000 characters"), "{error}");
    let of = |n: usize| HOUSE.replace("\"house\"", &format!("\"house-{n}\"")).replace("House rules", &format!("House {n} rules"));
    let files: Vec<(String, String)> = (0..16).map(|n| (format!("house-{n}.toml"), of(n))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    assert!(refused(&files).contains("more than 15 frameworks"));
    assert_eq!(own::with(folder(&files[..15]).path()).unwrap().frameworks().len(), 19);
}
