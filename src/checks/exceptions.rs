//! COG-EVD-002: are the declared exceptions and exclusions well-formed, in time, and about something that is there?
//! It reads what was declared and looks up what is named. It must not touch what any other check decided.

use super::RunCx;
use crate::model::evidence::{Evidence, Proof};
use crate::model::exception::{Exception, Exclusion, State};
use crate::model::fetched::{Gap, GapKind};
use crate::model::finding::Decision;
use crate::model::id::{CheckId, PoolId};
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::Pool;

/// Most declarations that the sentence names one by one; all of them are in the list of exceptions.
const NAMED: usize = 8;

/// What is wrong with an exception beyond its form; or the gap that leaves it open.
fn lookup(cx: &RunCx, exception: &Exception) -> Result<Vec<String>, Gap> {
    let mut wrong = Vec::new();
    if let Some(on) = &exception.on {
        let check = super::all().any(|c| c.id == on);
        if CheckId::from(on.as_str()).is_of_evidence() {
            wrong.push("what is said of the evidence itself has no exception".to_owned());
        } else if !check && !cx.given.controls.contains(on) {
            wrong.push("no check or control has that name".to_owned());
        }
    }
    let Some(id) = &exception.pool else { return Ok(wrong) };
    match subject(cx, id, exception) {
        Ok(there) => wrong.extend(there),
        // What is wrong anyway needs no further fact.
        Err(gap) if wrong.is_empty() => return Err(gap),
        Err(_) => {}
    }
    Ok(wrong)
}

/// Why the subject is not there, if it is proved that it is not.
fn subject(cx: &RunCx, id: &PoolId, exception: &Exception) -> Result<Option<String>, Gap> {
    let declared = &cx.scope.pools;
    if !declared.is_empty() && cx.scope.pool(id).is_none() {
        return Ok(Some("the pool is not in the scope".to_owned()));
    }
    let unread = || Gap { what: format!("pool {id}"), kind: GapKind::NotAsked, at: Evidence::header("/source") };
    let pool = cx.snapshot.pools.iter().find(|p| &p.id == id).ok_or_else(unread)?;
    pool.described.known()?;
    if let Some(client) = &exception.client {
        if pool.clients.items.iter().any(|c| &c.id == client) {
            return Ok(None);
        }
        pool.clients.all()?;
        return Ok(Some("the pool has no such app client".to_owned()));
    }
    let Some(name) = &exception.user else { return Ok(None) };
    if user(pool, name).is_some() {
        return Ok(None);
    }
    pool.population.complete(&pool.estimated_before, &pool.estimated_after)?;
    Ok(Some("the pool has no such user".to_owned()))
}

/// The user whom a pseudonym or keyed digest names, as the recording knows him.
pub fn user<'a>(pool: &'a Pool, name: &str) -> Option<&'a str> {
    pool.population.users.iter().find(|u| u.names().any(|n| n == name)).map(|u| u.id.as_str())
}

/// What is wrong with an exclusion beyond its form.
fn contradicts(cx: &RunCx, exclusion: &Exclusion) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(pool) = &exclusion.pool
        && (cx.scope.pools.is_empty() || cx.scope.pool(pool).is_some() || cx.snapshot.pools.iter().any(|p| &p.id == pool))
    {
        wrong.push("the pool is in the scope all the same".to_owned());
    }
    if let Some(check) = &exclusion.check
        && !cx.scope.checks_off.contains(check)
    {
        wrong.push("the check is not switched off".to_owned());
    }
    wrong
}

/// A declaration, in the words of the finding.
fn named(kind: &str, n: usize, line: usize, what: &str, wrong: &[String]) -> String {
    let line = if line == 0 { String::new() } else { format!("line {line}, ") };
    format!("{kind} {} ({line}{what}): {}", n + 1, wrong.join("; "))
}

/// What an exception is about, in words; no name of a user.
pub fn about(exception: &Exception) -> String {
    let pool = exception.pool.as_ref().map_or_else(|| "no pool".to_owned(), |p| format!("pool {p}"));
    let on = exception.on.as_deref().unwrap_or("nothing");
    match (&exception.client, &exception.user) {
        (Some(client), _) => format!("{on} for client {client} of {pool}"),
        (None, Some(_)) => format!("{on} for a user of {pool}"),
        (None, None) => format!("{on} for {pool}"),
    }
}

/// What is wrong with each exception and exclusion: by its form, by the day, and by what is there. The first gap met on the
/// way, which may hide more, comes second.
fn wrong(cx: &RunCx) -> (Vec<String>, Proof, Option<Gap>) {
    let mut said = Vec::new();
    let mut open = None;
    let mut proof = Proof::new(Evidence::scope(if cx.scope.exceptions.is_empty() { "/exclusions" } else { "/exceptions" }));
    for (n, exception) in cx.scope.exceptions.iter().enumerate() {
        let mut found = exception.defects();
        match lookup(cx, exception) {
            Ok(more) => found.extend(more),
            Err(gap) => open = open.or(Some(gap)),
        }
        if let (State::Expired, Some(day)) = (exception.state(cx.day), exception.expiry) {
            found.push(format!("expired on {day}"));
        }
        if !found.is_empty() {
            proof = proof.and(Evidence::scope(format!("/exceptions/{n}")));
            said.push(named("exception", n, exception.line, &about(exception), &found));
        }
    }
    for (n, exclusion) in cx.scope.exclusions.iter().enumerate() {
        let mut found = exclusion.defects();
        found.extend(contradicts(cx, exclusion));
        if let (State::Expired, Some(day)) = (exclusion.state(cx.day), exclusion.expiry) {
            found.push(format!("expired on {day}"));
        }
        if !found.is_empty() {
            proof = proof.and(Evidence::scope(format!("/exclusions/{n}")));
            said.push(named("exclusion", n, exclusion.line, &exclusion.what(), &found));
        }
    }
    (said, proof, open)
}

/// What is known of who approved: never whose key it is, which only a reader's own trust file says.
fn approvals(cx: &RunCx) -> String {
    let all: Vec<&Exception> = cx.scope.exceptions.iter().collect();
    let short = |text: &str| text.get(..16).unwrap_or(text).to_owned();
    let signed = all.iter().zip(1..).filter_map(|(e, n)| Some((n, e.approval.as_ref()?)));
    let mut words: Vec<String> = signed.map(|(n, a)| format!("exception {n} with key {}", short(&a.fingerprint))).collect();
    let count = words.len();
    if count == 0 {
        return "Nobody signed the approvals: show for each that it was given, by whom and when.".to_owned();
    }
    let more = count.saturating_sub(NAMED);
    words.truncate(NAMED);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    let rest = match all.len() - count + cx.scope.exclusions.len() {
        0 => String::new(),
        n => format!(" Nobody signed the other {n} approvals: show for each that it was given, by whom and when."),
    };
    let said = words.join(", ");
    format!(
        "Signed are {said}: check that each key is the approver's (poolproof verify with a trust file that names it for reviews).{rest}"
    )
}

/// Decides COG-EVD-002. An approval that nobody signed is free text, so a human confirms it (rulings 41).
pub fn valid(cx: &RunCx) -> Result<Decision, Gap> {
    let (exceptions, exclusions) = (cx.scope.exceptions.len(), cx.scope.exclusions.len());
    if exceptions + exclusions == 0 {
        return Ok(Decision::new(Verdict::NotApplicable, "none-declared", Proof::new(Evidence::scope(""))));
    }
    let counted = |d: Decision| d.count("exceptions", exceptions).count("exclusions", exclusions);
    let (said, proof, open) = wrong(cx);
    if !said.is_empty() {
        let more = said.len().saturating_sub(NAMED);
        let mut which = said.iter().take(NAMED).cloned().collect::<Vec<_>>().join(". ");
        if more > 0 {
            which.push_str(&format!(". {more} more"));
        }
        return Ok(counted(Decision::new(Verdict::Fail, "not-valid", proof)).count("not-valid", said.len()).with("which", which));
    }
    if let Some(gap) = open {
        return Err(gap);
    }
    let signed = cx.scope.exceptions.iter().filter(|e| e.approval.is_some()).count();
    let counted = |d: Decision| counted(d).count("signed", signed).with("approvals", approvals(cx));
    let proof = proof.and_all((signed > 0).then(|| Evidence::scope("/exceptions")));
    if cx.given.late.is_empty() {
        let reason = if signed > 0 { "signed" } else { "unsigned" };
        return Ok(counted(Decision::new(Verdict::Manual, reason, proof)));
    }
    let all = cx.given.late.iter().filter_map(|n| Some((n, cx.scope.exceptions.get(*n)?)));
    let which: Vec<String> = all.take(NAMED).map(|(n, e)| format!("exception {} ({})", n + 1, about(e))).collect();
    let decision = counted(Decision::new(Verdict::Manual, "late", proof)).count("late", cx.given.late.len());
    Ok(decision.with("which", which.join("; ")))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, POOL};
    use crate::model::exception::{Approval, Exception, Exclusion};
    use serde_json::json;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// A well-formed one that is in force.
    pub fn exception(on: &str) -> Exception {
        Exception {
            line: 12,
            on: text(on),
            pool: Some(POOL.into()),
            reason: text("the tills cannot yet"),
            compensating_control: text("their network only"),
            requester: text("Retail"),
            approver: text("CISO"),
            ticket: text("SEC-1"),
            start: "2026-09-01".parse().ok(),
            expiry: "2027-02-28".parse().ok(),
            ..Exception::default()
        }
    }

    /// An approval as the scope carries it; the check does not look into the envelope.
    pub fn approval() -> Option<Approval> {
        Some(Approval { fingerprint: "ab".repeat(32), at: "2026-09-01T10:00:00Z".to_owned(), envelope: "{}".to_owned() })
    }

    fn exclusion() -> Exclusion {
        Exclusion {
            line: 30,
            pool: Some("eu-west-1_Other00001".into()),
            reason: text("a playground"),
            approver: text("CISO"),
            start: "2026-09-01".parse().ok(),
            expiry: "2027-02-28".parse().ok(),
            ..Exclusion::default()
        }
    }

    fn with(change: impl FnOnce(&mut Exception)) -> Fixture {
        let mut fixture = Fixture::good();
        let mut one = exception("COG-MFA-001");
        change(&mut one);
        fixture.scope.exceptions.push(one);
        fixture
    }

    fn without(change: impl FnOnce(&mut Exclusion)) -> Fixture {
        let mut fixture = Fixture::good();
        let mut one = exclusion();
        change(&mut one);
        fixture.scope.exclusions.push(one);
        fixture
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        let (bad, gap, open) = ("FAIL not-valid", "INCOMPLETE gap", "MANUAL unsigned");
        let ann = || with(|e| e.user = text("sub-ann"));
        let pseudonym = Fixture::good().snapshot().pools[0].population.users[0].id.to_string();
        let client = |id: &'static str| with(move |e| e.client = Some(id.into()));
        let all: Vec<(&'static str, Fixture, &'static str)> = vec![
            ("none", Fixture::good(), "NOT_APPLICABLE none-declared"),
            ("well-formed", with(|_| {}), open),
            ("of a control", with(|e| e.on = text("pci-dss-4.0.1:8.4.2")), open),
            ("of a control that is none", with(|e| e.on = text("pci-dss-4.0.1:99")), bad),
            ("of a check that is none", with(|e| e.on = text("COG-MFA-999")), bad),
            ("of the evidence itself", with(|e| e.on = text("COG-EVD-001")), bad),
            ("begins tomorrow", with(|e| e.start = "2026-10-01".parse().ok()), open),
            ("the last day", with(|e| e.expiry = "2026-09-30".parse().ok()), open),
            ("expired yesterday", with(|e| e.expiry = "2026-09-29".parse().ok()), bad),
            ("too long", with(|e| e.expiry = "2027-09-02".parse().ok()), bad),
            ("no approver", with(|e| e.approver = None), bad),
            ("approved by the requester", with(|e| e.approver = text("RETAIL")), bad),
            ("no compensating control", with(|e| e.compensating_control = None), bad),
            ("not readable", with(|e| e.problems = vec!["12:1: no".to_owned()]), bad),
            ("another pool", with(|e| e.pool = Some("eu-west-1_Other00001".into())), bad),
            ("a client", client("web1"), open),
            ("no such client", client("web9"), bad),
            (
                "a client, none listed",
                {
                    let mut f = client("web1").fails("ListUserPoolClients", "AccessDeniedException");
                    f.calls.retain(|c| c.operation != "DescribeUserPoolClient");
                    f
                },
                gap,
            ),
            ("a user", with(move |e| e.user = Some(pseudonym)), open),
            ("no such user", ann(), bad),
            ("no such user, the listing cut off", ann().with("ListUsers", json!({"PaginationToken": "more"})), gap),
            ("the pool not described", with(|_| {}).fails("DescribeUserPool", "AccessDeniedException"), gap),
            (
                "expired, the pool not described",
                with(|e| e.expiry = "2026-09-29".parse().ok()).fails("DescribeUserPool", "AccessDeniedException"),
                bad,
            ),
            ("a signed approval", with(|e| e.approval = approval()), "MANUAL signed"),
            (
                "a signed approval of one that is not valid",
                with(|e| {
                    e.approval = approval();
                    e.ticket = None;
                }),
                bad,
            ),
            (
                "first seen now",
                {
                    let mut f = with(|_| {});
                    f.late.insert(0);
                    f
                },
                "MANUAL late",
            ),
            ("an exclusion", without(|_| {}), open),
            ("an exclusion of a pool in scope", without(|e| e.pool = Some(POOL.into())), bad),
            ("an expired exclusion", without(|e| e.expiry = "2026-09-29".parse().ok()), bad),
            ("an exclusion without a reason", without(|e| e.reason = None), bad),
            (
                "an exclusion of a check that is on",
                without(|e| {
                    e.pool = None;
                    e.check = Some("COG-SES-003".into());
                }),
                bad,
            ),
            (
                "an exclusion of a check that is off",
                {
                    let mut f = without(|e| {
                        e.pool = None;
                        e.check = Some("COG-SES-003".into());
                    });
                    f.scope.checks_off.push("COG-SES-003".into());
                    f
                },
                open,
            ),
        ];
        all.into_iter().map(|(name, fixture, said)| ("COG-EVD-002", name, fixture, said)).collect()
    }

    #[test]
    fn an_exception_changes_no_verdict_of_any_other_check() {
        let weak = || Fixture::good().mode("OPTIONAL");
        let before: Vec<_> = weak().all_findings().into_iter().filter(|f| f.check.as_str() != "COG-EVD-002").collect();
        for one in [exception("COG-MFA-001"), exception("pci-dss-4.0.1:8.4.2"), Exception::default()] {
            let mut fixture = weak();
            fixture.scope.exceptions.push(one);
            let after: Vec<_> = fixture.all_findings().into_iter().filter(|f| f.check.as_str() != "COG-EVD-002").collect();
            assert_eq!(before, after);
        }
    }

    #[test]
    fn whose_key_it_was_is_for_the_reader_to_check_and_the_unsigned_are_counted() {
        let mut fixture = with(|e| e.approval = approval());
        fixture.scope.exceptions.push(exception("COG-MFA-002"));
        let found = fixture.findings("COG-EVD-002");
        let said = &found[0].reason;
        assert!(said.contains("exception 1 with key abababababababab: check that each key is the approver's"), "{said}");
        assert!(said.contains("Nobody signed the other 1 approvals") && !said.contains("exception 2 with"), "{said}");
        assert_eq!((found[0].verdict, found[0].counts["signed"]), (crate::model::verdict::Verdict::Manual, 1));
    }

    #[test]
    fn each_that_is_not_valid_is_named_with_its_line() {
        let mut fixture = with(|e| e.approver = None);
        fixture.scope.exceptions.push(Exception { line: 40, ..exception("COG-MFA-002") });
        fixture.scope.exceptions.push(Exception { line: 50, expiry: "2026-09-02".parse().ok(), ..exception("COG-MFA-003") });
        let found = fixture.findings("COG-EVD-002");
        let said = &found[0].reason;
        assert!(said.contains("exception 1 (line 12, COG-MFA-001 for pool") && said.contains("no approver"), "{said}");
        assert!(said.contains("exception 3 (line 50") && said.contains("expired on 2026-09-02") && !said.contains("exception 2"), "{said}");
        assert_eq!(found[0].counts["not-valid"], 2);
    }
}
