//! COG-MFA-002 and 006: which factor types the pool offers, whether one of them is usable, and how strong they are.

use super::{readings, words};
use crate::checks::PoolCx;
use crate::model::evidence::Proof;
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::{MfaMode, Pool};

/// The factor types of a pool.
pub struct Offered {
    /// Time-based one-time passwords.
    pub totp: bool,
    /// Text messages.
    pub sms: bool,
    /// E-mail messages.
    pub email: bool,
    /// Passkeys that count as two factors: with user verification, and allowed to begin a sign-in.
    pub passkey: bool,
    /// Passkeys may begin a sign-in, but count as one factor only.
    pub passkey_alone: bool,
    /// Members and values that this tool does not know: perhaps another kind of factor.
    pub unknown: Vec<String>,
    /// Where all this stands.
    pub proof: Proof,
}

/// Documented values of FactorConfiguration (API reference, WebAuthnConfigurationType).
const PASSKEY_MODES: [&str; 2] = ["SINGLE_FACTOR", "MULTI_FACTOR_WITH_USER_VERIFICATION"];

impl Offered {
    /// Reads them.
    ///
    /// # Errors
    /// Something that decides was not read.
    pub fn read(pool: &Pool) -> Result<Self, Gap> {
        let passkey = pool.passkeys_verify_users()?;
        let allowed = pool.first_factors.known()?.is_some_and(|all| all.iter().any(|f| f == "WEB_AUTHN"));
        let mut unknown = pool.mfa_unknown.known()?.cloned().unwrap_or_default();
        unknown.extend(pool.webauthn_factor.known()?.filter(|f| !PASSKEY_MODES.contains(&f.as_str())).cloned());
        Ok(Self {
            totp: pool.software_token.known()? == Some(&true),
            sms: pool.sms_mfa.known()?.is_some(),
            email: pool.email_mfa.known()?.is_some(),
            passkey,
            passkey_alone: allowed && !passkey,
            unknown,
            proof: Proof::new(pool.software_token.at.clone())
                .and(pool.sms_mfa.at.clone())
                .and(pool.email_mfa.at.clone())
                .and(pool.webauthn_factor.at.clone())
                .and(pool.first_factors.at.clone()),
        })
    }

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [(self.totp, "TOTP"), (self.passkey, "passkey with user verification"), (self.sms, "SMS"), (self.email, "e-mail")];
        all.into_iter().filter_map(|(offered, name)| offered.then_some(name)).collect()
    }
}

/// Decides COG-MFA-002.
pub fn usable(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    if pool.mfa_mode()? == MfaMode::Off {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-off", readings(pool)));
    }
    let offered = Offered::read(pool)?;
    let proof = readings(pool).and_all(offered.proof.iter().cloned());
    let decide = |verdict, reason, proof| Decision::new(verdict, reason, proof).with("factors", words(offered.names()));
    if offered.totp || offered.sms || offered.passkey {
        return Ok(decide(Verdict::Pass, "factor-enabled", proof));
    }
    if offered.email {
        // E-mail MFA needs the pool's own SES set-up and the Essentials tier (API reference, EmailMfaConfigType).
        let sender = pool.email_sending_account.known()?.map_or("COGNITO_DEFAULT", String::as_str);
        let tier = pool.tier.known()?.map_or("not named", String::as_str);
        let proof = proof.and(pool.email_sending_account.at.clone()).and(pool.tier.at.clone());
        let able = sender == "DEVELOPER" && matches!(tier, "ESSENTIALS" | "PLUS" | "not named");
        let (verdict, reason) = if able { (Verdict::Pass, "factor-enabled") } else { (Verdict::Manual, "email-doubtful") };
        return Ok(decide(verdict, reason, proof).with("sender", sender).with("tier", tier));
    }
    if !offered.unknown.is_empty() {
        let proof = proof.and(pool.mfa_unknown.at.clone());
        return Ok(decide(Verdict::Incomplete, "unknown-factor", proof).with("unknown", words(&offered.unknown)));
    }
    Ok(decide(Verdict::Fail, "no-factor", proof))
}

/// Decides COG-MFA-006.
pub fn permitted(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    if pool.mfa_mode()? == MfaMode::Off {
        return Ok(Decision::new(Verdict::NotApplicable, "mfa-off", readings(pool)));
    }
    let offered = Offered::read(pool)?;
    let decide = |verdict, reason| {
        let proof = readings(pool).and_all(offered.proof.iter().cloned()).and(pool.mfa_unknown.at.clone());
        Ok(Decision::new(verdict, reason, proof).with("factors", words(offered.names())).with("unknown", words(&offered.unknown)))
    };
    if !offered.unknown.is_empty() {
        return decide(Verdict::Incomplete, "unknown-factor");
    }
    match (offered.totp || offered.passkey, offered.sms, offered.email) {
        (false, false, true) => decide(Verdict::Fail, "email-only"),
        (false, false, false) => decide(Verdict::Fail, "no-factor"),
        (_, true, _) | (_, _, true) => decide(Verdict::Manual, "weak-permitted"),
        (true, false, false) if offered.passkey_alone => decide(Verdict::Manual, "passkey-one-factor"),
        (true, false, false) => decide(Verdict::Pass, "strong-only"),
    }
}
