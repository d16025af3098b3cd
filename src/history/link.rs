//! Which bundle follows which: by `predicate.previous`, never by name or date.

use super::{Entry, Oddity};
use std::collections::{BTreeMap, BTreeSet};

/// The chain and what is not in it.
pub(super) struct Linked {
    pub chain: Vec<Entry>,
    pub strangers: Vec<Entry>,
    pub oddities: Vec<Oddity>,
}

pub(super) fn link(mut entries: Vec<Entry>) -> Linked {
    let mut oddities = Vec::new();
    let mut odd = |kind: &'static str, what: String| oddities.push(Oddity { kind, what });
    entries.sort_by(|a, b| (&a.day, &a.at, &a.file).cmp(&(&b.day, &b.at, &b.file)));
    let mut by_statement: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in entries {
        match by_statement.get(&entry.statement) {
            Some(known) => odd("copy", format!("{} and {} are the same bundle; it counts once.", known.file, entry.file)),
            None => {
                by_statement.insert(entry.statement.clone(), entry);
            }
        }
    }
    let mut next: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in by_statement.values() {
        if let Some(previous) = &entry.previous {
            next.entry(previous).or_default().push(entry);
        }
    }
    for (previous, followers) in next.iter().filter(|(_, f)| f.len() > 1) {
        let before = by_statement.get(*previous).map_or_else(|| format!("the statement {previous}"), |e| e.file.clone());
        let files: Vec<&str> = followers.iter().map(|e| e.file.as_str()).collect();
        odd("fork", format!("{} all name {before} as the one before: only one of them is in the chain.", files.join(", ")));
    }
    // Each bundle names one before it, so a walk back from every end finds every chain; the longest counts, then the latest.
    let named: BTreeSet<&str> = by_statement.values().filter_map(|e| e.previous.as_deref()).collect();
    let back = |end: &Entry| {
        let mut walk = vec![end.statement.clone()];
        let mut at = end;
        while let Some(before) = at.previous.as_ref().and_then(|p| by_statement.get(p)) {
            if walk.contains(&before.statement) {
                break;
            }
            walk.push(before.statement.clone());
            at = before;
        }
        walk.reverse();
        walk
    };
    let ends = by_statement.values().filter(|e| !named.contains(e.statement.as_str()));
    let longest =
        ends.map(|end| (back(end), end)).max_by(|(a, x), (b, y)| (a.len(), &x.at, &x.statement).cmp(&(b.len(), &y.at, &y.statement)));
    let walk = longest.map(|(walk, _)| walk).unwrap_or_default();
    let chain: Vec<Entry> = walk.iter().filter_map(|s| by_statement.get(s).cloned()).collect();
    let strangers: Vec<Entry> = by_statement.values().filter(|e| !walk.contains(&e.statement)).cloned().collect();
    if let Some(first) = chain.first()
        && let Some(previous) = &first.previous
    {
        odd("cut-off", format!("{} names an earlier bundle (statement {previous}) that is not in this folder.", first.file));
    }
    for stranger in &strangers {
        match &stranger.previous {
            Some(previous) if !by_statement.contains_key(previous) => {
                odd("link-missing", format!("{} follows a bundle (statement {previous}) that is not in this folder.", stranger.file));
            }
            Some(_) => odd("stranger", format!("{} is on a branch beside the chain.", stranger.file)),
            None => odd("stranger", format!("{} names no bundle before it and begins a chain of its own.", stranger.file)),
        }
    }
    for pair in chain.windows(2) {
        let [before, after] = pair else { continue };
        if before.fingerprint != after.fingerprint {
            odd("key-changed", format!("Another key sealed {} than {}.", after.file, before.file));
        }
        if before.at > after.at {
            odd("backwards", format!("{} was made for an earlier time than {}, which it follows.", after.file, before.file));
        }
        let gone: Vec<&str> = before.pools.difference(&after.pools).map(String::as_str).collect();
        if !gone.is_empty() {
            let gone = gone.join(", ");
            odd(
                "pool-gone",
                format!("{} did not read {gone}, which {} did: its days and controls say nothing of it.", after.file, before.file),
            );
        }
        if before.organization != after.organization {
            odd("stranger", format!("{} names another organisation than {}.", after.file, before.file));
        }
    }
    for entry in chain.iter().filter(|e| e.source != "live") {
        let what = if entry.source == "demo" { "made-up answers" } else { "imported files" };
        odd("not-live", format!("{} rests on {what}.", entry.file));
    }
    oddities.sort();
    Linked { chain, strangers, oddities }
}
