//! The DSSE envelope, protocol v1.0.0 (secure-systems-lab/dsse): a payload, its type, and here exactly one signature.
//!
//! It must not look into the payload, nor decide whom to trust.

use data_encoding::{BASE64, BASE64URL};
use serde::{Deserialize, Serialize};

use super::{Fingerprint, NOT_WRITTEN, PublicKey, SignError, Signer, json};

/// The payload type of an in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// An envelope with its parts decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Media type of the payload.
    pub payload_type: String,
    /// The payload, byte for byte as signed.
    pub payload: Vec<u8>,
    /// Fingerprint of the key that is said to have signed. Unsigned, and so only a hint.
    pub keyid: Fingerprint,
    /// DER ECDSA signature over [`Envelope::pae`].
    pub signature: Vec<u8>,
}

/// The pre-authentication encoding: what is really signed.
/// `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal bytes.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Signs a payload.
    ///
    /// # Errors
    /// The key cannot be used, or is not a P-256 key.
    pub fn seal(payload_type: &str, payload: Vec<u8>, signer: &dyn Signer) -> Result<Self, SignError> {
        let key = PublicKey::from_spki(signer.public_key_spki())
            .map_err(|why| SignError::BadKey { what: "the signer's public key".to_owned(), why })?;
        let message = pae(payload_type, &payload);
        let signature = signer.sign(&message)?;
        if !key.verifies(&message, &signature) {
            return Err(SignError::Failed("the signature made does not verify under the signer's own public key".to_owned()));
        }
        Ok(Self { payload_type: payload_type.to_owned(), payload, keyid: key.fingerprint(), signature })
    }

    /// What the signature is over.
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// The envelope as JSON, one line and a newline.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = serde_json::to_vec(&self.wire()).unwrap_or_default();
        out.push(b'\n');
        out
    }

    pub(super) fn wire(&self) -> Wire {
        Wire {
            payload: BASE64.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: vec![WireSignature { keyid: self.keyid.to_string(), sig: BASE64.encode(&self.signature) }],
        }
    }

    /// Reads an envelope. Standard and URL-safe base64 are taken and unknown members ignored, as the protocol demands.
    ///
    /// # Errors
    /// No JSON, a key that occurs twice, a member missing, base64 that has a second spelling, no keyid, or not exactly one signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = json::strict(bytes)?;
        let [one] = wire.signatures.as_slice() else {
            return Err(format!("it carries {} signatures; exactly one is wanted", wire.signatures.len()));
        };
        Ok(Self {
            payload: base64("payload", &wire.payload)?,
            keyid: keyid(&one.keyid)?,
            signature: base64("signature", &one.sig)?,
            payload_type: wire.payload_type,
        })
    }

    /// As [`Envelope::decode`], and in the one form in which [`Envelope::encode`] writes it: where other files are told to be as
    /// they were made, an envelope must not carry members that nobody signed.
    ///
    /// # Errors
    /// As [`Envelope::decode`], or it is written otherwise.
    pub fn decode_written(bytes: &[u8]) -> Result<Self, String> {
        let envelope = Self::decode(bytes)?;
        if envelope.encode() != bytes {
            return Err(NOT_WRITTEN.to_owned());
        }
        Ok(envelope)
    }
}

fn keyid(text: &str) -> Result<Fingerprint, String> {
    let parsed = Fingerprint::parse(text).map_err(|e| format!("its keyid: {e}"))?;
    if parsed.as_str() == text { Ok(parsed) } else { Err("its keyid is not written in lower-case hex".to_owned()) }
}

fn base64(what: &str, text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text.as_bytes()).or_else(|_| BASE64URL.decode(text.as_bytes())).map_err(|_| format!("its {what} is not base64"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::LocalKey;

    /// The example of the protocol's text: `protocol.md`, "Test vectors".
    #[test]
    fn pae_is_the_protocols_own_example() {
        assert_eq!(pae("http://example.com/HelloWorld", b"hello world"), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(pae("é", b""), "DSSEv1 2 é 0 ".as_bytes());
    }

    fn sealed() -> (LocalKey, Envelope) {
        let key = LocalKey::throw_away().unwrap();
        // A payload whose base64 needs both characters that differ in the URL-safe alphabet.
        let envelope = Envelope::seal(IN_TOTO, b"\xfb\xff\xfe??>>".to_vec(), &key).unwrap();
        (key, envelope)
    }

    #[test]
    fn goes_round_in_both_alphabets_and_ignores_unknown_members() {
        let (key, envelope) = sealed();
        assert!(key.public().verifies(&envelope.pae(), &envelope.signature));
        assert_eq!(Envelope::decode(&envelope.encode()).unwrap(), envelope);
        let text = String::from_utf8(envelope.encode()).unwrap();
        assert!(text.contains('+') || text.contains("+/"), "the vector must tell the alphabets apart");
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for at in ["/payload", "/signatures/0/sig"] {
            let member = value.pointer_mut(at).unwrap();
            *member = member.as_str().unwrap().replace('+', "-").replace('/', "_").into();
        }
        value["more"] = 1.into();
        value["signatures"][0]["more"] = 1.into();
        assert_eq!(Envelope::decode(value.to_string().as_bytes()).unwrap(), envelope);
    }

    #[test]
    fn anything_that_could_be_read_in_two_ways_is_refused() {
        let text = String::from_utf8(sealed().1.encode()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let with = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut v = value.clone();
            change(&mut v);
            Envelope::decode(v.to_string().as_bytes())
        };
        assert!(with(&|_| ()).is_ok());
        assert!(with(&|v| v["signatures"] = serde_json::json!([])).unwrap_err().contains("0 signatures"));
        assert!(
            with(&|v| v["signatures"] = serde_json::json!([v["signatures"][0], v["signatures"][0]])).unwrap_err().contains("2 signatures")
        );
        assert!(with(&|v| v["signatures"][0]["keyid"] = "".into()).is_err());
        assert!(with(&|v| v["signatures"][0]["keyid"] = v["signatures"][0]["keyid"].as_str().unwrap().to_uppercase().into()).is_err());
        assert!(with(&|v| v["payload"] = format!("{}\n", v["payload"].as_str().unwrap()).into()).is_err());
        assert!(Envelope::decode(text.replacen('{', r#"{"payload":"","#, 1).as_bytes()).unwrap_err().contains("twice"));
    }
}
