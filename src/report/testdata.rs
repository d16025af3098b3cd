//! A rich, invented `EvidenceV1` for tests of everything that prints or checks it: three pools, every verdict, long and hostile names.

use super::evidence_v1::*;
use crate::model::evidence::{Evidence, Proof};
use crate::model::finding::{Finding, Subject};
use crate::model::id::{CheckId, ControlId, PoolId};
use crate::model::scope::{Audience, PciScope, Period, PoolScope, Scope};
use crate::model::verdict::{Severity, Verdict};
use std::collections::BTreeMap;

/// The pools of the sample.
pub(crate) const POOLS: [&str; 3] = ["eu-west-1_AbCdEf123", "eu-west-1_ZyXwVu987", "us-east-1_Hostile01"];

/// A pool name as a stranger would choose it.
pub(crate) const HOSTILE: &str =
    "</td><script>alert(1)</script> [x](javascript:alert(1)) `code` |pipe| \u{202E}drow\u{2066} *b* =1+1 \"q\" 'a' & ```";

fn digest(byte: &str) -> String {
    byte.repeat(32)
}

fn counts(list: &[(&str, u64)]) -> BTreeMap<String, u64> {
    list.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
}

fn finding(id: &str, title: &str, subject: Subject, verdict: Verdict, severity: Severity, reason: &str) -> MappedFinding {
    let segment = subject.pool().map_or("run".to_owned(), ToString::to_string);
    let proof = Proof::new(Evidence::call(format!("{segment}:3"), "/MfaConfiguration")).and(Evidence::scope("/pools/0"));
    let control = |framework: &str, id: &str, strength: &str| MappedControl {
        framework: framework.to_owned(),
        id: id.to_owned(),
        strength: strength.to_owned(),
    };
    let exceptions = if id == "COG-MFA-001" && subject.label() == format!("pool {}", POOLS[1]) { vec![1] } else { Vec::new() };
    let exceptions_cover = (!exceptions.is_empty()).then(|| SingleUsers {
        covered: 1,
        of: 22,
        whom: "users without a factor".to_owned(),
        sentence: "The exception beside it is for one user: it covers 1 of 22 users without a factor; the other 21 stand uncovered."
            .to_owned(),
    });
    MappedFinding {
        exceptions,
        exceptions_cover,
        finding: Finding {
            check: CheckId::from(id),
            revision: 1,
            title: title.to_owned(),
            subject,
            verdict,
            severity,
            reason_code: "sample".to_owned(),
            reason: reason.to_owned(),
            counts: if verdict == Verdict::Fail { counts(&[("not_enrolled", 22), ("population", 62)]) } else { BTreeMap::new() },
            declared_out: verdict == Verdict::NotApplicable,
            evidence: proof,
        },
        controls: vec![
            control("pci-dss-4.0.1", "8.4.2", "direct"),
            control("soc2", "CC6.6", "direct"),
            control("hipaa", "164.312(d)", "supporting"),
        ],
    }
}

fn findings() -> Vec<MappedFinding> {
    let pool = |n: usize| Subject::Pool { pool: PoolId::from(POOLS[n]) };
    let long = "Every one of these words is here to make a line that is much longer than any page is wide. ".repeat(6);
    vec![
        finding(
            "COG-EVD-001",
            "The population is complete",
            pool(0),
            Verdict::Pass,
            Severity::High,
            "One pass to the last token; 1,204 users listed, the estimate was 1,204 before and after.",
        ),
        finding(
            "COG-EVD-001",
            "The population is complete",
            pool(2),
            Verdict::Incomplete,
            Severity::High,
            "ListUsers was denied (AccessDeniedException).",
        ),
        finding("COG-EVD-003", "Who collected, from where", Subject::Run, Verdict::Manual, Severity::Medium, &long),
        finding(
            "COG-MFA-001",
            "The pool requires MFA",
            pool(0),
            Verdict::Pass,
            Severity::Critical,
            "Both readings of MfaConfiguration say ON.",
        ),
        finding(
            "COG-MFA-001",
            "The pool requires MFA",
            pool(1),
            Verdict::Fail,
            Severity::Critical,
            "MfaConfiguration is OPTIONAL: a password alone lets every other user in.",
        ),
        finding(
            "COG-MFA-001",
            "The pool requires MFA",
            pool(2),
            Verdict::Incomplete,
            Severity::Critical,
            "Not decided: GetUserPoolMfaConfig was denied. What was not read is never taken for good or bad.",
        ),
        finding(
            "COG-MFA-003",
            "Every user has a second factor",
            pool(1),
            Verdict::Fail,
            Severity::High,
            "22 of 62 users who can sign in have no factor.",
        ),
        finding(
            "COG-MFA-009",
            "No one signs in with one factor",
            Subject::Client { pool: PoolId::from(POOLS[1]), client: "7c5q0ohjhostile<b>".into() },
            Verdict::Fail,
            Severity::Low,
            HOSTILE,
        ),
        finding(
            "COG-MFA-006",
            "Privileged users have a factor",
            pool(0),
            Verdict::NotApplicable,
            Severity::High,
            "The owner declared that the pool holds no privileged users.",
        ),
    ]
}

fn roll_up(verdict: Option<Verdict>, basis: &str, pass: u64, of: u64) -> RollUp {
    let mut checks = BTreeMap::new();
    if let Some(v) = verdict {
        checks.insert(v.word().to_owned(), vec!["COG-MFA-001".to_owned()]);
    }
    let sentence = match verdict {
        None => "Only context is mapped: no finding counts towards it.".to_owned(),
        Some(_) => format!(
            "{pass} of {of} {basis} findings pass; covers only sign-in through the user pools read, never the whole of it. As of 2026-09-30T14:05:48.000Z."
        ),
    };
    RollUp { verdict, basis: basis.to_owned(), sentence, pass, of, checks }
}

fn control(id: &str, title: &str, basis: &str, verdicts: [Option<Verdict>; 3]) -> ControlResult {
    let one = |v: Option<Verdict>| roll_up(v, basis, u64::from(v == Some(Verdict::Pass)), u64::from(v.is_some()));
    let worst = verdicts.iter().flatten().min().copied();
    ControlResult {
        id: ControlId::from(id),
        title: title.to_owned(),
        overall: one(worst),
        pools: POOLS.iter().zip(verdicts).map(|(p, v)| (PoolId::from(*p), one(v))).collect(),
        proposed: id.ends_with("(f)(2)(ii)"),
    }
}

fn frameworks() -> Vec<FrameworkResult> {
    use Verdict::{Fail, Incomplete, Manual, Pass};
    let framework = |framework: &str, name: &str, version: &str, controls, not: &[&str]| FrameworkResult {
        framework: framework.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        controls,
        not_covered: not.iter().map(|t| (*t).to_owned()).collect(),
        own: false,
    };
    vec![
        framework(
            "soc2",
            "SOC 2 Trust Services Criteria",
            "2017 (points of focus 2022)",
            vec![
                control("soc2:CC6.1", "Logical access is restricted", "supporting", [Some(Pass), Some(Fail), Some(Incomplete)]),
                control("soc2:CC6.2", "Users are registered and removed", "direct", [Some(Manual), Some(Manual), None]),
                control(
                    "soc2:CC6.6",
                    "Access from outside needs more than a password",
                    "direct",
                    [Some(Pass), Some(Fail), Some(Incomplete)],
                ),
            ],
            &["Access other than through these user pools.", "Operating effectiveness over a period."],
        ),
        framework(
            "pci-dss-4.0.1",
            "PCI DSS",
            "4.0.1",
            vec![
                control("pci-dss-4.0.1:8.3", "Strong authentication, as a group", "mixed", [Some(Pass), Some(Fail), Some(Manual)]),
                control(
                    "pci-dss-4.0.1:8.4.2",
                    "MFA for all access into the cardholder environment",
                    "direct",
                    [Some(Pass), Some(Fail), Some(Manual)],
                ),
            ],
            &["Accounts of consumers."],
        ),
        framework(
            "hipaa",
            "HIPAA Security Rule",
            "45 CFR 164",
            vec![
                control("hipaa:164.312(d)", "Who seeks access is who he claims to be", "supporting", [Some(Pass), Some(Fail), None]),
                control("hipaa:164.312(f)(2)(ii)", "Proposed: multi-factor authentication", "none", [None, None, None]),
            ],
            &["Workforce procedures."],
        ),
        framework(
            "gdpr",
            "GDPR",
            "(EU) 2016/679",
            vec![control(
                "gdpr:32(1)(b)",
                "Confidentiality of processing systems",
                "supporting",
                [Some(Pass), Some(Fail), Some(Incomplete)],
            )],
            &["Whether MFA is the appropriate measure."],
        ),
    ]
}

fn reviewed(number: u64, reviewer: &str, signed_with: Option<String>) -> AccessReview {
    let pool = |id: &str, read: bool| ReviewedPool {
        pool: id.into(),
        keep: 396,
        remove: 2,
        open: read.then_some(1),
        uncovered: read.then_some(6),
        strangers: read.then_some(0),
        complete: read,
    };
    AccessReview {
        number,
        reviewer: reviewer.to_owned(),
        role: "head of IT".to_owned(),
        on: "2026-06-30".parse().unwrap(),
        period: "2026-H1".to_owned(),
        population: "5f".repeat(32),
        of_previous: signed_with.is_some(),
        signed_at: signed_with.is_some().then(|| "2026-07-01T09:30:00Z".to_owned()),
        signed_with,
        pools: vec![pool("eu-west-1_AbCdEf123", true), pool(POOLS[2], false)],
    }
}

fn population(n: usize, name: &str, mfa: Option<&str>, listed: u64, states: &[(&str, u64)]) -> PoolPopulation {
    let pool = PoolId::from(POOLS[n]);
    let attention = (0..if n == 1 { 22 } else { n })
        .map(|k| Attention {
            user: format!("u_{k:04}abcdefghijklmnop").as_str().into(),
            status: "CONFIRMED".to_owned(),
            state: "not-enrolled".to_owned(),
            factors: if k == 1 { vec!["SMS_MFA".to_owned()] } else { Vec::new() },
            privileged: k == 0,
        })
        .collect();
    PoolPopulation {
        region: pool.region().unwrap(),
        pool,
        name: Some(name.to_owned()),
        account: "123456789012".into(),
        created: Some("2023-04-01T08:00:00Z".to_owned()),
        domains: vec!["login.example.com".to_owned()],
        clients: Some(3),
        mfa: mfa.map(str::to_owned),
        listing: Listing {
            listed,
            duplicates: 0,
            pages: listed / 60 + 1,
            passes: 1,
            estimated_before: Some(listed),
            estimated_after: mfa.map(|_| listed),
            from: Some("2026-09-30T14:02:11.000Z".to_owned()),
            to: Some("2026-09-30T14:04:00.000Z".to_owned()),
            complete: mfa.is_some(),
        },
        by_status: counts(&[("CONFIRMED", listed)]),
        by_state: counts(states),
        by_factor: counts(&[("SOFTWARE_TOKEN_MFA", listed / 2), ("SMS_MFA", 3)]),
        privileged: if n == 0 { counts(&[("enrolled", 4)]) } else { BTreeMap::new() },
        linked: 2,
        recently_modified: 17,
        attention,
        attention_more: if n == 1 { 4 } else { 0 },
    }
}

/// One pool ON throughout; one with a window of OPTIONAL, a gap in the log and OFF at the end; one that was not read.
fn timelines() -> Vec<PoolTimeline> {
    let at = |text: &str| format!("{text}:00.000Z");
    let span = |from: &str, to: &str, state: &str| TimelineSpan { from: at(from), to: at(to), state: state.to_owned() };
    let event = |time: &str, mode: &str, who: &str| TimelineEvent {
        time: at(time),
        name: "SetUserPoolMfaConfig".to_owned(),
        mode: Some(mode.to_owned()),
        who: who.to_owned(),
        address: Some("w_address".to_owned()),
        request_id: Some(format!("request-{mode}")),
        source: "log-file".to_owned(),
        evidence: Evidence::call("cloudtrail:7", "/Records/0"),
    };
    let pool = |n: usize, spans: Vec<TimelineSpan>| PoolTimeline {
        pool: POOLS[n].into(),
        readings: vec![
            TimelineReading { time: at("2026-06-30T09:00"), mode: "ON".to_owned(), statement: Some(digest("0e")) },
            TimelineReading { time: at("2026-09-30T14:02"), mode: "ON".to_owned(), statement: None },
        ],
        from: at("2026-07-01T00:00"),
        to: at("2026-09-30T14:02"),
        over: false,
        read: Some(at("2026-09-30T14:02")),
        log: true,
        whole: n == 0,
        spans,
        spans_more: 0,
        windows: Vec::new(),
        windows_more: 0,
        gaps: Vec::new(),
        gaps_more: 0,
        told: Vec::new(),
        notes: vec!["The period had not ended when the mode was read: of the rest of it nothing is known.".to_owned()],
    };
    let mut weak = pool(
        1,
        vec![
            span("2026-07-01T00:00", "2026-08-12T06:05", "ON"),
            span("2026-08-12T06:05", "2026-08-17T16:40", "OPTIONAL"),
            span("2026-08-17T16:40", "2026-09-04T00:00", "ON"),
            span("2026-09-04T00:00", "2026-09-09T00:00", "no-log"),
            span("2026-09-09T00:00", "2026-09-21T09:00", "ON"),
            span("2026-09-21T09:00", "2026-09-30T14:02", "OFF"),
        ],
    );
    weak.windows = vec![
        TimelineWindow {
            mode: "OPTIONAL".to_owned(),
            from: at("2026-08-12T06:05"),
            to: Some(at("2026-08-17T16:40")),
            proved_until: at("2026-08-17T16:40"),
            opened: Some(event("2026-08-12T06:05", "OPTIONAL", "AssumedRole w_somebody of account 123456789012")),
            closed: Some(event("2026-08-17T16:40", "ON", HOSTILE)),
        },
        TimelineWindow {
            mode: "OFF".to_owned(),
            from: at("2026-09-21T09:00"),
            to: None,
            proved_until: at("2026-09-30T14:02"),
            opened: Some(event("2026-09-21T09:00", "OFF", "Root of account 123456789012")),
            closed: None,
        },
    ];
    weak.windows_more = 3;
    let told = |opened: &str, closed: Option<&str>, logged: Option<Evidence>| TimelineTold {
        change: "c_abcdefghijklmnopqrstuvwxyz".to_owned(),
        user: closed.map(|_| HOSTILE.to_owned()),
        opened: at(opened),
        read_back: true,
        request_id: Some("request-OPTIONAL".to_owned()),
        until: Some(at("2026-08-12T06:25")),
        closed: closed.map(at),
        closed_request_id: closed.map(|_| "request-ON".to_owned()),
        opened_in_log: logged.clone(),
        closed_in_log: None,
        evidence: Evidence::change(2),
    };
    weak.told = vec![
        told("2026-08-12T06:05", Some("2026-08-17T16:40"), Some(Evidence::call("cloudtrail:7", "/Records/0"))),
        told("2026-09-05T10:00", None, None),
    ];
    weak.gaps = vec![TimelineGap {
        from: at("2026-09-04T00:00"),
        to: at("2026-09-09T00:00"),
        why: "no log file that was given holds this time".to_owned(),
    }];
    let mut unread = pool(2, vec![span("2026-07-01T00:00", "2026-10-01T00:00", "not-read")]);
    unread.to = at("2026-10-01T00:00");
    unread.read = None;
    unread.log = false;
    unread.gaps = vec![TimelineGap {
        from: at("2026-07-01T00:00"),
        to: at("2026-10-01T00:00"),
        why: "GetUserPoolMfaConfig was denied (AccessDeniedException)".to_owned(),
    }];
    unread.notes = vec!["The mode was not read, so no log was walked back from it.".to_owned()];
    vec![pool(0, vec![span("2026-07-01T00:00", "2026-09-30T14:02", "ON")]), weak, unread]
}

fn exception() -> Exception {
    let text = |t: &str| Some(t.to_owned());
    Exception {
        number: 1,
        on: "COG-MFA-001".to_owned(),
        subject: format!("user u_abcdefghijklmnopqrst of pool {}", POOLS[1]),
        reason: "Migration until October, approved by the CISO.".to_owned(),
        compensating_control: text("Sign-in from the office network only."),
        requester: text("Head of Platform"),
        approver: text("CISO"),
        approved_with: Some("ab".repeat(32)),
        approved_at: text("2026-07-30T08:00:00.000Z"),
        ticket: text("SEC-7"),
        start: "2026-08-01".parse().ok(),
        expiry: "2026-10-31".parse().ok(),
        state: "in-force".to_owned(),
        late: true,
        defects: Vec::new(),
        one_user: true,
        covers: vec![format!("COG-MFA-001 for pool {}: 1 of 22 users without a factor", POOLS[1])],
    }
}

fn scope() -> Scope {
    let day = |text: &str| text.parse().unwrap();
    let mut scope = Scope::undeclared(Period { label: "2026-Q3".to_owned(), from: day("2026-07-01"), to: day("2026-09-30") });
    scope.organization.name = "Example Ltd".to_owned();
    scope.organization.legal_basis = Some("Art. 6(1)(f): securing access".to_owned());
    scope.organization.recipient_role = Some("controller of its own".to_owned());
    scope.inputs.roster = Some("5d".repeat(32));
    scope.inputs.reviews = Some("5e".repeat(32));
    scope.privacy.retention = Some("HIPAA documents: six years".to_owned());
    scope.privacy.delete_after = Some(day("2032-09-30"));
    scope.privacy.key_id = Some("k_2f1c".to_owned());
    let mut pool = PoolScope::undeclared(POOLS[0].into(), "eu-west-1".into());
    pool.audience = Some(Audience::Workforce);
    pool.pci_scope = Some(PciScope::Cde);
    pool.privileged_groups = Some(vec!["admins".to_owned()]);
    scope.pools =
        vec![pool, PoolScope::undeclared(POOLS[1].into(), "eu-west-1".into()), PoolScope::undeclared(POOLS[2].into(), "us-east-1".into())];
    scope
}

fn run() -> Run {
    let statements = [
        "OVERRIDDEN ENDPOINT: calls were diverted from AWS's own endpoints (settings: AWS_ENDPOINT_URL). The answers may not be AWS's.",
        "A point in time: it shows the configuration between the first and the last call, not throughout the period.",
        "That production uses these pools is not proved.",
        "Accounts and regions not listed were not looked at.",
        "AWS is a subservice organisation: the controls of Amazon Cognito itself are not covered.",
    ];
    Run {
        id: "r_2b7kq6m4xw5nztcv3jhd8sfpy9".to_owned(),
        source: "live".to_owned(),
        at: "2026-09-30T14:05:48.000Z".to_owned(),
        started: "2026-09-30T14:02:10.000Z".to_owned(),
        first_call: Some("2026-09-30T14:02:11.000Z".to_owned()),
        last_call: Some("2026-09-30T14:05:48.000Z".to_owned()),
        clock_skew_seconds: Some(1),
        collected_by: "auditee".to_owned(),
        callers: vec![Caller {
            account: "123456789012".into(),
            arn: Some("arn:aws:sts::123456789012:assumed-role/audit-readonly/ci".to_owned()),
        }],
        endpoint_kind: "overridden".to_owned(),
        endpoints: vec![Endpoint {
            service: "cognito-idp".to_owned(),
            region: "eu-west-1".into(),
            origin: "http://127.0.0.1:5000".to_owned(),
            kind: "overridden".to_owned(),
        }],
        overrides: vec!["AWS_ENDPOINT_URL".to_owned()],
        head_digest: digest("9f"),
        scope_digest: digest("5c"),
        tool: Tool { name: "poolproof".to_owned(), version: "0.1.0".to_owned(), digest: Some(digest("70")) },
        catalogue: CatalogueRef { version: "1".to_owned(), digest: digest("ca") },
        challenge: None,
        previous: Some(digest("0e")),
        attempts: Attempts {
            number: Some(7),
            since_previous: 2,
            new_journal: false,
            missing: vec![5],
            broken: Vec::new(),
            journal_head: Some(digest("7a")),
        },
        statements: statements.map(str::to_owned).to_vec(),
    }
}

/// The sample.
pub(crate) fn evidence() -> EvidenceV1 {
    let left = |kind: &str, what: &str, why: &str| LeftOut { kind: kind.to_owned(), what: what.to_owned(), why: why.to_owned() };
    let controls = frameworks();
    let found = |id: &str| {
        let c = controls.iter().flat_map(|f| &f.controls).find(|c| c.id.as_str() == id).unwrap();
        (c.id.clone(), c.overall.clone())
    };
    let named = |named: &str, truth: &str, ids: &[&str]| NamedControl {
        named: named.to_owned(),
        truth: truth.to_owned(),
        controls: ids.iter().map(|id| found(id)).collect(),
    };
    EvidenceV1 {
        format: FORMAT.to_owned(),
        bundle_id: "4ezq7m2k5rjv6w3t".to_owned(),
        run: run(),
        scope: scope(),
        completeness: Completeness {
            sentence: "Not complete: of 3 pools 1 have a listing that is not proved complete, 2 questions stayed without an answer, and the factors of 0 users could not be read.".to_owned(),
            complete: false,
            calls: counts(&[("answered", 1380), ("denied", 2), ("failed", 0), ("throttled", 4)]),
            regions: vec![
                RegionSeen { account: "123456789012".into(), region: "eu-west-1".into(), pools: Some(3) },
                RegionSeen { account: "123456789012".into(), region: "us-east-1".into(), pools: None },
            ],
            gaps: vec![GapNote { operation: "ListUsers".to_owned(), subject: POOLS[2].to_owned(), why: "denied (AccessDeniedException)".to_owned(), call: format!("{}:2", POOLS[2]) }],
        },
        rollout: vec![rollout()],
        roster: Some(RosterSection {
            as_of: "2026-09-28".parse().unwrap(),
            commitment: "c0".repeat(32),
            people: 412,
            left: 9,
            pools: vec![PoolRoster {
                pool: "eu-west-1_AbCdEf123".into(),
                enabled: 398,
                leavers: 1,
                outside: 2,
                unclear: 3,
                unverified: 4,
                users_left: vec!["u_leaverleaverleaver22".to_owned()],
                users_outside: vec!["u_strangerstranger2222".to_owned()],
            }],
        }),
        reviews: Some(vec![reviewed(1, "Carla Santos", Some("6a".repeat(32))), reviewed(2, HOSTILE, None)]),
        population: vec![
            population(0, "workforce", Some("ON"), 1204, &[("enrolled", 1150), ("derived", 12), ("indeterminate", 31), ("disabled", 8), ("pending", 3)]),
            population(1, "partners and their subcontractors in every country where we have any", Some("OPTIONAL"), 70, &[("enrolled", 40), ("not-enrolled", 22), ("federated", 8)]),
            population(2, HOSTILE, None, 0, &[]),
        ],
        timeline: timelines(),
        findings: findings(),
        named_by_policy: vec![
            named("SOC 2 CC6.2", "CC6.2 is about registering users and taking their access away. MFA is asked for under CC6.6.", &["soc2:CC6.2", "soc2:CC6.6"]),
            named("PCI DSS Req. 8.3", "8.3 was MFA in version 3.2.1; in 4.0.1 MFA is 8.4.", &["pci-dss-4.0.1:8.3", "pci-dss-4.0.1:8.4.2"]),
            named("HIPAA §164.312(d)", "Its text names no MFA.", &["hipaa:164.312(d)", "hipaa:164.312(f)(2)(ii)"]),
            named("GDPR Art. 32", "Article 32 names no MFA.", &["gdpr:32(1)(b)"]),
        ],
        controls,
        exceptions: vec![exception()],
        left_out: vec![
            left("declared-out", "COG-MFA-006 for pool eu-west-1_AbCdEf123", "The owner declared that the pool holds no privileged users."),
            left("originals-not-kept", "exact answers", "Only redacted answers and keyed commitments exist: that redaction was right is unverified."),
            left("pool-not-in-scope", &format!("eu-west-1_Other0001 ({HOSTILE}) in 123456789012 eu-west-1"), "ListUserPools showed it; the scope does not name it."),
            left("undeclared-group", "super-operators of eu-west-1_ZyXwVu987", "It carries an IAM role and is not declared privileged."),
        ],
        limits: vec![
            "The seal proves who sealed and that nothing changed since. It does not prove that AWS said it.".to_owned(),
            "This report supports an auditor's opinion; it does not give one.".to_owned(),
        ],
        since_previous: Some(crate::diff::tests::sample(HOSTILE)),
    }
}

fn rollout() -> PoolRollout {
    PoolRollout {
        pool: PoolId::from(POOLS[1]),
        phase: RolloutPhase::AdminsEnrolling,
        blockers: vec!["administrators without TOTP or a user-verified passkey: 2".to_owned()],
        admins: RolloutAdmins {
            declared: true,
            with_totp_or_passkey: 1,
            without: 2,
            not_known: 0,
            not_listed: 0,
            users_without: vec!["u_aaaaaaaaaaaaaaaaaaaa".to_owned(), HOSTILE.to_owned()],
        },
        set_up: RolloutSetUp { without_factor: 22, first_sign_in: 3, not_known: 0, users: vec!["u_bbbbbbbbbbbbbbbbbbbb".to_owned()] },
        sms: Some(RolloutSms {
            region: None,
            in_sandbox: Some(true),
            monthly_spend_limit_usd: Some("1".to_owned()),
            origination_countries: None,
            without_number: 4,
            not_e164: 1,
            unverified: 2,
            opted_out: None,
            us_numbers: 0,
        }),
        intent: RolloutIntent {
            declared: Some("totp".to_owned()),
            offered: vec!["sms".to_owned()],
            differs: Some("TOTP was declared and is not enabled".to_owned()),
        },
        commands: vec!["aws cognito-idp associate-software-token --region \"$REGION\" --access-token \"$TOKEN\"".to_owned()],
    }
}
