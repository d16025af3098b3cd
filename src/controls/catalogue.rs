//! The catalogue: frameworks, their controls, and which check bears on which control, how strongly and why.
//!
//! The release's files are built in. A bundle carries them as they were used ([`Catalogue::files`]), and
//! [`Catalogue::load`] takes them back; files of a user's own framework may stand among them (see `own`).

use super::load;
use crate::digest::sha256_hex;
use crate::model::id::{CheckId, ControlId};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Adding a framework: one file, and one line here.
const RELEASE: &[(&str, &str)] = &[
    ("soc2-2017.toml", include_str!("catalogue/soc2-2017.toml")),
    ("pci-dss-4.0.1.toml", include_str!("catalogue/pci-dss-4.0.1.toml")),
    ("hipaa-security-rule.toml", include_str!("catalogue/hipaa-security-rule.toml")),
    ("gdpr.toml", include_str!("catalogue/gdpr.toml")),
    (NAMED_BY_POLICY, include_str!("catalogue/named-by-policy.toml")),
];

/// The file of the controls that the organisation's policy names; every other file is a framework.
pub const NAMED_BY_POLICY: &str = "named-by-policy.toml";

/// Every check that a mapping may name: the specification's 39 and the 4 self-checks of a bundle. A check of this
/// list that a run did not evaluate is shown as not evaluated, and its controls are never better than INCOMPLETE.
pub const CHECKS: &[&str] = &[
    "COG-ACC-001",
    "COG-ACC-002",
    "COG-ACC-003",
    "COG-ACC-004",
    "COG-ACC-005",
    "COG-ACC-006",
    "COG-EVD-001",
    "COG-EVD-002",
    "COG-EVD-003",
    "COG-EVD-004",
    "COG-LOG-001",
    "COG-LOG-002",
    "COG-LOG-003",
    "COG-LOG-004",
    "COG-LOG-005",
    "COG-MFA-001",
    "COG-MFA-002",
    "COG-MFA-003",
    "COG-MFA-004",
    "COG-MFA-005",
    "COG-MFA-006",
    "COG-MFA-007",
    "COG-MFA-008",
    "COG-MFA-009",
    "COG-MFA-010",
    "COG-MFA-011",
    "COG-MFA-012",
    "COG-MFA-013",
    "COG-MFA-014",
    "COG-MFA-015",
    "COG-MFA-016",
    "COG-MFA-017",
    "COG-PWD-001",
    "COG-PWD-002",
    "COG-PWD-003",
    "COG-PWD-004",
    "COG-PWD-005",
    "COG-PWD-006",
    "COG-RES-001",
    "COG-RES-002",
    "COG-SES-001",
    "COG-SES-002",
    "COG-SES-003",
];

/// Why a catalogue was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("catalogue file {file}, line {line}: {what}")]
pub struct CatalogueError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// How much a check says of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Tests the control itself: its verdict counts.
    Direct,
    /// Bears on the control without testing it: counts only where nothing direct is mapped, and never as met.
    Supporting,
    /// Worth knowing beside the control: never counts.
    Context,
}

impl Strength {
    /// The word of the files and the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Supporting => "supporting",
            Self::Context => "context",
        }
    }
}

/// Whether a HIPAA specification may be answered by a documented alternative (45 CFR 164.306(d)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Specification {
    /// To be implemented.
    Required,
    /// To be assessed, and implemented or answered by an alternative.
    Addressable,
}

impl Specification {
    /// The regulation's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Addressable => "addressable",
        }
    }
}

/// A framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// Its id, such as `soc2`.
    pub id: String,
    /// Whether it is a user's own: its file has none of the release's names.
    pub own: bool,
    /// Its name.
    pub name: String,
    /// Which edition of its text.
    pub version: String,
    /// The revision of our mapping: raised whenever its file changes.
    pub revision: u32,
    /// The state of the framework's text that the file was written against.
    pub as_of: NaiveDate,
    /// Where that text stands.
    pub source: String,
    /// Whose that text is, and what of it is used.
    pub licence: String,
    /// What this evidence does not cover of it, in plain sentences.
    pub not_covered: Vec<String>,
    /// Nothing of it is more than MANUAL unless a pool's audience and `pci_scope` are declared and within it.
    pub needs_pci_scope: bool,
    /// Controls that are MANUAL for a pool that is only connected to the cardholder data environment (ruling 50).
    pub manual_when_connected: Vec<String>,
    /// Its controls, in the order of the file.
    pub controls: Vec<Control>,
    /// Its mappings, by check and control.
    pub mappings: Vec<Mapping>,
}

/// A control: our own short words beside the framework's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Its id within the framework, such as `CC6.6`.
    pub id: String,
    /// Our title.
    pub title: String,
    /// Our one sentence.
    pub description: String,
    /// Required or addressable, where the framework says so.
    pub specification: Option<Specification>,
    /// Proposed and not in force, as of this day: shown, never scored.
    pub proposed: Option<NaiveDate>,
    /// The controls it groups. A group has no mapping of its own.
    pub members: Vec<String>,
}

/// What a check says of a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The check.
    pub check: CheckId,
    /// The control's id within its framework.
    pub control: String,
    /// How strongly.
    pub strength: Strength,
    /// Which part of the control, in short (a point of focus, a clause); may be empty.
    pub note: String,
    /// Why, in one sentence.
    pub why: String,
}

/// A control as the organisation's policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As the policy names it.
    pub name: String,
    /// What it really asks for, and where MFA is.
    pub truth: String,
    /// The control named, then those where the matter really is.
    pub controls: Vec<ControlId>,
}

/// A loaded and validated catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    pub(super) frameworks: Vec<Framework>,
    pub(super) named: Vec<Named>,
    pub(super) files: BTreeMap<String, String>,
}

impl Framework {
    /// A control with its framework, as it is written everywhere: `soc2:CC6.6`.
    pub fn control_id(&self, control: &str) -> ControlId {
        ControlId::new(format!("{}:{control}", self.id))
    }
    /// The mappings of one control.
    pub fn mappings_of<'a>(&'a self, control: &'a str) -> impl Iterator<Item = &'a Mapping> {
        self.mappings.iter().filter(move |m| m.control == control)
    }
}

impl Catalogue {
    /// The catalogue built into this release.
    ///
    /// # Errors
    /// A built-in file is malformed (a test makes sure that none is).
    pub fn release() -> Result<&'static Self, &'static CatalogueError> {
        static LOADED: LazyLock<Result<Catalogue, CatalogueError>> = LazyLock::new(|| Catalogue::load(&release_files(), CHECKS));
        LOADED.as_ref()
    }

    /// Loads a catalogue from its files (name, text): the copy in a bundle, or the release's with more frameworks.
    /// Frameworks come in the release's order, others after them by file name. `checks` are the ids that may be mapped.
    ///
    /// # Errors
    /// The first thing that is not certain, with file and line.
    pub fn load(files: &BTreeMap<String, String>, checks: &[&str]) -> Result<Self, CatalogueError> {
        load::catalogue(files, checks)
    }

    /// The frameworks.
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }
    /// The controls that the organisation's policy names.
    pub fn named_by_policy(&self) -> &[Named] {
        &self.named
    }
    /// The files exactly as loaded, by name: what a bundle carries.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }
    /// The files that the release has none of the name of: a user's own frameworks.
    pub fn own_files(&self) -> impl Iterator<Item = (&String, &String)> {
        self.files.iter().filter(|(name, _)| !is_release_file(name))
    }
    /// The version: each framework with its mapping's revision, such as `soc2/1 pci-dss-4.0.1/1`.
    pub fn version(&self) -> String {
        self.frameworks.iter().map(|f| format!("{}/{}", f.id, f.revision)).collect::<Vec<_>>().join(" ")
    }
    /// SHA-256, in hex, over one line a file, `<SHA-256 of its bytes in hex><two spaces><name>\n`, sorted by name
    /// (byte order). With the files in a folder of their own: `LC_ALL=C sha256sum *.toml | sha256sum`.
    pub fn digest(&self) -> String {
        digest_of(self.files.iter().map(|(name, text)| (name.as_str(), sha256_hex(text.as_bytes()))))
    }
    /// A control by its full id, with its framework.
    pub fn control(&self, id: &ControlId) -> Option<(&Framework, &Control)> {
        let (framework, control) = id.as_str().split_once(':')?;
        let framework = self.frameworks.iter().find(|f| f.id == framework)?;
        Some((framework, framework.controls.iter().find(|c| c.id == control)?))
    }
    /// The mappings of a check, with their frameworks.
    pub fn mappings_of<'a>(&'a self, check: &'a CheckId) -> impl Iterator<Item = (&'a Framework, &'a Mapping)> {
        self.frameworks.iter().flat_map(|f| f.mappings.iter().map(move |m| (f, m))).filter(move |(_, m)| m.check == *check)
    }
}

/// The release's files, by name: the base to which a user's frameworks may be added.
pub fn release_files() -> BTreeMap<String, String> {
    RELEASE.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Whether the release has a file of this name.
pub fn is_release_file(name: &str) -> bool {
    rank(name) < RELEASE.len()
}

/// SHA-256 in hex of a catalogue's files, given the digest in hex of each by name: see [`Catalogue::digest`].
pub fn digest_of<'a>(files: impl Iterator<Item = (&'a str, String)>) -> String {
    let lines: BTreeMap<&str, String> = files.collect();
    sha256_hex(lines.iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect::<String>().as_bytes())
}

/// Where a file stands in the order of frameworks.
pub(super) fn rank(file: &str) -> usize {
    RELEASE.iter().position(|(name, _)| *name == file).unwrap_or(RELEASE.len())
}
