//! Sentences that belong on the cover and in the limits whatever a template says (rulings 34 to 43, 51).

use crate::clock;
use crate::model::scope::Scope;
use crate::recording::header::Source;
use crate::report::evidence_v1::FrameworkResult;
use crate::snapshot::Snapshot;
use crate::snapshot::endpoints;
use crate::snapshot::trail::Trail;
use chrono::{DateTime, Duration, Utc};

/// `aws`, `overridden`, or `none` where nothing was called by the collector itself.
pub fn endpoint_kind(snapshot: &Snapshot) -> &'static str {
    if snapshot.header.source != Source::Live || snapshot.calls.origins.is_empty() {
        return "none";
    }
    let all_aws = snapshot.calls.origins.iter().all(|(service, region, origin)| endpoints::is_aws(service, region, origin));
    if all_aws && snapshot.header.overrides.is_empty() { "aws" } else { "overridden" }
}

/// What the cover must say.
pub fn cover(snapshot: &Snapshot, scope: &Scope, at: DateTime<Utc>, frameworks: &[FrameworkResult], catalogue_digest: &str) -> Vec<String> {
    let mut say = Vec::new();
    let header = &snapshot.header;
    match header.source {
        Source::Live => {}
        Source::Import => say.push(
            "IMPORTED: the answers were read from files that somebody wrote with the AWS CLI. Nothing shows that AWS gave them.".to_owned(),
        ),
        Source::Demo => say.push("DEMONSTRATION: the answers are made up. This bundle is evidence of nothing.".to_owned()),
    }
    if endpoint_kind(snapshot) == "overridden" {
        let settings = if header.overrides.is_empty() { String::new() } else { format!(" (settings: {})", header.overrides.join(", ")) };
        say.push(format!("OVERRIDDEN ENDPOINT: calls were diverted from AWS's own endpoints{settings}. The answers may not be AWS's."));
    }
    if header.source == Source::Live {
        let (with, without): (Vec<&Trail>, Vec<&Trail>) =
            snapshot.trails.values().filter(|t| !t.files.is_empty()).partition(|t| t.validated.is_some());
        if !without.is_empty() {
            say.push(
                "The log of the period was read from CloudTrail log files that somebody gave. They were not validated here.".to_owned(),
            );
        }
        if !with.is_empty() {
            say.push(
                "The log of the period was read from CloudTrail log files that somebody gave, held against the digest files beside them."
                    .to_owned(),
            );
        }
    }
    let own: Vec<String> = frameworks.iter().filter(|f| f.own).map(|f| format!("{} ({})", f.name, f.framework)).collect();
    if !own.is_empty() {
        say.push(format!(
            "The catalogue is the sealer's own (SHA-256 {catalogue_digest}). Beside this release's frameworks stands what the sealer added: {}. Which checks count for it, and why, is the sealer's word.",
            own.join(", ")
        ));
    }
    if header.catalogue_digest != catalogue_digest {
        say.push("The assessment used another catalogue than the one that was in force when the recording began.".to_owned());
    }
    let (first, last) = (time(snapshot.calls.first.as_deref()), time(snapshot.calls.last.as_deref()));
    if let (Some(first), Some(last)) = (first, last)
        && (at < first || at > last + Duration::hours(24))
    {
        say.push(format!("The verdicts are made for {}, which is not within 24 hours of the collection.", clock::rfc3339(at)));
    }
    if scope.organization.name.is_empty() {
        say.push("No organisation was declared.".to_owned());
    }
    if snapshot.header.attempts.number.is_none() && header.source == Source::Live {
        say.push("No journal of attempts was kept.".to_owned());
    }
    say.extend([
        "A point in time: it shows the configuration between the first and the last call, not throughout the period.".to_owned(),
        "That production uses these pools is not proved.".to_owned(),
        "Accounts and regions not listed were not looked at.".to_owned(),
        "AWS is a subservice organisation: the controls of Amazon Cognito itself are not covered.".to_owned(),
    ]);
    say
}

fn time(text: Option<&str>) -> Option<DateTime<Utc>> {
    clock::parse_rfc3339(text?).ok()
}

/// What this evidence does not show.
pub fn limits(snapshot: &Snapshot) -> Vec<String> {
    let mut say = vec![
        "The seal proves who sealed and that nothing changed since. It does not prove that AWS said it: a sealer could feed false answers. The request ids let an auditor with CloudTrail access join a sample of calls; a join proves that a call happened, not what it answered.",
        "Call times are the collector's word unless joined with validated CloudTrail log files.",
        "ListUsers is eventually consistent: the population is the users listed between the stated times, never \"all users\".",
        "A listed factor proves enrolment, not that each sign-in was challenged. Cognito issues tokens at a new user's first sign-in even where MFA is required.",
        "Federated users are authenticated by their identity provider: its MFA needs evidence of its own.",
        "IAM principals who can administer the pool are outside these checks.",
        "The list of attempts is self-reported.",
        "Pseudonyms are personal data (GDPR 4(5)). Whoever can read the account's CloudTrail can resolve them through request ids: treat the bundle as identified for them.",
        "An erasure request is met by destroying the keys, not by changing the bundle.",
        "This report supports an auditor's opinion; it does not give one.",
    ];
    if snapshot.trails.values().all(Trail::is_empty) {
        say.push("No evidence of the whole period is part of this bundle: every roll-up reads as of the collection.");
    } else {
        say.push("A roll-up speaks for the period only where COG-LOG-005 passes and counts; every other reads as of the collection. CloudTrail events show that a call was made, and what it asked for.");
    }
    if snapshot.trails.values().any(|t| !t.files.is_empty() && t.validated.is_none()) {
        say.push("CloudTrail log files were given as files and were not validated here: only CloudTrail's signed digest files, with public keys that the auditor fetched himself, show that none was changed or taken out.");
    }
    if snapshot.trails.values().any(|t| t.validated.is_some()) {
        say.push("CloudTrail's digest files were given with the log files and agree with them as far as stated. That AWS signed them is shown only by the auditor's own public keys (poolproof verify --trail-keys); that the recorded events are those in the log files, only with the files at hand (--trail); that the trail recorded management events all the time, by neither.");
    }
    if snapshot.header.challenge.is_some() {
        say.push("The challenge proves only that the seal is later than the request for it.");
    } else {
        say.push("No auditor gave a challenge: samples drawn from this bundle are self-selected unless the auditor chooses a value after sealing.");
    }
    if snapshot.header.source == Source::Live {
        say.push("The certificate of the server that answered is not recorded: the AWS SDK does not show it. The endpoint, proxy and CA settings are.");
    }
    say.into_iter().map(str::to_owned).collect()
}
