//! Step 7, the other end: the time stamp from before the collection. The recording's header names it by digest and every
//! line is chained to the header (step 9), so no line was written before it. It is over the challenge and the scope digest,
//! so both stood by then.
//!
//! It must not say that AWS answered after that time: who seals could have written old answers down later.

use chrono::{DateTime, Utc};

use super::outcome::Outcome;
use super::stamp::{Asked, Found, Whose};
use super::time::{CLOCKS_DIFFER, Time};
use crate::bundle::Bag;
use crate::bundle::layout::{BEGUN, LARGEST_TAG, RECORDING};
use crate::clock::{parse_rfc3339, rfc3339};
use crate::digest::sha256_hex;
use crate::recording::header::{self, Header, begun_imprint};
use crate::sign::json;
use crate::sign::statement::Predicate;
use crate::sign::timestamp::Token;

/// The earliest moment that a token allows: the authority's clock may have been ahead by its accuracy.
fn earliest(found: &Found) -> DateTime<Utc> {
    found.token.time - found.token.accuracy
}

/// The time stamp that the header names, whole and over this challenge and scope; `None` where the header names none.
pub(super) fn read(bag: &Bag, asked: &Asked<'_>) -> Result<Option<Found>, String> {
    let there = bag.files().get(BEGUN);
    // A header that cannot be read fails step 9, which says so.
    let header = bag.read(&format!("{RECORDING}{}", header::FILE), LARGEST_TAG).map_err(|e| e.to_string());
    let header: Option<Header> = header.and_then(|bytes| json::strict(&bytes)).ok();
    let named = header.as_ref().and_then(|h| h.begun.as_deref());
    let (header, named) = match (header.as_ref(), named, there) {
        (Some(header), Some(named), Some(_)) => (header, named),
        (_, Some(_), None) => return Err(format!("the recording began with a time stamp, and {BEGUN} is missing")),
        (_, None, Some(_)) => return Err(format!("{BEGUN} is there, and the recording's header does not name it")),
        (_, _, None) | (None, _, _) => return Ok(None),
    };
    let bytes = bag.read(BEGUN, LARGEST_TAG).map_err(|e| e.to_string())?;
    if sha256_hex(&bytes) != named {
        return Err(format!("{BEGUN} is not the time stamp that the recording's header names"));
    }
    let imprint = begun_imprint(header.challenge.as_deref(), &header.scope_digest);
    let token = Token::in_response(&bytes, imprint).map_err(|why| format!("{BEGUN}: {why}"))?;
    Ok(Some(asked.found(BEGUN, token)))
}

/// What the beginning adds to what was found about the end.
pub(super) fn joined(begun: Option<Found>, mut time: Time, predicate: &Predicate) -> Time {
    let Some(begun) = begun else { return time };
    let from = earliest(&begun);
    let first = predicate.collection.start.as_deref();
    let early = first.and_then(|t| parse_rfc3339(t).ok()).is_some_and(|first| from > first + CLOCKS_DIFFER);
    let wrong = if early {
        Some(format!(
            "{BEGUN} was made at {}, and the bundle says that the first call was at {}, which is before that: one of the two is not true",
            rfc3339(from),
            first.unwrap_or_default()
        ))
    } else if matches!(begun.whose, Whose::Revoked(_)) {
        begun.doubt()
    } else {
        time.trusted.filter(|sealed| begun.counts() && from > *sealed).map(|sealed| {
            format!("{BEGUN} was made at {}, after the seal existed ({}): one of the two is not true", rfc3339(from), rfc3339(sealed))
        })
    };
    let note = match begun.doubt() {
        None => format!(
            "; recorded after {}, as {:?} of the trust file says: the recording is chained to that time stamp{}",
            rfc3339(from),
            begun.stamp.who.as_deref().unwrap_or_default(),
            begun.open().map(|why| format!("; {why}")).unwrap_or_default()
        ),
        Some(why) => format!("; {why}"),
    };
    let proved = begun.counts() && begun.open().is_none();
    time.outcome = match (time.outcome, wrong) {
        (Outcome::Failed(why), _) | (_, Some(why)) => Outcome::Failed(why),
        (Outcome::Passed(said), None) if proved => Outcome::Passed(said + &note),
        (Outcome::Passed(said) | Outcome::NotChecked(said) | Outcome::NotApplicable(said), None) => Outcome::NotChecked(said + &note),
    };
    if matches!(time.outcome, Outcome::Failed(_)) {
        (time.trusted, time.who) = (None, None);
    } else if begun.counts() {
        time.begun = Some((from, begun.stamp.who.clone().unwrap_or_default()));
    }
    time.stamps.push(begun.stamp);
    time
}
