//! What this release ships with every bundle, byte for byte: report templates, texts of the checks, descriptions of formats.
//! Sealing takes it from here and verifying holds a bundle against it, so the two cannot disagree.
//!
//! It must not fill a template or judge a difference.

use std::collections::BTreeMap;

use super::{population_csv, schema};
use crate::checks::FAMILIES;
use crate::digest::Sha256;
use crate::model::scope::Format;

/// The release's report templates, by file name.
pub const TEMPLATES: [(&str, &str); 3] = [
    ("report.md", include_str!("../../report-templates/report.md")),
    ("summary.md", include_str!("../../report-templates/summary.md")),
    ("theme.toml", include_str!("../../report-templates/theme.toml")),
];

/// SHA-256 over templates, sorted by name: name, a zero byte, length in eight bytes (big-endian), content.
pub fn digest_of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let sorted: BTreeMap<&str, &[u8]> = files.into_iter().collect();
    let mut sha = Sha256::default();
    for (name, bytes) in sorted {
        sha.update(name.as_bytes());
        sha.update(&[0]);
        sha.update(&(bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    }
    sha.finish_hex()
}

/// The digest of the release's own templates: what the statement carries unless the owner changed them.
pub fn template_digest() -> String {
    digest_of(TEMPLATES.map(|(name, text)| (name, text.as_bytes())))
}

/// The texts of the checks, by file name (`mfa.toml`), as they lie in a bundle below `data/catalog/checks/`.
pub fn check_texts() -> BTreeMap<String, &'static str> {
    FAMILIES.iter().map(|family| (format!("{}.toml", family_name(family.file)), family.texts)).collect()
}

/// The descriptions of formats, by file name, as they lie in a bundle below `data/formats/`.
pub fn descriptions() -> BTreeMap<&'static str, String> {
    BTreeMap::from([(schema::FILE, schema::EVIDENCE_1.to_owned()), (population_csv::DESCRIBED, population_csv::described())])
}

/// How to check a bundle with other people's tools: a file of every bundle. It is the same text in each, so that an auditor
/// can compare it; its blocks of commands are run, as they stand, by `tests/peers`.
pub const VERIFY: &str = include_str!("VERIFY.md");

/// Where a format lies below `data/`.
pub const fn path_of(format: Format) -> &'static str {
    match format {
        Format::Json => "evidence.json",
        Format::Pdf => "report.pdf",
        Format::Html => "report.html",
        Format::Csv => "population.csv",
        Format::Markdown => "formats/summary.md",
        Format::Junit => "formats/junit.xml",
    }
}

/// `checks/mfa/*.toml` and `checks/password.toml` are the texts of the families `mfa` and `password`.
fn family_name(file: &str) -> &str {
    let stem = file.trim_end_matches("/*.toml").trim_end_matches(".toml");
    stem.rsplit('/').next().unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_has_a_file_of_its_own() {
        assert_eq!(check_texts().len(), FAMILIES.len());
        assert!(check_texts().contains_key("mfa.toml") && check_texts().contains_key("password.toml"));
    }
}
