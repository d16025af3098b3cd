//! A pool's MFA settings as two calls tell them, and the request that changes the mode alone. SetUserPoolMfaConfig replaces
//! the whole configuration, so what was read goes back as it is, byte for byte of every value; what this tool does not know
//! cannot be sent and is refused. Nothing here prints: [`shown`] is the only form that may leave the program.

use super::{Cloud, Trouble};
use crate::digest::{hex, hmac_sha256};
use crate::model::id::PoolId;
use crate::snapshot::cognito::MfaMode;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What stands for a value that is sent and not shown.
pub const HIDDEN: &str = "(kept, not shown)";
/// The member that a change is about.
const MODE: &str = "MfaConfiguration";
/// Members of DescribeUserPool that change by themselves or are the change.
const VOLATILE: &[&str] = &[MODE, "LastModifiedDate", "EstimatedNumberOfUsers", "SmsConfigurationFailure", "EmailConfigurationFailure"];

/// A member that GetUserPoolMfaConfig gives and SetUserPoolMfaConfig takes (API reference of both, 2026).
enum Member {
    /// May be shown.
    Open,
    /// An external id, an account, a text: sent, never shown.
    Kept,
    /// More members.
    Of(&'static [(&'static str, Member)]),
}

const KNOWN: &[(&str, Member)] = &[
    (MODE, Member::Open),
    ("SoftwareTokenMfaConfiguration", Member::Of(&[("Enabled", Member::Open)])),
    (
        "SmsMfaConfiguration",
        Member::Of(&[
            ("SmsAuthenticationMessage", Member::Kept),
            (
                "SmsConfiguration",
                Member::Of(&[
                    ("SnsCallerArn", Member::Kept),
                    ("ExternalId", Member::Kept),
                    ("SnsRegion", Member::Open),
                    (
                        "EumsSms",
                        Member::Of(&[
                            ("CallerArn", Member::Kept),
                            ("ExternalId", Member::Kept),
                            ("OriginationIdentity", Member::Kept),
                            ("ConfigurationSetName", Member::Kept),
                            ("InEntityId", Member::Kept),
                            ("InTemplateId", Member::Kept),
                            ("Region", Member::Open),
                        ]),
                    ),
                ]),
            ),
        ]),
    ),
    ("EmailMfaConfiguration", Member::Of(&[("Message", Member::Kept), ("Subject", Member::Kept)])),
    (
        "WebAuthnConfiguration",
        Member::Of(&[("RelyingPartyId", Member::Open), ("UserVerification", Member::Open), ("FactorConfiguration", Member::Open)]),
    ),
];

/// The settings of a pool at one time. Holds secrets: no `Debug`.
#[derive(Clone, PartialEq)]
pub struct State {
    config: Map<String, Value>,
    pool: Map<String, Value>,
}

/// Reads both calls.
///
/// # Errors
/// One of them has no answer, or not the one that it should have.
pub fn read(cloud: &mut dyn Cloud) -> Result<State, Trouble> {
    let odd = |what: &str| Trouble { code: what.to_owned(), sure: false, request_id: None };
    let Value::Object(config) = cloud.mfa_config()?.value else { return Err(odd("MalformedAnswer")) };
    let mut described = cloud.describe()?.value;
    let Some(Value::Object(pool)) = described.get_mut("UserPool").map(Value::take) else { return Err(odd("MalformedAnswer")) };
    Ok(State { config: without_nulls(config), pool: without_nulls(pool) })
}

/// An absent member and a null say the same.
fn without_nulls(members: Map<String, Value>) -> Map<String, Value> {
    members
        .into_iter()
        .filter(|(_, v)| !v.is_null())
        .map(|(name, value)| match value {
            Value::Object(inner) => (name, Value::Object(without_nulls(inner))),
            other => (name, other),
        })
        .collect()
}

/// The mode of AWS's word.
pub fn mode_of(word: &str) -> Option<MfaMode> {
    [MfaMode::On, MfaMode::Optional, MfaMode::Off].into_iter().find(|m| m.word() == word)
}

impl State {
    /// The mode that both calls tell; `None` where they differ or say what this tool does not know.
    pub fn mode(&self) -> Option<MfaMode> {
        let word = |of: &Map<String, Value>| of.get(MODE).and_then(Value::as_str).and_then(mode_of);
        let (one, other) = (word(&self.config)?, word(&self.pool)?);
        (one == other).then_some(one)
    }

    /// The words of both calls, for messages.
    pub fn modes(&self) -> (String, String) {
        let word = |of: &Map<String, Value>| of.get(MODE).and_then(Value::as_str).unwrap_or("(absent)").to_owned();
        (word(&self.config), word(&self.pool))
    }

    /// Whether the two calls are about this pool.
    pub fn is_of(&self, pool: &PoolId) -> bool {
        self.pool.get("Id").and_then(Value::as_str) == Some(pool.as_str())
    }

    /// Members that this tool does not know how to send back, by their path. They would be lost.
    pub fn unknown(&self) -> Vec<String> {
        let mut found = Vec::new();
        unknown(&self.config, KNOWN, "", &mut found);
        found
    }

    /// The request that sets this mode and keeps everything else as it was read.
    pub fn request(&self, pool: &PoolId, mode: MfaMode) -> Value {
        let mut request = self.config.clone();
        request.insert("UserPoolId".to_owned(), json!(pool.as_str()));
        request.insert(MODE.to_owned(), json!(mode.word()));
        Value::Object(request)
    }

    /// The configuration as it may be shown and written down.
    pub fn shown(&self) -> Value {
        shown(&Value::Object(self.config.clone()))
    }

    /// A digest under the privacy key of everything but the mode, for comparing across a crash: it tells nothing of the
    /// values to who has not the key.
    pub fn keyed(&self, key: &[u8; 32], change: &str) -> String {
        let mut rest = self.config.clone();
        rest.remove(MODE);
        hex(&hmac_sha256(key, format!("mfa settings\0{change}\0{}", Value::Object(rest)).as_bytes()))
    }

    /// Names of the MFA settings, the mode aside, that are not the same in `other`.
    pub fn settings_unlike(&self, other: &Self) -> Vec<String> {
        unlike(&self.config, &other.config, &[MODE])
    }

    /// Names of what DescribeUserPool tells, the mode and what changes by itself aside, that is not the same in `other`.
    pub fn pool_unlike(&self, other: &Self) -> Vec<String> {
        unlike(&self.pool, &other.pool, VOLATILE)
    }

    /// `EstimatedNumberOfUsers`.
    pub fn users(&self) -> Option<u64> {
        self.pool.get("EstimatedNumberOfUsers").and_then(Value::as_u64)
    }

    /// Whether TOTP is enabled.
    pub fn totp(&self) -> bool {
        self.at("/SoftwareTokenMfaConfiguration/Enabled") == Some(&Value::Bool(true))
    }

    /// Whether a passkey carries a user through: it counts as both factors (`FactorConfiguration`), and may begin a sign-in at all
    /// (`AllowedFirstAuthFactors`; API reference, WebAuthnConfigurationType).
    pub fn passkeys_count(&self) -> bool {
        let both =
            self.at("/WebAuthnConfiguration/FactorConfiguration").and_then(Value::as_str) == Some("MULTI_FACTOR_WITH_USER_VERIFICATION");
        let first = self.pool.get("Policies").and_then(|p| p.pointer("/SignInPolicy/AllowedFirstAuthFactors")).and_then(Value::as_array);
        both && first.is_some_and(|all| all.iter().any(|f| f == "WEB_AUTHN"))
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        let mut parts = pointer.split('/').skip(1);
        let first = self.config.get(parts.next()?)?;
        parts.try_fold(first, |value, name| value.get(name))
    }
}

fn unlike(one: &Map<String, Value>, other: &Map<String, Value>, but: &[&str]) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differs = |name: &&&String| !but.contains(&name.as_str()) && one.get(name.as_str()) != other.get(name.as_str());
    names.iter().filter(differs).map(|n| (*n).clone()).collect()
}

fn unknown(members: &Map<String, Value>, known: &[(&str, Member)], below: &str, found: &mut Vec<String>) {
    for (name, value) in members {
        let path = format!("{below}/{name}");
        match known.iter().find(|(n, _)| n == name).map(|(_, m)| m) {
            None => found.push(path),
            Some(Member::Of(more)) => match value {
                Value::Object(inner) => unknown(inner, more, &path, found),
                _ => found.push(path),
            },
            Some(Member::Open | Member::Kept) => {
                if value.is_object() || value.is_array() {
                    found.push(path);
                }
            }
        }
    }
}

/// A configuration, or a request that holds one, as it may be shown: what is not listed as open is hidden.
pub fn shown(value: &Value) -> Value {
    let Value::Object(members) = value else { return json!(HIDDEN) };
    let show = |(name, value): (&String, &Value)| {
        let shown = if name == "UserPoolId" { value.clone() } else { show(value, KNOWN.iter().find(|(n, _)| n == name).map(|(_, m)| m)) };
        (name.clone(), shown)
    };
    Value::Object(members.iter().map(show).collect())
}

fn show(value: &Value, member: Option<&Member>) -> Value {
    match (member, value) {
        (Some(Member::Open), Value::String(_) | Value::Bool(_)) => value.clone(),
        (Some(Member::Of(more)), Value::Object(inner)) => Value::Object(
            inner.iter().map(|(name, v)| (name.clone(), show(v, more.iter().find(|(n, _)| n == name).map(|(_, m)| m)))).collect(),
        ),
        _ => json!(HIDDEN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::testkit::{POOL, full, pool};

    fn state(config: Value, described: Value) -> State {
        let map = |v: Value| v.as_object().cloned().unwrap();
        State { config: without_nulls(map(config)), pool: without_nulls(map(described)) }
    }

    #[test]
    fn the_request_is_what_was_read_with_another_mode() {
        let state = state(full("OPTIONAL"), pool("OPTIONAL"));
        let mut expected = full("ON");
        expected["UserPoolId"] = json!(POOL);
        assert_eq!(state.request(&PoolId::from(POOL), MfaMode::On), expected);
        assert_eq!(state.unknown(), [""; 0]);
    }

    #[test]
    fn what_cannot_be_sent_back_is_named() {
        let mut config = full("OPTIONAL");
        config["NewMfaConfiguration"] = json!({"A": 1});
        config["SmsMfaConfiguration"]["SmsConfiguration"]["Priority"] = json!(3);
        config["EmailMfaConfiguration"] = json!("odd");
        config["WebAuthnConfiguration"]["RelyingPartyId"] = json!(["a"]);
        config["Gone"] = Value::Null;
        let unknown = state(config, pool("OPTIONAL")).unknown();
        let expected = [
            "/EmailMfaConfiguration",
            "/NewMfaConfiguration",
            "/SmsMfaConfiguration/SmsConfiguration/Priority",
            "/WebAuthnConfiguration/RelyingPartyId",
        ];
        assert_eq!(unknown, expected);
    }

    #[test]
    fn no_text_and_no_external_id_is_shown() {
        let mut config = full("ON");
        config["Unknown"] = json!("secret-unknown");
        let state = state(config, pool("ON"));
        for text in [state.shown().to_string(), shown(&state.request(&PoolId::from(POOL), MfaMode::On)).to_string()] {
            assert!(!text.contains("secret") && !text.contains("123456789012") && text.contains("us-west-2"), "{text}");
        }
    }

    #[test]
    fn two_answers_that_differ_give_no_mode() {
        assert_eq!(state(full("ON"), pool("ON")).mode(), Some(MfaMode::On));
        assert_eq!(state(full("ON"), pool("OPTIONAL")).mode(), None);
        assert_eq!(state(full("SOMETIMES"), pool("SOMETIMES")).mode(), None);
        assert_eq!(state(full("ON"), json!({"Id": POOL})).mode(), None);
    }

    #[test]
    fn differences_are_named_and_what_changes_by_itself_is_none() {
        let (before, mut later) = (state(full("ON"), pool("ON")), state(full("OPTIONAL"), pool("OPTIONAL")));
        later.pool.insert("LastModifiedDate".to_owned(), json!(9));
        assert_eq!((before.settings_unlike(&later), before.pool_unlike(&later)), (vec![], vec![]));
        later.config.remove("SmsMfaConfiguration");
        later.pool.insert("UserPoolTier".to_owned(), json!("LITE"));
        assert_eq!(before.settings_unlike(&later), ["SmsMfaConfiguration"]);
        assert_eq!(before.pool_unlike(&later), ["UserPoolTier"]);
        assert_ne!(before.keyed(&[1; 32], "c"), later.keyed(&[1; 32], "c"));
    }
}
