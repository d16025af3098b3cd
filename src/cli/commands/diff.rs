//! `poolproof diff`: two bundles to a comparison, and the comparison to text, Markdown or JSON.

use super::args::{Diff, Whom};
use super::ui::Ui;
use crate::bundle::layout::LARGEST_DOCUMENT;
use crate::cli::exit::{CliError, Exit};
use crate::cli::verify;
use crate::diff::summary::Summary;
use crate::diff::{self, text};
use crate::report::summarise;
use crate::verify::intact;
use crate::verify::trust::Trust;
use crate::{clock, io};
use std::path::Path;

/// Compares.
pub fn run(options: &Diff, ui: &Ui) -> Result<Exit, CliError> {
    let trust = trust(&options.whom)?;
    let (old, old_seal) = side(&options.old, &trust)?;
    let (new, new_seal) = side(&options.new, &trust)?;
    let diff = diff::compare(&old, &new, [&old_seal, &new_seal]);
    if options.json {
        let value = serde_json::to_value(&diff).map_err(CliError::operational)?;
        ui.json(&value)?;
    } else {
        ui.raw(&if options.markdown { text::markdown(&diff) } else { text::plain(&diff) })?;
    }
    Ok(Exit::Done)
}

/// Whom the options name.
///
/// # Errors
/// The trust file or the fingerprint is none: exit code 2.
pub fn trust(whom: &Whom) -> Result<Trust, CliError> {
    verify::trust_of(whom.trust.as_deref(), whom.fingerprint.as_deref()).map(|(trust, _)| trust)
}

/// A bundle in short, with what was checked of it.
fn side(path: &Path, trust: &Trust) -> Result<(Summary, String), CliError> {
    let shown = path.display();
    if !io::exists(path) {
        return Err(CliError::usage(format!("there is no bundle {shown}")));
    }
    if path.extension().is_some_and(|e| e == "json") && io::is_file(path) {
        if *trust != Trust::Nobody {
            return Err(CliError::usage(format!("{shown} is a bare evidence.json, which nothing seals: it cannot be held against a key")));
        }
        let bytes = io::read(path, LARGEST_DOCUMENT).map_err(CliError::usage)?;
        let evidence = intact::bare(&bytes).map_err(|why| CliError::usage(format!("{shown}: {why}")))?;
        return Ok((summarise::of(&evidence, None, None), "a bare evidence.json: nothing was checked".to_owned()));
    }
    let intact = open(path, trust)?;
    Ok((intact.summary(), intact.seal))
}

/// Opens a bundle that must be whole.
///
/// # Errors
/// It is not there (exit code 2), or not whole or not trusted (exit code 4).
pub fn open(path: &Path, trust: &Trust) -> Result<intact::Intact, CliError> {
    if !io::exists(path) {
        return Err(CliError::usage(format!("there is no bundle {}", path.display())));
    }
    let opened = intact::open(path, trust, clock::now());
    opened.map_err(|why| CliError::untrusted(format!("{} is not used: {why}. See: poolproof verify {0}", path.display())))
}
