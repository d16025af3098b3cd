//! Where each pool stands on the way from optional to required MFA, who blocks the next phase, and the commands for it.
//!
//! It must not judge: the findings do. What was not read is said to be not known, never taken for done.

use super::evidence_v1::{PoolRollout, RolloutAdmins, RolloutIntent, RolloutPhase, RolloutSetUp, RolloutSms};
use crate::model::fetched::Fetched;
use crate::model::scope::{MfaMethod, PrivacyMode, Scope};
use crate::snapshot::Snapshot;
use crate::snapshot::cognito::{MfaMode, Pool};
use crate::snapshot::population::User;
use crate::snapshot::state::{self, FactorState};
use std::collections::BTreeSet;

/// Longest list of users here; `population.csv` has all.
const LONGEST: usize = 25;

/// The rollout of every pool, in their order.
pub fn of(snapshot: &Snapshot, scope: &Scope) -> Vec<PoolRollout> {
    snapshot.pools.iter().map(|pool| one(snapshot, scope, pool)).collect()
}

fn one(snapshot: &Snapshot, scope: &Scope, pool: &Pool) -> PoolRollout {
    let declared = scope.pool(&pool.id).map(|(_, p)| p);
    let shown = |users: &[&User]| -> Vec<String> {
        let ids = users.iter().take(LONGEST).map(|u| u.id.to_string());
        if scope.privacy.mode == PrivacyMode::Mask { Vec::new() } else { ids.collect() }
    };
    let named = declared.map(|p| p.named_admins.as_slice()).unwrap_or_default();
    // Privileged are the members of the declared groups and the named administrators alike.
    let users = pool.population.users.iter().filter(|u| u.privileged);
    let admins: Vec<(&User, Option<bool>)> = users.map(|u| (u, state::holds_totp_or_passkey(u, pool))).collect();
    let whose = |wanted| -> Vec<&User> { admins.iter().filter(|(_, strong)| *strong == wanted).map(|(u, _)| *u).collect() };
    let (with, without, unknown) = (whose(Some(true)), whose(Some(false)), whose(None));
    let listed: BTreeSet<&str> = admins.iter().flat_map(|(u, _)| u.names()).collect();
    let missing = named.iter().filter(|name| !listed.contains(name.as_str())).count() as u64;
    let admins = RolloutAdmins {
        declared: !named.is_empty() || declared.is_some_and(|p| p.privileged_groups.as_ref().is_some_and(|g| !g.is_empty())),
        with_totp_or_passkey: with.len() as u64,
        without: without.len() as u64,
        not_known: unknown.len() as u64,
        not_listed: missing,
        users_without: shown(&without),
    };
    let set_up = set_up(snapshot, pool, &shown);
    let mode = pool.mfa_mode().ok();
    let complete = pool.population.complete(&pool.estimated_before, &pool.estimated_after).is_ok();
    // Somebody of whom nothing was read may be an administrator without a factor.
    let groups = declared.and_then(|p| p.privileged_groups.as_deref()).unwrap_or_default();
    let unread = groups.iter().filter(|group| pool.members.get(*group).is_none_or(|members| members.all().is_err())).count() as u64;
    let phase = phase(mode, &admins, complete && unread == 0);
    PoolRollout {
        pool: pool.id.clone(),
        phase,
        blockers: blockers(phase, &admins, &set_up, unread, complete),
        intent: RolloutIntent {
            declared: declared.and_then(|p| p.mfa_method).map(|m| method(m).to_owned()),
            offered: offered(pool),
            differs: declared.and_then(|p| p.mfa_method).and_then(|m| differs(m, pool)),
        },
        commands: commands(phase),
        admins,
        set_up,
        sms: sms(snapshot, pool),
    }
}

/// Who would be led to setting up a factor at the next sign-in if MFA were required now. A load balancer in front answers
/// such a sign-in with HTTP 561 until the user has one (it cannot show the set-up page).
fn set_up(snapshot: &Snapshot, pool: &Pool, shown: &dyn Fn(&[&User]) -> Vec<String>) -> RolloutSetUp {
    let sms = snapshot.sms_of(pool);
    let opted_out: Option<BTreeSet<String>> = sms.and_then(|s| s.opted_out.all().ok()).map(|all| all.iter().cloned().collect());
    let later = |u: &User| state::decide_under(u, pool, MfaMode::On, sms, opted_out.as_ref());
    let mut without = Vec::new();
    let (mut first, mut unknown) = (0, 0);
    for user in &pool.population.users {
        let silent = user.factors.if_read().is_some_and(|f| f.settings.is_empty() && f.configured.iter().all(|c| c != "WEB_AUTHN"));
        match later(user) {
            FactorState::Indeterminate if silent => without.push(user),
            FactorState::Pending => first += 1,
            FactorState::Indeterminate | FactorState::Unread | FactorState::NotAsked => unknown += 1,
            _ => {}
        }
    }
    RolloutSetUp { without_factor: without.len() as u64, first_sign_in: first, not_known: unknown, users: shown(&without) }
}

/// `known`: who is an administrator was read to the end.
fn phase(mode: Option<MfaMode>, admins: &RolloutAdmins, known: bool) -> RolloutPhase {
    let all = known
        && admins.declared
        && admins.without == 0
        && admins.not_known == 0
        && admins.not_listed == 0
        && admins.with_totp_or_passkey > 0;
    match mode {
        None => RolloutPhase::NotKnown,
        Some(MfaMode::On) => RolloutPhase::Required,
        Some(MfaMode::Off) => RolloutPhase::Off,
        Some(MfaMode::Optional) if all => RolloutPhase::ReadyToEnforce,
        Some(MfaMode::Optional) if admins.with_totp_or_passkey > 0 => RolloutPhase::AdminsEnrolling,
        Some(MfaMode::Optional) => RolloutPhase::Optional,
    }
}

fn blockers(phase: RolloutPhase, admins: &RolloutAdmins, set_up: &RolloutSetUp, unread: u64, complete: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut say = |n: u64, words: &str| {
        if n > 0 {
            out.push(format!("{words}: {n}"));
        }
    };
    if phase != RolloutPhase::Required {
        say(admins.without, "administrators without TOTP or a user-verified passkey");
        say(admins.not_known, "administrators whose factors are not known");
        say(admins.not_listed, "named administrators who are not in the listing");
        say(unread, "privileged groups whose members were not read");
    }
    say(set_up.without_factor, "users who would have to set up a factor at their next sign-in (HTTP 561 behind a load balancer)");
    say(set_up.not_known, "users of whom it is not known");
    if phase != RolloutPhase::Required && !admins.declared {
        out.insert(0, "no administrators are declared (named_admins or privileged_groups in poolproof.toml)".to_owned());
    }
    match phase {
        RolloutPhase::NotKnown => out.insert(0, "the MFA mode was not read".to_owned()),
        RolloutPhase::Off => out.insert(0, "MFA is off: set it to OPTIONAL first, so that administrators can enrol".to_owned()),
        _ => {}
    }
    if !complete {
        out.push("the listing of users is not proved complete".to_owned());
    }
    out
}

fn method(declared: MfaMethod) -> &'static str {
    match declared {
        MfaMethod::Totp => "totp",
        MfaMethod::Sms => "sms",
        MfaMethod::Both => "both",
    }
}

/// What the pool offers, as far as it was read.
fn offered(pool: &Pool) -> Vec<String> {
    let read = [
        ("totp", pool.software_token.if_read() == Some(&true)),
        ("sms", pool.sms_mfa.if_read().is_some()),
        ("email", pool.email_mfa.if_read().is_some()),
        ("passkey", pool.passkeys_verify_users() == Ok(true)),
    ];
    read.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.to_owned()).collect()
}

/// How what is offered differs from what was declared; `None` where it does not, or was not read.
fn differs(declared: MfaMethod, pool: &Pool) -> Option<String> {
    let totp = pool.software_token.known().ok()? == Some(&true);
    let sms = pool.sms_mfa.known().ok()?.is_some();
    let (wants_totp, wants_sms) = (declared != MfaMethod::Sms, declared != MfaMethod::Totp);
    let mut out = Vec::new();
    for (name, wants, has) in [("TOTP", wants_totp, totp), ("SMS", wants_sms, sms)] {
        match (wants, has) {
            (true, false) => out.push(format!("{name} was declared and is not enabled")),
            (false, true) => out.push(format!("{name} was not declared and is enabled")),
            _ => {}
        }
    }
    (!out.is_empty()).then(|| out.join("; "))
}

/// Whether codes by SMS arrive: what SNS says of the pool's region, and the users' numbers. `None` where SMS is not used.
fn sms(snapshot: &Snapshot, pool: &Pool) -> Option<RolloutSms> {
    if matches!(pool.sms_mfa.known(), Ok(None)) && matches!(pool.sms_configuration.known(), Ok(None)) {
        return None;
    }
    let answers = snapshot.sms_of(pool);
    let local: Vec<&User> = pool.population.users.iter().filter(|u| u.state.counts()).collect();
    let count = |wanted: &dyn Fn(&User) -> bool| local.iter().filter(|u| wanted(u)).count() as u64;
    let opted = answers.and_then(|s| s.opted_out.all().ok());
    let fact = |f: Option<&Fetched<String>>| f.and_then(|f| f.if_read().cloned());
    Some(RolloutSms {
        region: answers.map(|s| s.region.clone()).or_else(|| pool.sms_region().ok().flatten()),
        in_sandbox: answers.and_then(|s| s.in_sandbox.if_read().copied()),
        monthly_spend_limit_usd: fact(answers.map(|s| &s.monthly_spend_limit)),
        origination_countries: answers
            .and_then(|s| s.origination_numbers.all().ok())
            .map(|all| all.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()),
        without_number: count(&|u| u.phone.is_none()),
        not_e164: count(&|u| u.phone.as_ref().is_some_and(|p| p.e164 != Some(true))),
        unverified: count(&|u| u.phone.as_ref().is_some_and(|p| !p.verified)),
        opted_out: opted.map(|out| count(&|u| u.phone.as_ref().and_then(|p| p.digest.as_ref()).is_some_and(|d| out.contains(d)))),
        us_numbers: count(&|u| u.phone.as_ref().and_then(|p| p.country.as_deref()).is_some_and(|c| matches!(c, "1" | "+1"))),
    })
}

/// The AWS CLI commands of the next step; `$POOL`, `$REGION`, `$NAME` and `$TOKEN` stand for the subject.
/// SetUserPoolMfaConfig replaces the whole configuration, so what is there is read first and sent back with one change.
fn commands(phase: RolloutPhase) -> Vec<String> {
    let set = |mode: &str| {
        vec![
            "aws cognito-idp get-user-pool-mfa-config --user-pool-id \"$POOL\" --region \"$REGION\" > mfa.json".to_owned(),
            format!("jq --arg pool \"$POOL\" '. + {{UserPoolId: $pool, MfaConfiguration: \"{mode}\"}}' mfa.json > mfa-next.json"),
            "aws cognito-idp set-user-pool-mfa-config --region \"$REGION\" --cli-input-json file://mfa-next.json".to_owned(),
            "aws cognito-idp get-user-pool-mfa-config --user-pool-id \"$POOL\" --region \"$REGION\" --query MfaConfiguration".to_owned(),
        ]
    };
    let enrol = [
        "# Each administrator, signed in, with the access token of the session:",
        "aws cognito-idp associate-software-token --region \"$REGION\" --access-token \"$TOKEN\"",
        "aws cognito-idp verify-software-token --region \"$REGION\" --access-token \"$TOKEN\" --user-code \"$CODE\"",
        "aws cognito-idp set-user-mfa-preference --region \"$REGION\" --access-token \"$TOKEN\" \\",
        "  --software-token-mfa-settings Enabled=true,PreferredMfa=true",
    ];
    match phase {
        RolloutPhase::NotKnown => {
            vec![
                "aws cognito-idp get-user-pool-mfa-config --user-pool-id \"$POOL\" --region \"$REGION\" --query MfaConfiguration"
                    .to_owned(),
            ]
        }
        RolloutPhase::Off => set("OPTIONAL"),
        RolloutPhase::Optional | RolloutPhase::AdminsEnrolling => enrol.into_iter().map(str::to_owned).collect(),
        RolloutPhase::ReadyToEnforce => set("ON"),
        RolloutPhase::Required => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testkit::Fixture;
    use serde_json::json;

    fn pool(fixture: &Fixture) -> PoolRollout {
        of(&fixture.snapshot(), &fixture.scope).remove(0)
    }

    /// Nobody has a factor but those named.
    fn only(fixture: Fixture, with: &[&str]) -> Fixture {
        let mut fixture = fixture;
        for call in &mut fixture.calls {
            if call.operation == "AdminGetUserAuthFactors" && !with.iter().any(|w| call.input["Username"] == **w) {
                call.outcome = Ok(
                    json!({"Username": call.input["Username"].clone(), "UserMFASettingList": [], "ConfiguredUserAuthFactors": ["PASSWORD"]}),
                );
            }
        }
        fixture
    }

    #[test]
    fn the_phases_follow_from_the_mode_and_the_administrators() {
        assert_eq!(pool(&Fixture::good()).phase, RolloutPhase::Required);
        assert_eq!(pool(&Fixture::good().mode("OFF")).phase, RolloutPhase::Off);
        let optional = Fixture::good().mode("OPTIONAL");
        assert_eq!(pool(&optional).phase, RolloutPhase::ReadyToEnforce, "{:?}", pool(&optional));
        let nobody = pool(&only(optional.clone(), &[]));
        assert_eq!((nobody.phase, nobody.admins.without), (RolloutPhase::Optional, 1), "{nobody:?}");
        assert_eq!(nobody.set_up.without_factor, 3);
        let undeclared = pool(&optional.clone().declare(|p| p.privileged_groups = None));
        assert_eq!(undeclared.phase, RolloutPhase::Optional);
        assert!(undeclared.blockers[0].starts_with("no administrators are declared"), "{:?}", undeclared.blockers);
    }

    #[test]
    fn what_was_not_read_is_never_ready() {
        for operation in ["GetUserPoolMfaConfig", "AdminGetUserAuthFactors", "ListUsers", "DescribeUserPool"] {
            let found = pool(&Fixture::good().mode("OPTIONAL").fails(operation, "AccessDeniedException"));
            assert_ne!(found.phase, RolloutPhase::ReadyToEnforce, "{operation}: {found:?}");
            assert!(!found.blockers.is_empty(), "{operation}");
        }
    }

    #[test]
    fn a_privileged_group_that_was_not_read_blocks_though_every_known_administrator_is_enrolled() {
        let cyd = crate::checks::testkit::pseudonyms().user("sub-cyd");
        let optional = Fixture::good().mode("OPTIONAL").declare(|p| p.named_admins = vec![cyd]);
        assert_eq!(pool(&optional).phase, RolloutPhase::ReadyToEnforce);
        for unread in [
            optional.clone().fails("ListUsersInGroup", "AccessDeniedException"),
            optional.clone().with("ListUsersInGroup", json!({"NextToken": "more"})),
            optional.clone().declare(|p| p.privileged_groups = Some(vec!["admins".to_owned(), "operators".to_owned()])),
        ] {
            let found = pool(&unread);
            assert_eq!(found.phase, RolloutPhase::AdminsEnrolling, "{found:?}");
            assert!(found.blockers.iter().any(|b| b == "privileged groups whose members were not read: 1"), "{found:?}");
            assert!(!found.commands.join("\n").contains("set-user-pool-mfa-config"), "{found:?}");
        }
        let cut = pool(&optional.with("ListUsers", json!({"PaginationToken": "more"})));
        assert_eq!(cut.phase, RolloutPhase::AdminsEnrolling, "{cut:?}");
    }

    #[test]
    fn an_administrator_who_is_named_and_not_listed_blocks() {
        let found = pool(&Fixture::good().mode("OPTIONAL").declare(|p| p.named_admins = vec!["e_nobody".to_owned()]));
        assert_eq!((found.phase, found.admins.not_listed), (RolloutPhase::AdminsEnrolling, 1), "{found:?}");
    }

    #[test]
    fn a_declared_method_that_is_not_offered_is_said() {
        let found = pool(&Fixture::good().declare(|p| p.mfa_method = Some(MfaMethod::Both)));
        assert_eq!(found.intent.differs.as_deref(), Some("SMS was declared and is not enabled"));
        assert_eq!(pool(&Fixture::good().declare(|p| p.mfa_method = Some(MfaMethod::Totp))).intent.differs, None);
    }

    #[test]
    fn the_next_command_sends_back_everything_that_was_read() {
        let commands = pool(&Fixture::good().mode("OPTIONAL")).commands.join("\n");
        assert!(commands.contains("get-user-pool-mfa-config") && commands.contains("file://mfa-next.json"), "{commands}");
        assert!(pool(&Fixture::good()).commands.is_empty());
    }
}
