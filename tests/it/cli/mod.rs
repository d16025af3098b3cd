//! The command line: words as text in `tests/cli/*.trycmd`; what needs folders, here. No network, no home, no colour.

mod approve;
mod assess;
mod attest;
mod catalogue;
mod change;
mod change_journal;
mod collect;
mod diff;
mod draw;
mod keys;
mod kms;
mod profile;
mod reviews;
mod roster;
mod rotate;
mod run;
mod samples;
mod timestamp;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What AWS settings a test may see: none.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("CI", "true"),
    ("HOME", "/nonexistent"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/nonexistent/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials"),
];

#[test]
fn cases() {
    let cases = trycmd::TestCases::new();
    for (name, value) in ENVIRONMENT {
        cases.env(name, value);
    }
    cases.case("tests/cli/*.trycmd").run();
}

/// The program, in a folder.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
    command.current_dir(folder).env_clear().envs(ENVIRONMENT);
    command
}

/// How it ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

/// Runs a command line in a folder.
fn run(folder: &Path, line: &str) -> Ended {
    ended(program(folder).args(line.split_whitespace()).output().unwrap())
}

fn ended(output: Output) -> Ended {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ended = Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    ended
}

impl Ended {
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
    /// Exit code, and a text on stderr.
    fn fails(self, code: i32, text: &str) {
        let ended = self.expect(code);
        // Errors are wrapped at 80 columns.
        let flat = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(text), "{text:?} is not in: {}", ended.err);
    }
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Copies a sample recording into a folder.
fn sample(name: &str, to: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/recordings").join(name);
    let to = to.join(name);
    for part in ["recording", "inputs"] {
        std::fs::create_dir_all(to.join(part)).unwrap();
        for entry in std::fs::read_dir(from.join(part)).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, to.join(part).join(path.file_name().unwrap())).unwrap();
        }
    }
    to
}
