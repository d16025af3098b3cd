//! COG-LOG-005: the pool required MFA for the whole period. A window below ON is FAIL, whoever opened it and however
//! short; what the log does not cover is no proof (ruling 31).

use crate::checks::PoolCx;
use crate::clock;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::recording::header::Source;
use crate::snapshot::timeline::{Known, Span, Timeline};
use crate::snapshot::told::{self, Window};
use crate::snapshot::trail::{Event, SETTING, Trail, never_asked};
use chrono::{DateTime, Utc};

/// Most windows or gaps that a sentence names; the counts cover all, and the period section lists them.
const SHOWN: usize = 5;

/// Decides COG-LOG-005.
pub(super) fn held(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let nothing = Trail::default();
    let trail = cx.snapshot.trail_of(pool).unwrap_or(&nothing);
    let read = cx.snapshot.mode_read.get(&pool.id).map(String::as_str);
    let dated = cx.snapshot.header.source != Source::Import;
    let line = Timeline::of(pool, read, dated, trail, &cx.scope.period, cx.snapshot.earlier_of(pool))?;
    let below = line.below();
    let told = told::unshown(&told::windows(&cx.snapshot.changes, pool), &line);
    let reading = Proof::new(pool.mfa_configuration.at.clone()).and(pool.mfa_in_description.at.clone());
    let events = below.iter().take(SHOWN).flat_map(|s| [s.opened, s.closed]).flatten().filter_map(|n| line.events.get(n));
    // Which bundle it is that read the mode earlier.
    let reading = reading.and_all((!line.earlier.is_empty()).then(|| Evidence::header("/previous")));
    let journal = told.iter().take(SHOWN).map(|w| w.opened.at.clone());
    let proof = reading.and_all(events.map(|e| e.at.clone())).and_all(trail.pointers()).and_all(journal);
    let with = |verdict, reason, proof: &Proof| {
        let risky: u64 = line.calls.iter().filter(|(name, _)| !SETTING.contains(&name.as_str())).map(|(_, n)| n).sum();
        let decision = Decision::new(verdict, reason, proof.clone()).with("from", minute(line.from)).with("to", minute(line.to));
        let figure = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let changes: u64 = line.calls.values().sum::<u64>() - risky;
        decision.count("changes", figure(changes)).count("risky", figure(risky)).with("period", &cx.scope.period.label)
    };
    if !below.is_empty() {
        let decision = with(Verdict::Fail, "below-on", &proof).count("windows", below.len());
        return Ok(decision.with("list", list(below.iter().map(|s| window(&line, s)))));
    }
    if !told.is_empty() {
        let decision = with(Verdict::Fail, "told", &proof).count("windows", told.len());
        return Ok(decision.with("list", list(told.iter().map(by_the_journal))));
    }
    if trail.is_empty() {
        return Err(never_asked());
    }
    if let Some(gap) = line.unreadable.first() {
        let proof = proof.and(gap.at.clone());
        return Ok(with(Verdict::Incomplete, "unreadable", &proof).with("what", &gap.what).count("unreadable", line.unreadable.len()));
    }
    if let Some((set, read)) = line.contradiction {
        let proof = proof.and_all(line.events.last().map(|e| e.at.clone()));
        return Ok(with(Verdict::Incomplete, "contradiction", &proof).with("set", set.word()).with("read", read.word()));
    }
    let gaps: Vec<&Span> = line.gaps().collect();
    if !gaps.is_empty() {
        let why = match (trail.lookup_gap(), &trail.validated, gaps.first()) {
            (_, Some(_), Some(first)) => trail.file_gap(first.from, first.to),
            (Some(gap), ..) => format!("{} was {}", gap.what, gap.kind.words()),
            (None, ..) => "LookupEvents reaches 90 days back, and an exported folder only the days it holds".to_owned(),
        };
        let stretches = gaps.iter().map(|s| format!("{} to {}", minute(s.from), minute(s.to)));
        return Ok(with(Verdict::Incomplete, "gaps", &proof).count("gaps", gaps.len()).with("list", list(stretches)).with("why", why));
    }
    if !line.is_whole() {
        let unclear = line.spans.iter().filter(|s| s.known == Known::Unclear).map(|s| format!("{} to {}", minute(s.from), minute(s.to)));
        return Ok(with(Verdict::Incomplete, "unclear", &proof).with("list", list(unclear)));
    }
    if !line.over {
        return Ok(with(Verdict::Incomplete, "not-over", &proof).with("end", cx.scope.period.to));
    }
    let files = trail.standing().map_or_else(String::new, |told| format!(" {told}"));
    Ok(with(Verdict::Pass, "on-throughout", &proof).with("files", files))
}

/// A time to the minute, UTC.
fn minute(t: DateTime<Utc>) -> String {
    clock::rfc3339(t).get(..16).unwrap_or_default().replace('T', " ") + " UTC"
}

/// A window in words: mode, from, to, who opened and who closed it.
fn window(line: &Timeline, span: &Span) -> String {
    let mode = match span.known {
        Known::Mode(mode) => mode.word(),
        _ => "unknown",
    };
    if span.from == span.to {
        return format!("{mode} as read at {}", minute(span.from));
    }
    let by = |n: Option<usize>| n.and_then(|n| line.events.get(n)).map(caller);
    let opened = by(span.opened).map_or_else(|| "opened before what was looked at".to_owned(), |who| format!("opened by {who}"));
    let closed = by(span.closed).map_or_else(|| "not closed within what was looked at".to_owned(), |who| format!("closed by {who}"));
    format!("{mode} from {} to {} ({opened}; {closed})", minute(span.from), minute(span.to))
}

/// A window that only the journal of changes tells of, in words.
fn by_the_journal(window: &Window) -> String {
    let closed = window.closed.as_ref().map_or_else(|| "not closed, as it says".to_owned(), |c| format!("closed at {}", minute(c.time)));
    format!("opened by poolproof at {} (change {}), {closed}", minute(window.opened.time), window.change)
}

/// A call in words.
fn caller(event: &Event) -> String {
    let request = event.request_id.as_deref().map_or_else(String::new, |id| format!(", request {id}"));
    format!("{} of {}{request}", event.name, event.who)
}

fn list(items: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = items.collect();
    let more = all.len().saturating_sub(SHOWN);
    let mut text = all.into_iter().take(SHOWN).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

#[cfg(test)]
pub(super) mod cases {
    use crate::checks::cases::Case;
    use crate::checks::testkit::{Fixture, POOL, event};
    use crate::snapshot::cognito::MfaMode;
    use serde_json::{Value, json};

    const ID: &str = "COG-LOG-005";

    fn set(time: &str, mode: &str) -> Value {
        event("SetUserPoolMfaConfig", time, json!({"requestParameters": {"userPoolId": POOL, "mfaConfiguration": mode}}))
    }

    fn from_until(mut fixture: Fixture, from: &str, to: &str) -> Fixture {
        (fixture.scope.period.from, fixture.scope.period.to) = (from.parse().unwrap(), to.parse().unwrap());
        fixture
    }

    /// No LookupEvents; one log file a day, from the first of August.
    fn files(days: impl Iterator<Item = u32>, records: Vec<Value>) -> Fixture {
        let mut f = Fixture::good().without("LookupEvents");
        for day in days {
            let day = chrono::NaiveDate::from_ymd_opt(2026, 7, 31).unwrap() + chrono::Days::new(u64::from(day));
            let of_day: Vec<String> =
                records.iter().filter(|r| r["eventTime"].as_str().unwrap().starts_with(&day.to_string())).map(Value::to_string).collect();
            f.log_file(
                &format!("{day}.json.gz"),
                json!({"Sha256": "00".repeat(32), "Count": 9, "Days": [day], "Last": format!("{day}T23:00:00Z"), "Records": of_day}),
            );
        }
        f
    }

    /// Log files from the first to the 33rd of August, and CloudTrail's digest files of these days but those of `lost`.
    fn digested(records: Vec<Value>, lost: &[u32], change: impl Fn(u32, &mut Value)) -> Fixture {
        let mut f = files(1..=33, records);
        let mut previous: Option<(String, String)> = None;
        for n in 1..=33_u32 {
            let day = chrono::NaiveDate::from_ymd_opt(2026, 7, 31).unwrap() + chrono::Days::new(u64::from(n));
            let object = format!("x/123456789012_CloudTrail-Digest_eu-west-1_t_eu-west-1_{}T235959Z.json.gz", day.format("%Y%m%d"));
            let mut content = json!({
                "awsAccountId": "123456789012", "digestStartTime": format!("{day}T00:00:00Z"),
                "digestEndTime": format!("{}T00:00:00Z", day.succ_opt().unwrap()), "digestS3Bucket": "logs", "digestS3Object": object,
                "digestPublicKeyFingerprint": "0f".repeat(16), "digestSignatureAlgorithm": "SHA256withRSA",
                "logFiles": [{"s3Bucket": "logs", "s3Object": format!("x/{day}.json.gz"), "hashValue": "00".repeat(32), "hashAlgorithm": "SHA-256"}],
            });
            if let Some((object, sha256)) = &previous {
                content["previousDigestS3Bucket"] = json!("logs");
                content["previousDigestS3Object"] = json!(object);
                content["previousDigestHashAlgorithm"] = json!("SHA-256");
                content["previousDigestHashValue"] = json!(sha256);
                content["previousDigestSignature"] = json!("5a".repeat(256));
            }
            change(n, &mut content);
            previous = Some((object, crate::digest::sha256_hex(content.to_string().as_bytes())));
            if !lost.contains(&n) {
                f.digest_file(&content, (n == 33).then_some("5a".repeat(256)).as_deref());
            }
        }
        f
    }

    /// Without one of the log files.
    fn taken_out(mut fixture: Fixture, key: &str) -> Fixture {
        fixture.calls.retain(|c| !(c.operation == "LogFile" && c.input["Key"] == key));
        fixture
    }

    /// With another log file.
    fn added(mut fixture: Fixture, record: &Value) -> Fixture {
        let day = record["eventTime"].as_str().unwrap().get(..10).unwrap().to_owned();
        let file =
            json!({"Sha256": "11".repeat(32), "Count": 1, "Days": [day], "Last": record["eventTime"], "Records": [record.to_string()]});
        fixture.log_file("other.json.gz", file);
        fixture
    }

    /// With the collector's clock so many days ahead of AWS's.
    fn ahead(days: i64, mut fixture: Fixture) -> Fixture {
        fixture.ahead = days;
        fixture
    }

    fn imported(mut fixture: Fixture) -> Fixture {
        fixture.source = crate::recording::header::Source::Import;
        fixture
    }

    #[allow(clippy::too_many_lines, reason = "a table")]
    pub fn table() -> Vec<Case> {
        let good = Fixture::good;
        let (gap, pass, below) = ("INCOMPLETE gap", "PASS on-throughout", "FAIL below-on");
        let (gaps, unclear, unreadable) = ("INCOMPLETE gaps", "INCOMPLETE unclear", "INCOMPLETE unreadable");
        let window = || vec![set("2026-08-10T09:00:00Z", "OPTIONAL"), set("2026-08-11T09:00:00Z", "ON")];
        let mut refused = set("2026-08-10T09:00:00Z", "OFF");
        refused["errorCode"] = json!("AccessDenied");
        let mut other = set("2026-08-10T09:00:00Z", "OFF");
        other["requestParameters"]["userPoolId"] = json!("eu-west-1_Other00001");
        let mut nameless = set("2026-08-10T09:00:00Z", "OFF");
        nameless["requestParameters"] = Value::Null;
        let mut torn = set("2026-08-10T09:00:00Z", "ON");
        torn["eventID"] = Value::Null;
        let silent = |time| event("UpdateUserPool", time, json!({"requestParameters": {"userPoolId": POOL}}));
        let answered = json!({"requestParameters": {"userPoolId": POOL}, "responseElements": {"mfaConfiguration": "OFF"}});
        let modified = |time: &str| json!({"UserPool": {"LastModifiedDate": time}});
        let early = json!({"UserPool": {"CreationDate": "2026-08-05T10:00:00Z"}});
        let made = |mode| {
            let pool = json!({"userPool": {"id": POOL, "mfaConfiguration": mode}});
            event("CreateUserPool", "2026-08-05T10:00:00Z", json!({"requestParameters": {}, "responseElements": pool}))
        };
        vec![
            (ID, "no change since before the period", good(), pass),
            (ID, "a clock that is right", ahead(1, from_until(good(), "2026-08-01", "2026-09-28")), pass),
            (
                ID,
                "a clock that runs ahead, so that the period seems to be over",
                ahead(5, from_until(good(), "2026-08-01", "2026-09-28")),
                "INCOMPLETE not-over",
            ),
            (ID, "a clock that runs behind, so that the log seems to reach back", ahead(-40, good()), gaps),
            (ID, "a window of a day", good().log(window()), below),
            (ID, "a window of a second", good().log(vec![set("2026-08-10T09:00:00Z", "OFF"), set("2026-08-10T09:00:01Z", "ON")]), below),
            (
                ID,
                "opened and closed in the same second",
                good().log(vec![set("2026-08-10T09:00:00Z", "OFF"), set("2026-08-10T09:00:00Z", "ON")]),
                below,
            ),
            (
                ID,
                "a window, and the rest of the log denied",
                good().log(window()).fails_for("UpdateUserPool", "AccessDeniedException"),
                below,
            ),
            (
                ID,
                "a window told by the answer only",
                good().log(vec![event("SetUserPoolMfaConfig", "2026-08-10T09:00:00Z", answered), set("2026-08-11T09:00:00Z", "ON")]),
                below,
            ),
            (
                ID,
                "open since before the period",
                good().log(vec![set("2026-07-10T09:00:00Z", "OFF"), set("2026-08-02T09:00:00Z", "ON")]),
                below,
            ),
            (
                ID,
                "set twice in one second before the period, in an order that nobody knows",
                good().log(vec![set("2026-07-10T09:00:00Z", "OFF"), set("2026-07-10T09:00:00Z", "ON"), set("2026-08-02T09:00:00Z", "ON")]),
                unclear,
            ),
            (
                ID,
                "opened and closed before the period",
                good().log(vec![set("2026-07-10T09:00:00Z", "OFF"), set("2026-07-11T09:00:00Z", "ON")]),
                pass,
            ),
            (
                ID,
                "opened and closed after the period",
                good().log(vec![set("2026-07-02T13:00:00Z", "ON"), set("2026-09-10T09:00:00Z", "OFF"), set("2026-09-11T09:00:00Z", "ON")]),
                pass,
            ),
            (ID, "after the period, and nothing before it", good().log(vec![set("2026-09-11T09:00:00Z", "ON")]), unclear),
            (ID, "a refused attempt", good().log(vec![refused]), pass),
            (ID, "another pool", good().log(vec![other]), pass),
            (ID, "set to ON, and nothing tells what it was", good().log(vec![set("2026-08-10T09:00:00Z", "ON")]), unclear),
            (ID, "an update that does not name the mode", good().log(vec![silent("2026-08-10T09:00:00Z")]), unclear),
            (ID, "an update before the period that does not name the mode", good().log(vec![silent("2026-07-10T09:00:00Z")]), pass),
            (ID, "an unknown mode", good().log(vec![set("2026-07-10T09:00:00Z", "MAYBE"), set("2026-08-10T09:00:00Z", "ON")]), unclear),
            (
                ID,
                "OPTIONAL in the log, ON at the run",
                good().log(vec![set("2026-07-10T09:00:00Z", "OPTIONAL")]),
                "INCOMPLETE contradiction",
            ),
            (ID, "OPTIONAL at the run, and no change", good().mode("OPTIONAL"), below),
            (ID, "OPTIONAL at the run, after the period, no log", good().mode("OPTIONAL").without("LookupEvents"), gap),
            (
                ID,
                "OPTIONAL at the run, in the period, no log",
                from_until(good().mode("OPTIONAL").without("LookupEvents"), "2026-09-01", "2026-09-30"),
                below,
            ),
            (ID, "the days before LookupEvents reaches", from_until(good(), "2026-07-01", "2026-08-31"), gaps),
            (ID, "the period is not over", from_until(good(), "2026-09-01", "2026-09-30"), "INCOMPLETE not-over"),
            (
                ID,
                "changed minutes before the run, not delivered",
                good().with("DescribeUserPool", modified("2026-09-30T11:50:00Z")),
                unclear,
            ),
            (ID, "denied", good().fails("LookupEvents", "AccessDeniedException"), gaps),
            (ID, "the events of one name not read to the end", good().lookup("UpdateUserPool", json!({"NextToken": "more"})), gaps),
            (ID, "never asked", good().without("LookupEvents"), gap),
            (ID, "imported, and only the file of the mode says what it was", imported(good()), unclear),
            (
                ID,
                "imported, the mode set before the period by the log",
                imported(good().log(vec![set("2026-07-10T09:00:00Z", "ON")])),
                pass,
            ),
            (
                ID,
                "imported with OPTIONAL in the running period, no log",
                imported(from_until(good().mode("OPTIONAL").without("LookupEvents"), "2026-09-01", "2026-09-30")),
                gap,
            ),
            (ID, "the mode was not read", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), gap),
            (ID, "a change of no pool", good().log(vec![nameless]), unreadable),
            (ID, "an event without an id", good().log(vec![torn]), unreadable),
            (
                ID,
                "events of another name than asked for",
                good().lookup("UpdateUserPool", json!({"Events": [{"CloudTrailEvent": set("2026-08-10T09:00:00Z", "ON").to_string()}]})),
                unreadable,
            ),
            (ID, "made in the period, with MFA", good().with("DescribeUserPool", early.clone()).log(vec![made("ON")]), pass),
            (
                ID,
                "made in the period, without MFA",
                good().with("DescribeUserPool", early).log(vec![made("OFF"), set("2026-08-05T10:05:00Z", "ON")]),
                below,
            ),
            (ID, "log files of every day", files(1..=33, vec![]), pass),
            (ID, "log files of every day, a window", files(1..=33, window()), below),
            (ID, "log files, a day missing", files((1..=33).filter(|d| *d != 21), vec![]), gaps),
            (
                ID,
                "log files that end before the pool was modified",
                files(1..=33, vec![]).with("DescribeUserPool", modified("2026-09-10T00:00:00Z")),
                unclear,
            ),
            (ID, "log files that digest files name, each of them", digested(vec![], &[], |_, _| ()), pass),
            (ID, "log files that digest files name, a window", digested(window(), &[], |_, _| ()), below),
            (
                ID,
                "a log file that a digest file names, taken out, though others hold events of its day",
                taken_out(added(digested(vec![], &[], |_, _| ()), &set("2026-08-10T12:00:00Z", "ON")), "2026-08-10.json.gz"),
                gaps,
            ),
            (
                ID,
                "a log file that a digest file names with another SHA-256",
                digested(vec![], &[], |n, d| {
                    if n == 10 {
                        d["logFiles"][0]["hashValue"] = json!("77".repeat(32));
                    }
                }),
                unreadable,
            ),
            (ID, "a digest file taken out", digested(vec![], &[10], |_, _| ()), gaps),
            (ID, "the last digest file taken out", digested(vec![], &[33], |_, _| ()), pass),
            (ID, "the last three digest files taken out, the pool not modified since", digested(vec![], &[31, 32, 33], |_, _| ()), pass),
            (
                ID,
                "the last three digest files taken out",
                digested(vec![], &[31, 32, 33], |_, _| ()).with("DescribeUserPool", modified("2026-09-10T00:00:00Z")),
                gaps,
            ),
            (
                ID,
                "validation switched off and on again",
                digested(vec![], &[], |n, d| {
                    if n == 10 {
                        for name in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
                            d[format!("previousDigest{name}")] = Value::Null;
                        }
                    }
                }),
                gaps,
            ),
            (
                ID,
                "a digest file that is not the one that the next names",
                digested(vec![], &[], |n, d| {
                    if n == 11 {
                        d["previousDigestHashValue"] = json!("77".repeat(32));
                    }
                }),
                gaps,
            ),
            (
                ID,
                "a digest file with a member that nobody knows",
                digested(vec![], &[], |n, d| {
                    if n == 10 {
                        d["note"] = json!("jane@example.com");
                    }
                }),
                gaps,
            ),
            (
                ID,
                "digest files of another region",
                digested(vec![], &[], |_, d| {
                    d["digestS3Object"] = json!(d["digestS3Object"].as_str().unwrap().replace("eu-west-1_t", "us-east-1_t"))
                }),
                gaps,
            ),
            (
                ID,
                "a log file slipped in that no digest file names",
                added(digested(vec![], &[], |_, _| ()), &set("2026-08-10T12:00:00Z", "ON")),
                unreadable,
            ),
            (
                ID,
                "a log file that no digest file names, later than all of them",
                added(digested(vec![], &[], |_, _| ()), &event("AdminDisableUser", "2026-09-20T12:00:00Z", json!({}))),
                pass,
            ),
            (ID, "digest files of none of the log files", digested(vec![], &[], |_, d| d["logFiles"] = json!([])), pass),
            (ID, "an earlier bundle read ON", good().read_earlier("2026-07-20T08:00:00Z", MfaMode::On), pass),
            (ID, "an earlier bundle read OPTIONAL in the period", good().read_earlier("2026-08-10T08:00:00Z", MfaMode::Optional), below),
            (
                ID,
                "an earlier bundle read OPTIONAL in the period, no log",
                good().read_earlier("2026-08-10T08:00:00Z", MfaMode::Off).without("LookupEvents"),
                below,
            ),
            (
                ID,
                "an earlier bundle read OPTIONAL before the period, and the whole log knows of no change",
                good().read_earlier("2026-07-20T08:00:00Z", MfaMode::Optional),
                "INCOMPLETE contradiction",
            ),
            (
                ID,
                "an earlier bundle read OPTIONAL, changed before the period",
                good().read_earlier("2026-07-20T08:00:00Z", MfaMode::Optional).log(vec![set("2026-07-21T09:00:00Z", "ON")]),
                pass,
            ),
            (
                ID,
                "set to ON in the period, and an earlier bundle read ON before",
                good().read_earlier("2026-07-20T08:00:00Z", MfaMode::On).log(vec![set("2026-08-10T09:00:00Z", "ON")]),
                pass,
            ),
            (
                ID,
                "an earlier bundle read ON before the log reaches back",
                from_until(good().read_earlier("2026-07-01T08:00:00Z", MfaMode::On), "2026-07-01", "2026-08-31"),
                gaps,
            ),
            (
                ID,
                "imported, and an earlier bundle read ON within the log",
                imported(good().read_earlier("2026-07-20T08:00:00Z", MfaMode::On)),
                pass,
            ),
            (ID, "a reading by no log at all", good().read_earlier("2026-08-10T08:00:00Z", MfaMode::On).without("LookupEvents"), gap),
            (
                ID,
                "a window that only the tool's journal tells of",
                good().onboarded("2026-08-10T09:00:00Z", "2026-08-10T09:10:00Z"),
                "FAIL told",
            ),
            (
                ID,
                "a window that only the tool's journal tells of, no log",
                good().onboarded("2026-08-10T09:00:00Z", "2026-08-10T09:10:00Z").without("LookupEvents"),
                "FAIL told",
            ),
            (ID, "a window of the journal before the period", good().onboarded("2026-07-10T09:00:00Z", "2026-07-10T09:10:00Z"), pass),
            (
                ID,
                "a window of the journal that the log shows",
                good().onboarded("2026-08-10T09:00:02Z", "2026-08-11T09:00:02Z").log(window()),
                below,
            ),
            (
                ID,
                "a window of the journal from before the period into it",
                good().onboarded("2026-07-31T23:55:00Z", "2026-08-01T00:05:00Z"),
                "FAIL told",
            ),
            (ID, "log files of one day, with a window", files(10..=11, window()), below),
        ]
    }
}
