//! PEM armour (RFC 7468), strict: one block, one label, 64 columns out. Not a general parser.

use data_encoding::BASE64;

/// Wraps DER in PEM with the label, 64 characters a line, a newline at the end.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
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
pub(crate) fn decode(label: &str, text: &str) -> Result<Vec<u8>, String> {
    let body = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .ok_or_else(|| format!("it is not one PEM block labelled {label}"))?;
    let compact: String = body.chars().filter(|c| !matches!(c, '\n' | '\r' | ' ')).collect();
    BASE64.decode(compact.as_bytes()).map_err(|_| format!("the base64 of its {label} block is damaged"))
}

/// The DER of every PEM block with this label, in order. Text between blocks is skipped; a block with another label, or one
/// that is damaged, is refused.
pub(crate) fn decode_all(label: &str, text: &str) -> Result<Vec<Vec<u8>>, String> {
    let (mut found, mut block) = (Vec::new(), None::<String>);
    for line in text.lines() {
        let line = line.trim_end();
        match (&mut block, line.strip_prefix("-----BEGIN ")) {
            (None, Some(_)) => block = Some(format!("{line}\n")),
            (Some(_), Some(_)) => return Err("a PEM block begins inside another one".to_owned()),
            (None, None) => {}
            (Some(open), None) => {
                open.push_str(line);
                open.push('\n');
                if line.starts_with("-----END ") {
                    found.push(decode(label, &block.take().unwrap_or_default())?);
                }
            }
        }
    }
    if block.is_some() { Err("a PEM block has no end".to_owned()) } else { Ok(found) }
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
    fn several_blocks_are_read_in_order_and_none_is_skipped() {
        let text = format!("# first\n{}\nsubject=x\n{}", encode("A", b"one"), encode("A", b"two"));
        assert_eq!(decode_all("A", &text).unwrap(), [b"one".to_vec(), b"two".to_vec()]);
        assert_eq!(decode_all("A", "nothing").unwrap(), Vec::<Vec<u8>>::new());
        assert!(decode_all("B", &text).is_err());
        assert!(decode_all("A", &text.replace("-----END A", "-----EN A")).is_err());
        assert!(decode_all("A", text.trim_end().strip_suffix("-----END A-----").unwrap()).is_err());
    }

    #[test]
    fn refuses_two_blocks_and_other_labels() {
        let one = encode("A", b"abc");
        assert!(decode("A", &format!("{one}{one}")).is_err());
        assert!(decode("B", &one).is_err());
        assert!(decode("A", &one.replace("YWJj", "YWJ")).is_err());
    }
}
