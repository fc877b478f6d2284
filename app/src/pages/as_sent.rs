//! Pages that the browser leaves as the server has sent them: no part of them ever changes, and their forms and links need
//! no script. So what draws them is no part of it.

use crate::routes::Screen;
use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::renderer::{CastFrom, Rndr};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

/// The page that stands in the document.
pub(super) fn draw(_: Screen) -> AnyView {
    AsSent.into_any()
}

struct AsSent;

/// All that stands there. Another page takes its place.
struct Sent(Vec<Node>);

impl Render for AsSent {
    type State = Sent;

    /// The way to such a page leads through the server.
    fn build(self) -> Sent {
        Sent(Vec::new())
    }

    fn rebuild(self, _: &mut Sent) {}
}

impl AddAnyAttr for AsSent {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Its elements have what they need.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for AsSent {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    /// Nothing is rendered to HTML in a browser.
    fn to_html_with_buf(
        self,
        _: &mut String,
        _: &mut Position,
        _: bool,
        _: bool,
        _: Vec<AnyAttribute>,
    ) {
    }

    /// Takes over whatever stands in the root of the page, also what foreign hands have made of it.
    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, _: &PositionState) -> Sent {
        let mut nodes = Vec::new();
        let mut next = Rndr::first_child(&cursor.current());
        while let Some(node) = next {
            next = Rndr::next_sibling(&node);
            nodes.push(node);
        }
        Sent(nodes)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl Mountable for Sent {
    fn unmount(&mut self) {
        self.0.iter().for_each(Rndr::remove);
    }

    /// It stands already, and is never put anywhere else.
    fn mount(&mut self, _: &Element, _: Option<&Node>) {}

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let first = self.0.first();
        let parent = first.and_then(Rndr::get_parent).and_then(Element::cast_from);
        let Some(parent) = parent else { return false };
        child.mount(&parent, first);
        true
    }

    fn elements(&self) -> Vec<Element> {
        self.0.iter().filter_map(|node| Element::cast_from(node.clone())).collect()
    }
}
