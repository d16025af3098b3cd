//! COG-LOG-004: does anything notice when a pool's settings change: a configuration recorder of AWS Config, or rules of
//! EventBridge on the calls that change them. Whom a target reaches is for a person to show.

use super::trails::{Worth, worth};
use crate::checks::PoolCx;
use crate::checks::mfa::words;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::logging::Logging;
use crate::snapshot::watch::{CHANGES, Follows, Matches, Recorder, Rule, is_on};
use std::collections::BTreeSet;

/// What was found of one recorder or of the rules.
enum Found {
    /// It notices every change.
    All(Decision),
    /// It notices some, or what it notices is not judged here; in words.
    Partly(String),
    /// Nothing.
    Nothing,
}

/// Decides COG-LOG-004.
pub(super) fn noticed(cx: &PoolCx) -> Result<Decision, Gap> {
    let logging = cx.snapshot.logging_of(cx.pool);
    let watch = &logging.watch;
    let recorders = watch.recorders.if_read().into_iter().flatten().map(of_recorder);
    let found: Vec<Result<Found, Gap>> = recorders.chain([of_rules(cx, &logging)]).collect();
    if let Some(decision) = found.iter().flatten().find_map(|f| if let Found::All(decision) = f { Some(decision) } else { None }) {
        return Ok(decision.clone());
    }
    watch.recorders.needed()?;
    let mut partly = Vec::new();
    for found in found {
        if let Found::Partly(what) = found? {
            partly.push(what);
        }
    }
    let proof = Proof::new(watch.recorders.at.clone()).and(watch.rules.complete.at.clone());
    let (verdict, reason) = if partly.is_empty() { (Verdict::Fail, "nothing") } else { (Verdict::Manual, "partly") };
    Ok(Decision::new(verdict, reason, proof).with("region", &cx.pool.region).with("partly", partly.join("; ")))
}

/// A recorder that is on, works, and includes user pools.
fn of_recorder(recorder: &Recorder) -> Result<Found, Gap> {
    let partly = |why: &str| Ok(Found::Partly(format!("the recorder {}: {why}", recorder.name)));
    if recorder.pools == Follows::No || !*recorder.on.needed()? {
        return Ok(Found::Nothing);
    }
    // Before its first recording a recorder has no last one. The API model writes `Success`, AWS's own answers `SUCCESS`.
    let works = |last: &String| ["pending", "success", "notapplicable"].contains(&last.to_ascii_lowercase().as_str());
    if !recorder.last.known()?.is_none_or(works) {
        return partly("its last recording failed");
    }
    if let Follows::Partly(why) = recorder.pools {
        return partly(why);
    }
    let proof = Proof::new(recorder.at.clone()).and(recorder.on.at.clone());
    Ok(Found::All(Decision::new(Verdict::Pass, "recorded", proof).with("recorder", &recorder.name)))
}

/// The rules together: each call that changes a pool has one with a target. Without a trail that is on, none of these
/// events reaches EventBridge (EventBridge user guide, AWS service events by way of CloudTrail).
fn of_rules(cx: &PoolCx, logging: &Logging) -> Result<Found, Gap> {
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    let (mut by, mut at) = (Vec::new(), Vec::new());
    let mut unclear = Vec::new();
    let mut gap = None;
    for rule in &logging.watch.rules.items {
        match of_rule(rule) {
            Ok(One::Matches(these)) => {
                matched.extend(these);
                by.push(rule.name.as_str());
                at.extend([rule.at.clone(), rule.targets.at.clone()]);
            }
            Ok(One::Unclear) => unclear.push(rule.name.as_str()),
            Ok(One::Nothing) => {}
            Err(missing) => gap = gap.or(Some(missing)),
        }
    }
    let all = matched.len() == CHANGES.len();
    if all && let Some(trail) = trail(cx, logging)? {
        let proof = Proof::new(logging.watch.rules.complete.at.clone()).and_all(at).and_all(trail);
        return Ok(Found::All(Decision::new(Verdict::Pass, "ruled", proof).with("rules", words(by))));
    }
    logging.watch.rules.all()?;
    if let Some(gap) = gap {
        return Err(gap);
    }
    let mut partly = Vec::new();
    if !unclear.is_empty() {
        partly.push(format!("the rules {}, whose pattern or state is not judged here", words(unclear)));
    }
    if !matched.is_empty() {
        let why = if all { "though no trail is on, without which they get no event" } else { "which match only" };
        let what = if all { String::new() } else { format!(" {}", words(&matched)) };
        partly.push(format!("the rules {}, {why}{what}", words(by)));
    }
    Ok(if partly.is_empty() { Found::Nothing } else { Found::Partly(partly.join("; ")) })
}

/// What one rule does.
enum One<'a> {
    Matches(&'a [&'static str]),
    Unclear,
    Nothing,
}

fn of_rule(rule: &Rule) -> Result<One<'_>, Gap> {
    let on = match rule.state.needed()?.as_str() {
        "DISABLED" => return Ok(One::Nothing),
        state => is_on(state),
    };
    match &rule.matches {
        Matches::Nothing => Ok(One::Nothing),
        Matches::These(these) if on => Ok(if *rule.targets.needed()? > 0 { One::Matches(these) } else { One::Nothing }),
        Matches::These(_) | Matches::Unclear => Ok(One::Unclear),
    }
}

/// A trail that is on and records changes of the pool.
fn trail(cx: &PoolCx, logging: &Logging) -> Result<Option<[Evidence; 2]>, Gap> {
    let mut gap = None;
    for trail in &logging.trails.items {
        match worth(trail, &cx.pool.region) {
            Ok(Worth::Nothing) => {}
            Ok(_) => return Ok(Some([trail.at.clone(), trail.on.at.clone()])),
            Err(missing) => gap = gap.or(Some(missing)),
        }
    }
    logging.trails.all()?;
    gap.map_or(Ok(None), Err)
}

#[cfg(test)]
pub(super) mod cases {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, merge};
    use crate::snapshot::watch::CHANGES;
    use serde_json::{Value, json};

    /// The good pool with another recorder.
    fn recorder(change: Value) -> Fixture {
        let mut fixture = Fixture::good();
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeConfigurationRecorders").unwrap();
        merge(&mut call.outcome.as_mut().unwrap()["ConfigurationRecorders"][0], change);
        fixture
    }

    fn status(change: Value) -> Fixture {
        let mut fixture = Fixture::good();
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeConfigurationRecorderStatus").unwrap();
        merge(&mut call.outcome.as_mut().unwrap()["ConfigurationRecordersStatus"][0], change);
        fixture
    }

    /// Without a recorder.
    fn bare() -> Fixture {
        Fixture::good()
            .with("DescribeConfigurationRecorders", json!({"ConfigurationRecorders": []}))
            .with("DescribeConfigurationRecorderStatus", json!({"ConfigurationRecordersStatus": []}))
    }

    /// Without a recorder, and with these rules; each has one target.
    fn rules(list: &[(&'static str, Value)]) -> Fixture {
        let listed: Vec<Value> = list
            .iter()
            .map(|(name, rule)| {
                let mut rule = rule.clone();
                rule["Name"] = json!(name);
                rule
            })
            .collect();
        let mut fixture = bare().with("ListRules", json!({"Rules": listed}));
        for (name, _) in list {
            fixture.targets(name, json!([{"Id": "1", "Arn": "arn:aws:sns:eu-west-1:123456789012:alarm", "Input": "s3cret"}]));
        }
        fixture
    }

    fn rule(names: Value) -> Value {
        let pattern = json!({"source": ["aws.cognito-idp"], "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {"eventSource": ["cognito-idp.amazonaws.com"], "eventName": names}});
        json!({"State": "ENABLED", "EventPattern": pattern.to_string(), "Description": "tells s3cret"})
    }

    /// Without a recorder, and with one rule on every change.
    fn ruled() -> Fixture {
        rules(&[("pools", rule(json!(CHANGES)))])
    }

    pub fn table() -> Vec<Case> {
        let gap = "INCOMPLETE gap";
        let id = "COG-LOG-004";
        let state = |state: Value| {
            let mut rule = rule(json!(CHANGES));
            rule["State"] = state;
            rules(&[("pools", rule)])
        };
        let pattern = |text: &str| rules(&[("pools", json!({"State": "ENABLED", "EventPattern": text}))]);
        let denied = "AccessDeniedException";
        let without_targets = || {
            let mut fixture = ruled();
            fixture.targets("pools", json!([]));
            fixture
        };
        vec![
            (id, "a recorder of everything", Fixture::good(), "PASS recorded"),
            (
                id,
                "a recorder of pools",
                recorder(
                    json!({"recordingGroup": {"allSupported": false, "recordingStrategy": null, "resourceTypes": ["AWS::Cognito::UserPool"]}}),
                ),
                "PASS recorded",
            ),
            (id, "a recorder, the rules denied", Fixture::good().fails("ListRules", denied), "PASS recorded"),
            (id, "a rule on all", ruled(), "PASS ruled"),
            (
                id,
                "two rules together",
                rules(&[("mfa", rule(json!(["SetUserPoolMfaConfig"]))), ("rest", rule(json!(["UpdateUserPool", "UpdateUserPoolClient"])))]),
                "PASS ruled",
            ),
            (id, "a rule on every event", state(json!("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")), "PASS ruled"),
            (id, "a rule, the recorders denied", ruled().fails("DescribeConfigurationRecorders", denied), "PASS ruled"),
            (id, "neither", bare(), "FAIL nothing"),
            (id, "a recorder that is off", status(json!({"recording": false})), "FAIL nothing"),
            (
                id,
                "a recorder that leaves pools out",
                recorder(json!({"recordingGroup": {"allSupported": false, "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
                    "exclusionByResourceTypes": {"resourceTypes": ["AWS::Cognito::UserPool"]}}})),
                "FAIL nothing",
            ),
            (id, "a rule that is off", state(json!("DISABLED")), "FAIL nothing"),
            (id, "a rule without a target", without_targets(), "FAIL nothing"),
            (
                id,
                "a rule by the clock",
                rules(&[("pools", json!({"State": "ENABLED", "ScheduleExpression": "rate(1 day)"}))]),
                "FAIL nothing",
            ),
            (id, "a rule on other calls", rules(&[("pools", rule(json!(["CreateUserPool"])))]), "FAIL nothing"),
            (id, "a recorder once a day", recorder(json!({"recordingMode": {"recordingFrequency": "DAILY"}})), "MANUAL partly"),
            (id, "a recorder that fails", status(json!({"lastStatus": "Failure"})), "MANUAL partly"),
            (id, "a recorder of a service", recorder(json!({"recordingScope": "INTERNAL"})), "MANUAL partly"),
            (id, "a rule on some", rules(&[("pools", rule(json!(["UpdateUserPool"])))]), "MANUAL partly"),
            (id, "a rule with a prefix", rules(&[("pools", rule(json!([{"prefix": "Update"}])))]), "MANUAL partly"),
            (id, "a rule in another state", state(json!("SLEEPING")), "MANUAL partly"),
            (id, "a pattern that is no JSON", pattern("{"), "MANUAL partly"),
            (id, "a pattern that says a thing twice", pattern(r#"{"source":["aws.s3"],"source":["aws.cognito-idp"]}"#), "MANUAL partly"),
            (id, "a rule, and no trail", ruled().with("DescribeTrails", json!({"trailList": []})), "MANUAL partly"),
            (id, "recorders denied", bare().fails("DescribeConfigurationRecorders", denied), gap),
            (id, "recorders never asked", Fixture::good().without("DescribeConfigurationRecorders"), gap),
            (id, "status denied", Fixture::good().fails("DescribeConfigurationRecorderStatus", denied), gap),
            (id, "status of another", status(json!({"name": "other"})), gap),
            (id, "a status without a word", status(json!({"recording": null})), gap),
            (id, "a recorder without a name", recorder(json!({"name": null})), gap),
            (id, "rules denied", bare().fails("ListRules", denied), gap),
            (id, "rules never asked", bare().without("ListRules"), gap),
            (id, "rules cut off", bare().with("ListRules", json!({"NextToken": "more"})), gap),
            (id, "a rule without a name", bare().with("ListRules", json!({"Rules": [{"State": "ENABLED"}]})), gap),
            (id, "a rule without a state", state(Value::Null), gap),
            (id, "targets denied", ruled().fails("ListTargetsByRule", denied), gap),
            (id, "a rule, and the trails denied", ruled().fails("DescribeTrails", denied), gap),
        ]
    }
}
