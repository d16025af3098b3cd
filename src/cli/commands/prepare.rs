//! What `run` and `collect` need before the first call: the scope file with the options applied. Nothing is written here.

use super::args::Run;
use super::{approve, review};
use crate::cli::exit::CliError;
use crate::config::roster::{self, RosterFile};
use crate::config::{self, Config, Overrides};
use crate::model::review::{MOST, Reviews};
use crate::verify::intact::{self, Intact};
use crate::verify::trust::Trust;
use crate::{checks, clock, collect, io};
use std::path::Path;

/// Longest challenge, characters.
const LONGEST_CHALLENGE: usize = 200;

/// The scope file that is named, else `poolproof.toml` where it is there, else the defaults.
///
/// # Errors
/// The file is missing, unreadable or wrong: exit code 2. An approval that does not hold is no error: it is a finding.
pub fn scope_file(named: Option<&Path>) -> Result<Config, CliError> {
    let mut config = bare_scope_file(named)?;
    approve::attach(&mut config);
    Ok(config)
}

/// As [`scope_file`], without the approvals of its exceptions.
///
/// # Errors
/// As there.
pub fn bare_scope_file(named: Option<&Path>) -> Result<Config, CliError> {
    let today = clock::now().date_naive();
    let default = Path::new(config::FILE);
    let Some(path) = named.or_else(|| io::exists(default).then_some(default)) else { return Ok(Config::defaults(today)) };
    let text = io::read_text(path, config::LARGEST).map_err(CliError::usage)?;
    let known: Vec<&str> = checks::all().map(|c| c.id).collect();
    let read = config::read(&text, &path.display().to_string(), today, &known).map_err(CliError::usage)?;
    Ok(read.relative_to(path.parent().unwrap_or(Path::new(""))))
}

/// Reads the scope file, if there is one, and applies the options.
///
/// # Errors
/// The file is missing, unreadable or wrong, or an option is: exit code 2.
pub fn config(options: &Run) -> Result<Config, CliError> {
    let config = scope_file(options.config.as_deref())?;
    let overrides = Overrides {
        pools: options.pools.clone(),
        regions: options.regions.clone(),
        period: options.period.clone(),
        fail_on: options.fail_on,
        out: options.out.clone(),
        roster: options.roster.clone(),
        roster_as_of: options.roster_as_of,
        reviews: options.reviews.clone(),
    };
    let mut config = config.with(&overrides).map_err(CliError::usage)?;
    if options.from.is_none() && config.declared().pools.is_empty() && config.declared().regions.is_empty() {
        config.ask_region(collect::default_region().map_err(CliError::usage)?);
    }
    Ok(config)
}

/// The auditor's challenge, if it can stand on a cover.
///
/// # Errors
/// It is empty, too long or holds control characters: exit code 2.
pub fn challenge(options: &Run) -> Result<Option<String>, CliError> {
    let Some(text) = &options.challenge else { return Ok(None) };
    let good = !text.trim().is_empty() && text.chars().count() <= LONGEST_CHALLENGE && !text.chars().any(char::is_control);
    if good {
        return Ok(Some(text.clone()));
    }
    Err(CliError::usage(format!("--challenge must be a text of 1 to {LONGEST_CHALLENGE} characters on one line")))
}

/// The roster that the scope file or the options name.
///
/// # Errors
/// It is not there, cannot be read, has no day, or one that is still to come: exit code 2.
pub fn roster(config: &Config) -> Result<Option<RosterFile>, CliError> {
    let Some(path) = &config.roster else {
        let alone = "a day of the roster is given, and no roster: name its file (--roster, or [inputs] roster in the scope file)";
        return if config.roster_as_of.is_some() { Err(CliError::usage(alone)) } else { Ok(None) };
    };
    let shown = path.display().to_string();
    let as_of = config.roster_as_of.ok_or_else(|| {
        CliError::usage(format!("of which day is the roster {shown}? Say so: --roster-as-of 2026-09-28, or [inputs] roster_as_of"))
    })?;
    if as_of > clock::now().date_naive() {
        return Err(CliError::usage(format!("the roster {shown} cannot be of {as_of}, which is still to come")));
    }
    let bytes = io::read(path, roster::LARGEST).map_err(CliError::usage)?;
    RosterFile::read(&bytes, &shown, as_of).map(Some).map_err(CliError::usage)
}

/// The access reviews that the scope file or the options name. Users of the bundle before this one may stand there as its
/// `population.csv` names them.
///
/// # Errors
/// There are too many, one is not there or ill-formed, or is of a day to come, or a signature does not hold: exit code 2.
pub fn reviews(config: &Config, previous: Option<&Intact>) -> Result<Option<Reviews>, CliError> {
    if config.reviews.is_empty() {
        return Ok(None);
    }
    if config.reviews.len() > MOST {
        return Err(CliError::usage(format!("a run takes at most {MOST} reviews: those of the last six months are enough")));
    }
    let population = previous.and_then(review::population);
    let all = config.reviews.iter().map(|path| review::read(path, population.as_ref())).collect::<Result<Vec<_>, CliError>>()?;
    Ok(Some(Reviews::of(all)))
}

/// The bundle before this one. It must be whole; whose key sealed it is for `verify --previous` to say.
///
/// # Errors
/// It is not there, or not whole: exit code 2.
pub fn previous(path: &Path) -> Result<Intact, CliError> {
    if !io::exists(path) {
        return Err(CliError::usage(format!("--previous {}: there is no such bundle", path.display())));
    }
    let opened = intact::open(path, &Trust::Nobody, clock::now());
    opened.map_err(|why| CliError::usage(format!("--previous {}: a chain must not begin with it: {why}", path.display())))
}
