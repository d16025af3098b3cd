//! Keys, their certificates and passphrases through the program.

use super::{Ended, ended, program, run, sample};
use crate::sealing::certified::Public;
use poolproof::sign::x509::{self, Certificate};
use poolproof::sign::{LocalKey, Signer as _};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod,
};
use rcgen::{KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd};
use std::path::Path;

const SECRET: &str = "correct horse battery";

fn with_secret(folder: &Path, name: &str, value: &str, line: &str) -> Ended {
    ended(program(folder).env(name, value).args(line.split_whitespace()).output().unwrap())
}

#[test]
fn keys_new_writes_the_certificate_beside_the_key_and_overwrites_neither() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "keys new --out k.p8 --organization Example").expect(0);
    let chain = x509::chain_from_pem(&std::fs::read_to_string(dir.path().join("k.crt")).unwrap()).unwrap();
    let key = LocalKey::load(&dir.path().join("k.p8")).unwrap();
    assert_eq!((chain.len(), chain[0].spki().unwrap().as_slice()), (1, key.public_key_spki()));
    assert!(chain[0].subject().contains("O=Example"), "{}", chain[0].subject());
    std::fs::remove_file(dir.path().join("k.p8")).unwrap();
    run(dir.path(), "keys new --out k.p8").fails(2, "k.crt exists already");
    assert!(!dir.path().join("k.p8").exists(), "no key without its certificate");
}

#[test]
fn a_key_under_a_passphrase_seals_only_with_it() {
    let dir = tempfile::tempdir().unwrap();
    sample("demo", dir.path());
    run(dir.path(), "keys new --encrypt").fails(2, "POOLPROOF_KEY_PASSPHRASE");
    with_secret(dir.path(), "POOLPROOF_KEY_PASSPHRASE", "short", "keys new --encrypt").fails(2, "12 characters");
    with_secret(dir.path(), "POOLPROOF_KEY_PASSPHRASE", SECRET, "keys new --encrypt").expect(0);
    run(dir.path(), "run --from demo").fails(2, "it is encrypted");
    with_secret(dir.path(), "POOLPROOF_KEY_PASSPHRASE", "wrong horse battery", "run --from demo")
        .fails(2, "passphrase is not the right one");
    assert!(!dir.path().join("evidence").exists(), "nothing was begun");
    std::fs::write(dir.path().join("secret"), format!("{SECRET}\n")).unwrap();
    let done = with_secret(dir.path(), "POOLPROOF_KEY_PASSPHRASE_FILE", "secret", "run --from demo").expect(1);
    assert!(!done.out.contains(SECRET) && !done.err.contains(SECRET));
}

#[test]
fn a_certificate_and_a_list_that_the_scope_file_names_are_sealed_and_lead_to_the_authority() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    sample("demo", dir.path());
    run(dir.path(), "keys new").expect(0);
    run(dir.path(), "keys new --out other.p8").expect(0);
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = LocalKey::load(&dir.path().join("keys/evidence.p8")).unwrap();
    let mut leaf = CertificateParams::new(Vec::new()).unwrap();
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])];
    let leaf = leaf.signed_by(&Public(key.public_key_spki().to_vec()), &ca).unwrap();
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2020, 1, 1),
        next_update: date_time_ymd(2040, 1, 1),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let pem = |der: &[u8]| Certificate::read(der).unwrap().to_pem();
    write("signer.pem", pem(leaf.der()).as_bytes());
    write("ca.pem", pem(ca.der()).as_bytes());
    write("ca.crl", list.signed_by(&ca).unwrap().der());
    let scope = |certificate: &str, crl: &str| {
        let text = format!("[signing]\ncertificate = \"{certificate}\"\nchain = \"ca.pem\"\ncrls = [\"{crl}\"]\n");
        write("poolproof.toml", text.as_bytes());
    };
    scope("other.crt", "ca.crl");
    run(dir.path(), "run --from demo").fails(2, "other.crt");
    scope("signer.pem", "ca.pem");
    run(dir.path(), "run --from demo").fails(2, "no revocation list in DER");
    assert!(!dir.path().join("evidence").exists(), "nothing was begun");
    scope("signer.pem", "ca.crl");
    let said = run(dir.path(), "run --from demo --json").expect(1).json();
    let bundle = said["files"]["bundle"].as_str().unwrap();
    let entry = "[[ca]]\ncertificate = \"ca.pem\"\nwho = \"Our authority\"\nfor = \"signing\"\nvalid_from = \"2020-01-01T00:00:00Z\"\n";
    write("trust.toml", entry.as_bytes());
    let report = run(dir.path(), &format!("verify {bundle} --trust trust.toml --json")).expect(3).json();
    let step = |n: u64| report["steps"].as_array().unwrap().iter().find(|s| s["number"] == n).unwrap().clone();
    for n in [2, 3, 4, 5, 6] {
        assert_eq!(step(n)["outcome"], "passed", "{}", step(n));
    }
    assert!(step(4).to_string().contains("Our authority"), "{}", step(4));
}

#[test]
fn a_request_is_for_the_key_and_names_the_organisation() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "keys new").expect(0);
    let asked = run(dir.path(), "keys csr --organization Example").expect(0).out;
    assert!(asked.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n") && asked.ends_with("-----END CERTIFICATE REQUEST-----\n"));
    run(dir.path(), "keys csr gone.p8 --organization Example").fails(2, "there is no signing key");
}
