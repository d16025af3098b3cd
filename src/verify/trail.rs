//! Step 12, log files: are the CloudTrail log files that the recording names those which AWS signed for, and all of them?
//!
//! It rests on public keys that the caller fetched himself, and on the digest files in the recording: AWS's signature over each
//! stands in the next one. What the recording says of the events in a log file is the sealer's word until the file itself is read
//! again. That a trail recorded what it should is shown by neither.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::outcome::{Outcome, StepName};
use super::trail_files::{self, Reread};
use super::trail_keys::TrailKey;
use super::{recording, rests_on};
use crate::bundle::Bag;
use crate::recording::line::Call;
use crate::recording::read::Recording;
use crate::snapshot::trail::{Gathering, Trail};
use crate::snapshot::validated::Links;

/// What the caller brings for it.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// CloudTrail's public keys.
    pub keys: Vec<TrailKey>,
    /// The folder with the log files.
    pub files: Option<PathBuf>,
}

/// What was found.
pub(super) struct Checked {
    /// Of the step.
    pub outcome: Outcome,
    /// The events in the recording are those in the log files.
    pub compared: bool,
}

/// What is wrong, and what is open; the first of each is told.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    open: Vec<String>,
}

/// Step 12. `made_up`: the bundle says of itself that it is a demonstration, for which alone the demo's key counts.
pub(super) fn check(bag: &Bag, followed: &recording::Follower, given: &Given, made_up: bool) -> Checked {
    let plain = |outcome| Checked { outcome, compared: false };
    if !followed.has_log_files() {
        return plain(Outcome::NotApplicable("the recording holds no CloudTrail log files".to_owned()));
    }
    let (trails, calls) = match gather(bag, followed, given.files.is_some()) {
        Ok(gathered) => gathered,
        Err(why) => return plain(Outcome::Failed(why)),
    };
    let all: usize = trails.values().map(|t| t.files.len()).sum();
    let digests: usize = trails.values().map(|t| t.digests.len()).sum();
    if given.keys.is_empty() {
        let without = if digests == 0 { "without a digest file, so that one taken out would go unnoticed" } else { "not validated" };
        return plain(Outcome::NotChecked(format!(
            "the recording holds {all} CloudTrail log files, {without}: --trail-keys FILE, with the output of `aws cloudtrail \
             list-public-keys` that you fetched yourself, shows whether AWS signed for them"
        )));
    }
    let mut found = Found::default();
    for ((account, region), trail) in &trails {
        signed(trail, &given.keys, made_up, &mut found);
        held(trail, &format!("account {account}, {region}"), &mut found);
    }
    let mut compared = false;
    if let Some(folder) = &given.files {
        match trail_files::compare(folder, &calls) {
            Ok(Reread { missing: 0 }) => compared = true,
            Ok(Reread { missing }) => found.open.push(format!("{missing} of the {all} log files are not in the folder given")),
            Err(why) => found.wrong.push(why),
        }
    }
    let first = |list: &[String]| match list {
        [] => None,
        [one] => Some(one.clone()),
        [first, rest @ ..] => Some(format!("{first} (and {} more of this kind)", rest.len())),
    };
    let outcome = match (first(&found.wrong), first(&found.open)) {
        (Some(why), _) => Outcome::Failed(why),
        (None, Some(why)) => Outcome::NotChecked(why),
        (None, None) => Outcome::Passed(note(&trails, compared, made_up)),
    };
    Checked { compared: compared && matches!(outcome, Outcome::Passed(_)), outcome }
}

/// The log of each account and region, and the lines of the log files where they are wanted.
type Gathered = (BTreeMap<(String, String), Trail>, Vec<Call>);

fn gather(bag: &Bag, followed: &recording::Follower, keep: bool) -> Result<Gathered, String> {
    let recorded = Recording::new(recording::InBag(bag)).map_err(|e| e.to_string())?;
    let mut folds: BTreeMap<(String, String), Gathering> = BTreeMap::new();
    let mut calls = Vec::new();
    for segment in recorded.segments().iter().filter(|s| followed.holds_log_files(s)) {
        let account = segment.split('.').next().unwrap_or("unknown").to_owned();
        for call in recorded.calls(segment).map_err(|e| e.to_string())? {
            let call = call.map_err(|e| e.to_string())?;
            if !crate::snapshot::trail::takes(&call.operation) {
                continue;
            }
            folds.entry((account.clone(), call.region.clone())).or_default().add(&call);
            if keep && call.operation == "LogFile" {
                calls.push(call);
            }
        }
    }
    Ok((folds.into_iter().map(|(place, fold)| (place, fold.finish())).collect(), calls))
}

/// Every digest file by AWS's key, as far as a signature is at hand: one without counts for nothing in the evidence either.
fn signed(trail: &Trail, keys: &[TrailKey], made_up: bool, found: &mut Found) {
    let links = Links::of(&trail.digests);
    for digest in &trail.digests {
        let (file, name) = (&digest.file, digest.file.name());
        if links.is_altered(digest) {
            found.wrong.push(format!("the digest file {name} is not the one that the next names"));
        }
        let signatures = links.signatures(digest);
        let named: Vec<&TrailKey> = keys.iter().filter(|k| k.fingerprint == file.fingerprint).collect();
        if signatures.is_empty() {
            continue;
        }
        if named.is_empty() {
            found.open.push(format!("of the keys given none has the fingerprint {} that the digest file {name} names", file.fingerprint));
        } else if !made_up && named.iter().any(|k| k.is_of_the_demo()) {
            found.wrong.push(format!("the digest file {name} names the key of `poolproof demo`, with which anybody can sign: AWS did not"));
        } else if !named.iter().any(|k| k.is_of_the_time_of(file)) {
            found.wrong.push(format!("the key {} of the digest file {name} was not valid at its time", file.fingerprint));
        } else if !signatures.iter().all(|s| named.iter().any(|k| k.is_of_the_time_of(file) && k.signed(&file.to_sign(), s))) {
            found.wrong.push(format!("the signature of the digest file {name} is not by the key {} that it names", file.fingerprint));
        }
    }
}

/// The log files by the digest files.
fn held(trail: &Trail, place: &str, found: &mut Found) {
    let Some(validated) = &trail.validated else {
        if !trail.files.is_empty() {
            let n = trail.files.len();
            found.open.push(format!("the {n} log files of {place} have no digest file: one taken out would go unnoticed"));
        }
        return;
    };
    for name in &validated.altered {
        found.wrong.push(format!("the log file {name} is not the one that AWS signed for: its SHA-256 is another"));
    }
    found.open.extend(validated.breaks.iter().map(|b| b.why.clone()));
    for name in &validated.unnamed {
        if trail.files.get(name).is_some_and(|f| !f.events.is_empty()) {
            found.open.push(format!("the log file {name}, which holds events about pools, is named by no digest file that counts"));
        }
    }
    if validated.stretches.is_empty() {
        found.open.push(format!("no digest file of {place} counts: give the one after the last, or the last one's signature"));
    }
    if trail.files.values().any(|f| f.sha256.len() != 64) {
        found.open.push(format!("a log file of {place} is recorded without its SHA-256"));
    }
}

fn note(trails: &BTreeMap<(String, String), Trail>, compared: bool, made_up: bool) -> String {
    let validated: Vec<_> = trails.values().filter_map(|t| t.validated.as_ref()).collect();
    let (files, digests): (usize, usize) = (validated.iter().map(|v| v.named).sum(), validated.iter().map(|v| v.digests).sum());
    let stretches = trails.iter().filter_map(|((_, region), trail)| {
        let (from, to) = (trail.validated.as_ref()?.stretches.first()?.0, trail.validated.as_ref()?.stretches.last()?.1);
        Some(format!("{region} {} to {}", crate::clock::rfc3339(from), crate::clock::rfc3339(to)))
    });
    let events = if compared {
        "and the recording says of their events what the files say"
    } else {
        "but what the recording says of the events in them is the sealer's word (--trail DIR, with the files, shows it)"
    };
    let demo = if made_up { "MADE UP, as the bundle says, and AWS signed none of it: " } else { "" };
    format!(
        "{demo}{files} log files are those that {digests} digest files name, each signed by one of the keys given, none missing ({}), {events}",
        stretches.collect::<Vec<_>>().join("; ")
    )
}

/// What it ends with where step 9 did not pass.
pub(super) fn not_taken() -> Checked {
    Checked { outcome: rests_on(StepName::Recording), compared: false }
}
