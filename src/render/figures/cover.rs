//! The cover: what, whose, which period, which accounts, when, by whom, with which result, and what it does not say (rulings 40, 43, 51).
//! Built in: no template can drop or reword it.

use super::{code, kind_words, tiles};
use crate::render::SignedBy;
use crate::render::blocks::*;
use crate::render::view::{View, clip, exceptions, utc};
use std::collections::BTreeSet;

/// Most pools named on the cover; the population section has the others.
const NAMED: usize = 4;
/// Longest name of a certificate that is printed, in characters; the certificate in the signature has all of it.
const LONGEST_SUBJECT: usize = 160;

/// The cover of a report.
pub(in crate::render) fn cover(view: &View<'_>) -> Cover {
    let scope = &view.evidence.scope;
    Cover {
        kicker: "Evidence of multi-factor authentication".to_owned(),
        title: format!("{}, {}", view.organization, scope.period.label),
        lines: vec![
            text(what(view)),
            text(format!("Period {}: {} to {}. {}", scope.period.label, scope.period.from, scope.period.to, when(view))),
        ],
        verdicts: tiles(view),
        facts: facts(view),
        statements: statements(view),
    }
}

/// Adds to the cover who signs the PDF. A name in a certificate that the key made for itself is the signer's own word, and
/// the cover says so.
pub(in crate::render) fn say_who_signs(document: &mut Document, signed_by: Option<&SignedBy>) {
    let Some(Block::Cover(cover)) = document.blocks.first_mut() else { return };
    let mut add = |name: &str, value: Inlines| cover.facts.push(Fact { name: name.to_owned(), value });
    let Some(by) = signed_by else {
        add("PDF signed by", text("nobody: this is a draft; the report in a sealed bundle is signed"));
        return;
    };
    let issued = match &by.issuer {
        Some(issuer) => format!(", certified by {}", clip(issuer, LONGEST_SUBJECT)),
        None => " (its own word: compare the key)".to_owned(),
    };
    add("PDF signed by", vec![Inline::Text(format!("{}{issued}; key ", clip(&by.subject, LONGEST_SUBJECT))), code(&by.fingerprint)]);
}

fn joined<T: ToString + Ord>(all: impl IntoIterator<Item = T>) -> String {
    let all: BTreeSet<T> = all.into_iter().collect();
    match all.len() {
        0 => "none".to_owned(),
        1..=6 => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        n => format!("{} and {} more", all.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join(", "), n - 5),
    }
}

fn what(view: &View<'_>) -> String {
    let pools = &view.evidence.population;
    let asked = &view.evidence.completeness.regions;
    let accounts = joined(pools.iter().map(|p| &p.account).chain(asked.iter().map(|r| &r.account)));
    let regions = joined(pools.iter().map(|p| &p.region).chain(asked.iter().map(|r| &r.region)));
    let plural = if pools.len() == 1 { "" } else { "s" };
    format!("{} Amazon Cognito user pool{plural}; AWS accounts: {accounts}; regions asked: {regions}", pools.len())
}

fn when(view: &View<'_>) -> String {
    match (&view.evidence.run.first_call, &view.evidence.run.last_call) {
        (Some(first), Some(last)) => {
            let (first, last) = (utc(first), utc(last));
            // Of one day, the day once.
            let end = match (first.split_once(' '), last.split_once(' ')) {
                (Some((day, _)), Some((same, time))) if day == same => time,
                _ => &last,
            };
            format!("A point in time: {} to {end}", first.trim_end_matches(" UTC"))
        }
        _ => "Nothing was read.".to_owned(),
    }
}

fn facts(view: &View<'_>) -> Vec<Fact> {
    let (run, scope, privacy) = (&view.evidence.run, &view.evidence.scope, &view.evidence.scope.privacy);
    let mut facts: Vec<Fact> = Vec::new();
    let mut add = |name: &str, value: Inlines| facts.push(Fact { name: name.to_owned(), value });
    let callers: Vec<String> =
        run.callers.iter().map(|c| c.arn.clone().unwrap_or_else(|| format!("{}: caller not read", c.account))).collect();
    add("Collected by", text(format!("{}: {}", run.collected_by, joined(callers))));
    add("Source", text(source(view)));
    for pool in view.pools.iter().take(NAMED) {
        let p = pool.figures;
        let said =
            [
                p.created.as_deref().map(|c| format!("created {}", c.get(..10).unwrap_or(c))),
                Some(if p.domains.is_empty() { "no domain".to_owned() } else { format!("domain {}", p.domains.join(", ")) }),
                Some(p.clients.map_or_else(
                    || "app clients not read".to_owned(),
                    |n| format!("{n} app {}", if n == 1 { "client" } else { "clients" }),
                )),
                Some(format!("MFA {}", p.mfa.as_deref().unwrap_or("not read"))),
            ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        let name = p.name.as_ref().map(|_| format!(" {}", pool.short)).unwrap_or_default();
        add("Pool", vec![code(p.pool.as_str()), Inline::Text(format!("{name}; {}", said.join("; ")))]);
    }
    if view.pools.len() > NAMED {
        add("Pools", text(format!("{} more, in the section on users", view.pools.len() - NAMED)));
    }
    add("Users", text(users(view)));
    let complete = &view.evidence.completeness;
    if complete.complete {
        add("Completeness", text(&complete.sentence));
    }
    add("Declared", text(declared(view)));
    let first = if run.previous.is_none() { "; no previous bundle was named" } else { "" };
    add("Attempts", text(format!("{}{first}", attempts(view))));
    let challenge = run.challenge.as_ref().map_or_else(|| text("none: samples from this bundle are self-selected"), |c| vec![code(c)]);
    add("Challenge", challenge);
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "not declared".to_owned());
    let deletion = privacy.delete_after.map_or_else(|| "no deletion date declared".to_owned(), |d| format!("to be deleted after {d}"));
    add("Classification", text(format!("{}; retention: {}; {deletion}", privacy.classification, or(&privacy.retention))));
    add("Legal basis", text(format!("{}; recipient: {}", or(&scope.organization.legal_basis), or(&scope.organization.recipient_role))));
    let digest = |d: &str| vec![code(d)];
    // Who made it stands beside its id: a row more, and the steps to verify would leave the first page.
    let tool = format!("; {} {}, catalogue {}", run.tool.name, run.tool.version, run.catalogue.version);
    add("Bundle", vec![code(&view.evidence.bundle_id), Inline::Text(tool)]);
    add("Recording head", digest(&run.head_digest));
    add("evidence.json", digest(&view.evidence_sha256));
    if let Some(previous) = &run.previous {
        add("Previous bundle", digest(previous));
    }
    facts
}

fn source(view: &View<'_>) -> String {
    let run = &view.evidence.run;
    let source = match run.source.as_str() {
        "live" => "called by this tool",
        "import" => "imported from files",
        "demo" => "made up, for a demonstration",
        other => other,
    };
    let hosts = joined(run.endpoints.iter().map(|e| &e.origin));
    match run.endpoint_kind.as_str() {
        "aws" => format!("{source}; AWS's own endpoints ({hosts})"),
        "none" => format!("{source}; no endpoint was called"),
        _ => format!("{source}; OVERRIDDEN endpoints ({hosts})"),
    }
}

fn users(view: &View<'_>) -> String {
    let pools = &view.evidence.population;
    let of = |state: &str| pools.iter().filter_map(|p| p.by_state.get(state)).sum::<u64>();
    let listed: u64 = pools.iter().map(|p| p.listing.listed).sum();
    let recent: u64 = pools.iter().map(|p| p.recently_modified).sum();
    let mut parts = vec![format!("{listed} listed: {} enrolled", of("enrolled"))];
    for state in ["derived", "indeterminate", "not-enrolled"] {
        parts.push(format!("{} {}", of(state), kind_words(state)));
    }
    for state in ["not-asked", "unread"] {
        if of(state) > 0 {
            parts.push(format!("{} {}", of(state), kind_words(state)));
        }
    }
    let excluded: Vec<String> =
        ["pending", "federated", "disabled", "unconfirmed"].into_iter().filter(|s| of(s) > 0).map(|s| format!("{} {s}", of(s))).collect();
    let excluded = if excluded.is_empty() { "none excluded".to_owned() } else { format!("excluded: {}", excluded.join(", ")) };
    format!("{}; {excluded}; {recent} changed in the 30 days before", parts.join(", "))
}

fn declared(view: &View<'_>) -> String {
    let pools = &view.evidence.scope.pools;
    if pools.is_empty() {
        return "nothing of any pool: what only the owner knows is MANUAL".to_owned();
    }
    let count = |f: fn(&crate::model::scope::PoolScope) -> bool| pools.iter().filter(|p| f(p)).count();
    let out = view.left_out.get("declared-out").copied().unwrap_or(0);
    format!(
        "of {} pools named: audience for {}, PCI scope for {}, privileged groups for {}; {out} times declared out, in the list of what is left out",
        pools.len(),
        count(|p| p.audience.is_some()),
        count(|p| p.pci_scope.is_some()),
        count(|p| p.privileged_groups.is_some()),
    )
}

fn attempts(view: &View<'_>) -> String {
    let a = &view.evidence.run.attempts;
    let Some(number) = a.number else { return "no journal was kept".to_owned() };
    let mut said = format!("number {number}; {} since the previous bundle (self-reported)", a.since_previous);
    if a.new_journal {
        said.push_str("; the journal began with this run");
    }
    if !a.missing.is_empty() {
        said.push_str(&format!("; {} numbers missing", a.missing.len()));
    }
    if !a.broken.is_empty() {
        said.push_str(&format!("; the journal was changed by hand in {} places", a.broken.len()));
    }
    said
}

fn statements(view: &View<'_>) -> Vec<Callout> {
    let callout = |kind, blocks| Callout { kind, blocks };
    let mut out: Vec<Callout> = view.warnings.iter().map(|w| callout(CalloutKind::Warning, vec![Block::Paragraph(text(*w))])).collect();
    let mut left = match view.left_out.len() {
        0 => "nothing that this tool knows of".to_owned(),
        _ => view.left_out.iter().map(|(kind, n)| format!("{} ({n})", kind_words(kind))).collect::<Vec<_>>().join(", "),
    };
    left.push('.');
    let mut omitted = vec![Block::Paragraph(text(left))];
    omitted.extend(exceptions(view.evidence).map(|said| Block::Paragraph(text(said))));
    if !view.statements.is_empty() {
        omitted.push(Block::Paragraph(text(view.statements.join(" "))));
    }
    out.push(callout(CalloutKind::Omission, omitted));
    let complete = &view.evidence.completeness;
    if !complete.complete {
        out.push(callout(CalloutKind::Warning, vec![Block::Paragraph(text(&complete.sentence))]));
    }
    out.push(callout(CalloutKind::Verify, verify()));
    out
}

/// How to verify, in three lines.
fn verify() -> Vec<Block> {
    let step = |inlines: Inlines| vec![Block::Paragraph(inlines)];
    let words = |t: &str| Inline::Text(t.to_owned());
    vec![Block::List {
        start: Some(1),
        items: vec![
            step(vec![
                code("poolproof-verify BUNDLE --fingerprint SHA256 --reperform"),
                words(", with the fingerprint from the signer by another way"),
            ]),
            step(vec![words("or unpack it, run "), code("sha256sum -c manifest-sha256.txt"), words(", and follow VERIFY.md")]),
            step(vec![words("compare bundle id, recording head and the digest of evidence.json with the three above")]),
        ],
    }]
}
