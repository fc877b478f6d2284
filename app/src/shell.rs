//! The HTML document around the app, rendered on the server only.

use crate::App;
use crate::page::Given;
use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

/// The document of the page in the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let title = expect_context::<Given>().shown.page.title();
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
