//! The sample in every privacy mode, of several pools, of a very large one; and its JSON form against its schema.

use super::size::{Percent, Wanted};
use super::{Of, Sample, Source, Wish, of, schema};
use crate::checks::testkit::Fixture;
use crate::digest::sha256_hex;
use crate::model::id::UserId;
use crate::model::scope::PrivacyMode;
use crate::report::population_csv;
use crate::snapshot::Snapshot;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn wish() -> Wish {
    let percent = |text| Percent::parse(text).unwrap();
    Wish {
        value: Some("4 1 6".to_owned()),
        size: Wanted::Computed { confidence: percent("95"), tolerable: percent("5"), expected: 0 },
        of: Of::All,
        pools: Vec::new(),
        incomplete: true,
    }
}

/// As the command draws from a bundle with a `population.csv` in this mode.
fn drawn(snapshot: &Snapshot, mode: PrivacyMode, wish: &Wish) -> Sample {
    let source = Source {
        bundle_id: "b".to_owned(),
        statement: "aa".repeat(32),
        head_digest: snapshot.head_digest.clone(),
        population_sha256: Some(sha256_hex(&population_csv::bytes(snapshot, mode).unwrap())),
        seal: "made up".to_owned(),
    };
    of(snapshot, mode, source, wish).unwrap()
}

/// The users of a pool's sample.
fn users(sample: &Sample, pool: usize) -> Vec<&str> {
    sample.pools[pool].sample.iter().map(|d| d.user.as_str()).collect()
}

/// The good pool with this many users, in the order of the listing.
fn with_users(n: usize) -> Snapshot {
    let mut snapshot = Fixture::good().snapshot();
    let one = snapshot.pools[0].population.users[0].clone();
    let user = |n: usize| {
        let mut user = one.clone();
        user.id = UserId::new(format!("u_{}", &crate::digest::base32(&crate::digest::sha256(&n.to_be_bytes()))[..20]));
        user
    };
    let mut users: Vec<_> = (0..n).map(user).collect();
    users.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.pools[0].population.users = users;
    snapshot
}

#[test]
fn an_estimate_that_was_not_read_is_not_told_as_a_page_that_was_not_asked_for() {
    let mut fixture = Fixture::good();
    fixture.calls.retain(|c| c.operation != "DescribeUserPool" || c.pass == 1);
    let sample = drawn(&fixture.snapshot(), PrivacyMode::Pseudonym, &wish());
    let why = sample.pools[0].not_complete_because.as_deref();
    assert_eq!(why, Some("DescribeUserPool UserPool.EstimatedNumberOfUsers was not asked"));
}

#[test]
fn a_masked_sample_names_users_as_population_csv_does_and_in_no_other_way() {
    let snapshot = with_users(100);
    let sample = drawn(&snapshot, PrivacyMode::Mask, &wish());
    let rows = String::from_utf8(population_csv::bytes(&snapshot, PrivacyMode::Mask).unwrap()).unwrap();
    assert!(!sample.pools[0].sample.is_empty());
    for user in users(&sample, 0) {
        assert!(rows.lines().any(|line| line.split(',').any(|cell| cell == user)), "{user}");
    }
    let json = serde_json::to_string(&sample).unwrap();
    assert!(snapshot.pools[0].population.users.iter().all(|u| !json.contains(u.id.as_str())), "{json}");
}

#[test]
fn a_sample_in_clear_has_the_names_of_the_recording() {
    let mut snapshot = Fixture::good().snapshot();
    for (n, user) in snapshot.pools[0].population.users.iter_mut().enumerate() {
        user.id = UserId::new(format!("ann{n}@example.com"));
    }
    let sample = drawn(&snapshot, PrivacyMode::Clear, &wish());
    let names: BTreeSet<&str> = users(&sample, 0).into_iter().collect();
    assert_eq!(names, snapshot.pools[0].population.users.iter().map(|u| u.id.as_str()).collect());
}

#[test]
fn each_of_several_pools_has_a_draw_of_its_own() {
    let mut snapshot = with_users(300);
    let mut other = snapshot.pools[0].clone();
    other.id = "eu-west-1_Example02".into();
    snapshot.pools.push(other);
    let sample = drawn(&snapshot, PrivacyMode::Pseudonym, &wish());
    assert_eq!(sample.pools.len(), 2);
    assert_ne!(sample.pools[0].seed, sample.pools[1].seed);
    assert_ne!(users(&sample, 0), users(&sample, 1), "the same users in both pools, and other draws");
    let one = drawn(&snapshot, PrivacyMode::Pseudonym, &Wish { pools: vec!["eu-west-1_Example02".to_owned()], ..wish() });
    assert_eq!((one.pools.len(), users(&one, 0)), (1, users(&sample, 1)), "a pool's draw does not depend on which others are drawn from");
}

/// Measured in a build without optimisation: 14 s of CPU, 390 MB at most, making the users and drawing by another way included.
#[test]
fn a_very_large_population_is_drawn_from_whole_and_in_any_order() {
    const LARGE: usize = 200_000;
    let mut snapshot = with_users(LARGE);
    let sample = drawn(&snapshot, PrivacyMode::Pseudonym, &wish());
    assert_eq!((sample.pools[0].users, sample.pools[0].size.n), (LARGE as u64, 59));
    let names = users(&sample, 0);
    assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (59, 59));
    // The smallest keys of all, found in another way.
    let key = |id: &str| sha256_hex(format!("{} {id}", sample.pools[0].seed).as_bytes());
    let mut keys: Vec<String> = snapshot.pools[0].population.users.iter().map(|u| key(u.id.as_str())).collect();
    keys.sort_unstable();
    assert_eq!(sample.pools[0].sample.iter().map(|d| &d.key).collect::<Vec<_>>(), keys.iter().take(59).collect::<Vec<_>>());
    snapshot.pools[0].population.users.truncate(1);
    assert_eq!(drawn(&snapshot, PrivacyMode::Pseudonym, &wish()).pools[0].size.basis, "all");
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::options().build(&serde_json::from_str(schema::SAMPLE_1).unwrap()).unwrap()
}

#[test]
fn every_form_of_a_sample_is_as_the_schema_says() {
    jsonschema::draft202012::meta::validate(&serde_json::from_str(schema::SAMPLE_1).unwrap()).unwrap();
    let (whole, partial) = (with_users(100), Fixture::good().fails("ListUsers", "AccessDeniedException").snapshot());
    let given = Wish { size: Wanted::Given(3), value: None, of: Of::SigningIn, ..wish() };
    let undrawn = Wish { incomplete: false, ..wish() };
    for (snapshot, mode, wish) in [
        (&whole, PrivacyMode::Pseudonym, &wish()),
        (&whole, PrivacyMode::Mask, &given),
        (&partial, PrivacyMode::Pseudonym, &undrawn),
        (&partial, PrivacyMode::Pseudonym, &given),
    ] {
        let json = serde_json::to_value(drawn(snapshot, mode, wish)).unwrap();
        let errors: Vec<String> = validator().iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_no_sample_says() {
    let good = serde_json::to_value(drawn(&with_users(100), PrivacyMode::Pseudonym, &wish())).unwrap();
    for (at, value) in [
        ("/format", json!("poolproof-sample/2")),
        ("/representative", json!(true)),
        ("/population", json!("some")),
        ("/pools/0/seed", json!("blue")),
        ("/pools/0/complete", json!("yes")),
        ("/pools/0/size/basis", json!("chosen")),
        ("/pools/0/size/n", json!(-1)),
        ("/pools/0/sample/0/email", json!("ann@example.com")),
        ("/pools/0/sample/0/key", Value::Null),
        ("/source/seal", Value::Null),
    ] {
        let mut changed = good.clone();
        let (parent, name) = at.rsplit_once('/').unwrap();
        let parent = changed.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(parent.remove(name)),
            value => drop(parent.insert(name.to_owned(), value)),
        }
        assert!(!validator().is_valid(&changed), "{at}");
    }
}
