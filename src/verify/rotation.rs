//! Key rotations in a bundle: each must hold (step 3), and step 4 follows them from a key in the caller's trust file to the
//! key that sealed, only when he asked for it and only within the validity of the key that he trusts (rulings 42).
//!
//! It must not trust a key because a bundle says so: without a start in the trust file no rotation leads anywhere.

use std::collections::BTreeSet;

use super::Options;
use super::outcome::Outcome;
use super::signer::{self, CheckedAt};
use super::statement::Sealed;
use super::trust::{KeyUse, Trust, TrustedKey};
use crate::bundle::Bag;
use crate::bundle::layout::{LARGEST_TAG, ROTATIONS};
use crate::clock::parse_rfc3339;
use crate::sign::Fingerprint;
use crate::sign::dsse::Envelope;
use crate::sign::rotation::{self, MOST, Rotation};

/// For step 3: the rotations in the bag, each signed by the key that it names as the old one.
pub(super) fn read(bag: &Bag) -> Result<Vec<(String, Rotation)>, String> {
    let paths: Vec<&String> = bag.files().keys().filter(|path| path.starts_with(ROTATIONS)).collect();
    if paths.len() > MOST {
        return Err(format!("it carries more than {MOST} key rotations"));
    }
    let one = |path: &String| {
        let bytes = bag.read(path, LARGEST_TAG).map_err(|e| e.to_string())?;
        let at = |why: String| format!("{path}: {why}");
        let rotation = rotation::read(&bytes).map_err(at)?;
        Envelope::decode_written(&bytes).map_err(at)?;
        Ok((path.clone(), rotation))
    };
    paths.into_iter().map(one).collect()
}

/// The rotations that lead to `key` from the nearest one for which `known` gives something; in order.
fn way<'a, T>(
    rotations: &'a [(String, Rotation)],
    key: &Fingerprint,
    known: impl Fn(&Fingerprint) -> Option<T>,
) -> Option<(T, Vec<&'a (String, Rotation)>)> {
    let mut seen = BTreeSet::from([key.clone()]);
    let mut ways: Vec<Vec<&(String, Rotation)>> = vec![vec![]];
    // Breadth first; every key is visited once, so loops end.
    while !ways.is_empty() {
        let mut next = Vec::new();
        for way in ways {
            let at = way.first().map_or(key, |(_, r)| &r.old);
            for step in rotations.iter().filter(|(_, r)| r.new == *at) {
                let longer = [&[step], way.as_slice()].concat();
                if let Some(found) = known(&step.1.old) {
                    return Some((found, longer));
                }
                if seen.insert(step.1.old.clone()) {
                    next.push(longer);
                }
            }
        }
        ways = next;
    }
    None
}

/// Whether `old` signed `new` over, directly or over several rotations.
pub(super) fn links(rotations: &[(String, Rotation)], old: &Fingerprint, new: &Fingerprint) -> bool {
    way(rotations, new, |key| (key == old).then_some(())).is_some()
}

/// Step 4, with rotations.
pub(super) fn signer(sealed: &Sealed, options: &Options, at: CheckedAt) -> (Outcome, Option<String>) {
    let direct = signer::check(&options.trust, &sealed.fingerprint, &sealed.predicate, at);
    let Trust::Keys(keys) = &options.trust else { return direct };
    let pinned = |key: &Fingerprint| keys.iter().find(|k| k.fingerprint == *key && k.purpose == KeyUse::Sealing);
    if !matches!(direct.0, Outcome::Failed(_)) || keys.iter().any(|k| k.fingerprint == sealed.fingerprint) {
        return direct;
    }
    let Some((trusted, steps)) = way(&sealed.rotations, &sealed.fingerprint, pinned) else { return direct };
    let files = steps.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join(", ");
    if !options.allow_rotation {
        let who = &trusted.who;
        return (
            Outcome::Failed(format!(
                "sealed by a key that is not in the trust file; the key of {who:?}, which is, signed it over ({files}): --allow-rotation follows that"
            )),
            None,
        );
    }
    if let Some(why) = untimely(trusted, &steps, at) {
        return (
            Outcome::Failed(format!(
                "sealed by a key that is not in the trust file, and the rotation to it ({files}) is not followed: {why}"
            )),
            None,
        );
    }
    let within = Trust::Keys(vec![trusted.clone()]);
    match signer::check(&within, &trusted.fingerprint, &sealed.predicate, at) {
        (Outcome::Passed(note), who) => {
            (Outcome::Passed(format!("by {} key rotations ({files}), followed because of --allow-rotation, from {note}", steps.len())), who)
        }
        (other, _) => (other, None),
    }
}

/// Why the dates of rotations forbid to follow them. The validity of the trusted key at the time of the check is for `signer`.
fn untimely(trusted: &TrustedKey, steps: &[&(String, Rotation)], at: CheckedAt) -> Option<String> {
    let mut before = trusted.valid_from;
    for (path, rotation) in steps {
        let Ok(date) = parse_rfc3339(&rotation.at) else { return Some(format!("{path} has no date")) };
        if date < before || trusted.valid_to.is_some_and(|to| date > to) {
            return Some(format!(
                "{path} is dated {}, which is not within the validity of the key of {:?}, or before the rotation that leads to it",
                rotation.at, trusted.who
            ));
        }
        if date > at.time() {
            return Some(format!("{path} is dated {}, after {}", rotation.at, at.words()));
        }
        before = date;
    }
    None
}
