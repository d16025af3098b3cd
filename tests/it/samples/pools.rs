//! The pools of the samples: one good, and the ways in which pools are not.

use super::maker::{Person, Pool, undeclared};
use poolproof::model::scope::{Audience, MfaMethod, PciScope};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn strong() -> Value {
    json!({
        "MinimumLength": 14, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true,
        "PasswordHistorySize": 24, "TemporaryPasswordValidityDays": 1
    })
}

fn web(id: &str, name: &str) -> Value {
    json!({
        "ClientId": id, "ClientName": name, "ClientSecret": "made-up-secret", "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": true, "RefreshTokenValidity": 8, "AccessTokenValidity": 15,
        "IdTokenValidity": 15, "TokenValidityUnits": {"RefreshToken": "hours", "AccessToken": "minutes", "IdToken": "minutes"},
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}, "AuthSessionValidity": 3,
        "SupportedIdentityProviders": ["COGNITO"], "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"],
        "CallbackURLs": ["https://app.example.com/signed-in"], "LogoutURLs": ["https://app.example.com/"]
    })
}

fn people(pool: &str, n: usize, each: impl Fn(usize, Person) -> Person) -> Vec<Person> {
    (0..n).map(|i| each(i, Person::new(format!("{pool}-{i:03}")))).collect()
}

/// ON with TOTP, everybody enrolled, nothing beside it.
pub fn good() -> Pool {
    let mut scope = undeclared("eu-west-1_Workforce1");
    scope.audience = Some(Audience::Workforce);
    scope.pci_scope = Some(PciScope::Cde);
    scope.privileged_groups = Some(vec!["admins".to_owned()]);
    scope.mfa_method = Some(MfaMethod::Totp);
    Pool {
        id: "eu-west-1_Workforce1",
        name: "workforce",
        describe: json!({"UserPool": {
            "Id": "eu-west-1_Workforce1", "Name": "workforce", "MfaConfiguration": "ON", "UserPoolTier": "PLUS", "CreationDate": 1_600_000_000.0, "LastModifiedDate": 1_720_000_000.0,
            "DeletionProtection": "ACTIVE", "Policies": {"PasswordPolicy": strong()}, "LambdaConfig": {}, "Domain": "workforce-example",
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true}, "AutoVerifiedAttributes": ["email"],
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
            "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}
        }}),
        mfa: json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
        clients: vec![web("1example0workforce0web", "intranet")],
        providers: json!([]),
        people: people("workforce", 48, |i, p| match i {
            0..4 => p.factor("SOFTWARE_TOKEN_MFA").admin(),
            45 | 46 => Person { roster: Some(Some("2026-06-30")), ..p.factor("SOFTWARE_TOKEN_MFA").disabled() },
            _ => p.factor("SOFTWARE_TOKEN_MFA"),
        }),
        scope,
        denied: BTreeSet::new(),
    }
}

/// OFF, weak passwords, an old app with ten-year tokens.
pub fn weak() -> Pool {
    let mut pool = renamed(good(), "eu-west-1_Legacy0001", "legacy");
    let described = &mut pool.describe["UserPool"];
    described["MfaConfiguration"] = json!("OFF");
    described["UserPoolTier"] = json!("LITE");
    described["DeletionProtection"] = json!("INACTIVE");
    described["UserPoolAddOns"] = json!({"AdvancedSecurityMode": "OFF"});
    described["AdminCreateUserConfig"] = json!({"AllowAdminCreateUserOnly": false});
    described["AccountRecoverySetting"] = json!({"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]});
    described["Policies"]["PasswordPolicy"] = json!({"MinimumLength": 6, "RequireUppercase": false, "RequireLowercase": false,
        "RequireNumbers": false, "RequireSymbols": false, "TemporaryPasswordValidityDays": 90});
    pool.mfa = json!({"MfaConfiguration": "OFF"});
    pool.clients = vec![json!({
        "ClientId": "1example0legacy0android", "ClientName": "android-v1", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "RefreshTokenValidity": 3650, "EnableTokenRevocation": false, "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["implicit"],
        "CallbackURLs": ["http://old.example.com/cb"]
    })];
    pool.people = people("legacy", 20, |i, p| if i < 2 { p.admin() } else { p });
    pool
}

/// OPTIONAL: some enrolled, some not; remembered devices; custom authentication.
pub fn optional() -> Pool {
    let mut pool = renamed(good(), "eu-west-1_Customer02", "customer-portal");
    let described = &mut pool.describe["UserPool"];
    described["MfaConfiguration"] = json!("OPTIONAL");
    described["UserPoolTier"] = json!("ESSENTIALS");
    described["DeviceConfiguration"] = json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false});
    described["LambdaConfig"] = json!({"DefineAuthChallenge": "arn:aws:lambda:eu-west-1:123456789012:function:define"});
    described["SmsConfiguration"] =
        json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "made-up-external-id", "SnsRegion": "eu-west-1"});
    described["UserPoolAddOns"] = json!({"AdvancedSecurityMode": "AUDIT"});
    pool.mfa = json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Your code is {####}", "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "made-up-external-id", "SnsRegion": "eu-west-1"}}});
    let mut client = web("1example0customer0web", "portal");
    client["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    pool.clients = vec![client];
    pool.people = people("customer", 90, |i, p| match i % 10 {
        _ if i < 3 => p.factor("SOFTWARE_TOKEN_MFA").admin(),
        0..4 => p.factor("SOFTWARE_TOKEN_MFA"),
        4 | 5 => p.factor("SMS_MFA").phone("+442079460123"),
        6 | 7 => p,
        8 => p.status("UNCONFIRMED"),
        _ => p.status("FORCE_CHANGE_PASSWORD"),
    });
    pool.scope.audience = Some(Audience::Customer);
    pool.scope.pci_scope = Some(PciScope::Connected);
    pool.scope.mfa_method = Some(MfaMethod::Both);
    pool
}

/// The portal of suppliers: as [`optional`], with people who have left, whom nobody knows, and who came long ago.
pub fn partners() -> Pool {
    let mut pool = renamed(optional(), "eu-west-1_Partner002", "partner-portal");
    pool.clients[0]["ClientId"] = json!("1example0partner0web");
    let described = &mut pool.describe["UserPool"];
    // The history of sign-ins is kept in this tier only, and proves nothing where a function decides of sign-ins.
    described["UserPoolTier"] = json!("PLUS");
    described["LambdaConfig"] = json!({});
    pool.clients[0]["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let like = pool.people;
    pool.people = people("partner", 90, |i, p| {
        let mut p = Person { name: p.name, seen: p.seen, ..like[i].clone() };
        p.phone = p.phone.map(|_| format!("+4420794601{:02}", if i == 15 { 14 } else { i }));
        match i {
            // Left, and once more there since.
            13 => Person { roster: Some(Some("2026-08-31")), seen: Some(12), removed: true, ..p },
            47 => Person { roster: Some(Some("2026-07-31")), seen: Some(64), removed: true, ..p },
            52 => Person { roster: Some(Some("2026-07-31")), removed: true, enabled: false, ..p },
            22 => Person { roster: None, ..p },
            30 => Person { name: "reception".to_owned(), ..p },
            26 => Person { seen: Some(120), ..p },
            57 => Person { seen: Some(210), ..p },
            36 => Person { seen: None, ..p },
            // Nothing in the history for long, but a device that signed in last week.
            66 => Person { seen: Some(150), device: Some(5), ..p },
            _ if p.status == "FORCE_CHANGE_PASSWORD" => Person { seen: None, ..p },
            _ => p,
        }
    });
    pool.scope.audience = Some(Audience::ThirdParty);
    pool
}

/// As [`sms_sandbox`], with a function that decides of sign-ins.
pub fn mobile() -> Pool {
    let mut pool = sms_sandbox();
    pool.describe["UserPool"]["LambdaConfig"] = json!({"DefineAuthChallenge": "arn:aws:lambda:us-east-1:123456789012:function:define"});
    pool.describe["UserPool"]["LastModifiedDate"] = json!(1_786_948_800.0);
    pool.clients[0]["ExplicitAuthFlows"] = json!(["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    pool
}

/// ON, and the API says nothing of anybody's factors: neither enrolled nor not.
pub fn silent() -> Pool {
    let mut pool = renamed(good(), "eu-west-1_Silent0001", "silent");
    pool.people = people("silent", 12, |i, p| if i < 2 { p.admin() } else { p });
    pool
}

/// ON, but the collector may not read users or clients.
pub fn denied() -> Pool {
    let mut pool = renamed(good(), "eu-west-1_Denied0001", "denied");
    pool.denied = ["GetUserPoolMfaConfig", "ListUsers", "DescribeUserPoolClient", "ListUsersInGroup", "ListIdentityProviders"].into();
    pool
}

/// ON with SMS only, sent from a region that is still in the sandbox.
pub fn sms_sandbox() -> Pool {
    let mut pool = renamed(good(), "us-east-1_MobileSms1", "mobile");
    let sms = json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "made-up-external-id", "SnsRegion": "us-west-2"});
    pool.describe["UserPool"]["SmsConfiguration"] = sms.clone();
    pool.mfa = json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": {"SmsConfiguration": sms}});
    pool.people = people("mobile", 30, |i, p| match i % 3 {
        0 | 1 => p.factor("SMS_MFA").phone("+12065550123"),
        _ => p.phone("+12065550124"),
    });
    pool.scope.audience = Some(Audience::Consumer);
    pool.scope.pci_scope = Some(PciScope::Out);
    pool.scope.privileged_groups = None;
    pool.scope.no_privileged_users = true;
    pool.scope.mfa_method = Some(MfaMethod::Sms);
    pool
}

/// ON, but nearly everybody comes in by SAML, where Cognito asks for nothing.
pub fn federated() -> Pool {
    let mut pool = renamed(good(), "eu-west-1_Saml000001", "saml");
    pool.providers = json!([{"ProviderName": "Okta", "ProviderType": "SAML"}]);
    pool.clients = vec![{
        let mut client = web("1example0saml0portal", "portal");
        client["SupportedIdentityProviders"] = json!(["Okta"]);
        client
    }];
    pool.people = people("okta", 40, |i, p| match i {
        0 | 1 => p.factor("SOFTWARE_TOKEN_MFA").admin(),
        2 => p.factor("SOFTWARE_TOKEN_MFA").idp("Okta"),
        _ => p.status("EXTERNAL_PROVIDER").idp("Okta"),
    });
    pool
}

/// The same pool under another id and name.
fn renamed(mut pool: Pool, id: &'static str, name: &'static str) -> Pool {
    pool.id = id;
    pool.name = name;
    pool.describe["UserPool"]["Id"] = json!(id);
    pool.describe["UserPool"]["Name"] = json!(name);
    pool.describe["UserPool"]["Domain"] = json!(format!("{name}-example"));
    for client in &mut pool.clients {
        client["ClientId"] = json!(client["ClientId"].as_str().unwrap().replace("workforce", &name.replace('-', "0")));
    }
    let declared = undeclared(id);
    pool.scope.id = declared.id;
    pool.scope.region = declared.region;
    pool
}

/// A pool that somebody set to OPTIONAL for two days, and back.
pub fn window(pool: &str) -> Vec<serde_json::Value> {
    use super::maker::set_mode;
    vec![
        set_mode("SetUserPoolMfaConfig", pool, "2026-06-29T06:10:00Z", "ON"),
        set_mode("SetUserPoolMfaConfig", pool, "2026-08-12T06:05:00Z", "OPTIONAL"),
        set_mode("UpdateUserPool", pool, "2026-08-17T06:40:00Z", "ON"),
    ]
}
