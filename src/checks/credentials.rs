//! Passwords beside MFA: those that are the only factor, and those that are known from breaches.

use super::mfa::alone::{Alone, password_alone};
use super::mfa::clients::{allowing, for_machines_only, without_passwords};
use super::mfa::words;
use super::{Check, Decide, Family, PoolCx};
use crate::model::evidence::Proof;
use crate::model::fetched::{Fetched, Gap};
use crate::model::finding::Decision;
use crate::model::scope::{Audience, PciScope};
use crate::model::verdict::{Severity, Verdict};
use crate::snapshot::risk::Risk;

/// The family.
pub const FAMILY: Family = Family {
    checks: &[
        Check { id: "COG-PWD-005", revision: 2, severity: Severity::Medium, decide: Decide::Pool(only_factor) },
        Check { id: "COG-PWD-006", revision: 2, severity: Severity::Medium, decide: Decide::Pool(breached) },
    ],
    texts: include_str!("credentials.toml"),
    file: "checks/credentials.toml",
};

/// Flows in which the service never sees the password, or need not (developer guide, Working with compromised
/// credentials detection: it does not work with SRP).
const BY_SRP: [&str; 4] = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"];
/// Documented events of EventFilter.
const EVENTS: [&str; 3] = ["PASSWORD_CHANGE", "SIGN_IN", "SIGN_UP"];

fn unknown(setting: &str, found: &str, proof: Proof) -> Decision {
    Decision::new(Verdict::Incomplete, "unknown", proof).with("setting", setting).with("found", found)
}

/// The mode of threat protection in a word that AWS documents.
fn mode(fact: &Fetched<String>) -> Result<Result<&str, Decision>, Gap> {
    Ok(match fact.known()?.map_or("OFF", String::as_str) {
        known @ ("ENFORCED" | "AUDIT" | "OFF") => Ok(known),
        other => Err(unknown("AdvancedSecurityMode", other, Proof::new(fact.at.clone()))),
    })
}

/// Decides COG-PWD-005. Cognito has no maximum age of a password, so only the second factor or the analysis of sign-ins
/// can stand for rotation.
fn only_factor(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    let scope = cx.scope();
    let out = |reason, member| Ok(Decision::new(Verdict::NotApplicable, reason, Proof::new(cx.declaration(member))).declared());
    if scope.and_then(|p| p.audience) == Some(Audience::Consumer) {
        return out("consumers", "audience");
    }
    let pci = scope.and_then(|p| p.pci_scope);
    if pci == Some(PciScope::Out) {
        return out("out-of-scope", "pci_scope");
    }
    if let Some(proof) = without_passwords(cx)? {
        return Ok(Decision::new(Verdict::NotApplicable, "no-passwords", proof));
    }
    let alone = password_alone(cx);
    if let Alone::Nobody(proof) = alone {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-everywhere", proof));
    }
    let setting = &pool.security_mode;
    let with = |verdict, reason, proof: Proof| {
        let proof = proof.and(setting.at.clone()).and(cx.declaration("pci_scope"));
        let shown = setting.if_read().map_or("not set", String::as_str);
        Ok(Decision::new(verdict, reason, proof).with("mode", shown))
    };
    let mode = match mode(setting)? {
        Ok(mode) => mode,
        Err(decision) => return Ok(decision),
    };
    let proof = match alone {
        Alone::Somebody(proof) if pci.is_some() && mode != "ENFORCED" => return with(Verdict::Fail, "only-a-password", proof),
        Alone::Open(check, proof) => {
            return Ok(Decision::new(Verdict::Incomplete, "open", proof).with("check", check));
        }
        Alone::Doubtful(proof) => return with(Verdict::Manual, if pci.is_some() { "in-doubt" } else { "undeclared" }, proof),
        Alone::Somebody(proof) | Alone::Nobody(proof) => proof,
    };
    // Somebody is in with a password alone, and the sign-ins are analysed or nothing says whether the standard asks:
    // for a person to judge, once nobody is left out.
    let listing = cx.population()?;
    if pool.population.users.iter().any(|u| super::mfa::is_unresolved(u.state)) {
        return Ok(Decision::new(Verdict::Incomplete, "open", proof).with("check", "COG-MFA-003"));
    }
    let proof = proof.and_all(listing.iter().cloned());
    with(Verdict::Manual, if pci.is_some() { "analysed" } else { "undeclared" }, proof)
}

/// What is done with a password known from a breach, by the rules of the pool or a client: the action, and for which events.
struct Rule<'a> {
    who: String,
    risk: &'a Risk,
}

/// Decides COG-PWD-006. A client's own rules stand in for the pool's.
fn breached(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    if let Some(proof) = without_passwords(cx)? {
        return Ok(Decision::new(Verdict::NotApplicable, "no-passwords", proof));
    }
    let proof = Proof::new(pool.security_mode.at.clone());
    match mode(&pool.security_mode)? {
        Ok("ENFORCED") => {}
        Ok("AUDIT") => return Ok(Decision::new(Verdict::Fail, "audit-only", proof)),
        Ok(_) => {
            let proof = proof.and(pool.tier.at.clone());
            return Ok(match pool.tier.known()?.map(String::as_str) {
                Some(tier @ ("LITE" | "ESSENTIALS")) => Decision::new(Verdict::NotApplicable, "not-in-this-tier", proof).with("tier", tier),
                Some("PLUS") | None => Decision::new(Verdict::Fail, "off", proof),
                Some(other) => unknown("UserPoolTier", other, proof),
            });
        }
        Err(decision) => return Ok(decision),
    }
    let clients = pool.clients.items.iter().filter(|c| for_machines_only(c).is_none());
    let own = clients.map(|c| Rule { who: format!("client {}", c.id), risk: &c.risk });
    let rules: Vec<Rule> = std::iter::once(Rule { who: "the pool".to_owned(), risk: &pool.risk }).chain(own).collect();
    let proof = proof.and_all(rules.iter().map(|r| r.risk.compromised.at.clone()));
    let idle = rules.iter().filter(|r| r.risk.compromised.if_read().is_some_and(|a| a == "NO_ACTION"));
    let idle: Vec<&str> = idle.map(|r| r.who.as_str()).collect();
    if !idle.is_empty() {
        return Ok(Decision::new(Verdict::Fail, "no-action", proof).with("who", words(idle)));
    }
    pool.clients.all()?;
    let mut elsewhere = Vec::new();
    for rule in &rules {
        match rule.risk.compromised.known()?.map(String::as_str) {
            Some("BLOCK") => {}
            // A client without rules of its own has the pool's; what rules without this part do, AWS does not document.
            None if rule.who != "the pool" && !rule.risk.is_set()? => continue,
            None => return Ok(Decision::new(Verdict::Incomplete, "not-set", proof).with("who", &rule.who)),
            Some(other) => return Ok(unknown("EventAction", other, proof)),
        }
        let filter = &rule.risk.compromised_filter;
        let Some(events) = filter.known()?.filter(|list| !list.is_empty()) else { continue };
        if let Some(other) = events.iter().find(|e| !EVENTS.contains(&e.as_str())) {
            return Ok(unknown("EventFilter", other, proof.and(filter.at.clone())));
        }
        if !events.iter().any(|e| e == "SIGN_IN") {
            elsewhere.push(format!("{} ({})", rule.who, words(events)));
        }
    }
    let by_srp = allowing(cx, &BY_SRP);
    if let Some(gap) = by_srp.gap.clone() {
        return Err(gap);
    }
    let proof = proof.and_all(by_srp.proof.iter().cloned());
    if !elsewhere.is_empty() {
        return Ok(Decision::new(Verdict::Manual, "not-at-sign-in", proof).with("who", words(elsewhere)));
    }
    if !by_srp.clients.is_empty() {
        return Ok(Decision::new(Verdict::Manual, "unseen-by-srp", proof).with("clients", by_srp.names()));
    }
    Ok(Decision::new(Verdict::Pass, "blocked", proof))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::checks::cases::{Case, prove};
    use crate::checks::testkit::{Fixture, merge, user};
    use crate::model::scope::{Audience, PciScope};
    use serde_json::{Value, json};

    fn pool(change: Value) -> Fixture {
        Fixture::good().with("DescribeUserPool", json!({"UserPool": change}))
    }

    fn flows(list: &[&str]) -> Fixture {
        Fixture::good().with("DescribeUserPoolClient", json!({"UserPoolClient": {"ExplicitAuthFlows": list}}))
    }

    fn rules(mut fixture: Fixture, of_client: bool, change: Value) -> Fixture {
        let of =
            fixture.calls.iter_mut().find(|c| c.operation == "DescribeRiskConfiguration" && c.input.get("ClientId").is_some() == of_client);
        merge(of.unwrap().outcome.as_mut().unwrap(), json!({"RiskConfiguration": {"CompromisedCredentialsRiskConfiguration": change}}));
        fixture
    }

    /// Only passkeys begin a sign-in, and no client goes around that.
    fn passwordless(fixture: Fixture) -> Fixture {
        fixture
            .with("DescribeUserPool", json!({"UserPool": {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["WEB_AUTHN"]}}}}))
            .with(
                "DescribeUserPoolClient",
                json!({"UserPoolClient": {"ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "AllowedOAuthFlowsUserPoolClient": false}}),
            )
    }

    /// The table of cases.
    pub fn table() -> Vec<Case> {
        [only_factor(), breached()].concat()
    }

    fn only_factor() -> Vec<Case> {
        const ID: &str = "COG-PWD-005";
        let good = Fixture::good;
        let gap = "INCOMPLETE gap";
        let optional = |mode: &str| {
            let mut f = pool(json!({"UserPoolAddOns": {"AdvancedSecurityMode": mode}})).mode("OPTIONAL");
            f.factors("bob", json!({}));
            f
        };
        let silent = |mut f: Fixture| {
            f.factors("bob", json!({}));
            f
        };
        let undeclared = |f: Fixture| f.declare(|p| p.pci_scope = None);
        let waiting = || {
            let mut bob = user("bob");
            merge(&mut bob, json!({"UserStatus": "FORCE_CHANGE_PASSWORD"}));
            good().users(vec![user("ann"), bob])
        };
        vec![
            (ID, "MFA everywhere", good(), "NOT_APPLICABLE mfa-everywhere"),
            (ID, "MFA everywhere, undeclared", undeclared(good()), "NOT_APPLICABLE mfa-everywhere"),
            (ID, "a password alone, nothing analyses", optional("AUDIT"), "FAIL only-a-password"),
            (ID, "a password alone, off", optional("OFF"), "FAIL only-a-password"),
            (ID, "MFA off, never asked, off", optional("OFF").mode("OFF").without("AdminGetUserAuthFactors"), "FAIL only-a-password"),
            (ID, "connected", optional("OFF").declare(|p| p.pci_scope = Some(PciScope::Connected)), "FAIL only-a-password"),
            (
                ID,
                "the rest of the users unread",
                optional("OFF").with("ListUsers", json!({"PaginationToken": "more"})),
                "FAIL only-a-password",
            ),
            (ID, "analysed", optional("ENFORCED"), "MANUAL analysed"),
            (ID, "analysed, the rest of the users unread", optional("ENFORCED").with("ListUsers", json!({"PaginationToken": "more"})), gap),
            (ID, "analysed, nobody asked", good().mode("OFF").without("AdminGetUserAuthFactors"), "INCOMPLETE open"),
            (ID, "a mode of another time", optional("MAYBE"), "INCOMPLETE unknown"),
            (ID, "everybody enrolled, but nothing requires it", good().mode("OPTIONAL"), "MANUAL in-doubt"),
            (ID, "one waits for the first sign-in, which takes the password alone", waiting(), "MANUAL in-doubt"),
            (
                ID,
                "anybody can sign up, and comes in once by the password alone",
                pool(json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false}})),
                "MANUAL in-doubt",
            ),
            (
                ID,
                "devices stand for a factor",
                pool(json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true}})),
                "MANUAL in-doubt",
            ),
            (
                ID,
                "a Lambda function decides",
                flows(&["ALLOW_CUSTOM_AUTH"])
                    .with("DescribeUserPool", json!({"UserPool": {"LambdaConfig": {"DefineAuthChallenge": "arn"}}})),
                "MANUAL in-doubt",
            ),
            (ID, "in doubt, undeclared", undeclared(good().mode("OPTIONAL")), "MANUAL undeclared"),
            (ID, "a password alone, undeclared", undeclared(optional("OFF")), "MANUAL undeclared"),
            (ID, "silent under ON", silent(good()), "INCOMPLETE open"),
            (ID, "nobody asked", good().without("AdminGetUserAuthFactors"), "INCOMPLETE open"),
            (ID, "users denied", good().fails("ListUsers", "AccessDeniedException"), "INCOMPLETE open"),
            (ID, "the mode not read", good().fails("GetUserPoolMfaConfig", "AccessDeniedException"), "INCOMPLETE open"),
            (ID, "the pool not described", good().fails("DescribeUserPool", "AccessDeniedException"), gap),
            (ID, "never asked", good().without("DescribeUserPool"), gap),
            (ID, "consumers", optional("OFF").declare(|p| p.audience = Some(Audience::Consumer)), "NOT_APPLICABLE consumers"),
            (ID, "out of scope", optional("OFF").declare(|p| p.pci_scope = Some(PciScope::Out)), "NOT_APPLICABLE out-of-scope"),
            (ID, "no passwords", passwordless(good()), "NOT_APPLICABLE no-passwords"),
        ]
    }

    fn breached() -> Vec<Case> {
        const ID: &str = "COG-PWD-006";
        let good = Fixture::good;
        let gap = "INCOMPLETE gap";
        let action = |action: &str| json!({"Actions": {"EventAction": action}});
        let events = |list: &[&str]| json!({"EventFilter": list});
        let seen = || flows(&["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        let mode = |mode: &str, tier: &str| pool(json!({"UserPoolAddOns": {"AdvancedSecurityMode": mode}, "UserPoolTier": tier}));
        let own_rules = |mut f: Fixture| {
            let of = f.calls.iter_mut().find(|c| c.operation == "DescribeRiskConfiguration" && c.input.get("ClientId").is_some());
            let takeover = json!({"Actions": {"HighAction": {"Notify": false, "EventAction": "BLOCK"}}});
            merge(of.unwrap().outcome.as_mut().unwrap(), json!({"RiskConfiguration": {"AccountTakeoverRiskConfiguration": takeover}}));
            f
        };
        vec![
            (ID, "blocked", seen(), "PASS blocked"),
            (ID, "blocked, at sign-in among others", rules(seen(), false, events(&["SIGN_UP", "SIGN_IN"])), "PASS blocked"),
            (ID, "blocked, an empty filter", rules(seen(), false, events(&[])), "PASS blocked"),
            (ID, "blocked by the client too", rules(seen(), true, action("BLOCK")), "PASS blocked"),
            (ID, "SRP", good(), "MANUAL unseen-by-srp"),
            (ID, "names no flow", flows(&[]), "MANUAL unseen-by-srp"),
            (ID, "not at sign-in", rules(seen(), false, events(&["SIGN_UP"])), "MANUAL not-at-sign-in"),
            (
                ID,
                "not at sign-in of a client",
                rules(seen(), true, json!({"Actions": {"EventAction": "BLOCK"}, "EventFilter": ["PASSWORD_CHANGE"]})),
                "MANUAL not-at-sign-in",
            ),
            (ID, "no action", rules(seen(), false, action("NO_ACTION")), "FAIL no-action"),
            (ID, "no action of a client", rules(seen(), true, action("NO_ACTION")), "FAIL no-action"),
            (
                ID,
                "no action, clients not listed to the end",
                rules(seen(), true, action("NO_ACTION")).with("ListUserPoolClients", json!({"NextToken": "more"})),
                "FAIL no-action",
            ),
            (ID, "audited", mode("AUDIT", "PLUS"), "FAIL audit-only"),
            (ID, "off", mode("OFF", "PLUS"), "FAIL off"),
            (ID, "off, no tier", pool(json!({"UserPoolAddOns": null, "UserPoolTier": null})), "FAIL off"),
            (ID, "no such feature", mode("OFF", "ESSENTIALS"), "NOT_APPLICABLE not-in-this-tier"),
            (ID, "audited in a lesser tier", mode("AUDIT", "LITE"), "FAIL audit-only"),
            (ID, "a tier of another time", mode("OFF", "MAX"), "INCOMPLETE unknown"),
            (ID, "a mode of another time", mode("MAYBE", "PLUS"), "INCOMPLETE unknown"),
            (ID, "an action of another time", rules(seen(), false, action("WARN")), "INCOMPLETE unknown"),
            (ID, "an event of another time", rules(seen(), false, events(&["SIGN_IN", "DREAM"])), "INCOMPLETE unknown"),
            (ID, "nothing set", rules(seen(), false, Value::Null), "INCOMPLETE not-set"),
            (ID, "a client with rules of its own that say nothing of breaches", own_rules(seen()), "INCOMPLETE not-set"),
            (ID, "no passwords", passwordless(good()), "NOT_APPLICABLE no-passwords"),
            (ID, "clients not listed to the end", seen().with("ListUserPoolClients", json!({"NextToken": "more"})), gap),
            (ID, "a client not described", seen().fails("DescribeUserPoolClient", "AccessDeniedException"), gap),
            (ID, "rules denied", seen().fails("DescribeRiskConfiguration", "AccessDeniedException"), gap),
            (ID, "rules never asked", seen().without("DescribeRiskConfiguration"), gap),
            (ID, "the pool not described", seen().fails("DescribeUserPool", "AccessDeniedException"), gap),
        ]
    }

    #[test]
    fn cases() {
        prove(&super::FAMILY, &table());
    }
}
