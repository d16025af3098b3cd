//! `poolproof iam-policy`: the policy that the call plan needs, and not a permission more.

use super::args::IamPolicy;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::collect::plan::{Feature, PolicyTarget, iam_policy};
use crate::config::{self, table};

/// Prints the policy.
pub fn run(options: &IamPolicy, ui: &Ui) -> Result<Exit, CliError> {
    let feature =
        |word: &String| table::one_of(word.trim(), Feature::ALL, Feature::word).map_err(|e| CliError::usage(format!("--features: {e}")));
    let features: Vec<Feature> = options.features.iter().map(feature).collect::<Result<_, _>>()?;
    let target = |id: &String| Ok(PolicyTarget { account: None, pool: config::pool_id(id)? });
    let targets: Result<Vec<PolicyTarget>, String> = options.pools.iter().map(target).collect();
    let targets = targets.map_err(|e| CliError::usage(format!("--pool: {e}")))?;
    ui.json(&iam_policy(if features.is_empty() { Feature::ALL } else { &features }, &targets))?;
    let what = if targets.is_empty() { "REGION, ACCOUNT and REGION_POOLID" } else { "ACCOUNT" };
    ui.note(&format!("Replace {what} by yours."));
    Ok(Exit::Done)
}
