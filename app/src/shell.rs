//! The HTML document around the app, rendered on the server only.

use crate::App;
use crate::page::{ELEMENT, given};
use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

/// The document of the page in the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let given = given();
    let title = given.shown.page.title();
    // Inside of a script only `<` could end it.
    let given = serde_json::to_string(&given).unwrap_or_default().replace('<', "\\u003c");
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#1b1815" media="(prefers-color-scheme: dark)" />
                <title>{title}</title>
                <script id=ELEMENT type="application/json" inner_html=given></script>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
