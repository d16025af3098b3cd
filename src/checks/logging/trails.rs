//! COG-LOG-001: is there a trail that keeps the management events of the pool's region, with signed digests. The best
//! trail decides; one of which something was not read may be that one, so it is never passed over.

use crate::checks::PoolCx;
use crate::checks::mfa::words;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::id::Region;
use crate::model::verdict::Verdict;
use crate::snapshot::logging::TrailSetting;

/// What a trail is worth for a region, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// It is off, of another region, or records no change of a pool.
    Nothing,
    /// It records; its files have no signed digests.
    Unvalidated,
    /// It narrows what it records, or leaves reads out.
    Partly,
    /// Its last delivery failed.
    Undelivered,
    /// All of it.
    Whole,
}

/// What this trail is worth for the region.
///
/// # Errors
/// Something of it was not read.
pub(super) fn worth(trail: &TrailSetting, region: &Region) -> Result<Worth, Gap> {
    let here = trail.home.needed()? == region.as_str() || *trail.multi_region.needed()?;
    if !here || !*trail.on.needed()? {
        return Ok(Worth::Nothing);
    }
    let records = *trail.records.needed()?;
    if !records.writes && !records.unclear {
        return Ok(Worth::Nothing);
    }
    if trail.validated.known()? != Some(&true) {
        return Ok(Worth::Unvalidated);
    }
    // What one selector of a trail leaves unclear another may record for certain: selectors add up.
    if !(records.writes && records.reads) {
        return Ok(Worth::Partly);
    }
    let failed = |error: Option<&String>| error.is_some_and(|e| !e.is_empty());
    if failed(trail.delivery_error.known()?) || failed(trail.digest_error.known()?) {
        return Ok(Worth::Undelivered);
    }
    Ok(Worth::Whole)
}

/// Decides COG-LOG-001.
pub(super) fn trailed(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let logging = cx.snapshot.logging_of(pool);
    let mut proof = Proof::new(logging.trails.complete.at.clone());
    let mut gap = None;
    let mut best: Option<(Worth, &str)> = None;
    for trail in &logging.trails.items {
        match worth(trail, &pool.region) {
            Ok(worth) => {
                let of_it = [&trail.at, &trail.on.at, &trail.records.at].map(Clone::clone);
                if worth == Worth::Whole {
                    return Ok(Decision::new(Verdict::Pass, "trailed", Proof::new(trail.at.clone()).and_all(of_it))
                        .with("trail", &trail.name)
                        .with("region", &pool.region));
                }
                proof = proof.and_all(of_it);
                best = best.max(Some((worth, trail.name.as_str())));
            }
            Err(missing) => gap = gap.or(Some(missing)),
        }
    }
    logging.trails.all()?;
    if let Some(gap) = gap {
        return Err(gap);
    }
    let (worth, trail) = best.unwrap_or((Worth::Nothing, "none"));
    let (verdict, reason) = match worth {
        Worth::Nothing | Worth::Whole => (Verdict::Fail, "none"),
        Worth::Unvalidated => (Verdict::Fail, "not-validated"),
        Worth::Partly => (Verdict::Manual, "partly"),
        Worth::Undelivered => (Verdict::Manual, "undelivered"),
    };
    let names = words(logging.trails.items.iter().map(|t| t.name.clone()));
    Ok(Decision::new(verdict, reason, proof).with("region", &pool.region).with("trail", trail).with("trails", names))
}

#[cfg(test)]
pub(super) mod cases {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, TRAIL, merge};
    use serde_json::{Value, json};

    fn trail(change: Value) -> Fixture {
        let mut fixture = Fixture::good();
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeTrails").unwrap();
        merge(&mut call.outcome.as_mut().unwrap()["trailList"][0], change);
        fixture
    }

    fn status(change: Value) -> Fixture {
        Fixture::good().with("GetTrailStatus", change)
    }

    fn selectors(list: Value) -> Fixture {
        Fixture::good().with("GetEventSelectors", json!({"EventSelectors": list}))
    }

    /// Another trail before the good one, of which nothing more was read.
    fn another() -> Fixture {
        let mut fixture = Fixture::good();
        let call = fixture.calls.iter_mut().find(|c| c.operation == "DescribeTrails").unwrap();
        let list = call.outcome.as_mut().unwrap()["trailList"].as_array_mut().unwrap();
        list.insert(
            0,
            json!({"Name": "org", "TrailARN": "arn:aws:cloudtrail:us-east-1:210987654321:trail/org", "HomeRegion": "us-east-1",
                "IsMultiRegionTrail": true, "IsOrganizationTrail": true, "LogFileValidationEnabled": true}),
        );
        fixture
    }

    pub fn table() -> Vec<Case> {
        let good = Fixture::good;
        let gap = "INCOMPLETE gap";
        let advanced = |fields: Value| {
            good().with(
                "GetEventSelectors",
                json!({"EventSelectors": null, "AdvancedEventSelectors": [{"Name": "x", "FieldSelectors": fields}]}),
            )
        };
        let management = || json!({"Field": "eventCategory", "Equals": ["Management"]});
        vec![
            ("COG-LOG-001", "a trail of all regions", good(), "PASS trailed"),
            ("COG-LOG-001", "a trail of this region", trail(json!({"IsMultiRegionTrail": false})), "PASS trailed"),
            ("COG-LOG-001", "from another region", trail(json!({"HomeRegion": "us-east-1"})), "PASS trailed"),
            ("COG-LOG-001", "advanced selectors", advanced(json!([management()])), "PASS trailed"),
            ("COG-LOG-001", "another trail beside it", another(), "PASS trailed"),
            ("COG-LOG-001", "none", good().with("DescribeTrails", json!({"trailList": []})), "FAIL none"),
            ("COG-LOG-001", "of another region", trail(json!({"HomeRegion": "us-east-1", "IsMultiRegionTrail": false})), "FAIL none"),
            ("COG-LOG-001", "switched off", status(json!({"IsLogging": false})), "FAIL none"),
            ("COG-LOG-001", "reads only", selectors(json!([{"ReadWriteType": "ReadOnly"}])), "FAIL none"),
            ("COG-LOG-001", "no management events", selectors(json!([{"IncludeManagementEvents": false}])), "FAIL none"),
            ("COG-LOG-001", "no selector", selectors(json!([])), "FAIL none"),
            ("COG-LOG-001", "no digests", trail(json!({"LogFileValidationEnabled": false})), "FAIL not-validated"),
            ("COG-LOG-001", "digests not named", trail(json!({"LogFileValidationEnabled": null})), "FAIL not-validated"),
            ("COG-LOG-001", "writes only", selectors(json!([{"ReadWriteType": "WriteOnly"}])), "MANUAL partly"),
            (
                "COG-LOG-001",
                "narrowed",
                advanced(json!([management(), {"Field": "eventName", "NotEquals": ["UpdateUserPool"]}])),
                "MANUAL partly",
            ),
            ("COG-LOG-001", "not delivered", status(json!({"LatestDeliveryError": "NoSuchBucket"})), "MANUAL undelivered"),
            ("COG-LOG-001", "digests not delivered", status(json!({"LatestDigestDeliveryError": "AccessDenied"})), "MANUAL undelivered"),
            ("COG-LOG-001", "trails denied", good().fails("DescribeTrails", "AccessDeniedException"), gap),
            ("COG-LOG-001", "never asked", good().without("DescribeTrails"), gap),
            ("COG-LOG-001", "status denied", good().fails("GetTrailStatus", "AccessDeniedException"), gap),
            ("COG-LOG-001", "selectors denied", good().fails("GetEventSelectors", "AccessDeniedException"), gap),
            ("COG-LOG-001", "selectors of another", good().with("GetEventSelectors", json!({"TrailARN": format!("{TRAIL}2")})), gap),
            ("COG-LOG-001", "neither kind of selector", good().with("GetEventSelectors", json!({"EventSelectors": null})), gap),
            ("COG-LOG-001", "a trail without a region", trail(json!({"HomeRegion": null})), gap),
            ("COG-LOG-001", "a status without a word", status(json!({"IsLogging": null})), gap),
            ("COG-LOG-001", "a trail without an ARN", trail(json!({"TrailARN": null})), gap),
            ("COG-LOG-001", "off, and another not read", another().with("GetTrailStatus", json!({"IsLogging": false})), gap),
        ]
    }
}
