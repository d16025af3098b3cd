//! `poolproof approve`: from an exception in a scope file to a signed approval in a bundle.

use super::change_journal::{POOL, evidence, folder, sealed};
use super::run;
use std::path::Path;

fn declare(dir: &Path, reason: &str, approval: &str) {
    let text = format!(
        "[[exception]]\non = \"COG-PWD-006\"\npool = \"{POOL}\"\nreason = \"{reason}\"\ncompensating_control = \"c\"\nrequester = \"Retail\"\napprover = \"CISO\"\nticket = \"SEC-1\"\nstart = \"2026-09-01\"\nexpiry = \"2027-08-31\"\n{approval}"
    );
    std::fs::write(dir.join("poolproof.toml"), text).unwrap();
}

/// COG-EVD-002 of a new bundle: verdict, reason code, reason.
fn said(dir: &Path) -> (String, String, String) {
    let _ = std::fs::remove_dir_all(dir.join("evidence"));
    let evidence = evidence(&sealed(dir, 3));
    let found = evidence["findings"].as_array().unwrap().iter().find(|f| f["check"] == "COG-EVD-002").unwrap().clone();
    let text = |name: &str| found[name].as_str().unwrap().to_owned();
    (text("verdict"), text("reason_code"), text("reason"))
}

#[test]
fn an_approval_is_signed_once_carried_and_spoiled_by_any_other_word() {
    let dir = folder();
    let path = dir.path();
    run(path, "keys new --out keys/approver.p8 --quiet").expect(0);
    declare(path, "the tills cannot yet", "");
    assert!(run(path, "approve").expect(0).out.contains("1  line 1: COG-PWD-006 for pool"));
    assert!(!path.join("exception-1.dsse.json").exists(), "a list signs nothing");
    run(path, "approve --exception 2").fails(2, "there is no exception 2");
    let signed = run(path, "approve --exception 1").expect(0);
    assert!(signed.out.contains("the tills cannot yet") && signed.err.contains("approval = "), "{} {}", signed.out, signed.err);
    run(path, "approve --exception 1").fails(2, "not overwritten");

    assert_eq!(said(path).1, "unsigned");
    declare(path, "the tills cannot yet", "approval = \"exception-1.dsse.json\"\n");
    let (verdict, code, reason) = said(path);
    assert_eq!((verdict.as_str(), code.as_str()), ("MANUAL", "signed"), "{reason}");
    declare(path, "the tills can not yet", "approval = \"exception-1.dsse.json\"\n");
    let (verdict, _, reason) = said(path);
    assert!(verdict == "FAIL" && reason.contains("what was signed has another reason"), "{reason}");
    declare(path, "the tills cannot yet", "approval = \"nowhere.json\"\n");
    let (verdict, _, reason) = said(path);
    assert!(verdict == "FAIL" && reason.contains("the file that it names cannot be read"), "{reason}");
}
