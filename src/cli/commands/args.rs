//! Every command and option, with the help that teaches them. Help, completions and the man page derive from here.
//! No logic.

use super::args_of_change as change;
use super::args_of_keys::Keys;
use super::args_of_review::{self, Approve};
use super::args_of_sample::{self, Sample};
use crate::cli::exit::{self, VERIFY_TABLE};
use crate::cli::verify::Verify;
use crate::model::verdict::Severity;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The program.
#[derive(Debug, Parser)]
#[command(
    name = "poolproof",
    version,
    about = "Sealed compliance evidence for MFA on Amazon Cognito",
    long_about = "Collects, judges and seals the evidence that an Amazon Cognito user pool enforces \
multi-factor authentication: one signed bundle that an auditor checks offline.",
    after_help = first_steps(),
    max_term_width = 80,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command takes
    #[command(flatten)]
    pub common: Common,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Say nothing on the way; results and errors only
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub quiet: bool,
    /// Colours: always, never, or auto (on a terminal, unless NO_COLOR or CI is set)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true, help_heading = "Everywhere")]
    pub color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` or `CI` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn first_steps() -> String {
    format!(
        "First steps:
  poolproof demo        the whole way without AWS, in a second
  poolproof init        write poolproof.toml and a privacy key
  poolproof keys new    make the key that seals
  poolproof run         collect, judge, render, seal

{}",
        exit::TABLE
    )
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole way on a built-in recording: no AWS, no configuration
    #[command(after_help = "Leaves a sealed bundle and verifies it. It is evidence of nothing: the answers
are made up and the key is made for the occasion.

Example:
  poolproof demo --out /tmp/demo")]
    Demo(Demo),
    /// Write a commented poolproof.toml and a privacy key
    #[command(after_help = "Asks AWS for the pools when it can; otherwise it says so and leaves an example.
Overwrites nothing.

Example:
  poolproof init --region eu-west-1 --profile audit")]
    Init(Init),
    /// Collect, judge, render and seal: one signed bundle
    #[command(after_help = run_help())]
    Run(Run),
    /// The first stage of run: call AWS (or read files) into a recording
    #[command(after_help = "Prints the run's folder, for assess. An interrupted one is continued.

Example:
  poolproof collect --pool eu-west-1_AbCdEf123")]
    Collect(Run),
    /// The second stage: judge a recording and render the reports
    #[command(after_help = "Reads the run's folder only: the recording, the inputs, the catalogue. The same
in gives the same out. --catalogue puts other frameworks of your own into the
run's folder first; the cover then says that the recording began with others.

Example:
  poolproof assess evidence/r_abc… --at 2026-09-30T12:00:00Z")]
    Assess(Assess),
    /// The third stage: seal what assess wrote
    #[command(after_help = "Example:
  poolproof bundle evidence/r_abc… --key keys/evidence.p8")]
    Bundle(Bundle),
    /// Check a bundle, offline, trusting nobody but you
    #[command(after_help = VERIFY_TABLE)]
    Verify(Verify),
    /// Show where each pool stands on the way to required MFA, and the next step
    #[command(after_help = "Reads what a run wrote: a bundle, a run's folder, or evidence.json. Asks AWS
nothing, changes nothing, and checks no signature: that is what verify is for.

Example:
  poolproof rollout evidence/example-ltd-2026-q3-abcdefgh.zip")]
    Rollout(Rollout),
    /// Add a trusted time to a sealed bundle (RFC 3161)
    #[command(after_help = "For a bundle that was sealed while the time-stamp authority was down, or before
there was one. What was signed stays as it is; a .tsr is added over its
signature. It shows that the seal existed by then, not when it was made.

Exit codes: 0 added; 2 wrong usage; 5 nothing was added, the bundle stays.

Example:
  poolproof timestamp evidence/example-2026-Q3-abc.zip --tsa http://tsa.example")]
    Timestamp(Timestamp),
    /// Print the web page that checks a bundle in a browser, offline
    #[command(after_help = "One file for an auditor who installs nothing: open it from the disk, give it the
key's fingerprint, drop the bundle on it. It reaches no network. It checks less
than verify, and lists what it left out. Compare its SHA-256 with the README's.

Example:
  poolproof verifier --out verify.html")]
    Verifier(Verifier),
    /// Add a reviewer's own seal to a bundle, beside the first
    #[command(after_help = "A reviewer says under his own name and key what he looked at, and decides on
each MANUAL finding: accepted, not accepted, not reviewed. No verdict changes
by it, and the first seal stays as it is. verify shows both seals, and names
the reviewer only to those who have his key in their trust file.

Examples:
  poolproof keys new --out keys/reviewer.p8
  poolproof attest BUNDLE.zip --template review.toml
  poolproof attest BUNDLE.zip --review review.toml --key keys/reviewer.p8 \\
      --attach policy.pdf")]
    Attest(Attest),
    /// Sign the approval of exceptions of a scope file
    #[command(after_help = "The approver of an [[exception]] signs its words with his own key. The scope
file then names the signature: approval = \"exception-1.dsse.json\". Nothing in
the exception may change afterwards, and it changes no verdict. A run cannot
know whose key it is; verify says so to those who have it in their trust file,
for = \"review\".

Examples:
  poolproof keys new --out keys/approver.p8
  poolproof approve
  poolproof approve --exception 1 --key keys/approver.p8")]
    Approve(Approve),
    /// Sign a review of access with the reviewer's own key
    #[command(after_help = args_of_review::HELP)]
    Review(args_of_review::Review),
    /// What changed from one bundle to the next
    #[command(after_help = diff_help())]
    Diff(Diff),
    /// The chain of bundles in a folder: days covered, gaps, forks, controls
    #[command(after_help = history_help())]
    History(History),
    /// Draw a sample of users for your own testing, which everybody can draw again
    #[command(after_help = args_of_sample::help())]
    Sample(Sample),
    /// What the catalogue knows: checks, controls, formats
    #[command(after_help = "Example:
  poolproof list checks --json
  poolproof list controls --catalogue frameworks/")]
    List(List),
    /// All about a check or a control, with the way to check it by hand
    #[command(after_help = "With --catalogue the frameworks of that folder are explained too. Each is one
TOML file, checked line by line.

Examples:
  poolproof explain COG-MFA-001
  poolproof explain soc2:CC6.6
  poolproof explain --all > catalogue.md")]
    Explain(Explain),
    /// The signing identity: make one, show it
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Keys(Keys),
    /// Make MFA required (ON) in pools where every named admin holds a factor
    #[command(after_help = change::ENFORCE)]
    Enforce(change::Enforce),
    /// Get a new user's TOTP set up, with a window only where there is no other way
    #[command(after_help = change::ONBOARD)]
    Onboard(change::Onboard),
    /// Print the least-privilege IAM policy, from the same plan that collect uses
    #[command(after_help = "Example:
  poolproof iam-policy --features users,sms > policy.json")]
    IamPolicy(IamPolicy),
    /// Print shell completions
    #[command(after_help = "Example:
  poolproof completions bash > ~/.local/share/bash-completion/completions/poolproof")]
    Completions(Completions),
    /// Print the man page (troff)
    #[command(after_help = "Example:
  poolproof man | man -l -")]
    Man,
}

fn run_help() -> String {
    format!(
        "Writes evidence/<organisation>-<period>-<id>.zip and the run's folder beside it.
An interrupted run with the same scope is continued.

--catalogue adds frameworks of your own to the release's, one TOML file each;
nothing of the release can be replaced. Report and verify call them the sealer's
own. The run keeps them, and so does the bundle.

Before it reads a user, it prints how many reads that takes, at which pace, and
what it may cost: AdminGetUser can make idle users billable (MAU).

Examples:
  poolproof run
  poolproof run --pool eu-west-1_AbCdEf123 --period 2026-Q3 --fail-on medium
  poolproof run --from cli-json/ --pool eu-west-1_AbCdEf123

{}",
        exit::TABLE
    )
}

fn diff_help() -> String {
    format!(
        "Compares verdicts, roll-ups, settings, users by pseudonym, the scope file, and
what the two were made with. Each bundle must pass steps 1 to 3 and 9 of verify
first; the output says whether the keys were trusted. A bare evidence.json can
be compared too: then settings and single users are not.

Examples:
  poolproof diff evidence/q2.zip evidence/q3.zip --trust trust.toml
  poolproof diff q2.zip q3.zip --markdown >> \"$GITHUB_STEP_SUMMARY\"

{LOOK_TABLE}"
    )
}

fn history_help() -> String {
    format!(
        "Links the bundles by the statement that each names as the one before it, never
by name or date. A day counts as covered only where the check of the whole
period (COG-LOG-005) passes for every pool. A bundle of which a step of verify
fails is named, does not count, and makes the exit code 4.

Example:
  poolproof history evidence --trust trust.toml --html history.html

{LOOK_TABLE}"
    )
}

/// How the commands that look into bundles end.
const LOOK_TABLE: &str = "\
Exit codes:
  0  done, whatever differs or is missing
  2  wrong usage
  4  a bundle is altered, forged, or not signed by a key you trust";

/// Whom the caller trusts.
#[derive(Debug, Args)]
pub struct Whom {
    /// Your trust file: keys with whose they are and when they sign
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub trust: Option<PathBuf>,
    /// The one key you trust: SHA-256 of its SubjectPublicKeyInfo
    #[arg(long, value_name = "SHA256")]
    pub fingerprint: Option<String>,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier bundle: ZIP, folder, or a bare evidence.json
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The later bundle
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Whom you trust
    #[command(flatten)]
    pub whom: Whom,
    /// Print it as Markdown
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Print it as JSON (poolproof-diff/1)
    #[arg(long)]
    pub json: bool,
}

/// `history`.
#[derive(Debug, Args)]
pub struct History {
    /// The folder that holds the bundles
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Whom you trust
    #[command(flatten)]
    pub whom: Whom,
    /// Write a page of it too: one file, no script
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print it as JSON (poolproof-history/1)
    #[arg(long)]
    pub json: bool,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to leave the bundle and the reports
    #[arg(long, value_name = "DIR", default_value = "poolproof-demo")]
    pub out: PathBuf,
    /// A folder with frameworks of your own, added to the release's
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = crate::config::FILE)]
    pub config: PathBuf,
    /// Ask these regions for pools (default: the region of your AWS settings)
    #[arg(long = "region", value_name = "REGION")]
    pub regions: Vec<String>,
    /// The AWS profile to ask with
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// `run` and `collect`.
#[derive(Debug, Args)]
pub struct Run {
    /// The scope file (default: poolproof.toml, where it is there)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Only this pool; may stand several times
    #[arg(long = "pool", value_name = "ID")]
    pub pools: Vec<String>,
    /// Only this region; may stand several times
    #[arg(long = "region", value_name = "REGION")]
    pub regions: Vec<String>,
    /// Read a recording, or a folder of JSON files as the AWS CLI writes them,
    /// instead of calling AWS
    #[arg(long, value_name = "PATH")]
    pub from: Option<PathBuf>,
    /// A folder of CloudTrail log files as delivered to S3 (.json.gz, folders
    /// inside too): what happened in the period, beyond the 90 days that
    /// LookupEvents reaches. With the digest files beside them (and the last
    /// one's signature as NAME.json.gz.sig) a file taken out shows
    #[arg(long, value_name = "DIR")]
    pub trail: Option<PathBuf>,
    /// The evidence folder (default: evidence)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A year, half, quarter or month: 2026, 2026-H1, 2026-Q3, 2026-07
    /// (default: the current quarter)
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// The least severity of a FAIL that makes the exit code 1:
    /// low, medium, high or critical (default: high)
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// A text that the auditor chose: the seal is then later than his request
    #[arg(long, value_name = "TEXT")]
    pub challenge: Option<String>,
    /// The bundle before this one, to chain them
    #[arg(long, value_name = "BUNDLE")]
    pub previous: Option<PathBuf>,
    /// Who works here, as a CSV (email, username or sub; status, left_on): enabled
    /// accounts of those who have left are a finding. Stored as keyed digests only
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// The day that the roster is of
    #[arg(long, value_name = "DATE")]
    pub roster_as_of: Option<NaiveDate>,
    /// A review of access, as its reviewer wrote it or signed it; may be given more
    /// than once
    #[arg(long = "review", value_name = "FILE")]
    pub reviews: Vec<PathBuf>,
    /// Read users one by one even in pools with more than 1,000, although that
    /// may make idle users billable
    #[arg(long)]
    pub accept_mau_cost: bool,
    /// A time-stamp authority (RFC 3161): http(s)://… (default: [signing.tsa] of the
    /// scope file)
    #[arg(long, value_name = "URL")]
    pub tsa: Option<String>,
    /// A folder with frameworks of your own, added to the release's
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// Report templates of your own: a changed copy of report-templates/
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `assess`.
#[derive(Debug, Args)]
pub struct Assess {
    /// The run's folder, as collect printed it
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Judge as of this time, RFC 3339 (default: the time of the last call)
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// A folder with frameworks of your own, added to the release's
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// Report templates of your own: a changed copy of report-templates/
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `bundle`.
#[derive(Debug, Args)]
pub struct Bundle {
    /// The run's folder, after assess
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The signing key
    #[arg(long, value_name = "FILE", default_value = "keys/evidence.p8")]
    pub key: PathBuf,
    /// A time-stamp authority (RFC 3161): http(s)://… (default: [signing.tsa] of the
    /// scope file)
    #[arg(long, value_name = "URL")]
    pub tsa: Option<String>,
    /// Report templates of your own: a changed copy of report-templates/
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `timestamp`.
#[derive(Debug, Args)]
pub struct Timestamp {
    /// The bundle: its ZIP file, or the folder it was unpacked to
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The authority (RFC 3161): http(s)://… (default: [signing.tsa] of the scope file)
    #[arg(long, value_name = "URL")]
    pub tsa: Option<String>,
    /// The scope file (default: poolproof.toml, where it is there)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `verifier`.
#[derive(Debug, Args)]
pub struct Verifier {
    /// The file to write (default: standard output)
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print the page's SHA-256 instead, as sha256sum -c reads it
    #[arg(long, conflicts_with = "out")]
    pub digest: bool,
}

/// `attest`.
#[derive(Debug, Args)]
pub struct Attest {
    /// The bundle: its ZIP file, or the folder it was unpacked to
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// Write an empty form with every MANUAL finding of the bundle
    #[arg(long, value_name = "FILE", conflicts_with_all = ["review", "attach"])]
    pub template: Option<PathBuf>,
    /// The form, filled in
    #[arg(long, value_name = "FILE")]
    pub review: Option<PathBuf>,
    /// The reviewer's own key
    #[arg(long, value_name = "FILE", default_value = "keys/reviewer.p8")]
    pub key: PathBuf,
    /// A file that belongs to the review; may stand several times
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// `list`.
#[derive(Debug, Args)]
pub struct List {
    /// Which list
    #[arg(value_name = "WHAT")]
    pub what: Listed,
    /// A folder with frameworks of your own, added to the release's
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// The checks.
    Checks,
    /// The controls of each framework.
    Controls,
    /// The formats of a bundle.
    Formats,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A check (COG-MFA-001) or a control (soc2:CC6.6)
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub id: Option<String>,
    /// A folder with frameworks of your own, added to the release's
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// Every check and control, as one Markdown page
    #[arg(long, conflicts_with = "json")]
    pub all: bool,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// `iam-policy`.
#[derive(Debug, Args)]
pub struct IamPolicy {
    /// What to allow, separated by commas: pools, users (reads of single users),
    /// sms, trail, logging (default: these, which read only), sign-ins (when users
    /// last signed in), kms (a signing key in AWS KMS), enforce, onboard (those
    /// commands alone; they may write)
    #[arg(long, value_name = "FEATURES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// For this pool, instead of a placeholder; may stand several times
    #[arg(long = "pool", value_name = "ID")]
    pub pools: Vec<String>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `rollout`.
#[derive(Debug, Args)]
pub struct Rollout {
    /// A bundle (ZIP or folder), a run's folder, or evidence.json
    #[arg(value_name = "BUNDLE|RUN|FILE")]
    pub from: PathBuf,
    /// Only this pool (may be given again)
    #[arg(long = "pool", value_name = "ID")]
    pub pools: Vec<String>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
