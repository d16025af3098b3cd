//! COG-MFA-017: account recovery does not collapse the factors into one, and nobody can redirect a channel unnoticed.

use super::clients::without_passwords;
use super::factors::Offered;
use super::first::allowed;
use super::words;
use crate::checks::PoolCx;
use crate::model::evidence::{Evidence, Proof};
use crate::model::fetched::Gap;
use crate::model::finding::Decision;
use crate::model::verdict::Verdict;
use crate::snapshot::cognito::MfaMode;

/// A channel: the attribute that holds it, and its name among the recovery mechanisms.
const EMAIL: (&str, &str) = ("email", "verified_email");
const PHONE: (&str, &str) = ("phone_number", "verified_phone_number");
/// Documented recovery mechanisms (API reference, RecoveryOptionType).
const MECHANISMS: [&str; 3] = [EMAIL.1, PHONE.1, "admin_only"];
/// Decides COG-MFA-017.
pub fn keeps_factors_apart(cx: &PoolCx) -> Result<Decision, Gap> {
    let pool = cx.pool;
    // Where that is not certain, recovery is judged: what is good of it is good whether or not anybody has a password.
    if let Ok(Some(proof)) = without_passwords(cx) {
        return Ok(Decision::new(Verdict::NotApplicable, "passwordless", proof));
    }
    let recovery = pool.recovery.known()?.map(Vec::as_slice);
    let proof = Proof::new(pool.recovery.at.clone());
    let decide = |verdict, reason, proof| Decision::new(verdict, reason, proof).with("recovery", words(recovery.unwrap_or_default()));
    let Some(mechanisms) = recovery else { return Ok(decide(Verdict::Fail, "legacy", proof)) };
    if mechanisms.first().is_some_and(|first| first == PHONE.1) {
        return Ok(decide(Verdict::Fail, "phone-first", proof));
    }
    let used = Used::read(cx, mechanisms);
    let open = used.redirectable(cx);
    if !open.attributes.is_empty() {
        let proof = proof.and_all(used.proof.iter().cloned()).and_all(open.proof);
        return Ok(decide(Verdict::Fail, "redirectable", proof)
            .with("attributes", words(open.attributes))
            .with("clients", words(open.clients)));
    }
    if let Some(gap) = used.gap.clone().or(open.gap) {
        return Err(gap);
    }
    let proof = proof.and_all(used.proof.iter().cloned()).and_all(open.proof);
    if mechanisms.is_empty() || mechanisms.iter().any(|m| !MECHANISMS.contains(&m.as_str())) {
        return Ok(decide(Verdict::Incomplete, "unknown-mechanism", proof));
    }
    let shared: Vec<&str> =
        [EMAIL, PHONE].iter().filter(|c| used.factor(c.0) && mechanisms.iter().any(|m| m == c.1)).map(|c| c.0).collect();
    if !shared.is_empty() {
        return Ok(decide(Verdict::Manual, "shared-channel", proof).with("channels", words(shared)));
    }
    let help_desk = mechanisms.iter().any(|m| m == "admin_only");
    if help_desk && !cx.scope().is_some_and(|p| p.no_privileged_users) {
        let proof = proof.and(cx.declaration("no_privileged_users"));
        return Ok(decide(Verdict::Manual, "help-desk", proof));
    }
    Ok(decide(Verdict::Pass, if help_desk { "administrators-only" } else { "email-first" }, proof))
}

/// Which channels carry a factor or the recovery.
struct Used {
    factors: Vec<&'static str>,
    attributes: Vec<&'static str>,
    gap: Option<Gap>,
    proof: Proof,
}

/// Channels whose address a user, or a thief of a session, may change without proving the new one.
struct Open {
    attributes: Vec<&'static str>,
    clients: Vec<String>,
    proof: Vec<Evidence>,
    gap: Option<Gap>,
}

/// The attributes that carry a factor: of MFA where it is asked for, or one that begins a sign-in.
fn carrying(cx: &PoolCx) -> Result<Vec<&'static str>, Gap> {
    let first = allowed(cx.pool)?;
    let offered = Offered::read(cx.pool)?;
    let asked = cx.pool.mfa_mode()? != MfaMode::Off;
    let email = (asked && offered.email) || first.contains(&"EMAIL_OTP");
    let phone = (asked && offered.sms) || first.contains(&"SMS_OTP");
    Ok([(EMAIL.0, email), (PHONE.0, phone)].into_iter().filter_map(|(attribute, used)| used.then_some(attribute)).collect())
}

impl Used {
    /// What recovers is known already; which channels carry a factor may be missing.
    fn read(cx: &PoolCx, mechanisms: &[String]) -> Self {
        let pool = cx.pool;
        let recovers = |mechanism: &str| mechanisms.iter().any(|m| m == mechanism);
        let (factors, gap) = match carrying(cx) {
            Ok(factors) => (factors, None),
            Err(gap) => (Vec::new(), Some(gap)),
        };
        let attributes = [EMAIL, PHONE].iter().filter(|c| factors.contains(&c.0) || recovers(c.1)).map(|c| c.0).collect();
        let proof = Proof::new(pool.sms_mfa.at.clone()).and(pool.email_mfa.at.clone()).and(pool.first_factors.at.clone());
        Self { factors, attributes, gap, proof: proof.and_all(super::readings(pool).iter().cloned()) }
    }

    fn factor(&self, attribute: &str) -> bool {
        self.factors.contains(&attribute)
    }

    /// Ruling: a channel that a client may write and that needs no verification before the update. A client that names no
    /// WriteAttributes may write the standard ones (API reference); an empty list is taken for none named.
    fn redirectable(&self, cx: &PoolCx) -> Open {
        let pool = cx.pool;
        let mut open = Open { attributes: Vec::new(), clients: Vec::new(), proof: Vec::new(), gap: None };
        let (verified, fixed) = match (pool.verify_before_update.known(), pool.immutable.known()) {
            (Ok(verified), Ok(fixed)) => (verified, fixed),
            (Err(gap), _) | (_, Err(gap)) => {
                open.gap = Some(gap);
                return open;
            }
        };
        open.proof.extend([pool.verify_before_update.at.clone(), pool.immutable.at.clone()]);
        let unguarded: Vec<&str> = self
            .attributes
            .iter()
            .copied()
            .filter(|a| !verified.is_some_and(|all| all.iter().any(|v| v == a)) && !fixed.is_some_and(|all| all.contains(*a)))
            .collect();
        if unguarded.is_empty() {
            return open;
        }
        open.proof.push(pool.clients.complete.at.clone());
        open.gap = pool.clients.all().err();
        for client in &pool.clients.items {
            let writes = match client.write_attributes.known() {
                Ok(writes) => writes.filter(|w| !w.is_empty()),
                Err(gap) => {
                    open.gap.get_or_insert(gap);
                    continue;
                }
            };
            let written = unguarded.iter().copied().filter(|a| writes.is_none_or(|w| w.iter().any(|name| name == a)));
            let new: Vec<&str> = written.collect();
            open.proof.push(client.write_attributes.at.clone());
            if !new.is_empty() {
                open.clients.push(client.id.to_string());
                open.attributes.extend(new);
            }
        }
        open.attributes.sort_unstable();
        open.attributes.dedup();
        open
    }
}
