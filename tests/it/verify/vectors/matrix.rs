//! What each `defect.toml` says, held against what the verifier does; the table for people; the files for other verifiers.

use super::super::log_files::{listed, with_keys};
use super::super::{Options, options, verified};
use super::ALL;
use super::defect::time::end;
use crate::sealing::tsa::{Tsa, Wrong};
use crate::sealing::{HONEST, KEY, packed};
use chrono::Duration;
use poolproof::clock::{parse_rfc3339, rfc3339};
use poolproof::verify::chain::{Expected, Previous};
use poolproof::verify::outcome::{Outcome, StepName};
use poolproof::verify::trail::Given;
use poolproof::verify::trust::{KeyUse, Trust, TrustedCa, TrustedKey};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A `defect.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defect {
    /// What was done to an honest bundle, in one sentence.
    done: String,
    /// Who can do it: without any key, with another key, or with the signer's own.
    by: String,
    /// The first step that must fail; with exit code 3, the step that must not pass, while none fails.
    step: String,
    /// The exit code: 4, or 3 where what was done is no proof of a change.
    exit: u8,
    /// What that step must say, among other things.
    #[serde(default)]
    says: String,
    /// What the caller expects, where that is needed to find it.
    #[serde(default)]
    expect: Expect,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Whether to follow rotations: asked of a caller with a trust file, where it is there at all.
    allow_rotation: Option<bool>,
    expect_period: Option<String>,
    challenge: Option<String>,
    previous: Option<String>,
    /// Whether the caller gives CloudTrail's public keys.
    #[serde(default)]
    trail_keys: bool,
    /// Whether the caller trusts the matrix's time-stamp authority, and has its current revocation list or none.
    authority: Option<Authority>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Authority {
    Listed,
    Unlisted,
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/bundle")
}

fn read(name: &str) -> Defect {
    let file = home().join(name).join("defect.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

impl Defect {
    fn step(&self) -> StepName {
        let word = |s: &StepName| serde_json::to_value(s).unwrap() == self.step.as_str();
        StepName::ALL.into_iter().find(word).unwrap_or_else(|| panic!("{:?} is no step", self.step))
    }
    fn options(&self) -> Options {
        let previous = self.expect.previous.clone().map(Previous::Digest);
        let expected = Expected { period: self.expect.expect_period.clone(), challenge: self.expect.challenge.clone(), previous };
        // A rotation is followed from a key whose validity the caller knows, so from one of a trust file.
        let trust = if self.expect.allow_rotation.is_some() { Trust::Keys(vec![honest()]) } else { options().trust };
        let trail = if self.expect.trail_keys { with_keys(&listed()) } else { Given::default() };
        let plain = options();
        let authority = |kind| {
            let listed = Tsa::house(end(), Wrong::Nothing).trusted();
            if kind == Authority::Listed { listed } else { TrustedCa { crls: Vec::new(), ..listed } }
        };
        let now = if self.expect.authority.is_some() { end() + Duration::days(40) } else { plain.now };
        let authorities = self.expect.authority.map(authority).into_iter().collect();
        Options { expected, trail, trust, authorities, now, allow_rotation: self.expect.allow_rotation.unwrap_or_default(), ..plain }
    }
}

/// The honest key, as a trust file has it.
fn honest() -> TrustedKey {
    let valid_from = parse_rfc3339("2020-01-01T00:00:00Z").unwrap();
    TrustedKey {
        fingerprint: KEY.public().fingerprint(),
        who: "the honest signer".to_owned(),
        purpose: KeyUse::Sealing,
        valid_from,
        valid_to: None,
    }
}

/// The first step that fails is the responsible one; the exit code is as told; nothing is called proved.
pub(super) fn refused(name: &str, zip: &[u8]) {
    let defect = read(name);
    let report = verified(zip.to_vec(), &defect.options());
    let shown = poolproof::verify::text::render(&report);
    let said = report.outcome(defect.step());
    if defect.exit == 3 {
        assert_eq!((report.failed(), report.exit, report.result), (vec![], 3, "not_checked"), "{name}: {shown}");
        assert!(!report.passed(defect.step()) && !defect.says.is_empty(), "{name}: {shown}");
        assert!(matches!(said, Some(Outcome::NotChecked(why)) if why.contains(&defect.says)), "{name}: {said:?}");
    } else {
        assert_eq!(report.failed().first(), Some(&defect.step()), "{name}: {shown}");
        assert_eq!((report.exit, report.result, report.steps.len()), (defect.exit, "failed", 12), "{name}");
        assert!(report.proved.is_empty(), "{name}: {shown}");
        assert!(matches!(said, Some(Outcome::Failed(why)) if why.contains(&defect.says)), "{name}: {said:?}");
    }
    // What does not fail here need not fail elsewhere.
    if let (Ok(out), 4) = (std::env::var("EXPORT_VECTORS"), defect.exit) {
        export(Path::new(&out), defect.step(), name, zip);
    }
}

/// Writes a tampered bundle as `<step>-<defect>.zip`, and what is needed to judge a verifier by it.
fn export(out: &Path, step: StepName, name: &str, zip: &[u8]) {
    std::fs::create_dir_all(out.join("honest")).unwrap();
    std::fs::write(out.join(format!("{}-{name}.zip", step.number())), zip).unwrap();
    std::fs::write(out.join("fingerprint"), honest().fingerprint.as_str()).unwrap();
    std::fs::write(out.join("trail-keys.json"), listed().to_string()).unwrap();
    std::fs::write(out.join("trust.toml"), honest().to_trust_file()).unwrap();
    std::fs::write(out.join("honest/honest.zip"), packed(&HONEST).bytes()).unwrap();
    let house = Tsa::house(end(), Wrong::Nothing).trusted();
    let entry = format!(
        "\n[[ca]]\nwho = {:?}\nfor = \"time\"\nvalid_from = {:?}\ncrls = [\"house.crl\"]\ncertificate = \"\"\"\n{}\"\"\"\n",
        house.who,
        rfc3339(house.valid_from),
        house.certificate.to_pem()
    );
    std::fs::write(out.join("trust-time.toml"), honest().to_trust_file() + &entry).unwrap();
    std::fs::write(out.join("house.crl"), house.crls.concat()).unwrap();
}

#[test]
fn every_defect_has_its_folder_and_every_folder_its_defect() {
    let made: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let entries = std::fs::read_dir(home()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir());
    let kept: BTreeSet<String> = entries.map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(made.symmetric_difference(&kept).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(made.len(), ALL.len());
    assert!(made.len() >= 190);
}

#[test]
fn the_table_of_defects_is_fresh() {
    let mut by_step: BTreeMap<StepName, Vec<(&str, Defect)>> = BTreeMap::new();
    for (name, _) in ALL {
        let defect = read(name);
        assert!(defect.done.ends_with('.') && defect.done.len() > 20, "{name}: say what was done");
        assert!(["anybody", "another key", "the signer himself"].contains(&defect.by.as_str()), "{name}: by {:?}", defect.by);
        by_step.entry(defect.step()).or_default().push((name, defect));
    }
    let mut table = String::new();
    for (step, defects) in &by_step {
        table.push_str(&format!("\n## Step {}: {}\n\n| Defect | What was done | By |\n|:---|:---|:---|\n", step.number(), step.title()));
        for (name, defect) in defects {
            let open = if defect.exit == 3 { " (not checked: exit code 3)" } else { "" };
            table.push_str(&format!("| `{name}` | {}{open} | {} |\n", defect.done, defect.by));
        }
    }
    let file = home().join("README.md");
    let kept = std::fs::read_to_string(&file).unwrap();
    let (head, _) = kept.split_once("<!-- made by a test from here on -->\n").expect("the mark after which the table stands");
    let fresh = format!("{head}<!-- made by a test from here on -->\n{table}");
    if std::env::var("UPDATE_VECTORS").is_ok() {
        std::fs::write(&file, &fresh).unwrap();
    } else {
        assert!(kept == fresh, "stale: UPDATE_VECTORS=1 cargo test --no-default-features --test it the_table_of_defects");
    }
}
