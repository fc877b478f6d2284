//! The HTML document around the app, and the one page that comes without the app; rendered on the server only.

use crate::App;
use crate::components::live::escaped;
use crate::components::{Brand, Notice};
use crate::page::{ELEMENT, given};
use crate::shape::{self, ROOT};
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// Addresses of the files that every page needs. Given by the server, which looks once what they are called: the components
/// that Leptos has for this read a file for each page.
#[derive(Debug, Clone)]
pub struct Assets {
    pub script: String,
    pub wasm: String,
    pub style: String,
}

/// The document of the page in the context.
pub fn shell(options: LeptosOptions, assets: Assets) -> impl IntoView {
    let given = given();
    // A comment of the renderer would be text in there.
    let title = escaped(&given.shown.page.title());
    // Inside of a script only `<` could end it.
    let given = serde_json::to_string(&given).unwrap_or_default().replace('<', "\\u003c");
    let app = view! { <App /> }.to_html();
    let shape = shape::of_html(&app);
    let Assets { script, wasm, style } = assets;
    let start = format!(
        "import({script:?}).then(app => app.default({{module_or_path: {wasm:?}}}).then(() => app.hydrate()))"
    );
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
                <title inner_html=title></title>
                <script id=ELEMENT type="application/json" inner_html=given></script>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="stylesheet" href=style />
                <AutoReload options />
                // Fetched at once, not when the parser has come to the end and the script asks for them.
                <link rel="modulepreload" href=script />
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="" />
                <script type="module" nonce=use_nonce()>
                    {start}
                </script>
            </head>
            <body>
                <div id=ROOT data-shape=shape inner_html=app></div>
            </body>
        </html>
    }
}

/// The page for somebody who asks more often than is allowed. It is the same for everybody and needs no script.
#[must_use]
pub fn too_often_page(assets: &Assets) -> String {
    let style = assets.style.clone();
    let page = move || {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <title>"One moment · Hubbub"</title>
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                    <link rel="stylesheet" href=style />
                </head>
                <body>
                    <main class="page">
                        <Brand />
                        <Notice
                            title="One moment"
                            text="More pages were asked for than one visitor may read at a time. Wait a little, then try again. Nothing is lost."
                            action="Try again"
                            href=""
                        />
                    </main>
                </body>
            </html>
        }
        .to_html()
    };
    Owner::new().with(page)
}
