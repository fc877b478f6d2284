//! The shape of HTML as Leptos writes it: every `<` and `>` of a text or an attribute is escaped.

use super::{Node, Shape};

/// What the page's root says about the page in it.
#[must_use]
pub fn of_html(html: &str) -> String {
    let mut shape = Shape::EMPTY;
    let mut rest = html;
    while !rest.is_empty() {
        let Some(markup) = rest.strip_prefix('<') else {
            shape = shape.and(Node::Text);
            rest = &rest[rest.find('<').unwrap_or(rest.len())..];
            continue;
        };
        let (node, end) = match markup.as_bytes() {
            // Markers may hold what looks like a tag.
            [b'!', b'-', b'-', ..] => (Some(Node::Comment), "-->"),
            [b'!', ..] => (Some(Node::Comment), ">"),
            [b'/', ..] => (None, ">"),
            _ => (Some(Node::Element), ">"),
        };
        shape = node.map_or(shape, |node| shape.and(node));
        rest = markup.split_once(end).map_or("", |(_, rest)| rest);
        if markup.starts_with("textarea") {
            // Browsers swallow a line break at its beginning.
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
    }
    shape.0.to_string()
}

#[cfg(test)]
mod tests {
    use super::of_html;
    use crate::shape::{Node, Shape};

    fn of_nodes(nodes: &[Node]) -> String {
        nodes.iter().fold(Shape::EMPTY, |shape, node| shape.and(*node)).0.to_string()
    }

    #[test]
    fn a_shape_is_what_a_browser_would_meet_in_its_order() {
        use Node::{Comment, Element, Text};
        let html = r#"<main class="a &gt; b"><p>one<!>two &lt;b&gt;</p><!--<() />--><input type="text"><!></main>"#;
        assert_eq!(
            of_html(html),
            of_nodes(&[Element, Element, Text, Comment, Text, Comment, Element, Comment])
        );
        assert_eq!(of_html("<textarea>\n</textarea>"), of_nodes(&[Element]));
        assert_eq!(of_html(""), of_nodes(&[]));
    }

    #[test]
    fn what_foreign_hands_do_changes_it() {
        let sent = of_html("<p>see https://example.org/ <!>now</p>");
        for changed in [
            "<p>see <a>https://example.org/</a> <!>now</p>",
            "<p><font>see https://example.org/ </font><!><font>now</font></p>",
            "<p>see https://example.org/ now</p>",
            "<i></i><p>see https://example.org/ <!>now</p>",
        ] {
            assert_ne!(of_html(changed), sent, "{changed}");
        }
    }
}
