//! Shell completions and the man page, from the definitions of the command line.

use super::args::{Cli, Completions};
use super::ui::Ui;
use crate::cli::exit::{CliError, Exit};
use clap::CommandFactory as _;

/// `poolproof completions`.
pub fn completions(options: &Completions, ui: &Ui) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "poolproof", &mut script);
    ui.raw(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// `poolproof man`: the program's page, then one of each command.
pub fn man(ui: &Ui) -> Result<Exit, CliError> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    render(command, &mut page).map_err(CliError::operational)?;
    ui.raw(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}

fn render(command: clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let commands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    clap_mangen::Man::new(command).render(page)?;
    commands.into_iter().try_for_each(|c| render(c, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A longer line would be folded in its middle. What stands indented is for copying, and may be as long as it must.
    #[test]
    fn the_prose_below_every_help_fits_80_columns() {
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in below.lines().filter(|line| !line.starts_with(' ')) {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            commands.extend(command.get_subcommands().cloned());
        }
    }
}
