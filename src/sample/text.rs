//! A sample in words for a terminal, and as CSV. Every form carries what limits it: self-selected, not of the whole, not trusted.
//! Names come from strangers: what would steer a terminal is shown as its number, what a spreadsheet would run is defused.

use super::{OfPool, Sample, size::Size};
use crate::model::visible;
use crate::report::population_csv::row;
use std::fmt::Write as _;
use std::io;

/// Said where nobody chose a value.
const SELF_SELECTED: &str = "SELF-SELECTED: no --sample-seed. The sealer could know this sample before he sealed.";
/// Said of a pool whose listing is not complete.
const PARTIAL: &str = "NOT A SAMPLE OF THE WHOLE: the listing of this pool is not complete";

/// Columns of the CSV.
const COLUMNS: [&str; 15] = [
    "bundle",
    "head_digest",
    "account",
    "region",
    "pool",
    "selection",
    "of_whole_pool",
    "seed",
    "number",
    "user",
    "status",
    "privileged",
    "factor_state",
    "key",
    "listed_at",
];

/// Words for a terminal.
pub fn plain(sample: &Sample) -> String {
    let mut out = String::new();
    let source = &sample.source;
    let _ = writeln!(out, "Bundle     {}", shown(&source.bundle_id));
    let _ = writeln!(out, "Statement  {}", source.statement);
    let _ = writeln!(out, "Recording  {}", source.head_digest);
    let _ = writeln!(out, "Checked    {}", shown(&source.seal));
    match &sample.sample_seed {
        Some(value) => {
            let _ = writeln!(out, "Value      {} (the auditor must have chosen it after sealing)", shown(value));
        }
        None => {
            let _ = writeln!(out, "Value      none\n{SELF_SELECTED}");
        }
    }
    if source.population_sha256.is_none() {
        out.push_str(
            "No population.csv is in the bundle: the users are those of its recording, and the blocks of VERIFY.md cannot draw them.\n",
        );
    }
    for pool in &sample.pools {
        of_pool(&mut out, pool);
    }
    let _ = write!(out, "\nMethod\n{}\n", indented(sample.method));
    out
}

fn of_pool(out: &mut String, pool: &OfPool) {
    let _ = writeln!(out, "\nPool {} ({}, {})", shown(pool.pool.as_str()), shown(pool.region.as_str()), shown(pool.account.as_str()));
    if let Some(why) = &pool.not_complete_because {
        let _ = writeln!(out, "  {PARTIAL}: {}.", shown(why));
    }
    if !pool.drawn {
        out.push_str("  Nothing was drawn. Collect again; or draw from what was listed with --incomplete.\n");
        return;
    }
    let _ = writeln!(out, "  Seed  {}", pool.seed);
    let _ = writeln!(out, "  Size  {}", size(&pool.size, pool.users));
    for stratum in &pool.strata {
        let _ = writeln!(out, "  {:<32} {} of {}", shown(&stratum.name), stratum.drawn, stratum.users);
    }
    out.push('\n');
    for (n, user) in pool.sample.iter().enumerate() {
        let privileged = if user.privileged { "privileged" } else { "" };
        let line = format!("  {:>4}  {:<26} {:<22} {privileged:<10} {}", n + 1, shown(&user.user), shown(&user.status), user.factor_state);
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// The size in words.
fn size(size: &Size, users: u64) -> String {
    let why = match (size.confidence_percent, size.tolerable_percent, size.expected_deviations) {
        (Some(confidence), Some(tolerable), Some(expected)) => format!(
            "{confidence} % confidence that fewer than {tolerable} % deviate, if at most {expected} of the sample do (hypergeometric, computed)"
        ),
        _ => "as asked for".to_owned(),
    };
    let all = if size.basis == "all" { "; that is everybody" } else { "" };
    format!("{} of {users}: {why}{all}", size.n)
}

/// CSV (RFC 4180), one row a user.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn csv(sample: &Sample) -> io::Result<String> {
    let mut out = Vec::new();
    row(&mut out, COLUMNS.map(str::to_owned))?;
    let selection = if sample.self_selected { "self-selected" } else { "auditor" };
    for pool in &sample.pools {
        for (n, user) in pool.sample.iter().enumerate() {
            let cells = [
                sample.source.bundle_id.clone(),
                sample.source.head_digest.clone(),
                pool.account.to_string(),
                pool.region.to_string(),
                pool.pool.to_string(),
                selection.to_owned(),
                if pool.complete { "yes" } else { "no" }.to_owned(),
                pool.seed.clone(),
                (n + 1).to_string(),
                user.user.clone(),
                user.status.clone(),
                if user.privileged { "yes" } else { "no" }.to_owned(),
                user.factor_state.to_owned(),
                user.key.clone(),
                format!("{} {}", user.listed.call, user.listed.pointer),
            ];
            row(&mut out, cells)?;
        }
    }
    String::from_utf8(out).map_err(io::Error::other)
}

/// What must not be missed when only the rows are read: for stderr beside CSV and JSON.
pub fn warnings(sample: &Sample) -> Vec<String> {
    let mut all = Vec::new();
    if sample.self_selected {
        all.push(SELF_SELECTED.to_owned());
    }
    for pool in sample.pools.iter().filter(|p| !p.complete) {
        let why = pool.not_complete_because.as_deref().unwrap_or_default();
        let drawn = if pool.drawn { "" } else { "; nothing was drawn of it" };
        all.push(format!("{}: {PARTIAL} ({why}){drawn}", pool.pool));
    }
    all
}

fn shown(text: &str) -> String {
    visible::clean(text, &|_| true, &mut 0)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
