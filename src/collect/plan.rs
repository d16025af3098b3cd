//! The call plan: every operation that the collector may call, in one table. Pacing, the questions asked and the IAM
//! policy all derive from it; what is not here cannot be called. Nothing is called here.

use crate::model::id::PoolId;
use crate::snapshot::bucket;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An operation of AWS. Every one of [`OPERATIONS`] reads; the one that writes stands apart ([`SET_MFA`]).
#[derive(Debug)]
pub struct Operation {
    /// Service as IAM spells it.
    pub service: &'static str,
    /// Operation as AWS spells it.
    pub name: &'static str,
    /// What IAM lets a policy grant it on (service authorization reference).
    pub level: Level,
    /// The quota that it counts against.
    pub category: Category,
    /// How it lists, where it does.
    pub listing: Option<Listing>,
    /// What it belongs to.
    pub feature: Feature,
    /// When it is called.
    pub when: &'static str,
}

/// What a policy can grant an operation on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// One user pool.
    Pool,
    /// One bucket.
    Bucket,
    /// Nothing narrower than `*`.
    Account,
    /// No permission is needed at all (STS GetCallerIdentity).
    Free,
}

/// How an operation lists.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Member of the answer that holds the items.
    pub items: &'static str,
    /// Member of request and answer that holds the page token.
    pub token: &'static str,
    /// Parameter that bounds a page, with its documented maximum; `None` where the page is the service's choice.
    pub page: Option<(&'static str, u32)>,
}

/// Quota categories (Cognito developer guide, "Quotas in Amazon Cognito"): per account and region, over all pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// AdminGetUser and the like; shared with every sign-in that reads its user.
    UserRead,
    /// ListUsers and ListUsersInGroup.
    UserList,
    /// DescribeUserPool and ListUserPools.
    UserPoolRead,
    /// Everything that hangs on a pool.
    UserPoolResourceRead,
    /// App clients.
    UserPoolClientRead,
    /// SNS reads. AWS publishes no number for them; ours is low.
    Sns,
    /// STS. AWS publishes no number for GetCallerIdentity; ours is low.
    Sts,
    /// LookupEvents (API reference: two requests a second, per account and region).
    Lookup,
    /// Groups, devices and sign-in events of one user.
    UserResourceRead,
    /// Settings of services that keep and watch logs. AWS documents ten a second or more for each; ours is low.
    Logging,
    /// SetUserPoolMfaConfig; a change needs two or three of them, so ours is low.
    Change,
}

impl Category {
    /// The documented default quota, requests per second (for SNS and STS: our own limit).
    pub const fn per_second(self) -> f64 {
        match self {
            Self::UserRead => 120.0,
            Self::UserResourceRead => 50.0,
            Self::UserList => 30.0,
            Self::UserPoolRead | Self::UserPoolClientRead => 15.0,
            Self::UserPoolResourceRead => 20.0,
            Self::Sns | Self::Sts => 10.0,
            Self::Logging => 4.0,
            Self::Lookup | Self::Change => 2.0,
        }
    }
    /// The documented quota of one operation on one pool, requests per second, where there is one.
    pub const fn per_second_and_pool(self) -> Option<f64> {
        match self {
            Self::UserPoolResourceRead | Self::UserPoolClientRead => Some(5.0),
            _ => None,
        }
    }
}

/// Parts of the plan that can be granted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Pools, clients, groups, providers and the listing of users.
    Pools,
    /// Reads of single users: they may make idle users billable (monthly active users).
    Users,
    /// The SMS sandbox and what surrounds it.
    Sms,
    /// The log of management events.
    Trail,
    /// Where logs go, how long they stay, and who notices a change.
    Logging,
    /// When single users last signed in. In no default policy: nobody is asked unless the scope says so.
    SignIns,
    /// `enforce`: writes with `--apply`. In no default policy.
    Enforce,
    /// `onboard`: writes with `--apply`. In no default policy.
    Onboard,
}

impl Operation {
    /// The action that IAM grants it by (service authorization reference); S3's are not called as its operations are.
    fn action(&self) -> String {
        let name = match self.name {
            bucket::LIFECYCLE => "GetLifecycleConfiguration",
            bucket::LOCK => "GetBucketObjectLockConfiguration",
            name => name,
        };
        format!("{}:{name}", self.service)
    }
}

impl Feature {
    /// Every feature of a run by default: they read.
    pub const ALL: &'static [Self] = &[Self::Pools, Self::Users, Self::Sms, Self::Trail, Self::Logging];
    /// Every feature that can be asked for, those that write last.
    pub const EVERY: &'static [Self] =
        &[Self::Pools, Self::Users, Self::Sms, Self::Trail, Self::Logging, Self::SignIns, Self::Enforce, Self::Onboard];
    /// Whether it writes.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Enforce | Self::Onboard)
    }
    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pools => "pools",
            Self::Users => "users",
            Self::Sms => "sms",
            Self::Trail => "trail",
            Self::Logging => "logging",
            Self::SignIns => "sign-ins",
            Self::Enforce => "enforce",
            Self::Onboard => "onboard",
        }
    }
}

const fn pages(items: &'static str, token: &'static str, parameter: &'static str, most: u32) -> Option<Listing> {
    Some(Listing { items, token, page: Some((parameter, most)) })
}

const fn pool(name: &'static str, category: Category, listing: Option<Listing>, feature: Feature, when: &'static str) -> Operation {
    Operation { service: "cognito-idp", name, level: Level::Pool, category, listing, feature, when }
}

const fn sns(name: &'static str, listing: Option<Listing>, when: &'static str) -> Operation {
    Operation { service: "sns", name, level: Level::Account, category: Category::Sns, listing, feature: Feature::Sms, when }
}

const fn logging(service: &'static str, name: &'static str, listing: Option<Listing>, when: &'static str) -> Operation {
    Operation { service, name, level: Level::Account, category: Category::Logging, listing, feature: Feature::Logging, when }
}

const fn of_bucket(name: &'static str, when: &'static str) -> Operation {
    Operation { level: Level::Bucket, ..logging("s3", name, None, when) }
}

/// The table.
pub static OPERATIONS: &[Operation] = &[
    Operation {
        service: "sts",
        name: "GetCallerIdentity",
        level: Level::Free,
        category: Category::Sts,
        listing: None,
        feature: Feature::Pools,
        when: "once for each profile or role, before anything else; again when a run is continued",
    },
    Operation {
        service: "cognito-idp",
        name: "ListUserPools",
        level: Level::Account,
        category: Category::UserPoolRead,
        listing: pages("UserPools", "NextToken", "MaxResults", 60),
        feature: Feature::Pools,
        when: "once for each account and region, also when pools are named",
    },
    pool(
        "DescribeUserPool",
        Category::UserPoolRead,
        None,
        Feature::Pools,
        "before and after the listing of users, and once more where its MFA mode contradicts GetUserPoolMfaConfig",
    ),
    pool(
        "GetUserPoolMfaConfig",
        Category::UserPoolResourceRead,
        None,
        Feature::Pools,
        "once, and once more where its MFA mode contradicts DescribeUserPool",
    ),
    pool(
        "ListUserPoolClients",
        Category::UserPoolClientRead,
        pages("UserPoolClients", "NextToken", "MaxResults", 60),
        Feature::Pools,
        "once for each pool",
    ),
    pool("DescribeUserPoolClient", Category::UserPoolClientRead, None, Feature::Pools, "once for each app client"),
    pool("ListGroups", Category::UserPoolResourceRead, pages("Groups", "NextToken", "Limit", 60), Feature::Pools, "once for each pool"),
    pool(
        "ListUsersInGroup",
        Category::UserList,
        pages("Users", "NextToken", "Limit", 60),
        Feature::Pools,
        "for each group that the scope declares privileged",
    ),
    pool(
        "ListIdentityProviders",
        Category::UserPoolResourceRead,
        pages("Providers", "NextToken", "MaxResults", 60),
        Feature::Pools,
        "once for each pool",
    ),
    pool("DescribeRiskConfiguration", Category::UserPoolResourceRead, None, Feature::Pools, "once for each pool and each app client"),
    pool("GetLogDeliveryConfiguration", Category::UserPoolResourceRead, None, Feature::Pools, "once for each pool"),
    pool(
        "ListUsers",
        Category::UserList,
        pages("Users", "PaginationToken", "Limit", 60),
        Feature::Pools,
        "once for each pool, and a second time where the count differs from the pool's own estimate",
    ),
    pool(
        "AdminGetUserAuthFactors",
        Category::UserRead,
        None,
        Feature::Users,
        "for each enabled local user who can sign in, as far as users.detail says",
    ),
    pool("AdminGetUser", Category::UserRead, None, Feature::Users, "instead of AdminGetUserAuthFactors where that is unknown or denied"),
    pool(
        "AdminListUserAuthEvents",
        Category::UserResourceRead,
        pages("AuthEvents", "NextToken", "MaxResults", 60),
        Feature::SignIns,
        "for each enabled local user as far as `[collect] sign_ins` says, until a recent sign-in is found; not again in a pool that keeps no events",
    ),
    pool(
        "AdminListDevices",
        Category::UserResourceRead,
        pages("Devices", "PaginationToken", "Limit", 60),
        Feature::SignIns,
        "the same, first page only, where the pool remembers devices",
    ),
    sns("GetSMSSandboxAccountStatus", None, "once for each account and region that a pool may send codes from"),
    sns("GetSMSAttributes", None, "the same, where a pool there sends text messages"),
    sns(
        "ListSMSSandboxPhoneNumbers",
        pages("PhoneNumbers", "NextToken", "MaxResults", 100),
        "the same, where a pool there sends text messages",
    ),
    sns("ListOriginationNumbers", pages("PhoneNumbers", "NextToken", "MaxResults", 30), "the same, where a pool there sends text messages"),
    sns(
        "ListPhoneNumbersOptedOut",
        Some(Listing { items: "phoneNumbers", token: "nextToken", page: None }),
        "the same, where a pool there sends text messages",
    ),
    Operation {
        service: "cloudtrail",
        name: "LookupEvents",
        level: Level::Account,
        category: Category::Lookup,
        listing: pages("Events", "NextToken", "MaxResults", 50),
        feature: Feature::Trail,
        when: "for each watched event name, once for each account and region that holds a pool; `[collect] trail = false` leaves it out",
    },
    logging(
        "cloudtrail",
        "DescribeTrails",
        Some(Listing { items: "trailList", token: "NextToken", page: None }),
        "once for each account and region that holds a pool; `[collect] logging = false` leaves it out",
    ),
    logging("cloudtrail", "GetTrailStatus", None, "the same, for each trail"),
    logging("cloudtrail", "GetEventSelectors", None, "the same, for each trail"),
    logging(
        "logs",
        "DescribeLogGroups",
        pages("logGroups", "nextToken", "limit", 50),
        "the same, for each log group of this account that a trail or a pool there delivers to",
    ),
    of_bucket(
        bucket::LIFECYCLE,
        "once for the bucket of each of these trails that is of this account and not of its organisation, and once more in the region that S3 names instead",
    ),
    of_bucket(bucket::LOCK, "the same, once"),
    of_bucket(bucket::VERSIONING, "the same, once"),
    logging("config", "DescribeConfigurationRecorders", None, "the same, once"),
    logging("config", "DescribeConfigurationRecorderStatus", None, "the same, once"),
    logging("events", "ListRules", pages("Rules", "NextToken", "Limit", 100), "the same, of the default event bus"),
    logging("events", "ListTargetsByRule", None, "the same, for each rule that is on and surely matches a call that changes a pool"),
];

/// The one operation that writes: `enforce` and `onboard` send it, with `--apply` only. No run does.
pub static SET_MFA: Operation = Operation {
    service: "cognito-idp",
    name: "SetUserPoolMfaConfig",
    level: Level::Pool,
    category: Category::Change,
    listing: None,
    feature: Feature::Enforce,
    when: "by `enforce --apply` once for each pool, and once more to put back; by `onboard --window --apply` to open and to close",
};
/// The reads of `enforce` and `onboard`.
const READS_OF_CHANGES: &[&str] = &["DescribeUserPool", "GetUserPoolMfaConfig", "ListUsers", "AdminGetUserAuthFactors", "AdminGetUser"];

/// Whether an operation is about one user: its calls belong to the page that listed the user.
pub fn is_of_user(operation: &str) -> bool {
    matches!(operation, "AdminGetUser" | "AdminGetUserAuthFactors")
        || self::operation(operation).is_some_and(|o| o.feature == Feature::SignIns)
}

/// The operation of this name, if it is in the plan.
pub fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|o| o.name == name)
}

/// A pool that a policy is for.
#[derive(Clone, Debug)]
pub struct PolicyTarget {
    /// The account, where it is known; else the policy carries the word `ACCOUNT` to be filled in.
    pub account: Option<String>,
    /// The pool.
    pub pool: PoolId,
}

/// The least-privilege IAM policy for these features. Without a pool it carries the placeholders `REGION`, `ACCOUNT` and
/// `REGION_POOLID`. No action of it writes, unless a feature is asked for that does.
pub fn iam_policy(features: &[Feature], targets: &[PolicyTarget]) -> Value {
    let mut arns: Vec<String> = targets.iter().map(arn).collect();
    arns.sort();
    arns.dedup();
    let pools = match arns.as_slice() {
        [] => json!("arn:aws:cognito-idp:REGION:ACCOUNT:userpool/REGION_POOLID"),
        [one] => json!(one),
        all => json!(all),
    };
    let mut statements: BTreeMap<(u8, &str), (Vec<String>, Value)> = BTreeMap::new();
    let changes = features.iter().any(|f| f.writes());
    let wanted = |o: &&Operation| features.contains(&o.feature) || (changes && READS_OF_CHANGES.contains(&o.name));
    for operation in OPERATIONS.iter().filter(wanted) {
        let (statement, resource) = match (operation.level, operation.feature) {
            (Level::Free, _) => continue,
            (Level::Pool, Feature::Users | Feature::SignIns) => ((1, "PerUserReadsOptIn"), pools.clone()),
            (Level::Pool, _) => ((0, "PoolReadsOnNamedPools"), pools.clone()),
            (Level::Account, _) => ((2, "AccountWideReadsWithoutResourceSupport"), json!("*")),
            // Which bucket, DescribeTrails says; one line for each.
            (Level::Bucket, _) => ((3, "SettingsOfTheTrailsBuckets"), json!(format!("arn:{}:s3:::TRAIL_BUCKET", partition(targets)))),
        };
        statements.entry(statement).or_insert_with(|| (Vec::new(), resource)).0.push(operation.action());
    }
    let mut statements: Vec<Value> = statements
        .into_iter()
        .map(|((_, sid), (actions, resource))| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}))
        .collect();
    if changes {
        let action = format!("{}:{}", SET_MFA.service, SET_MFA.name);
        statements.push(json!({"Sid": "ChangesMfaOfNamedPools", "Effect": "Allow", "Action": [action], "Resource": pools}));
        // A configuration with text messages names the role that sends them, and setting it passes that role on.
        statements.push(json!({
            "Sid": "OnlyWhereThePoolSendsTextMessages", "Effect": "Allow", "Action": ["iam:PassRole"],
            "Resource": "arn:aws:iam::ACCOUNT:role/SMS_ROLE",
            "Condition": {"StringEquals": {"iam:PassedToService": "cognito-idp.amazonaws.com"}},
        }));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn partition_of(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The partition of all pools: a policy is of one account.
fn partition(targets: &[PolicyTarget]) -> &'static str {
    targets.iter().find_map(|t| t.pool.region()).map_or("aws", |region| partition_of(region.as_str()))
}

fn arn(target: &PolicyTarget) -> String {
    let region = target.pool.region();
    let region = region.as_ref().map_or("REGION", |r| r.as_str());
    let partition = partition_of(region);
    let account = target.account.as_deref().unwrap_or("ACCOUNT");
    format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/{}", target.pool)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The policy as it was worked out by hand from the service authorization reference; without what later versions call.
    const EXPECTED: &[(&str, &str, &[&str])] = &[
        (
            "PoolReadsOnNamedPools",
            "arn:aws:cognito-idp:REGION:ACCOUNT:userpool/REGION_POOLID",
            &[
                "cognito-idp:DescribeUserPool",
                "cognito-idp:GetUserPoolMfaConfig",
                "cognito-idp:ListUsers",
                "cognito-idp:ListUserPoolClients",
                "cognito-idp:DescribeUserPoolClient",
                "cognito-idp:ListGroups",
                "cognito-idp:ListUsersInGroup",
                "cognito-idp:DescribeRiskConfiguration",
                "cognito-idp:GetLogDeliveryConfiguration",
                "cognito-idp:ListIdentityProviders",
            ],
        ),
        (
            "PerUserReadsOptIn",
            "arn:aws:cognito-idp:REGION:ACCOUNT:userpool/REGION_POOLID",
            &["cognito-idp:AdminGetUser", "cognito-idp:AdminGetUserAuthFactors"],
        ),
        (
            "AccountWideReadsWithoutResourceSupport",
            "*",
            &[
                "cognito-idp:ListUserPools",
                "sns:GetSMSSandboxAccountStatus",
                "sns:ListSMSSandboxPhoneNumbers",
                "sns:GetSMSAttributes",
                "sns:ListOriginationNumbers",
                "sns:ListPhoneNumbersOptedOut",
                "cloudtrail:LookupEvents",
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetTrailStatus",
                "cloudtrail:GetEventSelectors",
                "logs:DescribeLogGroups",
                "config:DescribeConfigurationRecorders",
                "config:DescribeConfigurationRecorderStatus",
                "events:ListRules",
                "events:ListTargetsByRule",
            ],
        ),
        (
            "SettingsOfTheTrailsBuckets",
            "arn:aws:s3:::TRAIL_BUCKET",
            &["s3:GetLifecycleConfiguration", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning"],
        ),
    ];

    type Statements = BTreeSet<(String, String, String, BTreeSet<String>)>;

    fn statements(policy: &Value) -> Statements {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let list = policy["Statement"].as_array().unwrap().iter();
        list.map(|s| {
            let actions = s["Action"].as_array().unwrap().iter().map(text).collect();
            (text(&s["Sid"]), text(&s["Effect"]), text(&s["Resource"]), actions)
        })
        .collect()
    }

    #[test]
    fn the_policy_grants_what_was_worked_out_by_hand_and_no_more() {
        let expected: Statements = EXPECTED
            .iter()
            .map(|(sid, resource, actions)| {
                let actions = actions.iter().map(|a| (*a).to_owned()).collect();
                ((*sid).to_owned(), "Allow".to_owned(), (*resource).to_owned(), actions)
            })
            .collect();
        assert_eq!(statements(&iam_policy(Feature::ALL, &[])), expected);
    }

    #[test]
    fn what_writes_is_in_no_policy_that_was_not_asked_for_it() {
        let actions = |features: &[Feature]| {
            let policy = iam_policy(features, &[]);
            let list = policy["Statement"].as_array().unwrap().iter().flat_map(|s| s["Action"].as_array().unwrap().clone());
            list.map(|a| a.as_str().unwrap().to_owned()).collect::<BTreeSet<String>>()
        };
        let writes = ["cognito-idp:SetUserPoolMfaConfig", "iam:PassRole"].map(str::to_owned);
        assert!(writes.iter().all(|w| !actions(Feature::ALL).contains(w)));
        for feature in [Feature::Enforce, Feature::Onboard] {
            let mut got = actions(&[feature]);
            assert!(writes.iter().all(|w| got.remove(w)), "{feature:?}");
            let reads = ["AdminGetUser", "AdminGetUserAuthFactors", "DescribeUserPool", "GetUserPoolMfaConfig", "ListUsers"];
            assert_eq!(got, reads.iter().map(|r| format!("cognito-idp:{r}")).collect());
        }
    }

    #[test]
    fn sign_ins_are_in_no_policy_that_was_not_asked_for_them() {
        let got = statements(&iam_policy(&[Feature::SignIns], &[]));
        let actions: Vec<&String> = got.iter().flat_map(|(_, _, _, actions)| actions).collect();
        assert_eq!(actions, ["cognito-idp:AdminListDevices", "cognito-idp:AdminListUserAuthEvents"]);
        assert!(!iam_policy(Feature::ALL, &[]).to_string().contains("AdminList"));
    }

    #[test]
    fn features_and_pools_narrow_the_policy() {
        let target = |pool: &str, account: Option<&str>| PolicyTarget { account: account.map(str::to_owned), pool: PoolId::from(pool) };
        let policy = iam_policy(&[Feature::Users], &[target("eu-west-1_A", Some("123456789012"))]);
        let got = statements(&policy);
        assert_eq!(got.len(), 1);
        let (sid, _, resource, _) = got.into_iter().next().unwrap();
        assert_eq!(
            (sid.as_str(), resource.as_str()),
            ("PerUserReadsOptIn", "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_A")
        );
        let two = [target("us-gov-west-1_B", None), target("cn-north-1_A", None), target("cn-north-1_A", None)];
        assert_eq!(
            iam_policy(&[Feature::Users], &two)["Statement"][0]["Resource"],
            json!([
                "arn:aws-cn:cognito-idp:cn-north-1:ACCOUNT:userpool/cn-north-1_A",
                "arn:aws-us-gov:cognito-idp:us-gov-west-1:ACCOUNT:userpool/us-gov-west-1_B"
            ])
        );
    }

    #[test]
    fn every_operation_is_on_the_allow_list_of_the_recording_and_reads() {
        for operation in OPERATIONS {
            let rule = crate::recording::allow::answer_rule(operation.service, operation.name);
            assert!(matches!(rule, crate::recording::allow::Rule::Members(m) if !m.is_empty()), "{}", operation.name);
            let name = operation.name;
            assert!(
                ["Get", "List", "Describe", "AdminGet", "AdminList", "Lookup"].iter().any(|verb| name.starts_with(verb)),
                "{name} may write"
            );
        }
    }
}
