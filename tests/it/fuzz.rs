//! The hermetic smoke run of `tests/fuzz/entries.rs`: arbitrary bytes and mutated good inputs through the same functions as the
//! fuzz targets. Nothing may panic. `FUZZ_CORPUS=DIR` writes the good inputs as a corpus for the targets.

#[path = "../fuzz/entries.rs"]
mod entries;

use crate::sealing::tsa::Tsa;
use crate::sealing::{HONEST, KEY, packed};
use entries::ENTRIES;
use poolproof::clock::parse_rfc3339;
use poolproof::sign::cms::{self, ToSign};
use poolproof::sign::x509::{self, Certificate};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// Good inputs of each entry.
static SEEDS: LazyLock<BTreeMap<&'static str, Vec<Vec<u8>>>> = LazyLock::new(|| {
    let file = |path: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let cli = |pick: u8, name: &str| [&[pick][..], &file(&format!("tests/vectors/awscli/as-published/{name}"))].concat();
    let of = |paths: &[&str]| paths.iter().map(|path| HONEST[*path].clone()).collect::<Vec<_>>();
    let small = crate::sealing::plain_input();
    let dir = tempfile::tempdir().unwrap();
    let sealed = crate::sealing::seal(dir.path(), &small, &KEY).unwrap();
    let xml = br#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"#;
    let statement = poolproof::sign::dsse::Envelope::decode(&HONEST["signature/statement.dsse.json"]).unwrap().payload;
    BTreeMap::from([
        (
            "container",
            vec![
                std::fs::read(&sealed.path).unwrap(),
                packed(&HONEST.iter().take(3).map(|(p, b)| (p.clone(), b.clone())).collect()).bytes(),
            ],
        ),
        ("manifest", of(&["manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt"])),
        ("envelope", of(&["signature/statement.dsse.json"])),
        ("statement", vec![statement]),
        ("public_key", vec![HONEST["signature/signer.pub.pem"].clone(), KEY.public().spki().to_vec()]),
        ("trust", vec![file("samples/bundle/trust.toml")]),
        ("recording_line", of(&["data/recording/123456789012.jsonl", "data/recording/123456789012.eu-west-1.jsonl"])),
        ("recording_header", of(&["data/recording/header.json"])),
        ("changes", vec![crate::sealing::journal()]),
        ("strict_json", of(&["data/inputs/scope.json", "signature/statement.sigstore.json"])),
        ("xml", vec![xml.to_vec()]),
        (
            "bucket_xml",
            vec![
                b"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix>AWSLogs/</Prefix></Filter><Expiration><Days>400</Days></Expiration><Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>".to_vec(),
                b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>400</Days></DefaultRetention></Rule></ObjectLockConfiguration>".to_vec(),
                b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".to_vec(),
            ],
        ),
        (
            "event_pattern",
            vec![
                br#"{"source": ["aws.cognito-idp"], "detail-type": [{"prefix": "AWS"}], "detail": {"eventName": ["UpdateUserPool"]}}"#
                    .to_vec(),
            ],
        ),
        (
            "cli_file",
            vec![
                cli(0, "describe-user-pool.json"),
                cli(1, "list-users.1.json"),
                cli(2, "admin-get-user.json"),
                cli(3, "get-caller-identity.json"),
                cli(4, "list-groups.json"),
            ],
        ),
        ("evidence", of(&["data/evidence.json"])),
        ("scope_file", vec![file("samples/scope/full.toml"), file("samples/scope/minimal.toml")]),
        ("roster_file", vec![file("samples/scope/people.csv")]),
        (
            "roster_json",
            vec![format!(
                "{{\"format\":\"poolproof-roster/1\",\"as_of\":\"2026-09-28\",\"commitment\":\"{}\",\"bytes\":9,\"rows\":1,\"people\":[{{\"email\":\"e_{}\",\"status\":\"left\"}}]}}",
                "0a".repeat(32),
                "a".repeat(20)
            )
            .into_bytes()],
        ),
        (
            "review_file",
            vec![format!(
                "reviewer = \"C. Santos\"\nrole = \"head of IT\"\non = \"2026-06-30\"\nperiod = \"2026-H1\"\npopulation = \"{}\"\n[[pool]]\nid = \"eu-west-1_A\"\nremove = [\"u_{}\"]\n",
                "0a".repeat(32),
                "a".repeat(20)
            )
            .into_bytes()],
        ),
        (
            "reviews_json",
            vec![format!(
                "{{\"format\":\"poolproof-reviews/1\",\"reviews\":[{{\"reviewer\":\"C. Santos\",\"role\":\"head of IT\",\"on\":\"2026-06-30\",\"period\":\"2026-H1\",\"population\":\"{0}\",\"sha256\":\"{0}\",\"pools\":[{{\"id\":\"eu-west-1_A\",\"keep\":[],\"remove\":[\"u_{1}\"]}}]}}]}}",
                "0a".repeat(32),
                "a".repeat(20)
            )
            .into_bytes()],
        ),
        ("signed_review", vec![crate::verify::reviewed::file(&KEY)]),
        ("scope_json", of(&["data/inputs/scope.json"])),
        ("catalogue", of(&["data/catalog/gdpr.toml", "data/catalog/named-by-policy.toml"])),
        ("cms", [cades(true), cades(false)].to_vec()),
        ("certificate", vec![CERTIFICATE.clone(), Certificate::read(&CERTIFICATE).unwrap().to_pem().into_bytes()]),
        ("attestation", vec![REVIEW.to_vec()]),
        ("time_stamp", vec![Tsa::new(parse_rfc3339("2026-11-24T12:00:00Z").unwrap()).stamp(poolproof::digest::sha256(entries::SIGNED))]),
        ("pdf", vec![crate::sealing::pdf::signed(&KEY)]),
        ("revocation_list", vec![crate::verify::certified::revoked_list()]),
        ("log_file", vec![crate::verify::log_files::bucket().logs[13].1.clone()]),
        ("digest_file", vec![crate::verify::log_files::bucket().digests[1].bytes(), crate::verify::log_files::bucket().digests[0].bytes()]),
        ("trail_keys", vec![crate::verify::log_files::listed().to_string().into_bytes()]),
    ])
});

static CERTIFICATE: LazyLock<Vec<u8>> =
    LazyLock::new(|| x509::self_signed(&*KEY, "Example Ltd", parse_rfc3339("2026-01-01T00:00:00Z").unwrap()).unwrap());
/// Not a review that holds, but one in its form.
const REVIEW: &[u8] = br#"{"format":"poolproof-attestation/1","name":"A","role":"auditor","statement":"x","items":[]}"#;

/// A signature as CAdES has it, or as PAdES.
fn cades(with_time: bool) -> Vec<u8> {
    let chain = [CERTIFICATE.clone()];
    let signing_time = with_time.then(|| parse_rfc3339("2026-02-01T00:00:00Z").unwrap());
    let what = ToSign {
        content_type: cms::DATA,
        content: cms::Content::Detached(poolproof::digest::sha256(entries::SIGNED)),
        chain: &chain,
        signing_time,
    };
    cms::build(&what, &*KEY).unwrap().to_der().unwrap()
}

/// One change of an input: where (a fraction of its length), what, and with which byte.
type Change = (u16, u8, u8);

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (at, what, with) in changes {
        let at = usize::from(*at) * bytes.len() / usize::from(u16::MAX);
        match what % 6 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), *with),
            2 => {
                let run = bytes[at..(at + usize::from(*with)).min(bytes.len())].to_vec();
                bytes.splice(at..at, run);
            }
            3 => drop(bytes.drain(at..(at + usize::from(*with)).min(bytes.len()))),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= with;
                }
            }
        }
    }
    bytes
}

#[test]
fn every_entry_has_good_inputs_and_a_fuzz_target() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = std::fs::read_to_string(home.join("Cargo.toml")).unwrap();
    assert_eq!(ENTRIES.len(), SEEDS.len());
    for (name, entry) in ENTRIES {
        assert!(home.join(format!("fuzz_targets/{name}.rs")).exists() && manifest.contains(&format!("name = \"{name}\"")), "{name}");
        for (n, seed) in SEEDS[name].iter().enumerate() {
            entry(seed);
            if let Ok(corpus) = std::env::var("FUZZ_CORPUS") {
                let folder = Path::new(&corpus).join(name);
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(format!("good-{n}")), seed).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        for (_, entry) in ENTRIES {
            entry(&bytes);
        }
    }

    #[test]
    fn mutated_good_inputs_never_panic(
        pick in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec(any::<Change>(), 1..6),
    ) {
        for (name, entry) in ENTRIES {
            let seeds = &SEEDS[name];
            entry(&changed(&seeds[pick.index(seeds.len())], &changes));
        }
    }
}
