//! The structure tree under construction: what each piece of text is, in reading order (ISO 32000-1, 14.7 and 14.8).
//! Written as PDF objects by `structure`.

/// A structure element, by its place in [`Tags::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(pub usize);

/// What hangs below an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kid {
    /// Another element.
    Node(NodeId),
    /// Marked content of a page.
    Content { page: usize, mcid: i64 },
    /// A link annotation, by its place in the list of links.
    Link(usize),
}

/// Attributes that PDF/UA asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attr {
    /// A TH that heads its column.
    ColumnHead,
    /// A TH that heads its row.
    RowHead,
    /// A cell that spans so many columns.
    Span(i64),
    /// A numbered list.
    Decimal,
    /// A bulleted list.
    Disc,
}

/// A structure element.
#[derive(Debug)]
pub(super) struct Node {
    /// Standard structure type.
    pub kind: &'static str,
    pub parent: Option<NodeId>,
    pub kids: Vec<Kid>,
    /// Alternative text of a figure or link.
    pub alt: Option<String>,
    pub attrs: Vec<Attr>,
}

/// All elements; the first is the document.
#[derive(Debug)]
pub(super) struct Tags {
    pub nodes: Vec<Node>,
}

impl Tags {
    /// The document element.
    pub const ROOT: NodeId = NodeId(0);

    pub fn new() -> Self {
        Self { nodes: vec![Node { kind: "Document", parent: None, kids: Vec::new(), alt: None, attrs: Vec::new() }] }
    }

    /// Adds an element as the last below `parent`.
    pub fn add(&mut self, parent: NodeId, kind: &'static str) -> NodeId {
        self.add_with(parent, kind, &[])
    }

    /// Adds an element with attributes.
    pub fn add_with(&mut self, parent: NodeId, kind: &'static str, attrs: &[Attr]) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { kind, parent: Some(parent), kids: Vec::new(), alt: None, attrs: attrs.to_vec() });
        self.kid(parent, Kid::Node(id));
        id
    }

    /// Adds a figure with what it shows in words.
    pub fn figure(&mut self, parent: NodeId, alt: String) -> NodeId {
        let id = self.add(parent, "Figure");
        self.alt(id, alt);
        id
    }

    /// Sets the alternative text.
    pub fn alt(&mut self, node: NodeId, alt: String) {
        if let Some(n) = self.nodes.get_mut(node.0) {
            n.alt = Some(alt);
        }
    }

    /// Hangs something below an element.
    pub fn kid(&mut self, parent: NodeId, kid: Kid) {
        if let Some(n) = self.nodes.get_mut(parent.0) {
            n.kids.push(kid);
        }
    }

    /// The element's type.
    pub fn kind(&self, node: NodeId) -> &'static str {
        self.nodes.get(node.0).map_or("Span", |n| n.kind)
    }
}
