//! `kiosk completions` and `kiosk man`.

use std::io::Write as _;

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::arguments::Cli;
use super::output::{Exit, write};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kiosk completions bash > /etc/bash_completion.d/kiosk
  kiosk completions fish > ~/.config/fish/completions/kiosk.fish")]
pub(super) struct CompletionsArgs {
    /// The shell to print them for
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kiosk", &mut script);
    write(&script)?;
    Ok(Exit::Done)
}

/// One page with every command, in section 8 (system administration).
pub(super) fn man() -> Result<Exit> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone())
        .section("8")
        .manual("Attendance kiosk");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut commands = Roff::new();
    commands.control("SH", ["COMMANDS"]);
    for subcommand in command.get_subcommands() {
        describe(&mut commands, &[], subcommand);
    }
    commands.to_writer(&mut page)?;
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    page.flush()?;
    write(&page)?;
    Ok(Exit::Done)
}

fn describe(page: &mut Roff, above: &[&str], command: &clap::Command) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let path: Vec<&str> = above.iter().copied().chain([command.get_name()]).collect();
    if command.has_subcommands() {
        for subcommand in command.get_subcommands() {
            describe(page, &path, subcommand);
        }
        return;
    }
    let arguments: Vec<String> = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help")
        .map(|argument| {
            let shown = argument.to_string();
            // An optional positional argument already has brackets.
            if argument.is_required_set() || shown.starts_with('[') {
                shown
            } else {
                format!("[{shown}]")
            }
        })
        .collect();
    page.control("TP", []);
    page.text([
        bold(path.join(" ")),
        roman(format!(" {}", arguments.join(" "))),
    ]);
    page.text([roman(
        command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default(),
    )]);
    for argument in command.get_arguments() {
        let Some(help) = argument.get_help().filter(|_| !argument.is_global_set()) else {
            continue;
        };
        if argument.get_id() == "help" {
            continue;
        }
        page.control("br", []);
        page.text([bold(argument.to_string()), roman(format!(": {help}"))]);
    }
}
