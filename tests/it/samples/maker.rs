//! Makes sample recordings: AWS-shaped answers through the real redactor and the real writer. Nothing here is from AWS.

use super::people;
use crate::trail::bucket::Key;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use poolproof::clock;
use poolproof::controls::catalogue::Catalogue;
use poolproof::digest::{hex, sha256, sha256_hex};
use poolproof::model::id::PoolId;
use poolproof::model::scope::{Period, PoolScope, PrivacyMode, Scope};
use poolproof::recording::header::{Attempts, FORMAT, Header, Source, Tool};
use poolproof::recording::line::RawCall;
use poolproof::recording::pseudonym::Pseudonyms;
use poolproof::recording::redact::Redactor;
use poolproof::recording::write::{self, Segment};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The account of every sample (AWS's own documentation example).
pub const ACCOUNT: &str = "123456789012";

/// A user of a sample.
#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub status: &'static str,
    pub enabled: bool,
    pub factors: Value,
    pub phone: Option<String>,
    pub idp: Option<&'static str>,
    pub admin: bool,
    /// The last sign-in, days before the run.
    pub seen: Option<u32>,
    /// The last use of a remembered device, days before the run.
    pub device: Option<u32>,
    /// On the roster: the last day of whoever has left; `None` for who is not on it.
    pub roster: Option<Option<&'static str>>,
    /// A review of access removed this user.
    pub removed: bool,
}

impl Person {
    pub fn new(name: String) -> Self {
        let seen = Some(1 + u32::from(sha256(name.as_bytes())[0]) % 60);
        Self {
            name,
            status: "CONFIRMED",
            enabled: true,
            factors: json!({}),
            phone: None,
            idp: None,
            admin: false,
            seen,
            device: None,
            roster: Some(None),
            removed: false,
        }
    }
    pub fn factor(mut self, setting: &str) -> Self {
        let configured = if setting == "SOFTWARE_TOKEN_MFA" { "SOFTWARE_TOKEN" } else { "SMS_OTP" };
        self.factors =
            json!({"UserMFASettingList": [setting], "PreferredMfaSetting": setting, "ConfiguredUserAuthFactors": ["PASSWORD", configured]});
        self
    }
    pub fn status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }
    pub fn phone(mut self, number: &str) -> Self {
        self.phone = Some(number.to_owned());
        self
    }
    pub fn idp(mut self, provider: &'static str) -> Self {
        self.idp = Some(provider);
        self
    }
    pub fn admin(mut self) -> Self {
        self.admin = true;
        self
    }
    pub fn sub(&self) -> String {
        let h = hex(&sha256(self.name.as_bytes()));
        format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..32])
    }
    fn listed(&self) -> Value {
        let mut attributes = vec![
            json!({"Name": "sub", "Value": self.sub()}),
            json!({"Name": "email", "Value": format!("{}@example.com", self.name)}),
            json!({"Name": "email_verified", "Value": "true"}),
        ];
        if let Some(number) = &self.phone {
            attributes.push(json!({"Name": "phone_number", "Value": number}));
            attributes.push(json!({"Name": "phone_number_verified", "Value": "true"}));
        }
        if let Some(provider) = self.idp {
            let identities = json!([{"userId": self.name, "providerName": provider, "providerType": "SAML", "primary": true}]);
            attributes.push(json!({"Name": "identities", "Value": identities.to_string()}));
        }
        json!({
            "Username": self.name, "UserStatus": self.status, "Enabled": self.enabled,
            "UserCreateDate": 1_700_000_000.0, "UserLastModifiedDate": 1_720_000_000.0, "Attributes": attributes
        })
    }
    /// Whether the collector asks for this user's factors.
    pub fn asked(&self) -> bool {
        self.enabled && !matches!(self.status, "EXTERNAL_PROVIDER" | "UNCONFIRMED")
    }
}

/// The ARN of a log group of a sample.
fn group(region: &str, name: &str) -> String {
    format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}")
}

/// A pool of a sample: AWS-shaped answers and users.
#[derive(Clone)]
pub struct Pool {
    pub id: &'static str,
    pub name: &'static str,
    pub describe: Value,
    pub mfa: Value,
    pub clients: Vec<Value>,
    pub providers: Value,
    pub people: Vec<Person>,
    pub scope: PoolScope,
    /// Operations that answer AccessDeniedException.
    pub denied: BTreeSet<&'static str>,
}

impl Pool {
    fn region(&self) -> &'static str {
        self.id.split('_').next().unwrap()
    }
}

/// Writes a recording call by call, a fixed clock ticking.
pub struct Maker<'a> {
    folder: &'a Path,
    redactor: Redactor,
    segments: BTreeMap<String, Segment>,
    now: DateTime<Utc>,
    calls: u64,
    sign_ins: bool,
}

impl Maker<'_> {
    pub fn call(&mut self, service: &'static str, operation: &'static str, region: &str, input: Value, answer: Result<Value, &str>) {
        self.call_about(service, operation, region, input, answer, 1, None);
    }

    #[allow(clippy::too_many_arguments)]
    fn call_about(
        &mut self,
        service: &'static str,
        operation: &'static str,
        region: &str,
        input: Value,
        answer: Result<Value, &str>,
        pass: u32,
        sub: Option<String>,
    ) {
        let name = match (service, input["UserPoolId"].as_str()) {
            ("sts", _) => ACCOUNT.to_owned(),
            (_, Some(pool)) => format!("{ACCOUNT}.{region}.{pool}"),
            _ if matches!(operation, "LogFile" | "DigestFile") => format!("{ACCOUNT}.{region}.trail"),
            (_, None) => format!("{ACCOUNT}.{region}"),
        };
        let raw = RawCall {
            service,
            operation,
            region: region.to_owned(),
            origin: None,
            input,
            pass,
            attempt: 1,
            time: clock::rfc3339(self.now),
            status: Some(if answer.is_ok() { 200 } else { 400 }),
            request_id: Some(format!("demo-{:06}", self.calls)),
            server_date: None,
            error: answer.as_ref().err().map(|code| (*code).to_owned()),
            body: answer.map(|a| serde_json::to_vec(&a).unwrap()).unwrap_or_default(),
            subject_sub: sub,
        };
        self.now += Duration::milliseconds(130);
        self.calls += 1;
        if !self.segments.contains_key(&name) {
            let segment = Segment::open(self.folder, &name, self.redactor.clone(), |_| ()).unwrap();
            self.segments.insert(name.clone(), segment);
        }
        self.segments.get_mut(&name).unwrap().append(&raw).unwrap();
    }

    fn pool(&mut self, pool: &Pool) {
        let region = pool.region();
        let answer = |operation: &str, value: Value| if pool.denied.contains(operation) { Err("AccessDeniedException") } else { Ok(value) };
        let about = json!({"UserPoolId": pool.id});
        let mut describe = pool.describe.clone();
        describe["UserPool"]["EstimatedNumberOfUsers"] = json!(pool.people.len());
        self.call("cognito-idp", "DescribeUserPool", region, about.clone(), answer("DescribeUserPool", describe.clone()));
        self.call("cognito-idp", "GetUserPoolMfaConfig", region, about.clone(), answer("GetUserPoolMfaConfig", pool.mfa.clone()));
        let listed: Vec<Value> =
            pool.clients.iter().map(|c| json!({"ClientId": c["ClientId"], "ClientName": c["ClientName"], "UserPoolId": pool.id})).collect();
        self.call(
            "cognito-idp",
            "ListUserPoolClients",
            region,
            about.clone(),
            answer("ListUserPoolClients", json!({"UserPoolClients": listed})),
        );
        for client in &pool.clients {
            let input = json!({"UserPoolId": pool.id, "ClientId": client["ClientId"]});
            let described = answer("DescribeUserPoolClient", json!({"UserPoolClient": client}));
            self.call("cognito-idp", "DescribeUserPoolClient", region, input.clone(), described);
            self.call(
                "cognito-idp",
                "DescribeRiskConfiguration",
                region,
                input,
                answer("DescribeRiskConfiguration", json!({"RiskConfiguration": {"UserPoolId": pool.id}})),
            );
        }
        self.call(
            "cognito-idp",
            "ListGroups",
            region,
            about.clone(),
            answer("ListGroups", json!({"Groups": [{"GroupName": "admins", "UserPoolId": pool.id}]})),
        );
        if pool.scope.privileged_groups.is_some() {
            let members: Vec<Value> = pool.people.iter().filter(|p| p.admin).map(Person::listed).collect();
            let input = json!({"UserPoolId": pool.id, "GroupName": "admins"});
            self.call("cognito-idp", "ListUsersInGroup", region, input, answer("ListUsersInGroup", json!({"Users": members})));
        }
        self.call(
            "cognito-idp",
            "ListIdentityProviders",
            region,
            about.clone(),
            answer("ListIdentityProviders", json!({"Providers": pool.providers})),
        );
        self.call(
            "cognito-idp",
            "DescribeRiskConfiguration",
            region,
            about.clone(),
            answer(
                "DescribeRiskConfiguration",
                json!({"RiskConfiguration": {"UserPoolId": pool.id, "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}}}),
            ),
        );
        self.call(
            "cognito-idp",
            "GetLogDeliveryConfiguration",
            region,
            about.clone(),
            answer(
                "GetLogDeliveryConfiguration",
                json!({"LogDeliveryConfiguration": {"UserPoolId": pool.id, "LogConfigurations": [
                    {"LogLevel": "INFO", "EventSource": "userAuthEvents",
                        "CloudWatchLogsConfiguration": {"LogGroupArn": group(region, "example-sign-ins")}},
                    {"LogLevel": "ERROR", "EventSource": "userNotification",
                        "CloudWatchLogsConfiguration": {"LogGroupArn": group(region, "example-messages")}}
                ]}}),
            ),
        );
        self.users(pool, region, &answer);
        self.call_about("cognito-idp", "DescribeUserPool", region, about, answer("DescribeUserPool", describe), 2, None);
    }

    /// One trail of all regions, with digest files.
    fn trails(&mut self, region: &str) {
        let arn = format!("arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/all-regions");
        let trail = json!({"Name": "all-regions", "TrailARN": arn, "S3BucketName": "example-trail", "HomeRegion": "eu-west-1",
            "CloudWatchLogsLogGroupArn": group("eu-west-1", "example-trail"),
            "IsMultiRegionTrail": true, "IsOrganizationTrail": false, "LogFileValidationEnabled": true});
        self.call("cloudtrail", "DescribeTrails", region, json!({}), Ok(json!({"trailList": [trail]})));
        let status = json!({"IsLogging": true, "LatestDeliveryTime": 1_790_842_000.0, "LatestDigestDeliveryTime": 1_790_841_000.0});
        self.call("cloudtrail", "GetTrailStatus", region, json!({"Name": arn}), Ok(status));
        let selectors = json!({"TrailARN": arn, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]});
        self.call("cloudtrail", "GetEventSelectors", region, json!({"TrailName": arn}), Ok(selectors));
    }

    /// A recorder of every type, and no rule.
    fn watch(&mut self, region: &str) {
        let recorder = json!({"name": "default", "roleARN": format!("arn:aws:iam::{ACCOUNT}:role/config"),
            "recordingGroup": {"allSupported": true, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}},
            "recordingMode": {"recordingFrequency": "CONTINUOUS"}, "recordingScope": "PAID"});
        self.call("config", "DescribeConfigurationRecorders", region, json!({}), Ok(json!({"ConfigurationRecorders": [recorder]})));
        let status = json!({"name": "default", "recording": true, "lastStatus": "SUCCESS"});
        let status = json!({"ConfigurationRecordersStatus": [status]});
        self.call("config", "DescribeConfigurationRecorderStatus", region, json!({}), Ok(status));
        self.call("events", "ListRules", region, json!({"Limit": 100}), Ok(json!({"Rules": []})));
    }

    /// The trail's bucket: deletes after 400 days, and locks nothing.
    fn bucket(&mut self, region: &str) {
        let about = json!({"Bucket": "example-trail", "ExpectedBucketOwner": ACCOUNT});
        let rule = json!({"ID": "trail", "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"}, "Expiration": {"Days": 400}});
        self.call("s3", "GetBucketLifecycleConfiguration", region, about.clone(), Ok(json!({"Rules": [rule]})));
        self.call("s3", "GetObjectLockConfiguration", region, about.clone(), Err("ObjectLockConfigurationNotFoundError"));
        self.call("s3", "GetBucketVersioning", region, about, Ok(json!({"Status": "Enabled"})));
    }

    /// The log groups that the pools of a region, or the trail, deliver to.
    fn groups(&mut self, region: &str, names: &[&str]) {
        for name in names {
            let listed =
                json!({"logGroups": [{"arn": format!("{}:*", group(region, name)), "logGroupName": name, "retentionInDays": 400}]});
            self.call("logs", "DescribeLogGroups", region, json!({"logGroupNamePrefix": name, "limit": 50}), Ok(listed));
        }
    }

    fn users(&mut self, pool: &Pool, region: &str, answer: &dyn Fn(&str, Value) -> Result<Value, &'static str>) {
        let pages: Vec<&[Person]> = pool.people.chunks(60).collect();
        for (n, page) in pages.iter().enumerate() {
            let mut input = json!({"UserPoolId": pool.id, "Limit": 60});
            let mut listing = json!({"Users": page.iter().map(Person::listed).collect::<Vec<_>>()});
            if n > 0 {
                input["PaginationToken"] = json!(format!("page-{n}"));
            }
            if n + 1 < pages.len() {
                listing["PaginationToken"] = json!(format!("page-{}", n + 1));
            }
            let listed = answer("ListUsers", listing);
            let denied = listed.is_err();
            self.call("cognito-idp", "ListUsers", region, input, listed);
            if denied {
                return;
            }
            for person in page.iter().filter(|p| p.asked()) {
                let mut factors = person.factors.clone();
                factors["Username"] = json!(person.name);
                let input = json!({"UserPoolId": pool.id, "Username": person.name});
                let read = answer("AdminGetUserAuthFactors", factors);
                self.call_about("cognito-idp", "AdminGetUserAuthFactors", region, input, read, 1, Some(person.sub()));
            }
            let sign_ins = self.sign_ins;
            for person in page.iter().filter(|p| sign_ins && p.asked()) {
                let remembers = pool.describe["UserPool"]["DeviceConfiguration"].is_object();
                for (operation, limit, answer) in people::activity(person, remembers) {
                    let input = json!({"UserPoolId": pool.id, "Username": person.name, limit: 60});
                    self.call_about("cognito-idp", operation, region, input, Ok(answer), 1, Some(person.sub()));
                }
            }
        }
    }
}

/// Writes `recording/` and `inputs/scope.json` of a sample below `folder`.
/// `sandbox`: regions in the SMS sandbox; `denied`: account-wide operations that answer AuthorizationError.
pub fn make(folder: &Path, organization: &str, pools: &[Pool], sandbox: &[&str], denied: &[&str]) {
    make_with(folder, organization, pools, sandbox, denied, &With::default());
}

/// What a sample has beyond its pools' answers.
#[derive(Default)]
pub struct With<'a> {
    /// CloudTrail log files that hold these events.
    pub log: Option<&'a [Value]>,
    /// The digest files beside them, signed with this key.
    pub key: Option<&'a Key>,
    /// The scope asks for sign-ins, and the organisation gave a roster and a review of the pool named here.
    pub people: Option<&'static str>,
}

/// A CloudTrail record that sets the MFA mode of a pool.
pub fn set_mode(operation: &str, pool: &str, time: &str, mode: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventTime": time, "eventSource": "cognito-idp.amazonaws.com", "eventName": operation,
        "awsRegion": pool.split('_').next().unwrap(), "sourceIPAddress": "192.0.2.10", "eventID": format!("demo-{pool}-{time}"),
        "requestID": format!("demo-request-{}", time.get(5..10).unwrap()), "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "AssumedRole", "accountId": ACCOUNT, "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/platform/made-up")},
        "requestParameters": {"userPoolId": pool, "mfaConfiguration": mode}
    })
}

/// The same, with more than that.
pub fn make_with(folder: &Path, organization: &str, pools: &[Pool], sandbox: &[&str], denied: &[&str], with: &With<'_>) {
    let mut scope = Scope::undeclared(Period {
        label: "2026-Q3".to_owned(),
        from: NaiveDate::from_ymd_opt(2026, 7, 1).unwrap(),
        to: NaiveDate::from_ymd_opt(2026, 9, 30).unwrap(),
    });
    organization.clone_into(&mut scope.organization.name);
    scope.pools = pools.iter().map(|p| p.scope.clone()).collect();
    scope.privacy.retention = Some("audit evidence, seven years".to_owned());
    scope.privacy.delete_after = NaiveDate::from_ymd_opt(2033, 12, 31);
    let pseudonyms = Pseudonyms::new(PrivacyMode::Pseudonym, sha256(b"the key of the samples"), sha256(b"the join key of the samples"));
    scope.privacy.key_id = Some(pseudonyms.key_id());
    std::fs::create_dir_all(folder.join("inputs")).unwrap();
    let run_id = format!("r_{}", &poolproof::digest::base32(&sha256(organization.as_bytes()))[..26]);
    if let Some(reviewed) = with.people {
        people::given(&mut scope, &folder.join("inputs"), pools, reviewed, &pseudonyms, &run_id);
    }
    let scope_json = scope.to_json().unwrap();
    let recording = folder.join("recording");
    let header = Header {
        format: FORMAT.to_owned(),
        run_id,
        source: Source::Demo,
        started: "2026-10-01T08:00:00.000Z".to_owned(),
        tool: Tool { name: "poolproof".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), digest: None },
        scope_digest: sha256_hex(&scope_json),
        catalogue_digest: Catalogue::release().unwrap().digest(),
        challenge: None,
        previous: None,
        attempts: Attempts::default(),
        overrides: Vec::new(),
        key_id: Some(pseudonyms.key_id()),
        begun: None,
        changes: None,
        originals_kept: false,
    };
    write::begin(&recording, &header).unwrap();
    std::fs::write(folder.join("inputs/scope.json"), &scope_json).unwrap();
    let redactor = Redactor::new(pseudonyms, &header.run_id);
    let now = clock::parse_rfc3339(&header.started).unwrap();
    let mut maker = Maker { folder: &recording, redactor, segments: BTreeMap::new(), now, calls: 0, sign_ins: with.people.is_some() };
    let caller = json!({"Account": ACCOUNT, "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/poolproof-audit/demo"), "UserId": "AROAEXAMPLE:demo"});
    maker.call("sts", "GetCallerIdentity", pools[0].region(), json!({}), Ok(caller));
    let mut regions: BTreeSet<String> = pools.iter().map(|p| p.region().to_owned()).collect();
    for region in regions.clone() {
        let listed: Vec<Value> = pools.iter().filter(|p| p.region() == region).map(|p| json!({"Id": p.id, "Name": p.name})).collect();
        maker.call("cognito-idp", "ListUserPools", &region, json!({"MaxResults": 60}), Ok(json!({"UserPools": listed})));
    }
    regions.extend(pools.iter().filter_map(|p| p.describe["UserPool"]["SmsConfiguration"]["SnsRegion"].as_str().map(str::to_owned)));
    for region in regions {
        let answer = |operation: &str, value: Value| if denied.contains(&operation) { Err("AuthorizationError") } else { Ok(value) };
        let status = json!({"IsInSandbox": sandbox.contains(&region.as_str())});
        maker.call("sns", "GetSMSSandboxAccountStatus", &region, json!({}), answer("GetSMSSandboxAccountStatus", status));
        let attributes = json!({"attributes": {"MonthlySpendLimit": "200", "DefaultSMSType": "Transactional"}});
        maker.call("sns", "GetSMSAttributes", &region, json!({}), answer("GetSMSAttributes", attributes));
        maker.call(
            "sns",
            "ListSMSSandboxPhoneNumbers",
            &region,
            json!({}),
            answer("ListSMSSandboxPhoneNumbers", json!({"PhoneNumbers": []})),
        );
        maker.call("sns", "ListOriginationNumbers", &region, json!({}), answer("ListOriginationNumbers", json!({"PhoneNumbers": []})));
        maker.call("sns", "ListPhoneNumbersOptedOut", &region, json!({}), answer("ListPhoneNumbersOptedOut", json!({"phoneNumbers": []})));
    }
    for pool in pools {
        maker.pool(pool);
    }
    for region in pools.iter().map(Pool::region).collect::<BTreeSet<_>>() {
        maker.trails(region);
        maker.watch(region);
        maker.groups(region, &["example-messages", "example-sign-ins"]);
    }
    maker.groups("eu-west-1", &["example-trail"]);
    maker.bucket("eu-west-1");
    let logged: BTreeSet<&str> = pools.iter().map(Pool::region).collect();
    for region in logged.into_iter().filter(|_| with.log.is_some()) {
        maker.log(region, with.log.unwrap_or_default(), with.key);
    }
}

/// Nothing declared of a pool but that it exists.
pub fn undeclared(id: &'static str) -> PoolScope {
    let id = PoolId::from(id);
    let region = id.region().unwrap();
    PoolScope::undeclared(id, region)
}
