//! The signature of an access review: an in-toto Statement in a DSSE envelope under the reviewer's own key, over the review as
//! `reviews.json` holds it (by its SHA-256, so that a review of any length fits what AWS KMS signs). It carries its public key,
//! so that whoever reads it can tell whether it holds; whose key that is, only the caller's trust file says.
//!
//! It must not decide whom to trust, nor whether a review is a good one.

use serde::{Deserialize, Serialize};

use super::in_toto::{self, Subject};
use super::{Fingerprint, PublicKey, SignError, Signer, dsse};
use crate::clock;
use crate::digest::sha256_hex;
use crate::model::exception::Approval;
use crate::model::review::{Review, Reviews};

/// The type of [`Predicate`]. An identifier, not a page: nothing is ever fetched from there.
pub const PREDICATE_TYPE: &str = "https://poolproof.dev/predicate/access-review/v1";
/// The name of the subject: the review, by its SHA-256.
pub const SUBJECT: &str = "access-review";

/// What is signed, beside the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// Version of this form: 1.
    pub format: u64,
    /// When it was signed, RFC 3339, by the reviewer's own clock.
    pub at: String,
    /// The reviewer's public key, PEM: a convenience, never a source of trust.
    pub key: String,
}

type Statement = in_toto::Statement<Predicate>;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The key.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No JSON.
    #[error("the review cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The key is not one that can be named, or the envelope is no text.
    #[error("the reviewer's signature: {0}")]
    Key(String),
}

/// The subject of a review: the SHA-256 of its members in the order of [`Review`], as JSON without white space, the signature
/// aside.
fn subject(review: &Review) -> Result<Subject, serde_json::Error> {
    let unsigned = Review { signature: None, ..review.clone() };
    Ok(Subject::new(SUBJECT, sha256_hex(&serde_json::to_vec(&unsigned)?)))
}

/// Signs a review; a signature that it carries already is replaced.
///
/// # Errors
/// See [`ReviewError`].
pub fn seal(review: &Review, at: &str, signer: &dyn Signer) -> Result<Review, ReviewError> {
    let key = PublicKey::from_spki(signer.public_key_spki()).map_err(ReviewError::Key)?;
    let predicate = Predicate { format: 1, at: at.to_owned(), key: key.to_pem() };
    let payload = serde_json::to_vec(&Statement::new(PREDICATE_TYPE, vec![subject(review)?], predicate))?;
    let envelope = dsse::Envelope::seal(dsse::IN_TOTO, payload, signer)?.encode();
    let envelope = String::from_utf8(envelope).map_err(|e| ReviewError::Key(e.to_string()))?.trim_end().to_owned();
    let signature = Approval { fingerprint: key.fingerprint().to_string(), at: at.to_owned(), envelope };
    Ok(Review { signature: Some(signature), ..review.clone() })
}

/// The key that signed a review, if its signature holds over exactly this review and is what the review says of it; `None`
/// where it carries none.
///
/// # Errors
/// It is of another form, does not hold under the key that it carries, is over another review, or is of another key or date
/// than the review says.
pub fn key(review: &Review) -> Result<Option<Fingerprint>, String> {
    let Some(carried) = &review.signature else { return Ok(None) };
    let envelope = dsse::Envelope::decode(carried.envelope.as_bytes())?;
    let statement: Statement = in_toto::read(&envelope, PREDICATE_TYPE)?;
    let predicate = statement.predicate;
    let key = in_toto::carried_key(&envelope, &predicate.key)?.fingerprint();
    if predicate.format != 1 {
        return Err(format!("its form is {}; this program reads 1", predicate.format));
    }
    if statement.subject != [subject(review).map_err(|e| e.to_string())?] {
        return Err("what was signed is another review".to_owned());
    }
    clock::parse_rfc3339(&predicate.at).map_err(|why| format!("its date: {why}"))?;
    if (key.as_str(), &predicate.at) != (carried.fingerprint.as_str(), &carried.at) {
        return Err("the review names another key or date than was signed".to_owned());
    }
    Ok(Some(key))
}

/// Reads the file of a signed review: `reviews.json` with that one review, as [`seal`] made it.
///
/// # Errors
/// It is none, holds another number of reviews, or the review is not signed or its signature does not hold.
pub fn read(bytes: &[u8]) -> Result<Review, String> {
    let mut all = Reviews::read(bytes)?.reviews;
    let (Some(review), true) = (all.pop(), all.is_empty()) else {
        return Err("it must hold one review".to_owned());
    };
    match key(&review) {
        Ok(Some(_)) => Ok(review),
        Ok(None) => Err("nobody signed it: give the file that the reviewer wrote, or the one that poolproof review made of it".to_owned()),
        Err(why) => Err(format!("its signature: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::review::PoolReview;
    use crate::sign::LocalKey;

    const AT: &str = "2026-07-01T10:00:00Z";

    fn review() -> Review {
        let user = |c: &str| format!("u_{}", c.repeat(20));
        Review {
            reviewer: "C. Santos".to_owned(),
            role: "head of IT".to_owned(),
            on: "2026-06-30".parse().unwrap(),
            period: "2026-H1".to_owned(),
            population: "0a".repeat(32),
            sha256: "0b".repeat(32),
            pools: vec![PoolReview { id: "eu-west-1_A".into(), keep: vec![user("a"), user("b")], remove: vec![user("c")] }],
            signature: None,
        }
    }
    fn file(review: Review) -> Vec<u8> {
        Reviews::of(vec![review]).to_json().unwrap()
    }

    #[test]
    fn a_signed_review_is_read_with_the_key_that_signed_it() {
        let signer = LocalKey::throw_away().unwrap();
        let signed = seal(&review(), AT, &signer).unwrap();
        assert_eq!(key(&signed), Ok(Some(signer.public().fingerprint())));
        assert_eq!(read(&file(signed.clone())), Ok(signed));
        assert_eq!(key(&review()), Ok(None));
        assert!(read(&file(review())).unwrap_err().contains("nobody signed it"));
    }

    #[test]
    fn a_review_of_any_length_fits_what_kms_signs() {
        let mut long = review();
        long.pools[0].keep = vec![format!("u_{}", "a".repeat(20)); 5_000];
        let signed = seal(&long, AT, &LocalKey::throw_away().unwrap()).unwrap();
        let envelope = dsse::Envelope::decode(signed.signature.unwrap().envelope.as_bytes()).unwrap();
        assert!(envelope.pae().len() <= super::super::statement::PAE_LIMIT);
    }

    #[test]
    fn every_change_of_what_was_signed_shows() {
        let signed = seal(&review(), AT, &LocalKey::throw_away().unwrap()).unwrap();
        type Change = fn(&mut Review);
        let changes: [Change; 9] = [
            |r| r.reviewer = "D. Santos".to_owned(),
            |r| r.role = "head of HR".to_owned(),
            |r| r.on = "2026-06-29".parse().unwrap(),
            |r| r.period = "2026-H2".to_owned(),
            |r| r.population = "0c".repeat(32),
            |r| r.sha256 = "0c".repeat(32),
            |r| r.pools[0].id = "eu-west-1_B".into(),
            |r| drop(r.pools[0].remove.pop()),
            |r| {
                let moved = r.pools[0].remove.pop().unwrap();
                r.pools[0].keep.push(moved);
            },
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut other = signed.clone();
            change(&mut other);
            assert_eq!(key(&other), Err("what was signed is another review".to_owned()), "{n}");
        }
    }

    #[test]
    fn a_forged_signature_is_refused() {
        let (signer, other) = (LocalKey::throw_away().unwrap(), LocalKey::throw_away().unwrap());
        let signed = seal(&review(), AT, &signer).unwrap();
        let carried = signed.signature.clone().unwrap();
        let envelope = dsse::Envelope::decode(carried.envelope.as_bytes()).unwrap();
        let with = |envelope: dsse::Envelope| {
            let text = String::from_utf8(envelope.encode()).unwrap().trim_end().to_owned();
            key(&Review { signature: Some(Approval { envelope: text, ..carried.clone() }), ..review() }).unwrap_err()
        };
        // Another key's signature over a statement that carries the reviewer's key, under either name.
        let mut by_another = dsse::Envelope::seal(dsse::IN_TOTO, envelope.payload.clone(), &other).unwrap();
        assert!(with(by_another.clone()).contains("its signature is not valid"));
        by_another.keyid = envelope.keyid.clone();
        assert!(with(by_another).contains("its signature is not valid"));
        // Words that the reviewer's own key signed, but of another kind or form.
        let text = String::from_utf8(envelope.payload).unwrap();
        for (from, to) in [
            ("access-review/v1", "exception-approval/v1"),
            ("\"format\":1", "\"format\":2"),
            ("\"name\":\"access-review\"", "\"name\":\"exception\""),
            (AT, "yesterday"),
            (AT, "2026-07-02T10:00:00Z"),
        ] {
            assert!(text.contains(from));
            with(dsse::Envelope::seal(dsse::IN_TOTO, text.replace(from, to).into_bytes(), &signer).unwrap());
        }
        // A signature that holds, under another's fingerprint.
        let named = Approval { fingerprint: other.public().fingerprint().to_string(), ..carried };
        assert!(key(&Review { signature: Some(named), ..review() }).unwrap_err().contains("another key or date"));
    }

    #[test]
    fn a_file_that_is_no_single_signed_review_is_refused() {
        let signed = seal(&review(), AT, &LocalKey::throw_away().unwrap()).unwrap();
        let two = Reviews::of(vec![signed.clone(), signed.clone()]).to_json().unwrap();
        assert_eq!(read(&two), Err("it must hold one review".to_owned()));
        assert!(read(b"{}").is_err());
        let altered = String::from_utf8(file(signed)).unwrap().replace("head of IT", "head of HR");
        assert!(read(altered.as_bytes()).unwrap_err().starts_with("its signature: "));
    }
}
