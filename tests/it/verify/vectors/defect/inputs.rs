//! Steps 3 and 9: what a run was given besides the answers, made to say something else by the bundle's owner, who seals it again:
//! the journal of changes, the roster, the reviews of access, and approvals of exceptions.

use super::time::recorded_with;
use crate::sealing::{Files, HONEST, KEY, edit, journal, packed, resealed};
use crate::verify::approved::{bundle, exception, signed};
use poolproof::bundle::layout::{CHANGES, EVIDENCE, REVIEWS, ROSTER, SCOPE};
use poolproof::digest::sha256_hex;
use poolproof::model::exception::{Approval, Exception};
use poolproof::model::review::{PoolReview, Review, Reviews};
use poolproof::model::roster::{self, Person, Roster, Status};
use poolproof::model::scope::Scope;
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::LocalKey;

fn sealed(mut files: Files, change: impl FnOnce(&mut Files)) -> Vec<u8> {
    change(&mut files);
    packed(&resealed(&files, &KEY)).bytes()
}

fn scope() -> Scope {
    serde_json::from_slice(&HONEST[SCOPE]).unwrap()
}

/// The honest payload as it is when the recording began with this journal.
pub fn with_journal(journal: &[u8]) -> Files {
    let mut files = HONEST.clone();
    files.insert(CHANGES.to_owned(), journal.to_vec());
    recorded_with(files, |header| header.changes = Some(sha256_hex(journal)))
}

/// The honest payload as it is when the run was given this file, which the scope names.
fn given(path: &str, json: Vec<u8>) -> Files {
    let mut scope = scope();
    let named = if path == ROSTER { &mut scope.inputs.roster } else { &mut scope.inputs.reviews };
    *named = Some(sha256_hex(&json));
    let scope = scope.to_json().unwrap();
    let digest = sha256_hex(&scope);
    let mut files = HONEST.clone();
    files.extend([(SCOPE.to_owned(), scope), (path.to_owned(), json)]);
    recorded_with(files, |header| header.scope_digest = digest)
}

fn with_roster() -> Files {
    let person = Person { email: Some(format!("e_{}", "a".repeat(20))), username: None, sub: None, status: Status::Left, left_on: None };
    let roster = Roster {
        format: roster::FORMAT.to_owned(),
        as_of: scope().period.to,
        commitment: "5".repeat(64),
        bytes: 100,
        rows: 1,
        people: vec![person],
    };
    given(ROSTER, roster.to_json().unwrap())
}

fn with_review() -> Files {
    let scope = scope();
    let review = Review {
        reviewer: "C. Santos".to_owned(),
        role: "head of IT".to_owned(),
        on: scope.period.to,
        period: scope.period.label,
        population: "5".repeat(64),
        sha256: "6".repeat(64),
        pools: vec![PoolReview { id: scope.pools[0].id.clone(), keep: vec![format!("u_{}", "a".repeat(20))], remove: vec![] }],
        signature: None,
    };
    given(REVIEWS, Reviews::of(vec![review]).to_json().unwrap())
}

pub fn journal_of_changes_edited_and_sealed() -> Vec<u8> {
    sealed(with_journal(&journal()), |f| edit(f, CHANGES, "OPTIONAL", "ON"))
}
pub fn journal_of_changes_cut_at_its_end_and_sealed() -> Vec<u8> {
    sealed(with_journal(&journal()), |f| {
        let whole = &f[CHANGES];
        let last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
        let cut = whole[..last].to_vec();
        f.insert(CHANGES.to_owned(), cut);
    })
}
pub fn journal_of_changes_removed_and_sealed() -> Vec<u8> {
    sealed(with_journal(&journal()), |f| drop(f.remove(CHANGES)))
}
pub fn journal_of_changes_that_no_header_names_and_sealed() -> Vec<u8> {
    sealed(HONEST.clone(), |f| drop(f.insert(CHANGES.to_owned(), journal())))
}
pub fn journal_of_changes_edited_before_the_run_and_not_told_and_sealed() -> Vec<u8> {
    let edited = String::from_utf8(journal()).unwrap().replacen("09:00:00", "09:00:01", 1);
    sealed(with_journal(edited.as_bytes()), |f| {
        let mut evidence: EvidenceV1 = serde_json::from_slice(&f[EVIDENCE]).unwrap();
        let told = evidence.left_out.len();
        evidence.left_out.retain(|l| l.kind != "changes-broken");
        assert_ne!(evidence.left_out.len(), told);
        f.insert(EVIDENCE.to_owned(), evidence.to_json().unwrap());
    })
}
pub fn roster_edited_and_sealed() -> Vec<u8> {
    sealed(with_roster(), |f| edit(f, ROSTER, "\"left\"", "\"active\""))
}
pub fn roster_removed_and_sealed() -> Vec<u8> {
    sealed(with_roster(), |f| drop(f.remove(ROSTER)))
}
pub fn roster_that_the_run_never_had_and_sealed() -> Vec<u8> {
    sealed(HONEST.clone(), |f| drop(f.insert(ROSTER.to_owned(), with_roster()[ROSTER].clone())))
}
pub fn access_review_edited_and_sealed() -> Vec<u8> {
    sealed(with_review(), |f| edit(f, REVIEWS, "C. Santos", "D. Weber"))
}
pub fn access_review_removed_and_sealed() -> Vec<u8> {
    sealed(with_review(), |f| drop(f.remove(REVIEWS)))
}
pub fn access_review_that_the_run_never_had_and_sealed() -> Vec<u8> {
    sealed(HONEST.clone(), |f| drop(f.insert(REVIEWS.to_owned(), with_review()[REVIEWS].clone())))
}

/// A bundle whose scope declares the exception of [`exception`], changed, with an approval of the unchanged one.
fn approved(change: impl FnOnce(&mut Exception)) -> Vec<u8> {
    let key = LocalKey::throw_away().unwrap();
    let mut exception = Exception { approval: Some(signed(&key)), ..exception() };
    change(&mut exception);
    packed(&bundle(exception)).bytes()
}
fn approval(exception: &mut Exception) -> &mut Approval {
    exception.approval.as_mut().unwrap()
}

pub fn approval_altered_and_sealed() -> Vec<u8> {
    approved(|e| {
        let envelope = &mut approval(e).envelope;
        let at = envelope.find("\"payload\":\"").unwrap() + 40;
        let other = if envelope.as_bytes()[at] == b'A' { "B" } else { "A" };
        envelope.replace_range(at..=at, other);
    })
}
pub fn approval_of_another_exception_and_sealed() -> Vec<u8> {
    approved(|e| e.on = Some("COG-MFA-002".to_owned()))
}
pub fn approval_of_a_shorter_exception_and_sealed() -> Vec<u8> {
    approved(|e| e.expiry = "2027-03-31".parse().ok())
}
pub fn approval_of_other_words_and_sealed() -> Vec<u8> {
    approved(|e| e.reason = Some("the tills may not".to_owned()))
}
pub fn approval_by_the_one_who_asked_and_sealed() -> Vec<u8> {
    approved(|e| e.approver = Some("retail".to_owned()))
}
pub fn approval_under_another_keys_name_and_sealed() -> Vec<u8> {
    let other = LocalKey::throw_away().unwrap();
    approved(|e| approval(e).fingerprint = other.public().fingerprint().to_string())
}
