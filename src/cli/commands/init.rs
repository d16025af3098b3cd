//! `poolproof init`: a commented scope file and a privacy key. Overwrites nothing, leaves nothing half.

use super::args::Init;
use super::privacy_key;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::collect::{self, CollectError};
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
    let pools = ask_aws(options, ui).unwrap_or_else(|why| {
        let why = match why {
            CollectError::NoRegion => "no region: give --region, or set AWS_REGION or a profile's region".to_owned(),
            other => other.to_string(),
        };
        ui.note(&format!("No pools from AWS ({why}). The file holds an example instead."));
        Vec::new()
    });
    // What a listing gives goes into a file: only what reads back as a pool id.
    let pools: Vec<FoundPool> = pools.into_iter().filter(|p| config::pool_id(p.id.as_str()).is_ok()).collect();
    let text = config::commented(&pools);
    let defaults = Config::defaults(clock::now().date_naive()).relative_to(folder);
    super::changes::warn(&defaults.out);
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

/// The pools that AWS lists, or why there are none to be had.
fn ask_aws(options: &Init, ui: &Ui) -> Result<Vec<FoundPool>, CollectError> {
    let progress = ui.progress();
    let regions: Vec<Option<&str>> =
        if options.regions.is_empty() { vec![None] } else { options.regions.iter().map(|r| Some(r.as_str())).collect() };
    let mut found = Vec::new();
    for region in regions {
        let listed = collect::list_pools(region, options.profile.as_deref(), progress.as_ref())?;
        found.extend(listed.into_iter().map(|p| FoundPool { id: p.id, name: p.name }));
    }
    Ok(found)
}
