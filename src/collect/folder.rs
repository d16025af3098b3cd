//! The run's folder: where the recording and the private files stand, and the start of a recording, new or continued.
//! Private files have mode 0600 and never reach a bundle.

use super::{CollectError, Plan};
use crate::clock;
use crate::digest::{Sha256, base32, hex};
use crate::io::{self, FileError};
use crate::recording::header::{FORMAT, Header, Source, Tool};
use crate::recording::read::{ReadError, Recording};
use crate::recording::write::{self, WriteError};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The run's own key: file name and length.
const JOIN_KEY: &str = "join.key";
const KEY: usize = 32;

/// Where the recording of a run stands.
pub fn recording(run: &Path) -> PathBuf {
    run.join("recording")
}

/// Where the private files of a run stand.
pub fn private(run: &Path) -> PathBuf {
    run.join("private")
}

/// A new run id: `r_` and 26 base32 characters (128 random bits).
///
/// # Errors
/// The system's random generator fails.
pub fn new_run_id() -> std::io::Result<String> {
    Ok(format!("r_{}", base32(&io::random::<16>()?)))
}

/// The key of this run alone, for digests of e-mail addresses, telephone numbers and user names; made at the first call
/// for a run and read from then on, so that a continued run has the same. It outlives the run and is to be destroyed at
/// the bundle's deletion date.
///
/// # Errors
/// It cannot be made, written or read.
pub fn join_key(run: &Path) -> Result<[u8; KEY], CollectError> {
    let folder = private(run);
    let path = folder.join(JOIN_KEY);
    if io::exists(&path) {
        let text = io::read_text(&path, 1024)?;
        let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).unwrap_or_default();
        return bytes.try_into().map_err(|_| CollectError::Private { path, why: format!("it is not a key of {KEY} bytes in hex") });
    }
    let key = io::random::<KEY>()?;
    io::create_dir(&folder)?;
    io::write_atomic(&path, format!("{}\n", hex(&key)).as_bytes(), true)?;
    Ok(key)
}

/// Begins the recording of a run, or checks that the one that is there belongs to it. Returns whether it was there.
pub(super) fn begin(run: &Path, plan: &Plan, source: Source, overrides: Vec<String>) -> Result<bool, CollectError> {
    let folder = recording(run);
    match Recording::folder(&folder) {
        Ok(found) => same(&folder, &found.header, plan, source, &overrides).map(|()| true),
        Err(ReadError::NoHeader(_) | ReadError::File(_)) => {
            let header = Header {
                format: FORMAT.to_owned(),
                run_id: plan.run_id.clone(),
                source,
                started: clock::rfc3339(clock::now()),
                tool: tool(),
                scope_digest: plan.scope_digest.clone(),
                catalogue_digest: plan.catalogue_digest.clone(),
                challenge: plan.challenge.clone(),
                begun: plan.begun.clone(),
                changes: plan.changes.clone(),
                previous: plan.previous.clone(),
                attempts: plan.attempts.clone(),
                overrides,
                key_id: (!plan.pseudonyms.clear()).then(|| plan.pseudonyms.key_id()),
                originals_kept: false,
            };
            write::begin(&folder, &header)?;
            Ok(false)
        }
        Err(other) => Err(WriteError::Existing(other).into()),
    }
}

/// A run is continued only as what it began as: in particular not through a proxy or an endpoint that its header lacks.
fn same(folder: &Path, header: &Header, plan: &Plan, source: Source, overrides: &[String]) -> Result<(), CollectError> {
    let key_id = (!plan.pseudonyms.clear()).then(|| plan.pseudonyms.key_id());
    let text = |t: &Option<String>| t.clone().unwrap_or_else(|| "none".to_owned());
    let facts = [
        ("run id", header.run_id.clone(), plan.run_id.clone()),
        ("source", header.source.word().to_owned(), source.word().to_owned()),
        ("scope digest", header.scope_digest.clone(), plan.scope_digest.clone()),
        ("catalogue digest", header.catalogue_digest.clone(), plan.catalogue_digest.clone()),
        ("challenge", text(&header.challenge), text(&plan.challenge)),
        ("journal of changes", text(&header.changes), text(&plan.changes)),
        ("previous bundle", text(&header.previous), text(&plan.previous)),
        ("privacy key", text(&header.key_id), text(&key_id)),
        ("list of endpoint and proxy settings", list(&header.overrides), list(overrides)),
    ];
    match facts.into_iter().find(|(_, found, expected)| found != expected) {
        None => Ok(()),
        Some((what, found, expected)) => Err(CollectError::OtherRun { folder: folder.to_owned(), what, found, expected }),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "empty".to_owned() } else { names.join(", ") }
}

fn tool() -> Tool {
    Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), digest: program_digest().ok() }
}

/// SHA-256 of the running program's file.
fn program_digest() -> Result<String, FileError> {
    let path = io::program()?;
    let fail = |source| FileError { action: "read", path: path.clone(), source };
    let mut file = io::open(&path)?;
    let mut digest = Sha256::default();
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block).map_err(fail)?;
        match block.get(..read) {
            Some(part) if read > 0 => digest.update(part),
            _ => return Ok(digest.finish_hex()),
        }
    }
}

/// Removes what only an interrupted run needs. The run's key stays.
pub(super) fn complete(run: &Path) -> Result<(), CollectError> {
    let folder = private(run);
    if io::is_dir(&folder) {
        for path in io::list(&folder)? {
            if path.extension().is_some_and(|e| e == "json") {
                io::remove_file(&path)?;
            }
        }
    }
    Ok(())
}
