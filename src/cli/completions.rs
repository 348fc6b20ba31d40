//! `vecino completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Context, Failure};

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, mut context: Context) -> Result<(), Failure> {
    // Made whole before it's printed: clap_complete panics where its output can't be written.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vecino", &mut script);
    context.out.line(String::from_utf8_lossy(&script).trim_end())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::super::Output;
    use super::super::output::tests::Kept;
    use super::*;

    #[test]
    fn every_shell_completes_the_commands() {
        for shell in Shell::value_variants() {
            let kept = Kept::default();
            let context = Context { data_dir: None, json: false, verbose: false, out: Output::to(kept.clone()) };
            run(&CompletionsArgs { shell: *shell }, context).unwrap();
            assert!(kept.text().contains("transfers"), "{shell}");
        }
    }
}
