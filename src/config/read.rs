//! From the text of `poolproof.toml` to a [`Config`]: which key is which, and which values contradict each other.

use super::exceptions;
use super::keys::{self, Section};
use super::table::{Source, Table, unknown};
use super::{Certificates, Config, ConfigError, Secret, Tsa, period};
use crate::model::id::{CheckId, PoolId, Region};
use crate::model::scope::{
    Audience, CollectedBy, Detail, DevicePolicy, Format, MfaMethod, Organization, PciScope, Period, PoolScope, Privacy, PrivacyMode,
    SignIns, Thresholds, Users,
};
use crate::model::verdict::Severity;
use chrono::NaiveDate;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a scope file. `file` names it in errors, `today` gives the period where none is declared, `checks` are the ids
/// that may be switched off.
///
/// # Errors
/// It is no TOML, or holds unknown keys, wrong types or words, or declarations that contradict each other: all at once.
pub fn read(text: &str, file: &str, today: NaiveDate, checks: &[&str]) -> Result<Config, ConfigError> {
    let source = Source::new(text);
    let config = match DeTable::parse(text) {
        Ok(root) => Some(document(&source, &root, today, checks)),
        Err(error) => {
            source.problem(error.span().unwrap_or(0..0), format!("this is no TOML: {}", error.message()));
            None
        }
    };
    let problems = source.into_problems();
    config.filter(|_| problems.is_empty()).ok_or_else(|| ConfigError { file: file.to_owned(), problems })
}

fn document(source: &Source<'_>, root: &Spanned<DeTable<'_>>, today: NaiveDate, checks: &[&str]) -> Config {
    let sections: Vec<&'static str> = keys::SECTIONS.iter().map(|s| s.name).filter(|n| !n.is_empty() && !n.contains('.')).collect();
    let top = Table::new(source, &keys::TOP, 0..0, root.get_ref(), &sections);
    let section = |section: &'static Section| {
        let value = root.get_ref().get(section.name)?;
        let Some(map) = value.get_ref().as_table() else {
            source.problem(value.span(), format!("`{}` must be a section: write {} on a line of its own", section.name, section.title()));
            return None;
        };
        let below: &[&str] = if section.name == keys::SIGNING.name { &["tsa"] } else { &[] };
        Some(Table::new(source, section, value.span(), map, below))
    };
    let mut config = Config::defaults(today);
    let scope = &mut config.scope;
    scope.fail_on = top.word("fail_on", &Severity::ALL, Severity::word).unwrap_or(scope.fail_on);
    scope.collected_by = top.word("collected_by", CollectedBy::ALL, CollectedBy::word).unwrap_or(scope.collected_by);
    scope.regions = top.list("regions", region).unwrap_or_default();
    if let Some(t) = section(&keys::ORGANIZATION) {
        scope.organization = Organization {
            name: t.text("name").unwrap_or_default(),
            legal_basis: t.text("legal_basis"),
            recipient_role: t.text("recipient_role"),
        };
    }
    if let Some(declared) = section(&keys::PERIOD).and_then(|t| read_period(&t)) {
        scope.period = declared;
    }
    if let Some(t) = section(&keys::THRESHOLDS) {
        scope.thresholds = thresholds(&t);
    }
    if let Some(t) = section(&keys::USERS) {
        scope.users = users(&t);
    }
    if let Some(t) = section(&keys::COLLECT) {
        scope.collect.trail = t.flag("trail").unwrap_or(scope.collect.trail);
        scope.collect.logging = t.flag("logging").unwrap_or(scope.collect.logging);
        scope.collect.sign_ins = t.word("sign_ins", SignIns::ALL, SignIns::word).unwrap_or(scope.collect.sign_ins);
    }
    if let Some(t) = section(&keys::INPUTS) {
        config.roster = t.text("roster").map(PathBuf::from);
        config.roster_as_of = t.day("roster_as_of");
        config.reviews = t.list("reviews", |file| Ok(PathBuf::from(file))).unwrap_or_default();
    }
    if let Some(t) = section(&keys::PRIVACY) {
        scope.privacy = privacy(&t);
        config.privacy_key = t.text("key").map_or(config.privacy_key, PathBuf::from);
    }
    if let Some(t) = section(&keys::SIGNING) {
        config.signing_key = t.parsed("key", signing_key).unwrap_or(config.signing_key);
        config.signing_profile = t.text("profile");
        if config.signing_profile.is_some() && !config.signing_key.to_string_lossy().starts_with("kms:") {
            t.problem("profile", "`profile` belongs to a `key` in AWS KMS (kms:ARN); a key file needs none");
        }
        let certificate = t.text("certificate").map(PathBuf::from);
        if certificate.is_none() {
            for key in ["chain", "crls"].into_iter().filter(|key| t.has(key)) {
                t.problem(key, format!("`{key}` belongs to a `certificate`, which is not there"));
            }
        }
        config.certificates = Certificates {
            certificate,
            chain: t.text("chain").map(PathBuf::from),
            crls: t.list("crls", |text| Ok(PathBuf::from(text))).unwrap_or_default(),
        };
    }
    config.tsa = tsa(source, root.get_ref());
    if let Some(t) = section(&keys::OUTPUT) {
        config.out = t.text("dir").map_or(config.out, PathBuf::from);
        if let Some(mut formats) = t.list("formats", |f| super::table::one_of(f, Format::ALL, Format::word)) {
            formats.extend([Format::Json, Format::Pdf]);
            formats.sort();
            formats.dedup();
            scope.formats = formats;
        }
    }
    if let Some(t) = section(&keys::CHECKS) {
        let known = |id: &str| match CheckId::from(id) {
            check if check.is_of_evidence() => {
                Err(format!("{id} says what the evidence itself is worth: it cannot be switched off; take it out of `off`"))
            }
            check if checks.contains(&id) => Ok(check),
            _ => Err(unknown("check", id, "", checks)),
        };
        scope.checks_off = t.list("off", known).unwrap_or_default();
        scope.checks_off.sort();
    }
    exceptions::read(source, root.get_ref(), &mut config);
    if let Some(value) = root.get_ref().get(keys::POOL.name) {
        pools(source, value, &mut config);
    }
    config
}

/// `[signing.tsa]`, or `tsa = { … }` below `[signing]`; an empty one is none.
fn tsa(source: &Source<'_>, root: &DeTable<'_>) -> Option<Tsa> {
    let value = root.get(keys::SIGNING.name)?.get_ref().as_table()?.get("tsa")?;
    let Some(map) = value.get_ref().as_table() else {
        source.problem(value.span(), "`tsa` must be a section: write [signing.tsa] on a line of its own, and url = \"http://…\" below it");
        return None;
    };
    let t = Table::new(source, &keys::TSA, value.span(), map, &[]);
    let whole = |key, wanted, from: f64, to: f64| t.number(key, wanted, |n| n.fract() == 0.0 && n >= from && n <= to).map(|n| n as u32);
    let seconds = whole("timeout_seconds", "a whole number from 1 to 300", 1.0, 300.0);
    let retries = whole("retries", "a whole number from 0 to 10", 0.0, 10.0);
    let policy = t.parsed("policy", policy);
    if !map.is_empty() && !t.has("url") {
        t.problem("url", "[signing.tsa] has no `url`; write url = \"http://…\", the address of your time-stamp authority");
    }
    let tls_roots = t.text("tls_roots").map(PathBuf::from);
    let crls = t.list("crls", |text| Ok(PathBuf::from(text))).unwrap_or_default();
    let usual = Tsa::at(t.parsed("url", tsa_url)?);
    if tls_roots.is_some() && !usual.url.starts_with("https://") {
        t.problem("tls_roots", "`tls_roots` is for an address that begins with https://");
    }
    let (timeout_seconds, retries) = (seconds.unwrap_or(usual.timeout_seconds), retries.unwrap_or(usual.retries));
    Some(Tsa { url: usual.url, tls_roots, crls, policy, timeout_seconds, retries })
}

/// The address of a time-stamp authority.
///
/// # Errors
/// It is none that this program asks.
pub fn tsa_url(text: &str) -> Result<String, String> {
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else {
        return Err(format!("{text:?} does not begin with http:// or https://"));
    };
    let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
    let plain = text.chars().all(|c| c.is_ascii_graphic());
    if host.is_empty() || !plain || rest.contains(['@', '#']) {
        Err(format!("{text:?} is no address such as http://timestamp.example.com/tsr"))
    } else {
        Ok(text.to_owned())
    }
}

fn policy(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('.').collect();
    let good = parts.len() >= 3
        && parts
            .iter()
            .all(|p| !p.is_empty() && p.len() <= 9 && p.bytes().all(|b| b.is_ascii_digit()) && (*p == "0" || !p.starts_with('0')));
    let first = matches!(parts.first(), Some(&("0" | "1" | "2")));
    if good && first { Ok(text.to_owned()) } else { Err(format!("{text:?} is no policy: dotted numbers such as 1.2.3.4.1")) }
}

fn pools(source: &Source<'_>, value: &Spanned<DeValue<'_>>, config: &mut Config) {
    let items = value.get_ref().as_array().map(|a| a.iter().map(|i| (i.span(), i.get_ref().as_table())).collect::<Vec<_>>());
    for (span, map) in items.unwrap_or_else(|| vec![(value.span(), None)]) {
        let Some(map) = map else {
            source.problem(span, "`pool` must be a repeated section: write [[pool]] (two brackets) on a line of its own for each pool");
            continue;
        };
        let t = Table::new(source, &keys::POOL, span, map, &[]);
        let Some(declared) = pool(&t) else { continue };
        if config.scope.pool(&declared.id).is_some() {
            t.problem("id", format!("the pool {} is declared twice", declared.id));
            continue;
        }
        if let Some(external_id) = t.text("external_id") {
            if declared.role_arn.is_none() {
                t.problem("external_id", "`external_id` goes with `role_arn`, which is missing here");
            }
            config.external_ids.insert(declared.id.clone(), Secret::new(external_id));
        }
        if let Some(named) = t.list("named_admins", |name| Ok::<_, String>(Secret::new(name))) {
            config.named_admins.insert(declared.id.clone(), named);
        }
        config.scope.pools.push(declared);
    }
}

fn pool(t: &Table<'_>) -> Option<PoolScope> {
    if !t.has("id") {
        t.problem("id", "this [[pool]] has no `id`; write id = \"eu-west-1_AbCdEf123\" (the console shows it as \"User pool ID\")");
        return None;
    }
    let id = t.parsed("id", pool_id)?;
    let own = id.region()?;
    let region = t.parsed("region", region).unwrap_or_else(|| own.clone());
    if region != own {
        t.problem("region", format!("the pool {id} is in {own}, as its id says, not in {region}; leave `region` out"));
    }
    let mut pool = PoolScope::undeclared(id, region);
    pool.profile = t.text("profile");
    pool.role_arn = t.parsed("role_arn", role_arn);
    if pool.profile.is_some() && pool.role_arn.is_some() {
        t.problem("role_arn", "`profile` and `role_arn` exclude each other; let the profile assume the role, or leave `profile` out");
    }
    pool.audience = t.word("audience", Audience::ALL, Audience::word);
    pool.pci_scope = t.word("pci_scope", PciScope::ALL, PciScope::word);
    pool.privileged_groups = t.list("privileged_groups", |g| Ok::<_, String>(g.to_owned()));
    pool.no_privileged_users = t.flag("no_privileged_users").unwrap_or(false);
    if pool.no_privileged_users && (pool.privileged_groups.as_ref().is_some_and(|g| !g.is_empty()) || t.has("named_admins")) {
        t.problem("no_privileged_users", "`no_privileged_users = true` contradicts the privileged groups or named admins of this pool");
    }
    pool.mfa_method = t.word("mfa_method", MfaMethod::ALL, MfaMethod::word);
    pool.device_policy = t.word("device_policy", DevicePolicy::ALL, DevicePolicy::word).unwrap_or(pool.device_policy);
    pool.throw_away = t.flag("throw_away").unwrap_or(false);
    Some(pool)
}

fn read_period(t: &Table<'_>) -> Option<Period> {
    let label = t.text("label");
    match (t.day("from"), t.day("to")) {
        (Some(from), Some(to)) if from > to => {
            t.problem("to", format!("the period ends ({to}) before it begins ({from})"));
            None
        }
        (Some(from), Some(to)) => {
            let label = label.unwrap_or_else(|| format!("{from} to {to}"));
            if let Ok(named) = period::parse(&label)
                && (named.from, named.to) != (from, to)
            {
                t.problem("label", format!("{label} is {} to {}, but `from` and `to` say {from} to {to}", named.from, named.to));
            }
            Some(Period { label, from, to })
        }
        _ if t.has("from") != t.has("to") => {
            t.problem(if t.has("from") { "from" } else { "to" }, "`from` and `to` go together; the other one is missing");
            None
        }
        _ if t.has("from") => None,
        _ => t.parsed("label", period::parse),
    }
}

fn thresholds(t: &Table<'_>) -> Thresholds {
    let d = Thresholds::default();
    Thresholds {
        password_min_length: t.whole("password_min_length").unwrap_or(d.password_min_length),
        password_history: t.whole("password_history").unwrap_or(d.password_history),
        temporary_password_days: t.whole("temporary_password_days").unwrap_or(d.temporary_password_days),
        inactive_days: t.whole("inactive_days").unwrap_or(d.inactive_days),
        lockout_attempts: t.whole("lockout_attempts").unwrap_or(d.lockout_attempts),
        lockout_minutes: t.whole("lockout_minutes").unwrap_or(d.lockout_minutes),
        idle_minutes: t.whole("idle_minutes").unwrap_or(d.idle_minutes),
        auth_session_minutes: t.whole("auth_session_minutes").unwrap_or(d.auth_session_minutes),
        token_minutes: t.whole("token_minutes").unwrap_or(d.token_minutes),
        refresh_token_hours: t.whole("refresh_token_hours").unwrap_or(d.refresh_token_hours),
    }
}

fn users(t: &Table<'_>) -> Users {
    let d = Users::default();
    let share = |key| t.number(key, "a number above 0 and at most 1", |n| n > 0.0 && n <= 1.0);
    Users {
        detail: t.word("detail", Detail::ALL, Detail::word).unwrap_or(d.detail),
        sample_rate: share("sample_rate").unwrap_or(d.sample_rate),
        mau_price_usd: t
            .number("mau_price_usd", "a price in USD, from 0 to 100", |n| (0.0..=100.0).contains(&n))
            .unwrap_or(d.mau_price_usd),
        quota_share: share("quota_share").unwrap_or(d.quota_share),
    }
}

fn privacy(t: &Table<'_>) -> Privacy {
    let d = Privacy::default();
    let mode = t.word("mode", PrivacyMode::ALL, PrivacyMode::word).unwrap_or(d.mode);
    let usual = if mode == PrivacyMode::Clear { "Confidential, personal data (in clear)".to_owned() } else { d.classification };
    Privacy {
        mode,
        key_id: None,
        classification: t.text("classification").unwrap_or(usual),
        retention: t.text("retention"),
        delete_after: t.day("delete_after"),
    }
}

/// A pool id (API reference, UserPoolIdType: at most 55 characters, `[\w-]+_[0-9a-zA-Z]+`).
///
/// # Errors
/// The text is none.
pub fn pool_id(text: &str) -> Result<PoolId, String> {
    let id = PoolId::new(text);
    let own = text.rsplit_once('_').map(|(_, own)| own).unwrap_or_default();
    let well_formed = text.len() <= 55 && !own.is_empty() && own.bytes().all(|b| b.is_ascii_alphanumeric());
    match id.region() {
        Some(r) if well_formed && region(r.as_str()).is_ok() && text.len() == r.as_str().len() + 1 + own.len() => Ok(id),
        _ => Err(format!("{text:?} is no user pool id such as eu-west-1_AbCdEf123")),
    }
}

/// A region code.
///
/// # Errors
/// The text is none.
pub(super) fn region(text: &str) -> Result<Region, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
    let good = match parts.as_slice() {
        [middle @ .., last] => middle.len() >= 2 && middle.iter().all(word) && last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit()),
        [] => false,
    };
    if good && text.len() <= 30 { Ok(Region::new(text)) } else { Err(format!("{text:?} is no region code such as eu-west-1")) }
}

fn role_arn(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let good = matches!(parts.as_slice(), ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws") && account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) && role.starts_with("role/"));
    if good { Ok(text.to_owned()) } else { Err(format!("{text:?} is no role such as arn:aws:iam::123456789012:role/mfa-evidence")) }
}

fn signing_key(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("kms:") {
        Some("") => Err("`kms:` needs the key: kms:arn:aws:kms:REGION:ACCOUNT:key/ID or kms:alias/NAME".to_owned()),
        _ => Ok(PathBuf::from(text)),
    }
}
