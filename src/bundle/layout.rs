//! Where things are in a bundle of format 1, which names may occur, and how large it may be.
//!
//! Sealing and verifying share every limit, so nothing is sealed that its own verifier refuses.

use std::collections::BTreeMap;

/// Version of this layout.
pub const FORMAT: u64 = 1;

/// The bag declaration's file.
pub const BAGIT: &str = "bagit.txt";
/// The bag's metadata.
pub const BAG_INFO: &str = "bag-info.txt";
/// Digests of everything below `data/`.
pub const MANIFEST: &str = "manifest-sha256.txt";
/// Digests of everything else; written last and unsigned: fixity only.
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// The payload's folder.
pub const DATA: &str = "data/";
/// The findings.
pub const EVIDENCE: &str = "data/evidence.json";
/// The report.
pub const REPORT_PDF: &str = "data/report.pdf";
/// The declared scope, as it was used.
pub const SCOPE: &str = "data/inputs/scope.json";
/// The summary of the bundle before this one, where one was given.
pub const PREVIOUS: &str = "data/inputs/previous.json";
/// The roster by keyed digests, where one was supplied.
pub const ROSTER: &str = "data/inputs/roster.json";
/// The access reviews, where one was supplied.
pub const REVIEWS: &str = "data/inputs/reviews.json";
/// The time stamp from before the collection, where one was taken: an RFC 3161 answer.
pub const BEGUN: &str = "data/inputs/begun.tsr";
/// The journal of changes, where one is kept.
pub const CHANGES: &str = "data/inputs/changes.jsonl";
/// The recording's folder.
pub const RECORDING: &str = "data/recording/";
/// The catalogue's folder.
pub const CATALOGUE: &str = "data/catalog/";
/// Folder of the checks' texts as used, one file a family.
pub const CHECK_TEXTS: &str = "data/catalog/checks/";
/// Folder of the other formats, and of what describes them.
pub const FORMATS: &str = "data/formats/";
/// The users, one row each.
pub const POPULATION: &str = "data/population.csv";
/// How to check the bundle with other people's tools.
pub const VERIFY: &str = "data/VERIFY.md";
/// The DSSE envelope.
pub const STATEMENT: &str = "signature/statement.dsse.json";
/// The envelope as a Sigstore bundle.
pub const SIGSTORE: &str = "signature/statement.sigstore.json";
/// What is signed, for plain openssl.
pub const PAE: &str = "signature/statement.pae";
/// The signature alone, DER.
pub const SIG: &str = "signature/statement.sig";
/// The signer's public key, PEM: a convenience, never a source of trust.
pub const SIGNER: &str = "signature/signer.pub.pem";

/// The first time stamp over the signature: an RFC 3161 answer, as openssl ts reads it.
pub const TIMESTAMP: &str = "signature/statement.sig.tsr";

/// Whether this is the name of a time stamp: all of them are over the signature in [`SIG`].
pub fn is_timestamp(path: &str) -> bool {
    path.strip_prefix("signature/").is_some_and(|name| !name.contains('/') && name.ends_with(".tsr"))
}

/// Where the n-th time stamp stands, from 1.
pub fn timestamp(n: usize) -> String {
    if n < 2 { TIMESTAMP.to_owned() } else { format!("{SIG}.{n}.tsr") }
}

/// The folder of key rotations.
pub const ROTATIONS: &str = "signature/rotation/";

/// The folder of reviewers' attestations.
pub const ATTESTATIONS: &str = "attestations/";

/// Where the files of an attestation are, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attestation(pub u32);

impl Attestation {
    /// Its DSSE envelope.
    pub fn envelope(self) -> String {
        format!("{ATTESTATIONS}{}/attestation.dsse.json", self.0)
    }
    /// The review, which the envelope's statement names.
    pub fn review(self) -> String {
        format!("{ATTESTATIONS}{}/review.json", self.0)
    }
    /// The reviewer's public key, PEM: a convenience, never a source of trust.
    pub fn signer(self) -> String {
        format!("{ATTESTATIONS}{}/signer.pub.pem", self.0)
    }
    /// A file that the reviewer attached.
    pub fn attachment(self, name: &str) -> String {
        format!("{ATTESTATIONS}{}/files/{name}", self.0)
    }
    /// Whether it is one of the attached files.
    pub fn is_attachment(self, path: &str) -> bool {
        path.strip_prefix(&self.attachment("")).is_some_and(|name| !name.is_empty() && !name.contains('/'))
    }
    /// The number of the attestation to which a path belongs: 1 to 999,999, written in one way.
    pub fn number_of(path: &str) -> Option<u32> {
        let (digits, _) = path.strip_prefix(ATTESTATIONS)?.split_once('/')?;
        let plain = (1..=6).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| plain)?;
        let its = Self(number);
        let fixed = [its.envelope(), its.review(), its.signer()];
        (fixed.iter().any(|f| f == path) || its.is_attachment(path)).then_some(number)
    }
}

/// The detached CAdES signature over the manifest.
pub const MANIFEST_P7S: &str = "signature/manifest-sha256.txt.p7s";
/// The signer's certificate and its issuers, PEM: a convenience, never a source of trust.
pub const CHAIN: &str = "signature/signer-chain.pem";

/// Tag files that every bundle has (the tag manifest lists all of these but itself).
pub const REQUIRED: [&str; 11] = [BAGIT, BAG_INFO, MANIFEST, TAG_MANIFEST, STATEMENT, SIGSTORE, PAE, SIG, SIGNER, MANIFEST_P7S, CHAIN];

/// Where the n-th revocation list stands, from 1: a candidate that its authority has signed itself, never a source of trust.
pub fn crl(n: usize) -> String {
    format!("signature/{n}.crl")
}

/// Whether this is the name of a revocation list.
pub fn is_crl(path: &str) -> bool {
    path.strip_prefix("signature/").is_some_and(|name| !name.contains('/') && name.ends_with(".crl"))
}

/// Most files in a bundle: what a ZIP without its 64-bit extension can count.
pub const MOST_ENTRIES: usize = 65_534;
/// Largest file, bytes (ZIP without its 64-bit extension).
pub const LARGEST_FILE: u64 = u32::MAX as u64 - 1;
/// Most bytes over all files, unpacked.
pub const LARGEST_TOTAL: u64 = 8 << 30;
/// Largest list of files: the manifests and the ZIP's directory, bytes each.
pub const LARGEST_LIST: u64 = 32 << 20;
/// Largest file that is read whole: `evidence.json` and the scope, bytes.
pub const LARGEST_DOCUMENT: u64 = 64 << 20;
/// Largest file below `signature/`, and tag file other than the manifests, bytes.
pub const LARGEST_TAG: u64 = 1 << 20;
/// How many times larger than packed a file may be, beyond the first MiB. DEFLATE cannot exceed 1,032.
pub const HIGHEST_RATIO: u64 = 500;
/// Longest path, bytes.
pub const LONGEST_PATH: usize = 240;

/// Whether a later seal may have added this tag file: time stamps, rotations, attestations (rulings 21).
/// This version checks only that the tag manifest lists it.
pub fn is_later_seal(path: &str) -> bool {
    let signature = path.strip_prefix("signature/").is_some_and(|name| {
        let plain = !name.contains('/');
        let rotation = name.strip_prefix("rotation/").is_some_and(|n| !n.contains('/') && n.ends_with(".dsse.json"));
        rotation || (plain && name.ends_with(".tsr"))
    });
    signature || Attestation::number_of(path).is_some()
}

/// Checks one relative path. Only letters, digits, `.`, `_` and `-` are taken, so that a name is the same on every
/// system and in every normal form, needs no escape in a manifest (RFC 8493, 2.1.3 escapes CR, LF and `%`), and cannot
/// leave its folder.
///
/// # Errors
/// What is wrong with it.
pub fn check_path(path: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("the name {:?} {why}", shown(path)));
    if path.is_empty() || path.len() > LONGEST_PATH {
        return wrong("is empty or longer than 240 bytes");
    }
    if path.starts_with('/') {
        return wrong("is absolute");
    }
    if path.contains('\\') {
        return wrong("holds a backslash");
    }
    for part in path.split('/') {
        if part == ".." || part == "." {
            return wrong("leaves its folder");
        }
        if part.is_empty() {
            return wrong("has an empty part");
        }
        if !part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
            return wrong("holds a character that no name here has (letters, digits, . _ - only)");
        }
        if part.ends_with('.') || is_device(part) {
            return wrong("means something else on Windows");
        }
    }
    Ok(())
}

/// Names that Windows takes for devices, whatever their extension.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |prefix: &str| stem.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// A foreign text cut to what a message can bear.
pub fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The paths of one container, held against each other: none may equal another but for case (some systems ignore it),
/// and none may be another's folder. Folders count too: `Data/x` beside `data/y` would merge.
#[derive(Default)]
pub struct Names {
    /// Lower-case path to (path, whether it is a file).
    seen: BTreeMap<String, (String, bool)>,
}

impl Names {
    /// Adds a file's path.
    ///
    /// # Errors
    /// It collides with one that was added before; the message names both.
    pub fn add(&mut self, path: &str) -> Result<(), String> {
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..end).unwrap_or_default();
            let seen = self.seen.entry(folder.to_ascii_lowercase()).or_insert_with(|| (folder.to_owned(), false));
            if seen.1 || seen.0 != folder {
                return Err(format!("the folder of {path:?} collides with {:?}", seen.0));
            }
        }
        match self.seen.insert(path.to_ascii_lowercase(), (path.to_owned(), true)) {
            None => Ok(()),
            Some((other, true)) if other == path => Err(format!("{path:?} occurs twice")),
            Some((other, _)) => Err(format!("{path:?} collides with {other:?}")),
        }
    }

    /// Whether a folder of this path holds one of the files added.
    pub fn has_folder(&self, path: &str) -> bool {
        self.seen.get(&path.to_ascii_lowercase()).is_some_and(|(seen, file)| !file && seen == path)
    }
}

/// The top folder's name, and without `.zip` the bundle's: `<organisation>-<period>-<first 8 of the bundle id>`.
pub fn top_folder(organization: &str, period: &str, bundle_id: &str) -> String {
    let parts = [slug(organization, 40), slug(period, 40), bundle_id.chars().take(8).collect()];
    parts.into_iter().filter(|p: &String| !p.is_empty()).collect::<Vec<_>>().join("-")
}

/// Letters, digits and single dashes; at most `most` of them. Other letters are left out, not guessed.
fn slug(text: &str, most: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(most);
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_folder_or_differ_between_systems_are_refused() {
        for good in ["bagit.txt", "data/recording/123456789012.eu-west-1_AbC.0.jsonl", "data/formats/_x-1.json"] {
            assert_eq!(check_path(good), Ok(()));
        }
        let long = "x".repeat(241);
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a\\b",
            "C:x",
            "a b",
            "a\0b",
            "a\nb",
            "e\u{301}",
            "%2e",
            "con",
            "data/NUL.txt",
            "x.",
            long.as_str(),
        ] {
            assert!(check_path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_that_collide_are_refused() {
        let add = |names: &[&str]| {
            let mut all = Names::default();
            names.iter().try_for_each(|n| all.add(n))
        };
        assert!(add(&["data/a", "data/b", "data/c/d", "data/c/e", "x"]).is_ok());
        for bad in [["a", "a"], ["a", "A"], ["data/x", "Data/y"], ["a", "a/b"], ["a/b", "a"], ["a/b", "A"]] {
            assert!(add(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_top_folder_is_plain() {
        assert_eq!(top_folder("Example Ltd.", "2026-Q3", "abcdefghijklmnop"), "example-ltd-2026-q3-abcdefgh");
        assert_eq!(top_folder("ÄÖ", "", "abcdefghijklmnop"), "abcdefgh");
        assert_eq!(check_path(&top_folder("../../etc", "con", "abcdefghijklmnop")), Ok(()));
    }

    #[test]
    fn only_files_that_later_seals_add() {
        for good in [
            "signature/statement.sig.tsr",
            "signature/rotation/1.dsse.json",
            "attestations/1/files/review.pdf",
            "attestations/20/review.json",
        ] {
            assert!(is_later_seal(good), "{good}");
        }
        for bad in [
            "signature/x.txt",
            "signature/rotation/a/b.dsse.json",
            "attestations/x/review.json",
            "attestations/1/",
            "attestations/01/review.json",
            "attestations/1/notes.txt",
            "attestations/1/files/a/b",
            "notes.txt",
            "data/x.tsr",
            "signature/other.p7s",
            "signature/1.crl",
            "signature/signer-chain.pem",
        ] {
            assert!(!is_later_seal(bad), "{bad}");
        }
    }
}
