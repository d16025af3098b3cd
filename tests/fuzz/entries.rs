//! Every parser of foreign bytes, by name: what the fuzz targets and `cargo test` (tests/it/fuzz.rs) both run. An entry must
//! not panic, hang or grow without bound, whatever the bytes; where it accepts them, what it read must hold together.

use poolproof::bundle::Bag;
use poolproof::bundle::{layout, manifest};
use poolproof::change::bundled;
use poolproof::collect::import;
use poolproof::config;
use poolproof::config::reviews;
use poolproof::config::roster::{Column, RosterFile};
use poolproof::controls::catalogue::{CHECKS, Catalogue};
use poolproof::digest::{base32, sha256, sha256_hex};
use poolproof::model::json;
use poolproof::model::review::Reviews;
use poolproof::model::roster::Roster;
use poolproof::model::scope::{Period, PrivacyMode, Scope};
use poolproof::recording::changes::Changes;
use poolproof::recording::header::{self, Header};
use poolproof::recording::line::{Call, RawCall};
use poolproof::recording::pseudonym::Pseudonyms;
use poolproof::recording::read::{Lines, Recording};
use poolproof::recording::redact::Redactor;
use poolproof::recording::{audit, digest_file as digests, redact, xml};
use poolproof::report::evidence_v1::EvidenceV1;
use poolproof::sign::cms::{self, Over, Profile};
use poolproof::sign::dsse::{self, Envelope};
use poolproof::sign::pades::scan;
use poolproof::sign::x509::{self, Certificate};
use poolproof::sign::{Fingerprint, PublicKey, access_review, attestation, statement, timestamp};
use poolproof::snapshot::log_file as cloudtrail;
use poolproof::snapshot::{bucket, lifecycle, watch};
use poolproof::verify::{predicate, trail_keys as public_keys, trust};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Cursor;

/// An entry: its name, and what it does with foreign bytes.
pub type Entry = (&'static str, fn(&[u8]));

/// All of them. One fuzz target each, of the same name.
pub const ENTRIES: &[Entry] = &[
    ("container", container),
    ("manifest", bag_files),
    ("envelope", envelope),
    ("statement", in_toto),
    ("public_key", public_key),
    ("trust", trust_file),
    ("recording_line", recording_line),
    ("recording_header", recording_header),
    ("changes", changes),
    ("strict_json", strict_json),
    ("xml", answer_xml),
    ("bucket_xml", bucket_xml),
    ("event_pattern", event_pattern),
    ("cli_file", cli_file),
    ("evidence", evidence),
    ("scope_file", scope_file),
    ("roster_file", roster_file),
    ("roster_json", roster_json),
    ("review_file", review_file),
    ("reviews_json", reviews_json),
    ("signed_review", signed_review),
    ("scope_json", scope_json),
    ("catalogue", catalogue),
    ("cms", signed_data),
    ("certificate", certificate),
    ("attestation", review),
    ("time_stamp", time_stamp),
    ("pdf", signed_pdf),
    ("revocation_list", revocation_list),
    ("log_file", log_file),
    ("digest_file", digest_file),
    ("trail_keys", trail_keys),
];

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A ZIP: every file that its directory names is read when it is opened, and the same again.
pub fn container(bytes: &[u8]) {
    let Ok(bag) = Bag::zip(Box::new(Cursor::new(bytes.to_vec()))) else { return };
    for (path, stored) in bag.files() {
        layout::check_path(path).expect("a name that was taken is one that may be");
        if stored.size < 1 << 20 {
            let again = bag.read(path, stored.size).expect("what was read once is read again");
            assert_eq!(again.len() as u64, stored.size);
        }
    }
}

/// A manifest and `bag-info.txt`: what is read has one spelling.
pub fn bag_files(bytes: &[u8]) {
    if let Ok(listed) = manifest::parse_manifest(text(bytes)) {
        let again = manifest::manifest(listed.iter().map(|(path, digest)| (path.as_str(), digest.as_str())));
        assert_eq!(again.as_bytes(), bytes);
    }
    let _ = manifest::parse_bag_info(text(bytes));
    let _ = layout::check_path(text(bytes));
}

/// A DSSE envelope: what is read comes back the same.
pub fn envelope(bytes: &[u8]) {
    if let Ok(read) = Envelope::decode(bytes) {
        assert_eq!(Envelope::decode(&read.encode()).as_ref(), Ok(&read));
        let _ = statement::read(&read);
    }
}

/// A statement inside an envelope whose signature somebody has made.
pub fn in_toto(bytes: &[u8]) {
    let keyid = Fingerprint::parse(&"00".repeat(32)).expect("64 digits");
    let envelope = Envelope { payload_type: dsse::IN_TOTO.to_owned(), payload: bytes.to_vec(), keyid, signature: Vec::new() };
    if let Ok(read) = statement::read(&envelope) {
        assert_eq!(read.subject.len(), statement::SUBJECTS.len());
    }
}

/// A public key, PEM or DER, and a fingerprint. A key that is taken has one spelling.
pub fn public_key(bytes: &[u8]) {
    if let Ok(key) = PublicKey::from_spki(bytes) {
        assert_eq!(key.spki(), bytes);
        assert!(!key.verifies(b"message", bytes));
    }
    if let Ok(key) = PublicKey::from_pem(text(bytes)) {
        assert_eq!(PublicKey::from_pem(&key.to_pem()).as_ref(), Ok(&key));
    }
    let _ = Fingerprint::parse(text(bytes));
}

/// A trust file.
pub fn trust_file(bytes: &[u8]) {
    let _ = trust::parse(text(bytes), &|_| Err(String::new()));
}

/// A segment of a recording, its first line chained to whatever it names itself.
pub fn recording_line(bytes: &[u8]) {
    let prev = serde_json::from_slice::<Value>(bytes.split(|b| *b == b'\n').next().unwrap_or_default());
    let prev = prev.ok().and_then(|v| v["prev"].as_str().map(str::to_owned)).unwrap_or_default();
    for call in Lines::new("a", &prev, Box::new(bytes)).flatten() {
        let _ = audit::call(&call);
    }
}

/// A recording's header.
pub fn recording_header(bytes: &[u8]) {
    let _ = json::strict::<Header>(bytes);
    let files = BTreeMap::from([(header::FILE.to_owned(), bytes.to_vec())]);
    if let Ok(recording) = Recording::new(files) {
        let _ = recording.head_digest();
    }
}

/// A journal of changes: what a bundle carries of it tells nothing that the journal does not tell.
pub fn changes(bytes: &[u8]) {
    let carried = bundled::bundled(bytes).expect("digests are JSON").unwrap_or_default();
    let (given, read) = (Changes::of(bytes), Changes::of(&carried));
    assert!(read.told.iter().all(|told| given.told.contains(told) || read.broken.contains(&told.line)));
}

/// JSON in which no key is repeated: what is taken is JSON to everybody, and says the same.
pub fn strict_json(bytes: &[u8]) {
    if let Ok(value) = json::strict::<Value>(bytes) {
        assert_eq!(serde_json::from_slice::<Value>(bytes).ok().as_ref(), Some(&value));
    }
}

/// An answer of SNS or STS.
pub fn answer_xml(bytes: &[u8]) {
    let _ = xml::to_json("GetCallerIdentity", text(bytes));
    let _ = xml::error_code(text(bytes));
    let _ = redact::parse("sts", "GetCallerIdentity", bytes);
    let _ = redact::parse("cognito-idp", "DescribeUserPool", bytes);
}

/// A call as it is kept, when this was its answer: redacted, and in its form.
fn redacted(service: &'static str, operation: &'static str, input: Value, body: Vec<u8>) -> Call {
    let raw = RawCall {
        service,
        operation,
        region: "eu-west-1".to_owned(),
        origin: None,
        input,
        pass: 1,
        attempt: 1,
        time: "2026-11-24T10:00:00.000Z".to_owned(),
        status: Some(200),
        request_id: None,
        server_date: None,
        error: None,
        body,
        subject_sub: None,
    };
    let redactor = Redactor::new(Pseudonyms::new(PrivacyMode::Pseudonym, [1; 32], [2; 32]), "r_fuzz");
    let call = redactor.call(&raw, "a:1", "00");
    assert!(audit::call(&call).is_empty());
    call
}

/// What S3 says of a bucket: what is kept of it is in its form, and what is read of a rule is a rule.
pub fn bucket_xml(bytes: &[u8]) {
    for operation in [bucket::LIFECYCLE, bucket::LOCK, bucket::VERSIONING] {
        let Some(answer) = redact::parse("s3", operation, bytes) else { continue };
        let call = redacted("s3", operation, serde_json::json!({"Bucket": "logs"}), bytes.to_vec());
        let kept = call.answer.expect("what was parsed is kept");
        let rules = |answer: &Value| answer["Rules"].as_array().cloned().unwrap_or_default();
        assert_eq!(rules(&kept).len(), rules(&answer).len());
        for (n, rule) in rules(&kept).iter().enumerate() {
            let read = lifecycle::rule(rule, n);
            assert!(read.is_none_or(|read| read.on || read.expires.is_none()));
        }
    }
}

/// The pattern of a rule of EventBridge: what is kept of it is in its form, and is judged.
pub fn event_pattern(bytes: &[u8]) {
    let rule = serde_json::json!({"Name": "a", "State": "ENABLED", "EventPattern": text(bytes)});
    let call = redacted("events", "ListRules", serde_json::json!({}), serde_json::json!({"Rules": [rule]}).to_string().into_bytes());
    let kept = call.answer.and_then(|answer| answer.pointer("/Rules/0").cloned()).unwrap_or_default();
    let _ = watch::to_ask(&kept);
}

/// A file in a folder of the AWS CLI: the first byte picks the file's name.
pub fn cli_file(bytes: &[u8]) {
    const NAMES: [&str; 6] =
        ["describe-user-pool.json", "list-users.json", "admin-get-user.json", "get-caller-identity.json", "list-groups.json", "notes.json"];
    let Some((pick, content)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let name = NAMES[usize::from(*pick) % NAMES.len()];
    std::fs::write(folder.path().join(name), content).expect("a file");
    let _ = import::check(&scope(), folder.path());
}

fn scope() -> Scope {
    let day = |text: &str| text.parse().expect("a day");
    Scope::undeclared(Period { label: "2026-Q4".to_owned(), from: day("2026-10-01"), to: day("2026-12-31") })
}

/// `evidence.json`: what is read is written the same, and a predicate can be made of it.
pub fn evidence(bytes: &[u8]) {
    let Ok(read) = json::strict::<EvidenceV1>(bytes) else { return };
    let predicate = predicate::of(&read, None, false);
    assert_eq!(predicate::difference(&predicate, &read), None);
    let written = read.to_json().expect("what was JSON is JSON");
    assert_eq!(json::strict::<EvidenceV1>(&written).as_ref(), Ok(&read));
}

/// A scope file as an owner writes it.
pub fn scope_file(bytes: &[u8]) {
    let day = "2026-09-30".parse().expect("a day");
    if let Err(why) = config::read(text(bytes), "poolproof.toml", day, CHECKS) {
        assert!(!why.to_string().is_empty());
    }
}

/// A roster as a personnel department exports it: whoever is named in it is kept by digest, and comes back the same.
pub fn roster_file(bytes: &[u8]) {
    let day = "2026-09-28".parse().expect("a day");
    match RosterFile::read(bytes, "people.csv", day) {
        Ok(file) => {
            let keyed = |column, name: &str| {
                let prefix = match column {
                    Column::Email => 'e',
                    Column::Sub => 'u',
                    _ => 'n',
                };
                format!("{prefix}_{}", &base32(&sha256(name.as_bytes()))[..20])
            };
            let roster = file.redacted(keyed, sha256_hex);
            assert_eq!(Roster::read(&roster.to_json().expect("it is written")), Ok(roster));
        }
        Err(why) => assert!(why.to_string().starts_with("people.csv:")),
    }
}

/// `data/inputs/roster.json`: what is read holds digests only.
pub fn roster_json(bytes: &[u8]) {
    if let Ok(roster) = Roster::read(bytes) {
        assert!(roster.people.iter().flat_map(|p| p.digests()).all(audit::is_digest));
    }
}

/// A review of access as its reviewer writes it: what is read can be kept, and what is kept is read again.
pub fn review_file(bytes: &[u8]) {
    let (Ok(text), day) = (std::str::from_utf8(bytes), "2026-09-28".parse().expect("a day")) else { return };
    match reviews::read(text, "review.toml", day, None) {
        Ok(review) => {
            let all = Reviews::of(vec![review]);
            assert_eq!(Reviews::read(&all.to_json().expect("it is written")), Ok(all));
        }
        Err(why) => assert!(why.starts_with("review.toml:")),
    }
}

/// `data/inputs/reviews.json`: whom is decided on stands there by pseudonym only.
pub fn reviews_json(bytes: &[u8]) {
    if let Ok(all) = Reviews::read(bytes) {
        let users = all.reviews.iter().flat_map(|r| &r.pools).flat_map(|p| p.keep.iter().chain(&p.remove));
        assert!(users.map(String::as_str).all(audit::is_digest));
    }
}

/// The file of a signed review: what is read is signed, and stays so when it is written again.
pub fn signed_review(bytes: &[u8]) {
    if let Ok(review) = access_review::read(bytes) {
        assert!(access_review::key(&review).is_ok_and(|key| key.is_some()));
        let again = Reviews::of(vec![review.clone()]).to_json().expect("it is written");
        assert_eq!(access_review::read(&again), Ok(review));
    }
}

/// `data/inputs/scope.json`.
pub fn scope_json(bytes: &[u8]) {
    let _ = json::strict::<Scope>(bytes);
}

/// A framework of the bundled catalogue.
pub fn catalogue(bytes: &[u8]) {
    let files = BTreeMap::from([("house.toml".to_owned(), text(bytes).to_owned())]);
    let _ = Catalogue::load(&files, CHECKS).map_err(|e| e.to_string());
}

/// A CMS signature, as CAdES, as PAdES and as a time-stamp token. Without the bytes that it is over, none of the first two holds.
pub fn signed_data(bytes: &[u8]) {
    for profile in [Profile::Cades, Profile::Pades] {
        if let Ok(signed) = cms::read(bytes, profile, Over::Bytes(SIGNED), &[]) {
            assert_eq!(signed.message_digest, poolproof::digest::sha256(SIGNED));
            let _ = signed.timestamp();
        }
    }
    let _ = cms::read(bytes, Profile::Token, Over::Attached, &[]);
}

/// What the good CMS signatures are over.
pub const SIGNED: &[u8] = b"signed";

/// Certificates, DER and PEM. What is read is kept byte for byte.
pub fn certificate(bytes: &[u8]) {
    let one = |certificate: &Certificate| {
        let _ = (certificate.spki(), certificate.subject(), certificate.issuer(), certificate.validity(), certificate.is_self_issued());
        let _ = (certificate.usages(), certificate.key_identifier());
    };
    if let Ok(read) = Certificate::read(bytes) {
        assert_eq!(read.der(), bytes);
        one(&read);
    }
    if let Ok(chain) = x509::chain_from_pem(text(bytes)) {
        chain.iter().for_each(one);
    }
}

/// A time-stamp authority's answer: a token that is taken is over the digest that was asked for.
pub fn time_stamp(bytes: &[u8]) {
    let digest = poolproof::digest::sha256(SIGNED);
    if let Ok(token) = timestamp::Token::in_response(bytes, digest) {
        assert!(timestamp::token_in(bytes).is_ok());
        assert_eq!(timestamp::Token::in_response(bytes, digest).map(|again| again.time), Ok(token.time));
        assert!(timestamp::Token::in_response(bytes, [0; 32]).is_err());
    }
}

/// A signed report: what is accepted is a whole file in the one form, its hole the only part that the digest leaves out.
pub fn signed_pdf(bytes: &[u8]) {
    if let Ok(found) = scan::scan_bytes(bytes) {
        assert_eq!(found.size, bytes.len() as u64);
        assert!(found.place.start < found.place.end && found.place.end <= found.size);
    }
}

/// A list of revoked certificates: when it is current.
pub fn revocation_list(bytes: &[u8]) {
    let _ = poolproof::verify::current_between(bytes);
}

/// A reviewer's document, and the statement over it.
pub fn review(bytes: &[u8]) {
    if let Ok(review) = attestation::read_document(bytes) {
        let _ = attestation::check(&review);
    }
    let keyid = Fingerprint::parse(&"00".repeat(32)).expect("64 digits");
    let envelope = Envelope { payload_type: dsse::IN_TOTO.to_owned(), payload: bytes.to_vec(), keyid, signature: Vec::new() };
    let _ = attestation::read(&envelope);
}

/// A CloudTrail log file, as delivered and unpacked; and its name.
pub fn log_file(bytes: &[u8]) {
    let _ = (cloudtrail::named(text(bytes)), cloudtrail::named_digest(text(bytes)));
    for content in [cloudtrail::unpack(bytes).ok(), Some(bytes.to_vec())].into_iter().flatten() {
        if let Ok(told) = cloudtrail::read(&content, "eu-west-1") {
            let told: Value = serde_json::from_slice(&told).expect("what is recorded is JSON");
            assert_eq!(told["Sha256"].as_str(), Some(poolproof::digest::sha256_hex(&content).as_str()));
        }
    }
}

/// A digest file of CloudTrail, and a signature beside one: what is signed is over every byte of it.
pub fn digest_file(bytes: &[u8]) {
    if let Ok(read) = digests::parse(bytes) {
        assert!(read.to_sign().contains(&poolproof::digest::sha256_hex(bytes)) && read.start <= read.end);
        assert!(!read.trail().is_empty() && !read.follows(&read));
    }
    let _ = digests::signature(text(bytes));
}

/// CloudTrail's public keys: none that is taken has signed an arbitrary message.
pub fn trail_keys(bytes: &[u8]) {
    for key in public_keys::parse(bytes).into_iter().flatten() {
        assert!(!key.signed("message", &"00".repeat(256)));
    }
}
