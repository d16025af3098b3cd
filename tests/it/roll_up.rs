//! The roll-up: worst first, nothing hidden, never better than its findings, never "met".

use chrono::{DateTime, NaiveDate, Utc};
use poolproof::controls::catalogue::{CHECKS, Catalogue};
use poolproof::model::evidence::{Evidence, Proof};
use poolproof::model::finding::{Finding, Subject};
use poolproof::model::id::{ClientId, PoolId, Region};
use poolproof::model::scope::{Audience, PciScope, Period, PoolScope, Scope};
use poolproof::model::verdict::{Severity, Verdict};
use poolproof::report::assess::Mapping as _;
use poolproof::report::evidence_v1::{ControlResult, FrameworkResult, RollUp};
use proptest::prelude::*;
use std::collections::BTreeMap;

const POOLS: [&str; 2] = ["eu-west-1_One", "eu-west-1_Two"];

fn finding(check: &str, pool: Option<&str>, verdict: Verdict) -> Finding {
    Finding {
        check: check.into(),
        revision: 1,
        title: check.to_owned(),
        subject: pool.map_or(Subject::Run, |p| Subject::Pool { pool: p.into() }),
        verdict,
        severity: Severity::High,
        reason_code: "test".to_owned(),
        reason: "test".to_owned(),
        counts: BTreeMap::new(),
        declared_out: false,
        evidence: Proof::new(Evidence::header("")),
    }
}

fn declared_out(check: &str, pool: &str) -> Finding {
    Finding { declared_out: true, ..finding(check, Some(pool), Verdict::NotApplicable) }
}

fn scope(declared: &[(&str, Option<Audience>, Option<PciScope>)]) -> Scope {
    let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).unwrap();
    let mut scope = Scope::undeclared(Period { label: "2026-Q3".to_owned(), from: day(7, 1), to: day(9, 30) });
    for (pool, audience, pci_scope) in declared {
        scope.pools.push(PoolScope {
            audience: *audience,
            pci_scope: *pci_scope,
            ..PoolScope::undeclared(PoolId::new(*pool), Region::from("eu-west-1"))
        });
    }
    scope
}

fn in_cde() -> Scope {
    scope(&[(POOLS[0], Some(Audience::Workforce), Some(PciScope::Cde))])
}

fn at() -> DateTime<Utc> {
    poolproof::clock::parse_rfc3339("2026-10-01T12:00:00Z").unwrap()
}

fn roll_up(findings: &[Finding], scope: &Scope) -> Vec<FrameworkResult> {
    Catalogue::release().unwrap().roll_up(findings, scope, &[], at())
}

fn control(results: &[FrameworkResult], id: &str) -> ControlResult {
    results.iter().flat_map(|f| &f.controls).find(|c| c.id.as_str() == id).unwrap_or_else(|| panic!("no control {id}")).clone()
}

/// The overall roll-up of one control.
fn of(id: &str, findings: &[Finding], scope: &Scope) -> RollUp {
    control(&roll_up(findings, scope), id).overall
}

/// Every direct check of a control, passing in the first pool, but for those given.
fn direct(id: &str, but: &[(&str, Verdict)]) -> Vec<Finding> {
    let (framework, name) = id.split_once(':').unwrap();
    let framework = Catalogue::release().unwrap().frameworks().iter().find(|f| f.id == framework).unwrap();
    let mut findings = Vec::new();
    for mapping in framework.mappings_of(name).filter(|m| m.strength.word() == "direct") {
        let verdict = but.iter().find(|(check, _)| *check == mapping.check.as_str()).map_or(Verdict::Pass, |(_, v)| *v);
        findings.push(finding(mapping.check.as_str(), Some(POOLS[0]), verdict));
    }
    findings
}

#[test]
fn the_worst_direct_finding_decides() {
    for (verdict, expected) in [
        (Verdict::Fail, Verdict::Fail),
        (Verdict::Incomplete, Verdict::Incomplete),
        (Verdict::Manual, Verdict::Manual),
        (Verdict::NotApplicable, Verdict::Pass),
        (Verdict::Pass, Verdict::Pass),
    ] {
        let rolled = of("soc2:CC6.6", &direct("soc2:CC6.6", &[("COG-MFA-011", verdict)]), &in_cde());
        assert_eq!(rolled.verdict, Some(expected), "{verdict}: {rolled:?}");
        assert_eq!(rolled.basis, "direct");
    }
    let both =
        direct("soc2:CC6.6", &[("COG-MFA-011", Verdict::Manual), ("COG-MFA-001", Verdict::Fail), ("COG-MFA-003", Verdict::Incomplete)]);
    assert_eq!(of("soc2:CC6.6", &both, &in_cde()).verdict, Some(Verdict::Fail));
}

#[test]
fn an_on_pool_with_a_bypass_never_rolls_up_to_pass() {
    for bypass in ["COG-MFA-007", "COG-MFA-009", "COG-MFA-010", "COG-MFA-011"] {
        for id in ["soc2:CC6.6", "pci-dss-4.0.1:8.4.1", "pci-dss-4.0.1:8.4.2"] {
            for verdict in [Verdict::Fail, Verdict::Manual, Verdict::Incomplete] {
                assert_eq!(of(id, &direct(id, &[(bypass, verdict)]), &in_cde()).verdict, Some(verdict), "{bypass} {id}");
            }
        }
    }
}

#[test]
fn a_mapped_check_that_was_not_evaluated_is_a_hole_and_not_a_pass() {
    let mut findings = direct("soc2:CC6.6", &[]);
    findings.retain(|f| f.check.as_str() != "COG-LOG-005");
    let rolled = of("soc2:CC6.6", &findings, &in_cde());
    assert_eq!(rolled.verdict, Some(Verdict::Incomplete));
    assert!(rolled.sentence.contains("not evaluated: COG-LOG-005"), "{}", rolled.sentence);
    assert_eq!(of("soc2:CC6.6", &[], &in_cde()).verdict, Some(Verdict::Incomplete));
}

#[test]
fn one_pool_without_findings_spoils_the_overall_and_not_the_other_pool() {
    let scope = scope(&[(POOLS[0], None, None), (POOLS[1], None, None)]);
    let rolled = control(&roll_up(&direct("soc2:CC6.6", &[]), &scope), "soc2:CC6.6");
    assert_eq!(rolled.pools[&PoolId::from(POOLS[0])].verdict, Some(Verdict::Pass));
    assert_eq!(rolled.pools[&PoolId::from(POOLS[1])].verdict, Some(Verdict::Incomplete));
    assert_eq!(rolled.overall.verdict, Some(Verdict::Incomplete));
    assert!(rolled.overall.checks["NOT_EVALUATED"].contains(&"COG-MFA-001".to_owned()));
}

#[test]
fn without_a_direct_mapping_a_control_is_supported_or_not_and_never_met() {
    let (hipaa, ids) = (Catalogue::release().unwrap(), "164.312(d)");
    let framework = hipaa.frameworks().iter().find(|f| f.id == "hipaa").unwrap();
    let checks: Vec<_> = framework.mappings_of(ids).filter(|m| m.strength.word() == "supporting").collect();
    let with = |verdict| {
        let rest = checks.iter().skip(1).map(|m| finding(m.check.as_str(), Some(POOLS[0]), Verdict::Pass));
        let all: Vec<Finding> = rest.chain([finding(checks[0].check.as_str(), Some(POOLS[0]), verdict)]).collect();
        of("hipaa:164.312(d)", &all, &in_cde())
    };
    let good = with(Verdict::Pass);
    assert_eq!((good.verdict, good.basis.as_str()), (Some(Verdict::Pass), "supporting"));
    assert!(good.sentence.starts_with("Supported by this evidence: "), "{}", good.sentence);
    assert!(with(Verdict::Fail).sentence.starts_with("Not supported by this evidence: "));
    assert!(with(Verdict::Manual).sentence.starts_with("Whether this evidence supports it is open: "));
}

#[test]
fn supporting_and_context_never_touch_a_control_with_direct_findings() {
    let base = direct("soc2:CC6.6", &[]);
    let before = of("soc2:CC6.6", &base, &in_cde());
    for check in ["COG-MFA-002", "COG-MFA-014"] {
        let mut more = base.clone();
        more.push(finding(check, Some(POOLS[0]), Verdict::Fail));
        assert_eq!(of("soc2:CC6.6", &more, &in_cde()), before, "{check}");
    }
}

#[test]
fn context_alone_and_a_proposed_rule_have_no_verdict() {
    let fail = [finding("COG-MFA-001", Some(POOLS[0]), Verdict::Fail), finding("COG-MFA-016", Some(POOLS[0]), Verdict::Fail)];
    let context = of("soc2:CC7.5", &fail, &in_cde());
    assert_eq!((context.verdict, context.basis.as_str(), context.of), (None, "none", 0));
    let rule = control(&roll_up(&fail, &in_cde()), "hipaa:164.312(f)(2)(ii)");
    assert!(rule.proposed && rule.overall.verdict.is_none());
    assert_eq!(rule.overall.sentence, "Proposed, not in force as of 2025-03-07: shown for information, not scored.");
}

#[test]
fn not_applicable_by_declaration_is_manual_and_said() {
    let mut findings = direct("soc2:CC6.6", &[]);
    findings.retain(|f| f.check.as_str() != "COG-MFA-004");
    findings.push(declared_out("COG-MFA-004", POOLS[0]));
    let rolled = of("soc2:CC6.6", &findings, &in_cde());
    assert_eq!(rolled.verdict, Some(Verdict::Manual));
    assert!(rolled.sentence.contains("declared out by the owner: COG-MFA-004"), "{}", rolled.sentence);
}

#[test]
fn nothing_but_not_applicable_is_not_applicable() {
    let findings = [finding("COG-PWD-003", Some(POOLS[0]), Verdict::NotApplicable)];
    let rolled = of("pci-dss-4.0.1:8.3.7", &findings, &in_cde());
    assert_eq!((rolled.verdict, rolled.of), (Some(Verdict::NotApplicable), 0));
    assert!(rolled.sentence.starts_with("no direct finding applies;"), "{}", rolled.sentence);
}

#[test]
fn pci_is_manual_unless_declared_into_scope_and_failing_findings_stay_visible() {
    use {Audience as A, PciScope as P};
    let findings = direct("pci-dss-4.0.1:8.4.2", &[("COG-MFA-001", Verdict::Fail)]);
    for (audience, pci, verdict, says) in [
        (None, None, Verdict::Manual, "not both declared"),
        (Some(A::Workforce), None, Verdict::Manual, "not both declared"),
        (None, Some(P::Cde), Verdict::Manual, "not both declared"),
        (None, Some(P::Connected), Verdict::Manual, "not both declared"),
        (Some(A::Consumer), Some(P::Cde), Verdict::Manual, "audience consumer"),
        (Some(A::Workforce), Some(P::Out), Verdict::Manual, "pci_scope out"),
        (Some(A::Workforce), Some(P::Connected), Verdict::Manual, "connected to"),
        (Some(A::Workforce), Some(P::Cde), Verdict::Fail, "FAIL: COG-MFA-001"),
        (Some(A::Customer), Some(P::Cde), Verdict::Fail, "FAIL: COG-MFA-001"),
    ] {
        let rolled = of("pci-dss-4.0.1:8.4.2", &findings, &scope(&[(POOLS[0], audience, pci)]));
        assert_eq!(rolled.verdict, Some(verdict), "{audience:?} {pci:?}");
        assert!(rolled.sentence.contains(says), "{}", rolled.sentence);
        assert!(rolled.sentence.contains("FAIL: COG-MFA-001"), "{}", rolled.sentence);
        assert_eq!(rolled.checks["FAIL"], ["COG-MFA-001"]);
    }
}

#[test]
fn a_connected_pool_is_manual_for_mfa_only() {
    let connected = scope(&[(POOLS[0], Some(Audience::Workforce), Some(PciScope::Connected))]);
    let findings = direct("pci-dss-4.0.1:8.3.6", &[]);
    assert_eq!(of("pci-dss-4.0.1:8.3.6", &findings, &connected).verdict, Some(Verdict::Pass));
}

#[test]
fn a_pool_declared_out_does_not_hide_another_pools_fail() {
    let both = scope(&[(POOLS[0], Some(Audience::Workforce), Some(PciScope::Cde)), (POOLS[1], Some(Audience::Consumer), None)]);
    let rolled = of("pci-dss-4.0.1:8.4.2", &direct("pci-dss-4.0.1:8.4.2", &[("COG-MFA-001", Verdict::Fail)]), &both);
    assert_eq!(rolled.verdict, Some(Verdict::Fail));
}

#[test]
fn a_group_is_never_better_than_a_member_and_counts_a_finding_once() {
    let findings = direct("pci-dss-4.0.1:8.3.6", &[("COG-PWD-002", Verdict::Fail)]);
    let rolled = of("pci-dss-4.0.1:8.3", &findings, &in_cde());
    assert_eq!((rolled.verdict, rolled.basis.as_str()), (Some(Verdict::Fail), "mixed"));
    let results =
        roll_up(&[finding("COG-LOG-005", Some(POOLS[0]), Verdict::Pass), finding("COG-MFA-001", Some(POOLS[0]), Verdict::Fail)], &in_cde());
    assert_eq!(control(&results, "gdpr:32(1)(d)").overall.verdict, Some(Verdict::Pass));
    assert_eq!(control(&results, "gdpr:32").overall.verdict, Some(Verdict::Fail));
    // COG-MFA-003 supports both 32(1)(b) and 32(1)(d); only the former counts it, and the group once.
    let once = of("gdpr:32", &[finding("COG-MFA-003", Some(POOLS[0]), Verdict::Pass)], &in_cde());
    assert_eq!(once.of, 1);
}

#[test]
fn findings_of_clients_and_of_the_run_count_for_their_pool() {
    let mut client = finding("COG-MFA-007", Some(POOLS[0]), Verdict::Fail);
    client.subject = Subject::Client { pool: POOLS[0].into(), client: ClientId::from("abc") };
    let mut findings = direct("soc2:CC6.6", &[]);
    findings.push(client);
    let rolled = of("soc2:CC6.6", &findings, &in_cde());
    assert_eq!((rolled.verdict, rolled.of - rolled.pass), (Some(Verdict::Fail), 1));
    let run = [finding("COG-LOG-004", None, Verdict::Fail)];
    let rolled = control(&roll_up(&run, &in_cde()), "soc2:CC7.1");
    assert_eq!(rolled.pools[&PoolId::from(POOLS[0])].verdict, Some(Verdict::Fail));
    assert_eq!(rolled.overall.of, 1);
    assert_eq!(of("soc2:CC7.1", &run, &scope(&[])).verdict, Some(Verdict::Fail));
    assert_eq!(of("pci-dss-4.0.1:8.4.2", &[], &scope(&[])).verdict, Some(Verdict::Manual));
}

#[test]
fn every_sentence_says_as_of_and_none_says_met_or_compliant() {
    let findings = direct("soc2:CC6.6", &[("COG-LOG-005", Verdict::Incomplete)]);
    let rolled = of("soc2:CC6.6", &findings, &in_cde());
    assert_eq!(
        rolled.sentence,
        "7 of 8 direct findings pass; INCOMPLETE: COG-LOG-005; covers only sign-in through the user pools read, never the whole of CC6.6. As of 2026-10-01T12:00:00.000Z."
    );
    let covered = of("soc2:CC6.6", &direct("soc2:CC6.6", &[]), &in_cde()).sentence;
    assert!(covered.ends_with("; COG-LOG-005 covers the period 2026-Q3."), "{covered}");
    for result in roll_up(&findings, &in_cde()).iter().flat_map(|f| &f.controls) {
        let sentence = &result.overall.sentence;
        assert!(!sentence.contains("2026-Q3") && !sentence.contains("complian") && !sentence.contains(" met"), "{}: {sentence}", result.id);
        assert!(result.overall.verdict.is_none() || sentence.contains("As of 2026-10-01"), "{}: {sentence}", result.id);
    }
}

#[test]
fn the_policys_names_carry_their_roll_ups() {
    let catalogue = Catalogue::release().unwrap();
    let named = catalogue.named(&roll_up(&direct("soc2:CC6.6", &[]), &in_cde()));
    let first: Vec<_> = named.iter().map(|n| (n.named.as_str(), n.controls[0].0.as_str())).collect();
    assert_eq!(
        first,
        [
            ("SOC 2 CC6.2", "soc2:CC6.2"),
            ("PCI DSS Req. 8.3", "pci-dss-4.0.1:8.3"),
            ("HIPAA §164.312(d)", "hipaa:164.312(d)"),
            ("GDPR Art. 32", "gdpr:32"),
        ]
    );
    assert!(named.iter().all(|n| n.controls.len() > 1 && !n.truth.is_empty()));
}

/// A finding of any check, pool or run, verdict.
fn any_finding() -> impl Strategy<Value = Finding> {
    let pool = prop_oneof![8 => (0..POOLS.len()).prop_map(|n| Some(POOLS[n])), 1 => Just(None)];
    (proptest::sample::select(CHECKS), pool, proptest::sample::select(&Verdict::ALL[..]), any::<bool>()).prop_map(
        |(check, pool, verdict, out)| Finding { declared_out: out && verdict == Verdict::NotApplicable, ..finding(check, pool, verdict) },
    )
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let audience = proptest::option::of(proptest::sample::select(Audience::ALL));
    let pci = proptest::option::of(proptest::sample::select(PciScope::ALL));
    proptest::collection::vec((audience, pci), POOLS.len())
        .prop_map(|d| scope(&d.iter().zip(POOLS).map(|((a, p), pool)| (pool, *a, *p)).collect::<Vec<_>>()))
}

/// How bad a finding is, worst first: a declaration counts as MANUAL.
fn badness(finding: &Finding) -> Verdict {
    if finding.declared_out { Verdict::Manual } else { finding.verdict }
}

/// Every roll-up in a fixed order: each control over all, then by pool.
fn all(results: &[FrameworkResult]) -> Vec<&RollUp> {
    results.iter().flat_map(|f| &f.controls).flat_map(|c| std::iter::once(&c.overall).chain(c.pools.values())).collect()
}

fn never_better(before: &[FrameworkResult], after: &[FrameworkResult]) {
    for (old, new) in all(before).into_iter().zip(all(after)) {
        assert!(new.verdict <= old.verdict, "{old:?} became {new:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_finding_that_gets_worse_never_improves_a_roll_up(mut findings in proptest::collection::vec(any_finding(), 1..60), scope in any_scope(), pick: proptest::sample::Index, to in proptest::sample::select(&Verdict::ALL[..])) {
        let before = roll_up(&findings, &scope);
        let changed = pick.get_mut(&mut findings);
        prop_assume!(to <= badness(changed));
        changed.verdict = to;
        changed.declared_out = false;
        never_better(&before, &roll_up(&findings, &scope));
    }

    #[test]
    fn one_more_finding_of_an_evaluated_check_never_improves_a_roll_up(mut findings in proptest::collection::vec(any_finding(), 1..60), scope in any_scope(), pick: proptest::sample::Index, more in any_finding()) {
        let before = roll_up(&findings, &scope);
        let like = pick.get(&findings).clone();
        findings.push(Finding { check: like.check, subject: like.subject, ..more });
        never_better(&before, &roll_up(&findings, &scope));
    }

    #[test]
    fn the_order_of_findings_never_matters((findings, shuffled) in proptest::collection::vec(any_finding(), 0..60).prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle())), scope in any_scope()) {
        prop_assert_eq!(roll_up(&findings, &scope), roll_up(&shuffled, &scope));
    }

    #[test]
    fn not_applicable_changes_nothing_unless_declared(findings in proptest::collection::vec(any_finding(), 1..60), scope in any_scope(), pick: proptest::sample::Index) {
        let before = roll_up(&findings, &scope);
        let like = pick.get(&findings).clone();
        // The period check has no case of NOT_APPLICABLE; were there one, the period would not count as covered.
        prop_assume!(like.check.as_str() != "COG-LOG-005");
        let mut more = findings.clone();
        more.push(Finding { verdict: Verdict::NotApplicable, declared_out: false, ..like });
        for (old, new) in all(&before).into_iter().zip(all(&roll_up(&more, &scope))) {
            prop_assert_eq!((old.verdict, &old.sentence, old.pass, old.of), (new.verdict, &new.sentence, new.pass, new.of));
        }
    }

    #[test]
    fn a_roll_up_of_pass_rests_on_passes_alone(findings in proptest::collection::vec(any_finding(), 0..200), scope in any_scope()) {
        for rolled in all(&roll_up(&findings, &scope)) {
            if rolled.verdict == Some(Verdict::Pass) {
                prop_assert!(rolled.of > 0 && rolled.pass == rolled.of);
                prop_assert!(rolled.checks.keys().all(|word| word == "PASS" || word == "NOT_APPLICABLE"), "{:?}", rolled);
            }
        }
    }
}
