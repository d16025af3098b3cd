//! Live collection against an endpoint of our own making that misbehaves in every way, and runs that are killed.

mod buckets;
mod killed;
mod logging;
mod sign_ins;
pub(crate) mod stub;

use poolproof::collect::progress::{Progress, Silent};
use poolproof::collect::{self, CollectError, Collected, LivePlan, Patience, Plan};
use poolproof::model::fetched::GapKind;
use poolproof::model::id::{PoolId, Region};
use poolproof::model::scope::{Detail, Period, PoolScope, PrivacyMode, Scope};
use poolproof::recording::header::Attempts;
use poolproof::recording::line::Call;
use poolproof::recording::pseudonym::Pseudonyms;
use poolproof::recording::read::Recording;
use poolproof::snapshot::Snapshot;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stub::{POOL, Reply, Request, Stub, error, readable, sns_error, world};

/// What the operator is told, among the requests of the stub.
struct Told(Arc<Mutex<Vec<String>>>);

impl Progress for Told {
    fn step(&self, _: &str) {}
    fn count(&self, _: u64, _: Option<u64>) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(format!("note: {text}"));
    }
}

fn scope() -> Scope {
    let day = |text: &str| text.parse().unwrap();
    let mut scope = Scope::undeclared(Period { label: "2026-Q4".to_owned(), from: day("2026-10-01"), to: day("2026-12-31") });
    scope.users.quota_share = 1.0;
    // Two calls a second would make every test here take ten seconds; one test asks for them.
    scope.collect.trail = false;
    scope.collect.logging = false;
    scope.regions.push(Region::from("us-east-1"));
    scope
}

fn plan(run: &Path, scope: Scope, endpoint: Option<&str>) -> LivePlan {
    let profile_file = endpoint.map(|endpoint| {
        assert!(std::env::var("AWS_ENDPOINT_URL").is_err(), "AWS_ENDPOINT_URL would divert this test; unset it");
        let path = run.join("profiles");
        let text = format!(
            "[default]\nregion = us-east-1\nendpoint_url = {endpoint}\naws_access_key_id = testing\naws_secret_access_key = testing\n"
        );
        std::fs::write(&path, text).unwrap();
        path
    });
    LivePlan {
        plan: Plan {
            run_id: "r_abcdefghijklmnopqrstuvwxyz".to_owned(),
            scope,
            scope_digest: "00".repeat(32),
            catalogue_digest: "00".repeat(32),
            challenge: Some("auditor's word".to_owned()),
            begun: None,
            changes: None,
            previous: None,
            attempts: Attempts::default(),
            pseudonyms: Pseudonyms::new(PrivacyMode::Pseudonym, [7; 32], collect::join_key(run).unwrap()),
        },
        external_ids: BTreeMap::new(),
        accept_mau_cost: false,
        patience: Patience {
            throttled: 4,
            failed: 3,
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(20),
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(5),
        },
        profile_file,
    }
}

struct Ran {
    run: tempfile::TempDir,
    stub: Stub,
    result: Result<Collected, CollectError>,
}

fn run_with(change: impl FnOnce(&mut LivePlan), answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Ran {
    let run = tempfile::tempdir().unwrap();
    let stub = Stub::new(answer);
    let mut plan = plan(run.path(), scope(), Some(&stub.endpoint));
    change(&mut plan);
    let result = collect::collect_live(&plan, run.path(), &Told(stub.log.clone()));
    Ran { run, stub, result }
}

fn run(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Ran {
    run_with(|_| (), answer)
}

/// The world with so many users, in which one operation answers otherwise.
fn but(users: usize, operation: &'static str, other: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Ran {
    let world = world(users);
    run(move |request| (request.operation == operation).then(|| other(request)).flatten().unwrap_or_else(|| world(request)))
}

fn calls_of(run: &Path) -> Vec<Call> {
    let recording = Recording::folder(&collect::recording(run)).unwrap();
    recording.segments().iter().flat_map(|s| recording.calls(s).unwrap().collect::<Result<Vec<_>, _>>().unwrap()).collect()
}

fn text_of(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        text += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    text
}

impl Ran {
    fn collected(&self) -> &Collected {
        self.result.as_ref().unwrap_or_else(|e| panic!("{e}"))
    }
    fn calls(&self, operation: &str) -> Vec<Call> {
        self.collected();
        calls_of(self.run.path()).into_iter().filter(|c| c.operation == operation).collect()
    }
    /// Attempt, pass and error of each call of an operation.
    fn outcomes(&self, operation: &str) -> Vec<(u32, u32, Option<String>)> {
        self.calls(operation).into_iter().map(|c| (c.pass, c.attempt, c.error)).collect()
    }
    fn snapshot(&self) -> Snapshot {
        self.collected();
        Snapshot::build(&Recording::folder(&collect::recording(self.run.path())).unwrap(), &scope()).unwrap()
    }
    fn notes(&self) -> String {
        self.stub.log.lock().unwrap().iter().filter(|l| l.starts_with("note: ")).cloned().collect::<Vec<_>>().join("\n")
    }
}

fn fails(code: &str) -> Option<String> {
    Some(code.to_owned())
}

#[test]
fn a_pool_that_answers_is_read_whole_and_once() {
    let ran = run(world(20));
    let snapshot = ran.snapshot();
    let pool = &snapshot.pools[0];
    assert_eq!((pool.id.as_str(), pool.account.as_str()), (POOL, "123456789012"));
    pool.population.complete(&pool.estimated_before, &pool.estimated_after).unwrap();
    assert_eq!(pool.population.users.len(), 20);
    assert_eq!(pool.population.users.iter().filter(|u| u.factors.if_read().is_some()).count(), readable(20));
    assert_eq!(snapshot.calls.unanswered, []);
    assert_eq!(snapshot.sms.keys().map(|(_, r)| r.as_str()).collect::<Vec<_>>(), ["us-east-1", "us-west-2"]);
    assert_eq!(snapshot.header.overrides.iter().filter(|o| *o == "profile endpoint_url").count(), 1);
    for (operation, times) in
        [("DescribeUserPool", 2), ("ListUsers", 7), ("AdminGetUserAuthFactors", readable(20)), ("AdminGetUser", 0), ("ListGroups", 2)]
    {
        assert_eq!(ran.stub.asked(operation), times, "{operation}");
    }
    assert_eq!(ran.stub.asked("AdminListUserAuthEvents") + ran.stub.asked("AdminListDevices"), 0, "only where the scope says so");
    let requests = ran.stub.requests.lock().unwrap();
    assert!(requests.iter().all(|r| r.time == 1 || r.operation == "DescribeUserPool"));
    assert!(requests.iter().all(|r| r.user_agent.contains("app/poolproof-r_abcdefghijklmnopqrstuvwxyz")), "{:?}", requests[0].user_agent);
    assert!(requests.iter().filter(|r| r.operation.contains("SMS")).all(|r| r.region == "us-west-2"));
}

#[test]
fn users_follow_their_page_in_listed_order_whatever_the_concurrency() {
    let world = world(30);
    let ran = run(move |request| {
        if request.operation == "AdminGetUserAuthFactors" {
            // The earlier in the alphabet, the later the answer.
            std::thread::sleep(Duration::from_millis(20 - request.input["Username"].as_str().unwrap().len() as u64 * 3));
        }
        world(request)
    });
    let mut listed: Vec<String> = Vec::new();
    for call in calls_of(ran.run.path()) {
        match (call.operation.as_str(), &call.answer) {
            ("ListUsers", Some(answer)) => {
                assert_eq!(listed, Vec::<String>::new(), "a page began before the last was read");
                let users = answer["Users"].as_array().unwrap().iter();
                let signing_in = users.filter(|u| u["Enabled"] == true && u["UserStatus"] == "CONFIRMED");
                listed = signing_in.map(|u| u["Username"].as_str().unwrap().to_owned()).collect();
            }
            ("AdminGetUserAuthFactors", _) => assert_eq!(call.input["Username"], listed.remove(0)),
            _ => {}
        }
    }
}

#[test]
fn no_secret_and_no_identity_reaches_the_folder_or_a_message() {
    let ran = but(10, "ListIdentityProviders", |_| Some(error(400, "AccessDeniedException")));
    ran.collected();
    let text = text_of(&collect::recording(ran.run.path())) + &text_of(&collect::private(ran.run.path())) + &ran.notes();
    for secret in [
        "hunter2",
        "4f1d-secret",
        "ann1",
        "example.com",
        "secret-token",
        "sub-1",
        "AIDASECRET",
        "+12065550100",
        "testing",
        "AWS4-HMAC",
        "role/sms",
        "a message with",
    ] {
        assert!(!text.contains(secret), "{secret} leaked");
    }
}

#[test]
fn the_estimate_comes_before_the_first_read_of_a_user() {
    let ran = run(world(5));
    ran.collected();
    let log = ran.stub.log.lock().unwrap();
    let estimate = log.iter().position(|l| l.contains("about 5 users, at most 5 reads")).unwrap();
    assert!(estimate < log.iter().position(|l| l.starts_with("AdminGet")).unwrap());
}

#[test]
fn what_is_denied_is_recorded_once_and_the_run_goes_on() {
    let world = world(4);
    let ran = run(move |request| match request.operation.as_str() {
        "GetUserPoolMfaConfig" | "ListGroups" | "ListUserPools" => error(400, "AccessDeniedException"),
        "GetSMSSandboxAccountStatus" => sns_error(403, "AuthorizationError"),
        _ => world(request),
    });
    // Without the listing there is no pool to read.
    assert_eq!(ran.collected().pools, 0);
    assert_eq!(ran.outcomes("ListUserPools"), [(1, 1, fails("AccessDeniedException"))]);
    let world = stub::world(4);
    let named = |plan: &mut LivePlan| plan.plan.scope.pools.push(PoolScope::undeclared(PoolId::from(POOL), Region::from("us-east-1")));
    let ran = run_with(named, move |request| match request.operation.as_str() {
        "GetUserPoolMfaConfig" | "ListGroups" | "ListUserPools" => error(400, "AccessDeniedException"),
        "GetSMSSandboxAccountStatus" => sns_error(403, "AuthorizationError"),
        _ => world(request),
    });
    assert_eq!(ran.outcomes("GetUserPoolMfaConfig"), [(1, 1, fails("AccessDeniedException"))]);
    assert_eq!(ran.outcomes("GetSMSSandboxAccountStatus"), [(1, 1, fails("AuthorizationError")), (1, 1, fails("AuthorizationError"))][..1]);
    assert_eq!(ran.calls("AdminGetUserAuthFactors").len(), 4);
    let snapshot = ran.snapshot();
    assert_eq!(snapshot.pools[0].mfa_read.known().unwrap_err().kind, GapKind::Denied("AccessDeniedException".to_owned()));
}

#[test]
fn throttles_are_waited_out_and_given_up_in_the_end() {
    let world = world(4);
    let ran = run(move |request| match request.operation.as_str() {
        "ListUsers" if request.time < 3 => error(400, "TooManyRequestsException"),
        "GetSMSAttributes" if request.time < 3 => sns_error(429, "Throttled"),
        "ListIdentityProviders" => error(400, "TooManyRequestsException"),
        _ => world(request),
    });
    let throttled = |attempt| (1, attempt, fails("TooManyRequestsException"));
    assert_eq!(ran.outcomes("ListUsers")[..3], [throttled(1), throttled(2), (1, 3, None)]);
    assert_eq!(ran.outcomes("GetSMSAttributes"), [(1, 1, fails("Throttled")), (1, 2, fails("Throttled")), (1, 3, None)]);
    assert_eq!(ran.outcomes("ListIdentityProviders"), (1..=4).map(throttled).collect::<Vec<_>>());
    assert!(ran.notes().contains("throttled; going on at"));
    let pool = &ran.snapshot().pools[0];
    pool.population.complete(&pool.estimated_before, &pool.estimated_after).unwrap();
    assert!(pool.providers.all().is_err());
}

#[test]
fn answers_that_are_none_are_tried_again_and_then_recorded_as_what_they_were() {
    type Make = fn() -> Reply;
    let cases: [(&str, Make); 7] = [
        ("AnswerCutOff", || Reply::CutOff),
        ("TimedOut", || Reply::Hang),
        ("ConnectionFailed", || Reply::Close),
        ("MalformedAnswer", || Reply::Body(200, "application/x-amz-json-1.1", "{\"LogDelivery".to_owned())),
        ("MalformedAnswer", || Reply::Body(200, "application/x-amz-json-1.1", "[1]".to_owned())),
        ("EmptyAnswer", || Reply::Body(200, "application/x-amz-json-1.1", String::new())),
        ("HttpStatus500", || Reply::Body(500, "text/html", "<html>ann@example.com".to_owned())),
    ];
    for (code, make) in cases {
        let world = world(1);
        let ran = run_with(
            |plan| plan.patience.answer = Duration::from_millis(400),
            move |request| if request.operation == "GetLogDeliveryConfiguration" { make() } else { world(request) },
        );
        assert_eq!(ran.outcomes("GetLogDeliveryConfiguration"), (1..=3).map(|n| (1, n, fails(code))).collect::<Vec<_>>(), "{code}");
        assert_eq!(ran.calls("AdminGetUserAuthFactors").len(), 1, "{code}: the run did not go on");
        assert!(!text_of(&collect::recording(ran.run.path())).contains("ann@example.com"));
    }
}

#[test]
fn a_page_token_that_repeats_ends_the_listing_without_completing_it() {
    let ran = but(30, "ListUsers", |request| {
        let token = request.input.get("PaginationToken").and_then(|t| t.as_str()).map(str::to_owned);
        match token.as_deref() {
            Some("secret-token-6") => Some(Reply::Json(200, json!({"Users": [], "PaginationToken": "secret-token-3"}))),
            _ => None,
        }
    });
    assert_eq!(ran.calls("ListUsers").len(), 3);
    let pool = &ran.snapshot().pools[0];
    assert_eq!(pool.population.chain.complete(1).known().unwrap_err().kind, GapKind::Failed("PageTokenRepeated".to_owned()));
    assert!(ran.notes().contains("a page token came twice"));
}

#[test]
fn where_the_factors_cannot_be_asked_the_user_is_asked_instead() {
    type Make = fn() -> Reply;
    let cases: [(Make, usize); 3] = [
        (|| Reply::Body(500, "text/html", "<html>no such operation".to_owned()), 3),
        (|| error(400, "UnknownOperationException"), 1),
        (|| error(400, "AccessDeniedException"), 1),
    ];
    for (make, attempts) in cases {
        let ran = but(10, "AdminGetUserAuthFactors", move |_| Some(make()));
        assert_eq!(ran.calls("AdminGetUserAuthFactors").len(), attempts);
        assert_eq!(ran.calls("AdminGetUser").len(), readable(10));
        assert!(ran.notes().contains("AdminGetUser is asked instead"));
        let users = &ran.snapshot().pools[0].population.users;
        assert_eq!(users.iter().filter(|u| u.factors.if_read().is_some()).count(), readable(10));
    }
}

#[test]
fn one_user_who_is_gone_changes_nothing_for_the_others() {
    let ran = but(10, "AdminGetUserAuthFactors", |r| (r.input["Username"] == "ann0").then(|| error(400, "UserNotFoundException")));
    assert_eq!(ran.calls("AdminGetUserAuthFactors").len(), readable(10));
    assert_eq!(ran.calls("AdminGetUser").len(), 0);
}

#[test]
fn where_both_ways_are_denied_the_first_user_is_the_last_asked() {
    let world = world(10);
    let ran = run(move |r| if r.operation.starts_with("AdminGet") { error(400, "AccessDeniedException") } else { world(r) });
    assert_eq!((ran.calls("AdminGetUserAuthFactors").len(), ran.calls("AdminGetUser").len()), (1, 1));
    assert!(ran.notes().contains("denied; the other users are not asked for"));
    assert!(ran.snapshot().pools[0].population.users.iter().all(|u| u.factors.if_read().is_none()));
}

#[test]
fn nobody_is_read_beyond_a_thousand_without_consent_and_a_sample_is_drawn() {
    let world = |request: &Request| match request.operation.as_str() {
        "DescribeUserPool" => Reply::Json(200, json!({"UserPool": {"Id": POOL, "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 1001}})),
        _ => world(60)(request),
    };
    let ran = run(world);
    assert_eq!(ran.stub.asked("AdminGetUserAuthFactors"), 0);
    assert!(ran.notes().contains("--accept-mau-cost"));
    let ran = run_with(|plan| plan.accept_mau_cost = true, world);
    assert_eq!(ran.stub.asked("AdminGetUserAuthFactors"), readable(60));
    let sample = |plan: &mut LivePlan| (plan.plan.scope.users.detail, plan.plan.scope.users.sample_rate) = (Detail::Sample, 0.5);
    let drawn = |ran: &Ran| ran.calls("AdminGetUserAuthFactors").iter().map(|c| c.input["Username"].to_string()).collect::<Vec<_>>();
    let first = drawn(&run_with(sample, world));
    assert!((10..readable(60) - 10).contains(&first.len()), "{}", first.len());
    assert_eq!(first, drawn(&run_with(sample, world)), "the sample is not chosen");
}

#[test]
fn a_count_that_differs_is_listed_a_second_time() {
    let ran = but(7, "DescribeUserPool", |_| {
        Some(Reply::Json(200, json!({"UserPool": {"Id": POOL, "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 6}})))
    });
    assert_eq!(ran.outcomes("ListUsers").iter().map(|o| o.0).collect::<Vec<_>>(), [1, 1, 1, 2, 2, 2]);
    assert_eq!(ran.calls("AdminGetUserAuthFactors").len(), 7, "single users are read once");
    let pool = &ran.snapshot().pools[0];
    pool.population.complete(&pool.estimated_before, &pool.estimated_after).unwrap();
}

#[test]
fn two_readings_that_contradict_each_other_are_both_read_again() {
    let ran = but(2, "GetUserPoolMfaConfig", |_| Some(Reply::Json(200, json!({"MfaConfiguration": "OFF"}))));
    assert_eq!(ran.outcomes("GetUserPoolMfaConfig").iter().map(|o| o.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(ran.outcomes("DescribeUserPool").iter().map(|o| o.0).collect::<Vec<_>>(), [1, 2, 3]);
    let pool = &ran.snapshot().pools[0];
    assert!(pool.mfa_mode().is_err());
    assert_eq!(pool.estimated_after.if_read(), Some(&2));
}

#[test]
fn a_pool_that_is_not_there_is_recorded_and_the_next_one_read() {
    let two = |plan: &mut LivePlan| {
        for id in ["us-east-1_AAAAAAAAA", POOL] {
            plan.plan.scope.pools.push(PoolScope::undeclared(PoolId::from(id), Region::from("us-east-1")));
        }
        plan.plan.scope.pools[1].privileged_groups = Some(vec!["admins".to_owned()]);
    };
    let ran = run_with(two, world(2));
    assert_eq!(ran.outcomes("DescribeUserPool")[0], (1, 1, fails("ResourceNotFoundException")));
    assert!(ran.notes().contains("us-east-1_AAAAAAAAA: ResourceNotFoundException"));
    assert_eq!(ran.calls("ListUsersInGroup").len(), 1);
    assert_eq!(ran.stub.asked("ListUserPools"), 1, "also with pools named");
    assert_eq!(ran.snapshot().pools.len(), 2);
}

#[test]
fn a_caller_who_cannot_be_identified_is_unknown() {
    let ran = but(2, "GetCallerIdentity", |_| Some(sns_error(403, "AccessDenied")));
    let snapshot = ran.snapshot();
    assert_eq!(snapshot.pools[0].account.as_str(), "unknown");
    assert!(ran.notes().contains("the caller's account is not known (AccessDenied)"));
}

#[test]
fn credentials_that_expire_stop_the_run_and_it_goes_on_with_new_ones() {
    for stop in [1, 2, 5, 9, 14, 17, 20, 25] {
        let run = tempfile::tempdir().unwrap();
        let world = world(20);
        let count = Mutex::new((0, false));
        let stub = Stub::new(move |request| {
            let mut count = count.lock().unwrap();
            count.0 += 1;
            // The first session ends at the call `stop`; once an identity is asked again, all is well.
            count.1 |= request.operation == "GetCallerIdentity" && count.0 > 1;
            if count.0 >= stop && !count.1 { error(400, "ExpiredTokenException") } else { world(request) }
        });
        let go = || collect::collect_live(&plan(run.path(), scope(), Some(&stub.endpoint)), run.path(), &Silent);
        let stopped = go().unwrap_err();
        assert!(matches!(&stopped, CollectError::Credentials { code, .. } if code == "ExpiredTokenException"), "{stop}: {stopped}");
        assert!(go().unwrap().resumed);
        let snapshot = Snapshot::build(&Recording::folder(&collect::recording(run.path())).unwrap(), &scope()).unwrap();
        let pool = &snapshot.pools[0];
        pool.population.complete(&pool.estimated_before, &pool.estimated_after).unwrap_or_else(|gap| panic!("{stop}: {gap:?}"));
        assert_eq!(pool.population.users.iter().filter(|u| u.factors.if_read().is_some()).count(), readable(20), "{stop}");
        assert_eq!(snapshot.calls.unanswered, [], "{stop}");
    }
}

#[test]
fn a_run_is_not_continued_as_another_one() {
    let ran = run(world(1));
    ran.collected();
    let again = |change: &dyn Fn(&mut LivePlan)| {
        let mut plan = plan(ran.run.path(), scope(), Some(&ran.stub.endpoint));
        change(&mut plan);
        collect::collect_live(&plan, ran.run.path(), &Silent).unwrap_err().to_string()
    };
    assert!(again(&|p| p.plan.scope_digest = "11".repeat(32)).contains("scope digest"));
    assert!(again(&|p| p.plan.challenge = None).contains("challenge"));
    let without_endpoint = again(&|p| std::fs::write(p.profile_file.as_ref().unwrap(), "[default]\nregion = us-east-1\n").unwrap());
    assert!(without_endpoint.contains("endpoint and proxy settings"), "{without_endpoint}");
}

#[test]
fn a_folder_that_cannot_be_written_ends_the_run() {
    let run = tempfile::tempdir().unwrap();
    let stub = Stub::new(world(1));
    let plan = plan(run.path(), scope(), Some(&stub.endpoint));
    std::fs::write(collect::recording(run.path()), "a file where the folder belongs").unwrap();
    let failed = collect::collect_live(&plan, run.path(), &Silent).unwrap_err();
    assert!(matches!(failed, CollectError::Write(_)), "{failed}");
    assert_eq!(stub.requests.lock().unwrap().len(), 0, "nothing is asked before the header stands");
}
