//! Step 9, recording: every line is a call, chained to the line before, numbered without gaps; all of it is closed by the
//! head digest that the statement signs; times and header are those that the evidence states; and values that are not in
//! their redacted form are told, and are what COG-EVD-004 says of them.
//!
//! It must not judge what the answers mean.

use std::io::BufRead;

use chrono::{DateTime, Duration, Utc};

use crate::bundle::Bag;
use crate::bundle::layout::{RECORDING, SCOPE};
use crate::clock::parse_rfc3339;
use crate::model::verdict::Verdict;
use crate::recording::audit;
use crate::recording::read::{Files, ReadError, Recording, head_digest};
use crate::report::evidence_v1::EvidenceV1;

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

/// Step 9.
pub(super) fn check(bag: &Bag, evidence: &EvidenceV1) -> Result<String, String> {
    let run = &evidence.run;
    if bag.files().get(SCOPE).is_none_or(|s| s.sha256 != run.scope_digest) {
        return Err(format!("{SCOPE} is missing or not the scope that the evidence names"));
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
    let (mut calls, mut answered, mut committed) = (0_u64, 0_u64, 0_u64);
    let mut first: Option<(DateTime<Utc>, String)> = None;
    let mut last: Option<(DateTime<Utc>, String)> = None;
    let mut bare: Option<String> = None;
    let mut ends = Vec::new();
    for segment in recording.segments() {
        let mut lines = recording.calls(segment).map_err(|e| e.to_string())?;
        for call in lines.by_ref() {
            let call = call.map_err(|e| e.to_string())?;
            let time = parse_rfc3339(&call.time).map_err(|why| format!("call {}: {why}", call.call))?;
            if first.as_ref().is_none_or(|(seen, _)| time < *seen) {
                first = Some((time, call.time.clone()));
            }
            if last.as_ref().is_none_or(|(seen, _)| time > *seen) {
                last = Some((time, call.time.clone()));
            }
            if bare.is_none() {
                bare = audit::call(&call).first().map(|pointer| format!("{} {pointer}", call.call));
            }
            calls += 1;
            answered += u64::from(call.answer.is_some());
            committed += u64::from(call.answer.is_some() && call.commitment.is_some());
        }
        ends.push((format!("{segment}.jsonl"), lines.end().to_owned()));
    }
    if head_digest(recording.header_digest(), &ends) != run.head_digest {
        return Err("the recording is not the one that the evidence was made from: its head digest is another".to_owned());
    }
    if (first.map(|(_, text)| text), last.map(|(_, text)| text)) != (run.first_call.clone(), run.last_call.clone()) {
        return Err("the evidence states other times of the first and last call than the recording".to_owned());
    }
    let redacted = match bare {
        None => "every value is in its redacted form".to_owned(),
        Some(place) => unredacted(evidence, &place)?,
    };
    Ok(format!(
        "{calls} calls in {} segments, chained and numbered without a gap; {committed} of {answered} answers carry a commitment to \
         their exact bytes; {redacted}",
        recording.segments().len()
    ))
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
