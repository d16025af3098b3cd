//! `poolproof demo`: the whole way on a built-in recording, with a key made for the occasion. Calls nobody.
//!
//! It leaves what `verify` asks an auditor for beside the bundle: a trust file and public keys for the log files. Both are made
//! up, and say so: nobody may take them for his own.

use super::args::Demo;
use super::evidence_folder::{RunFolder, catalogue};
use super::ui::Ui;
use super::{outcome, stages};
use crate::bundle::layout;
use crate::cli::{
    self,
    exit::{CliError, Exit},
};
use crate::sign::{Identity, LocalKey};
use crate::verify::outcome::{Outcome, Report, StepName};
use crate::verify::trail::Given;
use crate::verify::trust::{KeyUse, Trust, TrustedKey};
use crate::verify::{self, Options, text, trail_keys};
use crate::{clock, io};
use chrono::NaiveTime;
use serde_json::json;

macro_rules! sample {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../samples/recordings/demo/", $path)))),+]
    };
}

/// The sample recording `demo`; how it was made stands in its README.
const FILES: &[(&str, &str)] = sample![
    "inputs/reviews.json",
    "inputs/roster.json",
    "inputs/scope.json",
    "recording/123456789012.eu-west-1.eu-west-1_Partner002.jsonl",
    "recording/123456789012.eu-west-1.eu-west-1_Workforce1.jsonl",
    "recording/123456789012.eu-west-1.jsonl",
    "recording/123456789012.eu-west-1.trail.jsonl",
    "recording/123456789012.jsonl",
    "recording/123456789012.us-east-1.jsonl",
    "recording/123456789012.us-east-1.trail.jsonl",
    "recording/123456789012.us-east-1.us-east-1_MobileSms1.jsonl",
    "recording/123456789012.us-west-2.jsonl",
    "recording/header.json",
];

/// The public key of the demo's log files; what it is stands in it. `verify` knows that it is nobody's.
const TRAIL_KEYS: &str = include_str!("../../../samples/recordings/demo/trail-keys.json");

/// Replays, judges, renders, seals, verifies.
pub fn run(options: &Demo, ui: &Ui) -> Result<Exit, CliError> {
    let run = RunFolder::at(&options.out);
    if io::exists(run.path()) && !io::is_dir(run.path()) {
        return Err(CliError::usage(format!("{} is a file; give a folder with --out", run.path().display())));
    }
    let catalogue = catalogue(options.catalogue.as_deref())?;
    ui.note("Replaying a built-in recording of three pools. The answers are made up.");
    for (path, text) in FILES {
        let to = run.path().join(path);
        io::create_dir(to.parent().unwrap_or(run.path())).map_err(CliError::operational)?;
        io::write_atomic(&to, text.as_bytes(), false).map_err(CliError::operational)?;
    }
    run.keep_catalogue(&catalogue)?;
    let (key, now) = (LocalKey::throw_away().map_err(CliError::operational)?, clock::now());
    let trusted = TrustedKey {
        fingerprint: key.public().fingerprint(),
        who: "NOBODY: the key that poolproof demo made up and threw away".to_owned(),
        purpose: KeyUse::Sealing,
        valid_from: now.date_naive().and_time(NaiveTime::MIN).and_utc(),
        valid_to: None,
    };
    let identity = Identity::self_signed(Box::new(key), "poolproof demo", now).map_err(CliError::operational)?;
    let written = stages::assess(&run, None, &stages::templates(None)?, Some(&identity))?;
    let evidence = &written.assessed.evidence;
    ui.note("Sealing with a key that is made now and kept nowhere.");
    // The name says what is in it, so another demo here has the same; a real bundle is never replaced.
    let top = layout::top_folder(&evidence.scope.organization.name, &evidence.scope.period.label, &evidence.bundle_id);
    io::remove_file(&run.path().join(format!("{top}.zip"))).map_err(CliError::operational)?;
    let sealed = stages::seal(&run, &written, &identity, true, run.path())?;
    ui.note("Verifying it.");
    let given = [("trust.toml", trusted.to_trust_file()), ("trail-keys.json", TRAIL_KEYS.to_owned())];
    for (name, text) in &given {
        io::write_atomic(&run.path().join(name), text.as_bytes(), false).map_err(CliError::operational)?;
    }
    let [trust, keys] = given.map(|(name, _)| run.path().join(name).display().to_string());
    let wanted = Options {
        reperform: true,
        renderer: cli::verify::renderer(),
        trail: Given { keys: trail_keys::parse(TRAIL_KEYS.as_bytes()).map_err(CliError::operational)?, files: None },
        ..Options::trusting(Trust::Keys(vec![trusted]), clock::now())
    };
    let report = verify::verify(&sealed.path, &wanted);
    let exit = if as_good_as_can_be(&report) { Exit::Done } else { Exit::Operational };
    let bundle = sealed.path.display().to_string();
    if options.json {
        let value = json!({ "exit": exit as u8, "bundle": bundle, "reports": run.assessed(), "trust": trust, "trail_keys": keys, "verification": report });
        ui.json(&value)?;
        return Ok(exit);
    }
    ui.say(&outcome::figures(evidence, ui))?;
    ui.raw(&text::render(&report))?;
    if exit == Exit::Done {
        ui.say("The demo itself ends with 0: no authority was asked for the time, so that step 7 must be open.")?;
    }
    ui.say(&format!("\nbundle   {bundle}"))?;
    for name in &written.files {
        ui.say(&format!("report   {}", run.assessed().join(name).display()))?;
    }
    ui.note(&format!(
        "\nVerify it yourself (it ends with 3: the time is open). Both files are made up like the rest: trust nobody else by them.\n  \
         poolproof verify {bundle} \\\n    --trust {trust} --trail-keys {keys} --reperform"
    ));
    ui.note("\nNext, for your own pools:\n  poolproof init\n  poolproof keys new\n  poolproof run");
    Ok(exit)
}

/// Every step must hold, but for the time: nobody was asked for it.
fn as_good_as_can_be(report: &Report) -> bool {
    report.steps.iter().all(|step| match step.outcome {
        Outcome::Passed(_) | Outcome::NotApplicable(_) => true,
        Outcome::NotChecked(_) => step.step == StepName::Time,
        Outcome::Failed(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn the_log_of_the_demo_was_left_out() {
        let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/recordings/demo");
        let mut kept: Vec<String> = Vec::new();
        for part in ["inputs", "recording"] {
            let files = crate::io::list(&home.join(part)).unwrap();
            kept.extend(files.iter().map(|file| format!("{part}/{}", file.file_name().unwrap().to_string_lossy())));
        }
        kept.sort();
        assert_eq!(FILES.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>(), kept);
    }
}
