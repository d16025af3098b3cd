//! Step 12: bundles over CloudTrail log files or digest files that were tampered with before the run.

use super::super::super::log_files::{OLD, altered, bucket, sealed};
use crate::sealing::packed;
use crate::trail::bucket::{AWS, Bucket, Key, signed};
use serde_json::json;

fn of(bucket: &Bucket) -> Vec<u8> {
    packed(&sealed(bucket)).bytes()
}
pub fn log_file_altered_and_sealed() -> Vec<u8> {
    of(&altered(bucket()))
}
pub fn digest_file_altered_and_sealed() -> Vec<u8> {
    let mut forged = altered(bucket());
    let again = forged.clone().digested(&AWS);
    // The forger has no key: AWS's signatures stay as they are.
    forged.digests[13].content = again.digests[13].content.clone();
    of(&forged)
}
pub fn digest_files_signed_by_another_key_and_sealed() -> Vec<u8> {
    let mut forged = bucket();
    let mallory = Key::new();
    for n in 0..forged.digests.len() {
        let mut content = forged.digests[n].content.clone();
        if let Some(before) = n.checked_sub(1).map(|n| forged.digests[n].clone()) {
            content["previousDigestSignature"] = json!(before.signature);
            content["previousDigestHashValue"] = json!(poolproof::digest::sha256_hex(&before.bytes()));
        }
        forged.digests[n] = signed(content, &mallory);
    }
    of(&forged)
}
pub fn digest_files_by_a_key_of_another_time_and_sealed() -> Vec<u8> {
    of(&bucket().digested(&OLD))
}
pub fn last_digest_file_without_its_own_signature_and_sealed() -> Vec<u8> {
    let mut forged = bucket();
    forged.digests[36].signature = forged.digests[35].signature.clone();
    of(&forged)
}
