//! What the owner declared, with every default filled in. This is what becomes `data/inputs/scope.json`;
//! identities stand in it as keyed digests only. The scope digest is over that file's bytes.

use super::exception::{Exception, Exclusion};
use super::id::{CheckId, PoolId, Region};
use super::verdict::Severity;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The scope of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Whose evidence it is.
    pub organization: Organization,
    /// Which period it is for.
    pub period: Period,
    /// The pools named by the owner; empty: every pool that the listing of each region shows.
    pub pools: Vec<PoolScope>,
    /// Regions asked, beyond those of the named pools.
    pub regions: Vec<Region>,
    /// Limits that checks compare with.
    pub thresholds: Thresholds,
    /// How users are read.
    pub users: Users,
    /// What is collected beyond the pools.
    pub collect: Collect,
    /// What was supplied besides, by digest.
    #[serde(default, skip_serializing_if = "Inputs::is_empty")]
    pub inputs: Inputs,
    /// How personal data is kept.
    pub privacy: Privacy,
    /// Who ran the collector.
    pub collected_by: CollectedBy,
    /// Checks the owner switched off: they are listed as left out.
    pub checks_off: Vec<CheckId>,
    /// Exceptions: they annotate a FAIL and change no verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// Why something is outside of this evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// The least severity of a FAIL that makes the exit code 1.
    pub fail_on: Severity,
    /// The formats written beside `evidence.json`.
    pub formats: Vec<Format>,
}

/// Whose evidence it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its name, as the cover prints it; empty where nobody declared one.
    pub name: String,
    /// The legal basis of processing the users' data (GDPR Art. 6), in the owner's words.
    pub legal_basis: Option<String>,
    /// What the recipient of the bundle is: controller or processor, in the owner's words.
    pub recipient_role: Option<String>,
}

/// A period of days, both included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its name, such as `2026-Q3`.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// A pool as declared. What the owner did not declare stays `None` and makes MANUAL findings, never guesses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolScope {
    /// The pool.
    pub id: PoolId,
    /// Its region.
    pub region: Region,
    /// The profile that reads it; `None`: the usual AWS chain.
    pub profile: Option<String>,
    /// The role that reads it.
    pub role_arn: Option<String>,
    /// Whose accounts it holds.
    pub audience: Option<Audience>,
    /// Its place towards the cardholder data environment.
    pub pci_scope: Option<PciScope>,
    /// Groups whose members are privileged; `None` where nothing was declared.
    pub privileged_groups: Option<Vec<String>>,
    /// Declared: the pool holds no privileged users.
    pub no_privileged_users: bool,
    /// Keyed digests (`e_…` of an e-mail, `u_…`/`n_…` of a user name) of the admins named.
    pub named_admins: Vec<String>,
    /// The MFA method that the deployment declared.
    pub mfa_method: Option<MfaMethod>,
    /// Whether a remembered device may stand for a factor.
    pub device_policy: DevicePolicy,
    /// Declared: a pool for throwing away.
    pub throw_away: bool,
}

impl PoolScope {
    /// A pool of which nothing is declared.
    pub fn undeclared(id: PoolId, region: Region) -> Self {
        Self {
            id,
            region,
            profile: None,
            role_arn: None,
            audience: None,
            pci_scope: None,
            privileged_groups: None,
            no_privileged_users: false,
            named_admins: Vec::new(),
            mfa_method: None,
            device_policy: DevicePolicy::Strict,
            throw_away: false,
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word in the scope file.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

words!(/// Whose accounts a pool holds.
    Audience {
    /// Employees.
    Workforce = "workforce",
    /// Suppliers and partners.
    ThirdParty = "third-party",
    /// Business customers.
    Customer = "customer",
    /// Consumers (outside PCI DSS requirement 8).
    Consumer = "consumer",
    /// Programs.
    Machine = "machine",
});
words!(/// A pool's place towards the cardholder data environment.
    PciScope {
    /// Grants access into it.
    Cde = "cde",
    /// Connected to it or able to affect its security.
    Connected = "connected",
    /// Neither.
    Out = "out",
});
words!(/// The MFA method that a deployment declared.
    MfaMethod {
    /// Time-based one-time passwords.
    Totp = "totp",
    /// Text messages.
    Sms = "sms",
    /// Both.
    Both = "both",
});
words!(/// Whether a remembered device may stand for a factor.
    DevicePolicy {
    /// It may not.
    Strict = "strict",
    /// The owner accepts the device key as a possession factor.
    AcceptDeviceFactor = "accept-device-factor",
});
words!(/// How much is read of each user.
    Detail {
    /// All where the pool's estimate is at most 1,000 users, else none without consent.
    Auto = "auto",
    /// Nothing beyond the listing.
    None = "none",
    /// A sample.
    Sample = "sample",
    /// All.
    All = "all",
});
words!(/// Of whom sign-in events and devices are read.
    SignIns {
    /// Of nobody.
    None = "none",
    /// Of a sample.
    Sample = "sample",
    /// Of every enabled local user.
    All = "all",
});
words!(/// How personal data is kept.
    PrivacyMode {
    /// Pseudonyms in recording and reports.
    Pseudonym = "pseudonym",
    /// Pseudonyms in the recording, hidden in reports.
    Mask = "mask",
    /// Identities as AWS gives them.
    Clear = "clear",
});
words!(/// Who ran the collector.
    CollectedBy {
    /// The audited party.
    Auditee = "auditee",
    /// The auditor.
    Auditor = "auditor",
    /// The audited party, the auditor watching.
    Witnessed = "witnessed",
});
words!(/// A format beside `evidence.json`.
    Format {
    /// `evidence.json`, always written.
    Json = "json",
    /// `report.pdf`.
    Pdf = "pdf",
    /// `report.html`.
    Html = "html",
    /// `population.csv`.
    Csv = "csv",
    /// `formats/summary.md`.
    Markdown = "markdown",
    /// `formats/junit.xml`.
    Junit = "junit",
});

/// Limits that checks compare with. The defaults are the catalogue's; every change is listed as such.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Least password length (PCI DSS 4.0.1, 8.3.6).
    pub password_min_length: u32,
    /// Passwords remembered (PCI DSS 4.0.1, 8.3.7).
    pub password_history: u32,
    /// Longest validity of a temporary password, days (Cognito's own default).
    pub temporary_password_days: u32,
    /// Days after which an unused account is inactive (PCI DSS 4.0.1, 8.2.6).
    pub inactive_days: u32,
    /// Failed attempts that lock an account (PCI DSS 4.0.1, 8.3.4).
    pub lockout_attempts: u32,
    /// Least minutes of a lock (PCI DSS 4.0.1, 8.3.4).
    pub lockout_minutes: u32,
    /// Longest idle time of a session, minutes (PCI DSS 4.0.1, 8.2.8).
    pub idle_minutes: u32,
    /// Longest time that a sign-in may stay open between its steps, minutes (Cognito's own limit).
    pub auth_session_minutes: u32,
    /// Longest validity of an access or ID token, minutes (ours: Cognito's default).
    pub token_minutes: u32,
    /// Longest validity of a refresh token, hours (ours: one working day).
    pub refresh_token_hours: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            password_min_length: 12,
            password_history: 4,
            temporary_password_days: 7,
            inactive_days: 90,
            lockout_attempts: 10,
            lockout_minutes: 30,
            idle_minutes: 15,
            auth_session_minutes: 15,
            token_minutes: 60,
            refresh_token_hours: 24,
        }
    }
}

/// How users are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// How much of each.
    pub detail: Detail,
    /// Share of users read under `sample`, above 0 and at most 1.
    pub sample_rate: f64,
    /// Price of one monthly active user in USD, for the estimate printed before per-user reads.
    pub mau_price_usd: f64,
    /// Share of the documented quota that the run may use, above 0 and at most 1.
    pub quota_share: f64,
}

impl Default for Users {
    fn default() -> Self {
        Self { detail: Detail::Auto, sample_rate: 0.1, mau_price_usd: 0.015, quota_share: 0.5 }
    }
}

/// What is collected beyond the pools, users and SNS. What is left out leaves its checks INCOMPLETE or MANUAL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    /// CloudTrail's events of the last 90 days (LookupEvents).
    pub trail: bool,
    /// Which trails there are, how long logs stay, and what watches for changes. Scopes of earlier releases lack it: there
    /// it was not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logging: bool,
    /// Sign-in events and devices, user by user. Scopes of earlier releases lack it: there nobody was asked.
    #[serde(default = "nobody", skip_serializing_if = "is_nobody")]
    pub sign_ins: SignIns,
}

const fn nobody() -> SignIns {
    SignIns::None
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_nobody(sign_ins: &SignIns) -> bool {
    matches!(sign_ins, SignIns::None)
}

impl Default for Collect {
    fn default() -> Self {
        Self { trail: true, logging: true, sign_ins: SignIns::None }
    }
}

/// What was supplied besides the answers: files below `data/inputs/`, which the scope binds by their digests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// SHA-256 of `roster.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<String>,
    /// SHA-256 of `reviews.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<String>,
}

impl Inputs {
    /// Nothing was supplied.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How personal data is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Pseudonyms, hidden or clear.
    pub mode: PrivacyMode,
    /// Id of the HMAC key (a hash that binds it), so that quarters can be joined; `None` where there was no key.
    pub key_id: Option<String>,
    /// Classification printed on the cover.
    pub classification: String,
    /// Retention class printed on the cover.
    pub retention: Option<String>,
    /// When the bundle is to be deleted.
    pub delete_after: Option<NaiveDate>,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            mode: PrivacyMode::Pseudonym,
            key_id: None,
            classification: "Confidential, personal data (pseudonymous)".to_owned(),
            retention: None,
            delete_after: None,
        }
    }
}

impl Scope {
    /// A scope in which only the period is known.
    pub fn undeclared(period: Period) -> Self {
        Self {
            organization: Organization::default(),
            period,
            pools: Vec::new(),
            regions: Vec::new(),
            thresholds: Thresholds::default(),
            users: Users::default(),
            collect: Collect::default(),
            inputs: Inputs::default(),
            privacy: Privacy::default(),
            collected_by: CollectedBy::Auditee,
            checks_off: Vec::new(),
            exceptions: Vec::new(),
            exclusions: Vec::new(),
            fail_on: Severity::High,
            formats: Format::ALL.to_vec(),
        }
    }
    /// What is declared of a pool, with its place in `pools` for pointers.
    pub fn pool(&self, id: &PoolId) -> Option<(usize, &PoolScope)> {
        self.pools.iter().enumerate().find(|(_, p)| &p.id == id)
    }
    /// The bytes of `data/inputs/scope.json`.
    ///
    /// # Errors
    /// Serialization fails (a number that JSON cannot hold).
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
