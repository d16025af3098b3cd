//! A pool made of AWS-shaped answers, for tables of cases: it goes through redaction, recording and snapshot like a
//! real one. `Fixture::good()` is a pool on which every check passes or is not applicable; a case changes one thing.

use super::given::{Given, Reviewable};
use super::texts::Texts;
use crate::config::roster::{Column, RosterFile};
use crate::digest::sha256_hex;
use crate::model::finding::Finding;
use crate::model::review::{Review, Reviews};
use crate::model::roster::Roster;
use crate::model::scope::{Audience, PciScope, Period, PoolScope, PrivacyMode, Scope};
use crate::recording::changes::{Came, Changes, Entry, Step};
use crate::recording::header::{FORMAT, Header, Source, Tool};
use crate::recording::line::RawCall;
use crate::recording::pseudonym::Pseudonyms;
use crate::recording::read::Recording;
use crate::recording::redact::Redactor;
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::MfaMode;
use crate::snapshot::timeline::Reading;
use crate::snapshot::trail::WATCHED;
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const POOL: &str = "eu-west-1_Example01";
/// The trail of the good pool's region.
pub const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all";

/// What the ARNs of the good account's log groups begin with.
pub const GROUPS: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:";

/// One recorded call of a fixture: answers, or an error code.
#[derive(Clone)]
pub struct Planned {
    pub service: &'static str,
    pub operation: &'static str,
    pub region: String,
    pub input: Value,
    pub sub: Option<String>,
    pub pass: u32,
    pub outcome: Result<Value, String>,
}

#[derive(Clone)]
pub struct Fixture {
    pub scope: Scope,
    pub source: Source,
    pub overrides: Vec<String>,
    pub origin: Option<String>,
    pub tool_digest: Option<String>,
    /// The account that pools and regions are recorded under.
    pub account_of_pools: String,
    /// Writes an address in the open where redaction would have hidden it.
    pub unredacted: bool,
    /// Days that the collector's clock is ahead of AWS's; the answers tell AWS's time where it is not 0.
    pub ahead: i64,
    /// Who works here.
    pub roster: Option<Roster>,
    /// Who looked at the users.
    pub reviews: Vec<Review>,
    /// The users of the bundle before this one.
    pub reviewable: Option<Reviewable>,
    /// Exceptions that the bundle before has not.
    pub late: BTreeSet<usize>,
    pub calls: Vec<Planned>,
    /// The mode as earlier bundles read it: time and mode.
    pub earlier: Vec<(&'static str, MfaMode)>,
    /// The journal of changes, without its chain.
    pub changes: Vec<Entry>,
}

/// A user as ListUsers shows one, with `sub` = `sub-<name>`.
pub fn user(name: &str) -> Value {
    json!({
        "Username": name, "UserStatus": "CONFIRMED", "Enabled": true, "UserCreateDate": 1_700_000_000.0, "UserLastModifiedDate": 1_700_000_000.0,
        "Attributes": [
            {"Name": "sub", "Value": format!("sub-{name}")},
            {"Name": "email", "Value": format!("{name}@example.com")}, {"Name": "email_verified", "Value": "true"}
        ]
    })
}

/// A CloudTrail record of Amazon Cognito, with the members of `more`.
pub fn event(name: &str, time: &str, more: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.08", "eventSource": "cognito-idp.amazonaws.com", "eventName": name, "eventTime": time, "awsRegion": "eu-west-1",
        "eventID": format!("{name}-{time}-{more}"), "requestID": format!("req-{time}"), "recipientAccountId": "123456789012",
        "sourceIPAddress": "192.0.2.7", "userAgent": "console",
        "userIdentity": {"type": "AssumedRole", "accountId": "123456789012", "accessKeyId": "ASIASECRETKEY",
            "arn": "arn:aws:sts::123456789012:assumed-role/admin/jane@example.com"}
    });
    merge(&mut record, more);
    record
}

/// `base` with the members of `change` put in (a null member is removed), objects merged.
pub fn merge(base: &mut Value, change: Value) {
    match (base, change) {
        (Value::Object(base), Value::Object(change)) => {
            for (name, value) in change {
                if value.is_null() {
                    base.remove(&name);
                } else {
                    merge(base.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (base, change) => *base = change,
    }
}

pub fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(PrivacyMode::Pseudonym, [7; 32], [8; 32])
}

impl Fixture {
    /// ON with TOTP, three users who all have it, one of them privileged, nothing that bypasses it.
    pub fn good() -> Self {
        let mut scope = Scope::undeclared(Period {
            label: "2026-08".to_owned(),
            from: NaiveDate::from_ymd_opt(2026, 8, 1).unwrap(),
            to: NaiveDate::from_ymd_opt(2026, 8, 31).unwrap(),
        });
        let mut pool = PoolScope::undeclared(POOL.into(), "eu-west-1".into());
        pool.audience = Some(Audience::Workforce);
        pool.pci_scope = Some(PciScope::Cde);
        pool.privileged_groups = Some(vec!["admins".to_owned()]);
        scope.pools.push(pool);
        scope.privacy.key_id = Some("k_test".to_owned());
        scope.privacy.retention = Some("seven years".to_owned());
        scope.privacy.delete_after = NaiveDate::from_ymd_opt(2033, 12, 31);
        let mut f = Self {
            scope,
            source: Source::Live,
            overrides: Vec::new(),
            origin: Some("aws".to_owned()),
            tool_digest: Some("00".repeat(32)),
            account_of_pools: "123456789012".to_owned(),
            unredacted: false,
            ahead: 0,
            roster: None,
            reviews: Vec::new(),
            reviewable: Some(super::reviews::tests::population()),
            late: BTreeSet::new(),
            calls: Vec::new(),
            earlier: Vec::new(),
            changes: Vec::new(),
        };
        f.plan(
            "sts",
            "GetCallerIdentity",
            json!({}),
            json!({"Account": "123456789012", "Arn": "arn:aws:sts::123456789012:assumed-role/audit/run"}),
        );
        f.plan("cognito-idp", "ListUserPools", json!({"MaxResults": 60}), json!({"UserPools": [{"Id": POOL, "Name": "staff"}]}));
        f.pool_call(
            "DescribeUserPool",
            json!({"UserPool": {
                "Id": POOL, "Name": "staff", "MfaConfiguration": "ON", "EstimatedNumberOfUsers": 3, "UserPoolTier": "PLUS",
                "CreationDate": 1_600_000_000.0, "LastModifiedDate": 1_700_000_000.0, "DeletionProtection": "ACTIVE",
                "Policies": {"PasswordPolicy": {"MinimumLength": 14, "RequireUppercase": true, "RequireLowercase": true,
                    "RequireNumbers": true, "RequireSymbols": true, "PasswordHistorySize": 24, "TemporaryPasswordValidityDays": 1}},
                "LambdaConfig": {}, "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
                "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
                "AutoVerifiedAttributes": ["email"],
                "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
                "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}
            }}),
        );
        f.pool_call("GetUserPoolMfaConfig", json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}}));
        f.pool_call("ListUserPoolClients", json!({"UserPoolClients": [{"ClientId": "web1", "ClientName": "web", "UserPoolId": POOL}]}));
        f.client("web1", json!({
            "ClientName": "web", "ClientSecret": "s3cret", "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": true, "RefreshTokenValidity": 8, "AccessTokenValidity": 15,
            "IdTokenValidity": 15, "TokenValidityUnits": {"RefreshToken": "hours", "AccessToken": "minutes", "IdToken": "minutes"},
            "RefreshTokenRotation": {"Feature": "ENABLED"}, "AuthSessionValidity": 3, "SupportedIdentityProviders": ["COGNITO"],
            "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "CallbackURLs": ["https://app.example.com/cb"],
            "LogoutURLs": ["https://app.example.com/"]
        }));
        f.pool_call("ListGroups", json!({"Groups": [{"GroupName": "admins", "UserPoolId": POOL}]}));
        f.calls.push(Planned {
            service: "cognito-idp",
            operation: "ListUsersInGroup",
            region: "eu-west-1".to_owned(),
            sub: None,
            pass: 1,
            input: json!({"UserPoolId": POOL, "GroupName": "admins"}),
            outcome: Ok(json!({"Users": [user("ann")]})),
        });
        f.pool_call("ListIdentityProviders", json!({"Providers": []}));
        f.pool_call(
            "DescribeRiskConfiguration",
            json!({"RiskConfiguration": {"UserPoolId": POOL, "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}}}),
        );
        f.pool_call(
            "GetLogDeliveryConfiguration",
            json!({"LogDeliveryConfiguration": {"UserPoolId": POOL, "LogConfigurations": [
                {"EventSource": "userAuthEvents", "LogLevel": "INFO", "S3Configuration": {"BucketArn": "arn:aws:s3:::logs"}},
                {"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": {"LogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:pool"}}
            ]}}),
        );
        f.pool_call("ListUsers", json!({"Users": [user("ann"), user("bob"), user("cyd")]}));
        for name in ["ann", "bob", "cyd"] {
            f.factors(name, json!({"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"], "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA", "ConfiguredUserAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"]}));
        }
        let again = f.calls.iter().find(|c| c.operation == "DescribeUserPool").cloned().map(|c| Planned { pass: 2, ..c });
        f.calls.extend(again);
        f.plan("sns", "GetSMSSandboxAccountStatus", json!({}), json!({"IsInSandbox": false}));
        f.plan(
            "sns",
            "GetSMSAttributes",
            json!({}),
            json!({"attributes": {"MonthlySpendLimit": "100", "DefaultSMSType": "Transactional"}}),
        );
        f.plan("sns", "ListPhoneNumbersOptedOut", json!({}), json!({"phoneNumbers": []}));
        for name in WATCHED {
            f.plan("cloudtrail", "LookupEvents", json!({"EventName": name, "MaxResults": 50}), json!({"Events": []}));
        }
        f.plan(
            "cloudtrail",
            "DescribeTrails",
            json!({}),
            json!({"trailList": [{
                "Name": "all", "TrailARN": TRAIL, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": true, "IsOrganizationTrail": false,
                "LogFileValidationEnabled": true, "S3BucketName": "logs", "CloudWatchLogsLogGroupArn": format!("{GROUPS}trail:*"), "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"
            }]}),
        );
        f.plan("cloudtrail", "GetTrailStatus", json!({"Name": TRAIL}), json!({"IsLogging": true, "LatestDeliveryTime": 1_790_000_000.0}));
        f.plan(
            "cloudtrail",
            "GetEventSelectors",
            json!({"TrailName": TRAIL}),
            json!({"TrailARN": TRAIL, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}]}),
        );
        let bucket = json!({"Bucket": "logs", "ExpectedBucketOwner": "123456789012"});
        let rule = json!({"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"}, "Expiration": {"Days": 400}});
        f.plan("s3", "GetBucketLifecycleConfiguration", bucket.clone(), json!({"Rules": [rule]}));
        f.plan("s3", "GetBucketVersioning", bucket.clone(), json!({"Status": "Enabled"}));
        f.plan("s3", "GetObjectLockConfiguration", bucket, json!({}));
        f = f.fails("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError");
        for name in ["pool", "trail"] {
            let arn = format!("{GROUPS}{name}");
            f.plan(
                "logs",
                "DescribeLogGroups",
                json!({"logGroupNamePrefix": name, "limit": 50}),
                json!({"logGroups": [{"logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "retentionInDays": 400,
                    "logGroupClass": "STANDARD", "storedBytes": 1, "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"}]}),
            );
        }
        f.plan(
            "config",
            "DescribeConfigurationRecorders",
            json!({}),
            json!({"ConfigurationRecorders": [{"name": "default", "roleARN": "arn:aws:iam::123456789012:role/config",
                "recordingGroup": {"allSupported": true, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}},
                "recordingMode": {"recordingFrequency": "CONTINUOUS"}, "recordingScope": "PAID"}]}),
        );
        f.plan(
            "config",
            "DescribeConfigurationRecorderStatus",
            json!({}),
            json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": true, "lastStatus": "SUCCESS"}]}),
        );
        f.plan("events", "ListRules", json!({"Limit": 100}), json!({"Rules": []}));
        f
    }

    /// Adds or replaces the targets of a rule.
    pub fn targets(&mut self, rule: &str, list: Value) {
        self.calls.retain(|c| !(c.operation == "ListTargetsByRule" && c.input["Rule"] == rule));
        self.plan("events", "ListTargetsByRule", json!({"Rule": rule}), json!({"Targets": list}));
    }

    fn plan(&mut self, service: &'static str, operation: &'static str, input: Value, answer: Value) {
        self.calls.push(Planned { service, operation, region: "eu-west-1".to_owned(), input, sub: None, pass: 1, outcome: Ok(answer) });
    }

    /// Adds a call about the pool.
    pub fn pool_call(&mut self, operation: &'static str, answer: Value) {
        self.plan("cognito-idp", operation, json!({"UserPoolId": POOL}), answer);
    }

    /// Adds or replaces a client's description.
    pub fn client(&mut self, id: &str, description: Value) {
        self.calls.retain(|c| !(c.operation == "DescribeUserPoolClient" && c.input["ClientId"] == id));
        let mut description = description;
        merge(&mut description, json!({"ClientId": id, "UserPoolId": POOL}));
        self.plan(
            "cognito-idp",
            "DescribeUserPoolClient",
            json!({"UserPoolId": POOL, "ClientId": id}),
            json!({"UserPoolClient": description}),
        );
        let asked = self.calls.iter().any(|c| c.operation == "DescribeRiskConfiguration" && c.input["ClientId"] == id);
        if !asked {
            let rules = json!({"RiskConfiguration": {"UserPoolId": POOL, "ClientId": id}});
            self.plan("cognito-idp", "DescribeRiskConfiguration", json!({"UserPoolId": POOL, "ClientId": id}), rules);
        }
    }

    /// Adds or replaces what a list about a user answers: AdminListUserAuthEvents, AdminListDevices.
    pub fn of_user(&mut self, operation: &'static str, name: &str, answer: Value) {
        self.calls.retain(|c| !(c.operation == operation && c.input["Username"] == name));
        self.plan("cognito-idp", operation, json!({"UserPoolId": POOL, "Username": name}), answer);
        if let Some(call) = self.calls.last_mut() {
            call.sub = Some(format!("sub-{name}"));
        }
    }

    /// Merges a change into what AdminListUserAuthEvents answers of a user.
    #[must_use]
    pub fn of(mut self, name: &str, change: Value) -> Self {
        merge(self.events_of(name).as_mut().unwrap(), change);
        self
    }

    /// AdminListUserAuthEvents fails for a user.
    #[must_use]
    pub fn fails_of(mut self, name: &str, code: &str) -> Self {
        *self.events_of(name) = Err(code.to_owned());
        self
    }

    /// AdminListUserAuthEvents was never asked of a user.
    #[must_use]
    pub fn lacks(mut self, name: &str) -> Self {
        self.calls.retain(|c| !(c.operation == "AdminListUserAuthEvents" && c.input["Username"] == name));
        self
    }

    fn events_of(&mut self, name: &str) -> &mut Result<Value, String> {
        let mut calls = self.calls.iter_mut();
        &mut calls.find(|c| c.operation == "AdminListUserAuthEvents" && c.input["Username"] == name).unwrap().outcome
    }

    /// Adds or replaces what is read of a user's factors.
    pub fn factors(&mut self, name: &str, answer: Value) {
        self.calls.retain(|c| !(c.operation == "AdminGetUserAuthFactors" && c.input["Username"] == name));
        let mut answer = answer;
        merge(&mut answer, json!({"Username": name}));
        self.calls.push(Planned {
            service: "cognito-idp",
            operation: "AdminGetUserAuthFactors",
            region: "eu-west-1".to_owned(),
            sub: Some(format!("sub-{name}")),
            pass: 1,
            input: json!({"UserPoolId": POOL, "Username": name}),
            outcome: Ok(answer),
        });
    }

    /// Merges a change into every successful answer of an operation (all passes): `merge` semantics.
    #[must_use]
    pub fn with(mut self, operation: &str, change: Value) -> Self {
        let mut hit = false;
        for call in self.calls.iter_mut().filter(|c| c.operation == operation) {
            if let Ok(answer) = &mut call.outcome {
                merge(answer, change.clone());
                hit = true;
            }
        }
        assert!(hit, "the fixture has no answer of {operation}");
        self
    }

    /// Puts records into the answers of LookupEvents, each under its name.
    #[must_use]
    pub fn log(self, records: Vec<Value>) -> Self {
        let mut by_name: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for record in records {
            let name = record["eventName"].as_str().unwrap().to_owned();
            by_name
                .entry(name)
                .or_default()
                .push(json!({"EventId": record["eventID"], "Username": "jane", "CloudTrailEvent": record.to_string()}));
        }
        by_name.into_iter().fold(self, |f, (name, events)| f.lookup(&name, json!({"Events": events})))
    }

    /// Merges a change into the answer of LookupEvents for one name.
    #[must_use]
    pub fn lookup(mut self, name: &str, change: Value) -> Self {
        let call = self.calls.iter_mut().find(|c| c.operation == "LookupEvents" && c.input["EventName"] == name).unwrap();
        merge(call.outcome.as_mut().unwrap(), change);
        self
    }

    /// Makes LookupEvents fail for one name.
    #[must_use]
    pub fn fails_for(mut self, name: &str, code: &str) -> Self {
        let call = self.calls.iter_mut().find(|c| c.operation == "LookupEvents" && c.input["EventName"] == name).unwrap();
        call.outcome = Err(code.to_owned());
        self
    }

    /// Adds a log file.
    pub fn log_file(&mut self, key: &str, content: Value) {
        self.plan("cloudtrail", "LogFile", json!({"Key": key}), content);
    }

    /// Adds a digest file of CloudTrail, with the signature from its metadata where one is given.
    pub fn digest_file(&mut self, content: &Value, signature: Option<&str>) {
        let name = content["digestS3Object"].as_str().unwrap().rsplit('/').next().unwrap();
        self.plan("cloudtrail", "DigestFile", json!({"Key": name}), json!({"Content": content.to_string(), "Signature": signature}));
    }

    /// Sets the MFA mode in both readings.
    #[must_use]
    pub fn mode(self, mode: &str) -> Self {
        self.with("DescribeUserPool", json!({"UserPool": {"MfaConfiguration": mode}}))
            .with("GetUserPoolMfaConfig", json!({"MfaConfiguration": mode}))
    }

    /// Replaces the users of the listing (and the estimates).
    #[must_use]
    pub fn users(self, users: Vec<Value>) -> Self {
        let n = users.len();
        self.with("ListUsers", json!({"Users": users})).with("DescribeUserPool", json!({"UserPool": {"EstimatedNumberOfUsers": n}}))
    }

    /// Supplies a roster.
    #[must_use]
    pub fn roster(mut self, as_of: &str, csv: &str) -> Self {
        let keys = pseudonyms();
        let file = RosterFile::read(csv.as_bytes(), "people.csv", as_of.parse().unwrap()).unwrap();
        let keyed = |column, name: &str| match column {
            Column::Email => keys.email(name),
            Column::Sub => keys.user(name),
            _ => keys.username(name),
        };
        let roster = file.redacted(keyed, |bytes| keys.commitment("r_test", "roster", bytes));
        let json = roster.to_json().unwrap();
        self.scope.inputs.roster = Some(sha256_hex(&json));
        self.roster = Some(Roster::read(&json).unwrap());
        self
    }

    /// Makes every call of an operation fail with a code.
    #[must_use]
    pub fn fails(mut self, operation: &str, code: &str) -> Self {
        let mut hit = false;
        for call in self.calls.iter_mut().filter(|c| c.operation == operation) {
            call.outcome = Err(code.to_owned());
            hit = true;
        }
        assert!(hit, "the fixture has no call of {operation}");
        self
    }

    /// Drops every call of an operation: never asked.
    #[must_use]
    pub fn without(mut self, operation: &str) -> Self {
        self.calls.retain(|c| c.operation != operation);
        self
    }

    /// Changes the declaration of the pool.
    #[must_use]
    pub fn declare(mut self, change: impl FnOnce(&mut PoolScope)) -> Self {
        change(&mut self.scope.pools[0]);
        self
    }

    /// The recording's files.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let header = Header {
            format: FORMAT.to_owned(),
            run_id: "r_test".to_owned(),
            source: self.source,
            started: "2026-09-30T12:00:00.000Z".to_owned(),
            tool: Tool { name: "poolproof".to_owned(), version: "0.0.0".to_owned(), digest: self.tool_digest.clone() },
            scope_digest: sha256_hex(&self.scope.to_json().unwrap()),
            catalogue_digest: "00".repeat(32),
            challenge: None,
            previous: None,
            attempts: Default::default(),
            overrides: self.overrides.clone(),
            key_id: Some("k_test".to_owned()),
            begun: None,
            changes: None,
            originals_kept: false,
        };
        let header = header.to_json().unwrap();
        let redactor = Redactor::new(pseudonyms(), "r_test");
        let mut segments: BTreeMap<String, (u64, String, Vec<u8>)> = BTreeMap::new();
        for (n, call) in self.calls.iter().enumerate() {
            let time = format!("2026-09-30T12:{:02}:{:02}.000Z", n / 60, n % 60);
            let by_aws = crate::clock::parse_rfc3339(&time).unwrap() - chrono::Duration::days(self.ahead);
            let segment = match (call.service, call.input["UserPoolId"].as_str()) {
                ("sts", _) => "123456789012".to_owned(),
                (_, Some(pool)) => format!("{}.{}.{pool}", self.account_of_pools, call.region),
                (_, None) => format!("{}.{}", self.account_of_pools, call.region),
            };
            let entry = segments.entry(segment.clone()).or_insert_with(|| (0, sha256_hex(&header), Vec::new()));
            entry.0 += 1;
            let raw = RawCall {
                service: call.service,
                operation: call.operation,
                region: call.region.clone(),
                origin: self
                    .origin
                    .clone()
                    .map(|o| if o == "aws" { format!("https://{}.{}.amazonaws.com", call.service, call.region) } else { o }),
                input: call.input.clone(),
                pass: call.pass,
                attempt: 1,
                time,
                status: Some(if call.outcome.is_ok() { 200 } else { 400 }),
                request_id: Some(format!("req-{n}")),
                server_date: (self.ahead != 0).then(|| crate::clock::rfc3339(by_aws)),
                error: call.outcome.as_ref().err().cloned(),
                body: call.outcome.as_ref().map(|a| serde_json::to_vec(a).unwrap()).unwrap_or_default(),
                subject_sub: call.sub.clone(),
            };
            let mut stored = redactor.call(&raw, &format!("{segment}:{}", entry.0), &entry.1);
            if let (true, "ListUsers", Some(answer)) = (self.unredacted, call.operation, &mut stored.answer) {
                answer["Users"][0]["Note"] = json!("jane@example.com");
            }
            let line = serde_json::to_vec(&stored).unwrap();
            entry.1 = sha256_hex(&line);
            entry.2.extend(line);
            entry.2.push(b'\n');
        }
        let mut files: BTreeMap<String, Vec<u8>> =
            segments.into_iter().map(|(name, (_, _, bytes))| (format!("{name}.jsonl"), bytes)).collect();
        files.insert("header.json".to_owned(), header);
        files
    }

    /// The snapshot of it.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::build(&Recording::new(self.files()).unwrap(), &self.scope).unwrap();
        let readings = self.earlier.iter().map(|(time, mode)| Reading {
            time: crate::clock::parse_rfc3339(time).unwrap(),
            mode: *mode,
            statement: "0e".repeat(32),
        });
        let mut journal = Vec::new();
        for mut entry in self.changes.iter().cloned() {
            let before = journal.split(|b| *b == b'\n').rfind(|line| !line.is_empty()).unwrap_or_default();
            entry.prev = sha256_hex(before);
            journal.extend(serde_json::to_vec(&entry).unwrap());
            journal.push(b'\n');
        }
        snapshot.changes = Changes::of(&journal);
        assert!(snapshot.changes.broken.is_empty());
        snapshot.earlier.insert(POOL.into(), readings.collect());
        snapshot
    }

    /// An earlier bundle of the chain read this mode.
    pub fn read_earlier(mut self, time: &'static str, mode: MfaMode) -> Self {
        self.earlier.push((time, mode));
        self
    }

    /// The tool's own journal tells of a window: opened and closed at these times, each read back.
    pub fn onboarded(mut self, opened: &'static str, closed: &'static str) -> Self {
        for (step, to, time) in [(Step::OpenWindow, "OPTIONAL", opened), (Step::CloseWindow, "ON", closed)] {
            for came in [None, Some(Came::Done)] {
                let request_id = came.map(|_| format!("journal-{time}"));
                let entry = Entry { time: time.to_owned(), came, request_id, ..Entry::intent("c_test", &POOL.into(), step, to) };
                self.changes.push(entry);
            }
        }
        self
    }

    /// The findings of every check.
    pub fn all_findings(&self) -> Vec<Finding> {
        let day = NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        let reviews = (!self.reviews.is_empty()).then(|| Reviews::of(self.reviews.clone()));
        let given = Given {
            controls: BTreeSet::from(["pci-dss-4.0.1:8.4.2".to_owned()]),
            late: self.late.clone(),
            roster: self.roster.as_ref(),
            reviews: reviews.as_ref(),
            reviewable: self.reviewable.clone(),
            ..Given::from(&self.scope)
        };
        super::evaluate(&self.snapshot(), given, day, &Texts::release().unwrap())
    }

    /// The findings of one check, in order of subjects.
    pub fn findings(&self, id: &str) -> Vec<Finding> {
        self.all_findings().into_iter().filter(|f| f.check.as_str() == id).collect()
    }

    /// The only finding of one check, as `VERDICT reason-code`.
    pub fn says(&self, id: &str) -> String {
        let found = self.findings(id);
        assert_eq!(found.len(), 1, "{id}: {found:?}");
        assert!(!found[0].reason.contains('{'), "{id}: unfilled text: {}", found[0].reason);
        format!("{} {}", found[0].verdict, found[0].reason_code)
    }
}
