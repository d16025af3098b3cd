//! `poolproof run` and `poolproof collect`: from AWS or files to a recording, and for `run` on to the sealed bundle.

use super::args::Run;
use super::evidence_folder::{Begun, EvidenceFolder, Request, RunFolder, catalogue};
use super::ui::Ui;
use super::{identity, keys, outcome, prepare, privacy_key, rotate, stages, timestamp};
use crate::cli::exit::{CliError, Exit};
use crate::collect::{self, Collected, LivePlan, Patience, Plan, import, trail};
use crate::config::Config;
use crate::controls::catalogue::Catalogue;
use crate::recording::header::{self, Source};
use crate::recording::journal::Event;
use crate::recording::read::{Recording, is_segment_name};
use crate::sign::TsaConfig;
use crate::{clock, io};
use serde_json::json;
use std::path::Path;

/// `poolproof run`.
pub fn run(options: &Run, ui: &Ui) -> Result<Exit, CliError> {
    let config = prepare::config(options)?;
    let key = keys::signer_by(&config.signing_key, config.signing_profile.as_deref())?;
    let rotations = rotate::of_key(&config.signing_key, key.as_ref())?;
    let mut identity = identity::of(key, &config.signing_key, &config.certificates, &config.declared().organization.name, clock::now())?;
    timestamp::of_identity(&mut identity, options.tsa.as_deref(), config.tsa.as_ref())?;
    let templates = stages::templates(options.templates.as_deref())?;
    let (mut folder, run) = gathered(options, &config, ui)?;
    let written = stages::assess(&run, None, &templates, Some(&identity))?;
    let assessed = &written.assessed;
    let stages::Packed { path: bundle, no_time } = stages::seal(&run, &written, &identity, false, folder.path())?;
    rotate::attach(rotations, &bundle)?;
    let no_time = timestamp::seal_time(&bundle, &assessed.evidence, identity.tsa.as_ref(), no_time, ui);
    folder.note(&assessed.evidence.run.id, Event::Sealed, bundle.file_name().and_then(|n| n.to_str()))?;
    let fail_on = options.fail_on.unwrap_or(assessed.scope.fail_on);
    let places = [("bundle", bundle.display().to_string()), ("reports", run.assessed().display().to_string())];
    outcome::show(&assessed.evidence, fail_on, &places, no_time.as_deref(), options.json, ui)
}

/// The folder of `--from`, where it holds a recording.
fn recording_in(options: &Run) -> Option<&Path> {
    options.from.as_deref().filter(|from| RunFolder::at(from).has_recording())
}

/// `poolproof collect`.
pub fn collect(options: &Run, ui: &Ui) -> Result<Exit, CliError> {
    let config = prepare::config(options)?;
    let (_, run) = gathered(options, &config, ui)?;
    let shown = run.path().display().to_string();
    if options.json {
        ui.json(&json!({ "run": shown }))?
    } else {
        ui.say(&shown)?
    }
    ui.note(&format!("\nNext:\n  poolproof assess {shown}\n  poolproof bundle {shown}"));
    Ok(Exit::Done)
}

/// A recording: one that is there, or one that is collected now. The frameworks of `--catalogue` stand beside it.
fn gathered(options: &Run, config: &Config, ui: &Ui) -> Result<(EvidenceFolder, RunFolder), CliError> {
    let catalogue = catalogue(options.catalogue.as_deref())?;
    let Some(from) = recording_in(options) else { return collected(options, config, &catalogue, ui) };
    let found = recorded(options, from, &config.out, ui)?;
    if options.catalogue.is_some() {
        found.1.keep_catalogue(&catalogue)?;
    }
    Ok(found)
}

/// Collects, or goes on with what was interrupted.
fn collected(options: &Run, config: &Config, catalogue: &Catalogue, ui: &Ui) -> Result<(EvidenceFolder, RunFolder), CliError> {
    let privacy_key = privacy_key::load(&config.privacy_key)?;
    let tsa = timestamp::wanted(options.tsa.as_deref(), config.tsa.as_ref())?;
    let previous = options.previous.as_deref().map(prepare::previous).transpose()?;
    let reviews = prepare::reviews(config, previous.as_ref())?;
    let request = Request {
        config,
        privacy_key,
        source: if options.from.is_some() { Source::Import } else { Source::Live },
        catalogue,
        challenge: prepare::challenge(options)?,
        previous: previous.map(|bundle| (bundle.sealed.statement.clone(), bundle.summary())),
        roster: prepare::roster(config)?,
        reviews,
    };
    if let Some(from) = options.from.as_deref().filter(|from| !io::exists(from)) {
        return Err(CliError::usage(format!("{} is not there; --from takes a recording or a folder of AWS CLI files", from.display())));
    }
    if let Some(from) = &options.from {
        import::check(config.declared(), from).map_err(refused)?;
    }
    if let Some(trail) = &options.trail {
        trail::check(trail).map_err(|e| if e.is_usage() || !io::exists(trail) { CliError::usage(e) } else { CliError::operational(e) })?;
    }
    let (mut folder, said) = EvidenceFolder::open(&config.out)?;
    said.iter().for_each(|s| ui.note(s));
    let begun = folder.begin(&request, clock::now())?;
    if begun.resumed {
        ui.note(&format!("Continuing the interrupted run {}.", begun.plan.run_id));
    }
    let run_id = begun.plan.run_id.clone();
    let run = begun.run.clone();
    match gather(options, config, begun, tsa.as_ref(), ui) {
        Ok(collected) => {
            if collected.torn > 0 {
                ui.note(&format!("{} bytes of lines that a crash had cut off were removed from the recording.", collected.torn));
            }
            folder.note(&run_id, Event::Collected, None)?;
            Ok((folder, run))
        }
        Err(error) => {
            folder.note(&run_id, Event::Stopped, Some(&error.to_string()))?;
            Err(error)
        }
    }
}

fn refused(error: import::ImportError) -> CliError {
    if error.is_usage() { CliError::usage(error) } else { CliError::operational(error) }
}

fn gather(options: &Run, config: &Config, mut begun: Begun, tsa: Option<&TsaConfig>, ui: &Ui) -> Result<Collected, CliError> {
    let progress = ui.progress();
    if let Some(from) = &options.from {
        let imported = import::import(&begun.plan, from, begun.run.path(), clock::now(), progress.as_ref());
        let imported = imported.map_err(refused)?;
        trailed(options, &begun.plan, begun.run.path(), progress.as_ref())?;
        return Ok(imported);
    }
    timestamp::before_collection(&mut begun, tsa, ui)?;
    let pools = config.declared().pools.iter();
    let external_ids = pools.filter_map(|p| Some((p.id.clone(), config.external_id(&p.id)?.expose().to_owned())));
    let plan = LivePlan {
        external_ids: external_ids.collect(),
        accept_mau_cost: options.accept_mau_cost,
        patience: Patience::default(),
        profile_file: None,
        plan: begun.plan,
    };
    let collected = collect::collect_live(&plan, begun.run.path(), progress.as_ref());
    let collected = collected.map_err(|e| if e.is_usage() { CliError::usage(e) } else { CliError::operational(e) })?;
    trailed(options, &plan.plan, begun.run.path(), progress.as_ref())?;
    Ok(collected)
}

/// The log files of `--trail`, into the same recording.
fn trailed(options: &Run, plan: &Plan, run: &Path, progress: &dyn collect::progress::Progress) -> Result<(), CliError> {
    let Some(from) = &options.trail else { return Ok(()) };
    trail::record(plan, from, run, clock::now(), progress).map(|_| ()).map_err(CliError::operational)
}

/// A recording that somebody made before, with the scope that it was made for: copied into the evidence folder.
fn recorded(options: &Run, from: &Path, out: &Path, ui: &Ui) -> Result<(EvidenceFolder, RunFolder), CliError> {
    let fixed = !options.pools.is_empty() || !options.regions.is_empty() || options.period.is_some() || options.challenge.is_some();
    let people = options.roster.is_some() || options.roster_as_of.is_some() || !options.reviews.is_empty();
    if fixed || people || options.previous.is_some() || options.trail.is_some() {
        return Err(CliError::usage(
            "a recording brings its own scope, log, roster and reviews: --pool, --region, --period, --challenge, --previous, --trail, --roster, --roster-as-of and --review cannot change it afterwards",
        ));
    }
    let source = RunFolder::at(from);
    let recording = Recording::folder(&source.recording()).map_err(CliError::usage)?;
    if !io::exists(&source.scope_file()) {
        return Err(CliError::usage(format!(
            "{} has no inputs/scope.json: a recording is judged by the scope it was made for",
            from.display()
        )));
    }
    let run_id = &recording.header.run_id;
    if !is_segment_name(run_id) {
        return Err(CliError::usage(format!("{} is no recording of this tool: {run_id:?} is no run id", from.display())));
    }
    let (folder, said) = EvidenceFolder::open(out)?;
    said.iter().for_each(|s| ui.note(s));
    let run = RunFolder::at(&out.join(run_id));
    if run.has_recording() {
        let there = Recording::folder(&run.recording()).and_then(|r| r.head_digest()).map_err(CliError::operational)?;
        if there != recording.head_digest().map_err(CliError::operational)? {
            return Err(CliError::operational(format!("{} holds another recording of the same run", run.path().display())));
        }
        return Ok((folder, run));
    }
    run.keep_catalogue(&source.catalogue()?)?;
    for (from, to) in [(source.recording(), run.recording()), (from.join("inputs"), run.path().join("inputs"))] {
        io::create_dir(&to).map_err(CliError::operational)?;
        // The header last: a folder without one is no recording.
        let mut files = io::list(&from).map_err(CliError::operational)?;
        files.sort_by_key(|f| f.ends_with(header::FILE));
        for file in files.iter().filter(|f| !io::is_link(f) && !io::is_dir(f)) {
            let name = file.file_name().unwrap_or_default();
            let mut content = io::open(file).map_err(CliError::operational)?;
            let copy = |out: &mut std::fs::File| std::io::copy(&mut content, out).map(|_| ());
            io::write_atomic_with(&to.join(name), false, copy).map_err(CliError::operational)?;
        }
    }
    Ok((folder, run))
}
