//! COG-LOG-002: where the records of a pool go. Whether what is configured arrives is for a person to show; nothing here
//! passes by a setting alone.

use crate::checks::PoolCx;
use crate::checks::mfa::words;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::risk::Export;

/// What can be exported, and at which level (API reference, LogConfigurationType).
const SOURCES: [(&str, &str); 2] = [("userAuthEvents", "INFO"), ("userNotification", "ERROR")];

/// An export in words.
fn shown(export: &Export) -> String {
    format!("{} ({}) to {}", export.source, export.level, words(&export.to))
}

/// Decides COG-LOG-002. The tiers below PLUS export no sign-in events.
pub(super) fn exported(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let proof = Proof::new(pool.exports.at.clone()).and(pool.tier.at.clone());
    let exports = pool.exports.needed()?;
    let tier = pool.tier.known()?.map_or("PLUS", String::as_str);
    let list = words(exports.iter().map(shown));
    let decide = |verdict, reason| Ok(Decision::new(verdict, reason, proof.clone()).with("tier", tier).with("exports", &list));
    if !["LITE", "ESSENTIALS", "PLUS"].contains(&tier) {
        return decide(Verdict::Incomplete, "unknown");
    }
    let delivered = |(source, level): &(&str, &str)| exports.iter().any(|e| e.source == *source && e.level == *level && !e.to.is_empty());
    if tier == "PLUS" && !SOURCES.iter().any(delivered) {
        // An entry of another kind is not taken for nothing.
        return match exports.iter().all(|e| SOURCES.iter().any(|(source, level)| e.source == *source && e.level == *level)) {
            true => decide(Verdict::Fail, "nothing"),
            false => decide(Verdict::Incomplete, "unknown"),
        };
    }
    let missing: Vec<&str> = SOURCES.iter().filter(|s| !delivered(s)).map(|(source, _)| *source).collect();
    match (tier, missing.is_empty()) {
        (_, true) => decide(Verdict::Manual, "configured"),
        ("PLUS", false) => Ok(decide(Verdict::Manual, "partly")?.with("missing", words(missing))),
        _ => decide(Verdict::Manual, "not-in-this-tier"),
    }
}

#[cfg(test)]
pub(super) mod cases {
    use crate::checks::cases::Case;
    use crate::checks::testkit::Fixture;
    use serde_json::{Value, json};

    fn exports(list: Value) -> Fixture {
        Fixture::good().with("GetLogDeliveryConfiguration", json!({"LogDeliveryConfiguration": {"LogConfigurations": list}}))
    }

    fn tier(fixture: Fixture, tier: Value) -> Fixture {
        fixture.with("DescribeUserPool", json!({"UserPool": {"UserPoolTier": tier}}))
    }

    pub fn table() -> Vec<Case> {
        let good = Fixture::good;
        let gap = "INCOMPLETE gap";
        let signing = || json!({"EventSource": "userAuthEvents", "LogLevel": "INFO", "FirehoseConfiguration": {"StreamArn": "arn"}});
        let sending =
            || json!({"EventSource": "userNotification", "LogLevel": "ERROR", "CloudWatchLogsConfiguration": {"LogGroupArn": "arn"}});
        let nowhere = json!({"EventSource": "userAuthEvents", "LogLevel": "INFO"});
        vec![
            ("COG-LOG-002", "both", good(), "MANUAL configured"),
            ("COG-LOG-002", "nothing", exports(json!([])), "FAIL nothing"),
            ("COG-LOG-002", "nothing, no tier", tier(exports(json!([])), Value::Null), "FAIL nothing"),
            ("COG-LOG-002", "to nowhere", exports(json!([nowhere])), "FAIL nothing"),
            ("COG-LOG-002", "sign-ins only", exports(json!([signing()])), "MANUAL partly"),
            ("COG-LOG-002", "messages only", exports(json!([sending()])), "MANUAL partly"),
            ("COG-LOG-002", "sign-ins to nowhere", exports(json!([nowhere, sending()])), "MANUAL partly"),
            ("COG-LOG-002", "a lesser tier", tier(exports(json!([])), json!("ESSENTIALS")), "MANUAL not-in-this-tier"),
            ("COG-LOG-002", "a lesser tier, messages", tier(exports(json!([sending()])), json!("LITE")), "MANUAL not-in-this-tier"),
            ("COG-LOG-002", "a tier of another time", tier(good(), json!("MAX")), "INCOMPLETE unknown"),
            (
                "COG-LOG-002",
                "a source of another time",
                exports(json!([{"EventSource": "userDreams", "LogLevel": "INFO", "S3Configuration": {"BucketArn": "arn"}}])),
                "INCOMPLETE unknown",
            ),
            ("COG-LOG-002", "an entry without a source", exports(json!([{"LogLevel": "INFO"}])), gap),
            ("COG-LOG-002", "the list is absent", exports(Value::Null), gap),
            (
                "COG-LOG-002",
                "of another pool",
                good().with("GetLogDeliveryConfiguration", json!({"LogDeliveryConfiguration": {"UserPoolId": "eu-west-1_Other00001"}})),
                gap,
            ),
            ("COG-LOG-002", "denied", good().fails("GetLogDeliveryConfiguration", "AccessDeniedException"), gap),
            ("COG-LOG-002", "never asked", good().without("GetLogDeliveryConfiguration"), gap),
            ("COG-LOG-002", "the pool not described", good().fails("DescribeUserPool", "AccessDeniedException"), gap),
        ]
    }
}
