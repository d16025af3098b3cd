//! What each pool required over the period: a bar a pool with the same in words, then every window below ON with who opened
//! and closed it, and every stretch of which nothing is known. It draws what `evidence.json` says and judges nothing.

use super::{MOST_LINES, MOST_POOLS, code, list, paragraph, table};
use crate::clock;
use crate::model::evidence::Evidence;
use crate::render::blocks::*;
use crate::render::view::View;
use crate::report::evidence_v1::{PoolTimeline, TimelineEvent, TimelineTold, TimelineWindow};
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc};
use std::collections::BTreeMap;

/// The whole of a bar.
const WHOLE: u32 = 1_000_000;
/// How near a date may stand to the one before it, and to the end of the bar.
const BETWEEN: u32 = 70_000;
/// Most marks along a bar.
const MOST_TICKS: usize = 200;
/// Most readings of a pool that are listed, the latest.
const MOST_READINGS: usize = 12;

/// The period that every bar is drawn over.
struct Axis {
    begin: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// Bars and tables of all pools.
pub(super) fn blocks(view: &View<'_>) -> Vec<Block> {
    let lines = &view.evidence.timeline;
    if lines.is_empty() {
        return vec![paragraph("No pool was read.")];
    }
    let period = &view.evidence.scope.period;
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let axis = Axis { begin: midnight(period.from), end: midnight(period.to) + Duration::days(1) };
    let ticks = ticks(&axis);
    let mut out = Vec::new();
    let mut left = MOST_LINES;
    for (n, line) in lines.iter().take(MOST_POOLS).enumerate() {
        let label = view.pool(&line.pool).map_or_else(|| line.pool.to_string(), |p| p.label.clone());
        let caption = if n == 0 { text("MFA mode over the period, by pool") } else { Vec::new() };
        out.push(Block::Timeline(Timeline { caption, ticks: ticks.clone(), lanes: vec![lane(&axis, line, &label)] }));
        out.extend(readings(line));
        if !line.notes.is_empty() {
            out.push(list(line.notes.iter().cloned()));
        }
        out.extend(windows(line, &label, &mut left));
        out.extend(told(line, &label, &mut left));
        out.extend(gaps(line, &label, &mut left));
    }
    if lines.len() > MOST_POOLS {
        out.push(paragraph(format!("The first {MOST_POOLS} of {} pools; evidence.json has all.", lines.len())));
    }
    out
}

impl Axis {
    fn at(&self, time: DateTime<Utc>) -> u32 {
        let whole = (self.end - self.begin).num_seconds().max(1);
        let part = (time - self.begin).num_seconds().clamp(0, whole);
        u32::try_from(part.saturating_mul(i64::from(WHOLE)) / whole).unwrap_or(WHOLE)
    }
}

/// Months and weeks, as many as can be told apart.
fn ticks(axis: &Axis) -> Vec<Tick> {
    let (first, days) = (axis.begin.date_naive(), (axis.end - axis.begin).num_days());
    let mut out = vec![Tick { at: 0, label: first.to_string() }];
    let mut named = 0;
    let mut day = first;
    for _ in 1..days {
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        day = next;
        let (monday, month, quarter) = (day.weekday().num_days_from_monday() == 0, day.day() == 1, day.day() == 1 && day.month0() % 3 == 0);
        let (mark, name) = match days {
            ..=45 => (monday, monday.then(|| day.format("%m-%d").to_string())),
            46..=130 => (monday || month, month.then(|| day.format("%Y-%m").to_string())),
            131..=400 => (month, month.then(|| day.format("%Y-%m").to_string())),
            _ => (quarter, quarter.then(|| day.format("%Y-%m").to_string())),
        };
        if !mark || out.len() >= MOST_TICKS {
            continue;
        }
        let at = axis.at(day.and_time(NaiveTime::MIN).and_utc());
        let label = name.filter(|_| at - named >= BETWEEN && at <= WHOLE - BETWEEN).unwrap_or_default();
        if !label.is_empty() {
            named = at;
        }
        out.push(Tick { at, label });
    }
    out
}

fn state_of(word: &str) -> ModeState {
    match word {
        "ON" => ModeState::On,
        "OPTIONAL" => ModeState::Optional,
        "OFF" => ModeState::Off,
        _ => ModeState::Unknown,
    }
}

fn lane(axis: &Axis, line: &PoolTimeline, label: &str) -> Lane {
    let time = |t: &str| clock::parse_rfc3339(t).ok();
    let mut parts: Vec<(ModeState, DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for span in &line.spans {
        if let (Some(from), Some(to)) = (time(&span.from), time(&span.to)) {
            parts.push((state_of(&span.state), from, to));
        }
    }
    // After the last span listed, and after the reading in a period that goes on, nothing is known.
    let end = parts.last().map(|p| p.2).or_else(|| time(&line.from)).unwrap_or(axis.begin);
    if end < axis.end && (!line.over || line.spans_more > 0) {
        parts.push((ModeState::Unknown, end, axis.end));
    }
    let mut lasted: BTreeMap<ModeState, Duration> = BTreeMap::new();
    for (state, from, to) in &parts {
        let sum = lasted.entry(*state).or_insert_with(Duration::zero);
        *sum += (*to - *from).max(Duration::zero());
    }
    // A window of which only its first moment is certain is no span, but must be seen.
    for window in &line.windows {
        if let (Some(from), Some(until)) = (time(&window.from), time(&window.proved_until)) {
            let state = state_of(&window.mode);
            lasted.entry(state).or_insert_with(Duration::zero);
            if !parts.contains(&(state, from, until)) {
                parts.push((state, from, until));
            }
        }
    }
    // What is below ON is drawn last, so that nothing lies over it.
    parts.sort_by_key(|(state, from, _)| (matches!(state, ModeState::Optional | ModeState::Off), *state, *from));
    Lane {
        label: label.to_owned(),
        note: note(line),
        alt: alt(line),
        stretches: parts.iter().map(|(state, from, to)| Stretch { state: *state, from: axis.at(*from), to: axis.at(*to) }).collect(),
        legend: lasted.into_iter().map(|(state, sum)| (state, words(sum))).collect(),
    }
}

/// The bar in a few words.
fn note(line: &PoolTimeline) -> String {
    let count = line.windows.len() as u64 + line.windows_more;
    let mut say = Vec::new();
    if line.read.is_none() {
        say.push("the mode was not read".to_owned());
    } else if !line.log {
        say.push("no log was read".to_owned());
    }
    match count {
        0 => {}
        1 => say.push("1 window below ON".to_owned()),
        n => say.push(format!("{n} windows below ON")),
    }
    match line.told.iter().filter(|t| t.opened_in_log.is_none()).count() {
        0 => {}
        1 => say.push("1 window that only the tool's own journal tells of".to_owned()),
        n => say.push(format!("{n} windows that only the tool's own journal tells of")),
    }
    if say.is_empty() {
        say.push(if line.whole && line.over { "ON throughout" } else { "not known throughout" }.to_owned());
    }
    say.join("; ")
}

/// The bar in words: every window and every stretch of which nothing is known.
fn alt(line: &PoolTimeline) -> String {
    let mut say = vec![format!("{} to {}: {}", minute(&line.from), minute(&line.to), note(line))];
    say.extend(line.spans.iter().filter(|s| s.state == "ON").map(|s| format!("ON from {} to {}", minute(&s.from), minute(&s.to))));
    for w in &line.windows {
        let by = |event: &Option<TimelineEvent>| event.as_ref().map_or_else(|| "nobody known".to_owned(), |e| e.who.clone());
        say.push(format!("{} from {} to {}, opened by {}, closed by {}", w.mode, begin(w), end(line, w), by(&w.opened), by(&w.closed)));
    }
    say.extend(line.gaps.iter().map(|g| format!("not known from {} to {}: {}", minute(&g.from), minute(&g.to), g.why)));
    say.join("; ")
}

/// How long, in the two largest units.
fn words(sum: Duration) -> String {
    let (d, h, m, s) = (sum.num_days(), sum.num_hours() % 24, sum.num_minutes() % 60, sum.num_seconds() % 60);
    match (d, h, m, s) {
        (0, 0, 0, 0) => "a moment".to_owned(),
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (1, 0, ..) => "1 day".to_owned(),
        (d, 0, ..) => format!("{d} days"),
        (d, h, ..) => format!("{d} d {h} h"),
    }
}

/// A time to the minute, with the seconds where there are any.
fn minute(time: &str) -> String {
    clock::parse_rfc3339(time).map_or_else(
        |_| time.to_owned(),
        |t| t.format(if t.timestamp() % 60 == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string(),
    )
}

fn begin(window: &TimelineWindow) -> String {
    match &window.opened {
        Some(event) if event.time < window.from => minute(&event.time),
        _ => minute(&window.from),
    }
}

fn end(line: &PoolTimeline, window: &TimelineWindow) -> String {
    match &window.to {
        Some(to) if window.proved_until == window.from && *to != window.from => {
            format!("{} at the latest; the log does not show what lies between", minute(to))
        }
        Some(to) => minute(to),
        None if window.opened.is_none() && window.proved_until == window.from => "not known: read at this moment only".to_owned(),
        None if window.proved_until == line.to => format!("still open at {}", minute(&line.to)),
        None => format!("not known: open at {}", minute(&window.proved_until)),
    }
}

/// What earlier bundles read, where there are any: the chain joined to this run.
fn readings(line: &PoolTimeline) -> Option<Block> {
    let earlier = line.readings.iter().filter(|r| r.statement.is_some()).count();
    if earlier == 0 {
        return None;
    }
    let mut out = vec![Inline::Text("Read by bundles: ".to_owned())];
    let skipped = line.readings.len().saturating_sub(MOST_READINGS);
    if skipped > 0 {
        out.push(Inline::Text(format!("{skipped} earlier ones (in evidence.json); ")));
    }
    for (n, reading) in line.readings.iter().skip(skipped).enumerate() {
        let comma = if n == 0 { "" } else { "; " };
        let state = state_of(&reading.mode);
        out.push(Inline::Text(format!("{comma}{} {} at {}, ", state.sign(), reading.mode, minute(&reading.time))));
        match &reading.statement {
            Some(statement) => out.extend([Inline::Text("statement ".to_owned()), code(statement.get(..16).unwrap_or(statement))]),
            None => out.push(Inline::Text("this run".to_owned())),
        }
    }
    out.push(Inline::Text(". An earlier bundle's reading is its sealer's word, as this run's is.".to_owned()));
    Some(Block::Paragraph(out))
}

fn windows(line: &PoolTimeline, label: &str, left: &mut usize) -> Vec<Block> {
    let none = |words: &str| text(words);
    let row = |w: &TimelineWindow| {
        let state = state_of(&w.mode);
        vec![
            vec![Inline::Strong(text(format!("{}\u{a0}{}", state.sign(), w.mode)))],
            text(begin(w)),
            text(end(line, w)),
            w.opened.as_ref().map_or_else(|| none("no event known: it was open already, or only the reading shows it"), |e| event(line, e)),
            w.closed.as_ref().map_or_else(|| none("no event known"), |e| event(line, e)),
        ]
    };
    let head = [("Mode", 9), ("From", 8), ("To", 8), ("Opened by", 16), ("Closed by", 16)];
    let rows: Vec<Vec<Inlines>> = line.windows.iter().take(*left).map(row).collect();
    let more = line.windows.len() - rows.len();
    *left -= rows.len();
    let mut out = Vec::new();
    if !rows.is_empty() {
        out.push(table(text(format!("Windows below ON: {label}")), &head, rows));
    }
    if more > 0 {
        out.push(paragraph(format!("{more} more windows of this pool are in evidence.json.")));
    }
    if line.windows_more > 0 {
        out.push(paragraph(format!("{} more windows of this pool are not listed; their events are in the recording.", line.windows_more)));
    }
    out
}

/// The windows that the tool's own journal tells of, each with its events in the log.
fn told(line: &PoolTimeline, label: &str, left: &mut usize) -> Option<Block> {
    let logged = |words: &str, at: &Option<Evidence>| match at {
        Some(at) => vec![Inline::Text(format!("{words}: ")), code(format!("{} {}", at.call, at.pointer))],
        None => text(format!("{words}: NOT in the log")),
    };
    let row = |t: &TimelineTold| {
        let read_back = if t.read_back { "OPTIONAL was read back" } else { "about to be opened; what came of it is not written" };
        let mut opened = vec![Inline::Text(minute(&t.opened)), Inline::Break, Inline::Text(read_back.to_owned())];
        if let Some(user) = &t.user {
            opened.extend([Inline::Break, Inline::Text("for ".to_owned()), code(user)]);
        }
        let until = t.until.as_ref().map_or_else(String::new, |until| format!(" (by {} at the latest, it was to be)", minute(until)));
        let closed = t.closed.as_ref().map_or_else(|| format!("the journal does not say{until}"), |closed| minute(closed));
        let by = vec![Inline::Text("poolproof, change ".to_owned()), code(&t.change), Inline::Break, code(&t.evidence.call)];
        let mut log = logged("opening", &t.opened_in_log);
        if t.closed.is_some() {
            log.push(Inline::Break);
            log.extend(logged("closing", &t.closed_in_log));
        }
        vec![by, opened, text(closed), log]
    };
    let rows: Vec<Vec<Inlines>> = line.told.iter().rev().take(*left).rev().map(row).collect();
    *left -= rows.len();
    let caption = format!("Windows by the tool's own journal of changes, as whoever ran it says: {label}");
    (!rows.is_empty()).then(|| table(text(caption), &[("Opened by", 14), ("Opened", 13), ("Closed", 12), ("In the log", 18)], rows))
}

/// An event in a cell: what, who, the request, from where, where it is recorded, and whether the tool's own journal has it.
fn event(line: &PoolTimeline, e: &TimelineEvent) -> Inlines {
    let words = |t: String| Inline::Text(t);
    let set = e.mode.as_ref().map_or_else(|| ", which does not name a mode".to_owned(), |mode| format!(" set {mode}"));
    let mut out = vec![words(format!("{}{set}", e.name)), Inline::Break, words(e.who.clone()), Inline::Break];
    if let Some(id) = &e.request_id {
        out.extend([words("request ".to_owned()), code(id), Inline::Break]);
    }
    if let Some(address) = &e.address {
        out.extend([words("from ".to_owned()), code(address), Inline::Break]);
    }
    let source = if e.source == "log-file" { "log file" } else { "LookupEvents" };
    out.extend([words(format!("{source}, ")), code(format!("{} {}", e.evidence.call, e.evidence.pointer))]);
    let own = |t: &&TimelineTold| t.opened_in_log.as_ref() == Some(&e.evidence) || t.closed_in_log.as_ref() == Some(&e.evidence);
    if let Some(told) = line.told.iter().find(own) {
        out.extend([Inline::Break, words("by poolproof, change ".to_owned()), code(&told.change)]);
    }
    out
}

fn gaps(line: &PoolTimeline, label: &str, left: &mut usize) -> Vec<Block> {
    // The note beside the bar says all of it already.
    if !line.log && line.read.is_some() && line.gaps.len() == 1 && line.spans.len() == 1 {
        return Vec::new();
    }
    let rows: Vec<Vec<Inlines>> =
        line.gaps.iter().take(*left).map(|g| vec![text(minute(&g.from)), text(minute(&g.to)), text(&g.why)]).collect();
    let more = (line.gaps.len() - rows.len()) as u64 + line.gaps_more;
    *left -= rows.len();
    let mut out = Vec::new();
    if !rows.is_empty() {
        out.push(table(text(format!("Not known: {label}")), &[("From", 9), ("To", 9), ("Why", 34)], rows));
    }
    if more > 0 {
        out.push(paragraph(format!("{more} more stretches of this pool are not listed here.")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    fn drawn(evidence: &crate::report::evidence_v1::EvidenceV1) -> Vec<Block> {
        let texts = BTreeMap::new();
        blocks(&View::new(evidence, &texts, b"{}"))
    }

    fn lanes(blocks: &[Block]) -> Vec<&Lane> {
        blocks.iter().filter_map(|b| if let Block::Timeline(t) = b { Some(&t.lanes[0]) } else { None }).collect()
    }

    #[test]
    fn every_bar_says_in_words_what_it_shows() {
        let evidence = testdata::evidence();
        let blocks = drawn(&evidence);
        let lanes = lanes(&blocks);
        assert_eq!(lanes.len(), 3);
        for (lane, line) in lanes.iter().zip(&evidence.timeline) {
            for window in &line.windows {
                assert!(lane.alt.contains(&format!("{} from {}", window.mode, minute(&window.from))), "{}", lane.alt);
            }
            for gap in &line.gaps {
                assert!(lane.alt.contains(&gap.why), "{}", lane.alt);
            }
        }
        assert!(lanes[1].alt.contains("still open at 2026-09-30 14:02"), "{}", lanes[1].alt);
        assert_eq!(
            [&lanes[1].note, &lanes[2].note],
            ["5 windows below ON; 1 window that only the tool's own journal tells of", "the mode was not read"]
        );
        // A period that goes on is never called ON throughout.
        assert_eq!(lanes[0].note, "not known throughout");
        assert_eq!(lanes[0].stretches.last().map(|s| (s.state, s.to)), Some((ModeState::Unknown, WHOLE)));
    }

    #[test]
    fn a_window_of_a_second_lies_over_everything_and_is_in_the_table() {
        let mut evidence = testdata::evidence();
        let window = &mut evidence.timeline[1].windows[0];
        window.proved_until = window.from.clone();
        window.to = Some("2026-08-12T06:05:01.000Z".to_owned());
        let blocks = drawn(&evidence);
        let lanes = lanes(&blocks);
        let below = lanes[1].stretches.iter().position(|s| s.state == ModeState::Optional).unwrap();
        assert!(lanes[1].stretches[below..].iter().all(|s| matches!(s.state, ModeState::Optional | ModeState::Off)));
        assert!(lanes[1].alt.contains("2026-08-12 06:05:01 at the latest"), "{}", lanes[1].alt);
        assert_eq!(words(Duration::zero()), "a moment");
    }

    #[test]
    fn what_the_tools_own_journal_tells_is_said_to_be_its_word() {
        let evidence = testdata::evidence();
        let (blocks, said) = (drawn(&evidence), format!("{:?}", drawn(&evidence)));
        assert!(lanes(&blocks)[1].note.ends_with("1 window that only the tool's own journal tells of"), "{}", lanes(&blocks)[1].note);
        assert!(said.contains("Windows by the tool's own journal of changes, as whoever ran it says"), "{said}");
        assert!(said.contains("opening: NOT in the log") && said.contains("the journal does not say (by 2026-08-12 06:25"), "{said}");
        assert!(said.contains("by poolproof, change "), "{said}");
    }

    #[test]
    fn a_pool_without_a_log_says_so() {
        let mut evidence = testdata::evidence();
        evidence.timeline[0].log = false;
        evidence.timeline[0].spans[0].state = "no-log".to_owned();
        let blocks = drawn(&evidence);
        assert_eq!(lanes(&blocks)[0].note, "no log was read");
        assert!(lanes(&blocks)[0].stretches.iter().all(|s| s.state == ModeState::Unknown));
        evidence.timeline.clear();
        assert_eq!(drawn(&evidence), vec![paragraph("No pool was read.")]);
    }

    #[test]
    fn what_earlier_bundles_read_is_listed_with_their_statements() {
        let mut evidence = testdata::evidence();
        let said = |evidence: &crate::report::evidence_v1::EvidenceV1| format!("{:?}", drawn(evidence));
        assert!(said(&evidence).contains("ON at 2026-06-30 09:00, ") && said(&evidence).contains("this run"));
        let one = evidence.timeline[0].readings[0].clone();
        evidence.timeline[0].readings = vec![one; 40];
        assert!(said(&evidence).contains("28 earlier ones (in evidence.json)"));
        evidence.timeline.iter_mut().for_each(|line| line.readings.retain(|r| r.statement.is_none()));
        assert!(!said(&evidence).contains("Read by bundles"));
    }

    #[test]
    fn ticks_fit_the_length_of_the_period() {
        let day = |t: &str| t.parse::<NaiveDate>().unwrap().and_time(NaiveTime::MIN).and_utc();
        for (begin, end, named, marks) in [
            ("2026-07-01", "2026-10-01", vec!["2026-07-01", "2026-08", "2026-09"], 16),
            ("2026-08-01", "2026-09-01", vec!["2026-08-01", "08-10", "08-17", "08-24"], 6),
            (
                "2026-01-01",
                "2027-01-01",
                vec![
                    "2026-01-01",
                    "2026-02",
                    "2026-03",
                    "2026-04",
                    "2026-05",
                    "2026-06",
                    "2026-07",
                    "2026-08",
                    "2026-09",
                    "2026-10",
                    "2026-11",
                    "2026-12",
                ],
                12,
            ),
            ("2026-07-01", "2026-07-02", vec!["2026-07-01"], 1),
        ] {
            let ticks = ticks(&Axis { begin: day(begin), end: day(end) });
            let labels: Vec<&str> = ticks.iter().map(|t| t.label.as_str()).filter(|l| !l.is_empty()).collect();
            assert_eq!((labels, ticks.len()), (named, marks), "{begin}");
        }
    }
}
