//! A history as one self-contained page: no script, no request, pictures drawn in it. Every text is made visible and escaped.

use super::text::cell;
use super::{Coverage, Entry, History, pictures};
use crate::model::verdict::Verdict;
use crate::model::visible;
use std::fmt::Write as _;

/// No script, no request: only this file's own style (Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("style.css");
/// Width of the picture of days, in its own units.
const WIDTH: i64 = 1000;

/// The page.
pub fn page(history: &History) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"{POLICY}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" \
         content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>History of evidence</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>History of evidence</h1>\n<p>{}</p>\n",
        safe(&history.checked)
    );
    if !history.oddities.is_empty() || !history.refused.is_empty() {
        out.push_str("<section class=\"mind\"><h2>Mind</h2><ul>\n");
        for oddity in &history.oddities {
            let _ = writeln!(out, "<li>{}</li>", safe(&oddity.what));
        }
        for refused in &history.refused {
            let _ = writeln!(out, "<li>Not counted: <code>{}</code>: {}</li>", safe(&refused.file), safe(&refused.why));
        }
        out.push_str("</ul></section>\n");
    }
    days(&mut out, history);
    bundles(&mut out, "The chain, oldest first", &history.chain);
    bundles(&mut out, "Not in the chain", &history.strangers);
    pictures::verdicts(&mut out, history);
    pictures::modes(&mut out, history);
    quarters(&mut out, history);
    matrix(&mut out, history);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

pub(super) fn safe(text: &str) -> String {
    visible::escape_markup(&visible::clean(text, &|_| true, &mut 0))
}

const fn class(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Throughout => "throughout",
        Coverage::Point => "point",
        Coverage::Declared => "declared",
        Coverage::Nothing => "nothing",
    }
}

fn days(out: &mut String, history: &History) {
    let all: i64 = history.days.iter().map(|d| d.days).sum();
    let (Some(first), Some(last), true) = (history.days.first(), history.days.last(), all > 0) else { return };
    let _ = write!(
        out,
        "<h2>Days</h2>\n<figure><svg viewBox=\"0 0 {WIDTH} 74\" role=\"img\" aria-label=\"Days from {} to {}: the table below says the \
         same\">\n<defs><pattern id=\"h\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect \
         width=\"3\" height=\"8\" class=\"stripe\"/></pattern></defs>\n",
        first.from, last.to
    );
    let mut before = 0;
    for days in &history.days {
        let (x, to) = (before * WIDTH / all, (before + days.days) * WIDTH / all);
        // A single day must still be seen.
        let width = (to - x).max(3);
        let kind = class(days.coverage);
        let _ = writeln!(
            out,
            "<rect class=\"{kind}\" x=\"{x}\" y=\"10\" width=\"{width}\" height=\"36\"><title>{} to {}: {}</title></rect>",
            days.from,
            days.to,
            days.coverage.words()
        );
        if days.coverage == Coverage::Nothing {
            let _ = writeln!(out, "<rect fill=\"url(#h)\" x=\"{x}\" y=\"10\" width=\"{width}\" height=\"36\"/>");
        }
        before += days.days;
    }
    for entry in &history.chain {
        let x = ((entry.day - first.from).num_days() * WIDTH / all).clamp(2, WIDTH - 2);
        let _ = writeln!(out, "<path class=\"seal\" d=\"M{x} 4 V52\"/>");
    }
    let _ = write!(
        out,
        "<text x=\"0\" y=\"68\">{}</text><text x=\"{WIDTH}\" y=\"68\" text-anchor=\"end\">{}</text>\n</svg>\n<figcaption>Each line is the day \
         of a bundle.</figcaption></figure>\n<table class=\"days\"><thead><tr><th>From</th><th>To</th><th>Days</th><th>What is \
         known</th></tr></thead><tbody>\n",
        first.from, last.to
    );
    for days in &history.days {
        let _ = writeln!(
            out,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td><i></i>{}</td></tr>",
            class(days.coverage),
            days.from,
            days.to,
            days.days,
            days.coverage.words()
        );
    }
    out.push_str("</tbody></table>\n");
}

fn bundles(out: &mut String, title: &str, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<h2>{title}</h2>\n<div class=\"scroll\"><table><thead><tr><th>Period</th><th>Days</th><th>Made for</th><th>Findings</th><th>Sealed \
         by</th><th>File, statement</th></tr></thead><tbody>\n"
    );
    for e in entries {
        let verdicts: Vec<String> = Verdict::ALL
            .iter()
            .filter_map(|v| e.verdicts.get(v.word()).filter(|n| **n > 0).map(|n| format!("{} {n} {}", v.sign(), v.word())))
            .collect();
        let who = e.who.as_deref().map_or_else(|| format!("key {}", e.fingerprint.get(..16).unwrap_or_default()), str::to_owned);
        let _ = writeln!(
            out,
            "<tr><td>{}<br><small>{}</small></td><td>{} to {}</td><td>{}{}</td><td>{}</td><td>{}</td><td><code>{}</code><br><code>{}</code></td></tr>",
            safe(&e.period),
            safe(&e.organization),
            e.from,
            e.to,
            e.day,
            if e.complete { "" } else { "<br><b>not complete</b>" },
            safe(&verdicts.join(", ")),
            safe(&who),
            safe(&e.file),
            safe(e.statement.get(..16).unwrap_or_default())
        );
    }
    out.push_str("</tbody></table></div>\n");
}

const fn kind(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::Fail) => "fail",
        Some(Verdict::Manual) => "manual",
        Some(Verdict::Incomplete) => "incomplete",
        Some(Verdict::NotApplicable) | None => "na",
    }
}

/// Controls by calendar quarter. A quarter without a bundle is a column that says so.
fn quarters(out: &mut String, history: &History) {
    if history.quarters.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Controls by quarter</h2>\n<p>The worst of the quarter's bundles, an arrow to the last where that is another, and the last \
         one's findings that pass of those that count. No cell says that a control is met.</p>\n<div class=\"scroll\"><table \
         class=\"matrix\"><thead><tr><th>Control</th>",
    );
    for q in &history.quarters {
        let bundles = match q.bundles {
            0 => "<b>no bundle</b>".to_owned(),
            1 => "1 bundle".to_owned(),
            n => format!("{n} bundles"),
        };
        let _ = write!(out, "<th>{}<br><small>{bundles}; {}</small></th>", q.label, q.told());
    }
    out.push_str("</tr></thead><tbody>\n");
    for control in history.controls() {
        let _ = write!(out, "<tr><th>{}</th>", safe(control));
        for q in &history.quarters {
            let worst = q.controls.get(control).and_then(|c| c.worst);
            let _ = write!(out, "<td class=\"{}\">{}</td>", if q.bundles == 0 { "none" } else { kind(worst) }, q.cell(control));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}

fn matrix(out: &mut String, history: &History) {
    if history.chain.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Controls by bundle</h2>\n<p>Findings that pass of those that count; ✗ FAIL, ◐ INCOMPLETE, ☐ MANUAL, ✓ none worse than PASS. No \
         cell says that a control is met.</p>\n<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th>Control</th>",
    );
    for e in &history.chain {
        let _ = write!(out, "<th>{}<br><small>{}</small></th>", safe(&e.period), e.day);
    }
    out.push_str("</tr></thead><tbody>\n");
    for control in history.controls() {
        let _ = write!(out, "<tr><th>{}</th>", safe(control));
        for e in &history.chain {
            let found = e.controls.get(control);
            let _ = write!(out, "<td class=\"{}\">{}</td>", kind(found.and_then(|c| c.verdict)), cell(found));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
}
