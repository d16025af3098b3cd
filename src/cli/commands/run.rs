//! `poolproof collect`: from AWS to a recording.

use super::args::Run;
use super::evidence_folder::{Begun, EvidenceFolder, Request, RunFolder};
use super::ui::Ui;
use super::{prepare, privacy_key};
use crate::cli::exit::{CliError, Exit};
use crate::clock;
use crate::collect::{self, CollectError, Collected, LivePlan, Patience};
use crate::config::Config;
use crate::recording::header::Source;
use crate::recording::journal::Event;
use serde_json::json;

/// `poolproof collect`.
pub fn collect(options: &Run, ui: &Ui) -> Result<Exit, CliError> {
    let config = prepare::config(options)?;
    let (_, run) = collected(options, &config, ui)?;
    let shown = run.path().display().to_string();
    if options.json {
        ui.json(&json!({ "run": shown }))?
    } else {
        ui.say(&shown)?
    }
    ui.note(&format!("\nNext:\n  poolproof assess {shown}\n  poolproof bundle {shown}"));
    Ok(Exit::Done)
}

/// Collects, or goes on with what was interrupted.
fn collected(options: &Run, config: &Config, ui: &Ui) -> Result<(EvidenceFolder, RunFolder), CliError> {
    let privacy_key = privacy_key::load(&config.privacy_key)?;
    let request = Request { config, privacy_key, source: Source::Live, challenge: prepare::challenge(options)?, previous: None };
    let (mut folder, said) = EvidenceFolder::open(&config.out)?;
    said.iter().for_each(|s| ui.note(s));
    let begun = folder.begin(&request, clock::now())?;
    if begun.resumed {
        ui.note(&format!("Continuing the interrupted run {}.", begun.plan.run_id));
    }
    let run_id = begun.plan.run_id.clone();
    let run = begun.run.clone();
    match gather(options, config, begun, ui) {
        Ok(collected) => {
            if collected.torn > 0 {
                ui.note(&format!("{} bytes of lines that a crash had cut off were removed from the recording.", collected.torn));
            }
            folder.note(&run_id, Event::Collected, None)?;
            Ok((folder, run))
        }
        Err(error) => {
            folder.note(&run_id, Event::Stopped, Some(&error.to_string()))?;
            Err(if error.is_usage() { CliError::usage(error) } else { CliError::operational(error) })
        }
    }
}

fn gather(options: &Run, config: &Config, begun: Begun, ui: &Ui) -> Result<Collected, CollectError> {
    let pools = config.declared().pools.iter();
    let external_ids = pools.filter_map(|p| Some((p.id.clone(), config.external_id(&p.id)?.expose().to_owned())));
    let plan = LivePlan {
        external_ids: external_ids.collect(),
        accept_mau_cost: options.accept_mau_cost,
        patience: Patience::default(),
        profile_file: None,
        plan: begun.plan,
    };
    collect::collect_live(&plan, begun.run.path(), ui.progress().as_ref())
}
