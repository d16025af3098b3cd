//! `poolproof bundle`: seals what `assess` wrote.

use super::args::Bundle;
use super::evidence_folder::{EvidenceFolder, RunFolder};
use super::ui::Ui;
use super::{identity, keys, outcome, prepare, rotate, stages, timestamp};
use crate::bundle::layout;
use crate::cli::exit::{CliError, Exit};
use crate::io;
use crate::recording::journal::Event;
use crate::report::evidence_v1::EvidenceV1;
use std::path::Path;

/// Seals the run; the bundle lies beside its folder.
pub fn run(options: &Bundle, ui: &Ui) -> Result<Exit, CliError> {
    super::changes::warn_of_run(&options.run);
    let key = keys::signer(&options.key)?;
    let rotations = rotate::of_key(&options.key, key.as_ref())?;
    let run = RunFolder::at(&options.run);
    let file = run.assessed().join("evidence.json");
    if !io::exists(&file) {
        let shown = options.run.display();
        return Err(CliError::usage(format!("there is no {}: run `poolproof assess {shown}` first", file.display())));
    }
    let bytes = io::read(&file, layout::LARGEST_DOCUMENT).map_err(CliError::operational)?;
    let evidence: EvidenceV1 =
        serde_json::from_slice(&bytes).map_err(|e| CliError::usage(format!("{} is not what assess writes: {e}", file.display())))?;
    let catalogue = run.catalogue()?.digest();
    if catalogue != evidence.run.catalogue.digest {
        let shown = options.run.display();
        return Err(CliError::usage(format!(
            "the catalogue of {shown} is not the one that its findings were mapped with: look at {shown}/inputs/frameworks, then run `poolproof assess {shown}` again"
        )));
    }
    // What is sealed is what the recording says, whatever happened to the files since.
    let at = crate::clock::parse_rfc3339(&evidence.run.at).map_err(CliError::usage)?;
    let declared = prepare::scope_file(None)?;
    let mut identity = identity::of(key, &options.key, &declared.certificates, &evidence.scope.organization.name, crate::clock::now())?;
    timestamp::of_identity(&mut identity, options.tsa.as_deref(), declared.tsa.as_ref())?;
    let written = stages::assess(&run, Some(at), &stages::templates(options.templates.as_deref())?, Some(&identity))?;
    if written.assessed.evidence != evidence {
        ui.note(&format!("{} was not what the recording says; it was written anew.", file.display()));
    }
    let evidence = &written.assessed.evidence;
    let out = options.run.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (mut folder, said) = EvidenceFolder::open(out)?;
    said.iter().for_each(|s| ui.note(s));
    let stages::Packed { path: bundle, no_time } = stages::seal(&run, &written, &identity, false, out)?;
    rotate::attach(rotations, &bundle)?;
    let no_time = timestamp::seal_time(&bundle, evidence, identity.tsa.as_ref(), no_time, ui);
    folder.note(&evidence.run.id, Event::Sealed, bundle.file_name().and_then(|n| n.to_str()))?;
    outcome::show(evidence, evidence.scope.fail_on, &[("bundle", bundle.display().to_string())], no_time.as_deref(), options.json, ui)
}
