//! What `enforce` and `onboard` share, and the warning of a window that was left open, which every command gives that has
//! the evidence folder. Settings are printed in their shown form alone.

use super::evidence_folder;
use super::ui::Ui;
use super::{prepare, privacy_key};
use crate::change::journal::{self, Journal};
use crate::change::settings;
use crate::change::write::Written;
use crate::cli::exit::{CliError, Exit};
use crate::collect::{LivePool, Patience};
use crate::config::{Config, Overrides};
use crate::digest::base32;
use crate::io;
use crate::model::id::PoolId;
use crate::model::scope::PoolScope;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Warns of windows that the journal of an evidence folder has open, and of what else it leaves open. Also with `--quiet`.
pub fn warn(folder: &Path) {
    let said = match journal::read(folder) {
        Ok(said) => said,
        Err(error) => return Ui::warn(&format!("whether a window is open is not known: {error}")),
    };
    let out = folder.display();
    for window in said.open_windows() {
        let until = window.until.map(|until| format!(", to be closed by {until}")).unwrap_or_default();
        Ui::warn(&format!(
            "a window is open: MFA may be OPTIONAL in {} since {}{until}. Unless that `poolproof onboard` is still running, close it:\n  poolproof onboard --close --apply --out {out}",
            window.pool, window.since
        ));
    }
    for entry in said.unsettled() {
        Ui::warn(&format!(
            "a change of {} was begun at {} and its end was not seen. Look:\n  poolproof enforce --pool {}",
            entry.pool, entry.time, entry.pool
        ));
    }
    if !said.broken.is_empty() {
        let lines: Vec<String> = said.broken.iter().map(u64::to_string).collect();
        Ui::warn(&format!("{out}/{}: somebody edited it (line {})", journal::FILE, lines.join(", ")));
    }
}

/// As [`warn`], for the folder that a run's folder stands in.
pub fn warn_of_run(run: &Path) {
    warn(run.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")));
}

/// The scope file with these pools and this folder.
///
/// # Errors
/// As [`prepare::scope_file`], or an option is wrong.
pub fn config(file: Option<&Path>, pools: &[String], out: Option<&PathBuf>) -> Result<Config, CliError> {
    let overrides = Overrides { pools: pools.to_vec(), out: out.cloned(), ..Overrides::default() };
    prepare::scope_file(file)?.with(&overrides).map_err(CliError::usage)
}

/// The evidence folder, locked, with its journal of changes.
pub struct Open {
    /// The journal.
    pub journal: Journal,
    _lock: std::fs::File,
}

/// Locks the evidence folder and opens the journal of changes.
///
/// # Errors
/// Another command holds it, or it cannot be written.
pub fn open(folder: &Path) -> Result<Open, CliError> {
    io::create_dir(folder).map_err(CliError::operational)?;
    let lock = evidence_folder::lock(folder)?;
    Ok(Open { journal: Journal::open(folder).map_err(CliError::operational)?, _lock: lock })
}

/// A new change's id: `c_` and 26 base32 characters (128 random bits).
///
/// # Errors
/// The system's generator fails.
pub fn new_id() -> Result<String, CliError> {
    Ok(format!("c_{}", base32(&io::random::<16>().map_err(CliError::operational)?)))
}

/// The way to a pool.
///
/// # Errors
/// The system gives none.
pub fn cloud(config: &Config, pool: &PoolScope, change: &str) -> Result<LivePool, CliError> {
    let external_id = config.external_id(&pool.id).map(crate::config::Secret::expose);
    LivePool::new(pool, external_id, change, config.declared().users.quota_share, Patience::default(), None).map_err(CliError::operational)
}

/// The privacy key where there is one that can be read: digests of settings are made under it.
pub fn key(config: &Config) -> Option<[u8; 32]> {
    privacy_key::load(&config.privacy_key).ok()
}

/// The worse of two ends, in the order of the contract: 5, 2, 1, 3, 0.
pub fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Operational => 5,
        Exit::Usage => 4,
        Exit::Failed | Exit::Untrusted => 3,
        Exit::Incomplete => 2,
        Exit::Done => 0,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// A request as it may be shown, indented.
pub fn pretty(value: &Value) -> String {
    let text = format!("{:#}", settings::shown(value));
    text.lines().map(|line| format!("    {line}\n")).collect::<String>().trim_end().to_owned()
}

/// What came of a write, in words.
pub fn words(written: &Written) -> String {
    let code = written.code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
    let unlike = if written.unlike.is_empty() { String::new() } else { format!("; not as before: {}", written.unlike.join(", ")) };
    let seen = written.seen.as_ref().map(|(one, other)| format!("; GetUserPoolMfaConfig says {one}, DescribeUserPool says {other}"));
    format!("{}{code}{unlike}", seen.unwrap_or_default().trim_start_matches("; "))
}

/// A hint at the permission, where AWS denied a write.
pub fn hint(code: Option<&str>, command: &str, pool: &PoolId) -> String {
    match code {
        Some("AccessDeniedException" | "AccessDenied" | "NotAuthorizedException") => {
            format!("; the permission is in `poolproof iam-policy --features {command} --pool {pool}`")
        }
        _ => String::new(),
    }
}
