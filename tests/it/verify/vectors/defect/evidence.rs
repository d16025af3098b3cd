//! Step 10: evidence that does not follow from its recording, sealed by the owner's own key.

use super::{EVIDENCE, SEGMENT, evidence, rechained, sealed};
use crate::sealing::{KEY, edit, packed, resealed};
use poolproof::bundle::layout::CATALOGUE;
use poolproof::controls::catalogue::digest_of;
use poolproof::digest::sha256_hex;
use poolproof::model::verdict::Verdict;

pub fn verdict_flipped_and_sealed() -> Vec<u8> {
    let mut weak = crate::sealing::payload("weak");
    edit(&mut weak, EVIDENCE, "\"verdict\": \"FAIL\"", "\"verdict\": \"PASS\"");
    packed(&resealed(&weak, &KEY)).bytes()
}
/// The program that sealed is not ours, says the forger, so nobody here may call the difference a forgery.
pub fn verdict_flipped_under_another_version_and_sealed() -> Vec<u8> {
    let mut weak = crate::sealing::payload("weak");
    edit(&mut weak, EVIDENCE, "\"verdict\": \"FAIL\"", "\"verdict\": \"PASS\"");
    let (ours, other) = (format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"9.9.9\"");
    edit(&mut weak, "data/recording/header.json", &ours, other);
    let head = rechained(&mut weak, |_, _| ());
    evidence(&mut weak, |e| {
        e.run.tool.version = "9.9.9".to_owned();
        e.run.head_digest = head;
    });
    packed(&resealed(&weak, &KEY)).bytes()
}
pub fn population_row_removed_and_sealed() -> Vec<u8> {
    sealed(|f| {
        let text = String::from_utf8(f["data/population.csv"].clone()).unwrap();
        let last = text.trim_end().rfind('\n').unwrap();
        f.insert("data/population.csv".to_owned(), text.as_bytes()[..=last].to_vec());
    })
}
/// All that names the catalogue follows the edit; what was derived with it does not.
pub fn catalogue_edited_and_named_and_sealed() -> Vec<u8> {
    sealed(|f| {
        f.get_mut("data/catalog/gdpr.toml").unwrap().extend(b"# more\n");
        let files = f.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(CATALOGUE)?, sha256_hex(bytes))));
        let digest = digest_of(files.filter(|(name, _)| !name.contains('/')));
        evidence(f, |e| e.run.catalogue.digest = digest);
    })
}
pub fn bundle_id_invented_and_sealed() -> Vec<u8> {
    sealed(|f| evidence(f, |e| e.bundle_id = "aaaaaaaaaaaaaaaa".to_owned()))
}
pub fn limits_removed_and_sealed() -> Vec<u8> {
    sealed(|f| evidence(f, |e| e.limits.clear()))
}
pub fn finding_removed_and_sealed() -> Vec<u8> {
    let mut weak = crate::sealing::payload("weak");
    evidence(&mut weak, |e| {
        let fail = e.findings.iter().position(|f| f.finding.verdict == Verdict::Fail).unwrap();
        e.findings.remove(fail);
    });
    packed(&resealed(&weak, &KEY)).bytes()
}
pub fn answer_changed_rechained_and_evidence_kept_and_sealed() -> Vec<u8> {
    sealed(|f| {
        let honest = f[SEGMENT].clone();
        let head = rechained(f, |segment, lines| {
            for line in lines.iter_mut().filter(|_| segment == SEGMENT) {
                *line = line.replace("\"MfaConfiguration\":\"ON\"", "\"MfaConfiguration\":\"OFF\"");
            }
        });
        assert_ne!(f[SEGMENT], honest);
        evidence(f, |e| e.run.head_digest = head);
    })
}
