//! What is asked about CloudTrail, its log, its log groups, AWS Config and EventBridge, and what a refusal leaves.

use super::stub::{POOL, Reply, error, world};
use super::{Ran, run, run_with, text_of};
use poolproof::collect;
use poolproof::model::fetched::GapKind;
use poolproof::snapshot::retention::Place;
use poolproof::snapshot::watch::{Follows, Matches};
use serde_json::{Value, json};

#[test]
fn the_log_is_looked_up_name_by_name_and_page_by_page() {
    let world = world(3);
    let ran = run_with(
        |plan| plan.plan.scope.collect.trail = true,
        move |request| {
            if request.operation != "LookupEvents" {
                return world(request);
            }
            let name = request.input["LookupAttributes"][0]["AttributeValue"].as_str().unwrap().to_owned();
            assert_eq!(
                (&request.input["LookupAttributes"][0]["AttributeKey"], &request.input["MaxResults"]),
                (&json!("EventName"), &json!(50))
            );
            let event = |time: &str, mode: &str| {
                let record = json!({"eventTime": time, "eventID": time, "eventName": name, "eventSource": "cognito-idp.amazonaws.com",
                    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jane"},
                    "requestParameters": {"userPoolId": POOL, "mfaConfiguration": mode}});
                json!({"EventName": name, "Username": "jane", "CloudTrailEvent": record.to_string()})
            };
            Reply::Json(
                200,
                match (name.as_str(), request.input.get("NextToken")) {
                    ("SetUserPoolMfaConfig", None) => json!({"Events": [event("2026-10-02T10:00:00Z", "ON")], "NextToken": "more"}),
                    ("SetUserPoolMfaConfig", Some(_)) => json!({"Events": [event("2026-10-01T10:00:00Z", "OFF")]}),
                    _ => json!({"Events": []}),
                },
            )
        },
    );
    let snapshot = ran.snapshot();
    let trail = snapshot.trail_of(&snapshot.pools[0]).unwrap();
    let modes: Vec<_> = trail.events.iter().map(|e| e.mode.as_deref().unwrap()).collect();
    assert_eq!(modes, ["OFF", "ON"]);
    assert_eq!(trail.covered().len(), 1, "{:?}", trail.lookup_gap());
    assert_eq!(ran.stub.asked("LookupEvents"), 21);
    assert!(!text_of(&collect::recording(ran.run.path())).contains("jane"));
}

#[test]
fn a_log_that_may_not_be_read_is_asked_once_and_covers_nothing() {
    let world = world(3);
    let ran = run_with(
        |plan| plan.plan.scope.collect.trail = true,
        move |request| if request.operation == "LookupEvents" { error(400, "AccessDeniedException") } else { world(request) },
    );
    let snapshot = ran.snapshot();
    assert_eq!(ran.stub.asked("LookupEvents"), 1);
    assert!(snapshot.trail_of(&snapshot.pools[0]).unwrap().covered().is_empty());
    assert!(ran.notes().contains("LookupEvents: AccessDeniedException"), "{}", ran.notes());
}

/// What the world has of trails: one that is on and records everything.
const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:123456789012:trail/all";

/// A log group of the world's account.
fn group(region: &str, name: &str) -> String {
    format!("arn:aws:logs:{region}:123456789012:log-group:{name}:*")
}

/// The world's rules: name, state, pattern. Of the first alone the targets are worth asking for.
const RULES: [(&str, &str, &str); 4] = [
    ("pools", "ENABLED", r#"{"source": ["aws.cognito-idp"], "detail": {"eventName": ["UpdateUserPool"]}}"#),
    ("off", "DISABLED", r#"{"source": ["aws.cognito-idp"]}"#),
    ("other", "ENABLED", r#"{"source": ["aws.s3"]}"#),
    (
        "secret",
        "ENABLED",
        r#"{"source": ["aws.cognito-idp"], "detail": {"eventName": [{"prefix": "hunter2"}], "userIdentity": {"arn": ["hunter2"]}}}"#,
    ),
];

fn with_trails(denied: &'static str) -> Ran {
    let world = world(3);
    run_with(
        |plan| plan.plan.scope.collect.logging = true,
        move |request| match request.operation.as_str() {
            operation if operation == denied => error(400, "AccessDeniedException"),
            "DescribeTrails" => Reply::Json(
                200,
                json!({"trailList": [{"Name": "all", "TrailARN": TRAIL, "HomeRegion": "us-east-1", "IsMultiRegionTrail": true,
                    "LogFileValidationEnabled": true, "IsOrganizationTrail": true, "S3BucketName": "bucket", "CloudWatchLogsLogGroupArn": group("us-west-2", "trail")}]}),
            ),
            "GetTrailStatus" if request.input == json!({"Name": TRAIL}) => Reply::Json(200, json!({"IsLogging": true})),
            "GetEventSelectors" if request.input == json!({"TrailName": TRAIL}) => {
                Reply::Json(200, json!({"TrailARN": TRAIL, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]}))
            }
            "GetLogDeliveryConfiguration" => {
                let entry = |arn: String| json!({"EventSource": "userAuthEvents", "LogLevel": "INFO", "CloudWatchLogsConfiguration": {"LogGroupArn": arn}});
                let foreign = group("us-east-1", "pool").replace("123456789012", "210987654321");
                let list = [entry(group("us-east-1", "/pool")), entry(foreign)];
                Reply::Json(200, json!({"LogDeliveryConfiguration": {"UserPoolId": POOL, "LogConfigurations": list}}))
            }
            "DescribeConfigurationRecorders" => {
                let recorder = json!({"name": "default", "roleARN": "hunter2", "recordingGroup": {"allSupported": true}});
                Reply::Json(200, json!({"ConfigurationRecorders": [recorder]}))
            }
            "DescribeConfigurationRecorderStatus" => {
                let status = json!({"name": "default", "recording": true, "lastStatus": "SUCCESS", "lastErrorMessage": "hunter2"});
                Reply::Json(200, json!({"ConfigurationRecordersStatus": [status]}))
            }
            "ListRules" => Reply::Json(
                200,
                json!({"Rules": RULES.map(|(name, state, pattern)| {
                    json!({"Name": name, "State": state, "EventPattern": pattern, "Description": "hunter2", "RoleArn": "hunter2"})
                })}),
            ),
            "ListTargetsByRule" => Reply::Json(200, json!({"Targets": [{"Id": "1", "Arn": "hunter2", "Input": "hunter2"}]})),
            // Page by page, of which the first is of another log group.
            "DescribeLogGroups" => {
                let name = request.input["logGroupNamePrefix"].as_str().unwrap();
                let (name, next) = match request.input.get("nextToken") {
                    None => (format!("{name}-2"), json!("secret-token")),
                    Some(_) => (name.to_owned(), Value::Null),
                };
                let kept = json!({"arn": group(&request.region, &name), "retentionInDays": 400, "kmsKeyId": "hunter2"});
                Reply::Json(200, json!({"logGroups": [kept], "nextToken": next}))
            }
            _ => world(request),
        },
    )
}

#[test]
fn log_groups_of_this_account_are_asked_about_where_they_are() {
    let ran = with_trails("");
    let asked = ran.stub.requests.lock().unwrap().clone();
    let asked: Vec<(String, Value)> =
        asked.into_iter().filter(|r| r.operation == "DescribeLogGroups").map(|r| (r.region, r.input)).collect();
    let of = |region: &str, name: &str| {
        let first = json!({"logGroupNamePrefix": name, "limit": 50});
        let second = json!({"logGroupNamePrefix": name, "limit": 50, "nextToken": "secret-token"});
        [(region.to_owned(), first), (region.to_owned(), second)]
    };
    assert_eq!(asked, [of("us-east-1", "/pool"), of("us-west-2", "trail")].concat());
    let snapshot = ran.snapshot();
    let pool = &snapshot.pools[0];
    for arn in [group("us-east-1", "/pool"), group("us-west-2", "trail")] {
        let found = snapshot.log_group(&pool.account, &Place::of(&arn).unwrap());
        assert_eq!(found.needed().unwrap().days.needed(), Ok(&400), "{arn}");
    }
    let recorded = text_of(&collect::recording(ran.run.path()));
    assert!(!recorded.contains("hunter2") && !recorded.contains("secret-token"));
    // The request goes to the service's own target, signed for it, and says which run it is of.
    let signed = ran.stub.signed.lock().unwrap().clone();
    assert!(signed.contains(&("Logs_20140328.DescribeLogGroups".to_owned(), "logs".to_owned())), "{signed:?}");
    let request = ran.stub.requests.lock().unwrap().iter().find(|r| r.operation == "DescribeLogGroups").cloned().unwrap();
    assert!(request.user_agent.contains("poolproof-r_abcdefghijklmnopqrstuvwxyz"), "{}", request.user_agent);
}

#[test]
fn log_groups_that_may_not_be_looked_at_are_a_gap_and_stop_nothing() {
    let ran = with_trails("DescribeLogGroups");
    let snapshot = ran.snapshot();
    let pool = &snapshot.pools[0];
    let found = snapshot.log_group(&pool.account, &Place::of(&group("us-west-2", "trail")).unwrap());
    assert_eq!(found.known().unwrap_err().kind, GapKind::Denied("AccessDeniedException".to_owned()));
    assert!(pool.population.complete(&pool.estimated_before, &pool.estimated_after).is_ok());
}

#[test]
fn each_trail_is_asked_by_its_arn() {
    let ran = with_trails("");
    let snapshot = ran.snapshot();
    let logging = snapshot.logging_of(&snapshot.pools[0]);
    let [trail] = logging.trails.all().unwrap() else { panic!("{:?}", logging.trails) };
    assert_eq!((trail.name.as_str(), trail.on.needed(), trail.validated.needed()), ("all", Ok(&true), Ok(&true)));
    let records = trail.records.needed().unwrap();
    assert!(records.reads && records.writes && !records.unclear);
}

#[test]
fn a_trail_that_may_not_be_looked_at_is_a_gap_and_stops_nothing() {
    let ran = with_trails("GetTrailStatus");
    let snapshot = ran.snapshot();
    let trail = &snapshot.logging_of(&snapshot.pools[0]).trails.items[0];
    assert_eq!(trail.on.known().unwrap_err().kind, GapKind::Denied("AccessDeniedException".to_owned()));
    assert!(trail.records.known().is_ok());
}

#[test]
fn without_logging_no_trail_is_asked_about() {
    let ran = run(world(3));
    assert_eq!(ran.stub.asked("DescribeTrails"), 0);
    let snapshot = ran.snapshot();
    assert!(snapshot.logging_of(&snapshot.pools[0]).trails.never_asked_for());
}

#[test]
fn only_a_rule_that_surely_matches_is_asked_for_its_targets() {
    let ran = with_trails("");
    let asked = ran.stub.requests.lock().unwrap().clone();
    let asked: Vec<Value> = asked.into_iter().filter(|r| r.operation == "ListTargetsByRule").map(|r| r.input).collect();
    assert_eq!(asked, [json!({"Rule": "pools"})]);
    let snapshot = ran.snapshot();
    let watch = snapshot.logging_of(&snapshot.pools[0]).watch;
    assert_eq!(watch.rules.all().unwrap().len(), RULES.len());
    let pools = watch.rules.items.iter().find(|r| r.name == "pools").unwrap();
    assert_eq!((&pools.matches, pools.targets.needed()), (&Matches::These(vec!["UpdateUserPool"]), Ok(&1)));
    let [recorder] = watch.recorders.needed().unwrap().as_slice() else { panic!("{:?}", watch.recorders) };
    assert_eq!((&recorder.pools, recorder.on.needed()), (&Follows::Yes, Ok(&true)));
    assert!(!text_of(&collect::recording(ran.run.path())).contains("hunter2"));
    let signed = ran.stub.signed.lock().unwrap().clone();
    for (target, service) in [("StarlingDoveService.DescribeConfigurationRecorders", "config"), ("AWSEvents.ListRules", "events")] {
        assert!(signed.contains(&(target.to_owned(), service.to_owned())), "{signed:?}");
    }
}
