//! Import: a folder of JSON files as the AWS CLI writes them becomes a recording. The same redaction and the same
//! segments as live; only the source differs, and a report says so.
//!
//! What the folder lacks counts as never asked. A file that is not understood is never dropped: it is refused by name,
//! all of them at once, and nothing is written then.

mod file;
mod place;

use super::progress::{Progress, Silent};
use super::{CollectError, Collected, Plan, folder};
use crate::clock;
use crate::io;
use crate::model::scope::Scope;
use crate::recording::header::Source;
use crate::recording::line::RawCall;
use crate::recording::redact::Redactor;
use crate::recording::write::Segment;
use chrono::{DateTime, Utc};
use place::Placed;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a folder was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Files that are not understood. Nothing was written.
    #[error("{} cannot be imported as it is; nothing was written:\n{}", folder.display(), list(problems))]
    Refused {
        /// The folder.
        folder: PathBuf,
        /// What is wrong, by file.
        problems: Vec<Problem>,
    },
    /// There is nothing in it.
    #[error(
        "{} holds no JSON file of the AWS CLI; write them with, for example, `aws cognito-idp describe-user-pool --user-pool-id … > describe-user-pool.json`",
        .0.display()
    )]
    Empty(PathBuf),
    /// The recording cannot be written, or the folder cannot be read.
    #[error(transparent)]
    Collect(#[from] CollectError),
}

impl ImportError {
    /// Whether it is a matter of what was given, found before anything was written (exit code 2, else 5).
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Empty(_))
    }
}

impl From<io::FileError> for ImportError {
    fn from(error: io::FileError) -> Self {
        Self::Collect(error.into())
    }
}

/// What is wrong with a file, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the folder.
    pub file: String,
    /// What is wrong, and what to do. Holds nothing of the file's content.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.why)
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("  {p}")).collect::<Vec<_>>().join("\n")
}

/// Imports `from` into `run/recording`. `at` is the time of the import: the files carry none.
///
/// # Errors
/// See [`ImportError`].
pub fn import(plan: &Plan, from: &Path, run: &Path, at: DateTime<Utc>, progress: &dyn Progress) -> Result<Collected, ImportError> {
    progress.step("reading files of the AWS CLI");
    let placed = understood(&plan.scope, from, progress)?;
    let resumed = folder::begin(run, plan, Source::Import, Vec::new())?;
    let redactor = Redactor::new(plan.pseudonyms.clone(), &plan.run_id);
    let mut collected = Collected { recording: folder::recording(run), resumed, pools: placed.pools, ..Collected::default() };
    for (name, calls) in &placed.segments {
        write(&redactor, run, name, calls, &clock::rfc3339(at), &mut collected)?;
    }
    folder::complete(run)?;
    Ok(collected)
}

/// Whether a folder can be imported, before anything is written for it.
///
/// # Errors
/// It cannot; see [`ImportError`].
pub fn check(scope: &Scope, from: &Path) -> Result<(), ImportError> {
    understood(scope, from, &Silent).map(|_| ())
}

fn understood(scope: &Scope, from: &Path, progress: &dyn Progress) -> Result<place::Segments, ImportError> {
    let mut problems = Vec::new();
    let found = file::scan(from, &mut problems, progress)?;
    if found.is_empty() && problems.is_empty() {
        return Err(ImportError::Empty(from.to_owned()));
    }
    let placed = place::place(&found, scope, &mut problems, progress);
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        return Err(ImportError::Refused { folder: from.to_owned(), problems });
    }
    Ok(placed)
}

/// Writes a segment, or what an interrupted import of the same files left out of it.
fn write(redactor: &Redactor, run: &Path, name: &str, calls: &[Placed], time: &str, collected: &mut Collected) -> Result<(), ImportError> {
    let recording = folder::recording(run);
    let mut there = BTreeMap::new();
    let mut segment = Segment::open(&recording, name, redactor.clone(), |call| {
        there.insert(there.len(), (call.operation, call.bytes, call.commitment, call.call));
    })
    .map_err(CollectError::Write)?;
    collected.torn += segment.torn();
    for (n, placed) in calls.iter().enumerate() {
        let body = io::read(&placed.path, file::LARGEST)?;
        if let Some((operation, bytes, commitment, call)) = there.get(&n) {
            let expected = redactor.pseudonyms().commitment(redactor.run_id(), call, &body);
            if operation != placed.operation.name || *bytes != body.len() as u64 || commitment.as_deref() != Some(expected.as_str()) {
                return Err(CollectError::OtherRun {
                    folder: recording,
                    what: "imported files",
                    found: format!("other than {} at {call}", placed.path.display()),
                    expected: "the same files as when the import began".to_owned(),
                }
                .into());
            }
            continue;
        }
        let raw = RawCall {
            service: placed.operation.service,
            operation: placed.operation.name,
            region: placed.region.clone(),
            origin: None,
            input: placed.input.clone(),
            pass: placed.pass,
            attempt: 1,
            time: time.to_owned(),
            status: None,
            request_id: None,
            server_date: None,
            error: None,
            body,
            subject_sub: placed.subject_sub.clone(),
        };
        let call = segment.append(&raw).map_err(CollectError::Write)?;
        if call.error.is_none() { collected.answered += 1 } else { collected.failed += 1 }
    }
    segment.sync().map_err(CollectError::Write)?;
    Ok(())
}
