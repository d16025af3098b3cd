//! Sign-in events and devices read live: as far as the scope says, page by page until a recent sign-in, nothing but days.

use super::stub::{POOL, Reply, Request, Stub, error, event, world};
use super::{Ran, calls_of, plan, run_with, scope, text_of};
use poolproof::collect::progress::Silent;
use poolproof::collect::{self, LivePlan};
use poolproof::model::fetched::GapKind;
use poolproof::model::scope::SignIns;
use poolproof::snapshot::activity::Activity;
use serde_json::{Value, json};

const EVENTS: &str = "AdminListUserAuthEvents";
const DEVICES: &str = "AdminListDevices";

fn all(plan: &mut LivePlan) {
    plan.plan.scope.collect.sign_ins = SignIns::All;
}

/// Enabled users who are not of a provider: as many as have factors to be read.
fn local(users: usize) -> usize {
    super::readable(users)
}

fn events(events: &[Value], next: Option<&str>) -> Reply {
    let mut answer = json!({"AuthEvents": events});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Reply::Json(200, answer)
}

/// The world with so many users, in which one operation answers otherwise.
fn but(users: usize, operation: &'static str, other: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Ran {
    let world = world(users);
    run_with(all, move |request| (request.operation == operation).then(|| other(request)).flatten().unwrap_or_else(|| world(request)))
}

fn activity(ran: &Ran) -> Vec<Activity> {
    let pool = &ran.snapshot().pools[0];
    pool.population.users.iter().filter_map(|u| u.events.if_read().cloned()).collect()
}

#[test]
fn each_local_user_is_asked_about_and_a_recent_sign_in_ends_it() {
    let ran = run_with(all, world(20));
    assert_eq!((ran.stub.asked(EVENTS), ran.stub.asked(DEVICES)), (local(20), local(20)));
    let read = activity(&ran);
    assert_eq!(read.len(), local(20));
    assert!(read.iter().all(|a| a.last.is_some() && !a.whole && a.items == 1), "one page of more");
    let pool = &ran.snapshot().pools[0];
    assert!(pool.population.users.iter().filter_map(|u| u.devices.if_read()).all(|d| d.items == 1 && d.whole && d.last.is_some()));
    assert_eq!(ran.snapshot().calls.unanswered, []);
    assert!(ran.notes().contains("the last sign-in of about 20 users is read: 40 calls"), "{}", ran.notes());
}

#[test]
fn what_aws_tells_of_people_and_places_reaches_no_file_and_no_message() {
    let ran = run_with(all, world(10));
    let text = text_of(&collect::recording(ran.run.path())) + &text_of(&collect::private(ran.run.path())) + &ran.notes();
    for secret in
        ["198.51.100.23", "Atlantis", "\"Oz\"", "'s phone", "4f1d-secret", "secret-events", "-08:00", "NoRisk", "ann1", "example.com"]
    {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("AdminListUserAuthEvents") && text.contains("DeviceLastAuthenticatedDate"));
}

#[test]
fn a_long_history_is_read_until_a_recent_sign_in_or_its_end() {
    let ran = but(2, EVENTS, |request| {
        let page = request.input.get("NextToken").and_then(Value::as_str).map_or(1, |t| t.parse().unwrap());
        Some(match (request.input["Username"].as_str().unwrap(), page) {
            // ann0 has signed in lately, which the third page of five shows.
            ("ann0", 3) => events(&[event("SignIn", "Pass", 5)], Some("4")),
            ("ann0", page) => events(&[event("SignIn", "Fail", 1)], Some(&(page + 1).to_string())),
            // ann1 has not: four pages to the end.
            (_, page) => events(&[event("SignIn", "Pass", 200 + page)], (page < 4).then(|| (page + 1).to_string()).as_deref()),
        })
    });
    assert_eq!(ran.stub.asked(EVENTS), 7);
    let mut read = activity(&ran);
    read.sort_by_key(|a| a.whole);
    assert_eq!(read.iter().map(|a| (a.items, a.whole)).collect::<Vec<_>>(), [(3, false), (4, true)]);
}

#[test]
fn a_history_without_end_is_left_and_not_taken_for_whole() {
    let ran = but(1, EVENTS, |request| {
        let page = request.input.get("NextToken").and_then(Value::as_str).map_or(1, |t| t.parse::<u32>().unwrap());
        Some(events(&[event("SignIn", "Fail", 1)], Some(&(page + 1).to_string())))
    });
    assert_eq!(ran.stub.asked(EVENTS), 20);
    assert!(!activity(&ran)[0].whole);
    let turning = but(1, EVENTS, |_| Some(events(&[], Some("again"))));
    assert_eq!(turning.stub.asked(EVENTS), 2, "a token that comes twice");
    assert!(!activity(&turning)[0].whole);
}

#[test]
fn a_pool_that_keeps_no_events_or_denies_them_is_asked_once() {
    for code in ["UserPoolAddOnNotEnabledException", "AccessDeniedException", "OperationNotEnabledException"] {
        let ran = but(20, EVENTS, move |_| Some(error(400, code)));
        assert_eq!((ran.stub.asked(EVENTS), ran.stub.asked(DEVICES)), (1, local(20)), "{code}");
        let gaps = ran.snapshot().pools[0]
            .population
            .users
            .iter()
            .filter(|u| u.events.known().is_err_and(|g| g.kind != GapKind::NotAsked))
            .count();
        assert_eq!(gaps, 1);
        assert!(ran.notes().contains(&format!("{POOL}: {EVENTS} is not answered for this pool ({code})")), "{}", ran.notes());
    }
}

#[test]
fn one_user_who_is_gone_and_a_throttle_stop_nobody_else() {
    let gone = but(10, EVENTS, |r| (r.input["Username"] == "ann0").then(|| error(400, "UserNotFoundException")));
    assert_eq!(gone.calls(EVENTS).len(), local(10));
    assert_eq!(activity(&gone).len(), local(10) - 1);
    let slow = but(10, EVENTS, |r| (r.time == 1).then(|| error(400, "TooManyRequestsException")));
    assert_eq!(activity(&slow).len(), local(10));
    assert_eq!(slow.calls(EVENTS).len(), 2 * local(10));
}

#[test]
fn a_pool_without_device_tracking_is_not_asked_for_devices() {
    let ran = but(5, "DescribeUserPool", |_| {
        Some(Reply::Json(200, json!({"UserPool": {"Id": POOL, "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 5}})))
    });
    assert_eq!((ran.stub.asked(EVENTS), ran.stub.asked(DEVICES)), (local(5), 0));
}

#[test]
fn a_sample_is_drawn_and_is_the_one_whose_factors_are_read() {
    use poolproof::model::scope::Detail;
    let sample = |plan: &mut LivePlan| {
        let scope = &mut plan.plan.scope;
        (scope.collect.sign_ins, scope.users.detail, scope.users.sample_rate) = (SignIns::Sample, Detail::Sample, 0.4);
    };
    let ran = run_with(sample, world(60));
    let users = |operation: &str| ran.calls(operation).iter().map(|c| c.input["Username"].to_string()).collect::<Vec<_>>();
    let read = users(EVENTS);
    assert!((5..local(60) - 5).contains(&read.len()), "{}", read.len());
    assert_eq!(read, users("AdminGetUserAuthFactors"));
    assert_eq!(read, users(DEVICES));
}

#[test]
fn users_without_any_read_of_factors_are_asked_about_all_the_same() {
    use poolproof::model::scope::Detail;
    let ran = run_with(
        |plan| {
            all(plan);
            plan.plan.scope.users.detail = Detail::None;
        },
        world(10),
    );
    assert_eq!((ran.stub.asked("AdminGetUserAuthFactors"), ran.stub.asked(EVENTS)), (0, local(10)));
}

#[test]
fn a_run_that_goes_on_asks_only_what_is_open() {
    let run = tempfile::tempdir().unwrap();
    let (world, expired) = (world(6), std::sync::atomic::AtomicBool::new(true));
    let stub = Stub::new(move |request| match request.operation.as_str() {
        EVENTS if request.input["Username"] == "ann2" && expired.swap(false, std::sync::atomic::Ordering::SeqCst) => {
            error(400, "ExpiredTokenException")
        }
        _ => world(request),
    });
    let mut scope = scope();
    scope.collect.sign_ins = SignIns::All;
    let plan = plan(run.path(), scope, Some(&stub.endpoint));
    assert!(collect::collect_live(&plan, run.path(), &Silent).is_err());
    assert!(collect::collect_live(&plan, run.path(), &Silent).unwrap().resumed);
    let mut recorded: Vec<String> = calls_of(run.path())
        .iter()
        .filter(|c| c.operation == EVENTS && c.error.is_none())
        .map(|c| c.input["Username"].to_string())
        .collect();
    assert_eq!(recorded.len(), local(6));
    recorded.sort();
    recorded.dedup();
    assert_eq!(recorded.len(), local(6));
}
