//! The options of `enforce` and `onboard`, with the help that teaches them. No logic.

use crate::change::window::LONGEST;
use clap::Args;
use std::path::PathBuf;

/// What `enforce --help` ends with.
pub const ENFORCE: &str = "Without --apply nothing is written: it shows the settings, the call, its effect
and who stands in the way. With --apply it sets MFA to ON, keeps every other MFA
setting as it was read, reads it back from two calls, and puts back what it read
where that fails. A pool that is ON is left alone. The admins are `named_admins`
in the scope file: each needs active TOTP, or a passkey where the pool counts it
as both factors. Every write stands in evidence/changes.jsonl, before and after.
It reads the admins' factors, which AWS may bill (MAU).

Exit codes: 0 done, or nothing stands in the way; 1 a pool is blocked; 2 usage;
3 something could not be read; 5 AWS refused, or it was not read back

Examples:
  poolproof iam-policy --features enforce --pool eu-west-1_AbCdEf123
  poolproof enforce
  poolproof enforce --pool eu-west-1_AbCdEf123 --apply";

/// What `onboard --help` ends with.
pub const ONBOARD: &str = "In a pool with MFA ON a user sets up TOTP at the first sign-in; no window is
needed for that. Where an application cannot show that set-up, --window --apply
makes MFA optional for the WHOLE pool, waits for this user's TOTP (one look in 5
seconds) and makes MFA required again: when the TOTP is active, when the minutes
are over, on Ctrl-C, on an error. If the program is killed, the journal
evidence/changes.jsonl says so, every command that uses the folder warns, and
--close --apply closes it. The window shows in the period evidence (COG-LOG-005)
as what it is.

Exit codes: 0 TOTP is active and MFA is ON; 1 blocked, or a window is open;
2 usage; 3 no TOTP yet, MFA is as before; 5 an error, or a window did not close

Examples:
  poolproof onboard ann@example.com --pool eu-west-1_AbCdEf123
  poolproof onboard ann@example.com --pool eu-west-1_AbCdEf123 --window --apply
  poolproof onboard --close --apply";

/// `enforce`.
#[derive(Debug, Args)]
pub struct Enforce {
    /// The scope file (default: poolproof.toml, where it is there)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Only this pool; may stand several times (default: the pools of the scope
    /// file)
    #[arg(long = "pool", value_name = "ID")]
    pub pools: Vec<String>,
    /// The evidence folder, where changes.jsonl stands (default: evidence)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write to AWS
    #[arg(long)]
    pub apply: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `onboard`.
#[derive(Debug, Args)]
pub struct Onboard {
    /// The user: an e-mail address or a user name
    #[arg(value_name = "USER", required_unless_present = "close", conflicts_with = "close")]
    pub user: Option<String>,
    /// The pool (default: the one of the scope file)
    #[arg(long, value_name = "ID")]
    pub pool: Option<String>,
    /// The scope file (default: poolproof.toml, where it is there)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The evidence folder, where changes.jsonl stands (default: evidence)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How long a window stays open at most, 1 to 120
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(LONGEST)))]
    pub minutes: u32,
    /// Open a window: MFA is optional for the whole pool meanwhile
    #[arg(long, conflicts_with = "close")]
    pub window: bool,
    /// Close every window that changes.jsonl has open
    #[arg(long)]
    pub close: bool,
    /// Write to AWS
    #[arg(long)]
    pub apply: bool,
}
