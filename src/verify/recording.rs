//! Step 9, recording: every line is a call, chained to the line before, numbered without gaps; all of it is closed by the
//! head digest that the statement signs; times and header are those that the evidence states; and values that are not in
//! their redacted form are told, and are what COG-EVD-004 says of them.
//!
//! It must not judge what the answers mean.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};

use chrono::{DateTime, Duration, Utc};

use crate::bundle::Bag;
use crate::bundle::layout::{CHANGES, RECORDING, REVIEWS, ROSTER, SCOPE};
use crate::bundle::read::Watch;
use crate::clock::parse_rfc3339;
use crate::digest::sha256_hex;
use crate::model::verdict::Verdict;
use crate::recording::changes::{self, Changes};
use crate::recording::line::Call;
use crate::recording::read::{Files, LARGEST_HEADER, Lines, ReadError, Recording, SUFFIX, head_digest};
use crate::recording::{audit, header};
use crate::report::evidence_v1::EvidenceV1;
use crate::report::left_out::{CHANGES_BROKEN, changes_line};
use crate::snapshot::trail;

/// The check that says whether the evidence holds more than it must.
const MINIMAL: &str = "COG-EVD-004";
/// How long after the last call an assessment is still of that moment (rulings 16).
const ASSESSED_WITHIN: i64 = 24;

/// The recording in a bag.
pub(super) struct InBag<'a>(pub &'a Bag);

impl Files for InBag<'_> {
    fn names(&self) -> Result<Vec<String>, ReadError> {
        Ok(self.0.files().keys().filter_map(|path| path.strip_prefix(RECORDING)).map(str::to_owned).collect())
    }
    fn open(&self, name: &str) -> Result<Box<dyn BufRead + '_>, ReadError> {
        let container = |why: String| ReadError::Container { name: name.to_owned(), source: std::io::Error::other(why) };
        self.0.stream(&format!("{RECORDING}{name}")).map_err(|e| container(e.to_string()))
    }
}

/// What was seen of the calls of some segments.
#[derive(Default)]
struct Seen {
    calls: u64,
    answered: u64,
    committed: u64,
    first: Option<(DateTime<Utc>, String)>,
    last: Option<(DateTime<Utc>, String)>,
    /// The first value that is not in its redacted form.
    bare: Option<String>,
    /// There are CloudTrail log files or digest files among them.
    log_files: bool,
}

impl Seen {
    fn add(&mut self, call: &Call) -> Result<(), String> {
        let time = parse_rfc3339(&call.time).map_err(|why| format!("call {}: {why}", call.call))?;
        self.from(time, &call.time);
        self.to(time, &call.time);
        if self.bare.is_none() {
            self.bare = audit::call(call).first().map(|pointer| format!("{} {pointer}", call.call));
        }
        self.log_files |= trail::is_file(&call.operation);
        self.calls += 1;
        self.answered += u64::from(call.answer.is_some());
        self.committed += u64::from(call.answer.is_some() && call.commitment.is_some());
        Ok(())
    }
    fn from(&mut self, time: DateTime<Utc>, text: &str) {
        if self.first.as_ref().is_none_or(|(seen, _)| time < *seen) {
            self.first = Some((time, text.to_owned()));
        }
    }
    fn to(&mut self, time: DateTime<Utc>, text: &str) {
        if self.last.as_ref().is_none_or(|(seen, _)| time > *seen) {
            self.last = Some((time, text.to_owned()));
        }
    }
    /// Adds what was seen of the next segment.
    fn join(&mut self, next: &Self) {
        if let Some((time, text)) = &next.first {
            self.from(*time, text);
        }
        if let Some((time, text)) = &next.last {
            self.to(*time, text);
        }
        self.bare = self.bare.take().or_else(|| next.bare.clone());
        self.log_files |= next.log_files;
        self.calls += next.calls;
        self.answered += next.answered;
        self.committed += next.committed;
    }
}

/// Follows the chain of each segment while the bag is read for the first time, so that a large recording is unpacked once and
/// what was followed is what was hashed. What it saw is not yet known to be signed: only [`check`] may say anything of it.
pub(super) struct Follower {
    header: String,
    header_digest: String,
    segments: BTreeMap<String, Result<(Seen, String), String>>,
}

impl Follower {
    pub(super) fn new() -> Self {
        Self { header: format!("{RECORDING}{}", header::FILE), header_digest: String::new(), segments: BTreeMap::new() }
    }

    /// Whether a segment holds CloudTrail log files or digest files.
    pub(super) fn holds_log_files(&self, segment: &str) -> bool {
        self.segments.get(segment).is_some_and(|s| s.as_ref().is_ok_and(|(seen, _)| seen.log_files))
    }

    /// Whether any does.
    pub(super) fn has_log_files(&self) -> bool {
        self.segments.keys().any(|segment| self.holds_log_files(segment))
    }

    fn segment(&self, name: &str, content: &mut dyn BufRead) -> Result<(Seen, String), String> {
        let (mut seen, mut lines) = (Seen::default(), Lines::new(name, &self.header_digest, Box::new(content)));
        for call in lines.by_ref() {
            seen.add(&call.map_err(|e| e.to_string())?)?;
        }
        Ok((seen, lines.end().to_owned()))
    }
}

impl Watch for Follower {
    fn first(&self) -> &str {
        &self.header
    }
    fn file(&mut self, path: &str, content: &mut dyn BufRead) {
        if path == self.header {
            let mut bytes = Vec::new();
            if content.take(LARGEST_HEADER).read_to_end(&mut bytes).is_ok() {
                self.header_digest = sha256_hex(&bytes);
            }
        } else if let Some(name) = path.strip_prefix(RECORDING).and_then(|name| name.strip_suffix(SUFFIX)) {
            let followed = self.segment(name, content);
            self.segments.insert(name.to_owned(), followed);
        }
    }
}

/// Step 9.
pub(super) fn check(bag: &Bag, followed: &Follower, evidence: &EvidenceV1) -> Result<String, String> {
    let run = &evidence.run;
    if bag.files().get(SCOPE).is_none_or(|s| s.sha256 != run.scope_digest) {
        return Err(format!("{SCOPE} is missing or not the scope that the evidence names"));
    }
    // The evidence lists the scope, which is bound by its digest; step 10 holds the two against each other.
    let inputs = &evidence.scope.inputs;
    for (path, named) in [(ROSTER, &inputs.roster), (REVIEWS, &inputs.reviews)] {
        if bag.files().get(path).map(|stored| &stored.sha256) != named.as_ref() {
            return Err(format!("{path} is not the file that the scope names"));
        }
    }
    let recording = Recording::new(InBag(bag)).map_err(|e| e.to_string())?;
    let header = &recording.header;
    let same = [
        ("run id", header.run_id == run.id),
        ("source", header.source.word() == run.source),
        ("start", header.started == run.started),
        ("scope", header.scope_digest == run.scope_digest),
        ("challenge", header.challenge == run.challenge),
        ("previous bundle", header.previous == run.previous),
        ("attempts", header.attempts == run.attempts),
        ("overrides", header.overrides == run.overrides),
        ("tool", header.tool == run.tool),
    ];
    if let Some((what, _)) = same.iter().find(|(_, same)| !same) {
        return Err(format!("the recording's header states another {what} than the evidence"));
    }
    if followed.header_digest != recording.header_digest() {
        return Err(format!("{} was changed while it was being verified", followed.header));
    }
    let (mut seen, mut ends) = (Seen::default(), Vec::new());
    for segment in recording.segments() {
        match followed.segments.get(segment) {
            Some(Ok((of_segment, end))) => {
                seen.join(of_segment);
                ends.push((format!("{segment}{SUFFIX}"), end.clone()));
            }
            Some(Err(why)) => return Err(why.clone()),
            None => return Err(format!("{segment}{SUFFIX} was not read along with the bag")),
        }
    }
    if head_digest(recording.header_digest(), &ends) != run.head_digest {
        return Err("the recording is not the one that the evidence was made from: its head digest is another".to_owned());
    }
    if (seen.first.map(|(_, text)| text), seen.last.map(|(_, text)| text)) != (run.first_call.clone(), run.last_call.clone()) {
        return Err("the evidence states other times of the first and last call than the recording".to_owned());
    }
    let redacted = match seen.bare {
        None => "every value is in its redacted form".to_owned(),
        Some(place) => unredacted(evidence, &place)?,
    };
    let changes = changes(bag, header.changes.as_deref(), evidence)?;
    Ok(format!(
        "{} calls in {} segments, chained and numbered without a gap; {} of {} answers carry a commitment to their exact bytes; \
         {redacted}{changes}",
        seen.calls,
        recording.segments().len(),
        seen.committed,
        seen.answered
    ))
}

/// The journal of changes: the one that stood when the recording began, each line following the one before. What its owner
/// had edited by then he must have said, and then it is told.
fn changes(bag: &Bag, named: Option<&str>, evidence: &EvidenceV1) -> Result<String, String> {
    match (named, bag.files().get(CHANGES)) {
        (None, None) => return Ok(String::new()),
        (None, Some(_)) => return Err(format!("{CHANGES} is there, and the recording's header does not name it")),
        (Some(_), None) => return Err(format!("the recording began with a journal of changes, and {CHANGES} is missing")),
        (Some(named), Some(file)) if file.sha256 != named => {
            return Err(format!("{CHANGES} is not the journal that the recording's header names"));
        }
        (Some(_), Some(_)) => {}
    }
    let journal = Changes::of(&bag.read(CHANGES, changes::LARGEST).map_err(|e| e.to_string())?);
    let says = |line: &u64| evidence.left_out.iter().any(|l| l.kind == CHANGES_BROKEN && l.what == changes_line(*line));
    match (journal.broken.iter().find(|line| !says(line)), journal.broken.len()) {
        (Some(line), _) => Err(format!("line {line} of {CHANGES} does not follow the one before, and the evidence does not say so")),
        (None, 0) => Ok(format!("; the journal of changes has {} lines, each following the one before", journal.told.len())),
        (None, n) => Ok(format!("; {n} lines of the journal of changes DO NOT follow the one before, as the evidence says")),
    }
}

/// What a value that is not in its redacted form means. An owner may say so (COG-EVD-004 fails, or is switched off), but
/// not deny it; another version of the program may know another form.
fn unredacted(evidence: &EvidenceV1, place: &str) -> Result<String, String> {
    let told = format!("a value is not in its redacted form ({place})");
    let denied = evidence.findings.iter().any(|f| f.finding.check.as_str() == MINIMAL && f.finding.verdict != Verdict::Fail);
    if denied && evidence.run.tool.version == env!("CARGO_PKG_VERSION") {
        return Err(format!("{told}, and {MINIMAL} of the evidence does not say so"));
    }
    Ok(told)
}

/// Why the time for which verdicts were made is not that of the collection; `None` when it is (rulings 16).
pub(super) fn assessed_apart(evidence: &EvidenceV1) -> Option<String> {
    let instant = |text: &Option<String>| text.as_deref().and_then(|t| parse_rfc3339(t).ok());
    let at: Option<DateTime<Utc>> = parse_rfc3339(&evidence.run.at).ok();
    match (at, instant(&evidence.run.first_call), instant(&evidence.run.last_call)) {
        (Some(at), Some(first), Some(last)) if first <= at && at <= last + Duration::hours(ASSESSED_WITHIN) => None,
        _ => Some(format!(
            "verdicts were made for {}, which is not within the collection and the {ASSESSED_WITHIN} hours after it",
            evidence.run.at
        )),
    }
}
