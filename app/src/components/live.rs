//! Words that change while the page is open.
//!
//! A browser that translates a page takes the text nodes out of their elements and puts its own in: a text node that was
//! remembered would go on changing where nobody sees it. So words that live are the whole content of an element, and
//! every change replaces all of it.

use std::fmt::Display;

/// The words as what stands inside of their element: `<span inner_html=live(move || …)>`.
pub fn live<T: Display>(
    words: impl Fn() -> T + Send + 'static,
) -> impl Fn() -> String + Send + 'static {
    move || escaped(&words().to_string())
}

/// Text stays text: these two could begin anything else within an element.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::live;

    #[test]
    fn markup_in_words_stays_text() {
        let words = live(|| "<img onerror=alert(1)> &lt; &amp;");
        assert_eq!(words(), "&lt;img onerror=alert(1)> &amp;lt; &amp;amp;");
    }
}
