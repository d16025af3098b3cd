//! What is asked of S3 about the buckets of trails: of whose, how often, where, and what is kept of the answers.

use super::stub::{Reply, Request, Stub, world};
use super::{Ran, calls_of, fails, plan, run_with, scope, text_of};
use poolproof::collect::progress::Silent;
use poolproof::collect::{self, LivePlan};
use poolproof::model::fetched::GapKind;
use poolproof::snapshot::bucket::Bucket;
use poolproof::snapshot::lifecycle::When;
use serde_json::{Value, json};

const OPERATIONS: [&str; 3] = ["GetBucketLifecycleConfiguration", "GetObjectLockConfiguration", "GetBucketVersioning"];

/// A trail into a bucket, with these members changed.
fn trail(name: &str, bucket: &str, change: Value) -> Value {
    let mut trail = json!({"Name": name, "TrailARN": format!("arn:aws:cloudtrail:us-west-2:123456789012:trail/{name}"), "HomeRegion": "us-west-2",
        "IsMultiRegionTrail": true, "IsOrganizationTrail": false, "LogFileValidationEnabled": true, "S3BucketName": bucket});
    trail.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    trail
}

fn xml(status: u16, text: &str) -> Reply {
    Reply::Body(status, "application/xml", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}"))
}

fn error(status: u16, code: &str) -> Reply {
    xml(status, &format!("<Error><Code>{code}</Code><Message>hunter2</Message><BucketName>hunter2</BucketName></Error>"))
}

/// What S3 says of a bucket that is as it should be.
fn good(request: &Request) -> Reply {
    match request.operation.as_str() {
        "GetBucketLifecycleConfiguration" => xml(
            200,
            "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>logs</ID><Status>Enabled</Status>\
             <Filter><And><Prefix>AWSLogs/</Prefix><Tag><Key>hunter2</Key><Value>hunter2</Value></Tag></And></Filter>\
             <Expiration><Days>400</Days></Expiration></Rule></LifecycleConfiguration>",
        ),
        "GetObjectLockConfiguration" => error(404, "ObjectLockConfigurationNotFoundError"),
        _ => xml(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    }
}

/// A world with these trails, in which S3 answers so.
fn answer(
    trails: Vec<Value>,
    bucket: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let world = world(1);
    move |request| match request.operation.as_str() {
        "DescribeTrails" => Reply::Json(200, json!({"trailList": trails})),
        "GetTrailStatus" => Reply::Json(200, json!({"IsLogging": true})),
        "GetEventSelectors" => Reply::Json(200, json!({"TrailARN": request.input["TrailName"], "EventSelectors": []})),
        "DescribeConfigurationRecorders" => Reply::Json(200, json!({"ConfigurationRecorders": []})),
        "DescribeConfigurationRecorderStatus" => Reply::Json(200, json!({"ConfigurationRecordersStatus": []})),
        "ListRules" => Reply::Json(200, json!({"Rules": []})),
        operation if OPERATIONS.contains(&operation) => bucket(request),
        _ => world(request),
    }
}

fn with(trails: Vec<Value>, bucket: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Ran {
    run_with(|plan| plan.plan.scope.collect.logging = true, answer(trails, bucket))
}

/// Region, operation and bucket of every question to S3.
fn asked(stub: &Stub) -> Vec<(String, String, String)> {
    let requests = stub.requests.lock().unwrap();
    let of_s3 = requests.iter().filter(|r| OPERATIONS.contains(&r.operation.as_str()));
    of_s3.map(|r| (r.region.clone(), r.operation.clone(), r.input["Bucket"].as_str().unwrap().to_owned())).collect()
}

fn all(region: &str, bucket: &str) -> Vec<(String, String, String)> {
    OPERATIONS.iter().map(|operation| (region.to_owned(), (*operation).to_owned(), bucket.to_owned())).collect()
}

fn bucket(ran: &Ran, name: &str) -> Bucket {
    let snapshot = ran.snapshot();
    snapshot.bucket(&snapshot.pools[0].account, name)
}

#[test]
fn a_trail_s_bucket_is_asked_once_where_the_trail_is_at_home_and_as_one_of_this_account() {
    let trails = vec![trail("all", "our.logs", json!({})), trail("again", "our.logs", json!({}))];
    let ran = with(trails, good);
    let found = bucket(&ran, "our.logs");
    assert_eq!(asked(&ran.stub), all("us-west-2", "our.logs"));
    let requests = ran.stub.requests.lock().unwrap();
    let of_s3: Vec<&Request> = requests.iter().filter(|r| r.input.get("Owner").is_some()).collect();
    assert!(of_s3.iter().all(|r| r.input["Owner"] == "123456789012" && r.user_agent.contains("poolproof-r_abcdefghijklmnopqrstuvwxyz")));
    let signed = ran.stub.signed.lock().unwrap().clone();
    assert!(signed.contains(&("our.logs?lifecycle".to_owned(), "s3".to_owned())), "{signed:?}");
    let rules = found.rules.needed().unwrap();
    let rule = rules[0].needed().unwrap();
    assert_eq!((rule.prefix.as_str(), rule.narrowed, rule.expires), ("AWSLogs/", true, Some(When::After(400))));
    assert_eq!((found.lock.known(), found.versioning.needed().map(String::as_str)), (Ok(None), Ok("Enabled")));
    // No lock is an answer, not a question that stayed open.
    assert_eq!(ran.snapshot().calls.unanswered, []);
    assert!(!text_of(&collect::recording(ran.run.path())).contains("hunter2"));
}

#[test]
fn nobody_else_s_bucket_is_asked_about() {
    let foreign = json!({"TrailARN": "arn:aws:cloudtrail:us-west-2:210987654321:trail/foreign"});
    let trails = vec![
        trail("organisation", "logs-1", json!({"IsOrganizationTrail": true})),
        trail("unclear", "logs-2", json!({"IsOrganizationTrail": null})),
        trail("foreign", "logs-3", foreign),
        trail("hostile", "../logs?x", json!({})),
    ];
    let ran = with(trails, good);
    ran.collected();
    assert_eq!(asked(&ran.stub), []);
    let unknown = run_with(|plan| plan.plan.scope.collect.logging = true, {
        let known = answer(vec![trail("all", "logs", json!({}))], good);
        move |r| if r.operation == "GetCallerIdentity" { super::stub::sns_error(403, "AccessDenied") } else { known(r) }
    });
    unknown.collected();
    assert_eq!(asked(&unknown.stub), []);
}

#[test]
fn a_bucket_of_another_region_is_asked_there_once() {
    let moved = |request: &Request| if request.region == "eu-north-1" { good(request) } else { Reply::Moved("eu-north-1") };
    let ran = with(vec![trail("all", "logs", json!({}))], moved);
    let found = bucket(&ran, "logs");
    let first = ("us-west-2".to_owned(), OPERATIONS[0].to_owned(), "logs".to_owned());
    assert_eq!(asked(&ran.stub), [vec![first], all("eu-north-1", "logs")].concat());
    assert_eq!(found.rules.needed().unwrap().len(), 1);
    assert_eq!(ran.snapshot().calls.unanswered, []);

    // A run that was stopped before the second region was asked goes on there.
    let segment = collect::recording(ran.run.path()).join("123456789012.eu-north-1.jsonl");
    std::fs::write(&segment, "").unwrap();
    let mut again: LivePlan = plan(ran.run.path(), scope(), Some(&ran.stub.endpoint));
    again.plan.scope.collect.logging = true;
    collect::collect_live(&again, ran.run.path(), &Silent).unwrap();
    assert_eq!(bucket(&ran, "logs").rules.needed().unwrap().len(), 1);
}

#[test]
fn a_bucket_that_is_sent_round_in_circles_or_to_nowhere_is_a_gap() {
    for to in ["us-west-2", "../eu", "", "eu-north-1"] {
        let ran = with(vec![trail("all", "logs", json!({}))], move |_| Reply::Moved(to));
        assert_eq!(bucket(&ran, "logs").rules.known().unwrap_err().kind, GapKind::Failed("PermanentRedirect".to_owned()), "{to}");
        assert!(asked(&ran.stub).len() <= 5, "{to}: {:?}", asked(&ran.stub));
    }
}

#[test]
fn a_bucket_that_may_not_be_looked_at_is_a_gap_and_stops_nothing() {
    let ran = with(vec![trail("all", "logs", json!({}))], |_| error(403, "AccessDenied"));
    let found = bucket(&ran, "logs");
    let denied = GapKind::Denied("AccessDenied".to_owned());
    assert_eq!(found.rules.known().unwrap_err().kind, denied);
    assert_eq!(found.lock.known().unwrap_err().kind, denied);
    assert_eq!(ran.outcomes("GetBucketVersioning"), [(1, 1, fails("AccessDenied"))]);
    assert!(ran.stub.asked("GetSMSSandboxAccountStatus") > 0, "the run did not go on");
}

#[test]
fn an_answer_that_is_not_s3_s_is_none() {
    for (body, code) in [("<html>hunter2</html>", "MalformedAnswer"), ("<VersioningConfiguration/>", "MalformedAnswer")] {
        let ran = with(vec![trail("all", "logs", json!({}))], move |r| if r.operation == OPERATIONS[0] { xml(200, body) } else { good(r) });
        let calls = calls_of(ran.run.path());
        let last = calls.iter().rfind(|c| c.operation == OPERATIONS[0]).unwrap();
        assert_eq!((last.attempt, last.error.as_deref()), (3, Some(code)));
        assert!(bucket(&ran, "logs").rules.known().is_err());
    }
}
