//! `poolproof enforce`: makes MFA required. A dry run unless `--apply` is given.

use super::args_of_change::Enforce;
use super::changes::{self, Open};
use super::ui::Ui;
use crate::change::Patience;
use crate::change::enforce::{self, Looked, Outcome, Verdict};
use crate::change::journal;
use crate::change::people::Standing;
use crate::change::write::Desk;
use crate::cli::exit::{CliError, Exit};
use crate::collect::LivePool;
use crate::config::Secret;
use crate::model::id::PoolId;
use crate::snapshot::cognito::MfaMode;
use serde_json::{Value, json};

/// Looks at every pool and, with `--apply`, changes those that nothing blocks.
pub fn run(options: &Enforce, ui: &Ui) -> Result<Exit, CliError> {
    let config = changes::config(options.config.as_deref(), &options.pools, options.out.as_ref())?;
    let pools = &config.declared().pools;
    if pools.is_empty() {
        return Err(CliError::usage("no pool: name one with --pool, or list the pools in poolproof.toml"));
    }
    changes::warn(&config.out);
    let mut open = options.apply.then(|| changes::open(&config.out)).transpose()?;
    let windows = match &open {
        Some(open) => open.journal.said().open_windows(),
        None => journal::read(&config.out).map_err(CliError::operational)?.open_windows(),
    };
    let change = changes::new_id()?;
    let key = changes::key(&config);
    let (mut exit, mut told) = (Exit::Done, Vec::new());
    for pool in pools {
        let named: Vec<&str> = config.named_admins(&pool.id).iter().map(Secret::expose).collect();
        let mut cloud = changes::cloud(&config, pool, &change)?;
        let window = windows.iter().any(|w| w.pool == pool.id);
        let looked = enforce::look(&mut cloud, &pool.id, &named, window);
        if !options.json {
            show(&pool.id, &looked, ui)?;
        }
        let mut json = as_json(&pool.id, &looked);
        let (end, said) = match (&mut open, &looked.verdict) {
            (Some(open), verdict) => applied(open, cloud, &pool.id, &change, key, &looked, verdict, ui)?,
            (None, Verdict::Ready) => {
                (Exit::Done, format!("nothing was written; to do it:\n  poolproof enforce --pool {} --apply", pool.id))
            }
            (None, verdict) => (unapplied(verdict), "nothing was written".to_owned()),
        };
        exit = changes::worse(exit, end);
        if options.json {
            json["result"] = json!(said);
            told.push(json);
        } else {
            ui.say(&format!("  {said}\n"))?;
        }
    }
    if options.json {
        ui.json(&json!({"applied": options.apply, "pools": told}))?;
    }
    Ok(exit)
}

/// The exit code of a pool that was not written.
fn unapplied(verdict: &Verdict) -> Exit {
    match verdict {
        Verdict::Already | Verdict::Ready => Exit::Done,
        Verdict::Blocked(_) => Exit::Failed,
        Verdict::Unread(_) => Exit::Incomplete,
    }
}

#[allow(clippy::too_many_arguments, reason = "one pool's turn, called once")]
fn applied(
    open: &mut Open,
    mut cloud: LivePool,
    pool: &PoolId,
    change: &str,
    key: Option<[u8; 32]>,
    looked: &Looked,
    verdict: &Verdict,
    ui: &Ui,
) -> Result<(Exit, String), CliError> {
    cloud.guard().map_err(CliError::operational)?;
    let mut tell = |text: &str| ui.note(&format!("{pool}: {text}"));
    let mut desk = Desk {
        cloud: &mut cloud,
        journal: &mut open.journal,
        pool: pool.clone(),
        change: change.to_owned(),
        key,
        patience: Patience::default(),
        tell: &mut tell,
    };
    if let Some(mode) = looked.state.as_ref().and_then(crate::change::settings::State::mode) {
        enforce::settle(&mut desk, mode).map_err(CliError::operational)?;
    }
    if *verdict != Verdict::Ready {
        return Ok((unapplied(verdict), "nothing was written".to_owned()));
    }
    if desk.cloud.listen(std::time::Duration::ZERO) {
        return Ok((Exit::Operational, "stopped; nothing was written".to_owned()));
    }
    let outcome = enforce::apply(&mut desk, looked).map_err(CliError::operational)?;
    Ok(match outcome {
        Outcome::Done(written) => {
            let id = written.request_id.unwrap_or_else(|| "none".to_owned());
            (Exit::Done, format!("done: MFA is ON, read back from GetUserPoolMfaConfig and DescribeUserPool; request id {id}"))
        }
        Outcome::Changed => (Exit::Operational, "the pool changed in the meantime; nothing was written: run the command again".to_owned()),
        Outcome::NotWritten(written) => {
            let hint = changes::hint(written.code.as_deref(), "enforce", pool);
            (Exit::Operational, format!("not written: {}{hint}", changes::words(&written)))
        }
        Outcome::NotSeen(written) => (
            Exit::Operational,
            format!(
                "sent, and it could not be read back: {}. It was left as it is; look: poolproof enforce --pool {pool}",
                changes::words(&written)
            ),
        ),
        Outcome::RolledBack(written, back) => {
            let end = if crate::change::window::is_shut(&back) {
                "what was read before was put back, and read back".to_owned()
            } else {
                format!("putting back what was read before was NOT seen to work: {}. Look at the pool now", changes::words(&back))
            };
            (Exit::Operational, format!("what was read back is not what was written: {}; {end}", changes::words(&written)))
        }
    })
}

fn show(pool: &PoolId, looked: &Looked, ui: &Ui) -> Result<(), CliError> {
    let mode = looked.state.as_ref().map_or_else(|| "not read".to_owned(), |s| s.modes().0);
    ui.say(&ui.heading(&format!("{pool}: MFA is {mode}")))?;
    if let (Some(state), false) = (&looked.state, looked.verdict == Verdict::Already) {
        ui.say(&format!("  The configuration as it was read:\n{}", changes::pretty(&state.shown())))?;
        ui.say(&format!("  The call, SetUserPoolMfaConfig:\n{}", changes::pretty(&state.request(pool, MfaMode::On))))?;
        let users = state.users().map_or_else(String::new, |n| format!(" (about {n} in this pool)"));
        ui.say(&format!(
            "  Effect: every user who signs in to the pool itself{users} needs a factor. Who has none\n  is asked to set one up at the next sign-in (challenge MFA_SETUP); an application that\n  does not know that challenge locks them out. Federated users are not affected."
        ))?;
    }
    for (name, standings) in &looked.admins {
        let words: Vec<String> = standings.iter().map(words).collect();
        ui.say(&format!("  {name}: {}", if words.is_empty() { "not in this pool".to_owned() } else { words.join("; ") }))?;
    }
    match &looked.verdict {
        Verdict::Already => ui.say("  MFA is required already; there is nothing to write"),
        Verdict::Ready => ui.say("  Nothing stands in the way"),
        Verdict::Blocked(why) => why.iter().try_for_each(|why| ui.say(&format!("  Blocked: {why}"))),
        Verdict::Unread(why) => ui.say(&format!("  Not decided: {why}")),
    }
}

fn words(standing: &Standing) -> String {
    match standing {
        Standing::Totp => "TOTP is active".to_owned(),
        Standing::Passkey => "has a passkey, which counts as both factors here".to_owned(),
        Standing::Nothing => "no active TOTP".to_owned(),
        Standing::Outside(why) => (*why).to_owned(),
        Standing::Unread(code) => format!("could not be read ({code})"),
    }
}

fn as_json(pool: &PoolId, looked: &Looked) -> Value {
    let (verdict, why) = match &looked.verdict {
        Verdict::Already => ("already", Vec::new()),
        Verdict::Ready => ("ready", Vec::new()),
        Verdict::Blocked(why) => ("blocked", why.clone()),
        Verdict::Unread(why) => ("undecided", vec![why.clone()]),
    };
    json!({
        "pool": pool, "verdict": verdict, "why": why,
        "mfa": looked.state.as_ref().and_then(|s| s.mode()).map(MfaMode::word),
        "read": looked.state.as_ref().map(|s| s.shown()),
        "request": looked.state.as_ref().map(|s| crate::change::settings::shown(&s.request(pool, MfaMode::On))),
    })
}
