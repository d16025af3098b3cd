//! The browser page `report-templates/verify.html`, read as text: its policy lets exactly its own script and style run, it
//! reaches for nothing, it has the limits and names of the Rust verifier, and its digest is the published one.
//! What it does in a browser is tested by `tests/peers/page`.
//!
//! After a change of the page: `UPDATE_VERIFIER=1 cargo test --test it verifier_page`.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;
use poolproof::bundle::layout;
use poolproof::bundle::manifest::DECLARATION;
use poolproof::digest::sha256_hex;
use poolproof::model::review;
use poolproof::model::verdict::Verdict;
use poolproof::recording::header;
use poolproof::report::evidence_v1;
use poolproof::sign::{access_review, approval, attestation, dsse, rotation, statement};
use poolproof::verify::outcome::StepName;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is missing"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} is missing after {from}")).0
}

/// The page; with `UPDATE_VERIFIER` set, first given the hashes of its own script and style, and published.
fn page() -> String {
    let path = at("report-templates/verify.html");
    let mut text = std::fs::read_to_string(&path).unwrap();
    if std::env::var("UPDATE_VERIFIER").is_ok() {
        for (directive, hash) in hashes(&text) {
            let old = format!("{directive} '{}'", between(&text, &format!("{directive} '"), "'"));
            text = text.replace(&old, &format!("{directive} '{hash}'"));
        }
        std::fs::write(&path, &text).unwrap();
        for file in PUBLISHED {
            let old = std::fs::read_to_string(at(file)).unwrap();
            let digest = published(&old).to_owned();
            std::fs::write(at(file), old.replace(&digest, &sha256_hex(text.as_bytes()))).unwrap();
        }
    }
    text
}

/// Where the digest is published.
const PUBLISHED: [&str; 2] = ["README.md", "CHANGELOG.md"];

/// The 64 digits before `  verify.html`.
fn published(text: &str) -> &str {
    let (before, _) = text.split_once("  verify.html").expect("no line '<SHA-256>  verify.html'");
    &before[before.len() - 64..]
}

/// What the policy must name: the one script and the one style.
fn hashes(page: &str) -> [(&'static str, String); 2] {
    let hash = |text: &str| format!("sha256-{}", BASE64.encode(digest(&SHA256, text.as_bytes()).as_ref()));
    [("script-src", hash(between(page, "<script>", "</script>"))), ("style-src", hash(between(page, "<style>", "</style>")))]
}

#[test]
fn verifier_page_runs_its_own_script_and_style_and_nothing_else() {
    let page = page();
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let [(_, script), (_, style)] = hashes(&page);
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "UPDATE_VERIFIER=1 cargo test --test it verifier_page"
    );
    let head = page.find("Content-Security-Policy").unwrap();
    for once in ["<script", "</script", "<style", "</style"] {
        assert_eq!(page.matches(once).count(), 1, "{once}");
        assert!(page.find(once).unwrap() > head, "the policy must come before {once}");
    }
    assert!(!page.contains('\r'), "hashes are over line feeds");
}

#[test]
fn verifier_page_reaches_for_nothing() {
    let page = page();
    let lower = page.to_lowercase();
    for reach in [
        "src=",
        "href=",
        "url(",
        "@import",
        "<link",
        "<img",
        "<iframe",
        "<object",
        "<embed",
        "<form",
        "<base",
        " style=\"",
        "fetch(",
        "xmlhttprequest",
        "websocket",
        "eventsource",
        "sendbeacon",
        "importscripts",
        "import(",
        "eval(",
        "new function",
        "innerhtml",
        "outerhtml",
        "insertadjacent",
        "document.write",
        "localstorage",
        "sessionstorage",
        "indexeddb",
        "serviceworker",
        "new worker",
    ] {
        assert!(!lower.contains(reach), "the page has {reach:?}");
    }
    assert!(!lower.split(" on").skip(1).any(|rest| {
        let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        !word.is_empty() && rest[word.len()..].starts_with("=\"")
    }));
    // The only addresses in it are names: the types of in-toto, and that of SVG.
    let addresses: Vec<&str> = lower.split("http").skip(1).filter(|rest| rest.starts_with("://") || rest.starts_with("s://")).collect();
    let known = [
        "s://in-toto.io/statement/v1\"",
        "s://poolproof.dev/predicate/evidence/v1\"",
        "s://poolproof.dev/predicate/attestation/v1\"",
        "s://poolproof.dev/predicate/key-rotation/v1\"",
        "s://poolproof.dev/predicate/exception-approval/v1\"",
        "s://poolproof.dev/predicate/access-review/v1\"",
        "://www.w3.org/2000/svg'",
    ];
    assert!(known.iter().all(|k| addresses.iter().any(|rest| rest.starts_with(k))));
    assert!(addresses.iter().all(|rest| known.iter().any(|k| rest.starts_with(k))));
}

#[test]
fn verifier_page_has_the_names_and_limits_of_the_verifier() {
    let page = page();
    let mut words = Verdict::ALL.map(Verdict::word);
    words.sort_unstable();
    let layout: Value = serde_json::from_str(between(&page, "/*layout*/", "/*end*/")).unwrap();
    assert_eq!(
        layout,
        json!({
            "format": layout::FORMAT,
            "required": layout::REQUIRED,
            "subjects": statement::SUBJECTS,
            "statement_type": poolproof::sign::in_toto::STATEMENT_TYPE,
            "predicate_type": statement::PREDICATE_TYPE,
            "payload_type": dsse::IN_TOTO,
            "attestation_type": attestation::PREDICATE_TYPE,
            "attestation_format": attestation::FORMAT,
            "rotation_type": rotation::PREDICATE_TYPE,
            "most_rotations": rotation::MOST,
            "longest_name": attestation::LONGEST_NAME,
            "longest_text": attestation::LONGEST_TEXT,
            "approval_type": approval::PREDICATE_TYPE,
            "review_type": access_review::PREDICATE_TYPE,
            "reviews_format": review::FORMAT,
            "scope": layout::SCOPE,
            "roster": layout::ROSTER,
            "reviews": layout::REVIEWS,
            "begun": layout::BEGUN,
            "changes": layout::CHANGES,
            "header": format!("{}{}", layout::RECORDING, header::FILE),
            "catalogue": layout::CATALOGUE,
            "check_texts": layout::CHECK_TEXTS,
            "evidence_format": evidence_v1::FORMAT,
            "declaration": DECLARATION,
            "steps": StepName::ALL.map(StepName::title),
            "verdicts": words,
            "most_entries": layout::MOST_ENTRIES,
            "largest_file": layout::LARGEST_FILE,
            "largest_total": layout::LARGEST_TOTAL,
            "largest_list": layout::LARGEST_LIST,
            "largest_document": layout::LARGEST_DOCUMENT,
            "largest_tag": layout::LARGEST_TAG,
            "highest_ratio": layout::HIGHEST_RATIO,
            "longest_path": layout::LONGEST_PATH,
        })
    );
}

#[test]
fn verifier_page_is_the_published_one() {
    let digest = sha256_hex(page().as_bytes());
    for file in PUBLISHED {
        let text = std::fs::read_to_string(at(file)).unwrap();
        assert_eq!(published(&text), digest, "{file}: UPDATE_VERIFIER=1 cargo test --test it verifier_page");
    }
}
