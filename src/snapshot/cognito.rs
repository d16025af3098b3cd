//! A user pool as read: every field with its pointer and its tri-state. Names follow AWS's own.

use super::answer::Answer;
use super::listing::Listed;
use super::population::Population;
use super::risk::{Export, Risk};
use super::store::Store;
use crate::model::fetched::{Fetched, Gap, State};
use crate::model::id::{AccountId, ClientId, PoolId, Region, UserId};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A user pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// The account that was asked, or `unknown`.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// DescribeUserPool as a whole.
    pub described: Fetched<()>,
    /// GetUserPoolMfaConfig as a whole.
    pub mfa_read: Fetched<()>,
    /// `Name`.
    pub name: Fetched<String>,
    /// `CreationDate`, RFC 3339.
    pub created: Fetched<String>,
    /// `LastModifiedDate`, RFC 3339.
    pub last_modified: Fetched<String>,
    /// `Domain`.
    pub domain: Fetched<String>,
    /// `CustomDomain`.
    pub custom_domain: Fetched<String>,
    /// MfaConfiguration as GetUserPoolMfaConfig gives it, latest reading.
    pub mfa_configuration: Fetched<String>,
    /// MfaConfiguration as DescribeUserPool gives it, latest reading.
    pub mfa_in_description: Fetched<String>,
    /// `SoftwareTokenMfaConfiguration.Enabled`.
    pub software_token: Fetched<bool>,
    /// `SmsMfaConfiguration.SmsConfiguration`: SMS is an MFA factor of the pool.
    pub sms_mfa: Fetched<()>,
    /// `EmailMfaConfiguration`: e-mail is an MFA factor of the pool.
    pub email_mfa: Fetched<()>,
    /// `WebAuthnConfiguration.FactorConfiguration`.
    pub webauthn_factor: Fetched<String>,
    /// `WebAuthnConfiguration.UserVerification`.
    pub webauthn_user_verification: Fetched<String>,
    /// Members of GetUserPoolMfaConfig that this tool does not know: perhaps another kind of factor.
    pub mfa_unknown: Fetched<Vec<String>>,
    /// `UserPoolTier`.
    pub tier: Fetched<String>,
    /// `DeletionProtection`.
    pub deletion_protection: Fetched<String>,
    /// `Policies.PasswordPolicy`.
    pub password: PasswordPolicy,
    /// `Policies.SignInPolicy.AllowedFirstAuthFactors`.
    pub first_factors: Fetched<Vec<String>>,
    /// `DeviceConfiguration`: there is one at all, so that devices may be remembered.
    pub devices: Fetched<()>,
    /// `DeviceConfiguration.ChallengeRequiredOnNewDevice`.
    pub device_challenge_on_new: Fetched<bool>,
    /// `DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt`.
    pub device_on_prompt: Fetched<bool>,
    /// `LambdaConfig`: names of the triggers that are set; absent where the pool has none.
    pub triggers: Fetched<BTreeSet<String>>,
    /// `SmsConfiguration` of the pool.
    pub sms_configuration: Fetched<()>,
    /// `SmsConfiguration.SnsRegion` of the pool.
    pub sns_region: Fetched<String>,
    /// `SmsConfiguration.SnsRegion` as GetUserPoolMfaConfig gives it.
    pub sns_region_in_mfa: Fetched<String>,
    /// `SmsConfiguration.EumsSms`: codes go by AWS End User Messaging SMS, not by SNS.
    pub eums_sms: Fetched<()>,
    /// `SmsConfigurationFailure`.
    pub sms_failure: Fetched<String>,
    /// `EmailConfiguration.EmailSendingAccount`.
    pub email_sending_account: Fetched<String>,
    /// `AdminCreateUserConfig.AllowAdminCreateUserOnly`.
    pub admin_create_only: Fetched<bool>,
    /// `DcrConfiguration`: app clients may perhaps be registered by the applications themselves.
    pub registration: Fetched<()>,
    /// `DcrConfiguration.EnableStatus`.
    pub registration_status: Fetched<String>,
    /// `DcrConfiguration.OpenDcrEnabled`: without a token.
    pub registration_open: Fetched<bool>,
    /// `AccountRecoverySetting.RecoveryMechanisms` names in order of priority.
    pub recovery: Fetched<Vec<String>>,
    /// `AutoVerifiedAttributes`.
    pub auto_verified: Fetched<Vec<String>>,
    /// `UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate`.
    pub verify_before_update: Fetched<Vec<String>>,
    /// Names of the attributes in `SchemaAttributes` that are not `Mutable`.
    pub immutable: Fetched<BTreeSet<String>>,
    /// `UserPoolAddOns.AdvancedSecurityMode`.
    pub security_mode: Fetched<String>,
    /// `UserPoolAddOns.AdvancedSecurityAdditionalFlows.CustomAuthMode`.
    pub custom_auth_mode: Fetched<String>,
    /// `EstimatedNumberOfUsers` before the users were listed.
    pub estimated_before: Fetched<u64>,
    /// `EstimatedNumberOfUsers` after.
    pub estimated_after: Fetched<u64>,
    /// App clients as listed, each as described.
    pub clients: Listed<Client>,
    /// Groups.
    pub groups: Listed<Group>,
    /// Members of the groups that were asked, by group.
    pub members: BTreeMap<String, Listed<UserId>>,
    /// Identity providers.
    pub providers: Listed<Provider>,
    /// DescribeRiskConfiguration of the pool.
    pub risk: Risk,
    /// GetLogDeliveryConfiguration.
    pub exports: Fetched<Vec<Export>>,
    /// The users.
    pub population: Population,
}

/// `Policies.PasswordPolicy`.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// There is one at all; without, AWS's default is in force.
    pub given: Fetched<()>,
    /// `MinimumLength`.
    pub minimum_length: Fetched<u64>,
    /// `RequireNumbers`.
    pub require_numbers: Fetched<bool>,
    /// `RequireLowercase`.
    pub require_lowercase: Fetched<bool>,
    /// `RequireUppercase`.
    pub require_uppercase: Fetched<bool>,
    /// `PasswordHistorySize`.
    pub history_size: Fetched<u64>,
    /// `TemporaryPasswordValidityDays`; 0 and absent mean 7 (API reference).
    pub temporary_validity_days: Fetched<u64>,
}

/// An app client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its name as listed.
    pub name: Option<String>,
    /// DescribeUserPoolClient as a whole.
    pub described: Fetched<()>,
    /// It has a secret (the secret itself is never kept).
    pub secret: Fetched<()>,
    /// `ExplicitAuthFlows`.
    pub auth_flows: Fetched<Vec<String>>,
    /// `SupportedIdentityProviders`.
    pub providers: Fetched<Vec<String>>,
    /// `AllowedOAuthFlowsUserPoolClient`.
    pub oauth_enabled: Fetched<bool>,
    /// `AllowedOAuthFlows`.
    pub oauth_flows: Fetched<Vec<String>>,
    /// `CallbackURLs`, scheme and host.
    pub callback_urls: Fetched<Vec<String>>,
    /// `LogoutURLs`, scheme and host.
    pub logout_urls: Fetched<Vec<String>>,
    /// `PreventUserExistenceErrors`.
    pub prevent_user_existence_errors: Fetched<String>,
    /// `EnableTokenRevocation`.
    pub token_revocation: Fetched<bool>,
    /// `RefreshTokenRotation.Feature`.
    pub rotation: Fetched<String>,
    /// `RefreshTokenValidity` with its unit (default days).
    pub refresh_validity: Validity,
    /// `AccessTokenValidity` with its unit (default hours).
    pub access_validity: Validity,
    /// `IdTokenValidity` with its unit (default hours).
    pub id_validity: Validity,
    /// `AuthSessionValidity`, minutes.
    pub auth_session_minutes: Fetched<u64>,
    /// `WriteAttributes`.
    pub write_attributes: Fetched<Vec<String>>,
    /// DescribeRiskConfiguration of the client.
    pub risk: Risk,
}

/// A validity as two members: a number and a unit.
#[derive(Clone, Debug)]
pub struct Validity {
    /// The number; 0 and absent mean the default of the token (API reference).
    pub number: Fetched<u64>,
    /// `seconds`, `minutes`, `hours` or `days`.
    pub unit: Fetched<String>,
}

impl Validity {
    /// Seconds, with the token's defaults where number or unit is absent.
    ///
    /// # Errors
    /// One of the two was not read, or the unit is unknown.
    pub fn seconds(&self, default_seconds: u64, default_unit: &str) -> Result<u64, Gap> {
        let number = self.number.known()?.copied().unwrap_or(0);
        if number == 0 {
            return Ok(default_seconds);
        }
        let unit = self.unit.known()?.map_or(default_unit, String::as_str);
        let factor = match unit {
            "seconds" => 1,
            "minutes" => 60,
            "hours" => 3_600,
            "days" => 86_400,
            other => {
                let kind = crate::model::fetched::GapKind::Malformed(format!("a unit of time instead of {other:?}"));
                return Err(Gap { what: "TokenValidityUnits".to_owned(), kind, at: self.unit.at.clone() });
            }
        };
        Ok(number.saturating_mul(factor))
    }
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// It carries an IAM role.
    pub role: bool,
    /// Where it was listed.
    pub at: crate::model::evidence::Evidence,
}

/// An identity provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// `SAML`, `OIDC`, `Google`, …
    pub kind: String,
}

impl Pool {
    /// From the answers of its segment, the population apart.
    pub(super) fn build(id: PoolId, account: AccountId, region: Region, store: &Store, population: Population) -> Self {
        let described = |answer: Answer| answer.about("/UserPool", "Id", id.as_str());
        let pool = described(store.latest("DescribeUserPool", ""));
        let mfa = store.latest("GetUserPoolMfaConfig", "");
        let field = |name: &str| format!("/UserPool/{name}");
        let policy = |name: &str| field(&format!("Policies/PasswordPolicy/{name}"));
        let mut clients = store.list("ListUserPoolClients", "", |item, _, _| {
            Some(Client::build(item.get("ClientId")?.as_str()?, item.get("ClientName").and_then(Value::as_str), store))
        });
        // A client that was described without being in a listing (an import) is known all the same.
        for id in store.subjects("DescribeUserPoolClient") {
            if !clients.items.iter().any(|c| c.id.as_str() == id) {
                clients.items.push(Client::build(&id, None, store));
            }
        }
        clients.items.sort_by(|a, b| a.id.cmp(&b.id));
        clients.items.dedup_by(|a, b| a.id == b.id);
        let members = store.subjects("ListUsersInGroup").into_iter().map(|group| {
            let listed = store.list("ListUsersInGroup", &group, |item, _, _| item.get("Username")?.as_str().map(UserId::from));
            (group, listed)
        });
        Self {
            described: pool.present(""),
            mfa_read: mfa.present(""),
            name: pool.get(&field("Name")),
            created: pool.get(&field("CreationDate")),
            last_modified: pool.get(&field("LastModifiedDate")),
            domain: pool.get(&field("Domain")),
            custom_domain: pool.get(&field("CustomDomain")),
            mfa_configuration: mfa.get("/MfaConfiguration"),
            mfa_in_description: pool.get(&field("MfaConfiguration")),
            software_token: mfa.get("/SoftwareTokenMfaConfiguration/Enabled"),
            sms_mfa: mfa.present("/SmsMfaConfiguration/SmsConfiguration"),
            email_mfa: mfa.present("/EmailMfaConfiguration"),
            webauthn_factor: mfa.get("/WebAuthnConfiguration/FactorConfiguration"),
            webauthn_user_verification: mfa.get("/WebAuthnConfiguration/UserVerification"),
            mfa_unknown: mfa
                .get::<Map<String, Value>>("")
                .map(|all| all.into_iter().map(|(name, _)| name).filter(|name| !MFA_MEMBERS.contains(&name.as_str())).collect()),
            tier: pool.get(&field("UserPoolTier")),
            deletion_protection: pool.get(&field("DeletionProtection")),
            password: PasswordPolicy {
                given: pool.present(&field("Policies/PasswordPolicy")),
                minimum_length: pool.get(&policy("MinimumLength")),
                require_numbers: pool.get(&policy("RequireNumbers")),
                require_lowercase: pool.get(&policy("RequireLowercase")),
                require_uppercase: pool.get(&policy("RequireUppercase")),
                history_size: pool.get(&policy("PasswordHistorySize")),
                temporary_validity_days: pool.get(&policy("TemporaryPasswordValidityDays")),
            },
            first_factors: pool.get(&field("Policies/SignInPolicy/AllowedFirstAuthFactors")),
            devices: pool.present(&field("DeviceConfiguration")),
            device_challenge_on_new: pool.get(&field("DeviceConfiguration/ChallengeRequiredOnNewDevice")),
            device_on_prompt: pool.get(&field("DeviceConfiguration/DeviceOnlyRememberedOnUserPrompt")),
            triggers: pool
                .get::<Map<String, Value>>(&field("LambdaConfig"))
                .map(|set| set.into_iter().filter(|(_, trigger)| !trigger.is_null()).map(|(name, _)| name).collect()),
            sms_configuration: pool.present(&field("SmsConfiguration")),
            sns_region: pool.get(&field("SmsConfiguration/SnsRegion")),
            sns_region_in_mfa: mfa.get("/SmsMfaConfiguration/SmsConfiguration/SnsRegion"),
            eums_sms: either(
                pool.present(&field("SmsConfiguration/EumsSms")),
                mfa.present("/SmsMfaConfiguration/SmsConfiguration/EumsSms"),
            ),
            sms_failure: pool.get(&field("SmsConfigurationFailure")),
            email_sending_account: pool.get(&field("EmailConfiguration/EmailSendingAccount")),
            admin_create_only: pool.get(&field("AdminCreateUserConfig/AllowAdminCreateUserOnly")),
            registration: pool.present(&field("DcrConfiguration")),
            registration_status: pool.get(&field("DcrConfiguration/EnableStatus")),
            registration_open: pool.get(&field("DcrConfiguration/OpenDcrEnabled")),
            recovery: recovery(&pool, &field("AccountRecoverySetting/RecoveryMechanisms")),
            auto_verified: pool.get(&field("AutoVerifiedAttributes")),
            verify_before_update: pool.get(&field("UserAttributeUpdateSettings/AttributesRequireVerificationBeforeUpdate")),
            immutable: pool.get::<Vec<Value>>(&field("SchemaAttributes")).map(|all| {
                let fixed = all.iter().filter(|a| a.get("Mutable").and_then(Value::as_bool) == Some(false));
                fixed.filter_map(|a| a.get("Name")?.as_str().map(str::to_owned)).collect()
            }),
            security_mode: pool.get(&field("UserPoolAddOns/AdvancedSecurityMode")),
            custom_auth_mode: pool.get(&field("UserPoolAddOns/AdvancedSecurityAdditionalFlows/CustomAuthMode")),
            estimated_before: described(store.first("DescribeUserPool", "")).get(&field("EstimatedNumberOfUsers")),
            estimated_after: described(store.again("DescribeUserPool", "")).get(&field("EstimatedNumberOfUsers")),
            clients,
            groups: store.list("ListGroups", "", |item, call, pointer| {
                Some(Group {
                    name: item.get("GroupName")?.as_str()?.to_owned(),
                    role: item.get("RoleArn").is_some_and(|r| !r.is_null()),
                    at: crate::model::evidence::Evidence::call(call, pointer),
                })
            }),
            members: members.collect(),
            providers: store.list("ListIdentityProviders", "", |item, _, _| {
                let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
                Some(Provider { name: text("ProviderName")?, kind: text("ProviderType")? })
            }),
            risk: Risk::of(&store.latest("DescribeRiskConfiguration", ""), "UserPoolId", id.as_str()),
            exports: Export::all(store.latest("GetLogDeliveryConfiguration", ""), id.as_str()),
            population,
            id,
            account,
            region,
        }
    }

    /// The MFA mode, where both readings agree on one of ON, OPTIONAL and OFF.
    ///
    /// # Errors
    /// A reading is missing, they disagree, or the value is not one of the three.
    pub fn mfa_mode(&self) -> Result<MfaMode, Gap> {
        use crate::model::fetched::GapKind;
        let missing = |fact: &Fetched<String>| Gap {
            what: "MfaConfiguration".to_owned(),
            kind: GapKind::Malformed("MfaConfiguration".to_owned()),
            at: fact.at.clone(),
        };
        let config = self.mfa_configuration.known()?.ok_or_else(|| missing(&self.mfa_configuration))?;
        let description = self.mfa_in_description.known()?.ok_or_else(|| missing(&self.mfa_in_description))?;
        if config != description {
            let kind = GapKind::Failed("ReadingsDisagree".to_owned());
            return Err(Gap { what: "MfaConfiguration".to_owned(), kind, at: self.mfa_configuration.at.clone() });
        }
        match config.as_str() {
            "ON" => Ok(MfaMode::On),
            "OPTIONAL" => Ok(MfaMode::Optional),
            "OFF" => Ok(MfaMode::Off),
            _ => Err(missing(&self.mfa_configuration)),
        }
    }

    /// The region of SNS that the pool names, `None` where it names none.
    ///
    /// # Errors
    /// One of the two answers that name it was not read, or they name two.
    pub fn sms_region(&self) -> Result<Option<Region>, Gap> {
        match (self.sns_region.known()?, self.sns_region_in_mfa.known()?) {
            (Some(one), Some(other)) if one != other => {
                let kind = crate::model::fetched::GapKind::Failed("ReadingsDisagree".to_owned());
                Err(Gap { what: "SmsConfiguration.SnsRegion".to_owned(), kind, at: self.sns_region.at.clone() })
            }
            (one, other) => Ok(one.or(other).map(|region| Region::from(region.as_str()))),
        }
    }

    /// Whether a Lambda trigger is set.
    ///
    /// # Errors
    /// The pool was not described.
    pub fn trigger(&self, name: &str) -> Result<bool, Gap> {
        Ok(self.triggers.known()?.is_some_and(|set| set.contains(name)))
    }

    /// Whether passkeys count as two factors here: only with user verification (rulings), and only where they may be
    /// the first factor at all (API reference, WebAuthnMfaSettingsType).
    ///
    /// # Errors
    /// The MFA configuration or the pool was not read.
    pub fn passkeys_verify_users(&self) -> Result<bool, Gap> {
        let verified = self.webauthn_factor.known()?.is_some_and(|f| f == "MULTI_FACTOR_WITH_USER_VERIFICATION");
        Ok(verified && self.first_factors.known()?.is_some_and(|all| all.iter().any(|f| f == "WEB_AUTHN")))
    }
}

/// `MfaConfiguration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MfaMode {
    /// Required.
    On,
    /// For users who set it up.
    Optional,
    /// Never asked for.
    Off,
}

impl MfaMode {
    /// From AWS's word; `None` for any other.
    pub fn of(word: &str) -> Option<Self> {
        [Self::On, Self::Optional, Self::Off].into_iter().find(|mode| mode.word() == word)
    }
    /// AWS's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Optional => "OPTIONAL",
            Self::Off => "OFF",
        }
    }
}

impl Client {
    fn build(id: &str, name: Option<&str>, store: &Store) -> Self {
        let client = store.latest("DescribeUserPoolClient", id).about("/UserPoolClient", "ClientId", id);
        let field = |name: &str| format!("/UserPoolClient/{name}");
        let validity = |number: &str, unit: &str| Validity {
            number: client.get(&field(number)),
            unit: client.get(&field(&format!("TokenValidityUnits/{unit}"))),
        };
        Self {
            id: ClientId::new(id),
            name: name.map(str::to_owned),
            described: client.present(""),
            secret: client.present(&field("ClientSecret")),
            auth_flows: client.get(&field("ExplicitAuthFlows")),
            providers: client.get(&field("SupportedIdentityProviders")),
            oauth_enabled: client.get(&field("AllowedOAuthFlowsUserPoolClient")),
            oauth_flows: client.get(&field("AllowedOAuthFlows")),
            callback_urls: client.get(&field("CallbackURLs")),
            logout_urls: client.get(&field("LogoutURLs")),
            prevent_user_existence_errors: client.get(&field("PreventUserExistenceErrors")),
            token_revocation: client.get(&field("EnableTokenRevocation")),
            rotation: client.get(&field("RefreshTokenRotation/Feature")),
            refresh_validity: validity("RefreshTokenValidity", "RefreshToken"),
            access_validity: validity("AccessTokenValidity", "AccessToken"),
            id_validity: validity("IdTokenValidity", "IdToken"),
            auth_session_minutes: client.get(&field("AuthSessionValidity")),
            write_attributes: client.get(&field("WriteAttributes")),
            risk: Risk::of(&store.latest("DescribeRiskConfiguration", id), "ClientId", id),
        }
    }
}

/// Members of GetUserPoolMfaConfig (API reference).
const MFA_MEMBERS: [&str; 5] =
    ["MfaConfiguration", "SoftwareTokenMfaConfiguration", "SmsMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration"];

/// The first of two answers' facts that is there; else a gap of either; else absent.
fn either<T>(one: Fetched<T>, other: Fetched<T>) -> Fetched<T> {
    match (&one.state, &other.state) {
        (State::Value(_), _) => one,
        (_, State::Value(_)) => other,
        (State::Gap(_), _) => one,
        _ => other,
    }
}

/// The recovery mechanisms' names in order of priority.
fn recovery(pool: &Answer, pointer: &str) -> Fetched<Vec<String>> {
    let list = pool.get::<Vec<Value>>(pointer);
    let mut named = Vec::new();
    if let State::Value(items) = &list.state {
        for item in items {
            match (item.get("Priority").and_then(Value::as_u64), item.get("Name").and_then(Value::as_str)) {
                (Some(priority), Some(name)) => named.push((priority, name.to_owned())),
                _ => {
                    return Fetched::gap(crate::model::fetched::GapKind::Malformed("Priority and Name".to_owned()), list.at)
                        .named(list.what);
                }
            }
        }
        named.sort();
    }
    list.map(|_| named.into_iter().map(|(_, name)| name).collect())
}
