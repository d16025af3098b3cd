//! Steps 3 and 4: rotations from the trusted key that it did not sign, or that lead elsewhere.

use crate::sealing::{HONEST, KEY, packed, refixed_tags, resealed};
use poolproof::sign::dsse::Envelope;
use poolproof::sign::{LocalKey, rotation};
use std::sync::LazyLock;

/// Nobody trusts it; it seals the bundles here.
static STRANGER: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());
static THIRD: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::throw_away().unwrap());

const DAY: &str = "2026-09-01T00:00:00.000Z";

fn over(old: &LocalKey, new: &LocalKey, at: &str) -> Envelope {
    rotation::seal(old, new.public(), at).unwrap()
}

/// The honest payload, sealed by the stranger, with this rotation.
fn with(rotation: &Envelope) -> Vec<u8> {
    let mut files = resealed(&HONEST, &STRANGER);
    files.insert("signature/rotation/1.dsse.json".to_owned(), rotation.encode());
    packed(&refixed_tags(files)).bytes()
}

pub fn rotation_signed_by_a_stranger() -> Vec<u8> {
    with(&over(&THIRD, &STRANGER, DAY))
}
pub fn rotation_signed_by_a_stranger_in_the_signers_name() -> Vec<u8> {
    let genuine = over(&KEY, &STRANGER, DAY);
    let forged = Envelope::seal(&genuine.payload_type, genuine.payload, &*STRANGER).unwrap();
    with(&Envelope { keyid: KEY.public().fingerprint(), ..forged })
}
pub fn rotation_that_names_the_stranger_as_its_signer() -> Vec<u8> {
    let genuine = over(&KEY, &STRANGER, DAY);
    with(&Envelope::seal(&genuine.payload_type, genuine.payload, &*STRANGER).unwrap())
}
pub fn rotation_altered_to_another_key() -> Vec<u8> {
    let genuine = over(&KEY, &THIRD, DAY);
    let name = |key: &LocalKey| key.public().fingerprint().to_string();
    let payload = String::from_utf8(genuine.payload.clone()).unwrap();
    assert!(payload.contains(&name(&THIRD)));
    with(&Envelope { payload: payload.replace(&name(&THIRD), &name(&STRANGER)).into_bytes(), ..genuine })
}
pub fn rotation_to_a_third_key() -> Vec<u8> {
    with(&over(&KEY, &THIRD, DAY))
}
pub fn rotation_against_its_direction() -> Vec<u8> {
    with(&over(&STRANGER, &KEY, DAY))
}
pub fn rotation_dated_in_the_future() -> Vec<u8> {
    with(&over(&KEY, &STRANGER, "2026-12-24T00:00:00.000Z"))
}
pub fn rotation_that_nobody_asked_to_follow() -> Vec<u8> {
    with(&over(&KEY, &STRANGER, DAY))
}
