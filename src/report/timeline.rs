//! The section `timeline` of `evidence.json`: the MFA mode of each pool over the period as facts and log tell it, every window
//! below ON, and every stretch of which nothing is known. It judges nothing: COG-LOG-005 does, from the same walk.

use super::told::TimelineTold;
use crate::clock;
use crate::diff::summary::{ModeRead, Summary};
use crate::model::evidence::Evidence;
use crate::model::fetched::Gap;
use crate::model::id::PoolId;
use crate::model::scope::{PrivacyMode, Scope};
use crate::recording::header::Source;
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::{MfaMode, Pool};
use crate::snapshot::timeline::{Known, Reading, Span, Timeline};
use crate::snapshot::told;
use crate::snapshot::trail::{Event, Trail, midnight};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most spans, windows and gaps of a pool, each; how many more there are is counted.
pub const MOST: usize = 200;
/// Most readings of earlier bundles that are kept of a pool: the latest.
const MOST_READINGS: usize = 100;

/// The MFA mode of one pool over the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolTimeline {
    /// The pool.
    pub pool: PoolId,
    /// The mode as it was read: by earlier bundles of the chain, then by this run, by time.
    #[serde(default)]
    pub readings: Vec<TimelineReading>,
    /// First moment looked at, RFC 3339: the period's start, or the pool's creation where that is later.
    pub from: String,
    /// Last moment looked at: the period's end, or the reading of the mode where that is earlier.
    pub to: String,
    /// The period had ended when the mode was read.
    pub over: bool,
    /// When the mode was read; `None` where it was not.
    pub read: Option<String>,
    /// Any log of the account and region was asked for or given.
    pub log: bool,
    /// The mode is known from `from` to `to`, and nothing in the log contradicts it or cannot be read.
    pub whole: bool,
    /// What is known, in order and without a hole.
    pub spans: Vec<TimelineSpan>,
    /// How many more there are, later than those listed.
    pub spans_more: u64,
    /// Every window below ON, by time.
    pub windows: Vec<TimelineWindow>,
    /// How many more there are.
    pub windows_more: u64,
    /// Stretches of which the mode is not known, with the reason.
    pub gaps: Vec<TimelineGap>,
    /// How many more there are.
    pub gaps_more: u64,
    /// The windows that the tool's own journal of changes tells of, by its lines; absent where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<TimelineTold>,
    /// What else a reader must know of it, in plain sentences.
    pub notes: Vec<String>,
}

/// The mode as a run read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineReading {
    /// When, RFC 3339, by the clock of whoever ran it.
    pub time: String,
    /// `ON`, `OPTIONAL` or `OFF`.
    pub mode: String,
    /// SHA-256 of the statement of the earlier bundle that read it; `None`: this run.
    pub statement: Option<String>,
}

/// A stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineSpan {
    /// Its start.
    pub from: String,
    /// Its end, not included.
    pub to: String,
    /// `ON`, `OPTIONAL`, `OFF`; `unclear` (the log covers it, and nothing tells the mode), `no-log`, `not-read`.
    pub state: String,
}

/// A window below ON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineWindow {
    /// `OPTIONAL` or `OFF`.
    pub mode: String,
    /// Its start, or the first moment looked at where it was open then.
    pub from: String,
    /// When the next event set the mode; `None` where none is known: it was open when the period ended, the mode was read or
    /// the log broke off.
    pub to: Option<String>,
    /// Until when log or reading prove that it lasted. The same as `from`: only that moment is certain.
    pub proved_until: String,
    /// The event that opened it, where one is known; it may be earlier than `from`.
    pub opened: Option<TimelineEvent>,
    /// The event that ended it.
    pub closed: Option<TimelineEvent>,
}

/// A recorded event that set the mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineEvent {
    /// `eventTime`.
    pub time: String,
    /// `eventName`.
    pub name: String,
    /// The mode that it set; `None` where it does not say.
    pub mode: Option<String>,
    /// The caller: kind of principal, the digest of its ARN, account.
    pub who: String,
    /// An AWS service by name, or the digest of the address that called.
    pub address: Option<String>,
    /// `requestID`.
    pub request_id: Option<String>,
    /// `lookup-events` or `log-file`.
    pub source: String,
    /// Where it is recorded.
    pub evidence: Evidence,
}

/// A stretch of which the mode is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineGap {
    /// Its start.
    pub from: String,
    /// Its end.
    pub to: String,
    /// In words.
    pub why: String,
}

/// The timelines of all pools that were read.
pub(super) fn of(snapshot: &Snapshot, scope: &Scope) -> Vec<PoolTimeline> {
    snapshot.pools.iter().map(|pool| of_pool(snapshot, scope, pool)).collect()
}

/// What the bundle before this one and those before it read of the mode, as far as it may stand beside this run's own: made-up
/// answers beside made-up answers only, and other endpoints than AWS's beside the same.
pub(super) fn earlier(previous: &Summary, snapshot: &Snapshot) -> BTreeMap<PoolId, Vec<Reading>> {
    let source = previous.source == Source::Live.word()
        || previous.source == snapshot.header.source.word()
        || previous.source == Source::Import.word();
    let kind = super::statements::endpoint_kind(snapshot);
    if !source || !(previous.endpoints == "aws" || previous.endpoints == "none" || previous.endpoints == kind) {
        return BTreeMap::new();
    }
    let reading = |r: &ModeRead| {
        let time = clock::parse_rfc3339(&r.time).ok()?;
        Some(Reading { time, mode: MfaMode::of(&r.mode)?, statement: r.statement.clone() })
    };
    let of_pool = |(pool, all): (&String, &Vec<ModeRead>)| {
        let mut all: Vec<Reading> = all.iter().filter_map(reading).collect();
        all.sort();
        all.drain(..all.len().saturating_sub(MOST_READINGS));
        (PoolId::from(pool.as_str()), all)
    };
    previous.readings.iter().map(of_pool).collect()
}

fn of_pool(snapshot: &Snapshot, scope: &Scope, pool: &Pool) -> PoolTimeline {
    let nothing = Trail::default();
    let trail = snapshot.trail_of(pool).unwrap_or(&nothing);
    let read = snapshot.mode_read.get(&pool.id).map(String::as_str);
    let dated = snapshot.header.source != Source::Import;
    let line = match Timeline::of(pool, read, dated, trail, &scope.period, snapshot.earlier_of(pool)) {
        Ok(line) => line,
        Err(gap) => return unread(snapshot, pool, scope, trail, &gap),
    };
    let mut names = Names { mask: scope.privacy.mode == PrivacyMode::Mask, seen: Vec::new() };
    let below = line.below();
    let windows: Vec<TimelineWindow> = below.iter().take(MOST).map(|span| window(&line, span, &mut names)).collect();
    let all = told::windows(&snapshot.changes, pool);
    let unshown = !told::unshown(&all, &line).is_empty();
    let doubt = doubt(&line, unshown);
    let spans = spans(&line, doubt.is_some());
    let gaps: Vec<TimelineGap> = spans.iter().filter_map(|s| gap_of(s, trail, doubt)).collect();
    PoolTimeline {
        pool: pool.id.clone(),
        readings: readings(&line),
        from: clock::rfc3339(line.from),
        to: clock::rfc3339(line.to),
        over: line.over,
        read: Some(clock::rfc3339(line.read)),
        log: !trail.is_empty(),
        whole: line.is_whole() && !unshown,
        spans_more: more(spans.len()),
        spans: spans.into_iter().take(MOST).collect(),
        windows_more: more(below.len()),
        windows,
        gaps_more: more(gaps.len()),
        gaps: gaps.into_iter().take(MOST).collect(),
        told: super::told::of(&all, (line.from, line.to), &line.events, names.mask),
        notes: notes(&line, scope, unshown).into_iter().chain(trail.standing()).collect(),
    }
}

/// Earlier bundles' readings, then this run's own where its time is known.
fn readings(line: &Timeline) -> Vec<TimelineReading> {
    let earlier = line.earlier.iter().map(|r| TimelineReading {
        time: clock::rfc3339(r.time),
        mode: r.mode.word().to_owned(),
        statement: Some(r.statement.clone()),
    });
    let own = line.dated.then(|| TimelineReading { time: clock::rfc3339(line.read), mode: line.mode.word().to_owned(), statement: None });
    earlier.chain(own).collect()
}

fn more(count: usize) -> u64 {
    count.saturating_sub(MOST) as u64
}

/// A pool whose mode was not read: the log alone is not walked, as the check does not either.
fn unread(snapshot: &Snapshot, pool: &Pool, scope: &Scope, trail: &Trail, gap: &Gap) -> PoolTimeline {
    let period = (midnight(scope.period.from), midnight(scope.period.to) + Duration::days(1));
    let (from, to) = (clock::rfc3339(period.0), clock::rfc3339(period.1));
    PoolTimeline {
        pool: pool.id.clone(),
        readings: Vec::new(),
        over: false,
        read: None,
        log: !trail.is_empty(),
        whole: false,
        spans: vec![TimelineSpan { from: from.clone(), to: to.clone(), state: "not-read".to_owned() }],
        spans_more: 0,
        windows: Vec::new(),
        windows_more: 0,
        gaps: vec![TimelineGap { from: from.clone(), to: to.clone(), why: format!("{} was {}", gap.what, gap.kind.words()) }],
        gaps_more: 0,
        told: super::told::of(&told::windows(&snapshot.changes, pool), period, &[], scope.privacy.mode == PrivacyMode::Mask),
        notes: vec!["The mode was not read, so no log was walked back from it.".to_owned()],
        from,
        to,
    }
}

fn state(known: Known) -> &'static str {
    match known {
        Known::Mode(mode) => mode.word(),
        Known::Unclear => "unclear",
        Known::NoLog => "no-log",
    }
}

/// Why nothing of this pool may be called ON, although the log covers it.
fn doubt(line: &Timeline, unshown: bool) -> Option<&'static str> {
    if unshown {
        return Some("the tool's own journal tells of a window below ON that the log does not show");
    }
    if !line.unreadable.is_empty() {
        return Some("an event or file of the log that cannot be read may have changed the mode");
    }
    line.contradiction.map(|_| "a change is missing from the log: it contradicts the mode that was read")
}

/// The spans, joined where the state is the same: an event that set what was set already ends no stretch. With a doubt about
/// the log nothing is ON; what was below ON stays so.
fn spans(line: &Timeline, doubt: bool) -> Vec<TimelineSpan> {
    let mut out: Vec<TimelineSpan> = Vec::new();
    for span in &line.spans {
        let known = if doubt && span.known == Known::Mode(MfaMode::On) { Known::Unclear } else { span.known };
        let (to, state) = (clock::rfc3339(span.to), state(known));
        match out.last_mut() {
            Some(before) if before.state == state => before.to = to,
            _ => out.push(TimelineSpan { from: clock::rfc3339(span.from), to, state: state.to_owned() }),
        }
    }
    out
}

fn gap_of(span: &TimelineSpan, trail: &Trail, doubt: Option<&str>) -> Option<TimelineGap> {
    let why = match (span.state.as_str(), trail.lookup_gap()) {
        ("unclear", _) if doubt.is_some() => doubt.unwrap_or_default().to_owned(),
        ("unclear", _) => "the log covers it, but no event and no reading tells the mode".to_owned(),
        ("no-log", _) if trail.is_empty() => "no log was read".to_owned(),
        ("no-log", Some(gap)) => format!("{} was {}", gap.what, gap.kind.words()),
        ("no-log", None) if trail.lookups.is_empty() => trail.file_gap(instant(&span.from), instant(&span.to)),
        ("no-log", None) => "LookupEvents reaches 90 days back, and log files only the days they hold".to_owned(),
        _ => return None,
    };
    Some(TimelineGap { from: span.from.clone(), to: span.to.clone(), why })
}

/// A time that was written here.
fn instant(text: &str) -> DateTime<Utc> {
    clock::parse_rfc3339(text).unwrap_or_default()
}

fn window(line: &Timeline, span: &Span, names: &mut Names) -> TimelineWindow {
    let proved = line.spans.iter().any(|s| (s.from, s.to, s.known) == (span.from, span.to, span.known));
    let event = |n: Option<usize>| n.and_then(|n| line.events.get(n));
    TimelineWindow {
        mode: state(span.known).to_owned(),
        from: clock::rfc3339(span.from),
        to: event(span.closed).map(|e| clock::rfc3339(e.time)),
        proved_until: clock::rfc3339(if proved { span.to } else { span.from }),
        opened: event(span.opened).map(|e| names.event(e)),
        closed: event(span.closed).map(|e| names.event(e)),
    }
}

fn notes(line: &Timeline, scope: &Scope, unshown: bool) -> Vec<String> {
    let mut say = Vec::new();
    if unshown {
        say.push("The tool's own journal of changes tells of a window below ON that no log shows, so no time is shown as ON.".to_owned());
    }
    if line.from > midnight(scope.period.from) {
        say.push("The pool was created after the period began; before that there was nothing to require MFA of.".to_owned());
    }
    if !line.over {
        say.push("The period had not ended when the mode was read: of the rest of it nothing is known.".to_owned());
    }
    if !line.dated {
        say.push("The mode was imported from a file that may be of an earlier day: only events in the log tell it.".to_owned());
    }
    if let Some(first) = line.unreadable.first() {
        let rest = match line.unreadable.len() {
            1 => String::new(),
            n => format!(" and {} more of the log", n - 1),
        };
        say.push(format!("{}{rest} cannot be read: it may have changed this pool, so no time is shown as ON.", first.what));
    }
    if let Some((set, read)) = line.contradiction {
        let (set, read) = (set.word(), read.word());
        say.push(format!(
            "By the log and earlier readings the mode was {set} when {read} was read: a change is missing from the log, so no time is shown as ON."
        ));
    }
    say
}

/// Callers as the report shows them: numbered where pseudonyms are hidden.
struct Names {
    mask: bool,
    seen: Vec<String>,
}

impl Names {
    fn event(&mut self, event: &Event) -> TimelineEvent {
        TimelineEvent {
            time: clock::rfc3339(event.time),
            name: event.name.clone(),
            mode: event.mode.clone(),
            who: event.who.split(' ').map(|word| self.shown(word, "principal")).collect::<Vec<_>>().join(" "),
            address: event.address.as_deref().map(|word| self.shown(word, "address")),
            request_id: event.request_id.clone(),
            source: event.source.to_owned(),
            evidence: event.at.clone(),
        }
    }

    /// A word; a digest of a principal or an address (`w_…`) as its number where pseudonyms are hidden.
    fn shown(&mut self, word: &str, kind: &str) -> String {
        if !self.mask || !word.starts_with("w_") {
            return word.to_owned();
        }
        let n = self.seen.iter().position(|s| s == word).unwrap_or_else(|| {
            self.seen.push(word.to_owned());
            self.seen.len() - 1
        });
        format!("{kind} {}", n + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::{Fixture, POOL, event};
    use serde_json::{Value, json};

    fn set(time: &str, mode: &str) -> Value {
        event("SetUserPoolMfaConfig", time, json!({"requestParameters": {"userPoolId": POOL, "mfaConfiguration": mode}}))
    }

    fn line(fixture: &Fixture) -> PoolTimeline {
        let mut all = of(&fixture.snapshot(), &fixture.scope);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn states(line: &PoolTimeline) -> Vec<&str> {
        line.spans.iter().map(|s| s.state.as_str()).collect()
    }

    /// Spans lie side by side from the first moment looked at to the last.
    fn without_a_hole(line: &PoolTimeline) {
        let ends: Vec<&str> = std::iter::once(line.from.as_str()).chain(line.spans.iter().map(|s| s.to.as_str())).collect();
        let starts: Vec<&str> = line.spans.iter().map(|s| s.from.as_str()).chain([line.to.as_str()]).collect();
        assert_eq!(ends, starts);
    }

    #[test]
    fn a_pool_that_passes_is_on_in_one_stretch() {
        let f = Fixture::good();
        assert!(f.says("COG-LOG-005").starts_with("PASS"));
        let line = line(&f);
        without_a_hole(&line);
        assert_eq!((states(&line), line.whole, line.over, line.log), (vec!["ON"], true, true, true));
        assert!(line.windows.is_empty() && line.gaps.is_empty() && line.notes.is_empty());
        assert_eq!((line.from.as_str(), line.to.as_str()), ("2026-08-01T00:00:00.000Z", "2026-09-01T00:00:00.000Z"));
    }

    #[test]
    fn a_window_says_who_opened_and_who_closed_it() {
        let f = Fixture::good().log(vec![set("2026-08-10T09:00:00Z", "OPTIONAL"), set("2026-08-11T09:00:00Z", "ON")]);
        assert!(f.says("COG-LOG-005").starts_with("FAIL"));
        let line = line(&f);
        without_a_hole(&line);
        let [window] = line.windows.as_slice() else { panic!("{line:?}") };
        assert_eq!(window.mode, "OPTIONAL");
        assert_eq!(window.from, "2026-08-10T09:00:00.000Z");
        assert_eq!(window.to.as_deref(), Some("2026-08-11T09:00:00.000Z"));
        assert_eq!(window.proved_until, "2026-08-11T09:00:00.000Z");
        let (opened, closed) = (window.opened.as_ref().unwrap(), window.closed.as_ref().unwrap());
        assert_eq!((opened.name.as_str(), opened.source.as_str()), ("SetUserPoolMfaConfig", "lookup-events"));
        assert_eq!((opened.mode.as_deref(), closed.mode.as_deref()), (Some("OPTIONAL"), Some("ON")));
        assert_eq!(opened.request_id.as_deref(), Some("req-2026-08-10T09:00:00Z"));
        assert!(opened.who.starts_with("AssumedRole w_") && opened.address.as_deref().unwrap().starts_with("w_"), "{opened:?}");
        let json = serde_json::to_string(&line).unwrap();
        assert!(!json.contains("jane") && !json.contains("192.0.2.7"), "{json}");
    }

    #[test]
    fn days_without_a_log_are_gaps_with_a_reason() {
        let mut f = Fixture::good();
        f.scope.period.from = "2026-06-01".parse().unwrap();
        assert!(f.says("COG-LOG-005").starts_with("INCOMPLETE gaps"), "{}", f.says("COG-LOG-005"));
        let early = line(&f);
        without_a_hole(&early);
        assert_eq!((states(&early).first().copied(), early.whole, early.gaps.len()), (Some("no-log"), false, 1));
        assert!(early.gaps[0].why.contains("90 days"), "{:?}", early.gaps);

        let none = line(&Fixture::good().without("LookupEvents"));
        assert_eq!((states(&none), none.log, none.whole), (vec!["no-log"], false, false));
        assert_eq!(none.gaps[0].why, "no log was read");

        let denied = line(&Fixture::good().fails("LookupEvents", "AccessDeniedException"));
        assert!(denied.log && denied.gaps[0].why.contains("denied"), "{:?}", denied.gaps);

        let unread = line(&Fixture::good().fails("GetUserPoolMfaConfig", "AccessDeniedException"));
        without_a_hole(&unread);
        assert_eq!((states(&unread), unread.read.as_deref()), (vec!["not-read"], None));
    }

    #[test]
    fn a_window_without_an_end_is_open_and_one_without_a_log_is_proved_for_its_moment_only() {
        let open = line(&Fixture::good().mode("OPTIONAL").log(vec![set("2026-08-10T09:00:00Z", "OPTIONAL")]));
        assert_eq!((open.windows[0].to.as_deref(), open.windows[0].proved_until.as_str()), (None, open.to.as_str()));

        let window = vec![set("2026-08-10T09:00:00Z", "OFF"), set("2026-08-11T09:00:00Z", "ON")];
        let bare = line(&Fixture::good().log(window).fails_for("UpdateUserPool", "AccessDeniedException"));
        assert_eq!(bare.windows[0].to.as_deref(), Some("2026-08-11T09:00:00.000Z"));
        assert_eq!(bare.windows[0].proved_until, bare.windows[0].from);
    }

    #[test]
    fn what_contradicts_or_cannot_be_read_is_noted_and_not_whole() {
        let read = line(&Fixture::good().log(vec![set("2026-07-10T09:00:00Z", "OPTIONAL")]));
        assert!(!read.whole && read.notes.iter().any(|n| n.contains("was OPTIONAL when ON was read")), "{:?}", read.notes);
        let mut torn = set("2026-08-10T09:00:00Z", "ON");
        torn["eventID"] = Value::Null;
        let torn = line(&Fixture::good().log(vec![torn]));
        assert_eq!((states(&read), states(&torn)), (vec!["unclear"], vec!["unclear"]));
        assert!(!torn.whole && torn.notes.iter().any(|n| n.contains("cannot be read")), "{:?}", torn.notes);
    }

    #[test]
    fn the_list_of_windows_is_bounded_and_the_rest_counted() {
        let mut records = Vec::new();
        for n in 0..450u32 {
            let (hour, minute) = (n / 60, n % 60);
            records.push(set(&format!("2026-08-10T{hour:02}:{minute:02}:00Z"), if n % 2 == 0 { "OPTIONAL" } else { "ON" }));
        }
        let line = line(&Fixture::good().log(records));
        assert_eq!((line.windows.len(), line.windows_more), (200, 25));
        assert!(line.spans.len() == 200 && line.spans_more > 0);
    }

    #[test]
    fn masked_callers_are_numbered() {
        let mut f = Fixture::good().log(vec![set("2026-08-10T09:00:00Z", "OPTIONAL"), set("2026-08-11T09:00:00Z", "ON")]);
        f.scope.privacy.mode = PrivacyMode::Mask;
        let json = serde_json::to_string(&line(&f)).unwrap();
        assert!(!json.contains("w_") && json.contains("AssumedRole principal 1 of account"), "{json}");
    }

    fn summary(fixture: &Fixture, statement: &str) -> Summary {
        let snapshot = fixture.snapshot();
        let evidence =
            crate::report::evidence_v1::EvidenceV1 { timeline: of(&snapshot, &fixture.scope), ..crate::report::testdata::evidence() };
        let sealed = crate::diff::summary::SealedBy { statement: statement.to_owned(), fingerprint: "f".repeat(64) };
        let mut summary = crate::report::summarise::of(&evidence, None, Some(sealed));
        (summary.source, summary.endpoints) = ("live".to_owned(), "aws".to_owned());
        summary
    }

    #[test]
    fn readings_go_from_bundle_to_bundle_under_the_statement_of_the_one_that_read() {
        let f = Fixture::good().read_earlier("2026-07-20T08:00:00Z", MfaMode::Optional);
        let now = Fixture::good().snapshot();
        let found = earlier(&summary(&f, &"2".repeat(64)), &now);
        let [first, second] = found[&PoolId::from(POOL)].as_slice() else { panic!("{found:?}") };
        assert_eq!((first.mode, first.statement.as_str()), (MfaMode::Optional, "0e".repeat(32).as_str()));
        assert_eq!((second.mode, second.statement.as_str()), (MfaMode::On, "2".repeat(64).as_str()));
        // An imported mode may be of any day: it is no reading.
        let mut imported = f.clone();
        imported.source = Source::Import;
        assert_eq!(earlier(&summary(&imported, &"2".repeat(64)), &now)[&PoolId::from(POOL)].len(), 1);
    }

    #[test]
    fn what_was_made_up_or_read_elsewhere_is_no_reading_of_this_pool() {
        let (f, statement) = (Fixture::good(), "2".repeat(64));
        let count = |s: &Summary, now: &Snapshot| earlier(s, now).values().map(Vec::len).sum::<usize>();
        let (live, mut elsewhere) = (f.snapshot(), f.clone());
        elsewhere.overrides = vec!["AWS_ENDPOINT_URL".to_owned()];
        let elsewhere = elsewhere.snapshot();
        let made = summary(&f, &statement);
        assert_eq!((count(&made, &live), count(&made, &elsewhere)), (1, 1));
        let other = Summary { endpoints: "overridden".to_owned(), ..made.clone() };
        assert_eq!((count(&other, &live), count(&other, &elsewhere)), (0, 1));
        let demo = Summary { source: "demo".to_owned(), endpoints: "none".to_owned(), ..made.clone() };
        assert_eq!(count(&demo, &live), 0);
        let mut torn = made;
        torn.readings.values_mut().flatten().for_each(|r| r.mode = "MAYBE".to_owned());
        assert_eq!(count(&torn, &live), 0);
    }
}
