//! The auditor's sample of a pool's users, for his own testing: drawn so that everybody draws the same one again from the bundle with
//! `sha256sum` and `sort`. (The collector's sample, `users.detail = "sample"`, is another thing and stands in `collect`.)
//!
//! The seed binds the recording's head digest and a value that the auditor chose after sealing, so neither side can steer the draw; a
//! sample without that value is marked self-selected. A pool whose listing is not complete is not drawn from unless that is asked for,
//! and then every form says that it is no sample of the whole.

pub mod draw;
pub mod schema;
pub mod size;
#[cfg(test)]
mod tests;
pub mod text;

use crate::digest::sha256_hex;
use crate::model::evidence::Evidence;
use crate::model::fetched::{Gap, GapKind};
use crate::model::id::{AccountId, PoolId, Region};
use crate::model::scope::PrivacyMode;
use crate::report::population_csv;
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::Pool;
use crate::snapshot::population::User;
use draw::{Chosen, Stratum, Unit};
use serde::Serialize;
use size::{Size, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// The value of [`Sample::format`].
pub const FORMAT: &str = "poolproof-sample/1";
/// First line of what is hashed into a seed; another method gets another one.
pub const DOMAIN: &str = "poolproof-sample/1";
/// Longest value of the auditor's, bytes.
const LONGEST_VALUE: usize = 256;

/// How it is drawn, in words: for the help, the output and whoever draws again.
pub const METHOD: &str = "\
seed = SHA-256 of four lines, each with a line feed: poolproof-sample/1, the
recording's head digest (run.head_digest in data/evidence.json), the pool's id,
the auditor's value (an empty line without one). Each user's key = SHA-256 of
the seed in hex, a blank, and the user column of data/population.csv. Strata =
status and privileged. A stratum of m among N users gets the whole part of
n * m / N; what is left of n goes, one each, to the largest remainders (the
first by name where equal); then a stratum that got none gets one more. Within
a stratum the users with the smallest keys are the sample.";

/// Which users are the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Every user that was listed.
    All,
    /// Enabled local users who can sign in (the states that count for enrolment).
    SigningIn,
}

/// What the auditor wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The value that he chose after sealing.
    pub value: Option<String>,
    /// How many.
    pub size: Wanted,
    /// Of whom.
    pub of: Of,
    /// Only these pools; all where empty.
    pub pools: Vec<String>,
    /// Draw from pools whose listing is not complete too.
    pub incomplete: bool,
}

/// The bundle that is drawn from.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Its id.
    pub bundle_id: String,
    /// SHA-256 of its statement.
    pub statement: String,
    /// SHA-256 that closes its recording.
    pub head_digest: String,
    /// SHA-256 of `population.csv`, from which it can be drawn by hand; `None` where the bundle has none.
    pub population_sha256: Option<String>,
    /// What was checked of it, in words.
    pub seal: String,
}

/// The samples of a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// Always [`FORMAT`].
    pub format: &'static str,
    /// Drawn from.
    pub source: Source,
    /// The auditor's value.
    pub sample_seed: Option<String>,
    /// Nobody chose a value after sealing: the sealer could know the sample beforehand.
    pub self_selected: bool,
    /// Of whom.
    pub population: Of,
    /// [`METHOD`].
    pub method: &'static str,
    /// One each pool.
    pub pools: Vec<OfPool>,
}

impl Sample {
    /// Every pool was drawn from, each from a complete listing.
    pub fn is_whole(&self) -> bool {
        self.pools.iter().all(|p| p.complete && p.drawn)
    }
}

/// The sample of a pool.
#[derive(Clone, Debug, Serialize)]
pub struct OfPool {
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Region,
    /// Id.
    pub pool: PoolId,
    /// The listing is complete (the rule of COG-EVD-001).
    pub complete: bool,
    /// Why it is not.
    pub not_complete_because: Option<String>,
    /// A sample was drawn.
    pub drawn: bool,
    /// Users in the population.
    pub users: u64,
    /// The seed, hex.
    pub seed: String,
    /// How many, and why.
    pub size: Size,
    /// The strata by name.
    pub strata: Vec<Stratum>,
    /// The sample: by stratum, then key.
    pub sample: Vec<Drawn>,
}

/// A user of the sample.
#[derive(Clone, Debug, Serialize)]
pub struct Drawn {
    /// As in the `user` column of `population.csv`.
    pub user: String,
    /// `UserStatus`; empty where the answer lacks it.
    pub status: String,
    /// In a group declared privileged, or a named administrator.
    pub privileged: bool,
    /// `factor_state` of `population.csv`.
    pub factor_state: &'static str,
    /// SHA-256 by which the user was drawn.
    pub key: String,
    /// Where the recording lists the user.
    pub listed: Evidence,
}

/// Draws.
///
/// # Errors
/// The value or a pool is none, or `population.csv` is not what the recording says.
pub fn of(snapshot: &Snapshot, mode: PrivacyMode, source: Source, wish: &Wish) -> Result<Sample, String> {
    if let Some(value) = &wish.value
        && (value.is_empty() || value.len() > LONGEST_VALUE || value.chars().any(char::is_control))
    {
        return Err(format!("the auditor's value must be a text of 1 to {LONGEST_VALUE} bytes in one line"));
    }
    if let Some(sealed) = &source.population_sha256 {
        let derived = population_csv::bytes(snapshot, mode).map_err(|e| e.to_string())?;
        if sha256_hex(&derived) != *sealed {
            return Err("its population.csv is not what this release derives from its recording, so a sample could not be drawn again \
                        from it. See: poolproof verify --reperform"
                .to_owned());
        }
    }
    for id in &wish.pools {
        if !snapshot.pools.iter().any(|p| p.id.as_str() == id) {
            let there: Vec<&str> = snapshot.pools.iter().map(|p| p.id.as_str()).collect();
            return Err(format!("there is no pool {id:?} in it; it has {}", there.join(", ")));
        }
    }
    type Place<'a> = (&'a AccountId, &'a Region, &'a PoolId);
    type Listed<'a> = (&'a Pool, Vec<(&'a User, String)>);
    let mut frame: BTreeMap<Place<'_>, Listed<'_>> =
        snapshot.pools.iter().map(|p| ((&p.account, &p.region, &p.id), (p, Vec::new()))).collect();
    let taken = population_csv::each(snapshot, mode, &mut |pool, user, name| {
        if let Some((_, users)) = frame.get_mut(&(&pool.account, &pool.region, &pool.id)) {
            users.push((user, name));
        }
        Ok(())
    });
    taken.map_err(|e| e.to_string())?;
    let asked = |pool: &Pool| wish.pools.is_empty() || wish.pools.iter().any(|id| id == pool.id.as_str());
    let pools = frame.into_values().filter(|(pool, _)| asked(pool)).map(|(pool, users)| of_pool(pool, &users, &source, wish));
    Ok(Sample {
        format: FORMAT,
        pools: pools.collect::<Result<_, _>>()?,
        source,
        sample_seed: wish.value.clone(),
        self_selected: wish.value.is_none(),
        population: wish.of,
        method: METHOD,
    })
}

/// Why a listing is not complete.
fn because(gap: &Gap) -> String {
    if gap.what != "ListUsers" {
        return format!("{} was {}", gap.what, gap.kind.words());
    }
    let plain = match &gap.kind {
        GapKind::Denied(code) => return format!("ListUsers was denied ({code})"),
        GapKind::NotAsked => "not every page of ListUsers was asked for",
        GapKind::Malformed(_) => "an answer of ListUsers is not of the documented form",
        GapKind::Failed(code) => match code.as_str() {
            "UsersListedTwice" => "users were listed twice",
            "UsersWithoutSub" => "users were listed without sub",
            "SecondPassDiffers" => "a second pass listed other users",
            "CountDiffersFromEstimate" => "another number was listed than AWS estimates, and there is no second pass",
            code => return format!("ListUsers failed ({code})"),
        },
    };
    plain.to_owned()
}

fn of_pool(pool: &Pool, users: &[(&User, String)], source: &Source, wish: &Wish) -> Result<OfPool, String> {
    let whole = pool.population.complete(&pool.estimated_before, &pool.estimated_after);
    let wanted: Vec<&(&User, String)> = users.iter().filter(|(u, _)| wish.of == Of::All || u.state.counts()).collect();
    let names: BTreeSet<&str> = wanted.iter().map(|(_, name)| name.as_str()).collect();
    if names.len() != wanted.len() {
        return Err(format!("two users of {} have the same name in population.csv: a draw would not be certain", pool.id));
    }
    let seed = draw::seed(&source.head_digest, pool.id.as_str(), wish.value.as_deref());
    let size = size::of(wanted.len() as u64, wish.size);
    let drawn = whole.is_ok() || wish.incomplete;
    let units: Vec<Unit> = wanted
        .iter()
        .map(|(u, name)| Unit { name, stratum: draw::stratum(u.status.as_deref().unwrap_or_default(), u.privileged) })
        .collect();
    let (strata, chosen) = if drawn { draw::draw(&units, &seed, size.n) } else { Default::default() };
    let sample = chosen.into_iter().filter_map(|Chosen { unit, key }| {
        let (user, name) = wanted.get(unit)?;
        Some(Drawn {
            user: name.clone(),
            status: user.status.clone().unwrap_or_default(),
            privileged: user.privileged,
            factor_state: user.state.word(),
            key,
            listed: user.at.clone(),
        })
    });
    Ok(OfPool {
        account: pool.account.clone(),
        region: pool.region.clone(),
        pool: pool.id.clone(),
        complete: whole.is_ok(),
        not_complete_because: whole.err().map(|gap| because(&gap)),
        drawn,
        users: wanted.len() as u64,
        sample: sample.collect(),
        seed,
        size,
        strata,
    })
}
