//! `TimeStampResp` (RFC 3161, 2.4.2): whether the authority granted the request, and the token. It must not read the token.

use crate::sign::asn1::{BIT_STRING, INTEGER, Item, SEQUENCE, UTF8};

/// Reasons for a refusal, by bit (RFC 3161, 2.4.2: PKIFailureInfo).
const REASONS: [(usize, &str); 8] = [
    (0, "it does not know the digest algorithm"),
    (2, "it does not take this kind of request"),
    (5, "it could not read the request"),
    (14, "its time source is not available"),
    (15, "it does not stamp under this policy"),
    (16, "it does not know an extension of the request"),
    (17, "it does not know what was asked to be added"),
    (25, "it has a fault of its own"),
];
/// Longest text of an authority that is repeated, characters.
const LONGEST_TEXT: usize = 200;

/// The token in a response that grants the request.
///
/// # Errors
/// It is no response, or it refuses; the text says why.
pub fn token_in(response: &[u8]) -> Result<&[u8], String> {
    let what = "the answer";
    let outer =
        Item::only(response).and_then(|i| i.tagged(SEQUENCE, what)?.parts()).map_err(|why| format!("it is no RFC 3161 answer: {why}"))?;
    let (status, token) = match outer.as_slice() {
        [status] => (status, None),
        [status, token] => (status, Some(token.tagged(SEQUENCE, "the time-stamp token")?)),
        _ => return Err("it is no RFC 3161 answer: it has no status, or a part too many".to_owned()),
    };
    let parts = status.tagged(SEQUENCE, "the status")?.parts()?;
    let code = parts.first().ok_or("its status is empty")?.tagged(INTEGER, "the status")?.value;
    let granted = matches!(code, [0 | 1]);
    match (granted, token) {
        (true, Some(token)) => Ok(token.whole),
        (true, None) => Err("it grants the request, but holds no time stamp".to_owned()),
        (false, _) => Err(format!("the authority refused: {}", refusal(code, parts.get(1..).unwrap_or_default()))),
    }
}

fn refusal(code: &[u8], more: &[Item<'_>]) -> String {
    let mut said = vec![match code {
        [2] => "rejected".to_owned(),
        [3] => "it is waiting for something (status 3), which this program does not do".to_owned(),
        [4] => "a revocation is imminent (status 4)".to_owned(),
        [5] => "a revocation has occurred (status 5)".to_owned(),
        _ => "with a status that RFC 3161 does not know".to_owned(),
    }];
    for item in more {
        match item.tag {
            SEQUENCE => {
                for text in item.parts().unwrap_or_default().iter().filter(|t| t.tag == UTF8) {
                    let text = String::from_utf8_lossy(text.value);
                    let plain: String = text.chars().filter(|c| !c.is_control()).take(LONGEST_TEXT).collect();
                    said.push(format!("it says {plain:?}"));
                }
            }
            BIT_STRING => {
                let bits = item.value.get(1..).unwrap_or_default();
                let set = |n: usize| bits.get(n / 8).is_some_and(|b| b & (0x80 >> (n % 8)) != 0);
                said.extend(REASONS.iter().filter(|(n, _)| set(*n)).map(|(_, why)| (*why).to_owned()));
            }
            _ => {}
        }
    }
    said.join("; ")
}
