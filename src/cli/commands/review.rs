//! `poolproof review`: a reviewer's own signature on his review of access; and, for every command that takes reviews, their
//! files, signed or not. It decides nothing about trust: whose key it was, `verify` says by the caller's trust file.

use super::args_of_review::Review as Options;
use super::keys;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::config::reviews;
use crate::model::review::{PoolReview, Population, Review, Reviews};
use crate::report::population_csv;
use crate::sign::access_review;
use crate::verify::intact::{self, Intact};
use crate::verify::trust::Trust;
use crate::{clock, io};
use std::collections::BTreeSet;
use std::path::Path;

/// The users of a bundle, as its `population.csv` names them; `None` where it has none.
pub fn population(bundle: &Intact) -> Option<Population> {
    let mode = bundle.evidence.scope.privacy.mode;
    bundle.population.as_ref().map(|sha256| Population { sha256: sha256.clone(), users: population_csv::named(&bundle.snapshot, mode) })
}

/// Reads a review, as its reviewer wrote it or as he signed it. `population` tells whom he names where he names nobody by
/// pseudonym.
///
/// # Errors
/// It is not there, ill-formed, of a day to come, or its signature does not hold: exit code 2.
pub fn read(path: &Path, population: Option<&Population>) -> Result<Review, CliError> {
    let text = io::read_text(path, reviews::LARGEST).map_err(CliError::usage)?;
    let (file, today) = (path.display().to_string(), clock::now().date_naive());
    // A TOML file cannot begin with a brace, and JSON of this form does.
    if !text.trim_start().starts_with('{') {
        return reviews::read(&text, &file, today, population).map_err(CliError::usage);
    }
    let review = access_review::read(text.as_bytes()).map_err(|why| CliError::usage(format!("{file}: {why}")))?;
    if review.on > today {
        return Err(CliError::usage(format!("{file}: it is of {}, which is still to come", review.on)));
    }
    Ok(review)
}

/// Shows what a review decides, and signs it.
pub fn run(options: &Options, ui: &Ui) -> Result<Exit, CliError> {
    let bundle = options.bundle.as_deref().map(open).transpose()?;
    let population = bundle.as_ref().and_then(population);
    let review = read(&options.file, population.as_ref())?;
    if let (Some(bundle), Some(path)) = (&bundle, &options.bundle) {
        let its = population.as_ref().filter(|p| p.sha256 == review.population);
        let its = its.ok_or_else(|| CliError::usage(format!("{} has another population.csv than the one reviewed", path.display())))?;
        strangers(&review, its)?;
        ui.note(&format!("Held against bundle {}: every user decided on is in it.", bundle.evidence.bundle_id));
    }
    if bundle.is_none() {
        ui.note("Not held against the bundle that was reviewed (--bundle): whether it holds these users is not looked at.");
    }
    ui.say(&shown(&review, bundle.as_ref()))?;
    let Some(key) = &options.key else {
        ui.note("\nNothing was signed. To sign it:\n  poolproof review FILE --bundle BUNDLE --key keys/reviewer.p8");
        return Ok(Exit::Done);
    };
    if io::exists(&options.out) {
        let shown = options.out.display();
        return Err(CliError::usage(format!("{shown} exists already and is not overwritten; move it, or choose another --out")));
    }
    let signer = keys::signer(key)?;
    let at = clock::rfc3339(clock::now());
    let signed = access_review::seal(&review, &at, signer.as_ref()).map_err(CliError::operational)?;
    let fingerprint = signed.signature.as_ref().map(|s| s.fingerprint.clone()).unwrap_or_default();
    let bytes = Reviews::of(vec![signed]).to_json().map_err(CliError::operational)?;
    io::write_new(&options.out, &bytes, false).map_err(CliError::operational)?;
    ui.say(&format!("signed      {at}\nkey         {fingerprint}\nwritten to  {}", options.out.display()))?;
    ui.note(&format!("\nNext:\n  poolproof run --previous BUNDLE --review {}", options.out.display()));
    Ok(Exit::Done)
}

fn open(path: &Path) -> Result<Intact, CliError> {
    intact::open(path, &Trust::Nobody, clock::now()).map_err(|why| CliError::usage(format!("--bundle {}: {why}", path.display())))
}

/// Refuses a review that decides on somebody who is not in the population.
fn strangers(review: &Review, population: &Population) -> Result<(), CliError> {
    for pool in &review.pools {
        let known = population.pseudonyms(&pool.id);
        for (list, users) in [("keep", &pool.keep), ("remove", &pool.remove)] {
            if let Some((_, n)) = users.iter().zip(1..).find(|(user, _)| !known.contains(user.as_str())) {
                return Err(CliError::usage(format!(
                    "user {n} of {list} of pool {} is not in that pool's population of the bundle: nothing was signed",
                    pool.id
                )));
            }
        }
    }
    Ok(())
}

/// What a review says, for the one who is about to sign it.
fn shown(review: &Review, bundle: Option<&Intact>) -> String {
    let mut out = format!(
        "reviewer    {}\nrole        {}\non          {}\nperiod      {}\npopulation  {}",
        review.reviewer, review.role, review.on, review.period, review.population
    );
    for pool in &review.pools {
        out.push_str(&format!("\npool        {}: {} to keep, {} to remove", pool.id, pool.keep.len(), pool.remove.len()));
        if let Some(bundle) = bundle {
            out.push_str(&format!("; {} enabled users of it are passed over", passed_over(pool, bundle)));
        }
    }
    out
}

/// Enabled users of the bundle's pool on whom nothing is decided.
fn passed_over(pool: &PoolReview, bundle: &Intact) -> usize {
    let users = bundle.snapshot.pools.iter().filter(|p| p.id == pool.id).flat_map(|p| &p.population.users);
    let decided: BTreeSet<&String> = pool.keep.iter().chain(&pool.remove).collect();
    users.filter(|u| u.enabled != Some(false) && u.sub.as_ref().is_none_or(|sub| !decided.contains(sub))).count()
}
