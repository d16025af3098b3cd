//! Time stamps through the program, with an authority on a port of this machine: honest, lying, and not there.

use super::{run, sample};
use crate::sealing::tsa::{Tsa, Wrong};
use chrono::{Duration, Utc};
use poolproof::bundle::{Bag, layout};
#[cfg(feature = "aws")]
use poolproof::recording::header::{Header, begun_imprint};
use poolproof::sign::timestamp::Token;
use poolproof::sign::x509::Certificate;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Serves an authority that says the present time; returns its address and its root as PEM.
fn served(wrong: Wrong) -> (String, String) {
    let (url, tsa) = served_over(wrong, None);
    (url, tsa.root)
}

/// What a caller may know of an authority that is served.
struct Served {
    /// Its root, PEM.
    root: String,
    /// A revocation list of that root which is current now, DER.
    list: Vec<u8>,
}

fn served_over(wrong: Wrong, tls: Option<Arc<ServerConfig>>) -> (String, Served) {
    let (send, receive) = std::sync::mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}/tsr", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let tsa = Tsa::wrong(Utc::now(), wrong);
        let trusted = tsa.trusted();
        send.send(Served { root: trusted.certificate.to_pem(), list: trusted.crls[0].clone() }).unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Who does not like the server's certificate hangs up.
            let _ = match &tls {
                None => answered(&mut stream, &tsa),
                Some(tls) => {
                    let mut session = StreamOwned::new(ServerConnection::new(tls.clone()).unwrap(), stream);
                    let ended = answered(&mut session, &tsa);
                    session.conn.send_close_notify();
                    let _ = session.flush();
                    ended
                }
            };
        }
    });
    (url, receive.recv().unwrap())
}

fn answered(stream: &mut (impl Read + Write), tsa: &Tsa) -> std::io::Result<()> {
    let mut asked = Vec::new();
    let body = loop {
        let mut part = [0; 4096];
        let n = stream.read(&mut part)?;
        if n == 0 {
            return Ok(());
        }
        asked.extend(&part[..n]);
        let Some(end) = asked.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&asked[..end]).to_lowercase();
        assert!(head.contains("content-type: application/timestamp-query"), "{head}");
        let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().trim().parse::<usize>().unwrap();
        if asked.len() >= end + 4 + length {
            break asked[end + 4..end + 4 + length].to_vec();
        }
    };
    tsa.time.set(Utc::now());
    let answer = tsa.answer(&body);
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    )?;
    stream.write_all(&answer)?;
    stream.flush()
}

/// A server's certificate for this machine's address, and the root that issued it, PEM.
fn tls() -> (Arc<ServerConfig>, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap()).unwrap();
    (Arc::new(config), Certificate::read(root.der()).unwrap().to_pem())
}

fn trust(folder: &Path, root: &str) {
    let keys = run(folder, "keys show --trust --who Example").expect(0).out;
    let since = (Utc::now() - Duration::days(9)).to_rfc3339();
    let authority = format!("\n[[ca]]\nfor = \"time\"\nwho = \"Time Ltd\"\nvalid_from = \"{since}\"\ncertificate = '''\n{root}'''\n");
    std::fs::write(folder.join("trust.toml"), keys + &authority).unwrap();
}

fn step(folder: &Path, bundle: &str, name: &str) -> (String, String) {
    let ended = run(folder, &format!("verify {bundle} --trust trust.toml --json"));
    let step = ended.json()["steps"].as_array().unwrap().iter().find(|s| s["step"] == name).unwrap().clone();
    (step["outcome"].as_str().unwrap().to_owned(), step["note"].as_str().unwrap().to_owned())
}

#[test]
fn a_run_with_an_authority_stamps_the_report_and_the_seal() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    let (url, root) = served(Wrong::Nothing);
    std::fs::write(dir.path().join("poolproof.toml"), format!("[signing.tsa]\nurl = \"{url}\"\nretries = 0\n")).unwrap();
    let said = run(dir.path(), "run --from weak --json").expect(1).json();
    assert!(said["no_time"].is_null(), "{said}");
    let bundle = said["files"]["bundle"].as_str().unwrap().to_owned();
    trust(dir.path(), &root);
    let (outcome, note) = step(dir.path(), &bundle, "time");
    assert!(
        outcome != "failed" && note.contains("Time Ltd") && note.contains("the signature in data/report.pdf existed by"),
        "{outcome} {note}"
    );
    for step_name in ["signer", "pdf"] {
        assert_eq!(step(dir.path(), &bundle, step_name).0, "passed", "{step_name}");
    }
    let bag = Bag::open(&dir.path().join(&bundle)).unwrap();
    let read = |path: &str| bag.read(path, 1 << 20).unwrap();
    assert!(Token::in_response(&read(layout::TIMESTAMP), poolproof::digest::sha256(&read(layout::SIG))).is_ok());
}

#[test]
fn an_authority_that_is_down_or_lies_costs_the_time_and_not_the_bundle() {
    let dir = tempfile::tempdir().unwrap();
    sample("good", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    let (liar, _) = served(Wrong::Nonce);
    for (n, (url, word)) in [("http://127.0.0.1:1/", "no answer"), (liar.as_str(), "nonce")].iter().enumerate() {
        std::fs::write(dir.path().join("poolproof.toml"), format!("[signing.tsa]\nurl = \"{url}\"\nretries = 0\n")).unwrap();
        let said = run(dir.path(), &format!("run --from good --fail-on critical --out out{n} --json")).expect(3).json();
        assert!(said["no_time"].as_str().unwrap().contains(word) && said["exit"] == 3, "{said}");
        let bundle = said["files"]["bundle"].as_str().unwrap().to_owned();
        assert_eq!(run(dir.path(), &format!("verify {bundle} --json")).expect(3).json()["result"], "not_checked");
        let text = run(dir.path(), &format!("run --from good --fail-on critical --out text{n}")).expect(3).out;
        assert!(text.contains("SEALED WITHOUT TRUSTED TIME") && text.contains("poolproof timestamp"), "{text}");
    }
    std::fs::remove_file(dir.path().join("poolproof.toml")).unwrap();
    run(dir.path(), "run --from good --fail-on critical --out plain").expect(0);
}

#[test]
fn an_authority_that_is_down_is_waited_for_once() {
    let dir = tempfile::tempdir().unwrap();
    sample("good", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    // It takes every call and hangs up.
    std::thread::spawn(move || {
        listener.incoming().for_each(|_| {
            counted.fetch_add(1, Ordering::SeqCst);
        })
    });
    std::fs::write(dir.path().join("poolproof.toml"), format!("[signing.tsa]\nurl = \"{url}\"\nretries = 1\n")).unwrap();
    let said = run(dir.path(), "run --from good --fail-on critical --json").expect(3).json();
    // Asked for the report, a second time as configured, and not again for the seal.
    assert_eq!(tries.load(Ordering::SeqCst), 2, "{said}");
    assert!(said["no_time"].as_str().unwrap().contains("in 2 tries"), "{said}");
    let bundle = said["files"]["bundle"].as_str().unwrap();
    trust(dir.path(), &Tsa::new(Utc::now()).trusted().certificate.to_pem());
    let verified = run(dir.path(), &format!("verify {bundle} --trust trust.toml --reperform --json")).expect(3).json();
    let open = |s: &&serde_json::Value| !["passed", "not_applicable"].contains(&s["outcome"].as_str().unwrap());
    let open: Vec<&str> = verified["steps"].as_array().unwrap().iter().filter(open).map(|s| s["step"].as_str().unwrap()).collect();
    assert!(open.contains(&"time") && !open.contains(&"pdf") && verified["result"] == "not_checked", "{open:?}");
    // The seal that is added later asks as often, and no more.
    run(dir.path(), &format!("timestamp {bundle}")).fails(5, "in 2 tries");
    assert_eq!(tries.load(Ordering::SeqCst), 4);
}

#[test]
fn an_authority_behind_tls_is_asked_only_where_its_certificate_leads_to_a_root() {
    let dir = tempfile::tempdir().unwrap();
    sample("weak", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    let ((server, root), (_, stranger)) = (tls(), tls());
    let (url, authority) = served_over(Wrong::Nothing, Some(server));
    for (name, bytes) in [("root.pem", root.as_bytes()), ("stranger.pem", stranger.as_bytes()), ("tsa.crl", &authority.list)] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let scope = |more: &str| {
        let text = format!("[signing.tsa]\nurl = \"{url}\"\nretries = 0\ncrls = [\"tsa.crl\"]\n{more}");
        std::fs::write(dir.path().join("poolproof.toml"), text).unwrap();
    };
    // Another's root, and the machine's own, among which it is not.
    for (n, more) in ["tls_roots = \"stranger.pem\"\n", ""].into_iter().enumerate() {
        scope(more);
        let said = run(dir.path(), &format!("run --from weak --out refused{n} --json")).expect(1).json();
        assert!(said["no_time"].as_str().unwrap().contains("no answer"), "{more}: {said}");
    }
    scope("tls_roots = \"root.pem\"\n");
    let said = run(dir.path(), "run --from weak --json").expect(1).json();
    assert!(said["no_time"].is_null(), "{said}");
    let bundle = said["files"]["bundle"].as_str().unwrap().to_owned();
    let bag = Bag::open(&dir.path().join(&bundle)).unwrap();
    assert_eq!(bag.read(&layout::crl(1), 1 << 20).unwrap(), authority.list, "the authority's list goes with it");
    trust(dir.path(), &authority.root);
    let (outcome, note) = step(dir.path(), &bundle, "time");
    assert!(outcome != "failed" && note.contains("Time Ltd") && !note.contains("revoked is not shown"), "{outcome} {note}");
    // The machine's own roots, where they hold it; as OpenSSL reads them.
    scope("");
    let mut program = super::program(dir.path());
    let said = super::ended(program.args(["timestamp", &bundle]).env("SSL_CERT_FILE", dir.path().join("root.pem")).output().unwrap());
    assert!(said.expect(0).out.contains("statement.sig.2.tsr"));
    std::fs::write(dir.path().join("tsa.crl"), "no list").unwrap();
    run(dir.path(), "run --from weak").fails(2, "tsa.crl is no revocation list in DER");
}

#[test]
fn a_time_is_added_later_without_touching_what_was_signed() {
    let dir = tempfile::tempdir().unwrap();
    sample("good", dir.path());
    run(dir.path(), "keys new --quiet").expect(0);
    let bundle =
        run(dir.path(), "run --from good --fail-on critical --json").expect(0).json()["files"]["bundle"].as_str().unwrap().to_owned();
    let files = || {
        let bag = Bag::open(&dir.path().join(&bundle)).unwrap();
        bag.files().iter().filter(|(p, _)| *p != layout::TAG_MANIFEST).map(|(p, s)| (p.clone(), s.sha256.clone())).collect::<Vec<_>>()
    };
    let before = files();
    run(dir.path(), &format!("timestamp {bundle}")).fails(2, "--tsa");
    run(dir.path(), &format!("timestamp {bundle} --tsa ftp://x")).fails(2, "http:// or https://");
    run(dir.path(), "timestamp nowhere.zip --tsa http://x").fails(2, "no bundle");
    std::fs::write(dir.path().join("fast.toml"), "[signing.tsa]\nurl = \"http://127.0.0.1:1/\"\nretries = 0\n").unwrap();
    run(dir.path(), &format!("timestamp {bundle} --config fast.toml")).fails(5, "as it was");
    assert_eq!(files(), before);
    let (url, root) = served(Wrong::Nothing);
    for n in 1..=2 {
        let said = run(dir.path(), &format!("timestamp {bundle} --tsa {url} --json")).expect(0).json();
        assert_eq!(said["file"], layout::timestamp(n));
        let now = files();
        assert!(now.len() == before.len() + n && before.iter().all(|f| now.contains(f)));
    }
    trust(dir.path(), &root);
    let (outcome, note) = step(dir.path(), &bundle, "time");
    assert!(outcome != "failed" && note.contains("Time Ltd"), "{outcome} {note}");
    // What is altered is not stamped.
    let mut bytes = std::fs::read(dir.path().join(&bundle)).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    std::fs::write(dir.path().join("altered.zip"), bytes).unwrap();
    run(dir.path(), &format!("timestamp altered.zip --tsa {url}")).fails(5, "does not verify");
}

#[cfg(feature = "aws")]
#[test]
fn a_live_run_takes_the_time_before_its_first_call_and_goes_on_without_it() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "init").expect(0);
    let (url, _) = served(Wrong::Nothing);
    for (out, url, stamped) in [("stamped", url.as_str(), true), ("down", "http://127.0.0.1:1/", false)] {
        std::fs::write(dir.path().join("fast.toml"), format!("[signing.tsa]\nurl = \"{url}\"\nretries = 0\n")).unwrap();
        let mut program = super::program(dir.path());
        program.args(["collect", "--config", "fast.toml", "--pool", "eu-west-1_Abcdefghi", "--challenge", "2026 please", "--out", out]);
        // Nobody answers for AWS: the recording has begun all the same.
        program.envs([("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing")]);
        let said = super::ended(program.output().unwrap());
        assert_eq!(said.err.contains("Time stamp before the first call"), stamped, "{}", said.err);
        assert_eq!(said.err.contains("No time stamp before the first call"), !stamped, "{}", said.err);
        let runs = std::fs::read_dir(dir.path().join(out)).unwrap().map(|e| e.unwrap().path());
        let folder = runs.into_iter().find(|p| p.join("recording").is_dir()).unwrap();
        let header: Header = serde_json::from_slice(&std::fs::read(folder.join("recording/header.json")).unwrap()).unwrap();
        let Some(named) = header.begun.as_ref().filter(|_| stamped) else {
            assert!(header.begun.is_none() && !folder.join("inputs/begun.tsr").exists());
            continue;
        };
        let answer = std::fs::read(folder.join("inputs/begun.tsr")).unwrap();
        assert_eq!(poolproof::digest::sha256_hex(&answer), *named);
        let token = Token::in_response(&answer, begun_imprint(Some("2026 please"), &header.scope_digest)).unwrap();
        assert!(token.time <= Utc::now());
    }
}
