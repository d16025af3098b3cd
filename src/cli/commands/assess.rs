//! `poolproof assess`: from a recording to verdicts and reports.

use super::args::Assess;
use super::evidence_folder::{RunFolder, catalogue};
use super::ui::Ui;
use super::{outcome, stages};
use crate::cli::exit::{CliError, Exit};
use crate::clock;

/// Judges the run's recording.
pub fn run(options: &Assess, ui: &Ui) -> Result<Exit, CliError> {
    super::changes::warn_of_run(&options.run);
    let run = RunFolder::at(&options.run);
    if !run.has_recording() {
        let shown = options.run.display();
        return Err(CliError::usage(format!(
            "{shown} is no run's folder: there is no recording/header.json in it (poolproof collect makes one)"
        )));
    }
    let at = options.at.as_deref().map(clock::parse_rfc3339).transpose();
    let at = at.map_err(|why| CliError::usage(format!("--at: {why}")))?;
    if let Some(folder) = &options.catalogue {
        run.keep_catalogue(&catalogue(Some(folder))?)?;
    }
    let assessed = stages::assess(&run, at, &stages::templates(options.templates.as_deref())?, None)?.assessed;
    let places = [("assessed", run.assessed().display().to_string())];
    outcome::show(&assessed.evidence, assessed.scope.fail_on, &places, None, options.json, ui)
}
