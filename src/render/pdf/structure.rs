//! The structure tree as PDF objects (ISO 32000-1, 14.7): elements, marked content, link annotations, and the parent tree.

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use super::tags::{Attr, Kid, NodeId, Tags};
use super::text_string;

/// Adds the tree and says where its root is. `links` are the annotations in the order of [`Kid::Link`], with the page of each.
/// Number-tree keys: pages first, then links.
pub(super) fn add(
    doc: &mut Document,
    tags: &Tags,
    pages: &[ObjectId],
    parents: &[Vec<NodeId>],
    links: &[(ObjectId, usize, NodeId)],
) -> ObjectId {
    let root = doc.new_object_id();
    let ids: Vec<ObjectId> = tags.nodes.iter().map(|_| doc.new_object_id()).collect();
    let id = |n: NodeId| ids.get(n.0).copied().map_or(Object::Null, Object::Reference);
    let page = |n: usize| pages.get(n).copied().map_or(Object::Null, Object::Reference);
    for (node, at) in tags.nodes.iter().zip(&ids) {
        let mut dict = dictionary! { "S" => node.kind, "P" => node.parent.map_or(Object::Reference(root), id) };
        let home = node.kids.iter().find_map(|k| if let Kid::Content { page, .. } = k { Some(*page) } else { None });
        if let Some(home) = home {
            dict.set("Pg", page(home));
        }
        let mut kids: Vec<Object> = node
            .kids
            .iter()
            .map(|k| match k {
                Kid::Node(n) => id(*n),
                Kid::Content { page: p, mcid } if Some(*p) == home => Object::Integer(*mcid),
                Kid::Content { page: p, mcid } => dictionary! { "Type" => "MCR", "Pg" => page(*p), "MCID" => *mcid }.into(),
                Kid::Link(n) => {
                    let (annot, at) = links.get(*n).map_or((Object::Null, Object::Null), |l| (l.0.into(), page(l.1)));
                    dictionary! { "Type" => "OBJR", "Obj" => annot, "Pg" => at }.into()
                }
            })
            .collect();
        match kids.len() {
            0 => {}
            1 => dict.set("K", kids.remove(0)),
            _ => dict.set("K", kids),
        }
        if let Some(alt) = &node.alt {
            dict.set("Alt", text_string(alt));
        }
        let attrs = attributes(&node.attrs);
        if !attrs.is_empty() {
            dict.set("A", attrs);
        }
        doc.set_object(*at, dict);
    }
    let mut nums: Vec<Object> = Vec::new();
    for (n, nodes) in parents.iter().enumerate() {
        let row: Vec<Object> = nodes.iter().map(|n| id(*n)).collect();
        nums.push((n as i64).into());
        nums.push(doc.add_object(Object::Array(row)).into());
    }
    for (n, (_, _, node)) in links.iter().enumerate() {
        nums.push(((pages.len() + n) as i64).into());
        nums.push(id(*node));
    }
    let parent_tree = doc.add_object(dictionary! { "Nums" => nums });
    doc.set_object(
        root,
        dictionary! {
            "Type" => "StructTreeRoot",
            "K" => id(Tags::ROOT),
            "ParentTree" => parent_tree,
            "ParentTreeNextKey" => (pages.len() + links.len()) as i64,
        },
    );
    root
}

fn attributes(attrs: &[Attr]) -> Vec<Object> {
    let mut table = Dictionary::new();
    let mut out = Vec::new();
    for a in attrs {
        match a {
            Attr::ColumnHead => table.set("Scope", "Column"),
            Attr::RowHead => table.set("Scope", "Row"),
            Attr::Span(n) => table.set("ColSpan", *n),
            Attr::Decimal => out.push(dictionary! { "O" => "List", "ListNumbering" => "Decimal" }.into()),
            Attr::Disc => out.push(dictionary! { "O" => "List", "ListNumbering" => "Disc" }.into()),
        }
    }
    if !table.is_empty() {
        table.set("O", "Table");
        out.push(table.into());
    }
    out
}
