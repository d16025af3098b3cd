//! The options of `review` and `approve`: what somebody else than the sealer signs before a run. No logic here.

use clap::Args;
use std::path::PathBuf;

/// What stands below the help of `review`.
pub const HELP: &str = "A review of access is a TOML file: who looked at the users of an earlier bundle,
when, whom he keeps and whom he removes (the README shows its form). Users stand
there as in that bundle's population.csv: by pseudonym, by row under
privacy.mode = mask (\"row 17\"), by user name under clear. With --bundle they are
held against it, and rows and names become pseudonyms.

What is signed are the decisions, word by word, with the reviewer's own key. A
run cannot know whose key it is; verify says so to those who have it in their
trust file, for = \"review\".

Examples:
  poolproof keys new --out keys/reviewer.p8
  poolproof review review.toml --bundle BUNDLE.zip
  poolproof review review.toml --bundle BUNDLE.zip --key keys/reviewer.p8
  poolproof run --previous BUNDLE.zip --review review.signed.json";

/// `review`.
#[derive(Debug, Args)]
pub struct Review {
    /// The review: a TOML file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The bundle whose users were reviewed
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// The reviewer's own key; without it the review is shown, and nothing is signed
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Where to write the signed review
    #[arg(long, value_name = "FILE", default_value = "review.signed.json")]
    pub out: PathBuf,
}

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The scope file (default: poolproof.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The exception by its number, as the list without this option shows it; may
    /// stand several times
    #[arg(long = "exception", value_name = "N")]
    pub exceptions: Vec<usize>,
    /// The approver's own key
    #[arg(long, value_name = "FILE", default_value = "keys/approver.p8")]
    pub key: PathBuf,
    /// Where to write exception-N.dsse.json (default: this folder)
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}
