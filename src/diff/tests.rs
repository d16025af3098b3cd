//! The comparison on summaries made by hand.

use super::summary::*;
use super::*;
use crate::model::verdict::Verdict;
use std::collections::BTreeMap;

/// A summary of one pool with these users (state, privileged).
pub(crate) fn summary(name: &str, users: &[(&str, &str, bool)], mfa: Seen, verdict: Verdict) -> Summary {
    let map =
        |list: &[(&str, &str)]| -> BTreeMap<String, String> { list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect() };
    let users: BTreeMap<String, (String, bool)> = users.iter().map(|(id, s, p)| ((*id).to_owned(), ((*s).to_owned(), *p))).collect();
    Summary {
        format: super::summary::FORMAT.to_owned(),
        population_csv: None,
        sealed: Some(SealedBy { statement: format!("statement of {name}"), fingerprint: "key".to_owned() }),
        bundle_id: name.to_owned(),
        period: Period { label: name.to_owned(), from: "2026-07-01".parse().unwrap(), to: "2026-09-30".parse().unwrap() },
        at: format!("{name}T00:00:00Z"),
        source: "live".to_owned(),
        endpoints: "aws".to_owned(),
        head_digest: "h".to_owned(),
        previous: None,
        complete: true,
        made_with: map(&[("program", "poolproof 1")]),
        privacy: Privacy { mode: "pseudonym".to_owned(), key_id: Some("k".to_owned()) },
        findings: vec![Decided { check: "COG-MFA-001".to_owned(), subject: "pool p".to_owned(), verdict, severity: Severity::Critical }],
        controls: BTreeMap::from([("soc2:CC6.6".to_owned(), BTreeMap::from([(compare::ALL_POOLS.to_owned(), Some(verdict))]))]),
        settings: Some(BTreeMap::from([("pool p".to_owned(), BTreeMap::from([("MfaConfiguration".to_owned(), mfa)]))])),
        declared: map(&[("thresholds.idle_minutes", "15")]),
        population: BTreeMap::from([(
            "p".to_owned(),
            Population { listed: users.len() as u64, complete: true, users: Some(users), pseudonyms: None },
        )]),
        readings: BTreeMap::new(),
        exceptions: Vec::new(),
        changes: None,
    }
}

fn on(value: &str) -> Seen {
    Seen::Value(value.to_owned())
}

const SEALS: [&str; 2] = ["a", "b"];

fn pair() -> (Summary, Summary) {
    let old = summary(
        "2026-06-30",
        &[("u_a", "enrolled", false), ("u_b", "enrolled", true), ("u_c", "not-enrolled", false), ("u_d", "enrolled", false)],
        on("ON"),
        Verdict::Pass,
    );
    let mut new = summary(
        "2026-09-30",
        &[("u_b", "not-enrolled", false), ("u_c", "enrolled", true), ("u_d", "unread", false), ("u_e", "pending", false)],
        on("OPTIONAL"),
        Verdict::Fail,
    );
    new.previous = Some("statement of 2026-06-30".to_owned());
    (old, new)
}

/// A comparison with every kind of change, one of them of a stranger's making.
pub(crate) fn sample(hostile: &str) -> Diff {
    let (old, mut new) = pair();
    new.declared.insert("pool x".to_owned(), hostile.to_owned());
    new.made_with.insert("program".to_owned(), "poolproof 2".to_owned());
    new.complete = false;
    compare(&old, &new, SEALS)
}

#[test]
fn everybody_is_told_once_in_the_right_list() {
    let (old, new) = pair();
    let diff = compare(&old, &new, SEALS);
    let pool = &diff.population[0];
    let named = |users: &Users| users.named.join(",");
    assert_eq!((named(&pool.joined), named(&pool.left)), ("u_e".to_owned(), "u_a".to_owned()));
    assert_eq!((named(&pool.gained_factor), named(&pool.lost_factor)), ("u_c".to_owned(), "u_b".to_owned()));
    assert_eq!(named(&pool.factor_unknown), "u_d", "a factor that was not read is not lost");
    assert_eq!((named(&pool.became_privileged), named(&pool.no_longer_privileged)), ("u_c".to_owned(), "u_b".to_owned()));
    assert_eq!(diff.verdicts[0].direction, Direction::Worse);
    assert_eq!((diff.settings[0].old.as_deref(), diff.settings[0].new.as_deref()), (Some("ON"), Some("OPTIONAL")));
    assert_eq!(diff.controls.len(), 1);
    assert!(diff.notes.is_empty() && diff.declared.is_empty() && diff.made_with.is_empty(), "{diff:#?}");
    assert!(!diff.is_same() && compare(&old, &old, SEALS).is_same());
}

#[test]
fn pseudonyms_of_different_keys_are_never_joined() {
    let (old, mut new) = pair();
    new.privacy.key_id = Some("another".to_owned());
    for key in [Some("another".to_owned()), None] {
        new.privacy.key_id = key;
        let diff = compare(&old, &new, SEALS);
        assert!(diff.population[0].lists().iter().all(|(_, users)| users.count == 0));
        assert!(diff.population[0].not_joined.is_some() && diff.notes.iter().any(|n| n.contains("not compared one by one")));
    }
}

#[test]
fn masked_pseudonyms_are_counted_and_not_named() {
    let (old, mut new) = pair();
    new.privacy.mode = "mask".to_owned();
    let diff = compare(&old, &new, SEALS);
    assert_eq!((diff.population[0].joined.count, diff.population[0].joined.named.len()), (1, 0));
    assert!(!serde_json::to_string(&diff).unwrap().contains("u_"));
    assert!(text::plain(&diff).contains("joined: 1  (pseudonyms are masked)"), "{}", text::plain(&diff));
}

#[test]
fn what_was_not_read_is_not_comparable_and_two_gaps_are_no_change() {
    let (old, mut new) = pair();
    new.settings = Some(BTreeMap::from([(
        "pool p".to_owned(),
        BTreeMap::from([("MfaConfiguration".to_owned(), Seen::NotRead("denied (AccessDenied)".to_owned()))]),
    )]));
    let diff = compare(&old, &new, SEALS);
    assert!(!diff.settings[0].comparable && text::plain(&diff).contains("not read: denied (AccessDenied) (not comparable)"));
    assert!(compare(&new, &new, SEALS).settings.is_empty());
}

#[test]
fn fail_that_became_incomplete_is_not_better() {
    let (old, new) = pair();
    for (then, now, wanted) in [
        (Verdict::Fail, Verdict::Incomplete, Direction::Other),
        (Verdict::Fail, Verdict::NotApplicable, Direction::Other),
        (Verdict::Pass, Verdict::Incomplete, Direction::Worse),
        (Verdict::Fail, Verdict::Pass, Direction::Better),
        (Verdict::Manual, Verdict::Fail, Direction::Worse),
    ] {
        let (mut a, mut b) = (old.clone(), new.clone());
        a.findings[0].verdict = then;
        b.findings[0].verdict = now;
        assert_eq!(compare(&a, &b, SEALS).verdicts[0].direction, wanted, "{then} {now}");
    }
}

#[test]
fn odd_pairs_are_named() {
    let (old, mut new) = pair();
    let notes = |a: &Summary, b: &Summary| compare(a, b, SEALS).notes.join(" ");
    assert!(notes(&new, &old).contains("in reverse"));
    assert!(notes(&old, &old).contains("same bundle"));
    new.previous = Some("other".to_owned());
    new.sealed = Some(SealedBy { statement: "x".to_owned(), fingerprint: "other key".to_owned() });
    new.complete = false;
    new.endpoints = "overridden".to_owned();
    let said = notes(&old, &new);
    for part in ["in between, or a fork", "Different keys", "not complete", "other than AWS's own"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn names_of_strangers_steer_neither_terminal_nor_page() {
    let (old, mut new) = pair();
    new.declared.insert("x|<script>@here".to_owned(), "a\u{1b}[31m\u{202E}b\nc".to_owned());
    let diff = compare(&old, &new, SEALS);
    let (plain, page) = (text::plain(&diff), text::markdown(&diff));
    assert!(!plain.contains('\u{1b}') && !plain.contains('\u{202E}') && plain.contains("‹U+001B›"));
    assert!(!page.contains("<script>") && !page.contains("@here") && page.contains("x\\|&lt;script"));
}

#[test]
fn a_summary_goes_round_and_is_read_strictly() {
    let (old, _) = pair();
    assert_eq!(Summary::read(&old.to_json().unwrap()).unwrap(), old);
    let text = String::from_utf8(old.to_json().unwrap()).unwrap();
    for (from, to) in [("poolproof-summary/1", "poolproof-summary/2"), ("\"complete\"", "\"completed\""), ("{", "{\"format\":\"x\",")] {
        assert!(Summary::read(text.replacen(from, to, 1).as_bytes()).is_err(), "{from}");
    }
}

#[test]
fn a_summary_beside_a_run_holds_no_user_that_cannot_be_joined() {
    let (old, _) = pair();
    let users = |s: &Summary| s.population["p"].users.is_some();
    assert!(users(&old.clone().beside("pseudonym", Some("k"))) && users(&old.clone().beside("mask", Some("k"))));
    assert!(!users(&old.clone().beside("pseudonym", Some("other"))) && !users(&old.clone().beside("clear", Some("k"))));
    let clear = Summary { privacy: Privacy { mode: "clear".to_owned(), key_id: None }, ..old.clone() };
    assert!(!users(&clear.beside("pseudonym", None)));
    let mut large = old;
    let many = (0..=MOST_USERS).map(|n| (format!("u_{n}"), ("enrolled".to_owned(), false))).collect();
    large.population.get_mut("p").unwrap().users = Some(many);
    assert!(!users(&large.beside("pseudonym", Some("k"))));
}

#[test]
fn what_is_printed_is_as_the_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(schema::DIFF_1).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    let (mut old, new) = pair();
    let mut value = serde_json::to_value(compare(&old, &new, SEALS)).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    value["verdicts"][0]["extra"] = 1.into();
    assert!(!validator.is_valid(&value));
    old.sealed = None;
    old.population.clear();
    assert!(validator.is_valid(&serde_json::to_value(compare(&old, &new, SEALS)).unwrap()));
}
