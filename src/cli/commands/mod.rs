//! The commands of the program `poolproof`, one file each, and what they share.

mod approve;
mod args;
mod args_of_change;
mod args_of_keys;
mod args_of_review;
mod args_of_sample;
mod assess;
mod attest;
mod bundle;
mod changes;
mod completions;
mod demo;
mod diff;
mod enforce;
mod evidence_folder;
mod explain;
mod history;
mod iam_policy;
mod identity;
mod init;
mod keys;
mod list;
mod onboard;
mod outcome;
mod passphrase;
mod prepare;
mod privacy_key;
mod review;
mod review_form;
mod rollout;
mod rotate;
mod run;
mod sample;
mod stages;
mod timestamp;
mod ui;
mod verifier;

use crate::cli::exit::{CliError, Exit};
use crate::cli::verify;
use args::{Cli, Command};
use clap::{CommandFactory as _, FromArgMatches as _};
use std::ffi::OsString;
use std::process::ExitCode;
use ui::Ui;

/// Runs the program with its arguments, the program's name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::command().try_get_matches_from(arguments).and_then(|m| Cli::from_arg_matches(&m)) {
        Ok(cli) => cli,
        Err(error) => {
            let told = error.print();
            let exit = if error.use_stderr() { Exit::Usage } else { told.map_or(Exit::Operational, |()| Exit::Done) };
            return exit.into();
        }
    };
    let ui = Ui::new(&cli.common);
    let exit = dispatch(&cli.command, &ui).unwrap_or_else(|error| {
        Ui::error(&error.to_string());
        error.exit
    });
    exit.into()
}

fn dispatch(command: &Command, ui: &Ui) -> Result<Exit, CliError> {
    match command {
        Command::Assess(options) => assess::run(options, ui),
        Command::Approve(options) => approve::run(options, ui),
        Command::Review(options) => review::run(options, ui),
        Command::Attest(options) => attest::run(options, ui),
        Command::Bundle(options) => bundle::run(options, ui),
        Command::Run(options) => run::run(options, ui),
        Command::Keys(options) => keys::run(options, ui),
        Command::Demo(options) => demo::run(options, ui),
        Command::Verify(options) => {
            let (text, exit) = verify::run(options)?;
            ui.raw(&text)?;
            Ok(exit)
        }
        Command::Rollout(options) => rollout::run(options, ui),
        Command::Sample(options) => sample::run(options, ui),
        Command::Timestamp(options) => timestamp::run(options, ui),
        Command::Verifier(options) => verifier::run(options, ui),
        Command::Diff(options) => diff::run(options, ui),
        Command::History(options) => history::run(options, ui),
        Command::Collect(options) => run::collect(options, ui),
        Command::Enforce(options) => enforce::run(options, ui),
        Command::Onboard(options) => onboard::run(options, ui),
        Command::Init(options) => init::run(options, ui),
        Command::List(options) => list::run(options, ui),
        Command::Explain(options) => explain::run(options, ui),
        Command::IamPolicy(options) => iam_policy::run(options, ui),
        Command::Completions(options) => completions::completions(options, ui),
        Command::Man => completions::man(ui),
    }
}
