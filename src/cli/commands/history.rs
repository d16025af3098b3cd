//! `poolproof history`: the bundles of a folder to a chain, and the chain to text, JSON or a page.

use super::args::History as Options;
use super::diff::trust;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::history::{self, Entry, History, Refused};
use crate::verify::intact;
use crate::verify::trust::Trust;
use crate::{clock, io};
use std::path::Path;

/// Most bundles of one folder.
const MOST: usize = 1000;

/// Links the folder's bundles.
pub fn run(options: &Options, ui: &Ui) -> Result<Exit, CliError> {
    let trust = trust(&options.whom)?;
    let folder = options.dir.display();
    if !io::is_dir(&options.dir) {
        return Err(CliError::usage(format!("{folder} is no folder")));
    }
    let bundles: Vec<_> = io::list(&options.dir).map_err(CliError::operational)?.into_iter().filter(|p| is_bundle(p)).collect();
    if bundles.is_empty() || bundles.len() > MOST {
        return Err(CliError::usage(format!(
            "{folder} holds {} bundles (.zip files, or unpacked ones); 1 to {MOST} are taken",
            bundles.len()
        )));
    }
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for path in &bundles {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ui.note(&format!("Verifying {file}"));
        let opened = intact::open(path, &trust, clock::now());
        let entry = opened.and_then(|o| {
            Entry::of(&file, &o.evidence, &o.sealed.statement, &o.sealed.fingerprint, o.who.as_deref())
                .ok_or_else(|| "its time is none".to_owned())
        });
        match entry {
            Ok(entry) => entries.push(entry),
            Err(why) => refused.push(Refused { file, why }),
        }
    }
    let checked = match trust {
        Trust::Nobody => "No step of verify fails for any bundle counted here; whose keys they are was not checked (give --trust).",
        _ => "No step of verify fails for any bundle counted here, and a key that you do not trust counts as failed.",
    };
    let found = History::of(entries, refused, checked);
    if let Some(path) = &options.html {
        io::write_atomic(path, history::html::page(&found).as_bytes(), false).map_err(CliError::operational)?;
        ui.note(&format!("wrote {}", path.display()));
    }
    if options.json {
        let value = serde_json::to_value(&found).map_err(CliError::operational)?;
        ui.json(&value)?;
    } else {
        ui.raw(&history::text::plain(&found))?;
    }
    Ok(if found.refused.is_empty() { Exit::Done } else { Exit::Untrusted })
}

/// A ZIP, or the folder of an unpacked bundle. Whatever else lies in an evidence folder is none.
fn is_bundle(path: &Path) -> bool {
    let zip = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip")) && io::is_file(path);
    zip || (io::is_dir(path) && io::exists(&path.join("bagit.txt")))
}
