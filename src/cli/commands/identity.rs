//! Who seals: the key with its certificates and revocation lists, as the scope file names them or as they stand beside the key.
//!
//! It is made before anything is collected, so that a certificate that does not fit costs nothing. It decides nothing about trust.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::keys;
use crate::cli::exit::CliError;
use crate::config::Certificates;
use crate::io;
use crate::sign::x509::{self, Certificate};
use crate::sign::{Identity, Signer};

/// Largest certificate file or revocation list, bytes: what a bundle takes.
const LARGEST: u64 = 1 << 20;

/// Who seals with a key: with the certificate that is named, or the one beside the key (`NAME.crt`: PEM, its issuers below it,
/// and `NAME.crl`: DER), or one that the key makes for itself now, valid from `at`.
///
/// # Errors
/// A certificate or a list is damaged, or another key's; or the key cannot be used.
pub fn of(key: Box<dyn Signer>, path: &Path, named: &Certificates, organization: &str, at: DateTime<Utc>) -> Result<Identity, CliError> {
    // A key in KMS has no folder: its certificate stands where `keys new --kms` writes it.
    let path = if keys::in_kms(path).is_some() { Path::new("keys/kms") } else { path };
    let beside = |end: &str| Some(path.with_extension(end)).filter(|file| io::exists(file));
    let Some(certificate) = named.certificate.clone().or_else(|| beside("crt")) else {
        return Identity::self_signed(key, organization, at).map_err(CliError::operational);
    };
    let wrong =
        |why: String| CliError::usage(format!("{}: {why}; give the signing key's own certificate, or take it away", certificate.display()));
    let mut chain = certificates(&certificate)?;
    if let Some(file) = &named.chain {
        // A file that holds the whole chain holds the certificate itself again.
        let more: Vec<Certificate> = certificates(file)?.into_iter().filter(|c| !chain.contains(c)).collect();
        chain.extend(more);
    }
    let mut identity = Identity::with_chain(key, &chain).map_err(|e| wrong(e.to_string()))?;
    let lists: Vec<PathBuf> = if named.certificate.is_some() { named.crls.clone() } else { beside("crl").into_iter().collect() };
    identity.crls = revocation_lists(&lists)?;
    Ok(identity)
}

/// Revocation lists, DER.
///
/// # Errors
/// One cannot be read, or is none.
pub fn revocation_lists(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, CliError> {
    let one = |list: &PathBuf| {
        let der = io::read(list, LARGEST).map_err(CliError::usage)?;
        x509::is_revocation_list(&der).map_err(|why| {
            let shown = list.display();
            CliError::usage(format!("{shown} is no revocation list in DER ({why}); convert it with: openssl crl -outform DER -in {shown}"))
        })?;
        Ok(der)
    };
    files.iter().map(one).collect()
}

/// The certificates in a PEM file.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn certificates(file: &Path) -> Result<Vec<Certificate>, CliError> {
    let text = io::read_text(file, LARGEST).map_err(CliError::usage)?;
    x509::chain_from_pem(&text).map_err(|why| CliError::usage(format!("{}: {why}; it must hold certificates in PEM", file.display())))
}
