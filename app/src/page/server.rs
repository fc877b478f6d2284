//! The page as the request's handler has loaded it.

use super::PageData;
use leptos::prelude::use_context;
use std::borrow::Cow;

pub fn given() -> PageData {
    use_context().unwrap_or_default()
}

/// The markup of a text inside of a `<textarea>`, where Leptos escapes nothing.
pub fn textarea_content(text: &str) -> String {
    let escaped: Cow<'_, str> = html_escape::encode_text(text);
    // Browsers swallow a line break at the beginning; this one in place of the text's own.
    format!("\n{escaped}")
}

#[cfg(test)]
mod tests {
    use super::textarea_content;

    #[test]
    fn no_text_ends_its_textarea() {
        let hostile = "\n</textarea><script>alert(1)</script>&lt;";
        assert_eq!(
            textarea_content(hostile),
            "\n\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;"
        );
    }
}
