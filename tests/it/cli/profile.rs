//! Whose credentials a pool is read with, seen by the service: a stand-in that refuses everybody and keeps who asked.

use super::{ended, program};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// The address, and the Authorization headers as they come.
fn refusing() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let lines = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let named = lines.filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())));
            kept.lock().unwrap().extend(named.filter(|(name, _)| name == "authorization").map(|(_, value)| value));
            let _ = reader.get_mut().write_all(b"HTTP/1.1 403 X\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
        }
    });
    (url, seen)
}

#[test]
fn a_pool_with_a_profile_is_read_with_its_credentials_also_where_the_environment_has_others() {
    let dir = tempfile::tempdir().unwrap();
    let (url, seen) = refusing();
    std::fs::write(dir.path().join("aws-config"), "[profile reader]\naws_access_key_id = READERKEY\naws_secret_access_key = reader\n")
        .unwrap();
    super::run(dir.path(), "init").expect(0);
    let scope = "[organization]\nname = \"Example\"\n\n[[pool]]\nid = \"eu-west-1_AbCdEf123\"\nprofile = \"reader\"\n";
    std::fs::write(dir.path().join("poolproof.toml"), scope).unwrap();
    let mut command = program(dir.path());
    command.env("AWS_CONFIG_FILE", dir.path().join("aws-config")).env("AWS_ENDPOINT_URL", url);
    command.env("AWS_ACCESS_KEY_ID", "ENVIRONMENTKEY").env("AWS_SECRET_ACCESS_KEY", "environment");
    let ended = ended(command.args(["collect"]).output().unwrap());
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty(), "{} {} {}", ended.code, ended.out, ended.err);
    assert!(seen.iter().all(|header| header.contains("Credential=READERKEY/")), "{seen:?}");
}
