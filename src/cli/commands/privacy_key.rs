//! The organisation's privacy key: 32 random bytes as 64 hexadecimal digits in a file of mode 0600. Never printed.

use crate::cli::exit::CliError;
use crate::digest::hex;
use crate::io;
use std::path::Path;

/// Largest file, bytes.
const LARGEST: u64 = 1024;

/// Makes a key file. The folder is created.
///
/// # Errors
/// It cannot be written.
pub fn create(path: &Path) -> Result<(), CliError> {
    let key = io::random::<32>().map_err(CliError::operational)?;
    if let Some(folder) = path.parent() {
        io::create_dir(folder).map_err(CliError::operational)?;
    }
    io::write_atomic(path, format!("{}\n", hex(&key)).as_bytes(), true).map_err(CliError::operational)
}

/// Reads a key file.
///
/// # Errors
/// It is missing, open to others, or no key: exit code 2, naming what to do.
pub fn load(path: &Path) -> Result<[u8; 32], CliError> {
    let shown = path.display();
    if !io::exists(path) {
        return Err(CliError::usage(format!(
            "there is no privacy key at {shown}: make one with `poolproof init`, or name yours in the scope file ([privacy] key = \"…\"). \
             Keep one key across quarters, or users cannot be followed from one to the next"
        )));
    }
    let bits = io::foreign_permissions(path).map_err(CliError::usage)?;
    if bits != 0 {
        return Err(CliError::usage(format!(
            "the privacy key {shown} is open to other users of this machine (permission bits {bits:03o}); run: chmod 600 {shown}"
        )));
    }
    let text = io::read_text(path, LARGEST).map_err(CliError::usage)?;
    let decoded = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    decoded
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or_else(|| CliError::usage(format!("{shown} is no privacy key: it must hold 64 hexadecimal digits and nothing else")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn a_key_goes_round_and_each_wrong_one_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/privacy.key");
        let missing = load(&path).unwrap_err();
        assert!(missing.exit == Exit::Usage && missing.to_string().contains("poolproof init"));
        create(&path).unwrap();
        assert_ne!(load(&path).unwrap(), [0; 32]);
        io::write_atomic(&path, b"deadbeef", true).unwrap();
        let short = load(&path).unwrap_err().to_string();
        assert!(short.contains("64 hexadecimal digits") && !short.contains("deadbeef"), "{short}");
        io::write_atomic(&path, "0".repeat(64).as_bytes(), false).unwrap();
        assert!(cfg!(not(unix)) || load(&path).unwrap_err().to_string().contains("chmod 600"));
    }
}
