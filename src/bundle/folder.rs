//! The files of an unpacked bag: regular files only, with names as a bundle has them.
//!
//! It must not follow links, and not open pipes or devices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layout::{LONGEST_PATH, MOST_ENTRIES, Names, check_path, shown};
use crate::io;

/// Every file below `root` by its path there.
pub(super) fn files(root: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut found = BTreeMap::new();
    let mut names = Names::default();
    let mut waiting = vec![(String::new(), root.to_owned())];
    while let Some((below, folder)) = waiting.pop() {
        let entries = io::list(&folder).map_err(|e| e.to_string())?;
        if entries.is_empty() {
            return Err(format!("the folder {:?} is empty: no bag has such a folder", shown(&below)));
        }
        if entries.len() + waiting.len() + found.len() > MOST_ENTRIES {
            return Err("it holds more than 65,534 files and folders".to_owned());
        }
        for path in entries {
            let name = path.file_name().and_then(|n| n.to_str()).ok_or("a name is not UTF-8")?;
            let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            check_path(&below)?;
            if io::is_link(&path) {
                return Err(format!("{:?} is a link", shown(&below)));
            } else if io::is_dir(&path) && below.len() < LONGEST_PATH {
                waiting.push((below, path));
            } else if io::is_regular_file(&path) {
                names.add(&below)?;
                found.insert(below, path);
            } else {
                return Err(format!("{:?} is neither a file nor a folder", shown(&below)));
            }
        }
    }
    Ok(found)
}
