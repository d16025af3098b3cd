//! `poolproof iam-policy`: the policy that the call plan needs, and not a permission more.

use super::args::IamPolicy;
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use crate::collect::plan::{Feature, PolicyTarget, iam_policy};
use crate::config::{self, table};
use serde_json::{Value, json};

/// The word for a signing key in KMS. It is no part of the call plan: it is asked for nothing but signatures.
const KMS: &str = "kms";

/// Prints the policy.
pub fn run(options: &IamPolicy, ui: &Ui) -> Result<Exit, CliError> {
    let feature =
        |word: &String| table::one_of(word.trim(), Feature::EVERY, Feature::word).map_err(|e| CliError::usage(format!("--features: {e}")));
    let (kms, words): (Vec<&String>, Vec<&String>) = options.features.iter().partition(|w| w.trim() == KMS);
    let features: Vec<Feature> = words.into_iter().map(feature).collect::<Result<_, _>>()?;
    let target = |id: &String| Ok(PolicyTarget { account: None, pool: config::pool_id(id)? });
    let targets: Result<Vec<PolicyTarget>, String> = options.pools.iter().map(target).collect();
    let targets = targets.map_err(|e| CliError::usage(format!("--pool: {e}")))?;
    let all = features.is_empty() && kms.is_empty();
    let mut policy = iam_policy(if all { Feature::ALL } else { &features }, &targets);
    if let Some(statements) = policy.get_mut("Statement").and_then(|s| s.as_array_mut()).filter(|_| !kms.is_empty()) {
        statements.extend(signing_key());
    }
    ui.json(&policy)?;
    if !kms.is_empty() {
        ui.note("Replace KEY_REGION, KEY_ACCOUNT and KEY_ID by those of the signing key.");
    }
    if !all && features.is_empty() {
        return Ok(Exit::Done);
    }
    let what = if targets.is_empty() { "REGION, ACCOUNT and REGION_POOLID" } else { "ACCOUNT" };
    ui.note(&format!("Replace {what} by yours."));
    Ok(Exit::Done)
}

/// What a signing key in KMS needs: its public half, and whole messages signed in the one way that seals. Key policies and
/// identity policies take the same conditions (AWS KMS developer guide, "Condition keys for AWS KMS").
fn signing_key() -> [Value; 2] {
    let key = "arn:aws:kms:KEY_REGION:KEY_ACCOUNT:key/KEY_ID";
    [
        json!({"Sid": "SigningKeyPublicHalf", "Effect": "Allow", "Action": ["kms:GetPublicKey"], "Resource": key}),
        json!({
            "Sid": "SigningKeySealsWholeMessages", "Effect": "Allow", "Action": ["kms:Sign"], "Resource": key,
            "Condition": {"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW"}},
        }),
    ]
}
