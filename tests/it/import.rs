//! Import of folders of the AWS CLI: AWS's own samples, and what people leave in such folders.

use poolproof::collect::import::{ImportError, import};
use poolproof::collect::progress::Silent;
use poolproof::collect::{self, Plan};
use poolproof::model::fetched::GapKind;
use poolproof::model::id::PoolId;
use poolproof::model::scope::{Period, PoolScope, PrivacyMode, Scope};
use poolproof::recording::header::{Attempts, Source};
use poolproof::recording::line::Call;
use poolproof::recording::pseudonym::Pseudonyms;
use poolproof::recording::read::Recording;
use poolproof::snapshot::Snapshot;
use poolproof::snapshot::retention::Place;
use serde_json::json;
use std::path::{Path, PathBuf};

const POOL: &str = "us-west-2_EXAMPLE";

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/awscli/as-published")
}

fn scope() -> Scope {
    let day = |text: &str| text.parse().unwrap();
    Scope::undeclared(Period { label: "2026-Q4".to_owned(), from: day("2026-10-01"), to: day("2026-12-31") })
}

/// A plan for a run in this folder.
pub fn plan(run: &Path, scope: Scope) -> Plan {
    Plan {
        run_id: "r_abcdefghijklmnopqrstuvwxyz".to_owned(),
        scope,
        scope_digest: "00".repeat(32),
        catalogue_digest: "00".repeat(32),
        challenge: None,
        begun: None,
        changes: None,
        previous: None,
        attempts: Attempts::default(),
        pseudonyms: Pseudonyms::new(PrivacyMode::Pseudonym, [7; 32], collect::join_key(run).unwrap()),
    }
}

/// AWS's samples as the files of one pool: one pool id, the group in a file's name, without what is refused.
fn one_pool() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(samples()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap().replace("us-west-2_aaaaaaaaa", POOL).replace("us-west-2_EXAMPLE1", POOL);
        match name.as_str() {
            "list-users.2.json" | "admin-list-devices.json" => continue,
            "list-users-in-group.json" => std::fs::write(folder.path().join("list-users-in-group.testgroup.json"), text).unwrap(),
            _ => std::fs::write(folder.path().join(name), text).unwrap(),
        }
    }
    folder
}

struct Done {
    run: tempfile::TempDir,
    result: Result<collect::Collected, ImportError>,
}

fn run(from: &Path, scope: Scope) -> Done {
    let run = tempfile::tempdir().unwrap();
    let at = poolproof::clock::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
    let result = import(&plan(run.path(), scope), from, run.path(), at, &Silent);
    Done { run, result }
}

impl Done {
    fn problems(&self) -> Vec<String> {
        assert!(!collect::recording(self.run.path()).exists(), "something was written");
        match &self.result {
            Err(ImportError::Refused { problems, .. }) => problems.iter().map(ToString::to_string).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("imported"),
        }
    }
    fn calls(&self) -> Vec<Call> {
        self.result.as_ref().unwrap_or_else(|e| panic!("{e}"));
        let recording = Recording::folder(&collect::recording(self.run.path())).unwrap();
        assert_eq!(recording.header.source, Source::Import);
        recording.segments().iter().flat_map(|s| recording.calls(s).unwrap().collect::<Result<Vec<_>, _>>().unwrap()).collect()
    }
    fn snapshot(&self) -> Snapshot {
        self.result.as_ref().unwrap_or_else(|e| panic!("{e}"));
        Snapshot::build(&Recording::folder(&collect::recording(self.run.path())).unwrap(), &scope()).unwrap()
    }
}

fn write(folder: &Path, name: &str, content: serde_json::Value) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, serde_json::to_vec(&content).unwrap()).unwrap();
}

#[test]
fn aws_s_samples_as_published_are_refused_file_by_file() {
    let problems = run(&samples(), scope()).problems();
    let about = |file: &str| problems.iter().find(|p| p.starts_with(&format!("{file}: "))).cloned().unwrap_or_default();
    assert!(about("list-users.2.json").contains("bare list"), "{problems:#?}");
    assert!(about("admin-list-devices.json").contains("put each pool's files into a folder"), "{problems:#?}");
    assert!(about("get-user-pool-mfa-config.json").contains("put each pool's files into a folder"), "{problems:#?}");
}

#[test]
fn aws_s_samples_of_one_pool_become_a_snapshot() {
    let folder = one_pool();
    let done = run(folder.path(), scope());
    let snapshot = done.snapshot();
    assert_eq!(snapshot.pools.len(), 1);
    let pool = &snapshot.pools[0];
    assert_eq!((pool.id.as_str(), pool.account.as_str()), (POOL, "123456789012"));
    assert_eq!(pool.mfa_configuration.if_read().map(String::as_str), Some("OPTIONAL"));
    assert_eq!(pool.population.users.len(), 3);
    assert_eq!(pool.sns_region.if_read().map(String::as_str), Some("us-west-2"));
    assert_eq!(snapshot.sms.len(), 1, "SNS is of the pool's SNS region");
    // Listings with a token left have not ended, and what the folder lacks was never asked.
    assert!(pool.population.chain.complete(1).known().is_err());
    assert!(pool.clients.all().is_err());
    assert!(pool.groups.all().is_err());
    assert_eq!(snapshot.sms.values().next().unwrap().in_sandbox.known().unwrap_err().kind.words(), "not asked");
    assert_eq!(pool.members.keys().collect::<Vec<_>>(), ["testgroup"]);
    for call in done.calls() {
        assert_eq!((call.origin, call.status, call.error), (None, None, None), "{}", call.operation);
    }
}

#[test]
fn no_identity_or_secret_of_the_samples_is_in_the_recording() {
    let folder = one_pool();
    let done = run(folder.path(), scope());
    done.calls();
    let mut text = String::new();
    for entry in std::fs::read_dir(collect::recording(done.run.path())).unwrap() {
        text += &std::fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    for secret in [
        "CLIENT_SECRET",
        "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111",
        "testuser",
        "jane@example.com",
        "+15555550100",
        "+01115551212",
        "efgh5678EXAMPLE",
        "diego@example.com",
        "AIDASAMPLEUSERID",
        "eaad0219-2117-439f-8d46-4db20e59268f",
        "4320de44-2322-4620-999b-5e2e1c8df013",
        "{####}",
        "arn:aws:iam::123456789012:role",
        "arn:aws:lambda",
    ] {
        assert!(!text.contains(secret), "{secret} is in the recording");
    }
}

#[test]
fn dates_of_either_version_of_the_cli_read_the_same() {
    let old = one_pool();
    let new = one_pool();
    let path = new.path().join("list-users.1.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("1682955829.578"));
    std::fs::write(&path, text.replace("1682955829.578", "\"2023-05-01T17:43:49.578000+02:00\"")).unwrap();
    let created = |folder: &Path| {
        let snapshot = run(folder, scope()).snapshot();
        let user = snapshot.pools[0].population.users.iter().find(|u| u.modified == "2023-07-10".parse().ok()).unwrap().clone();
        user.created
    };
    assert_eq!(created(old.path()), created(new.path()));
    assert_eq!(created(new.path()), "2023-05-01".parse().ok());
}

fn user(name: &str) -> serde_json::Value {
    json!({"Username": name, "Enabled": true, "UserStatus": "CONFIRMED", "UserCreateDate": 1.0, "UserLastModifiedDate": 1.0,
        "Attributes": [{"Name": "sub", "Value": format!("sub-of-{name}")}]})
}

/// A pool with MFA OFF, two pages of users, and the factors of both.
fn two_pages() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content| write(folder.path(), name, content);
    let pool = json!({"UserPool": {"Id": POOL, "Name": "a", "MfaConfiguration": "OFF", "EstimatedNumberOfUsers": 2, "Policies": {},
        "CreationDate": 1.6e9, "LastModifiedDate": 1.6e9}});
    at("describe-user-pool.json", pool.clone());
    at("describe-user-pool-after.json", pool);
    at("get-user-pool-mfa-config.json", json!({"MfaConfiguration": "OFF"}));
    at("list-users.2.json", json!({"Users": [user("bob")]}));
    at("list-users.1.json", json!({"Users": [user("ann")], "NextToken": "tok"}));
    at(
        "admin-get-user-auth-factors-ann.json",
        json!({"Username": "ann", "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"], "ConfiguredUserAuthFactors": ["PASSWORD"]}),
    );
    at("admin-get-user_bob.json", json!({"Username": "bob", "UserStatus": "CONFIRMED", "Enabled": true, "UserAttributes": []}));
    folder
}

#[test]
fn pages_are_chained_and_factors_belong_to_their_users() {
    let folder = two_pages();
    let done = run(folder.path(), scope());
    let operations: Vec<String> = done.calls().iter().map(|c| format!("{} {}", c.operation, c.pass)).collect();
    assert_eq!(
        operations,
        [
            "DescribeUserPool 1",
            "DescribeUserPool 2",
            "GetUserPoolMfaConfig 1",
            "ListUsers 1",
            "AdminGetUserAuthFactors 1",
            "ListUsers 1",
            "AdminGetUser 1"
        ]
    );
    let snapshot = done.snapshot();
    let pool = &snapshot.pools[0];
    pool.population.complete(&pool.estimated_before, &pool.estimated_after).unwrap();
    assert!(pool.population.users.iter().all(|u| u.factors.if_read().is_some()));
    assert_eq!(snapshot.pools[0].account.as_str(), "unknown");
}

#[test]
fn sign_ins_and_devices_belong_to_the_user_that_their_file_is_named_after() {
    let folder = two_pages();
    let at = |name: &str, content| write(folder.path(), name, content);
    let event =
        |day: &str| json!({"EventType": "SignIn", "EventResponse": "Pass", "CreationDate": day, "EventContextData": {"City": "Atlantis"}});
    at("admin-list-user-auth-events.ann.1.json", json!({"AuthEvents": [event("2026-05-01T10:00:00+00:00")], "NextToken": "more"}));
    at("admin-list-user-auth-events.ann.2.json", json!({"AuthEvents": [event("2026-07-01T10:00:00+00:00")]}));
    std::fs::copy(samples().join("admin-list-devices.json"), folder.path().join("admin-list-devices.bob.json")).unwrap();
    let done = run(folder.path(), scope());
    let snapshot = done.snapshot();
    let users = &snapshot.pools[0].population.users;
    let events: Vec<_> =
        users.iter().filter_map(|u| u.events.if_read()).map(|a| (a.last.as_ref().unwrap().0.to_string(), a.whole)).collect();
    assert_eq!(events, [("2026-07-01".to_owned(), true)]);
    let devices: Vec<_> = users.iter().filter_map(|u| u.devices.if_read()).map(|a| a.last.as_ref().unwrap().0.to_string()).collect();
    assert_eq!(devices, ["2024-05-07"]);
    for secret in ["Atlantis", "MyDevice", "192.0.2.1", "EXAMPLE11111", "remembered"] {
        assert!(done.calls().iter().all(|c| !format!("{:?}", c.answer).contains(secret)), "{secret}");
    }
    // An alias, or nobody's name, would make the answer nobody's.
    at("admin-list-devices.json", json!({"Devices": []}));
    at("admin-list-devices.ann@example.com.json", json!({"Devices": []}));
    let problems = run(folder.path(), scope()).problems();
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems.iter().all(|p| p.contains("name it admin-list-devices.USERNAME.json")), "{problems:#?}");
}

#[test]
fn a_listing_that_ends_cannot_go_on() {
    let folder = two_pages();
    write(folder.path(), "list-users.1.json", json!({"Users": [user("ann")]}));
    let problems = run(folder.path(), scope()).problems();
    assert_eq!(problems, ["list-users.2.json: the file before it is a whole listing already: it has no page token to go on with"]);
}

#[test]
fn pools_are_told_apart_by_folders() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content| write(folder.path(), name, content);
    for pool in ["eu-west-1_A", "us-east-1_B"] {
        at(&format!("{pool}/get-user-pool-mfa-config.json"), json!({"MfaConfiguration": "ON"}));
        at(&format!("{pool}/list-users.json"), json!({"Users": []}));
    }
    at("eu-west-1/get-sms-sandbox-account-status.json", json!({"IsInSandbox": false}));
    let snapshot = run(folder.path(), scope()).snapshot();
    assert_eq!(snapshot.pools.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["eu-west-1_A", "us-east-1_B"]);
    assert_eq!(snapshot.sms.keys().map(|(_, r)| r.as_str()).collect::<Vec<_>>(), ["eu-west-1"]);
    // A pool that the scope does not name is left out.
    let mut named = scope();
    let id = PoolId::from("us-east-1_B");
    named.pools.push(PoolScope::undeclared(id.clone(), id.region().unwrap()));
    let done = run(folder.path(), named);
    assert_eq!(done.result.as_ref().unwrap().pools, 1);
}

#[test]
fn whatever_is_not_understood_is_refused_by_name_and_nothing_is_written() {
    let folder = two_pages();
    let at = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    at("notes.txt", b"hello");
    at("describe-user.json", b"{}");
    at("list-groups.json", b"");
    at("list-identity-providers.json", b"Providers:\n- x");
    at("list-user-pool-clients.json", b"[]");
    at("get-log-delivery-configuration.json", b"\"x\"");
    at("get-sms-attributes.json", b"\xff\xfe{\x00}\x00");
    at("get-caller-identity.json", br#"{"Account": "12"}"#);
    at("list-users-in-group.json", br#"{"Users": []}"#);
    at(
        "eu-west-1_Other/describe-user-pool.json",
        br#"{"UserPool": {"Id": "eu-west-1_Another", "Name": "a", "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 0, "Policies": {},
            "CreationDate": 1.6e9, "LastModifiedDate": 1.6e9}}"#,
    );
    at("describe-user-pool-3.json", br#"{"UserPool": {"Id": "eu-west-1_Another", "Name": "cut by --query"}}"#);
    at("somewhere/list-groups.json", br#"{"Groups": []}"#);
    at("describe-user-pool-2.json", br#"{"error": "hunter2"}"#);
    let problems = run(folder.path(), scope()).problems();
    let expected = [
        ("notes.txt", "no .json file"),
        ("describe-user.json", "none of the commands"),
        ("list-groups.json", "empty"),
        ("list-identity-providers.json", "not JSON"),
        ("list-user-pool-clients.json", "bare list"),
        ("get-log-delivery-configuration.json", "no JSON object"),
        ("get-sms-attributes.json", "UTF-16"),
        ("get-caller-identity.json", "twelve digits"),
        ("list-users-in-group.json", "which group"),
        ("eu-west-1_Other/describe-user-pool.json", "another pool"),
        ("somewhere/list-groups.json", "not named after a pool id"),
        ("describe-user-pool-2.json", "\"UserPool\" is missing"),
        ("describe-user-pool-3.json", "\"UserPool.Policies\" is missing; run the command again without --query"),
    ];
    for (file, why) in expected {
        assert!(problems.iter().any(|p| p.starts_with(&format!("{file}: ")) && p.contains(why)), "{file}: {why}\n{problems:#?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    assert!(!problems.concat().contains("hunter2"));
}

#[test]
fn an_empty_folder_says_what_to_put_there() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(folder.path(), scope());
    assert!(matches!(done.result, Err(ImportError::Empty(_))));
}

#[test]
fn an_interrupted_import_goes_on_with_the_same_files_only() {
    let folder = two_pages();
    let done = run(folder.path(), scope());
    let whole = done.calls();
    let path = collect::recording(done.run.path()).join(format!("unknown.us-west-2.{POOL}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split_inclusive('\n').take(3).collect::<String>()).unwrap();
    let at = poolproof::clock::parse_rfc3339("2026-11-24T10:00:00Z").unwrap();
    let again = || import(&plan(done.run.path(), scope()), folder.path(), done.run.path(), at, &Silent);
    assert!(again().unwrap().resumed);
    assert_eq!(done.calls(), whole);
    write(folder.path(), "get-user-pool-mfa-config.json", json!({"MfaConfiguration": "ON"}));
    assert!(again().unwrap_err().to_string().contains("imported files"));
}

#[test]
fn a_trail_s_status_is_joined_with_its_trail_by_the_name_of_the_file() {
    let folder = two_pages();
    let arn = "arn:aws:cloudtrail:us-west-2:123456789012:trail/all";
    let trails = json!({"trailList": [{"Name": "all", "TrailARN": arn, "HomeRegion": "us-west-2", "LogFileValidationEnabled": true}]});
    write(folder.path(), "describe-trails.json", trails);
    write(folder.path(), "get-trail-status.all.json", json!({"IsLogging": true}));
    write(folder.path(), "get-event-selectors.json", json!({"TrailARN": arn, "EventSelectors": [{"ReadWriteType": "WriteOnly"}]}));
    let snapshot = run(folder.path(), scope()).snapshot();
    let logging = snapshot.logging_of(&snapshot.pools[0]);
    let [trail] = logging.trails.all().unwrap() else { panic!("{:?}", logging.trails) };
    assert_eq!(trail.on.needed(), Ok(&true));
    let records = trail.records.needed().unwrap();
    assert!(records.writes && !records.reads);

    std::fs::rename(folder.path().join("get-trail-status.all.json"), folder.path().join("get-trail-status.json")).unwrap();
    let problems = run(folder.path(), scope()).problems();
    assert!(problems.iter().any(|p| p.contains("get-trail-status.TRAIL.json")), "{problems:?}");
}

#[test]
fn the_log_groups_of_a_region_are_one_file() {
    let folder = two_pages();
    let arn = "arn:aws:logs:us-west-2:123456789012:log-group:/trail";
    let groups = json!({"logGroups": [{"logGroupName": "/trail", "arn": format!("{arn}:*"), "retentionInDays": 30}]});
    write(folder.path(), "describe-log-groups.json", groups);
    let snapshot = run(folder.path(), scope()).snapshot();
    let place = Place::of(arn).unwrap();
    let account = &snapshot.pools[0].account;
    assert_eq!(snapshot.log_group(account, &place).needed().unwrap().days.needed(), Ok(&30));
    let missing = snapshot.log_group(account, &Place { name: "/other".to_owned(), ..place });
    assert_eq!(missing.known().unwrap_err().kind, GapKind::Failed("LogGroupNotListed".to_owned()));
}

#[test]
fn the_targets_of_a_rule_are_joined_by_the_name_of_the_file() {
    let folder = two_pages();
    let pattern = json!({"source": ["aws.cognito-idp"]}).to_string();
    write(folder.path(), "list-rules.json", json!({"Rules": [{"Name": "pools-1", "State": "ENABLED", "EventPattern": pattern}]}));
    write(folder.path(), "list-targets-by-rule.pools-1.json", json!({"Targets": [{"Id": "1", "Arn": "arn"}]}));
    write(folder.path(), "describe-configuration-recorders.json", json!({"ConfigurationRecorders": []}));
    write(folder.path(), "describe-configuration-recorder-status.json", json!({"ConfigurationRecordersStatus": []}));
    let snapshot = run(folder.path(), scope()).snapshot();
    let watch = snapshot.logging_of(&snapshot.pools[0]).watch;
    assert_eq!(watch.rules.all().unwrap()[0].targets.needed(), Ok(&1));
    assert!(watch.recorders.needed().unwrap().is_empty());

    std::fs::rename(folder.path().join("list-targets-by-rule.pools-1.json"), folder.path().join("list-targets-by-rule.json")).unwrap();
    let problems = run(folder.path(), scope()).problems();
    assert!(problems.iter().any(|p| p.contains("list-targets-by-rule.RULE.json")), "{problems:?}");
}

#[test]
fn what_a_bucket_keeps_is_joined_by_the_name_of_the_file() {
    let folder = two_pages();
    let rules = json!({"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Tag": {"Key": "hunter2", "Value": "hunter2"}}, "Expiration": {"Days": 30}}],
        "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"});
    write(folder.path(), "get-bucket-lifecycle-configuration.logs.2026.json", rules);
    let default = json!({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 400}}});
    write(folder.path(), "get-object-lock-configuration.logs.2026.json", json!({"ObjectLockConfiguration": default}));
    write(folder.path(), "get-bucket-versioning.logs.2026.json", json!({"Status": "Enabled"}));
    let ran = run(folder.path(), scope());
    let snapshot = ran.snapshot();
    let bucket = snapshot.bucket(&snapshot.pools[0].account, "logs.2026");
    assert!(bucket.rules.needed().unwrap()[0].needed().unwrap().narrowed);
    assert_eq!(bucket.lock.needed().unwrap().days, 400);
    assert_eq!(bucket.versioning.needed().map(String::as_str), Ok("Enabled"));
    let other = snapshot.bucket(&snapshot.pools[0].account, "logs");
    assert_eq!(other.rules.known().unwrap_err().kind, GapKind::NotAsked);

    std::fs::rename(folder.path().join("get-bucket-versioning.logs.2026.json"), folder.path().join("get-bucket-versioning.json")).unwrap();
    let problems = run(folder.path(), scope()).problems();
    assert!(problems.iter().any(|p| p.contains("get-bucket-versioning.BUCKET.json")), "{problems:?}");
}
