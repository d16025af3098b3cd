//! Asking for the time (RFC 3161), and what is taken for an answer.

use crate::sealing::tsa::{Tsa, Wrong, config, inside, parts, tlv};
use poolproof::clock::parse_rfc3339;
use poolproof::digest::sha256;
use poolproof::sign::TsaConfig;
use poolproof::sign::timestamp::{Token, normal, request, timestamp_over, token_in};

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
fn no_flipped_bit_of_a_kept_answer_goes_through() {
    for wrong in [Wrong::Nothing, Wrong::Cross] {
        let answer = tsa(wrong).stamp(sha256(WHAT));
        assert!(Token::in_response(&answer, sha256(WHAT)).is_ok());
        let whole = normal::token(token_in(&answer).unwrap()).unwrap();
        for n in 0..answer.len() {
            for bit in (0..8).map(|n| 1 << n) {
                let mut flipped = answer.clone();
                flipped[n] ^= bit;
                let read = Token::in_response(&flipped, sha256(WHAT));
                // Above the authority's own certificate only the way to a trusted one can tell.
                let above =
                    read.as_ref().is_ok_and(|t| t.certificates.len() == 2 && t.signer == Token::read(&whole, sha256(WHAT)).unwrap().signer);
                assert!(read.is_err() || (above && wrong == Wrong::Cross), "{wrong:?}: byte {n} bit {bit:#x}");
            }
            assert!(Token::in_response(&answer[..n], sha256(WHAT)).is_err());
        }
        assert!(Token::in_response(&[answer.as_slice(), b"\0"].concat(), sha256(WHAT)).is_err());
    }
}

#[test]
fn an_answer_is_kept_in_one_form_whatever_the_authority_wraps_it_in() {
    let tsa = tsa(Wrong::Nothing);
    let sent = tsa.sent(sha256(WHAT));
    // 'Granted with changes', with a text: RFC 3161, 2.4.2 makes both no less than 'granted'.
    let token = token_in(&sent).unwrap();
    let status = tlv(0x30, &[&[2, 1, 1][..], &tlv(0x30, &tlv(12, b"policy chosen"))].concat());
    let other = tlv(0x30, &[status.as_slice(), token].concat());
    let kept = normal::response(&sent).unwrap();
    assert_eq!(normal::response(&other).unwrap(), kept);
    assert_eq!(normal::response(&kept).unwrap(), kept, "what is kept stays as it is");
    // The root that it sent is left out: who verifies has his own.
    assert!(kept.len() < sent.len());
    let read = Token::in_response(&kept, sha256(WHAT)).unwrap();
    assert_eq!((read.certificates.len(), read.signer.subject()), (1, "CN=Test TSA".to_owned()));
    for foreign in [sent, other] {
        assert!(Token::in_response(&foreign, sha256(WHAT)).unwrap_err().contains("not in the form in which one is kept"));
    }
}

#[test]
fn a_certificate_that_is_not_on_the_way_up_is_not_kept() {
    let (tsa, stranger) = (tsa(Wrong::Cross), tsa(Wrong::Nothing));
    let sent = tsa.sent(sha256(WHAT));
    let kept = Token::in_response(&normal::response(&sent).unwrap(), sha256(WHAT)).unwrap();
    assert_eq!(kept.certificates.len(), 2, "the way above its own certificate is kept");
    // A stranger's certificate under another name, put among them.
    let foreign = Token::in_response(&stranger.stamp(sha256(WHAT)), sha256(WHAT)).unwrap().signer.der().to_vec();
    let with = with_certificate(token_in(&sent).unwrap(), &foreign);
    assert_eq!(normal::token(&with).unwrap(), kept.token);
    let answer = tlv(0x30, &[tlv(0x30, &[2, 1, 0]), with].concat());
    assert!(Token::in_response(&answer, sha256(WHAT)).is_err());
}

/// A token with one more certificate.
fn with_certificate(token: &[u8], certificate: &[u8]) -> Vec<u8> {
    let outer = parts(inside(token));
    let body: Vec<Vec<u8>> = parts(inside(inside(outer[1]))).into_iter().map(<[u8]>::to_vec).collect();
    let changed = |(n, part): (usize, &Vec<u8>)| match n {
        3 => tlv(0xa0, &[inside(part), certificate].concat()),
        _ => part.clone(),
    };
    let body: Vec<u8> = body.iter().enumerate().flat_map(changed).collect();
    tlv(0x30, &[outer[0], tlv(0xa0, &tlv(0x30, &body)).as_slice()].concat())
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
