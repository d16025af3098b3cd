//! `poolproof onboard`: says how a user gets his TOTP, opens a window only on request, and closes every window.

use super::args_of_change::Onboard;
use super::changes;
use super::ui::Ui;
use crate::change::Patience;
use crate::change::journal::{self, JournalError};
use crate::change::window::{self, Closing, Ended, Looked, Report, Verdict};
use crate::change::write::Desk;
use crate::cli::exit::{CliError, Exit};
use crate::config::Config;
use crate::model::id::PoolId;
use crate::model::scope::{PoolScope, PrivacyMode};
use crate::recording::pseudonym::Pseudonyms;
use crate::snapshot::cognito::MfaMode;
use std::time::Duration;

/// Looks at the user, and with `--window --apply` opens and closes a window; or closes what was left open.
pub fn run(options: &Onboard, ui: &Ui) -> Result<Exit, CliError> {
    let pools: Vec<String> = options.pool.iter().cloned().collect();
    let config = changes::config(options.config.as_deref(), &pools, options.out.as_ref())?;
    let Some(user) = options.user.as_deref().filter(|_| !options.close) else { return close(options, &config, ui) };
    changes::warn(&config.out);
    let [pool] = config.declared().pools.as_slice() else {
        return Err(CliError::usage("which pool? Name it with --pool ID"));
    };
    if options.apply && !options.window {
        return Err(CliError::usage("--apply writes nothing here without --window: run it without both to see whether a window is needed"));
    }
    let mut open = options.apply.then(|| changes::open(&config.out)).transpose()?;
    let windows = match &open {
        Some(open) => open.journal.said().open_windows(),
        None => journal::read(&config.out).map_err(CliError::operational)?.open_windows(),
    };
    let change = changes::new_id()?;
    let mut cloud = changes::cloud(&config, pool, &change)?;
    let looked = window::look(&mut cloud, &pool.id, user, windows.iter().any(|w| w.pool == pool.id));
    let told = advise(&pool.id, user, &looked, options, ui)?;
    let (Some(open), Verdict::SetsUpAtSignIn { .. }) = (&mut open, &looked.verdict) else { return Ok(told) };
    let key = super::privacy_key::load(&config.privacy_key)?;
    let pseudonyms = Pseudonyms::new(PrivacyMode::Pseudonym, key, [0; 32]);
    let pseudonym = looked.person.as_ref().and_then(|p| p.sub.as_deref()).map(|sub| pseudonyms.user(sub));
    cloud.guard().map_err(CliError::operational)?;
    let mut tell = |text: &str| ui.note(&format!("{}: {text}", pool.id));
    let mut desk = Desk {
        cloud: &mut cloud,
        journal: &mut open.journal,
        pool: pool.id.clone(),
        change,
        key: Some(key),
        patience: Patience::default(),
        tell: &mut tell,
    };
    if desk.cloud.listen(Duration::ZERO) {
        return Err(CliError::operational("stopped; no window was opened"));
    }
    let time = Duration::from_secs(u64::from(options.minutes) * 60);
    let report = window::run(&mut desk, &looked, pseudonym, time).map_err(CliError::operational)?;
    ended(&pool.id, &report, options, &config, ui)
}

/// Says what was seen and what follows; the exit code where nothing is written.
fn advise(pool: &PoolId, user: &str, looked: &Looked, options: &Onboard, ui: &Ui) -> Result<Exit, CliError> {
    let (exit, text) = match &looked.verdict {
        Verdict::HasTotp => (Exit::Done, format!("{user} has TOTP in {pool}; there is nothing to do")),
        Verdict::NotRequired(mode) => (
            Exit::Incomplete,
            format!(
                "MFA is {} in {pool}, so {user} can set up TOTP as it is; a window would open nothing. Afterwards: poolproof enforce --pool {pool}",
                mode.word()
            ),
        ),
        Verdict::Blocked(why) => (Exit::Failed, format!("{pool}: {why}; nothing was written")),
        Verdict::Unread(why) => (Exit::Incomplete, format!("{pool}: {why}; nothing was written")),
        Verdict::SetsUpAtSignIn { first } => {
            let when = if *first { "at the first sign-in" } else { "at the next sign-in" };
            ui.say(&format!(
                "{user} has no TOTP in {pool}, where MFA is ON. No window is needed: Cognito asks for the\nset-up {when}. Managed login shows it; an application of yours answers the challenge\nMFA_SETUP (AssociateSoftwareToken, VerifySoftwareToken)."
            ))?;
            (Exit::Incomplete, "Only where that cannot work (an application that does not know MFA_SETUP, a load balancer that\nloops with HTTP 561) is a window the way: MFA is optional for EVERY user of the pool meanwhile,\nand the period check (COG-LOG-005) will show it as a weakening.".to_owned())
        }
    };
    ui.say(&text)?;
    if let (Verdict::SetsUpAtSignIn { .. }, Some(state), false) = (&looked.verdict, &looked.state, options.apply) {
        if options.window {
            ui.say(&format!(
                "\nThe call that opens it, SetUserPoolMfaConfig:\n{}",
                changes::pretty(&state.request(pool, MfaMode::Optional))
            ))?;
            ui.say(&format!("\nand the one that closes it:\n{}", changes::pretty(&state.request(pool, MfaMode::On))))?;
        }
        let minutes = options.minutes;
        ui.say(&format!("\nNothing was written. To open a window of at most {minutes} minutes:\n  poolproof onboard USER --pool {pool} --minutes {minutes} --window --apply"))?;
    }
    Ok(exit)
}

fn ended(pool: &PoolId, report: &Report, options: &Onboard, config: &Config, ui: &Ui) -> Result<Exit, CliError> {
    let (mut exit, why) = match &report.ended {
        Ended::Enrolled => (Exit::Done, "the user's TOTP is active".to_owned()),
        Ended::Deadline => (Exit::Incomplete, format!("the {} minutes are over and the user's TOTP is not active", options.minutes)),
        Ended::Stopped => (Exit::Incomplete, "stopped; the user's TOTP is not active".to_owned()),
        Ended::Refused(code) => (Exit::Operational, format!("AWS refused to tell the user's factors ({code})")),
        Ended::NotOpened(code) => {
            let hint = changes::hint(code.as_deref(), "onboard", pool);
            (Exit::Operational, format!("the window was not opened ({}){hint}", code.as_deref().unwrap_or("no reason given")))
        }
        Ended::Odd(_) => (Exit::Operational, "the window was not seen to open as it should".to_owned()),
    };
    let shut = match &report.closed {
        None => "MFA is required as before".to_owned(),
        Some(written) if report.is_shut() && written.unlike.is_empty() => {
            "the window is closed: MFA is ON and everything else as before".to_owned()
        }
        Some(written) if report.is_shut() => format!("the window is closed: MFA is ON; {}", changes::words(written)),
        Some(written) => {
            exit = Exit::Operational;
            let out = config.out.display();
            Ui::warn(&format!(
                "THE WINDOW WAS NOT SEEN TO CLOSE: MFA may be OPTIONAL in {pool}. {}. As soon as AWS can be reached:\n  poolproof onboard --close --apply --out {out}",
                changes::words(written)
            ));
            "the window was not seen to close".to_owned()
        }
    };
    ui.say(&format!("{pool}: {why}; {shut}"))?;
    if let Some(error) = &report.journal {
        return Err(unwritten(error));
    }
    Ok(exit)
}

fn unwritten(error: &JournalError) -> CliError {
    CliError::operational(format!(
        "{error}. The journal may say that a window is open which is closed: `poolproof onboard --close --apply` looks and settles it"
    ))
}

/// Closes, or without `--apply` lists, every window that the journal has open.
fn close(options: &Onboard, config: &Config, ui: &Ui) -> Result<Exit, CliError> {
    let windows = journal::read(&config.out).map_err(CliError::operational)?.open_windows();
    if windows.is_empty() {
        ui.say("no window is open")?;
        return Ok(Exit::Done);
    }
    if !options.apply {
        for window in &windows {
            ui.say(&format!("{}: MFA may be OPTIONAL since {}", window.pool, window.since))?;
        }
        ui.say(&format!("\nNothing was written. To close:\n  poolproof onboard --close --apply --out {}", config.out.display()))?;
        return Ok(Exit::Failed);
    }
    let mut open = changes::open(&config.out)?;
    // Whoever held the lock until now may have closed one.
    let windows = open.journal.said().open_windows();
    let (key, mut exit) = (changes::key(config), Exit::Done);
    for window in windows {
        let declared = config.declared().pools.iter().find(|p| p.id == window.pool).cloned();
        let scope = declared.or_else(|| window.pool.region().map(|region| PoolScope::undeclared(window.pool.clone(), region)));
        let Some(scope) = scope else {
            exit = changes::worse(exit, Exit::Operational);
            ui.say(&format!("{:?} in the journal is no pool id", window.pool.as_str()))?;
            continue;
        };
        let mut cloud = changes::cloud(config, &scope, &window.change)?;
        cloud.guard().map_err(CliError::operational)?;
        let mut tell = |text: &str| ui.note(&format!("{}: {text}", window.pool));
        let mut desk = Desk {
            cloud: &mut cloud,
            journal: &mut open.journal,
            pool: window.pool.clone(),
            change: window.change.clone(),
            key,
            patience: Patience::default(),
            tell: &mut tell,
        };
        let (closing, journal) = window::close_left(&mut desk, &window);
        let (end, text) = match closing {
            Closing::Already => (Exit::Done, "MFA is ON already; the window is closed".to_owned()),
            Closing::Tried(written, same) if window::is_shut(&written) => {
                let kept = match same {
                    Some(true) => "everything else is as it was before the window",
                    Some(false) => "other MFA settings are NOT as they were before the window; they were kept as found: look at them",
                    None => "whether other MFA settings are as before the window cannot be said without the privacy key",
                };
                (Exit::Done, format!("closed: MFA is ON; {kept}"))
            }
            Closing::Tried(written, _) => {
                let hint = changes::hint(written.code.as_deref(), "onboard", &window.pool);
                (Exit::Operational, format!("NOT seen to close: {}{hint}", changes::words(&written)))
            }
            Closing::Unread(why) => (Exit::Operational, format!("NOT closed: its settings could not be read ({why})")),
            Closing::Unknown(names) => (
                Exit::Operational,
                format!(
                    "NOT closed: it has settings that this version does not know and would lose ({}); set MFA to required in the console, then run this again",
                    names.join(", ")
                ),
            ),
        };
        exit = changes::worse(exit, end);
        ui.say(&format!("{}: {text}", window.pool))?;
        if let Some(error) = journal {
            Ui::error(&error.to_string());
            exit = changes::worse(exit, Exit::Operational);
        }
    }
    Ok(exit)
}
