//! The comparison itself. It says what differs, never why, and calls nothing better that was only no longer read.

use super::people;
use super::summary::{Decided, Seen, Summary};
use super::{Change, Diff, Direction, FORMAT, Side, VerdictChange};
use crate::model::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// What a roll-up over all pools is called in a summary.
pub const ALL_POOLS: &str = "all pools";

/// Compares two summaries, the earlier first. `seals` says in words what was checked of each side's seal.
pub fn compare(old: &Summary, new: &Summary, seals: [&str; 2]) -> Diff {
    let [old_seal, new_seal] = seals;
    Diff {
        format: FORMAT.to_owned(),
        old: side(old, old_seal),
        new: side(new, new_seal),
        notes: notes(old, new),
        verdicts: verdicts(&old.findings, &new.findings),
        controls: controls(old, new),
        settings: settings(old, new),
        declared: flat("scope", &old.declared, &new.declared)
            .into_iter()
            .chain(flat("exception in force", &excepted(old), &excepted(new)))
            .collect(),
        made_with: flat("made with", &old.made_with, &new.made_with),
        population: people::compare(old, new),
    }
}

/// The exceptions in force, each by what it covers.
fn excepted(summary: &Summary) -> BTreeMap<String, String> {
    summary.exceptions.iter().map(|e| (e.clone(), "declared".to_owned())).collect()
}

fn side(summary: &Summary, seal: &str) -> Side {
    Side {
        statement: summary.sealed.as_ref().map(|s| s.statement.clone()),
        bundle_id: summary.bundle_id.clone(),
        period: summary.period.label.clone(),
        at: summary.at.clone(),
        source: summary.source.clone(),
        seal: seal.to_owned(),
    }
}

fn notes(old: &Summary, new: &Summary) -> Vec<String> {
    let mut say = Vec::new();
    if old.bundle_id == new.bundle_id && old.sealed == new.sealed {
        say.push("Both sides are the same bundle.".to_owned());
    } else if old.at > new.at {
        say.push(format!("The sides are in reverse: the first was made for {}, the second for {}.", old.at, new.at));
    }
    match (&new.previous, &old.sealed) {
        (Some(previous), Some(sealed)) if *previous == sealed.statement => {}
        (Some(_), _) => {
            say.push("The later bundle names another bundle as the one before it: there are bundles in between, or a fork.".into())
        }
        (None, _) => say.push("The later bundle names no bundle before it.".to_owned()),
    }
    if let (Some(a), Some(b)) = (&old.sealed, &new.sealed)
        && a.fingerprint != b.fingerprint
    {
        say.push("Different keys sealed the two.".to_owned());
    }
    for (name, summary) in [("earlier", old), ("later", new)] {
        if summary.source == "demo" {
            say.push(format!("The answers of the {name} one are made up (demo)."));
        }
        if summary.endpoints == "overridden" {
            say.push(format!("The {name} one was collected from endpoints other than AWS's own."));
        }
        if !summary.complete {
            say.push(format!("The {name} one is not complete: what it did not read may have changed unseen."));
        }
        if summary.settings.is_none() {
            say.push(format!(
                "The {name} one is a bare evidence.json, without recording and seal: settings and single users were not compared, and \
                 nothing shows that it was ever sealed."
            ));
        }
    }
    if let Some(why) = people::not_joinable(old, new) {
        say.push(format!("Users were not compared one by one: {why}."));
    }
    say
}

fn direction(old: Option<Verdict>, new: Option<Verdict>) -> Direction {
    match (old, new) {
        (_, Some(Verdict::Fail)) => Direction::Worse,
        (_, Some(Verdict::Pass)) => Direction::Better,
        (Some(Verdict::Pass), _) => Direction::Worse,
        _ => Direction::Other,
    }
}

fn verdicts(old: &[Decided], new: &[Decided]) -> Vec<VerdictChange> {
    let by = |list: &[Decided]| -> BTreeMap<(String, String), Decided> {
        list.iter().map(|d| ((d.check.clone(), d.subject.clone()), d.clone())).collect()
    };
    let (then, now) = (by(old), by(new));
    let keys: BTreeSet<_> = then.keys().chain(now.keys()).collect();
    let mut out = Vec::new();
    for key in keys {
        let (a, b) = (then.get(key), now.get(key));
        let (Some(any), true) = (b.or(a), a.map(|d| d.verdict) != b.map(|d| d.verdict)) else { continue };
        out.push(VerdictChange {
            direction: direction(a.map(|d| d.verdict), b.map(|d| d.verdict)),
            check: any.check.clone(),
            subject: any.subject.clone(),
            severity: any.severity,
            old: a.map(|d| d.verdict.word().to_owned()),
            new: b.map(|d| d.verdict.word().to_owned()),
        });
    }
    out.sort_by(|a, b| {
        (a.direction, std::cmp::Reverse(a.severity), &a.check, &a.subject).cmp(&(
            b.direction,
            std::cmp::Reverse(b.severity),
            &b.check,
            &b.subject,
        ))
    });
    out
}

/// Roll-ups: those over all pools, and those of single pools that both sides have.
fn controls(old: &Summary, new: &Summary) -> Vec<Change> {
    let word = |verdict: Option<&Option<Verdict>>| verdict.map(|v| v.map_or("not scored", Verdict::word).to_owned());
    let mut out = Vec::new();
    let empty = BTreeMap::new();
    for control in union(&old.controls, &new.controls) {
        let (a, b) = (old.controls.get(control).unwrap_or(&empty), new.controls.get(control).unwrap_or(&empty));
        for pool in union(a, b) {
            let (then, now) = (a.get(pool), b.get(pool));
            if then == now || (pool != ALL_POOLS && (then.is_none() || now.is_none())) {
                continue;
            }
            out.push(Change { subject: control.clone(), what: pool.clone(), old: word(then), new: word(now), comparable: true });
        }
    }
    out
}

fn settings(old: &Summary, new: &Summary) -> Vec<Change> {
    let (Some(then), Some(now)) = (&old.settings, &new.settings) else { return Vec::new() };
    let mut out = Vec::new();
    for subject in union(then, now) {
        let (Some(a), Some(b)) = (then.get(subject), now.get(subject)) else {
            let there = |side: &BTreeMap<String, _>| side.contains_key(subject).then(|| "read".to_owned());
            out.push(Change {
                subject: subject.clone(),
                what: "in the recording".to_owned(),
                old: there(then),
                new: there(now),
                comparable: true,
            });
            continue;
        };
        for name in union(a, b) {
            // A setting that one version of the program does not look at was not read by it.
            let unknown = Seen::NotRead("not looked at".to_owned());
            let (x, y) = (a.get(name).unwrap_or(&unknown), b.get(name).unwrap_or(&unknown));
            let read = |seen: &Seen| !matches!(seen, Seen::NotRead(_));
            if x == y || (!read(x) && !read(y)) {
                continue;
            }
            let comparable = read(x) && read(y);
            out.push(Change { subject: subject.clone(), what: name.clone(), old: shown(x), new: shown(y), comparable });
        }
    }
    out
}

fn shown(seen: &Seen) -> Option<String> {
    match seen {
        Seen::Value(value) => Some(value.clone()),
        Seen::Absent => None,
        Seen::NotRead(why) => Some(format!("not read: {why}")),
    }
}

fn flat(subject: &str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Change> {
    let differing = union(old, new).into_iter().filter(|key| old.get(*key) != new.get(*key));
    differing
        .map(|key| Change {
            subject: subject.to_owned(),
            what: key.clone(),
            old: old.get(key).cloned(),
            new: new.get(key).cloned(),
            comparable: true,
        })
        .collect()
}

fn union<'a, V>(old: &'a BTreeMap<String, V>, new: &'a BTreeMap<String, V>) -> BTreeSet<&'a String> {
    old.keys().chain(new.keys()).collect()
}
