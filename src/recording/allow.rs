//! The allow-list: which members of which answers may be stored, and in which form. Data: `allow.json`.
//!
//! What the list does not name keeps its name and its JSON type, never its value. Lists are transparent: a rule for
//! a list holds for each of its elements.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What may be stored of a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// A value, in this form.
    Leaf(Form),
    /// An object, member by member.
    Members(BTreeMap<String, Rule>),
}

/// The form in which a value may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// As it is, if it is a scalar or a list of scalars.
    Keep,
    /// A time, as RFC 3339.
    Time,
    /// A time rounded to its day.
    Day,
    /// A user name, as the pseudonym of its user.
    User,
    /// A list of user attributes.
    Attributes,
    /// A page token, as a digest.
    Token,
    /// A telephone number, as digest and country.
    Phone,
    /// A URL, as scheme and host.
    Origin,
    /// A list, as its length.
    Count,
    /// A CloudTrail record as JSON in a text, as LookupEvents gives it, by the rule of `cloudtrail:Record`.
    Event,
    /// An event pattern as JSON in a text, as ListRules gives it, by the rule of `events:Pattern`.
    Pattern,
    /// Who called, as a digest.
    Who,
    /// Where a call came from: the name of an AWS service as it is, an address as a digest.
    Host,
    /// A `sub`, as the pseudonym of its user.
    Sub,
    /// A digest file of CloudTrail, as it is where it is one and holds nothing else.
    Digest,
}

static LIST: LazyLock<BTreeMap<String, Rule>> = LazyLock::new(|| serde_json::from_str(include_str!("allow.json")).unwrap_or_default());

/// The rule for an operation's answer; an operation that is not listed has none, and nothing of it is stored.
pub fn answer_rule(service: &str, operation: &str) -> &'static Rule {
    static NOTHING: Rule = Rule::Members(BTreeMap::new());
    LIST.get(&format!("{service}:{operation}")).unwrap_or(&NOTHING)
}

/// The rule for one CloudTrail record, wherever it stands.
pub fn record_rule() -> &'static Rule {
    answer_rule("cloudtrail", "Record")
}

/// The rule for the pattern of a rule on events.
pub fn pattern_rule() -> &'static Rule {
    answer_rule("events", "Pattern")
}

/// The form in which a request parameter may be stored, if it may.
pub fn input_form(parameter: &str) -> Option<Form> {
    match parameter {
        "UserPoolId"
        | "ClientId"
        | "GroupName"
        | "MaxResults"
        | "Limit"
        | "Filter"
        | "EventName"
        | "Key"
        | "Name"
        | "TrailName"
        | "limit"
        | "logGroupNamePrefix"
        | "Rule"
        | "Bucket"
        | "ExpectedBucketOwner" => Some(Form::Keep),
        "Username" => Some(Form::User),
        "PaginationToken" | "NextToken" | "nextToken" => Some(Form::Token),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_parses_and_names_every_operation_once() {
        let list: BTreeMap<String, Rule> = serde_json::from_str(include_str!("allow.json")).unwrap();
        assert_eq!(list.len(), LIST.len());
        assert_eq!(list.len(), 37);
    }
}
