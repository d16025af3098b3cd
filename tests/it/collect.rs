//! Live collection against an endpoint of our own making, and against whatever `AWS_ENDPOINT_URL` names.

use poolproof::collect::progress::Progress;
use poolproof::collect::{self, LivePlan, Patience, Plan};
use poolproof::model::scope::{Period, PrivacyMode, Scope};
use poolproof::recording::header::Attempts;
use poolproof::recording::pseudonym::Pseudonyms;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Remembers what the operator was told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Progress for Told {
    fn step(&self, _: &str) {}
    fn count(&self, _: u64, _: Option<u64>) {}
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

fn plan(run: &Path, change: impl FnOnce(&mut Scope)) -> LivePlan {
    let day = |text: &str| text.parse().unwrap();
    let mut scope = Scope::undeclared(Period { label: "2026-Q4".to_owned(), from: day("2026-10-01"), to: day("2026-12-31") });
    scope.users.quota_share = 1.0;
    change(&mut scope);
    LivePlan {
        plan: Plan {
            run_id: "r_abcdefghijklmnopqrstuvwxyz".to_owned(),
            scope,
            scope_digest: "00".repeat(32),
            catalogue_digest: "00".repeat(32),
            challenge: Some("auditor's word".to_owned()),
            previous: None,
            attempts: Attempts::default(),
            pseudonyms: Pseudonyms::new(PrivacyMode::Pseudonym, [7; 32], collect::join_key(run).unwrap()),
        },
        external_ids: BTreeMap::new(),
        accept_mau_cost: false,
        patience: Patience { first_wait: Duration::from_millis(10), ..Patience::default() },
        profile_file: None,
    }
}

/// For `tests/peers` and by hand: collects from what the AWS settings name into `$POOLPROOF_LIVE`.
#[test]
#[ignore = "needs an endpoint: AWS_ENDPOINT_URL, AWS_REGION, credentials and POOLPROOF_LIVE=folder"]
fn from_the_usual_settings() {
    let run = std::path::PathBuf::from(std::env::var("POOLPROOF_LIVE").unwrap());
    let told = Told::default();
    let collected = collect::collect_live(&plan(&run, |_| ()), &run, &told).unwrap();
    println!("{collected:#?}\n{}", told.0.lock().unwrap().join("\n"));
}
