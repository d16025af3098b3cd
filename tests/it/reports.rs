//! What every sample recording becomes: evidence.json against its shipped schema, population.csv, and the reports.

use poolproof::controls::catalogue::Catalogue;
use poolproof::model::scope::PrivacyMode;
use poolproof::report::assess::Assessed;
use poolproof::report::{population_csv, schema};

const SAMPLES: [&str; 8] = ["good", "weak", "optional", "silent", "denied", "sms-sandbox", "federated", "demo"];

fn assessed(name: &str) -> Assessed {
    crate::sealing::assessed(&crate::sealing::sample_folder(name), Catalogue::release().unwrap(), None)
}

#[test]
fn the_evidence_of_every_sample_is_valid_against_the_shipped_schema() {
    let schema = jsonschema::draft202012::options().build(&serde_json::from_str(schema::EVIDENCE_1).unwrap()).unwrap();
    for name in SAMPLES {
        let bytes = assessed(name).evidence.to_json().unwrap();
        let value = serde_json::from_slice(&bytes).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let read: poolproof::report::evidence_v1::EvidenceV1 = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.to_json().unwrap(), bytes, "{name}");
    }
}

#[test]
fn the_population_has_a_row_for_every_user_in_order() {
    for name in SAMPLES {
        let of = assessed(name);
        let csv = String::from_utf8(population_csv::bytes(&of.snapshot, PrivacyMode::Pseudonym).unwrap()).unwrap();
        let listed: u64 = of.evidence.population.iter().map(|p| p.listing.listed).sum();
        let rows: Vec<Vec<&str>> = csv.split_terminator("\r\n").map(|row| row.split(',').collect()).collect();
        assert_eq!(rows.len() as u64, listed + 1, "{name}");
        assert!(rows.iter().all(|row| row.len() == population_csv::COLUMNS.len()), "{name}");
        assert!(rows[1..].is_sorted_by_key(|row| (row[0], row[1], row[2], row[3])), "{name}");
        for pool in &of.evidence.population {
            for (state, count) in &pool.by_state {
                let column = population_csv::COLUMNS.iter().position(|c| c.0 == "factor_state").unwrap();
                let found = rows.iter().filter(|row| row[2] == pool.pool.as_str() && row[column] == state).count() as u64;
                assert_eq!(found, *count, "{name}: {state}");
            }
        }
    }
}

#[test]
fn the_last_sign_in_stands_where_it_was_read_in_every_mode() {
    let column = population_csv::COLUMNS.iter().position(|c| c.0 == "last_sign_in").unwrap();
    let of = |name: &str, mode| {
        let csv = String::from_utf8(population_csv::bytes(&assessed(name).snapshot, mode).unwrap()).unwrap();
        csv.lines().skip(1).map(|row| row.split(',').nth(column).unwrap().to_owned()).collect::<Vec<_>>()
    };
    for mode in [PrivacyMode::Pseudonym, PrivacyMode::Mask, PrivacyMode::Clear] {
        let cells = of("demo", mode);
        // Nobody reads of who is disabled or cannot sign in yet: 3 and 9.
        assert_eq!(cells.iter().filter(|c| c.is_empty()).count(), 12);
        assert_eq!(cells.iter().filter(|c| *c == "none-seen").count(), 10);
        assert!(cells.iter().filter(|c| c.starts_with("2026-")).count() == 168 - 22, "{cells:?}");
        assert!(of("good", mode).iter().all(String::is_empty), "never asked");
    }
}

#[test]
fn masked_populations_hold_no_pseudonym() {
    let of = assessed("demo");
    let csv = String::from_utf8(population_csv::bytes(&of.snapshot, PrivacyMode::Mask).unwrap()).unwrap();
    assert!(csv.contains(",row 1,") && !csv.contains("u_"), "{csv}");
}

#[test]
fn the_population_of_the_demo_is_as_kept() {
    let of = assessed("demo");
    let csv = String::from_utf8(population_csv::bytes(&of.snapshot, PrivacyMode::Pseudonym).unwrap()).unwrap();
    let first: Vec<&str> = csv.split_terminator("\r\n").take(6).collect();
    insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
        insta::assert_snapshot!("population-demo", first.join("\n"));
    });
}

#[cfg(feature = "pdf")]
#[test]
fn every_sample_becomes_every_report() {
    use poolproof::checks::texts::Texts;
    use poolproof::render::{render_all, templates::Templates};
    use poolproof::report::check_text;
    let (texts, templates) = (check_text::all(&Texts::release().unwrap()), Templates::release().unwrap());
    for name in SAMPLES {
        let evidence = assessed(name).evidence;
        let json = evidence.to_json().unwrap();
        let made = render_all(&evidence, &texts, &templates, &evidence.scope.formats, &json, None).unwrap();
        assert_eq!(made.len(), 4, "{name}");
        let html = made.iter().find(|(path, _)| path == "report.html").unwrap();
        let html = String::from_utf8(html.1.clone()).unwrap();
        for finding in &evidence.findings {
            assert!(html.contains(finding.finding.check.as_str()), "{name}: {}", finding.finding.check);
        }
        // Every check that has a finding has its text in the appendix.
        assert!(evidence.findings.iter().all(|f| html.contains(&format!("id=\"check-{}\"", f.finding.check))), "{name}");
    }
}
