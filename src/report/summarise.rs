//! The summary of a bundle, made of its evidence and, where there is one, of the snapshot behind it: what comparisons rest on.
//! It lists every setting that the snapshot holds of a pool and of its app clients, judged or not.

use super::evidence_v1::EvidenceV1;
use crate::diff::summary::{Decided, FORMAT, JournalHead, ModeRead, Period, Population, Privacy, SealedBy, Seen, Summary};
use crate::model::fetched::{Fetched, State};
use crate::model::finding::Subject;
use crate::model::scope::{PrivacyMode, Scope};
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::{Client, Pool, Validity};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// The roll-up over all pools, in [`Summary::controls`].
const ALL_POOLS: &str = "all pools";

/// Summarises. Without a snapshot (a bare `evidence.json`) there are no settings and no single users.
pub fn of(evidence: &EvidenceV1, snapshot: Option<&Snapshot>, sealed: Option<SealedBy>) -> Summary {
    let (run, scope) = (&evidence.run, &evidence.scope);
    let word = |text: &str| text.to_owned();
    let run_statement = sealed.as_ref().map(|s| s.statement.clone());
    let mut made_with = BTreeMap::from([
        (word("program"), format!("{} {}", run.tool.name, run.tool.version)),
        (word("program digest"), run.tool.digest.clone().unwrap_or_else(|| word("not known"))),
        (word("catalogue"), run.catalogue.version.clone()),
        (word("catalogue digest"), run.catalogue.digest.clone()),
    ]);
    for framework in &evidence.controls {
        made_with.insert(format!("framework {}", framework.framework), framework.version.clone());
    }
    for found in &evidence.findings {
        made_with.insert(format!("check {}", found.finding.check), format!("revision {}", found.finding.revision));
    }
    let controls = evidence.controls.iter().flat_map(|f| &f.controls).map(|control| {
        let all = (word(ALL_POOLS), control.overall.verdict);
        let pools = control.pools.iter().map(|(pool, roll_up)| (pool.to_string(), roll_up.verdict));
        (control.id.to_string(), std::iter::once(all).chain(pools).collect())
    });
    Summary {
        format: FORMAT.to_owned(),
        sealed,
        population_csv: None,
        bundle_id: evidence.bundle_id.clone(),
        period: Period { label: scope.period.label.clone(), from: scope.period.from, to: scope.period.to },
        at: run.at.clone(),
        source: run.source.clone(),
        endpoints: run.endpoint_kind.clone(),
        head_digest: run.head_digest.clone(),
        previous: run.previous.clone(),
        complete: evidence.completeness.complete,
        made_with,
        privacy: Privacy { mode: scope.privacy.mode.word().to_owned(), key_id: scope.privacy.key_id.clone() },
        findings: evidence.findings.iter().map(|f| decided(&f.finding)).collect(),
        controls: controls.collect(),
        settings: snapshot.map(settings),
        declared: declared(scope),
        population: evidence
            .population
            .iter()
            .map(|p| {
                let pool = snapshot.and_then(|s| s.pools.iter().find(|pool| pool.id == p.pool && pool.account == p.account));
                let pseudonyms = pool.filter(|_| scope.privacy.mode == PrivacyMode::Clear).map(pseudonyms);
                let (listed, complete) = (p.listing.listed, p.listing.complete);
                (p.pool.to_string(), Population { listed, complete, users: pool.map(users), pseudonyms })
            })
            .collect(),
        readings: readings(evidence, run_statement.as_deref()),
        exceptions: super::exceptions::keys(&evidence.exceptions),
        changes: snapshot.and_then(|s| s.changes.head()).map(|(lines, sha256)| JournalHead { lines, sha256: sha256.to_owned() }),
    }
}

/// The readings of the timeline; this bundle's own under its statement, and not at all where nobody sealed it.
fn readings(evidence: &EvidenceV1, statement: Option<&str>) -> BTreeMap<String, Vec<ModeRead>> {
    let of = |r: &super::evidence_v1::TimelineReading| {
        let statement = r.statement.as_deref().or(statement)?.to_owned();
        Some(ModeRead { time: r.time.clone(), mode: r.mode.clone(), statement })
    };
    evidence.timeline.iter().map(|line| (line.pool.to_string(), line.readings.iter().filter_map(of).collect())).collect()
}

fn decided(finding: &crate::model::finding::Finding) -> Decided {
    Decided { check: finding.check.to_string(), subject: finding.subject.label(), verdict: finding.verdict, severity: finding.severity }
}

/// Users by id. Whose `sub` was not listed has a name under the bundle's own key, which no other bundle knows: left aside.
fn users(pool: &Pool) -> BTreeMap<String, (String, bool)> {
    let all = pool.population.users.iter().filter(|u| u.sub.is_some());
    all.map(|u| (u.id.to_string(), (u.state.word().to_owned(), u.privileged))).collect()
}

fn pseudonyms(pool: &Pool) -> BTreeSet<String> {
    pool.population.users.iter().filter_map(|u| u.sub.clone()).collect()
}

/// The scope without what differs by nature (digests under the bundle's own key) or stands elsewhere in the summary.
fn declared(scope: &Scope) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let Ok(Value::Object(mut all)) = serde_json::to_value(scope) else { return out };
    if let Some(Value::Array(pools)) = all.remove("pools") {
        for pool in pools {
            let Value::Object(mut pool) = pool else { continue };
            let id = pool.remove("id").map(|id| scalar(&id)).unwrap_or_default();
            if let Some(Value::Array(named)) = pool.remove("named_admins") {
                out.insert(format!("pool {id}: named_admins"), format!("{} named", named.len()));
            }
            out.insert(format!("pool {id}"), "declared".to_owned());
            pool.iter().for_each(|(name, value)| flat(&format!("pool {id}: {name}"), value, &mut out));
        }
    }
    all.remove("exceptions");
    if let Some(inputs) = all.remove("inputs") {
        for name in ["roster", "reviews"].into_iter().filter(|name| inputs.get(name).is_some()) {
            out.insert(format!("inputs: {name}"), "supplied".to_owned());
        }
    }
    if let Some(Value::Array(exclusions)) = all.remove("exclusions") {
        let what = |e: &Value, name: &str| e.get(name).map(|v| format!("{name} {}", scalar(v)));
        let named = exclusions.iter().filter_map(|e| what(e, "pool").or_else(|| what(e, "check")));
        out.insert("exclusions".to_owned(), named.collect::<Vec<_>>().join(", "));
    }
    all.iter().for_each(|(name, value)| flat(name, value, &mut out));
    out
}

fn flat(name: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| flat(&format!("{name}.{key}"), value, out)),
        Value::Null => {}
        Value::Array(items) => {
            out.insert(name.to_owned(), items.iter().map(scalar).collect::<Vec<_>>().join(", "));
        }
        other => {
            out.insert(name.to_owned(), scalar(other));
        }
    }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn settings(snapshot: &Snapshot) -> BTreeMap<String, BTreeMap<String, Seen>> {
    let mut out = BTreeMap::new();
    for pool in &snapshot.pools {
        out.insert(Subject::Pool { pool: pool.id.clone() }.label(), of_pool(pool));
        for client in &pool.clients.items {
            let subject = Subject::Client { pool: pool.id.clone(), client: client.id.clone() };
            out.insert(subject.label(), of_client(client));
        }
    }
    for ((account, region), sms) in &snapshot.sms {
        let sandbox = BTreeMap::from([("IsInSandbox".to_owned(), seen(&sms.in_sandbox, ToString::to_string))]);
        out.insert(format!("SMS in {account} {region}"), sandbox);
    }
    out
}

fn seen<T>(fact: &Fetched<T>, show: impl Fn(&T) -> String) -> Seen {
    match &fact.state {
        State::Value(value) => Seen::Value(show(value)),
        State::Absent => Seen::Absent,
        State::Gap(kind) => Seen::NotRead(kind.words()),
    }
}

fn text(fact: &Fetched<String>) -> Seen {
    seen(fact, Clone::clone)
}
fn shown<T: ToString>(fact: &Fetched<T>) -> Seen {
    seen(fact, ToString::to_string)
}
fn set(fact: &Fetched<()>) -> Seen {
    seen(fact, |()| "set".to_owned())
}
fn listed<'a, T>(fact: &'a Fetched<T>) -> Seen
where
    &'a T: IntoIterator<Item = &'a String>,
{
    match &fact.state {
        State::Value(value) => Seen::Value(value.into_iter().cloned().collect::<Vec<_>>().join(", ")),
        State::Absent => Seen::Absent,
        State::Gap(kind) => Seen::NotRead(kind.words()),
    }
}

/// Names in a list that was read to its end; what of it was not is a gap.
fn names<T: Clone + Debug>(list: &crate::snapshot::listing::Listed<T>, name: impl Fn(&T) -> String) -> Seen {
    match list.all() {
        Ok(items) => {
            let mut names: Vec<String> = items.iter().map(name).collect();
            names.sort();
            Seen::Value(names.join(", "))
        }
        Err(gap) => Seen::NotRead(gap.kind.words()),
    }
}

fn of_pool(pool: &Pool) -> BTreeMap<String, Seen> {
    let password = &pool.password;
    let all = [
        ("Name", text(&pool.name)),
        ("MfaConfiguration", text(&pool.mfa_configuration)),
        ("MfaConfiguration (DescribeUserPool)", text(&pool.mfa_in_description)),
        ("SoftwareTokenMfaConfiguration", shown(&pool.software_token)),
        ("SmsMfaConfiguration", set(&pool.sms_mfa)),
        ("EmailMfaConfiguration", set(&pool.email_mfa)),
        ("WebAuthn FactorConfiguration", text(&pool.webauthn_factor)),
        ("WebAuthn UserVerification", text(&pool.webauthn_user_verification)),
        ("unknown members of the MFA configuration", listed(&pool.mfa_unknown)),
        ("UserPoolTier", text(&pool.tier)),
        ("DeletionProtection", text(&pool.deletion_protection)),
        ("Domain", text(&pool.domain)),
        ("CustomDomain", text(&pool.custom_domain)),
        ("password MinimumLength", shown(&password.minimum_length)),
        ("password RequireNumbers", shown(&password.require_numbers)),
        ("password RequireLowercase", shown(&password.require_lowercase)),
        ("password RequireUppercase", shown(&password.require_uppercase)),
        ("password PasswordHistorySize", shown(&password.history_size)),
        ("password TemporaryPasswordValidityDays", shown(&password.temporary_validity_days)),
        ("AllowedFirstAuthFactors", listed(&pool.first_factors)),
        ("ChallengeRequiredOnNewDevice", shown(&pool.device_challenge_on_new)),
        ("DeviceOnlyRememberedOnUserPrompt", shown(&pool.device_on_prompt)),
        ("Lambda triggers", listed(&pool.triggers)),
        ("SmsConfiguration", set(&pool.sms_configuration)),
        ("SmsConfiguration SnsRegion", text(&pool.sns_region)),
        ("EumsSms", set(&pool.eums_sms)),
        ("SmsConfigurationFailure", text(&pool.sms_failure)),
        ("EmailSendingAccount", text(&pool.email_sending_account)),
        ("AllowAdminCreateUserOnly", shown(&pool.admin_create_only)),
        ("account recovery", listed(&pool.recovery)),
        ("AutoVerifiedAttributes", listed(&pool.auto_verified)),
        ("AttributesRequireVerificationBeforeUpdate", listed(&pool.verify_before_update)),
        ("immutable attributes", listed(&pool.immutable)),
        ("AdvancedSecurityMode", text(&pool.security_mode)),
        ("CustomAuthMode", text(&pool.custom_auth_mode)),
        ("risk configuration", set(&pool.risk.answered)),
        ("groups", names(&pool.groups, |g| if g.role { format!("{} (with an IAM role)", g.name) } else { g.name.clone() })),
        ("identity providers", names(&pool.providers, |p| format!("{} ({})", p.name, p.kind))),
    ];
    all.into_iter().map(|(name, seen)| (name.to_owned(), seen)).collect()
}

fn of_client(client: &Client) -> BTreeMap<String, Seen> {
    let mut all: BTreeMap<String, Seen> = [
        ("secret", set(&client.secret)),
        ("ExplicitAuthFlows", listed(&client.auth_flows)),
        ("SupportedIdentityProviders", listed(&client.providers)),
        ("AllowedOAuthFlowsUserPoolClient", shown(&client.oauth_enabled)),
        ("AllowedOAuthFlows", listed(&client.oauth_flows)),
        ("CallbackURLs", listed(&client.callback_urls)),
        ("LogoutURLs", listed(&client.logout_urls)),
        ("PreventUserExistenceErrors", text(&client.prevent_user_existence_errors)),
        ("EnableTokenRevocation", shown(&client.token_revocation)),
        ("RefreshTokenRotation", text(&client.rotation)),
        ("AuthSessionValidity", shown(&client.auth_session_minutes)),
        ("WriteAttributes", listed(&client.write_attributes)),
        ("risk configuration", set(&client.risk.answered)),
    ]
    .into_iter()
    .map(|(name, seen)| (name.to_owned(), seen))
    .collect();
    let validities =
        [("RefreshToken", &client.refresh_validity), ("AccessToken", &client.access_validity), ("IdToken", &client.id_validity)];
    for (name, Validity { number, unit }) in validities {
        all.insert(format!("{name}Validity"), shown(number));
        all.insert(format!("{name}Validity unit"), text(unit));
    }
    all
}
