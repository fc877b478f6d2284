//! Finds the web addresses in a message. Text stays text: this only cuts it into pieces.
//!
//! An address ends where a reader would end it, which the grammar of RFC 3986 does not say: browsers take a closing
//! quote, a Chinese comma or a bidi override for a part of the path.

/// A piece of a message, in order and without loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Text(String),
    /// Only ever `http` or `https`: any other scheme could run something.
    Link(String),
}

const SCHEMES: [&str; 2] = ["https", "http"];

const SEPARATOR: &str = "://";

#[must_use]
pub fn pieces(text: &str) -> Vec<Span> {
    let mut pieces = Vec::new();
    // Where the present piece of text starts, and where to look on.
    let (mut start, mut from) = (0, 0);
    while let Some(found) = text[from..].find(SEPARATOR) {
        let separator = from + found;
        from = separator + SEPARATOR.len();
        // What is a link already is no scheme of the next one.
        let Some(scheme) = scheme_before(&text[..separator]).filter(|len| separator - len >= start)
        else {
            continue;
        };
        match link_length(&text[from..]) {
            Found::Link(length) => {
                let link = separator - scheme;
                if start < link {
                    pieces.push(Span::Text(text[start..link].to_owned()));
                }
                from += length;
                pieces.push(Span::Link(text[link..from].to_owned()));
                start = from;
            }
            Found::Text(length) => from += length,
        }
    }
    if start < text.len() {
        pieces.push(Span::Text(text[start..].to_owned()));
    }
    pieces
}

/// What follows a scheme and its separator, with its length in bytes.
enum Found {
    /// The rest of an address.
    Link(usize),
    /// Something else, in which no address begins.
    Text(usize),
}

/// The length of the web scheme that this text ends with, unless it is the end of a longer one.
fn scheme_before(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    SCHEMES.iter().map(|scheme| scheme.len()).zip(SCHEMES).find_map(|(length, scheme)| {
        let start = bytes.len().checked_sub(length)?;
        let is_scheme = bytes[start..].eq_ignore_ascii_case(scheme.as_bytes());
        let is_whole = !bytes[..start]
            .last()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        (is_scheme && is_whole).then_some(length)
    })
}

fn link_length(rest: &str) -> Found {
    let authority = rest.find(|c| ends(c) || matches!(c, '/' | '?' | '#')).unwrap_or(rest.len());
    // A name and a password in a link are for phishing, or were never meant to be passed on with a click.
    if rest[..authority].contains('@') {
        return Found::Text(authority);
    }
    let host = host_length(&rest[..authority]);
    if host == 0 {
        return Found::Text(0);
    }
    let end = host + port_length(&rest[host..authority]);
    let is_followed = end == authority && rest[end..].starts_with(['/', '?', '#']);
    Found::Link(if is_followed {
        end + path_length(&rest[end..])
    } else {
        without_end_marks(&rest[..end])
    })
}

/// The length of the host at the start of an authority; 0 when there is none.
fn host_length(authority: &str) -> usize {
    if let Some(inner) = authority.strip_prefix('[') {
        let length = inner.find(']').unwrap_or(0);
        let is_address = inner[..length].contains(':')
            && inner[..length].bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
        return if is_address { length + 2 } else { 0 };
    }
    let is_name =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || !c.is_ascii();
    let length = authority.find(|c| !is_name(c)).unwrap_or(authority.len());
    let host = &authority[..length];
    if host.starts_with(['-', '.']) || host.as_bytes().windows(2).any(|pair| pair == b"..") {
        0
    } else {
        length
    }
}

fn port_length(after_host: &str) -> usize {
    let digits = after_host.strip_prefix(':').unwrap_or_default();
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 { 0 } else { length + 1 }
}

/// The length of path, query and fragment: up to what ends every address, or to a bracket that was opened before it.
fn path_length(path: &str) -> usize {
    let mut open = Vec::new();
    let end = path.find(|c| {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => return open.pop() != Some(c),
            _ => {}
        }
        ends(c)
    });
    without_end_marks(&path[..end.unwrap_or(path.len())])
}

/// The length without the marks at the end that belong to the sentence around an address.
fn without_end_marks(address: &str) -> usize {
    let is_mark = |c| {
        matches!(
            c,
            '.' | ','
                | ':'
                | ';'
                | '!'
                | '?'
                | '\''
                | '*'
                | '('
                | '['
                | '{'
                | '…'
                | '،'
                | '؛'
                | '؟'
                | '।'
                | '॥'
        )
    };
    address.trim_end_matches(is_mark).len()
}

/// Whether an address ends before this character, wherever it stands.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        // RFC 3986 leaves these out, and they stand around addresses.
        || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\' | '^')
        // Quotes, of both ends and all languages.
        || matches!(c, '«' | '»' | '‘'..='‟' | '‹' | '›')
        // Punctuation that Chinese, Japanese and Korean write without a space after it, in both widths.
        || matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}')
        || matches!(c, '！' | '＂' | '＇' | '（' | '）' | '，' | '．' | '：' | '；' | '＜' | '＞' | '？')
        || matches!(c, '［' | '］' | '｛' | '｝' | '｟'..='､')
        // What shows nothing and turns the direction or hides an end: a link must read as where it leads. Joiners are
        // not among them, because words and emoji are written with them.
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{Span, pieces};
    use proptest::prelude::*;

    fn text(text: &str) -> Span {
        Span::Text(text.into())
    }

    fn link(address: &str) -> Span {
        Span::Link(address.into())
    }

    /// The links in a text.
    fn links(text: &str) -> Vec<String> {
        let links = pieces(text).into_iter().filter_map(|piece| match piece {
            Span::Link(address) => Some(address),
            Span::Text(_) => None,
        });
        links.collect()
    }

    #[test]
    fn an_address_ends_before_the_punctuation_around_it() {
        assert_eq!(
            pieces("see (https://example.org/a_(b)), ok."),
            [text("see ("), link("https://example.org/a_(b)"), text("), ok.")],
        );
        for (around, address) in [
            ("“https://example.com/a”", "https://example.com/a"),
            ("„https://example.com/a“ sagt", "https://example.com/a"),
            ("‘https://example.com/a’", "https://example.com/a"),
            ("«https://example.com/a»", "https://example.com/a"),
            ("'https://example.com/a',", "https://example.com/a"),
            ("[text](https://example.com/a)more", "https://example.com/a"),
            ("<https://example.com/a>", "https://example.com/a"),
            ("**https://example.com**", "https://example.com"),
            ("https://example.com/a…", "https://example.com/a"),
            ("https://example.com?", "https://example.com"),
            ("https://example.com/a?!", "https://example.com/a"),
            ("https://example.com, and", "https://example.com"),
            ("https://example.com:", "https://example.com"),
            ("https://example.com/؟", "https://example.com/"),
        ] {
            assert_eq!(links(around), [address], "{around}");
        }
    }

    #[test]
    fn an_address_ends_before_punctuation_that_is_written_without_a_space() {
        for (around, address) in [
            ("https://example.com/guide，详见", "https://example.com/guide"),
            ("https://example.com。", "https://example.com"),
            ("详见https://example.com/指南。谢谢", "https://example.com/指南"),
            ("「https://example.com/a」です", "https://example.com/a"),
            ("（https://example.com/a）", "https://example.com/a"),
            ("https://example.com/a、https://example.com/b", "https://example.com/a"),
        ] {
            assert_eq!(links(around)[0], address, "{around}");
        }
    }

    #[test]
    fn what_turns_the_direction_or_hides_an_end_ends_an_address() {
        for hidden in
            ["\u{202e}", "\u{2066}", "\u{200f}", "\u{61c}", "\u{200b}", "\u{feff}", "\u{ad}"]
        {
            let found = pieces(&format!("https://example.com/a{hidden}moc.live"));
            assert_eq!(found, [link("https://example.com/a"), text(&format!("{hidden}moc.live"))]);
            assert_eq!(links(&format!("https://example{hidden}.com")), ["https://example"]);
        }
    }

    #[test]
    fn every_host_that_a_browser_reaches_is_linked() {
        for address in [
            "http://[::1]:3000/x",
            "http://[2001:db8::7]",
            "https://build_server.example.com/x",
            "https://пример.рф",
            "https://пример.рф/путь?q=значение#я",
            "https://例え.テスト/道",
            "https://उदाहरण.परीक्षा",
            "http://localhost:8080",
            "http://192.168.0.1/?a=b",
            "https://example.com/@user",
            "https://example.com:8443",
            "https://example.com/a'b(c)[d]?e=f,g;h:i",
            "https://example.com/👩\u{200d}🚀",
            "https://example.com",
        ] {
            assert_eq!(pieces(address), [link(address)]);
            assert_eq!(links(&format!("see {address}, please")), [address]);
        }
    }

    #[test]
    fn credentials_are_no_part_of_a_link() {
        for harmless in [
            "https://user:pass@example.com/",
            "https://example.com:443@evil.example/",
            "https://@example.com",
        ] {
            assert_eq!(pieces(harmless), [text(harmless)]);
        }
        assert_eq!(links(r"https://evil.example\@example.com"), ["https://evil.example"]);
    }

    #[test]
    fn only_web_schemes_become_links() {
        for harmless in [
            "javascript://x%0aalert(1)",
            "ftp://example.org",
            "ana@example.org",
            "a.b",
            "://",
            "https://",
            "https:///x",
            "https://-a.b",
            "https://a..b",
            "http://[::1",
            "http://[x]/",
            "xhttps://example.org",
            "git+https://example.org",
        ] {
            assert_eq!(pieces(harmless), [text(harmless)]);
        }
        assert_eq!(pieces("HTTP://EXAMPLE.org"), [link("HTTP://EXAMPLE.org")]);
    }

    #[test]
    fn several_addresses_in_one_text_are_all_found() {
        assert_eq!(
            pieces("https://a.example https://b.example\nhttps://c.example"),
            [
                link("https://a.example"),
                text(" "),
                link("https://b.example"),
                text("\n"),
                link("https://c.example"),
            ],
        );
    }

    #[test]
    fn an_address_in_place_of_a_port_is_no_second_link() {
        assert_eq!(pieces("http://http://x"), [link("http://http"), text("://x")]);
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

    proptest! {
        #[test]
        fn no_character_is_lost_and_every_link_is_of_the_web(text in "(https?://|[a-z:/@.\\[\\]()”。\u{202e} é]|.){0,30}") {
            let mut whole = String::new();
            for piece in pieces(&text) {
                match piece {
                    Span::Text(piece) => whole.push_str(&piece),
                    Span::Link(address) => {
                        let lower = address.to_ascii_lowercase();
                        prop_assert!(lower.starts_with("http://") || lower.starts_with("https://"));
                        whole.push_str(&address);
                    }
                }
            }
            prop_assert_eq!(whole, text);
        }
    }
}
