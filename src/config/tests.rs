//! Each way in which a scope file can be wrong, and the defaults.

use super::*;
use crate::model::scope::*;
use crate::model::verdict::Severity;
use proptest::prelude::*;

const CHECKS: [&str; 2] = ["COG-MFA-001", "COG-MFA-002"];

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}
fn ok(text: &str) -> Config {
    read(text, "poolproof.toml", today(), &CHECKS).unwrap()
}
fn err(text: &str) -> String {
    read(text, "poolproof.toml", today(), &CHECKS).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(ok(""), Config::defaults(today()));
    assert_eq!(ok("").declared().period.label, "2026-Q4");
    assert_eq!(ok("").signing_key, Path::new("keys/evidence.p8"));
}

#[test]
fn the_file_of_the_documentation_is_understood() {
    let config = ok(r#"
        fail_on = "medium"
        collected_by = "witnessed"
        regions = ["us-gov-west-1"]
        [organization]
        name = "Example Ltd"
        [period]
        label = "2026-Q3"
        [[pool]]
        id = "eu-west-1_AbCdEf123"
        region = "eu-west-1"
        role_arn = "arn:aws:iam::123456789012:role/mfa-evidence"
        external_id = "hunter2"
        audience = "workforce"
        pci_scope = "cde"
        privileged_groups = ["admins"]
        named_admins = ["admin@example.com"]
        mfa_method = "totp"
        [users]
        detail = "sample"
        sample_rate = 0.25
        mau_price_usd = 0
        [privacy]
        mode = "mask"
        key = "k/p.key"
        delete_after = 2032-12-31
        [signing]
        key = "k/e.p8"
        [thresholds]
        password_min_length = 14
        [output]
        dir = "out"
        formats = ["html"]
        [checks]
        off = ["COG-MFA-002"]
    "#)
    .relative_to(Path::new("/etc/pp"));
    let scope = config.scope(Some("k_1".to_owned()), |who| format!("e_{}", who.len()));
    let pool = &scope.pools[0];
    assert_eq!(pool.named_admins, ["e_17"]);
    assert_eq!((pool.audience, pool.pci_scope, pool.mfa_method), (Some(Audience::Workforce), Some(PciScope::Cde), Some(MfaMethod::Totp)));
    assert_eq!((scope.fail_on, scope.collected_by), (Severity::Medium, CollectedBy::Witnessed));
    assert_eq!(scope.period.to.to_string(), "2026-09-30");
    assert_eq!(scope.formats, [Format::Json, Format::Pdf, Format::Html]);
    assert_eq!(scope.users.sample_rate, 0.25);
    assert_eq!(scope.users.mau_price_usd, 0.0);
    assert_eq!(scope.privacy.key_id.as_deref(), Some("k_1"));
    assert_eq!(config.external_id(&pool.id).unwrap().expose(), "hunter2");
    assert_eq!(config.out, Path::new("/etc/pp/out"));
    assert_eq!(config.privacy_key, Path::new("/etc/pp/k/p.key"));
}

#[test]
fn secrets_show_nowhere() {
    let config = ok(
        "[[pool]]\nid = \"eu-west-1_A\"\nrole_arn = \"arn:aws:iam::123456789012:role/r\"\nexternal_id = \"hunter2\"\nnamed_admins = [\"ann@example.com\"]",
    );
    let scope = config.scope(None, |_| "e_x".to_owned());
    for text in [format!("{config:?}"), format!("{scope:?}"), String::from_utf8(scope.to_json().unwrap()).unwrap()] {
        assert!(!text.contains("hunter2") && !text.contains("ann@"), "{text}");
    }
}

#[test]
fn every_problem_is_shown_with_its_place() {
    let text = "fail_on = \"hihg\"\n[[pool]]\nid = \"eu-west-1_AbCdEf123\"\naudiance = \"workforce\"\n";
    let shown = err(text);
    assert!(
        shown.starts_with(
            "poolproof.toml:1:11: `fail_on`: unknown word `hihg`; did you mean `high`? (allowed: low, medium, high, critical)\n"
        ),
        "{shown}"
    );
    assert!(
        shown.contains("poolproof.toml:4:1: unknown key `audiance` in [[pool]]; did you mean `audience`? (allowed: id, region, profile,"),
        "{shown}"
    );
}

#[test]
fn each_mistake_has_its_message() {
    let pool = "[[pool]]\nid = \"eu-west-1_A\"\n";
    for (text, wanted) in [
        ("fail_on = ", "1:11: this is no TOML"),
        ("[organisation]\nname = \"x\"", "1:2: unknown key `organisation` in the top of the file; did you mean `organization`?"),
        ("organization = \"x\"", "must be a section: write [organization]"),
        ("[organization]\nname = 3", "2:8: `name` must be a text in quotes, not this number"),
        ("[organization]\nname = \" \"", "`name` is empty"),
        ("[organization]\nname = \"a\\u001bb\"", "control character U+001B"),
        ("regions = [\"Ireland\"]", "\"Ireland\" is no region code"),
        ("regions = \"eu-west-1\"", "`regions` must be a list of texts"),
        ("regions = [\"eu-west-1\", \"eu-west-1\"]", "names \"eu-west-1\" twice"),
        ("[pool]\nid = \"eu-west-1_A\"", "write [[pool]] (two brackets)"),
        ("[[pool]]\nprofile = \"p\"", "this [[pool]] has no `id`"),
        ("[[pool]]\nid = \"eu-west-1\"", "is no user pool id"),
        ("[[pool]]\nid = \"eu-west-1_A_B\"", "is no user pool id"),
        ("[[pool]]\nid = \"eu-west-1_A\"\n[[pool]]\nid = \"eu-west-1_A\"", "4:6: the pool eu-west-1_A is declared twice"),
        ("[[pool]]\nid = \"eu-west-1_A\"\nregion = \"us-east-1\"", "is in eu-west-1, as its id says, not in us-east-1"),
        (&format!("{pool}audience = \"staff\""), "allowed: workforce, third-party, customer, consumer, machine"),
        (&format!("{pool}pci_scope = true"), "`pci_scope` must be a text in quotes, not true or false"),
        (&format!("{pool}throw_away = \"yes\""), "`throw_away` must be true or false (without quotes), not a text"),
        (&format!("{pool}role_arn = \"arn:aws:iam::1:role/x\""), "is no role such as"),
        (&format!("{pool}external_id = \"x\""), "`external_id` goes with `role_arn`"),
        (&format!("{pool}profile = \"p\"\nrole_arn = \"arn:aws:iam::123456789012:role/r\""), "exclude each other"),
        (&format!("{pool}no_privileged_users = true\nprivileged_groups = [\"admins\"]"), "contradicts the privileged groups"),
        (&format!("{pool}named_admins = [1]"), "`named_admins` must be a list of texts in quotes"),
        ("[period]\nlabel = \"Q3\"", "\"Q3\" is no period"),
        ("[period]\nfrom = \"2026-07-01\"", "`from` and `to` go together"),
        ("[period]\nfrom = \"2026-09-30\"\nto = \"2026-07-01\"", "ends (2026-07-01) before it begins (2026-09-30)"),
        ("[period]\nfrom = \"2026-09-31\"\nto = \"2026-10-01\"", "\"2026-09-31\" is not a day"),
        ("[period]\nlabel = \"2026-Q3\"\nfrom = 2026-07-01\nto = 2026-09-29", "2026-Q3 is 2026-07-01 to 2026-09-30, but"),
        ("[users]\nsample_rate = 0", "above 0 and at most 1"),
        ("[users]\nsample_rate = nan", "above 0 and at most 1"),
        ("[users]\nquota_share = 1.5", "above 0 and at most 1"),
        ("[users]\nmau_price_usd = -1", "a price in USD"),
        ("[users]\ndetail = \"everyone\"", "allowed: auto, none, sample, all"),
        ("[thresholds]\npassword_min_length = 0", "a whole number from 1"),
        ("[thresholds]\npassword_min_length = 12.5", "a whole number from 1"),
        ("[thresholds]\npassword_minlength = 12", "did you mean `password_min_length`?"),
        ("[privacy]\nmode = \"masked\"", "did you mean `mask`?"),
        ("[signing]\ntsa = \"http://t\"", "`tsa` must be a section"),
        ("[signing.tsa]\nurl = \"ftp://t\"", "does not begin with http:// or https://"),
        ("[signing.tsa]\nurl = \"http://t\"\ntls_roots = \"r.pem\"", "begins with https://"),
        ("[signing.tsa]\nurl = \"http:///x\"", "is no address"),
        ("[signing.tsa]\nretries = 1", "has no `url`"),
        ("[signing.tsa]\nurl = \"http://t\"\nretries = 11", "a whole number from 0 to 10"),
        ("[signing]\ntsa = { url = \"http://t\", timeout_seconds = 0 }", "a whole number from 1 to 300"),
        ("[signing.tsa]\nurl = \"http://t\"\npolicy = \"1.2.x\"", "is no policy"),
        ("[signing]\nchain = \"c.pem\"", "`chain` belongs to a `certificate`"),
        ("[signing]\ncrls = [\"c.crl\"]", "`crls` belongs to a `certificate`"),
        ("[signing]\nkey = \"kms:\"", "`kms:` needs the key"),
        ("[signing]\nprofile = \"p\"", "`profile` belongs to a `key` in AWS KMS"),
        ("[signing]\nkey = \"k.p8\"\nprofile = \"p\"", "`profile` belongs to a `key` in AWS KMS"),
        ("[output]\nformats = [\"docx\"]", "allowed: json, pdf, html, csv, markdown, junit"),
        ("[checks]\noff = [\"COG-EVD-003\"]", "COG-EVD-003 says what the evidence itself is worth: it cannot be switched off"),
        ("[checks]\noff = [\"COG-MFA-01\"]", "unknown check `COG-MFA-01`; did you mean `COG-MFA-001`?"),
    ] {
        let shown = err(text);
        assert!(shown.contains(wanted), "{text}\n-> {shown}\nwanted: {wanted}");
    }
}

#[test]
fn a_time_stamp_authority_is_read_in_both_ways_of_writing_it() {
    let tsa = Tsa { policy: Some("1.2.3".to_owned()), retries: 0, ..Tsa::at("http://t/x?y".to_owned()) };
    assert_eq!(ok("[signing.tsa]\nurl = \"http://t/x?y\"\npolicy = \"1.2.3\"\nretries = 0").tsa, Some(tsa.clone()));
    assert_eq!(ok("[signing]\ntsa = { url = \"http://t/x?y\", policy = \"1.2.3\", retries = 0 }").tsa, Some(tsa));
    let files = ok("[signing.tsa]\nurl = \"https://t\"\ntls_roots = \"r.pem\"\ncrls = [\"a.crl\", \"b.crl\"]")
        .relative_to("x".as_ref())
        .tsa
        .unwrap();
    assert_eq!((files.tls_roots, files.crls), (Some("x/r.pem".into()), vec!["x/a.crl".into(), "x/b.crl".into()]));
    assert_eq!(ok("[signing.tsa]").tsa, None);
    assert_eq!(ok("").tsa, None);
}

#[test]
fn options_stand_above_the_file() {
    let base = || ok("regions = [\"us-east-1\"]\n[[pool]]\nid = \"eu-west-1_A\"\naudience = \"workforce\"\n[[pool]]\nid = \"us-east-1_B\"");
    let with = |o: Overrides| base().with(&o);
    let pools = |c: Config| c.declared().pools.iter().map(|p| (p.id.to_string(), p.audience)).collect::<Vec<_>>();
    let only =
        with(Overrides { pools: vec!["eu-west-1_A".into(), "eu-west-1_A".into(), "eu-west-1_C".into()], ..Default::default() }).unwrap();
    assert_eq!(pools(only), [("eu-west-1_A".to_owned(), Some(Audience::Workforce)), ("eu-west-1_C".to_owned(), None)]);
    let region = with(Overrides { regions: vec!["us-east-1".into()], ..Default::default() }).unwrap();
    assert_eq!(pools(region), [("us-east-1_B".to_owned(), None)]);
    let other = Overrides { pools: vec!["eu-west-1_A".into()], regions: vec!["us-east-1".into()], ..Default::default() };
    assert!(with(other).unwrap_err().contains("no --region names"));
    assert!(with(Overrides { period: Some("soon".into()), ..Default::default() }).unwrap_err().starts_with("--period"));
    assert!(with(Overrides { pools: vec!["A".into()], ..Default::default() }).unwrap_err().starts_with("--pool"));
    assert!(with(Overrides { regions: vec!["A".into()], ..Default::default() }).unwrap_err().starts_with("--region"));
}

#[test]
fn the_commented_file_is_the_defaults_and_so_is_every_default_in_it() {
    let text = commented(&[]);
    assert_eq!(ok(&text), Config::defaults(today()));
    let examples = |line: &&str| !line.contains("# example");
    let uncommented: Vec<&str> =
        text.lines().filter(|l| !l.starts_with("##")).filter(examples).map(|l| l.strip_prefix("# ").unwrap_or(l)).collect();
    let defaults: Vec<&str> = uncommented
        .into_iter()
        .filter(|l| !l.starts_with("[[") && !l.starts_with("The scope") && !l.starts_with("Every key") && !l.starts_with("says"))
        .collect();
    let without_pool: Vec<&str> =
        defaults.into_iter().filter(|l| !keys::POOL.keys.iter().any(|k| l.starts_with(&format!("{} =", k.name)))).collect();
    assert_eq!(ok(&without_pool.join("\n")), Config::defaults(today()));
}

#[test]
fn every_example_of_the_commented_file_is_valid() {
    for section in keys::SECTIONS {
        for key in section.keys.iter().filter(|k| !k.about.starts_with("Not built yet")) {
            let title = if section.name.is_empty() { String::new() } else { section.title() };
            let id = if section.name == "pool" && key.name != "id" { "id = \"eu-west-1_AbCdEf123\"" } else { "" };
            let more = match key.name {
                "crls" | "tls_roots" if section.name == "signing.tsa" => "url = \"https://timestamp.example.com\"",
                "profile" if section.name == "signing" => "key = \"kms:alias/evidence\"",
                "from" => "to = \"2026-09-30\"",
                "to" => "from = \"2026-07-01\"",
                "chain" | "crls" => "certificate = \"c.pem\"",
                "policy" | "timeout_seconds" | "retries" => "url = \"http://timestamp.example.com\"",
                "external_id" => "role_arn = \"arn:aws:iam::123456789012:role/r\"",
                _ => "",
            };
            ok(&format!("{title}\n{id}\n{more}\n{} = {}", key.name, key.value));
        }
    }
}

#[test]
fn the_commented_file_fits_80_columns_and_names_found_pools() {
    let found = |id: &str, name: &str| FoundPool { id: PoolId::from(id), name: name.to_owned() };
    let text = commented(&[found("eu-west-1_A", "staff\nid = \"eu-west-1_X\""), found("eu-west-1_B", "shop")]);
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{:?}", text.lines().find(|l| l.chars().count() > 80));
    let pools: Vec<String> = ok(&text).declared().pools.iter().map(|p| p.id.to_string()).collect();
    assert_eq!(pools, ["eu-west-1_A", "eu-west-1_B"]);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall_over(text in "[\\[\\]a-z_=\"'{}.,#0-9\\n -]{0,200}") {
        let _ = read(&text, "f", today(), &CHECKS);
    }
}

#[test]
fn a_key_in_kms_stands_in_no_folder() {
    let config = |key: &str| ok(&format!("[signing]\nkey = \"{key}\"")).relative_to(Path::new("folder"));
    let arn = "kms:arn:aws:kms:eu-west-1:123456789012:key/x";
    assert_eq!(config(arn).signing_key.to_str(), Some(arn));
    assert_eq!(ok(&format!("[signing]\nkey = \"{arn}\"\nprofile = \"signer\"")).signing_profile.as_deref(), Some("signer"));
    assert_eq!((config(arn).signing_profile, config("k.p8").signing_profile), (None, None));
    assert_eq!(config("k.p8").signing_key, Path::new("folder/k.p8"));
}
