//! `samples/catalogue.md` is what the release's catalogue and texts say, and every link in it leads somewhere.

use poolproof::checks::{self, texts::Texts};
use poolproof::cli::reference;
use poolproof::controls::catalogue::Catalogue;
use std::collections::BTreeSet;
use std::path::Path;

fn page() -> String {
    reference::page(Catalogue::release().unwrap(), &Texts::release().unwrap())
}

#[test]
fn the_reference_page_is_fresh() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/catalogue.md");
    if std::env::var("UPDATE_SAMPLES").is_ok() {
        std::fs::write(&kept, page()).unwrap();
    }
    let stale = std::fs::read_to_string(&kept).unwrap_or_default() != page();
    assert!(!stale, "samples/catalogue.md is stale; UPDATE_SAMPLES=1 cargo test --test it samples");
}

#[test]
fn every_check_control_and_reason_is_on_the_page() {
    let page = page();
    for check in checks::all() {
        assert!(page.contains(&format!("\n### {}: ", check.id)), "{}", check.id);
    }
    for framework in Catalogue::release().unwrap().frameworks() {
        for control in &framework.controls {
            assert!(page.contains(&format!("\n### {}: ", framework.control_id(&control.id))), "{}", control.id);
        }
        for mapping in &framework.mappings {
            assert!(page.contains(&mapping.why), "{} -> {}: {}", mapping.check, mapping.control, mapping.why);
        }
    }
}

#[test]
fn every_link_leads_to_one_place() {
    let page = page();
    let places: Vec<&str> = page.split("<a id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let known: BTreeSet<&str> = places.iter().copied().collect();
    assert_eq!(known.len(), places.len(), "two places have one name");
    let links: Vec<&str> = page.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert!(links.len() > 300);
    for link in links {
        assert!(known.contains(link), "#{link} leads nowhere");
    }
}
