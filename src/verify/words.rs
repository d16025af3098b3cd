//! What a verification has proved and what it has not, in sentences (the design's "What a seal proves, and what it does not").
//!
//! It must not decide: each sentence follows from the outcome of steps.

use super::outcome::{Facts, Outcome, Report, StepName};
use crate::recording::header::Source;
use crate::sign::attestation::Decision;

/// Proved, and not proved.
pub(super) fn of(report: &Report) -> (Vec<String>, Vec<String>) {
    let (mut proved, mut not) = (Vec::new(), Vec::new());
    let Some(facts) = report.facts.as_ref().filter(|_| report.exit != 4) else {
        not.push("Anything. Do not rely on this bundle: ask for it again, and say which step failed.".to_owned());
        return (proved, not);
    };
    proved.push(match facts.later_seals + facts.revocation_lists {
        0 => "All files are those over which the statement was signed; nothing was changed, added or removed since.".to_owned(),
        n => format!("All files but {n} are those over which the statement was signed; of these, nothing was changed or removed since."),
    });
    match &facts.who {
        Some(who) => proved.push(format!("It was sealed by {who} (in your own trust data).")),
        None => not.push("Who sealed it (step 4 says why): anybody can make a key and any name.".to_owned()),
    }
    if facts.revocation_lists > 0 {
        not.push(format!(
            "Who added {} of the other files, revocation lists: the statement does not name them; what one says counts only by its authority's signature (steps 4 and 7).",
            facts.revocation_lists
        ));
    }
    attested(facts, &mut proved, &mut not);
    approved(facts, &mut proved, &mut not);
    reviewed(facts, &mut proved, &mut not);
    let signed: usize = facts.attestations.iter().map(|a| a.attachments.len() + 3).sum::<usize>()
        + facts.rotations
        + facts.stamps.iter().filter(|s| s.path.starts_with("signature/")).count();
    if facts.later_seals > signed {
        not.push(format!(
            "Who added {} of the other files, when, and whether what they say is true: no signature of them was checked.",
            facts.later_seals - signed
        ));
    }
    if report.passed(StepName::Recording) {
        proved.push(
            "The recording has no line changed, added or removed since it was closed, and is the one that the evidence names.".to_owned(),
        );
    }
    match report.outcome(StepName::Reperformance) {
        Some(Outcome::Passed(_)) => {
            proved.push("The findings follow from the recording: this program has derived evidence.json again.".to_owned())
        }
        _ => not.push("That the findings follow from the recording (--reperform shows it).".to_owned()),
    }
    log_files(report, facts, &mut proved, &mut not);
    if let Some(Outcome::Passed(note)) = report.outcome(StepName::Chain) {
        proved.push(format!("It is the bundle expected: {note}."));
    } else {
        not.push("That it is the newest bundle, or the one for your request: an old one shown again is still genuine.".to_owned());
    }
    let begun = facts.recorded_after.as_ref().filter(|_| report.passed(StepName::Recording));
    if let Some(time) = begun {
        let who = facts.recorded_after_whom.as_deref().unwrap_or_default();
        proved.push(format!(
            "The recording was written after {time}, and its scope and challenge stood by then: {who} says so (in your own trust data)."
        ));
        not.push("That AWS gave the answers after that time: older answers could have been written down later.".to_owned());
    }
    match &facts.existed_by {
        Some(time) => {
            let who = facts.existed_by_whom.as_deref().unwrap_or_default();
            proved.push(format!("It existed, sealed as it is, by {time}: {who} says so (in your own trust data)."));
            if report.passed(StepName::Time) {
                not.push(
                    "When each call was made: those times are the collector's own; only that all was sealed by then is proved.".to_owned(),
                );
            } else {
                not.push("How long before that it was sealed, or that this authority was not revoked then (step 7 says which).".to_owned());
            }
        }
        None => not.push("When it was sealed (step 7 says why): all times in it are the collector's own.".to_owned()),
    }
    not.push(
        "That AWS gave these answers: who seals could have fed false ones. Join a sample of request ids with validated CloudTrail files."
            .to_owned(),
    );
    if facts.reports_derived {
        proved.push(
            "report.pdf, report.html and the other reports say what evidence.json says: they were made again and are the same.".to_owned(),
        );
    } else {
        not.push(
            "That report.pdf, report.html and other formats say the same as evidence.json: they are signed, not derived again (step 10 says why)."
                .to_owned(),
        );
    }
    not.extend(facts.not_of_this_release.iter().cloned());
    match facts.source.as_str() {
        "live" => {}
        "demo" => not.push("Anything about a real system: the data was made up for a demonstration.".to_owned()),
        other => not.push(format!("That the tool itself called AWS: the source is '{other}'.")),
    }
    if facts.endpoints == "overridden" {
        not.push("That AWS was asked: an endpoint, proxy or CA was overridden.".to_owned());
    }
    if facts.demo_key {
        not.push("A signer's identity: the key was made for a demonstration and thrown away.".to_owned());
    }
    (proved, not)
}

/// What signed approvals of exceptions prove: that a key signed these words, and whose it is only by the caller's trust file.
fn approved(facts: &Facts, proved: &mut Vec<String>, not: &mut Vec<String>) {
    for a in &facts.approvals {
        match &a.who {
            Some(who) => proved.push(format!(
                "Exception {} ({}) was approved by {who} (in your own trust data), in these words. Its finding stays FAIL.",
                a.exception, a.about
            )),
            None => not.push(format!("Who approved exception {} ({}): it was signed {}.", a.exception, a.about, a.standing)),
        }
    }
}

/// What the reviews of access prove: that a key signed these decisions, and whose it is only by the caller's trust file.
fn reviewed(facts: &Facts, proved: &mut Vec<String>, not: &mut Vec<String>) {
    for r in &facts.reviews {
        match (&r.who, &r.fingerprint) {
            (Some(who), _) => proved.push(format!(
                "Review {} of access ({} users to keep, {} to remove) was signed by {who} (in your own trust data), with these decisions. COG-ACC-006 does not pass by it.",
                r.review, r.keep, r.remove
            )),
            (None, Some(_)) => not.push(format!("Who made review {} of access: it was signed {}.", r.review, r.standing)),
            (None, None) => not.push(format!("Who made review {} of access: nobody signed it.", r.review)),
        }
    }
    if !facts.reviews.is_empty() {
        not.push("That what reviewers of access decided is right, when they did, and that no other review was left out.".to_owned());
    }
}

/// What later attestations prove, and what not: a reviewer's word is his own.
fn attested(facts: &Facts, proved: &mut Vec<String>, not: &mut Vec<String>) {
    for a in &facts.attestations {
        let count = |d: Decision| a.items.iter().filter(|i| i.decision == d).count();
        let counts: Vec<String> = Decision::ALL.iter().map(|d| format!("{} {}", count(*d), d.word())).collect();
        match &a.who {
            Some(who) => proved.push(format!(
                "Attestation {} was signed by {who} (in your own trust data), for this bundle. Of the MANUAL findings: {}. No verdict changes by it.",
                a.number,
                counts.join(", ")
            )),
            None => not.push(format!("Who made attestation {}: it was signed {}.", a.number, a.standing)),
        }
    }
    if !facts.attestations.is_empty() {
        not.push("That what reviewers attest is right, when they did, and that no later attestation was taken away.".to_owned());
    }
}

/// What is known of the CloudTrail log files, where there are any.
fn log_files(report: &Report, facts: &Facts, proved: &mut Vec<String>, not: &mut Vec<String>) {
    match report.outcome(StepName::LogFiles) {
        Some(Outcome::Passed(_)) if facts.source == Source::Demo.word() => {
            not.push(
                "That AWS signed for a log file: those of a demonstration are made up, and so is the key that signed for them.".to_owned(),
            );
        }
        Some(Outcome::Passed(note)) => {
            proved.push(format!("The CloudTrail log files of the recording are those that AWS signed for: {note}."));
            if facts.log_events_compared {
                proved.push("The events that it took from them happened as it says, by AWS's own signed word.".to_owned());
            } else {
                not.push("That these log files say what the recording says of them (--trail DIR shows it).".to_owned());
            }
            not.push("That the trail recorded management events all the time: its log files cannot show what it left out.".to_owned());
        }
        Some(Outcome::NotChecked(_)) => {
            not.push("That CloudTrail delivered the log files of the recording, unaltered and no others (step 12 says why).".to_owned());
        }
        _ => {}
    }
}
