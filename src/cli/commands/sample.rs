//! `poolproof sample`: a verified bundle to the auditor's sample of its users.

use super::args_of_sample::Sample as Options;
use super::diff::{open, trust};
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::sample::size::{Percent, Wanted};
use crate::sample::{self, Of, Source, Wish, text};

/// Draws.
pub fn run(options: &Options, ui: &Ui) -> Result<Exit, CliError> {
    let wish = wish(options)?;
    let intact = open(&options.bundle, &trust(&options.whom)?)?;
    let source = Source {
        bundle_id: intact.evidence.bundle_id.clone(),
        statement: intact.sealed.statement.clone(),
        head_digest: intact.snapshot.head_digest.clone(),
        population_sha256: intact.population.clone(),
        seal: intact.seal.clone(),
    };
    let mode = intact.evidence.scope.privacy.mode;
    let found = sample::of(&intact.snapshot, mode, source, &wish).map_err(CliError::usage)?;
    if options.json || options.csv {
        text::warnings(&found).iter().for_each(|warning| Ui::warn(warning));
    }
    if options.json {
        ui.json(&serde_json::to_value(&found).map_err(CliError::operational)?)?;
    } else if options.csv {
        ui.raw(&text::csv(&found).map_err(CliError::operational)?)?;
    } else {
        ui.raw(&text::plain(&found))?;
    }
    Ok(if found.is_whole() { Exit::Done } else { Exit::Incomplete })
}

fn wish(options: &Options) -> Result<Wish, CliError> {
    let percent = |name: &str, text: &str| Percent::parse(text).map_err(|why| CliError::usage(format!("{name}: {why}")));
    let size = match options.size {
        Some(0) => return Err(CliError::usage("--size: a sample has at least one user")),
        Some(n) => Wanted::Given(n),
        None => Wanted::Computed {
            confidence: percent("--confidence", &options.confidence)?,
            tolerable: percent("--tolerable", &options.tolerable)?,
            expected: options.expected_deviations,
        },
    };
    Ok(Wish {
        value: options.sample_seed.clone(),
        size,
        of: if options.signing_in { Of::SigningIn } else { Of::All },
        pools: options.pools.clone(),
        incomplete: options.incomplete,
    })
}
