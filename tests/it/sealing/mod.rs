//! Makes real sealed bundles for the tests of bundle and verify: a sample recording, assessed, and sealed with a key made here.

use poolproof::bundle::manifest::BagInfo;
use poolproof::bundle::write::{Content, Input};
use poolproof::sign::statement::{self, Attempts, Completeness, Listed, Predicate, Span, Versioned};
use std::collections::BTreeMap;

/// A predicate that says little; for tests that do not look at it.
pub fn predicate(bundle_id: &str) -> Predicate {
    let versioned = Versioned { name: "poolproof".to_owned(), version: "0.1.0".to_owned(), sha256: None };
    Predicate {
        format: 1,
        bundle_id: bundle_id.to_owned(),
        period: Some("2026-Q3".to_owned()),
        at: "2026-11-24T10:00:00.000Z".to_owned(),
        source: "demo".to_owned(),
        endpoints: "none".to_owned(),
        collection: Span { start: None, end: None },
        run_id: "r_x".to_owned(),
        head_digest: String::new(),
        scope_digest: String::new(),
        accounts: Listed::of([]),
        pools: Listed::of([]),
        tool: versioned.clone(),
        catalogue: versioned,
        template: None,
        verdicts: BTreeMap::new(),
        completeness: Completeness { complete: false, gaps: 0, users: 0 },
        challenge: None,
        previous: None,
        attempts: Attempts { number: None, since_previous: 1, new_journal: false, missing: 0, broken: 0 },
        demo_key: true,
    }
}

/// A bundle's input with stand-ins for the payload.
pub fn plain_input() -> Input {
    let _ = statement::SUBJECTS;
    let payload =
        [("data/evidence.json", "{}\n"), ("data/report.pdf", "%PDF-1.7\n"), ("data/recording/a.jsonl", ""), ("data/formats/x.md", "# x\n")];
    Input {
        payload: payload.map(|(path, text)| (path.to_owned(), Content::Bytes(text.as_bytes().to_vec()))).into(),
        info: BagInfo { organization: "Example Ltd".to_owned(), description: "Evidence".to_owned(), date: "2026-11-24".to_owned() },
        period: "2026-Q3".to_owned(),
        predicate: predicate("abcdefghijklmnop"),
    }
}
