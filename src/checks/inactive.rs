//! COG-ACC-002: whoever has not signed in for 90 days is disabled. Activity is easily proved and inactivity hardly ever:
//! it needs a history that is known to have been kept all the time.

use super::PoolCx;
use super::mfa::interval;
use super::people::{SHOWN, consumers, enabled};
use crate::clock;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::{Gap, GapKind, State};
use crate::model::finding::Decision;
use crate::model::scope::{SignIns, Thresholds};
use crate::model::verdict::Verdict;
use crate::recording::header::Source;
use crate::snapshot::activity::{Activity, NOT_KEPT};
use crate::snapshot::population::User;
use chrono::NaiveDate;

/// What is proved of an enabled user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Signed in within the days.
    Active,
    /// Created within the days.
    New,
    /// Neither signed in nor was created within the days, and a sign-in would have been seen.
    Inactive,
    /// None of these.
    Undecided,
}

/// Decides COG-ACC-002. UserLastModifiedDate tells of no sign-in, and a remembered device proves activity only (rulings).
pub fn disabled(cx: &PoolCx) -> Result<Decision, Gap> {
    if let Some(decision) = consumers(cx) {
        return Ok(decision);
    }
    let days = cx.scope.thresholds.inactive_days.min(Thresholds::default().inactive_days);
    let limit = Evidence::scope("/thresholds/inactive_days");
    let enabled = enabled(cx.pool);
    let local: Vec<(&User, Standing)> = enabled.iter().filter(|u| signs_in_here(u)).map(|u| (*u, standing(cx, u, days.into()))).collect();
    let within = |wanted: Standing| local.iter().filter(move |(_, s)| *s == wanted).map(|(u, _)| *u);
    let told = |decision: Decision| {
        let decision = decision.count("local", local.len()).count("active", within(Standing::Active).count());
        decision.count("new", within(Standing::New).count()).with("days", days)
    };
    let inactive: Vec<&User> = within(Standing::Inactive).collect();
    if let (Some(first), Some(history)) = (inactive.first(), history(cx)) {
        let proof = Proof::new(first.events.at.clone()).and(limit).and_all(history.iter().cloned());
        let proof = proof.and_all(inactive.iter().take(SHOWN).flat_map(|u| [u.at.clone(), u.events.at.clone()]));
        return Ok(told(Decision::new(Verdict::Fail, "inactive", proof)).count("inactive", inactive.len()));
    }
    let proof = cx.population()?.and(limit).and_all(enabled.iter().take(SHOWN).map(|u| u.at.clone()));
    if enabled.is_empty() {
        return Ok(Decision::new(Verdict::Pass, "nobody-enabled", proof).count("users", cx.pool.population.users.len()));
    }
    if cx.scope.collect.sign_ins == SignIns::None && enabled.iter().all(|u| !asked(u)) {
        return Ok(Decision::new(Verdict::Manual, "no-source", proof).count("enabled", enabled.len()).with("days", days));
    }
    let undecided: Vec<&User> = within(Standing::Undecided).collect();
    if !undecided.is_empty() {
        let all: Vec<&User> = local.iter().map(|(u, _)| *u).collect();
        return Ok(told(incomplete(cx, proof, &all, &undecided)));
    }
    let outside: Vec<&User> = enabled.iter().filter(|u| !signs_in_here(u) && !is_new(cx, u, days.into())).copied().collect();
    if !outside.is_empty() {
        let federated = outside.iter().filter(|u| !u.is_local()).count();
        let decision = told(Decision::new(Verdict::Manual, "outside", proof.and_all(outside.iter().take(SHOWN).map(|u| u.at.clone()))));
        return Ok(decision.count("federated", federated).count("unconfirmed", outside.len() - federated));
    }
    let seen = within(Standing::Active).take(SHOWN).filter_map(|u| facts(u).find_map(|a| a.last.as_ref()).map(|(_, at)| at.clone()));
    let off = cx.pool.population.users.len() - enabled.len();
    Ok(told(Decision::new(Verdict::Pass, "all-active", proof.and_all(seen))).count("disabled", off))
}

/// INCOMPLETE, and of what: a sample that shows nobody inactive speaks for the sample only.
fn incomplete(cx: &PoolCx, proof: Proof, local: &[&User], undecided: &[&User]) -> Decision {
    let read = local.iter().filter(|u| asked(u)).count();
    let proof = proof.and_all(undecided.iter().take(SHOWN).map(|u| u.events.at.clone()));
    if cx.scope.collect.sign_ins == SignIns::Sample && read > 0 && undecided.iter().all(|u| !asked(u)) {
        let (low, _) = interval(read, read);
        let proof = proof.and(Evidence::scope("/collect/sign_ins"));
        return Decision::new(Verdict::Incomplete, "sampled", proof).count("read", read).with("low", format!("{low:.1}"));
    }
    // Once a pool has said so, nobody else is asked: whoever it was said of speaks for all.
    if local.iter().filter_map(|u| gap(u)).any(|kind| matches!(kind, GapKind::Failed(code) if code == NOT_KEPT)) {
        return Decision::new(Verdict::Incomplete, "not-kept", proof).count("undecided", undecided.len());
    }
    let gaps: Vec<&GapKind> = undecided.iter().filter_map(|u| gap(u)).collect();
    // The worst word of all, not the first user's: the order of users decides nothing.
    let why = gaps.iter().min().map_or_else(|| "none".to_owned(), |kind| kind.words());
    let decision = Decision::new(Verdict::Incomplete, "undecided", proof).count("undecided", undecided.len());
    decision.count("unread", gaps.len()).count("unproved", undecided.len() - gaps.len()).with("why", why)
}

/// Whether the pool's own events could show this user: UNCONFIRMED users cannot sign in, those of a provider sign in there.
fn signs_in_here(user: &User) -> bool {
    user.is_local() && user.status.as_deref() != Some("UNCONFIRMED")
}

fn facts(user: &User) -> impl Iterator<Item = &Activity> {
    [&user.events, &user.devices].into_iter().filter_map(|fact| fact.if_read())
}

fn gap(user: &User) -> Option<&GapKind> {
    match &user.events.state {
        State::Gap(kind) => Some(kind),
        _ => None,
    }
}

/// Somebody asked for the user's events or devices, whatever came of it.
fn asked(user: &User) -> bool {
    [&user.events, &user.devices].into_iter().any(|fact| !matches!(fact.state, State::Gap(GapKind::NotAsked)))
}

fn standing(cx: &PoolCx, user: &User, days: i64) -> Standing {
    let last = facts(user).filter_map(|a| a.last.as_ref()).any(|(day, _)| recent(cx, *day, days));
    if last {
        Standing::Active
    } else if is_new(cx, user, days) {
        Standing::New
    } else if is_unused(cx, user, days) == Some(true) {
        Standing::Inactive
    } else {
        Standing::Undecided
    }
}

/// Surely within the days: a day is known, not its hour. A clock may be a day ahead.
fn recent(cx: &PoolCx, day: NaiveDate, days: i64) -> bool {
    (-1..days).contains(&(cx.day - day).num_days())
}

fn is_new(cx: &PoolCx, user: &User, days: i64) -> bool {
    user.created.is_some_and(|day| recent(cx, day, days))
}

/// Whether a sign-in within the days would have been seen, and none was: the user is enabled and older than that, has no way in by a
/// provider, the history was read to its end and was kept all the time, and no device tells otherwise. Counted from the
/// day on which the history was read.
fn is_unused(cx: &PoolCx, user: &User, days: i64) -> Option<bool> {
    let events = user.events.if_read()?;
    let old = |day: NaiveDate| (events.read - day).num_days() > days;
    let quiet = |a: &Activity| a.whole && a.last.as_ref().is_none_or(|(day, _)| old(*day)) && a.maybe.is_none_or(old);
    let devices = match user.devices.if_read() {
        Some(devices) => quiet(devices),
        None => cx.pool.devices.known().is_ok_and(|remembers| remembers.is_none()),
    };
    let modified = cx.pool.last_modified.if_read().and_then(|t| clock::parse_rfc3339(t).ok())?;
    let kept = history(cx).is_some() && old(modified.date_naive());
    Some(user.enabled == Some(true) && user.created.is_some_and(old) && user.identities.is_empty() && quiet(events) && devices && kept)
}

/// What proves that the pool keeps its sign-in events, and kept them since it was last modified (the caller compares the
/// day): threat protection is set with the pool and starts no sooner (developer guide, Viewing user event history: kept
/// for two years). It need not log sign-ins that a Lambda function decides; and imported files do not say when they were
/// made.
fn history(cx: &PoolCx) -> Option<Proof> {
    let pool = cx.pool;
    let on = matches!(pool.security_mode.if_read().map(String::as_str), Some("AUDIT" | "ENFORCED"));
    let kept = on && pool.trigger("DefineAuthChallenge") == Ok(false) && cx.snapshot.header.source != Source::Import;
    kept.then(|| Proof::new(pool.last_modified.at.clone()).and(pool.security_mode.at.clone()).and(pool.triggers.at.clone()))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, merge, user};
    use crate::model::scope::{Audience, SignIns};
    use crate::model::verdict::Verdict;
    use crate::recording::header::Source;
    use serde_json::{Value, json};

    const ID: &str = "COG-ACC-002";
    /// The fixture's day is 2026-09-30; so many days before, epoch seconds at noon.
    fn before(days: u32) -> f64 {
        1_790_769_600.0 - f64::from(days) * 86_400.0
    }

    fn event(kind: &str, response: &str, days: u32) -> Value {
        json!({
            "EventId": "e-1", "EventType": kind, "EventResponse": response, "CreationDate": before(days),
            "EventContextData": {"IpAddress": "192.0.2.7", "City": "Seattle", "DeviceName": "Chrome 126"},
        })
    }

    fn history(events: &[Value]) -> Value {
        json!({"AuthEvents": events})
    }

    fn who(name: &str, change: Value) -> Value {
        let mut listed = user(name);
        merge(&mut listed, change);
        listed
    }

    /// Threat protection on and the pool unchanged for years; ann and cyd signed in yesterday, bob has this history.
    fn bob(events: &[Value]) -> Fixture {
        let mut f = Fixture::good();
        f.scope.collect.sign_ins = SignIns::All;
        for name in ["ann", "cyd"] {
            f.of_user("AdminListUserAuthEvents", name, history(&[event("SignIn", "Pass", 1)]));
        }
        f.of_user("AdminListUserAuthEvents", "bob", history(events));
        f
    }

    fn pool(f: Fixture, change: Value) -> Fixture {
        f.with("DescribeUserPool", json!({"UserPool": change}))
    }

    fn sampled(mut f: Fixture) -> Fixture {
        f.scope.collect.sign_ins = SignIns::Sample;
        f.calls.retain(|c| !(c.operation == "AdminListUserAuthEvents" && c.input["Username"] == "bob"));
        f
    }

    fn remembers(f: Fixture) -> Fixture {
        pool(f, json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}}))
    }

    /// bob's device was last used so many days ago.
    fn device(mut f: Fixture, days: u32) -> Fixture {
        let device = json!({
            "DeviceKey": "eu-west-1_4f1d", "DeviceAttributes": [{"Name": "device_name", "Value": "bob's phone"}],
            "DeviceCreateDate": before(400), "DeviceLastModifiedDate": before(1), "DeviceLastAuthenticatedDate": before(days),
        });
        f.of_user("AdminListDevices", "bob", json!({"Devices": [device]}));
        f
    }

    fn older_limit(mut f: Fixture, days: u32) -> Fixture {
        f.scope.thresholds.inactive_days = days;
        f
    }

    fn listed(f: Fixture, change: Value) -> Fixture {
        f.users(vec![user("ann"), who("bob", change), user("cyd")])
    }

    /// The table of cases of COG-ACC-002 with a source; `people` has those without.
    pub fn table() -> Vec<Case> {
        let long_ago = || bob(&[event("SignIn", "Pass", 91)]);
        let never = || bob(&[]);
        let imported = |mut f: Fixture| {
            f.source = Source::Import;
            f
        };
        let (fail, open) = ("FAIL inactive", "INCOMPLETE undecided");
        let linked = json!([{"Name": "sub", "Value": "sub-bob"}, {"Name": "identities", "Value": "[{\"providerName\":\"Okta\"}]"}]);
        vec![
            (ID, "signed in 89 days ago", bob(&[event("SignIn", "Pass", 89)]), "PASS all-active"),
            (ID, "signed in 90 days ago: by the hour it may be more", bob(&[event("SignIn", "Pass", 90)]), open),
            (ID, "signed in 91 days ago", long_ago(), fail),
            (ID, "never signed in", never(), fail),
            (
                ID,
                "the last of several counts, in whatever order",
                bob(&[event("SignIn", "Pass", 200), event("SignIn", "Pass", 3)]),
                "PASS all-active",
            ),
            (ID, "failures are no sign-ins", bob(&[event("SignIn", "Fail", 1), event("ForgotPassword", "Pass", 1)]), fail),
            (ID, "a sign-in that waits for its second factor", bob(&[event("SignIn", "InProgress", 1)]), open),
            (ID, "a password changed by a user who was signed in", bob(&[event("PasswordChange", "Pass", 1)]), open),
            (ID, "an event of another time", bob(&[event("Passkey", "Pass", 1)]), open),
            (ID, "the same long ago", bob(&[event("SignIn", "InProgress", 95)]), fail),
            (ID, "an event without a day", bob(&[json!({"EventType": "SignIn", "EventResponse": "Pass"})]), open),
            (ID, "an answer without events", bob(&[]).of("bob", json!({"AuthEvents": null})), open),
            (ID, "a history that is cut off", bob(&[]).of("bob", json!({"NextToken": "more"})), open),
            (
                ID,
                "a history that is cut off and shows enough",
                bob(&[event("SignIn", "Pass", 2)]).of("bob", json!({"NextToken": "more"})),
                "PASS all-active",
            ),
            (ID, "the pool was modified 90 days ago", pool(never(), json!({"LastModifiedDate": before(90)})), open),
            (ID, "the pool was modified 91 days ago", pool(never(), json!({"LastModifiedDate": before(91)})), fail),
            (ID, "nobody knows when the pool was modified", pool(never(), json!({"LastModifiedDate": null})), open),
            (ID, "threat protection takes notes only", pool(never(), json!({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})), fail),
            (ID, "threat protection is off", pool(never(), json!({"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}})), open),
            (ID, "a function decides who signs in", pool(never(), json!({"LambdaConfig": {"DefineAuthChallenge": "arn"}})), open),
            (ID, "an import does not say when it was read", imported(never()), open),
            (ID, "an import shows activity", imported(bob(&[event("SignIn", "Pass", 5)])), "PASS all-active"),
            (ID, "created 89 days ago", listed(never(), json!({"UserCreateDate": before(89)})), "PASS all-active"),
            (ID, "created 90 days ago", listed(never(), json!({"UserCreateDate": before(90)})), open),
            (ID, "created nobody knows when", listed(never(), json!({"UserCreateDate": null})), open),
            (ID, "also signs in by a provider", listed(never(), json!({"Attributes": linked})), open),
            (ID, "disabled", listed(never(), json!({"Enabled": false})), "PASS all-active"),
            (ID, "does not say whether disabled", listed(never(), json!({"Enabled": null})), open),
            (ID, "a temporary password", listed(never(), json!({"UserStatus": "FORCE_CHANGE_PASSWORD"})), fail),
            (ID, "never confirmed", listed(never(), json!({"UserStatus": "UNCONFIRMED"})), "MANUAL outside"),
            (
                ID,
                "never confirmed, created lately",
                listed(never(), json!({"UserStatus": "UNCONFIRMED", "UserCreateDate": before(3)})),
                "PASS all-active",
            ),
            (ID, "of a provider", listed(never(), json!({"UserStatus": "EXTERNAL_PROVIDER"})), "MANUAL outside"),
            (ID, "a device, lately", device(remembers(long_ago()), 10), "PASS all-active"),
            (ID, "a device, not for long", device(remembers(long_ago()), 120), fail),
            (ID, "a device, 90 days ago", device(remembers(long_ago()), 90), open),
            (ID, "devices are remembered and were not asked for", remembers(long_ago()), open),
            (ID, "a device is no history", device(remembers(bob(&[]).lacks("bob")), 120), open),
            (ID, "a device alone shows activity", device(remembers(bob(&[]).lacks("bob")), 12), "PASS all-active"),
            (ID, "a stricter limit", older_limit(bob(&[event("SignIn", "Pass", 40)]), 30), fail),
            (ID, "a laxer limit changes nothing", older_limit(long_ago(), 400), fail),
            (ID, "denied", bob(&[]).fails("AdminListUserAuthEvents", "AccessDeniedException"), open),
            (ID, "denied, of one", bob(&[]).fails_of("bob", "AccessDeniedException"), open),
            (ID, "inactive, and the listing is cut off", never().with("ListUsers", json!({"PaginationToken": "more"})), fail),
            (
                ID,
                "active, and the listing is cut off",
                bob(&[event("SignIn", "Pass", 2)]).with("ListUsers", json!({"PaginationToken": "more"})),
                "INCOMPLETE gap",
            ),
            (
                ID,
                "events are not kept, as the pool said of a user whose device tells",
                device(remembers(bob(&[]).lacks("ann").lacks("cyd")), 12)
                    .fails("AdminListUserAuthEvents", "UserPoolAddOnNotEnabledException"),
                "INCOMPLETE not-kept",
            ),
            (
                ID,
                "events are not kept",
                bob(&[]).fails("AdminListUserAuthEvents", "UserPoolAddOnNotEnabledException"),
                "INCOMPLETE not-kept",
            ),
            (ID, "asked for, and nobody was asked", bob(&[]).without("AdminListUserAuthEvents"), open),
            (ID, "a sample", sampled(bob(&[])), "INCOMPLETE sampled"),
            (ID, "a sample with an inactive user", sampled(bob(&[])).of("cyd", history(&[])), fail),
            (ID, "a sample with a user who is not decided", sampled(bob(&[])).of("cyd", history(&[event("SignIn", "Pass", 90)])), open),
            (ID, "a sample of nobody", sampled(bob(&[])).without("AdminListUserAuthEvents"), open),
            (ID, "consumers", never().declare(|p| p.audience = Some(Audience::Consumer)), "NOT_APPLICABLE consumers"),
        ]
    }

    #[test]
    fn nothing_but_days_of_events_and_devices_reaches_the_recording() {
        let files = device(remembers(bob(&[event("SignIn", "Pass", 5)])), 3).files();
        let text: String = files.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        for secret in ["192.0.2.7", "Seattle", "Chrome", "4f1d", "bob's phone", "e-1", "1790"] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert!(text.contains("2026-09-25"));
    }

    #[test]
    fn a_later_day_of_judgement_makes_nobody_inactive_and_nobody_more_active() {
        let later = |f: &Fixture| {
            let day = "2026-10-20".parse().unwrap();
            let found = crate::checks::evaluate(&f.snapshot(), &f.scope, day, &crate::checks::texts::Texts::release().unwrap());
            found.into_iter().find(|f| f.check.as_str() == ID).unwrap().verdict
        };
        assert_eq!(later(&bob(&[event("SignIn", "Pass", 80)])), Verdict::Incomplete);
        assert_eq!(later(&bob(&[event("SignIn", "Pass", 60)])), Verdict::Pass);
        assert_eq!(later(&bob(&[event("SignIn", "Pass", 91)])), Verdict::Fail);
    }
}
