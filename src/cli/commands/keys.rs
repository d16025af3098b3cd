//! `poolproof keys`: make a signing key, show its public half. The private half is never printed.

use super::args::{Keys, KeysCommand};
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::sign::kms::{self, KmsKey};
use crate::sign::{Identity, LocalKey, PublicKey, SignError, Signer, x509};
use crate::verify::trust::TrustedKey;
use crate::{clock, io};
use chrono::{DateTime, NaiveTime, Utc};
use serde_json::json;
use std::path::Path;

/// Makes or shows a key.
pub fn run(options: &Keys, ui: &Ui) -> Result<Exit, CliError> {
    match &options.command {
        KeysCommand::New { out, kms: None } => new(out, ui),
        KeysCommand::New { out, kms: Some(name) } => certify(name, out, ui),
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

/// Makes a certificate for a key in KMS, signed by that key itself.
fn certify(name: &str, out: &Path, ui: &Ui) -> Result<Exit, CliError> {
    let name = name.strip_prefix(kms::PREFIX).unwrap_or(name);
    let key = KmsKey::load(name).map_err(CliError::usage)?;
    let der = x509::self_signed(&key, "", clock::now()).map_err(CliError::operational)?;
    let pem = x509::Certificate::read(&der).map_err(CliError::operational)?.to_pem();
    if let Some(folder) = out.parent().filter(|f| !f.as_os_str().is_empty()) {
        io::create_dir(folder).map_err(CliError::operational)?;
    }
    io::write_new(out, pem.as_bytes(), false).map_err(CliError::usage)?;
    ui.say(&format!("wrote {}\nfingerprint {}", out.display(), key.public().fingerprint()))?;
    ui.note(&format!("\nSeal with it: [signing] key = \"kms:{name}\" in the scope file. For the auditor, on another way than the bundle:\n  poolproof keys show kms:{name} --trust > trust.toml"));
    Ok(Exit::Done)
}

fn show(path: &Path, trust: Option<&str>, json: bool, ui: &Ui) -> Result<Exit, CliError> {
    let key = signer(path)?;
    let public = PublicKey::from_spki(key.public_key_spki()).map_err(CliError::operational)?;
    if json {
        ui.json(&json!({ "fingerprint": public.fingerprint().as_str(), "algorithm": "ECDSA P-256 SHA-256", "pem": public.to_pem() }))?;
    } else if let Some(who) = trust {
        // Trusted from the day on which the key file was written: bundles sealed since then verify.
        // A key in KMS has no file: from today on.
        let since = if in_kms(path).is_some() { clock::now() } else { io::modified(path).map_err(CliError::operational)? };
        let since = since.date_naive().and_time(NaiveTime::MIN).and_utc();
        let key = TrustedKey { fingerprint: public.fingerprint(), who: who.to_owned(), valid_from: since, valid_to: None };
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
    match in_kms(path) {
        Some(name) => Ok(Box::new(KmsKey::load(name).map_err(CliError::usage)?)),
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
    LocalKey::load(path).map_err(CliError::usage)
}

/// Largest certificate file, bytes.
const LARGEST_CERTIFICATES: u64 = 256 << 10;

/// Who seals with a key: with the certificate beside it (`NAME.crt`: PEM, its issuers below it) and the revocation list of its
/// issuer (`NAME.crl`: DER), or with a certificate that the key makes for itself now, valid from `at`.
///
/// # Errors
/// The certificate or the list is there, but damaged, or another key's; or the key cannot be used.
pub fn identity(key: Box<dyn Signer>, path: &Path, organization: &str, at: DateTime<Utc>) -> Result<Identity, CliError> {
    // A key in KMS has no folder: its certificate stands where `keys new --kms` writes it.
    let path = if in_kms(path).is_some() { Path::new("keys/kms") } else { path };
    let beside = path.with_extension("crt");
    if !io::exists(&beside) {
        return Identity::self_signed(key, organization, at).map_err(CliError::operational);
    }
    let text = io::read_text(&beside, LARGEST_CERTIFICATES).map_err(CliError::usage)?;
    let wrong =
        |why: String| CliError::usage(format!("{}: {why}; put the signing key's own certificate there, or take it away", beside.display()));
    let chain = x509::chain_from_pem(&text).map_err(wrong)?;
    let mut identity = Identity::with_chain(key, &chain).map_err(|e| wrong(e.to_string()))?;
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
