//! The factor state of a user: what the API proves of it, and no more.

use super::cognito::{MfaMode, Pool};
use super::population::{Contact, User};
use super::sms::SmsRegion;
use crate::model::fetched::GapKind;
use std::collections::BTreeSet;

/// What is known of a user's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactorState {
    /// The API lists a factor that the pool has enabled.
    Enrolled,
    /// No factor is listed, but the pool would challenge by SMS or e-mail: never counted as enrolled.
    Derived,
    /// No factor is listed, and the pool's mode means that none is asked for.
    NotEnrolled,
    /// The API proves neither.
    Indeterminate,
    /// Nobody asked.
    NotAsked,
    /// Asked, and denied or failed.
    Unread,
    /// FORCE_CHANGE_PASSWORD: has not signed in yet.
    Pending,
    /// EXTERNAL_PROVIDER: the identity provider authenticates.
    Federated,
    /// Not enabled.
    Disabled,
    /// UNCONFIRMED: cannot sign in.
    Unconfirmed,
}

impl FactorState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::NotEnrolled,
        Self::Indeterminate,
        Self::Unread,
        Self::NotAsked,
        Self::Derived,
        Self::Enrolled,
        Self::Pending,
        Self::Federated,
        Self::Disabled,
        Self::Unconfirmed,
    ];

    /// The word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::Derived => "derived",
            Self::NotEnrolled => "not-enrolled",
            Self::Indeterminate => "indeterminate",
            Self::NotAsked => "not-asked",
            Self::Unread => "unread",
            Self::Pending => "pending",
            Self::Federated => "federated",
            Self::Disabled => "disabled",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    /// Whether such a user belongs to the population of enabled local users who can sign in.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Enrolled | Self::Derived | Self::NotEnrolled | Self::Indeterminate | Self::NotAsked | Self::Unread)
    }
}

/// Whether a user holds a factor that is not a code sent to somebody: TOTP that is active and enabled in the pool, or a
/// passkey that counts as two factors. `None` where what was read does not tell.
pub fn holds_totp_or_passkey(user: &User, pool: &Pool) -> Option<bool> {
    let factors = user.factors.if_read()?;
    if pool.software_token.if_read() == Some(&true) && factors.settings.iter().any(|s| s == "SOFTWARE_TOKEN_MFA") {
        return Some(true);
    }
    let passkey = factors.configured.iter().any(|f| f == "WEB_AUTHN");
    match pool.passkeys_verify_users() {
        Ok(true) if passkey || factors.tells_passkeys => Some(passkey),
        Ok(false) => Some(false),
        _ => None,
    }
}

/// Decides the state of a user of a pool (table of the design's semantics 3; rulings 1, 33).
/// `sms` is what was read of SNS in the pool's SMS region, `opted_out` the digests of numbers that opted out there,
/// `None` where that could not be read.
pub fn decide(user: &User, pool: &Pool, sms: Option<&SmsRegion>, opted_out: Option<&BTreeSet<String>>) -> FactorState {
    decide_in(user, pool, pool.mfa_mode().ok(), sms, opted_out)
}

/// As [`decide`], if the pool had this mode.
pub fn decide_under(user: &User, pool: &Pool, mode: MfaMode, sms: Option<&SmsRegion>, opted_out: Option<&BTreeSet<String>>) -> FactorState {
    decide_in(user, pool, Some(mode), sms, opted_out)
}

fn decide_in(
    user: &User,
    pool: &Pool,
    mode: Option<MfaMode>,
    sms: Option<&SmsRegion>,
    opted_out: Option<&BTreeSet<String>>,
) -> FactorState {
    match (user.status.as_deref(), user.enabled) {
        (_, Some(false)) => return FactorState::Disabled,
        (Some("EXTERNAL_PROVIDER"), _) => return FactorState::Federated,
        (Some("UNCONFIRMED"), _) => return FactorState::Unconfirmed,
        (Some("FORCE_CHANGE_PASSWORD"), Some(true)) => return FactorState::Pending,
        (Some("CONFIRMED" | "RESET_REQUIRED"), Some(true)) => {}
        // A status of another time or a missing flag: nothing can be said.
        _ => return FactorState::Indeterminate,
    }
    let factors = match user.factors.known() {
        Ok(Some(factors)) => factors,
        Ok(None) => return FactorState::Unread,
        Err(gap) if gap.kind == GapKind::NotAsked => return FactorState::NotAsked,
        Err(_) => return FactorState::Unread,
    };
    let Some(mode) = mode else { return FactorState::Indeterminate };
    let passkeys = pool.passkeys_verify_users().unwrap_or(false);
    let listed = factors.settings.iter().any(|setting| match setting.as_str() {
        "SOFTWARE_TOKEN_MFA" => pool.software_token.if_read() == Some(&true),
        "SMS_MFA" => pool.sms_mfa.if_read().is_some(),
        "EMAIL_OTP" => pool.email_mfa.if_read().is_some(),
        // Undocumented words (WEB_AUTHN_MFA has been seen) prove nothing: API reference, UserMFASettingList.
        _ => false,
    });
    if listed || (passkeys && factors.configured.iter().any(|f| f == "WEB_AUTHN")) {
        return FactorState::Enrolled;
    }
    // Passkeys would count here, and what was read does not tell of them (AdminGetUser).
    let unseen = passkeys && !factors.tells_passkeys;
    // Something is listed that this tool does not know, or that the pool has not enabled: not a proof either way.
    let something = !factors.settings.is_empty();
    match mode {
        MfaMode::On if something => FactorState::Indeterminate,
        MfaMode::On if by_sms(user, pool, sms, opted_out) || by_email(user, pool) => FactorState::Derived,
        MfaMode::On => FactorState::Indeterminate,
        MfaMode::Optional | MfaMode::Off if something || unseen => FactorState::Indeterminate,
        MfaMode::Optional | MfaMode::Off => FactorState::NotEnrolled,
    }
}

fn by_sms(user: &User, pool: &Pool, sms: Option<&SmsRegion>, opted_out: Option<&BTreeSet<String>>) -> bool {
    let reachable = |phone: &Contact| {
        phone.verified && phone.e164 == Some(true) && phone.digest.as_ref().is_some_and(|d| opted_out.is_some_and(|out| !out.contains(d)))
    };
    pool.sms_mfa.if_read().is_some()
        && pool.trigger("CustomSMSSender") == Ok(false)
        && sms.is_some_and(|s| s.in_sandbox.if_read() == Some(&false))
        && user.phone.as_ref().is_some_and(reachable)
}

fn by_email(user: &User, pool: &Pool) -> bool {
    pool.email_mfa.if_read().is_some()
        && pool.trigger("CustomEmailSender") == Ok(false)
        && user.email.as_ref().is_some_and(|email| email.verified)
}
