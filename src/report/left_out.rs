//! What is left out: as visible as what is in. Each kind is counted on the summary page.

use super::evidence_v1::{LeftOut, PoolPopulation};
use crate::checks::looks_privileged;
use crate::diff::summary::Summary;
use crate::model::exception::{Exclusion, State};
use crate::model::finding::Finding;
use crate::model::scope::{Audience, Format, PciScope, Scope, Thresholds};
use crate::recording::changes::Changes;
use crate::snapshot::Snapshot;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Everything left out of this run.
pub fn of(snapshot: &Snapshot, scope: &Scope, day: NaiveDate, findings: &[Finding], populations: &[PoolPopulation]) -> Vec<LeftOut> {
    let mut out = Vec::new();
    let mut add = |kind: &str, what: String, why: String| out.push(LeftOut { kind: kind.to_owned(), what, why });
    let named: BTreeSet<_> = scope.pools.iter().map(|p| &p.id).collect();
    if !named.is_empty() {
        for ((account, region), listed) in &snapshot.regions {
            for (id, name) in listed.items.iter().filter(|(id, _)| !named.contains(id)) {
                let what = format!("{id} ({name}) in {account} {region}");
                add("pool-not-in-scope", what, "ListUserPools showed it; the scope does not name it.".to_owned());
            }
        }
    }
    for check in &scope.checks_off {
        add("check-off", check.to_string(), "Switched off in the scope file.".to_owned());
    }
    for exclusion in &scope.exclusions {
        add("exclusion", exclusion.what(), excluded(exclusion, day));
    }
    for (name, ours, theirs) in thresholds(&Thresholds::default(), &scope.thresholds) {
        add("threshold-changed", name, format!("{theirs} instead of the catalogue's {ours}."));
    }
    for finding in findings.iter().filter(|f| f.declared_out) {
        add("declared-out", format!("{} for {}", finding.check, finding.subject.label()), finding.reason.clone());
    }
    for pool in &scope.pools {
        let audience = pool.audience.filter(|a| *a == Audience::Consumer).map(|a| ("audience", a.word()));
        let cde = pool.pci_scope.filter(|s| *s != PciScope::Cde).map(|s| ("pci_scope", s.word()));
        for (name, word) in [audience, cde].into_iter().flatten() {
            add(
                "declared-out",
                format!("PCI DSS for {}", pool.id),
                format!("The owner declares {name} = {word}: its PCI DSS controls are for a human to decide."),
            );
        }
    }
    for pool in populations {
        let count = |state: &str| pool.by_state.get(state).copied().unwrap_or(0);
        if count("not-asked") > 0 {
            add(
                "users-not-asked",
                pool.pool.to_string(),
                format!("{} users were listed, but their factors were not asked for.", count("not-asked")),
            );
        }
        for (state, why) in [
            ("disabled", "cannot sign in"),
            ("unconfirmed", "cannot sign in"),
            ("pending", "have a temporary password and no factor yet"),
            ("federated", "are authenticated by their identity provider"),
        ] {
            if count(state) > 0 {
                add(
                    "users-excluded",
                    format!("{}: {state}", pool.pool),
                    format!("{} users who {why} are outside the factor figures.", count(state)),
                );
            }
        }
    }
    for pool in &snapshot.pools {
        let declared = scope.pool(&pool.id).and_then(|(_, p)| p.privileged_groups.clone()).unwrap_or_default();
        for group in pool.groups.items.iter().filter(|g| !declared.contains(&g.name)) {
            if looks_privileged(group) {
                let why = if group.role { "carries an IAM role" } else { "has a name like that of administrators" };
                add("undeclared-group", format!("{} of {}", group.name, pool.id), format!("It {why} and is not declared privileged."));
            }
        }
    }
    for format in Format::ALL.iter().filter(|f| !scope.formats.contains(f)) {
        add("format-off", format.word().to_owned(), "Not written, as the scope says.".to_owned());
    }
    if !snapshot.header.originals_kept {
        add(
            "originals-not-kept",
            "exact answers".to_owned(),
            "Only redacted answers and keyed commitments exist: that redaction was right is unverified, and the commitments cannot be opened.".to_owned(),
        );
    }
    let attempts = &snapshot.header.attempts;
    if attempts.new_journal {
        add(
            "journal-new",
            "attempts".to_owned(),
            "The journal of attempts began with this run: earlier ones would not be seen.".to_owned(),
        );
    }
    for number in &attempts.missing {
        add("journal-gap", format!("attempt {number}"), "The journal of attempts lacks this number.".to_owned());
    }
    for line in &attempts.broken {
        add("journal-broken", format!("line {line}"), "The journal of attempts was changed by hand before this line.".to_owned());
    }
    for line in &snapshot.changes.broken {
        add(
            CHANGES_BROKEN,
            changes_line(*line),
            "The journal of changes was changed by hand here, or the line before it: a window may be missing from it.".to_owned(),
        );
    }
    out.sort();
    out
}

/// The kind of a line of the journal of changes that does not hold; [`changes_line`] says which.
pub const CHANGES_BROKEN: &str = "changes-broken";

/// The line, as `what` names it.
pub fn changes_line(line: u64) -> String {
    format!("line {line}")
}

/// That the journal of changes does not begin with the lines that the bundle before had of it.
pub fn changes_cut(previous: &Summary, changes: &Changes) -> Option<LeftOut> {
    let head = previous.changes.as_ref().filter(|head| !changes.goes_on_from((head.lines, &head.sha256)))?;
    Some(LeftOut {
        kind: "changes-cut".to_owned(),
        what: "journal of changes".to_owned(),
        why: format!(
            "The bundle before had {} lines of it, and this run's journal does not begin with them: it was cut or written anew, or is that of \
             another evidence folder. A window may be missing from it.",
            head.lines
        ),
    })
}

/// Why something is outside, in the owner's words.
fn excluded(exclusion: &Exclusion, day: NaiveDate) -> String {
    let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    let when = |day: Option<NaiveDate>| day.map_or_else(|| "no day".to_owned(), |d| d.to_string());
    let state = match exclusion.state(day) {
        State::InForce => "",
        State::NotYet => " Not in force yet.",
        State::Expired => " Expired.",
        State::IllFormed => " Ill-formed: see COG-EVD-002.",
    };
    format!(
        "The owner's reason: {}. Approved, as the owner says, by {}; from {} to {}.{state}",
        or(&exclusion.reason, "none").trim_end_matches('.'),
        or(&exclusion.approver, "nobody named"),
        when(exclusion.start),
        when(exclusion.expiry)
    )
}

/// That an earlier bundle is named, and nothing is said about what changed since.
pub fn not_compared() -> LeftOut {
    LeftOut {
        kind: "previous-not-compared".to_owned(),
        what: "changes since the last bundle".to_owned(),
        why: "The recording names an earlier bundle, but its summary (inputs/previous.json) is not there.".to_owned(),
    }
}

fn thresholds(ours: &Thresholds, theirs: &Thresholds) -> Vec<(String, String, String)> {
    let (Ok(serde_json::Value::Object(ours)), Ok(theirs)) = (serde_json::to_value(ours), serde_json::to_value(theirs)) else {
        return Vec::new();
    };
    let changed = ours.into_iter().filter_map(|(name, value)| {
        let other = theirs.get(&name)?;
        (other != &value).then(|| (name.clone(), value.to_string(), other.to_string()))
    });
    changed.collect()
}
