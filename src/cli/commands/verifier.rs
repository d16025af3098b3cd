//! `poolproof verifier`: the web page with which an auditor checks a bundle without installing anything.
//!
//! It must not change the page: its SHA-256 is published, and a page that differs proves nothing.

use super::args::Verifier;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::digest::sha256_hex;
use crate::io;

/// The page, as published.
const PAGE: &str = include_str!("../../../report-templates/verify.html");
/// The name that the page has everywhere.
const NAME: &str = "verify.html";

/// Prints or writes the page, or prints its digest.
pub fn run(options: &Verifier, ui: &Ui) -> Result<Exit, CliError> {
    if options.digest {
        ui.say(&format!("{}  {NAME}", sha256_hex(PAGE.as_bytes())))?;
        return Ok(Exit::Done);
    }
    let Some(out) = &options.out else {
        ui.raw(PAGE)?;
        return Ok(Exit::Done);
    };
    if io::exists(out) && io::read(out, PAGE.len() as u64).ok().as_deref() != Some(PAGE.as_bytes()) {
        return Err(CliError::usage(format!("{} exists already and is something else; choose another name with --out", out.display())));
    }
    io::write_atomic(out, PAGE.as_bytes(), false).map_err(CliError::operational)?;
    ui.say(&format!("{}  {}", sha256_hex(PAGE.as_bytes()), out.display()))?;
    ui.note("Compare this SHA-256 with the one in the README of the release.");
    Ok(Exit::Done)
}
