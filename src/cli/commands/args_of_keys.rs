//! The options of `keys`: make, show, hand over the signing identity. No logic here.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `keys`.
#[derive(Debug, Args)]
pub struct Keys {
    /// What to do with keys
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// A command of `keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a P-256 key that seals bundles (PKCS#8, readable by you alone)
    #[command(after_help = "Writes a certificate beside the key (evidence.crt), signed by the key itself:
put your authority's certificate in its place when you have one (keys csr).
Overwrites nothing. Keep the key away from those whose evidence it seals, and
back it up: a lost key cannot be made again.

With --encrypt the passphrase comes from POOLPROOF_KEY_PASSPHRASE, or from the
first line of the file that POOLPROOF_KEY_PASSPHRASE_FILE names, or is asked
for on a terminal; the commands that seal take it from there too.

Examples:
  poolproof keys new --organization 'Example Ltd'
  poolproof keys new --kms arn:aws:kms:eu-west-1:123456789012:key/... \\
      --out keys/kms.crt")]
    New {
        /// The file to write
        #[arg(
            long,
            value_name = "FILE",
            default_value = "keys/evidence.p8",
            default_value_if("kms", clap::builder::ArgPredicate::IsPresent, "keys/kms.crt")
        )]
        out: PathBuf,
        /// Make no key: write a certificate for this key in AWS KMS (ECC_NIST_P256,
        /// SIGN_VERIFY), signed by that key itself
        #[arg(long, value_name = "ARN")]
        kms: Option<String>,
        /// Whom the certificate names
        #[arg(long, value_name = "NAME", default_value = "")]
        organization: String,
        /// Encrypt the key under a passphrase (PBES2)
        #[arg(long, conflicts_with = "kms")]
        encrypt: bool,
    },
    /// Print a request for a certificate of a key (PKCS#10), for your authority
    #[command(after_help = "Ask for a certificate with the extended key usage document signing
(1.3.6.1.5.5.7.3.36). Put it, and the certificates above it, where the scope
file says ([signing] certificate), or beside the key as evidence.crt.

Example:
  poolproof keys csr --organization 'Example Ltd' > evidence.csr")]
    Csr {
        /// The key: a file, or kms:ARN
        #[arg(value_name = "FILE", default_value = "keys/evidence.p8")]
        key: PathBuf,
        /// Whom the certificate is to name
        #[arg(long, value_name = "NAME")]
        organization: String,
    },
    /// Hand over from one key to the next: the old key signs the new one over
    #[command(after_help = "Leaves FINGERPRINT.rotation beside the new key, which bundles sealed with it
then carry. Who trusts the old key only verifies them with
verify --allow-rotation, while the old key is valid in his trust file.

Example:
  poolproof keys new --out keys/2027.p8
  poolproof keys rotate keys/evidence.p8 keys/2027.p8")]
    Rotate {
        /// The key that seals today
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The key that seals from now on
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
    /// Show the public half: fingerprint, PEM, or a trust file
    #[command(after_help = "An auditor gets the fingerprint from you on another way than the bundle.

Example:
  poolproof keys show --trust --who 'Example Ltd' > trust.toml
  poolproof keys show keys/reviewer.p8 --trust --for review --who Ann >> trust.toml")]
    Show {
        /// The key
        #[arg(value_name = "FILE", default_value = "keys/evidence.p8")]
        key: PathBuf,
        /// Print a trust file for verify --trust
        #[arg(long, conflicts_with = "json")]
        trust: bool,
        /// What the trust file is to trust the key for: a sealer's key is not believed
        /// as a reviewer's, nor the other way round
        #[arg(long = "for", value_name = "USE", default_value = "sealing", value_parser = ["sealing", "review"], requires = "trust")]
        purpose: String,
        /// Whose key it is, for the trust file
        #[arg(long, value_name = "NAME", default_value = "the owner of this key")]
        who: String,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
}
