//! The approval of one exception: an in-toto Statement in a DSSE envelope under the approver's own key, over the words of the
//! exception as the scope file declares them. It carries its public key, so that whoever reads it can tell whether it holds;
//! whose key that is, only the caller's trust file says.
//!
//! It must not decide whom to trust, nor whether an exception is a good one.

use serde::{Deserialize, Serialize};

use super::in_toto::{self, Subject};
use super::statement::PAE_LIMIT;
use super::{Fingerprint, PublicKey, SignError, Signer, dsse};
use crate::clock;
use crate::digest::sha256_hex;
use crate::model::exception::{Exception, is_pseudonym};

/// The type of [`Predicate`]. An identifier, not a page: nothing is ever fetched from there.
pub const PREDICATE_TYPE: &str = "https://poolproof.dev/predicate/exception-approval/v1";
/// The name of the subject: the terms, by their SHA-256.
pub const SUBJECT: &str = "exception";
/// Largest file, bytes: what can be signed, in base64, with room for the rest.
pub const LARGEST: u64 = 16 << 10;

/// What is approved: an exception in its own words, the place in a file aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The check or control.
    pub on: String,
    /// The pool.
    pub pool: String,
    /// The app client.
    pub client: Option<String>,
    /// The user, by pseudonym.
    pub user: Option<String>,
    /// The reason.
    pub reason: String,
    /// What stands in the rule's place.
    pub compensating_control: String,
    /// Who asked for it.
    pub requester: String,
    /// Who approved it.
    pub approver: String,
    /// Where that is recorded.
    pub ticket: String,
    /// First day, `2026-09-01`.
    pub start: String,
    /// Last day.
    pub expiry: String,
}

impl Terms {
    /// The terms of an exception.
    ///
    /// # Errors
    /// It lacks something, or names its user by a digest that the next run has another of.
    pub fn of(exception: &Exception) -> Result<Self, String> {
        let defects: Vec<String> = exception.defects();
        if let Some(first) = defects.first() {
            return Err(format!("the exception is ill-formed ({first})"));
        }
        if exception.user.as_ref().is_some_and(|user| !is_pseudonym(user)) {
            return Err(
                "its user is not named by pseudonym (u_…, as in population.csv): an address has another digest in each bundle".to_owned()
            );
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Ok(Self {
            on: text(&exception.on),
            pool: exception.pool.as_ref().map(ToString::to_string).unwrap_or_default(),
            client: exception.client.as_ref().map(ToString::to_string),
            user: exception.user.clone(),
            reason: text(&exception.reason),
            compensating_control: text(&exception.compensating_control),
            requester: text(&exception.requester),
            approver: text(&exception.approver),
            ticket: text(&exception.ticket),
            start: exception.start.map(|d| d.to_string()).unwrap_or_default(),
            expiry: exception.expiry.map(|d| d.to_string()).unwrap_or_default(),
        })
    }
}

impl Terms {
    /// What it is about: check or control, and no more than whom it is for.
    pub fn about(&self) -> String {
        let whom = match (&self.client, &self.user) {
            (Some(client), _) => format!("client {client} of "),
            (None, Some(user)) => format!("user {user} of "),
            (None, None) => String::new(),
        };
        format!("{} for {whom}pool {}", self.on, self.pool)
    }
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// Version of this form: 1.
    pub format: u64,
    /// The exception.
    pub terms: Terms,
    /// When it was approved, RFC 3339, by the approver's own clock.
    pub at: String,
    /// The approver's public key, PEM: a convenience, never a source of trust.
    pub key: String,
}

type Statement = in_toto::Statement<Predicate>;

/// An approval whose signature holds under the key that it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The exception.
    pub terms: Terms,
    /// When, by the approver's own clock.
    pub at: String,
    /// The key that signed.
    pub fingerprint: Fingerprint,
}

/// Why nothing was approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// The key.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No JSON.
    #[error("the approval cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Too large.
    #[error("the approval has {0} bytes to sign; AWS KMS takes at most {PAE_LIMIT}: say it in fewer words")]
    TooLarge(usize),
    /// The key is not one that can be named.
    #[error("the approver's public key: {0}")]
    Key(String),
}

fn subject(terms: &Terms) -> Result<Subject, serde_json::Error> {
    Ok(Subject::new(SUBJECT, sha256_hex(&serde_json::to_vec(terms)?)))
}

/// Signs the terms of an exception.
///
/// # Errors
/// See [`ApproveError`].
pub fn seal(terms: &Terms, at: &str, signer: &dyn Signer) -> Result<dsse::Envelope, ApproveError> {
    let key = PublicKey::from_spki(signer.public_key_spki()).map_err(ApproveError::Key)?;
    let predicate = Predicate { format: 1, terms: terms.clone(), at: at.to_owned(), key: key.to_pem() };
    let payload = serde_json::to_vec(&Statement::new(PREDICATE_TYPE, vec![subject(terms)?], predicate))?;
    let size = dsse::pae(dsse::IN_TOTO, &payload).len();
    if size > PAE_LIMIT {
        return Err(ApproveError::TooLarge(size));
    }
    Ok(dsse::Envelope::seal(dsse::IN_TOTO, payload, signer)?)
}

/// Reads an approval and checks its signature under the key that it carries.
///
/// # Errors
/// It is of another form, its signature does not hold, or its subject is not its terms.
pub fn read(bytes: &[u8]) -> Result<Approved, String> {
    let envelope = dsse::Envelope::decode(bytes)?;
    let statement: Statement = in_toto::read(&envelope, PREDICATE_TYPE)?;
    let predicate = statement.predicate;
    let key = in_toto::carried_key(&envelope, &predicate.key)?;
    if predicate.format != 1 {
        return Err(format!("its form is {}; this program reads 1", predicate.format));
    }
    if statement.subject != [subject(&predicate.terms).map_err(|e| e.to_string())?] {
        return Err("its subject is not the exception that it carries".to_owned());
    }
    clock::parse_rfc3339(&predicate.at).map_err(|why| format!("its date: {why}"))?;
    Ok(Approved { terms: predicate.terms, at: predicate.at, fingerprint: key.fingerprint() })
}

/// As [`read`], and it must be about this exception, word by word.
///
/// # Errors
/// As [`read`]; or it approves something else.
pub fn of(exception: &Exception, bytes: &[u8]) -> Result<Approved, String> {
    let approved = read(bytes)?;
    // What an approval is about, it says itself; what its exception lacks otherwise is for the check to say.
    let terms = Terms::of(&Exception { problems: Vec::new(), ..exception.clone() })?;
    if approved.terms == terms {
        return Ok(approved);
    }
    let words = |terms: &Terms| serde_json::to_value(terms).ok().and_then(|v| v.as_object().cloned()).unwrap_or_default();
    let (signed, declared) = (words(&approved.terms), words(&terms));
    let differing: Vec<&str> =
        declared.iter().filter(|(name, value)| signed.get(*name) != Some(value)).map(|(name, _)| name.as_str()).collect();
    Err(format!("what was signed has another {}", differing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::LocalKey;

    fn sealed(key: &LocalKey) -> Vec<u8> {
        seal(&Terms::of(&Exception::good()).unwrap(), "2026-03-01T10:00:00Z", key).unwrap().encode()
    }

    #[test]
    fn an_approval_holds_for_its_exception_wherever_that_stands() {
        let key = LocalKey::throw_away().unwrap();
        let approved = of(&Exception { line: 99, ..Exception::good() }, &sealed(&key)).unwrap();
        assert_eq!((approved.fingerprint, approved.at.as_str()), (key.public().fingerprint(), "2026-03-01T10:00:00Z"));
    }

    #[test]
    fn a_text_changed_after_the_approval_is_named() {
        let approval = sealed(&LocalKey::throw_away().unwrap());
        type Change = fn(&mut Exception);
        let changes: [(&str, Change); 7] = [
            ("on", |e| e.on = Some("COG-MFA-002".to_owned())),
            ("pool", |e| e.pool = Some("eu-west-1_B".into())),
            ("user", |e| e.user = Some("u_aaaaaaaaaaaaaaaaaaaa".to_owned())),
            ("reason", |e| e.reason = Some("Migration".to_owned())),
            ("approver", |e| e.approver = Some("D. Santos".to_owned())),
            ("expiry", |e| e.expiry = "2027-02-28".parse().ok()),
            ("start", |e| e.start = "2026-03-02".parse().ok()),
        ];
        for (name, change) in changes {
            let mut other = Exception::good();
            change(&mut other);
            assert!(of(&other, &approval).unwrap_err().ends_with(&format!("another {name}")), "{name}");
        }
    }

    #[test]
    fn a_forged_approval_is_refused() {
        let (key, other) = (LocalKey::throw_away().unwrap(), LocalKey::throw_away().unwrap());
        let envelope = dsse::Envelope::decode(&sealed(&key)).unwrap();
        let not_valid = |envelope: &dsse::Envelope| {
            let why = of(&Exception::good(), &envelope.encode()).unwrap_err();
            assert!(why.contains("its signature is not valid"), "{why}");
        };
        // Other words under the old signature.
        let text = String::from_utf8(envelope.payload.clone()).unwrap();
        not_valid(&dsse::Envelope { payload: text.replace("migration", "Migration").into_bytes(), ..envelope.clone() });
        // Another key's signature over a statement that carries the approver's key, under either name.
        let mut by_another = dsse::Envelope::seal(dsse::IN_TOTO, envelope.payload.clone(), &other).unwrap();
        not_valid(&by_another);
        by_another.keyid = envelope.keyid.clone();
        not_valid(&by_another);
        not_valid(&dsse::Envelope { keyid: other.public().fingerprint(), ..envelope });
    }

    #[test]
    fn a_statement_of_another_kind_approves_nothing() {
        let key = LocalKey::throw_away().unwrap();
        let text = String::from_utf8(dsse::Envelope::decode(&sealed(&key)).unwrap().payload).unwrap();
        for (from, to) in [
            ("exception-approval/v1", "attestation/v1"),
            ("\"format\":1", "\"format\":2"),
            ("\"name\":\"exception\"", "\"name\":\"statement\""),
            ("\"on\":\"COG-MFA-001\"", "\"on\":\"COG-MFA-002\""),
            ("2026-03-01T10:00:00Z", "yesterday"),
        ] {
            assert!(text.contains(from));
            let signed = dsse::Envelope::seal(dsse::IN_TOTO, text.replace(from, to).into_bytes(), &key).unwrap();
            assert!(read(&signed.encode()).is_err(), "{to}");
        }
    }

    #[test]
    fn what_cannot_be_known_again_or_lacks_something_is_not_approved() {
        let with = |change: fn(&mut Exception)| {
            let mut e = Exception::good();
            change(&mut e);
            Terms::of(&e)
        };
        assert!(with(|e| e.user = Some("e_aaaaaaaaaaaaaaaaaaaa".to_owned())).unwrap_err().contains("by pseudonym"));
        assert!(with(|e| e.user = Some("u_aaaaaaaaaaaaaaaaaaaa".to_owned())).is_ok());
        assert!(with(|e| e.ticket = None).unwrap_err().contains("no ticket"));
        assert!(with(|e| e.approver = Some("jane doe".to_owned())).unwrap_err().contains("same person"));
    }
}
