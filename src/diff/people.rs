//! Users by pseudonym: who joined, left, gained or lost a factor, became privileged. Only where both sides made pseudonyms with
//! one key; a state that was not read is never called lost.

use super::summary::{MOST_USERS, Population, Summary};
use super::{MOST_NAMED, PoolChange, Users};
use std::collections::{BTreeMap, BTreeSet};

/// A user's factor state, and whether he is privileged.
type Seen = (String, bool);

/// Why no user of one side can be told on the other; `None`: pseudonyms join.
pub fn not_joinable(old: &Summary, new: &Summary) -> Option<String> {
    let (a, b) = (&old.privacy, &new.privacy);
    let clear = |mode: &str| mode == "clear";
    if clear(&a.mode) != clear(&b.mode) {
        return Some("one side holds pseudonyms, the other user names".to_owned());
    }
    match (&a.key_id, &b.key_id) {
        (Some(x), Some(y)) if x == y => None,
        // Names need no key.
        _ if clear(&a.mode) => None,
        (None, _) | (_, None) => Some("one side does not say with which privacy key its pseudonyms were made".to_owned()),
        _ => Some("the privacy keys differ, so no pseudonym of one side is found on the other".to_owned()),
    }
}

/// The pools of both sides.
pub fn compare(old: &Summary, new: &Summary) -> Vec<PoolChange> {
    let pools: BTreeSet<&String> = old.population.keys().chain(new.population.keys()).collect();
    let hidden = [&old.privacy.mode, &new.privacy.mode].iter().any(|m| *m == "mask");
    let not_joinable = not_joinable(old, new);
    pools.into_iter().map(|pool| one(pool, old.population.get(pool), new.population.get(pool), not_joinable.as_deref(), hidden)).collect()
}

fn one(pool: &str, old: Option<&Population>, new: Option<&Population>, not_joinable: Option<&str>, hidden: bool) -> PoolChange {
    let mut change = PoolChange {
        pool: pool.to_owned(),
        listed_old: old.map(|p| p.listed),
        listed_new: new.map(|p| p.listed),
        not_joined: None,
        joined: Users::default(),
        left: Users::default(),
        gained_factor: Users::default(),
        lost_factor: Users::default(),
        factor_unknown: Users::default(),
        became_privileged: Users::default(),
        no_longer_privileged: Users::default(),
    };
    let (then, now) = match (old, new, not_joinable) {
        (None, _, _) => return PoolChange { not_joined: Some("the earlier one did not read this pool".to_owned()), ..change },
        (_, None, _) => return PoolChange { not_joined: Some("the later one did not read this pool".to_owned()), ..change },
        (_, _, Some(why)) => return PoolChange { not_joined: Some(why.to_owned()), ..change },
        (Some(old), Some(new), None) => match (&old.users, &new.users) {
            (Some(then), Some(now)) => {
                if !(old.complete && new.complete) {
                    change.not_joined = Some("a listing is not proved complete: who seems to have joined or left may not have".to_owned());
                }
                (then, now)
            }
            _ => {
                let why = format!("users are not held one by one (a bare evidence.json, or more than {MOST_USERS} users beside a run)");
                return PoolChange { not_joined: Some(why), ..change };
            }
        },
    };
    let of = |names: Vec<&String>| Users {
        count: names.len() as u64,
        named: if hidden { Vec::new() } else { names.into_iter().take(MOST_NAMED).cloned().collect() },
    };
    let both: Vec<(&String, &Seen, &Seen)> = then.iter().filter_map(|(id, was)| now.get(id).map(|is| (id, was, is))).collect();
    let pick =
        |wanted: &dyn Fn(&Seen, &Seen) -> bool| of(both.iter().filter(|(_, was, is)| wanted(was, is)).map(|(id, _, _)| *id).collect());
    change.joined = of(only(now, then));
    change.left = of(only(then, now));
    change.gained_factor = pick(&|was, is| was.0 != ENROLLED && is.0 == ENROLLED);
    change.lost_factor = pick(&|was, is| was.0 == ENROLLED && ["not-enrolled", "derived"].contains(&is.0.as_str()));
    change.factor_unknown = pick(&|was, is| was.0 == ENROLLED && ["indeterminate", "unread", "not-asked"].contains(&is.0.as_str()));
    change.became_privileged = pick(&|was, is| !was.1 && is.1);
    change.no_longer_privileged = pick(&|was, is| was.1 && !is.1);
    change
}

const ENROLLED: &str = "enrolled";

fn only<'a>(these: &'a BTreeMap<String, Seen>, those: &BTreeMap<String, Seen>) -> Vec<&'a String> {
    these.keys().filter(|id| !those.contains_key(*id)).collect()
}
