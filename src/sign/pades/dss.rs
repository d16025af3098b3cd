//! The document security store (ETSI EN 319 142-1, 5.4): certificates and CRLs that lie in the PDF beside its signature, so that
//! a verifier needs no network. Written by `write` right behind the signature, in one form, and read back in that form only.
//!
//! It must not say what a certificate or a CRL is worth.

/// Most certificates and CRLs together.
const MOST: usize = 64;

/// What the store holds, each in DER and in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// Certificates: the signer's first.
    pub certificates: Vec<Vec<u8>>,
    /// Lists of what was revoked.
    pub crls: Vec<Vec<u8>>,
}

impl Store {
    /// Reads the store from the file's bytes that follow the signature's object, whose number is `object`.
    ///
    /// # Errors
    /// In words, where they depart from the form that `write` gives them.
    pub fn read(behind: &[u8], object: u32) -> Result<Self, String> {
        let broken = || "the certificates and CRLs in it (DSS) are not in the fixed form".to_owned();
        let (mut rest, mut number, mut streams) = (behind, object, Vec::new());
        loop {
            number = number.checked_add(1).ok_or_else(broken)?;
            rest = rest.strip_prefix(format!("{number} 0 obj\n<<").as_bytes()).ok_or_else(broken)?;
            let Some(body) = rest.strip_prefix(b"/Length ") else { break };
            let digits = body.iter().take_while(|b| b.is_ascii_digit()).count();
            let length = body.get(..digits).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| d.parse::<usize>().ok());
            let body = body.get(digits..).and_then(|b| b.strip_prefix(b">>stream\n")).ok_or_else(broken)?;
            let (content, after) = body.split_at_checked(length.ok_or_else(broken)?).ok_or_else(broken)?;
            rest = after.strip_prefix(b"\nendstream \nendobj\n").ok_or_else(broken)?;
            streams.push(content.to_vec());
            if streams.len() > MOST {
                return Err(format!("it holds more than {MOST} certificates and CRLs"));
            }
        }
        // How many of them are certificates, the store's own entry says.
        for certificates in 0..=streams.len() {
            let (first, second) = streams.split_at(certificates);
            let entry = entry(object, first.len(), second.len());
            if rest.strip_prefix(b"/Type/DSS").is_some_and(|r| r.starts_with(entry.as_bytes())) {
                return Ok(Self { certificates: first.to_vec(), crls: second.to_vec() });
            }
        }
        Err(broken())
    }
}

/// The store's entry after its type, as it is written.
fn entry(object: u32, certificates: usize, crls: usize) -> String {
    let list = |from: usize, count: usize| {
        let numbers: Vec<String> = (from..from + count).map(|n| format!("{} 0 R", object as usize + 1 + n)).collect();
        numbers.join(" ")
    };
    let mut out = format!("/Certs[{}]", list(0, certificates));
    if crls > 0 {
        out.push_str(&format!("/CRLs[{}]", list(certificates, crls)));
    }
    format!("{out}>>\nendobj\n")
}
