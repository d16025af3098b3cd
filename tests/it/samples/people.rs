//! What the sample `demo` tells of people beyond the listing: when they signed in, who works there, and who was reviewed.

use super::maker::{Person, Pool};
use chrono::NaiveDate;
use poolproof::config::roster::{Column, RosterFile};
use poolproof::digest::sha256_hex;
use poolproof::model::review::{PoolReview, Review, Reviews};
use poolproof::model::scope::{Audience, Scope, SignIns};
use poolproof::recording::pseudonym::Pseudonyms;
use serde_json::{Value, json};
use std::path::Path;

/// The run, epoch seconds.
const RUN: f64 = 1_790_841_600.0;

fn before(days: u32) -> f64 {
    RUN - f64::from(days) * 86_400.0 - 3_600.0
}

/// A user's sign-in events, and the remembered devices where the pool has some: operation, name of its limit, answer.
pub fn activity(person: &Person, remembers: bool) -> Vec<(&'static str, &'static str, Value)> {
    let event = |response: &str, days: u32| {
        json!({
            "EventId": "made-up", "EventType": "SignIn", "EventResponse": response, "CreationDate": before(days),
            "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false},
            "EventContextData": {"IpAddress": "198.51.100.7", "City": "Atlantis", "DeviceName": "Firefox"},
        })
    };
    let events: Vec<Value> = person.seen.into_iter().flat_map(|days| [event("Pass", days), event("Fail", days + 1)]).collect();
    let device = |days: u32| json!({"DeviceKey": "made-up", "DeviceCreateDate": before(days + 200), "DeviceLastModifiedDate": before(days), "DeviceLastAuthenticatedDate": before(days)});
    let devices: Vec<Value> = person.device.into_iter().map(device).collect();
    let mut read = vec![("AdminListUserAuthEvents", "MaxResults", json!({"AuthEvents": events}))];
    read.extend(remembers.then(|| ("AdminListDevices", "Limit", json!({"Devices": devices}))));
    read
}

/// Writes the roster of the pools that are not for consumers, and a review of one of them, and names both in the scope.
pub fn given(scope: &mut Scope, inputs: &Path, pools: &[Pool], reviewed: &str, pseudonyms: &Pseudonyms, run_id: &str) {
    scope.collect.sign_ins = SignIns::All;
    let held = pools.iter().filter(|p| p.scope.audience != Some(Audience::Consumer)).flat_map(|p| &p.people);
    let line = |p: &Person| {
        let left = p.roster?;
        Some(format!("{}@example.com,{},{}\n", p.name, if left.is_some() { "left" } else { "active" }, left.unwrap_or_default()))
    };
    let csv = format!("email,status,left_on\n{}", held.filter_map(line).collect::<String>());
    let keyed = |_: Column, name: &str| pseudonyms.email(name);
    let roster = RosterFile::read(csv.as_bytes(), "people.csv", day("2026-09-28")).unwrap();
    let roster = roster.redacted(keyed, |bytes| pseudonyms.commitment(run_id, "roster", bytes)).to_json().unwrap();
    let pool = pools.iter().find(|p| p.id == reviewed).unwrap();
    let decided = |removed| pool.people.iter().filter(|p| p.removed == removed).map(|p| pseudonyms.user(&p.sub())).collect();
    let review = Review {
        reviewer: "C. Santos".to_owned(),
        role: "head of IT".to_owned(),
        on: day("2026-08-31"),
        period: "2026-Q3".to_owned(),
        population: sha256_hex(b"the population of the quarter before"),
        sha256: sha256_hex(b"the file of the review"),
        pools: vec![PoolReview { id: pool.scope.id.clone(), keep: decided(false), remove: decided(true) }],
        signature: None,
    };
    let reviews = Reviews::of(vec![review]).to_json().unwrap();
    scope.inputs.roster = Some(sha256_hex(&roster));
    scope.inputs.reviews = Some(sha256_hex(&reviews));
    std::fs::write(inputs.join("roster.json"), roster).unwrap();
    std::fs::write(inputs.join("reviews.json"), reviews).unwrap();
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
