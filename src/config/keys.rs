//! Every key of `poolproof.toml` in one table: what the reader accepts, what an error suggests and what `init` writes.
//! Nothing is read or written here.

/// A section of the file.
pub struct Section {
    /// Its name without brackets; empty for the keys above the first section.
    pub name: &'static str,
    /// Whether it may stand several times (`[[name]]`).
    pub repeated: bool,
    /// What it is for, as `init` writes it.
    pub about: &'static str,
    /// Its keys, in the order of the file.
    pub keys: &'static [Key],
}

/// A key.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Its default as TOML, or an example where it has none.
    pub value: &'static str,
    /// Whether `value` is the default.
    pub default: bool,
    /// What it does and why one would change it.
    pub about: &'static str,
}

const fn default(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, default: true, about }
}
const fn example(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, default: false, about }
}

impl Section {
    /// The section as it is written: `[users]`, `[[pool]]`, or words for the top of the file.
    pub fn title(&self) -> String {
        match (self.name, self.repeated) {
            ("", _) => "the top of the file".to_owned(),
            (name, true) => format!("[[{name}]]"),
            (name, false) => format!("[{name}]"),
        }
    }
}

/// The keys above the first section.
pub const TOP: Section = Section {
    name: "",
    repeated: false,
    about: "",
    keys: &[
        default(
            "fail_on",
            r#""high""#,
            "The least severity of a FAIL that makes the exit code 1: low, medium, high or critical. Lower it to gate a pipeline more strictly.",
        ),
        default(
            "collected_by",
            r#""auditee""#,
            "Who runs the collector: auditee, auditor, or witnessed (the auditee runs, the auditor watches). It stands on the cover.",
        ),
        example(
            "regions",
            r#"["eu-west-1"]"#,
            "Regions to ask for pools beyond those of the pools named below. With no pool named, every pool of these regions is read (without them: of the region that your AWS settings give).",
        ),
    ],
};
/// `[organization]`.
pub const ORGANIZATION: Section = Section {
    name: "organization",
    repeated: false,
    about: "Whose evidence it is. It stands on the cover.",
    keys: &[
        example("name", r#""Example Ltd""#, "Its name."),
        example(
            "legal_basis",
            r#""GDPR Art. 6(1)(c), with Art. 32""#,
            "Why you may process the users' data for this purpose (GDPR Art. 6), in your words.",
        ),
        example(
            "recipient_role",
            r#""controller""#,
            "What the recipient of the bundle is for that data: controller or processor, in your words.",
        ),
    ],
};
/// `[period]`.
pub const PERIOD: Section = Section {
    name: "period",
    repeated: false,
    about: "The days that the evidence is for, in UTC. Default: the current quarter.",
    keys: &[
        example(
            "label",
            r#""2026-Q3""#,
            "A year (2026), a half (2026-H1), a quarter (2026-Q3) or a month (2026-07). Together with from and to: any name you like.",
        ),
        example("from", r#""2026-07-01""#, "First day, where no label fits."),
        example("to", r#""2026-09-30""#, "Last day, itself included."),
    ],
};
/// `[[pool]]`.
pub const POOL: Section = Section {
    name: "pool",
    repeated: true,
    about: "One [[pool]] for each user pool. With none, every pool of the regions is read. What you do not declare here becomes MANUAL in the report, never a guess.",
    keys: &[
        example("id", r#""eu-west-1_AbCdEf123""#, "The pool's id."),
        example("region", r#""eu-west-1""#, "Default: the part of the id before the underscore."),
        example("profile", r#""prod-audit""#, "The AWS profile that reads this pool. Default: the usual AWS chain."),
        example("role_arn", r#""arn:aws:iam::123456789012:role/mfa-evidence""#, "A role to assume for this pool, instead of a profile."),
        example(
            "external_id",
            r#""…""#,
            "The external id that the role asks for. It is treated as a secret: it stands in no recording, report or message.",
        ),
        example(
            "audience",
            r#""workforce""#,
            "Whose accounts the pool holds: workforce, third-party, customer, consumer or machine. Without it the PCI DSS findings are MANUAL.",
        ),
        example(
            "pci_scope",
            r#""cde""#,
            "cde: grants access into the cardholder data environment; connected: can affect its security; out: neither. Without it the PCI DSS findings are MANUAL.",
        ),
        example(
            "privileged_groups",
            r#"["admins"]"#,
            "Groups whose members are privileged; each is read. Use [] to declare that no group is.",
        ),
        default(
            "no_privileged_users",
            "false",
            "true declares that the pool holds no privileged users at all. It is shown as \"declared out\".",
        ),
        example(
            "named_admins",
            r#"["admin@example.com"]"#,
            "Administrators by e-mail address or user name. Only keyed digests of them are stored.",
        ),
        example("mfa_method", r#""totp""#, "The method that your deployment declared: totp, sms or both. Drift from it is a finding."),
        default("device_policy", r#""strict""#, "accept-device-factor accepts a remembered device's key as a possession factor."),
        default("throw_away", "false", "true declares a pool for throwing away. It is shown as \"declared out\"."),
    ],
};
/// `[thresholds]`.
pub const THRESHOLDS: Section = Section {
    name: "thresholds",
    repeated: false,
    about: "Limits that the checks compare with. Every change is listed in the report as \"threshold changed\", so change one only where your policy is stricter or another rule applies.",
    keys: &[
        default("password_min_length", "12", "Least password length, characters (PCI DSS 8.3.6). Stricter only: below 12 changes nothing."),
        default("password_history", "4", "Passwords that may not be used again (PCI DSS 8.3.7). Stricter only: below 4 changes nothing."),
        default(
            "temporary_password_days",
            "7",
            "Longest validity of a temporary password, days (Cognito's default). Stricter only: above 7 changes nothing.",
        ),
        default("inactive_days", "90", "Days after which an unused account is inactive (PCI DSS 8.2.6)."),
        default("lockout_attempts", "10", "Failed attempts that lock an account (PCI DSS 8.3.4)."),
        default("lockout_minutes", "30", "Least duration of a lock, minutes (PCI DSS 8.3.4)."),
        default("idle_minutes", "15", "Longest idle time of a session, minutes (PCI DSS 8.2.8)."),
        default("auth_session_minutes", "15", "Longest time a sign-in may stay open between its steps, minutes (Cognito allows 3 to 15)."),
        default("token_minutes", "60", "Longest validity of an access or ID token, minutes (Cognito's default)."),
        default("refresh_token_hours", "24", "Longest validity of a refresh token, hours."),
    ],
};
/// `[users]`.
pub const USERS: Section = Section {
    name: "users",
    repeated: false,
    about: "How users are read. A read per user uses the quota of production sign-in and may make idle users billable (MAU); the estimate is printed before the first one.",
    keys: &[
        default(
            "detail",
            r#""auto""#,
            "auto: all users of pools with at most 1,000, else none without --accept-mau-cost; none: the listing only; sample: a derived sample; all.",
        ),
        default("sample_rate", "0.1", "Share of users read under detail = \"sample\": above 0, at most 1."),
        default(
            "mau_price_usd",
            "0.015",
            "Price of one monthly active user in USD, for the estimate only. Yours stands in your AWS price list.",
        ),
        default(
            "quota_share",
            "0.5",
            "Share of the documented quota that the run may use: above 0, at most 1. Lower it where sign-ins are near the quota.",
        ),
    ],
};
/// `[collect]`.
pub const COLLECT: Section = Section {
    name: "collect",
    repeated: false,
    about: "What is collected beyond the pools. What is left out leaves its checks INCOMPLETE or, for sign_ins, MANUAL.",
    keys: &[
        default(
            "trail",
            "true",
            "CloudTrail's events of the last 90 days, two calls a second: without them (or --trail DIR) nothing is proved of the days before the run.",
        ),
        default(
            "logging",
            "true",
            "Which trails there are, what they log, how long log groups and the trails' buckets keep it, and who notices changes: for COG-LOG-001, 003 and 004.",
        ),
        default(
            "sign_ins",
            r#""none""#,
            "When users last signed in, for COG-ACC-002: none; sample (by sample_rate of [users]); all. It reads one to two calls a user and more for a long history (AdminListUserAuthEvents, AdminListDevices: a quota of their own, which production may use too), and keeps days only. Needs threat protection (Plus) for the history, and the permission: poolproof iam-policy --features sign-ins",
        ),
    ],
};
/// `[inputs]`.
pub const INPUTS: Section = Section {
    name: "inputs",
    repeated: false,
    about: "What AWS cannot know and you can supply. Of a roster only keyed digests are stored; a review names its reviewer.",
    keys: &[
        example(
            "roster",
            r#""people.csv""#,
            "Who works here, for COG-ACC-005: a CSV with a line of heads, email and/or username or sub, and if you like status (active or left) and left_on (the last day). It is held against the workforce and third-party pools, so it must name everybody who may have an account there.",
        ),
        example("roster_as_of", r#""2026-09-28""#, "The day that the roster is of. It goes with roster."),
        example(
            "reviews",
            r#"["review-2026-H1.toml"]"#,
            "Reviews of access, for COG-ACC-006: who reviewed which users of the bundle before this one (run --previous), when, and whom he kept or removed, by pseudonym. A removal that is still to be done is a finding.",
        ),
    ],
};
/// `[privacy]`.
pub const PRIVACY: Section = Section {
    name: "privacy",
    repeated: false,
    about: "How personal data is kept.",
    keys: &[
        default(
            "mode",
            r#""pseudonym""#,
            "pseudonym; mask (pseudonyms hidden in the reports); clear (identities as AWS gives them: then the whole bundle is personal data in clear).",
        ),
        default(
            "key",
            r#""keys/privacy.key""#,
            "The key that makes the pseudonyms: 64 hexadecimal digits. Keep it across quarters, away from the signer; whoever holds it can resolve pseudonyms.",
        ),
        default("classification", r#""Confidential, personal data (pseudonymous)""#, "Printed on the cover."),
        example("retention", r#""audit evidence, 6 years""#, "Retention class, printed on the cover (HIPAA documents: six years)."),
        example("delete_after", r#""2032-12-31""#, "The day after which the bundle is to be deleted, printed on the cover."),
    ],
};
/// `[signing]`.
pub const SIGNING: Section = Section {
    name: "signing",
    repeated: false,
    about: "The identity that seals the bundle.",
    keys: &[
        default("key", r#""keys/evidence.p8""#, "The signing key: a file (P-256, PKCS#8; make one with: poolproof keys new) or kms:ARN"),
        example(
            "profile",
            r#""evidence-signer""#,
            "The profile of your AWS settings that may use a key in AWS KMS, where it is another account's than the pools'. Default: the usual AWS chain.",
        ),
        example(
            "certificate",
            r#""keys/evidence.pem""#,
            "The X.509 certificate of the key, PEM. Default: the file beside the key (evidence.crt), else one that the key makes for itself.",
        ),
        example("chain", r#""keys/chain.pem""#, "The certificates above it, PEM. They may stand in the certificate's file too."),
        example(
            "crls",
            r#"["keys/issuer.crl"]"#,
            "The issuers' revocation lists, DER. Without a current one, verify cannot tell whether the certificate was revoked.",
        ),
    ],
};
/// `[signing.tsa]`.
pub const TSA: Section = Section {
    name: "signing.tsa",
    repeated: false,
    about: "Trusted time: a time-stamp authority (RFC 3161) that says when the seal existed. Without one, that is your own word and verify ends with 3. The authority sees digests only. If it cannot be reached, the bundle is sealed without time and poolproof timestamp adds it later.",
    keys: &[
        example(
            "url",
            r#""http://timestamp.example.com""#,
            "Where it answers, http:// or https://. http:// is enough: the answer is signed and carries the question's nonce.",
        ),
        example(
            "tls_roots",
            r#""keys/tls-roots.pem""#,
            "For https://: the roots of the server's certificate, PEM. Default: this machine's own. Not the root of the time stamps: that stands in the trust file of who verifies.",
        ),
        example(
            "crls",
            r#"["keys/tsa.crl"]"#,
            "The revocation lists of the authority's certificate and those above it, DER, current when sealing. Without them, and without lists in the trust file, verify cannot tell whether it was revoked and ends with 3.",
        ),
        example("policy", r#""1.2.3.4.1""#, "The policy to ask for, as dotted numbers. Default: the authority's own."),
        example("timeout_seconds", "30", "How long one try may take, seconds: 1 to 300. Default: 15."),
        example("retries", "5", "How often to ask again after a try that failed: 0 to 10. Default: 3."),
    ],
};
/// `[output]`.
pub const OUTPUT: Section = Section {
    name: "output",
    repeated: false,
    about: "Where the evidence goes, and in which formats.",
    keys: &[
        default(
            "dir",
            r#""evidence""#,
            "The evidence folder: recordings, the journal of attempts and the bundles. Keep one folder for all quarters, so that the journal stays whole.",
        ),
        default(
            "formats",
            r#"["json", "pdf", "html", "csv", "markdown", "junit"]"#,
            "json and pdf are always written: the seal names them. A format left out is listed in the report.",
        ),
    ],
};
/// `[checks]`.
pub const CHECKS: Section = Section {
    name: "checks",
    repeated: false,
    about: "Which checks run. See: poolproof list checks",
    keys: &[default(
        "off",
        "[]",
        "Checks switched off, such as [\"COG-SES-003\"]. Each is listed in the report as left out. Those of the evidence itself (COG-EVD) cannot be.",
    )],
};
/// `[[exception]]`.
pub const EXCEPTION: Section = Section {
    name: "exception",
    repeated: true,
    about: "One [[exception]] for each FAIL that somebody accepted. It changes no verdict and no exit code: the finding stays FAIL, with the exception beside it. All keys but client, user and approval are needed; one that lacks a key, has expired or names what is not there is a finding itself (COG-EVD-002). What you write here stands in the report as you write it, the user aside.",
    keys: &[
        example("on", r#""COG-MFA-001""#, "The check, or a control such as pci-dss-4.0.1:8.4.2."),
        example("pool", r#""eu-west-1_AbCdEf123""#, "The pool that it is about, app clients and users included."),
        example("client", r#""4a1b2c3d4e5f6g7h8i9j0k1l2m""#, "Only this app client of the pool."),
        example("user", r#""robot@example.com""#, "Only this user: e-mail address, user name or pseudonym. Stored as a keyed digest."),
        example("reason", r#""The tills cannot show a second factor yet.""#, "Why the rule is not kept."),
        example("compensating_control", r#""Sign-in from the till network only.""#, "What protects instead."),
        example("requester", r#""Head of Retail IT""#, "Who asked for it."),
        example("approver", r#""CISO""#, "Who approved it: another person. Unless somebody signs that, it is for a human to confirm."),
        example("ticket", r#""SEC-1234""#, "Where request and approval are recorded."),
        example(
            "approval",
            r#""exception-1.dsse.json""#,
            "The approver's signature on this exception (poolproof approve). Nothing above may change afterwards. A user must then be named by pseudonym.",
        ),
        example("start", r#""2026-09-01""#, "First day."),
        example("expiry", r#""2027-02-28""#, "Last day: at most 12 months after the first."),
    ],
};
/// `[[exclusion]]`.
pub const EXCLUSION: Section = Section {
    name: "exclusion",
    repeated: true,
    about: "One [[exclusion]] for each pool that the scope does not name, or check that it switches off, to say why. It leaves nothing out by itself, and is listed with what is left out. All keys but one of pool and check are needed.",
    keys: &[
        example("pool", r#""eu-west-1_Zz9yX8w7V""#, "A pool that is no [[pool]] of this file."),
        example("check", r#""COG-SES-003""#, "Or a check that [checks] switches off."),
        example("reason", r#""A developer's playground without real users.""#, "Why it is outside."),
        example("approver", r#""CISO""#, "Who approved that."),
        example("start", r#""2026-09-01""#, "First day."),
        example("expiry", r#""2027-02-28""#, "Last day: at most 12 months after the first."),
    ],
};

/// Every section, in the order of the file.
pub const SECTIONS: [&Section; 15] = [
    &TOP,
    &ORGANIZATION,
    &PERIOD,
    &POOL,
    &THRESHOLDS,
    &USERS,
    &COLLECT,
    &INPUTS,
    &PRIVACY,
    &SIGNING,
    &TSA,
    &OUTPUT,
    &CHECKS,
    &EXCEPTION,
    &EXCLUSION,
];
