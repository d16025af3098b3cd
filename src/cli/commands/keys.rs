//! `poolproof keys`: make a signing key, show its public half. The private half is never printed.

use super::args::{Keys, KeysCommand};
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::io;
use crate::sign::{Identity, LocalKey, SignError, x509};
use crate::verify::trust::TrustedKey;
use chrono::{DateTime, NaiveTime, Utc};
use serde_json::json;
use std::path::Path;

/// Makes or shows a key.
pub fn run(options: &Keys, ui: &Ui) -> Result<Exit, CliError> {
    match &options.command {
        KeysCommand::New { out } => new(out, ui),
        KeysCommand::Rotate { old, new } => super::rotate::run(old, new, ui),
        KeysCommand::Show { key, trust, who, json } => show(key, trust.then_some(who.as_str()), *json, ui),
    }
}

fn new(out: &Path, ui: &Ui) -> Result<Exit, CliError> {
    if let Some(folder) = out.parent().filter(|f| !f.as_os_str().is_empty()) {
        io::create_dir(folder).map_err(CliError::operational)?;
    }
    let key = LocalKey::create(out).map_err(|error| match error {
        SignError::Exists { .. } => CliError::usage(error),
        _ => CliError::operational(error),
    })?;
    ui.say(&format!("wrote {}\nfingerprint {}", out.display(), key.public().fingerprint()))?;
    ui.note("\nBack it up, away from the evidence. For the auditor, on another way than the bundle:\n  poolproof keys show --trust > trust.toml");
    Ok(Exit::Done)
}

fn show(path: &Path, trust: Option<&str>, json: bool, ui: &Ui) -> Result<Exit, CliError> {
    let key = load(path)?;
    let public = key.public();
    if json {
        ui.json(&json!({ "fingerprint": public.fingerprint().as_str(), "algorithm": "ECDSA P-256 SHA-256", "pem": public.to_pem() }))?;
    } else if let Some(who) = trust {
        // Trusted from the day on which the key file was written: bundles sealed since then verify.
        let since = io::modified(path).map_err(CliError::operational)?.date_naive().and_time(NaiveTime::MIN).and_utc();
        let key = TrustedKey { fingerprint: public.fingerprint(), who: who.to_owned(), valid_from: since, valid_to: None };
        ui.raw(&key.to_trust_file())?;
    } else {
        ui.raw(&format!("fingerprint {}\n{}", public.fingerprint(), public.to_pem()))?;
    }
    Ok(Exit::Done)
}

/// Loads a signing key.
///
/// # Errors
/// There is none, or none that can be used: exit code 2, naming what to do.
pub fn load(path: &Path) -> Result<LocalKey, CliError> {
    if !io::exists(path) {
        let shown = path.display();
        return Err(CliError::usage(format!(
            "there is no signing key at {shown}: make one with `poolproof keys new --out {shown}`, or name yours in the scope file ([signing] key = \"…\")"
        )));
    }
    LocalKey::load(path).map_err(CliError::usage)
}

/// Largest certificate file, bytes.
const LARGEST_CERTIFICATES: u64 = 256 << 10;

/// Who seals with a key: with the certificate beside it (`NAME.crt`: PEM, its issuers below it) and the revocation list of its
/// issuer (`NAME.crl`: DER), or with a certificate that the key makes for itself now, valid from `at`.
///
/// # Errors
/// The certificate or the list is there, but damaged, or another key's; or the key cannot be used.
pub fn identity(key: LocalKey, path: &Path, organization: &str, at: DateTime<Utc>) -> Result<Identity, CliError> {
    let beside = path.with_extension("crt");
    if !io::exists(&beside) {
        return Identity::self_signed(Box::new(key), organization, at).map_err(CliError::operational);
    }
    let text = io::read_text(&beside, LARGEST_CERTIFICATES).map_err(CliError::usage)?;
    let wrong =
        |why: String| CliError::usage(format!("{}: {why}; put the signing key's own certificate there, or take it away", beside.display()));
    let chain = x509::chain_from_pem(&text).map_err(wrong)?;
    let mut identity = Identity::with_chain(Box::new(key), &chain).map_err(|e| wrong(e.to_string()))?;
    let list = path.with_extension("crl");
    if io::exists(&list) {
        let der = io::read(&list, LARGEST_CERTIFICATES).map_err(CliError::usage)?;
        if der.first() != Some(&0x30) {
            let shown = list.display();
            return Err(CliError::usage(format!(
                "{shown} is no revocation list in DER; convert it with: openssl crl -outform DER -in {shown}"
            )));
        }
        identity.crls.push(der);
    }
    Ok(identity)
}
