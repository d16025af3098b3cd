//! Step 11, chain: is this the bundle that the caller expected? A genuine older bundle is still genuine; that it is shown
//! again shows only against the period, the challenge or the previous bundle that the caller names (rulings 25).

use std::path::PathBuf;

use super::outcome::Outcome;
use super::{bag, statement};
use crate::bundle::Bag;
use crate::sign::Fingerprint;
use crate::sign::statement::{Predicate, digest};

/// The previous bundle, as the caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previous {
    /// By its statement's digest, 64 lower-case hex digits.
    Digest(String),
    /// By the bundle itself.
    Bundle(PathBuf),
}

/// What the caller expects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The period's label.
    pub period: Option<String>,
    /// The challenge that he gave.
    pub challenge: Option<String>,
    /// The bundle before this one.
    pub previous: Option<Previous>,
}

/// Step 11.
pub(super) fn check(predicate: &Predicate, fingerprint: &Fingerprint, expected: &Expected) -> Outcome {
    let mut held = Vec::new();
    if let Some(period) = &expected.period {
        if predicate.period.as_ref() != Some(period) {
            return Outcome::Failed(format!("the period is {}, not {period:?}", named(predicate.period.as_ref())));
        }
        held.push(format!("the period is {period:?}"));
    }
    if let Some(challenge) = &expected.challenge {
        if predicate.challenge.as_ref() != Some(challenge) {
            return Outcome::Failed(format!("the challenge is {}, not the one given", named(predicate.challenge.as_ref())));
        }
        held.push("it answers the challenge, so it was sealed after that was chosen".to_owned());
    }
    if let Some(previous) = &expected.previous {
        let (wanted, note) = match previous {
            Previous::Digest(digest) => (digest.clone(), "the statement given comes before it".to_owned()),
            Previous::Bundle(path) => match earlier(path, fingerprint) {
                Ok(found) => found,
                Err(why) => return Outcome::Failed(format!("the earlier bundle does not hold: {why}")),
            },
        };
        match &predicate.previous {
            None => return Outcome::Failed("it calls itself the first bundle, yet an earlier one was given".to_owned()),
            Some(sealed) if *sealed != wanted => return Outcome::Failed("it follows another bundle than the one given".to_owned()),
            Some(_) => held.push(note),
        }
    }
    match (held.is_empty(), &predicate.previous) {
        (false, _) => Outcome::Passed(held.join("; ")),
        (true, None) => {
            Outcome::NotApplicable("it names no earlier bundle; no period, challenge or earlier bundle was asked for".to_owned())
        }
        (true, Some(_)) => {
            Outcome::NotApplicable("not asked for; --previous, --challenge and --expect-period show an old bundle shown again".to_owned())
        }
    }
}

/// The digest of an earlier bundle that is whole and validly signed, and what may be said of it.
fn earlier(path: &std::path::Path, fingerprint: &Fingerprint) -> Result<(String, String), String> {
    let opened = Bag::open(path).map_err(|e| e.to_string())?;
    bag::check(&opened)?;
    let sealed = statement::check(&opened)?;
    let by =
        if sealed.fingerprint == *fingerprint { "the same key sealed it" } else { "ANOTHER key sealed it, and it is not checked whose" };
    Ok((digest(&sealed.envelope), format!("the earlier bundle given comes before it, is whole, and {by}")))
}

fn named(word: Option<&String>) -> String {
    word.map_or_else(|| "not stated".to_owned(), |w| format!("{w:?}"))
}
