//! What a seal must say of an `evidence.json`: the one derivation, used to seal and to verify.
//!
//! It must not invent: every member but the template's digest and the demo mark comes from the evidence.

use crate::bundle::layout::FORMAT;
use crate::report::evidence_v1::EvidenceV1;
use crate::sign::statement::{Attempts, Completeness, Listed, Predicate, Span, Versioned};

/// The predicate for this evidence.
///
/// `template` is the SHA-256 of the report's template; `demo_key` says that the key was made for this run only.
pub fn of(evidence: &EvidenceV1, template: Option<String>, demo_key: bool) -> Predicate {
    let run = &evidence.run;
    let accounts = run.callers.iter().map(|c| c.account.as_str());
    let accounts = accounts.chain(evidence.completeness.regions.iter().map(|r| r.account.as_str()));
    Predicate {
        format: FORMAT,
        bundle_id: evidence.bundle_id.clone(),
        period: Some(evidence.scope.period.label.clone()).filter(|label| !label.is_empty()),
        at: run.at.clone(),
        source: run.source.clone(),
        endpoints: run.endpoint_kind.clone(),
        collection: Span { start: run.first_call.clone(), end: run.last_call.clone() },
        run_id: run.id.clone(),
        head_digest: run.head_digest.clone(),
        scope_digest: run.scope_digest.clone(),
        accounts: Listed::of(accounts.chain(evidence.population.iter().map(|p| p.account.as_str()))),
        pools: Listed::of(evidence.population.iter().map(|p| p.pool.as_str())),
        tool: Versioned { name: run.tool.name.clone(), version: run.tool.version.clone(), sha256: run.tool.digest.clone() },
        catalogue: Versioned {
            name: "catalogue".to_owned(),
            version: run.catalogue.version.clone(),
            sha256: Some(run.catalogue.digest.clone()),
        },
        template,
        verdicts: evidence.verdict_counts().into_iter().map(|(verdict, n)| (verdict.word().to_owned(), n)).collect(),
        completeness: Completeness {
            complete: evidence.completeness.complete,
            gaps: evidence.completeness.gaps.len() as u64,
            users: evidence.population.iter().map(|p| p.listing.listed).sum(),
        },
        challenge: run.challenge.clone(),
        previous: run.previous.clone(),
        attempts: Attempts {
            number: run.attempts.number,
            since_previous: run.attempts.since_previous,
            new_journal: run.attempts.new_journal,
            missing: run.attempts.missing.len() as u64,
            broken: run.attempts.broken.len() as u64,
        },
        demo_key,
    }
}

/// The first member in which a predicate differs from what the evidence demands, by name; `None` when they agree.
pub fn difference(sealed: &Predicate, evidence: &EvidenceV1) -> Option<String> {
    let wanted = of(evidence, sealed.template.clone(), sealed.demo_key);
    if *sealed == wanted {
        return None;
    }
    let members = |p: &Predicate| serde_json::to_value(p).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
    let (a, b) = (members(sealed), members(&wanted));
    let differing = b.iter().find(|(key, value)| a.get(*key) != Some(value));
    Some(differing.map_or_else(|| "predicate".to_owned(), |(key, _)| key.clone()))
}
