//! Time stamps through the program, with an authority on a port of this machine: honest, lying, and not there.

use super::{run, sample};
use crate::sealing::tsa::{Tsa, Wrong};
use chrono::{Duration, Utc};
use poolproof::bundle::{Bag, layout};
#[cfg(feature = "aws")]
use poolproof::recording::header::{Header, begun_imprint};
use poolproof::sign::timestamp::Token;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

/// Serves an authority that says the present time; returns its address and its root as PEM.
fn served(wrong: Wrong) -> (String, String) {
    let (send, receive) = std::sync::mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsr", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let tsa = Tsa::wrong(Utc::now(), wrong);
        send.send(tsa.trusted().certificate.to_pem()).unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = Vec::new();
            let body = loop {
                let mut part = [0; 4096];
                let n = stream.read(&mut part).unwrap();
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
            )
            .unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    (url, receive.recv().unwrap())
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
    run(dir.path(), &format!("timestamp {bundle} --tsa https://x")).fails(2, "http://");
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
