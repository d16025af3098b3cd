//! The journal of changes as it goes into a bundle: every line that is an entry in the journal's form, byte for byte, so that
//! the chain can be followed there; anything else behind its digest, because it could hold anything.

use super::settings;
use crate::clock;
use crate::digest::sha256_hex;
use crate::model::json;
use crate::recording::audit;
use crate::recording::changes::{Entry, Withheld};
use crate::recording::lines;
use crate::snapshot::cognito::MfaMode;
use serde_json::Value;

/// Longest word of a line, bytes: ids, codes, names of settings. AWS's longest here, a request id, has 36.
const LONGEST: usize = 256;

/// The journal of a bundle; `None` where it has no line. A torn last line is left out, as everywhere.
///
/// # Errors
/// A line cannot be put into JSON.
pub fn bundled(journal: &[u8]) -> Result<Option<Vec<u8>>, serde_json::Error> {
    let mut out = Vec::new();
    for line in lines::all(journal) {
        match json::strict::<Entry>(line.bytes) {
            Ok(entry) if in_form(&entry) => out.extend_from_slice(line.bytes),
            _ => serde_json::to_writer(&mut out, &Withheld { withheld: sha256_hex(line.bytes) })?,
        }
        out.push(b'\n');
    }
    Ok((!out.is_empty()).then_some(out))
}

/// Whether an entry holds nothing but what this program writes: no text of somebody else, no identity.
fn in_form(entry: &Entry) -> bool {
    let digest = |text: &String| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let time = |text: &String| clock::parse_rfc3339(text).is_ok();
    let user = |text: &String| text.starts_with("u_") && audit::is_digest(text);
    digest(&entry.prev)
        && time(&entry.time)
        && is_word(&entry.change)
        && is_word(entry.pool.as_str())
        && MfaMode::of(&entry.to).is_some()
        && entry.settings.as_ref().is_none_or(|s| s.is_object() && settings::shown(s) == *s && are_words(s))
        && entry.keyed.as_ref().is_none_or(digest)
        && entry.user.as_ref().is_none_or(user)
        && entry.until.as_ref().is_none_or(time)
        && entry.request_id.iter().chain(&entry.code).chain(&entry.unlike).all(|text| is_word(text))
}

/// Letters, digits and what ids, domains and member paths have besides: no blank, no `@`.
fn is_word(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=".contains(&b))
}

/// Whether every name and every text in a value is a word, or stands for one that is hidden.
fn are_words(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().all(|(name, member)| is_word(name) && are_words(member)),
        Value::String(text) => text == settings::HIDDEN || is_word(text),
        Value::Array(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::journal::{Came, Step};
    use crate::model::id::PoolId;
    use crate::recording::changes::Changes;
    use serde_json::json;

    fn entry() -> Entry {
        Entry {
            prev: sha256_hex(b""),
            time: "2026-08-10T09:00:00.000Z".to_owned(),
            settings: Some(settings::shown(&crate::change::testkit::full("ON"))),
            keyed: Some("ab".repeat(32)),
            user: Some(format!("u_{}", "a".repeat(20))),
            until: Some("2026-08-10T09:20:00.000Z".to_owned()),
            request_id: Some("6c7a41f6-1f5b-4b7a-9a55-0123456789ab".to_owned()),
            code: Some("AccessDeniedException".to_owned()),
            unlike: vec!["SmsMfaConfiguration".to_owned()],
            ..Entry::intent("c_abc", &PoolId::from("eu-west-1_A"), Step::OpenWindow, "OPTIONAL")
        }
    }
    fn file(entry: &Entry) -> Vec<u8> {
        [serde_json::to_vec(entry).unwrap(), b"\n".to_vec()].concat()
    }

    #[test]
    fn what_this_program_writes_goes_in_as_it_stands() {
        assert_eq!(bundled(&file(&entry())).unwrap(), Some(file(&entry())));
        assert_eq!(bundled(b"").unwrap(), None);
        assert_eq!(bundled(b"{\"prev\":\"torn").unwrap(), None);
    }

    #[test]
    fn what_somebody_else_put_there_does_not_go_in() {
        let odd: [fn(&mut Entry); 9] = [
            |e| e.user = Some("jane@example.com".to_owned()),
            |e| e.user = Some("jane".to_owned()),
            |e| e.change = "for jane".to_owned(),
            |e| e.code = Some("Jane Doe's phone".to_owned()),
            |e| e.unlike = vec!["jane@example.com".to_owned()],
            |e| e.until = Some("when jane is back".to_owned()),
            |e| e.keyed = Some("secret".to_owned()),
            |e| e.settings = Some(json!({"SmsMfaConfiguration": {"SmsConfiguration": {"ExternalId": "secret"}}})),
            |e| e.settings = Some(json!({"WebAuthnConfiguration": {"RelyingPartyId": "jane@example.com"}})),
        ];
        for change in odd {
            let mut one = entry();
            change(&mut one);
            let next = Entry { prev: sha256_hex(&serde_json::to_vec(&one).unwrap()), came: Some(Came::Done), ..entry() };
            let out = bundled(&[file(&one), file(&next)].concat()).unwrap().unwrap();
            let text = String::from_utf8(out.clone()).unwrap().to_lowercase();
            assert!(!text.contains("jane") && !text.contains("secret"), "{text}");
            // The line after it still follows, and that one is missing is said.
            let read = Changes::of(&out);
            assert_eq!((read.told.len(), read.broken), (1, vec![1]), "{one:?}");
        }
        let out = bundled(b"jane@example.com was let in\n").unwrap().unwrap();
        assert!(!String::from_utf8(out).unwrap().contains("jane"));
    }
}
