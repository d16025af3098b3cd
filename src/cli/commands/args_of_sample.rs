//! The options of `sample`, with the help that teaches how to draw it again. No logic.

use super::args::Whom;
use crate::sample::METHOD;
use clap::Args;
use std::path::PathBuf;

/// The end of the help.
pub fn help() -> String {
    format!(
        "Everybody draws the same sample from the same bundle and value; data/VERIFY.md
in the bundle does it with sha256sum, sort and awk. Choose the value yourself,
after the bundle was sealed (a line of dice will do), and write it down. Without
it the sample is marked self-selected. The bundle must pass steps 1 to 3 and 9
of verify first. It is a sample of users as listed, not of moments of the
period.

Method:
{METHOD}

Size: the smallest n at which, if the tolerable rate were reached, more than the
expected deviations would show with the confidence wanted (hypergeometric: drawn
without replacement from a population of this size). 95 %, 5 %, none expected:
at most 59 users.

Examples:
  poolproof sample q3.zip --trust trust.toml --sample-seed '4 1 6 2 2 5'
  poolproof sample q3.zip --sample-seed '4 1 6 2 2 5' --confidence 90 --csv
  poolproof sample q3.zip --sample-seed '4 1 6 2 2 5' --size 25 --signing-in

Exit codes:
  0  drawn, each pool from a complete listing
  2  wrong usage
  3  the listing of a pool is not complete: nothing drawn of it, or (--incomplete)
     no sample of the whole
  4  the bundle is altered, forged, or not signed by a key you trust"
    )
}

/// `sample`.
#[derive(Debug, Args)]
pub struct Sample {
    /// The bundle: its ZIP file, or the folder it was unpacked to
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// Whom you trust
    #[command(flatten)]
    pub whom: Whom,
    /// A text that you, the auditor, chose after the bundle was sealed
    #[arg(long, value_name = "TEXT")]
    pub sample_seed: Option<String>,
    /// How sure the conclusion is to be, per cent
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: String,
    /// The deviation rate that is no longer tolerable, per cent
    #[arg(long, value_name = "PERCENT", default_value = "5")]
    pub tolerable: String,
    /// Deviations that may show in the sample without spoiling the conclusion
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub expected_deviations: u64,
    /// This many users of each pool, whatever that shows
    #[arg(long, value_name = "N", conflicts_with_all = ["confidence", "tolerable", "expected_deviations"])]
    pub size: Option<u64>,
    /// Only users who can sign in with a password here: enabled, local, confirmed
    /// or to be reset
    #[arg(long)]
    pub signing_in: bool,
    /// Only this pool; may stand several times
    #[arg(long = "pool", value_name = "ID")]
    pub pools: Vec<String>,
    /// Draw also where the listing is not complete, marked as no sample of the
    /// whole
    #[arg(long)]
    pub incomplete: bool,
    /// Print it as CSV
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Print it as JSON (poolproof-sample/1)
    #[arg(long)]
    pub json: bool,
}
