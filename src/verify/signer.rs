//! Step 4, signer: is the key one that the caller trusts, and was it valid?
//!
//! It must not take any fact about trust from the bundle.

use chrono::{DateTime, Utc};

use super::outcome::Outcome;
use super::trust::{KeyUse, Trust};
use crate::clock::{parse_rfc3339, rfc3339};
use crate::sign::Fingerprint;
use crate::sign::statement::Predicate;

/// The time against which validity is checked, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckedAt {
    /// A time-stamp authority of the trust file says that the seal existed by then.
    Trusted(DateTime<Utc>),
    /// The caller gave it.
    Given(DateTime<Utc>),
    /// Nobody gave one, and there is no trusted time: now.
    Now(DateTime<Utc>),
}

impl CheckedAt {
    /// The instant.
    pub fn time(self) -> DateTime<Utc> {
        match self {
            Self::Trusted(t) | Self::Given(t) | Self::Now(t) => t,
        }
    }
    /// In words.
    pub fn words(self) -> String {
        match self {
            Self::Trusted(t) => format!("{} (trusted time: the seal existed by then, step 7)", rfc3339(t)),
            Self::Given(t) => format!("{} (given with --at)", rfc3339(t)),
            Self::Now(t) => format!("{} (now; the seal's own time is not proven)", rfc3339(t)),
        }
    }
}

/// Step 4: the outcome, and whom the caller's list names.
pub(super) fn check(trust: &Trust, fingerprint: &Fingerprint, predicate: &Predicate, at: CheckedAt) -> (Outcome, Option<String>) {
    let keys = match trust {
        Trust::Nobody => {
            let why = "nobody was named with --trust or --fingerprint; the key in the bundle is no proof of who sealed".to_owned();
            return (Outcome::NotChecked(why), None);
        }
        Trust::Key(wanted) if wanted == fingerprint => {
            let note = "the key is the one given with --fingerprint; a fingerprint has no period of validity, so none was checked";
            return (Outcome::Passed(note.to_owned()), Some("the holder of the key given with --fingerprint".to_owned()));
        }
        Trust::Key(_) => return (Outcome::Failed("sealed by another key than the one given with --fingerprint".to_owned()), None),
        Trust::Keys(keys) => keys,
    };
    let its = || keys.iter().filter(|k| k.fingerprint == *fingerprint);
    let Some(key) = its().find(|k| k.purpose == KeyUse::Sealing) else {
        if let Some(other) = its().next() {
            let why =
                format!("sealed by the key of {:?}, which the trust file trusts for {}, not for sealing", other.who, other.purpose.word());
            return (Outcome::Failed(why), None);
        }
        return (Outcome::Failed("sealed by a key that is not in the trust file".to_owned()), None);
    };
    let time = at.time();
    let collected = predicate.collection.end.as_deref().and_then(|t| parse_rfc3339(t).ok());
    let outcome = match (key.valid_to, at) {
        _ if collected.is_some_and(|end| end > time) => Outcome::NotChecked(format!(
            "the bundle says that it was collected until {}, which is after {}",
            predicate.collection.end.as_deref().unwrap_or_default(),
            at.words()
        )),
        _ if time < key.valid_from => {
            Outcome::Failed(format!("the key of {:?} is valid only from {}; checked at {}", key.who, rfc3339(key.valid_from), at.words()))
        }
        (Some(to), CheckedAt::Given(_) | CheckedAt::Trusted(_)) if time > to => {
            Outcome::Failed(format!("the key of {:?} was valid until {}; checked at {}", key.who, rfc3339(to), at.words()))
        }
        (Some(to), CheckedAt::Now(_)) if time > to => Outcome::NotChecked(format!(
            "the key of {:?} was valid until {}, and that the seal is older is not proven; give the time of sealing with --at if you know it",
            key.who,
            rfc3339(to)
        )),
        _ => Outcome::Passed(format!("the key of {:?} in the trust file, valid at {}", key.who, at.words())),
    };
    let who = matches!(outcome, Outcome::Passed(_)).then(|| key.who.clone());
    (outcome, who)
}
