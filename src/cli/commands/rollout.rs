//! `poolproof rollout`: where each pool stands on the way to required MFA, and the commands for the next step.

use super::args::Rollout;
use super::evidence_folder::RunFolder;
use super::ui::{Ui, visible};
use crate::bundle::Bag;
use crate::bundle::layout::{EVIDENCE, LARGEST_DOCUMENT};
use crate::cli::exit::{CliError, Exit};
use crate::config::wrap;
use crate::io;
use crate::report::evidence_v1::{EvidenceV1, PoolRollout};
use crate::sign::json;
use std::path::Path;

/// Prints the rollout.
pub fn run(options: &Rollout, ui: &Ui) -> Result<Exit, CliError> {
    let evidence = evidence(&options.from)?;
    let wanted = |r: &&PoolRollout| options.pools.is_empty() || options.pools.iter().any(|p| p == r.pool.as_str());
    let pools: Vec<&PoolRollout> = evidence.rollout.iter().filter(wanted).collect();
    if let Some(stranger) = options.pools.iter().find(|p| evidence.rollout.iter().all(|r| r.pool.as_str() != *p)) {
        return Err(CliError::usage(format!("{}: the evidence knows no pool {stranger:?}", options.from.display())));
    }
    if options.json {
        ui.json(&serde_json::json!({ "bundle_id": evidence.bundle_id, "at": evidence.run.at, "rollout": pools }))?;
        return Ok(Exit::Done);
    }
    ui.say(&format!("As of {}, by the evidence of bundle {} (not verified here).", evidence.run.at, evidence.bundle_id))?;
    for pool in pools {
        let region = evidence.population.iter().find(|p| p.pool == pool.pool).map(|p| p.region.to_string());
        ui.raw(&text(pool, region.as_deref(), ui))?;
    }
    Ok(Exit::Done)
}

fn text(r: &PoolRollout, region: Option<&str>, ui: &Ui) -> String {
    let mut out = format!("\n{}\n", ui.heading(&visible(&format!("{}: phase {}", r.pool, r.phase.words()))));
    let mut put = |name: &str, words: &str| {
        for (n, line) in wrap(&visible(words), 62).iter().enumerate() {
            out.push_str(&format!("  {:<15} {line}\n", if n == 0 { name } else { "" }));
        }
    };
    let a = &r.admins;
    let not_known = a.not_known + a.not_listed;
    put(
        "administrators",
        &format!("{} with TOTP or a user-verified passkey, {} without, {not_known} not known", a.with_totp_or_passkey, a.without),
    );
    if !a.users_without.is_empty() {
        put("  without", &a.users_without.join(", "));
    }
    let s = &r.set_up;
    put(
        "to set up",
        &format!("{} users without a factor, {} at their first sign-in, {} not known", s.without_factor, s.first_sign_in, s.not_known),
    );
    let offered = if r.intent.offered.is_empty() { "none read".to_owned() } else { r.intent.offered.join(", ") };
    put("declared", &format!("{}; offered: {offered}", r.intent.declared.as_deref().unwrap_or("nothing")));
    if let Some(differs) = &r.intent.differs {
        put("", differs);
    }
    if let Some(sms) = &r.sms {
        let known = |b: Option<bool>| b.map_or("not read", |b| if b { "yes" } else { "no" });
        put(
            "SMS",
            &format!(
                "region {}, sandbox {}, spend limit {}; numbers: {} missing, {} not E.164, {} not verified, {} opted out, {} of country code 1 (origination: {})",
                sms.region.as_ref().map_or("not certain", |r| r.as_str()),
                known(sms.in_sandbox),
                sms.monthly_spend_limit_usd.as_deref().unwrap_or("not set or not read"),
                sms.without_number,
                sms.not_e164,
                sms.unverified,
                sms.opted_out.map_or_else(|| "not read".to_owned(), |n| n.to_string()),
                sms.us_numbers,
                sms.origination_countries
                    .as_ref()
                    .map_or_else(|| "not read".to_owned(), |c| if c.is_empty() { "none".to_owned() } else { c.join(", ") }),
            ),
        );
    }
    for blocker in &r.blockers {
        put("blocks", blocker);
    }
    if !r.commands.is_empty() {
        out.push_str("  next:\n");
        out.push_str(&format!("    POOL={} REGION={}\n", visible(r.pool.as_str()), visible(region.unwrap_or("…"))));
        r.commands.iter().for_each(|c| out.push_str(&format!("    {}\n", visible(c))));
    }
    out
}

/// The evidence of a bundle, a run's folder, or a file.
fn evidence(from: &Path) -> Result<EvidenceV1, CliError> {
    if !io::exists(from) {
        return Err(CliError::usage(format!("there is no {}", from.display())));
    }
    let assessed = RunFolder::at(from).assessed().join("evidence.json");
    let named = |why: String| CliError::usage(format!("{}: {why}; give a bundle, a run's folder, or evidence.json", from.display()));
    let bytes = if io::exists(&assessed) {
        io::read(&assessed, LARGEST_DOCUMENT).map_err(CliError::usage)?
    } else if from.extension().is_some_and(|e| e == "json") {
        io::read(from, LARGEST_DOCUMENT).map_err(CliError::usage)?
    } else {
        Bag::open(from).and_then(|bag| bag.read(EVIDENCE, LARGEST_DOCUMENT)).map_err(|e| named(e.to_string()))?
    };
    json::strict(&bytes).map_err(|e| named(format!("evidence.json cannot be read: {e}")))
}
