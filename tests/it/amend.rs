//! Later seals are added without touching what is there: `bundle::amend`.

use crate::sealing::{Files, HONEST, packed};
use poolproof::bundle::Bag;
use poolproof::bundle::amend::{AmendError, Amending};
use poolproof::bundle::write::Content;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const STAMP: &str = "signature/statement.sig.tsr";

fn added(path: &str) -> BTreeMap<String, Content> {
    BTreeMap::from([(path.to_owned(), Content::Bytes(b"stamp".to_vec()))])
}

fn files_of(path: &Path) -> Files {
    let bag = Bag::open(path).unwrap();
    bag.files().keys().map(|p| (p.clone(), bag.read(p, u64::MAX - 1).unwrap())).collect()
}

fn zip_in(dir: &Path) -> PathBuf {
    let path = dir.join("bundle.zip");
    std::fs::write(&path, packed(&HONEST).bytes()).unwrap();
    path
}

fn folder_in(dir: &Path) -> PathBuf {
    let root = dir.join("bundle");
    for (path, bytes) in HONEST.iter() {
        let to = root.join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, bytes).unwrap();
    }
    root
}

#[test]
fn only_the_tag_manifest_changes_in_a_zip_and_in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    for path in [zip_in(dir.path()), folder_in(dir.path())] {
        Amending::open(&path).unwrap().finish(&added(STAMP)).unwrap();
        let mut wanted = HONEST.clone();
        wanted.insert(STAMP.to_owned(), b"stamp".to_vec());
        assert_eq!(files_of(&path), crate::sealing::refixed_tags(wanted), "{}", path.display());
        assert_eq!(Bag::open(&path).unwrap().note().is_some(), path.is_dir(), "a ZIP is then as this program seals");
        assert!(matches!(Amending::open(&path).unwrap().finish(&added(STAMP)), Err(AmendError::NotLater(..))), "never twice");
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left aside: {left:?}");
}

#[test]
fn what_was_signed_cannot_be_added_to_or_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = zip_in(dir.path());
    let before = std::fs::read(&path).unwrap();
    for file in ["data/more.txt", "signature/statement.dsse.json", "bagit.txt", "notes.txt", "signature/../data/x.tsr", "attestations/1/"] {
        assert!(Amending::open(&path).unwrap().finish(&added(file)).is_err(), "{file}");
    }
    let missing = BTreeMap::from([(STAMP.to_owned(), Content::File(dir.path().join("nowhere")))]);
    assert!(Amending::open(&path).unwrap().finish(&missing).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn two_at_once_do_not_lose_a_seal() {
    let dir = tempfile::tempdir().unwrap();
    for path in [zip_in(dir.path()), folder_in(dir.path())] {
        let first = Amending::open(&path).unwrap();
        assert!(matches!(Amending::open(&path), Err(AmendError::Busy(_))));
        first.finish(&added(STAMP)).unwrap();
        Amending::open(&path).unwrap().finish(&added("signature/second.tsr")).unwrap();
        assert!(files_of(&path).contains_key(STAMP));
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_finished_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = folder_in(dir.path());
    let two = BTreeMap::from([
        ("attestations/1/review.json".to_owned(), Content::Bytes(b"{}".to_vec())),
        // A folder stands where the file should go.
        (STAMP.to_owned(), Content::Bytes(b"x".to_vec())),
    ]);
    let amending = Amending::open(&path).unwrap();
    std::fs::create_dir_all(path.join(STAMP).join("x")).unwrap();
    assert!(amending.finish(&two).is_err());
    assert!(!path.join("attestations").exists());
    std::fs::remove_dir_all(path.join(STAMP)).unwrap();
    assert_eq!(files_of(&path), *HONEST);
}
