//! PKCS#8 under a passphrase (RFC 5958 `EncryptedPrivateKeyInfo` with PBES2, RFC 8018): PBKDF2 and AES-CBC, as openssl writes it.
//!
//! It must not read a passphrase itself, keep one, or put one into an error. The cryptography is the library's.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;

use super::SignError;
use super::asn1::{self, INTEGER, Item, NULL, OCTETS, OID, SEQUENCE};
use crate::io;

/// id-PBES2 (RFC 8018, A.4), the content of its DER; so are the next.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// id-PBKDF2 (RFC 8018, A.2).
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
/// id-hmacWithSHA256 and id-hmacWithSHA512 (RFC 8018, B.1.2).
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
const HMAC_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0b];
/// aes128-CBC-PAD and aes256-CBC-PAD (RFC 8018, B.2.5).
const AES_128_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
/// How often the passphrase is hashed in a file that is written here (OWASP's figure for PBKDF2 with HMAC-SHA-256).
const ITERATIONS: u32 = 600_000;
/// Most iterations that are taken from a file: some seconds of work.
const MOST_ITERATIONS: u64 = 5_000_000;
/// Shortest passphrase for a new key, characters.
pub(super) const SHORTEST: usize = 12;

/// Encrypts a private key. Returns the DER `EncryptedPrivateKeyInfo`.
pub(super) fn encrypt(key: &[u8], passphrase: &str) -> Result<Vec<u8>, SignError> {
    let failed = |what: &str| SignError::Failed(format!("the key cannot be encrypted: {what}"));
    let salt: [u8; 16] = io::random().map_err(|e| failed(&e.to_string()))?;
    let iv: [u8; 16] = io::random().map_err(|e| failed(&e.to_string()))?;
    let secret = derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, passphrase, 32).ok_or_else(|| failed("no iterations"))?;
    let cipher = UnboundCipherKey::new(&AES_256, &secret).and_then(PaddedBlockEncryptingKey::cbc_pkcs7).map_err(|_| failed("no cipher"))?;
    let mut text = key.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher.less_safe_encrypt(&mut text, context).map_err(|_| failed("the cipher refused it"))?;
    let prf = asn1::list(SEQUENCE, &[&asn1::write(OID, HMAC_SHA256), &asn1::write(NULL, &[])]);
    let count: Vec<u8> = ITERATIONS.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
    let kdf = asn1::list(SEQUENCE, &[&asn1::write(OCTETS, &salt), &asn1::write(INTEGER, &count), &prf]);
    let kdf = asn1::list(SEQUENCE, &[&asn1::write(OID, PBKDF2), &kdf]);
    let scheme = asn1::list(SEQUENCE, &[&asn1::write(OID, AES_256_CBC), &asn1::write(OCTETS, &iv)]);
    let algorithm = asn1::list(SEQUENCE, &[&asn1::write(OID, PBES2), &asn1::list(SEQUENCE, &[&kdf, &scheme])]);
    Ok(asn1::list(SEQUENCE, &[&algorithm, &asn1::write(OCTETS, &text)]))
}

/// Decrypts an `EncryptedPrivateKeyInfo`. The error says why, never what.
pub(super) fn decrypt(der: &[u8], passphrase: &str) -> Result<Vec<u8>, String> {
    let outer = Item::only(der)?.tagged(SEQUENCE, "the file")?.parts()?;
    let [algorithm, text] = outer.as_slice() else { return Err("it is no encrypted PKCS#8 key".to_owned()) };
    let (kdf, cipher) = pair(parameters(algorithm, PBES2)?)?;
    let kdf = parameters(&kdf, PBKDF2)?.parts()?;
    let (salt, count, rest) = match kdf.as_slice() {
        [salt, count, rest @ ..] => (salt.tagged(OCTETS, "the salt")?, count.tagged(INTEGER, "the number of iterations")?, rest),
        _ => return Err("its key derivation is damaged".to_owned()),
    };
    if count.value.len() > 5 || count.value.first().is_none_or(|b| b & 0x80 != 0) {
        return Err("its number of iterations is none".to_owned());
    }
    let iterations = count.value.iter().fold(0_u64, |n, b| (n << 8) | u64::from(*b));
    let iterations = u32::try_from(iterations.min(MOST_ITERATIONS + 1)).unwrap_or(0);
    if iterations == 0 || u64::from(iterations) > MOST_ITERATIONS {
        return Err(format!("its number of iterations is not between 1 and {MOST_ITERATIONS}"));
    }
    let (cipher, secret_length, iv) = match (object(&cipher)?, pair(cipher)?.1) {
        (AES_128_CBC, iv) => (&AES_128, 16, iv),
        (AES_256_CBC, iv) => (&AES_256, 32, iv),
        _ => return Err("its cipher is not AES-128-CBC or AES-256-CBC".to_owned()),
    };
    let (stated, prf) = match rest {
        [length, prf] if length.tag == INTEGER => (Some(length.value), *prf),
        [prf] => (None, *prf),
        _ => return Err("its key derivation is not PBKDF2 with HMAC-SHA-256 or HMAC-SHA-512".to_owned()),
    };
    if stated.is_some_and(|s| s != [secret_length]) {
        return Err("its key length is not its cipher's".to_owned());
    }
    let hash = match object(&prf)? {
        HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        _ => return Err("its key derivation is not PBKDF2 with HMAC-SHA-256 or HMAC-SHA-512".to_owned()),
    };
    let iv: [u8; 16] = iv.tagged(OCTETS, "the IV")?.value.try_into().map_err(|_| "its IV is not 16 bytes long".to_owned())?;
    let secret = derive(hash, iterations, salt.value, passphrase, usize::from(secret_length)).ok_or("its number of iterations is none")?;
    let wrong = || "the passphrase is not the right one, or the file is damaged".to_owned();
    let key = UnboundCipherKey::new(cipher, &secret).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).map_err(|_| wrong())?;
    let mut text = text.tagged(OCTETS, "the key")?.value.to_vec();
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let plain = key.decrypt(&mut text, context).map_err(|_| wrong())?.to_vec();
    // One padding in 256 looks right by chance: what comes out must be one DER value.
    Item::only(&plain).and_then(|i| i.tagged(SEQUENCE, "it")).map_err(|_| wrong())?;
    Ok(plain)
}

fn derive(hash: pbkdf2::Algorithm, iterations: u32, salt: &[u8], passphrase: &str, length: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; length];
    pbkdf2::derive(hash, NonZeroU32::new(iterations)?, salt, passphrase.as_bytes(), &mut out);
    Some(out)
}

/// The parameters of an algorithm that must be the one wanted.
fn parameters<'a>(item: &Item<'a>, wanted: &[u8]) -> Result<Item<'a>, String> {
    if object(item)? != wanted {
        return Err(
            "it is encrypted in another way than PBES2 with PBKDF2; convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc".to_owned()
        );
    }
    Ok(pair(*item)?.1)
}

fn object<'a>(item: &Item<'a>) -> Result<&'a [u8], String> {
    let parts = item.tagged(SEQUENCE, "an algorithm")?.parts()?;
    Ok(parts.first().ok_or("an algorithm is empty")?.tagged(OID, "an algorithm")?.value)
}

fn pair<'a>(item: Item<'a>) -> Result<(Item<'a>, Item<'a>), String> {
    match item.tagged(SEQUENCE, "an algorithm")?.parts()?.as_slice() {
        [first, second] => Ok((*first, *second)),
        _ => Err("an algorithm has another number of parts than two".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x00];

    #[test]
    fn goes_round_and_tells_a_wrong_passphrase() {
        let der = encrypt(KEY, "correct horse battery").unwrap();
        assert_eq!(decrypt(&der, "correct horse battery").unwrap(), KEY);
        assert!(decrypt(&der, "correct horse batterx").unwrap_err().contains("passphrase"));
        assert_ne!(encrypt(KEY, "correct horse battery").unwrap(), der, "salt and IV are drawn anew");
        assert!(!der.windows(KEY.len()).any(|w| w == KEY));
    }

    /// `openssl pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 2048` and `-v2 aes-256-cbc`, passphrase `peppermint tea`.
    #[test]
    fn reads_what_openssl_wrote() {
        for pem in [AES_128_SHA512, AES_256_SHA256] {
            let der = crate::sign::pem::decode("ENCRYPTED PRIVATE KEY", pem).unwrap();
            let plain = decrypt(&der, "peppermint tea").unwrap();
            assert!(plain.len() > 100);
            assert!(decrypt(&der, "").is_err());
        }
    }

    #[test]
    fn what_costs_too_much_or_is_another_scheme_is_refused() {
        let der = encrypt(KEY, "x").unwrap();
        let changed = |from: &[u8], to: &[u8]| {
            let at = der.windows(from.len()).position(|w| w == from).unwrap();
            let mut bad = der.clone();
            bad[at..at + to.len()].copy_from_slice(to);
            decrypt(&bad, "x").unwrap_err()
        };
        assert!(changed(&[2, 3, 9, 0x27, 0xc0], &[2, 3, 0x7f, 0xff, 0xff]).contains("number of iterations"));
        assert!(changed(&[2, 3, 9, 0x27, 0xc0], &[2, 3, 0, 0, 0]).contains("number of iterations"));
        assert!(changed(PBES2, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x03]).contains("openssl pkcs8"));
        assert!(changed(HMAC_SHA256, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x07]).contains("HMAC"));
        assert!(changed(AES_256_CBC, AES_128_CBC).contains("passphrase"), "the key is then cut to 16 bytes");
        for cut in 0..der.len() {
            assert!(decrypt(&der[..cut], "x").is_err());
        }
    }

    const AES_128_SHA512: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhUcBV4mNCjWgICCAAw
DAYIKoZIhvcNAgsFADAdBglghkgBZQMEAQIEELt99qFNeZ7nL1K406YDfPgEgZAa
tnEZNf/UUtg8lR7qCPhZphRmax5keFmH0rkKF08AhdAJ2Z52gspDYIB3MK4tCWJ/
W69SU/xqo64t8bqsvOaI0bk3nGrd+9xDWOsJkoPdlaQ5oJuQfb0RdoZL/Bs/0lsz
zskW05244Det/P4WcfmZt08MjIUMLvUcfOqk+5yQgPiLE6gt1S8Yw4LMadk9ym8=
-----END ENCRYPTED PRIVATE KEY-----";
    const AES_256_SHA256: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjhVszqZ5WFWwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEMVgrl6zn6EB8Fpi584tfZIEgZDC
lftR88B6e9mN8My8fvB7541xJCwz3scdeqU1KZ2FFO2CPd/9Hsvg14/LtOH7r3kq
mOuVzCG2zEQgruSu5dI+M3VaA79ABzE3908fGVYuIPSXf+KM4BS6HKxna541O5NG
tkN13VnF7w+5nVsjj9inorb0O4a6F8MR0w83JmtLFA2m838csQWFfqBc76+tCwQ=
-----END ENCRYPTED PRIVATE KEY-----";
}
