//! The users that a change depends on: found by e-mail address or user name, and whether they hold a factor that carries
//! them through a pool with MFA required. What was not read is never a factor. It reads no more users than it is asked about.

use super::settings::State;
use super::{Cloud, Trouble};
use serde_json::Value;

/// A user as ListUsers shows him. Holds identities: no `Debug`.
#[derive(Clone)]
pub struct Person {
    /// `Username`.
    pub username: String,
    /// The `sub` attribute.
    pub sub: Option<String>,
    /// `UserStatus`; empty where the answer lacks it.
    pub status: String,
    /// `Enabled`.
    pub enabled: Option<bool>,
}

/// Where somebody stands towards MFA that is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// TOTP is active, and the pool has it enabled.
    Totp,
    /// A passkey, in a pool where a passkey with user verification counts as both factors.
    Passkey,
    /// Neither.
    Nothing,
    /// Cannot sign in to this pool as things stand; the reason.
    Outside(&'static str),
    /// It could not be read; AWS's code or ours.
    Unread(String),
}

/// Why a text finds nobody.
#[derive(Debug, PartialEq, Eq)]
pub enum NotFound {
    /// It can be no e-mail address or user name of a filter.
    Odd,
    /// AWS did not answer.
    Unread(Trouble),
}

/// The users with this e-mail address or user name; more than one can have an address.
///
/// # Errors
/// The text cannot stand in a filter, or AWS does not answer.
pub fn find(cloud: &mut dyn Cloud, who: &str) -> Result<Vec<Person>, NotFound> {
    // ListUsers takes a quoted value (API reference, Filter); what could end the quotation is not sent.
    if who.is_empty() || who.chars().count() > 128 || who.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        return Err(NotFound::Odd);
    }
    let attributes: &[&str] = if who.contains('@') { &["email", "username"] } else { &["username"] };
    for attribute in attributes {
        let users = cloud.users(&format!("{attribute} = \"{who}\"")).map_err(NotFound::Unread)?;
        if !users.is_empty() {
            return users.iter().map(person).collect::<Option<_>>().ok_or(NotFound::Unread(Trouble {
                code: "MalformedAnswer".to_owned(),
                sure: false,
                request_id: None,
            }));
        }
    }
    Ok(Vec::new())
}

fn person(user: &Value) -> Option<Person> {
    let text = |name: &str| user.get(name).and_then(Value::as_str);
    let attributes = user.get("Attributes").and_then(Value::as_array).into_iter().flatten();
    let mut subs = attributes.filter(|a| a.get("Name").and_then(Value::as_str) == Some("sub"));
    let sub = subs.next().and_then(|a| a.get("Value")?.as_str()).map(str::to_owned);
    let username = text("Username").filter(|n| !n.is_empty())?.to_owned();
    Some(Person {
        username,
        sub,
        status: text("UserStatus").unwrap_or_default().to_owned(),
        enabled: user.get("Enabled").and_then(Value::as_bool),
    })
}

/// Reads a user's factors and says where he stands. TOTP counts where `UserMFASettingList` has it and the pool has it
/// enabled; set up and not active does not.
pub fn standing(cloud: &mut dyn Cloud, person: &Person, state: &State) -> Standing {
    match (person.status.as_str(), person.enabled) {
        (_, Some(false)) => return Standing::Outside("is disabled"),
        ("EXTERNAL_PROVIDER", _) => return Standing::Outside("signs in at an identity provider, where this pool's MFA does not reach"),
        ("UNCONFIRMED", _) => return Standing::Outside("has not confirmed the account"),
        _ => {}
    }
    let answer = match cloud.factors(&person.username) {
        Ok(answer) => answer,
        Err(trouble) => return Standing::Unread(trouble.code),
    };
    of_factors(&answer, state)
}

/// Where an answer of AdminGetUserAuthFactors or AdminGetUser puts its user.
pub fn of_factors(answer: &Value, state: &State) -> Standing {
    let lists = |member: &str, word: &str| {
        answer.get(member).and_then(Value::as_array).is_some_and(|list| list.iter().any(|v| v.as_str() == Some(word)))
    };
    if state.totp() && lists("UserMFASettingList", "SOFTWARE_TOKEN_MFA") {
        Standing::Totp
    } else if state.passkeys_count() && lists("ConfiguredUserAuthFactors", "WEB_AUTHN") {
        Standing::Passkey
    } else {
        Standing::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::settings;
    use crate::change::testkit::Fake;
    use serde_json::json;

    fn stands(change: impl FnOnce(&mut Fake)) -> Standing {
        let mut fake = Fake::new("OPTIONAL");
        fake.user("ann", "CONFIRMED", &["SOFTWARE_TOKEN_MFA"]);
        change(&mut fake);
        let state = settings::read(&mut fake).unwrap();
        let person = find(&mut fake, "ann@example.com").unwrap().remove(0);
        standing(&mut fake, &person, &state)
    }

    #[test]
    fn who_holds_a_factor_and_who_does_not() {
        assert_eq!(stands(|_| {}), Standing::Totp);
        assert_eq!(stands(|f| f.user("ann", "CONFIRMED", &[])), Standing::Nothing);
        assert_eq!(stands(|f| f.user("ann", "CONFIRMED", &["SMS_MFA", "EMAIL_OTP", "WEB_AUTHN_MFA"])), Standing::Nothing);
        assert_eq!(stands(|f| f.user("ann", "FORCE_CHANGE_PASSWORD", &[])), Standing::Nothing);
        assert!(matches!(stands(|f| f.user("ann", "EXTERNAL_PROVIDER", &["SOFTWARE_TOKEN_MFA"])), Standing::Outside(_)));
        assert!(matches!(stands(|f| f.user("ann", "UNCONFIRMED", &["SOFTWARE_TOKEN_MFA"])), Standing::Outside(_)));
        assert!(matches!(stands(|f| f.world.borrow_mut().users[0]["Enabled"] = json!(false)), Standing::Outside(_)));
        let off = |f: &mut Fake| f.world.borrow_mut().config["SoftwareTokenMfaConfiguration"]["Enabled"] = json!(false);
        assert_eq!(stands(off), Standing::Nothing, "TOTP that the pool has not enabled");
        assert_eq!(stands(|f| f.world.borrow_mut().factors_denied = true), Standing::Unread("AccessDeniedException".to_owned()));
    }

    #[test]
    fn a_passkey_counts_only_where_the_pool_makes_it_both_factors_and_lets_it_begin_a_sign_in() {
        let passkey = |factor: &str, first: Value| {
            stands(|f| {
                f.user("ann", "CONFIRMED", &[]);
                let mut world = f.world.borrow_mut();
                world.factors.insert("ann".to_owned(), json!({"ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]}));
                world.config["WebAuthnConfiguration"]["FactorConfiguration"] = json!(factor);
                world.pool["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"] = first;
            })
        };
        let both = "MULTI_FACTOR_WITH_USER_VERIFICATION";
        assert_eq!(passkey(both, json!(["PASSWORD", "WEB_AUTHN"])), Standing::Passkey);
        assert_eq!(passkey("SINGLE_FACTOR", json!(["PASSWORD", "WEB_AUTHN"])), Standing::Nothing);
        // The admin has one and cannot use it: ON would ask for a set-up that nothing has prepared.
        assert_eq!(passkey(both, json!(["PASSWORD"])), Standing::Nothing);
        assert_eq!(passkey(both, Value::Null), Standing::Nothing);
    }

    #[test]
    fn nothing_that_ends_a_quotation_reaches_a_filter() {
        let mut fake = Fake::new("ON");
        for odd in ["", "a\" or sub ^= \"", "a\\", "a\nb"] {
            assert!(matches!(find(&mut fake, odd), Err(NotFound::Odd)), "{odd:?}");
        }
        assert!(find(&mut fake, "nobody").unwrap().is_empty());
    }
}
