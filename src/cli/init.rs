//! `poolproof init`: a commented scope file and a privacy key. Overwrites nothing, leaves nothing half.

use super::args::Init;
use super::exit::{CliError, Exit};
use super::privacy_key;
use super::ui::Ui;
use crate::config::{self, Config, FoundPool};
use crate::{clock, io};
use std::path::Path;

/// Writes the two files.
pub fn run(options: &Init, ui: &Ui) -> Result<Exit, CliError> {
    let path = &options.config;
    if io::exists(path) || io::is_link(path) {
        return Err(CliError::usage(format!("{} exists already and is not overwritten; name another with --config", path.display())));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() && !io::is_dir(folder) {
        return Err(CliError::usage(format!("there is no folder {}", folder.display())));
    }
    let pools = ask_aws(options).unwrap_or_else(|why| {
        ui.note(&format!("AWS was not asked for pools ({why}): the file holds an example instead."));
        Vec::new()
    });
    let text = config::commented(&pools);
    let defaults = Config::defaults(clock::now().date_naive()).relative_to(folder);
    let key_is_new = !io::exists(&defaults.privacy_key);
    if key_is_new {
        privacy_key::create(&defaults.privacy_key)?;
    } else {
        privacy_key::load(&defaults.privacy_key)?;
    }
    if let Err(why) = io::write_atomic(path, text.as_bytes(), false) {
        if key_is_new {
            let _ = io::remove_file(&defaults.privacy_key);
        }
        return Err(CliError::operational(why));
    }
    let found = match pools.len() {
        0 => String::new(),
        1 => " with the one pool found".to_owned(),
        n => format!(" with the {n} pools found"),
    };
    ui.say(&format!("wrote {}{found}", path.display()))?;
    let key = defaults.privacy_key.display();
    ui.say(&if key_is_new { format!("wrote {key} (keep it across quarters)") } else { format!("kept the key {key}") })?;
    ui.note("\nNext: look through the file, then\n  poolproof keys new\n  poolproof run");
    Ok(Exit::Done)
}

/// The pools that AWS lists, or why it was not asked.
fn ask_aws(_: &Init) -> Result<Vec<FoundPool>, String> {
    Err("this build cannot call AWS".to_owned())
}
