//! `poolproof keys rotate`: the old key signs the new one over; and the file of rotations that a bundle then carries.

use super::keys;
use super::ui::Ui;
use crate::bundle::amend::Amending;
use crate::bundle::layout::ROTATIONS;
use crate::bundle::write::Content;
use crate::cli::exit::{CliError, Exit};
use crate::sign::{Fingerprint, PublicKey, Signer, rotation};
use crate::{clock, io};
use std::path::{Path, PathBuf};

/// Largest file of rotations, bytes.
const LARGEST: u64 = 1 << 20;

/// Where the rotations that lead to a key are kept: beside it (for a key in KMS, in `keys/`), under its fingerprint.
fn file(key: &Path, fingerprint: &Fingerprint) -> PathBuf {
    let name = format!("{fingerprint}.rotation");
    if keys::in_kms(key).is_some() { Path::new("keys").join(name) } else { key.with_file_name(name) }
}

/// Signs the new key over with the old one.
pub fn run(old_path: &Path, new_path: &Path, ui: &Ui) -> Result<Exit, CliError> {
    let (old, new) = (keys::signer(old_path)?, keys::signer(new_path)?);
    let public = |key: &dyn Signer| PublicKey::from_spki(key.public_key_spki()).map_err(CliError::usage);
    let (from, into) = (public(old.as_ref())?, public(new.as_ref())?);
    let to = file(new_path, &into.fingerprint());
    let at = clock::rfc3339(clock::now());
    let envelope = rotation::seal(old.as_ref(), &into, &at).map_err(CliError::usage)?;
    let mut row: Vec<u8> = of_key(old_path, old.as_ref())?.concat();
    row.extend(envelope.encode());
    io::write_new(&to, &row, false).map_err(|e| CliError::usage(format!("{e}; a rotation to this key is there already")))?;
    ui.say(&format!("wrote {}\nfrom {}\nto   {}", to.display(), from.fingerprint(), into.fingerprint()))?;
    ui.note("\nKeep it beside the new key: bundles sealed with that key carry it from now on. Who trusts the old key verifies\nthem with --allow-rotation while the old key is valid in the trust file; send the new fingerprint before that ends.");
    Ok(Exit::Done)
}

/// The rotations that lead to a key, in order; none where there is no such file.
///
/// # Errors
/// There is one that does not lead to this key.
pub fn of_key(path: &Path, signer: &dyn Signer) -> Result<Vec<Vec<u8>>, CliError> {
    let key = PublicKey::from_spki(signer.public_key_spki()).map_err(CliError::usage)?.fingerprint();
    let file = file(path, &key);
    if !io::exists(&file) {
        return Ok(Vec::new());
    }
    let text = io::read_text(&file, LARGEST).map_err(CliError::usage)?;
    rotation::row(&text, &key)
        .map_err(|why| CliError::usage(format!("{}: {why}; make it again with: poolproof keys rotate", file.display())))
}

/// Adds rotations to a bundle that was just sealed.
pub fn attach(rotations: Vec<Vec<u8>>, bundle: &Path) -> Result<(), CliError> {
    if rotations.is_empty() {
        return Ok(());
    }
    let files = (1..).zip(rotations).map(|(n, bytes)| (format!("{ROTATIONS}{n:02}.dsse.json"), Content::Bytes(bytes))).collect();
    Amending::open(bundle).and_then(|b| b.finish(&files)).map_err(CliError::operational)
}
