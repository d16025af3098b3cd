//! Asking for the time (RFC 3161), and what is taken for an answer.

use crate::sealing::tsa::{Tsa, Wrong, config};
use poolproof::clock::parse_rfc3339;
use poolproof::digest::sha256;
use poolproof::sign::TsaConfig;
use poolproof::sign::timestamp::{Token, request, timestamp_over, token_in};

fn tsa(wrong: Wrong) -> Tsa {
    Tsa::wrong(parse_rfc3339("2026-11-24T12:00:00.250Z").unwrap(), wrong)
}

const WHAT: &[u8] = b"signature";

#[test]
fn an_honest_answer_is_taken_at_once() {
    let tsa = tsa(Wrong::Nothing);
    let policy = Some("1.2.3.4.7".to_owned());
    let token = timestamp_over(&TsaConfig { policy, ..config() }, sha256(WHAT), &tsa).unwrap();
    assert_eq!((token.time, token.policy.as_str(), token.accuracy.num_milliseconds()), (tsa.time.get(), "1.2.3.4.7", 1_500));
    assert_eq!(token_in(token.response.as_ref().unwrap()).unwrap(), token.token);
    assert_eq!(token.signer.subject(), "CN=Test TSA");
    assert!(tsa.waits.borrow().is_empty());
}

#[test]
fn an_authority_that_was_down_is_asked_again_and_waits_grow() {
    let tsa = tsa(Wrong::Nothing);
    tsa.down.set(2);
    assert!(timestamp_over(&config(), sha256(WHAT), &tsa).is_ok());
    assert_eq!(tsa.waits.borrow().iter().map(|w| w.as_millis()).collect::<Vec<_>>(), [500, 1000]);
    tsa.down.set(3);
    let error = timestamp_over(&config(), sha256(WHAT), &tsa).unwrap_err();
    assert_eq!((error.tries, error.to_string().contains("http://tsa.test/")), (3, true));
}

#[test]
fn an_authority_that_lies_is_not_believed() {
    for (wrong, word) in [
        (Wrong::Nonce, "nonce"),
        (Wrong::Imprint, "another imprint"),
        (Wrong::Policy, "under the policy 1.2.3.4.9"),
        (Wrong::Usage, "not time stamping alone"),
        (Wrong::MoreUsages, "not time stamping alone"),
        (Wrong::UncriticalUsage, "not critical"),
        (Wrong::NoUsage, "no extended key usage"),
        (Wrong::Extensions, "extensions"),
        (Wrong::Refuses, "come back later"),
    ] {
        let config = TsaConfig { policy: Some("1.2.3.4.1".to_owned()), ..config() };
        let error = timestamp_over(&config, sha256(WHAT), &tsa(wrong)).unwrap_err();
        assert!(error.why.contains(word) && error.tries == 3, "{wrong:?}: {error}");
    }
    let refused = timestamp_over(&config(), sha256(WHAT), &tsa(Wrong::Refuses)).unwrap_err().why;
    assert!(refused.contains("does not know the digest algorithm") && refused.contains("time source is not available"), "{refused}");
}

#[test]
fn a_time_outside_the_certificates_validity_is_refused() {
    let late = Tsa::new(parse_rfc3339("2028-01-01T00:00:01Z").unwrap());
    let error = timestamp_over(&config(), sha256(WHAT), &late).unwrap_err();
    assert!(error.why.contains("not within the validity"), "{error}");
}

#[test]
fn no_flipped_bit_of_an_answer_goes_through() {
    let answer = tsa(Wrong::Nothing).stamp(sha256(WHAT));
    let whole = Token::in_response(&answer, sha256(WHAT)).unwrap();
    for n in 0..answer.len() {
        for bit in [1, 0x20, 0x80] {
            let mut flipped = answer.clone();
            flipped[n] ^= bit;
            // What is signed cannot change; around it, 'granted' may become 'granted with changes', or an unused certificate another.
            if let Ok(token) = Token::in_response(&flipped, sha256(WHAT)) {
                assert_eq!((token.time, &token.serial, &token.signer), (whole.time, &whole.serial, &whole.signer), "byte {n} bit {bit}");
            }
        }
        assert!(Token::in_response(&answer[..n], sha256(WHAT)).is_err());
    }
    assert!(Token::in_response(&[answer.as_slice(), b"\0"].concat(), sha256(WHAT)).is_err());
}

#[test]
fn the_request_is_what_the_standard_says() {
    let der = request([0xab; 32], &[0, 0x80, 1], Some("1.2.3.4.1")).unwrap();
    let hex = poolproof::digest::hex(&der);
    let expected =
        format!("304402010130313 00d060960864801650304020105000420{}06042a030401020300 80010101ff", "ab".repeat(32)).replace(' ', "");
    assert_eq!(hex, expected);
    assert!(request([0; 32], &[1], Some("no policy")).is_err());
}
