//! What printpdf does not write: version, metadata, output intent, language, structure, links, bookmarks, attachments, and an
//! identifier that comes from the content. Nothing here lays out or draws.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, StringFormat, dictionary};

use super::paginate::{Area, Bookmark, Pages};
use super::tags::Tags;
use super::write::{Link, Written};
use super::{Attachment, PdfError, icc, structure, text_string, xmp};
use crate::digest::Sha256;
use crate::render::blocks::Meta;

/// What a finished file is made of.
pub(super) struct Parts<'p> {
    pub written: Written,
    pub tags: &'p Tags,
    pub pages: &'p Pages,
    pub area: Area,
    pub meta: &'p Meta,
    pub attachments: &'p [Attachment],
}

/// Completes the document and gives its bytes.
///
/// # Errors
/// lopdf cannot write it.
pub(super) fn finish(parts: Parts<'_>) -> Result<Vec<u8>, PdfError> {
    let Parts { written, tags, pages, area, meta, attachments } = parts;
    let Written { mut doc, links, parents } = written;
    let broken = |why: lopdf::Error| PdfError::Write(why.to_string());
    doc.version = "1.7".to_owned();
    let page_ids: Vec<ObjectId> = doc.get_pages().into_values().collect();
    let annotations = annotations(&mut doc, &links, pages, &page_ids, area)?;
    let structure = structure::add(&mut doc, tags, &page_ids, &parents, &annotations);
    let outlines = outlines(&mut doc, &pages.bookmarks, &page_ids, area);
    let files = attach(&mut doc, attachments, meta);
    let profile = Stream::new(dictionary! { "N" => 3 }, icc::srgb());
    let profile = doc.add_object(profile);
    let metadata = Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp::packet(meta).into_bytes());
    let metadata = doc.add_object(metadata.with_compression(false));
    let intent = dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "RegistryName" => Object::string_literal("http://www.color.org"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    };
    let catalog = doc.catalog_mut().map_err(broken)?;
    catalog.remove(b"PageLayout");
    catalog.set("Lang", Object::string_literal(meta.lang.as_str()));
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", vec![intent.into()]);
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("StructTreeRoot", structure);
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("PageMode", "UseNone");
    if let Some(outlines) = outlines {
        catalog.set("Outlines", outlines);
        catalog.set("PageMode", "UseOutlines");
    }
    if !files.is_empty() {
        let names: Vec<Object> = files.iter().flat_map(|(name, id)| [text_string(name), (*id).into()]).collect();
        catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
        catalog.set("AF", files.iter().map(|(_, id)| (*id).into()).collect::<Vec<Object>>());
    }
    // In place of printpdf's own information dictionary and identifier.
    match doc.trailer.get(b"Info").and_then(Object::as_reference) {
        Ok(at) => doc.set_object(at, info(meta)),
        Err(why) => return Err(broken(why)),
    }
    doc.trailer.remove(b"ID");
    doc.compress();
    let bytes = save(&mut doc)?;
    // ISO 32000-1, 14.4: the identifier may be a digest of the content. It is not random, so that equal content gives equal bytes.
    let mut hash = Sha256::default();
    hash.update(&bytes);
    let id = data_encoding::HEXLOWER.decode(hash.finish_hex().as_bytes()).unwrap_or_default();
    let id = Object::String(id.into_iter().take(16).collect(), StringFormat::Hexadecimal);
    doc.trailer.set("ID", vec![id.clone(), id]);
    save(&mut doc)
}

fn save(doc: &mut Document) -> Result<Vec<u8>, PdfError> {
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).map_err(|e| PdfError::Write(e.to_string()))?;
    Ok(bytes)
}

/// `D:YYYYMMDDHHmmSSZ` (ISO 32000-1, 7.9.4).
fn date(meta: &Meta) -> Object {
    Object::string_literal(meta.at.format("D:%Y%m%d%H%M%SZ").to_string())
}

fn info(meta: &Meta) -> Dictionary {
    dictionary! {
        "Title" => text_string(&meta.title),
        "Author" => text_string(&meta.author),
        "Subject" => text_string(&meta.subject),
        "Creator" => text_string(xmp::PRODUCER),
        "Producer" => text_string(xmp::PRODUCER),
        "CreationDate" => date(meta),
        "ModDate" => date(meta),
    }
}

/// A place on a page, from the top left corner of the paper.
fn destination(page_ids: &[ObjectId], page: usize, y: f32, area: Area) -> Object {
    let page = page_ids.get(page).copied().map_or(Object::Null, Object::Reference);
    let top = (area.page_h - y + 8.0).min(area.page_h).round();
    vec![page, "XYZ".into(), Object::Null, Object::Real(top), Object::Null].into()
}

/// Link annotations on their pages; each says in words where it leads (PDF/UA-1, 7.18.5).
fn annotations(
    doc: &mut Document,
    links: &[Link],
    pages: &Pages,
    page_ids: &[ObjectId],
    area: Area,
) -> Result<Vec<(ObjectId, usize, super::tags::NodeId)>, PdfError> {
    let mut per_page: Vec<Vec<Object>> = vec![Vec::new(); page_ids.len()];
    let mut out = Vec::new();
    for (n, link) in links.iter().enumerate() {
        let [left, top, right, bottom] = link.rect;
        let rect = [left, area.page_h - bottom, right, area.page_h - top].map(|v| Object::Real((v * 100.0).round() / 100.0));
        let mut dict = dictionary! {
            "Type" => "Annot",
            "Subtype" => "Link",
            "Rect" => rect.to_vec(),
            "Border" => vec![0.into(), 0.into(), 0.into()],
            // Print: PDF/A wants annotations to be printed.
            "F" => 4,
            "StructParent" => (page_ids.len() + n) as i64,
        };
        match link.href.strip_prefix('#') {
            Some(anchor) => {
                let (page, y) = pages.anchors.get(anchor).copied().unwrap_or((link.page, link.rect[1]));
                dict.set("Dest", destination(page_ids, page, y, area));
                dict.set("Contents", text_string(link.words.trim()));
            }
            None => {
                dict.set("A", dictionary! { "S" => "URI", "URI" => Object::string_literal(ascii_uri(&link.href)) });
                dict.set("Contents", text_string(&link.href));
            }
        }
        let id = doc.add_object(dict);
        if let Some(row) = per_page.get_mut(link.page) {
            row.push(id.into());
        }
        out.push((id, link.page, link.node));
    }
    for (n, (id, annots)) in page_ids.iter().zip(per_page).enumerate() {
        let page = doc.get_dictionary_mut(*id).map_err(|e| PdfError::Write(e.to_string()))?;
        page.set("StructParents", n as i64);
        page.set("Tabs", "S");
        page.remove(b"Annots");
        if !annots.is_empty() {
            page.set("Annots", annots);
        }
    }
    Ok(out)
}

/// URIs in PDF are 7-bit: what is not ASCII is percent-encoded as UTF-8 (RFC 3986, 2.1).
fn ascii_uri(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for b in href.bytes() {
        if b.is_ascii_graphic() {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// The bookmarks as a tree by level; deeper ones are closed at first.
fn outlines(doc: &mut Document, marks: &[Bookmark], page_ids: &[ObjectId], area: Area) -> Option<ObjectId> {
    if marks.is_empty() {
        return None;
    }
    let root = doc.new_object_id();
    let ids: Vec<ObjectId> = marks.iter().map(|_| doc.new_object_id()).collect();
    // The parent of a mark is the nearest one before it of a lesser level.
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    let mut open: Vec<(u8, usize)> = Vec::new();
    for (n, mark) in marks.iter().enumerate() {
        while open.last().is_some_and(|(level, _)| *level >= mark.level) {
            open.pop();
        }
        children.entry(open.last().map(|o| o.1)).or_default().push(n);
        open.push((mark.level, n));
    }
    let mut queue = vec![None];
    while let Some(at) = queue.pop() {
        let Some(kids) = children.get(&at) else { continue };
        let at_id = at.and_then(|n| ids.get(n).copied()).unwrap_or(root);
        for (place, n) in kids.iter().enumerate() {
            let (Some(mark), Some(id)) = (marks.get(*n), ids.get(*n)) else { continue };
            let mut dict = dictionary! {
                "Title" => text_string(&mark.title),
                "Parent" => at_id,
                "Dest" => destination(page_ids, mark.page, mark.y, area),
            };
            let beside = |p: Option<usize>| p.and_then(|p| kids.get(p)).and_then(|n| ids.get(*n)).copied();
            if let Some(prev) = beside(place.checked_sub(1)) {
                dict.set("Prev", prev);
            }
            if let Some(next) = beside(Some(place + 1)) {
                dict.set("Next", next);
            }
            doc.set_object(*id, dict);
            queue.push(Some(*n));
        }
        let ends = kids.first().zip(kids.last()).and_then(|(a, b)| ids.get(*a).zip(ids.get(*b)));
        if let Some((first, last)) = ends {
            let count = kids.len() as i64;
            if at.is_none() {
                doc.set_object(root, dictionary! { "Type" => "Outlines", "First" => *first, "Last" => *last, "Count" => count });
            } else if let Ok(dict) = doc.get_dictionary_mut(at_id) {
                dict.set("First", *first);
                dict.set("Last", *last);
                dict.set("Count", -count);
            }
        }
    }
    Some(root)
}

/// Embedded files as associated files of the document (ISO 19005-3, 6.8), sorted by name.
fn attach(doc: &mut Document, attachments: &[Attachment], meta: &Meta) -> Vec<(String, ObjectId)> {
    let mut sorted: Vec<&Attachment> = attachments.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut out = Vec::new();
    for a in sorted {
        let params = dictionary! { "Size" => a.bytes.len() as i64, "ModDate" => date(meta), "CreationDate" => date(meta) };
        let dict = dictionary! { "Type" => "EmbeddedFile", "Subtype" => Object::Name(a.mime.as_bytes().to_vec()), "Params" => params };
        let file = doc.add_object(Stream::new(dict, a.bytes.clone()));
        let spec = dictionary! {
            "Type" => "Filespec",
            "F" => Object::string_literal(a.name.as_str()),
            "UF" => text_string(&a.name),
            "Desc" => text_string(&a.description),
            "AFRelationship" => "Data",
            "EF" => dictionary! { "F" => file, "UF" => file },
        };
        out.push((a.name.clone(), doc.add_object(spec)));
    }
    out
}
