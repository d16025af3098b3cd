//! PEM armour (RFC 7468), strict: one block, one label, 64 columns out. Not a general parser.

use data_encoding::BASE64;

/// Wraps DER in PEM with the label, 64 characters a line, a newline at the end.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The DER inside the one PEM block of `text`, which must carry `label`; only white space may stand around it.
pub(super) fn decode(label: &str, text: &str) -> Result<Vec<u8>, String> {
    let body = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .ok_or_else(|| format!("it is not one PEM block labelled {label}"))?;
    let compact: String = body.chars().filter(|c| !matches!(c, '\n' | '\r' | ' ')).collect();
    BASE64.decode(compact.as_bytes()).map_err(|_| format!("the base64 of its {label} block is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_round() {
        for n in [0, 1, 47, 48, 49, 91, 200] {
            let der = vec![7; n];
            assert_eq!(decode("X Y", &encode("X Y", &der)).unwrap(), der);
        }
    }

    #[test]
    fn refuses_two_blocks_and_other_labels() {
        let one = encode("A", b"abc");
        assert!(decode("A", &format!("{one}{one}")).is_err());
        assert!(decode("B", &one).is_err());
        assert!(decode("A", &one.replace("YWJj", "YWJ")).is_err());
    }
}
