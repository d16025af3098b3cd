//! The one door to files, the environment and randomness. Nothing half-written is ever left under a final name.

#![allow(clippy::disallowed_methods, reason = "this is the door")]

use chrono::{DateTime, Utc};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What went wrong with a file: which one, doing what, and the system's reason.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    /// What was attempted, as a verb phrase.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// The system's reason.
    #[source]
    pub source: io::Error,
}

fn fail<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + 'a {
    move |source| FileError { action, path: path.to_owned(), source }
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// The file cannot be read or is larger than `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(fail("open", path))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(fail("read", path))?;
    if bytes.len() as u64 > limit {
        let why = io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than the limit of {limit} bytes"));
        return Err(fail("read", path)(why));
    }
    Ok(bytes)
}

/// Reads a whole UTF-8 file of at most `limit` bytes.
///
/// # Errors
/// As [`read`], or the file is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, FileError> {
    String::from_utf8(read(path, limit)?).map_err(|e| fail("read as UTF-8 text", path)(io::Error::new(io::ErrorKind::InvalidData, e)))
}

/// Opens a file for reading from any position.
///
/// # Errors
/// The file cannot be opened.
pub fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(fail("open", path))
}

/// Opens (or creates) a file to append to. `private` gives a new one mode 0600.
///
/// # Errors
/// The file cannot be opened.
pub fn append(path: &Path, private: bool) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    private_mode(&mut options, private);
    options.open(path).map_err(fail("open for appending", path))
}

#[cfg(unix)]
fn private_mode(options: &mut OpenOptions, private: bool) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(if private { 0o600 } else { 0o644 });
}
#[cfg(not(unix))]
fn private_mode(_: &mut OpenOptions, _: bool) {}

/// The permission bits beyond the owner's (`0o077`), or 0 where the system has none.
///
/// # Errors
/// The file cannot be looked at.
pub fn foreign_permissions(path: &Path) -> Result<u32, FileError> {
    let meta = fs::metadata(path).map_err(fail("look at", path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(meta.permissions().mode() & 0o077)
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        Ok(0)
    }
}

/// Takes a lock file for this process: `None` where another process holds it. It is free again when the file is dropped
/// or the process ends, however it ends.
///
/// # Errors
/// The file cannot be created, or the system knows no locks there.
pub fn lock(path: &Path) -> Result<Option<File>, FileError> {
    let file = append(path, true)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(why)) => Err(fail("lock", path)(why)),
    }
}

/// Cuts what follows the last newline of a file: all that a crash can leave of an append. Returns how many bytes went.
///
/// # Errors
/// The file cannot be read or cut.
pub fn cut_torn_line(path: &Path, file: &mut File) -> Result<u64, FileError> {
    cut(file).map_err(fail("cut the torn last line of", path))
}

fn cut(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut keep = length;
    let mut block = [0u8; 8192];
    while keep > 0 {
        let start = keep.saturating_sub(block.len() as u64);
        file.seek(SeekFrom::Start(start))?;
        let wanted = usize::try_from(keep - start).unwrap_or(block.len());
        let part = block.get_mut(..wanted).unwrap_or_default();
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|b| *b == b'\n') {
            keep = start + at as u64 + 1;
            break;
        }
        keep = start;
    }
    if keep < length {
        file.set_len(keep)?;
        file.sync_data()?;
    }
    Ok(length - keep)
}

/// When a file was last written.
///
/// # Errors
/// The file cannot be looked at, or the system does not tell.
pub fn modified(path: &Path) -> Result<DateTime<Utc>, FileError> {
    fs::metadata(path).and_then(|m| m.modified()).map(DateTime::from).map_err(fail("look at", path))
}

/// Writes a file whole: aside, fsync, rename. An existing file is replaced. `private` gives mode 0600.
///
/// # Errors
/// Any step fails; the file under the final name is then what it was before.
pub fn write_atomic(path: &Path, bytes: &[u8], private: bool) -> Result<(), FileError> {
    write_atomic_with(path, private, |out| out.write_all(bytes))
}

/// As [`write_atomic`], with the content streamed by `fill`.
///
/// # Errors
/// As [`write_atomic`], or `fill` fails.
pub fn write_atomic_with(path: &Path, private: bool, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let aside = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.create(true).write(true).read(true).truncate(true);
    private_mode(&mut options, private);
    let written = options.open(&aside).and_then(|mut file| fill(&mut file).and_then(|()| file.sync_all()));
    if let Err(why) = written.and_then(|()| fs::rename(&aside, path)) {
        let _ = fs::remove_file(&aside);
        return Err(fail("write", path)(why));
    }
    sync_folder(path);
    Ok(())
}

/// Writes a file that must not exist yet; nothing is ever overwritten. `private` gives mode 0600.
///
/// # Errors
/// Something stands there already (`AlreadyExists`), or it cannot be written; nothing of it is left then.
pub fn write_new(path: &Path, bytes: &[u8], private: bool) -> Result<(), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private_mode(&mut options, private);
    let mut file = options.open(path).map_err(fail("create", path))?;
    if let Err(why) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        let _ = fs::remove_file(path);
        return Err(fail("write", path)(why));
    }
    sync_folder(path);
    Ok(())
}

/// Makes a rename durable; a system that cannot sync a folder has nothing to add.
fn sync_folder(path: &Path) {
    if let Some(parent) = path.parent() {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        if let Ok(folder) = File::open(parent) {
            let _ = folder.sync_all();
        }
    }
}

/// Creates a folder and its parents.
///
/// # Errors
/// The folder cannot be created.
pub fn create_dir(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(fail("create the folder", path))
}

/// Removes a file; one that is not there is fine.
///
/// # Errors
/// The file cannot be removed.
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(fail("remove", path)(e)),
        _ => Ok(()),
    }
}

/// Removes a folder that holds nothing; any other stays.
pub fn remove_empty_folder(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// The file or folder behind links, as an absolute path.
///
/// # Errors
/// It is not there, or a folder on the way cannot be read.
pub fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    path.canonicalize().map_err(fail("find", path))
}

/// Whether something is there, a file or a folder.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether it is a folder.
pub fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// What stands directly in a folder, sorted by name. Links are listed as what they are: see [`is_link`].
///
/// # Errors
/// The folder cannot be listed.
pub fn list(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(fail("list the folder", path))? {
        found.push(entry.map_err(fail("list the folder", path))?.path());
    }
    found.sort();
    Ok(found)
}

/// Whether it is a symbolic link.
pub fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_symlink())
}

/// Whether it is a regular file, or a link to one.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether it is a regular file itself: no link, folder, pipe or device.
pub fn is_regular_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_file())
}

/// An environment variable, if set to UTF-8 text that is not empty.
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The file of the running program.
///
/// # Errors
/// The system does not tell.
pub fn program() -> Result<PathBuf, FileError> {
    std::env::current_exe().map_err(fail("find the running program's file", Path::new("poolproof")))
}

/// `N` random bytes from the operating system's generator.
///
/// # Errors
/// The system's generator fails.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("the system's random generator failed"))?;
    Ok(bytes)
}
