//! Sealing: what is written, byte for byte, and what other tools say of it.

use crate::sealing::{identity, plain_input, seal};
use poolproof::bundle::Bag;
use poolproof::bundle::write::{self, Content, SealError};
use poolproof::sign::LocalKey;
use std::path::Path;
use std::process::Command;

/// Whether a program is there; the tests that need one say so and pass without it.
fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--help").output().is_ok();
    if !there {
        eprintln!("{program} is not installed: not tried");
    }
    there
}

fn succeeds(program: &str, arguments: &[&str], folder: &Path) {
    let done = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(
        done.status.success(),
        "{program} {arguments:?}: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn what_is_sealed_reads_back_as_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let sealed = seal(dir.path(), &plain_input(), &LocalKey::throw_away().unwrap()).unwrap();
    assert_eq!(sealed.path.file_name().unwrap(), "example-ltd-2026-q3-abcdefgh.zip");
    let bag = Bag::open(&sealed.path).unwrap();
    assert_eq!((bag.note(), bag.top(), bag.files()), (None, Some("example-ltd-2026-q3-abcdefgh"), &sealed.files));
    assert_eq!(bag.read_text("data/formats/x.md", 100).unwrap(), "# x\n");
    assert!(bag.read("data/formats/x.md", 3).is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn a_sealed_bundle_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let key = LocalKey::throw_away().unwrap();
    let first = seal(dir.path(), &plain_input(), &key).unwrap();
    assert!(matches!(seal(dir.path(), &plain_input(), &key), Err(SealError::Exists(_))));
    assert_eq!(Bag::open(&first.path).unwrap().files(), &first.files);
}

#[test]
fn the_same_in_gives_the_same_files_but_for_the_signature() {
    let key = LocalKey::throw_away().unwrap();
    let identity = identity(&key);
    let [one, two] = [(); 2].map(|()| {
        let dir = tempfile::tempdir().unwrap();
        write::seal(dir.path(), &plain_input(), &identity).unwrap().files
    });
    let differing: Vec<&str> = one.iter().filter(|(path, s)| two[*path].sha256 != s.sha256).map(|(p, _)| p.as_str()).collect();
    assert_eq!(
        differing,
        [
            "signature/manifest-sha256.txt.p7s",
            "signature/statement.dsse.json",
            "signature/statement.sig",
            "signature/statement.sigstore.json",
            "tagmanifest-sha256.txt"
        ]
    );
}

#[test]
fn what_cannot_be_sealed_is_refused_and_leaves_nothing() {
    let key = LocalKey::throw_away().unwrap();
    let bytes = || Content::Bytes(b"x".to_vec());
    for (name, add, remove) in [
        ("no evidence", None, Some("data/evidence.json")),
        ("no report", None, Some("data/report.pdf")),
        ("outside data/", Some("notes.txt"), None),
        ("escapes", Some("data/../../x"), None),
        ("collides", Some("data/Evidence.json"), None),
        ("name of another system", Some("data/a b"), None),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut input = plain_input();
        input.payload.extend(add.map(|path| (path.to_owned(), bytes())));
        remove.map(|path| input.payload.remove(path));
        assert!(matches!(seal(dir.path(), &input, &key), Err(SealError::Payload(_))), "{name}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "{name}");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut input = plain_input();
    input.payload.insert("data/zeroes".to_owned(), Content::Bytes(vec![0; 4 << 20]));
    assert!(seal(dir.path(), &input, &key).unwrap_err().to_string().contains("500 times"), "the verifier would refuse it");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_large_file_is_streamed_from_disk_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut input = plain_input();
    let big: Vec<u8> = (0..5_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(9_000_001).collect();
    std::fs::write(dir.path().join("big"), &big).unwrap();
    input.payload.insert("data/big".to_owned(), Content::File(dir.path().join("big")));
    let sealed = seal(dir.path(), &input, &LocalKey::throw_away().unwrap()).unwrap();
    assert!(Bag::open(&sealed.path).unwrap().read("data/big", 10_000_000).unwrap() == big);
    let zip = sealed.path.display().to_string();
    if has("unzip") {
        succeeds("unzip", &["-tq", &zip], dir.path());
    }
}

#[cfg(unix)]
#[test]
fn tools_that_nobody_here_wrote_agree() {
    let dir = tempfile::tempdir().unwrap();
    let key = LocalKey::throw_away().unwrap();
    let sealed = seal(dir.path(), &plain_input(), &key).unwrap();
    if !has("unzip") {
        return;
    }
    succeeds("unzip", &["-q", &sealed.path.display().to_string()], dir.path());
    let bag = dir.path().join("example-ltd-2026-q3-abcdefgh");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(bag.join("bagit.txt")).unwrap().permissions().mode() & 0o777, 0o644);
    if has("sha256sum") {
        succeeds("sha256sum", &["--strict", "--quiet", "-c", "manifest-sha256.txt"], &bag);
        succeeds("sha256sum", &["--strict", "--quiet", "-c", "tagmanifest-sha256.txt"], &bag);
    }
    if has("openssl") {
        let verify = ["dgst", "-sha256", "-verify", "signer.pub.pem", "-signature", "statement.sig", "statement.pae"];
        succeeds("openssl", &verify, &bag.join("signature"));
        let over = ["cms", "-verify", "-binary", "-cades", "-purpose", "any", "-inform", "DER", "-in", "manifest-sha256.txt.p7s"];
        let trusting = ["-content", "../manifest-sha256.txt", "-CAfile", "signer-chain.pem", "-attime", "1795521600", "-out", "/dev/null"];
        succeeds("openssl", &[&over[..], &trusting[..]].concat(), &bag.join("signature"));
    }
    // Unpacked, and packed again by another tool: the same files, with a note.
    let folder = Bag::open(&bag).unwrap();
    assert_eq!((folder.files(), folder.note().is_some()), (&sealed.files, true));
    if has("zip") {
        succeeds("zip", &["-qr", "again.zip", "example-ltd-2026-q3-abcdefgh"], dir.path());
        let again = Bag::open(&dir.path().join("again.zip")).unwrap();
        assert_eq!((again.files(), again.note().is_some()), (&sealed.files, true));
    }
}
