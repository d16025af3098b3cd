//! The stages behind `assess`, `bundle`, `run` and `demo`: calls into the library, in order, and files written.

use super::evidence_folder::RunFolder;
use crate::cli::exit::CliError;
use crate::controls::catalogue::Catalogue;
use crate::io;
use crate::recording::read::Recording;
use crate::report::assess::{self, AssessError, Assessed};
use chrono::{DateTime, Utc};

/// Judges the recording of a run and writes what follows from it below `assessed/`.
///
/// # Errors
/// The recording cannot be read, or a file not written.
pub fn assess(run: &RunFolder, at: Option<DateTime<Utc>>) -> Result<Assessed, CliError> {
    let recording = Recording::folder(&run.recording()).map_err(CliError::operational)?;
    let catalogue = Catalogue::release().map_err(CliError::operational)?;
    let assessed = assess::assess(&recording, &run.scope_json()?, catalogue, at).map_err(|error| match error {
        AssessError::NoTime => CliError::usage(error),
        _ => CliError::operational(error),
    })?;
    io::create_dir(&run.assessed()).map_err(CliError::operational)?;
    let evidence = assessed.evidence.to_json().map_err(CliError::operational)?;
    io::write_atomic(&run.assessed().join("evidence.json"), &evidence, false).map_err(CliError::operational)?;
    Ok(assessed)
}
