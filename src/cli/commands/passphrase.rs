//! The passphrase of a key file: from the environment, from the first line of a file that the environment names, or asked for
//! on a terminal. It must never come from the command line, where other users of the machine see it, nor be printed.

use std::io::{self as stdio, IsTerminal as _};
use std::path::Path;

use console::Term;

use super::ui::visible;
use crate::cli::exit::CliError;
use crate::io::{self, FileError};
use crate::sign::local;

/// Largest file with a passphrase, bytes.
const LARGEST: u64 = 4096;

/// The passphrase of the key file at `path`, asked for once; `None` where the environment holds none and nobody can be asked.
///
/// # Errors
/// The file that the environment names, or the terminal, cannot be read.
pub fn of(path: &Path) -> Result<Option<String>, FileError> {
    match given()? {
        Some(secret) => Ok(Some(secret)),
        None => asked(&format!("Passphrase of {}: ", visible(&path.display().to_string()))),
    }
}

/// The passphrase for a new key file at `path`; on a terminal it is asked for twice.
///
/// # Errors
/// There is none (exit code 2, naming what to do), or the two differ.
pub fn for_new(path: &Path) -> Result<String, CliError> {
    if let Some(secret) = given().map_err(CliError::usage)? {
        return Ok(secret);
    }
    let first = asked(&format!("Passphrase for {}: ", visible(&path.display().to_string()))).map_err(CliError::usage)?;
    let Some(first) = first else {
        let (variable, file) = (local::PASSPHRASE, local::PASSPHRASE_FILE);
        return Err(CliError::usage(format!(
            "--encrypt takes the passphrase from the environment: set {variable}, or {file} to a file that holds it; on a terminal it is asked for"
        )));
    };
    if asked("Again: ").map_err(CliError::usage)?.as_deref() != Some(first.as_str()) {
        return Err(CliError::usage("the two passphrases differ; no key was made"));
    }
    Ok(first)
}

/// What the environment holds.
fn given() -> Result<Option<String>, FileError> {
    if let Some(secret) = io::env(local::PASSPHRASE) {
        return Ok(Some(secret));
    }
    let Some(path) = io::env(local::PASSPHRASE_FILE) else { return Ok(None) };
    let text = io::read_text(Path::new(&path), LARGEST)?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

/// Asks on a terminal, without an echo; `None` without one, in CI, and where nothing was entered.
fn asked(question: &str) -> Result<Option<String>, FileError> {
    if io::env("CI").is_some() || !stdio::stdin().is_terminal() || !stdio::stderr().is_terminal() {
        return Ok(None);
    }
    let terminal = Term::stderr();
    let answer = terminal.write_str(question).and_then(|()| terminal.read_secure_line());
    let answer = answer.map_err(|source| FileError { action: "ask for a passphrase on", path: "the terminal".into(), source })?;
    Ok(Some(answer).filter(|a| !a.is_empty()))
}
