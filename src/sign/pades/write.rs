//! Adds to a finished report what a signature needs, in the same revision: the field, the certification, the certificates and
//! CRLs, and a signature dictionary whose hole is filled last. The only place here that knows lopdf.
//!
//! The field is invisible (the cover says in words who sealed), but tagged and named, as PDF/UA asks; all of it keeps
//! PDF/A-3a. The same input gives the same bytes.

use chrono::{DateTime, Utc};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};

use super::PadesError;
use super::dss::Store;
use super::scan::scan_bytes;
use super::slot::{HOLE, HOLE_AT, LENGTH, ROOM, Slot};
use crate::digest::Sha256;

/// What a screen reader says of the field.
const SAID: &str = "Digital signature over the whole document; the cover says who sealed it";
/// The field's name.
const NAME: &str = "Seal";
/// Printed, and not to be moved (ISO 32000-1, 12.5.3; PDF/A wants annotations to be printed).
const FLAGS: i64 = 4 | 128;
/// Signatures exist, and the file may only be appended to (ISO 32000-1, 12.7.2).
const SIG_FLAGS: i64 = 3;

/// A report with an empty signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    bytes: Vec<u8>,
    /// Where the signature dictionary begins.
    offset: usize,
    slot: Slot,
}

/// Prepares a report for its signature. `at` is the time that the signer claims (`/M`), cut to whole seconds.
///
/// # Errors
/// The bytes are no report as `render` writes it.
pub fn prepare(unsigned: &[u8], store: &Store, at: DateTime<Utc>) -> Result<Prepared, PadesError> {
    let mut doc = Document::load_mem(unsigned).map_err(broken)?;
    let root = doc.trailer.get(b"Root").and_then(Object::as_reference).map_err(broken)?;
    if doc.catalog().map_err(broken)?.has(b"AcroForm") {
        return Err(PadesError::Document("it has a form or a signature already".to_owned()));
    }
    let signature = doc.new_object_id();
    // In place of the dictionary: as many bytes, so that nothing moves when it takes its place.
    doc.set_object(signature, Object::String(vec![b'~'; LENGTH - 2], StringFormat::Literal));
    let dss = add_store(&mut doc, store);
    let field = add_field(&mut doc, signature)?;
    let catalog = doc.get_dictionary_mut(root).map_err(broken)?;
    let mut first = dictionary! { "Type" => "Catalog", "Perms" => dictionary! { "DocMDP" => signature } };
    for (key, value) in catalog.iter().filter(|(key, _)| *key != b"Type") {
        first.set(key.clone(), value.clone());
    }
    first.set("AcroForm", dictionary! { "Fields" => vec![field.into()], "SigFlags" => SIG_FLAGS });
    first.set("DSS", dss);
    let level = dictionary! { "BaseVersion" => "1.7", "ExtensionLevel" => 1 };
    first.set("Extensions", dictionary! { "ESIC" => level });
    *catalog = first;
    second_identifier(&mut doc, unsigned, store, at);
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).map_err(broken)?;
    place(bytes, signature, at)
}

impl Prepared {
    /// SHA-256 over all but the hole: what the signature is over.
    pub fn digest(&self) -> [u8; 32] {
        let hole = self.offset + HOLE_AT;
        let mut hash = Sha256::default();
        hash.update(self.bytes.get(..hole).unwrap_or_default());
        hash.update(self.bytes.get(hole + HOLE..).unwrap_or_default());
        hash.finish()
    }

    /// Puts the signature into its place: a detached CMS in DER over [`Prepared::digest`].
    ///
    /// # Errors
    /// It does not fit, or the whole is not what [`scan_bytes`] accepts.
    pub fn complete(self, cms: &[u8]) -> Result<Vec<u8>, PadesError> {
        let Self { mut bytes, offset, mut slot } = self;
        if cms.len() > ROOM {
            return Err(PadesError::TooLarge { size: cms.len(), room: ROOM });
        }
        slot.cms = cms.to_vec();
        overwrite(&mut bytes, offset, &slot)?;
        let scanned = scan_bytes(&bytes).map_err(PadesError::Form)?;
        if scanned.slot != slot {
            return Err(PadesError::Form("it does not read back as it was written".to_owned()));
        }
        Ok(bytes)
    }
}

fn broken(why: impl std::fmt::Display) -> PadesError {
    PadesError::Document(why.to_string())
}

/// The certificates and CRLs as streams that follow each other, then the store.
fn add_store(doc: &mut Document, store: &Store) -> ObjectId {
    let mut add = |der: &Vec<u8>| Object::Reference(doc.add_object(Stream::new(Dictionary::new(), der.clone())));
    let certificates: Vec<Object> = store.certificates.iter().map(&mut add).collect();
    let crls: Vec<Object> = store.crls.iter().map(&mut add).collect();
    let mut dss = dictionary! { "Type" => "DSS", "Certs" => certificates };
    if !crls.is_empty() {
        dss.set("CRLs", crls);
    }
    doc.add_object(dss)
}

/// The field, on the first page and last in the reading order.
fn add_field(doc: &mut Document, signature: ObjectId) -> Result<ObjectId, PadesError> {
    let page = *doc.get_pages().values().next().ok_or_else(|| broken("it has no page"))?;
    let tree = reference(doc.catalog().map_err(broken)?, b"StructTreeRoot")?;
    let (top, parents, key) = {
        let tree = doc.get_dictionary(tree).map_err(broken)?;
        let key = tree.get(b"ParentTreeNextKey").and_then(Object::as_i64).map_err(broken)?;
        (reference(tree, b"K")?, reference(tree, b"ParentTree")?, key)
    };
    let field = doc.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal(NAME),
        "TU" => Object::string_literal(SAID),
        "Contents" => Object::string_literal(SAID),
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "F" => FLAGS,
        "P" => page,
        "V" => signature,
        "StructParent" => key,
    });
    let element = doc.add_object(dictionary! {
        "S" => "Form",
        "P" => top,
        "Pg" => page,
        "Alt" => Object::string_literal(SAID),
        "K" => dictionary! { "Type" => "OBJR", "Obj" => field, "Pg" => page },
    });
    append(doc, page, b"Annots", &[field.into()])?;
    append(doc, top, b"K", &[element.into()])?;
    append(doc, parents, b"Nums", &[key.into(), element.into()])?;
    doc.get_dictionary_mut(tree).map_err(broken)?.set("ParentTreeNextKey", key + 1);
    Ok(field)
}

fn reference(of: &Dictionary, key: &[u8]) -> Result<ObjectId, PadesError> {
    of.get(key).and_then(Object::as_reference).map_err(broken)
}

/// Adds to a list, which may be missing, or one object without a list.
fn append(doc: &mut Document, to: ObjectId, key: &[u8], more: &[Object]) -> Result<(), PadesError> {
    let dict = doc.get_dictionary_mut(to).map_err(broken)?;
    let mut list = match dict.remove(key) {
        None => Vec::new(),
        Some(Object::Array(list)) => list,
        Some(one @ Object::Reference(_)) if key == b"K" => vec![one],
        Some(_) => return Err(broken("its structure is not as render writes it")),
    };
    list.extend_from_slice(more);
    dict.set(key, list);
    Ok(())
}

/// The second half of the identifier names this form of the file, the first the report (ISO 32000-1, 14.4).
fn second_identifier(doc: &mut Document, unsigned: &[u8], store: &Store, at: DateTime<Utc>) {
    let mut hash = Sha256::default();
    hash.update(unsigned);
    hash.update(at.timestamp().to_string().as_bytes());
    store.certificates.iter().chain(&store.crls).for_each(|der| hash.update(der));
    let id: Vec<u8> = hash.finish().into_iter().take(16).collect();
    if let Ok(Object::Array(ids)) = doc.trailer.get_mut(b"ID")
        && let Some(second) = ids.get_mut(1)
    {
        *second = Object::String(id, StringFormat::Hexadecimal);
    }
}

/// Writes the dictionary in the place that was kept for it.
fn place(mut bytes: Vec<u8>, object: ObjectId, at: DateTime<Utc>) -> Result<Prepared, PadesError> {
    let kept = format!("\n{} 0 obj\n({}", object.0, "~".repeat(64));
    let found = find(&bytes, kept.as_bytes()).ok_or_else(|| broken("the place for its signature is lost"))?;
    let offset = found + kept.len() - 65;
    let end = bytes.get(offset + LENGTH - 1..offset + LENGTH + 8);
    if end != Some(b")\nendobj\n") {
        return Err(broken("the place for its signature has another length"));
    }
    // /M has whole seconds.
    let at = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
    let slot = Slot { at, ranges: Slot::covering(offset as u64, bytes.len() as u64), cms: Vec::new() };
    overwrite(&mut bytes, offset, &slot)?;
    Ok(Prepared { bytes, offset, slot })
}

fn overwrite(bytes: &mut [u8], offset: usize, slot: &Slot) -> Result<(), PadesError> {
    let text = slot.encode().ok_or_else(|| broken("it is too large"))?;
    bytes.get_mut(offset..offset + LENGTH).ok_or_else(|| broken("it is cut off"))?.copy_from_slice(&text);
    Ok(())
}

/// The last place of a text: new objects are written last.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).rposition(|w| w == text)
}
