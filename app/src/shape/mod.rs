//! The shape of a rendered page: which elements, texts and markers follow each other. The server sends it along with the
//! page, and the browser compares it with what arrived.
//!
//! Hydration walks the document by heart and stops dead where something else stands: a link that an extension made of an
//! address, the words of a translation, a marker that a proxy left out. So the page is hydrated only when it is still as
//! it was sent, and drawn anew otherwise.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

pub use side::*;

/// The id of the element that holds the page.
pub const ROOT: &str = "app";

/// The attribute of that element which says what shape was sent.
pub const SHAPE: &str = "data-shape";

/// What stands in a document, in its order.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Node {
    Element = 1,
    Text = 2,
    Comment = 3,
}

/// A shape in one number, by the hash of Fowler, Noll and Vo (FNV-1a): nobody has a reason to forge one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape(u64);

impl Shape {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    fn and(self, node: Node) -> Self {
        Self((self.0 ^ u64::from(node as u8)).wrapping_mul(0x0100_0000_01b3))
    }
}
