//! Redaction as a property: whatever secret stands in an answer, at whatever path and in whatever shape, it never reaches
//! a recorded line. The trees are grown from the allow-list itself, so that every operation and member is tried.

use poolproof::collect::plan::{OPERATIONS, Operation};
use poolproof::model::scope::PrivacyMode;
use poolproof::recording::allow::{Form, Rule, answer_rule, pattern_rule, record_rule};
use poolproof::recording::line::RawCall;
use poolproof::recording::pseudonym::Pseudonyms;
use poolproof::recording::redact::Redactor;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What must never be found again. Digits, so that it can pass for part of a telephone number.
const SECRET: &str = "5318008077345";

/// A value that is, holds, or hides the secret.
fn shapes() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(SECRET)),
        Just(json!(format!("before {SECRET} after"))),
        Just(json!(SECRET.parse::<u64>().unwrap())),
        Just(json!(format!("{}{SECRET}", "x".repeat(3000)))),
        Just(json!({ SECRET: SECRET })),
        Just(json!({"Name": "sub", "Value": SECRET})),
        Just(json!({"$redacted": SECRET, "digest": SECRET})),
        Just(json!([{"Name": "email", "Value": format!("{SECRET}@example.com")}, {"Name": SECRET, "Value": true}])),
        Just(json!(format!("{{\"ExternalId\":\"{SECRET}\"}}"))),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Value::Array),
            inner.clone().prop_map(|v| json!({"ClientSecret": v})),
            inner.clone().prop_map(|v| json!({"UserPool": {"SmsConfiguration": {"ExternalId": v}}})),
            inner.prop_map(|v| json!({"Members": [v, null, 1]})),
        ]
    })
}

/// A member that the allow-list knows nowhere: real ones that carry secrets, and made-up ones.
fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "ClientSecret",
        "ExternalId",
        "SnsCallerArn",
        "UserPoolTags",
        "SmsMessage",
        "EmailMessage",
        "client_secret",
        "ProviderDetails",
        "SourceArn",
        "HtmlBody",
        "UserId",
        "$username",
        "New Member",
        "",
    ])
}

/// Where and how the secret is planted: which place, what, and whether lists are wrapped around it.
#[derive(Clone, Debug)]
struct Plant {
    place: prop::sample::Index,
    name: &'static str,
    value: Value,
    wrap: usize,
}

fn plants() -> impl Strategy<Value = Vec<Plant>> {
    let plant = (any::<prop::sample::Index>(), names(), shapes(), 0..3_usize);
    prop::collection::vec(plant.prop_map(|(place, name, value, wrap)| Plant { place, name, value, wrap }), 1..6)
}

/// An answer that has every member of the list, identities in their places.
fn grown(rule: &Rule, list: bool) -> Value {
    match rule {
        Rule::Members(members) => {
            let all: Map<String, Value> = members.iter().map(|(name, rule)| (name.clone(), grown(rule, list))).collect();
            if list { json!([all, all]) } else { Value::Object(all) }
        }
        Rule::Leaf(form) => match form {
            Form::Keep => json!("kept"),
            Form::Time | Form::Day => json!(1.7e9),
            Form::User | Form::Token => json!(SECRET),
            Form::Phone => json!(format!("+1{SECRET}")),
            Form::Origin => json!(format!("https://u:{SECRET}@host.example/{SECRET}?q={SECRET}#{SECRET}")),
            Form::Event => json!(grown(record_rule(), false).to_string()),
            Form::Pattern => json!(grown(pattern_rule(), false).to_string()),
            Form::Who | Form::Sub | Form::Digest => json!(SECRET),
            Form::Host => json!(format!("{SECRET}.amazonaws.com.example")),
            Form::Count => json!([SECRET, SECRET]),
            Form::Attributes => json!([
                {"Name": "sub", "Value": SECRET}, {"Name": "email", "Value": format!("{SECRET}@example.com")},
                {"Name": "phone_number", "Value": format!("+1{SECRET}")}, {"Name": "email_verified", "Value": SECRET},
                {"Name": "custom:x", "Value": SECRET}, {"Name": "identities", "Value": format!("[{{\"userId\":\"{SECRET}\",\"providerName\":\"Okta\"}}]")},
                {"Name": "name", "Value": SECRET}, {"Name": SECRET, "Value": "x"}, SECRET, {"Value": SECRET},
            ]),
        },
    }
}

/// Plants at the n-th place of a tree: an object gets another member; a leaf is replaced. `plain` says whether a plain
/// string may stand at a leaf that is kept as it is (it may not: such a leaf keeps what AWS says there).
fn plant(value: &mut Value, rule: Option<&Rule>, n: &mut usize, what: &Plant) {
    let mut planted = what.value.clone();
    for _ in 0..what.wrap {
        planted = json!([planted]);
    }
    let here = *n == 0;
    *n = n.wrapping_sub(1);
    match value {
        Value::Object(members) => {
            if here {
                members.insert(what.name.to_owned(), planted);
                return;
            }
            let rules = match rule {
                Some(Rule::Members(rules)) => Some(rules),
                _ => None,
            };
            for (name, member) in members.iter_mut() {
                plant(member, rules.and_then(|r| r.get(name)), n, what);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, rule, n, what)),
        leaf if here => {
            let kept = matches!(rule, Some(Rule::Leaf(Form::Keep)));
            *leaf = if kept { json!({ "Hidden": planted }) } else { planted };
        }
        _ => {}
    }
}

fn places(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(places).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(places).sum::<usize>(),
        _ => 1,
    }
}

fn raw(operation: &Operation, input: Value, body: Vec<u8>, error: Option<String>) -> RawCall {
    RawCall {
        service: operation.service,
        operation: operation.name,
        region: "eu-west-1".to_owned(),
        origin: None,
        input,
        pass: 1,
        attempt: 1,
        time: "2026-11-24T10:00:00.000Z".to_owned(),
        status: Some(200),
        request_id: None,
        server_date: None,
        error,
        body,
        subject_sub: Some(SECRET.to_owned()),
    }
}

fn recorded(call: &RawCall) -> String {
    let redactor = Redactor::new(Pseudonyms::new(PrivacyMode::Pseudonym, [1; 32], [2; 32]), "r_test");
    serde_json::to_string(&redactor.call(call, "segment:1", "00")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_planted_secret_never_gets_through(operation in 0..OPERATIONS.len(), list in any::<bool>(), plants in plants()) {
        let operation = &OPERATIONS[operation];
        let rule = answer_rule(operation.service, operation.name);
        let mut answer = grown(rule, list);
        if answer.is_array() {
            answer = answer[0].take();
        }
        for what in &plants {
            let mut n = what.place.index(places(&answer));
            // A leaf that is kept as it is may lie anywhere; what is planted there is wrapped into an object.
            plant(&mut answer, Some(rule), &mut n, what);
        }
        let line = recorded(&raw(operation, json!({}), serde_json::to_vec(&answer).unwrap(), None));
        prop_assert!(!line.contains(SECRET), "{} lets it through:\n{answer:#}\n{line}", operation.name);
    }

    #[test]
    fn a_secret_among_the_parameters_never_gets_through(operation in 0..OPERATIONS.len(), name in names(), value in shapes()) {
        let input = json!({"UserPoolId": "eu-west-1_A", "Username": SECRET, "PaginationToken": SECRET, "NextToken": SECRET, "nextToken": SECRET, name: value});
        let line = recorded(&raw(&OPERATIONS[operation], input, b"{}".to_vec(), None));
        prop_assert!(!line.contains(SECRET), "{line}");
    }

    #[test]
    fn an_error_keeps_a_code_and_nothing_else(operation in 0..OPERATIONS.len(), before in "[ -~]{0,20}", after in "[@ :/ä]{1,5}") {
        let body = json!({"__type": "X", "message": SECRET}).to_string().into_bytes();
        let line = recorded(&raw(&OPERATIONS[operation], json!({}), body, Some(format!("{before}{after}{SECRET}"))));
        prop_assert!(!line.contains(SECRET) , "{line}");
    }

    #[test]
    fn a_secret_in_xml_never_gets_through(operation in 0..OPERATIONS.len(), element in "[A-Za-z]{1,12}", deep in 0..6_usize) {
        let operation = &OPERATIONS[operation];
        let inner = format!("{}{SECRET}{}", "<member>".repeat(deep), "</member>".repeat(deep));
        let name = operation.name;
        let text = format!("<{name}Response><{name}Result><UserId>{SECRET}</UserId><x{element}>{inner}</x{element}></{name}Result></{name}Response>");
        let line = recorded(&raw(operation, json!({}), text.into_bytes(), None));
        prop_assert!(!line.contains(SECRET), "{line}");
    }
}

#[test]
fn the_property_can_fail() {
    // What is kept as it is would show: the trees do reach recorded lines.
    let operation = OPERATIONS.iter().find(|o| o.name == "DescribeUserPool").unwrap();
    let line = recorded(&raw(operation, json!({}), json!({"UserPool": {"Name": SECRET}}).to_string().into_bytes(), None));
    assert!(line.contains(SECRET));
}

#[test]
fn clear_mode_keeps_names_and_addresses_but_no_other_secret() {
    let redactor = Redactor::new(Pseudonyms::new(PrivacyMode::Clear, [1; 32], [2; 32]), "r_test");
    let describe = OPERATIONS.iter().find(|o| o.name == "DescribeUserPoolClient").unwrap();
    let body = json!({"UserPoolClient": {"ClientId": "web", "ClientSecret": SECRET}}).to_string().into_bytes();
    let line = serde_json::to_string(&redactor.call(&raw(describe, json!({}), body, None), "segment:1", "00")).unwrap();
    assert!(!line.contains(SECRET));
    let list = OPERATIONS.iter().find(|o| o.name == "ListUsers").unwrap();
    let user =
        json!({"Username": "ann", "Attributes": [{"Name": "email", "Value": "ann@example.com"}, {"Name": "custom:x", "Value": SECRET}]});
    let body = json!({"Users": [user], "PaginationToken": SECRET}).to_string().into_bytes();
    let line = serde_json::to_string(&redactor.call(&raw(list, json!({}), body, None), "segment:1", "00")).unwrap();
    assert!(!line.contains(SECRET) && line.contains("ann@example.com"));
}
