//! The pictures of a history's page: findings by verdict of each bundle, and the MFA mode of each pool over the whole chain.
//! Every picture says the same in words; colours only repeat what patterns, places and words show. No script.

use super::html::safe;
use super::{Entry, History, Mode};
use crate::model::verdict::Verdict;
use chrono::NaiveDate;
use std::fmt::Write as _;

/// Width of a picture in its own units.
const WIDTH: i64 = 1000;
/// Most pools that are drawn.
const MOST_POOLS: usize = 25;

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "fail",
        Verdict::Incomplete => "incomplete",
        Verdict::Manual => "manual",
        Verdict::Pass => "pass",
        Verdict::NotApplicable => "na",
    }
}

/// Findings by verdict: a bar a bundle, worst first, all to the same scale.
pub(super) fn verdicts(out: &mut String, history: &History) {
    let sum = |e: &Entry| e.verdicts.values().fold(0i64, |all, n| all.saturating_add(i64::try_from(*n).unwrap_or(i64::MAX)));
    let Some(most) = history.chain.iter().map(sum).max().filter(|most| *most > 0) else { return };
    let height = i64::try_from(history.chain.len()).unwrap_or(0) * 30;
    let _ = writeln!(
        out,
        "<h2>Findings by bundle</h2>\n<figure><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Findings of each bundle by \
         verdict: the table of the chain says the same\">"
    );
    for (n, entry) in history.chain.iter().enumerate() {
        let y = i64::try_from(n).unwrap_or(0) * 30;
        let _ = writeln!(out, "<text x=\"0\" y=\"{}\">{}</text>", y + 19, safe(&entry.period.chars().take(20).collect::<String>()));
        let mut before = 0i64;
        for verdict in Verdict::ALL {
            let count = i64::try_from(entry.verdicts.get(verdict.word()).copied().unwrap_or(0)).unwrap_or(i64::MAX).min(most);
            if count == 0 {
                continue;
            }
            // Bars begin after the names.
            let at = |n: i64| 200 + i64::try_from(i128::from(n) * i128::from(WIDTH - 200) / i128::from(most)).unwrap_or(0);
            let (x, width) = (at(before), (at(before + count) - at(before)).max(2));
            let _ = writeln!(
                out,
                "<rect class=\"bar {}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"22\"><title>{count} {}</title></rect>",
                class(verdict),
                y + 3,
                verdict.word()
            );
            if width > 44 {
                let _ = writeln!(out, "<text class=\"in\" x=\"{}\" y=\"{}\">{} {count}</text>", x + 5, y + 19, verdict.sign());
            }
            before = before.saturating_add(count).min(most);
        }
    }
    out.push_str("</svg><figcaption>✗ FAIL  ◐ INCOMPLETE  ☐ MANUAL  ✓ PASS  – NOT_APPLICABLE</figcaption></figure>\n");
}

/// The MFA mode of each pool over the chain: what is below ON lies over everything else, so that no bundle hides it.
pub(super) fn modes(out: &mut String, history: &History) {
    let (Some(first), Some(last)) = (history.days.first().map(|d| d.from), history.days.last().map(|d| d.to)) else { return };
    let pools = history.modes();
    if pools.is_empty() {
        return;
    }
    let seconds = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let (begin, end) = (seconds(first), seconds(last) + 86_400);
    let at = |time: i64| (time.clamp(begin, end) - begin) * WIDTH / (end - begin).max(1);
    out.push_str("<h2>MFA mode by pool</h2>\n");
    for (pool, spans) in pools.iter().take(MOST_POOLS) {
        let below: Vec<String> = spans
            .iter()
            .filter(|s| s.mode.is_below())
            .map(|s| {
                format!("{} from {} to {} ({})", s.mode.word(), s.from.format("%Y-%m-%d %H:%M"), s.to.format("%Y-%m-%d %H:%M"), s.period)
            })
            .collect();
        let words = if below.is_empty() { "no bundle of the chain shows it below ON".to_owned() } else { below.join("; ") };
        let _ = writeln!(
            out,
            "<figure><p><code>{}</code></p><svg viewBox=\"0 0 {WIDTH} 50\" role=\"img\" aria-label=\"{}\">\n<rect class=\"nothing\" x=\"0\" \
             y=\"2\" width=\"{WIDTH}\" height=\"24\"/>",
            safe(pool),
            safe(&words)
        );
        for span in spans {
            let (x, to) = (at(span.from.timestamp()), at(span.to.timestamp()));
            let _ = writeln!(
                out,
                "<rect class=\"{}\" x=\"{x}\" y=\"2\" width=\"{}\" height=\"24\"><title>{} {} to {}</title></rect>",
                span.mode.class(),
                // What is below ON must be seen, however short; a stretch of ON must not grow.
                (to - x).max(if span.mode.is_below() { 3 } else { 0 }),
                span.mode.word(),
                span.from.format("%Y-%m-%d %H:%M"),
                span.to.format("%Y-%m-%d %H:%M")
            );
        }
        let _ = writeln!(
            out,
            "<text x=\"0\" y=\"45\">{first}</text><text x=\"{WIDTH}\" y=\"45\" text-anchor=\"end\">{last}</text></svg><figcaption>{}</figcaption></figure>",
            safe(&words)
        );
    }
    if pools.len() > MOST_POOLS {
        let _ = writeln!(out, "<p>The first {MOST_POOLS} of {} pools; --json has all.</p>", pools.len());
    }
    out.push_str("<p><small>Green: ON. Dashed edge: OPTIONAL. Red: OFF. Blank with a red edge: not known.</small></p>\n");
}

impl Mode {
    const fn class(self) -> &'static str {
        match self {
            Self::On => "throughout",
            Self::Optional => "optional",
            Self::Off => "off",
        }
    }
}
