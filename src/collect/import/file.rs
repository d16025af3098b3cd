//! One file of the AWS CLI: which operation it is the output of, and whether it is that output. Decides nothing about
//! pools and regions.

use super::{ImportError, Problem};
use crate::collect::plan::{OPERATIONS, Operation};
use crate::collect::progress::Progress;
use crate::io;
use crate::snapshot::bucket;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Largest file, bytes: about 10,000 users. More belong into pages, so that a recorded line stays readable.
pub(super) const LARGEST: u64 = 8 << 20;
/// Most files.
const MOST: usize = 100_000;

/// A file that is what its name says.
pub(super) struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its name relative to the folder, for messages.
    pub name: String,
    /// The folder inside that it stands in; a pool id or a region.
    pub folder: Option<String>,
    /// Whose output it is.
    pub operation: &'static Operation,
    /// What follows the operation in its name, without a page number.
    pub suffix: String,
    /// The page number at the end of its name.
    pub number: Option<u64>,
    /// The content. Holds secrets.
    pub content: Value,
}

impl Found {
    /// What follows the operation in its name, a page number or what looks like one included: a bucket's name may end so.
    pub fn whole_suffix(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let rest = stem.strip_prefix(&kebab(self.operation.name)).unwrap_or_default();
        rest.trim_start_matches(['.', '-', '_']).to_owned()
    }
}

/// Everything in a folder, in the order of the names.
pub(super) fn scan(from: &Path, problems: &mut Vec<Problem>, progress: &dyn Progress) -> Result<Vec<Found>, ImportError> {
    let mut found = Vec::new();
    for path in io::list(from)? {
        if io::is_dir(&path) && !io::is_link(&path) {
            let folder = name_of(&path);
            for inner in io::list(&path)? {
                take(&inner, Some(&folder), &mut found, problems, progress);
            }
        } else {
            take(&path, None, &mut found, problems, progress);
        }
        if found.len() > MOST {
            problems.push(Problem { file: name_of(from), why: format!("it holds more than {MOST} files") });
            break;
        }
    }
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn take(path: &Path, folder: Option<&str>, found: &mut Vec<Found>, problems: &mut Vec<Problem>, progress: &dyn Progress) {
    let file = name_of(path);
    let name = folder.map_or_else(|| file.clone(), |folder| format!("{folder}/{file}"));
    if file.starts_with('.') {
        progress.note(&format!("{name}: a hidden file, not looked at"));
        return;
    }
    match read(path, &file) {
        Ok((operation, suffix, number, content)) => {
            found.push(Found { path: path.to_owned(), name, folder: folder.map(str::to_owned), operation, suffix, number, content });
        }
        Err(why) => problems.push(Problem { file: name, why }),
    }
}

type Read = (&'static Operation, String, Option<u64>, Value);

fn read(path: &Path, file: &str) -> Result<Read, String> {
    if io::is_link(path) {
        return Err("it is a link; put the file itself here".to_owned());
    }
    if io::is_dir(path) {
        return Err("folders inside are for pool ids and regions, one level deep".to_owned());
    }
    let Some(stem) = file.strip_suffix(".json") else {
        return Err("it is no .json file; take it out of the folder".to_owned());
    };
    let (operation, suffix, number) = operation_of(stem).ok_or_else(|| {
        let known: Vec<String> = OPERATIONS.iter().map(|o| kebab(o.name)).collect();
        format!("its name begins with none of the commands that are read; take it out, or name it after one of: {}", known.join(", "))
    })?;
    let bytes = io::read(path, LARGEST).map_err(|e| {
        format!("it cannot be read ({}); a listing larger than {LARGEST} bytes belongs into pages (`--no-paginate` with the token of the page before)", e.source)
    })?;
    let command = kebab(operation.name);
    // The services whose commands are called otherwise than their permissions.
    let service = match operation.service {
        "config" => "configservice",
        "s3" => "s3api",
        service => service,
    };
    let content = parse(&bytes).map_err(|why| format!("{why}; run `aws {service} {command}` again"))?;
    fits(operation, &content).map_err(|why| format!("it is not the output of {command}: {why}; run the command again without --query"))?;
    Ok((operation, suffix, number, content))
}

fn parse(bytes: &[u8]) -> Result<Value, String> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err("it is UTF-16, as Windows PowerShell writes it; use `| Out-File -Encoding ascii`".to_owned());
        }
        [0xef, 0xbb, 0xbf, ..] => return Err("it begins with a byte order mark; save it as plain UTF-8".to_owned()),
        _ if bytes.iter().all(u8::is_ascii_whitespace) => return Err("it is empty".to_owned()),
        _ => {}
    }
    serde_json::from_slice(bytes).map_err(|e| format!("it is not JSON (line {}, column {}); use --output json", e.line(), e.column()))
}

/// The member that an output always has.
fn member(operation: &Operation) -> &'static str {
    match (operation.listing, operation.name) {
        (Some(listing), _) => listing.items,
        (_, "DescribeUserPool") => "UserPool",
        (_, "GetUserPoolMfaConfig") => "MfaConfiguration",
        (_, "DescribeUserPoolClient") => "UserPoolClient",
        (_, "DescribeRiskConfiguration") => "RiskConfiguration",
        (_, "GetLogDeliveryConfiguration") => "LogDeliveryConfiguration",
        (_, "GetCallerIdentity") => "Account",
        (_, "GetSMSSandboxAccountStatus") => "IsInSandbox",
        (_, "GetSMSAttributes") => "attributes",
        (_, "GetTrailStatus") => "IsLogging",
        (_, "GetEventSelectors") => "TrailARN",
        (_, "DescribeConfigurationRecorders") => "ConfigurationRecorders",
        (_, "DescribeConfigurationRecorderStatus") => "ConfigurationRecordersStatus",
        (_, "ListTargetsByRule") => "Targets",
        (_, bucket::LIFECYCLE) => "Rules",
        (_, bucket::LOCK) => "ObjectLockConfiguration",
        (_, bucket::VERSIONING) => "Status",
        _ => "Username",
    }
}

fn fits(operation: &Operation, content: &Value) -> Result<(), String> {
    match content {
        Value::Object(members) if members.contains_key(member(operation)) => {}
        Value::Object(_) => return Err(format!("{:?} is missing", member(operation))),
        Value::Array(_) => return Err("it is a bare list".to_owned()),
        _ => return Err("it is no JSON object".to_owned()),
    }
    // What was cut out would count as "not set", which is mostly the good news.
    match always(operation.name).iter().find(|pointer| content.pointer(pointer).is_none_or(Value::is_null)) {
        Some(missing) => Err(format!("{:?} is missing", missing.trim_start_matches('/').replace('/', "."))),
        None => Ok(()),
    }
}

/// Members that AWS gives of every pool and client (API reference, UserPoolType, UserPoolClientType; AWS CLI's own examples): an
/// output without them was cut by --query or by hand.
fn always(operation: &str) -> &'static [&'static str] {
    match operation {
        "DescribeUserPool" => &[
            "/UserPool/Id",
            "/UserPool/Name",
            "/UserPool/Policies",
            "/UserPool/MfaConfiguration",
            "/UserPool/EstimatedNumberOfUsers",
            "/UserPool/CreationDate",
            "/UserPool/LastModifiedDate",
        ],
        "DescribeUserPoolClient" => &["/UserPoolClient/ClientId", "/UserPoolClient/UserPoolId", "/UserPoolClient/ClientName"],
        _ => &[],
    }
}

/// The operation that a file is named after, what follows it, and a page number at the end of that.
fn operation_of(stem: &str) -> Option<(&'static Operation, String, Option<u64>)> {
    let named = OPERATIONS.iter().filter_map(|operation| {
        let rest = stem.strip_prefix(&kebab(operation.name))?;
        (rest.is_empty() || rest.starts_with(['.', '-', '_'])).then_some((operation, rest))
    });
    // `describe-user-pool-client` begins with `describe-user-pool`.
    let (operation, rest) = named.min_by_key(|(_, rest)| rest.len())?;
    let rest = rest.trim_start_matches(['.', '-', '_']);
    let digits = rest.len() - rest.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (head, tail) = rest.split_at(digits);
    // A number counts as the page's only where it stands alone: `admins.2`, `2`; not `team2`.
    match tail.parse() {
        Ok(number) if head.is_empty() || head.ends_with('.') => Some((operation, head.trim_end_matches('.').to_owned(), Some(number))),
        _ => Some((operation, rest.to_owned(), None)),
    }
}

/// `GetSMSSandboxAccountStatus` as the AWS CLI spells it: `get-sms-sandbox-account-status`.
pub(super) fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (n, letter) in letters.iter().enumerate() {
        let after_lower = n > 0 && letters.get(n - 1).is_some_and(char::is_ascii_lowercase);
        let before_lower = n > 0 && letters.get(n + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_lower || before_lower) {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_spelled_as_the_cli_does() {
        for (name, expected) in [
            ("GetSMSSandboxAccountStatus", "get-sms-sandbox-account-status"),
            ("ListSMSSandboxPhoneNumbers", "list-sms-sandbox-phone-numbers"),
            ("GetSMSAttributes", "get-sms-attributes"),
            ("AdminGetUserAuthFactors", "admin-get-user-auth-factors"),
            ("ListUsersInGroup", "list-users-in-group"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }

    #[test]
    fn a_pool_or_client_cut_down_by_a_query_is_not_its_description() {
        let told = |name: &str, content: Value| fits(crate::collect::plan::operation(name).unwrap(), &content);
        let whole = serde_json::json!({"UserPool": {"Id": "eu-west-1_A", "Name": "a", "Policies": {}, "MfaConfiguration": "ON",
            "EstimatedNumberOfUsers": 0, "CreationDate": 1.0, "LastModifiedDate": 1.0}});
        assert_eq!(told("DescribeUserPool", whole.clone()), Ok(()));
        let mut cut = whole;
        cut["UserPool"].as_object_mut().unwrap().remove("Policies");
        assert_eq!(told("DescribeUserPool", cut), Err("\"UserPool.Policies\" is missing".to_owned()));
        let client = serde_json::json!({"UserPoolClient": {"ClientId": "a", "UserPoolId": "eu-west-1_A"}});
        assert_eq!(told("DescribeUserPoolClient", client), Err("\"UserPoolClient.ClientName\" is missing".to_owned()));
    }

    #[test]
    fn a_file_s_name_tells_operation_subject_and_page() {
        let named = |stem: &str| operation_of(stem).map(|(o, suffix, number)| (o.name, suffix, number));
        for (stem, operation, suffix, number) in [
            ("describe-user-pool", "DescribeUserPool", "", None),
            ("describe-user-pool-client", "DescribeUserPoolClient", "", None),
            ("describe-user-pool-client-web", "DescribeUserPoolClient", "web", None),
            ("list-users.2", "ListUsers", "", Some(2)),
            ("list-users-10", "ListUsers", "", Some(10)),
            ("list-users-in-group.admins", "ListUsersInGroup", "admins", None),
            ("list-users-in-group.admins.2", "ListUsersInGroup", "admins", Some(2)),
            ("list-users-in-group-team2", "ListUsersInGroup", "team2", None),
            ("admin-get-user-auth-factors_ann", "AdminGetUserAuthFactors", "ann", None),
        ] {
            assert_eq!(named(stem), Some((operation, suffix.to_owned(), number)), "{stem}");
        }
        assert_eq!(named("list-user"), None);
        assert_eq!(named("list-usersx"), None);
    }
}
