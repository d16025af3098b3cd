//! `poolproof keys`: make a signing key, show its public half. The private half is never printed.

use super::args_of_keys::{Keys, KeysCommand};
use super::passphrase;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::sign::kms::{self, KmsKey};
use crate::sign::{LocalKey, PublicKey, SignError, Signer, x509};
use crate::verify::trust::{KeyUse, TrustedKey};
use crate::{clock, io};
use chrono::NaiveTime;
use serde_json::json;
use std::path::Path;

/// Makes or shows a key.
pub fn run(options: &Keys, ui: &Ui) -> Result<Exit, CliError> {
    match &options.command {
        KeysCommand::New { out, kms: None, organization, encrypt } => new(out, organization, *encrypt, ui),
        KeysCommand::New { out, kms: Some(name), organization, .. } => certify(name, out, organization, ui),
        KeysCommand::Csr { key, organization } => {
            let key = signer(key)?;
            ui.raw(&x509::request(key.as_ref(), organization).map_err(CliError::operational)?)?;
            Ok(Exit::Done)
        }
        KeysCommand::Rotate { old, new } => super::rotate::run(old, new, ui),
        KeysCommand::Show { key, trust, purpose, who, json } => show(key, trust.then_some((who.as_str(), purpose.as_str())), *json, ui),
    }
}

fn new(out: &Path, organization: &str, encrypt: bool, ui: &Ui) -> Result<Exit, CliError> {
    let beside = out.with_extension("crt");
    if let Some(there) = [out, &beside].into_iter().find(|path| io::exists(path)) {
        return Err(CliError::usage(SignError::Exists { path: there.display().to_string() }));
    }
    let secret = if encrypt { Some(passphrase::for_new(out)?) } else { None };
    if let Some(folder) = out.parent().filter(|f| !f.as_os_str().is_empty()) {
        io::create_dir(folder).map_err(CliError::operational)?;
    }
    let key = LocalKey::create_with(out, secret.as_deref()).map_err(|error| match error {
        SignError::Exists { .. } | SignError::BadKey { .. } => CliError::usage(error),
        _ => CliError::operational(error),
    })?;
    let der = x509::self_signed(&key, organization, clock::now()).map_err(CliError::operational)?;
    let pem = x509::Certificate::read(&der).map_err(CliError::operational)?.to_pem();
    io::write_new(&beside, pem.as_bytes(), false).map_err(CliError::operational)?;
    ui.say(&format!("wrote {}\nwrote {}\nfingerprint {}", out.display(), beside.display(), key.public().fingerprint()))?;
    ui.note("\nBack it up, away from the evidence. For the auditor, on another way than the bundle:\n  poolproof keys show --trust > trust.toml");
    Ok(Exit::Done)
}

/// Makes a certificate for a key in KMS, signed by that key itself.
fn certify(name: &str, out: &Path, organization: &str, ui: &Ui) -> Result<Exit, CliError> {
    let name = name.strip_prefix(kms::PREFIX).unwrap_or(name);
    let key = KmsKey::load(name, None).map_err(CliError::usage)?;
    let der = x509::self_signed(&key, organization, clock::now()).map_err(CliError::operational)?;
    let pem = x509::Certificate::read(&der).map_err(CliError::operational)?.to_pem();
    if let Some(folder) = out.parent().filter(|f| !f.as_os_str().is_empty()) {
        io::create_dir(folder).map_err(CliError::operational)?;
    }
    io::write_new(out, pem.as_bytes(), false).map_err(CliError::usage)?;
    ui.say(&format!("wrote {}\nfingerprint {}", out.display(), key.public().fingerprint()))?;
    ui.note(&format!("\nSeal with it: [signing] key = \"kms:{name}\" in the scope file. For the auditor, on another way than the bundle:\n  poolproof keys show kms:{name} --trust > trust.toml"));
    Ok(Exit::Done)
}

fn show(path: &Path, trust: Option<(&str, &str)>, json: bool, ui: &Ui) -> Result<Exit, CliError> {
    let key = signer(path)?;
    let public = PublicKey::from_spki(key.public_key_spki()).map_err(CliError::operational)?;
    if json {
        ui.json(&json!({ "fingerprint": public.fingerprint().as_str(), "algorithm": "ECDSA P-256 SHA-256", "pem": public.to_pem() }))?;
    } else if let Some((who, purpose)) = trust {
        // Trusted from the day on which the key file was written: bundles sealed since then verify.
        // A key in KMS has no file: from today on.
        let since = if in_kms(path).is_some() { clock::now() } else { io::modified(path).map_err(CliError::operational)? };
        let since = since.date_naive().and_time(NaiveTime::MIN).and_utc();
        let purpose = KeyUse::parse(purpose).map_err(|why| CliError::usage(format!("--{why}")))?;
        let key = TrustedKey { fingerprint: public.fingerprint(), who: who.to_owned(), purpose, valid_from: since, valid_to: None };
        ui.raw(&key.to_trust_file())?;
    } else {
        ui.raw(&format!("fingerprint {}\n{}", public.fingerprint(), public.to_pem()))?;
    }
    Ok(Exit::Done)
}

/// The name of a key in KMS, where the path is `kms:` and such a name.
pub fn in_kms(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(kms::PREFIX)
}

/// Makes a signing key ready: a file, or a key in KMS, which is looked at now, before anything else is done.
///
/// # Errors
/// There is none, or none that can be used: exit code 2, naming what to do.
pub fn signer(path: &Path) -> Result<Box<dyn Signer>, CliError> {
    signer_by(path, None)
}

/// As [`signer`]; a key in KMS by the credentials of a profile of the AWS settings, where one is named.
///
/// # Errors
/// As [`signer`].
pub fn signer_by(path: &Path, profile: Option<&str>) -> Result<Box<dyn Signer>, CliError> {
    match in_kms(path) {
        Some(name) => Ok(Box::new(KmsKey::load(name, profile).map_err(CliError::usage)?)),
        None => Ok(Box::new(load(path)?)),
    }
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
    LocalKey::load_with(path, &|| passphrase::of(path)).map_err(CliError::usage)
}
