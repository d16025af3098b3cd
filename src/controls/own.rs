//! A user's own frameworks: a folder of TOML files that stand beside the release's.
//!
//! They are added, and nothing else: no file, id or name of the release's can be taken, so that its mappings are never
//! weakened under its own words. The folder is read strictly; what cannot be a framework is refused, not passed over.

use super::catalogue::{CHECKS, Catalogue, CatalogueError, is_release_file, release_files};
use crate::io::{self, FileError};
use std::path::{Path, PathBuf};

/// Largest file of a framework, bytes.
const LARGEST: u64 = 1 << 20;
/// Most frameworks in a folder.
const MOST: usize = 15;
/// May stand in the folder, and is not read.
const README: &str = "README.md";

/// Why a folder was refused.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The folder or a file in it cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something that does not belong there.
    #[error("{}: {what}", path.display())]
    Refused {
        /// The folder, or what lies in it.
        path: PathBuf,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// A framework's file is not certain.
    #[error("{}, line {}: {}", folder.join(&error.file).display(), error.line, error.what)]
    Catalogue {
        /// The folder.
        folder: PathBuf,
        /// File, line and what is wrong.
        error: CatalogueError,
    },
}

/// The release's catalogue with the frameworks of a folder added. Hidden files and `README.md` are left aside.
///
/// # Errors
/// The folder cannot be read, holds no framework, or holds anything that is not one.
pub fn with(folder: &Path) -> Result<Catalogue, OwnError> {
    let refused = |path: &Path, what: &str| Err(OwnError::Refused { path: path.to_owned(), what: what.to_owned() });
    if !io::is_dir(folder) {
        return refused(folder, "there is no such folder; the option takes a folder of frameworks, one .toml file each");
    }
    let mut files = release_files();
    let base = files.len();
    for path in io::list(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name == README {
            continue;
        }
        if !io::is_regular_file(&path) {
            return refused(&path, "a link or a folder: a bundle is made of files only, and the frameworks are part of it");
        }
        if !name.ends_with(".toml") {
            return refused(&path, "this is no framework: here belong .toml files and a README.md, nothing else");
        }
        if is_release_file(&name) {
            return refused(&path, "the release has a file of this name, and what it says is never replaced: rename yours");
        }
        files.insert(name, io::read_text(&path, LARGEST)?);
        if files.len() > base + MOST {
            return refused(folder, &format!("more than {MOST} frameworks"));
        }
    }
    if files.len() == base {
        return refused(folder, "no framework is in it: no .toml file (see CONTRIBUTING.md, How to add a framework)");
    }
    Catalogue::load(&files, CHECKS).map_err(|error| OwnError::Catalogue { folder: folder.to_owned(), error })
}
