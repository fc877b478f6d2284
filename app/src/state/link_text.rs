//! Finds the web addresses in a message. Text stays text: this only cuts it into pieces.

use linkify::{LinkFinder, LinkKind};

/// A piece of a message, in order and without loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// Only ever `http` or `https`: any other scheme could run something.
    Link(String),
}

#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut pieces: Vec<Piece> = Vec::new();
    for span in finder.spans(text) {
        let found = span.as_str();
        if span.kind().is_some() && is_web(found) {
            pieces.push(Piece::Link(found.to_owned()));
        } else if let Some(Piece::Text(before)) = pieces.last_mut() {
            before.push_str(found);
        } else {
            pieces.push(Piece::Text(found.to_owned()));
        }
    }
    pieces
}

fn is_web(address: &str) -> bool {
    let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn link(address: &str) -> Piece {
        Piece::Link(address.into())
    }

    #[test]
    fn an_address_ends_before_the_punctuation_around_it() {
        assert_eq!(
            pieces("see (https://example.org/a_(b)), ok."),
            [text("see ("), link("https://example.org/a_(b)"), text("), ok.")],
        );
    }

    #[test]
    fn only_web_schemes_become_links() {
        for harmless in ["javascript://x%0aalert(1)", "ftp://example.org", "ana@example.org", "a.b"]
        {
            assert_eq!(pieces(harmless), [text(harmless)]);
        }
        assert_eq!(pieces("HTTP://EXAMPLE.org"), [link("HTTP://EXAMPLE.org")]);
    }

    #[test]
    fn markup_stays_text() {
        let markup = "<script>alert('x')</script> \u{1F600} שלום\nline";
        assert_eq!(pieces(markup), [text(markup)]);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(pieces(""), []);
    }
}
