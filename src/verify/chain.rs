//! Step 11, chain: is this the bundle that the caller expected? A genuine older bundle is still genuine; that it is shown
//! again shows only against the period, the challenge or the previous bundle that the caller names (rulings 25).

use std::path::PathBuf;

use super::outcome::{Outcome, StepName};
use super::statement::Sealed;
use super::trail::Given;
use super::trust::Trust;
use super::{Options, intact, rotation};
use crate::bundle::Bag;
use crate::bundle::layout::PREVIOUS;
use crate::diff::summary::{LARGEST, Summary};
use crate::sign::Fingerprint;

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
pub(super) fn check(bag: &Bag, sealed: &Sealed, options: &Options) -> Outcome {
    let (predicate, expected) = (&sealed.predicate, &options.expected);
    let mut held = Vec::new();
    let mut open = None;
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
        let (wanted, mut note) = match previous {
            Previous::Digest(digest) => {
                (digest.clone(), "the statement given comes before it (the bundle of that statement was not looked at)".to_owned())
            }
            Previous::Bundle(path) => match earlier(path, sealed, options) {
                Ok(found) => {
                    open = found.open;
                    (found.statement, found.note)
                }
                Err(why) => return Outcome::Failed(format!("the earlier bundle does not hold: {why}")),
            },
        };
        match &predicate.previous {
            None => return Outcome::Failed("it calls itself the first bundle, yet an earlier one was given".to_owned()),
            Some(sealed) if *sealed != wanted => return Outcome::Failed("it follows another bundle than the one given".to_owned()),
            Some(_) => {
                if let Previous::Bundle(path) = previous {
                    match retold(bag, sealed, path) {
                        Ok(told) => note.push_str(told),
                        Err(why) => return Outcome::Failed(why),
                    }
                }
                held.push(note);
            }
        }
    }
    match (held.is_empty(), &predicate.previous, open) {
        (false, _, Some(open)) => Outcome::NotChecked(format!("{}; but {open}", held.join("; "))),
        (false, _, None) => Outcome::Passed(held.join("; ")),
        (true, None, _) => {
            Outcome::NotApplicable("it names no earlier bundle; no period, challenge or earlier bundle was asked for".to_owned())
        }
        (true, Some(_), _) => {
            Outcome::NotApplicable("not asked for; --previous, --challenge and --expect-period show an old bundle shown again".to_owned())
        }
    }
}

/// An earlier bundle that is whole and validly signed.
struct Earlier {
    /// Its statement's digest.
    statement: String,
    /// What may be said of it.
    note: String,
    /// What could not be checked of it.
    open: Option<String>,
}

/// Takes steps 1 to 4 of the earlier bundle, with the caller's own trust.
fn earlier(path: &std::path::Path, sealed: &Sealed, options: &Options) -> Result<Earlier, String> {
    let alone = Options { expected: Expected::default(), reperform: false, renderer: None, trail: Given::default(), ..options.clone() };
    let report = super::verify(path, &alone);
    let mut open = None;
    for step in [StepName::Container, StepName::Bag, StepName::Statement, StepName::Signer] {
        match report.outcome(step) {
            Some(Outcome::Passed(_)) => {}
            Some(Outcome::NotChecked(why)) if step == StepName::Signer => {
                open = Some(format!("whose key sealed the earlier one is open: {why}"))
            }
            Some(Outcome::Failed(why) | Outcome::NotChecked(why) | Outcome::NotApplicable(why)) => {
                return Err(format!("its step {} ({}): {why}", step.number(), step.title()));
            }
            None => return Err(format!("its step {} was not taken", step.number())),
        }
    }
    let facts = report.facts.ok_or("it says nothing of itself")?;
    let old = Fingerprint::parse(&facts.fingerprint)?;
    let by = if old == sealed.fingerprint {
        "the same key sealed it"
    } else if rotation::links(&sealed.rotations, &old, &sealed.fingerprint) {
        "its key signed the present one over (a key rotation)"
    } else {
        "ANOTHER key sealed it, which did not sign the present one over: the key was changed without a rotation"
    };
    let note = format!("the earlier bundle given comes before it, is whole, and {by}");
    Ok(Earlier { statement: facts.statement_sha256, note, open })
}

/// Holds the summary that the bundle carries of the one before it against that bundle.
fn retold(bag: &Bag, sealed: &Sealed, path: &std::path::Path) -> Result<&'static str, String> {
    if !bag.files().contains_key(PREVIOUS) {
        return Ok("; the bundle carries no summary of it");
    }
    if sealed.predicate.tool.version != env!("CARGO_PKG_VERSION") {
        return Ok("; its summary in the bundle was made by another version and was NOT compared with it");
    }
    let told = bag.read(PREVIOUS, LARGEST).map_err(|e| e.to_string())?;
    let earlier = intact::open(path, &Trust::Nobody, chrono::DateTime::UNIX_EPOCH)?;
    if earlier.evidence.run.tool.version != env!("CARGO_PKG_VERSION") {
        return Ok("; another version made it, so its summary in the bundle was NOT compared with it");
    }
    let privacy = &sealed.evidence.scope.privacy;
    let wanted = earlier.summary().beside(privacy.mode.word(), privacy.key_id.as_deref());
    if Summary::read(&told)? != wanted {
        return Err(format!("{PREVIOUS} tells of the earlier bundle what that bundle does not say"));
    }
    Ok("; its summary in the bundle says what it says")
}

fn named(word: Option<&String>) -> String {
    word.map_or_else(|| "not stated".to_owned(), |w| format!("{w:?}"))
}
