//! From a recording, the declared scope and a catalogue to `evidence.json`: the same in, the same out.

use super::evidence_v1::{
    Caller, CatalogueRef, Completeness, Endpoint, EvidenceV1, FORMAT, FrameworkResult, GapNote, MappedControl, MappedFinding, NamedControl,
    PoolPopulation, RegionSeen, Run,
};
use super::{exceptions, left_out, population, rollout, statements, summarise, timeline};
use crate::checks::given::{Given, Reviewable};
use crate::checks::{self, texts::Texts};
use crate::clock;
use crate::diff::{self, summary::Summary};
use crate::digest::{base32, sha256, sha256_hex};
use crate::model::finding::Finding;
use crate::model::id::{CheckId, PoolId, Region};
use crate::model::json;
use crate::model::review::Reviews;
use crate::model::roster::Roster;
use crate::model::scope::{PrivacyMode, Scope};
use crate::model::verdict::Verdict;
use crate::recording::changes::Changes;
use crate::recording::read::{Files, ReadError, Recording};
use crate::snapshot::{Snapshot, endpoints};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Why an assessment could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AssessError {
    /// The recording cannot be read or its chain does not hold.
    #[error(transparent)]
    Recording(#[from] ReadError),
    /// The scope is not the one that the recording was made for.
    #[error(
        "scope.json has the digest {found}, but the recording was made for {recorded}: use the scope file of that run, or collect again"
    )]
    OtherScope {
        /// Digest of the given scope.
        found: String,
        /// Digest in the header.
        recorded: String,
    },
    /// The scope cannot be read.
    #[error("inputs/scope.json is not a scope: {0}")]
    Scope(String),
    /// The summary of the bundle before this one cannot be used.
    #[error("inputs/previous.json: {0}; begin a new run with --previous and the bundle itself")]
    Previous(String),
    /// The journal of changes is not the one that the recording was made with.
    #[error(
        "inputs/changes.jsonl is not the journal of changes that the recording's header names: put the original back, or collect again"
    )]
    Changes,
    /// The roster cannot be used.
    #[error("inputs/roster.json: {0}; put the original back, or collect again")]
    Roster(String),
    /// The access reviews cannot be used.
    #[error("inputs/reviews.json: {0}; put the original back, or collect again")]
    Reviews(String),
    /// The texts of this release are broken.
    #[error("the texts of the checks cannot be read: {0}")]
    Texts(String),
    /// Nothing was recorded and no time was given.
    #[error("the recording holds no call, so there is no time to assess for; give one with --at")]
    NoTime,
}

/// What a catalogue says, as far as an assessment needs it. `controls` implements it.
pub trait Mapping {
    /// Version of the catalogue.
    fn version(&self) -> String;
    /// SHA-256 over its files.
    fn digest(&self) -> String;
    /// The controls that a check bears on.
    fn controls_of(&self, check: &CheckId) -> Vec<MappedControl>;
    /// Ids of every control, as `framework:id`.
    fn control_ids(&self) -> BTreeSet<String>;
    /// Roll-ups by framework, as of `at`.
    fn roll_up(&self, findings: &[Finding], scope: &Scope, pools: &[PoolPopulation], at: DateTime<Utc>) -> Vec<FrameworkResult>;
    /// The controls that the organisation's policy names.
    fn named(&self, frameworks: &[FrameworkResult]) -> Vec<NamedControl>;
}

/// `evidence.json` and the snapshot behind it.
pub struct Assessed {
    /// What becomes `evidence.json`.
    pub evidence: EvidenceV1,
    /// The facts, for `population.csv`.
    pub snapshot: Snapshot,
    /// The scope as read.
    pub scope: Scope,
}

/// What `inputs/` holds besides the scope.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs<'a> {
    /// `previous.json`: the summary of the bundle before this one.
    pub previous: Option<&'a [u8]>,
    /// `changes.jsonl`: the journal of changes.
    pub changes: Option<&'a [u8]>,
    /// `roster.json`: who works here.
    pub roster: Option<&'a [u8]>,
    /// `reviews.json`: who looked at the users.
    pub reviews: Option<&'a [u8]>,
}

/// Assesses a recording. `at` defaults to the time of the last call.
///
/// # Errors
/// See [`AssessError`].
pub fn assess<F: Files>(
    recording: &Recording<F>,
    scope_json: &[u8],
    catalogue: &dyn Mapping,
    at: Option<DateTime<Utc>>,
) -> Result<Assessed, AssessError> {
    assess_with(recording, scope_json, catalogue, at, Inputs::default())
}

/// As [`assess`], with the bytes of what else `inputs/` holds.
///
/// # Errors
/// See [`AssessError`].
pub fn assess_with<F: Files>(
    recording: &Recording<F>,
    scope_json: &[u8],
    catalogue: &dyn Mapping,
    at: Option<DateTime<Utc>>,
    inputs: Inputs<'_>,
) -> Result<Assessed, AssessError> {
    let changes = changes_of(inputs.changes, recording.header.changes.as_deref())?;
    let previous = inputs.previous.map(|bytes| previous_of(bytes, recording.header.previous.as_deref())).transpose()?;
    let scope: Scope = json::strict(scope_json).map_err(AssessError::Scope)?;
    let scope_digest = sha256_hex(scope_json);
    if scope_digest != recording.header.scope_digest {
        return Err(AssessError::OtherScope { found: scope_digest, recorded: recording.header.scope_digest.clone() });
    }
    let named = &scope.inputs;
    let roster = named_input("a roster", named.roster.as_deref(), inputs.roster)
        .and_then(|b| b.map(Roster::read).transpose())
        .map_err(AssessError::Roster)?;
    let reviews = named_input("reviews", named.reviews.as_deref(), inputs.reviews)
        .and_then(|b| b.map(Reviews::read).transpose())
        .map_err(AssessError::Reviews)?;
    let texts = Texts::release().map_err(AssessError::Texts)?;
    let mut snapshot = Snapshot::build(recording, &scope)?;
    snapshot.changes = changes;
    snapshot.earlier = previous.as_ref().map(|p| timeline::earlier(p, &snapshot)).unwrap_or_default();
    let last = snapshot.calls.last.as_deref().and_then(|t| clock::parse_rfc3339(t).ok());
    let at = at.or(last).ok_or(AssessError::NoTime)?;
    let late = exceptions::late(&scope, &snapshot, previous.as_ref(), catalogue);
    let given = Given {
        scope: &scope,
        controls: catalogue.control_ids(),
        late: late.clone(),
        roster: roster.as_ref(),
        reviews: reviews.as_ref(),
        reviewable: previous.as_ref().and_then(|p| reviewable(p, &scope)),
    };
    let access_reviews = super::reviews::of(&snapshot, &given, at.date_naive());
    let findings = checks::evaluate(&snapshot, given, at.date_naive(), &texts);
    let populations: Vec<PoolPopulation> = snapshot.pools.iter().map(|p| population::of(p, at.date_naive(), scope.privacy.mode)).collect();
    let controls = catalogue.roll_up(&findings, &scope, &populations, at);
    let completeness = completeness(&snapshot, &populations, &findings);
    let mut left_out = left_out::of(&snapshot, &scope, at.date_naive(), &findings, &populations);
    left_out.extend(previous.as_ref().and_then(|p| left_out::changes_cut(p, &snapshot.changes)));
    let map = |finding: Finding| MappedFinding {
        controls: catalogue.controls_of(&finding.check),
        exceptions: Vec::new(),
        exceptions_cover: None,
        finding,
    };
    let mut mapped: Vec<MappedFinding> = findings.into_iter().map(map).collect();
    let excepted = exceptions::of(&scope, &snapshot, at.date_naive(), &late, &mut mapped, catalogue);
    let mut evidence = EvidenceV1 {
        format: FORMAT.to_owned(),
        bundle_id: bundle_id(&snapshot.head_digest, &scope_digest, &catalogue.digest(), at),
        run: run(&snapshot, &scope, catalogue, &controls, &scope_digest, at),
        completeness,
        named_by_policy: catalogue.named(&controls),
        exceptions: excepted,
        left_out,
        limits: statements::limits(&snapshot),
        rollout: rollout::of(&snapshot, &scope),
        population: populations,
        timeline: timeline::of(&snapshot, &scope),
        findings: mapped,
        controls,
        scope: scope.clone(),
        roster: roster.as_ref().map(|r| super::roster::of(&snapshot, &scope, r, at.date_naive())),
        reviews: access_reviews,
        since_previous: None,
    };
    match previous {
        Some(previous) => {
            let this = summarise::of(&evidence, Some(&snapshot), None);
            evidence.since_previous = Some(diff::compare(&previous, &this, [PREVIOUS_SEAL, "this bundle"]));
        }
        None if evidence.run.previous.is_some() => evidence.left_out.push(left_out::not_compared()),
        None => {}
    }
    evidence.left_out.sort();
    Ok(Assessed { evidence, snapshot, scope })
}

/// What is said of the earlier bundle's seal: nobody but `verify --previous` looks at that bundle again.
const PREVIOUS_SEAL: &str = "It was whole when this run began; that is the word of whoever ran it until verify --previous holds its summary against the bundle itself.";

/// A file of `inputs/`, if it is the one that the scope names.
fn named_input<'a>(what: &str, named: Option<&str>, bytes: Option<&'a [u8]>) -> Result<Option<&'a [u8]>, String> {
    match (named, bytes) {
        (None, None) => Ok(None),
        (Some(named), Some(bytes)) if sha256_hex(bytes) == named => Ok(Some(bytes)),
        (Some(_), None) => Err(format!("the scope names {what}, and it is missing")),
        (_, Some(_)) => Err("it is not the file that the scope names".to_owned()),
    }
}

/// The users of the earlier bundle, where the same key made its pseudonyms.
fn reviewable(previous: &Summary, scope: &Scope) -> Option<Reviewable> {
    let same_key = previous.privacy.key_id.is_some() && previous.privacy.key_id == scope.privacy.key_id;
    let sha256 = previous.population_csv.clone().filter(|_| same_key)?;
    let by_name = previous.privacy.mode == PrivacyMode::Clear.word();
    let users = previous.population.iter().map(|(pool, seen)| {
        let by_pseudonym = seen.users.as_ref().filter(|_| !by_name).map(|users| users.keys().cloned().collect());
        (PoolId::from(pool.as_str()), if by_name { seen.pseudonyms.clone() } else { by_pseudonym })
    });
    Some(Reviewable { sha256, users: users.collect() })
}

/// The summary, if it is that of the bundle which the recording's header names.
fn previous_of(bytes: &[u8], named: Option<&str>) -> Result<Summary, AssessError> {
    let summary = Summary::read(bytes).map_err(AssessError::Previous)?;
    let statement = summary.sealed.as_ref().map(|s| s.statement.as_str());
    if named.is_none() || statement != named {
        return Err(AssessError::Previous("it is not of the bundle that the recording names as the one before".to_owned()));
    }
    Ok(summary)
}

/// The journal of changes, if it is the one that the recording's header names; no journal where it names none.
fn changes_of(bytes: Option<&[u8]>, named: Option<&str>) -> Result<Changes, AssessError> {
    if bytes.map(sha256_hex).as_deref() != named {
        return Err(AssessError::Changes);
    }
    Ok(bytes.map(Changes::of).unwrap_or_default())
}

/// The bundle id: the first 16 characters of the lower-case base32 of
/// SHA-256(`<head digest>\n<scope digest>\n<catalogue digest>\n<at>\n`), digests in hex and `at` in RFC 3339.
pub fn bundle_id(head_digest: &str, scope_digest: &str, catalogue_digest: &str, at: DateTime<Utc>) -> String {
    let preimage = format!("{head_digest}\n{scope_digest}\n{catalogue_digest}\n{}\n", clock::rfc3339(at));
    base32(&sha256(preimage.as_bytes())).chars().take(16).collect()
}

fn run(
    snapshot: &Snapshot,
    scope: &Scope,
    catalogue: &dyn Mapping,
    controls: &[FrameworkResult],
    scope_digest: &str,
    at: DateTime<Utc>,
) -> Run {
    let header = &snapshot.header;
    let endpoints = snapshot.calls.origins.iter().map(|(service, region, origin)| Endpoint {
        service: service.clone(),
        region: Region::from(region.as_str()),
        origin: origin.clone(),
        kind: if endpoints::is_aws(service, region, origin) && header.overrides.is_empty() { "aws" } else { "overridden" }.to_owned(),
    });
    Run {
        id: header.run_id.clone(),
        source: header.source.word().to_owned(),
        at: clock::rfc3339(at),
        started: header.started.clone(),
        first_call: snapshot.calls.first.clone(),
        last_call: snapshot.calls.last.clone(),
        clock_skew_seconds: snapshot.calls.skew,
        collected_by: scope.collected_by.word().to_owned(),
        callers: snapshot.callers.iter().map(|(account, arn)| Caller { account: account.clone(), arn: arn.if_read().cloned() }).collect(),
        endpoint_kind: statements::endpoint_kind(snapshot).to_owned(),
        endpoints: endpoints.collect(),
        overrides: header.overrides.clone(),
        head_digest: snapshot.head_digest.clone(),
        scope_digest: scope_digest.to_owned(),
        tool: header.tool.clone(),
        catalogue: CatalogueRef { version: catalogue.version(), digest: catalogue.digest() },
        challenge: header.challenge.clone(),
        previous: header.previous.clone(),
        attempts: header.attempts.clone(),
        statements: statements::cover(snapshot, scope, at, controls, &catalogue.digest()),
    }
}

/// Whether a finding is INCOMPLETE because something was not read, rather than because what was read proves nothing.
fn lacks_a_fact(finding: &Finding) -> bool {
    matches!(finding.reason_code.as_str(), "gap" | "members-not-asked") || finding.check.as_str() == "COG-EVD-001"
}

fn completeness(snapshot: &Snapshot, populations: &[PoolPopulation], findings: &[Finding]) -> Completeness {
    let gaps: Vec<GapNote> = snapshot
        .calls
        .unanswered
        .iter()
        .map(|(operation, subject, kind, call)| GapNote {
            operation: operation.clone(),
            subject: subject.clone(),
            why: kind.words(),
            call: call.clone(),
        })
        .collect();
    let regions: Vec<RegionSeen> = snapshot
        .regions
        .iter()
        // A region may have been asked about SMS only; it is no place where pools were looked for.
        .filter(|((account, region), listed)| {
            !listed.never_asked_for() || snapshot.pools.iter().any(|p| p.account == *account && p.region == *region)
        })
        .map(|((account, region), listed)| RegionSeen {
            account: account.clone(),
            region: region.clone(),
            pools: listed.all().ok().map(|p| p.len() as u64),
        })
        .collect();
    let partial = populations.iter().filter(|p| !p.listing.complete).count();
    let unread: u64 = populations.iter().filter_map(|p| p.by_state.get("unread")).sum();
    let answered = gaps.is_empty() && partial == 0 && unread == 0;
    // What nobody asked leaves no unanswered call behind; it shows in the findings that lack it.
    let lacking = findings.iter().filter(|f| f.verdict == Verdict::Incomplete && lacks_a_fact(f)).count();
    let not_asked: u64 = populations.iter().filter_map(|p| p.by_state.get("not-asked")).sum();
    let complete = answered && lacking == 0 && not_asked == 0 && !populations.is_empty();
    let listed: u64 = populations.iter().map(|p| p.listing.listed).sum();
    let sentence = if populations.is_empty() {
        "No user pool was read: this run shows nothing about any.".to_owned()
    } else if complete {
        let pools = if populations.len() == 1 { "1 pool".to_owned() } else { format!("{} pools", populations.len()) };
        let matching = populations
            .iter()
            .all(|p| [p.listing.estimated_before, p.listing.estimated_after].iter().all(|e| *e == Some(p.listing.listed)));
        let proved = if matching {
            "matching the pool's own estimate"
        } else {
            "matching the pool's own estimate or showing the same users a second time"
        };
        format!("Every question was answered: {listed} users in {pools}, each listing read to its end and {proved}.")
    } else if answered {
        format!(
            "Not complete: what was asked was answered, but {lacking} findings lack a fact that was not asked for or has no known form, and the factors of {not_asked} users were not asked for."
        )
    } else {
        format!(
            "Not complete: of {} pools {partial} have a listing that is not proved complete, {} questions stayed without an answer, and the factors of {unread} users could not be read.",
            populations.len(),
            gaps.len()
        )
    };
    Completeness {
        sentence,
        complete,
        calls: snapshot.calls.by_outcome.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
        regions,
        gaps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::Fixture;

    fn complete(fixture: &Fixture) -> Completeness {
        let snapshot = fixture.snapshot();
        let day = "2026-09-30".parse().unwrap();
        let findings = checks::evaluate(&snapshot, &fixture.scope, day, &Texts::release().unwrap());
        let populations: Vec<_> = snapshot.pools.iter().map(|p| population::of(p, day, fixture.scope.privacy.mode)).collect();
        completeness(&snapshot, &populations, &findings)
    }

    #[test]
    fn what_was_never_asked_is_not_complete() {
        assert!(complete(&Fixture::good()).complete, "{:?}", complete(&Fixture::good()));
        for operation in ["ListUserPoolClients", "ListIdentityProviders", "ListUserPools", "AdminGetUserAuthFactors"] {
            let found = complete(&Fixture::good().without(operation));
            assert!(!found.complete && found.sentence.starts_with("Not complete"), "{operation}: {}", found.sentence);
        }
    }

    #[test]
    fn a_listing_proved_by_a_second_pass_is_not_said_to_match_the_estimate() {
        let matching = "matching the pool's own estimate.";
        assert!(complete(&Fixture::good()).sentence.ends_with(matching));
        let mut fixture = Fixture::good().with("DescribeUserPool", serde_json::json!({"UserPool": {"EstimatedNumberOfUsers": 4}}));
        let first = fixture.calls.iter().find(|c| c.operation == "ListUsers").cloned().unwrap();
        fixture.calls.push(crate::checks::testkit::Planned { pass: 2, ..first });
        let found = complete(&fixture);
        assert!(found.complete && !found.sentence.ends_with(matching), "{}", found.sentence);
    }
}
