//! The same envelope as a Sigstore bundle v0.3 with a managed key (sigstore/protobuf-specs, `sigstore_bundle.proto`):
//! no certificate and no log entry; `publicKey.hint` names the key, which the verifier holds already.
//!
//! It must not carry anything that the DSSE envelope does not say.

use serde::Serialize;

use super::dsse::{Envelope, Wire};

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    media_type: &'static str,
    verification_material: Material,
    dsse_envelope: Wire,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    public_key: Hint,
    /// Present though empty: @sigstore/bundle refuses a bundle without it.
    tlog_entries: [(); 0],
}

#[derive(Serialize)]
struct Hint {
    hint: String,
}

/// The envelope as a Sigstore bundle: protobuf JSON, one line and a newline.
pub fn wrap(envelope: &Envelope) -> Vec<u8> {
    let bundle = Bundle {
        media_type: MEDIA_TYPE,
        verification_material: Material { public_key: Hint { hint: envelope.keyid.to_string() }, tlog_entries: [] },
        dsse_envelope: envelope.wire(),
    };
    let mut out = serde_json::to_vec(&bundle).unwrap_or_default();
    out.push(b'\n');
    out
}
