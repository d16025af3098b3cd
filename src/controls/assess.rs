//! The roll-up: what the findings say of each control, per pool and over all. Judges no fact and never says "met".
//!
//! - Direct findings decide, worst first: FAIL, INCOMPLETE, MANUAL, PASS. A control without a direct mapping takes its
//!   supporting ones the same way, and is then *supported*, or not, by this evidence. Context never counts.
//! - NOT_APPLICABLE that facts prove is left aside; by the owner's declaration it counts as MANUAL ("declared out").
//! - A mapped check that the run did not evaluate (switched off, not in this release, pool not read) makes INCOMPLETE:
//!   no control may pass for want of a finding.
//! - A group counts the findings of its members, each once.
//! - PCI DSS needs to know whose accounts a pool holds and where it stands to the card data. Undeclared, declared out, or
//!   merely connected where the requirement asks for access *into* that environment: a human decides, so MANUAL,
//!   whatever the findings say. Their counts, the failing ones first, stay in the roll-up and in its sentence.

use super::catalogue::{Catalogue, Control, Framework, Mapping, Strength};
use super::sentence;
use crate::model::finding::Finding;
use crate::model::id::{CheckId, ControlId, PoolId};
use crate::model::scope::{Audience, PciScope, Scope};
use crate::model::verdict::Verdict;
use crate::report::assess;
use crate::report::evidence_v1::{ControlResult, FrameworkResult, MappedControl, NamedControl, PoolPopulation, RollUp};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// The check that covers the whole period; all others show one point in time (ruling 31).
pub const PERIOD_CHECK: &str = "COG-LOG-005";
/// Word for NOT_APPLICABLE by the owner's declaration, among the verdicts of [`RollUp::checks`].
pub const DECLARED_OUT: &str = "DECLARED_OUT";
/// Word for mapped checks without any finding, among the verdicts of [`RollUp::checks`].
pub const NOT_EVALUATED: &str = "NOT_EVALUATED";

/// Which mappings decide a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    Direct,
    Supporting,
    /// A group of controls with either.
    Mixed,
    /// Only context is mapped, or the control is only proposed.
    None,
}

impl Basis {
    const fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Supporting => "supporting",
            Self::Mixed => "mixed",
            Self::None => "none",
        }
    }
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, b) | (b, Self::None) => b,
            (Self::Direct, Self::Direct) => Self::Direct,
            (Self::Supporting, Self::Supporting) => Self::Supporting,
            _ => Self::Mixed,
        }
    }
}

/// Why a control of a framework with a scope of its own is for a human to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Undeclared,
    Consumer,
    Out,
    Connected,
}

/// The findings that count for a control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub pass: u64,
    pub of: u64,
    /// Checks by verdict or by one of the two words above.
    pub checks: BTreeMap<&'static str, BTreeSet<String>>,
    worst: Option<Verdict>,
}

impl Tally {
    fn of<'a>(decisive: &BTreeSet<&str>, findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut tally = Self::default();
        let mut missing = decisive.clone();
        for finding in findings.filter(|f| decisive.contains(f.check.as_str())) {
            missing.remove(finding.check.as_str());
            let (word, verdict) = match finding.verdict {
                Verdict::NotApplicable if finding.declared_out => (DECLARED_OUT, Verdict::Manual),
                other => (other.word(), other),
            };
            tally.checks.entry(word).or_default().insert(finding.check.to_string());
            tally.worsen(verdict);
            if verdict != Verdict::NotApplicable {
                tally.of += 1;
            }
            if verdict == Verdict::Pass {
                tally.pass += 1;
            }
        }
        tally.not_evaluated(missing.into_iter().map(str::to_owned));
        tally
    }
    fn not_evaluated(&mut self, checks: impl Iterator<Item = String>) {
        for check in checks {
            self.checks.entry(NOT_EVALUATED).or_default().insert(check);
            self.worsen(Verdict::Incomplete);
        }
    }
    /// Verdicts are ordered worst first, NOT_APPLICABLE last.
    fn worsen(&mut self, verdict: Verdict) {
        self.worst = Some(self.worst.map_or(verdict, |w| w.min(verdict)));
    }
    /// Whether the period check counts here and passes throughout.
    pub fn covers_period(&self) -> bool {
        self.checks.iter().filter(|(_, ids)| ids.contains(PERIOD_CHECK)).map(|(word, _)| *word).eq([Verdict::Pass.word()])
    }
}

/// What decides a control: the basis, and the checks that count.
fn decisive<'a>(framework: &'a Framework, control: &'a Control) -> (Basis, BTreeSet<&'a str>) {
    if control.proposed.is_some() {
        return (Basis::None, BTreeSet::new());
    }
    let mut all = (Basis::None, BTreeSet::new());
    for id in control.members.iter().map(String::as_str).chain([control.id.as_str()]) {
        let with = |strength| -> BTreeSet<&'a str> {
            let these = move |m: &&'a Mapping| m.control == id && m.strength == strength;
            framework.mappings.iter().filter(these).map(|m| m.check.as_str()).collect()
        };
        let (direct, supporting) = (with(Strength::Direct), with(Strength::Supporting));
        let (basis, checks) = match (direct.is_empty(), supporting.is_empty()) {
            (false, _) => (Basis::Direct, direct),
            (true, false) => (Basis::Supporting, supporting),
            (true, true) => continue,
        };
        all.0 = all.0.and(basis);
        all.1.extend(checks);
    }
    all
}

fn gate(framework: &Framework, control: &Control, scope: &Scope, pool: Option<&PoolId>) -> Option<Gate> {
    if !framework.needs_pci_scope {
        return None;
    }
    let declared = pool.and_then(|p| scope.pool(p)).map(|(_, p)| (p.audience, p.pci_scope));
    match declared {
        Some((Some(Audience::Consumer), _)) => Some(Gate::Consumer),
        Some((_, Some(PciScope::Out))) => Some(Gate::Out),
        Some((Some(_), Some(PciScope::Connected))) => framework.manual_when_connected.contains(&control.id).then_some(Gate::Connected),
        Some((Some(_), Some(PciScope::Cde))) => None,
        _ => Some(Gate::Undeclared),
    }
}

/// Everything a roll-up is made from.
struct Inputs<'a> {
    findings: &'a [Finding],
    scope: &'a Scope,
    pools: BTreeSet<&'a PoolId>,
    at: DateTime<Utc>,
}

fn control_result(framework: &Framework, control: &Control, inputs: &Inputs) -> ControlResult {
    let (basis, checks) = decisive(framework, control);
    let mut all = Tally::of(&checks, inputs.findings.iter());
    let mut worst: Option<Verdict> = None;
    let mut gates = BTreeMap::new();
    let mut pools = BTreeMap::new();
    let finish = |tally: Tally, gate: Option<Gate>, verdict: Option<Verdict>| {
        let verdict = if basis == Basis::None { None } else { verdict };
        RollUp {
            verdict,
            basis: basis.word().to_owned(),
            sentence: sentence::of(control, basis, gate, verdict, &tally, inputs.at, &inputs.scope.period.label),
            pass: tally.pass,
            of: tally.of,
            checks: tally.checks.into_iter().map(|(word, ids)| (word.to_owned(), ids.into_iter().collect())).collect(),
        }
    };
    for &pool in &inputs.pools {
        let of_pool = |f: &&Finding| f.subject.pool().is_none_or(|p| p == pool);
        let tally = Tally::of(&checks, inputs.findings.iter().filter(of_pool));
        all.not_evaluated(tally.checks.get(NOT_EVALUATED).into_iter().flatten().cloned());
        let gate = gate(framework, control, inputs.scope, Some(pool));
        let verdict = if gate.is_some() { Some(Verdict::Manual) } else { tally.worst };
        worst = worst.into_iter().chain(verdict).min();
        gates.insert(pool, gate);
        pools.insert(pool.clone(), finish(tally, gate, verdict));
    }
    // With no pool at all, only what concerns the run counts, and nobody declared anything.
    let mut distinct: Vec<Option<Gate>> = gates.into_values().collect();
    distinct.dedup();
    let (overall_gate, verdict) = match distinct.as_slice() {
        [] => {
            let gate = gate(framework, control, inputs.scope, None);
            (gate, if gate.is_some() { Some(Verdict::Manual) } else { all.worst })
        }
        [one] => (*one, worst),
        // Pools differ: the sentence of each pool says why.
        _ => (None, worst),
    };
    ControlResult {
        id: framework.control_id(&control.id),
        title: control.title.clone(),
        overall: finish(all, overall_gate, verdict),
        pools,
        proposed: control.proposed.is_some(),
    }
}

impl assess::Mapping for Catalogue {
    fn version(&self) -> String {
        self.version()
    }

    fn digest(&self) -> String {
        self.digest()
    }

    fn controls_of(&self, check: &CheckId) -> Vec<MappedControl> {
        let mapped = |(framework, mapping): (&Framework, &Mapping)| MappedControl {
            framework: framework.id.clone(),
            id: mapping.control.clone(),
            strength: mapping.strength.word().to_owned(),
        };
        self.mappings_of(check).map(mapped).collect()
    }

    fn control_ids(&self) -> BTreeSet<String> {
        self.frameworks().iter().flat_map(|f| f.controls.iter().map(move |c| format!("{}:{}", f.id, c.id))).collect()
    }

    /// The roll-up of every control. Pools are those read, those declared, and those that a finding names.
    fn roll_up(&self, findings: &[Finding], scope: &Scope, pools: &[PoolPopulation], at: DateTime<Utc>) -> Vec<FrameworkResult> {
        let named = findings.iter().filter_map(|f| f.subject.pool());
        let pools = pools.iter().map(|p| &p.pool).chain(scope.pools.iter().map(|p| &p.id)).chain(named).collect();
        let inputs = Inputs { findings, scope, pools, at };
        let of = |framework: &Framework| FrameworkResult {
            framework: framework.id.clone(),
            name: framework.name.clone(),
            version: framework.version.clone(),
            controls: framework.controls.iter().map(|control| control_result(framework, control, &inputs)).collect(),
            not_covered: framework.not_covered.clone(),
            own: framework.own,
        };
        self.frameworks().iter().map(of).collect()
    }

    fn named(&self, frameworks: &[FrameworkResult]) -> Vec<NamedControl> {
        let overall = |id: &ControlId| {
            let found = frameworks.iter().flat_map(|f| &f.controls).find(|c| c.id == *id)?;
            Some((id.clone(), found.overall.clone()))
        };
        let of = |named: &super::catalogue::Named| NamedControl {
            named: named.name.clone(),
            truth: named.truth.clone(),
            controls: named.controls.iter().filter_map(overall).collect(),
        };
        self.named_by_policy().iter().map(of).collect()
    }
}
