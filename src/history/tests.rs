//! Chains, forks, strangers, days, on entries made by hand.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn entry(name: &str, previous: Option<&str>, from: &str, to: &str, on: &str, throughout: bool) -> Entry {
    Entry {
        file: format!("{name}.zip"),
        statement: format!("{name:-<64}"),
        previous: previous.map(|p| format!("{p:-<64}")),
        fingerprint: "f".repeat(64),
        who: None,
        bundle_id: name.to_owned(),
        organization: "Example Ltd".to_owned(),
        period: name.to_owned(),
        from: day(from),
        to: day(to),
        at: format!("{on}T08:00:00Z"),
        day: day(on),
        source: "live".to_owned(),
        complete: true,
        pools: ["eu-west-1_A".to_owned()].into(),
        throughout,
        verdicts: BTreeMap::from([("FAIL".to_owned(), 1)]),
        controls: BTreeMap::from([("soc2:CC6.6".to_owned(), Cell { verdict: Some(Verdict::Fail), pass: 2, of: 3 })]),
        modes: BTreeMap::new(),
    }
}

fn quarters() -> Vec<Entry> {
    vec![
        entry("q3", Some("q2"), "2026-07-01", "2026-09-30", "2026-10-02", false),
        entry("q1", None, "2026-01-01", "2026-03-31", "2026-04-01", true),
        entry("q2", Some("q1"), "2026-04-01", "2026-06-30", "2026-06-20", true),
    ]
}

fn history(entries: Vec<Entry>) -> History {
    History::of(entries, Vec::new(), "checked")
}

fn kinds(history: &History) -> Vec<&'static str> {
    history.oddities.iter().map(|o| o.kind).collect()
}

#[test]
fn bundles_are_linked_by_their_statements_and_by_nothing_else() {
    let found = history(quarters());
    assert_eq!(found.chain.iter().map(|e| e.period.as_str()).collect::<Vec<_>>(), ["q1", "q2", "q3"]);
    assert!(found.strangers.is_empty() && found.oddities.is_empty(), "{:?}", found.oddities);
}

#[test]
fn a_pool_that_a_later_bundle_did_not_read_is_said_to_be_gone_from_the_chain() {
    let mut all = quarters();
    let customers = "eu-west-1_B".to_owned();
    all[1].pools.insert(customers.clone());
    let found = history(all.clone());
    assert_eq!(kinds(&found), ["pool-gone"]);
    assert!(found.oddities[0].what.starts_with("q2.zip did not read eu-west-1_B, which q1.zip did"), "{:?}", found.oddities);
    for entry in &mut all {
        entry.pools.insert(customers.clone());
    }
    assert!(history(all).oddities.is_empty());
}

#[test]
fn days_are_covered_only_where_the_period_check_passes_and_never_after_the_bundle_was_made() {
    let found = history(quarters());
    let told: Vec<(String, i64, Coverage)> = found.days.iter().map(|d| (d.from.to_string(), d.days, d.coverage)).collect();
    assert_eq!(
        told,
        [
            ("2026-01-01".to_owned(), 90, Coverage::Throughout),
            // The day on which q1 was made lies in q2's period too.
            ("2026-04-01".to_owned(), 81, Coverage::Throughout),
            ("2026-06-21".to_owned(), 10, Coverage::Nothing),
            ("2026-07-01".to_owned(), 92, Coverage::Declared),
            ("2026-10-01".to_owned(), 1, Coverage::Nothing),
            ("2026-10-02".to_owned(), 1, Coverage::Point),
        ]
        .into_iter()
        .fold(Vec::<(String, i64, Coverage)>::new(), |mut all, next| {
            match all.last_mut() {
                Some(last) if last.2 == next.2 => last.1 += next.1,
                _ => all.push(next),
            }
            all
        })
    );
    assert_eq!(found.gaps().map(|d| d.days).sum::<i64>(), 11);
}

#[test]
fn forks_strangers_copies_and_missing_links_are_named() {
    let mut all = quarters();
    all.push(entry("q2b", Some("q1"), "2026-04-01", "2026-06-30", "2026-06-25", true));
    let found = history(all);
    assert_eq!(kinds(&found), ["fork", "stranger"]);
    assert_eq!((found.chain.len(), found.strangers[0].period.as_str()), (3, "q2b"));

    let mut all = quarters();
    all.retain(|e| e.period != "q1");
    assert_eq!(kinds(&history(all)), ["cut-off"]);

    let mut all = quarters();
    all.retain(|e| e.period != "q2");
    let found = history(all);
    assert_eq!(found.chain.len(), 1);
    assert!(kinds(&found).contains(&"stranger") && kinds(&found).contains(&"cut-off"), "{:?}", found.oddities);

    let mut all = quarters();
    let copy = Entry { file: "copy.zip".to_owned(), ..all[0].clone() };
    all.push(copy);
    assert_eq!(kinds(&history(all)), ["copy"]);

    let mut all = quarters();
    all[0].fingerprint = "e".repeat(64);
    all[0].at = "2026-01-01T00:00:00Z".to_owned();
    all[0].source = "demo".to_owned();
    assert_eq!(kinds(&history(all)), ["backwards", "key-changed", "not-live"]);
}

#[test]
fn a_circle_or_a_period_of_ages_ends() {
    let all = vec![
        entry("a", Some("b"), "0001-01-01", "9999-01-01", "2026-01-01", true),
        entry("b", Some("a"), "2026-01-01", "2026-03-31", "2026-01-01", true),
    ];
    assert!(history(all).chain.is_empty());
    let found = history(vec![entry("a", None, "0001-01-01", "9999-01-01", "2026-01-01", true)]);
    assert!(found.days.iter().map(|d| d.days).sum::<i64>() < 15_000);
    assert!(history(Vec::new()).days.is_empty() && !html::page(&history(Vec::new())).contains("<svg"));
}

#[test]
fn names_of_strangers_steer_neither_terminal_nor_page() {
    let mut all = quarters();
    all[1].period = "</td><script>alert(1)</script>\u{1b}[31m\u{202E}".to_owned();
    let found = history(all);
    let (text, page) = (text::plain(&found), html::page(&found));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202E}'));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;") && page.contains("default-src 'none'"));
}

#[test]
fn no_control_is_printed_as_pass() {
    let mut all = quarters();
    all.iter_mut().for_each(|e| {
        e.verdicts.clear();
        e.controls.insert("soc2:CC6.6".to_owned(), Cell { verdict: Some(Verdict::Pass), pass: 3, of: 3 });
    });
    let found = history(all);
    assert!(html::page(&found).contains("<td class=\"pass\">✓ 3/3</td>") && !html::page(&found).contains(">PASS<"));
}

#[test]
fn a_quarter_shows_its_worst_bundle_and_one_without_a_bundle_is_seen_to_be_missing() {
    let mut all = quarters();
    all.retain(|e| e.period != "q2");
    // q3 follows q1 now, and a second bundle of the third quarter is better than the first.
    all[0].previous = all[1].statement.clone().into();
    let mut better = entry("q3b", Some("q3"), "2026-07-01", "2026-09-30", "2026-10-05", true);
    better.controls.insert("soc2:CC6.6".to_owned(), Cell { verdict: Some(Verdict::Pass), pass: 3, of: 3 });
    all.push(better);
    let found = history(all);
    let told: Vec<(&str, u64, String)> = found.quarters.iter().map(|q| (q.label.as_str(), q.bundles, q.cell("soc2:CC6.6"))).collect();
    assert_eq!(told, [("2026-Q1", 1, "✗ 2/3".to_owned()), ("2026-Q2", 0, "·".to_owned()), ("2026-Q3", 2, "✗→✓ 3/3".to_owned()),]);
    assert_eq!(found.quarters[2].told(), "92 of 92 days throughout");
    let (text, page) = (text::plain(&found), html::page(&found));
    assert!(text.contains("2026-Q2  NO BUNDLE") && page.contains("<b>no bundle</b>"), "{text}");
    // A period that was declared and is not over counts for no quarter that its bundle could not see.
    let early = history(vec![entry("year", None, "2026-01-01", "2026-12-31", "2026-05-10", true)]);
    assert_eq!(early.quarters.iter().map(|q| q.label.as_str()).collect::<Vec<_>>(), ["2026-Q1", "2026-Q2"]);
}

#[test]
fn what_is_below_on_is_drawn_last_and_told_in_words() {
    let mut all = quarters();
    let at = |t: &str| crate::clock::parse_rfc3339(t).unwrap();
    let span = |mode, from: &str, to: &str, period: &str| ModeSpan { mode, from: at(from), to: at(to), period: period.to_owned() };
    let window = span(Mode::Optional, "2026-02-10T09:00:00Z", "2026-02-10T09:00:00Z", "q1");
    all[1].modes.insert("eu-west-1_A".to_owned(), vec![window]);
    all[2].modes.insert("eu-west-1_A".to_owned(), vec![span(Mode::On, "2026-01-01T00:00:00Z", "2026-06-20T00:00:00Z", "q2")]);
    let page = html::page(&history(all));
    let (on, below) = (page.find("<rect class=\"throughout\" x=\"0\" y=\"2\"").unwrap(), page.find("<rect class=\"optional\"").unwrap());
    assert!(on < below && page.contains("OPTIONAL from 2026-02-10 09:00 to 2026-02-10 09:00 (q1)"), "{page}");
    assert!(page.contains("✗ 1") && page.contains("1 FAIL"));
}
