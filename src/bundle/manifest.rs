//! BagIt's own files (RFC 8493): the declaration, the metadata, and manifests of SHA-256 digests.
//!
//! It must not read the files that a manifest lists.

use std::collections::BTreeMap;

use super::layout::check_path;

/// What `bagit.txt` holds, to the byte (RFC 8493, 2.1.1).
pub const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// Longest value in `bag-info.txt`, characters.
const LONGEST_VALUE: usize = 400;

/// What `bag-info.txt` says beyond what is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BagInfo {
    /// `Source-Organization`.
    pub organization: String,
    /// `External-Description`.
    pub description: String,
    /// `Bagging-Date`, `YYYY-MM-DD`: the day for which verdicts were made.
    pub date: String,
}

/// `bag-info.txt` (RFC 8493, 2.2.2). `octets` and `files` are the payload's.
pub fn bag_info(info: &BagInfo, bundle_id: &str, octets: u64, files: u64) -> String {
    let lines = [
        ("Source-Organization", info.organization.as_str()),
        ("External-Description", info.description.as_str()),
        ("External-Identifier", bundle_id),
        ("Bagging-Date", info.date.as_str()),
        ("Bag-Software-Agent", concat!("poolproof ", env!("CARGO_PKG_VERSION"))),
        ("Payload-Oxum", &format!("{octets}.{files}")),
    ];
    let mut out = String::new();
    for (label, value) in lines {
        let value = one_line(value);
        if !value.is_empty() {
            out.push_str(&format!("{label}: {value}\n"));
        }
    }
    out
}

/// A value that cannot begin a line of its own: controls and line separators become spaces.
fn one_line(value: &str) -> String {
    let flat: String = value.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    flat.trim().chars().take(LONGEST_VALUE).collect()
}

/// Reads `bag-info.txt` as this project writes it: one `Label: value` a line, each label once.
///
/// # Errors
/// Another form; the message names the line.
pub fn parse_bag_info(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    for (n, line) in lines(text)?.enumerate() {
        let (label, value) = line.split_once(": ").ok_or_else(|| format!("line {} is not 'Label: value'", n + 1))?;
        if out.insert(label.to_owned(), value.to_owned()).is_some() {
            return Err(format!("line {}: {label} occurs twice", n + 1));
        }
    }
    Ok(out)
}

/// A manifest: `<lower-case hex>  <path>` a line, sorted by path, as `sha256sum -c` reads it.
pub fn manifest<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = files.into_iter().collect();
    sorted.into_iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
}

/// Reads a manifest as this project writes it: path to digest. RFC 8493 allows more spellings (tabs, upper case, `*`,
/// escapes); this takes one, so that every reader sees the same list.
///
/// # Errors
/// Another form, or a path out of order (so a repeated one too); the message names the line.
pub fn parse_manifest(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for (n, line) in lines(text)?.enumerate() {
        let at = |why: &str| format!("line {}: {why}", n + 1);
        let (digest, path) = line.split_once("  ").ok_or_else(|| at("it is not '<digest>  <path>'"))?;
        if digest.len() != 64 || !digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(at("the digest is not 64 lower-case hex digits"));
        }
        check_path(path).map_err(|why| at(&why))?;
        if out.last_key_value().is_some_and(|(last, _)| last.as_str() >= path) {
            return Err(at("the paths are not sorted, or one occurs twice"));
        }
        out.insert(path.to_owned(), digest.to_owned());
    }
    Ok(out)
}

/// The lines of a text that ends with a newline; no carriage returns, no empty line.
fn lines(text: &str) -> Result<std::str::Split<'_, char>, String> {
    let body = text.strip_suffix('\n').ok_or("it does not end with a newline")?;
    if body.contains('\r') || body.is_empty() || body.split('\n').any(str::is_empty) {
        return Err("it holds a carriage return or an empty line, or nothing".to_owned());
    }
    Ok(body.split('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_cannot_forge_a_line_of_bag_info() {
        let info = BagInfo { organization: "Evil\r\nPayload-Oxum: 0.0\u{2028}x".to_owned(), ..BagInfo::default() };
        let text = bag_info(&info, "id", 12, 3);
        assert_eq!(text.lines().count(), 4);
        let parsed = parse_bag_info(&text).unwrap();
        assert_eq!(parsed["Payload-Oxum"], "12.3");
        assert_eq!(parsed["Source-Organization"], "Evil  Payload-Oxum: 0.0 x");
    }

    #[test]
    fn a_manifest_has_one_spelling() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let text = manifest([("data/b", b.as_str()), ("data/a", a.as_str())]);
        assert_eq!(text, format!("{a}  data/a\n{b}  data/b\n"));
        assert_eq!(manifest(parse_manifest(&text).unwrap().iter().map(|(p, d)| (p.as_str(), d.as_str()))), text);
        for bad in [
            text.to_uppercase(),
            text.replace("  ", " *"),
            text.replace('\n', "\r\n"),
            text.trim_end().to_owned(),
            text.replace("data/b", "data/a"),
            text.replace("data/a", "data/../a"),
            format!("{b}  data/b\n{a}  data/a\n"),
            format!("{text}\n"),
            String::new(),
        ] {
            assert!(parse_manifest(&bad).is_err(), "{bad:?}");
        }
    }
}
